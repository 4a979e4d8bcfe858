//! Asks OPTIONS on an established TLS connection and reads the answer, or what comes instead of it.
//!
//! With TLS 1.3 a server refuses a missing client certificate only after the handshake: its
//! verdict is read here (RFC 8446 §4.4.2.4).

use tokio::time::Instant;

use super::channel::{Channel, End};
use super::{Context, LimitHit, elapsed_us, tcp, tls};
use crate::facts::{SipFacts, SipOutcome, TlsVersion};
use crate::wire::sip::reading::Reading;
use crate::wire::sip::{OptionsRequest, Received, SoFar, Transport, was_becoming_sip};

pub(super) async fn ask(cx: &Context, mut session: Channel) -> SipFacts {
    let unique = unique(cx);
    let request = request(cx, Transport::Tls, &unique);
    let began = Instant::now();
    let mut reading = Reading::new(&unique, request.len().max(QUOTED));
    let conversation = async {
        session.send(request.as_bytes()).await;
        read_answer(&mut session, &request, &mut reading).await
    };
    let ended = cx.within(cx.plan.limits.sip, conversation).await;
    let records = session.records();
    let outcome = match ended {
        Ok(Ok(outcome)) => outcome,
        // What has ended, or gone on this long, without becoming SIP is none.
        Ok(Err(_)) if is_unlike_sip(&reading) => SipOutcome::NotSip(quote(reading.start())),
        // A final response may stand behind what was read.
        Ok(Err(End::TooMuch)) => match said(&reading) {
            Some(SipOutcome::Answered(answer)) if answer.status >= 200 => {
                SipOutcome::Answered(answer)
            }
            _ => SipOutcome::TooMuch,
        },
        Ok(Err(end)) => said(&reading).unwrap_or(match end {
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
        Err(LimitHit::Operation) if reading.received() == Received::Incomplete(SoFar::Request) => {
            SipOutcome::Silent
        }
        Err(cut) => said(&reading).unwrap_or(match cut {
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

/// So many bytes are enough to be quoted.
const QUOTED: usize = 256;

/// Reads until there is a final response, something else than SIP, or as much as is read.
async fn read_answer(
    session: &mut Channel,
    request: &str,
    reading: &mut Reading<'_>,
) -> Result<SipOutcome, End> {
    loop {
        let mut came = Vec::new();
        session.receive(&mut came).await?;
        let received = reading.take(&came);
        // Whatever sends back what it gets does not speak SIP.
        if reading.start().starts_with(request.as_bytes()) {
            return Ok(SipOutcome::NotSip(quote(reading.start())));
        }
        match received {
            Received::Response(answer) => return Ok(SipOutcome::Answered(answer)),
            Received::Other => return Ok(SipOutcome::NotSip(quote(reading.rest()))),
            Received::Incomplete(_) => {}
        }
    }
}

/// What was said before the end, however the end looks: nothing, or what counts instead of it. A
/// status line without the end of its headers is an answer, and so is a provisional response
/// when no other follows.
fn said(reading: &Reading<'_>) -> Option<SipOutcome> {
    let start = || quote(reading.start());
    match reading.received() {
        Received::Response(answer) | Received::Incomplete(SoFar::Answer(answer)) => {
            Some(SipOutcome::Answered(answer))
        }
        Received::Incomplete(SoFar::Nothing) => None,
        Received::Incomplete(SoFar::Request) => Some(SipOutcome::Unrelated(start())),
        Received::Incomplete(SoFar::Beginning | SoFar::Unreadable) => {
            Some(SipOutcome::Unfinished(start()))
        }
        Received::Other => Some(SipOutcome::NotSip(quote(reading.rest()))),
    }
}

/// The beginning of a line of something else.
fn is_unlike_sip(reading: &Reading<'_>) -> bool {
    reading.received() == Received::Incomplete(SoFar::Beginning)
        && !was_becoming_sip(reading.rest())
}

/// Enough to be quoted.
fn quote(received: &[u8]) -> Vec<u8> {
    received[..received.len().min(QUOTED)].to_vec()
}
