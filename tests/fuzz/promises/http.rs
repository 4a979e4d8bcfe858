//! A response of a web server: whole or in pieces, it is the same.

use xfed::internals::{HttpReader, HttpRefused};

const LIMIT: usize = 4096;

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Vec<u8>, HttpRefused> {
    let mut reader = HttpReader::new(LIMIT);
    for piece in pieces {
        if reader.take_in(piece)? {
            break;
        }
    }
    reader.finish()
}

/// The first byte says how large the pieces are.
pub fn holds(bytes: &[u8]) {
    let Some((size, response)) = bytes.split_first() else {
        return;
    };
    let whole = read([response].into_iter());
    assert!(whole.as_ref().is_ok_and(|body| body.len() <= LIMIT) || whole.is_err());
    assert_eq!(read(response.chunks(usize::from(*size).max(1))), whole);
}
