//! The other direction: `xfed listen`, called by servers of the embedded world.

mod certificate;
mod chat;
mod check;
mod echo;
mod handshake;
mod limits;
mod output;
mod several;
mod strangers;
mod usage;

use std::net::SocketAddr;

use rustix::process::Signal;

use crate::stage::{Folder, Outcome, Run, Running, ZONE};
use crate::world::caller::{Call, Caller};
use crate::world::{Authority, Dns, Identity};

/// The test partner.
const PARTNER: &str = "fed.echo.example";
const OWN_ZONE: &str = "\
@ MX 10 mail
mail A 81.2.3.8
_sipfederationtls._tcp SRV 0 0 5061 fed
fed A 81.2.3.9
";
/// The statuses of all steps when nothing is wrong, and nothing is replied to.
pub const ALL_PASS: &str = "pass pass pass pass pass pass skip";
/// What nobody may find anywhere.
const SECRET: &str = "Wurzelbehandlung";

pub struct Post {
    pub authority: Authority,
    pub dns: Dns,
    pub folder: Folder,
}

/// `xfed listen`, ready to be called.
pub struct Listening {
    pub running: Running,
    pub to: SocketAddr,
    /// The address to write to.
    address: String,
}

impl Post {
    pub fn new() -> Self {
        Self::with_zone(ZONE)
    }

    /// Where the domain that calls publishes this.
    fn with_zone(zone: &str) -> Self {
        Self {
            authority: Authority::new("Tooth Fairy Root CA"),
            dns: Dns::zone("zahnfee.de", zone).and_zone("echo.example", OWN_ZONE),
            folder: Folder::new(),
        }
    }

    pub fn xphone(&self) -> Identity {
        self.authority
            .certificate("xphone.zahnfee.de")
            .rsa()
            .issue()
    }

    /// Where nobody answers to requests of its own but whoever called.
    pub fn listen(&self, args: &[&str]) -> Listening {
        self.listen_beside("127.0.0.1:1", args)
    }

    /// Where its own requests go to this address.
    pub fn listen_beside(&self, server: &str, args: &[&str]) -> Listening {
        let identity = self.authority.certificate(PARTNER).issue();
        std::fs::write(self.folder.file("cert.pem"), identity.chain_pem()).expect("writable");
        std::fs::write(self.folder.file("key.pem"), identity.key_pem()).expect("writable");
        std::fs::write(self.folder.file("root.pem"), self.authority.root_pem()).expect("writable");
        let mut running = Run::new("listen")
            .within(self.folder.path())
            .args(&["--fqdn", PARTNER, "--cert", "cert.pem", "--key", "key.pem"])
            .args(&["--ca-file", "root.pem", "--bind", "127.0.0.1:0"])
            .args(&["--no-authority", "--format=json", "--connect-to", server])
            .arg("--resolver")
            .arg(self.dns.address().to_string())
            .args(args)
            .start();
        let begins = running.message();
        let to = begins
            .split(' ')
            .find_map(|word| word.parse().ok())
            .unwrap_or_else(|| panic!("{begins}"));
        let mut line = running.message();
        while !line.contains('@') {
            line = running.message();
        }
        let address = line.trim().rsplit(' ').next().expect("an address");
        Listening {
            to,
            address: address.to_owned(),
            running,
        }
    }
}

impl Listening {
    pub fn call(&self) -> Call<'static> {
        Call::new(self.to, PARTNER)
    }

    /// A call of the server that the certificate of this domain is for.
    pub fn called_by(&self, post: &Post) -> Caller {
        let call = self.call().presenting(post.xphone());
        call.connect().expect("TLS")
    }

    /// Its report, once it has ended by itself.
    pub fn report(self) -> Outcome {
        let (code, stdout, stderr) = self.running.end();
        assert!(!stdout.contains(SECRET), "{stdout}");
        let json = serde_json::from_str(&stdout);
        let outcome = Outcome {
            code,
            json: json.unwrap_or_else(|error| panic!("{error}: {stdout} {stderr}")),
            stderr,
        };
        for args in [&[][..], &["--redact"]] {
            let again = Run::new("replay").args(&["-", "--format=json"]);
            let again = again.args(args).fed(stdout.as_bytes()).run();
            assert_eq!(again.code, code, "{again}");
            let (before, after) = (outcome.report(), again.report());
            assert_eq!(before["verdict"], after["verdict"]);
            if args.is_empty() {
                assert_eq!(before["steps"], after["steps"], "judged again");
            }
        }
        outcome
    }

    /// Its report, by the wish of whoever runs it.
    pub fn end(self) -> Outcome {
        self.running.signal(Signal::INT);
        self.report()
    }

    pub fn user(&self) -> &str {
        &self.address
    }
}

/// A request, with what every request has; `number` tells it from others.
fn request(method: &str, to: &str, number: u32, more: &str, body: &str) -> String {
    let length = body.replace('\n', "\r\n").len();
    format!(
        "{method} sip:{to} SIP/2.0\n\
         Via: SIP/2.0/TLS xphone.zahnfee.de:5061;branch=z9hG4bK{number}\n\
         Max-Forwards: 70\n\
         From: \"Ann\" <sip:ann@zahnfee.de>;tag=a1;epid=4711\n\
         To: <sip:{to}>\n\
         Call-ID: call-{method}\n\
         CSeq: {number} {method}\n\
         Contact: <sip:xphone.zahnfee.de:5061;transport=tls>\n\
         User-Agent: XPhone-like/1.0\n\
         {more}Content-Length: {length}\n\n{body}"
    )
}

pub fn text(to: &str, number: u32) -> String {
    request(
        "MESSAGE",
        to,
        number,
        "Content-Type: text/plain; charset=UTF-8\n",
        SECRET,
    )
}
