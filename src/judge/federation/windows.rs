//! What Windows Server 2016 meets, where that is not what others meet: most partners of the field are no
//! newer, and offer TLS 1.2 with AES, the curves of NIST and signatures without PSS.
//!
//! A server that turns all of them away is not ready, however well it serves TLS 1.3: none of them gets
//! in, and Teams hardly does, whose list for SIP is of TLS 1.2. Where newer versions of Windows are
//! served, or all of them with what they offer last, it works for some partners.

use super::handshake::{How, ending, failed, waited};
use super::met::Met;
use super::{TLS_HANDSHAKE_FAILED, TLS_SHA1_SIGNATURE, TLS_WORSE_FOR_WINDOWS};
use crate::facts::{
    AgainFacts, Alert, BareFacts, Breach, EndpointFacts, HelloFacts, HelloOutcome, OfferPart,
    PathRemark, RefusedOffer, SipFacts, SipOutcome, TlsFacts, TlsOutcome, TlsVersion, WindowsFacts,
};
use crate::known::windows;
use crate::model::finding::{Finding, Severity, Value};
use crate::pki::kinds::Key;
use crate::pki::x509::Certificate;

/// Whether it is by how a client introduces itself that it is met otherwise, and not by chance: so were
/// all that did so, and none of the others. It may be only whoever names the server that is.
pub(super) fn is_by_hello(endpoint: &EndpointFacts, met: &[&Met<'_>]) -> bool {
    let Some(first) = &endpoint.tls else {
        return false;
    };
    let as_first = |met: &&Met<'_>| met.is_like_first() && met.better.is_empty();
    let (windows, others): (Vec<&Met<'_>>, Vec<_>) =
        met.iter().copied().partition(|met| met.again.as_windows);
    let (nameless, named): (Vec<&Met<'_>>, Vec<_>) =
        windows.iter().copied().partition(|met| met.again.nameless);
    let is_by_name_too = !named.is_empty() && nameless.iter().all(as_first);
    let windows = if is_by_name_too { named } else { windows };
    let is_known = if others.is_empty() {
        // It was not asked again, since nothing but that was another.
        let is_like = |met: &&Met<'_>| met.again.is_like(first, endpoint.sip.as_ref());
        windows.iter().all(is_like)
    } else {
        others.iter().all(as_first)
    };
    let is_worse = |met: &&Met<'_>| !met.is_like_first();
    !windows.is_empty() && windows.iter().all(is_worse) && is_known
}

/// Whether it is by how a client introduces itself that it fares better than the first: what is wrong there
/// is told of the first, and nothing of it is chance.
pub(super) fn is_better_by_hello(met: &[&Met<'_>]) -> bool {
    let (windows, others): (Vec<&Met<'_>>, Vec<_>) =
        met.iter().copied().partition(|met| met.again.as_windows);
    let is_better = |met: &&Met<'_>| met.is_like_first() && !met.better.is_empty();
    let as_first = |met: &&Met<'_>| met.is_like_first() && met.better.is_empty();
    let all =
        |met: &[&Met<'_>], is: &dyn Fn(&&Met<'_>) -> bool| !met.is_empty() && met.iter().all(is);
    all(&windows, &is_better) && all(&others, &as_first)
}

/// Where it is: what those meet. Nothing, where real ones are served with what xfed's own handshake does
/// not offer, or where step 5 names the reason.
pub(super) fn judge(endpoint: &EndpointFacts, met: &[&Met<'_>]) -> Option<Finding> {
    let met = met.iter().rfind(|met| met.again.as_windows)?;
    let (how, detail) = match &met.again.tls {
        Some(_) if !met.again.is_refused() => ("other", String::new()),
        Some(tls) => ending(&tls.outcome),
        None => ("closed", String::new()),
    };
    let asked = endpoint.windows.as_ref();
    let outdated = asked
        .and_then(left_with)
        .or_else(|| asked.and_then(only_cbc));
    let is_slow = met.again.is_silent() && asked.is_some_and(|asked| asked.is_slow);
    let (how, detail, what, cipher, severity) = if is_slow {
        ("slow", detail, "other", "", Severity::Unknown)
    } else if let Some(breach) = broken_with(met.again) {
        // Others go on there, and were shown a certificate and the proof for it.
        let is_proven = asked.is_some_and(|asked| asked.same.key_proven == Some(true));
        let severity = match (breach.is_ours(), is_proven) {
            (false, _) => Severity::Fail,
            (true, true) => Severity::Warn,
            (true, false) => Severity::Unknown,
        };
        ("breach", detail, "breach", "", severity)
    } else if let Some((how, same)) = outdated {
        let cipher = same.cipher.as_deref().unwrap_or_default();
        (how, detail, how, cipher, Severity::Warn)
    } else if let Some(same) = asked.and_then(signed_with_sha1) {
        let cipher = same.cipher.as_deref().unwrap_or_default();
        return Some(Finding::new(&TLS_SHA1_SIGNATURE).with("cipher", cipher));
    } else if asked.is_some_and(only_x25519) {
        ("curve", detail, "curve", "", Severity::Warn)
    } else if how == "other" || met.worse.is_empty() {
        if met.again.is_refused() && asked.is_some_and(|asked| asked.same.is_served()) {
            return None;
        }
        let (how, detail, severity) = met_otherwise(endpoint, met)?;
        (how, detail, "other", "", severity)
    } else if is_by_key(endpoint.tls.as_ref()?) && !asked.is_some_and(WindowsFacts::serves_nobody) {
        return None;
    } else {
        let (what, cipher, severity) = refusal(asked)?;
        // Whoever was served in TLS 1.2, or answered, shows that it is spoken.
        let is_answered = met.again.tls.as_ref().is_some_and(|tls| tls.server_hello);
        let is_spoken = is_answered || endpoint.tls.as_ref()?.version == Some(TlsVersion::Tls12);
        let what = match what {
            "version" if serves_nameless(endpoint) => "name",
            "version" if is_spoken => "unknown",
            "version" if lacks_digital_signature(endpoint) => "usage",
            what => what,
        };
        (how, detail, what, cipher, severity)
    };
    let tls = met.again.tls.as_ref();
    let limit = tls.map_or_else(String::new, |tls| waited(tls.limit, tls.elapsed_us));
    let taken = if endpoint.answers_without_certificate() {
        "yes"
    } else {
        "no"
    };
    Some(
        Finding::new(&TLS_WORSE_FOR_WINDOWS)
            .with("how", how)
            .with("detail", detail)
            .with("what", what)
            .with("cipher", cipher)
            .with("taken", taken)
            .with("limit", limit)
            .with("codes", Value::Codes(met.codes()))
            .weighing(severity),
    )
}

/// Who offers all cipher suites of Windows is turned away, and who offers some of them is not: so are nearly
/// all partners, whatever xfed's own handshakes meet, which have those alone that it can go on with.
pub(super) fn judge_offer(endpoint: &EndpointFacts) -> Option<Finding> {
    let RefusedOffer { outcome, part } = endpoint.refused_offer.as_ref()?;
    let what = match part {
        OfferPart::Dhe => "dhe",
        OfferPart::Suites => "suites",
        OfferPart::Newer => return Some(failed(endpoint.tls.as_ref()?, &How::Unborne("newer"))),
    };
    let detail = match outcome {
        TlsOutcome::Alert(alert) => alert.name(),
        _ => "none".to_owned(),
    };
    Some(
        Finding::new(&TLS_WORSE_FOR_WINDOWS)
            .with("how", "offer")
            .with("detail", detail)
            .with("what", what)
            .with("cipher", "")
            .with("taken", "no")
            .with("limit", "")
            .with("codes", Value::Codes(Vec::new())),
    )
}

/// What those meet that can use RSA keys only and are shown a certificate of their own.
pub(super) fn judge_with_rsa(met: &Met<'_>) -> Option<Finding> {
    let tls = met.again.tls.as_ref()?;
    let lacks = met.lacks();
    let most = lacks.iter().map(|finding| finding.severity).max()?;
    let (what, detail) = match &tls.outcome {
        TlsOutcome::Misbehaved(breach) => ("breach", breach.id()),
        _ if tls.key_proven == Some(false) => ("key", ""),
        _ => ("other", ""),
    };
    Some(
        Finding::new(&TLS_WORSE_FOR_WINDOWS)
            .with("how", "rsa")
            .with("detail", detail)
            .with("what", what)
            .with("cipher", "")
            .with("taken", "no")
            .with("limit", "")
            .with("codes", Value::Codes(met.codes()))
            .weighing(most),
    )
}

/// A handshake that comes to another end than the first one. Whether a refusal that gives no reason is for
/// want of a certificate, or of the one shown, is not known where another one was never seen.
fn met_otherwise(
    endpoint: &EndpointFacts,
    met: &Met<'_>,
) -> Option<(&'static str, String, Severity)> {
    let tls = met.again.tls.as_ref()?;
    let sip = met.again.sip.as_ref().map(|sip| &sip.outcome);
    let alert = match (&tls.outcome, sip) {
        (TlsOutcome::Alert(alert), _) | (_, Some(SipOutcome::Alert(alert))) => Some(*alert),
        _ => None,
    };
    let ended = alert.map_or_else(|| "none".to_owned(), Alert::name);
    if let Some(ending) = met.again.ending_with_certificate()
        && endpoint.tls.as_ref().is_some_and(|first| first.presented)
        && endpoint.sip.as_ref().is_some_and(SipFacts::is_answered)
    {
        // Whoever shows none meets the same: then it is not for the certificate that was shown.
        let is_same = |bare: &BareFacts| bare.ending() == Some(ending);
        return Some(if endpoint.bare.as_ref().is_some_and(is_same) {
            ("either", ended, Severity::Fail)
        } else if alert.is_none_or(Alert::is_about_shown_certificate) {
            ("shown", ended, Severity::Unknown)
        } else {
            ("unrelated", ended, Severity::Fail)
        });
    }
    let is_of_handshake = |one: &&Finding| one.rule == &TLS_HANDSHAKE_FAILED;
    if let Some(most) = met.worse.iter().map(|finding| finding.severity).max() {
        let is_alone = met.worse.iter().filter(is_of_handshake).count() == met.worse.len();
        let is_at_our_turn = tls.our_turn == Some(true) && tls.request.is_some();
        let how = if is_alone && is_at_our_turn && alert.is_some() {
            "broken"
        } else {
            "other"
        };
        return Some((how, ended, most));
    }
    let is_broken = met.open.iter().any(|one| is_of_handshake(&one));
    let how = if is_broken && tls.still_coming {
        "slow"
    } else if is_broken && tls.request.is_some() && !tls.presented {
        "undecided"
    } else {
        "other"
    };
    Some((how, ended, Severity::Unknown))
}

/// Whether who does not name the server (SNI) was served in TLS 1.2, as the first was.
fn serves_nameless(endpoint: &EndpointFacts) -> bool {
    let (first, sip) = (endpoint.tls.as_ref(), endpoint.sip.as_ref());
    first.is_some_and(|first| {
        endpoint.again.iter().any(|again| {
            let version = again.tls.as_ref().and_then(|tls| tls.version);
            again.nameless && version == Some(TlsVersion::Tls12) && again.is_like(first, sip)
        })
    })
}

/// Whether the key is one that Windows has no use for: that is told with the certificate.
fn is_by_key(tls: &TlsFacts) -> bool {
    let leaf = tls.chain.first();
    let leaf = leaf.and_then(|der| Certificate::parse(&der.0).ok());
    leaf.is_some_and(|leaf| !matches!(leaf.key, Key::Rsa(_) | Key::Ec(256 | 384)))
}

/// Whether the certificate may not sign, by what it says of its key: OpenSSL has no use for it in TLS 1.2, and
/// does not mind in TLS 1.3.
fn lacks_digital_signature(endpoint: &EndpointFacts) -> bool {
    let trust = endpoint.tls.as_ref().and_then(|tls| tls.trust.as_ref());
    let path = trust.and_then(|trust| trust.path.as_ref());
    path.is_some_and(|path| {
        let mut remarks = path.remarks.iter();
        remarks.any(|remark| remark.what == PathRemark::NoDigitalSignature)
    })
}

/// The answer to Windows Server 2016 of a server that takes only what all of them offer last, newer ones
/// included.
fn left_with(
    WindowsFacts { same, newer, .. }: &WindowsFacts,
) -> Option<(&'static str, &HelloFacts)> {
    let is_better = |newer: &HelloFacts| newer.is_served() && !newer.is_last_of_windows();
    let is_left = same.is_served() && same.is_last_of_windows();
    (is_left && !newer.as_ref().is_some_and(is_better)).then_some(("last", same))
}

/// The answer to it of a server that has ECDHE, and no AES-GCM with it.
fn only_cbc(WindowsFacts { same, .. }: &WindowsFacts) -> Option<(&'static str, &HelloFacts)> {
    let suite = same.cipher.as_deref().unwrap_or_default();
    let is_so = same.is_served() && !same.is_last_of_windows() && windows::is_with_cbc(suite);
    is_so.then_some(("cbc", same))
}

/// What the server broke the protocol with, where it agreed to the offer: no other offer mends it. Where it chose
/// what was not offered, that it does not agree.
fn broken_with(again: &AgainFacts) -> Option<Breach> {
    match again.tls.as_ref()?.outcome {
        TlsOutcome::Misbehaved(breach) if again.breaks_what_it_chose() => Some(breach),
        _ => None,
    }
}

/// The answer to it of a server that signs with SHA-1, as Windows still takes it and hardly anybody else.
fn signed_with_sha1(WindowsFacts { same, .. }: &WindowsFacts) -> Option<&HelloFacts> {
    (same.is_served() && same.is_signed_with_sha1()).then_some(same)
}

/// Whether it serves Windows Server 2016 with the one curve that this offers only as it comes.
fn only_x25519(WindowsFacts { same, .. }: &WindowsFacts) -> bool {
    let group = same.group.as_deref();
    same.is_served() && group.is_some_and(|group| !windows::offers_group_always(group))
}

/// What it is that the server wants, as far as hellos by hand show it; `None` where it wants nothing that
/// Windows Server 2016 has not.
fn refusal(asked: Option<&WindowsFacts>) -> Option<(&'static str, &str, Severity)> {
    let Some(WindowsFacts {
        same,
        same_has_x25519,
        newer,
        wide,
        is_slow: _,
    }) = asked
    else {
        return Some(("unknown", "", Severity::Fail));
    };
    if same.is_served() && !same.is_last_of_windows() {
        return None;
    }
    let served = |hello: &Option<HelloFacts>| hello.as_ref().is_some_and(HelloFacts::is_served);
    if let Some(newer) = newer.as_ref().filter(|newer| newer.is_served()) {
        return Some((beyond_2016(newer, *same_has_x25519), "", Severity::Warn));
    }
    let Some(wide) = wide else {
        return Some(("unknown", "", Severity::Fail));
    };
    let cipher = wide.cipher.as_deref().unwrap_or_default();
    if wide.has_short_prime() {
        return Some(("prime", cipher, Severity::Fail));
    }
    if !served(&asked?.wide) {
        let is_theirs = !matches!(
            wide.outcome,
            HelloOutcome::NotConnected | HelloOutcome::Deadline | HelloOutcome::TooMuch
        );
        let what = if is_theirs { "version" } else { "unknown" };
        return Some((what, "", Severity::Fail));
    }
    if windows::offers_suite(cipher) {
        return Some(("group", "", Severity::Fail));
    }
    if windows::offers_suite_last(cipher) {
        return Some(("unknown", "", Severity::Fail));
    }
    Some(("suite", cipher, Severity::Fail))
}

/// What a newer Windows has beside that, and was chosen.
fn beyond_2016(hello: &HelloFacts, had_x25519: bool) -> &'static str {
    let is_pss = hello.signature.is_some_and(|scheme| scheme >> 8 == 8);
    let group = hello.group.as_deref();
    let is_new = !had_x25519 && group.is_some_and(|group| !windows::offers_group_always(group));
    match (is_pss, is_new) {
        (true, false) => "signature",
        (false, true) => "group",
        (true, true) | (false, false) => "newer",
    }
}
