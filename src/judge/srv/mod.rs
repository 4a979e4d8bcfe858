//! Step 3, the SRV record `_sipfederationtls._tcp.<domain>`.

mod near_misses;
mod record;

use self::record::{host_for, written};
use super::domain::{
    below_cut, doubtful, judge_names_above, judge_several_aliases, judge_silence, lookup_failure,
    unserved,
};
use super::lookup::{Difference, differences, kept};
use super::{our_way, suffixes};
use crate::facts::{Data, DnsOutcome, Srv, SrvFacts, Target, ZoneFacts};
use crate::known::inside;
use crate::known::microsoft::Cloud;
use crate::model::finding::{Finding, Judged, Note, Severity, Skip, StepId, rules};
use crate::model::limits::MAX_TARGETS;
use crate::model::names::{Domain, Fqdn};
use crate::model::plan::{Federation, Terms};

rules! {
    SRV_MISSING = "srv-missing", Fail, [DnsAdmin] (as partner: Partner, XphoneAdmin), [LookupSrv];
    SRV_NAME_TYPO = "srv-name-typo", Fail, [DnsAdmin], [LookupName, LookupSrv];
    SRV_OWNER_DOUBLED = "srv-owner-doubled", Fail, [DnsAdmin], [LookupName, LookupSrv];
    SRV_WRONG_TYPE = "srv-wrong-type", Fail, [DnsAdmin], [LookupName, LookupSrv];
    SRV_SERVICE_DISABLED = "srv-service-disabled", Fail, [DnsAdmin], [LookupSrv];
    SRV_TARGET_DOUBLED = "srv-target-doubled", Fail, [DnsAdmin], [LookupSrv];
    SRV_TARGET_IS_ADDRESS = "srv-target-is-address", Fail, [DnsAdmin], [LookupSrv];
    SRV_TARGET_PROXIED = "srv-target-proxied", Fail, [DnsAdmin], [LookupSrv];
    SRV_TARGET_MALFORMED = "srv-target-malformed", Fail, [DnsAdmin], [LookupSrv];
    SRV_FIELDS_SWAPPED = "srv-fields-swapped", Fail, [DnsAdmin], [LookupSrv];
    SRV_WRONG_PORT = "srv-wrong-port", Fail, [DnsAdmin], [LookupSrv];
    SRV_POINTS_TO_MICROSOFT = "srv-points-to-microsoft", Fail (as partner: Info), [XphoneAdmin, DnsAdmin], [LookupSrv];
    SRV_MIXED_PLATFORMS = "srv-mixed-platforms", Fail (as partner: Info), [XphoneAdmin, DnsAdmin], [LookupSrv];
    SRV_DIFFERS_FROM_FQDN = "srv-differs-from-fqdn", Fail, [DnsAdmin, XphoneAdmin] (as partner: XphoneAdmin, Partner), [LookupSrv];
    SRV_SEVERAL = "srv-several", Info, [DnsAdmin], [LookupSrv];
    SRV_NOT_ALL_FOLLOWED = "srv-not-all-followed", Unknown, [DnsAdmin], [LookupSrv];
    SRV_NOT_YET_VISIBLE = "srv-not-yet-visible", Warn, [DnsAdmin] (as partner: Network), [LookupSrv];
    SRV_STALE = "srv-stale", Warn, [DnsAdmin] (as partner: Network), [LookupSrv];
    SRV_PUBLISHED_IN_DIRECT = "srv-published-in-direct", Info, [XphoneAdmin, DnsAdmin], [LookupSrv];
}

pub(crate) fn judge(zone: &ZoneFacts, srv: &SrvFacts, terms: &Terms) -> Judged {
    if terms.federation == Federation::Direct {
        return judge_direct(srv, terms);
    }
    let mut judged = judge_published(zone, srv, terms);
    judged
        .findings
        .extend(judge_silence(&srv.lookup, &zone.soa));
    judged.findings.extend(judge_names_above(&srv.lookup));
    let aliases = judge_several_aliases(&srv.lookup, terms, Vec::new());
    judged.findings.extend(aliases);
    judged.findings.extend(judge_views(srv, terms));
    judged.findings.extend(our_way::judge(&srv.lookup, terms));
    judged.findings.extend(judge_count(srv, terms));
    judged.findings.extend(suffixes::judge(&srv.lookup, None));
    judged
}

/// More servers than are looked at: a partner may be led to any of the others.
fn judge_count(srv: &SrvFacts, terms: &Terms) -> Option<Finding> {
    let count = srv.count_servers(terms);
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    (count > MAX_TARGETS).then(|| {
        Finding::new(&SRV_NOT_ALL_FOLLOWED)
            .with("count", number(count))
            .with("followed", number(MAX_TARGETS))
    })
}

