//! The picture of the way: a line with six stations, whole where partners get through, torn where
//! they do not. It is drawn twice, lying for wide pages and paper, standing for narrow ones; the
//! style sheet shows one of them. Each sign has its own shape, so that colour is only the second
//! signal.

use maud::{Markup, html};

use super::clip;
use super::signs::sign_id;
use super::stations::{Leg, Station, stations};
use super::wrap::{balanced, cut, wrap};
use crate::render::words::Words;

/// Half the width of a station, with some air.
const RADIUS: i32 = 21;
/// The same for the sign of the origin, as far as it is smaller.
const ORIGIN_GAIN: i32 = 8;
/// From one line of text to the next.
const LINE: i32 = 15;
/// How many letters fit below the sign of the origin.
const ORIGIN_LETTERS: usize = 10;
/// How many lines of text a station may have.
const MAX_LINES: usize = 5;

/// A position in a drawing.
type Point = (i32, i32);

/// The two drawings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    /// The way leads from left to right.
    Lying,
    /// The way leads from top to bottom.
    Standing,
}

impl Direction {
    /// The class in the style sheet.
    fn class(self) -> &'static str {
        match self {
            Self::Lying => "lying",
            Self::Standing => "standing",
        }
    }

    /// The point that lies this far along the way.
    fn along(self, (x, y): Point, by: i32) -> Point {
        match self {
            Self::Lying => (x + by, y),
            Self::Standing => (x, y + by),
        }
    }

    /// The point that lies this far beside the way.
    fn across(self, (x, y): Point, by: i32) -> Point {
        match self {
            Self::Lying => (x, y + by),
            Self::Standing => (x + by, y),
        }
    }

    /// How text is anchored at a station.
    fn anchor(self) -> Option<&'static str> {
        match self {
            Self::Lying => Some("middle"),
            Self::Standing => None,
        }
    }
}

/// The sizes and positions in one of the drawings.
struct Drawing {
    direction: Direction,
    width: i32,
    height: i32,
    /// How many letters fit on a line.
    letters: usize,
    origin: Point,
    places: Vec<Point>,
    /// Where the text of a station begins, relative to the station.
    text: Point,
}

/// The figure of a report. `id` is the start of the ids of its parts.
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
    } else if let Some(station) = at(Leg::Partly) {
        ("way-partly", station)
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
    let most = i32::try_from(lines.max().unwrap_or(0)).unwrap_or(0);
    let count = i32::try_from(stations.len()).unwrap_or(0);
    Drawing {
        direction: Direction::Lying,
        width: 770,
        height: 100 + most * LINE,
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
        direction: Direction::Standing,
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
        direction,
        width,
        height,
        origin: (x, y),
        ..
    } = drawing;
    let class = direction.class();
    let (title, desc) = (format!("{id}-{class}-title"), format!("{id}-{class}-desc"));
    let origin = words.caller().unwrap_or_else(|| {
        let is_partner = words.report.terms().partner;
        let origin = if is_partner { "way-own" } else { "way-partner" };
        words.texts.plain(origin)
    });
    html! {
        svg class=(class) viewBox={ "0 0 " (width) " " (height) } role="img"
            aria-labelledby=(title) aria-describedby=(desc) {
            title id=(title) { (words.texts.say("way-title", &[("domain", &words.context.domain)])) }
            desc id=(desc) { (described(stations)) }
            @for leg in legs(drawing, stations) { (leg) }
            circle.origin cx=(x) cy=(y) r="6" {}
            (start(drawing, &origin))
            @for (place, station) in drawing.places.iter().zip(stations) {
                (stop(drawing, *place, station))
            }
        }
    }
}

