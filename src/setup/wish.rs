//! What somebody wants to set up, and the names that follow from it.

use std::net::Ipv4Addr;

use crate::facts::{Lookup, Srv, Survey, Target};
use crate::model::names::{Domain, Fqdn};

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
    /// The domain of its own that XPhone gets beside Teams, where it is chosen already.
    pub own: Option<Domain>,
    /// The name that was typed for the domain, where that is the server's.
    pub typed: Option<Fqdn>,
}

impl Wish {
    /// The same for the domain above, where its SRV record leads to the name that was typed for the
    /// domain.
    pub fn for_the_domain_of(&self, survey: &Survey) -> Option<Self> {
        let parent = self.domain.parent()?;
        let server = Fqdn::parse(self.domain.as_str()).ok()?;
        let above = survey.above_srv.as_ref()?;
        let leads_here = |srv: &Srv| Target::parse(&srv.target, &parent).meant() == Some(&server);
        let has_own_record = survey.srv_of(&self.domain).srv().next().is_some();
        if has_own_record || !above.srv().any(leads_here) {
            return None;
        }
        Some(Self {
            domain: parent,
            fqdn: self.fqdn.clone().or_else(|| Some(server.clone())),
            typed: Some(server),
            ..self.clone()
        })
    }
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
    /// The variant as `--variant` takes it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Without => "1",
            Self::TakeOver => "2",
            Self::Own => "3",
        }
    }

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

/// The separate domain that XPhone gets beside Teams: the one that was chosen, else the one that a
/// given FQDN lies in, else a name directly below the domain.
pub fn own_domain(wish: &Wish) -> Domain {
    if let Some(own) = &wish.own {
        return own.clone();
    }
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

/// The FQDN for an XPhone domain: the one given, if partners can accept it, else the one that the
/// SRV record names already, else a suggestion.
pub fn fqdn_for(domain: &Domain, wish: &Wish, srv: &Lookup) -> Fqdn {
    let fits = |fqdn: &Fqdn| fqdn.labels_below(domain).is_some();
    let published = || {
        srv.srv()
            .find_map(|srv| match Target::parse(&srv.target, domain) {
                Target::Host(fqdn) if fits(&fqdn) => Some(fqdn),
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
    // A name below the company's domain that is for chat only needs no further one below it.
    let is_below = itself().labels_below(&wish.domain) > Some(0);
    let named_so = domain.as_str().split('.').next() == Some(HOST);
    if is_below || named_so {
        return itself();
    }
    Fqdn::parse(&format!("{HOST}.{domain}")).unwrap_or_else(|_| itself())
}
