//! What may have been meant by a name that does not exist.

/// How alike two names are, from 0 to 1.
pub(crate) fn likeness(known: &str, name: &str) -> f64 {
    strsim::jaro_winkler(known, &name.to_ascii_lowercase())
}

/// These names, the one most like `name` first.
pub(crate) fn nearest_first<S: AsRef<str>>(
    name: &str,
    names: impl IntoIterator<Item = S>,
) -> Vec<S> {
    let mut names: Vec<S> = names.into_iter().collect();
    let likeness = |known: &S| likeness(known.as_ref(), name);
    names.sort_by(|left, right| likeness(right).total_cmp(&likeness(left)));
    names
}

/// The name most like `name`; empty where there are no names.
pub(super) fn nearest<S: AsRef<str>>(name: &str, names: impl IntoIterator<Item = S>) -> String {
    let nearest = nearest_first(name, names).into_iter().next();
    nearest.map_or_else(String::new, |nearest| nearest.as_ref().to_owned())
}
