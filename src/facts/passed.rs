//! The zones that partners come through on the way to the servers of another one, where not every resolver gets
//! past them.

use serde::{Deserialize, Serialize};

use super::{Alias, Marks, NameServer, Rcode, ToCookie};

/// A zone on the way of which every server that was asked stops some resolvers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// Its apex.
    pub zone: String,
    /// Those of its servers that mind how they are asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub minding: Vec<Minding>,
    /// Those whose names are aliases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliased: Vec<Alias>,
    /// All its servers, one address of each, where none of them has an IPv4 address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ipv6_only: Vec<NameServer>,
}

/// A server that answers, though not those who ask as BIND does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minding {
    /// Which one.
    pub server: NameServer,
    /// Its error where it is asked with EDNS, as in [`Marks::to_edns`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_edns: Option<Rcode>,
    /// What it does at the sight of a cookie, as in [`Marks::to_cookie`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_cookie: Option<ToCookie>,
    /// What it sends malformed, as in [`Marks::malformed_option`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub malformed_option: Option<u16>,
}

impl Minding {
    /// What this answer shows of the server; `None` where it minds nothing.
    pub fn by(server: &NameServer, marks: &Marks) -> Option<Self> {
        let Marks {
            to_edns,
            to_cookie,
            malformed_option,
            ..
        } = marks;
        let minds = to_edns.is_some() || to_cookie.is_some() || malformed_option.is_some();
        minds.then(|| Self {
            server: server.clone(),
            to_edns: to_edns.clone(),
            to_cookie: to_cookie.clone(),
            malformed_option: *malformed_option,
        })
    }
}
