//! A handshake that did not finish.

use std::time::Duration;

use super::super::any_step::DEADLINE_REACHED;
use super::{
    TLS_CLOSED, TLS_HANDSHAKE_FAILED, TLS_KEY_UNPROVEN, TLS_OVER_LIMIT, TLS_SILENT, enforced,
    greeting, refused,
};
use crate::facts::{Alert, Breach, EndpointFacts, Millis, TlsFacts, TlsOutcome, TlsVersion};
use crate::known::extensions;
use crate::model::finding::{Finding, Severity};
use crate::model::limits::{MAX_ANSWER, MAX_CONNECTION};
use crate::pki::kinds::Key;
use crate::pki::x509::Certificate;

/// A server that asks for a client certificate and refuses us because we have none does exactly what
/// it should, with an alert or, like many on Windows, without.
pub(super) fn judge(tls: &TlsFacts, endpoint: &EndpointFacts) -> Finding {
    let asked = tls.request.is_some() && tls.our_turn != Some(false);
    match &tls.outcome {
        TlsOutcome::Alert(alert)
            if asked && tls.presented && alert.is_about_shown_certificate() =>
        {
            refused(tls, &alert.name())
        }
        TlsOutcome::Closed | TlsOutcome::Reset if asked && tls.presented => refused(tls, "closed"),
        TlsOutcome::Alert(alert) if asked && alert.is_about_client_certificate() => {
            enforced(tls, &alert.name())
        }
        TlsOutcome::Alert(alert)
            if asked
                && tls.version == Some(TlsVersion::Tls12)
                && alert.is_about_no_certificate() =>
        {
            enforced(tls, &alert.name())
        }
        TlsOutcome::Alert(alert) if asked && alert.says_no_reason() => {
            failed(tls, &How::Unexplained(*alert))
        }
        TlsOutcome::Closed | TlsOutcome::Reset if asked => enforced(tls, "closed"),
        TlsOutcome::NotTls(start) => greeting::not_tls(start),
        TlsOutcome::Closed | TlsOutcome::Reset if endpoint.serves_other_names_only() => {
            named(failed(tls, &How::Unserved), endpoint)
        }
        TlsOutcome::Closed | TlsOutcome::Reset if tls.is_wordless() => {
            named(Finding::new(&TLS_CLOSED), endpoint)
        }
        TlsOutcome::Silent if tls.still_coming => failed(tls, &How::Slow),
        TlsOutcome::Silent if tls.is_wordless() => named(Finding::new(&TLS_SILENT), endpoint)
            .with("limit", waited(tls.limit, tls.elapsed_us)),
        TlsOutcome::TooMuch => over_limit("handshake"),
        TlsOutcome::Deadline => Finding::new(&DEADLINE_REACHED),
        TlsOutcome::Alert(alert) => failed(tls, &How::Alert(*alert)),
        TlsOutcome::Misbehaved(Breach::NotOffered) if is_pss(tls) => {
            // TLS 1.2 with such a key is what the library cannot follow.
            unproven("signature", leaf_key(tls))
        }
        TlsOutcome::Misbehaved(breach) => failed(tls, &How::Misbehaved(*breach)),
        TlsOutcome::Closed | TlsOutcome::Reset => match tls.warning {
            Some(alert) if !tls.server_hello && !alert.is_close() => {
                failed(tls, &How::WarnedAndClosed(alert))
            }
            _ => failed(tls, &How::Closed),
        },
        TlsOutcome::Silent | TlsOutcome::Finished => match tls.warning {
            Some(alert) if !tls.server_hello => failed(tls, &How::Warned(alert)),
            _ => failed(tls, &How::Silent),
        },
    }
}

/// Whether the server holds its key was not seen: in what it would have shown that.
pub(super) fn unproven(by: &'static str, key: String) -> Finding {
    Finding::new(&TLS_KEY_UNPROVEN)
        .with("by", by)
        .with("key", key)
}

/// An end at the place where a client certificate is missed, and nobody knows whether for want of it.
pub(super) fn doubted(tls: &TlsFacts) -> Finding {
    failed(tls, &How::Closed).weighing(Severity::Unknown)
}

