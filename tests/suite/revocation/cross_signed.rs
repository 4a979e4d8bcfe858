//! An intermediate that two roots have certified, and one of the two certificates is revoked: whoever looks at
//! lists takes the other one, whichever was sent first.

use time::OffsetDateTime;

use super::*;
use crate::stage::file;
use crate::world::list::{List, places};
use crate::world::made::{Draft, Key, identity, pem};

const DISTRIBUTION: &str = "2.5.29.31";
const FAILS: &str = "pass pass pass pass fail pass";

struct Scene {
    stage: Stage,
    now: OffsetDateTime,
    roots: [(Draft, Key); 2],
    issuing: (Draft, Key),
}

impl Scene {
    fn new() -> Self {
        let now = OffsetDateTime::now_utc();
        let authority = |name, key| (Draft::authority(name, now), Key::p256(key));
        Self {
            stage: stage(),
            now,
            roots: [authority("CN=Root One", 1), authority("CN=Root Two", 2)],
            issuing: authority("CN=Molar X CA", 3),
        }
    }

    fn leaf(&self) -> Vec<u8> {
        let (issuing, key) = &self.issuing;
        let leaf = Draft::server(FQDN, self.now).without(DISTRIBUTION);
        leaf.signed(&Key::rsa(), issuing, key)
    }

    /// The certificate of the intermediate by one of the roots.
    fn by_root(&self, number: usize, serial: u8) -> Vec<u8> {
        let (root, root_key) = &self.roots[number];
        let draft = Draft {
            serial,
            ..self.issuing.0.clone()
        };
        let draft = draft.with(DISTRIBUTION, false, places(ROOTS));
        draft.signed(&self.issuing.1, root, root_key)
    }

    /// A check where the first so many of these roots are trusted, and the first one has revoked number 5.
    fn met(&self, intermediates: &[&[u8]], trusted: usize) -> Outcome {
        let (root, root_key) = &self.roots[0];
        let list = List {
            revoked: vec![(5, 1)],
            ..List::new(self.now, (&root.subject, root_key), 1)
        };
        let web = Server::web(Page::Length(list.der()));
        let leaf = self.leaf();
        let chain = [&[leaf.as_slice()], intermediates].concat();
        let server = demanding(identity(&chain, &Key::rsa())).start();
        let roots = self.roots[..trusted].iter();
        let roots: Vec<Vec<u8>> = roots.map(|(root, key)| root.self_signed(key)).collect();
        let roots: Vec<&[u8]> = roots.iter().map(Vec::as_slice).collect();
        let roots = file(&pem(&roots));
        let run = self.stage.check_without_roots("zahnfee.de");
        let run = run.arg("--ca-file").arg(roots.path());
        let run = run.connect("81.2.3.4", server.address());
        run.connect("81.2.3.9", web.address()).run()
    }
}

#[test]
fn the_other_certificate_counts_in_both_orders() {
    let scene = Scene::new();
    let (revoked, right) = (scene.by_root(0, 5), scene.by_root(1, 6));
    for chain in [[revoked.as_slice(), &right], [&right, &revoked]] {
        let outcome = scene.met(&chain, 2);
        outcome.lacks("cert-revoked").stands(ALL_PASS, "ready", 0);
    }
    // Three of them, the two revoked first.
    let again = scene.by_root(0, 5);
    let outcome = scene.met(&[&revoked, &again, &right], 2);
    outcome.lacks("cert-revoked").stands(ALL_PASS, "ready", 0);
}

#[test]
fn where_there_is_no_other_way_it_is_revoked() {
    let scene = Scene::new();
    let (revoked, right) = (scene.by_root(0, 5), scene.by_root(1, 6));
    for (chain, trusted) in [
        (vec![revoked.as_slice()], 2),
        // Nobody has the other root.
        (vec![revoked.as_slice(), &right], 1),
        (vec![right.as_slice(), &revoked], 1),
    ] {
        let outcome = scene.met(&chain, trusted);
        outcome
            .shows("certificate", "cert-revoked", "fail")
            .stands(FAILS, "not-ready", 1);
        let args = &outcome.finding("certificate", "cert-revoked")["args"];
        assert_eq!(args["who"], "intermediate", "{outcome}");
    }
}
