//! Commands that show an admin what xfed saw.

use std::net::SocketAddr;

use super::Context;
use super::tools;
use crate::model::finding::{Command, Finding};
use crate::model::limits::DNS_PORT;

/// The commands that show the same thing as a finding, ready for a Windows shell. There is no
/// command for a name that no host can have: a stranger chose it, and a shell could run it.
pub(crate) fn verify(finding: &Finding, context: &Context) -> Vec<String> {
    if context.is_from_file {
        return Vec::new();
    }
    let fqdn = finding.fqdn().unwrap_or(&context.server);
    let shown = Subject {
        fqdn,
        name: finding.name(),
        record: finding.record(),
        asked: finding.asked().iter().map(String::as_str).collect(),
        silent: parsed(finding.closed_addresses()),
        compared: finding.addresses(),
        tested: match finding.endpoint {
            Some(endpoint) => vec![endpoint],
            None => context.redirected(fqdn),
        },
    };
    finding
        .rule
        .verify
        .iter()
        .flat_map(|command| command_lines(*command, context, &shown))
        .collect()
}

/// The commands of a rule, with placeholders for the names; behind those of xfed itself, the ones of
/// tools that others have.
pub(crate) fn verify_by_rule(commands: &[Command]) -> Vec<String> {
    let context = Context::placeholder();
    let shown = Subject {
        fqdn: &context.server,
        name: Some("<name>"),
        record: Some("<type>"),
        asked: vec!["<name-server>"],
        silent: Vec::new(),
        compared: Vec::new(),
        tested: Vec::new(),
    };
    commands
        .iter()
        .flat_map(|command| {
            let mut lines = command_lines(*command, &context, &shown);
            lines.extend(tools::openssl(*command, &context.server));
            lines
        })
        .collect()
}

/// What a command is about.
#[derive(Clone)]
struct Subject<'a> {
    fqdn: &'a str,
    /// The name that the finding is about.
    name: Option<&'a str>,
    /// The record type that was asked for at that name.
    record: Option<&'a str>,
    /// The name servers that the finding is about.
    asked: Vec<&'a str>,
    /// The addresses that did not accept connections, if the finding is about several.
    silent: Vec<SocketAddr>,
    /// The addresses that show different things.
    compared: Vec<SocketAddr>,
    /// Where it was seen; nothing where that is where the FQDN leads.
    tested: Vec<SocketAddr>,
}

impl Subject<'_> {
    /// The addresses that a command connects to; none stands for all that the FQDN leads to.
    fn places(&self, command: Command) -> &[SocketAddr] {
        match command {
            Command::TestPort if !self.silent.is_empty() => &self.silent,
            Command::TestPort => &self.tested,
            _ if !self.compared.is_empty() => &self.compared,
            _ => &self.tested,
        }
    }
}

fn parsed<'a>(addresses: impl Iterator<Item = &'a String>) -> Vec<SocketAddr> {
    addresses
        .filter_map(|address| address.parse().ok())
        .collect()
}

/// One line for most commands; if a finding is about several servers or addresses, one for each.
fn command_lines(command: Command, context: &Context, shown: &Subject<'_>) -> Vec<String> {
    let (domain, fqdn) = (context.domain.as_str(), shown.fqdn);
    if !is_harmless(fqdn) || !is_harmless(domain) {
        return Vec::new();
    }
    let look_up = |record: &str, name: &str| vec![tools::nslookup(record, name)];
    let at_each = |line: fn(&str, Option<SocketAddr>) -> String| -> Vec<String> {
        match shown.places(command) {
            [] => vec![line(fqdn, None)],
            places => places
                .iter()
                .map(|place| line(fqdn, Some(*place)))
                .collect(),
        }
    };
    match command {
        Command::LookupDomain => look_up("SOA", domain),
        Command::LookupMail => look_up("MX", domain),
        Command::LookupTexts => look_up("TXT", domain),
        Command::LookupAddress => look_up("A", fqdn),
        Command::LookupAlias => look_up("CNAME", fqdn),
        Command::LookupNaming if context.is_direct => look_up("A", fqdn),
        Command::LookupSrv | Command::LookupNaming => look_up("SRV", &context.srv_name),
        Command::LookupName | Command::AskServers => {
            let name = shown.name.filter(|name| is_harmless(name));
            let Some((record, name)) = shown.record.zip(name) else {
                return Vec::new();
            };
            if command == Command::LookupName {
                return look_up(record, name);
            }
            let question = tools::nslookup(record, name);
            let servers = shown.asked.iter();
            servers.map(|server| put_to(server, &question)).collect()
        }
        Command::LookupCaa => {
            let at = shown.name.filter(|name| is_harmless(name));
            vec![tools::nslookup("257", at.unwrap_or(fqdn))]
        }
        Command::ShowClock => vec![tools::compare_clock()],
        Command::ShowChallenge => vec![tools::ask_for_challenge(fqdn)],
        Command::TestPort => at_each(tools::test_port),
        Command::ShowCertificate
        | Command::ShowChain
        | Command::ShowRevocation
        | Command::ShowHandshake
        | Command::ShowOldHandshake => at_each(tools::xfed_cert),
    }
}

