//! What further connections showed of a handshake that ended before it had begun.
//!
//! That a second hello got an answer explains nothing by itself: a cause is told only where it is
//! seen in what the server chose, and is not what xfed's own handshake offers.

use super::handshake::{How, ending, failed, over_limit, waited};
use super::{
    MTLS_NOT_REQUESTED, TLS_NO_COMMON_CIPHER, TLS_SHA1_SIGNATURE, TLS_TOO_OLD, TLS_UNSTEADY,
    greeting,
};
use crate::facts::{
    Breach, EndpointFacts, HelloFacts, HelloOutcome, HelloPart, SecondLookFacts, TlsFacts,
    TlsOutcome, TlsVersion,
};
use crate::model::finding::{Finding, Severity, Value};
use crate::pki::kinds::Key;
use crate::pki::x509::Certificate;

/// A handshake that ended before it had begun, and whose cause further connections have shown.
pub(super) fn judge(
    tls: &TlsFacts,
    second_look: &SecondLookFacts,
    endpoint: &EndpointFacts,
) -> Option<Vec<Finding>> {
    let of = |version| move |hello: &&HelloFacts| hello.version == Some(version);
    let today = second_look.answered().find(of(TlsVersion::Tls12));
    let modern = second_look.answered().find(of(TlsVersion::Tls13));
    let older = second_look
        .answered()
        .filter(|hello| hello.version < Some(TlsVersion::Tls12))
        .max_by_key(|hello| hello.version);
    let main = match (&tls.outcome, today, older) {
        (TlsOutcome::TooMuch, hello, _) => over_limit(oversized(hello)),
        // Others go on there, and were shown a certificate and the proof for it.
        (TlsOutcome::Misbehaved(breach), Some(hello), _)
            if breach.is_ours()
                && !matches!(breach, Breach::EncryptedExtension | Breach::SpareChanges) =>
        {
            let severity = if hello.key_proven == Some(true) {
                Severity::Warn
            } else {
                Severity::Unknown
            };
            failed(tls, &How::Misbehaved(*breach)).weighing(severity)
        }
        // Whoever broke the protocol did so whatever others are told, unless it was by its choice.
        (TlsOutcome::Misbehaved(breach), ..)
            if !matches!(breach, Breach::NotOffered | Breach::OldVersion) =>
        {
            return None;
        }
        (_, Some(hello), _) => difference(tls, hello, second_look)
            .or_else(|| modern.and_then(|hello| difference(tls, hello, second_look)))
            .or_else(|| unborne(tls, hello, second_look))
            .or_else(|| {
                let is_so = second_look.serves_windows_2016_only();
                is_so.then(|| failed(tls, &How::Unborne("newer")))
            })
            .or_else(|| is_wordless(&tls.outcome).then(|| unsteady(endpoint)))?,
        (_, None, Some(hello)) => Finding::new(&TLS_TOO_OLD)
            .with("version", hello.version.map_or("", TlsVersion::name))
            .with("cipher", hello.cipher.as_deref().unwrap_or_default()),
        (_, None, None) => {
            let found = modern.and_then(|hello| difference(tls, hello, second_look));
            match found {
                Some(found) => found,
                None if is_over(tls, second_look, endpoint) => unsteady(endpoint),
                None => greeting::not_tls(second_look.plain_text()?),
            }
        }
    };
    let mut findings = vec![main];
    let heard_out = today
        .or(older)
        .filter(|hello| hello.outcome == HelloOutcome::Complete);
    if heard_out.is_some_and(|hello| hello.request.is_none()) {
        findings.push(Finding::new(&MTLS_NOT_REQUESTED).with("how", "never"));
    }
    Some(findings)
}

/// Whether the server said something to the first connection, and nothing to any after it, one like the first
/// included: then it is not known what it wants.
fn is_over(tls: &TlsFacts, second_look: &SecondLookFacts, endpoint: &EndpointFacts) -> bool {
    let others = &endpoint.other_attempts;
    matches!(tls.outcome, TlsOutcome::Alert(_))
        && !others.is_empty()
        && others.iter().all(is_wordless)
        && second_look.asked().all(HelloFacts::is_wordless)
}

