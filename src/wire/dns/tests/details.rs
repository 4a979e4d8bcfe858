//! Codes and roles, capitals, records in excess, and records that come twice.

use super::*;

#[test]
fn response_codes_and_their_reasons() {
    for (code, rcode) in [
        (1, Rcode::FormErr),
        (2, Rcode::ServFail),
        (4, Rcode::NotImp),
        (5, Rcode::Refused),
        (9, Rcode::NotAuth),
        (11, Rcode::Other(11)),
        // In the part of the code that EDNS adds.
        (23, Rcode::Other(23)),
    ] {
        for role in [Role::Resolver, Role::Authority] {
            let answer = Answer { code, ..RECURSIVE };
            let read = read(answer, role, RecordType::A);
            assert_eq!(read, failed(rcode.clone()), "{code}");
        }
    }
    let answer = Answer {
        code: 2,
        extended: &[b"\0\x16no server", b"\0\x17", b"\x01", b"\0\x06\xff"],
        ..RECURSIVE
    };
    let reasons = [(22, "no server"), (23, ""), (6, "\u{fffd}")];
    assert_eq!(
        read(answer, Role::Resolver, RecordType::A),
        explained(Rcode::ServFail, &reasons)
    );
}

/// Servers may answer in letters of another case than the question's (RFC 4343).
#[test]
fn case_does_not_matter() {
    let answer = Answer {
        answers: "x.zahnfee.de 60 CNAME y.example.\ny.example 60 A 81.2.3.4",
        ..RECURSIVE
    };
    let question = Question {
        name: NAME,
        record: RecordType::A,
        role: Role::Resolver,
    };
    let shouted = Question {
        name: "X.ZAHNFEE.DE",
        ..question
    };
    let read = outcome(&message(answer, question), shouted);
    let expected = found(&["X.ZAHNFEE.DE", "y.example"], &[(60, "81.2.3.4")]);
    assert_eq!(read, expected);
}

#[test]
fn an_answer_keeps_no_more_records_than_this() {
    let question = Question {
        name: NAME,
        record: RecordType::A,
        role: Role::Resolver,
    };
    let mut endless = message(RECURSIVE, question);
    for last in 0..=255 {
        let line = format!("{NAME} 60 A 81.2.3.{last}");
        endless.add_answers(records(&line));
    }
    assert_eq!(outcome(&endless, question).records().len(), MAX_RECORDS);
}

#[test]
fn each_role_is_asked_in_its_own_way() {
    for (role, recursion_desired, checking_disabled, authentic_data) in [
        (Role::Resolver, true, false, true),
        (Role::Unchecking, true, true, false),
        (Role::Authority, false, true, false),
    ] {
        let question = Question {
            name: NAME,
            record: RecordType::Srv,
            role,
        };
        let query = question.message(true).expect("a query");
        let metadata = &query.metadata;
        assert_eq!(metadata.recursion_desired, recursion_desired, "{role:?}");
        assert_eq!(metadata.checking_disabled, checking_disabled, "{role:?}");
        assert_eq!(metadata.authentic_data, authentic_data, "{role:?}");
        assert_eq!(query.max_payload(), UDP_PAYLOAD);
        assert!(question.message(false).expect("a query").edns.is_none());
    }
    let question = Question {
        name: "a..b",
        record: RecordType::A,
        role: Role::Resolver,
    };
    assert!(question.message(true).is_none());
}

#[test]
fn a_record_that_comes_twice_is_one() {
    let twice =
        "x.zahnfee.de 90 A 81.2.3.4\nx.zahnfee.de 60 A 81.2.3.4\nx.zahnfee.de 60 A 81.2.3.5";
    let answer = Answer {
        answers: twice,
        ..RECURSIVE
    };
    assert_eq!(
        read(answer, Role::Resolver, RecordType::A),
        found(&[], &[(60, "81.2.3.4"), (60, "81.2.3.5")])
    );
    let question = Question {
        record: RecordType::Srv,
        ..QUESTION
    };
    let answer = Answer {
        answers: "x.zahnfee.de 60 SRV 0 0 5061 a.zahnfee.de.\nx.zahnfee.de 60 SRV 0 0 5061 A.ZAHNFEE.DE.",
        ..RECURSIVE
    };
    assert_eq!(
        outcome(&message(answer, question), question)
            .records()
            .len(),
        1
    );
}
