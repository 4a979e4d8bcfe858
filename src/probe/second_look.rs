//! Explains a TLS handshake that ended before the server's first answer: asks again by hand, in
//! what the TLS library does not speak, and in plain text.
//!
//! A few further connections, and all of them within one TLS limit: what hung once must
//! not cost its limit again for every question. A server that is silent is asked while the first
//! connection still waits for it, so that its silence costs one limit and a moment.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::channel::{BETWEEN_SEGMENTS, is_reset};
use super::manners::Host;
use super::sip::{request, unique};
use super::{Context, LimitHit, elapsed_us};
use crate::facts::{
    Breach, HelloFacts, HelloOutcome, HelloPart, Micros, PartFacts, PlainOutcome, SecondLookFacts,
    TcpOutcome, TlsFacts, TlsOutcome, TlsVersion, WindowsFacts,
};
use crate::wire::hello::{Hello, Reader, is_foreign};
use crate::wire::sip::Transport;

/// A plain-text answer is named by its first line, and that by so many bytes.
const KEPT: usize = 256;

/// So many bytes go in one TCP segment on every way; the hello that is longer arrives in two.
const SEGMENT: usize = 1400;

/// A server that speaks first does so within this time, or it is spoken to.
const BANNER: Duration = Duration::from_secs(1);

/// Silence is looked into after this time, or after so many times what it took to connect, whichever
/// is longer: who is far away is not silent yet.
const PATIENCE: Duration = Duration::from_millis(500);
const ROUND_TRIPS: u32 = 3;

/// The questions to one endpoint, and when there is no more time for answers.
#[derive(Clone, Copy)]
struct Questions<'a> {
    cx: &'a Context,
    host: &'a str,
    address: SocketAddr,
    end: Instant,
}

/// How long a server that was connected to in this time may think before it counts as silent.
pub(super) fn patience(cx: &Context, connected: TcpOutcome) -> Duration {
    let far = match connected {
        TcpOutcome::Connected(Micros(time)) => Duration::from_micros(time) * ROUND_TRIPS,
        _ => Duration::ZERO,
    };
    PATIENCE.max(far).min(cx.plan.limits.tls / 2)
}

/// What further connections show of a server that is silent to the first; `None` as soon as anything
/// is heard on that.
pub(crate) async fn in_silence(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    connected: TcpOutcome,
    heard: &Notify,
) -> Option<SecondLookFacts> {
    let looking = async {
        sleep(patience(cx, connected)).await;
        let start = Instant::now();
        let all = Questions {
            cx,
            host,
            address,
            end: start + cx.plan.limits.tls,
        };
        let mut second_look = all.side_by_side().await;
        second_look.elapsed_us = elapsed_us(start);
        second_look
    };
    tokio::select! {
        second_look = looking => Some(second_look),
        () = heard.notified() => None,
    }
}

/// What further connections show; `None` where this handshake needs no explanation. A server that was
/// silent may have been looked into already.
pub(crate) async fn take(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    tls: &TlsFacts,
    in_silence: Option<SecondLookFacts>,
) -> Option<SecondLookFacts> {
    if !is_unexplained(tls) {
        return None;
    }
    let is_silent = tls.outcome == TlsOutcome::Silent;
    if is_silent && in_silence.is_some() {
        return in_silence;
    }
    let start = Instant::now();
    let limit = cx.plan.limits.tls;
    let all = Questions {
        cx,
        host,
        address,
        end: start + limit,
    };
    let mut second_look = if is_silent {
        all.side_by_side().await
    } else {
        // Whoever answers does so at once: half of the time is enough, and leaves some for more.
        let first = Questions {
            end: start + limit / 2,
            ..all
        };
        all.one_by_one(first, &tls.outcome).await
    };
    second_look.elapsed_us = elapsed_us(start);
    Some(second_look)
}

