//! JSON in which everything that could harm a terminal is escaped.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use crate::text::is_harmful;

/// How a value is laid out.
#[derive(Clone, Copy)]
pub(in crate::render) enum Layout {
    /// All on one line.
    Line,
    /// Indented, for people.
    Indented,
}

/// Writes a value, and no end of line. Every document comes this way, through one kind of writer: a
/// report is much code for each kind, and what is behind `out` takes its time for each word.
pub(in crate::render) fn write(
    value: &impl Serialize,
    layout: Layout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let formatter = Harmless(match layout {
        Layout::Line => None,
        Layout::Indented => Some(PrettyFormatter::new()),
    });
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut out, formatter,
    ))?;
    out.flush()
}

/// A formatter with more escapes. serde_json escapes only what JSON demands, which leaves C1
/// controls and direction marks as they are.
struct Harmless(Option<PrettyFormatter<'static>>);

/// Lays out as one of the two of serde_json does.
macro_rules! laid_out {
    ($($method:ident($($argument:ident: $kind:ty),*);)*) => {$(
        fn $method<W: ?Sized + Write>(&mut self, out: &mut W, $($argument: $kind),*) -> io::Result<()> {
            match &mut self.0 {
                Some(indented) => indented.$method(out, $($argument),*),
                None => CompactFormatter.$method(out, $($argument),*),
            }
        }
    )*};
}

impl Formatter for Harmless {
    laid_out! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // A certificate is thousands of letters, and nearly all else is ASCII, too.
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((index, harmful)) = rest
            .char_indices()
            .find(|(_, character)| is_harmful(*character))
        {
            out.write_all(&rest.as_bytes()[..index])?;
            for unit in harmful.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[index + harmful.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}
