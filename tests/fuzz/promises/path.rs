//! A stranger's chain on the way to a root, and a revocation list and a stapled answer that speak of it.
//! The verdict is reached in bounded time; what takes long is a find.

use std::sync::LazyLock;

use xfed::internals::{Der, Roots, judge_staple, revoked};

/// When the seeds were valid, in seconds since 1970.
const NOW: i64 = 1_795_953_600;

static PUBLIC: LazyLock<Roots> = LazyLock::new(Roots::public);

/// Pieces, each behind its length in two bytes: the root, what is said about the chain, the chain.
pub fn holds(bytes: &[u8]) {
    let mut pieces = pieces(bytes).into_iter();
    let (Some(root), Some(said)) = (pieces.next(), pieces.next()) else {
        return;
    };
    let chain: Vec<Der> = pieces.map(|der| Der(der.to_vec())).collect();
    let roots = Roots::from_certificates([root.to_vec().into()]);
    let _ = roots.look_at(&chain, NOW);
    let _ = PUBLIC.verify(&chain, NOW);
    let _ = revoked(&roots, &chain, said, NOW);
    let _ = judge_staple(said, &chain, &roots, NOW);
}

fn pieces(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (piece, behind) = rest.split_at(length);
        pieces.push(piece);
        bytes = behind;
    }
    pieces
}
