//! The tooth fairy sets up federation, and runs the checklist at every stage.
//!
//! Everything is real but the world: the name server, the certification authority and the XPhone
//! server live in this process, on loopback. Nothing is installed, nobody is contacted.
//!
//! ```text
//! cargo run --example zahnfee            # in English
//! cargo run --example zahnfee -- de      # auf Deutsch
//! ```

#[path = "../tests/world/mod.rs"]
mod world;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use clap::Parser;
use xfed::internals::{Cli, Console, Look, Texts, resolve, run};

use world::{Authority, Dns, Identity, Port, Refusal, Server};

const MAIL: &str = "@ MX 10 mail\nmail A 81.2.3.5\n";
const ADDRESS: &str = "xphone A 81.2.3.4\n";
/// What the branch publishes.
const BRANCH: &str = "\
@ MX 10 mail
mail A 82.2.3.5
chat A 82.2.3.4
_sipfederationtls._tcp SRV 0 0 5061 chat
";
/// The little server that she rents, outside.
const OUTSIDE: &str = "ssh://probe@vps.example";

/// Copies of this program play the two that the tale starts.
fn main() -> anyhow::Result<ExitCode> {
    let program = env::current_exe()?;
    match program.file_stem().and_then(|name| name.to_str()) {
        Some("xfed") => Ok(xfed::main()),
        Some("ssh") => log_in(&program.with_file_name("outside.toml")),
        _ => tell(env::args().nth(1).as_deref().unwrap_or("en")),
    }
}

fn tell(lang: &str) -> anyhow::Result<ExitCode> {
    let mut tale = Tale::new(lang)?;
    let authority = Authority::new("Molar Trust Root CA");
    tale.trust(&authority)?;
    let closed = Port::closed();
    let wildcard = authority
        .certificate("*.zahnfee.de")
        .rsa()
        .server_auth_only()
        .issue();
    let exact = authority.certificate("xphone.zahnfee.de").rsa().issue();

    tale.tell(
        "The tooth fairy has bought XPhone for her company. Its domain is zahnfee.de, like the\n\
         addresses of her mails. Is she ready to chat with the branch in Britain?",
        "Die Zahnfee hat XPhone für ihre Firma gekauft. Die XPhone-Domäne ist zahnfee.de, wie\n\
         in ihren E-Mail-Adressen. Kann sie schon mit der Niederlassung in England chatten?",
    )?;
    tale.check(MAIL, None)?;

    tale.tell(
        "She gives the server a public name and an A record, and tells xfed the name.",
        "Sie gibt dem Server einen öffentlichen Namen und einen A-Record, und nennt xfed den Namen.",
    )?;
    tale.check(
        &format!("{MAIL}{ADDRESS}"),
        Some((closed.address(), "xphone.zahnfee.de")),
    )?;

    tale.tell(
        "The DNS admin publishes the SRV record. He knows SIP, and SIP is port 5060.",
        "Der DNS-Admin trägt den SRV-Record ein. Er kennt SIP, und SIP ist Port 5060.",
    )?;
    tale.check(&zone(5060), Some((closed.address(), "")))?;

    tale.tell(
        "The record is right now. But nobody has told the firewall.",
        "Jetzt stimmt der Record. Aber der Firewall hat niemand etwas gesagt.",
    )?;
    tale.check(&zone(5061), Some((closed.address(), "")))?;

    tale.tell(
        "The port is forwarded. For the certificate she takes the one that all her servers share.",
        "Das Port-Forwarding steht. Als Zertifikat nimmt sie das, das alle ihre Server teilen.",
    )?;
    let server = xphone(wildcard);
    tale.check(&zone(5061), Some((server.address(), "")))?;

    tale.tell(
        "She orders a certificate for exactly xphone.zahnfee.de, and chooses it in XPhone.",
        "Sie bestellt ein Zertifikat genau für xphone.zahnfee.de und wählt es in XPhone aus.",
    )?;
    let server = xphone(exact);
    tale.check(&zone(5061), Some((server.address(), "")))?;

    tale.tell(
        "One night the firewall is replaced. From her desk all is well; no partner gets in any more.\n\
         She has the little server look that she rents outside.",
        "Eines Nachts wird die Firewall ersetzt. An ihrem Schreibtisch ist alles gut; kein Partner\n\
         kommt mehr herein. Sie lässt den kleinen Server nachsehen, den sie draußen gemietet hat.",
    )?;
    tale.check_from_both(server.address(), closed.address())?;

    tale.tell(
        "The port is forwarded again. But a chat goes both ways, and in Britain somebody has let a\n\
         certificate expire. Who reaches whom?",
        "Das Port-Forwarding steht wieder. Aber ein Chat geht in beide Richtungen, und in England hat\n\
         jemand ein Zertifikat ablaufen lassen. Wer erreicht wen?",
    )?;
    let of_branch = || authority.certificate("chat.toothfairy.uk").rsa();
    let branch = xphone(of_branch().valid(-90, -1).issue());
    tale.pair(server.address(), branch.address())?;

    tale.tell(
        "They renew it, and choose it in XPhone. And they chatted happily ever after.",
        "Sie erneuern es und wählen es in XPhone aus. Und wenn sie nicht gestorben sind, dann chatten\n\
         sie noch heute.",
    )?;
    let branch = xphone(of_branch().issue());
    tale.pair(server.address(), branch.address())?;
    Ok(ExitCode::SUCCESS)
}

