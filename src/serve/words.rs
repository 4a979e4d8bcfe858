//! The texts, for threads that answer requests: they are read once on each of them.

use std::cell::OnceCell;

use crate::text::{Lang, Texts};

thread_local! {
    static ENGLISH: OnceCell<Texts> = const { OnceCell::new() };
    static GERMAN: OnceCell<Texts> = const { OnceCell::new() };
}

/// Says something in this language.
pub(super) fn with<T>(lang: Lang, say: impl FnOnce(&Texts) -> T) -> T {
    let texts = match lang {
        Lang::En => &ENGLISH,
        Lang::De => &GERMAN,
    };
    texts.with(|texts| say(texts.get_or_init(|| Texts::new(lang))))
}