fn is_wordless(ended: &TlsOutcome) -> bool {
    matches!(
        ended,
        TlsOutcome::Closed | TlsOutcome::Reset | TlsOutcome::Silent
    )
}

/// Which message was too long, as far as it was seen by hand.
fn oversized(hello: Option<&HelloFacts>) -> &'static str {
    match hello.and_then(|hello| hello.oversized.as_deref()) {
        Some("Certificate") => "certificates",
        Some("CertificateRequest") => "authorities",
        _ => "handshake",
    }
}

/// What the server chose that xfed's own handshake does not offer: the cause of the refusal.
fn difference(
    tls: &TlsFacts,
    hello: &HelloFacts,
    second_look: &SecondLookFacts,
) -> Option<Finding> {
    // What Windows is left with is not what the server would have: that is named, and mended.
    let wide = &second_look.wide;
    let is_left = hello.is_last_of_windows() && wide.version == Some(TlsVersion::Tls12);
    let (hello, last) = if is_left {
        (wide, hello)
    } else {
        (hello, hello)
    };
    let what = lacking(hello);
    if what != "nothing" {
        let found = no_common_cipher(&tls.outcome, (hello, last), second_look, what);
        return Some(found);
    }
    if hello.is_signed_with_sha1() {
        let cipher = hello.cipher.as_deref().unwrap_or_default();
        return Some(Finding::new(&TLS_SHA1_SIGNATURE).with("cipher", cipher));
    }
    let leaf = Certificate::parse(&hello.chain.first()?.0).ok()?;
    let severity = match leaf.key {
        // In TLS 1.2 the curve has to be among the groups that a client offers; OpenSSL has it there.
        Key::Ec(521) => Severity::Warn,
        Key::Rsa(_) | Key::Ec(_) => return None,
        Key::RsaPss(_) | Key::Dsa(_) | Key::Other(_) => Severity::Fail,
    };
    Some(failed(tls, &How::KeyKind(leaf.key.name())).weighing(severity))
}

/// What the server would choose in TLS 1.3 and hardly anybody offers, where it serves whoever does not know
/// that: who offers both is turned away, instead of being served in TLS 1.2.
pub(super) fn in_tls13(ended: &TlsOutcome, second_look: &SecondLookFacts) -> Option<Finding> {
    let hello = second_look.chosen_in_tls13_only()?;
    let found = no_common_cipher(ended, (hello, hello), second_look, lacking(hello));
    Some(found.with("reach", "older"))
}

/// What of the server's choice xfed's own handshake does not offer.
fn lacking(hello: &HelloFacts) -> &'static str {
    match (hello.has_our_suite(), hello.has_our_group()) {
        (true, true) => "nothing",
        (true, false) => "group",
        (false, true) => "suite",
        (false, false) => "both",
    }
}

/// What hellos have that the server turns away, where one without it is served. Windows sends
/// status_request in some programs only, and OpenSSL none; Windows sends no cipher suite that is a signal:
/// there, partners get in.
fn unborne(tls: &TlsFacts, hello: &HelloFacts, second_look: &SecondLookFacts) -> Option<Finding> {
    let part = second_look.unborne()?;
    let finding = failed(tls, &How::Unborne(part.id()));
    Some(match part {
        HelloPart::SessionTicket
        | HelloPart::Length
        | HelloPart::SupportedVersions
        | HelloPart::ServerName
        | HelloPart::OnlyPss => finding,
        HelloPart::StatusRequest | HelloPart::RenegotiationSignal
            if hello.key_proven == Some(true) =>
        {
            finding.weighing(Severity::Warn)
        }
        HelloPart::StatusRequest | HelloPart::RenegotiationSignal => {
            finding.weighing(Severity::Unknown)
        }
    })
}

