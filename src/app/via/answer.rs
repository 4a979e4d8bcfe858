//! What is asked of a place elsewhere, and what is made of its answer, whichever way it came.

use std::time::Duration;

use super::{Looked, Seen};
use crate::facts::{Outlook, WhyNot};
use crate::model::limits::clipped;
use crate::model::plan::{Plan, Terms};
use crate::report::FACTS_SCHEMA;
use crate::wire::vantage::{self, Answer, Hello, PROTOCOL, Refusal, Request};

/// For the way of an answer, beyond the time that the check itself may take.
pub(super) const WAY: Duration = Duration::from_secs(10);
/// An answer is never longer, in bytes.
pub(super) const MAX_ANSWER: usize = 32 * 1024 * 1024;
/// How much of what is said there is told, in characters.
const TOLD: usize = 400;
/// No version of ours is longer, in characters.
const VERSION: usize = 40;

/// The one line that is asked.
pub(super) fn request(plan: &Plan) -> Vec<u8> {
    let Terms {
        domain,
        federation,
        partner,
        fqdn,
        ..
    } = &plan.terms;
    let request = Request {
        domain: domain.clone(),
        federation: *federation,
        partner: *partner,
        fqdn: fqdn.clone(),
    };
    vantage::write(&request).expect("names are JSON")
}

/// A place that could not look.
pub(super) fn failed(place: Outlook, why: WhyNot, detail: &str) -> Looked {
    let place = place.failed(why, clipped(detail, TOLD));
    Looked { place, seen: None }
}

/// The place as it introduces itself, unless nothing that it says could be understood.
pub(super) fn greeted(place: Outlook, hello: &Hello) -> Result<Outlook, Box<Looked>> {
    let version = clipped(&hello.version, VERSION);
    let place = Outlook {
        version: Some(version.clone()),
        clock: Some(hello.clock),
        ..place
    };
    if hello.protocol > PROTOCOL || hello.facts_schema > FACTS_SCHEMA {
        return Err(Box::new(failed(place, WhyNot::Newer, &version)));
    }
    Ok(place)
}

/// What it saw, in the line of its answer.
pub(super) fn taken(place: Outlook, line: &[u8], plan: &Plan) -> Looked {
    let seen = match vantage::read_answer(line) {
        Err(why) => return failed(place, WhyNot::Broken, &why),
        Ok(Answer::Refused(refusal)) => {
            let (why, detail) = reason(refusal);
            return failed(place, why, &detail);
        }
        Ok(Answer::Seen(seen)) => *seen,
    };
    let (own, theirs) = (&plan.terms, &seen.terms);
    let is_other = theirs.domain != own.domain
        || theirs.federation != own.federation
        || theirs.partner != own.partner
        || (own.fqdn.is_some() && theirs.fqdn != own.fqdn);
    if is_other {
        return failed(place, WhyNot::Broken, theirs.domain.as_str());
    }
    // How it looks is the place's own; what is thought of it, and when, is ours.
    let terms = Terms {
        family: theirs.family,
        allow_private: theirs.allow_private,
        own_roots: theirs.own_roots,
        client_certificate: theirs.client_certificate,
        fqdn: theirs.fqdn.clone(),
        ..own.clone()
    };
    Looked {
        place,
        seen: Some(Seen {
            terms,
            elapsed_us: seen.elapsed_us,
            facts: seen.facts,
        }),
    }
}

fn reason(refusal: Refusal) -> (WhyNot, String) {
    match refusal {
        Refusal::TooOften(seconds) => (WhyNot::TooOften, seconds.to_string()),
        Refusal::TooMany => (WhyNot::TooMany, String::new()),
        Refusal::NoRequest(why) => (WhyNot::NoRequest, why),
        Refusal::TooLong => (WhyNot::NoRequest, String::new()),
        Refusal::Uncounted => (WhyNot::Uncounted, String::new()),
        Refusal::Unsettled => (WhyNot::Unsettled, String::new()),
    }
}
