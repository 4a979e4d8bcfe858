//! Advice before the set-up: which variant of the domain choice fits what DNS shows (guide,
//! chapter 10), what would break, and what exactly is to be entered. Pure: a survey in, advice out.

mod warnings;

use std::net::{IpAddr, Ipv4Addr};

use crate::facts::{DnsOutcome, Lookup, Srv, Survey, Target};
use crate::known::ranges::{self, Special};
use crate::model::finding::Note;
use crate::model::names::{Domain, Fqdn};
use crate::model::plan::FEDERATION_PORT;

/// What the server is called where nobody says otherwise; the guide's own example.
const HOST: &str = "xphone";

/// What somebody wants to set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The domain that the XPhone domain is to be, or that it is to be chosen for.
    pub domain: Domain,
    /// The FQDN, where it is chosen already.
    pub fqdn: Option<Fqdn>,
    /// The address, where it is known already.
    pub ip: Option<Ipv4Addr>,
    /// The variant, where it is chosen already.
    pub variant: Option<Variant>,
}

/// A way to share, or not to share, the domain with another chat server (guide, chapter 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// No other chat server: the e-mail domain itself.
    Email,
    /// Variant 1: XPhone without federation.
    Without,
    /// Variant 2: XPhone takes over from Teams.
    TakeOver,
    /// Variant 3: a domain of its own beside Teams.
    Own,
}

impl Variant {
    /// The variant's number in the guide; 0 for the one that needs none.
    pub fn number(self) -> i64 {
        match self {
            Self::Email => 0,
            Self::Without => 1,
            Self::TakeOver => 2,
            Self::Own => 3,
        }
    }
}

/// What a variant was chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The user said so.
    Asked,
    /// The SRV record points to Microsoft: Teams answers for the domain.
    TeamsAnswers,
    /// Microsoft 365 holds the domain, and the SRV record already points elsewhere.
    TakenOver,
    /// Microsoft 365 holds the domain; whether Teams chats with others cannot be seen.
    Tenant,
    /// The domain above has the mail: it is a domain of its own already.
    Beside,
    /// DNS shows no mail and no Microsoft 365: a domain for chat only.
    ChatOnly,
    /// DNS shows mail, and no Microsoft 365.
    NoTeams,
    /// Public DNS does not know the domain.
    Missing,
    /// DNS did not say enough.
    Unknown,
}

impl Basis {
    /// The key of the reason in the texts.
    pub fn key(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::TeamsAnswers => "teams-answers",
            Self::TakenOver => "taken-over",
            Self::Tenant => "tenant",
            Self::Beside => "beside",
            Self::ChatOnly => "chat-only",
            Self::NoTeams => "no-teams",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        }
    }
}

/// The advice.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// Mail servers; here and below `None` where nobody answered.
    pub mail: Option<Vec<String>>,
    /// Traces of Microsoft 365.
    pub microsoft: Option<Vec<String>>,
    /// The SRV records of the domain as it is.
    pub srv: Option<Vec<String>>,
    /// The addresses of the FQDN.
    pub addresses: Option<Vec<String>>,
    /// The variant that fits.
    pub variant: Variant,
    /// Why.
    pub basis: Basis,
    /// Where XPhone would get a domain of its own.
    pub own: Domain,
    /// What keeps its own chat then: the e-mail domain.
    pub beside: Domain,
    /// What is to be entered.
    pub sheet: Sheet,
    /// What would break, or has to be known before.
    pub warnings: Vec<Note>,
}

/// What is to be entered where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The XPhone domain.
    pub domain: Domain,
    /// The public name of the server.
    pub fqdn: Fqdn,
    /// The zone that the records belong into.
    pub zone: Domain,
    /// The public address, where it is known.
    pub address: Option<Ipv4Addr>,
    /// The server's own address, where it is known.
    pub lan: Option<Ipv4Addr>,
    /// Whether the A record is there already.
    pub a: Entry,
    /// An alias stands in its place, and has to go.
    pub alias: bool,
    /// Whether the SRV record is there already.
    pub record: Entry,
}

/// How a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// To be created.
    New,
    /// Published as it should be.
    Published,
    /// Something else is published in its place.
    Differs,
}

