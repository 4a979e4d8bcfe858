//! What may have been meant by a name that does not exist.

/// How alike two names are, from 0 to 1.
pub(crate) fn likeness(known: &str, name: &str) -> f64 {
    strsim::jaro_winkler(known, &name.to_ascii_lowercase())
}

/// The one of these names that is most like `name`; of several that are, the first.
pub(crate) fn nearest<S: AsRef<str>>(name: &str, names: impl IntoIterator<Item = S>) -> Option<S> {
    let rated = names.into_iter();
    let rated = rated.map(|known| (likeness(known.as_ref(), name), known));
    let nearest = rated.reduce(|best, next| if next.0 > best.0 { next } else { best });
    nearest.map(|(_, known)| known)
}
