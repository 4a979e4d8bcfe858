//! The steps on the way to name servers, as far as others have gone them.

use std::sync::Arc;
use std::time::Duration;

use super::carriers::Carrier;
use crate::facts::{DnsOutcome, Losing, NameServer, Passed, RecordType};
use crate::probe::Context;
use crate::probe::kept::{Fresh, Kept};

/// So many steps are kept, twice.
const ROOM: usize = 8192;
const STEP: Duration = Duration::from_secs(600);
const ANSWER: Duration = Duration::from_secs(60);
/// Whoever comes next tries again.
const FAILURE: Duration = Duration::from_secs(2);

/// One step on the way, by one question to the servers of one zone.
#[derive(Clone, Debug)]
pub(in crate::probe::dns) enum Step {
    /// To the zone below, with such addresses as may be believed.
    Cut(String, Vec<Carrier>),
    /// The same servers speak for the zone below.
    Same(String),
    /// Yes or no.
    Said(DnsOutcome),
    /// Nobody says anything: so it ends, at these.
    Failed(Losing, Vec<NameServer>),
    Unknown,
}

/// The same, with what is noted of those servers where not every resolver gets past them.
#[derive(Clone, Debug)]
pub(in crate::probe::dns) struct Stepped {
    pub(in crate::probe::dns) step: Step,
    /// What the other servers of the zone say to a question for addresses: each may be the one that is asked.
    pub(in crate::probe::dns) others: Vec<(NameServer, DnsOutcome)>,
    pub(in crate::probe::dns) passed: Vec<Passed>,
    /// Who of them hands the name on, and those of the others that do so otherwise, or not at all.
    pub(in crate::probe::dns) led_by: Option<NameServer>,
    pub(in crate::probe::dns) apart: Vec<(NameServer, Step)>,
}

impl Stepped {
    /// Past servers at which everybody gets on.
    pub(in crate::probe::dns) fn to(step: Step) -> Self {
        Self {
            step,
            others: Vec::new(),
            passed: Vec::new(),
            led_by: None,
            apart: Vec::new(),
        }
    }
}

/// The steps that checks of a run have gone, by what was asked. One of them waits for none of the
/// others, so that nobody waits in a circle.
#[derive(Debug)]
pub(in crate::probe) struct Steps(Kept<Asked, Arc<Stepped>>);

impl Default for Steps {
    fn default() -> Self {
        Self(Kept::new(ROOM))
    }
}

impl Steps {
    /// The step that this question leads to, of these servers of a zone, or what it was for another check.
    pub(in crate::probe::dns) async fn get(
        &self,
        cx: &Context,
        (zone, name, record): (&str, &str, RecordType),
        asking: impl Future<Output = Stepped>,
    ) -> Arc<Stepped> {
        let asked = Asked {
            zone: zone.to_ascii_lowercase(),
            name: name.to_ascii_lowercase(),
            record,
            way: cx.way,
        };
        let asking = async {
            let stepped = asking.await;
            Fresh {
                keep: Some(match &stepped.step {
                    Step::Cut(..) | Step::Same(_) => STEP,
                    Step::Said(outcome) if !outcome.is_no() => ANSWER,
                    Step::Said(_) | Step::Failed(..) | Step::Unknown => FAILURE,
                }),
                value: Arc::new(stepped),
                weight: 1,
            }
        };
        self.0.get(cx, asked, asking).await
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Asked {
    zone: String,
    name: String,
    record: RecordType,
    way: u64,
}
