//! Names as master files write them: `\.` is a dot within a label, `\195` a byte (RFC 1035 §5.1).

/// The labels of a name, each with its bytes as they are in DNS, without the final dot's empty one.
pub(crate) fn labels(name: &str) -> Vec<Vec<u8>> {
    let mut labels = vec![Vec::new()];
    let mut rest = name.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        let byte = match (first, behind) {
            (b'.', _) => {
                labels.push(Vec::new());
                continue;
            }
            (b'\\', [escaped, ..]) => {
                let digits = behind.get(..3).and_then(|it| str::from_utf8(it).ok());
                let byte = digits.and_then(|digits| digits.parse().ok());
                rest = &behind[if byte.is_some() { 3 } else { 1 }..];
                byte.unwrap_or(*escaped)
            }
            _ => *first,
        };
        labels.last_mut().expect("one at least").push(byte);
    }
    if labels.last().is_some_and(Vec::is_empty) {
        labels.pop();
    }
    labels
}

/// The name without its first label.
pub(crate) fn above(name: &str) -> &str {
    let mut is_escaped = false;
    for (at, character) in name.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '.' => return &name[at + 1..],
            _ => {}
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_the_bytes_of_dns() {
        for (name, expected) in [
            ("xphone.zahnfee.de", vec!["xphone", "zahnfee", "de"]),
            ("zahnfee.de.", vec!["zahnfee", "de"]),
            (r"a\.b.de", vec!["a.b", "de"]),
            (r"a\032.de", vec!["a ", "de"]),
            (r"a\x.de\", vec!["ax", r"de\"]),
            (r"-a.\09", vec!["-a", "09"]),
            ("", vec![]),
        ] {
            let bytes: Vec<&[u8]> = expected.iter().map(|label| label.as_bytes()).collect();
            assert_eq!(labels(name), bytes, "{name}");
        }
        assert_eq!(labels(r"\195\182.de"), [&[195, 182][..], b"de"]);
        assert_eq!(labels(r"\999"), [b"999"]);
    }

    #[test]
    fn an_escaped_dot_is_no_end() {
        assert_eq!(above(r"a\.b.zahnfee.de"), "zahnfee.de");
        assert_eq!(above(r"a\\.zahnfee.de"), "zahnfee.de");
        assert_eq!(above("de"), "de");
    }
}