/// Views that do not see what counts: not yet, or still something older.
fn judge_views(srv: &SrvFacts, terms: &Terms) -> Vec<Finding> {
    let lookup = &srv.lookup;
    let published: Vec<String> = lookup.srv().map(Srv::to_string).collect();
    let differences = differences(lookup).into_iter();
    differences
        .filter_map(|difference| {
            let answer = match difference {
                Difference::Explained(finding) => return Some(finding),
                // That a company's own zone has no such record is no news. One that has it, and it
                // alone, is where it was entered by mistake.
                Difference::Internal(answer) => {
                    let is_entered = lookup.answer().is_no() && !answer.outcome.is_no();
                    return is_entered.then(|| doubtful(lookup, answer, "internal"));
                }
                Difference::Older(answer) => answer,
            };
            let leads_inside = |data: &Data| match data {
                Data::Srv(srv) => inside::is_inside(&srv.target),
                _ => false,
            };
            let records = answer.outcome.records().iter();
            if answer
                .outcome
                .records()
                .iter()
                .any(|it| leads_inside(&it.data))
            {
                return Some(doubtful(lookup, answer, "internal"));
            }
            let seen: Vec<String> = records.map(|record| record.data.to_string()).collect();
            let rule = if seen.is_empty() {
                &SRV_NOT_YET_VISIBLE
            } else {
                &SRV_STALE
            };
            let finding = Finding::new(rule)
                .with("view", answer.view.to_string())
                .with("seen", seen)
                .with("published", published.clone());
            Some(kept(finding, lookup, answer, terms))
        })
        .collect()
}

fn judge_published(zone: &ZoneFacts, srv: &SrvFacts, terms: &Terms) -> Judged {
    let Some(unserved) = unserved(&srv.lookup) else {
        return judge_answer(zone, srv, terms);
    };
    // What a resolver remembers is worth a look; that it has nothing is not worth a word.
    let mut judged = match srv.lookup.answer() {
        DnsOutcome::Records { .. } => judge_records(&srv.in_order(), terms),
        _ => Judged::new(Note::new("seen-nothing"), Vec::new()),
    };
    judged.findings.insert(0, unserved);
    judged
}

fn judge_answer(zone: &ZoneFacts, srv: &SrvFacts, terms: &Terms) -> Judged {
    let misses = srv.misplaced(terms);
    if !misses.is_empty() {
        let found: Vec<String> = misses.iter().flat_map(near_misses::found).collect();
        let wait = minutes(srv.lookup.answer().negative_ttl(), terms);
        let findings = misses
            .iter()
            .map(|miss| near_misses::judge(miss, terms).with("wait", wait))
            .collect();
        return Judged::new(Note::new("seen-srv").with("records", found), findings);
    }
    let name = terms.domain.srv_name();
    let negative_ttl = match srv.lookup.answer() {
        DnsOutcome::Records { .. } => return judge_records(&srv.in_order(), terms),
        DnsOutcome::NoName { .. }
            if matches!(zone.soa.answer(), DnsOutcome::NoName { .. }) && terms.fqdn.is_none() =>
        {
            return Judged::waits_for(StepId::Domain, Note::new("needs-domain"));
        }
        DnsOutcome::NoName { negative_ttl, .. } | DnsOutcome::NoData { negative_ttl, .. } => {
            *negative_ttl
        }
        DnsOutcome::Failed { .. } | DnsOutcome::Elsewhere { .. } | DnsOutcome::Unanswered(_) => {
            return judge_failure(zone, srv);
        }
    };
    let finding = Finding::new(&SRV_MISSING)
        .with("name", name)
        .with("wait", minutes(negative_ttl, terms));
    let finding = below_cut(finding, &srv.lookup);
    Judged::new(Note::new("seen-srv-missing"), vec![finding])
}

/// Minutes, rounded up: how long resolvers may keep saying no. 0 when that is not known, and where the
/// answer comes from a file: nobody can have kept what was never published.
fn minutes(seconds: Option<u32>, terms: &Terms) -> u32 {
    let kept = seconds.filter(|_| terms.scope.is_whole());
    kept.unwrap_or(0).div_ceil(60)
}

/// Nobody answered: the row of step 1 says so when nobody answered there either.
fn judge_failure(zone: &ZoneFacts, srv: &SrvFacts) -> Judged {
    match lookup_failure(&srv.lookup) {
        Some(failure) if zone.soa.answer().is_conclusive() => {
            Judged::new(Note::new("seen-nothing"), vec![failure])
        }
        _ => Judged::waits_for(StepId::Domain, Note::new("needs-domain")),
    }
}

