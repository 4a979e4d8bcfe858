//! Federation readiness for XPhone Connect Server: the vendor's six-step checklist as independent
//! probes, judged, explained, and right.
//!
//! Data flows one way. [`config`] turns options into a `Plan`; the probes in [`probe`] turn
//! the network into [`facts`]; the judges in [`judge`] turn facts into findings, as pure functions;
//! [`engine`] runs them side by side; [`report`] holds rows, verdict and exit code; [`text`] and
//! [`render`] make something of it that people and machines can read.
//!
//! The program is all there is to use: nothing in here is promised to other crates. What the test
//! suite, the example and the fuzz targets look at is in `internals`.

pub(crate) mod app;
pub(crate) mod cli;
pub(crate) mod compare;
pub(crate) mod config;
pub(crate) mod engine;
pub(crate) mod facts;
pub(crate) mod judge;
pub(crate) mod known;
pub(crate) mod model;
pub(crate) mod pki;
pub(crate) mod probe;
pub(crate) mod render;
pub(crate) mod report;
pub(crate) mod serve;
pub(crate) mod setup;
pub(crate) mod text;
pub(crate) mod wire;

pub use app::process::main;

/// What the test suite, the example and the fuzz targets use of the inside.
#[doc(hidden)]
pub mod internals {
    pub use crate::app::{Console, run};
    pub use crate::cli::{Cli, Command};
    pub use crate::config::{
        ColorChoice, Configuration, Error as ConfigError, Settings, parse_targets, resolve, targets,
    };
    pub use crate::engine::replay;
    pub use crate::facts::*;
    pub use crate::judge::{Judge, STEPS, all_rules};
    pub use crate::known::ms_diagnostics::DIAGNOSTICS;
    pub use crate::known::subjects::{DIFFERENCES, Kind, SUBJECTS};
    pub use crate::model::finding::StepId;
    pub use crate::model::labels::Labels;
    pub use crate::model::limits::FEDERATION_PORT;
    pub use crate::model::names::{Domain, Fqdn};
    pub use crate::model::plan::Terms;
    pub use crate::model::policy::Policy;
    pub use crate::pki::container::{Held, offers, open, read as read_certificates};
    pub use crate::pki::crl::look_up as revoked;
    pub use crate::pki::ocsp::judge as judge_staple;
    pub use crate::pki::roots::Roots;
    pub use crate::pki::x509::{Certificate, read_name};
    pub use crate::render::Look;
    pub use crate::report::offers::Offers;
    pub use crate::report::{Report, Row, SavedCheck, saved};
    pub use crate::text::{Lang, Texts, is_harmful, printable};
    pub use crate::wire::dns::read_answer;
    pub use crate::wire::hello;
    pub use crate::wire::http::{Reader as HttpReader, Refused as HttpRefused};
    pub use crate::wire::sip::framer::{Framed, Framer};
    pub use crate::wire::sip::message::Start;
    pub use crate::wire::sip::partner::{Identity as PartnerIdentity, Line, Partner, Reaction};
    pub use crate::wire::sip::shown::shown;
    pub use crate::wire::sip::{Received, SoFar, read_headers, read_response};
}
