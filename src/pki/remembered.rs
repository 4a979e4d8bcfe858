//! What was worked out lately and may be asked for again at once, or by the next domain of a run: one
//! certificate is read by a dozen judges, and a few authorities sign for everybody.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Results by what they were worked out from, in bounded room.
#[derive(Debug)]
pub(super) struct Remembered<K, V> {
    known: HashMap<K, V>,
    most: usize,
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// No more than so many.
    pub(super) fn new(most: usize) -> Self {
        Self {
            known: HashMap::new(),
            most,
        }
    }

    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.known.get(key).cloned()
    }

    /// Keeps a result. When there is no room for it, all others are forgotten.
    pub(super) fn keep(&mut self, key: K, value: V) {
        if self.known.len() >= self.most {
            self.known.clear();
        }
        self.known.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_remembered() {
        let mut remembered = Remembered::new(10);
        for number in 0..1000 {
            remembered.keep(number, number.to_string());
            assert_eq!(remembered.get(&number), Some(number.to_string()));
            assert!(remembered.known.len() <= 10);
        }
        assert_eq!(remembered.get(&1), None);
    }
}
