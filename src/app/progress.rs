//! The sign that work goes on, for whoever watches: one line, whatever is checked and however it is
//! reported.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::model::plan::Plan;
use crate::render::Signs;
use crate::report::{Report, Verdict};
use crate::text::Texts;

/// The line; a clone is the same line.
#[derive(Clone)]
pub(super) struct Line {
    bar: ProgressBar,
    /// It shows how many are done.
    counts: bool,
    not_ready: usize,
}

impl Line {
    /// Begins to show that these are checked: how many are done, and what is left, where there are
    /// several. With `--wait`, what is said of them stands there.
    pub(super) fn start(plans: &[Plan], waits: bool, signs: Signs, texts: &Texts) -> Self {
        let bar = match plans {
            [plan] => {
                let domain = plan.terms.domain.as_str();
                telling(texts.say("progress-checking", &[("domain", domain)]))
            }
            plans if waits => {
                let count = plans.len().to_string();
                telling(texts.say("progress-checking-many", &[("count", &count)]))
            }
            plans => counting(plans.len(), signs, texts),
        };
        let counts = bar.length().is_some();
        Self::shown(bar, counts, signs)
    }

    /// Begins to count a list as it is worked off, of which it may not be known how long it is.
    pub(super) fn counting(all: Option<usize>, signs: Signs, texts: &Texts) -> Self {
        let bar = match all {
            Some(all) => counting(all, signs, texts),
            None => counting_on(signs, texts),
        };
        Self::shown(bar, true, signs)
    }

    fn shown(bar: ProgressBar, counts: bool, signs: Signs) -> Self {
        // The wheel is drawn in braille, which is in no classic font.
        if signs != Signs::All {
            bar.set_style(bar.style().tick_chars("|/-\\ "));
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self {
            bar,
            counts,
            not_ready: 0,
        }
    }

    /// So many need no more attention, whatever became of them.
    pub(super) fn settled(&self, count: usize) {
        self.bar.set_position(count as u64);
    }

    /// One more is done.
    pub(super) fn count(&mut self, report: &Report) {
        self.not_ready += usize::from(report.verdict() == Verdict::NotReady);
        if self.counts {
            self.bar.set_message(self.not_ready.to_string());
            self.bar.inc(1);
        }
    }

    /// Says this instead.
    pub(super) fn tell(&self, message: String) {
        self.bar.set_message(message);
    }

    /// Makes way for what is written meanwhile, perhaps to the same terminal.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// As much of a message as goes into a line: a bar that wraps is not drawn at all.
fn telling(message: String) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {wide_msg}");
    let bar = ProgressBar::new_spinner().with_style(style.expect("a template of our own"));
    bar.with_message(message)
}

fn counting(count: usize, signs: Signs, texts: &Texts) -> ProgressBar {
    let places = [
        ("done", "{pos}"),
        ("all", "{len}"),
        ("bad", "{msg}"),
        ("left", "{left}"),
    ];
    let mut template = format!("{{spinner}} {}", texts.say("progress-many", &places));
    if signs == Signs::Ascii {
        template = template.replace(" ·", ",");
    }
    let style = ProgressStyle::with_template(&template).expect("no text has braces of its own");
    let left = |state: &ProgressState, out: &mut dyn Write| {
        let _ = match state.pos() {
            // Nothing to reckon with yet.
            0 => out.write_str("--:--"),
            _ => out.write_str(&clock(state.eta())),
        };
    };
    let bar = ProgressBar::new(count as u64).with_style(style.with_key("left", left));
    bar.with_message("0")
}

/// Without an end in sight.
fn counting_on(signs: Signs, texts: &Texts) -> ProgressBar {
    let places = [("done", "{pos}"), ("bad", "{msg}"), ("rate", "{per_sec}")];
    let mut template = format!("{{spinner}} {}", texts.say("progress-on", &places));
    if signs == Signs::Ascii {
        template = template.replace(" ·", ",");
    }
    let style = ProgressStyle::with_template(&template).expect("no text has braces of its own");
    let rate = |state: &ProgressState, out: &mut dyn Write| {
        let _ = write!(out, "{:.0}/s", state.per_sec());
    };
    let bar = ProgressBar::new_spinner().with_style(style.with_key("per_sec", rate));
    bar.with_message("0")
}

/// `00:09`, or `1:02:03`.
fn clock(left: Duration) -> String {
    let seconds = left.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn what_is_left_reads_like_a_clock() {
        for (seconds, shown) in [
            (0, "00:00"),
            (9, "00:09"),
            (600, "10:00"),
            (3599, "59:59"),
            (3723, "1:02:03"),
        ] {
            assert_eq!(clock(Duration::from_secs(seconds)), shown);
        }
    }

    #[test]
    fn every_language_has_a_template() {
        for lang in Lang::ALL {
            for signs in [Signs::All, Signs::Classic, Signs::Ascii] {
                let bar = counting(2000, signs, &Texts::new(lang));
                assert_eq!(bar.length(), Some(2000));
            }
        }
    }
}
