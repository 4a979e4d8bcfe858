//! Under which account and on which machine this runs: where the way out of a network is tested, that
//! is part of the answer (guide, chapter 5).

use crate::model::plan::Here;

/// What the system says.
pub(super) fn look() -> Here {
    Here {
        account: account(),
        machine: machine(),
    }
}

/// As Windows writes it, `DOMAIN\account`; elsewhere the login name.
fn account() -> Option<String> {
    if cfg!(windows) {
        let name = variable("USERNAME")?;
        return Some(match variable("USERDOMAIN") {
            Some(domain) => format!("{domain}\\{name}"),
            None => name,
        });
    }
    variable("USER").or_else(|| variable("LOGNAME"))
}

#[cfg(unix)]
fn machine() -> Option<String> {
    let names = rustix::system::uname();
    let name = names.nodename().to_string_lossy().into_owned();
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(not(unix))]
fn machine() -> Option<String> {
    variable("COMPUTERNAME")
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
