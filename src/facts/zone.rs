//! The domain itself in DNS, and the servers that speak for it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::{Alias, DnsOutcome, Lookup, Marks, Pace, Passed, Refusal, SigningFacts, ToCookie};
use crate::known::ranges;
use crate::model::plan::View;

/// The domain in DNS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZoneFacts {
    /// SOA of the domain; NODATA for a domain inside a larger zone.
    pub soa: Lookup,
    /// MX of the domain.
    pub mx: Lookup,
    /// Its TXT records: Microsoft 365 proves domains by one. Open federation only.
    #[serde(default)]
    pub txt: Option<Lookup>,
    /// A of names that Microsoft's clients look for; their aliases count. Open federation only.
    #[serde(default)]
    pub services: Vec<Lookup>,
    /// A of a random name below the domain: what answers is a wildcard.
    #[serde(default)]
    pub wildcard: Option<Lookup>,
    /// The zone's own servers; `None` when they were not looked for or not found.
    #[serde(default)]
    pub authority: Option<AuthorityFacts>,
    /// The top-level domain, where the views answer for that and keep silent for the domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_above: Option<String>,
    /// A zone of the same name that only some network knows, where a view showed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal: Option<InternalZone>,
    /// Its signatures; `None` where the zone above was not heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<SigningFacts>,
    /// Those of the zones above it, and of those into which delegations and aliases lead, as far as
    /// keys are announced for them; from the top down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signing_elsewhere: Vec<SigningFacts>,
    /// How steadily and how fast name servers answer that the verdict rests on, where all of them at one
    /// question kept it waiting.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pace: Vec<Pace>,
    /// What some name servers do not load in the file of the zone, where that is what was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Refusal>,
    /// What the resolvers say of the top-level domain, where one of them has no answer to a question of the same kind
    /// that the verdict rests on: whether it is that question, or the resolver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<Lookup>,
}

/// A zone whose name servers nobody outside can ask: that of a company's own DNS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternalZone {
    /// Its apex.
    pub apex: String,
    /// Its name servers.
    pub servers: Vec<Unasked>,
    /// The views that answer from it.
    pub views: Vec<View>,
    /// The addresses that the domain itself has in it, where these are what shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
}

impl InternalZone {
    /// Marks the answers that come from it.
    pub fn mark(&self, lookup: &mut Lookup) {
        if is_within(&lookup.name, &self.apex) {
            self.mark_views(lookup);
        }
    }

    /// The same for a question that ends in it, wherever it began.
    pub fn mark_views(&self, lookup: &mut Lookup) {
        for answer in &mut lookup.answers {
            answer.internal |= self.views.contains(&answer.view);
        }
    }
}

impl Lookup {
    /// Whether nothing is known but what some network alone is told.
    pub fn is_only_internal(&self) -> bool {
        let mut answers = self.answers.iter();
        !self.answer().is_conclusive() && answers.any(|answer| answer.internal)
    }

    /// Marks the same views as in another look-up for the same name.
    pub fn mark_as_in(&mut self, other: &Self) {
        let is_marked = |view: &View| {
            let mut answers = other.answers.iter();
            answers.any(|answer| answer.internal && answer.view == *view)
        };
        for answer in &mut self.answers {
            answer.internal |= is_marked(&answer.view);
        }
    }
}

/// The servers that speak for a zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuthorityFacts {
    /// The zone they speak for: the domain, or one above it.
    pub apex: String,
    /// Their addresses, with the name each was found by; addresses that are not public, or not of
    /// a family in use, are left out and nobody asks them.
    pub servers: Vec<NameServer>,
    /// How many addresses were left out.
    pub left_out: usize,
    /// The name servers that nobody asks: left out, or without an address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unasked: Vec<Unasked>,
    /// Those of very many name servers that nobody looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beyond: Vec<String>,
    /// The name servers whose names lead whoever remembers nothing to no address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<LostServer>,
    /// The name servers whose names are aliases, and of what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliased: Vec<Alias>,
    /// The user named these servers, so their word counts and nobody's else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub given: bool,
    /// What the zone above says of them, where a resolver remembers something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegation: Option<Delegation>,
    /// What the servers of a zone above say of the way to them, where they do not say the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<Dispute>,
    /// How the servers of a zone on the way to their names lead some here and some there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parted: Option<Parted>,
    /// Where whoever remembers nothing does not get past the servers of a zone above: these here are only
    /// what a resolver knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impasse: Option<Impasse>,
    /// The zones on the way to these servers that not every resolver gets past.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<Passed>,
}

