//! What was meant: near misses of the SRV record, wildcards, and who holds the chat.

mod holders;
mod looking;
mod mistyped;
mod wildcards;

use crate::stage::{ALL_PASS, FQDN, Outcome, Stage, ZONE};
use crate::world::{Behaviour, Dns, Port, RecordType};

const SRV: &str = "_sipfederationtls._tcp.zahnfee.de. SRV 0 0 5061 xphone.zahnfee.de.";
/// Everything is in order but the record.
const ONLY_THE_RECORD: &str = "pass pass fail pass pass pass";
/// There is no record to go on with.
const NO_RECORD: &str = "pass skip fail skip skip skip";

/// Every mistyped service and protocol that is known to have been typed.
const TYPOS: [&str; 11] = [
    "sipfederationtls._tcp",
    "_sipfederationtls.tcp",
    "sipfederationtls.tcp",
    "_sipfederationtls_tcp",
    "__sipfederationtls.__tcp",
    "_sipfederationtls",
    "_sipfederationtls._tls",
    "_sipfederation._tls",
    "_sipfederationtls._udp",
    "_sip._tls",
    "_sipinternaltls._tcp",
];

#[track_caller]
fn list(outcome: &Outcome, code: &str, arg: &str) -> Vec<String> {
    let list = outcome.finding("srv", code)["args"][arg].clone();
    serde_json::from_value(list).expect("a list of names")
}

/// A check against a healthy server.
fn checked(stage: &Stage) -> Outcome {
    let server = stage.server().start();
    stage.meets(&server)
}

fn asked(stage: &Stage, name: &str) -> bool {
    stage.dns.questions().iter().any(|(asked, _)| asked == name)
}
