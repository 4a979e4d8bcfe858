//! Commands that show an admin what xfed saw.

use std::net::SocketAddr;

use super::Context;
use crate::model::finding::{Command, Finding};
use crate::model::limits::{DNS_PORT, FEDERATION_PORT};

/// The commands that show the same thing as a finding, ready for a Windows shell. There is no
/// command for a name that no host can have: a stranger chose it, and a shell could run it.
pub(crate) fn verify(finding: &Finding, context: &Context) -> Vec<String> {
    let shown = Subject {
        fqdn: finding.fqdn().unwrap_or(&context.server),
        name: finding.name(),
        record: finding.record(),
        asked: finding.asked().iter().map(String::as_str).collect(),
        silent: finding.closed_addresses().map(String::as_str).collect(),
        endpoint: finding
            .endpoint
            .map(|endpoint| (endpoint.ip().to_string(), endpoint.port())),
        addresses: finding.addresses(),
    };
    finding
        .rule
        .verify
        .iter()
        .flat_map(|command| command_lines(*command, context, &shown))
        .collect()
}

/// The commands of a rule, with placeholders for the names.
pub(crate) fn verify_by_rule(commands: &[Command]) -> Vec<String> {
    let context = Context::placeholder();
    let shown = Subject {
        fqdn: &context.server,
        name: Some("<name>"),
        record: Some("<type>"),
        asked: vec!["<name-server>"],
        silent: Vec::new(),
        endpoint: None,
        addresses: Vec::new(),
    };
    commands
        .iter()
        .flat_map(|command| command_lines(*command, &context, &shown))
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
    silent: Vec<&'a str>,
    endpoint: Option<(String, u16)>,
    /// The addresses of several servers that it is about.
    addresses: Vec<SocketAddr>,
}

/// One line for most commands; if a finding is about several servers or addresses, one for each.
fn command_lines(command: Command, context: &Context, shown: &Subject<'_>) -> Vec<String> {
    let line = command_line(command, context, shown).into_iter();
    if command == Command::AskServers {
        let servers = &shown.asked;
        line.flat_map(|question| servers.iter().map(move |server| put_to(server, &question)))
            .collect()
    } else if command == Command::TestPort && !shown.silent.is_empty() {
        let addresses = shown.silent.iter();
        addresses
            .filter_map(|address| address.parse().ok())
            .map(|address: SocketAddr| test_port(&address.ip().to_string(), address.port()))
            .collect()
    } else if command == Command::ShowCertificate && shown.addresses.len() > 1 {
        let addresses = shown.addresses.iter();
        addresses
            .filter_map(|address| {
                let address = Some((address.ip().to_string(), address.port()));
                let at = Subject {
                    endpoint: address,
                    ..shown.clone()
                };
                command_line(command, context, &at)
            })
            .collect()
    } else {
        line.collect()
    }
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

fn test_port(address: &str, port: u16) -> String {
    format!("Test-NetConnection {address} -Port {port}")
}

fn command_line(command: Command, context: &Context, shown: &Subject<'_>) -> Option<String> {
    let (domain, fqdn) = (&context.domain, shown.fqdn);
    let is_harmless = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-:<>".contains(&byte))
    };
    if !is_harmless(fqdn) || !is_harmless(domain) {
        return None;
    }
    let look_up =
        |record: &str, name: &str| Some(format!("nslookup -nosearch -type={record} {name}."));
    let (address, port) = match &shown.endpoint {
        Some((address, port)) => (address.as_str(), *port),
        None => (fqdn, FEDERATION_PORT),
    };
    match command {
        Command::LookupDomain => look_up("SOA", domain),
        Command::LookupMail => look_up("MX", domain),
        Command::LookupTexts => look_up("TXT", domain),
        Command::LookupAddress => look_up("A", fqdn),
        Command::LookupAlias => look_up("CNAME", fqdn),
        Command::LookupNaming if context.is_direct => look_up("A", fqdn),
        Command::LookupSrv | Command::LookupNaming => look_up("SRV", &context.srv_name()),
        Command::LookupName | Command::AskServers => {
            let name = shown.name.filter(|name| is_harmless(name))?;
            look_up(shown.record?, name)
        }
        Command::TestPort => Some(test_port(address, port)),
        Command::ShowCertificate => Some(openssl(address, port, fqdn, " -showcerts")),
        Command::ShowHandshake => Some(openssl(address, port, fqdn, "")),
        // Current versions of openssl refuse old versions and cipher suites without these options.
        Command::ShowOldHandshake => Some(openssl(
            address,
            port,
            fqdn,
            " -min_protocol TLSv1 -max_protocol TLSv1.2 -cipher \"ALL:@SECLEVEL=0\"",
        )),
    }
}

fn openssl(address: &str, port: u16, fqdn: &str, more: &str) -> String {
    let target = if address.contains(':') {
        // Quoted, because some shells take the brackets for a pattern of file names.
        format!("\"[{address}]:{port}\"")
    } else {
        format!("{address}:{port}")
    };
    format!("openssl s_client -connect {target} -servername {fqdn}{more}")
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
        let context = Context {
            domain: "zahnfee.de".to_owned(),
            server: "xphone.zahnfee.de".to_owned(),
            is_server_known: true,
            is_direct: false,
        };
        let endpoint = "[2001:db8::1]:5061".parse().expect("an address");
        let wildcard = Finding::new(rule("cert-wildcard")).at(endpoint);
        let servers = ["81.2.3.53:53", "[2001:db8::53]:5353"].map(str::to_owned);
        let disagree = Finding::new(rule("domain-servers-disagree"))
            .with("name", "xphone.zahnfee.de")
            .with("record", "A")
            .with("asked", servers.to_vec());
        let partly = Finding::new(rule("tcp-partly-open"))
            .with("open", vec!["81.2.3.4:5061".to_owned()])
            .with("refused", vec!["81.2.3.5:5061".to_owned()])
            .with("filtered", vec!["[2001:db8::5]:5061".to_owned()]);
        for (finding, commands) in [
            (
                wildcard,
                vec![
                    "openssl s_client -connect \"[2001:db8::1]:5061\" -servername xphone.zahnfee.de -showcerts",
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
}
