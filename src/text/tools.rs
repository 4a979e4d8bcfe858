//! Command lines of the tools that admins have, each as it is typed.

use std::net::{IpAddr, SocketAddr};

use crate::model::finding::Command;
use crate::model::limits::FEDERATION_PORT;

/// Absolute, and without the search suffixes of this machine.
pub(super) fn nslookup(record: &str, name: &str) -> String {
    format!("nslookup -nosearch -type={record} {name}.")
}

/// At this address, or wherever the FQDN leads.
pub(super) fn test_port(fqdn: &str, at: Option<SocketAddr>) -> String {
    let (host, port) = match at {
        Some(at) => (at.ip().to_string(), at.port()),
        None => (fqdn.to_owned(), FEDERATION_PORT),
    };
    format!("Test-NetConnection {host} -Port {port}")
}

/// The same.
pub(super) fn xfed_cert(fqdn: &str, at: Option<SocketAddr>) -> String {
    let Some(at) = at else {
        return format!("xfed cert {fqdn}");
    };
    let host = match at.ip() {
        ip if at.port() == FEDERATION_PORT => ip.to_string(),
        IpAddr::V4(ip) => format!("{ip}:{}", at.port()),
        // Quoted, because some shells take the brackets for a pattern of file names.
        IpAddr::V6(ip) => format!("\"[{ip}]:{}\"", at.port()),
    };
    format!("xfed cert {host} --name {fqdn}")
}

/// By how many seconds the clock of this machine is wrong, as the time servers of the PTB have it.
pub(super) fn compare_clock() -> String {
    "w32tm /stripchart /computer:ptbtime1.ptb.de /samples:1 /dataonly".to_owned()
}

/// What a CA asks, for a challenge that nobody has laid down. In PowerShell, curl without its ending is
/// something else.
pub(super) fn ask_for_challenge(fqdn: &str) -> String {
    format!("curl.exe -i http://{fqdn}/.well-known/acme-challenge/xfed")
}

/// How openssl shows what `xfed cert` does, for who has only that. It waits for input, and ends with
/// a Q: `echo Q` is one in every shell.
pub(super) fn openssl(command: Command, fqdn: &str) -> Option<String> {
    let connect =
        format!("echo Q | openssl s_client -connect {fqdn}:{FEDERATION_PORT} -servername {fqdn}");
    let more = match command {
        Command::ShowCertificate => {
            " | openssl x509 -noout -subject -issuer -dates -ext subjectAltName,extendedKeyUsage,crlDistributionPoints"
        }
        Command::ShowChain => " -showcerts",
        Command::ShowRevocation => " -crl_check -crl_download",
        Command::ShowHandshake => "",
        // Current versions of openssl refuse old versions and cipher suites without these options.
        Command::ShowOldHandshake => {
            " -min_protocol TLSv1 -max_protocol TLSv1.2 -cipher \"ALL:@SECLEVEL=0\""
        }
        Command::LookupDomain
        | Command::LookupMail
        | Command::LookupTexts
        | Command::LookupAddress
        | Command::LookupAlias
        | Command::LookupSrv
        | Command::LookupNaming
        | Command::LookupName
        | Command::AskServers
        | Command::TestPort
        | Command::ShowChallenge
        | Command::LookupCaa
        | Command::ShowClock => return None,
    };
    Some(format!("{connect}{more}"))
}
