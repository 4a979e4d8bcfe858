//! What the name of a place tells: hosts and accounts of whoever looked.

use crate::facts::{Outlook, PlaceFailure, WhyNot};
use crate::model::vantage::{Login, Vantage};

/// The place without its name, and without the words of its failure: they name hosts and accounts.
pub(super) fn hidden(place: Outlook, number: usize) -> Outlook {
    let at = match place.at {
        Vantage::Here => Vantage::Here,
        Vantage::Ssh(_) => Vantage::Ssh(Login {
            user: None,
            host: format!("place-{}", number + 1),
            port: None,
        }),
    };
    let failure = place.failure.map(|failure| PlaceFailure {
        detail: match failure.why {
            WhyNot::NoSsh | WhyNot::NotGreeted | WhyNot::Broken | WhyNot::NoRequest => {
                String::new()
            }
            WhyNot::Silent
            | WhyNot::Newer
            | WhyNot::Late
            | WhyNot::TooOften
            | WhyNot::TooMany
            | WhyNot::Uncounted
            | WhyNot::Unsettled => failure.detail,
        },
        why: failure.why,
    });
    Outlook {
        at,
        failure,
        ..place
    }
}
