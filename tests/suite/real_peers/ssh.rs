//! OpenSSH between the places of `check --via`: its `sshd` with the line that `xfed probe` prints, on
//! loopback and between two networks, and what that line does not let anybody do.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use super::network::inside;
use super::peer::{Peer, Place};
use super::{left_out, path};
use crate::internet::{PROVIDER, ZONE};
use crate::stage::{ALL_PASS, FQDN, Folder, Run, Stage, demanding, file, say_left_out};
use crate::world::{Authority, Dns};

/// A machine to log in to, by a key that is bound as `xfed probe --authorized-key` has it.
struct Machine {
    folder: Folder,
    _sshd: Peer,
    user: String,
}

impl Machine {
    /// One that listens there and looks by this `xfed.toml`.
    fn start(place: &Place, configuration: &str, rate: &str) -> Self {
        let folder = Folder::new();
        for key in ["host", "key"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-C", key, "-f"])
                .arg(folder.file(key))
                .output()
                .expect("ssh-keygen is there");
            assert!(made.status.success(), "{made:?}");
        }
        let line = Run::new("probe")
            .arg("--authorized-key")
            .arg(folder.file("key.pub"));
        let (code, line, _) = line.args(&["--max-domains", rate]).text();
        assert_eq!(code, 0);
        let keys = folder.write("authorized_keys", &line);
        std::fs::create_dir(folder.file("xfed")).expect("it is our own");
        folder.write("xfed/xfed.toml", configuration);
        // The command of the line, as it stands there.
        let program = folder.file("bin");
        std::fs::create_dir(&program).expect("it is our own");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_xfed"), program.join("xfed"))
            .expect("it is our own");
        let base = folder.utf8("");
        let (ip, port) = (place.address.ip(), place.address.port());
        let config = format!(
            "ListenAddress {ip}:{port}\n\
             HostKey {host}\n\
             AuthorizedKeysFile {keys}\n\
             PermitRootLogin forced-commands-only\n\
             PasswordAuthentication no\n\
             KbdInteractiveAuthentication no\n\
             StrictModes no\n\
             UsePAM no\n\
             PidFile none\n\
             SetEnv XDG_STATE_HOME={base}state XDG_CONFIG_HOME={base} PATH={base}bin:/usr/bin:/bin\n\
             Subsystem sftp internal-sftp\n",
            host = folder.utf8("host"),
        );
        let config = folder.write("sshd_config", &config);
        // sshd wants its empty folder, which a boot makes.
        let _ = std::fs::create_dir_all("/run/sshd");
        let mut sshd = Peer::start("/usr/sbin/sshd", &["-D", "-e", "-f", &config]);
        sshd.logs(|line| line.contains("Server listening"));
        let host_key = std::fs::read_to_string(folder.file("host.pub")).expect("it was made");
        let known = folder.write("known_hosts", &format!("vps.example {host_key}"));
        let of_client = format!(
            "Host vps.example\n\
             HostName {ip}\n\
             Port {port}\n\
             HostKeyAlias vps.example\n\
             UserKnownHostsFile {known}\n\
             GlobalKnownHostsFile /dev/null\n\
             IdentityFile {key}\n\
             IdentitiesOnly yes\n",
            key = folder.utf8("key"),
        );
        let of_client = folder.write("ssh_config", &of_client);
        // ssh goes by the account's own folder, whatever HOME says.
        let script = format!("#!/bin/sh\nexec /usr/bin/ssh -F {of_client} \"$@\"\n");
        std::fs::create_dir(folder.file("client")).expect("it is our own");
        let ssh = folder.write("client/ssh", &script);
        std::fs::set_permissions(ssh, std::fs::Permissions::from_mode(0o755))
            .expect("it is our own");
        let user = Command::new("id").arg("-un").output().expect("id is there");
        Self {
            folder,
            _sshd: sshd,
            user: String::from_utf8_lossy(&user.stdout).trim().to_owned(),
        }
    }

    /// As `--via` takes it.
    fn place(&self) -> String {
        format!("ssh://{}@vps.example", self.user)
    }

    fn check(&self) -> Run {
        let path = format!("{}:/usr/bin:/bin", self.folder.utf8("client"));
        let run = Run::new("check").args(&["zahnfee.de", "--format=json"]);
        run.env("PATH", &path).nowhere()
    }

    /// `ssh` with these arguments.
    fn ssh(&self, args: &[&str]) -> Output {
        let ssh = Command::new(self.folder.file("client/ssh"))
            .args(["-o", "BatchMode=yes", "-l", &self.user])
            .args(args)
            .stdin(std::process::Stdio::null())
            .output();
        ssh.expect("ssh is there")
    }
}