/// What a login over SSH comes to: xfed on the machine outside, which has a configuration of its own.
fn log_in(configuration: &Path) -> anyhow::Result<ExitCode> {
    let status = Command::new(configuration.with_file_name(program("xfed")))
        .args(["probe", "--stdio", "--config"])
        .arg(configuration)
        .env("XDG_STATE_HOME", configuration.with_file_name("state"))
        .status()?;
    anyhow::ensure!(status.success(), "xfed outside: {status}");
    Ok(ExitCode::SUCCESS)
}

fn program(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}

fn zone(port: u16) -> String {
    format!("{MAIL}{ADDRESS}_sipfederationtls._tcp SRV 0 0 {port} xphone\n")
}

/// As XPhone does it: with MTLS, always.
fn xphone(identity: Identity) -> Server {
    Server::tls(identity).refuse(Refusal::Alert).start()
}

/// Who tells the story, in which language, with which props.
struct Tale<'a> {
    lang: &'a str,
    dns: Dns,
    /// Where its files are.
    folder: PathBuf,
    stage: usize,
}

impl<'a> Tale<'a> {
    fn new(lang: &'a str) -> anyhow::Result<Self> {
        anyhow::ensure!(matches!(lang, "en" | "de"), "{lang}: expected en or de");
        let folder = env::temp_dir().join(format!("zahnfee-{}", std::process::id()));
        fs::create_dir(&folder)?;
        Ok(Self {
            lang,
            dns: Dns::empty(),
            folder,
            stage: 0,
        })
    }

    fn roots(&self) -> PathBuf {
        self.folder.join("roots.pem")
    }

    /// To this world, the fairy's authority is a public one.
    fn trust(&self, authority: &Authority) -> io::Result<()> {
        fs::write(self.roots(), authority.root_pem())
    }

    fn tell(&mut self, english: &str, german: &str) -> anyhow::Result<()> {
        self.stage += 1;
        let text = if self.lang == "de" { german } else { english };
        writeln!(io::stdout(), "\n~~~ {} ~~~\n\n{text}\n", self.stage)?;
        Ok(())
    }

