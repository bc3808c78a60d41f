use super::*;

#[test]
fn the_pair_with_the_highest_upv_and_then_the_highest_asm_version_is_used() {
    let (one, two) = (Upv::V1_0, Upv::V1_1);
    for (message, asm, expected) in [
        (vec![one, two], vec![one, two], Some((two, two))),
        (vec![two, one], vec![two], Some((two, two))),
        (vec![one], vec![one, two], Some((one, two))),
        // An authenticator behind an ASM of version 1.0 answers the older object.
        (vec![one, two], vec![one], Some((one, one))),
        (vec![two], vec![one], None),
        (vec![one], vec![], None),
        (vec![], vec![one, two], None),
    ] {
        assert_eq!(highest_common(&message, &asm), expected, "{message:?} {asm:?}");
    }
}
