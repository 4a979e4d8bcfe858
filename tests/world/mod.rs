//! The embedded world: name servers, certification authorities, SIP peers and web servers on
//! loopback, for the tests and for `examples/zahnfee.rs`. It knows nothing of xfed and contacts
//! nobody.
//!
//! Every server runs from the moment it is made until it is dropped. Wrong use panics and says what
//! is wrong: a world that cannot be built is a broken test.
//!
//! ```ignore
//! let authority = Authority::new("Tooth Fairy Root CA");
//! let identity = authority.certificate("xphone.zahnfee.de").rsa().issue();
//! let server = Server::tls(identity).refuse(Refusal::Alert).start();
//! let port = server.address().port();
//! let dns = Dns::zone(
//!     "zahnfee.de",
//!     &format!("_sipfederationtls._tcp SRV 0 0 {port} xphone\nxphone A 127.0.0.1"),
//! );
//! ```
#![allow(
    dead_code,
    reason = "the tests and the example each use a part of the world"
)]
#![allow(
    clippy::must_use_candidate,
    clippy::missing_panics_doc,
    reason = "all of it is test support, where a panic is a failed test"
)]

pub mod caller;
pub mod certificates;
pub mod dns;
pub mod edits;
pub mod encodings;
pub mod list;
pub mod made;
pub mod port;
pub mod proxy;
pub mod server;
pub mod staple;
pub mod tunnels;
pub mod web;

use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

#[allow(
    unused_imports,
    reason = "the tests and the example each use a part of the world"
)]
pub use self::{
    certificates::{Authority, Identity, Purpose},
    dns::{Behaviour, Dns, Envelope, Forgery, Proofs, RecordType, ZoneKey},
    edits::{Edit, edited},
    port::Port,
    proxy::{
        Guard, Harm, HelloPart, Refused, balancer, between, by_name, by_suite, by_version,
        leading_away, one_by_one, router, strict_router, turning_away, without_resumption,
        without_tls12, without_tls13,
    },
    server::{Act, ClientAuth, Methods, Old, Raw, Refusal, Server, Sip},
    web::Page,
};

/// How long a test waits for something that has to happen: longer than any machine is slow.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A thread with a runtime of its own; stopped and joined on drop.
struct Background {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Background {
    /// Runs what `main` makes, inside the runtime, until it ends or this value is dropped.
    fn start<F: Future<Output = ()>>(main: impl FnOnce() -> F + Send + 'static) -> Self {
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime needs only an event queue from the system")
                .block_on(async move {
                    tokio::select! {
                        () = main() => {}
                        _ = stopped => {}
                    }
                });
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(Err(panic)) = self.thread.take().map(thread::JoinHandle::join)
            && !thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

/// Set (to anything) in a process whose network nobody else shares: there the world may use any
/// address.
pub const OWN_NETWORK: &str = "XFED_INSIDE_NETWORK";

/// Holds the world to this machine.
fn stays_here(address: SocketAddr) {
    assert!(
        address.ip().is_loopback() || std::env::var_os(OWN_NETWORK).is_some(),
        "{address} is not a loopback address: the world stays on this machine"
    );
}

/// Listens at `address` before the runtime runs, so that the port is known, and open, at once.
fn listen(address: SocketAddr) -> (TcpListener, SocketAddr) {
    stays_here(address);
    let listener = TcpListener::bind(address)
        .unwrap_or_else(|error| panic!("cannot listen on {address}: {error}"));
    listener
        .set_nonblocking(true)
        .expect("every socket can be non-blocking");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    (listener, address)
}

/// Waits; not at all when there is nothing to wait for: tokio's shortest sleep is a millisecond.
async fn pause(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}
