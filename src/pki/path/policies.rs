//! Certificate policies, as far as a path may demand one (RFC 5280 §6.1.3 d–f): with every policy
//! acceptable to begin with, only requireExplicitPolicy can break a path.

use std::collections::BTreeSet;

use x509_parser::extensions::ParsedExtension;

/// What one certificate says of policies.
#[derive(Clone, Debug, Default)]
pub(super) struct Policies {
    /// The policies it is issued under, by OID.
    under: BTreeSet<String>,
    /// After how many more certificates there must be one (requireExplicitPolicy).
    required_after: Option<u32>,
    /// It says that one policy stands for another, or that anyPolicy stands for none.
    complicated: bool,
}

const ANY: &str = "2.5.29.32.0";

impl Policies {
    pub(super) fn note(&mut self, extension: &ParsedExtension<'_>) {
        match extension {
            ParsedExtension::CertificatePolicies(policies) => {
                self.under = policies
                    .iter()
                    .map(|policy| policy.policy_id.to_id_string())
                    .collect();
            }
            ParsedExtension::PolicyConstraints(constraints) => {
                self.required_after = constraints.require_explicit_policy;
            }
            ParsedExtension::PolicyMappings(_) | ParsedExtension::InhibitAnyPolicy(_) => {
                self.complicated = true;
            }
            _ => {}
        }
    }

    /// Whether a path, leaf first and without its root, surely has the policy that a certificate in
    /// it demands. Where one certificate's policy stands for another's, that is beyond this program.
    pub(super) fn hold(path: &[&Self]) -> bool {
        if !Self::is_required(path) {
            return true;
        }
        let mut common: Option<BTreeSet<&str>> = None;
        for policies in path {
            if policies.under.contains(ANY) {
                continue;
            }
            let own = policies.under.iter().map(String::as_str);
            common = Some(match common {
                None => own.collect(),
                Some(common) => own.filter(|policy| common.contains(policy)).collect(),
            });
        }
        let held = common.is_none_or(|common| !common.is_empty());
        held && !path.iter().any(|policies| policies.complicated)
    }

    fn is_required(path: &[&Self]) -> bool {
        let mut left: Option<u32> = None;
        for policies in path.iter().rev() {
            left = left.map(|left| left.saturating_sub(1));
            left = match (left, policies.required_after) {
                (Some(left), Some(own)) => Some(left.min(own)),
                (left, own) => left.or(own),
            };
        }
        left == Some(0)
    }
}
