//! The form of both assertions (Commands §4, §5.2): TLV as such, mandatory elements, extensions.

use crate::answer::{AUTH, Ceremony, Flaw, REG};
use crate::case::{Case, all_hold, case, rows};
use crate::edit::{again, assertion, bytes, inside, lie, one_less, plus, renamed, signed, value, without};
use crate::element::{Content, Element};

pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = [REG, AUTH]
        .into_iter()
        .flat_map(|op| {
            [
                structure(op),
                lengths(op),
                mandatory(op),
                unknown(op),
                extensions(op),
            ]
        })
        .flatten()
        .collect();
    cases.extend(attestations());
    cases
}

/// The tags of the assertion and of its signed data.
fn outer_tags(op: Ceremony) -> (u16, u16) {
    if op == REG {
        (0x3E01, 0x3E03)
    } else {
        (0x3E02, 0x3E04)
    }
}

/// The tag that carries the signature: an attestation or the signature itself.
fn vouching_tag(op: Ceremony) -> u16 {
    if op == REG { 0x3E07 } else { 0x2E06 }
}

/// A case about form: 1498 and the words.
fn form(op: Ceremony, id: &str, flaw: Flaw, words: &str) -> Case {
    let section = if op == REG {
        "Commands §5.2.1"
    } else {
        "Commands §5.2.2"
    };
    case(id, section, op, flaw, 1498, words)
}

fn structure(op: Ceremony) -> Vec<Case> {
    let (outer, signed_tag) = outer_tags(op);
    let (other, other_signed) = outer_tags(if op == REG { AUTH } else { REG });
    let vouching = vouching_tag(op);
    let form = |id: &str, flaw: Flaw, words: String| form(op, id, flaw, &words);
    let swap = |whole: &mut Element| whole.elements().swap(0, 1);
    let foreign = Element::leaf(0x0001, *b"x");
    rows! {
        form("tlv-of-the-other-kind", assertion(move |whole| whole.tag = other),
            format!("tag 0x{other:04X} at offset 0: tag 0x{outer:04X} is required at this place"));
        form("tlv-tag-unknown", assertion(|whole| whole.tag = 0x3E7F),
            format!("tag 0x3E7F at offset 0: tag 0x{outer:04X} is required at this place"));
        form("tlv-signed-data-alone", assertion(|whole| *whole = whole.elements()[0].clone()),
            format!("tag 0x{signed_tag:04X} at offset 0: tag 0x{outer:04X} is required"));
        form("tlv-signed-data-absent", assertion(without(signed_tag)),
            format!("tag 0x{signed_tag:04X} at offset 0: is missing"));
        form("tlv-signed-data-twice", assertion(again(signed_tag)), format!("tag 0x{signed_tag:04X}…occurs twice"));
        form("tlv-signed-data-second", assertion(swap),
            format!("tag 0x{vouching:04X} at offset 4: tag 0x{signed_tag:04X} is required at this place"));
        form("tlv-signed-data-behind-unknown", assertion(move |whole| whole.elements().insert(0, foreign.clone())),
            format!("tag 0x0001 at offset 4: tag 0x{signed_tag:04X} is required at this place"));
        form("tlv-signed-data-of-the-other-kind", assertion(renamed(signed_tag, other_signed)),
            format!("tag 0x{other_signed:04X} at offset 4: critical, and not defined at this place"));
        form("tlv-vouching-absent", assertion(without(vouching)),
            format!("tag 0x{vouching:04X} at offset 0: is missing"));
        form("tlv-vouching-twice", assertion(again(vouching)), format!("tag 0x{vouching:04X}…occurs twice"));
        form("tlv-empty", assertion(|whole| whole.elements().clear()),
            format!("tag 0x{signed_tag:04X} at offset 0: is missing"));
    }
}

