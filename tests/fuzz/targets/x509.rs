//! A certificate, and a name as it stands in a CertificateRequest.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = xfed::internals::Certificate::parse(bytes);
    let _ = xfed::internals::read_name(bytes);
});
