//! Short names for checks that are the same: two that differ in anything that a verdict can depend on
//! have different ones. They stand in the lines of a campaign, so that it can go on where it ended.

use std::fmt;
use std::path::Path;

use ring::digest::{Context, SHA256};

use super::campaign::Shard;
use super::domain::Target;
use super::error::Error;
use super::input::Content;
use super::layer::{Key, Layer};
use super::options::WaitOptions;
use super::output::OutputOptions;
use super::planner::Planner;
use super::resolve::layer;
use super::targets::labels;
use crate::model::names::Domain;

/// 128 bits of a SHA-256: among a million of them two are the same with a probability below 1 : 10²⁶.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// For a line that is no target: it need not be told of twice.
    pub fn of_refused(line: &str) -> Self {
        Hasher::new().and("").and(line).end()
    }

    /// As [`Display`](fmt::Display) writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let is_whole = text.len() == 32;
        let number = u128::from_str_radix(text, 16).ok();
        number.filter(|_| is_whole).map(Self)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Shard {
    /// Whether a domain is in this part. That depends on its name alone, whatever the list and the
    /// version of the program.
    pub fn holds(self, domain: &Domain) -> bool {
        let Fingerprint(number) = Hasher::new().and(domain.as_str()).end();
        number % u128::from(self.of) == u128::from(self.part - 1)
    }
}

impl Planner<'_> {
    /// What all checks of this run have in common.
    ///
    /// # Errors
    ///
    /// [`Error`] for a file of certificates that cannot be read.
    pub fn fingerprint(&self) -> Result<Fingerprint, Error> {
        let options = layer(self.command, None, self.file);
        let mut hasher = Hasher::new();
        for (id, values) in options.iter().filter(|(id, _)| matters(id)) {
            hasher = hasher.and(id);
            for value in values {
                hasher = match id {
                    // Under the same name another one may lie.
                    "ca_file" | "client_cert" => hasher.and(Content::Pem.read(Path::new(value))?),
                    _ => hasher.and(value.as_encoded_bytes()),
                };
            }
        }
        let policy = self.file.map(|file| &file.policy);
        let policy = serde_json::to_vec(&policy).expect("a policy is JSON");
        Ok(hasher.and(policy).end())
    }

    /// What tells the check of this target from the others of the run.
    pub fn key(&self, target: &Target) -> Fingerprint {
        let table = self.file.and_then(|file| file.table(&target.domain));
        let mut hasher = Hasher::new().and(target.domain.as_str());
        let table = table.map(|table| &table.options);
        for layer in [Some(&target.line), table].into_iter().flatten() {
            hasher = hasher.layer(layer);
        }
        for (name, value) in labels(target, self.file).iter() {
            hasher = hasher.and(name).and(value);
        }
        hasher.end()
    }
}

/// Not how results are shown, nor how fast they come.
fn matters(id: &str) -> bool {
    let is_of = |keys: Vec<Key>| keys.iter().any(|key| key.id() == id);
    let is_shown = is_of(Key::all::<OutputOptions>()) && id != "redact";
    !is_shown
        && !is_of(Key::all::<WaitOptions>())
        && !["jobs", "per_server", "client_key"].contains(&id)
}

struct Hasher(Context);

impl Hasher {
    fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    /// With its length, so that no two lists of parts are one.
    fn and(mut self, part: impl AsRef<[u8]>) -> Self {
        let part = part.as_ref();
        self.0.update(&(part.len() as u64).to_be_bytes());
        self.0.update(part);
        self
    }

    fn layer(mut self, layer: &Layer) -> Self {
        for (id, values) in layer.iter() {
            self = self.and(id);
            for value in values {
                self = self.and(value.as_encoded_bytes());
            }
        }
        self.and("")
    }

    fn end(self) -> Fingerprint {
        let digest = self.0.finish();
        let first = digest.as_ref().first_chunk().expect("32 octets");
        Fingerprint(u128::from_be_bytes(*first))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn domain(index: usize) -> Domain {
        Domain::parse(&format!("d{index}.example")).expect("a domain")
    }

    #[test]
    fn each_domain_is_in_one_part() {
        const PARTS: u32 = 16;
        let mut sizes = [0; PARTS as usize];
        for index in 0..4096 {
            let parts = (1..=PARTS).map(|part| Shard { part, of: PARTS });
            let holding: Vec<Shard> = parts.filter(|part| part.holds(&domain(index))).collect();
            assert_eq!(holding.len(), 1);
            sizes[holding[0].part as usize - 1] += 1;
        }
        assert!(
            sizes.iter().all(|size| (150..400).contains(size)),
            "{sizes:?}"
        );
    }

    /// What stood in another part yesterday would be checked twice, or not at all.
    #[test]
    fn the_parts_stay_what_they_are() {
        let third = Shard { part: 3, of: 16 };
        let within: Vec<usize> = (0..100)
            .filter(|index| third.holds(&domain(*index)))
            .collect();
        assert_eq!(within, [11, 19, 30, 32, 55, 67, 85, 98]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let one = Hasher::new().and("a").and("b").end();
        assert_eq!(Fingerprint::parse(&one.to_string()), Some(one));
        assert_eq!(Fingerprint::parse("12"), None);
        let others = [
            Hasher::new().and("ab").end(),
            Hasher::new().and("a").and("b").and("").end(),
            Hasher::new().and("b").and("a").end(),
        ];
        assert_eq!(
            others
                .into_iter()
                .chain([one])
                .collect::<HashSet<_>>()
                .len(),
            4
        );
    }
}
