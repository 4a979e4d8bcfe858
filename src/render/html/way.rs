//! The picture of the way: a line with six stations, whole where partners get through, torn where
//! they do not. Drawn twice, lying for wide pages and paper, standing for narrow ones; the style
//! shows one of them. Signs have a shape each, so that colour is only the second signal.

use maud::{Markup, html};

use super::shown;
use super::signs::sign_id;
use super::stations::{Leg, Station, stations};
use crate::render::words::Words;

/// Half a station, with some air.
const RADIUS: i32 = 21;
/// Between two lines of text.
const LINE: i32 = 15;
/// Letters that fit below the origin.
const ORIGIN: usize = 10;
/// More lines than this are cut.
const MAX_LINES: usize = 5;

/// Shapes and positions of one of the two drawings.
struct Drawing {
    class: &'static str,
    width: i32,
    height: i32,
    /// Letters that fit on a line.
    letters: usize,
    origin: (i32, i32),
    places: Vec<(i32, i32)>,
    /// Where the text of a station begins, as seen from the station.
    text: (i32, i32),
}

/// The figure of a report. `id` starts the names of its parts.
pub(super) fn way(words: &Words<'_>, id: &str) -> Markup {
    let stations = stations(words);
    let drawings = [lying(&stations), standing(&stations)];
    let summary = summary(words, &stations);
    html! {
        figure.way {
            @for drawing in &drawings { (drawn(drawing, words, &stations, id)) }
            figcaption { (summary) }
        }
    }
}

/// What the picture says, in one sentence.
fn summary(words: &Words<'_>, stations: &[Station]) -> String {
    let at = |leg| stations.iter().find(|station| station.leg == leg);
    let (id, station) = if let Some(station) = at(Leg::Broken) {
        ("way-broken", station)
    } else if let Some(station) = at(Leg::Doubtful).or_else(|| at(Leg::Beyond)) {
        ("way-doubtful", station)
    } else {
        return words.texts.plain("way-whole");
    };
    words.texts.say(id, &[("step", &station.name)])
}

fn lying(stations: &[Station]) -> Drawing {
    let letters = 16;
    let first = 140;
    let pitch = 113;
    let lines = stations
        .iter()
        .map(|station| wrapped(station, letters).len());
    let lines = i32::try_from(lines.max().unwrap_or(0)).unwrap_or(0);
    let count = i32::try_from(stations.len()).unwrap_or(0);
    Drawing {
        class: "lying",
        width: 770,
        height: 100 + lines * LINE,
        letters,
        origin: (36, 32),
        places: (0..count).map(|at| (first + at * pitch, 32)).collect(),
        text: (0, 42),
    }
}

fn standing(stations: &[Station]) -> Drawing {
    let letters = 32;
    let mut y = 84;
    let mut places = Vec::new();
    for station in stations {
        places.push((28, y));
        let lines = i32::try_from(wrapped(station, letters).len()).unwrap_or(0);
        y += 68 + lines * LINE;
    }
    Drawing {
        class: "standing",
        width: 300,
        height: y - 34,
        letters,
        origin: (28, 20),
        places,
        text: (34, -4),
    }
}

fn drawn(drawing: &Drawing, words: &Words<'_>, stations: &[Station], id: &str) -> Markup {
    let Drawing {
        class,
        width,
        height,
        origin: (x, y),
        ..
    } = drawing;
    let (title, desc) = (format!("{id}-{class}-title"), format!("{id}-{class}-desc"));
    let origin = if words.report.terms().partner {
        "way-own"
    } else {
        "way-partner"
    };
    // The sign of the origin is smaller than the others.
    let mut from = match drawing.class {
        "lying" => (x - 8, *y),
        _ => (*x, y - 8),
    };
    let legs: Vec<Markup> = drawing
        .places
        .iter()
        .zip(stations)
        .map(|(to, station)| {
            let leg = leg(station.leg, from, *to);
            from = *to;
            leg
        })
        .collect();
    html! {
        svg class=(class) viewBox={ "0 0 " (width) " " (height) } role="img"
            aria-labelledby=(title) aria-describedby=(desc) {
            title id=(title) { (words.texts.say("way-title", &[("domain", &words.context.domain)])) }
            desc id=(desc) { (described(stations)) }
            @for leg in &legs { (leg) }
            circle.origin cx=(x) cy=(y) r="6" {}
            (start(drawing, &words.texts.plain(origin)))
            @for (place, station) in drawing.places.iter().zip(stations) {
                (stop(drawing, *place, station))
            }
        }
    }
}

/// The words at the sign of the origin.
fn start(drawing: &Drawing, name: &str) -> Markup {
    let (x, y) = drawing.origin;
    if drawing.class == "standing" {
        return html! { text.origin x=(x + 34) y=(y + 4) { (name) } };
    }
    html! {
        text.origin text-anchor="middle" {
            @for (index, line) in wrap(name, ORIGIN).iter().enumerate() {
                tspan x=(x) y=[(index == 0).then_some(y + 42)] dy=[(index > 0).then_some(LINE)] { (line) }
            }
        }
    }
}

/// The picture for those who do not see it.
fn described(stations: &[Station]) -> String {
    let parts: Vec<String> = stations
        .iter()
        .map(
            |Station {
                 name, word, seen, ..
             }| { format!("{name}: {word} ({})", shown(&seen.join(", "))) },
        )
        .collect();
    parts.join("; ")
}

