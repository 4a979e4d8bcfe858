//! What DNS shows before the set-up.

use super::Lookup;

/// The answers that advice on the set-up rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// SOA of the domain.
    pub soa: Lookup,
    /// MX of the domain.
    pub mx: Lookup,
    /// TXT of the domain: Microsoft 365 proves domains by one.
    pub txt: Lookup,
    /// A of the names that Microsoft's clients look for: the aliases count.
    pub services: Vec<Lookup>,
    /// SRV of the domain, and of the separate domain that XPhone might get.
    pub srv: Vec<Lookup>,
    /// A of the FQDNs that the server may get.
    pub hosts: Vec<Lookup>,
    /// MX of the domain above, where there can be one: the e-mail domain of a domain for chat.
    pub above: Option<Lookup>,
}

impl Survey {
    /// Every answer, in the order in which they are read.
    pub fn lookups(&self) -> impl Iterator<Item = &Lookup> {
        let Self {
            soa,
            mx,
            txt,
            services,
            srv,
            hosts,
            above,
        } = self;
        [soa, mx, txt]
            .into_iter()
            .chain(services)
            .chain(srv)
            .chain(hosts)
            .chain(above)
    }

    /// True if everything that could show Microsoft 365 was answered.
    pub fn shows_all_hints(&self) -> bool {
        let mut hints = [&self.mx, &self.txt].into_iter().chain(&self.services);
        hints.all(|lookup| lookup.answer().is_conclusive())
    }
}