/// Whether a daemon that changes accounts cannot run here.
#[track_caller]
fn lacks_rights() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let is_root = map.split_whitespace().nth(2) == Some("4294967295");
    let owner = std::fs::metadata("/proc/self").expect("Linux has it");
    let is_root = is_root && std::os::unix::fs::MetadataExt::uid(&owner) == 0;
    if !is_root {
        say_left_out("sshd needs the rights of root");
    }
    !is_root
}

fn looks_at(stage: &Stage, server: &crate::world::Server) -> String {
    format!(
        "resolver = [\"{}\"]\nca-file = \"{}\"\nno-compare = true\n\
         [[domain]]\nname = \"zahnfee.de\"\nconnect-to = [\"{}\"]\n",
        stage.dns.address(),
        stage.roots().display(),
        server.address()
    )
}

#[test]
fn a_login_looks_and_does_nothing_else() {
    if left_out() || lacks_rights() {
        return;
    }
    let stage = Stage::new();
    let server = stage.server().start();
    let machine = Machine::start(&Place::free(), &looks_at(&stage, &server), "50/h");
    let outcome = machine.check().args(&["--via", &machine.place()]).run();
    outcome.stands(ALL_PASS, "ready", 0);
    assert!(server.connections() > 0);
    // Whatever else is wanted of the login, it greets as ever and ends.
    let marker = machine.folder.file("marker");
    for command in [
        format!("touch {}", marker.display()),
        "sh -c id".to_owned(),
        "xfed check zahnfee.de --connect-to 127.0.0.1:22".to_owned(),
        "xfed probe --stdio --max-domains 100000/s".to_owned(),
    ] {
        let output = machine.ssh(&["vps.example", &command]);
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said.lines().count(), 1, "{command}: {said}");
        assert!(said.starts_with("{\"xfed-probe\":1,"), "{command}: {said}");
    }
    assert!(!marker.exists());
    // No terminal, no files, no way through.
    let terminal = machine.ssh(&["-tt", "vps.example"]);
    let said = String::from_utf8_lossy(&terminal.stderr);
    assert!(said.contains("PTY allocation request failed"), "{said}");
    let files = machine.ssh(&["-s", "vps.example", "sftp"]);
    let said = String::from_utf8_lossy(&files.stdout);
    assert!(said.starts_with("{\"xfed-probe\":1,"), "{said}");
    let through = machine.ssh(&["-W", &server.address().to_string(), "vps.example"]);
    assert!(!through.status.success());
    let said = String::from_utf8_lossy(&through.stderr);
    assert!(said.contains("administratively prohibited"), "{said}");
}

/// Each check is a login of its own, and all of them count.
#[test]
fn a_flood_is_refused() {
    if left_out() || lacks_rights() {
        return;
    }
    let stage = Stage::new();
    let server = stage.server().start();
    let machine = Machine::start(&Place::free(), &looks_at(&stage, &server), "2/d");
    let check = || machine.check().args(&["--via", &machine.place()]).run();
    for _ in 0..2 {
        check().stands(ALL_PASS, "ready", 0);
    }
    let asked = stage.dns.questions().len();
    for _ in 0..3 {
        let outcome = check();
        outcome.stands("unknown skip skip skip skip skip", "inconclusive", 3);
        assert_eq!(outcome.report()["place"]["failure"]["why"], "too-often");
    }
    assert_eq!(stage.dns.questions().len(), asked);
}

/// A host whose key is not known is none to talk to, and a key that is not there opens nothing.
#[test]
fn what_ssh_says_is_told() {
    if left_out() || lacks_rights() {
        return;
    }
    let stage = Stage::new();
    let server = stage.server().start();
    let machine = Machine::start(&Place::free(), &looks_at(&stage, &server), "50/h");
    for (file, says) in [
        ("known_hosts", "Host key verification failed"),
        ("authorized_keys", "Permission denied"),
    ] {
        let kept = std::fs::read_to_string(machine.folder.file(file)).expect("it is ours");
        machine.folder.write(file, "");
        let outcome = machine.check().args(&["--via", &machine.place()]).run();
        outcome.stands("unknown skip skip skip skip skip", "inconclusive", 3);
        let message = outcome.finding("domain", "place-failed")["message"].to_string();
        assert!(message.contains(says), "{message}");
        machine.folder.write(file, &kept);
    }
}

