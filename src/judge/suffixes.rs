//! What the tools of this machine show in place of what DNS says. Only a remark, in whatever step the
//! name belongs to: nothing is judged by it.

use super::any_step::NSLOOKUP_SUFFIX;
use crate::facts::{DnsOutcome, Lookup, Record, RecordType};
use crate::model::finding::Finding;

/// A plain `nslookup` of this name shows something else, because it appends a suffix.
/// `beside` is the AAAA look-up of an A record.
pub(super) fn judge(lookup: &Lookup, beside: Option<&Lookup>) -> Option<Finding> {
    let suffixed = lookup.suffixed.as_ref()?;
    let answer = suffixed.shown()?;
    let published = [lookup].into_iter().chain(beside).flat_map(Lookup::records);
    let (shown, said) = (listed(answer.records()), listed(published));
    if !lookup.answer().is_conclusive() || shown == said {
        return None;
    }
    let (what, rcode) = match &answer.outcome {
        DnsOutcome::Failed { rcode, .. } if shown.is_empty() => ("error", rcode.to_string()),
        _ if shown.is_empty() => ("nothing", String::new()),
        _ => ("records", String::new()),
    };
    let command = match lookup.record {
        RecordType::A => format!("nslookup {}", lookup.name),
        record => format!("nslookup -type={} {}", record.name(), lookup.name),
    };
    Some(
        Finding::new(&NSLOOKUP_SUFFIX)
            .with("name", lookup.name.as_str())
            .with("record", lookup.record.name())
            .with("command", command)
            .with("longer", answer.name.as_str())
            .with("what", what)
            .with("rcode", rcode)
            .with("shown", shown)
            .with("said", said),
    )
}

/// The content of records, in an order of its own.
fn listed<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<String> {
    let records = records.into_iter();
    let mut listed: Vec<String> = records.map(|record| record.data.to_string()).collect();
    listed.sort_unstable();
    listed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Data, Nslookup, Suffixed, SuffixedAnswer, ViewAnswer};
    use crate::model::finding::Value;
    use crate::model::plan::View;

    const NAME: &str = "xphone.zahnfee.de";

    fn found(address: &str) -> DnsOutcome {
        let data = Data::Address(address.parse().expect("an address"));
        DnsOutcome::Records {
            aliases: Vec::new(),
            records: vec![Record { ttl: 300, data }],
        }
    }

    fn missing() -> DnsOutcome {
        DnsOutcome::NoName {
            aliases: Vec::new(),
            negative_ttl: Some(300),
            zone: Some("de".to_owned()),
        }
    }

    /// What is remarked on a machine with Windows, where DNS and the suffix say this.
    fn remarked(outcome: DnsOutcome, with_suffix: DnsOutcome) -> Option<Finding> {
        let mut lookup = Lookup::of(NAME, RecordType::A);
        lookup.answers.push(ViewAnswer {
            disproved: None,
            view: View::System,
            server: None,
            outcome,
            elapsed_us: 0,
            internal: false,
            marks: None,
        });
        lookup.suffixed = Some(Suffixed {
            nslookup: Nslookup::Windows,
            answers: vec![SuffixedAnswer {
                name: format!("{NAME}.fritz.box"),
                outcome: with_suffix,
                aaaa: None,
            }],
        });
        judge(&lookup, None)
    }

    fn arg(finding: &Finding, name: &str) -> Value {
        let mut args = finding.args.iter();
        let found = args.find(|(found, _)| *found == name);
        found.expect("an argument").1.clone()
    }

    #[test]
    fn only_a_difference_is_remarked() {
        let (dns, other) = ("81.2.3.4", "192.168.178.1");
        let finding = remarked(found(dns), found(other)).expect("a remark");
        let longer = Value::Text(format!("{NAME}.fritz.box"));
        assert_eq!(arg(&finding, "longer"), longer);
        assert_eq!(arg(&finding, "shown"), Value::List(vec![other.to_owned()]));
        assert_eq!(arg(&finding, "said"), Value::List(vec![dns.to_owned()]));
        let finding = remarked(missing(), found(other)).expect("a remark");
        assert_eq!(arg(&finding, "said"), Value::List(Vec::new()));
        assert_eq!(remarked(found(dns), found(dns)), None);
        assert_eq!(remarked(found(dns), missing()), None);
        assert_eq!(remarked(missing(), missing()), None);
    }
}
