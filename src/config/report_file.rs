//! What `--report FORMAT=FILE` says.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::fault::Expected;
use crate::render::Format;

/// A report that is also written to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// The argument as typed, for error messages.
    pub value: String,
    /// Output format.
    pub format: Format,
    /// Destination path.
    pub path: PathBuf,
}

impl ReportFile {
    /// The argument as it would be for this file.
    pub(crate) fn value_for(&self, path: &Path) -> String {
        let format = self.value.split_once('=').map_or("", |(format, _)| format);
        format!("{format}={}", path.display())
    }

    pub(super) fn parse(value: &str) -> Result<Self, Expected> {
        let expected = Expected::Form("report");
        let Some((format, path)) = value.split_once('=') else {
            return Err(expected);
        };
        // Standard output is what --format is for: nobody could tell two reports in it apart.
        if path.is_empty() || path == "-" {
            return Err(expected);
        }
        Ok(Self {
            value: value.to_owned(),
            format: Format::from_str(format, false).map_err(|_| expected_format(format))?,
            path: path.into(),
        })
    }
}

/// All formats, in the order of `--format`.
fn expected_format(name: &str) -> Expected {
    let formats = Format::value_variants().iter();
    let names = formats.filter_map(ValueEnum::to_possible_value);
    let names = names.map(|value| value.get_name().to_owned());
    Expected::format(names.collect(), name)
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
            ReportFile::parse(value).expect_err(value);
        }
    }

    #[test]
    fn formats_stand_in_one_order_and_the_nearest_is_named() {
        for (wrong, nearest) in [
            ("jsn", Some("json")),
            ("JSON", Some("json")),
            ("tabelle", Some("table")),
            ("pdf", None),
        ] {
            let error = ReportFile::parse(&format!("{wrong}=x")).expect_err(wrong);
            let Expected::Format(formats, meant) = error else {
                panic!("{error:?}");
            };
            assert_eq!(meant.as_deref(), nearest, "{wrong}");
            assert_eq!(formats.len(), Format::value_variants().len());
            assert_eq!(formats[0], "table");
        }
    }
}