/// A company's network behind a firewall that does not lead back to its own public address, which
/// all the internet reaches. `$INNER` is a process inside.
const BEHIND_FIREWALL: &str = r#"
    ip link set lo up
    for address in 81.2.3.4 81.2.3.53 81.2.3.54 81.2.3.60 81.2.3.99; do
        ip address add $address/32 dev lo
    done
    unshare --net sleep 120 &
    export INNER=$!
    until [ "$(readlink /proc/$INNER/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
    ip link add wan type veth peer name lan
    ip link set lan netns $INNER
    ip address add 10.0.0.1/30 dev wan
    ip link set wan up
    nsenter --net=/proc/$INNER/ns/net sh -euc '
        ip link set lo up
        ip address add 10.0.0.2/30 dev lan
        ip link set lan up
        ip route add default via 10.0.0.1
    '
    ip rule add pref 10 lookup local
    ip rule add pref 5 from 10.0.0.2 to 81.2.3.4 blackhole
    ip rule del pref 0
    exec "$@"
"#;

/// The recipe of the manual: an inside that cannot see, an outside that can, one command.
#[test]
fn from_inside_by_a_machine_outside() {
    inside(BEHIND_FIREWALL, || {
        if lacks_rights() {
            return;
        }
        let authority = Authority::new("Tooth Fairy Root CA");
        let roots = file(&authority.root_pem());
        let serving = |address: &str| {
            let dns = Dns::at(address).and_zone("provider.net", PROVIDER);
            dns.and_zone("zahnfee.de", ZONE)
        };
        let _servers = ["81.2.3.53", "81.2.3.54"].map(|address| serving(address).authoritative());
        let _resolver = serving("81.2.3.60");
        let identity = authority.certificate(FQDN).rsa().issue();
        let _server = demanding(identity).listen("81.2.3.4:5061").start();
        let configuration = format!(
            "resolver = [\"81.2.3.60\"]\nca-file = \"{}\"\nno-compare = true\n",
            roots.path().display()
        );
        let machine = Machine::start(&Place::at([81, 2, 3, 99], 22), &configuration, "50/h");
        let inner = std::env::var("INNER").expect("the network says it");
        let from_inside = |args: &[&str]| {
            let run = machine.check().arg("--config");
            let run = run.arg(machine.folder.file("xfed/xfed.toml")).args(args);
            let enter = format!("exec nsenter --net=/proc/{inner}/ns/net \"$0\" \"$@\"");
            run.after(&enter).nowhere()
        };
        let place = machine.place();
        let alone = from_inside(&["--timeout", "1s"]).run();
        alone.shows("tcp", "tcp-filtered", "fail");
        let outside = from_inside(&["--via", &place]).run();
        outside.stands(ALL_PASS, "ready", 0);
        let both = from_inside(&["--via", "here", "--via", &place, "--timeout", "1s"]).run();
        both.stands(ALL_PASS, "ready", 0);
        both.shows("tcp", "place-no-way-back-in", "info");
        assert_eq!(both.report()["beside"][0]["steps"][3]["status"], "fail");
        // A device inside that opens TLS and closes it again answers for the server.
        let has_it = ["ip", "address", "add", "81.2.3.4/32", "dev", "lo"];
        let there = format!("--net=/proc/{inner}/ns/net");
        let answers = Command::new("nsenter")
            .arg(&there)
            .args(has_it)
            .env("PATH", path())
            .status();
        assert!(answers.is_ok_and(|status| status.success()));
        let proxy = Authority::new("Zahnfee Inspection CA");
        let proxy = proxy.certificate(FQDN).rsa().issue();
        let chain = machine.folder.write("proxy.pem", &proxy.chain_pem());
        let key = machine.folder.write("proxy.key", &proxy.key_pem());
        let _inspection = Peer::start(
            "nsenter",
            &[
                &there,
                "openssl",
                "s_server",
                "-accept",
                "81.2.3.4:5061",
                "-cert",
                &chain,
                "-key",
                &key,
                "-quiet",
            ],
        );
        let both = || from_inside(&["--via", "here", "--via", &place]).run();
        let is_up = || both().report()["beside"][0]["steps"][3]["status"] == "pass";
        assert!((0..20).any(|_| is_up()), "openssl s_server listens");
        let both = both();
        both.shows("certificate", "place-cert-differs", "warn");
        both.stands("pass pass pass pass warn pass", "ready-with-warnings", 0);
        let killed = Command::new("kill")
            .arg(&inner)
            .env("PATH", path())
            .status();
        assert!(killed.is_ok_and(|status| status.success()));
    });
}
