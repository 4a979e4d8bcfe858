//! A calendar (RFC 5545) of the certificates that the servers show: when each has to be renewed,
//! when the new one has to be chosen in XPhone, and when the old one ends.
//!
//! An event is known by server and purpose, not by certificate: whoever imports the calendar again
//! after the renewal has the next dates instead of both. Everything comes from the reports, so the
//! same reports give the same calendar.

use std::fmt::Write as _;
use std::io::{self, Write};

use time::{Date, Duration, OffsetDateTime, UtcOffset};

use super::metrics::{Lifetime, Metrics};
use super::origin::program;
use super::words::Words;
use crate::known::lifetimes::latest_renewal;
use crate::model::finding::{Note, Value};
use crate::report::Report;
use crate::text::Texts;

/// The longest line, in bytes, without its end.
const LONGEST: usize = 75;

/// Certificates that live longer than this are bought rather than fetched by a program, and that
/// takes its time.
const LIVES_SHORT: Duration = Duration::days(100);

/// Writes one calendar of all reports.
pub(super) fn write(reports: &[Report], texts: &Texts, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(calendar(reports, texts).as_bytes())
}

/// The calendar as text.
pub(super) fn calendar(reports: &[Report], texts: &Texts) -> String {
    let name = texts.plain("calendar-name");
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        format!(
            "PRODID:-//xfed//{}//{}",
            program(),
            texts.lang().tag().to_uppercase()
        ),
        "CALSCALE:GREGORIAN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        // One is the standard's, the other is what programs read.
        text("NAME", &name),
        text("X-WR-CALNAME", &name),
    ];
    for server in servers(reports, texts) {
        for event in server.events() {
            lines.extend(event.lines());
        }
    }
    lines.push("END:VCALENDAR".to_owned());
    lines.iter().map(|line| folded(line)).collect()
}

/// Whether there is any date to remember.
pub(super) fn has_dates(reports: &[Report]) -> bool {
    let mut endpoints = reports.iter().flat_map(Metrics::of);
    endpoints.any(|metrics| metrics.certificate.is_some())
}

/// A server of a domain, with the certificate of it that ends first.
struct Server<'a> {
    words: Words<'a>,
    fqdn: String,
    lifetime: Lifetime,
}

fn servers<'a>(reports: &'a [Report], texts: &'a Texts) -> Vec<Server<'a>> {
    let mut servers: Vec<Server<'a>> = Vec::new();
    for report in reports {
        for metrics in Metrics::of(report) {
            let Some(lifetime) = metrics.certificate else {
                continue;
            };
            let fqdn = metrics.fqdn.to_string();
            let same = |known: &&mut Server<'_>| {
                known.fqdn == fqdn && known.words.context.domain == report.terms().domain.as_str()
            };
            match servers.iter_mut().find(same) {
                Some(known) if lifetime.not_after < known.lifetime.not_after => {
                    known.lifetime = lifetime;
                }
                Some(_) => {}
                None => servers.push(Server {
                    words: Words::of(report, texts),
                    fqdn,
                    lifetime,
                }),
            }
        }
    }
    servers
}

impl Server<'_> {
    fn events(&self) -> Vec<Event> {
        let Lifetime {
            not_after,
            due,
            life,
        } = self.lifetime;
        let end = not_after.to_offset(UtcOffset::UTC).date();
        let ends = [(end, "calendar-ends", "ends")];
        // A partner's certificate is renewed by the partner.
        if self.words.report.terms().partner {
            return ends.map(|one| self.event(one)).into();
        }
        let before_end = |left: Duration| end.checked_sub(left).unwrap_or(end);
        let renewal = before_end(due);
        let pause = Duration::days(if life > LIVES_SHORT { 7 } else { 1 });
        let after_renewal = renewal.checked_add(pause).unwrap_or(end);
        let choice = after_renewal.max(before_end(latest_renewal(life))).min(end);
        let own = [
            (renewal, "calendar-renew", "renew"),
            (choice, "calendar-choose", "choose"),
        ];
        let all = own.into_iter().chain(ends);
        all.map(|one| self.event(one)).collect()
    }

    fn event(&self, (day, id, purpose): (Date, &'static str, &str)) -> Event {
        let Words {
            report,
            texts,
            context,
        } = &self.words;
        let not_after = self.lifetime.not_after;
        let note = |id| {
            let note = Note::new(id)
                .with("host", self.fqdn.clone())
                .with("date", not_after)
                .with("time", Value::Time(not_after));
            texts.note(&note, context)
        };
        let mut about = vec![note(match id {
            "calendar-renew" => "calendar-renew-about",
            "calendar-choose" => "calendar-choose-about",
            _ if report.terms().partner => "calendar-ends-partner",
            _ => "calendar-ends-about",
        })];
        about.extend(self.words.labels());
        about.push(note("calendar-again"));
        Event {
            uid: format!("xfed-{purpose}-{}@{}", self.fqdn, context.domain),
            made_at: report.terms().made_at.to_offset(UtcOffset::UTC),
            day,
            summary: note(id),
            description: about.join("\n"),
        }
    }
}