fn lengths(op: Ceremony) -> Vec<Case> {
    let (outer, signed_tag) = outer_tags(op);
    let form = |id: &str, flaw: Flaw, words: String| form(op, id, flaw, &words);
    let lies = |by: i16| assertion(move |whole| whole.lie = by);
    rows! {
        form("tlv-one-byte", bytes(|all| all.truncate(1)),
            "tag 0x0000 at offset 0: truncated, 4 bytes needed, 1 left".into());
        form("tlv-three-bytes", bytes(|all| all.truncate(3)),
            "tag 0x0000 at offset 0: truncated, 4 bytes needed, 3 left".into());
        form("tlv-header-alone", bytes(|all| all.truncate(4)),
            format!("tag 0x{outer:04X} at offset 0: truncated…4 left"));
        form("tlv-cut-in-half", bytes(|all| all.truncate(all.len() / 2)),
            format!("tag 0x{outer:04X} at offset 0: truncated"));
        form("tlv-last-byte-absent", bytes(one_less), format!("tag 0x{outer:04X} at offset 0: truncated"));
        form("tlv-byte-behind", bytes(|all| all.push(0)), "1 bytes follow the outermost structure".into());
        form("tlv-element-behind", bytes(|all| all.extend([1, 0, 0, 0])),
            "4 bytes follow the outermost structure".into());
        form("tlv-twice-whole", bytes(|all| all.extend(all.clone())), "bytes follow the outermost structure".into());
        form("tlv-length-too-large", lies(1), format!("tag 0x{outer:04X} at offset 0: truncated"));
        form("tlv-length-too-small", lies(-1), "1 bytes follow the outermost structure".into());
        form("tlv-length-65535",
            assertion(|whole| whole.lie = -1 - i16::try_from(whole.encode().len() - 4).expect("short")),
            format!("tag 0x{outer:04X} at offset 0: truncated, 65539 bytes needed"));
        form("tlv-signed-data-too-long", assertion(|whole| whole.elements()[0].lie = 4096),
            format!("tag 0x{signed_tag:04X} at offset 4: truncated"));
        form("tlv-signed-data-too-short", assertion(|whole| whole.elements()[0].lie = -2), "truncated".into());
        form("tlv-last-element-too-long", signed(|data| data.elements().last_mut().expect("not empty").lie = 1),
            "truncated".into());
        form("tlv-aaid-too-long", signed(lie(0x2E0B, 2000)),
            "tag 0x2E0B at offset 8: truncated, 2013 bytes needed".into());
    }
}

/// Every mandatory element of the signed data: absent, twice, of another length, and a second one beside what is signed.
fn mandatory(op: Ceremony) -> Vec<Case> {
    let (_, parent) = outer_tags(op);
    let fixed: &[(u16, &str, usize)] = if op == REG {
        &[
            (0x2E0B, "aaid", 9),
            (0x2E0E, "info", 7),
            (0x2E0A, "hash", 32),
            (0x2E0D, "counters", 8),
        ]
    } else {
        &[
            (0x2E0B, "aaid", 9),
            (0x2E0E, "info", 5),
            (0x2E0A, "hash", 32),
            (0x2E0D, "counters", 4),
        ]
    };
    let open: &[(u16, &str)] = if op == REG {
        &[(0x2E09, "key-id"), (0x2E0C, "public-key")]
    } else {
        &[
            (0x2E09, "key-id"),
            (0x2E0F, "nonce"),
            (0x2E10, "transaction-hash"),
        ]
    };
    let form = |id: String, flaw: Flaw, words: String| form(op, &id, flaw, &words);
    let every = fixed
        .iter()
        .map(|(tag, name, _)| (*tag, *name))
        .chain(open.iter().copied());
    let mut cases = Vec::new();
    for (tag, name) in every {
        cases.extend(rows! {
            form(format!("tlv-{name}-absent"), signed(without(tag)),
                format!("tag 0x{tag:04X} at offset 4: is missing"));
            form(format!("tlv-{name}-twice"), signed(again(tag)), format!("tag 0x{tag:04X}…occurs twice"));
            form(format!("tlv-{name}-beside-signed-data"), assertion(copied_out(parent, tag)),
                format!("tag 0x{tag:04X}…critical, and not defined at this place"));
            form(format!("tlv-{name}-under-unknown-critical-tag"), signed(renamed(tag, 0x2E7F)),
                "tag 0x2E7F…critical, and not defined at this place".into());
            form(format!("tlv-{name}-under-unknown-tag"), signed(renamed(tag, 0x0E7F)),
                format!("tag 0x{tag:04X} at offset 4: is missing"));
        });
    }
    for (tag, name, length) in fixed.iter().copied() {
        for (id, actual) in [("empty", 0), ("shorter", length - 1), ("longer", length + 1)] {
            let words = format!("tag 0x{tag:04X}…value has {actual} bytes, allowed is {length} to {length}");
            cases.push(form(
                format!("tlv-{name}-{id}"),
                signed(value(tag, vec![b'0'; actual])),
                words,
            ));
        }
    }
    cases
}

/// A copy of an element of the signed data, put beside it where nothing is signed.
fn copied_out(parent: u16, tag: u16) -> impl Fn(&mut Element) {
    move |whole| {
        let copy = whole.child(parent).child(tag).clone();
        whole.elements().push(copy);
    }
}

/// Commands §4: an unknown tag with 0x2000 set aborts the message, wherever it stands.
fn unknown(op: Ceremony) -> Vec<Case> {
    let (_, signed_tag) = outer_tags(op);
    let words = |tag: u16| format!("tag 0x{tag:04X}…critical, and not defined at this place");
    let refused = |id: &str, tag: u16, flaw: fn(Element) -> Flaw| {
        case(
            id,
            "Commands §4",
            op,
            flaw(Element::leaf(tag, *b"?")),
            1498,
            words(tag),
        )
    };
    rows! {
        refused("critical-in-assertion", 0x2E7E, |element| assertion(plus(element)));
        refused("critical-composite-in-assertion", 0x3E7E, |element| assertion(plus(element)));
        refused("critical-in-signed-data", 0x2E7E, |element| signed(plus(element)));
        refused("critical-composite-in-signed-data", 0x3E7E, |element| signed(plus(element)));
        refused("certificate-in-signed-data", 0x2E05, |element| signed(plus(element)));
        refused("signature-in-signed-data", 0x2E06, |element| signed(plus(element)));
        refused("raw-user-verification-index", 0x2103, |element| signed(plus(element)));
        case("signed-data-in-signed-data", "Commands §4", op,
            signed(move |data| data.elements().push(Element::node(signed_tag, Vec::new()))), 1498, words(signed_tag));
    }
}

