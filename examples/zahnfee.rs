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
use std::path::PathBuf;

use clap::Parser;
use xfed::internals::{Cli, Console, Look, Texts, resolve, run};

use world::{Authority, Dns, Identity, Port, Refusal, Server};

const MAIL: &str = "@ MX 10 mail\nmail A 81.2.3.5\n";
const ADDRESS: &str = "xphone A 81.2.3.4\n";

fn main() -> anyhow::Result<()> {
    let mut tale = Tale::new(std::env::args().nth(1).unwrap_or_else(|| "en".to_owned()))?;
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
        "And they chatted happily ever after.",
        "Und wenn sie nicht gestorben sind, dann chatten sie noch heute.",
    )
}

fn zone(port: u16) -> String {
    format!("{MAIL}{ADDRESS}_sipfederationtls._tcp SRV 0 0 {port} xphone\n")
}

/// As XPhone does it: with MTLS, always.
fn xphone(identity: Identity) -> Server {
    Server::tls(identity).refuse(Refusal::Alert).start()
}

/// Who tells the story, in which language, with which props.
struct Tale {
    lang: String,
    dns: Dns,
    roots: PathBuf,
    stage: usize,
}

impl Tale {
    fn new(lang: String) -> anyhow::Result<Self> {
        let roots = std::env::temp_dir().join(format!("zahnfee-{}.pem", std::process::id()));
        anyhow::ensure!(
            matches!(lang.as_str(), "en" | "de"),
            "{lang}: expected en or de"
        );
        Ok(Self {
            lang,
            dns: Dns::empty(),
            roots,
            stage: 0,
        })
    }

    /// To this world, the fairy's authority is a public one.
    fn trust(&self, authority: &Authority) -> io::Result<()> {
        std::fs::write(&self.roots, authority.root_pem())
    }

    fn tell(&mut self, english: &str, german: &str) -> anyhow::Result<()> {
        self.stage += 1;
        let text = if self.lang == "de" { german } else { english };
        writeln!(io::stdout(), "\n~~~ {} ~~~\n\n{text}\n", self.stage)?;
        Ok(())
    }

    /// Publishes the zone and runs the program as a user would, on its own command line.
    fn check(
        &self,
        zone: &str,
        server: Option<(std::net::SocketAddr, &str)>,
    ) -> anyhow::Result<()> {
        self.dns.replace("zahnfee.de", zone);
        let resolver = self.dns.address().to_string();
        let roots = self.roots.to_string_lossy();
        let mut props = vec![
            "--resolver".to_owned(),
            resolver,
            "--ca-file".to_owned(),
            roots.into_owned(),
        ];
        let mut line = vec![
            "xfed".to_owned(),
            "check".to_owned(),
            "zahnfee.de".to_owned(),
        ];
        if let Some((address, fqdn)) = server {
            // The published address is somebody's: the world's server stands in for it.
            props.extend(["--connect-to".to_owned(), format!("81.2.3.4={address}")]);
            if !fqdn.is_empty() {
                line.extend(["--fqdn".to_owned(), fqdn.to_owned()]);
            }
        }
        line.extend(["--lang".to_owned(), self.lang.clone()]);
        let mut out = io::stdout().lock();
        writeln!(out, "$ {}\n", line.join(" "))?;
        let cli = Cli::try_parse_from(line.into_iter().chain(props))?;
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
}

impl Drop for Tale {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.roots);
    }
}
