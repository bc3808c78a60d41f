//! Names that the buyer reads, character by character: each rule breaks alone, beside the same name without the flaw.

use smile_ceremony::{
    error::CeremonyError,
    payment::{NameFlaw, OrderReference, Payee},
};

fn flaw(name: &str) -> Option<NameFlaw> {
    let order = OrderReference::parse(name).err();
    match Payee::parse(name).err() {
        None => {
            assert_eq!(order, None, "{name:?}");
            None
        }
        Some(CeremonyError::PayeeInvalid(flaw)) => {
            assert_eq!(order, Some(CeremonyError::OrderInvalid(flaw)), "{name:?}");
            Some(flaw)
        }
        Some(other) => panic!("{other}"),
    }
}

#[test]
fn names_of_many_scripts_are_taken_as_they_are() {
    for name in [
        "德国邮政",
        "株式会社 山田",
        "ソニー株式会社",
        "주식회사 한국",
        "Société Générale",
        "L\u{2019}Oréal",
        "Почта России",
        "Ελληνικά Ταχυδρομεία",
        "البريد السعودي",
        "דואר ישראל",
        "डाक विभाग",
        "ไปรษณีย์ไทย",
        "Café 北京 24",
        "ABC株式会社",
        "7-Eleven セブン",
        "Müller & Söhne (Bonn)",
    ] {
        assert_eq!(flaw(name), None, "{name}");
        assert_eq!(Payee::parse(name).expect("sound").as_str(), name);
    }
}

#[test]
fn a_name_that_hides_or_reorders_something_is_refused() {
    let cases: [(&str, &str, NameFlaw); 24] = [
        ("Post\u{202e}tsoP", "Post tsoP", NameFlaw::Control('\u{202e}')),
        ("\u{2067}Post", "Post", NameFlaw::Control('\u{2067}')),
        ("Post\u{200f}", "Post", NameFlaw::Control('\u{200f}')),
        ("Po\u{200b}st", "Post", NameFlaw::Control('\u{200b}')),
        ("Po\u{200d}st", "Post", NameFlaw::Control('\u{200d}')),
        ("Po\u{feff}st", "Post", NameFlaw::Control('\u{feff}')),
        ("Po\u{ad}st", "Post", NameFlaw::Control('\u{ad}')),
        ("Po\u{1b}st", "Post", NameFlaw::Control('\u{1b}')),
        ("Po\u{85}st", "Post", NameFlaw::Control('\u{85}')),
        ("한\u{3164}국", "한국", NameFlaw::Invisible('\u{3164}')),
        ("Po\u{34f}st", "Post", NameFlaw::Invisible('\u{34f}')),
        ("☎\u{fe0f}", "☎", NameFlaw::Invisible('\u{fe0f}')),
        ("Po\u{e000}st", "Post", NameFlaw::WithoutMeaning('\u{e000}')),
        ("Po\u{378}st", "Post", NameFlaw::WithoutMeaning('\u{378}')),
        ("Po\u{ffff}st", "Post", NameFlaw::WithoutMeaning('\u{ffff}')),
        ("Po\u{a0}st", "Po st", NameFlaw::Space('\u{a0}')),
        ("山\u{3000}田", "山 田", NameFlaw::Space('\u{3000}')),
        ("山\u{2028}田", "山田", NameFlaw::Space('\u{2028}')),
        ("山  田", "山 田", NameFlaw::SpaceTwice),
        ("山田 ", "山田", NameFlaw::SpaceAtEnd),
        ("\u{201c}山田", "山田", NameFlaw::Quote('\u{201c}')),
        ("山\u{ff02}田", "山田", NameFlaw::Quote('\u{ff02}')),
        ("山\u{20dd}", "山", NameFlaw::Mark('\u{20dd}')),
        ("Cafe\u{301}", "Caf\u{e9}", NameFlaw::NotNormalised),
    ];
    for (broken, sound, expected) in cases {
        assert_eq!(flaw(broken), Some(expected), "{broken:?}");
        assert_eq!(flaw(sound), None, "{sound:?}");
        let said = expected.to_string();
        assert!(said.starts_with("must"), "{said}");
    }
    assert_eq!(
        NameFlaw::Control('\u{202e}').to_string(),
        "must be without control, format and bidirectional characters (U+202E)"
    );
}

#[test]
fn marks_do_not_pile_up() {
    // Two marks on a letter are written, three are not.
    assert_eq!(flaw("ب\u{64e}\u{651}"), None);
    assert_eq!(flaw("ب\u{64e}\u{651}\u{653}"), Some(NameFlaw::Mark('\u{653}')));
    assert_eq!(flaw("\u{651}ب"), Some(NameFlaw::Mark('\u{651}')));
    assert_eq!(flaw("ب \u{651}"), Some(NameFlaw::Mark('\u{651}')));
}

#[test]
fn a_word_does_not_mix_letters_that_look_alike() {
    for (broken, sound) in [
        // Cyrillic а, Greek ο, Armenian ս.
        ("Bаnk", "Банк"),
        ("Pοst", "Ποστ"),
        ("Bսs", "Բուս"),
        ("Ραура", "Раура"),
    ] {
        assert_eq!(flaw(broken), Some(NameFlaw::MixedScripts), "{broken}");
        assert_eq!(flaw(sound), None, "{sound}");
    }
    // Word by word, and within a word as Chinese, Japanese and Korean mix.
    assert_eq!(flaw("Магазин Shop"), None);
    assert_eq!(flaw("ソニーGroup東京"), None);
    assert_eq!(flaw("ソニーБанк"), Some(NameFlaw::MixedScripts));
}

#[test]
fn a_limit_counts_characters() {
    let of = |chars| "郵".repeat(chars);
    assert!(Payee::parse(&of(100)).is_ok());
    let long = CeremonyError::PayeeInvalid(NameFlaw::Length { max: 100 });
    assert_eq!(Payee::parse(&of(101)), Err(long));
    assert!(OrderReference::parse(&of(40)).is_ok());
    let long = CeremonyError::OrderInvalid(NameFlaw::Length { max: 40 });
    assert_eq!(OrderReference::parse(&of(41)), Err(long));
}
