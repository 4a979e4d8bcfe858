//! Named values that findings and notes carry for the texts.

use time::OffsetDateTime;

/// Named arguments, in the order in which the judge gave them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Args(Vec<(&'static str, Value)>);

impl Args {
    /// Adds one more named argument.
    pub fn push(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }

    /// Gives an argument that is there another value.
    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        let mut args = self.0.iter_mut();
        if let Some((_, old)) = args.find(|(candidate, _)| *candidate == name) {
            *old = value.into();
        }
    }

    /// Every argument with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    /// The argument of this name. Code that decides by an argument asks the finding, which has a
    /// method for each.
    pub(super) fn find(&self, name: &str) -> Option<&Value> {
        self.iter()
            .find_map(|(candidate, value)| (candidate == name).then_some(value))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.find(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn list(&self, name: &str) -> &[String] {
        match self.find(name) {
            Some(Value::List(list) | Value::Names(list) | Value::Codes(list)) => list,
            _ => &[],
        }
    }
}

/// The value of an argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A name, an address, a key that a text selects by.
    Text(String),
    /// A count, a port, seconds.
    Number(i64),
    /// Several names.
    List(Vec<String>),
    /// Names that strangers wrote, the nearest first: texts quote them, and name a few.
    Names(Vec<String>),
    /// What was found elsewhere: texts say it by its headline.
    Codes(Vec<String>),
    /// What servers said, each.
    Said(Vec<Said>),
    /// A moment, shown as a date.
    Date(OffsetDateTime),
    /// A moment, shown as a time of day.
    Time(OffsetDateTime),
}

/// What one server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The server.
    pub who: String,
    /// In the words of the protocol, or of this program's reports.
    pub what: String,
    /// The key of its words, where the protocol has none.
    pub key: Option<&'static str>,
    /// What the server adds.
    pub reasons: Vec<String>,
}

impl Said {
    /// The same in one line, when it is called this.
    pub fn called(&self, what: &str) -> String {
        let reasons = self.reasons.iter().map(|reason| format!(", {reason}"));
        format!("{}: {what}{}", self.who, reasons.collect::<String>())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<String>> for Value {
    fn from(list: Vec<String>) -> Self {
        Self::List(list)
    }
}

impl From<OffsetDateTime> for Value {
    fn from(moment: OffsetDateTime) -> Self {
        Self::Date(moment)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}