impl Sheet {
    /// The owner of a record as forms and PowerShell want it: relative to the zone, `@` for the
    /// zone itself.
    pub fn relative<'a>(&self, name: &'a str) -> &'a str {
        match name.strip_suffix(self.zone.as_str()) {
            Some("") => "@",
            Some(before) => before.strip_suffix('.').unwrap_or(name),
            None => name,
        }
    }
}

/// The domain of its own that XPhone gets beside Teams: what a given FQDN lies in, else a name
/// directly below the domain.
pub fn own_domain(wish: &Wish) -> Domain {
    let given = wish.fqdn.as_ref().and_then(|fqdn| {
        let name = match fqdn.labels_below(&wish.domain)? {
            0 => return None,
            1 => fqdn.as_str(),
            _ => fqdn.as_str().split_once('.')?.1,
        };
        Domain::parse(name).ok()
    });
    let suggested = || Domain::parse(&format!("{HOST}.{}", wish.domain)).ok();
    given
        .or_else(suggested)
        .unwrap_or_else(|| wish.domain.clone())
}

/// The FQDN for an XPhone domain: the one given, if partners can accept it; the one that the SRV
/// record names already; else a good one.
pub fn fqdn_for(domain: &Domain, wish: &Wish, srv: &Lookup) -> Fqdn {
    let fits = |fqdn: &Fqdn| fqdn.labels_below(domain).is_some();
    let published = || {
        srv.srv()
            .find_map(|srv| match Target::parse(&srv.target, domain) {
                Target::Host(fqdn) if fits(&fqdn) && fqdn.undoubled(domain).is_none() => Some(fqdn),
                _ => None,
            })
    };
    let given = wish.fqdn.clone().filter(fits);
    given
        .or_else(published)
        .unwrap_or_else(|| suggested(domain, wish))
}

fn suggested(domain: &Domain, wish: &Wish) -> Fqdn {
    let itself = || Fqdn::parse(domain.as_str()).expect("a domain is a host name, too");
    // A domain for chat only needs no further name below it.
    let named_so = domain.as_str().split('.').next() == Some(HOST);
    if *domain != wish.domain || named_so {
        return itself();
    }
    Fqdn::parse(&format!("{HOST}.{domain}")).unwrap_or_else(|_| itself())
}

/// The advice for this wish, by what DNS shows.
pub fn advise(wish: &Wish, survey: &Survey) -> Advice {
    let srv = srv_of(survey, &wish.domain);
    let microsoft = survey.microsoft_traces();
    let (variant, basis) = choose(wish, survey, srv, &microsoft);
    let (own, beside) = match wish.domain.parent() {
        Some(parent) if basis == Basis::Beside => (wish.domain.clone(), parent),
        _ => (own_domain(wish), wish.domain.clone()),
    };
    let domain = if variant == Variant::Own {
        own.clone()
    } else {
        wish.domain.clone()
    };
    let own_srv = srv_of(survey, &domain);
    let fqdn = fqdn_for(&domain, wish, own_srv);
    let published = host(survey, &fqdn);
    let sheet = sheet(wish, survey, domain, fqdn);
    let mut advice = Advice {
        mail: shown(&survey.mx, survey.mx.mail_servers()),
        // What was seen counts; that there is nothing is known only once all have answered.
        microsoft: (survey.shows_all_hints() || !microsoft.is_empty()).then_some(microsoft),
        srv: shown(srv, srv.srv().map(Srv::to_string).collect()),
        addresses: published.and_then(|lookup| {
            let addresses = lookup.addresses().map(|address| address.to_string());
            shown(lookup, addresses.collect())
        }),
        variant,
        basis,
        own,
        beside,
        sheet,
        warnings: Vec::new(),
    };
    advice.warnings = warnings::warnings(wish, survey, &advice);
    advice
}

