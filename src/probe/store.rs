//! The certificate store of this machine, from which XPhone chooses (`xfed cert --store`). Only
//! Windows has one.

use std::io;

use crate::pki::container::Held;

/// The certificates of this store of the machine, and beside them those of its intermediate CAs, which
/// Windows takes the way up from.
#[cfg(windows)]
pub(crate) fn read(name: &str) -> io::Result<Vec<Held>> {
    let mut held = certificates(name)?;
    if !name.eq_ignore_ascii_case(INTERMEDIATES) {
        // Without them, the way up may end early, and that is said.
        held.extend(certificates(INTERMEDIATES).unwrap_or_default());
    }
    Ok(held)
}

#[cfg(windows)]
const INTERMEDIATES: &str = "CA";

/// "Personal", from which XPhone chooses.
#[cfg(windows)]
const OWN: &str = "My";

/// Each as if it were a file of its own: whether its key is there, Windows knows of each.
#[cfg(windows)]
fn certificates(name: &str) -> io::Result<Vec<Held>> {
    use schannel::cert_store::CertStore;

    let store = CertStore::open_local_machine(name)?;
    // Its name in Windows, however it was typed.
    let name = if name.eq_ignore_ascii_case(OWN) {
        OWN
    } else {
        name
    };
    let held = store.certs().map(|certificate| {
        let key = has_key(&certificate);
        let source = format!("LocalMachine\\{name}");
        Held::in_store(source, certificate.to_der(), key)
    });
    Ok(held.collect())
}

/// Whether Windows has the key; `None` where it has one, and does not let this user at it.
#[cfg(windows)]
fn has_key(certificate: &schannel::cert_context::CertContext) -> Option<bool> {
    /// NTE_BAD_KEYSET and CRYPT_E_NO_KEY_PROPERTY: there is none.
    const NO_KEY: [u32; 2] = [0x8009_0016, 0x8009_200b];
    let mut asking = certificate.private_key();
    match asking.silent(true).acquire() {
        Ok(_) => Some(true),
        Err(error) => {
            let code = error.raw_os_error().map(i32::cast_unsigned);
            code.is_some_and(|code| NO_KEY.contains(&code))
                .then_some(false)
        }
    }
}

/// There is no such store here.
///
/// # Errors
///
/// Always.
#[cfg(not(windows))]
pub(crate) fn read(_name: &str) -> io::Result<Vec<Held>> {
    Err(io::ErrorKind::Unsupported.into())
}
