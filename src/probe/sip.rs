//! Asks OPTIONS on an established TLS connection and reads what comes in the answer's place.
//!
//! With TLS 1.3 a server refuses a missing client certificate only after the handshake: its
//! verdict is read here (RFC 8446 §4.4.2.4).

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use super::tls::{Broken, Session};
use super::{Cut, Prober, elapsed_us};
use crate::facts::{SipFacts, SipOutcome};
use crate::model::limits::MAX_ANSWER;
use crate::wire::sip::{Options, Received, Transport, is_request, read_headers, read_response};

pub(crate) async fn ask(prober: &Prober, mut session: Session) -> SipFacts {
    let request = request(prober, Transport::Tls);
    let start = Instant::now();
    let mut received = Vec::new();
    let conversation = async {
        // A write that fails says less than what may still be read: the alert that explains it.
        let written = send(&mut session, request.as_bytes()).await;
        let read = read_answer(&mut session, &mut received).await;
        match (written, read) {
            (Err(error), Ok(SipOutcome::Closed)) | (_, Err(error)) => broken(&error),
            (_, Ok(outcome)) => outcome,
        }
    };
    let outcome = match prober.within(prober.plan.limits.sip, conversation).await {
        Ok(outcome) => outcome,
        Err(cut) => unfinished(&received, cut),
    };
    SipFacts {
        outcome,
        elapsed_us: elapsed_us(start),
    }
}

/// The request, unlike any before it.
pub(crate) fn request(prober: &Prober, transport: Transport) -> String {
    let mut random = [0; 16];
    // Without randomness the request is less unique, and still a request.
    let _ = prober.shared.provider.secure_random.fill(&mut random);
    let unique = format!("{:032x}", u128::from_be_bytes(random));
    let options = Options {
        domain: prober.plan.terms.domain.as_str(),
        from: &prober.plan.from,
        unique: &unique,
        transport,
    };
    options.to_message()
}

async fn send(session: &mut Session, request: &[u8]) -> io::Result<()> {
    session.write_all(request).await?;
    session.flush().await
}

/// Reads until there is a final response, something else than SIP, or the end.
async fn read_answer(session: &mut Session, received: &mut Vec<u8>) -> io::Result<SipOutcome> {
    let mut buffer = [0; 4096];
    loop {
        let count = session.read(&mut buffer).await?;
        if count == 0 {
            return Ok(if received.is_empty() {
                SipOutcome::Closed
            } else {
                unfinished(received, Cut::Limit)
            });
        }
        received.extend_from_slice(&buffer[..count]);
        match read_response(received) {
            Received::Response(answer) => return Ok(SipOutcome::Answered(answer)),
            Received::Other => return Ok(not_sip(received)),
            Received::Incomplete if received.len() > MAX_ANSWER => {
                return Ok(unfinished(received, Cut::Limit));
            }
            Received::Incomplete => {}
        }
    }
}

/// A status line without the end of its headers is life all the same.
fn unfinished(received: &[u8], cut: Cut) -> SipOutcome {
    let text = String::from_utf8_lossy(received);
    match (read_headers(text.trim_start()), cut) {
        (Some(answer), _) if text.trim_start().starts_with("SIP/2.0 ") => {
            SipOutcome::Answered(answer)
        }
        (_, Cut::Deadline) => SipOutcome::Deadline,
        _ if text.trim_start().is_empty() || is_request(received) => SipOutcome::Silent,
        _ => not_sip(received),
    }
}

fn not_sip(received: &[u8]) -> SipOutcome {
    SipOutcome::NotSip(received[..received.len().min(256)].to_vec())
}

fn broken(error: &io::Error) -> SipOutcome {
    match Broken::from(error) {
        Broken::Alert(alert) => SipOutcome::Alert(alert),
        Broken::Closed | Broken::Other(_) => SipOutcome::Closed,
        Broken::Reset => SipOutcome::Reset,
    }
}