/// The words at the sign of the origin.
fn start(drawing: &Drawing, name: &str) -> Markup {
    let (x, y) = drawing.origin;
    match drawing.direction {
        Direction::Standing => html! { text.origin x=(x + 34) y=(y + 4) { (name) } },
        Direction::Lying => html! {
            text.origin text-anchor="middle" {
                @for (index, line) in wrap(name, ORIGIN_LETTERS).iter().enumerate() {
                    tspan x=(x) y=[(index == 0).then_some(y + 42)] dy=[(index > 0).then_some(LINE)] { (line) }
                }
            }
        },
    }
}

/// The picture in words, for screen readers.
fn described(stations: &[Station]) -> String {
    let parts: Vec<String> = stations
        .iter()
        .map(|station| {
            let seen = clip(&station.seen.join(", "));
            format!("{}: {} ({seen})", station.name, station.word)
        })
        .collect();
    parts.join("; ")
}

/// A station: its sign, its name, its status and what was seen.
fn stop(drawing: &Drawing, (x, y): Point, station: &Station) -> Markup {
    let (dx, dy) = drawing.text;
    let (x_text, y_text) = (x + dx, y + dy);
    html! {
        use class=(station.status.id()) href={ "#" (sign_id(station.status)) } x=(x) y=(y) {}
        text text-anchor=[drawing.direction.anchor()] {
            tspan.name x=(x_text) y=(y_text) { (station.name) }
            tspan class={ "word " (station.status.id()) } x=(x_text) dy="17" { (station.word) }
            @for (index, line) in wrapped(station, drawing.letters).iter().enumerate() {
                tspan.seen x=(x_text) dy=(if index == 0 { LINE + 2 } else { LINE }) { (line) }
            }
        }
    }
}

fn legs(drawing: &Drawing, stations: &[Station]) -> Vec<Markup> {
    let direction = drawing.direction;
    // The sign of the origin is smaller than the others, so the first line begins earlier.
    let mut from = direction.along(drawing.origin, -ORIGIN_GAIN);
    let mut legs = Vec::new();
    for (to, station) in drawing.places.iter().zip(stations) {
        legs.push(leg(direction, station.leg, from, *to));
        from = *to;
    }
    legs
}

/// The line from one place to the next, with room for the signs at both ends.
fn leg(direction: Direction, leg: Leg, from: Point, to: Point) -> Markup {
    let start = direction.along(from, RADIUS);
    let end = direction.along(to, -RADIUS);
    match leg {
        Leg::Whole => line("whole", start, end),
        Leg::Doubtful => line("doubtful", start, end),
        Leg::Beyond => line("beyond", start, end),
        // Two lines: one gets there, the other does not.
        Leg::Partly => {
            let [upper, lower] = [-5, 5].map(|by| {
                let (start, end) = (direction.across(start, by), direction.across(end, by));
                (start, end)
            });
            html! { (line("whole", upper.0, upper.1)) (torn(direction, lower.0, lower.1)) }
        }
        Leg::Broken => torn(direction, start, end),
    }
}

/// A line that breaks in the middle.
fn torn(direction: Direction, start: Point, end: Point) -> Markup {
    let middle = (i32::midpoint(start.0, end.0), i32::midpoint(start.1, end.1));
    html! {
        (line("whole", start, direction.along(middle, -13)))
        (line("beyond", direction.along(middle, 13), end))
        use.fail href="#bolt" x=(middle.0) y=(middle.1) {}
    }
}

fn line(class: &str, (x1, y1): Point, (x2, y2): Point) -> Markup {
    html! { path class={ "leg " (class) } d={ "M" (x1) " " (y1) "L" (x2) " " (y2) } {} }
}

/// What was seen, in lines of at most this many letters.
fn wrapped(station: &Station, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = station
        .seen
        .iter()
        .flat_map(|text| balanced(&clip(text), letters))
        .collect();
    if lines.len() > MAX_LINES {
        lines.truncate(MAX_LINES);
        if let Some(last) = lines.last_mut() {
            *last = cut(last, letters);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn too_many_lines_end_in_an_ellipsis() {
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
        assert!(lines.iter().all(|line| line.width() <= 15), "{lines:?}");
    }
}
