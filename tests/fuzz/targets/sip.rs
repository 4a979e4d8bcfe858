//! What came in the place of an answer to OPTIONS.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = xfed::internals::read_response(bytes, "");
    let _ = xfed::internals::read_headers(&String::from_utf8_lossy(bytes));
});
