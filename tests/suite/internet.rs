//! A small internet in a network namespace: the domain's zone on two name servers of a provider, a
//! resolver that knows all zones, and the server behind the domain, all at the addresses and ports
//! that they would really have. xfed finds its way as it does outside.
//!
//! ```ignore
//! #[test]
//! fn every_server_refuses() {
//!     internet(|| {
//!         let world = Internet::new();
//!         world.servers(|ns| ns.now("zahnfee.de", RecordType::ANY, Behaviour::Refused));
//!         world.check().run().shows("domain", "domain-dns-broken", "fail");
//!     });
//! }
//! ```

use std::path::Path;

use tempfile::NamedTempFile;

use crate::real_peers::network::inside;
use crate::stage::{FQDN, Run, demanding, file};
use crate::world::server::Tls;
use crate::world::{Authority, Dns, Server};

/// All addresses of the small internet are this machine's own; no packet leaves it.
const SCRIPT: &str = r#"
    ip link set lo up
    for address in \
        81.2.3.4 81.2.3.5 81.2.3.52 81.2.3.53 81.2.3.54 81.2.3.55 81.2.3.99 198.51.77.7 104.16.1.1
    do
        ip address add $address/32 dev lo
    done
    for address in 2a02:1:2::3 2a02:1:2::4; do
        ip address add $address/128 dev lo nodad
    done
    exec "$@"
"#;

/// The resolver of this machine.
pub const RESOLVER: &str = "127.0.0.53";

/// The healthy zone.
pub const ZONE: &str = "\
$TTL 300
@ NS ns1.provider.net.
@ NS ns2.provider.net.
@ MX 10 mail
mail A 81.2.3.99
xphone A 81.2.3.4
_sipfederationtls._tcp SRV 0 0 5061 xphone
";

/// The zone of the provider, whose third server is there for those who delegate to it.
pub const PROVIDER: &str = "\
ns1 A 81.2.3.53
ns2 A 81.2.3.54
ns3 A 81.2.3.55
";

/// Runs the body of a test in the small internet, in a further process of this test program. Left
/// out, audibly, where real peers are not wanted.
#[track_caller]
pub fn internet<Body: FnOnce()>(body: Body) {
    inside(SCRIPT, body);
}

/// The healthy zone without the lines that contain `what`, and with these.
pub fn zone_with(what: &str, lines: &str) -> String {
    let kept = ZONE.lines().filter(|line| !line.contains(what));
    let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
    format!("{kept}{lines}\n")
}

/// The world of a test; its parts can be told to misbehave, or be dropped.
pub struct Internet {
    pub authority: Authority,
    /// 81.2.3.53 and 81.2.3.54.
    pub ns1: Dns,
    pub ns2: Dns,
    /// 127.0.0.53.
    pub resolver: Dns,
    /// At 81.2.3.4, port 5061, and all right; `None` where nobody listens.
    pub server: Option<Server>,
    roots: NamedTempFile,
}

impl Internet {
    /// All is well.
    pub fn new() -> Self {
        Self::with_zone(ZONE)
    }

    /// All is well but for what this zone says.
    pub fn with_zone(zone: &str) -> Self {
        let world = Self::without_server(zone);
        let server = world.tls("81.2.3.4").start();
        Self {
            server: Some(server),
            ..world
        }
    }

    /// Nobody listens on port 5061.
    pub fn without_server(zone: &str) -> Self {
        let authority = Authority::new("Tooth Fairy Root CA");
        let roots = file(&authority.root_pem());
        let provider = |dns: Dns| dns.and_zone("provider.net", PROVIDER);
        let serving = |dns: Dns| provider(dns).and_zone("zahnfee.de", zone);
        Self {
            ns1: serving(Dns::at("81.2.3.53").authoritative()),
            ns2: serving(Dns::at("81.2.3.54").authoritative()),
            resolver: serving(Dns::at(RESOLVER)),
            authority,
            server: None,
            roots,
        }
    }

