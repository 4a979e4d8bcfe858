//! Asks OPTIONS on an established TLS connection and reads the answer, or what comes instead of it.
//!
//! With TLS 1.3 a server refuses a missing client certificate only after the handshake: its
//! verdict is read here (RFC 8446 §4.4.2.4).

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use super::tls::{Broken, Session};
use super::{Context, LimitHit, elapsed_us};
use crate::facts::{SipFacts, SipOutcome};
use crate::model::limits::MAX_ANSWER;
use crate::wire::sip::{
    OptionsRequest, Received, Transport, is_request, read_headers, read_response,
};

pub(super) async fn ask(cx: &Context, mut session: Session) -> SipFacts {
    let request = request(cx, Transport::Tls);
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
    let outcome = match cx.within(cx.plan.limits.sip, conversation).await {
        Ok(outcome) => outcome,
        Err(cut) => unfinished(&received, cut),
    };
    SipFacts {
        outcome,
        elapsed_us: elapsed_us(start),
    }
}

/// A request that differs from all others.
pub(super) fn request(cx: &Context, transport: Transport) -> String {
    let unique = format!("{:032x}", u128::from_be_bytes(cx.shared.random()));
    let options = OptionsRequest {
        domain: cx.plan.terms.domain.as_str(),
        from: &cx.plan.from,
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
                unfinished(received, LimitHit::Operation)
            });
        }
        received.extend_from_slice(&buffer[..count]);
        match read_response(received) {
            Received::Response(answer) => return Ok(SipOutcome::Answered(answer)),
            Received::Other => return Ok(not_sip(received)),
            Received::Incomplete if received.len() > MAX_ANSWER => {
                return Ok(unfinished(received, LimitHit::Operation));
            }
            Received::Incomplete => {}
        }
    }
}

/// A status line without the end of its headers is life all the same.
fn unfinished(received: &[u8], cut: LimitHit) -> SipOutcome {
    let text = String::from_utf8_lossy(received);
    match (read_headers(text.trim_start()), cut) {
        (Some(answer), _) if text.trim_start().starts_with("SIP/2.0 ") => {
            SipOutcome::Answered(answer)
        }
        (_, LimitHit::Deadline) => SipOutcome::Deadline,
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
