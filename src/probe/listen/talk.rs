//! SIP on one connection: messages are handed to the partner, its answers are sent.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc, watch};
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::book::Entry;
use super::stream::Begun;
use super::transcript::{write_down, write_down_own};
use super::{Room, errands};
use crate::facts::{Talk, What};
use crate::probe::locked;
use crate::wire::sip::framer::{Framed, Framer};
use crate::wire::sip::partner::{Line, Reaction};

/// Without a dialog, a silent connection is given up after this; with one it is not.
const IDLE: Duration = Duration::from_secs(30 * 60);
/// A message that has begun comes to its end within this.
const UNFINISHED: Duration = Duration::from_secs(30);
/// Whoever does not take an answer for so long is gone.
const WRITING: Duration = Duration::from_secs(10);
/// No connection brings more messages than this.
const MAX_MESSAGES: u32 = 2000;
/// So much of our own waits to be said.
const WAITING: usize = 8;
/// So many exchanges are kept.
const MAX_EXCHANGES: usize = 64;

/// A session with a caller.
type Session = TlsStream<Begun>;

/// Talks until the caller ends it, or nobody wants to hear more.
pub(super) async fn hold(
    room: &Arc<Room>,
    session: Session,
    line: Line,
    entry: &Entry,
    over: watch::Receiver<bool>,
) {
    let (outbox, inbox) = mpsc::channel(WAITING);
    locked(&room.lines).insert(line.number, outbox);
    let mut held = Held {
        room,
        session,
        line,
        entry,
        framer: Framer::default(),
        chat: false,
    };
    held.talk(inbox, over).await;
    locked(&room.lines).remove(&line.number);
    // Nothing will be answered on it any more.
    locked(&room.awaited).retain(|_, waiting| waiting.line != line.number);
    let blank_lines = held.framer.blank_lines();
    let is_unfinished = held.framer.is_within_message();
    note(entry, |talk| {
        talk.blank_lines = blank_lines;
        talk.unfinished = is_unfinished && talk.not_sip.is_none();
    });
    // Whoever is gone takes no farewell.
    let _ = timeout(WRITING, held.session.shutdown()).await;
}

/// A connection, and what is known of it.
struct Held<'a> {
    room: &'a Arc<Room>,
    session: Session,
    line: Line,
    entry: &'a Entry,
    framer: Framer,
    chat: bool,
}

/// What happens next.
enum Next {
    /// Something has come, or nothing more will.
    Read(Result<io::Result<usize>, Elapsed>),
    /// Something of ours is to be said.
    Say(String),
    /// It is over.
    Over,
}

impl Held<'_> {
    async fn talk(&mut self, mut inbox: mpsc::Receiver<String>, mut over: watch::Receiver<bool>) {
        let mut buffer = vec![0; 8192];
        for _ in 0..MAX_MESSAGES {
            let limit = match () {
                () if self.framer.is_within_message() => UNFINISHED,
                () if locked(&self.room.partner).has_dialogs() => Duration::MAX,
                () => IDLE,
            };
            let next = tokio::select! {
                read = timeout(limit, self.session.read(&mut buffer)) => Next::Read(read),
                Some(text) = inbox.recv() => Next::Say(text),
                _ = over.changed() => Next::Over,
            };
            let goes_on = match next {
                Next::Read(Ok(Ok(count))) if count > 0 => {
                    self.framer.take(&buffer[..count]);
                    self.answer_all().await
                }
                Next::Read(Ok(_)) => {
                    note(self.entry, |talk| talk.ended = true);
                    false
                }
                Next::Read(Err(_)) => false,
                Next::Say(text) => self.say(&text).await,
                Next::Over => {
                    // What was to be said before the end.
                    while let Ok(text) = inbox.try_recv() {
                        self.say(&text).await;
                    }
                    false
                }
            };
            if !goes_on {
                break;
            }
            if self.chat && self.room.post.is_enough_with_chat() {
                self.room.enough.notify_one();
            }
        }
    }

    /// Answers everything that is whole; whether the connection is of further use.
    async fn answer_all(&mut self) -> bool {
        let (room, entry) = (self.room, self.entry);
        let line = Line {
            at: room.begun.elapsed(),
            ..self.line
        };
        loop {
            let mut reaction = match self.framer.read() {
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
            let errands = std::mem::take(&mut reaction.errands);
            let waiting = reaction.answered.take().and_then(|(branch, status)| {
                let waiting = locked(&room.awaited).remove(&branch)?;
                Some((waiting, status))
            });
            for text in keep(entry, reaction, &mut self.chat) {
                if !self.say(&text).await {
                    return false;
                }
            }
            // After the answer, so that whoever is called back knows of it.
            errands::send(room, entry, errands);
            if let Some((waiting, status)) = waiting {
                // Nobody waits any more where the time was over.
                let _ = waiting.told.send(status);
            }
            if closes {
                return false;
            }
        }
    }

    /// Says this; whether the caller takes it.
    async fn say(&mut self, text: &str) -> bool {
        write_down_own(self.room, text);
        let written = timeout(WRITING, write(&mut self.session, text)).await;
        matches!(written, Ok(Ok(())))
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
        errands: _,
        answered: _,
        closes: _,
    } = reaction;
    note(entry, |talk| {
        // A server asks by OPTIONS in a name of its own, whoever's texts it brings.
        let is_aside = exchange
            .as_ref()
            .is_some_and(|seen| seen.what == What::Options);
        if !is_aside || talk.from_domain.is_none() {
            talk.from_domain = from_domain.or(talk.from_domain.take());
        }
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
