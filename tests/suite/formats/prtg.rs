//! The answer of a PRTG sensor, held to what its manual says of it.

use serde_json::Value;

use super::{document, shown, shown_hostile};
use crate::stage::Run;

/// What an EXE/Script Advanced sensor may say of a channel.
const KEYS: [&str; 9] = [
    "channel",
    "value",
    "unit",
    "customunit",
    "limitmode",
    "limitminerror",
    "limitminwarning",
    "limitmaxwarning",
    "limitmaxerror",
];
const UNITS: [&str; 3] = ["Count", "TimeResponse", "Custom"];

/// The channels by their names, and the message.
#[track_caller]
pub fn answer(text: &str) -> (Vec<(String, Value)>, String) {
    let answer: Value = serde_json::from_str(text).expect("JSON");
    let prtg = &answer["prtg"];
    let message = prtg["text"].as_str().expect("a message").to_owned();
    assert!(message.chars().count() <= 2000 && !message.contains('#'));
    let channels = prtg["result"].as_array().expect("channels");
    assert!(channels.len() <= 50);
    let channels = channels.iter().map(|channel| {
        for (key, value) in channel.as_object().expect("a channel") {
            assert!(KEYS.contains(&key.as_str()), "{key}");
            if key == "unit" {
                assert!(UNITS.contains(&value.as_str().expect("a unit")), "{value}");
            } else if !["channel", "customunit"].contains(&key.as_str()) {
                assert!(value.is_i64(), "{key}: {value}");
            }
        }
        let name = channel["channel"].as_str().expect("a name").to_owned();
        (name, channel.clone())
    });
    let channels: Vec<(String, Value)> = channels.collect();
    for (name, _) in &channels {
        let own = channels.iter().filter(|(other, _)| other == name);
        assert_eq!(own.count(), 1, "{name}");
    }
    (channels, message)
}

/// The state that PRTG makes of the limits.
pub fn state(channels: &[(String, Value)]) -> &'static str {
    let beyond = |min: &str, max: &str| {
        channels.iter().any(|(_, channel)| {
            let value = channel["value"].as_i64().expect("a number");
            let limit = |name: &str| channel[name].as_i64().filter(|_| channel["limitmode"] == 1);
            limit(min).is_some_and(|limit| value < limit)
                || limit(max).is_some_and(|limit| value > limit)
        })
    };
    match () {
        () if beyond("limitminerror", "limitmaxerror") => "error",
        () if beyond("limitminwarning", "limitmaxwarning") => "warning",
        () => "up",
    }
}

fn of_one(index: usize) -> (Vec<(String, Value)>, String) {
    let mut document = document();
    let reports = document["reports"].as_array_mut().expect("reports");
    *reports = vec![reports[index].clone()];
    let run = Run::new("replay").args(&["-", "--lang=en", "--format=prtg"]);
    answer(&run.fed(document.to_string().as_bytes()).text().1)
}

#[test]
fn the_limits_say_what_the_verdict_says() {
    for (index, expected) in [(0, "error"), (1, "warning"), (2, "up")] {
        let (channels, message) = of_one(index);
        assert_eq!(state(&channels), expected, "{message}");
    }
    let (channels, message) = of_one(1);
    assert!(message.starts_with("elhada.es is ready"), "{message}");
    let certificate = channels.iter().find(|(name, _)| name == "Certificate");
    let (_, certificate) = certificate.expect("a certificate");
    assert_eq!(certificate["value"], 19);
}

#[test]
fn of_several_domains_the_message_names_the_worst() {
    for (lang, begins) in [("en", "3 domains: "), ("de", "3 Domänen: ")] {
        let (channels, message) = answer(&shown("prtg", &["--lang", lang]));
        assert_eq!(state(&channels), "error");
        assert!(
            message.starts_with(begins) && message.contains(". zahnfee.de "),
            "{message}"
        );
        let names: Vec<&str> = channels.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Ready",
                "Ready with warnings",
                "Not ready",
                "Undecided",
                "Certificate",
                "Connect",
                "TLS handshake",
                "Check"
            ],
            "history is kept by name, so in no language another"
        );
    }
}

#[test]
fn strangers_end_no_message() {
    answer(&shown_hostile("prtg"));
}
