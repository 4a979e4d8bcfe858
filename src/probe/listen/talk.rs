//! SIP on one connection: messages are handed to the partner, its answers are sent.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::Room;
use super::book::Entry;
use super::stream::Begun;
use crate::facts::{Talk, What};
use crate::probe::locked;
use crate::wire::sip::framer::{Framed, Framer};
use crate::wire::sip::message::Message;
use crate::wire::sip::partner::{Line, Reaction};
use crate::wire::sip::shown::shown;

/// Without a dialog, a silent connection is given up after this; with one it is not.
const IDLE: Duration = Duration::from_secs(30 * 60);
/// A message that has begun comes to its end within this.
const UNFINISHED: Duration = Duration::from_secs(30);
/// Whoever does not take an answer for so long is gone.
const WRITING: Duration = Duration::from_secs(10);
/// No connection brings more messages than this.
const MAX_MESSAGES: u32 = 2000;
/// So many exchanges are kept.
const MAX_EXCHANGES: usize = 64;

/// A session with a caller.
type Session = TlsStream<Begun>;

/// Talks until the caller ends it, or nobody wants to hear more.
pub(super) async fn hold(
    room: &Room,
    mut session: Session,
    line: Line,
    entry: &Entry,
    mut over: watch::Receiver<bool>,
) {
    let mut framer = Framer::default();
    let mut buffer = vec![0; 8192];
    let mut messages = 0;
    let mut chat = false;
    loop {
        let limit = match () {
            () if framer.is_within_message() => UNFINISHED,
            () if locked(&room.partner).has_dialogs() => Duration::MAX,
            () => IDLE,
        };
        let read = tokio::select! {
            read = timeout(limit, session.read(&mut buffer)) => read,
            _ = over.changed() => break,
        };
        match read {
            Ok(Ok(count)) if count > 0 => framer.take(&buffer[..count]),
            Ok(_) => {
                note(entry, |talk| talk.ended = true);
                break;
            }
            Err(_) => {
                let unfinished = framer.is_within_message();
                note(entry, |talk| talk.unfinished = unfinished);
                break;
            }
        }
        let goes_on = answer_all(room, &mut session, &mut framer, line, entry, &mut chat).await;
        messages += 1;
        if !goes_on || messages > MAX_MESSAGES {
            break;
        }
        if chat && room.post.once {
            room.enough.notify_one();
        }
    }
    let blank_lines = framer.blank_lines();
    note(entry, |talk| talk.blank_lines = blank_lines);
    // Whoever is gone takes no farewell.
    let _ = timeout(WRITING, session.shutdown()).await;
}

/// Answers everything that is whole; whether the connection is of further use.
async fn answer_all(
    room: &Room,
    session: &mut Session,
    framer: &mut Framer,
    line: Line,
    entry: &Entry,
    chat: &mut bool,
) -> bool {
    loop {
        let reaction = match framer.read() {
            Framed::Incomplete => return true,
            Framed::NotSip(start) => {
                note(entry, |talk| talk.not_sip = Some(start));
                return false;
            }
            Framed::Message(message) => {
                write_down(room, '<', &message);
                locked(&room.partner).receive(&message, line)
            }
            Framed::Refused(refused) => {
                write_down(room, '<', &refused.head);
                locked(&room.partner).refuse(&refused, line)
            }
        };
        let closes = reaction.closes;
        let send = keep(entry, reaction, chat);
        for text in send {
            write_down_own(room, &text);
            let written = timeout(WRITING, write(session, &text)).await;
            if !matches!(written, Ok(Ok(()))) {
                return false;
            }
        }
        if closes {
            return false;
        }
    }
}

async fn write(session: &mut Session, text: &str) -> io::Result<()> {
    session.write_all(text.as_bytes()).await?;
    session.flush().await
}

/// Writes the exchange down, and says what is to be sent.
fn keep(entry: &Entry, reaction: Reaction, chat: &mut bool) -> Vec<String> {
    let Reaction {
        send,
        exchange,
        from_domain,
        agent,
        closes: _,
    } = reaction;
    note(entry, |talk| {
        talk.from_domain = from_domain.or(talk.from_domain.take());
        talk.agent = agent.or(talk.agent.take());
        if let Some(exchange) = exchange {
            *chat |= exchange.what == What::Chat;
            // What decides is kept, however much came before it.
            let is_new = talk
                .exchanges
                .iter()
                .all(|known| known.what != exchange.what);
            if talk.exchanges.len() < MAX_EXCHANGES || is_new {
                talk.exchanges.push(exchange);
            } else {
                talk.more = talk.more.saturating_add(1);
            }
        }
    });
    send
}

fn note(entry: &Entry, change: impl FnOnce(&mut Talk)) {
    change(locked(entry).sip.get_or_insert_default());
}

/// A transcript that cannot be written does not end a conversation: it is flushed, and its errors
/// seen, when all is over.
fn write_down(room: &Room, direction: char, message: &Message) {
    if let Some(transcript) = &room.post.transcript {
        let seconds = room.begun.elapsed().as_secs();
        let text = shown(message, &room.salt);
        let _ = writeln!(locked(transcript), "{direction} {seconds} s\n{text}");
    }
}

fn write_down_own(room: &Room, text: &str) {
    let mut framer = Framer::default();
    framer.take(text.as_bytes());
    if let Framed::Message(message) = framer.read() {
        write_down(room, '>', &message);
    }
}