fn stop(drawing: &Drawing, (x, y): (i32, i32), station: &Station) -> Markup {
    let (dx, dy) = drawing.text;
    let (x_text, y_text) = (x + dx, y + dy);
    let anchor = (drawing.class == "lying").then_some("middle");
    html! {
        use class=(station.status.id()) href={ "#" (sign_id(station.status)) } x=(x) y=(y) {}
        text text-anchor=[anchor] {
            tspan.name x=(x_text) y=(y_text) { (station.name) }
            tspan class={ "word " (station.status.id()) } x=(x_text) dy="17" { (station.word) }
            @for (index, line) in wrapped(station, drawing.letters).iter().enumerate() {
                tspan.seen x=(x_text) dy=(if index == 0 { LINE + 2 } else { LINE }) { (line) }
            }
        }
    }
}

/// The line from one place to the next, as far as their signs leave room for it.
fn leg(leg: Leg, from: (i32, i32), to: (i32, i32)) -> Markup {
    let lies = from.1 == to.1;
    let along = |from: (i32, i32), by: i32| {
        if lies {
            (from.0 + by, from.1)
        } else {
            (from.0, from.1 + by)
        }
    };
    let (start, end) = (along(from, RADIUS), along(to, -RADIUS));
    let line = |class: &str, (x1, y1): (i32, i32), (x2, y2): (i32, i32)| {
        html! { path class={ "leg " (class) } d={ "M" (x1) " " (y1) "L" (x2) " " (y2) } {} }
    };
    match leg {
        Leg::Whole => line("whole", start, end),
        Leg::Doubtful => line("doubtful", start, end),
        Leg::Beyond => line("beyond", start, end),
        Leg::Broken => {
            let middle = (i32::midpoint(start.0, end.0), i32::midpoint(start.1, end.1));
            html! {
                (line("whole", start, along(middle, -13)))
                (line("beyond", along(middle, 13), end))
                use.fail href="#bolt" x=(middle.0) y=(middle.1) {}
            }
        }
    }
}

/// What was seen, in lines of at most so many letters.
fn wrapped(station: &Station, letters: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for text in &station.seen {
        lines.extend(balanced(&shown(text), letters));
    }
    if lines.len() > MAX_LINES {
        lines.truncate(MAX_LINES);
        if let Some(last) = lines.last_mut() {
            last.truncate(
                last.char_indices()
                    .nth(letters - 1)
                    .map_or(last.len(), |(at, _)| at),
            );
            last.push('…');
        }
    }
    lines
}

/// As few lines as can be, and of those none much shorter than the others.
fn balanced(text: &str, letters: usize) -> Vec<String> {
    let widest = wrap(text, letters);
    let least = width(text).div_ceil(widest.len().max(1));
    (least..letters)
        .map(|letters| wrap(text, letters))
        .find(|lines| lines.len() == widest.len())
        .unwrap_or(widest)
}

/// Breaks behind what separates the parts of names and addresses; within a part only where it is
/// longer than a line.
fn wrap(text: &str, letters: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut room = letters;
    for part in text.split_inclusive([' ', '.', ':', '-', '/', '@', '_', ',']) {
        let wide = width(part.trim_end());
        if wide > room && room < letters {
            lines.push(String::new());
            room = letters;
        }
        for letter in part.chars() {
            let wide = letter_width(letter);
            if wide > room {
                // A blank that no longer fits is the line break itself.
                if letter == ' ' {
                    continue;
                }
                lines.push(String::new());
                room = letters;
            }
            lines.last_mut().expect("it began with one").push(letter);
            room = room.saturating_sub(wide);
        }
    }
    lines
        .into_iter()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

fn width(text: &str) -> usize {
    text.chars().map(letter_width).sum()
}

/// Beyond the alphabets of Europe, letters may be twice as wide.
fn letter_width(letter: char) -> usize {
    if letter < '\u{1100}' { 1 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_break_between_their_parts() {
        for (text, lines) in [
            ("81.2.3.4", &["81.2.3.4"][..]),
            ("xphone.zahnfee.de", &["xphone.zahnfee.", "de"]),
            (
                "2001:db8:1234:5678:9abc:def0:1:2",
                &["2001:db8:1234:", "5678:9abc:def0:", "1:2"],
            ),
            ("no SRV record at all", &["no SRV record", "at all"]),
            (
                "abcdefghijklmnopqrstuvwxyz",
                &["abcdefghijklmno", "pqrstuvwxyz"],
            ),
            ("fifteen letters", &["fifteen letters"]),
            ("fourteen abcdef ghi", &["fourteen abcdef", "ghi"]),
            ("fifteenletters1 2", &["fifteenletters1", "2"]),
            ("歯の妖精歯の妖精", &["歯の妖精歯の妖", "精"]),
            ("", &[]),
        ] {
            assert_eq!(wrap(text, 15), lines, "{text}");
        }
    }

    #[test]
    fn lines_are_about_as_long_as_each_other() {
        for (text, lines) in [
            ("xphone.zahnfee.de", &["xphone.", "zahnfee.de"][..]),
            (
                "needs an open port (step 4)",
                &["needs an open", "port (step 4)"],
            ),
            ("zahnfee.de", &["zahnfee.de"]),
            ("", &[]),
        ] {
            assert_eq!(balanced(text, 16), lines, "{text}");
        }
    }

    #[test]
    fn what_is_too_long_says_so() {
        let station = Station {
            name: String::new(),
            status: crate::report::Status::Pass,
            word: String::new(),
            seen: vec!["label.".repeat(40)],
            leg: Leg::Whole,
        };
        let lines = wrapped(&station, 15);
        assert_eq!(lines.len(), MAX_LINES);
        assert!(lines[MAX_LINES - 1].ends_with('…'));
        assert!(lines.iter().all(|line| width(line) <= 15), "{lines:?}");
    }
}
