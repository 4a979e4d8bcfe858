//! The calendar of certificates, read by a library that reads calendars.

use std::collections::BTreeMap;

use icalendar::{Calendar, Component};
use serde_json::json;

use super::{document, shown, shown_hostile};
use crate::stage::Run;

/// The events by their UIDs: day, summary, description, sequence.
pub type Events = BTreeMap<String, [String; 4]>;

/// What a reader makes of it. What every calendar has to keep is asserted.
#[track_caller]
pub fn events(text: &str) -> Events {
    assert!(text.ends_with("END:VCALENDAR\r\n"), "{text}");
    for line in text.split("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line:?}");
    }
    let calendar: Calendar = text
        .parse()
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut events = Events::new();
    for event in calendar.events() {
        let property = |name: &str| event.property_value(name).expect(name).to_owned();
        assert!(property("DTSTAMP").ends_with('Z'));
        let day = property("DTSTART");
        assert!(event.get_end().is_some() && day.len() == 8, "a day");
        let said = [
            day,
            event.get_summary().expect("a summary").to_owned(),
            event.get_description().expect("a description").to_owned(),
            property("SEQUENCE"),
        ];
        let uid = event.get_uid().expect("a UID").to_owned();
        assert!(events.insert(uid, said).is_none(), "each once");
    }
    events
}

#[test]
fn each_certificate_has_its_days_in_both_languages() {
    let mut days = Vec::new();
    for (lang, renew) in [("en", "Renew the certificate of"), ("de", "Zertifikat von")] {
        let events = events(&shown("ics", &["--lang", lang]));
        let uids: Vec<&str> = events.keys().map(String::as_str).collect();
        assert_eq!(
            uids,
            [
                "xfed-choose-chat.elhada.es@elhada.es",
                "xfed-ends-chat.elhada.es@elhada.es",
                // A partner's: the partner renews it.
                "xfed-ends-sip.toothfairy.uk@toothfairy.uk",
                "xfed-renew-chat.elhada.es@elhada.es",
            ]
        );
        let of = |purpose: &str| &events[&format!("xfed-{purpose}-chat.elhada.es@elhada.es")];
        assert!(of("renew")[1].starts_with(renew), "{:?}", of("renew"));
        let days_of = ["renew", "choose", "ends"].map(|purpose| of(purpose)[0].as_str());
        assert!(
            days_of.is_sorted() && days_of[2] == "20261213",
            "{days_of:?}"
        );
        assert!(of("choose")[2].contains("XPhone"), "{:?}", of("choose"));
        let own: Vec<String> = events.values().map(|event| event[0].clone()).collect();
        days.push(own);
    }
    assert_eq!(days[0], days[1], "a day is a day in any language");
}

/// Imported again, an event takes the place of the old one, and its number says that it is newer.
#[test]
fn a_later_calendar_updates_the_earlier_one() {
    let earlier = events(&shown("ics", &["--lang=en"]));
    let mut later = document();
    for report in later["reports"].as_array_mut().expect("reports") {
        for place in ["/made_at", "/terms/made_at", "/terms/now"] {
            *report.pointer_mut(place).expect("a moment") = json!("2026-12-24T10:00:00Z");
        }
    }
    let run = Run::new("replay").args(&["-", "--lang=en", "--format=ics"]);
    let (_, text, _) = run.fed(later.to_string().as_bytes()).text();
    let later = events(&text);
    assert!(earlier.keys().eq(later.keys()));
    for (uid, event) in &earlier {
        let number = |event: &[String; 4]| event[3].parse::<i32>().expect("32 bits");
        assert!(number(event) < number(&later[uid]), "{uid}");
        assert_eq!(event[0], later[uid][0], "the certificate is the same");
    }
}

/// The partner renews; we want to know when chat with them would stop.
#[test]
fn of_a_partner_only_the_end_is_ours_to_know() {
    let events = events(&shown("ics", &["--lang=de"]));
    let own = events.keys().filter(|uid| uid.contains("toothfairy"));
    let own: Vec<&String> = own.collect();
    assert_eq!(own, ["xfed-ends-sip.toothfairy.uk@toothfairy.uk"]);
    let said = &events[own[0]][2];
    assert!(
        said.contains("Gegenseite") && !said.contains("Administration"),
        "{said}"
    );
}

#[test]
fn strangers_write_no_events() {
    assert_eq!(events(&shown_hostile("ics")).len(), 4);
    let mut document = document();
    document["reports"][1]["labels"] =
        json!({"kunde": "1;2,3\\n:END:VEVENT", "name": "Ö".repeat(90)});
    let run = Run::new("replay").args(&["-", "--lang=de", "--format=ics"]);
    let (_, text, _) = run.fed(document.to_string().as_bytes()).text();
    let events = events(&text);
    assert_eq!(events.len(), 4);
    let said = &events["xfed-ends-chat.elhada.es@elhada.es"][2];
    assert!(
        said.contains("kunde: 1;2,3\\n:END:VEVENT, name: ÖÖ"),
        "{said}"
    );
}

/// The page holds the same calendar, as a link that a browser saves.
#[test]
fn the_page_has_it_too() {
    for lang in ["en", "de"] {
        let page = shown("html", &["--lang", lang]);
        let (_, rest) = page
            .split_once("href=\"data:text/calendar;charset=utf-8,")
            .expect("a link");
        let (link, _) = rest.split_once('"').expect("an end");
        let mut bytes = Vec::new();
        let mut pieces = link.split('%');
        bytes.extend(pieces.next().expect("a beginning").bytes());
        for piece in pieces {
            bytes.push(u8::from_str_radix(&piece[..2], 16).expect("hex"));
            bytes.extend(piece[2..].bytes());
        }
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert_eq!(text, shown("ics", &["--lang", lang]));
    }
    // The page about one domain has its own; where no certificate was seen there is nothing to save.
    let mut single = document();
    let reports = single["reports"].as_array_mut().expect("reports");
    *reports = vec![reports[1].clone()];
    let run = Run::new("replay").args(&["-", "--format=html"]);
    let (_, page, _) = run.fed(single.to_string().as_bytes()).text();
    assert!(page.contains("download=\"elhada.es.ics\""), "{page}");
    let mut document = document();
    document["reports"]
        .as_array_mut()
        .expect("reports")
        .truncate(1);
    let run = Run::new("replay").args(&["-", "--format=html"]);
    let (_, page, _) = run.fed(document.to_string().as_bytes()).text();
    assert!(!page.contains("text/calendar"));
}
