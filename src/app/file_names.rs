//! Names of files by pattern: `{domain}.html`, `{customer}/{domain}.json`. Each value of the pattern
//! has a file of its own, under a name that every file system takes, and none is another's.

use std::collections::HashMap;
use std::path::PathBuf;

use ring::digest;

use super::error::Error;
use crate::config::ReportFile;
use crate::model::labels::{Labels, OF_DOMAIN, is_name};
use crate::model::names::Domain;

/// Of one value so much stands in a name, in bytes: two of them fit into a name of 255.
const LONGEST: usize = 100;

/// Windows takes these for devices, whatever stands behind the first dot; so does it with a number
/// behind the last two.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
const NUMBERED: [&str; 2] = ["com", "lpt"];

/// What a report is about.
pub(super) struct Subject<'a> {
    pub(super) domain: &'a Domain,
    pub(super) labels: &'a Labels,
}

impl Subject<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        if name == OF_DOMAIN {
            Some(self.domain.as_str())
        } else {
            self.labels.get(name)
        }
    }
}

/// A file made of a pattern, and the places of the reports that go there.
#[derive(Debug, PartialEq)]
pub(super) struct Named {
    pub(super) path: PathBuf,
    /// How many parts of the path, from its end, come from the pattern.
    pub(super) own_parts: usize,
    pub(super) places: Vec<usize>,
}