/// How hellos are met that have what all of the refused ones had, and the widest has not, which was served.
/// Nothing where it is not the part: one that is turned away is so again, and then the widest is served
/// again.
pub(crate) async fn with_parts(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    parts: &[HelloPart],
) -> Vec<PartFacts> {
    let all = Questions {
        cx,
        host,
        address,
        end: Instant::now() + cx.plan.limits.tls / 2,
    };
    let asking = parts.iter().map(|&part| async move {
        let answer = all.greet(Hello::With(part)).await;
        PartFacts { part, answer }
    });
    let met = join_all(asking).await;
    let refused = met.iter().find(|met| met.is_refused());
    let Some(part) = refused.map(|met| met.part) else {
        return met;
    };
    // One after the other, as a server may bear no two at a time; silence costs all of the time.
    let anew = || Questions {
        end: Instant::now() + cx.plan.limits.tls / 2,
        ..all
    };
    let answer = anew().greet(Hello::With(part)).await;
    let is_refused = PartFacts { part, answer }.is_refused();
    if is_refused && anew().greet(Hello::Wide).await.is_served() {
        met
    } else {
        Vec::new()
    }
}

/// What comes for this hello within this time.
pub(crate) async fn greet(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    hello: Hello,
    limit: Duration,
) -> HelloFacts {
    let all = Questions {
        cx,
        host,
        address,
        end: Instant::now() + limit,
    };
    all.greet(hello).await
}

/// How a client is met that has no more than Windows Server 2016, and who is served instead. Silence is
/// asked side by side.
pub(crate) async fn as_windows(
    cx: &Context,
    host: &str,
    address: SocketAddr,
    is_silent: bool,
) -> WindowsFacts {
    let limit = cx.plan.limits.tls;
    let all = Questions {
        cx,
        host,
        address,
        end: Instant::now() + limit,
    };
    if is_silent {
        let start = Instant::now();
        let half = Questions {
            end: start + limit / 2,
            ..all
        };
        // Longer than before: it may only be slow.
        let long = Questions {
            end: start + limit * 3 / 2,
            ..all
        };
        let same = async {
            let same = long.greet(Hello::Windows2016).await;
            (same, start.elapsed() > limit)
        };
        let ((same, is_late), newer, wide) =
            tokio::join!(same, half.greet(Hello::Windows), half.greet(Hello::Wide));
        return WindowsFacts {
            is_slow: is_late && same.version.is_some(),
            same,
            same_has_x25519: true,
            newer: Some(newer),
            wide: Some(wide),
        };
    }
    let mut windows = WindowsFacts {
        same: all.greet(Hello::Windows2016).await,
        same_has_x25519: true,
        ..WindowsFacts::default()
    };
    let is_served = windows.same.is_served();
    if !is_served || windows.same.is_last_of_windows() {
        let newer = windows.newer.insert(all.greet(Hello::Windows).await);
        if !is_served && !newer.is_served() {
            windows.wide = Some(all.greet(Hello::Wide).await);
        }
    }
    windows
}

/// Whether nothing is known of what the server would speak. A ServerHello that the library cannot
/// go on with may name an old version, so it counts as none; and what was too long for it may be
/// read by hand.
fn is_unexplained(tls: &TlsFacts) -> bool {
    let nothing = tls.chain.is_empty() && tls.request.is_none();
    nothing
        && match tls.outcome {
            TlsOutcome::Alert(_) | TlsOutcome::Closed | TlsOutcome::Reset | TlsOutcome::Silent => {
                !tls.server_hello
            }
            TlsOutcome::Misbehaved(_) | TlsOutcome::TooMuch => true,
            TlsOutcome::Finished | TlsOutcome::NotTls(_) | TlsOutcome::Deadline => false,
        }
}

