//! By table: what DNS shows, and what is advised.

mod names;
mod variant;
mod warnings;

use std::net::Ipv4Addr;

use super::*;
use crate::facts::{Alias, Data, Record, RecordType, Unanswered, ViewAnswer};
use crate::model::names::Fqdn;
use crate::model::plan::View;

const VARIANTS: [Variant; 4] = [
    Variant::Email,
    Variant::Without,
    Variant::TakeOver,
    Variant::Own,
];

fn lookup(name: &str, record: RecordType, outcome: DnsOutcome) -> Lookup {
    let answer = ViewAnswer {
        disproved: None,
        view: View::System,
        server: None,
        outcome,
        elapsed_us: 1,
        internal: false,
        marks: None,
    };
    Lookup {
        answers: vec![answer],
        ..Lookup::of(name, record)
    }
}

fn records(data: Vec<Data>) -> DnsOutcome {
    let records = data.into_iter().map(|data| Record { ttl: 60, data });
    DnsOutcome::Records {
        aliases: Vec::new(),
        records: records.collect(),
    }
}

fn nothing() -> DnsOutcome {
    DnsOutcome::NoData {
        aliases: Vec::new(),
        negative_ttl: Some(300),
        zone: None,
    }
}

fn missing(target: Option<&str>) -> DnsOutcome {
    let alias = |target: &str| Alias {
        name: "autodiscover.zahnfee.de".to_owned(),
        target: target.to_owned(),
        subtree: None,
        others: Vec::new(),
    };
    DnsOutcome::NoName {
        aliases: target.map(alias).into_iter().collect(),
        negative_ttl: Some(300),
        zone: None,
    }
}

fn srv(port: u16, target: &str) -> Data {
    Data::Srv(Srv {
        priority: 0,
        weight: 0,
        port,
        target: target.to_owned(),
    })
}

fn mail(exchange: &str) -> DnsOutcome {
    records(vec![Data::Mx(10, exchange.to_owned())])
}

fn wish() -> Wish {
    Wish {
        domain: Domain::parse("zahnfee.de").expect("a domain"),
        fqdn: None,
        ip: None,
        variant: None,
        own: None,
        typed: None,
    }
}

/// Mail, and nothing else.
fn survey() -> Survey {
    use RecordType::{A, Aaaa, Caa, Mx, Soa, Srv, Txt};
    let soa = records(vec![Data::Soa("ns1.zahnfee.de".to_owned(), 1)]);
    Survey {
        soa: lookup("zahnfee.de", Soa, soa),
        mx: lookup("zahnfee.de", Mx, mail("mail.zahnfee.de")),
        txt: lookup("zahnfee.de", Txt, nothing()),
        services: vec![lookup("autodiscover.zahnfee.de", A, missing(None))],
        srv: vec![
            lookup("_sipfederationtls._tcp.zahnfee.de", Srv, missing(None)),
            lookup(
                "_sipfederationtls._tcp.xphone.zahnfee.de",
                Srv,
                missing(None),
            ),
        ],
        hosts: vec![lookup("xphone.zahnfee.de", A, missing(None))],
        hosts_v6: vec![lookup("xphone.zahnfee.de", Aaaa, missing(None))],
        caa: ["xphone.zahnfee.de", "zahnfee.de"]
            .map(|name| lookup(name, Caa, nothing()))
            .into(),
        own_soa: lookup("xphone.zahnfee.de", Soa, missing(None)),
        above: None,
        above_srv: None,
        wildcard: None,
        below: Vec::new(),
        internal: None,
        signing: Vec::new(),
        made_at: time::OffsetDateTime::UNIX_EPOCH,
    }
}

fn set(lookup: &mut Lookup, outcome: DnsOutcome) {
    lookup.answers[0].outcome = outcome;
}

fn ids(advice: &Advice) -> Vec<&'static str> {
    advice.warnings.iter().map(|note| note.id).collect()
}