/// A zone on the way down from the top-level domain, none of whose servers says where a name below is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Impasse {
    /// The zone.
    pub zone: String,
    /// The name; they were asked for its name servers (NS), each of them twice.
    pub name: String,
    /// What each of them says, at last.
    pub servers: Vec<ServerAnswer>,
}

impl Impasse {
    /// Whether it is a top-level domain.
    pub fn is_top(&self) -> bool {
        !self.zone.contains('.')
    }
}

/// A zone that one server of the zone above hands on otherwise than another does: partners are led now this
/// way, now that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// The zone above.
    pub from: String,
    /// The zone that it hands on.
    pub at: String,
    /// What each of its servers says that was asked.
    pub words: Vec<Word>,
}

/// To whom one server of a zone hands another one on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Who says so.
    pub by: NameServer,
    /// The name servers, with such addresses as come along; none where it knows no such zone.
    pub servers: Vec<Unasked>,
}

/// A zone on the way to the names of some servers that is handed on in several ways. Whoever was led by one of them
/// asks those that he finds there, and no others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parted {
    /// Which zone, and who says what of it.
    pub dispute: Dispute,
    /// All the servers that are found by each of the ways.
    pub ways: Vec<Vec<SocketAddr>>,
}

/// To whom a zone is handed on by the one above it, though a resolver still asks others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// The zone above.
    pub from: String,
    /// The zone that it hands on, or that there is no longer.
    pub at: String,
    /// Which of its servers said so.
    pub by: Option<NameServer>,
    /// The name servers that it hands it on to; none where it knows no such zone.
    pub servers: Vec<String>,
    /// The servers that only the resolver names.
    pub remembered: Vec<Unasked>,
    /// These servers name themselves so, too: it is the resolver that is alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
}

/// One address of one name server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameServer {
    /// The name in the NS record; the address itself where it was given.
    pub name: String,
    /// The address and port that questions go to.
    pub address: SocketAddr,
    /// Only the servers of the zone name it, and not the zone above: hardly anybody is led to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
}

/// A name server that is not asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unasked {
    /// The name in the NS record.
    pub name: String,
    /// The address that was left out; `None` where the name has none.
    pub address: Option<IpAddr>,
}

impl fmt::Display for Unasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(address) => write!(f, "{} ({address})", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// A name server that nobody finds by its name, beginning at the top-level domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostServer {
    /// The name in the NS record.
    pub name: String,
    /// The zone in which it, or the way to it, ends.
    pub zone: String,
    /// How it ends there.
    pub how: Losing,
    /// The servers that were asked for it there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<NameServer>,
}

/// How the way to a name server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Losing {
    /// The zone above knows no zone in which it could be.
    NoZone,
    /// Its zone knows no such name, or no address of it.
    NoAddress,
    /// Some servers of its zone know no address of it, while others do.
    Disputed,
    /// The servers of its zone answer with errors.
    Fails,
    /// They do not answer.
    Silent,
    /// It is in the very zone that it serves, and the zone above gives no address (glue).
    NoGlue,
    /// To find it one has to have found it.
    Loop,
    /// To find it too many zones have to be found one after the other, each by a name in the next.
    TooFar,
    /// This zone, the one above or the very one that it serves, gives an address for it that leads nowhere outside of
    /// somebody's network or machine.
    Private,
}

impl LostServer {
    /// Whether it ends so for everybody. What is silent from here, or fails for a top-level domain, may be
    /// what stands before this network.
    pub fn is_sure(&self) -> bool {
        match self.how {
            Losing::Silent => false,
            Losing::Fails => self.zone.contains('.'),
            // Where the root could not be asked, nobody knows.
            Losing::NoZone => self.zone != "." || !self.by.is_empty(),
            Losing::NoAddress
            | Losing::Disputed
            | Losing::NoGlue
            | Losing::Loop
            | Losing::TooFar
            | Losing::Private => true,
        }
    }
}

impl Losing {
    /// The key of its words in the texts.
    pub fn key(self) -> &'static str {
        match self {
            Self::NoZone => "no-zone",
            Self::NoAddress => "no-address",
            Self::Disputed => "disputed",
            Self::Fails => "fails",
            Self::Silent => "silent",
            Self::NoGlue => "no-glue",
            Self::Loop => "loop",
            Self::TooFar => "too-far",
            Self::Private => "private",
        }
    }
}

