//! The hosts file of this machine (hosts(5)): what it has for a name counts before DNS, for every program here.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

/// Lists of blocked names have some hundred thousand lines.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The addresses of names, in lower case, in the order in which they stand there.
#[derive(Debug, Default)]
pub(super) struct HostsFile(BTreeMap<String, Vec<IpAddr>>);

impl HostsFile {
    /// Reads it; empty where there is none.
    pub(super) fn read() -> Self {
        let read = || {
            let mut text = Vec::new();
            let file = std::fs::File::open(path())?;
            std::io::Read::read_to_end(&mut std::io::Read::take(file, MAX_BYTES), &mut text)?;
            Ok::<_, std::io::Error>(text)
        };
        let text = read().unwrap_or_default();
        Self::parse(&String::from_utf8_lossy(&text))
    }

    fn parse(text: &str) -> Self {
        let mut names: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_whitespace();
            let Some(address) = words.next().and_then(|word| word.parse::<IpAddr>().ok()) else {
                continue;
            };
            for name in words {
                let known = names.entry(key(name)).or_default();
                if !known.contains(&address) {
                    known.push(address);
                }
            }
        }
        Self(names)
    }

    /// What it has for this name.
    pub(super) fn addresses(&self, name: &str) -> &[IpAddr] {
        self.0.get(&key(name)).map_or(&[], Vec::as_slice)
    }
}

fn key(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(not(windows))]
fn path() -> PathBuf {
    "/etc/hosts".into()
}

#[cfg(windows)]
fn path() -> PathBuf {
    let system = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
    PathBuf::from(system).join(r"System32\drivers\etc\hosts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_behind_their_address() {
        let file = HostsFile::parse(
            "127.0.0.1\tlocalhost # not: xphone.zahnfee.de\r\n\
             # 81.2.3.9 xphone.zahnfee.de\n\
             10.0.0.5 chat XPhone.Zahnfee.de. # an old test\n\
             2a02:1:2::3 xphone.zahnfee.de\n\
             10.0.0.5 xphone.zahnfee.de\n\
             nonsense xphone.zahnfee.de\n",
        );
        for (name, addresses) in [
            ("xphone.zahnfee.de", &["10.0.0.5", "2a02:1:2::3"][..]),
            ("XPHONE.zahnfee.de.", &["10.0.0.5", "2a02:1:2::3"]),
            ("zahnfee.de", &[]),
            ("not:", &[]),
        ] {
            let found = file.addresses(name).iter();
            let found: Vec<String> = found.map(ToString::to_string).collect();
            assert_eq!(found, addresses, "{name}");
        }
    }
}
