//! What a second look leaves to be tried: in which ways a further handshake may fare better.

use super::fails_at_its_turn;
use crate::facts::{
    Breach, HelloFacts, HelloOutcome, PlainOutcome, SecondLookFacts, TlsFacts, TlsOutcome,
    TlsVersion,
};

/// How many more attempts may fare better: TLS was spoken to the questions that followed, and what was
/// chosen there explains nothing. As many as it takes for one to be served by a server that serves each
/// second connection, or each third.
pub(in crate::probe) fn further_attempts(
    ended: &TlsOutcome,
    second_look: &SecondLookFacts,
) -> usize {
    let speaks = |hello: &HelloFacts| matches!(hello.outcome, HelloOutcome::Alert(_));
    let is_explained = second_look
        .answered()
        .any(|hello| hello.version < Some(TlsVersion::Tls12) || !hello.is_ours())
        || matches!(second_look.plain, Some(PlainOutcome::Said(_)));
    // A server of TLS answers plain text with an alert.
    let is_promising = second_look.same_as_ours().is_some()
        || second_look.asked().any(speaks)
        || second_look.plain == Some(PlainOutcome::Tls);
    // To whoever came later it said nothing: it may serve so many and no more.
    let is_over = second_look.asked().all(HelloFacts::is_wordless);
    let has_hung_up = matches!(
        second_look.plain,
        Some(PlainOutcome::Closed | PlainOutcome::Reset)
    );
    match ended {
        _ if is_explained => 0,
        // Whoever hangs up on plain text is not silent to everybody.
        TlsOutcome::Silent if !is_promising && has_hung_up => 1,
        TlsOutcome::Alert(_) if is_over => 1,
        // Or without a word, as Schannel does: it may have been the first few that were lost.
        ended if !is_promising && is_wordless(ended) => 1,
        _ if !is_promising => 0,
        TlsOutcome::Silent | TlsOutcome::Alert(_) => 2,
        ended if is_wordless(ended) => 3,
        _ => 0,
    }
}

/// Whether one that does not offer TLS 1.3 may fare better: a hello in TLS 1.2 was answered with what
/// is offered, and ours was refused, or led to what only our library does not bear.
pub(in crate::probe) fn may_refuse_modern(tls: &TlsFacts, second_look: &SecondLookFacts) -> bool {
    let is_served = serves_by_hand(second_look);
    let is_refused = match tls.outcome {
        TlsOutcome::Alert(_) | TlsOutcome::Closed | TlsOutcome::Reset | TlsOutcome::Silent => {
            !tls.server_hello || fails_at_its_turn(tls)
        }
        TlsOutcome::Misbehaved(breach) => breach == Breach::NoClientScheme,
        _ => false,
    };
    is_served && is_refused
}

/// Whether a hello in TLS 1.2 was answered with what xfed's own handshake offers as well.
pub(in crate::probe) fn serves_by_hand(second_look: &SecondLookFacts) -> bool {
    second_look.same_as_ours().is_some_and(|hello| {
        hello.version == Some(TlsVersion::Tls12) && hello.outcome == HelloOutcome::Complete
    })
}

pub(super) fn is_wordless(ended: &TlsOutcome) -> bool {
    matches!(ended, TlsOutcome::Closed | TlsOutcome::Reset)
}
