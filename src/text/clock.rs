//! Times of day.

use time::{OffsetDateTime, UtcOffset};

/// How exactly a time of day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    /// `14:05 UTC`
    Minutes,
    /// `14:05:09 UTC`
    Seconds,
}

/// The time of day in UTC, which is the same in both languages.
pub(crate) fn time_of_day(moment: OffsetDateTime, precision: Precision) -> String {
    let (hour, minute, second) = moment.to_offset(UtcOffset::UTC).to_hms();
    match precision {
        Precision::Minutes => format!("{hour:02}:{minute:02} UTC"),
        Precision::Seconds => format!("{hour:02}:{minute:02}:{second:02} UTC"),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn times_of_day_are_in_utc() {
        let moment = datetime!(2026-11-22 01:05:09 +02:00);
        assert_eq!(time_of_day(moment, Precision::Minutes), "23:05 UTC");
        assert_eq!(time_of_day(moment, Precision::Seconds), "23:05:09 UTC");
    }
}