/// The files of a report with a pattern, in the order of the reports; `None` without a pattern.
///
/// # Errors
///
/// [`Error::ReportLabel`] for a domain that lacks a label of the pattern.
pub(super) fn named(
    file: &ReportFile,
    subjects: &[Subject<'_>],
) -> Result<Option<Vec<Named>>, Error> {
    let pattern = Pattern::parse(&file.path.to_string_lossy());
    let names = pattern.names();
    if names.is_empty() {
        return Ok(None);
    }
    let mut groups: Vec<(Vec<&str>, Vec<usize>)> = Vec::new();
    let mut known: HashMap<Vec<&str>, usize> = HashMap::new();
    for (place, subject) in subjects.iter().enumerate() {
        let values = names.iter().map(|name| {
            let lacks = || Error::ReportLabel {
                value: file.value.clone(),
                domain: subject.domain.to_string(),
                label: (*name).to_owned(),
            };
            subject.value(name).ok_or_else(lacks)
        });
        let values = values.collect::<Result<Vec<&str>, Error>>()?;
        let group = *known.entry(values.clone()).or_insert(groups.len());
        if group == groups.len() {
            groups.push((values, Vec::new()));
        }
        groups[group].1.push(place);
    }
    let paths = groups.iter().map(|(values, _)| pattern.path(values, ""));
    let paths: Vec<String> = paths.collect();
    let mut count: HashMap<String, u32> = HashMap::new();
    for path in &paths {
        *count.entry(folded(path)).or_default() += 1;
    }
    let own_parts = pattern.own_parts();
    let files = groups.into_iter().zip(paths);
    let files = files.map(|((values, places), path)| {
        let is_alone = count[&folded(&path)] == 1;
        let path = if is_alone {
            path
        } else {
            pattern.path(&values, &mark(&values))
        };
        Named {
            path: path.into(),
            own_parts,
            places,
        }
    });
    Ok(Some(files.collect()))
}

/// Parts of a path, each of text and placeholders.
struct Pattern(Vec<Vec<Piece>>);

enum Piece {
    Text(String),
    Value(String),
}

impl Pattern {
    fn parse(path: &str) -> Self {
        Self(path.split_inclusive(is_separator).map(pieces).collect())
    }

    /// The names of the placeholders, as often as they occur.
    fn names(&self) -> Vec<&str> {
        let pieces = self.0.iter().flatten();
        let values = pieces.filter_map(|piece| match piece {
            Piece::Value(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        });
        values.collect()
    }

    /// How many parts, from the end, begin at the first placeholder.
    fn own_parts(&self) -> usize {
        let has_value = |part: &Vec<Piece>| part.iter().any(|one| matches!(one, Piece::Value(_)));
        let before = self.0.iter().take_while(|part| !has_value(part)).count();
        self.0.len() - before
    }

    /// The path with these values. `mark` stands behind the last of them.
    fn path(&self, values: &[&str], mark: &str) -> String {
        let mut left = values.iter();
        let mut path = String::new();
        for part in &self.0 {
            let mut name = String::new();
            let mut is_made = false;
            for piece in part {
                match piece {
                    Piece::Text(text) => name.push_str(text),
                    Piece::Value(_) => {
                        is_made = true;
                        name.push_str(&safe(left.next().expect("a value for each")));
                        if left.len() == 0 {
                            name.push_str(mark);
                        }
                    }
                }
            }
            path.push_str(&if is_made { no_device(&name) } else { name });
        }
        path
    }
}

fn is_separator(letter: char) -> bool {
    std::path::is_separator(letter)
}

fn pieces(part: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = part;
    let mut from = 0;
    // What is in braces and is no name, such as the GUID of a folder, is text.
    while let Some(open) = rest[from..].find('{').map(|at| from + at) {
        let close = rest[open..].find('}').map(|at| open + at);
        let name = close.map(|close| &rest[open + 1..close]);
        match (name.filter(|name| is_name(name)), close) {
            (Some(name), Some(close)) => {
                pieces.push(Piece::Text(rest[..open].to_owned()));
                pieces.push(Piece::Value(name.to_owned()));
                (rest, from) = (&rest[close + 1..], 0);
            }
            _ => from = open + 1,
        }
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces
}

/// A value as part of a name: nothing that a file system or a shell gives a meaning to.
fn safe(value: &str) -> String {
    let mut name = String::new();
    for letter in value.chars() {
        let is_plain = letter.is_alphanumeric() || "-_. ".contains(letter);
        // A dot hides a file, a hyphen begins an option.
        let is_first = name.is_empty() && !letter.is_alphanumeric();
        let letter = if is_plain && !is_first { letter } else { '_' };
        if name.len() + letter.len_utf8() > LONGEST {
            break;
        }
        name.push(letter);
    }
    name
}

/// A part of a path that Windows takes as it is: no device, and with an end that it does not drop.
fn no_device(part: &str) -> String {
    let name = part.trim_end_matches(is_separator);
    let separator = &part[name.len()..];
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_lowercase();
    let number = NUMBERED.iter().find_map(|device| stem.strip_prefix(device));
    let mut digits = number.unwrap_or_default().chars();
    let digits = (digits.next(), digits.next());
    let is_numbered = matches!(digits, (Some('0'..='9' | '¹' | '²' | '³'), None));
    let is_device = is_numbered || DEVICES.contains(&stem.as_str());
    let before = if is_device { "_" } else { "" };
    let after = if name.ends_with(['.', ' ']) { "_" } else { "" };
    format!("{before}{name}{after}{separator}")
}

/// Two names with the same key are one to some file system.
fn folded(path: &str) -> String {
    path.to_uppercase().to_lowercase()
}

/// Tells values apart whose names would be the same; the same values in every run.
fn mark(values: &[&str]) -> String {
    let digest = digest::digest(&digest::SHA256, values.join("\0").as_bytes());
    let first = digest.as_ref().first_chunk().expect("32 bytes");
    format!("-{:08x}", u32::from_be_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Format;

    fn paths(pattern: &str, subjects: &[(&str, &str)]) -> Vec<(String, Vec<usize>)> {
        let owned: Vec<(Domain, Labels)> = subjects
            .iter()
            .map(|(domain, value)| {
                let mut labels = Labels::default();
                if !value.is_empty() {
                    labels.add("kunde", value).expect("a label");
                }
                (Domain::parse(domain).expect("a domain"), labels)
            })
            .collect();
        let subjects: Vec<Subject<'_>> = owned
            .iter()
            .map(|(domain, labels)| Subject { domain, labels })
            .collect();
        let file = ReportFile {
            value: format!("html={pattern}"),
            format: Format::Html,
            path: pattern.into(),
        };
        let named = named(&file, &subjects).expect("labels").expect("a pattern");
        named
            .into_iter()
            .map(|one| (one.path.display().to_string(), one.places))
            .collect()
    }

    #[test]
    fn each_value_has_a_file() {
        let found = paths(
            "out/{domain}.html",
            &[("a.de", ""), ("b.de", ""), ("A.de", "")],
        );
        let expected = [("out/a.de.html", vec![0, 2]), ("out/b.de.html", vec![1])];
        assert_eq!(
            found,
            expected.map(|(path, places)| (path.to_owned(), places))
        );
        let found = paths(
            "{kunde}.html",
            &[("a.de", "7"), ("b.de", "8"), ("c.de", "7")],
        );
        let expected = [("7.html", vec![0, 2]), ("8.html", vec![1])];
        assert_eq!(
            found,
            expected.map(|(path, places)| (path.to_owned(), places))
        );
    }

    #[test]
    fn names_are_taken_by_every_file_system() {
        for (value, name) in [
            ("4711", "4711.html"),
            ("Praxis Dr. Müller", "Praxis Dr. Müller.html"),
            ("../../etc/passwd", "_.________etc_passwd.html"),
            ("a:b|c?*<>\"\\/", "a_b_c_______.html"),
            (".htaccess", "_htaccess.html"),
            ("-rf", "_rf.html"),
            ("CON", "_CON.html"),
            ("con.x", "_con.x.html"),
            ("nul ", "_nul.html"),
            ("lpt1", "_lpt1.html"),
            ("COM²", "_COM².html"),
            ("com10", "com10.html"),
            ("console", "console.html"),
        ] {
            let name = name.replace("_.________", "_._.._");
            let found = paths("{kunde}.html", &[("a.de", value)]);
            assert_eq!(found[0].0, name, "{value}");
        }
        assert_eq!(paths("{kunde}", &[("a.de", "x.")])[0].0, "x._");
        assert_eq!(
            paths("{domain}.html", &[("con.de", "")])[0].0,
            "_con.de.html"
        );
        let long = "ä".repeat(90);
        assert_eq!(paths("{kunde}", &[("a.de", &long)])[0].0, "ä".repeat(50));
    }

    /// Whatever order they come in: a report must not be found under another's name the next day.
    #[test]
    fn names_that_would_be_the_same_are_told_apart() {
        let found = paths(
            "{kunde}.html",
            &[("a.de", "A/b"), ("b.de", "a:B"), ("c.de", "c")],
        );
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        let [first, second, "c.html"] = names[..] else {
            panic!("{names:?}");
        };
        assert!(first.starts_with("A_b-") && second.starts_with("a_B-"));
        assert_ne!(folded(first), folded(second));
        let other = paths("{kunde}.html", &[("b.de", "a:B"), ("a.de", "A/b")]);
        assert_eq!((other[0].0.as_str(), other[1].0.as_str()), (second, first));
    }

    #[test]
    fn what_is_no_name_is_text() {
        let file = |path: &str| ReportFile {
            value: format!("html={path}"),
            format: Format::Html,
            path: path.into(),
        };
        for path in [
            "a.html",
            "{3F2504E0-4F89}/a.html",
            "{}.html",
            "{a",
            "a}b",
            "{A}",
        ] {
            assert_eq!(named(&file(path), &[]).expect("no pattern"), None, "{path}");
        }
        let found = paths("{3F25-0}/{domain}", &[("a.de", "")]);
        assert_eq!(found[0].0, "{3F25-0}/a.de");
    }
}
