//! What the hellos of a handshake show that the TLS library passes over, or breaks off for without
//! telling.

use crate::facts::{Breach, Oddity, TlsOutcome};
use crate::wire::records::Records;
use crate::wire::sealed::Faults;
use crate::wire::server_hello::{
    Renegotiation, has_misplaced, has_misplaced_in_tls13, has_unknown_only, is_downgraded,
    is_refused_by_all, is_tls13, legacy_version, renegotiation, session,
};

/// What the library broke off for, by what can be seen in the records and messages.
pub(super) fn looked_into(
    outcome: TlsOutcome,
    records: &Records,
    hello: &[u8],
    sealed: Faults,
) -> TlsOutcome {
    match outcome {
        TlsOutcome::Misbehaved(Breach::SpareChanges) if !records.has_spare_changes() => {
            TlsOutcome::Misbehaved(Breach::OutOfPlace)
        }
        TlsOutcome::Misbehaved(Breach::NoClientScheme) if sealed.no_schemes => {
            TlsOutcome::Misbehaved(Breach::NoSchemeList)
        }
        // What claims that length is no message that may have it.
        TlsOutcome::TooMuch if records.is_out_of_place() => {
            TlsOutcome::Misbehaved(Breach::OutOfPlace)
        }
        TlsOutcome::Misbehaved(Breach::UnknownExtension) if !has_unknown_only(hello) => {
            TlsOutcome::Misbehaved(Breach::ExtensionOutOfPlace)
        }
        TlsOutcome::Misbehaved(Breach::EncryptedExtension)
            if sealed.unasked.is_some_and(is_refused_by_all) =>
        {
            TlsOutcome::Misbehaved(Breach::ExtensionOutOfPlace)
        }
        TlsOutcome::Misbehaved(Breach::OutOfPlace) if records.is_requested() => {
            TlsOutcome::Misbehaved(Breach::HelloRequest)
        }
        TlsOutcome::Misbehaved(Breach::Malformed) if records.has_empty_record() => {
            TlsOutcome::Misbehaved(Breach::EmptyRecord)
        }
        outcome => outcome,
    }
}

/// What this library passes over in TLS 1.3, and some do not.
pub(super) fn oddities(
    outcome: &TlsOutcome,
    [sent, hello]: [&[u8]; 2],
    sealed: Faults,
    is_authority_unreadable: bool,
) -> Vec<Oddity> {
    let mut oddities = Vec::new();
    if *outcome == TlsOutcome::Finished && is_tls13(hello) {
        if session(sent) != session(hello) {
            oddities.push(Oddity::OtherSession);
        }
        if legacy_version(hello) != Some(0x0303) {
            oddities.push(Oddity::LegacyVersion);
        }
        let inside = [
            (sealed.named_request, Oddity::NamedRequest),
            (sealed.empty_authorities, Oddity::EmptyAuthorities),
            (is_authority_unreadable, Oddity::UnreadableAuthority),
        ];
        oddities.extend(
            inside
                .iter()
                .filter(|(is_so, _)| *is_so)
                .map(|(_, oddity)| oddity),
        );
    }
    oddities
}

/// What everybody hangs up for, whatever else may follow, and this library bears.
pub(super) fn unbearable(records: &Records, hello: &[u8]) -> Option<Breach> {
    if has_misplaced_in_tls13(hello) {
        Some(Breach::ExtensionOutOfPlace)
    } else if records.has_long_record() {
        Some(Breach::LongRecord)
    } else if records.refuses_renegotiation() {
        Some(Breach::OutOfPlace)
    } else {
        None
    }
}

/// What other libraries hang up for in TLS 1.2, and this one does not look at. A client that does not
/// know TLS 1.3 has no use for the mark of a downgrade.
pub(super) fn overlooked(hello: &[u8], knows_tls13: bool) -> Option<Breach> {
    if renegotiation(hello) == Some(Renegotiation::Underway) {
        Some(Breach::Renegotiation)
    } else if knows_tls13 && is_downgraded(hello) {
        Some(Breach::Downgraded)
    } else if has_misplaced(hello) {
        Some(Breach::ExtensionOutOfPlace)
    } else {
        None
    }
}
