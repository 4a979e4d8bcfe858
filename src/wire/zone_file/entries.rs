//! The entries of a zone file: lines, past comments and across parentheses, cut into words.

use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

use super::{WrongInZone, ZoneFault};
use crate::facts::Refused;

/// One entry, with the line that it begins in.
pub(super) struct Entry {
    pub(super) line: usize,
    /// It begins with a blank: it belongs to the name before it.
    pub(super) is_continued: bool,
    /// A comment of Cloudflare says that web addresses of its own are published instead.
    pub(super) is_proxied: bool,
    /// How it is written is not to every name server's liking.
    pub(super) refused: Vec<Refused>,
    pub(super) words: Result<Vec<Word>, WrongInZone>,
}

/// A word as it stands there, escapes and all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// It stood in quotation marks.
    pub(super) is_quoted: bool,
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.is_quoted { "\"" } else { "" };
        write!(f, "{quote}{}{quote}", self.text)
    }
}

/// All entries that hold something, or are written so that something is to be told.
pub(super) fn entries(text: &str) -> impl Iterator<Item = Entry> {
    let mut lexer = Lexer {
        characters: text.chars().peekable(),
        line: 1,
        refused: Vec::new(),
    };
    std::iter::from_fn(move || lexer.next_entry()).filter(|entry| match &entry.words {
        Ok(words) => !words.is_empty() || !entry.refused.is_empty(),
        Err(_) => true,
    })
}

struct Lexer<'a> {
    characters: Peekable<Chars<'a>>,
    line: usize,
    /// What there is to tell of the entry.
    refused: Vec<Refused>,
}

impl Lexer<'_> {
    fn next_entry(&mut self) -> Option<Entry> {
        let is_continued = matches!(self.characters.peek()?, ' ' | '\t');
        let line = self.line;
        let mut words = Vec::new();
        let mut depth = 0_usize;
        let mut is_proxied = false;
        let read = loop {
            match self.characters.next() {
                None if depth > 0 => break Err(WrongInZone::Parenthesis),
                None => break Ok(()),
                Some('\r') if self.characters.peek() == Some(&'\n') => {
                    self.refuse(Refused::WindowsLines);
                }
                Some(end @ ('\n' | '\r')) => {
                    self.line += 1;
                    if end == '\r' {
                        self.refuse(Refused::OldMacLines);
                    }
                    if depth == 0 {
                        break Ok(());
                    }
                }
                Some(';') => is_proxied |= self.comment().contains("cf-proxied:true"),
                Some('(') => {
                    depth += 1;
                    if depth > 1 {
                        self.refuse(Refused::Nested);
                    }
                }
                Some(')') if depth > 0 => depth -= 1,
                Some(')') => {
                    self.skip_line();
                    break Err(WrongInZone::Parenthesis);
                }
                Some('"') => match self.quoted() {
                    Some(word) => words.push(word),
                    None => break Err(WrongInZone::Quote),
                },
                Some(blank) if is_blank(blank) => {}
                Some(first) => {
                    let word = self.word(first);
                    let mut characters = word.text.chars();
                    if let Some(odd) = characters.find(|it| it.is_whitespace()) {
                        self.skip_line();
                        break Err(WrongInZone::Blank(odd));
                    }
                    words.push(word);
                }
            }
        };
        Some(Entry {
            line,
            is_continued,
            is_proxied,
            refused: std::mem::take(&mut self.refused),
            words: read.map(|()| words),
        })
    }

    fn refuse(&mut self, refused: Refused) {
        if !self.refused.contains(&refused) {
            self.refused.push(refused);
        }
    }

    fn word(&mut self, first: char) -> Word {
        let mut text = String::new();
        let mut next = Some(first);
        while let Some(character) = next {
            text.push(character);
            // Whatever is escaped ends no word, save that a line ends here for all.
            if character == '\\'
                && let Some(escaped) = self.characters.next_if(|next| *next != '\n')
            {
                text.push(escaped);
            }
            let ends = |next: &char| is_blank(*next) || *next == '\n' || ";()\"".contains(*next);
            next = self.characters.next_if(|next| !ends(next));
        }
        Word {
            text,
            is_quoted: false,
        }
    }

    /// What stands up to the other quotation mark; `None` where the line ends before it.
    fn quoted(&mut self) -> Option<Word> {
        let mut text = String::new();
        while let Some(character) = self.characters.next_if(|next| *next != '\n') {
            match character {
                '"' => {
                    return Some(Word {
                        text,
                        is_quoted: true,
                    });
                }
                '\\' => {
                    text.push(character);
                    text.extend(self.characters.next_if(|next| *next != '\n'));
                }
                _ => text.push(character),
            }
        }
        None
    }

    /// What stands up to the end of the line, which for BIND and NSD is none in a comment where a carriage
    /// return alone makes it.
    fn comment(&mut self) -> String {
        let rest = std::iter::from_fn(|| self.characters.next_if(|next| *next != '\n'));
        let rest: String = rest.collect();
        if let Some((_, lost)) = rest.trim_end_matches('\r').split_once('\r') {
            self.line += 1 + lost.matches('\r').count();
            self.refuse(Refused::LostLine);
        }
        if rest.ends_with('\r') {
            self.refuse(Refused::WindowsLines);
        }
        rest
    }

    fn skip_line(&mut self) {
        self.comment();
        if self.characters.next().is_some() {
            self.line += 1;
        }
    }
}

/// What ends words: blanks (RFC 1035 §5.1), and a carriage return, which ends lines.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r')
}

impl Entry {
    pub(super) fn fault(&self, what: WrongInZone) -> ZoneFault {
        ZoneFault {
            line: self.line,
            what,
        }
    }
}
