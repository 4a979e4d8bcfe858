//! Advice before the set-up: which variant of the domain choice fits what DNS shows (guide,
//! chapter 10), what would break, and what exactly is to be entered. Pure: a survey in, advice out.

mod direct;
mod place;
mod sheet;
mod warnings;
mod wish;

use strum::IntoStaticStr;

use crate::facts::{Alias, DnsOutcome, Lookup, RelevantCaa, Srv, Survey, Target};
use crate::known::microsoft;
use crate::model::finding::Note;
use crate::model::names::{Domain, Fqdn};

pub use direct::{Purpose, Side};
pub use place::Place;
use sheet::sheet;
pub use sheet::{Entry, Sheet, TTL};
pub use wish::{Variant, Wish, fqdn_for, own_domain};

/// What a variant was chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
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
        self.into()
    }
}

/// What to set up, and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// Mail servers; here and below `None` where nobody answered.
    pub mail: Option<Vec<String>>,
    /// Traces of Microsoft 365.
    pub microsoft: Option<Vec<String>>,
    /// The SRV records of the domain as it is.
    pub srv: Option<Vec<String>>,
    /// Those of the XPhone domain, which in variant 3 is another one.
    pub own_srv: Option<Vec<String>>,
    /// The addresses of the FQDN.
    pub addresses: Option<Vec<String>>,
    /// Its IPv6 addresses.
    pub ipv6: Option<Vec<String>>,
    /// The CAA records that count for it, each with the name that it stands at.
    pub caa: Option<Vec<String>>,
    /// The variant that fits.
    pub variant: Variant,
    /// Why.
    pub basis: Basis,
    /// Where XPhone would get a domain of its own.
    pub own: Domain,
    /// What keeps its own chat then: the e-mail domain.
    pub beside: Domain,
    /// Those of these domains that public DNS does not know.
    pub missing: Vec<Domain>,
    /// What is to be entered.
    pub sheet: Sheet,
    /// Of something that it rests on, only an internal DNS was heard: what is to be entered is for the public
    /// zone, unseen.
    pub is_internal: bool,
    /// What would break, or has to be known before.
    pub warnings: Vec<Note>,
}

/// The advice for this wish, by what DNS shows.
pub fn advise(wish: &Wish, survey: &Survey) -> Advice {
    let srv = survey.srv_of(&wish.domain);
    let microsoft = traces(survey, srv, &wish.domain);
    let (variant, basis) = choose(wish, survey, srv, &microsoft);
    let (own, beside) = match wish.domain.parent() {
        Some(parent) if variant == Variant::Own && wish.own.is_none() && is_beside(survey) => {
            (wish.domain.clone(), parent)
        }
        _ => (own_domain(wish), wish.domain.clone()),
    };
    let missing = missing(wish, survey, variant, &own);
    let domain = if variant == Variant::Own {
        own.clone()
    } else {
        wish.domain.clone()
    };
    let own_srv = survey.srv_of(&domain);
    let fqdn = fqdn_for(&domain, wish, own_srv);
    let own_srv = records(own_srv);
    let addresses = |lookup: Option<&Lookup>| {
        lookup.and_then(|lookup| {
            let addresses = lookup.addresses().map(|address| address.to_string());
            conclusive(lookup, addresses.collect())
        })
    };
    let published = addresses(survey.host(&fqdn));
    let (ipv6, caa) = (addresses(survey.host_v6(&fqdn)), caa(survey, &fqdn));
    let sheet = sheet(wish, survey, domain, fqdn);
    let mut advice = Advice {
        mail: conclusive(&survey.mx, survey.mx.mail_servers()),
        // Any trace counts. That there are none is known only once everything was answered.
        microsoft: (survey.shows_all_hints() || !microsoft.is_empty()).then_some(microsoft),
        srv: records(srv),
        own_srv,
        addresses: published,
        ipv6,
        caa,
        variant,
        basis,
        own,
        beside,
        missing,
        sheet,
        is_internal: survey.internal.is_some(),
        warnings: Vec::new(),
    };
    advice.warnings = warnings::warnings(wish, survey, &advice);
    advice
}

/// The CAA records that a CA goes by: those of the nearest name that has any.
fn caa(survey: &Survey, fqdn: &Fqdn) -> Option<Vec<String>> {
    let server = survey.renewal_of(fqdn, Vec::new());
    match server.relevant_caa(survey.host(fqdn)) {
        RelevantCaa::None => Some(Vec::new()),
        RelevantCaa::At(name, records) => {
            let written = records.iter().map(|caa| format!("{name}. CAA {caa}"));
            Some(written.collect())
        }
        RelevantCaa::Failed(..) | RelevantCaa::Unproven | RelevantCaa::Unknown => None,
    }
}

/// What shows that Microsoft 365 holds the domain. The SRV record is the last to be named, since it is
/// shown by itself, too.
fn traces(survey: &Survey, srv: &Lookup, domain: &Domain) -> Vec<String> {
    let is_edge = |srv: &&Srv| Target::parse(&srv.target, domain).is_meant_for_microsoft();
    let edges = srv.srv().filter(is_edge);
    let edges = edges.map(|srv| format!("SRV {}", srv.target));
    // An alias in its place shows as much, though nobody is led by it.
    let is_service = |alias: &&Alias| microsoft::is_service(&alias.target);
    let aliases = srv.aliases().iter().filter(is_service);
    let aliases = aliases.map(|alias| format!("{} CNAME {}", alias.name, alias.target));
    let traces = survey.microsoft_traces().into_iter();
    traces.chain(aliases).chain(edges).collect()
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
    if is_beside(survey) {
        return (Variant::Own, Basis::Beside);
    }
    let basis = if is_denied(survey, srv) {
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

/// Whether the domain has no mail, and the one above it has: a domain for chat beside that one.
fn is_beside(survey: &Survey) -> bool {
    let above = survey.above.as_ref().map(Lookup::mail_servers);
    survey.mx.mail_servers().is_empty() && above.is_some_and(|servers| !servers.is_empty())
}

fn denies(lookup: &Lookup) -> bool {
    matches!(lookup.answer(), DnsOutcome::NoName { .. })
}

/// Whether public DNS does not know the domain.
fn is_denied(survey: &Survey, srv: &Lookup) -> bool {
    denies(&survey.soa) && denies(&survey.mx) && denies(srv)
}

/// The domains of the plan that public DNS does not know, whatever variant was chosen. A name below a
/// domain that is there comes with its first record.
fn missing(wish: &Wish, survey: &Survey, variant: Variant, own: &Domain) -> Vec<Domain> {
    let mut missing = Vec::new();
    if is_denied(survey, survey.srv_of(&wish.domain)) && !is_beside(survey) {
        missing.push(wish.domain.clone());
    }
    let is_elsewhere = own.below(&wish.domain).is_none();
    let is_unknown = denies(&survey.own_soa) && denies(survey.srv_of(own));
    if variant == Variant::Own && is_elsewhere && is_unknown {
        missing.push(own.clone());
    }
    missing
}

/// The SRV records of a look-up.
fn records(srv: &Lookup) -> Option<Vec<String>> {
    conclusive(srv, srv.srv().map(Srv::to_string).collect())
}

/// These values, if the look-up told whether there are any.
fn conclusive(lookup: &Lookup, values: Vec<String>) -> Option<Vec<String>> {
    lookup.answer().is_conclusive().then_some(values)
}

#[cfg(test)]
mod tests;
