//! `xfed listen`: checks the test partner, listens as one, judges what called.

mod reports;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use time::OffsetDateTime;
use tokio::net::TcpListener;

use self::reports::reports;
use super::console::Console;
use super::error::Error;
use super::file_names::Subject;
use super::interrupt::Interruption;
use super::publish::Publisher;
use crate::config::listen::{ListenOptions, Listening, read};
use crate::config::{CommandLine, Configuration};
use crate::engine;
use crate::judge::STEPS;
use crate::model::finding::{Severity, StepId};
use crate::model::labels::Labels;
use crate::model::limits::span;
use crate::model::names::Domain;
use crate::model::plan::{Plan, Redirect};
use crate::probe::listen::{Post, Transcript, listen};
use crate::probe::shared::Shared;
use crate::report::Report;
use crate::text::Texts;
use crate::wire::sip::partner::Identity;

/// Letters and digits that nobody takes for each other.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789x";

pub(super) fn run(
    command: &CommandLine<ListenOptions>,
    file: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let (listening, shared) = read(command, file, OffsetDateTime::now_utc())?;
    let shared = Arc::new(shared);
    console.announce_configuration(file, Some(listening.output.quiet), texts)?;
    let about = listening.expected.clone();
    let about = about.unwrap_or_else(|| listening.domain.clone());
    let output = listening.output.clone();
    let labels = Labels::default();
    let subject = Subject {
        domain: &about,
        labels: &labels,
    };
    // What cannot be written is known before anybody calls.
    Publisher::new(&output, texts, console.look, console.out, &[subject])?;
    let transcript = open(&listening)?;
    let interruption = Interruption::listen().unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let identity = identity(&listening, &shared, texts);
    let (sockets, own_faults) = runtime.block_on(async {
        let sockets = sockets(&listening)?;
        let own_faults = own_faults(&listening, &identity, &shared).await;
        Ok::<_, Error>((sockets, own_faults))
    })?;
    if !output.quiet {
        announce(&listening, &identity, &sockets, &own_faults, texts, console)?;
    }
    let reports = runtime.block_on(async {
        let written = transcript.as_ref().map(Arc::clone);
        let post = Post {
            transcript: written.map(|written| written as Transcript),
            ..post(&listening, identity)
        };
        let until = async {
            tokio::select! {
                () = tokio::time::sleep(listening.span) => {}
                () = interruption.come() => {}
            }
        };
        let heard = listen(sockets, post, &shared, until).await;
        reports(&listening, heard, own_faults, &shared).await
    });
    // A certificate store that hangs must not hold up the result.
    runtime.shutdown_background();
    if let Some((transcript, path)) = transcript.zip(listening.transcript.as_ref()) {
        let mut transcript = transcript.lock().unwrap_or_else(PoisonError::into_inner);
        let flushed = transcript.flush();
        flushed.map_err(|error| Error::WriteFile(path.clone(), error))?;
    }
    let has_calls = reports.iter().any(has_calls);
    let domains: Vec<Domain> = reports.iter().map(domain_of).collect();
    let subjects: Vec<Subject<'_>> = domains
        .iter()
        .map(|domain| Subject {
            domain,
            labels: &labels,
        })
        .collect();
    let mut publisher = Publisher::new(&output, texts, console.look, console.out, &subjects)?;
    for (place, report) in reports.into_iter().enumerate() {
        publisher.take(place, report);
    }
    let code = publisher.finish()?;
    match interruption.by() {
        Some(signal) if !has_calls => Ok(signal.exit_code()),
        _ => Ok(code),
    }
}

fn has_calls(report: &Report) -> bool {
    let calls = report.facts().calls.as_ref();
    calls.is_some_and(|calls| !calls.calls.is_empty())
}

fn domain_of(report: &Report) -> Domain {
    report.terms().domain.clone()
}

/// The file for what is said.
fn open(listening: &Listening) -> Result<Option<Arc<Mutex<BufWriter<File>>>>, Error> {
    let Some(path) = &listening.transcript else {
        return Ok(None);
    };
    let file = File::create(path).map_err(|error| Error::WriteFile(path.clone(), error))?;
    Ok(Some(Arc::new(Mutex::new(BufWriter::new(file)))))
}

