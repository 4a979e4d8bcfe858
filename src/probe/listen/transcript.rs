//! Writes down what is said, without texts and without names of people.

use super::Room;
use crate::probe::locked;
use crate::wire::sip::framer::{Framed, Framer};
use crate::wire::sip::message::Message;
use crate::wire::sip::shown::shown;

/// A transcript that cannot be written does not end a conversation: it is flushed, and its errors
/// seen, when all is over.
pub(super) fn write_down(room: &Room, direction: char, message: &Message) {
    if let Some(transcript) = &room.post.transcript {
        let seconds = room.begun.elapsed().as_secs();
        let text = shown(message, &room.salt);
        let _ = writeln!(locked(transcript), "{direction} {seconds} s\n{text}");
    }
}

pub(super) fn write_down_own(room: &Room, text: &str) {
    let mut framer = Framer::default();
    framer.take(text.as_bytes());
    if let Framed::Message(message) = framer.read() {
        write_down(room, '>', &message);
    }
}