fn choose(wish: &Wish, survey: &Survey, srv: &Lookup, microsoft: &[String]) -> (Variant, Basis) {
    if let Some(variant) = wish.variant {
        return (variant, Basis::Asked);
    }
    let targets: Vec<Target> = srv
        .srv()
        .map(|srv| Target::parse(&srv.target, &wish.domain))
        .collect();
    if targets.iter().any(Target::is_microsoft) {
        return (Variant::Own, Basis::TeamsAnswers);
    }
    if !microsoft.is_empty() {
        return if targets.iter().any(Target::is_host) {
            (Variant::TakeOver, Basis::TakenOver)
        } else {
            (Variant::Own, Basis::Tenant)
        };
    }
    let denied = |lookup: &Lookup| matches!(lookup.answer(), DnsOutcome::NoName { .. });
    let mail_above = survey
        .above
        .as_ref()
        .map(Lookup::mail_servers)
        .unwrap_or_default();
    if survey.mx.mail_servers().is_empty() && !mail_above.is_empty() {
        return (Variant::Own, Basis::Beside);
    }
    let basis = if denied(&survey.soa) && denied(&survey.mx) && denied(srv) {
        Basis::Missing
    } else if !survey.shows_all_hints() || !srv.answer().is_conclusive() {
        Basis::Unknown
    } else if survey.mx.mail_servers().is_empty() {
        Basis::ChatOnly
    } else {
        Basis::NoTeams
    };
    (Variant::Email, basis)
}

fn shown(lookup: &Lookup, values: Vec<String>) -> Option<Vec<String>> {
    lookup.answer().is_conclusive().then_some(values)
}

fn srv_of<'a>(survey: &'a Survey, domain: &Domain) -> &'a Lookup {
    let name = domain.srv_name();
    let own = survey.srv.iter().find(|lookup| lookup.name == name);
    own.unwrap_or_else(|| &survey.srv[0])
}

fn host<'a>(survey: &'a Survey, fqdn: &Fqdn) -> Option<&'a Lookup> {
    let mut hosts = survey.hosts.iter();
    hosts.find(|lookup| lookup.name == fqdn.as_str())
}

fn sheet(wish: &Wish, survey: &Survey, domain: Domain, fqdn: Fqdn) -> Sheet {
    let published: Vec<IpAddr> = host(survey, &fqdn)
        .map(|lookup| lookup.addresses().collect())
        .unwrap_or_default();
    let given = wish.ip.filter(|ip| ranges::special((*ip).into()).is_none());
    let found = published.iter().find_map(|address| match address {
        IpAddr::V4(address) if ranges::special(IpAddr::V4(*address)).is_none() => Some(*address),
        _ => None,
    });
    let address = given.or(found);
    let alias = host(survey, &fqdn).is_some_and(|lookup| !lookup.aliases().is_empty());
    let a = match address {
        _ if alias => Entry::Differs,
        _ if published.is_empty() => Entry::New,
        Some(address) if published == [IpAddr::V4(address)] => Entry::Published,
        _ => Entry::Differs,
    };
    let lan = wish
        .ip
        .filter(|ip| ranges::special((*ip).into()) == Some(Special::Private));
    let records: Vec<&Srv> = srv_of(survey, &domain).srv().collect();
    let right =
        |srv: &Srv| srv.port == FEDERATION_PORT && srv.target.eq_ignore_ascii_case(fqdn.as_str());
    let record = match records.as_slice() {
        [] => Entry::New,
        [only] if right(only) => Entry::Published,
        _ => Entry::Differs,
    };
    Sheet {
        zone: zone(survey, wish),
        domain,
        fqdn,
        address,
        lan,
        a,
        alias,
        record,
    }
}

/// The zone that holds the domain, as its SOA says; the domain itself where that is not known.
fn zone(survey: &Survey, wish: &Wish) -> Domain {
    let apex = match survey.soa.answer() {
        DnsOutcome::NoData {
            zone: Some(apex), ..
        } => Domain::parse(apex).ok().filter(|apex| {
            Fqdn::parse(wish.domain.as_str()).is_ok_and(|name| name.labels_below(apex).is_some())
        }),
        // A name that is not there yet, below a domain that is.
        DnsOutcome::NoName { .. } => {
            let mail = survey
                .above
                .as_ref()
                .map(Lookup::mail_servers)
                .unwrap_or_default();
            wish.domain.parent().filter(|_| !mail.is_empty())
        }
        _ => None,
    };
    apex.unwrap_or_else(|| wish.domain.clone())
}

#[cfg(test)]
mod tests;
