//! Step 5: renewed, but still the old one.

use std::time::Duration;

use crate::stage::{ALL_PASS, FQDN, Outcome, Run, Stage, ZONE, demanding};
use crate::world::certificates::Request;
use crate::world::{Authority, ClientAuth, Dns, Identity, Page, Port, Raw, Server};

const WARNS: &str = "pass pass pass pass warn pass";

/// A stage whose authority is Let's Encrypt by name.
fn automatic() -> Stage {
    Stage::with_authority(
        Dns::zone("zahnfee.de", ZONE),
        Authority::of("Let's Encrypt"),
    )
}

fn issued(stage: &Stage, from: i64, until: i64) -> Identity {
    let request = stage.authority.certificate(FQDN).rsa().no_crl();
    request.valid(from, until).issue()
}

#[test]
fn cert_not_reselected_by_age() {
    for (from, until, late) in [
        (-59, 31, false),  // 90 days, win-acme was due five days ago, others tomorrow
        (-61, 29, true),   // 90 days, everybody was due
        (-55, 9, false),   // 64 days, win-acme is due today
        (-57, 7, true),    // 64 days
        (-38, 7, false),   // 45 days
        (-40, 5, true),    // 45 days
        (-5, 1, false),    // 6 days: too short to say
        (-190, 10, false), // 200 days: nobody knows who renews it
    ] {
        let stage = automatic();
        let server = demanding(issued(&stage, from, until)).start();
        let outcome = stage.meets(&server);
        if late {
            let args = &outcome.finding("certificate", "cert-not-reselected")["args"];
            assert_eq!(args["how"], "age");
            outcome
                .shows("certificate", "cert-not-reselected", "warn")
                .stands(WARNS, "ready-with-warnings", 0);
        } else {
            outcome.lacks("cert-not-reselected");
        }
    }
}

/// An expired one is over; one that a person ordered may be renewed on its last day.
#[test]
fn old_and_yet_not_late() {
    let stage = automatic();
    let server = demanding(issued(&stage, -91, -1)).start();
    let outcome = stage.meets(&server);
    outcome
        .lacks("cert-not-reselected")
        .stands("pass pass pass pass fail pass", "not-ready", 1);
    let stage = Stage::with_authority(
        Dns::zone("zahnfee.de", ZONE),
        Authority::of("Tooth Fairy Trust Services"),
    );
    let server = demanding(issued(&stage, -80, 10)).start();
    stage.meets(&server).lacks("cert-not-reselected");
}

/// In the partner view it is the partner's business.
#[test]
fn a_partners_old_certificate_is_a_remark() {
    let stage = automatic();
    let server = demanding(issued(&stage, -61, 29)).start();
    let outcome = stage.check().connect_to(&server).arg("--partner").run();
    outcome.shows("certificate", "cert-not-reselected", "info");
}

/// The server of step 5 and what stands on the other port of its address.
struct Compared {
    stage: Stage,
    server: Server,
    other: Server,
}

impl Compared {
    fn with(other: impl FnOnce(&Stage) -> Server) -> Self {
        let stage = Stage::new();
        let server = demanding(issued(&stage, -50, 40)).start();
        let other = other(&stage);
        Self {
            stage,
            server,
            other,
        }
    }

