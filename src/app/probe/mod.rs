//! `xfed probe`: looks from this machine for an xfed in another place, which judges. It reads
//! requests on standard input and answers with facts; what may be asked is in `wire::vantage`, and
//! how this machine looks is for its own `xfed.toml` alone to say.
//!
//! Whoever holds the key of an account that can do this and nothing else may be a stranger one day:
//! requests are bounded in length, in number and by the hour, and the command that a login wanted
//! instead (`SSH_ORIGINAL_COMMAND`) is never read.

mod ledger;
mod lines;

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::runtime::{Builder, Runtime};

use super::console::Console;
use super::error::Error;
use crate::config::{self, CommandLine, Configuration, Quota, Settings, Target, public_key};
use crate::engine;
use crate::model::plan::Plan;
use crate::probe::shared::Shared;
use crate::report::FACTS_SCHEMA;
use crate::wire::vantage::{self, Answer, Hello, Refusal, Request, Seen};
use ledger::Ledger;
use lines::{Line, Lines};

/// Requests of one connection.
const MAX_REQUESTS: usize = 200;
/// A connection on which nothing is asked for so long is of no more use.
const IDLE: Duration = Duration::from_secs(120);

/// Prints what goes into `~/.ssh/authorized_keys`.
pub(super) fn authorize(file: &Path, quota: Quota, console: &mut Console<'_>) -> Result<u8, Error> {
    let key = public_key(file)?;
    let only = format!("command=\"xfed probe --stdio --max-domains {quota}\",restrict");
    console.print(format!("{only} {key}\n").as_bytes())
}

/// Answers until nobody asks any more.
pub(super) fn run(
    quota: Quota,
    file: Option<&Configuration>,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let ledger = Ledger::of_this_account(quota);
    let mut lines = Lines::of_stdin();
    let hello = Hello::own(FACTS_SCHEMA, OffsetDateTime::now_utc());
    say(&hello, console.out)?;
    let mut count = 0;
    loop {
        let answer = match lines.next(IDLE) {
            Line::Ended => break,
            Line::TooLong => Answer::Refused(Refusal::TooLong),
            Line::Whole(_) if count == MAX_REQUESTS => Answer::Refused(Refusal::TooMany),
            Line::Whole(line) => answer(&line, &ledger, file, &runtime),
        };
        count += 1;
        say(&answer, console.out)?;
        if matches!(answer, Answer::Refused(Refusal::TooLong | Refusal::TooMany)) {
            break;
        }
    }
    // A certificate store that hangs must not hold up the end.
    runtime.shutdown_background();
    Ok(0)
}

fn say<T: serde::Serialize>(said: &T, out: &mut dyn Write) -> Result<(), Error> {
    let line = vantage::write(said).map_err(io::Error::other)?;
    out.write_all(&line)?;
    out.flush()?;
    Ok(())
}

fn answer(line: &[u8], ledger: &Ledger, file: Option<&Configuration>, runtime: &Runtime) -> Answer {
    let now = OffsetDateTime::now_utc();
    let seen = vantage::read::<Request>(line)
        .map_err(Refusal::NoRequest)
        .and_then(|request| settle(&request, file, now))
        .and_then(|settings| ledger.take(now.unix_timestamp()).map(|()| settings))
        .map(|settings| runtime.block_on(look(settings)));
    match seen {
        Ok(seen) => Answer::Seen(Box::new(seen)),
        Err(refusal) => Answer::Refused(refusal),
    }
}

/// What this machine does about a domain: nothing of it comes with the request.
fn settle(
    request: &Request,
    file: Option<&Configuration>,
    now: OffsetDateTime,
) -> Result<(Plan, Shared), Refusal> {
    let Request {
        domain,
        federation,
        partner,
        fqdn,
    } = request;
    let target = Target::asked_for(domain, *federation, *partner, fqdn.as_ref());
    let command = CommandLine::default();
    let settle = || {
        let settings = Settings::new(&command, file, now)?;
        Ok((settings.planner.plan(&target)?, settings.shared))
    };
    settle().map_err(|_: config::Error| Refusal::Unsettled)
}

async fn look((plan, shared): (Plan, Shared)) -> Seen {
    let check = engine::gather(Arc::new(plan), Arc::new(shared)).await;
    Seen::by(check.terms, check.elapsed_us, check.facts)
}
