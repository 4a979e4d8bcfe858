//! Devices that answer on port 80 in place of a server, by what they say of themselves in HTTP.

/// Words of their Server field or of the realm of their log-in, lower-case, and whose they are. Only
/// what no web server of a Windows machine says.
const DEVICES: [(&str, &str); 18] = [
    ("fritz!box", "AVM FRITZ!Box"),
    ("avm", "AVM FRITZ!Box"),
    ("speedport", "Speedport"),
    ("lancom", "LANCOM"),
    ("bintec", "bintec"),
    ("draytek", "DrayTek"),
    ("vigor", "DrayTek"),
    ("zyxel", "Zyxel"),
    ("sonicwall", "SonicWall"),
    ("fortigate", "Fortinet FortiGate"),
    ("xxxxxxxx-xxxxx", "Fortinet FortiGate"),
    ("watchguard", "WatchGuard"),
    ("mikrotik", "MikroTik"),
    ("rompager", "router (RomPager)"),
    ("mini_httpd", "router (mini_httpd)"),
    ("goahead", "router (GoAhead)"),
    ("hikvision", "Hikvision"),
    ("synology", "Synology"),
];

/// The device that says this of itself.
pub fn device(mark: &str) -> Option<&'static str> {
    let mark = mark.to_ascii_lowercase();
    let mut devices = DEVICES.iter();
    let is_word = |word: &str| {
        mark.match_indices(word).any(|(at, _)| {
            let before = mark[..at].chars().next_back();
            !before.is_some_and(char::is_alphanumeric)
        })
    };
    let (_, device) = devices.find(|(word, _)| is_word(word))?;
    Some(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_and_servers() {
        assert_eq!(device("AVM FRITZ!Box 7590 UPnP"), Some("AVM FRITZ!Box"));
        assert_eq!(device("Basic realm=\"Vigor Router\""), Some("DrayTek"));
        assert_eq!(device("Microsoft-IIS/10.0"), None);
        assert_eq!(device("Microsoft-HTTPAPI/2.0"), None);
        assert_eq!(device("Kavmail"), None, "in the middle of a word");
    }
}
