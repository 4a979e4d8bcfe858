//! Two hundred customers of one partner: some ready, some without a record, some with a certificate
//! that ends. Each has a server and a certificate of its own.

use std::fmt::Write;

use crate::stage::{Folder, Run, Stage, demanding};
use crate::world::{Dns, Server};

pub const COUNT: usize = 200;

/// How long the certificates live, and how much of that is left, in days.
pub const LIFE: i64 = 90;
pub const LEFT: i64 = 60;
pub const SOON: i64 = 9;

/// Every tenth has no SRV record, every other tenth a certificate that ends in nine days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ready,
    NoRecord,
    EndsSoon,
}

impl Kind {
    /// How much is left of the certificate, in days; `None` where nobody gets to see one.
    pub fn days_left(self) -> Option<i64> {
        match self {
            Self::Ready => Some(LEFT),
            Self::EndsSoon => Some(SOON),
            Self::NoRecord => None,
        }
    }
}

pub fn kind(index: usize) -> Kind {
    match index % 10 {
        3 => Kind::NoRecord,
        7 => Kind::EndsSoon,
        _ => Kind::Ready,
    }
}

/// Their domains: some with umlauts, one that Windows takes for a device.
pub fn domain(index: usize) -> String {
    match index {
        0 => "con.de".to_owned(),
        index if index % 50 == 1 => format!("zahnärzte{index}.de"),
        index => format!("praxis{index}.de"),
    }
}

/// The same as it stands in DNS.
pub fn in_dns(index: usize) -> String {
    let domain = domain(index);
    idna::domain_to_ascii(&domain).expect("a domain")
}

/// What they are called by.
pub fn customer(index: usize) -> String {
    format!("{}", 4700 + index)
}

/// Names as people have them: with blanks, signs, and what a spreadsheet would take for a formula.
pub fn name(index: usize) -> &'static str {
    [
        "Praxis Dr. Müller",
        "=HYPERLINK('http://evil.example')",
        "Zahn & <Söhne>, \\GmbH",
        "+49 89 840798",
        "@zahnfee",
    ][index % 5]
}

pub struct Customers {
    stage: Stage,
    _servers: Vec<Server>,
    folder: Folder,
}

impl Customers {
    pub fn new() -> Self {
        let mut dns = Dns::empty();
        for index in 0..COUNT {
            let mut zone = "@ MX 10 mail\nmail A 81.2.3.9\nxphone A 81.2.3.4\n".to_owned();
            if kind(index) != Kind::NoRecord {
                zone += "_sipfederationtls._tcp SRV 0 0 5061 xphone\n";
            }
            dns = dns.and_zone(&in_dns(index), &zone);
        }
        let stage = Stage::with_dns(dns);
        let mut servers = Vec::new();
        let mut list = "# domain  options  labels\n".to_owned();
        for index in 0..COUNT {
            let (domain, customer, name) = (domain(index), customer(index), name(index));
            write!(list, "{domain} kunde={customer} name=\"{name}\"").expect("text");
            if let Some(days) = kind(index).days_left() {
                let fqdn = format!("xphone.{}", in_dns(index));
                let request = stage.authority.certificate(&fqdn).rsa();
                let server = demanding(request.valid(days - LIFE, days).issue()).start();
                write!(list, " connect-to={}", server.address()).expect("text");
                servers.push(server);
            }
            writeln!(list, " # {index}").expect("text");
        }
        Self {
            stage,
            _servers: servers,
            folder: Folder::new().with("list.txt", list),
        }
    }

    /// The check of all of them. Each line of the list says where to connect on this machine.
    pub fn check(&self) -> Run {
        let run = Run::new("check")
            .arg("--targets")
            .arg(self.folder.file("list.txt"));
        let run = run
            .arg("--resolver")
            .arg(self.stage.dns.address().to_string());
        run.arg("--ca-file")
            .arg(self.stage.roots())
            // What a busy machine takes is not known.
            .args(&[
                "--timeout=60s",
                "--deadline=10m",
                "--no-authority",
                "--no-compare",
            ])
            .within(self.folder.path())
            .nowhere()
    }

    pub fn folder(&self) -> &Folder {
        &self.folder
    }
}
