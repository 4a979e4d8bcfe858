//! What is given in one place wins over what is given in the next: command line and environment,
//! then what goes with the domain, then the rest of the file.
//!
//! A field that is forgotten here does not compile.

use super::options::{AskOptions, Options};
use super::output::OutputOptions;

impl Options {
    /// These, and where they say nothing, those.
    pub fn or(self, other: Self) -> Self {
        let Self {
            fqdn,
            direct,
            partner,
            ask,
            connect_to,
            control,
            allow_private,
            ipv4,
            ipv6,
            ca_file,
            fetch_issuer,
            client_cert,
            client_key,
            no_revocation,
            compare_port,
            no_compare,
            from,
            timeout,
            deadline,
            jobs,
            wait,
            interval,
            output,
        } = other;
        let (ipv4, ipv6) = switches((self.ipv4, self.ipv6), (ipv4, ipv6));
        let (compare_port, no_compare) = or_none(
            (self.compare_port, self.no_compare),
            (compare_port, no_compare),
        );
        Self {
            fqdn: self.fqdn.or(fqdn),
            // Whose domain it is and how it federates are two things: --partner over a list of
            // domains in direct federation leaves them there.
            direct: self.direct.or(direct),
            partner: self.partner.or(partner),
            ask: self.ask.or(ask),
            connect_to: first(self.connect_to, connect_to),
            control: self.control.or(control),
            allow_private: self.allow_private.or(allow_private),
            ipv4,
            ipv6,
            ca_file: self.ca_file.or(ca_file),
            fetch_issuer: self.fetch_issuer.or(fetch_issuer),
            client_cert: self.client_cert.or(client_cert),
            client_key: self.client_key.or(client_key),
            no_revocation: self.no_revocation.or(no_revocation),
            compare_port,
            no_compare,
            from: self.from.or(from),
            timeout: self.timeout.or(timeout),
            deadline: self.deadline.or(deadline),
            jobs: self.jobs.or(jobs),
            wait: self.wait.or(wait),
            interval: self.interval.or(interval),
            output: self.output.or(output),
        }
    }
}

impl AskOptions {
    /// These, and where they say nothing, those.
    pub fn or(self, other: Self) -> Self {
        let Self {
            resolver,
            no_authority,
            authority,
        } = other;
        let (authority, no_authority) = or_none(
            (self.authority, self.no_authority),
            (authority, no_authority),
        );
        Self {
            resolver: first(self.resolver, resolver),
            no_authority,
            authority,
        }
    }
}

impl OutputOptions {
    /// These, and where they say nothing, those.
    pub fn or(self, other: Self) -> Self {
        let Self {
            fail_on,
            format,
            report,
            verbose,
            quiet,
            redact,
        } = other;
        let (verbose, quiet) = switches((self.verbose, self.quiet), (verbose, quiet));
        Self {
            fail_on: self.fail_on.or(fail_on),
            format: self.format.or(format),
            report: first(self.report, report),
            verbose,
            quiet,
            redact: self.redact.or(redact),
        }
    }
}

/// What excludes each other comes from one place: a value, and the switch that does without. A
/// switch that is off chooses nothing, it only takes away its own.
fn or_none<T: Default + PartialEq>(
    own: (T, Option<bool>),
    other: (T, Option<bool>),
) -> (T, Option<bool>) {
    if own.0 != T::default() || own.1 == Some(true) {
        own
    } else {
        (other.0, own.1.or(other.1))
    }
}

/// The same for two switches.
fn switches(
    own: (Option<bool>, Option<bool>),
    other: (Option<bool>, Option<bool>),
) -> (Option<bool>, Option<bool>) {
    if own.0 == Some(true) || own.1 == Some(true) {
        own
    } else {
        (own.0.or(other.0), own.1.or(other.1))
    }
}

/// A list replaces the other, nothing is added to it.
fn first<T>(own: Vec<T>, other: Vec<T>) -> Vec<T> {
    if own.is_empty() { other } else { own }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_excludes_each_other_comes_from_one_place() {
        let file = || Options {
            partner: Some(true),
            ipv4: Some(true),
            no_compare: Some(true),
            ask: AskOptions {
                no_authority: Some(true),
                resolver: vec!["9.9.9.9".to_owned()],
                ..AskOptions::default()
            },
            ..Options::default()
        };
        assert_eq!(Options::default().or(file()), file());
        let given = Options {
            direct: Some(true),
            ipv6: Some(true),
            compare_port: Some(8443),
            ask: AskOptions {
                authority: vec!["192.0.2.53".to_owned()],
                ..AskOptions::default()
            },
            ..Options::default()
        };
        let merged = given.clone().or(file());
        let resolver = merged.ask.resolver.clone();
        assert_eq!(resolver, ["9.9.9.9"]);
        let ask = AskOptions {
            resolver,
            ..given.ask.clone()
        };
        // Whose domain it is stays as it was.
        let partner = Some(true);
        assert_eq!(
            merged,
            Options {
                partner,
                ask,
                ..given
            }
        );
    }

    /// Or a domain in direct federation would be asked for its SRV record by `XFED_PARTNER=0`.
    #[test]
    fn a_switch_that_is_off_takes_away_nothing_but_its_own() {
        let off = Options {
            partner: Some(false),
            ..Options::default()
        };
        let both = Options {
            direct: Some(true),
            partner: Some(true),
            ..Options::default()
        };
        let merged = off.or(both);
        assert_eq!((merged.direct, merged.partner), (Some(true), Some(false)));
    }

    /// Or the servers that were named would not be asked, by `XFED_NO_AUTHORITY=0`.
    #[test]
    fn a_switch_that_is_off_takes_away_no_value() {
        let off = Options {
            no_compare: Some(false),
            ask: AskOptions {
                no_authority: Some(false),
                ..AskOptions::default()
            },
            ..Options::default()
        };
        let named = Options {
            compare_port: Some(8443),
            ask: AskOptions {
                authority: vec!["192.0.2.53".to_owned()],
                ..AskOptions::default()
            },
            ..Options::default()
        };
        let merged = off.clone().or(named.clone());
        assert_eq!(merged.compare_port, named.compare_port);
        assert_eq!(merged.ask.authority, named.ask.authority);
        // And it still takes away its own.
        let without = Options {
            no_compare: Some(true),
            ask: AskOptions {
                no_authority: Some(true),
                ..AskOptions::default()
            },
            ..Options::default()
        };
        assert_eq!(off.clone().or(without), off);
    }

    #[test]
    fn a_switch_can_be_switched_off() {
        let off = Options {
            allow_private: Some(false),
            ..Options::default()
        };
        let on = Options {
            allow_private: Some(true),
            ..Options::default()
        };
        assert_eq!(off.clone().or(on.clone()).allow_private, Some(false));
        assert_eq!(on.or(off).allow_private, Some(true));
    }
}
