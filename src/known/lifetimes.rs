//! How long certificates live, and when they are renewed.

use time::macros::date;
use time::{Date, Duration};

/// The longest life that a public CA may give, in days, by the day of issue (CA/Browser Forum
/// BR §6.3.2, ballot SC-081).
const LONGEST: [(Date, i64); 5] = [
    (date!(2029 - 03 - 15), 47),
    (date!(2027 - 03 - 15), 100),
    (date!(2026 - 03 - 15), 200),
    (date!(2020 - 09 - 01), 398),
    (date!(2018 - 03 - 01), 825),
];

/// The longest life that a public CA may give to a certificate issued on this day; `None` for days
/// before the first limit.
pub fn longest(issued: Date) -> Option<Duration> {
    let mut limits = LONGEST.into_iter();
    let (_, days) = limits.find(|(from, _)| issued >= *from)?;
    Some(Duration::days(days))
}

/// The end of a certificate is near when so much is left of it, however long it lived.
pub const NOTICE: Duration = Duration::days(30);

/// How much of a certificate's life is left when it ought to have been renewed.
pub fn renewal_due(life: Duration) -> Duration {
    if life <= Duration::days(10) {
        Duration::days(2)
    } else {
        NOTICE.min(life / 3)
    }
}

/// How much of a life is left when even the last of the common programs has renewed.
///
/// win-acme renews 55 days after the issue (that is at 61 % of 90 days), or when 7 days are left if
/// that is earlier; it looks once a day, so a day more. Others renew 30 days before the end, or with
/// a third of the life left where that is less. So of 90 days 30 are left, of 64 days 8, of 45 days 6.
pub fn latest_renewal(life: Duration) -> Duration {
    let win_acme = (life - Duration::days(56)).max(Duration::days(6));
    let others = Duration::days(30).min(life / 3);
    win_acme.min(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_program_renews_before() {
        for (life, left) in [(100, 30), (90, 30), (64, 8), (62, 6), (45, 6), (12, 4)] {
            assert_eq!(
                latest_renewal(Duration::days(life)),
                Duration::days(left),
                "{life}"
            );
        }
    }

    #[test]
    fn the_day_of_issue_decides_how_long_a_certificate_may_live() {
        for (issued, days) in [
            (date!(2018 - 02 - 28), None),
            (date!(2018 - 03 - 01), Some(825)),
            (date!(2026 - 03 - 14), Some(398)),
            (date!(2026 - 03 - 15), Some(200)),
            (date!(2040 - 01 - 01), Some(47)),
        ] {
            assert_eq!(longest(issued), days.map(Duration::days), "{issued}");
        }
    }
}
