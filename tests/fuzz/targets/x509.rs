//! A certificate, alone and as a chain that leads to a root; a name as it stands in a
//! CertificateRequest; an OCSP response as it is stapled.
#![no_main]

use std::sync::LazyLock;

use xfed::internals::{Certificate, Der, Roots, judge_staple, read_name};

static ROOTS: LazyLock<Roots> = LazyLock::new(Roots::public);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = Certificate::parse(bytes);
    let _ = read_name(bytes);
    let chain = [Der(bytes.to_vec()), Der(bytes.to_vec())];
    let _ = ROOTS.look_at(&chain, 0);
    let _ = judge_staple(bytes, &chain, &ROOTS, 0);
});