fn is_harmless(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._-:<>".contains(&byte))
}

/// The question, put to this name server.
fn put_to(server: &str, question: &str) -> String {
    match server.parse::<SocketAddr>() {
        Ok(address) if address.port() != DNS_PORT => {
            let (ip, port) = (address.ip(), address.port());
            format!("{question} {ip}").replacen(' ', &format!(" -port={port} "), 1)
        }
        Ok(address) => format!("{question} {}", address.ip()),
        Err(_) => format!("{question} {server}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::all_rules;

    #[test]
    fn commands_are_ready_for_any_shell() {
        let rule = |code| {
            let (_, rule) = all_rules()
                .find(|(_, rule)| rule.code == code)
                .expect("the code of a rule");
            rule
        };
        let context = Context::new("zahnfee.de".to_owned(), "xphone.zahnfee.de".to_owned());
        let at = |endpoint: &str| endpoint.parse().expect("an address");
        let servers = ["81.2.3.53:53", "[2001:db8::53]:5353"].map(str::to_owned);
        let disagree = Finding::new(rule("domain-servers-disagree"))
            .with("name", "xphone.zahnfee.de")
            .with("record", "A")
            .with("asked", servers.to_vec());
        let partly = Finding::new(rule("tcp-partly-open"))
            .with("open", vec!["81.2.3.4:5061".to_owned()])
            .with("refused", vec!["81.2.3.5:5061".to_owned()])
            .with("filtered", vec!["[2001:db8::5]:5061".to_owned()]);
        let differ = Finding::new(rule("cert-differs-by-endpoint"))
            .with("fqdn", "xphone.zahnfee.de")
            .with(
                "addresses",
                vec!["81.2.3.4:5061".to_owned(), "81.2.3.5:5061".to_owned()],
            );
        for (finding, commands) in [
            (
                Finding::new(rule("cert-wildcard")),
                vec!["xfed cert xphone.zahnfee.de"],
            ),
            (
                Finding::new(rule("cert-wildcard")).at(at("[2001:db8::1]:5061")),
                vec!["xfed cert 2001:db8::1 --name xphone.zahnfee.de"],
            ),
            (
                Finding::new(rule("tls-silent")).at(at("[2001:db8::1]:5062")),
                vec!["xfed cert \"[2001:db8::1]:5062\" --name xphone.zahnfee.de"],
            ),
            (
                Finding::new(rule("cert-revoked")).at(at("10.0.0.5:15061")),
                vec!["xfed cert 10.0.0.5:15061 --name xphone.zahnfee.de"],
            ),
            (
                differ,
                vec![
                    "xfed cert 81.2.3.4 --name xphone.zahnfee.de",
                    "xfed cert 81.2.3.5 --name xphone.zahnfee.de",
                ],
            ),
            (
                disagree,
                vec![
                    "nslookup -nosearch -type=A xphone.zahnfee.de. 81.2.3.53",
                    "nslookup -port=5353 -nosearch -type=A xphone.zahnfee.de. 2001:db8::53",
                ],
            ),
            (
                partly,
                vec![
                    "Test-NetConnection 81.2.3.5 -Port 5061",
                    "Test-NetConnection 2001:db8::5 -Port 5061",
                ],
            ),
        ] {
            assert_eq!(verify(&finding, &context), commands);
        }
    }

    #[test]
    fn no_command_runs_what_a_stranger_wrote() {
        for name in [
            "a;calc.exe",
            "$(id).de",
            "a b.de",
            "a|b.de",
            "a&b.de",
            "`id`.de",
        ] {
            let context = Context::new("zahnfee.de".to_owned(), name.to_owned());
            for (_, rule) in all_rules() {
                let lines = verify(&Finding::new(rule), &context);
                assert!(!lines.iter().any(|line| line.contains(name)), "{lines:?}");
            }
        }
    }
}
