//! What many comparisons come to: from which verdict to which, and the exit code.

use crate::report::Verdict;

/// All verdicts, the best first.
pub const ALL_VERDICTS: [Verdict; 4] = Verdict::ALL;

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing that lasts is different.
    Same,
    /// Something is different, and nothing is worse.
    Changed,
    /// Something is worse.
    Worse,
    /// Something could not be tested that could be before, and nothing is known to be worse.
    Unknown,
    /// The two cannot be compared.
    NotComparable,
}

/// Several comparisons.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// From which verdict (the rows) to which.
    transitions: [[usize; 4]; 4],
    worse: usize,
    changed: usize,
    unknown: usize,
    same: usize,
    /// Those that could not be compared.
    pub not_comparable: usize,
    /// Domains of the older reports that the newer ones lack.
    pub only_old: usize,
    /// The other way round.
    pub only_new: usize,
}

impl Tally {
    /// Counts a comparison.
    pub fn count(&mut self, verdicts: (Verdict, Verdict), outcome: Outcome) {
        let place = |verdict| ALL_VERDICTS.iter().position(|other| *other == verdict);
        if let (Some(from), Some(to)) = (place(verdicts.0), place(verdicts.1)) {
            self.transitions[from][to] += 1;
        }
        match outcome {
            Outcome::Same => self.same += 1,
            Outcome::Changed => self.changed += 1,
            Outcome::Worse => self.worse += 1,
            Outcome::Unknown => self.unknown += 1,
            Outcome::NotComparable => self.not_comparable += 1,
        }
    }

    /// How many went from the one verdict to the other.
    pub fn transitions(&self) -> &[[usize; 4]; 4] {
        &self.transitions
    }

    /// How many domains were compared.
    pub fn compared(&self) -> usize {
        self.same + self.changed + self.worse + self.unknown
    }

    /// How many of them are worse.
    pub fn worse(&self) -> usize {
        self.worse
    }

    /// How many of them are different without being worse.
    pub fn changed(&self) -> usize {
        self.changed
    }

    /// Of how many something could no longer be tested.
    pub fn unknown(&self) -> usize {
        self.unknown
    }

    /// How many of them are as they were.
    pub fn same(&self) -> usize {
        self.same
    }

    /// 1 where something is worse (`any`: where anything is different), 3 where something could not
    /// be compared, else 0. A domain that is new on the list is worse than nothing, but where there
    /// is nothing else, nothing was compared.
    pub fn exit_code(&self, any: bool) -> u8 {
        if self.worse > 0 || any && self.changed > 0 {
            1
        } else if self.unknown + self.not_comparable + self.only_old > 0 || self.compared() == 0 {
            3
        } else {
            0
        }
    }
}