/// Something to remember on a day.
struct Event {
    uid: String,
    made_at: OffsetDateTime,
    day: Date,
    summary: String,
    description: String,
}

impl Event {
    fn lines(&self) -> Vec<String> {
        let made = self.made_at;
        let moment = format!(
            "{}T{:02}{:02}{:02}Z",
            digits(made.date()),
            made.hour(),
            made.minute(),
            made.second()
        );
        let mut lines = vec![
            "BEGIN:VEVENT".to_owned(),
            text("UID", &self.uid),
            format!("DTSTAMP:{moment}"),
            // Programs take the higher number for the newer event: minutes fit into 32 bits.
            format!("SEQUENCE:{}", made.unix_timestamp().max(0) / 60),
            format!("DTSTART;VALUE=DATE:{}", digits(self.day)),
        ];
        let next = self.day.next_day();
        lines.extend(next.map(|next| format!("DTEND;VALUE=DATE:{}", digits(next))));
        lines.extend([
            text("SUMMARY", &self.summary),
            text("DESCRIPTION", &self.description),
            // Nobody is busy all day because of it.
            "TRANSP:TRANSPARENT".to_owned(),
            "END:VEVENT".to_owned(),
        ]);
        lines
    }
}

/// `20270131`
fn digits(date: Date) -> String {
    let (year, month, day) = date.to_calendar_date();
    format!("{year:04}{:02}{day:02}", u8::from(month))
}

/// A property whose value is text (RFC 5545 §3.3.11).
fn text(name: &str, value: &str) -> String {
    let mut line = format!("{name}:");
    for letter in value.chars() {
        match letter {
            '\n' => line.push_str("\\n"),
            '\\' | ';' | ',' => {
                line.push('\\');
                line.push(letter);
            }
            letter => line.push(letter),
        }
    }
    line
}

/// A line with its end, cut into pieces between letters (RFC 5545 §3.1).
fn folded(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + 8);
    let mut length = 0;
    for letter in line.chars() {
        if length + letter.len_utf8() > LONGEST {
            folded.push_str("\r\n ");
            length = 1;
        }
        folded.push(letter);
        length += letter.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

/// The calendar as the address of a link that holds it (RFC 2397).
pub(super) fn as_link(calendar: &str) -> String {
    let mut link = "data:text/calendar;charset=utf-8,".to_owned();
    for byte in calendar.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                link.push(char::from(byte));
            }
            byte => write!(link, "%{byte:02X}").expect("into memory"),
        }
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_between_letters() {
        let line = format!("SUMMARY:{}", "ä€".repeat(60));
        let folded = folded(&line);
        for piece in folded.split_inclusive("\r\n") {
            assert!(piece.len() <= LONGEST + 2, "{piece:?}");
        }
        assert_eq!(folded.replace("\r\n ", ""), line + "\r\n");
    }

    #[test]
    fn text_has_no_structure() {
        assert_eq!(text("X", "a;b,c\\d\ne:f"), "X:a\\;b\\,c\\\\d\\ne:f");
        assert_eq!(
            as_link("A:ä\r\n"),
            "data:text/calendar;charset=utf-8,A%3A%C3%A4%0D%0A"
        );
    }
}