impl AuthorityFacts {
    /// True if nobody outside finds an address that a question could go to: of each of these servers it
    /// is known why.
    pub fn is_lost(&self) -> bool {
        let is_known = |unasked: &Unasked| match unasked.address {
            Some(address) => ranges::special(address).is_some(),
            None => self.is_lost_for_sure(&unasked.name),
        };
        self.servers.is_empty() && !self.lost.is_empty() && self.unasked.iter().all(is_known)
    }

    fn is_lost_for_sure(&self, name: &str) -> bool {
        let mut lost = self.lost.iter();
        lost.any(|lost| lost.name == name && lost.is_sure())
    }

    /// True if these servers speak for this name.
    pub fn speaks_for(&self, name: &str) -> bool {
        is_within(name, &self.apex)
    }

    /// True if nobody on the internet can ask any of these servers: all their addresses are
    /// private. Such servers speak for an internal zone.
    pub fn is_internal(&self) -> bool {
        let addresses = || self.unasked.iter().filter_map(|server| server.address);
        let mut public = addresses().filter(|address| ranges::special(*address).is_none());
        self.servers.is_empty() && self.private().next().is_some() && public.next().is_none()
    }

    /// The addresses of these servers that lead nowhere outside of somebody's network or machine.
    pub fn private(&self) -> impl Iterator<Item = IpAddr> {
        let unasked = self.unasked.iter().filter(|_| !self.given);
        let addresses = unasked.filter_map(|server| server.address);
        addresses.filter(|address| ranges::special(*address).is_some())
    }
}

/// True if a name is this zone's apex or below it. Case does not matter, nor a final dot missing.
pub fn is_within(name: &str, apex: &str) -> bool {
    if apex == "." {
        return true;
    }
    let rest = name
        .len()
        .checked_sub(apex.len())
        .and_then(|at| name.split_at_checked(at));
    rest.is_some_and(|(before, end)| {
        end.eq_ignore_ascii_case(apex) && (before.is_empty() || before.ends_with('.'))
    })
}

/// Where a question left the zone of its name: to whom it was handed on, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    /// The zone that handed it on.
    pub from: String,
    /// The name at which it did: the delegated one, or the alias.
    pub at: String,
    /// What it is there.
    pub by: HandedBy,
    /// Who is entitled from there on; `None` where nobody could be found.
    pub to: Option<AuthorityFacts>,
    /// Who is entitled is the word of the zones above, from the top-level domain down: not that of some
    /// network's own DNS.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proven: bool,
    /// The servers that did not hand it on, but failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failing: Vec<ServerAnswer>,
}

/// What hands a question on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandedBy {
    /// NS records below the apex (RFC 1034 §4.3.2).
    Delegation,
    /// A CNAME that leads out of the zone.
    Alias,
    /// The name itself, which is in another zone.
    Name,
}

/// What one of the zone's own servers answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerAnswer {
    /// The server.
    pub server: NameServer,
    /// Its answer.
    pub outcome: DnsOutcome,
    /// How long it took, in microseconds.
    pub elapsed_us: u64,
    /// What it says of itself; `None` where there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
    /// The server whose alias led to this one, where others of its zone give no such alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub led_by: Option<NameServer>,
}

impl ServerAnswer {
    /// Whether whoever has asked this for a name above another goes on here, however he asks.
    pub(crate) fn lets_pass(&self) -> bool {
        let marks = self.marks.as_ref();
        let is_mute = marks.is_some_and(|marks| marks.to_cookie == Some(ToCookie::Silence));
        self.outcome.lets_pass() && !is_mute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who has an address that only this machine cannot ask may be asked by others.
    #[test]
    fn a_zone_is_internal_where_all_its_servers_are() {
        let servers = |addresses: &[&str]| AuthorityFacts {
            apex: "dyn.example".to_owned(),
            servers: Vec::new(),
            left_out: 0,
            unasked: addresses
                .iter()
                .map(|address| Unasked {
                    name: "dc.dyn.example".to_owned(),
                    address: address.parse().ok(),
                })
                .collect(),
            beyond: Vec::new(),
            lost: Vec::new(),
            aliased: Vec::new(),
            given: false,
            delegation: None,
            dispute: None,
            parted: None,
            impasse: None,
            passed: Vec::new(),
        };
        assert!(servers(&["10.1.2.3", "fd00::3"]).is_internal());
        assert!(!servers(&["10.1.2.3", "2a02:1:2::9"]).is_internal());
        assert!(!servers(&["none"]).is_internal());
    }
}
