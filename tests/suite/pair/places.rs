//! `--via`: both sides seen from several places.

use std::os::unix::fs::PermissionsExt;

use super::{ALL_WELL, BACK, OTHER, THERE, World, ways};
use crate::probe::Place;
use crate::stage::Folder;
use crate::world::Port;

/// A program `ssh` that starts the far side of this place at once.
fn ssh(place: &Place) -> Folder {
    let folder = place.folder.path().display();
    let script = format!(
        "#!/bin/sh\nXDG_STATE_HOME={folder}/state exec {} probe --stdio --config {folder}/xfed.toml\n",
        env!("CARGO_BIN_EXE_xfed")
    );
    let folder = Folder::new().with("ssh", script);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.file("ssh"), mode).expect("it is our own");
    folder
}

/// A place from where the published addresses of both lead there.
fn place(world: &World, one: std::net::SocketAddr, other: std::net::SocketAddr) -> Place {
    let (dns, roots) = (world.stage.dns.address(), world.stage.roots().display());
    Place::configured(&format!(
        "resolver = [\"{dns}\"]\nca-file = \"{roots}\"\nno-compare = true\n\
         [[domain]]\nname = \"zahnfee.de\"\nconnect-to = [\"81.2.3.4={one}\"]\n\
         [[domain]]\nname = \"{OTHER}\"\nconnect-to = [\"82.2.3.4={other}\"]\n"
    ))
}

#[test]
fn the_view_from_outside_decides_on_both() {
    let world = World::new();
    let place = place(&world, world.one, world.other);
    let ssh = ssh(&place);
    let path = ssh.path().display().to_string();
    let via = ["--via", "here", "--via", "ssh://vps.example"];
    let outcome = world.pair().args(&via).env("PATH", &path).run();
    assert_eq!(outcome.code, 0, "{outcome}");
    let [there, back] = ways(&outcome);
    there.is(THERE, ALL_WELL, "ready");
    back.is(BACK, ALL_WELL, "ready");
    for way in [there, back] {
        assert_eq!(way.report["place"]["at"], "ssh://vps.example");
        assert_eq!(way.report["beside"][0]["at"], "here");
    }
}

/// Open inside, closed outside: the port is not forwarded, and that is the side of its domain.
#[test]
fn one_is_open_from_inside_only() {
    let world = World::new();
    let closed = Port::closed();
    let place = place(&world, closed.address(), world.other);
    let ssh = ssh(&place);
    let path = ssh.path().display().to_string();
    let via = ["--via", "here", "--via", "ssh://vps.example"];
    let outcome = world.pair().args(&via).env("PATH", &path).run();
    assert_eq!(outcome.code, 1);
    let [there, back] = ways(&outcome);
    back.shows("tcp", "place-open-here-only", "fail", Some("zahnfee.de"));
    // What its server shows was not seen from there.
    there.shows(
        "pair-caller",
        "pair-caller-unknown",
        "unknown",
        Some("zahnfee.de"),
    );
}

#[test]
fn a_place_that_cannot_look_is_nobodys_fault() {
    let folder = Folder::new().with("ssh", "#!/bin/sh\nexit 255\n");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.file("ssh"), mode).expect("it is our own");
    let path = folder.path().display().to_string();
    let run = crate::stage::Run::new("pair").args(&["zahnfee.de", OTHER, "--format=json"]);
    let run = run.args(&["--via", "ssh://vps.example"]).env("PATH", &path);
    let outcome = run.nowhere().run();
    assert_eq!(outcome.code, 3);
    for way in ways(&outcome) {
        way.shows("domain", "place-failed", "unknown", None);
        let finding = way.finding("pair-caller", "pair-caller-unknown");
        assert_eq!(finding["args"]["codes"], serde_json::json!([]));
    }
}
