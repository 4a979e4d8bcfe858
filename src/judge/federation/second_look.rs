//! What further connections showed of a handshake that ended before it had begun.

use super::handshake::ending;
use super::{MTLS_NOT_REQUESTED, TLS_NO_COMMON_CIPHER, TLS_TOO_OLD, greeting};
use crate::facts::{HelloFacts, HelloOutcome, SecondLookFacts, TlsFacts, TlsVersion};
use crate::model::finding::{Finding, Severity};

/// A handshake that ended before it had begun, and whose cause further connections have shown.
pub(super) fn judge(tls: &TlsFacts, second_look: &SecondLookFacts) -> Option<Vec<Finding>> {
    let hellos = || second_look.answered();
    let today = hellos().find(|hello| hello.version == Some(TlsVersion::Tls12));
    let newest = || hellos().max_by_key(|hello| hello.version);
    let Some(hello) = today.or_else(newest) else {
        let said = second_look.plain_text()?;
        return Some(vec![greeting::not_tls(said)]);
    };
    let mut findings = vec![match today {
        Some(hello) => no_common_cipher(tls, hello, second_look.windows.as_ref()),
        None => Finding::new(&TLS_TOO_OLD)
            .with("version", hello.version.map_or("", TlsVersion::name))
            .with("cipher", hello.cipher.as_deref().unwrap_or_default()),
    }];
    if hello.outcome == HelloOutcome::Complete && hello.request.is_none() {
        findings.push(Finding::new(&MTLS_NOT_REQUESTED).with("how", "never"));
    }
    Some(findings)
}

/// TLS 1.2, but with nothing that xfed's own handshake offers. Many partners get in all the same
/// with what Windows offers by default, so it would be wrong to call the server not ready. It may
/// even prefer something else and still accept that offer: only a refusal of it is a failure.
fn no_common_cipher(tls: &TlsFacts, hello: &HelloFacts, windows: Option<&HelloFacts>) -> Finding {
    let cipher = hello.cipher.as_deref().unwrap_or_default();
    let refused = windows.is_some_and(|windows| {
        !matches!(
            windows.outcome,
            HelloOutcome::Silent | HelloOutcome::NotConnected | HelloOutcome::Deadline
        )
    });
    let (reach, severity) = if hello.is_for_windows() {
        ("some", Severity::Warn)
    } else if refused {
        ("few", Severity::Fail)
    } else {
        ("unknown", Severity::Unknown)
    };
    let (how, detail) = ending(&tls.outcome);
    Finding::new(&TLS_NO_COMMON_CIPHER)
        .with("cipher", cipher)
        .with("group", hello.group.as_deref().unwrap_or("none"))
        .with("reach", reach)
        .with("how", how)
        .with("detail", detail)
        .weighing(severity)
}