/// Who listens, with a user that nobody else writes to.
fn identity(listening: &Listening, shared: &Shared, texts: &Texts) -> Identity {
    let random: [u8; 6] = shared.random();
    let code = random.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    Identity {
        fqdn: listening.fqdn.to_string(),
        domain: listening.domain.to_string(),
        user: format!("test-{}", code.iter().collect::<String>()),
        port: listening.port,
        expected: listening.expected.as_ref().map(ToString::to_string),
        echo: listening.echoes.then(|| texts.say("listen-reply", &[])),
    }
}

fn post(listening: &Listening, identity: Identity) -> Post {
    Post {
        identity,
        certificate: Arc::clone(&listening.certificate),
        plan: Arc::new(listening.plan.clone()),
        demand: listening.demand,
        names_authorities: listening.names_authorities,
        once: listening.once,
        transcript: None,
    }
}

/// Opens the port: for IPv4, and for IPv6 where there is any.
fn sockets(listening: &Listening) -> Result<Vec<TcpListener>, Error> {
    let wanted = match listening.bind {
        Some(address) => vec![address],
        None => vec![
            SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), listening.port),
            SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), listening.port),
        ],
    };
    let mut sockets = Vec::new();
    let mut failure = None;
    for address in wanted {
        let bound = std::net::TcpListener::bind(address).and_then(|socket| {
            socket.set_nonblocking(true)?;
            TcpListener::from_std(socket)
        });
        match bound {
            Ok(socket) => sockets.push(socket),
            Err(error) => failure = failure.or(Some(Error::Bind(address, error))),
        }
    }
    match failure {
        // On some systems the socket for IPv6 takes IPv4, too, and the other way round.
        Some(failure) if sockets.is_empty() => Err(failure),
        _ => Ok(sockets),
    }
}

/// What keeps partners from calling, whoever they are: a check of the test partner's own domain,
/// against a listener of its own on this machine. Whether the port is open from outside only a call
/// can show.
async fn own_faults(
    listening: &Listening,
    identity: &Identity,
    shared: &Arc<Shared>,
) -> Vec<String> {
    let Ok(socket) = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await else {
        return Vec::new();
    };
    let Ok(to) = socket.local_addr() else {
        return Vec::new();
    };
    let plan = Plan {
        redirects: vec![Redirect {
            published: None,
            to,
        }],
        compare: None,
        ..listening.plan.clone()
    };
    let post = post(listening, identity.clone());
    let (done, over) = tokio::sync::oneshot::channel::<()>();
    let until = async {
        let _ = over.await;
    };
    let checking = async {
        let report = engine::run(&STEPS, Arc::new(plan), Arc::clone(shared)).await;
        drop(done);
        report
    };
    let (report, _) = tokio::join!(checking, listen(vec![socket], post, shared, until));
    faults(&report)
}

fn faults(report: &Report) -> Vec<String> {
    let rows = report.rows.iter().filter(|row| row.step != StepId::Tcp);
    let findings = rows.flat_map(|row| &row.findings);
    let failures = findings.filter(|finding| finding.severity == Severity::Fail);
    let mut codes: Vec<String> = failures.map(|found| found.rule.code.to_owned()).collect();
    codes.dedup();
    codes
}

fn announce(
    listening: &Listening,
    identity: &Identity,
    sockets: &[TcpListener],
    own_faults: &[String],
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<(), Error> {
    let addresses = sockets.iter().filter_map(|socket| socket.local_addr().ok());
    let addresses: Vec<String> = addresses.map(|address| address.to_string()).collect();
    console.announce(&texts.say(
        "listen-begins",
        &[
            ("addresses", &addresses.join(", ")),
            ("fqdn", &identity.fqdn),
            ("span", &span(listening.span)),
        ],
    ))?;
    for code in own_faults {
        let headline = texts.headline_of_any(code).unwrap_or_default();
        let named = [("headline", headline.as_str()), ("code", code)];
        console.announce(&texts.say("listen-faulty", &named))?;
    }
    console.announce(&texts.say("listen-address", &[("address", &identity.address())]))
}
