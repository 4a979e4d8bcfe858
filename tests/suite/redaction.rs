//! `--redact` against the company's own DNS: what only that shows is left out, and judged all the same.

use crate::stage::{FQDN, Outcome, Stage, ZONE, zone_without};
use crate::world::{Behaviour, Dns, RecordType};

/// The report of the same check, redacted, as text; whoever redacts it again gets the same.
#[track_caller]
fn redacted(outcome: &Outcome) -> String {
    let report = outcome.json.to_string();
    let again = |report: &[u8]| {
        let run = crate::stage::Run::new("replay").args(&["-", "--redact", "--format=json"]);
        run.fed(report).run()
    };
    let once = again(report.as_bytes());
    let text = once.json.to_string();
    assert_eq!(again(text.as_bytes()).json, once.json, "twice is as once");
    text
}

#[track_caller]
fn lacks(text: &str, words: &[&str]) {
    for word in words {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

/// An internal zone of the same name, on a resolver that is the company's own: SOA, MX, name servers,
/// the target of the SRV record and an alias.
#[test]
fn the_names_of_an_internal_zone_are_left_out() {
    let zone = "
        @ SOA dc01.ad.zahnfee.intern. hostmaster.ad.zahnfee.intern. 1 3600 600 86400 300
        @ NS dc01.ad.zahnfee.intern.
        @ NS dc02
        @ MX 10 exch01.praxis
        @ TXT \"v=spf1 include:spf.praxis.intern ip4:10.1.1.25 -all\"
        _sipfederationtls._tcp SRV 0 0 5061 xphone-innen.praxis
        xphone-innen.praxis CNAME vm17.esx.zahnfee.intern.
        dc02 A 10.1.1.2
    ";
    let dns = Dns::zone("zahnfee.de", zone).and_zone("zahnfee.intern", "vm17.esx A 10.1.1.17\n");
    let stage = Stage::with_dns(dns);
    let outcome = stage.check().nowhere().run();
    let whole = outcome.json.to_string();
    let local = [
        "dc01",
        "dc02",
        "exch01",
        "praxis",
        "innen",
        "vm17",
        "esx",
        "zahnfee.intern",
        "10.1.1.",
    ];
    for word in local {
        assert!(whole.contains(word), "{word}");
    }
    let text = redacted(&outcome);
    lacks(&text, &local);
    assert!(text.contains("_sipfederationtls._tcp.zahnfee.de"), "{text}");
}

/// What a private view says about its failure is its code; a name or an address may stand in it.
#[test]
fn an_extended_error_of_a_private_view_is_its_code() {
    let said = "validation of dc01.zahnfee.intern at 10.1.1.53#53 failed";
    let dns =
        Dns::zone("zahnfee.de", ZONE).on("zahnfee.de", RecordType::SRV, Behaviour::Ede(9, said));
    let stage = Stage::with_dns(dns);
    let outcome = stage.check().nowhere().arg("--no-authority").run();
    assert!(outcome.json.to_string().contains("10.1.1.53"));
    let text = redacted(&outcome);
    lacks(&text, &["10.1.1.53", "zahnfee.intern", "validation of"]);
    assert!(text.contains("EDE 9"), "{text}");
}

/// What the user typed, and what a server shows to everybody in its certificate, is no secret.
#[test]
fn what_everybody_can_see_stays() {
    let stage = Stage::new();
    let server = stage.server().start();
    let outcome = stage.meets(&server);
    let text = redacted(&outcome);
    assert!(text.contains(FQDN), "the certificate shows it");
    lacks(&text, &["mail.zahnfee.de"]);
    let run = stage
        .check()
        .nowhere()
        .args(&["--fqdn", "xphone.zahnfee.de"]);
    let text = redacted(&run.run());
    assert!(text.contains(FQDN), "the user gave it");
}

/// The faults that lie in a name are the same in its stand-in.
#[test]
fn a_faulty_name_stays_faulty() {
    for (target, code) in [
        ("praxis.zahnfee.de.zahnfee.de.", "srv-target-doubled"),
        ("10.1.1.7", "srv-target-is-address"),
        ("10.1.1.7.", "srv-target-is-address"),
        ("[fd00::7].", "srv-target-is-address"),
        ("praxis.", "srv-target-malformed"),
        ("https://praxis.zahnfee.de.", "srv-target-malformed"),
        ("praxis_alt.zahnfee.de.", "srv-target-malformed"),
        ("praxis.toothfairy.intern.", "fqdn-foreign-domain"),
        ("a.b.praxis.zahnfee.de.", "fqdn-too-deep"),
    ] {
        let srv = format!("_sipfederationtls._tcp SRV 0 0 5061 {target}\n");
        let stage = Stage::with_zone(&(zone_without("SRV") + "\n" + &srv));
        let outcome = stage.check().nowhere().run();
        assert!(outcome.codes().contains(&code), "{target}: {outcome}");
        let text = redacted(&outcome);
        lacks(&text, &["praxis", "toothfairy", "10.1.1.7", "fd00::7"]);
        assert!(text.contains(code), "{target}");
    }
}

/// A name may be a word that means something elsewhere in a report.
#[test]
fn a_name_that_is_a_word_of_reports_harms_nothing() {
    for word in [
        "refused",
        "records",
        "system",
        "fail",
        "a",
        "timed-out",
        "no-name",
    ] {
        let srv = format!("_sipfederationtls._tcp SRV 0 0 5061 {word}.\n@ MX 10 {word}.\n");
        let stage = Stage::with_zone(&srv);
        let outcome = stage.check().nowhere().run();
        outcome.shows("srv", "srv-target-malformed", "fail");
        redacted(&outcome);
    }
}

#[cfg(target_os = "linux")]
mod with_a_network {
    use super::{lacks, redacted};
    use crate::internet::{Internet, internet, zone_with};

    /// The company's resolver knows another zone than the rest of the world: what the world sees stays.
    #[test]
    fn what_the_zones_own_servers_publish_stays() {
        internet(|| {
            let world = Internet::new();
            let inside = "
                @ NS dc01
                dc01 A 10.1.1.53
                @ MX 10 exch01
                exch01 A 10.1.1.25
                xphone A 10.1.1.17
                _sipfederationtls._tcp SRV 0 0 5061 xphone-innen
                xphone-innen A 10.1.1.17
            ";
            world.resolver.replace("zahnfee.de", inside);
            let outcome = world.check().run();
            let text = redacted(&outcome);
            lacks(&text, &["dc01", "exch01", "innen", "10.1.1."]);
            drop(world);
            let stays = ["xphone.zahnfee.de", "81.2.3.4"];
            let world = Internet::with_zone(&zone_with("nothing", ""));
            let outcome = world.check().run();
            let text = redacted(&outcome);
            for word in stays.iter().chain(&["ns1.provider.net", "81.2.3.53"]) {
                assert!(text.contains(word), "{word}");
            }
        });
    }
}
