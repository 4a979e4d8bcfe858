//! Asks OPTIONS on an established TLS connection and reads the answer, or what comes instead of it.
//!
//! With TLS 1.3 a server refuses a missing client certificate only after the handshake: its
//! verdict is read here (RFC 8446 §4.4.2.4).

use tokio::time::Instant;

use super::channel::{Channel, End};
use super::{Context, LimitHit, elapsed_us, tcp, tls};
use crate::facts::{SipFacts, SipOutcome, TlsVersion};
use crate::model::limits::MAX_ANSWER;
use crate::wire::sip::{
    OptionsRequest, Received, SoFar, Transport, other_within, read_response, was_becoming_sip,
};

pub(super) async fn ask(cx: &Context, mut session: Channel) -> SipFacts {
    let unique = unique(cx);
    let request = request(cx, Transport::Tls, &unique);
    let began = Instant::now();
    let mut received = Vec::new();
    let conversation = async {
        session.send(request.as_bytes()).await;
        read_answer(&mut session, &request, &unique, &mut received).await
    };
    let ended = cx.within(cx.plan.limits.sip, conversation).await;
    let records = session.records();
    let outcome = match ended {
        Ok(Ok(outcome)) => outcome,
        // What has ended, or gone on this long, without becoming SIP is none.
        Ok(Err(_)) if is_unlike_sip(&received, &unique) => SipOutcome::NotSip(start(&received)),
        Ok(Err(end)) => said(&received, &unique).unwrap_or(match end {
            End::Alert(alert) => SipOutcome::Alert(alert),
            End::Closed | End::Reset if records.is_within_record() => {
                SipOutcome::Unfinished(Vec::new())
            }
            End::Closed => SipOutcome::Closed,
            End::Reset => SipOutcome::Reset,
            End::Breach(breach) => SipOutcome::Misbehaved(breach),
            End::TooMuch => SipOutcome::TooMuch,
        }),
        // Silence after a request of the server's own is silence: it speaks SIP, and waits.
        Err(LimitHit::Operation) if is_request(&received, &unique) => SipOutcome::Silent,
        Err(cut) => said(&received, &unique).unwrap_or(match cut {
            LimitHit::Deadline => SipOutcome::Deadline,
            LimitHit::Operation if records.is_within_record() => SipOutcome::Unfinished(Vec::new()),
            LimitHit::Operation => SipOutcome::Silent,
        }),
    };
    let is_tls12 = session
        .tls()
        .protocol_version()
        .and_then(tls::known_version)
        == Some(TlsVersion::Tls12);
    SipFacts {
        outcome,
        elapsed_us: elapsed_us(began),
        limit: Some(tcp::millis(cx.plan.limits.sip)),
        renegotiation: is_tls12 && session.records().asks_for_renegotiation(),
    }
}

/// What is in one request only.
pub(super) fn unique(cx: &Context) -> String {
    format!("{:032x}", u128::from_be_bytes(cx.shared.random()))
}

/// The request that bears this.
pub(super) fn request(cx: &Context, transport: Transport, unique: &str) -> String {
    let options = OptionsRequest {
        domain: cx.plan.terms.domain.as_str(),
        from: &cx.plan.from,
        unique,
        transport,
    };
    options.to_message()
}

/// Reads until there is a final response, something else than SIP, or as much as is read.
async fn read_answer(
    session: &mut Channel,
    request: &str,
    unique: &str,
    received: &mut Vec<u8>,
) -> Result<SipOutcome, End> {
    loop {
        session.receive(received).await?;
        // Whatever sends back what it gets does not speak SIP.
        if received.starts_with(request.as_bytes()) {
            return Ok(SipOutcome::NotSip(start(received)));
        }
        match read_response(received, unique) {
            Received::Response(answer) => return Ok(SipOutcome::Answered(answer)),
            Received::Other => return Ok(SipOutcome::NotSip(start(other_within(received)))),
            Received::Incomplete(_) if received.len() > MAX_ANSWER => return Err(End::TooMuch),
            Received::Incomplete(_) => {}
        }
    }
}

/// What was said before the end, however the end looks: nothing, or what counts instead of it. A
/// status line without the end of its headers is an answer, and so is a provisional response
/// when no other follows.
fn said(received: &[u8], unique: &str) -> Option<SipOutcome> {
    match read_response(received, unique) {
        Received::Response(answer) | Received::Incomplete(SoFar::Answer(answer)) => {
            Some(SipOutcome::Answered(answer))
        }
        Received::Incomplete(SoFar::Nothing) => None,
        Received::Incomplete(SoFar::Request) => Some(SipOutcome::Unrelated(start(received))),
        Received::Incomplete(SoFar::Beginning) => Some(SipOutcome::Unfinished(start(received))),
        Received::Other => Some(SipOutcome::NotSip(start(other_within(received)))),
    }
}

/// The beginning of a line of something else.
fn is_unlike_sip(received: &[u8], unique: &str) -> bool {
    read_response(received, unique) == Received::Incomplete(SoFar::Beginning)
        && !was_becoming_sip(received)
}

fn is_request(received: &[u8], unique: &str) -> bool {
    read_response(received, unique) == Received::Incomplete(SoFar::Request)
}

/// Enough to be quoted.
fn start(received: &[u8]) -> Vec<u8> {
    received[..received.len().min(256)].to_vec()
}