    /// As web servers do it: no client certificate.
    fn showing(change: impl FnOnce(Request<'_>) -> Request<'_>) -> Self {
        Self::with(|stage| {
            let request = stage.authority.certificate(FQDN).rsa().no_crl();
            web(change(request).issue())
        })
    }

    fn check(&self) -> Run {
        let run = self.stage.check();
        let run = run.connect("81.2.3.4", self.server.address());
        let port = self.other.address().port().to_string();
        run.args(&["--compare-port", &port])
    }
}

fn web(identity: Identity) -> Server {
    Server::tls(identity).client_auth(ClientAuth::Off).start()
}

#[track_caller]
fn is_quiet(outcome: &Outcome) {
    outcome
        .lacks("cert-not-reselected")
        .stands(ALL_PASS, "ready", 0);
}

#[test]
fn cert_not_reselected_by_another_port() {
    let world = Compared::showing(|request| request.valid(-2, 88));
    let outcome = world.check().run();
    let finding = outcome.finding("certificate", "cert-not-reselected");
    assert_eq!(
        (&finding["args"]["how"], &finding["args"]["port"]),
        (&"port".into(), &world.other.address().port().into())
    );
    for date in ["from", "until", "newer_from", "newer_until"] {
        let day = &finding["args"][date].as_str().expect("a date")[..10];
        let message = finding["message"].as_str().expect("a message");
        assert!(message.contains(day), "{date} {day} in {message}");
    }
    outcome
        .shows("certificate", "cert-not-reselected", "warn")
        .stands(WARNS, "ready-with-warnings", 0);
    assert_eq!(
        (world.server.connections(), world.other.connections()),
        (3, 1)
    );
    assert!(world.other.requests().is_empty(), "no SIP for a web server");
}

/// An expired certificate has its usual cause beside it.
#[test]
fn expired_and_renewed() {
    let stage = Stage::new();
    let server = demanding(issued(&stage, -91, -1)).start();
    let other = web(issued(&stage, -20, 70));
    let port = other.address().port().to_string();
    let run = stage.check().connect("81.2.3.4", server.address());
    run.args(&["--compare-port", &port])
        .run()
        .shows("certificate", "cert-expired", "fail")
        .shows("certificate", "cert-not-reselected", "warn")
        .stands("pass pass pass pass fail pass", "not-ready", 1);
}

#[test]
fn other_certificates_that_are_no_renewal() {
    for change in [
        // The same dates, and thus most probably the same certificate; an older one.
        (|request| request.valid(-50, 40)) as fn(Request<'_>) -> Request<'_>,
        |request| request.valid(-70, 20),
        // A short one beside a long one, a long one from before.
        |request| request.valid(-2, 5),
        |request| request.valid(-100, 300),
        // Not what XPhone could show in its place.
        |request| request.valid(-2, 88).names(&["www.zahnfee.de"]),
        |request| request.valid(-2, 88).names(&["*.zahnfee.de"]),
        |request| request.valid(-2, 88).self_signed(),
        |request| request.valid(-2, 88).without_intermediate(),
    ] {
        is_quiet(&Compared::showing(change).check().run());
    }
}

/// What stands there may be anything; federation does not need it, and never waits for it long.
#[test]
fn other_ports_that_show_nothing() {
    for raw in [
        Raw::Close,
        Raw::Reset,
        Raw::Bytes(b"HTTP/1.0 400 Bad\r\n".to_vec()),
    ] {
        is_quiet(&Compared::with(|_| Server::raw(raw)).check().run());
    }
    let world = Compared::with(|_| Server::web(Page::Silent));
    let port = Port::closed();
    let number = port.address().port().to_string();
    is_quiet(&world.check().args(&["--compare-port", &number]).run());
}

/// A silent one costs half a second, not all the time that a handshake may take.
#[test]
fn a_silent_port_costs_half_a_second() {
    let world = Compared::with(|_| Server::raw(Raw::Silent));
    let outcome = world.check().args(&["--timeout", "60s"]).run();
    let elapsed = outcome.elapsed();
    assert!(elapsed >= Duration::from_millis(500), "{elapsed:?}");
    assert!(elapsed < Duration::from_secs(60), "{elapsed:?}");
    is_quiet(&outcome);
}

/// One that a firewall drops costs less than a silent one, which is nothing: 5061 of the same
/// address has answered long since.
#[cfg(target_os = "linux")]
#[test]
fn a_filtered_port_costs_nothing() {
    let world = Compared::with(|_| Server::raw(Raw::Silent));
    let filtered = Port::filtered();
    let costs = |port: u16| {
        let number = port.to_string();
        let outcome = world.check().args(&["--compare-port", &number]).run();
        is_quiet(&outcome);
        outcome.elapsed()
    };
    // In turns, and the best of each: a busy machine slows down both.
    let (silent, dropped): (Vec<_>, Vec<_>) = (0..3)
        .map(|_| {
            (
                costs(world.other.address().port()),
                costs(filtered.address().port()),
            )
        })
        .unzip();
    let best = |costs: &[Duration]| *costs.iter().min().expect("there were three");
    let half_of_it = Duration::from_millis(250);
    assert!(
        best(&dropped) + half_of_it < best(&silent),
        "{dropped:?} {silent:?}"
    );
}

/// A slow one that is in time: 5061 is even slower.
#[test]
fn a_slow_port_is_waited_for_within_reason() {
    let world = Compared::with(|stage| {
        let slow = Server::tls(issued(stage, -2, 88)).delay(Duration::from_millis(150));
        slow.client_auth(ClientAuth::Off).start()
    });
    let outcome = world.check().run();
    outcome
        .shows("certificate", "cert-not-reselected", "warn")
        .stands(WARNS, "ready-with-warnings", 0);
}

#[test]
fn not_compared() {
    let world = Compared::showing(|request| request.valid(-2, 88));
    is_quiet(&world.check().arg("--no-compare").run());
    is_quiet(&world.check().env("XFED_NO_COMPARE", "true").run());
    let partner = world.check().arg("--partner").run();
    partner.lacks("cert-not-reselected");
    // Nobody said what stands for port 443 of the published address.
    let run = world.stage.check();
    is_quiet(&run.connect("81.2.3.4", world.server.address()).run());
    // `--connect-to ADDR` stands for no published address.
    let port = world.other.address().port().to_string();
    let run = world.stage.check().connect_to(&world.server);
    is_quiet(&run.args(&["--compare-port", &port]).run());
    assert_eq!(world.other.connections(), 0);
}

/// What XPhone cannot use, or partners would refuse, is not recommended, however new it is.
#[test]
fn a_newer_one_that_is_of_no_use() {
    let changes: [fn(Request<'_>) -> Request<'_>; 3] = [
        |request| request.valid(-2, 88).common_name("zahnfee.de"),
        |request| request.valid(2, 92),
        |request| request.valid(-2, 88).client_auth_only(),
    ];
    for change in changes {
        is_quiet(&Compared::showing(change).check().run());
    }
}