    /// Tells both of the zone's servers something.
    pub fn servers(&self, tell: impl Fn(&Dns)) {
        tell(&self.ns1);
        tell(&self.ns2);
    }

    /// The name server of the zone `de`, at 81.2.3.52, which delegates so. Without one, nobody knows of
    /// a zone above the domain's own.
    pub fn registry(&self, delegations: &str) -> Dns {
        let zone = format!("$TTL 300\n@ NS a.nic\na.nic A 81.2.3.52\n{delegations}\n");
        self.resolver
            .replace("de", "$TTL 300\n@ NS a.nic\na.nic A 81.2.3.52\n");
        Dns::at("81.2.3.52").authoritative().and_zone("de", &zone)
    }

    /// A further server of the right kind at this address, port 5061, that is not started yet.
    pub fn tls(&self, address: &str) -> Tls {
        self.tls_as(FQDN, address)
    }

    /// The same with a certificate for this name.
    pub fn tls_as(&self, name: &str, address: &str) -> Tls {
        let identity = self.authority.certificate(name).rsa().issue();
        demanding(identity).listen(&at_5061(address))
    }

    pub fn roots(&self) -> &Path {
        self.roots.path()
    }

    /// `xfed check zahnfee.de` as from a machine on this internet.
    pub fn check(&self) -> Run {
        self.check_domain("zahnfee.de")
    }

    pub fn check_domain(&self, domain: &str) -> Run {
        self.check_by(domain, RESOLVER)
    }

    /// The same by another resolver.
    pub fn check_by(&self, domain: &str, resolver: &str) -> Run {
        Run::new("check")
            .args(&[domain, "--resolver", resolver, "--no-compare"])
            .arg("--ca-file")
            .arg(self.roots())
            .arg("--format=json")
            .nowhere()
    }
}

fn at_5061(address: &str) -> String {
    if address.contains(':') {
        format!("[{address}]:5061")
    } else {
        format!("{address}:5061")
    }
}

mod tests {
    use super::{Internet, ZONE, internet, zone_with};
    use crate::stage::ALL_PASS;
    use crate::world::{Behaviour, Dns, RecordType};

    /// The world in which each fault is told is ready itself, and nothing is said of it.
    #[test]
    fn the_healthy_world() {
        internet(|| {
            let world = Internet::new();
            let outcome = world.check().run();
            outcome.stands(ALL_PASS, "ready", 0);
            let server = world.server.as_ref().expect("all is well");
            assert!(server.connections() > 0);
            assert!(
                world
                    .ns1
                    .times_asked("_sipfederationtls._tcp.zahnfee.de", RecordType::SRV)
                    > 0
            );
        });
    }

    /// A child zone on a server of its own, found by the referral.
    #[test]
    fn a_delegation_is_a_referral() {
        internet(|| {
            let child = "_tcp NS ns3.provider.net.\n";
            let world = Internet::with_zone(&zone_with("SRV", child));
            let ns3 = Dns::at("81.2.3.55").authoritative();
            let record = "_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
            ns3.replace("_tcp.zahnfee.de", record);
            world.resolver.replace("_tcp.zahnfee.de", record);
            world.check().run().stands(ALL_PASS, "ready", 0);
        });
    }

    /// What the zone's servers say outweighs what the resolver remembers.
    #[test]
    fn the_servers_can_be_told_apart_from_the_resolver() {
        internet(|| {
            let world = Internet::new();
            world.servers(|dns| dns.replace("zahnfee.de", &zone_with("SRV", "")));
            let outcome = world.check().run();
            outcome.shows("srv", "srv-missing", "fail");
            world.servers(|dns| dns.replace("zahnfee.de", ZONE));
            let blocked = Behaviour::blocked(15, "Malware");
            world.resolver.now("zahnfee.de", RecordType::ANY, blocked);
            world.check().run().lacks("srv-missing");
        });
    }
}
