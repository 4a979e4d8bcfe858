//! Resolvers that ask in vain for what the servers of the zone answer this network.

use super::{DnsOutcome, Doubt, ExtendedError, Lookup, Rcode, Unanswered, ViewAnswer, ZoneFacts};

impl Lookup {
    /// The answers of resolvers that get nothing where the servers of the zone give us something.
    pub fn in_vain(&self) -> Vec<&ViewAnswer> {
        let is_heard = !self.given && !self.intercepted && self.unheard.is_none();
        if !is_heard || self.published().is_none_or(DnsOutcome::is_no) {
            return Vec::new();
        }
        let answers = self.answers.iter();
        answers.filter(|answer| answer.is_in_vain()).collect()
    }

    /// The name of the same question in the top-level domain: whoever answers questions of this kind at all has an
    /// answer to it.
    pub(crate) fn control(&self) -> Option<String> {
        let labels = self.name.split('.');
        let service: String = labels
            .take_while(|label| label.starts_with('_'))
            .flat_map(|label| [label, "."])
            .collect();
        let (_, top) = self.name.rsplit_once('.')?;
        Some(format!("{service}{top}"))
    }
}

impl ViewAnswer {
    /// Whether the resolver has nothing to pass on, and not because it filters.
    fn is_in_vain(&self) -> bool {
        let is_nothing = match &self.outcome {
            DnsOutcome::Failed {
                rcode: Rcode::TooManyAliases,
                ..
            } => false,
            DnsOutcome::Failed { extended, .. } => {
                !extended.iter().any(ExtendedError::is_about_filtering)
            }
            outcome => *outcome == DnsOutcome::Unanswered(Unanswered::TimedOut),
        };
        let is_honest = matches!(self.doubt(), None | Some(Doubt::Old));
        is_nothing && is_honest && !self.view.is_stand_in()
    }
}

impl ZoneFacts {
    /// Whether this resolver answers questions of the same kind, where it was asked another one.
    pub fn answers_others(&self, lookup: &Lookup, answer: &ViewAnswer) -> bool {
        let Some(name) = lookup.control() else {
            return false;
        };
        let controls = self.controls.iter();
        let same = controls.filter(|it| it.name == name && it.record == lookup.record);
        let mut answers = same.flat_map(|control| &control.answers);
        answers
            .any(|it| it.view == answer.view && it.outcome.is_conclusive() && it.doubt().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::RecordType;

    #[test]
    fn the_control_is_of_the_same_kind() {
        for (name, control) in [
            (
                "_sipfederationtls._tcp.zahnfee.de",
                Some("_sipfederationtls._tcp.de"),
            ),
            ("xphone.zahnfee.co.uk", Some("uk")),
            ("zahnfee.de", Some("de")),
            ("de", None),
        ] {
            let lookup = Lookup::of(name, RecordType::A);
            assert_eq!(lookup.control().as_deref(), control, "{name}");
        }
    }
}
