//! Asks DNS questions, of the views and of the zone's own servers. Names are always absolute: no
//! search suffix is ever appended (guide, chapter 13).
//!
//! Not hickory's `Resolver`: it hides what has to be reported – which server said what, refusals,
//! extended errors, closed ports. Its codec and its reader of the system's configuration are used.

mod claims;
pub(super) mod common;
pub(super) mod control;
pub(super) mod delegation;
pub(super) mod entitled;
pub(super) mod exchange;
mod published;
pub(super) mod servers;
pub(super) mod signing;
pub(super) mod suffixes;
mod view;

use std::time::Duration;

use futures_util::future::join_all;

use super::Context;
use crate::facts::{AuthorityFacts, Lookup, RecordType};
use crate::wire::dns::{Question, Role};

/// How long the zone's other servers may think once one of them has answered.
const GRACE: Duration = Duration::from_millis(500);

/// Asks every view at once.
pub(crate) async fn look_up(cx: &Context, name: &str, record: RecordType) -> Lookup {
    look_up_as(cx, name, record, Role::Resolver).await
}

async fn look_up_as(cx: &Context, name: &str, record: RecordType, role: Role) -> Lookup {
    let question = Question { name, record, role };
    let views = cx.plan.views.iter();
    let answers = join_all(views.map(|view| view::ask(cx, view, question))).await;
    Lookup {
        answers,
        ..Lookup::of(name, record)
    }
}

/// Asks every view and those who are entitled to answer at once.
pub(crate) async fn look_up_everywhere(
    cx: &Context,
    authority: Option<&AuthorityFacts>,
    name: &str,
    record: RecordType,
) -> Lookup {
    let (seen, entitled) = tokio::join!(
        look_up(cx, name, record),
        entitled::ask(cx, authority, name, record)
    );
    entitled.beside(seen)
}
