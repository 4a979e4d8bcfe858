//! The certificates of the servers themselves that a report shows, each once.

use crate::facts::Der;
use crate::report::Report;

/// A certificate, and where it was shown.
pub(super) struct Leaf<'a> {
    pub(super) certificate: &'a Der,
    pub(super) endpoints: Vec<String>,
}

/// In the order in which they were seen.
pub(super) fn of(report: &Report) -> Vec<Leaf<'_>> {
    let mut leaves: Vec<Leaf<'_>> = Vec::new();
    for endpoint in report.facts().endpoints.iter().flatten() {
        let shown = endpoint.shown().and_then(|shown| shown.chain.first());
        let Some(certificate) = shown else {
            continue;
        };
        let place = endpoint.address.to_string();
        match leaves
            .iter_mut()
            .find(|leaf| leaf.certificate == certificate)
        {
            Some(leaf) => leaf.endpoints.push(place),
            None => leaves.push(Leaf {
                certificate,
                endpoints: vec![place],
            }),
        }
    }
    leaves
}
