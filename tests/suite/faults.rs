//! What is wrong with a file that the user wrote, and what is said about it.

use crate::stage::Run;

pub struct Fault {
    /// Of the file.
    pub content: String,
    /// Where the fault is, counted from 1.
    line: usize,
    english: String,
    german: String,
}

impl Fault {
    pub fn new(content: &str, line: usize, english: &str, german: &str) -> Self {
        Self {
            content: content.to_owned(),
            line,
            english: english.to_owned(),
            german: german.to_owned(),
        }
    }

    /// Reads a table of faults: the lines of a file, and below them
    /// `--- line | what is said in English | what is said in German`.
    pub fn table(text: &str) -> Vec<Self> {
        let (mut faults, mut content) = (Vec::new(), Vec::new());
        for line in text.lines() {
            let Some(said) = line.strip_prefix("--- ") else {
                content.push(line);
                continue;
            };
            let [line, english, german] = said.split(" | ").collect::<Vec<_>>()[..] else {
                panic!("a line and two texts: {said}");
            };
            let line = line.parse().expect("the number of a line");
            faults.push(Self::new(&content.join("\n"), line, english, german));
            content.clear();
        }
        assert!(content.is_empty(), "nothing is said about {content:?}");
        faults
    }

    /// Asserts that this run on the file, called `name`, says so in one line, and does nothing else.
    #[track_caller]
    pub fn is_named(&self, name: &str, run: impl Fn() -> Run) {
        for (lang, says) in [("en", &self.english), ("de", &self.german)] {
            let (code, stdout, stderr) = run().args(&["--lang", lang]).text();
            let content = &self.content;
            assert_eq!((code, stdout.as_str()), (2, ""), "{content}");
            let place = format!("xfed: {name}:{}: ", self.line);
            assert!(
                stderr.starts_with(&place) && stderr.contains(says),
                "{content}\n{stderr}"
            );
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
            assert!(!stderr.contains('\u{1b}'), "{stderr:?}");
        }
    }
}