fn extensions(op: Ceremony) -> Vec<Case> {
    let section = "Commands §4.3";
    type Place = fn(Element) -> Flaw;
    let places: [(&str, Place); 2] = [
        ("signed", |extension| signed(plus(extension))),
        ("unsigned", |extension| assertion(plus(extension))),
    ];
    let mut cases = Vec::new();
    for (place, put) in places {
        let refused = |id: &str, edit: &dyn Fn(&mut Element), words: &str| {
            let mut extension = Element::extension(false);
            edit(&mut extension);
            case(
                format!("extension-{place}-{id}"),
                section,
                op,
                put(extension),
                1498,
                words,
            )
            .given(put(Element::extension(false)))
        };
        cases.extend(rows! {
            refused("critical", &|ext| ext.tag = 0x3E11, "tag 0x3E11…critical extension that is not understood");
            refused("no-id", &|ext| drop(ext.elements().remove(0)), "tag 0x2E13…is missing");
            refused("no-data", &|ext| drop(ext.elements().remove(1)), "tag 0x2E14…is missing");
            refused("id-empty", &|ext| ext.child(0x2E13).bytes().clear(),
                "tag 0x2E13…value has 0 bytes, allowed is 1 to");
            refused("id-33", &|ext| *ext.child(0x2E13).bytes() = vec![b'i'; 33],
                "tag 0x2E13…value has 33 bytes, allowed is 1 to 32");
            refused("id-129-bytes", &|ext| *ext.child(0x2E13).bytes() = vec![b'i'; 129],
                "tag 0x2E13…value has 129 bytes");
            refused("id-not-utf8", &|ext| *ext.child(0x2E13).bytes() = vec![0xFF], "tag 0x2E13…is not UTF-8");
            refused("id-twice", &again(0x2E13), "tag 0x2E13…occurs twice");
            refused("data-twice", &again(0x2E14), "tag 0x2E14…occurs twice");
            refused("critical-inside", &plus(Element::leaf(0x2E7E, *b"?")), "tag 0x2E7E…critical, and not defined");
            refused("cut-short", &|ext| ext.child(0x2E14).lie = 9, "tag 0x2E14…truncated");
            refused("not-composite", &|ext| ext.content = Content::Bytes(b"abc".to_vec()),
                "truncated, 4 bytes needed, 3 left");
        });
    }
    cases
}

/// The form of an attestation (Commands §5.2.1).
fn attestations() -> Vec<Case> {
    let of = |id: &str, flaw: Flaw, words: &str| form(REG, id, flaw, words);
    rows! {
        of("attestation-signature-absent", assertion(inside(0x3E07, without(0x2E06))), "tag 0x2E06…is missing");
        of("attestation-signature-twice", assertion(inside(0x3E07, again(0x2E06))), "tag 0x2E06…occurs twice");
        of("attestation-signature-empty", assertion(inside(0x3E07, value(0x2E06, []))), "tag 0x2E06…value has 0 bytes");
        of("attestation-certificate-absent", assertion(inside(0x3E07, without(0x2E05))), "tag 0x2E05…is missing");
        of("attestation-certificate-empty", assertion(inside(0x3E07, value(0x2E05, []))),
            "tag 0x2E05…value has 0 bytes");
        of("attestation-critical-inside", assertion(inside(0x3E07, plus(Element::leaf(0x2E7E, *b"?")))),
            "tag 0x2E7E…critical, and not defined");
        of("attestation-public-key-inside", assertion(inside(0x3E07, plus(Element::leaf(0x2E0C, *b"?")))),
            "tag 0x2E0C…critical, and not defined");
        of("attestation-cut-short", assertion(inside(0x3E07, lie(0x2E06, 4000))), "tag 0x2E06…truncated");
        of("attestations-of-two-types", assertion(plus(Element::node(0x3E08,
            vec![Element::leaf(0x2E06, [1; 64])]))), "tag 0x3E08…occurs twice");
        of("surrogate-with-certificate", assertion(|whole| whole.child(0x3E07).tag = 0x3E08),
            "tag 0x2E05…critical, and not defined");
        of("attestation-of-an-unknown-type", assertion(renamed(0x3E07, 0x3E0F)),
            "tag 0x3E0F…critical, and not defined");
    }
}

#[test]
fn an_assertion_is_well_formed_tlv() {
    all_hold(&cases());
}