/// How many more attempts may fare better: TLS was spoken to the questions that followed, and what was
/// chosen there explains nothing. As many as it takes for one to be served by a server that serves each
/// second connection, or each third.
pub(crate) fn further_attempts(ended: &TlsOutcome, second_look: &SecondLookFacts) -> usize {
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
pub(crate) fn may_refuse_modern(tls: &TlsFacts, second_look: &SecondLookFacts) -> bool {
    let is_served = serves_by_hand(second_look);
    let is_refused = match tls.outcome {
        TlsOutcome::Alert(_) | TlsOutcome::Closed | TlsOutcome::Reset | TlsOutcome::Silent => {
            !tls.server_hello
        }
        TlsOutcome::Misbehaved(breach) => breach == Breach::NoClientScheme,
        _ => false,
    };
    is_served && is_refused
}

/// Whether a hello in TLS 1.2 was answered with what xfed's own handshake offers as well.
pub(crate) fn serves_by_hand(second_look: &SecondLookFacts) -> bool {
    second_look.same_as_ours().is_some_and(|hello| {
        hello.version == Some(TlsVersion::Tls12) && hello.outcome == HelloOutcome::Complete
    })
}

fn is_wordless(ended: &TlsOutcome) -> bool {
    matches!(ended, TlsOutcome::Closed | TlsOutcome::Reset)
}

impl Questions<'_> {
    /// After silence, when each question may cost all of the time.
    async fn side_by_side(self) -> SecondLookFacts {
        let (wide, old, plain) = tokio::join!(
            self.greet(Hello::Wide),
            self.greet(Hello::Old),
            self.ask_plainly()
        );
        SecondLookFacts {
            wide,
            old,
            windows: None,
            modern: None,
            plain: Some(plain),
            with_part: Vec::new(),
            refuses_name: false,
            serves_another_name: false,
            wide_before: None,
            elapsed_us: 0,
        }
    }

    /// After a quick end, when the answer to one question decides the next: as Windows where the
    /// server chose what Windows might not have or turned the widest away, in TLS 1.3 where a refusal is not
    /// explained by the versions before it, or in plain text where nothing speaks TLS.
    async fn one_by_one(self, first: Self, ended: &TlsOutcome) -> SecondLookFacts {
        let (wide, old) = tokio::join!(first.greet(Hello::Wide), first.greet(Hello::Old));
        let no_tls = |hello: &HelloFacts| {
            hello.version.is_none() && !matches!(hello.outcome, HelloOutcome::Alert(_))
        };
        let mut second_look = SecondLookFacts {
            wide,
            old,
            windows: None,
            modern: None,
            plain: None,
            with_part: Vec::new(),
            refuses_name: false,
            serves_another_name: false,
            wide_before: None,
            elapsed_us: 0,
        };
        let SecondLookFacts { wide, old, .. } = &second_look;
        let is_today = wide.version == Some(TlsVersion::Tls12);
        let none_spoken = second_look.answered().next().is_none();
        if is_today && !wide.is_for_windows() {
            second_look.windows = Some(self.greet(Hello::Windows).await);
        } else if matches!(ended, TlsOutcome::Alert(_)) && (none_spoken || wide.is_ours()) {
            second_look.modern = Some(self.greet(Hello::Modern).await);
        } else if is_wordless(ended) && no_tls(wide) && no_tls(old) {
            second_look.plain = Some(self.ask_plainly().await);
        }
        // The widest has more suites and curves than some servers bear, and ours none with CBC.
        let speaks_tls = !matches!(second_look.plain, Some(PlainOutcome::Said(_)));
        let is_turned_away = matches!(
            second_look.wide.outcome,
            HelloOutcome::Alert(_)
                | HelloOutcome::Closed
                | HelloOutcome::Reset
                | HelloOutcome::Silent
        );
        let is_unspoken = second_look.answered().next().is_none();
        if is_unspoken && is_turned_away && speaks_tls {
            let windows = second_look
                .windows
                .insert(self.greet(Hello::Windows2016).await);
            // It may have been chance.
            if windows.is_served() {
                let again = self.greet(Hello::Wide).await;
                second_look.wide_before = Some(std::mem::replace(&mut second_look.wide, again));
            }
        }
        second_look
    }

    /// Sends a hello, and reads what comes for it.
    async fn greet(self, hello: Hello) -> HelloFacts {
        let random = self.cx.shared.random();
        let record = hello.to_record(self.host, random);
        let mut reader = Reader::answering(random);
        let conversation = async {
            let mut stream = match TcpStream::connect(self.address).await {
                Ok(stream) => stream,
                // It was accepted before.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                    return HelloOutcome::Reset;
                }
                Err(_) => return HelloOutcome::NotConnected,
            };
            // A write that fails says less than what may still be read.
            let (first, rest) = record.split_at(record.len().min(SEGMENT));
            let _ = stream.write_all(first).await;
            if !rest.is_empty() {
                sleep(BETWEEN_SEGMENTS).await;
                let _ = stream.write_all(rest).await;
            }
            match read(&mut stream, |bytes| reader.take(bytes)).await {
                Err(error) if is_reset(&error) => HelloOutcome::Reset,
                Ok(()) | Err(_) => HelloOutcome::Closed,
            }
        };
        let ended = match self.in_time(conversation).await {
            Ok(ended) => ended,
            Err(LimitHit::Operation) => HelloOutcome::Silent,
            Err(LimitHit::Deadline) => HelloOutcome::Deadline,
        };
        reader.finish(ended)
    }

    /// Listens for a banner a moment, then asks OPTIONS without TLS: a SIP server answers it, and
    /// so do web servers, in their way.
    async fn ask_plainly(self) -> PlainOutcome {
        let mut said = Vec::new();
        let conversation = async {
            let mut stream = match TcpStream::connect(self.address).await {
                Ok(stream) => stream,
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                    return PlainOutcome::Reset;
                }
                Err(_) => return PlainOutcome::NotConnected,
            };
            let moment = BANNER.min(self.cx.plan.limits.tls / 4);
            let banner = tokio::time::timeout(moment, hear(&mut stream, &mut said)).await;
            let heard = match banner {
                Ok(heard) => heard,
                // Half a banner is one, and wants no question.
                Err(_) if !said.is_empty() => hear(&mut stream, &mut said).await,
                Err(_) => {
                    let options = request(self.cx, Transport::Tcp, &unique(self.cx));
                    let _ = stream.write_all(options.as_bytes()).await;
                    hear(&mut stream, &mut said).await
                }
            };
            match heard {
                Err(error) if is_reset(&error) => PlainOutcome::Reset,
                Ok(()) | Err(_) => PlainOutcome::Closed,
            }
        };
        let ended = match self.in_time(conversation).await {
            Ok(ended) => ended,
            Err(LimitHit::Operation) => PlainOutcome::Silent,
            Err(LimitHit::Deadline) => PlainOutcome::Deadline,
        };
        match said.as_slice() {
            [] => ended,
            said if is_foreign(said) => PlainOutcome::Said(said.to_vec()),
            _ => PlainOutcome::Tls,
        }
    }

    async fn in_time<T>(self, operation: impl Future<Output = T>) -> Result<T, LimitHit> {
        self.cx.visits(Host::network_of(self.address.ip()));
        let left = self.end.saturating_duration_since(Instant::now());
        self.cx.within(left, operation).await
    }
}

/// Keeps what comes, up to the end of the first line: the rest of a SIP answer tells our own
/// address, which is nobody's business.
async fn hear(stream: &mut TcpStream, said: &mut Vec<u8>) -> io::Result<()> {
    read(stream, |bytes| {
        for byte in bytes {
            let ends = *byte == b'\n' && !said.trim_ascii().is_empty();
            said.push(*byte);
            if ends || said.len() == KEPT {
                return false;
            }
        }
        true
    })
    .await
}

/// Reads until there is nothing more, or nothing more is wanted.
async fn read(stream: &mut TcpStream, mut wanted: impl FnMut(&[u8]) -> bool) -> io::Result<()> {
    let mut buffer = vec![0; 4096];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 || !wanted(&buffer[..count]) {
            return Ok(());
        }
    }
}
