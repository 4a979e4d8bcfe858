//! A certificate, and a name as it stands in a CertificateRequest.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = xfed::pki::x509::Certificate::parse(bytes);
    let _ = xfed::pki::x509::read_name(bytes);
});
