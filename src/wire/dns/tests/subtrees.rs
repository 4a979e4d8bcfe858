//! Aliases of whole subtrees (DNAME), and reasons at length.

use super::*;

fn subtree(owner: &str, target: &str) -> rr::Record {
    let target = name(target).to_bytes().expect("a name");
    let data = RData::Unknown {
        code: rr::RecordType::DNAME,
        rdata: rr::rdata::NULL::with(target),
    };
    rr::Record::from_rdata(name(owner), 60, data)
}

/// The CNAME that follows from a DNAME may be left to the asker.
#[test]
fn an_alias_of_a_whole_subtree() {
    let read = |subtrees: &[(&str, &str)], answers: &'static str| {
        let mut message = message(
            Answer {
                answers,
                ..RECURSIVE
            },
            QUESTION,
        );
        let subtrees = subtrees
            .iter()
            .map(|(owner, target)| subtree(owner, target));
        message.answers.splice(0..0, subtrees);
        outcome(&message, QUESTION)
    };
    let address = &[(60, "81.2.3.4")];
    for (what, subtrees, answers, expected) in [
        (
            "alone",
            &[("zahnfee.de", "example")][..],
            "x.example 60 A 81.2.3.4",
            found(&[NAME, "x.example"], address),
        ),
        (
            "in letters of another case",
            &[("ZahnFee.DE", "example")],
            "X.example 60 A 81.2.3.4",
            found(&[NAME, "x.example"], address),
        ),
        (
            "with its CNAME",
            &[("zahnfee.de", "example")],
            "x.zahnfee.de 60 CNAME x.example.\nx.example 60 A 81.2.3.4",
            found(&[NAME, "x.example"], address),
        ),
        (
            "one after the other, and a CNAME between",
            &[("zahnfee.de", "example"), ("b.example", "c.example")],
            "x.example 60 CNAME x.b.example.\nx.c.example 60 A 81.2.3.4",
            found(&[NAME, "x.example", "x.b.example", "x.c.example"], address),
        ),
        (
            "to the root",
            &[("zahnfee.de", ".")],
            "x 60 A 81.2.3.4",
            found(&[NAME, "x"], address),
        ),
        (
            "at the name itself, which it is not for",
            &[(NAME, "example")],
            "",
            no_data(&[], None, None),
        ),
        (
            "at a name that only ends alike",
            &[("fee.de", "example")],
            "",
            no_data(&[], None, None),
        ),
        (
            "of itself, longer each time",
            &[("zahnfee.de", "y.zahnfee.de")],
            "",
            failed(Rcode::TooManyAliases),
        ),
    ] {
        let mut read = read(subtrees, answers);
        let named = subtrees_of(&mut read);
        assert_eq!(read, expected, "{what}");
        // Each alias that follows from a DNAME names it, as it was sent.
        let sent = subtrees
            .iter()
            .filter(|_| !read.aliases().is_empty())
            .map(|(owner, target)| format!("{owner} {target}"));
        assert_eq!(named, sent.collect::<Vec<_>>(), "{what}");
    }
    let label = "y".repeat(63);
    let long = [label.as_str(); 4].join(".");
    let long = &long[..long.len() - 3];
    assert_eq!(
        read(&[("zahnfee.de", long)], ""),
        failed(Rcode::YxDomain),
        "too long"
    );
}

/// The DNAME records that the aliases name, which are taken out.
fn subtrees_of(outcome: &mut DnsOutcome) -> Vec<String> {
    let (DnsOutcome::Records { aliases, .. } | DnsOutcome::NoData { aliases, .. }) = outcome else {
        return Vec::new();
    };
    let taken = aliases.iter_mut().filter_map(|alias| alias.subtree.take());
    taken
        .map(|subtree| format!("{} {}", subtree.name, subtree.target))
        .collect()
}

#[test]
fn reasons_are_kept_short() {
    let mut long = vec![0, 15];
    long.extend("ä".repeat(30_000).bytes());
    let mut message = message(RECURSIVE, QUESTION);
    message.metadata.response_code = ResponseCode::ServFail;
    let options = message.edns.as_mut().expect("as asked").options_mut();
    options.insert(EdnsOption::Unknown(OPTION_EDE, b"\0\x03stale\0".to_vec()));
    for _ in 0..5000 {
        options.insert(EdnsOption::Unknown(OPTION_EDE, long.clone()));
    }
    let DnsOutcome::Failed { extended, .. } = outcome(&message, QUESTION) else {
        panic!("SERVFAIL is no answer");
    };
    let lengths: Vec<usize> = extended.iter().map(|e| e.text.chars().count()).collect();
    assert_eq!(lengths, [5, 201, 201, 201], "with an ellipsis");
}
