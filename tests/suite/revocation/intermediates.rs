//! The lists that intermediates name.

use super::*;

/// An intermediate that its root has revoked takes all below it along; Windows looks at it.
#[test]
fn a_revoked_intermediate() {
    for is_revoked in [true, false] {
        let dns = Dns::zone("zahnfee.de", &format!("{ZONE}\ncrl A 81.2.3.9"));
        let stage = Stage::with_authority(dns, Authority::listed(ROOTS));
        let list = stage.authority.crl().by_root();
        let list = if is_revoked {
            list.revoking_intermediate()
        } else {
            list
        };
        let web = Server::web(Page::Length(list.der()));
        let request = stage.authority.certificate(FQDN).rsa().no_crl();
        let server = demanding(request.issue()).start();
        let outcome = check(&stage, &server, web.address()).run();
        let answer = &outcome.report()["facts"]["endpoints"][0]["issuer_revocations"][0];
        assert_eq!(answer["revocation"]["url"], ROOTS, "{outcome}");
        if is_revoked {
            let finding = outcome.finding("certificate", "cert-revoked");
            assert_eq!(finding["args"]["who"], "intermediate");
            let message = finding["message"].as_str().expect("a message");
            assert!(
                message.contains("Issuing") && message.contains(ROOTS),
                "{message}"
            );
            outcome.stands("pass pass pass pass fail pass", "not-ready", 1);
        } else {
            outcome.stands(ALL_PASS, "ready", 0);
        }
    }
}

/// A list that only the intermediate names is as much wanted as that of the leaf; where neither is to be
/// had, it is told once.
#[test]
fn the_list_of_an_intermediate_that_cannot_be_had() {
    for (leaf, who) in [(None, "intermediate"), (Some(URL), "leaf")] {
        let dns = Dns::zone("zahnfee.de", &format!("{ZONE}\ncrl A 81.2.3.9"));
        let stage = Stage::with_authority(dns, Authority::listed(ROOTS));
        let web = Server::web(Page::Status(404, "Not Found"));
        let request = stage.authority.certificate(FQDN).rsa();
        let request = match leaf {
            Some(url) => request.crl(url),
            None => request.no_crl(),
        };
        let server = demanding(request.issue()).start();
        let outcome = check(&stage, &server, web.address()).run();
        assert_eq!(unknown(&outcome), "http-status", "{outcome}");
        let told = outcome.step("certificate")["findings"]
            .as_array()
            .expect("a list");
        let told = told
            .iter()
            .filter(|one| one["code"] == "cert-revocation-unknown");
        assert_eq!(told.count(), 1, "{outcome}");
        let finding = outcome.finding("certificate", "cert-revocation-unknown");
        assert_eq!(finding["args"]["who"], who, "{outcome}");
        let is_named = finding["message"].to_string().contains("Issuing");
        assert_eq!(is_named, who == "intermediate", "{finding}");
        outcome.stands(ALL_PASS, "ready", 0);
    }
}
