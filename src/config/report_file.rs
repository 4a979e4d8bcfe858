//! What `--report FORMAT=FILE` says.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::Error;
use crate::render::Format;

/// A report that is wanted in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// As given, to be named where it cannot be had.
    pub value: String,
    /// In this format.
    pub format: Format,
    /// There.
    pub path: PathBuf,
}

impl ReportFile {
    pub(super) fn parse(value: &str) -> Result<Self, Error> {
        let incomplete = || Error::ReportOption(value.to_owned());
        let (format, path) = value.split_once('=').ok_or_else(incomplete)?;
        // Standard output is what --format is for: two reports in one stream are of use to nobody.
        if path.is_empty() || path == "-" {
            return Err(incomplete());
        }
        let known = Format::from_str(format, false);
        let format = known.map_err(|_| Error::ReportFormat {
            value: value.to_owned(),
            known: by_likeness(format),
        })?;
        Ok(Self {
            value: value.to_owned(),
            format,
            path: path.into(),
        })
    }
}

/// The names of all formats, the most like this one first.
fn by_likeness(name: &str) -> Vec<String> {
    let mut names: Vec<String> = Format::value_variants()
        .iter()
        .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
        .collect();
    let name = name.to_ascii_lowercase();
    let likeness = |known: &String| strsim::jaro_winkler(known, &name);
    names.sort_by(|one, other| likeness(other).total_cmp(&likeness(one)));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_and_a_file() {
        for (value, format, path) in [
            ("json=report.json", Format::Json, "report.json"),
            ("table=/tmp/a=b.txt", Format::Table, "/tmp/a=b.txt"),
            (
                r"json=C:\xfed\report.json",
                Format::Json,
                r"C:\xfed\report.json",
            ),
        ] {
            let file = ReportFile::parse(value).expect("a format and a file");
            assert_eq!((file.format, file.path), (format, path.into()));
        }
        for value in ["json", "report.json", "json=", "=", "json=-", ""] {
            let error = ReportFile::parse(value).expect_err(value);
            assert!(
                matches!(&error, Error::ReportOption(named) if named == value)
                    || matches!(&error, Error::ReportFormat { .. }),
                "{error:?}"
            );
        }
    }

    #[test]
    fn the_nearest_format_is_named_first() {
        for (wrong, first) in [("jsn", "json"), ("JSON", "json"), ("tabelle", "table")] {
            let error = ReportFile::parse(&format!("{wrong}=x")).expect_err(wrong);
            let Error::ReportFormat { known, .. } = error else {
                panic!("{error:?}");
            };
            assert_eq!(known[0], first);
            assert_eq!(known.len(), Format::value_variants().len());
        }
    }
}
