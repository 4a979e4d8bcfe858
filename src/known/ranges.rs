//! Address ranges: which addresses a partner on the internet can reach at all, and which belong to
//! a proxy for the web.
//!
//! The registries are IANA's special-purpose address registries (RFC 6890 and its updates), and
//! Cloudflare's own list.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::IpNet;

use strum::IntoStaticStr;

/// A range that is not public, by the name the messages use for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Special {
    /// RFC 1918 and RFC 4193 (unique local).
    Private,
    /// 100.64.0.0/10, the provider's own network (RFC 6598).
    #[strum(serialize = "cgnat")]
    CarrierGradeNat,
    /// 127.0.0.0/8 and `::1`.
    Loopback,
    /// 169.254.0.0/16 and `fe80::/10`: a machine that got no address.
    LinkLocal,
    /// Networks for examples (RFC 5737, RFC 3849, RFC 9637).
    Documentation,
    /// 224.0.0.0/4 and `ff00::/8`.
    Multicast,
    /// Everything else that is not given to anybody.
    Reserved,
}

impl Special {
    /// The key of the range's name in the texts.
    pub fn key(self) -> &'static str {
        self.into()
    }
}

/// The special range an address lies in; `None` when it is public.
pub fn special(address: IpAddr) -> Option<Special> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

/// Whether an address exists only where a network translates to IPv4 (NAT64, RFC 6052 §2.1). A resolver may
/// make one up for its own network; published, it leads nowhere from anywhere else.
pub fn is_nat64(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => matches!(address.segments(), [0x64, 0xff9b, 0, 0, 0, 0, ..]),
    }
}

/// The network that an address is in, as far as a stranger can tell: a /24 or a /48, behind which is one
/// provider, or one firewall.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let [first, second, third, _] = address.octets();
            Ipv4Addr::new(first, second, third, 0).into()
        }
        IpAddr::V6(address) => {
            let [first, second, third, ..] = address.segments();
            Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0).into()
        }
    }
}

fn special_v4(address: Ipv4Addr) -> Option<Special> {
    match address.octets() {
        [10, ..] | [192, 168, ..] | [172, 16..=31, ..] => Some(Special::Private),
        [100, 64..=127, ..] => Some(Special::CarrierGradeNat),
        [127, ..] => Some(Special::Loopback),
        [169, 254, ..] => Some(Special::LinkLocal),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Some(Special::Documentation),
        [224..=239, ..] => Some(Special::Multicast),
        // "This network", IETF protocol assignments, 6to4 relays, benchmarking, class E.
        [0 | 240..=255, ..] | [192, 0, 0, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => {
            Some(Special::Reserved)
        }
        _ => None,
    }
}

fn special_v6(address: Ipv6Addr) -> Option<Special> {
    if address.is_loopback() {
        return Some(Special::Loopback);
    }
    // What leads to a private address is as private, whatever carries it there.
    let inside = embedded_v4(address).and_then(special_v4);
    if inside.is_some() {
        return inside;
    }
    match address.segments() {
        [0xfc00..=0xfdff, ..] => Some(Special::Private),
        [0xfe80..=0xfebf, ..] => Some(Special::LinkLocal),
        [0xff00..=0xffff, ..] => Some(Special::Multicast),
        [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Some(Special::Documentation),
        // Teredo, ORCHID, benchmarking and the other protocol assignments; 6to4.
        [0x2001, 0..=0x01ff, ..] | [0x2002, ..] => Some(Special::Reserved),
        // Global unicast; NAT64 on the way to a public IPv4 address.
        [0x2000..=0x3fff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => None,
        _ => Some(Special::Reserved),
    }
}

/// The IPv4 address that packets to an IPv6 address end up at, where the address itself says so:
/// mapped and compatible (RFC 4291 §2.5.5), translated (RFC 2765 §2.1), NAT64 in its well-known and its local
/// prefix (RFC 6052 §2, RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380 §4), ISATAP (RFC 5214 §6.1).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| {
        let bits = u32::from(high) << 16 | u32::from(low);
        Some(Ipv4Addr::from_bits(bits))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x64, 0xff9b, 1, _, _, _, high, low]
        | [0x2002, high, low, ..]
        | [_, _, _, _, 0 | 0x0200, 0x5efe, high, low] => v4(high, low),
        [0x2001, 0, .., high, low] => v4(!high, !low),
        _ => None,
    }
}

/// A proxy that carries HTTP only: what is published there cannot be reached on port 5061.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebProxy {
    /// Its operator.
    pub name: &'static str,
}

/// The ranges of Cloudflare's proxy (<https://www.cloudflare.com/ips-v4>, unchanged since 2021, and
/// <https://www.cloudflare.com/ips-v6>).
const CLOUDFLARE: [&str; 22] = [
    "173.245.48.0/20",
    "103.21.244.0/22",
    "103.22.200.0/22",
    "103.31.4.0/22",
    "141.101.64.0/18",
    "108.162.192.0/18",
    "190.93.240.0/20",
    "188.114.96.0/20",
    "197.234.240.0/22",
    "198.41.128.0/17",
    "162.158.0.0/15",
    "104.16.0.0/13",
    "104.24.0.0/14",
    "172.64.0.0/13",
    "131.0.72.0/22",
    "2400:cb00::/32",
    "2606:4700::/32",
    "2803:f800::/32",
    "2405:b500::/32",
    "2405:8100::/32",
    "2a06:98c0::/29",
    "2c0f:f248::/32",
];

