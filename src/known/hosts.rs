//! Which name somebody may have meant who mistyped that of a server.

use strsim::osa_distance;

/// First labels that servers of federation and their like often have.
const USUAL: [&str; 22] = [
    "access",
    "chat",
    "connect",
    "edge",
    "fed",
    "federation",
    "gateway",
    "im",
    "lync",
    "messenger",
    "pbx",
    "phone",
    "sfb",
    "sip",
    "sipfed",
    "skype",
    "tk",
    "uc",
    "voip",
    "xphone",
    "xphoneconnect",
    "xpserver",
];

/// Two slips of the finger are as many as such a word bears.
const SLIPS: usize = 2;

/// No more than this are asked for.
const MOST: usize = 24;

/// What may have been meant by this label: a word that is near, or one letter less, or two that have changed
/// places.
pub fn meant(label: &str) -> Vec<String> {
    let letters: Vec<char> = label.to_ascii_lowercase().chars().collect();
    let typed: String = letters.iter().collect();
    let most = |word: &str| SLIPS.min(word.len() / 2);
    let usual = USUAL.iter();
    let usual = usual.filter(|word| osa_distance(word, &typed) <= most(word));
    let swapped = (1..letters.len()).map(|at| {
        let mut letters = letters.clone();
        letters.swap(at - 1, at);
        letters.into_iter().collect()
    });
    let shorter = (0..letters.len()).map(|at| {
        let mut letters = letters.clone();
        letters.remove(at);
        letters.into_iter().collect()
    });
    let is_label = |label: &String| {
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && *label != typed
    };
    let mut meant: Vec<String> = Vec::new();
    let all = usual.map(|word| (*word).to_owned());
    for label in all.chain(swapped).chain(shorter).filter(is_label) {
        if meant.len() < MOST && !meant.contains(&label) {
            meant.push(label);
        }
    }
    meant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger() {
        for (typed, wanted) in [
            ("xphnoe", "xphone"),
            ("xphon", "xphone"),
            ("Xphpne", "xphone"),
            ("sp", "sip"),
            ("fedreation", "federation"),
            ("zzahnarzt", "zahnarzt"),
            ("zahnazrt", "zahnarzt"),
            ("xp-hone", "xphone"),
        ] {
            let meant = meant(typed);
            assert!(
                meant.iter().any(|label| label == wanted),
                "{typed}: {meant:?}"
            );
        }
        assert_eq!(meant("a"), Vec::<String>::new());
        assert!(!meant("xphone").contains(&"xphone".to_owned()));
        assert!(!meant("-a").contains(&"-a".to_owned()));
        assert_eq!(meant(&"ab".repeat(30)).len(), MOST);
    }
}