    /// Publishes the zone and runs the program as a user would, on its own command line.
    fn check(&self, zone: &str, server: Option<(SocketAddr, &str)>) -> anyhow::Result<()> {
        self.dns.replace("zahnfee.de", zone);
        let mut line = vec!["xfed", "check", "zahnfee.de"];
        let mut props = self.props();
        if let Some((address, fqdn)) = server {
            // The published address is somebody's: the world's server stands in for it.
            props.extend(["--connect-to".to_owned(), format!("81.2.3.4={address}")]);
            if !fqdn.is_empty() {
                line.extend(["--fqdn", fqdn]);
            }
        }
        self.run(line, props)
    }

    /// Looks at both directions between her domain and that of the branch.
    fn pair(&self, own: SocketAddr, branch: SocketAddr) -> anyhow::Result<()> {
        self.dns.replace("zahnfee.de", &zone(5061));
        self.dns.replace("toothfairy.uk", BRANCH);
        let mut props = self.props();
        for (published, address) in [("81.2.3.4", own), ("82.2.3.4", branch)] {
            props.extend(["--connect-to".to_owned(), format!("{published}={address}")]);
        }
        self.run(vec!["xfed", "pair", "zahnfee.de", "toothfairy.uk"], props)
    }

    /// Runs the program on this line.
    fn run<'line>(
        &'line self,
        mut line: Vec<&'line str>,
        props: Vec<String>,
    ) -> anyhow::Result<()> {
        line.extend(["--lang", self.lang]);
        let mut out = io::stdout().lock();
        writeln!(out, "$ {}\n", line.join(" "))?;
        let line = line.into_iter().map(str::to_owned);
        let cli = Cli::try_parse_from(line.chain(props))?;
        let lang = resolve(&cli.global, None, None).lang;
        let texts = Texts::new(lang.expect("the line names it").into());
        let mut console = Console {
            out: &mut out,
            err: &mut io::stderr(),
            look: Look::default(),
            watched: None,
        };
        let code = run(cli.command, None, &texts, &mut console)?;
        writeln!(out, "\n(exit code {code})")?;
        Ok(())
    }

    /// Runs the program with two places: this one, from which the server is reached, and one outside,
    /// which finds the door that it is sent to.
    fn check_from_both(&self, inside: SocketAddr, outside: SocketAddr) -> anyhow::Result<()> {
        self.stage_outside(outside)?;
        let line = [
            "xfed",
            "check",
            "zahnfee.de",
            "--via",
            "here",
            "--via",
            OUTSIDE,
        ];
        let line = [&line[..], &["--lang", self.lang]].concat();
        writeln!(io::stdout(), "$ {}\n", line.join(" "))?;
        let status = Command::new(self.folder.join(program("xfed")))
            .args(&line[1..])
            .args(self.props())
            .arg(format!("--connect-to=81.2.3.4={inside}"))
            // The `ssh` beside it, before any other.
            .env("PATH", &self.folder)
            .env("NO_COLOR", "1")
            .status()?;
        let code = status.code().unwrap_or_default();
        writeln!(io::stdout(), "\n(exit code {code})")?;
        Ok(())
    }

    /// The machine outside: a program that logs in to it, xfed, and the configuration that it has.
    fn stage_outside(&self, address: SocketAddr) -> anyhow::Result<()> {
        let this = env::current_exe()?;
        for role in ["xfed", "ssh"] {
            fs::copy(&this, self.folder.join(program(role)))?;
        }
        let configuration = format!(
            "resolver = ['{}']\nca-file = '{}'\n\
             [[domain]]\nname = 'zahnfee.de'\nconnect-to = ['81.2.3.4={address}']\n",
            self.dns.address(),
            self.roots().display()
        );
        fs::write(self.folder.join("outside.toml"), configuration)?;
        Ok(())
    }

    /// What makes the world of it that the tale happens in.
    fn props(&self) -> Vec<String> {
        let (resolver, roots) = (self.dns.address(), self.roots());
        let props = ["--resolver", &resolver.to_string(), "--ca-file"];
        let roots = roots.display().to_string();
        props
            .into_iter()
            .map(str::to_owned)
            .chain([roots])
            .collect()
    }
}

impl Drop for Tale<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
