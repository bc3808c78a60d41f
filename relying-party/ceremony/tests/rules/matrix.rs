//! The matrix of signature algorithms and key formats: every legal cell registers, signs in and pays, and refuses a
//! flipped bit; every illegal cell is refused, in metadata and in messages.

mod cell;
mod illegal;
mod legal;

use smile_protocol::registry::{AuthenticationAlgorithm as Algorithm, PublicKeyFormat as Format};

/// Which formats are legal for which algorithms: written out here and not asked of the code.
///
/// 1 to 9 are the FIDO Registry's own (§3.6.1), with COSE. The later ones are legal in each format that can hold their
/// kind of key. SM2 (7), RSA with SHA-1 (0x0F) and Ed448 (0x13) are in none.
const LEGAL: [(&[u16], &[u16]); 6] = [
    (&[0x01, 0x02, 0x05, 0x06], &[0x100, 0x101, 0x104]),
    (&[0x03, 0x04, 0x08, 0x09], &[0x102, 0x103, 0x104]),
    (&[0x0A, 0x0B, 0x0C, 0x0D, 0x0E], &[0x102, 0x103, 0x104]),
    (&[0x10, 0x11], &[0x100, 0x101, 0x104]),
    (&[0x12], &[0x104]),
    (&[0x07, 0x0F, 0x13], &[]),
];

fn formats_of(algorithm: Algorithm) -> &'static [u16] {
    let row = LEGAL.iter().find(|(codes, _)| codes.contains(&algorithm.code()));
    row.expect("the table has each algorithm").1
}

/// All 19 × 5 cells, each with whether it is legal.
fn cells() -> impl Iterator<Item = (Algorithm, Format, bool)> {
    let pairs = Algorithm::ALL
        .iter()
        .flat_map(|algorithm| Format::ALL.iter().map(move |format| (*algorithm, *format)));
    pairs.map(|(algorithm, format)| (algorithm, format, formats_of(algorithm).contains(&format.code())))
}

#[test]
fn the_matrix_has_46_legal_and_49_illegal_cells() {
    let legal = cells().filter(|(_, _, legal)| *legal).count();
    let illegal = cells().filter(|(_, _, legal)| !*legal).count();
    println!("{legal} legal cells, {illegal} illegal cells");
    assert_eq!((legal, illegal), (46, 49));
}
