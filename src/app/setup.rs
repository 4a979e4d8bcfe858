//! `xfed plan`: ask DNS, advise, print.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use time::OffsetDateTime;

use super::console::{Console, ignore_closed_pipe};
use super::error::Error;
use super::file_names::Subject;
use super::files::Files;
use crate::config::setup::{Kind, SetupOptions, Setups, read};
use crate::config::{CommandLine, Configuration, Target};
use crate::facts::{Lookup, Survey};
use crate::judge;
use crate::model::finding::Finding;
use crate::model::plan::{Plan, Terms};
use crate::probe;
use crate::probe::shared::Shared;
use crate::render::setup::{Plan as Page, PlanFormat};
use crate::setup::{Advice, Purpose, Sheet, Side, Variant, Wish, advise};
use crate::text::Texts;

/// Domains asked about at the same time.
const JOBS: usize = 8;

/// Never fails on DNS: the plan lists what could not be looked up.
pub(super) fn run(
    targets: &[Target],
    command: &CommandLine<SetupOptions>,
    file: Option<&Configuration>,
    texts: &Texts,
    console: &mut Console<'_>,
) -> Result<u8, Error> {
    let Setups {
        wishes,
        format,
        files,
        kind,
    } = read(targets, command, file, OffsetDateTime::now_utc())?;
    console.announce_configuration(file, None, texts)?;
    console.announce_left_out(file, texts)?;
    for (wish, plan) in &wishes {
        console.announce_domain(&plan.input, wish.domain.as_str(), texts)?;
    }
    let about = wishes.iter().map(|(wish, plan)| Subject {
        domain: &wish.domain,
        labels: &plan.labels,
    });
    let opened = Files::open(&files, &about.collect::<Vec<_>>())?;
    let pages = plan_all(wishes, &kind)?;
    let in_file = console.look.in_file();
    let in_files = opened.write_plans(&pages, |format, pages, out| {
        let format = PlanFormat::of(format).expect("the other formats were refused");
        format.write(pages, texts, in_file, out)
    });
    format
        .write(
            &pages.iter().collect::<Vec<_>>(),
            texts,
            console.look,
            console.out,
        )
        .and_then(|()| console.out.flush())
        .or_else(ignore_closed_pipe)?;
    in_files?;
    Ok(0)
}

/// Plans for all of them, in their order.
fn plan_all(wishes: Vec<(Wish, Plan)>, kind: &Kind) -> io::Result<Vec<Page>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let pages = runtime.block_on(async {
        let shared = &Arc::new(Shared::new(None, None));
        let wishes = stream::iter(wishes);
        let planning = wishes.map(|(wish, plan)| async move {
            let (input, labels) = (plan.input.clone(), plan.labels.clone());
            let is_asked = plan.renewal;
            let (wish, plan, survey) = survey(wish, plan, shared).await;
            let advice = advise(&wish, &survey);
            let renewal = renewal(&advice, &survey, plan, shared).await;
            let side = Side::of(&wish, &survey, &advice);
            let page = Page {
                input,
                labels,
                wish,
                advice,
                renewal,
                is_port_asked: is_asked,
                purpose: match kind {
                    Kind::TestPartner(caller) => Purpose::TestPartner(caller.clone()),
                    Kind::Open | Kind::Direct => Purpose::Open,
                },
            };
            (page, side)
        });
        planning.buffered(JOBS).collect::<Vec<_>>().await
    });
    let (mut pages, sides): (Vec<Page>, Vec<Side>) = pages.into_iter().unzip();
    if *kind == Kind::Direct {
        for (place, page) in pages.iter_mut().enumerate() {
            let mut others = sides.clone();
            let own = others.remove(place);
            page.purpose = Purpose::Direct { own, others };
        }
    }
    // A resolver library that hangs must not hold up the result.
    runtime.shutdown_background();
    Ok(pages)
}

/// What DNS shows of the domain; of the one above, where the name of its server was typed.
async fn survey(wish: Wish, plan: Plan, shared: &Arc<Shared>) -> (Wish, Plan, Survey) {
    let found = look(&wish, plan.clone(), shared).await;
    let Some(meant) = wish.for_the_domain_of(&found) else {
        return (wish, plan, found);
    };
    let plan = Plan {
        terms: Terms {
            domain: meant.domain.clone(),
            ..plan.terms.clone()
        },
        ..plan
    };
    let found = look(&meant, plan.clone(), shared).await;
    (meant, plan, found)
}

/// What Let's Encrypt would meet that is asked for the certificate.
async fn renewal(
    advice: &Advice,
    survey: &Survey,
    plan: Plan,
    shared: &Arc<Shared>,
) -> Vec<Finding> {
    let Sheet { fqdn, address, .. } = &advice.sheet;
    let is_asked = plan.renewal && advice.variant != Variant::Without;
    let visits = if is_asked {
        // The address that is planned, be it published or not.
        let v4 = address.map(IpAddr::V4).into_iter();
        let v6 = survey.host_v6(fqdn).into_iter().flat_map(Lookup::addresses);
        let cx = probe::Context::new(Arc::new(plan), Arc::clone(shared));
        probe::renewal::visits(&cx, fqdn, v4.chain(v6)).await
    } else {
        Vec::new()
    };
    let server = survey.renewal_of(fqdn, visits);
    judge::renewal::judge_ahead(&server, survey.host(fqdn), is_asked)
}

async fn look(wish: &Wish, plan: Plan, shared: &Arc<Shared>) -> Survey {
    // The deadline runs from here.
    let cx = probe::Context::new(Arc::new(plan), Arc::clone(shared));
    Box::pin(probe::gather::survey(&cx, wish)).await
}
