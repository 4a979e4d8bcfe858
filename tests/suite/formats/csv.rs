//! The table for spreadsheets, read by a reader of CSV.

use csv::{ReaderBuilder, StringRecord};

use super::{HOSTILE, document, shown, shown_hostile};
use crate::stage::Run;

/// The head and the rows. Every row has as many cells as the head, or it is no table.
pub fn table(text: &str, separator: u8) -> (StringRecord, Vec<StringRecord>) {
    assert!(text.starts_with('\u{feff}'), "spreadsheets go by it");
    assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains('\n'));
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let head = reader.headers().expect("a head").clone();
    let rows = reader
        .records()
        .map(|row| row.expect("as long as the head"));
    (head, rows.collect())
}

/// The cell of this column.
pub fn cell<'a>(head: &StringRecord, row: &'a StringRecord, column: &str) -> &'a str {
    let place = head.iter().position(|name| name == column);
    &row[place.unwrap_or_else(|| panic!("no column {column} in {head:?}"))]
}

#[test]
fn a_row_per_domain_in_both_languages() {
    for (lang, separator, owner, begins) in [
        ("en", b',', "DNS admin", "Change the port"),
        ("de", b';', "DNS-Admin", "Den Port"),
    ] {
        let (head, rows) = table(&shown("csv", &["--lang", lang]), separator);
        let column = |name| {
            rows.iter()
                .map(|row| cell(&head, row, name))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            column("domain"),
            ["zahnfee.de", "elhada.es", "toothfairy.uk"]
        );
        assert_eq!(
            column("verdict"),
            ["not-ready", "ready-with-warnings", "ready"]
        );
        assert!(column("codes")[0].starts_with("srv-wrong-port "));
        assert_eq!(column("owner")[0], owner);
        let action = column("next_action")[0];
        assert!(action.starts_with(begins), "{action}");
        let ends = column("certificate_ends");
        assert!(
            ends[0].is_empty() && ends[1].len() == 10 && ends[2].len() == 10,
            "{ends:?}"
        );
        assert!(column("headline")[0].starts_with("zahnfee.de "));
    }
}

/// Nothing that a stranger wrote begins a row, a cell or a formula.
#[test]
fn strangers_write_no_cells() {
    let (head, rows) = table(&shown_hostile("csv"), b',');
    assert_eq!(rows.len(), 3);
    for row in &rows {
        for cell in row {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
        }
    }
    let mut document = document();
    let labels = serde_json::json!({"kunde": HOSTILE.replace(['\n', '\u{1b}'], " ").chars().take(90).collect::<String>(), "formel": "=cmd|' /C calc'!A0"});
    document["reports"][1]["labels"] = labels.clone();
    let run = Run::new("replay").args(&["-", "--lang=en", "--format=csv"]);
    let (_, text, stderr) = run.fed(document.to_string().as_bytes()).text();
    assert_eq!(stderr, "");
    let (with_labels, rows) = table(&text, b',');
    assert_eq!(with_labels.len(), head.len() + 2);
    assert_eq!(
        cell(&with_labels, &rows[1], "label_formel"),
        "'=cmd|' /C calc'!A0"
    );
    let kunde = cell(&with_labels, &rows[1], "label_kunde");
    assert!(
        kunde.starts_with("a|b`c*d*<img src=x>") && !kunde.contains('\u{202e}'),
        "{kunde}"
    );
    assert_eq!(cell(&with_labels, &rows[0], "label_kunde"), "");
}
