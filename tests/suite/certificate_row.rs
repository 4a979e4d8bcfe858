//! Step 5 without network, process or clock: a chain, roots and a moment in, the row out.

use time::OffsetDateTime;
use xfed::internals::{
    Der, Domain, EndpointFacts, FEDERATION_PORT, Fqdn, Judge, Micros, Published, Roots, Row, STEPS,
    StepId, TcpOutcome, Terms, TlsFacts, TlsOutcome, TlsVersion, TrustFacts,
};

/// An endpoint that showed this chain, as the probes would have written it down at `now`.
pub(crate) fn endpoint(
    fqdn: &str,
    chain: Vec<Der>,
    roots: &Roots,
    now: OffsetDateTime,
) -> EndpointFacts {
    let path = roots.look_at(&chain, now.unix_timestamp());
    let trust = TrustFacts {
        verdict: roots.verdict(path.as_ref()),
        local: None,
        public: None,
        path,
    };
    let fqdn = Fqdn::parse(fqdn).expect("a server's name");
    let published = [81, 2, 3, 4].into();
    let address = (published, FEDERATION_PORT).into();
    EndpointFacts {
        tls: Some(TlsFacts {
            server_hello: true,
            version: Some(TlsVersion::Tls13),
            chain,
            key_proven: Some(true),
            secure_renegotiation: None,
            staple: None,
            trust: Some(trust),
            ..TlsFacts::begun(TlsOutcome::Finished)
        }),
        ..EndpointFacts::new(
            fqdn,
            Some(published),
            address,
            TcpOutcome::Connected(Micros(1)),
        )
    }
}

/// Judges once, and weighs it twice: as the owner's and as a partner's.
pub(crate) fn judged(endpoint: &EndpointFacts, domain: &str, now: OffsetDateTime) -> [Row; 2] {
    let step = &STEPS[4];
    assert_eq!(step.id, StepId::Certificate);
    let Judge::Endpoints(judge) = step.judge else {
        panic!("step 5 judges endpoints");
    };
    let own = Terms::new(Domain::parse(domain).expect("a domain"), now);
    let published = Published {
        addresses: Vec::new(),
        endpoints: vec![endpoint],
    };
    let judged = judge(&published, &own);
    let partner = Terms {
        partner: true,
        ..own.clone()
    };
    [own, partner].map(|terms| {
        let mut judged = judged.clone();
        terms.weigh(&mut judged.findings);
        Row::new(step.id, judged)
    })
}
