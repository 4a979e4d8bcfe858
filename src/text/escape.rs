//! Which characters are harmful to a terminal, and how they are escaped.

/// Text from a stranger, made safe for a terminal and for every format: control characters,
/// direction marks and invisible characters become escapes such as `\u{1b}`.
pub fn printable(text: &str) -> String {
    // Names are nearly always.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_harmful(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// Whether a character can change how a terminal shows the text around it.
pub fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmful_characters_are_escaped() {
        for (written, shown) in [
            ("xphone.zahnfee.de", "xphone.zahnfee.de"),
            ("Zähne", "Zähne"),
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("a\u{9b}31mb", "a\\u{9b}31mb"),
            ("a\r\nb\tc", "a\\u{d}\\u{a}b\\u{9}c"),
            ("a\u{202e}b\u{2066}c", "a\\u{202e}b\\u{2066}c"),
            ("a\u{200b}\u{feff}b", "a\\u{200b}\\u{feff}b"),
        ] {
            assert_eq!(printable(written), shown);
        }
    }
}
