//! What to do about a finding, in lines: sentences, and records and commands to be copied.
//!
//! In the texts, a line that begins with `>` is to be copied as it stands. A line that begins with
//! `@network` and the like, and what is to be copied below it, is for this owner alone.

use crate::model::finding::Owner;

/// What stands between two records, each on a line of its own.
pub(super) const NEXT_ENTRY: &str = "\n> ";

const ENTRY: &str = "> ";
const MARK: char = '@';
const OWNERS: [Owner; 4] = [
    Owner::DnsAdmin,
    Owner::Network,
    Owner::XphoneAdmin,
    Owner::Partner,
];

/// What to do, line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fix(Vec<Line>);

/// A line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Who it is for, if not for everybody who can mend the finding.
    pub(crate) owner: Option<Owner>,
    /// True if it is the first in a row for this owner.
    pub(crate) is_first: bool,
    /// True for a record or a command.
    pub(crate) is_entry: bool,
    pub(crate) text: String,
}

impl Fix {
    /// Reads what a text says.
    pub(super) fn read(text: &str) -> Self {
        let mut owner = None;
        let mut last = None;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let lines = lines.map(|line| {
            let entry = line.strip_prefix(ENTRY);
            let text = entry.unwrap_or_else(|| {
                let (named, text) = addressed(line);
                owner = named;
                text
            });
            let is_first = owner != last;
            last = owner;
            Line {
                owner,
                is_first,
                is_entry: entry.is_some(),
                text: text.trim().to_owned(),
            }
        });
        Self(lines.collect())
    }

    /// All of it said to the partner, whoever of theirs does it.
    pub(super) fn addressed_to_partner(self) -> Self {
        let mut is_first = true;
        let lines = self.0.into_iter().map(|line| Line {
            owner: Some(Owner::Partner),
            is_first: !line.is_entry && std::mem::take(&mut is_first),
            ..line
        });
        Self(lines.collect())
    }

    /// All of it.
    pub(crate) fn lines(&self) -> &[Line] {
        &self.0
    }

    /// What this one of its owners has to do: what is for everybody, and what is for this one.
    /// `None` if all of it is for the others.
    pub(crate) fn of(&self, owner: Option<Owner>, owners: &[Owner]) -> Option<Self> {
        let is_addressed = |line: &Line| line.owner.is_some_and(|named| owners.contains(&named));
        if !self.0.iter().any(is_addressed) {
            return Some(self.clone());
        }
        let is_meant = |line: &&Line| line.owner.is_none() || line.owner == owner;
        let own: Vec<Line> = self.0.iter().filter(is_meant).cloned().collect();
        (!own.is_empty()).then_some(Self(own))
    }

    /// The records and commands.
    pub(crate) fn entries(&self) -> Vec<String> {
        let entries = self.0.iter().filter(|line| line.is_entry);
        entries.map(|line| line.text.clone()).collect()
    }
}

fn addressed(line: &str) -> (Option<Owner>, &str) {
    let Some((mark, rest)) = line
        .strip_prefix(MARK)
        .and_then(|line| line.split_once(' '))
    else {
        return (None, line);
    };
    let owner = OWNERS.into_iter().find(|owner| owner.id() == mark);
    match owner {
        Some(_) => (owner, rest),
        None => (None, line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_owner_gets_what_is_meant_for_that_one() {
        let fix = Fix::read(
            "Look first.\n@network Open the port:\n> netsh a\n\n@xphone-admin Bind it.\n",
        );
        let owners = [Owner::Network, Owner::XphoneAdmin, Owner::DnsAdmin];
        let texts = |owner| -> Vec<String> {
            let own = fix.of(Some(owner), &owners).expect("something for all");
            own.0.into_iter().map(|line| line.text).collect()
        };
        assert_eq!(
            texts(Owner::Network),
            ["Look first.", "Open the port:", "netsh a"]
        );
        assert_eq!(texts(Owner::XphoneAdmin), ["Look first.", "Bind it."]);
        assert_eq!(texts(Owner::DnsAdmin), ["Look first."]);
        assert_eq!(fix.entries(), ["netsh a"]);
    }

    #[test]
    fn who_is_not_addressed_has_nothing_to_do() {
        let fix = Fix::read("@network Open the port.");
        let owners = [Owner::Network, Owner::XphoneAdmin];
        assert_eq!(fix.of(Some(Owner::XphoneAdmin), &owners), None);
        assert_eq!(fix.of(Some(Owner::Network), &owners).as_ref(), Some(&fix));
        // In the partner view, the partner does all of it.
        let partner = Some(Owner::Partner);
        assert_eq!(fix.of(partner, &[Owner::Partner]).as_ref(), Some(&fix));
    }

    #[test]
    fn a_partner_is_told_all_of_it() {
        let fix = Fix::read("@network Open the port:\n> netsh a\n@xphone-admin Bind it.");
        let fix = fix.addressed_to_partner();
        let firsts: Vec<bool> = fix.lines().iter().map(|line| line.is_first).collect();
        assert_eq!(firsts, [true, false, false]);
        let is_theirs = |line: &Line| line.owner == Some(Owner::Partner);
        assert!(fix.lines().iter().all(is_theirs));
    }

    #[test]
    fn only_owners_are_addressed() {
        for text in ["Delete @network there.", "@nobody is called that."] {
            let fix = Fix::read(text);
            assert_eq!(
                (fix.lines()[0].owner, fix.lines()[0].text.as_str()),
                (None, text)
            );
        }
    }
}
