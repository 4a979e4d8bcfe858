//! Facts out of a stranger's report: refused or judged, and redacted without a difference. A panic
//! of a judge counts, although the engine would catch it: libFuzzer's hook comes first.
#![no_main]

use time::macros::datetime;
use xfed::internals::{Domain, Facts, Labels, SavedCheck, Terms, replay};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = xfed::internals::saved::read(bytes);
    let Ok(facts) = serde_json::from_slice::<Facts>(bytes) else {
        return;
    };
    let now = datetime!(2026-11-22 12:00 UTC);
    let domain = Domain::parse("zahnfee.de").expect("a domain");
    let report = replay(SavedCheck {
        place: None,
        beside: Vec::new(),
        input: "zahnfee.de".to_owned(),
        labels: Labels::default(),
        terms: Terms::new(domain, now),
        elapsed_us: 0,
        redacted: false,
        facts,
    });
    let verdict = report.verdict();
    assert_eq!(replay(report.check.redacted()).verdict(), verdict);
});