/// What failed.
pub(super) enum How {
    Alert(Alert),
    /// An alert without a reason, where a certificate was demanded. That proves nothing: partners show one of
    /// theirs, and the server may only fail at our answer.
    Unexplained(Alert),
    /// A warning, and then nothing.
    Warned(Alert),
    /// A warning, and then the end.
    WarnedAndClosed(Alert),
    Closed,
    Silent,
    /// Not at its end when our time was over.
    Slow,
    Misbehaved(Breach),
    /// The server turns away whoever has this in the hello, as texts name it.
    Unborne(&'static str),
    /// Nobody answers to this name, where others are served.
    Unserved,
    /// The certificate's key is not the server's.
    Key,
    /// The certificate's key is of a kind that hardly anybody can use.
    KeyKind(String),
}

fn is_pss(tls: &TlsFacts) -> bool {
    matches!(leaf(tls), Some(leaf) if matches!(leaf.key, Key::RsaPss(_)))
}

fn leaf_key(tls: &TlsFacts) -> String {
    leaf(tls).map_or_else(String::new, |leaf| leaf.key.name())
}

fn leaf(tls: &TlsFacts) -> Option<Certificate> {
    Certificate::parse(&tls.chain.first()?.0).ok()
}

/// How a handshake ended, as the texts name it, and the alert or the breach.
pub(super) fn ending(outcome: &TlsOutcome) -> (&'static str, String) {
    match outcome {
        TlsOutcome::Alert(alert) => ("alert", alert.name()),
        TlsOutcome::Closed | TlsOutcome::Reset => ("closed", String::new()),
        TlsOutcome::Misbehaved(breach) => ("misbehaved", breach.id().to_owned()),
        TlsOutcome::NotTls(start) => ("plain", greeting::quoted(start).1),
        TlsOutcome::Silent | TlsOutcome::Deadline | TlsOutcome::TooMuch | TlsOutcome::Finished => {
            ("silent", String::new())
        }
    }
}

pub(super) fn named(finding: Finding, endpoint: &EndpointFacts) -> Finding {
    finding
        .with("fqdn", endpoint.fqdn.as_str())
        .with("port", endpoint.address.port())
}

/// Our own limit, which is nobody's fault: of the whole handshake, or of an answer.
pub(super) fn over_limit(what: &str) -> Finding {
    let most = if what == "answer" {
        MAX_CONNECTION
    } else {
        MAX_ANSWER
    };
    let kibibytes = u32::try_from(most / 1024).unwrap_or(u32::MAX);
    Finding::new(&TLS_OVER_LIMIT)
        .with("what", what)
        .with("limit", kibibytes)
}

pub(super) fn failed(tls: &TlsFacts, how: &How) -> Finding {
    let (kind, detail, alert) = match how {
        How::Alert(alert) | How::Unexplained(alert) => ("alert", alert.name(), alert.0),
        How::Warned(alert) => ("warned", alert.name(), alert.0),
        How::WarnedAndClosed(alert) => ("warned-closed", alert.name(), alert.0),
        How::Closed => ("closed", String::new(), 0),
        How::Silent => ("silent", String::new(), 0),
        How::Slow => ("slow", String::new(), 0),
        How::Misbehaved(breach) => ("misbehaved", breach.id().to_owned(), 0),
        How::Unborne(part) => ("unborne", (*part).to_owned(), 0),
        How::Unserved => ("unserved", String::new(), 0),
        How::Key => ("key", String::new(), 0),
        How::KeyKind(kind) => ("key-kind", kind.clone(), 0),
    };
    let is_theirs = match how {
        How::Slow | How::Unexplained(_) => false,
        How::Misbehaved(breach) => *breach != Breach::Lost && !breach.is_ours(),
        _ => true,
    };
    let none = || "none".to_owned();
    let message = tls.cut.as_ref().and_then(|cut| cut.message.clone());
    let received = tls.cut.as_ref().map_or(0, |cut| cut.received);
    Finding::new(&TLS_HANDSHAKE_FAILED)
        .with("how", kind)
        .with("detail", detail)
        .with("alert", u16::from(alert))
        .with(
            "excuse",
            match how {
                How::Unexplained(_) if tls.presented => "certificate",
                How::Unexplained(_) => "no-certificate",
                _ => "none",
            },
        )
        .with("progress", progress(tls))
        .with("within", if tls.cut.is_some() { "yes" } else { "no" })
        .with("received", u32::try_from(received).unwrap_or(u32::MAX))
        .with("message", message.unwrap_or_else(none))
        .with("limit", waited(tls.limit, tls.elapsed_us))
        .with(
            "extension",
            match how {
                How::Misbehaved(
                    Breach::ExtensionOutOfPlace
                    | Breach::UnknownExtension
                    | Breach::EncryptedExtension,
                ) => tls.unasked.map_or_else(none, extensions::name),
                _ => none(),
            },
        )
        .weighing(if is_theirs {
            Severity::Fail
        } else {
            Severity::Unknown
        })
}

/// How far it got. TLS 1.3 asks for the client's certificate before it shows the server's, TLS 1.2
/// after it.
fn progress(tls: &TlsFacts) -> &'static str {
    let (asked, shown) = (tls.request.is_some(), !tls.chain.is_empty());
    match tls.outcome {
        TlsOutcome::Finished => "finished",
        _ if asked && shown => "both",
        _ if asked => "request",
        _ if shown => "certificate",
        _ if tls.server_hello => "hello",
        _ => "nothing",
    }
}

/// How long an answer was waited for, as people write it. Older reports only know how long it took.
pub(super) fn waited(limit: Option<Millis>, elapsed_us: u64) -> String {
    let Millis(limit) = limit.unwrap_or(Millis(elapsed_us / 1000));
    humantime::format_duration(Duration::from_millis(limit)).to_string()
}
