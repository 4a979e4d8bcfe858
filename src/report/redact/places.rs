//! What the name of a place tells: hosts and accounts of whoever looked.

use crate::facts::{Outlook, PlaceFailure, WhyNot};
use crate::model::vantage::{Login, Site, Vantage};

/// The place without its name, and without the words of its failure: they name hosts and accounts.
pub(super) fn hidden(place: Outlook, number: usize) -> Outlook {
    let host = format!("place-{}", number + 1);
    let port = None;
    let at = match place.at {
        Vantage::Here => Vantage::Here,
        Vantage::Ssh(_) => Vantage::Ssh(Login {
            user: None,
            host,
            port,
        }),
        Vantage::Https(_) => Vantage::Https(Site { host, port }),
    };
    let failure = place.failure.map(|failure| PlaceFailure {
        detail: match failure.why {
            WhyNot::NoSsh
            | WhyNot::NotGreeted
            | WhyNot::Broken
            | WhyNot::NoRequest
            | WhyNot::NoProxy
            | WhyNot::ProxyLogin
            | WhyNot::ProxyRefused
            | WhyNot::ProxyKind
            | WhyNot::UntrustedName
            | WhyNot::Untrusted
            | WhyNot::Redirected
            | WhyNot::HttpStatus
            | WhyNot::NotXfed => String::new(),
            WhyNot::Silent
            | WhyNot::Newer
            | WhyNot::Late
            | WhyNot::TooOften
            | WhyNot::TooMany
            | WhyNot::Uncounted
            | WhyNot::Unsettled
            | WhyNot::Unresolved
            | WhyNot::Refused
            | WhyNot::NoWay
            | WhyNot::NoTls
            | WhyNot::UntrustedIssuer
            | WhyNot::UntrustedDate
            | WhyNot::NoToken
            | WhyNot::WrongToken
            | WhyNot::OtherName
            | WhyNot::NoPlace
            | WhyNot::TooFast => failure.detail,
        },
        why: failure.why,
    });
    Outlook {
        at,
        failure,
        ..place
    }
}