fn judge_direct(srv: &SrvFacts, terms: &Terms) -> Judged {
    let records = srv.in_order();
    let names_fqdn = |srv: &&Srv| matches!(Target::parse(&srv.target, &terms.domain), Target::Host(fqdn) if Some(&fqdn) == terms.fqdn.as_ref());
    let mut findings = Vec::new();
    if !records.is_empty() {
        let severity = if records.iter().all(names_fqdn) {
            Severity::Info
        } else {
            Severity::Warn
        };
        let is_teams = |srv: &&Srv| Target::parse(&srv.target, &terms.domain).is_microsoft();
        let platform = if records.iter().any(is_teams) {
            "microsoft"
        } else if severity == Severity::Info {
            "right"
        } else {
            "own"
        };
        let fqdn = terms.fqdn.as_ref().map(Fqdn::to_string).unwrap_or_default();
        let shown: Vec<String> = records
            .iter()
            .map(std::string::ToString::to_string)
            .collect();
        let finding = Finding::new(&SRV_PUBLISHED_IN_DIRECT)
            .with("records", shown)
            .with("platform", platform)
            .with("fqdn", fqdn);
        findings.push(finding.weighing(severity));
    }
    Judged {
        skip: Some(Skip::NotApplicable),
        ..Judged::new(Note::new("seen-srv-direct"), findings)
    }
}

fn judge_records(records: &[&Srv], terms: &Terms) -> Judged {
    let mut findings: Vec<Finding> = Vec::new();
    let targets: Vec<Target> = records
        .iter()
        .map(|srv| Target::parse(&srv.target, &terms.domain))
        .collect();
    for (srv, target) in records.iter().zip(&targets) {
        findings.extend(record::judge(srv, target, terms));
    }
    findings.extend(judge_platform(records, &targets, terms));
    findings.extend(judge_names(&targets, terms));
    let shown: Vec<String> = records
        .iter()
        .map(std::string::ToString::to_string)
        .collect();
    if records.len() > 1 {
        findings.push(Finding::new(&SRV_SEVERAL).with("records", shown.clone()));
    }
    Judged::new(Note::new("seen-srv").with("records", shown), findings)
}

/// The servers that the records name, where none of them is the one that the user gave. A target
/// that is no name at all is said by itself.
fn judge_names(targets: &[Target], terms: &Terms) -> Option<Finding> {
    let fqdn = terms.fqdn.as_ref()?;
    let named = |target: &Target| match target {
        Target::Host(fqdn) => Some(fqdn.to_string()),
        Target::Microsoft(fqdn) if terms.partner => Some(fqdn.to_string()),
        Target::Microsoft(_)
        | Target::None
        | Target::Address(_)
        | Target::Proxied
        | Target::Doubled(_)
        | Target::Unencoded(_)
        | Target::Unfinished(_)
        | Target::Malformed => None,
    };
    let published: Vec<String> = targets.iter().filter_map(named).collect();
    let differs = !published.is_empty() && !published.iter().any(|name| name == fqdn.as_str());
    let finding = || {
        Finding::new(&SRV_DIFFERS_FROM_FQDN)
            .with("fqdn", fqdn.as_str())
            .with("targets", published)
            .with("absent", "no")
            .with("expected", written(0, 0, fqdn.as_str(), terms))
    };
    differs.then(finding)
}

fn judge_platform(records: &[&Srv], targets: &[Target], terms: &Terms) -> Option<Finding> {
    let by_platform = |microsoft: bool| -> Vec<String> {
        let wanted =
            |target: &Target| target.is_microsoft() == microsoft && *target != Target::None;
        records
            .iter()
            .zip(targets)
            .filter(|(_, target)| wanted(target))
            .map(|(srv, _)| srv.target.clone())
            .collect()
    };
    let (microsoft, others) = (by_platform(true), by_platform(false));
    let cloud = targets.iter().find_map(|target| match target {
        Target::Microsoft(edge) => Cloud::of(edge),
        Target::None
        | Target::Address(_)
        | Target::Proxied
        | Target::Malformed
        | Target::Doubled(_)
        | Target::Unencoded(_)
        | Target::Unfinished(_)
        | Target::Host(_) => None,
    })?;
    let about = |rule| {
        Finding::new(rule)
            .with("domain", terms.domain.as_str())
            .with("targets", microsoft)
            .with("cloud", cloud.key())
    };
    Some(if others.is_empty() {
        about(&SRV_POINTS_TO_MICROSOFT)
            .with("own_domain", own_domain(&terms.domain))
            .with("own_server", host_for(None, terms))
            .with(
                "server_assumed",
                if terms.fqdn.is_none() { "yes" } else { "no" },
            )
    } else {
        about(&SRV_MIXED_PLATFORMS).with("own", others)
    })
}

/// A domain that XPhone can have for itself beside Teams (guide, chapter 10, variant 3).
fn own_domain(domain: &Domain) -> String {
    let taken = domain.as_str().starts_with("xphone.");
    format!("{}.{domain}", if taken { "chat" } else { "xphone" })
}
