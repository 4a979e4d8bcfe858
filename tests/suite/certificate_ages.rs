//! Step 5 by the dates of a certificate, second by second, judged without network, process or clock.

use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use xfed::internals::Roots;

use crate::certificate_table::{DOMAIN, NOW, VIEWS, endpoint, in_both_views, judged};
use crate::stage::FQDN;
use crate::world::Authority;

const SECOND: Duration = Duration::SECOND;

/// A certificate of this authority with nothing to find but its dates, judged at `now`.
#[track_caller]
fn dated(
    authority: &Authority,
    (from, until): (OffsetDateTime, OffsetDateTime),
    now: OffsetDateTime,
    codes: &[&'static str],
) {
    let request = authority.certificate(FQDN).rsa().names(&[FQDN, DOMAIN]);
    let roots = Roots::from_certificates([authority.root_der()]);
    let endpoint = endpoint(&request.between(from, until).issue(), &roots, now);
    assert_eq!(
        judged(&endpoint, now),
        in_both_views(codes),
        "from {from} until {until}, at {now}, as {VIEWS:?}"
    );
}

/// The same for a life and what is left of it: it ends so much after [`NOW`].
#[track_caller]
fn aged(authority: &Authority, life: Duration, left: Duration, codes: &[&'static str]) {
    let until = NOW + left;
    dated(authority, (until - life, until), NOW, codes);
}

#[test]
fn expiry_comes_within_a_second() {
    let authority = Authority::at("Tooth Fairy Root CA", NOW);
    let (from, until) = (
        datetime!(2026-11-01 00:00:00 UTC),
        datetime!(2027-01-29 23:59:59 UTC),
    );
    let (early, soon, late) = (
        ["cert-not-yet-valid"],
        ["cert-expires-soon"],
        ["cert-expired"],
    );
    for (now, codes) in [
        (from - SECOND, &early[..]),
        (from, &[]),
        (until, &soon),
        (until + SECOND, &late),
    ] {
        dated(&authority, (from, until), now, codes);
    }
}

/// Less than a third of the life *and* less than 30 days; up to ten days of life: less than two.
#[test]
fn soon_is_a_matter_of_the_whole_life() {
    let authority = Authority::at("Tooth Fairy Root CA", NOW);
    let days = Duration::days;
    for (life, last_sound) in [
        // 30 days are less than a third of these …
        (days(200), days(30)),
        (days(99), days(30)),
        (days(91), days(30)),
        // … just a third of this …
        (days(90), days(30)),
        // … and more than a third of these.
        (
            days(89) + Duration::hours(12),
            Duration::hours(29 * 24 + 20),
        ),
        (days(60), days(20)),
        (days(45), days(15)),
        (days(12), days(4)),
        (days(10) + 3 * SECOND, Duration::hours(80) + SECOND),
        // A third is no matter here.
        (days(10), days(2)),
        (Duration::hours(160), days(2)),
        (days(3), days(2)),
    ] {
        aged(&authority, life, last_sound + SECOND, &[]);
        aged(&authority, life, last_sound, &[]);
        aged(
            &authority,
            life,
            last_sound - SECOND,
            &["cert-expires-soon"],
        );
    }
}

/// By the day of issue in UTC; public CAs end a second before the last day is full. Just the full
/// days are no row: both ends count (BR §6.3.2), so that a strict reader calls them a second too long,
/// and the checklist does not say.
#[test]
fn too_long_is_a_matter_of_the_day_of_issue() {
    let authority = Authority::at("Tooth Fairy Root CA", NOW);
    for (from, limit) in [
        (datetime!(2025-06-01 00:00:00 UTC), 398),
        (datetime!(2026-03-14 00:00:00 UTC), 398),
        (datetime!(2026-03-14 23:59:59 UTC), 398),
        (datetime!(2026-03-15 00:00:00 UTC), 200),
        (datetime!(2026-11-22 12:00:00 UTC), 200),
        (datetime!(2027-03-14 23:59:59 UTC), 200),
        (datetime!(2027-03-15 00:00:00 UTC), 100),
        (datetime!(2029-03-14 23:59:59 UTC), 100),
        (datetime!(2029-03-15 00:00:00 UTC), 47),
        (datetime!(2031-01-01 00:00:00 UTC), 47),
    ] {
        let full = Duration::days(limit);
        for (life, codes) in [
            (full - Duration::DAY, &[][..]),
            (full - SECOND, &[]),
            (full + SECOND, &["cert-too-long"]),
            (full + Duration::DAY, &["cert-too-long"]),
        ] {
            let now = from + Duration::DAY;
            dated(&authority, (from, from + life), now, codes);
        }
    }
}

/// Programs renew 90 days with 30 left, 64 days with 9 and at the latest 8 left, what is
/// shorter with 7 and at the latest 6 left (the minimum of win-acme and its daily look).
#[test]
fn age_shows_a_renewal_that_was_not_chosen() {
    const BOTH: &[&str] = &["cert-expires-soon", "cert-not-reselected"];
    const SOON: &[&str] = &["cert-expires-soon"];
    let automatic = Authority::of_at("Let's Encrypt", NOW);
    let days = Duration::days;
    aged(&automatic, days(90), days(31), &[]);
    aged(&automatic, days(90), days(30), &[]);
    for (life, due) in [(90, 30), (64, 8), (45, 6)] {
        if life != 90 {
            aged(&automatic, days(life), days(due), SOON);
        }
        aged(&automatic, days(life), days(due) - SECOND, BOTH);
        aged(&automatic, days(life), Duration::ZERO, BOTH);
        // Over, and no longer merely late; or not even begun.
        aged(&automatic, days(life), -SECOND, &["cert-expired"]);
        aged(
            &automatic,
            days(life),
            days(life) + SECOND,
            &["cert-not-yet-valid"],
        );
    }
    // Too short or too long for a usual point of renewal.
    aged(&automatic, Duration::hours(160), Duration::HOUR, SOON);
    aged(&automatic, days(200), days(1), SOON);
    // Ordered by a person, who may renew on the last day.
    for organisation in ["DigiCert Inc", "Tooth Fairy Trust Services"] {
        let ordered = Authority::of_at(organisation, NOW);
        aged(&ordered, days(90), days(1), SOON);
    }
}
