//! The reports on whoever called: one for each domain.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::config::listen::Listening;
use crate::engine;
use crate::facts::{CallFacts, Facts, TestPartner};
use crate::judge::outbound::{domains_of, without_others};
use crate::model::names::Domain;
use crate::model::plan::{Plan, Scope, Terms};
use crate::probe;
use crate::probe::listen::{Heard, caller};
use crate::probe::shared::Shared;
use crate::report::{Report, SavedCheck};

/// The report on each domain that called; where none did, the one that says so.
pub(super) async fn reports(
    listening: &Listening,
    heard: Heard,
    own_faults: Vec<String>,
    shared: &Arc<Shared>,
) -> Vec<Report> {
    let Heard {
        calls,
        strangers,
        listened,
    } = heard;
    let all = CallFacts {
        partner: TestPartner {
            fqdn: listening.fqdn.clone(),
            domain: listening.domain.clone(),
            port: listening.port,
            expected: listening.expected.clone(),
            demand: listening.demand,
            named_authorities: listening.names_authorities,
            echoes: listening.echoes,
            own_faults,
        },
        listened,
        calls,
        strangers,
    };
    let domains = match &listening.expected {
        Some(expected) => vec![expected.clone()],
        None => domains_of(&all),
    };
    if domains.is_empty() {
        return vec![report(listening, &listening.domain, all, false, shared).await];
    }
    let mut reports = Vec::new();
    for domain in &domains {
        let own = without_others(&all, domain, &domains);
        let has_called = !own.calls.is_empty();
        reports.push(report(listening, domain, own, has_called, shared).await);
    }
    reports
}

/// The report on one domain. Where it has not called, there is nobody to be asked about.
async fn report(
    listening: &Listening,
    domain: &Domain,
    mut of_calls: CallFacts,
    has_called: bool,
    shared: &Arc<Shared>,
) -> Report {
    let plan = plan(listening, domain);
    let facts = if has_called {
        let cx = probe::Context::new(Arc::new(plan.clone()), Arc::clone(shared));
        caller::facts(&cx, &mut of_calls.calls).await
    } else {
        Facts::default()
    };
    let check = SavedCheck {
        input: plan.input,
        labels: plan.labels,
        terms: plan.terms,
        elapsed_us: of_calls.listened.0.saturating_mul(1000),
        redacted: false,
        place: None,
        beside: Vec::new(),
        facts: Facts {
            calls: Some(of_calls),
            ..facts
        },
    };
    engine::replay(check)
}

/// The plan for the domain that called.
fn plan(listening: &Listening, domain: &Domain) -> Plan {
    let now = OffsetDateTime::now_utc();
    let terms = Terms {
        own_roots: listening.plan.terms.own_roots,
        policy: listening.policy.about(domain),
        scope: Scope::Outbound,
        ..Terms::new(domain.clone(), now)
    };
    Plan {
        input: domain.to_string(),
        terms,
        ..listening.plan.clone()
    }
}