static CLOUDFLARE_NETWORKS: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    let networks = CLOUDFLARE.iter().map(|range| range.parse());
    networks
        .map(|network| network.expect("the table holds networks"))
        .collect()
});

/// The web proxy that an address belongs to.
pub fn web_proxy(address: IpAddr) -> Option<WebProxy> {
    CLOUDFLARE_NETWORKS
        .iter()
        .any(|network| network.contains(&address))
        .then_some(WebProxy { name: "Cloudflare" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_proxies_at_their_borders() {
        for (address, proxied) in [
            ("104.15.255.255", false),
            ("104.16.0.0", true),
            ("104.27.255.255", true),
            ("104.28.0.0", false),
            ("172.63.255.255", false),
            ("172.64.0.0", true),
            ("172.71.255.255", true),
            ("172.72.0.0", false),
            ("131.0.75.255", true),
            ("131.0.76.0", false),
            ("81.2.3.4", false),
            ("2606:4700::6810:84e5", true),
            ("2606:4701::", false),
            ("2a06:98c7:ffff::1", true),
            ("2a06:98c8::", false),
            ("2a00:1450::1", false),
        ] {
            let found = web_proxy(address.parse().expect(address));
            assert_eq!(found.is_some(), proxied, "{address}");
        }
    }

    #[test]
    fn each_range_at_its_borders() {
        for (address, expected) in [
            ("9.255.255.255", None),
            ("10.0.0.0", Some(Special::Private)),
            ("11.0.0.0", None),
            ("172.15.255.255", None),
            ("172.16.0.0", Some(Special::Private)),
            ("172.31.255.255", Some(Special::Private)),
            ("172.32.0.0", None),
            ("192.168.1.1", Some(Special::Private)),
            ("192.169.0.0", None),
            ("100.63.255.255", None),
            ("100.64.0.0", Some(Special::CarrierGradeNat)),
            ("100.127.255.255", Some(Special::CarrierGradeNat)),
            ("100.128.0.0", None),
            ("127.0.0.1", Some(Special::Loopback)),
            ("169.254.4.205", Some(Special::LinkLocal)),
            ("198.51.100.7", Some(Special::Documentation)),
            ("198.17.255.255", None),
            ("198.18.0.0", Some(Special::Reserved)),
            ("223.255.255.255", None),
            ("224.0.0.1", Some(Special::Multicast)),
            ("240.0.0.1", Some(Special::Reserved)),
            ("0.0.0.0", Some(Special::Reserved)),
            ("::1", Some(Special::Loopback)),
            ("::", Some(Special::Reserved)),
            ("fd00::1", Some(Special::Private)),
            ("fe80::1", Some(Special::LinkLocal)),
            ("ff02::1", Some(Special::Multicast)),
            ("2001:db8::1", Some(Special::Documentation)),
            ("3fff::1", Some(Special::Documentation)),
            ("2001:4860:4860::8888", None),
            ("2a00:1450::1", None),
            ("64:ff9b::5102:304", None),
            // NAT64: 10.7.7.7, 127.7.7.7, 192.168.0.1, 169.254.169.254, 100.64.0.1.
            ("64:ff9b::a07:707", Some(Special::Private)),
            ("64:ff9b::7f07:707", Some(Special::Loopback)),
            ("64:ff9b::192.168.0.1", Some(Special::Private)),
            ("64:ff9b::169.254.169.254", Some(Special::LinkLocal)),
            ("64:ff9b::100.64.0.1", Some(Special::CarrierGradeNat)),
            ("64:ff9b::0.0.0.0", Some(Special::Reserved)),
            ("64:ff9b::255.255.255.255", Some(Special::Reserved)),
            ("64:ff9b::9.255.255.255", None),
            ("64:ff9b::11.0.0.0", None),
            ("64:ff9b:0:0:0:1:a07:707", Some(Special::Reserved)),
            ("64:ff9b:1::a07:707", Some(Special::Private)),
            ("64:ff9b:1::81.2.3.4", Some(Special::Reserved)),
            ("2002:a07:707::1", Some(Special::Private)),
            ("2002:7f00:1::1", Some(Special::Loopback)),
            ("2002:5102:304::1", Some(Special::Reserved)),
            ("2002:c000:204::1", Some(Special::Documentation)),
            // Teredo: the client's address with every bit turned.
            ("2001:0:5102:304::f5f8:f8f8", Some(Special::Private)),
            ("2001:0:5102:304::aefd:fcfb", Some(Special::Reserved)),
            ("2a00:1450::5efe:10.7.7.7", Some(Special::Private)),
            ("2a00:1450::200:5efe:10.7.7.7", Some(Special::Private)),
            ("2a00:1450::200:5efe:81.2.3.4", None),
            ("::ffff:10.0.0.1", Some(Special::Private)),
            ("::ffff:127.0.0.1", Some(Special::Loopback)),
            ("::ffff:81.2.3.4", Some(Special::Reserved)),
            ("::ffff:0:10.0.0.1", Some(Special::Private)),
            ("::10.0.0.1", Some(Special::Private)),
            ("::81.2.3.4", Some(Special::Reserved)),
        ] {
            assert_eq!(
                special(address.parse().expect(address)),
                expected,
                "{address}"
            );
        }
    }
}
