//! What this machine is configured with for DNS: its resolvers, and the search suffixes that its
//! tools append to names.

use std::net::SocketAddr;

use hickory_resolver::config::{ResolverConfig, ResolverOpts};
use hickory_resolver::system_conf::read_system_conf;

use super::hosts_file::HostsFile;
use crate::facts::SearchList;
use crate::model::limits::DNS_PORT;

/// The configuration of this machine; empty where there is none.
#[derive(Debug, Default)]
pub(super) struct System {
    /// In the order in which they are asked.
    pub(super) resolvers: Vec<SocketAddr>,
    pub(super) search: SearchList,
    pub(super) hosts_file: HostsFile,
}

impl System {
    /// Reads it.
    pub(super) fn read() -> Self {
        let hosts_file = HostsFile::read();
        let Ok((config, options)) = read_system_conf() else {
            return Self {
                hosts_file,
                ..Self::default()
            };
        };
        Self {
            hosts_file,
            resolvers: resolvers(&config),
            search: search_list(&config, &options),
        }
    }
}

fn resolvers(config: &ResolverConfig) -> Vec<SocketAddr> {
    let mut servers: Vec<SocketAddr> = Vec::new();
    for server in config.name_servers() {
        let port = server
            .connections
            .iter()
            .map(|connection| connection.port)
            .next()
            .unwrap_or(DNS_PORT);
        let address = SocketAddr::new(server.ip, port);
        if !servers.contains(&address) {
            servers.push(address);
        }
    }
    servers
}

#[cfg(not(windows))]
fn search_list(config: &ResolverConfig, options: &ResolverOpts) -> SearchList {
    use crate::facts::Nslookup;

    let suffixes = config.search().iter();
    let suffixes = suffixes.map(|name| name.to_ascii().trim_end_matches('.').to_owned());
    SearchList {
        suffixes: suffixes.collect(),
        nslookup: Nslookup::Bind(options.ndots),
    }
}

/// The list that a policy or the administrator has entered; else the domain of the computer, and then
/// the suffixes of the connections that are up. Their parent domains, which Windows may try as well,
/// are left out: how far it goes depends on the Active Directory.
#[cfg(windows)]
fn search_list(_config: &ResolverConfig, _options: &ResolverOpts) -> SearchList {
    use crate::facts::Nslookup;

    const POLICY: &str = r"SOFTWARE\Policies\Microsoft\Windows NT\DNSClient";
    const TCPIP: &str = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters";

    let value = |key: &str, name: &str| {
        let key = windows_registry::LOCAL_MACHINE.open(key).ok()?;
        let value = key.get_string(name).ok()?;
        Some(value).filter(|value| !value.is_empty())
    };
    let listed = value(POLICY, "SearchList").or_else(|| value(TCPIP, "SearchList"));
    let found: Vec<String> = if let Some(list) = listed {
        list.split([',', ' ']).map(str::to_owned).collect()
    } else {
        let adapters = ipconfig::get_adapters().unwrap_or_default();
        let up = adapters
            .iter()
            .filter(|adapter| adapter.oper_status() == ipconfig::OperStatus::IfOperStatusUp);
        // What was entered for a connection counts before what DHCP says.
        let of_connection = up.filter_map(|adapter| {
            let key = format!(r"{TCPIP}\Interfaces\{}", adapter.adapter_name());
            value(&key, "Domain").or_else(|| value(&key, "DhcpDomain"))
        });
        value(TCPIP, "Domain")
            .into_iter()
            .chain(of_connection)
            .collect()
    };
    let mut suffixes: Vec<String> = Vec::new();
    for suffix in found {
        let suffix = suffix.trim().trim_matches('.').to_ascii_lowercase();
        if !suffix.is_empty() && !suffixes.contains(&suffix) {
            suffixes.push(suffix);
        }
    }
    SearchList {
        suffixes,
        nslookup: Nslookup::Windows,
    }
}