/// Nothing in common with what xfed's own handshake offers. Many partners get in all the same with
/// what Windows offers by default, RSA key exchange as the last of it, so it would be wrong to call the
/// server not ready. It may even prefer something else and still accept that offer: only a refusal of
/// it is a failure. In TLS 1.3 what Windows offers is what xfed offers, and was refused.
fn no_common_cipher(
    ended: &TlsOutcome,
    (hello, last): (&HelloFacts, &HelloFacts),
    second_look: &SecondLookFacts,
    what: &str,
) -> Finding {
    let is_modern = hello.version == Some(TlsVersion::Tls13);
    let refused = second_look.windows.as_ref().is_some_and(|windows| {
        !matches!(
            windows.outcome,
            HelloOutcome::Silent | HelloOutcome::NotConnected | HelloOutcome::Deadline
        )
    });
    let (reach, severity) = if last.is_for_windows() && last.is_last_of_windows() {
        let is_short = last.prime_for_some().is_some();
        (if is_short { "last-short" } else { "last" }, Severity::Warn)
    } else if hello.is_for_windows() {
        ("some", Severity::Warn)
    } else if refused || is_modern {
        ("few", Severity::Fail)
    } else {
        ("unknown", Severity::Unknown)
    };
    let (how, detail) = ending(ended);
    Finding::new(&TLS_NO_COMMON_CIPHER)
        .with(
            "what",
            if is_modern {
                format!("modern-{what}")
            } else {
                what.to_owned()
            },
        )
        .with("version", hello.version.map_or("", TlsVersion::name))
        .with("cipher", hello.cipher.as_deref().unwrap_or_default())
        .with("group", group(hello))
        .with("last", last.cipher.as_deref().unwrap_or_default())
        .with("reach", reach)
        .with("how", how)
        .with("detail", detail)
        .weighing(severity)
}

/// The curve of its ephemeral key, or the length of its prime.
fn group(hello: &HelloFacts) -> String {
    let prime = hello.prime.map(|bits| format!("DH {bits}"));
    let curve = hello.group.clone();
    curve.or(prime).unwrap_or_else(|| "none".to_owned())
}

/// Some connections are served and others are not, and nothing that the server chose explains it.
/// Without one handshake that came to its end nobody knows what partners meet.
pub(super) fn unsteady(endpoint: &EndpointFacts) -> Finding {
    let first = endpoint.tls.as_ref();
    let own = first.map(|tls| &tls.outcome).into_iter();
    let own = own.chain(&endpoint.other_attempts);
    let limit = first.map_or_else(String::new, |tls| waited(tls.limit, tls.elapsed_us));
    let is_refused = |ended: &TlsOutcome| matches!(ended, TlsOutcome::Alert(_));
    if endpoint.other_attempts.iter().any(is_refused) {
        // By hand, an alert may be the answer to what only was asked there.
        return shaky(
            "refused",
            limit,
            own.map(|ended| is_wordless(ended) || is_refused(ended)),
        );
    }
    let hellos = endpoint.second_look.iter().flat_map(SecondLookFacts::all);
    let hellos: Vec<&HelloFacts> = hellos.collect();
    let is_over = first.is_some_and(|tls| !tls.server_hello && is_refused(&tls.outcome));
    let is_lost = |ended: &TlsOutcome| is_wordless(ended) && *ended != TlsOutcome::Silent;
    let is_ended = own.clone().any(is_lost)
        || hellos.iter().any(|hello| {
            hello.version.is_none()
                && !matches!(hello.outcome, HelloOutcome::Alert(_) | HelloOutcome::Silent)
        });
    let how = if is_over {
        "over"
    } else if is_ended {
        "mute"
    } else {
        "late"
    };
    let by_hand = hellos
        .iter()
        .map(|hello| hello.version.is_none() && !matches!(hello.outcome, HelloOutcome::Alert(_)));
    shaky(how, limit, own.map(is_wordless).chain(by_hand))
}

/// By which connections were lost.
fn shaky(how: &'static str, limit: String, connections: impl Iterator<Item = bool>) -> Finding {
    let (mut made, mut lost) = (0_u32, 0_u32);
    for is_lost in connections {
        made += 1;
        lost += u32::from(is_lost);
    }
    Finding::new(&TLS_UNSTEADY)
        .with("how", how)
        .with("codes", Value::Codes(Vec::new()))
        .with("made", made)
        .with("lost", lost)
        .with("limit", limit)
        .weighing(Severity::Unknown)
}
