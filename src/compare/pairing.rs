//! Which items of two lists belong together.

use serde_json::Value;

/// Where partners would connect to, or where `--connect-to` led.
pub(super) fn place(endpoint: &Value) -> String {
    let at = match endpoint["published"].as_str() {
        Some(published) => published,
        None => endpoint["address"].as_str().unwrap_or_default(),
    };
    format!("{} {at}", endpoint["fqdn"])
}

pub(super) fn address(endpoint: &Value) -> String {
    endpoint["address"].as_str().unwrap_or_default().to_owned()
}

/// An item of the one list, of the other, or of both.
pub(super) type Pair<'a> = (Option<&'a Value>, Option<&'a Value>);

/// The items of two lists that have the same key, and those that stand alone.
pub(super) fn pairs<'a>(
    old: &'a Value,
    new: &'a Value,
    key: impl Fn(&Value) -> String,
) -> Vec<Pair<'a>> {
    let items = |list: &'a Value| list.as_array().into_iter().flatten();
    let mut left: Vec<(String, &Value)> = items(new).map(|item| (key(item), item)).collect();
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    for item in items(old) {
        let key = key(item);
        let at = left.iter().position(|(other, _)| *other == key);
        pairs.push((Some(item), at.map(|at| left.remove(at).1)));
    }
    pairs.extend(left.into_iter().map(|(_, item)| (None, Some(item))));
    pairs
}

/// A server that had one address and has another one has moved.
pub(super) fn moved(pairs: Vec<Pair<'_>>) -> Vec<Pair<'_>> {
    let fqdn = |endpoint: &Value| endpoint["fqdn"].to_string();
    let (alone, mut both): (Vec<Pair<'_>>, Vec<Pair<'_>>) = pairs
        .into_iter()
        .partition(|(old, new)| old.is_some() != new.is_some());
    let count = |of: &Value, is_old: bool| {
        let same = alone.iter().filter(|(old, new)| {
            let one = if is_old { old } else { new };
            one.is_some_and(|one| fqdn(one) == fqdn(of))
        });
        same.count()
    };
    for (old, new) in &alone {
        let either = old.or(*new).unwrap_or(&Value::Null);
        let is_move = count(either, true) == 1 && count(either, false) == 1;
        match (old, is_move) {
            (_, false) => both.push((*old, *new)),
            (Some(old), true) => {
                let mut others = alone.iter().filter_map(|(_, new)| *new);
                let new = others.find(|new| fqdn(new) == fqdn(old));
                both.push((Some(old), new));
            }
            // It stands beside the old one.
            (None, true) => {}
        }
    }
    both
}
