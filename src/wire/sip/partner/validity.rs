//! Whether a request can be answered as what it is (RFC 3261 §8.1.1, §8.2; RFC 4475).

use crate::wire::sip::message::Message;
use crate::wire::sip::uri::{BadUri, NameAddress, SipUri};

/// The status that refuses a request that is none, if it is to be refused.
pub(super) fn fault(method: &str, uri: &str, message: &Message) -> Option<u16> {
    match SipUri::parse(uri) {
        Ok(_) => {}
        Err(BadUri::Scheme) => return Some(416),
        Err(BadUri::Form) => return Some(400),
    }
    let once = ["From", "To", "Call-ID", "CSeq"];
    let is_once = |name: &&str| message.all(name).count() == 1;
    if !once.iter().all(is_once) || message.header("Via").is_none() {
        return Some(400);
    }
    if message.all("Via").any(has_gap) {
        return Some(400);
    }
    let is_number = |value: &str| value.parse::<u8>().is_ok();
    let mut hops = message.all("Max-Forwards");
    if !hops.next().is_none_or(is_number) || hops.next().is_some() {
        return Some(400);
    }
    if message.header("Call-ID").is_none_or(str::is_empty) {
        return Some(400);
    }
    let sequence = message.sequence().map(|(_, own)| own);
    if sequence != Some(method) {
        return Some(400);
    }
    let is_address = |name: &&str| {
        let value = message.header(name).and_then(NameAddress::parse);
        value.is_some_and(|value| value.uri.contains(':'))
    };
    (!["From", "To"].iter().all(is_address)).then_some(400)
}

/// Whether a list has an element that is none. A comma in quotes ends nothing.
fn has_gap(list: &str) -> bool {
    let mut quoted = false;
    let ends = |letter: char| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    };
    let mut elements = list.split(ends).map(str::trim_start);
    elements.any(|element| element.is_empty() || element.starts_with(';'))
}
