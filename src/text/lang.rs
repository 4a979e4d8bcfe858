//! The languages of the texts, and how each of them writes a date.

use std::sync::LazyLock;

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use unic_langid::LanguageIdentifier;

/// The texts as `build.rs` packs them.
const EN_PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/en.ftl"));
const DE_PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/de.ftl"));

fn unpacked(packed: &[u8]) -> String {
    let bytes = miniz_oxide::inflate::decompress_to_vec(packed).expect("it was packed by us");
    String::from_utf8(bytes).expect("the texts are UTF-8")
}

/// A language of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// German.
    De,
}

impl Lang {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// The language of a locale such as `de_AT.UTF-8` or `de-DE`. English for every locale that is
    /// not German.
    pub fn of_locale(locale: &str) -> Self {
        let language = locale
            .split(['-', '_', '.', '@'])
            .next()
            .unwrap_or_default();
        if language.eq_ignore_ascii_case("de") {
            Self::De
        } else {
            Self::En
        }
    }

    /// What it is called by those who speak it.
    pub(crate) fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
        }
    }

    /// The language tag (BCP 47), as Fluent and HTML want it.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The texts, in the syntax of Fluent. They are unpacked when the first of them is asked for.
    ///
    /// # Panics
    ///
    /// Never: what the program was built with is what was packed.
    pub(super) fn source(self) -> &'static str {
        static EN: LazyLock<String> = LazyLock::new(|| unpacked(EN_PACKED));
        static DE: LazyLock<String> = LazyLock::new(|| unpacked(DE_PACKED));
        match self {
            Self::En => &EN,
            Self::De => &DE,
        }
    }

    pub(super) fn id(self) -> LanguageIdentifier {
        let tag = self.tag().parse();
        tag.expect("both tags are well-formed")
    }

    /// `2026-11-22` in English, `22.11.2026` in German.
    pub(super) fn date_format(self) -> &'static [BorrowedFormatItem<'static>] {
        match self {
            Self::En => format_description!("[year]-[month]-[day]"),
            Self::De => format_description!("[day].[month].[year]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_choose_a_language() {
        for (locale, lang) in [
            ("de", Lang::De),
            ("de-CH", Lang::De),
            ("de_AT.UTF-8", Lang::De),
            ("DE", Lang::De),
            ("en_US.UTF-8", Lang::En),
            ("den", Lang::En),
            ("C.UTF-8", Lang::En),
            ("", Lang::En),
        ] {
            assert_eq!(Lang::of_locale(locale), lang, "{locale}");
        }
    }
}
