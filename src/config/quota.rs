//! So many in a while: `50/h`.

use std::fmt;

use super::fault::Expected;

/// The most that is counted.
const MOST: u32 = 100_000;

const UNITS: [(char, u64); 4] = [('s', 1), ('m', 60), ('h', 60 * 60), ('d', 24 * 60 * 60)];

/// So many in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many.
    pub count: u32,
    /// In this time: a second, a minute, an hour or a day.
    pub seconds: u64,
}

impl Quota {
    /// Reads `N/s`, `N/m`, `N/h` or `N/d`.
    ///
    /// # Errors
    ///
    /// The form that was expected.
    pub fn parse(value: &str) -> Result<Self, Expected> {
        let parse = || {
            let (count, unit) = value.split_once('/')?;
            let (_, seconds) = UNITS.iter().find(|(name, _)| unit == name.to_string())?;
            let count = count.parse().ok();
            let count = count.filter(|count| (1..=MOST).contains(count))?;
            Some(Self {
                count,
                seconds: *seconds,
            })
        };
        parse().ok_or(Expected::Form("rate"))
    }
}

/// As it is typed.
impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS.iter().find(|(_, seconds)| *seconds == self.seconds);
        let (name, _) = unit.expect("quotas are made of these units");
        write!(f, "{}/{name}", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_called_what_they_were_typed_as() {
        for typed in ["1/s", "50/h", "100000/d", "7/m"] {
            let quota = Quota::parse(typed);
            assert_eq!(quota.map(|quota| quota.to_string()), Ok(typed.to_owned()));
        }
        for other in [
            "", "50", "0/h", "-1/h", "50/", "/h", "50/w", "100001/d", "50/h ", "5/hh",
        ] {
            assert!(Quota::parse(other).is_err(), "{other}");
        }
    }
}
