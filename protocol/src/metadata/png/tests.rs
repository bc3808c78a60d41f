//! PNG files: what is read of them, and each rule of their frame broken alone.

use super::*;

/// Two pixels with a palette of two, written by another encoder.
const FOREIGN: [u8; 85] = [
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00,
    0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x01, 0x03, 0x00, 0x00, 0x00, 0xce, 0xec, 0xed, 0xc9, 0x00,
    0x00, 0x00, 0x06, 0x50, 0x4c, 0x54, 0x45, 0x01, 0x02, 0x03, 0xff, 0xfe, 0xfd, 0xf1, 0xe5, 0xe0, 0x9b,
    0x00, 0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x70, 0x00, 0x00, 0x00, 0x42, 0x00,
    0x41, 0x29, 0x37, 0xf4, 0xef, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

fn read_any(bytes: &[u8]) -> Result<DisplayPngCharacteristics, ProtocolError> {
    read(bytes, Others::Ancillary)
}

type Chunks = Vec<(&'static [u8; 4], Vec<u8>)>;

fn ihdr() -> Vec<u8> {
    vec![0, 0, 0, 2, 0, 0, 0, 1, 1, 3, 0, 0, 0]
}

fn chunks() -> Chunks {
    vec![
        (b"IHDR", ihdr()),
        (b"PLTE", vec![1, 2, 3, 255, 254, 253]),
        (b"IDAT", FOREIGN[59..69].to_vec()),
        (b"IEND", Vec::new()),
    ]
}

fn write(chunks: &Chunks) -> Vec<u8> {
    let mut bytes = SIGNATURE.to_vec();
    for (kind, data) in chunks {
        let length = u32::try_from(data.len()).expect("short");
        bytes.extend(length.to_be_bytes());
        let covered = [&kind[..], data].concat();
        bytes.extend(&covered);
        bytes.extend(crc_32(&covered).to_be_bytes());
    }
    bytes
}

fn expected() -> DisplayPngCharacteristics {
    let entry = |r, g, b| RgbPaletteEntry { r, g, b };
    DisplayPngCharacteristics {
        width: 2,
        height: 1,
        bit_depth: 1,
        color_type: 3,
        compression: 0,
        filter: 0,
        interlace: 0,
        plte: vec![entry(1, 2, 3), entry(255, 254, 253)],
    }
}

#[test]
fn a_picture_of_another_encoder_is_read() {
    assert_eq!(read_any(&FOREIGN), Ok(expected()));
    assert_eq!(write(&chunks()), FOREIGN);
}

/// The sound picture is read; the flawed one breaks a rule whose words hold `rule`.
fn refused(rule: &str, flaw: impl FnOnce(&mut Chunks)) {
    assert_eq!(read_any(&write(&chunks())), Ok(expected()));
    let mut flawed = chunks();
    flaw(&mut flawed);
    let words = read_any(&write(&flawed)).expect_err("refused").to_string();
    assert!(words.contains(rule), "{words:?} has {rule:?}");
}

#[test]
fn chunks_stand_in_their_order_and_each_where_it_belongs() {
    refused("begin with IHDR", |chunks| chunks.swap(0, 1));
    refused("no IDAT", |chunks| drop(chunks.remove(2)));
    refused("no PLTE", |chunks| drop(chunks.remove(1)));
    refused("second PLTE", |chunks| {
        let palette = chunks[1].clone();
        chunks.insert(1, palette);
    });
    refused("behind the picture's data", |chunks| chunks.swap(1, 2));
    refused("critical chunk", |chunks| {
        let second = chunks[0].clone();
        chunks.insert(1, second);
    });
    refused("critical chunk", |chunks| chunks.insert(1, (b"ABCD", Vec::new())));
    refused("ends inside", |chunks| drop(chunks.pop()));
    refused("behind IEND", |chunks| chunks.push((b"tEXt", Vec::new())));
    refused("in or behind IEND", |chunks| chunks[3].1.push(0));
    let mut commented = chunks();
    commented.insert(1, (b"tEXt", b"a comment".to_vec()));
    assert_eq!(read_any(&write(&commented)), Ok(expected()));
}

#[test]
fn a_plain_file_has_no_chunk_that_not_everybody_shows_alike() {
    assert_eq!(read(&write(&chunks()), Others::None), Ok(expected()));
    for kind in [b"tRNS", b"acTL", b"gAMA", b"tEXt", b"zzzz"] {
        for place in [1, 2, 3] {
            let mut flawed = chunks();
            flawed.insert(place, (kind, vec![0, 0]));
            let refused = read(&write(&flawed), Others::None)
                .expect_err("refused")
                .to_string();
            assert!(refused.contains("who shows it"), "{refused}");
            assert_eq!(read_any(&write(&flawed)), Ok(expected()));
        }
    }
}

#[test]
fn the_data_stand_in_consecutive_chunks() {
    let split = |chunks: &mut Chunks, between: Option<(&'static [u8; 4], Vec<u8>)>| {
        let second = chunks[2].1.split_off(4);
        chunks.insert(3, (b"IDAT", second));
        if let Some(between) = between {
            chunks.insert(3, between);
        }
    };
    let mut consecutive = chunks();
    split(&mut consecutive, None);
    assert_eq!(read_any(&write(&consecutive)), Ok(expected()));
    let comment = (b"tEXt", b"a comment".to_vec());
    refused("another chunk between", |chunks| {
        split(chunks, Some(comment.clone()))
    });
    // The same comment behind all of them.
    consecutive.insert(4, comment);
    assert_eq!(read_any(&write(&consecutive)), Ok(expected()));
}

#[test]
fn the_header_is_one_that_png_allows() {
    let set = |index: usize, value: u8| move |chunks: &mut Chunks| chunks[0].1[index] = value;
    refused("width or height", set(3, 0));
    refused("width or height", set(7, 0));
    refused("width or height", set(0, 0x80));
    refused("colour type and bit depth", set(8, 3));
    refused("colour type and bit depth", set(8, 16));
    refused("colour type and bit depth", set(9, 1));
    refused("colour type and bit depth", set(9, 2));
    refused("method", set(10, 1));
    refused("method", set(11, 1));
    refused("method", set(12, 2));
    refused("13 bytes", |chunks| chunks[0].1.push(0));
    let mut interlaced = chunks();
    interlaced[0].1[12] = 1;
    assert_eq!(read_any(&write(&interlaced)).map(|shown| shown.interlace), Ok(1));
}

#[test]
fn the_palette_has_whole_entries_that_the_depth_can_name() {
    refused("of a length", |chunks| chunks[1].1.clear());
    refused("of a length", |chunks| chunks[1].1.push(1));
    refused("of a length", |chunks| chunks[1].1.extend([1, 2, 3]));
    refused("grey", |chunks| chunks[0].1[9] = 0);
    // For colour pictures the palette is a suggestion, and may be left out.
    let mut coloured = chunks();
    (coloured[0].1[8], coloured[0].1[9]) = (8, 2);
    assert_eq!(read_any(&write(&coloured)).map(|shown| shown.plte.len()), Ok(2));
    coloured.remove(1);
    assert_eq!(read_any(&write(&coloured)).map(|shown| shown.plte.len()), Ok(0));
}

#[test]
fn every_check_sum_counts_and_no_byte_may_be_missing() {
    assert_eq!(read_any(&FOREIGN), Ok(expected()));
    for length in 0..FOREIGN.len() {
        read_any(&FOREIGN[..length]).expect_err("cut short");
    }
    for index in 0..FOREIGN.len() {
        let mut flipped = FOREIGN;
        flipped[index] ^= 1;
        read_any(&flipped).expect_err("a flipped bit");
    }
    let mut wrong = FOREIGN;
    wrong[29] ^= 1;
    let words = read_any(&wrong).expect_err("refused").to_string();
    assert!(words.contains("check sum"), "{words}");
    let mut longer = FOREIGN.to_vec();
    longer.push(0);
    read_any(&longer).expect_err("a byte behind it");
    let huge = [&SIGNATURE[..], &[0xFF; 8]].concat();
    read_any(&huge).expect_err("a length beyond the file");
}

#[test]
fn a_picture_has_the_characteristics_that_it_is_sent_with() {
    type Flaw = fn(&mut DisplayPngCharacteristics);
    let sound = expected();
    assert_eq!(sound.check_png(&FOREIGN), Ok(()));
    let flaws: [(Flaw, &str); 8] = [
        (|one| one.width = 3, "width"),
        (|one| one.height = 3, "height"),
        (|one| one.bit_depth = 2, "bitDepth"),
        (|one| one.color_type = 2, "colorType"),
        (|one| one.compression = 1, "compression"),
        (|one| one.filter = 1, "filter"),
        (|one| one.interlace = 1, "interlace"),
        (|one| one.plte[0].r = 2, "plte"),
    ];
    for (flaw, member) in flaws {
        let mut other = sound.clone();
        flaw(&mut other);
        let field = format!("tcDisplayPNGCharacteristics.{member}");
        let rule = FieldRule::Other("is not the picture's");
        assert_eq!(other.check_png(&FOREIGN), Err(ProtocolError::field(field, rule)));
    }
    let any_palette = DisplayPngCharacteristics {
        plte: Vec::new(),
        ..sound
    };
    assert_eq!(any_palette.check_png(&FOREIGN), Ok(()));
}

/// UAF §3.5.1 sets no limit; ours is on the whole file, whatever it holds.
#[test]
fn a_picture_of_more_than_32_kib_is_no_transaction() {
    use crate::limits::TRANSACTION_CONTENT_BYTES;
    use crate::uaf::authentication::Transaction;
    let of_size = |size: usize| {
        let mut chunks = chunks();
        chunks.insert(
            1,
            (
                b"tEXt",
                vec![b'a'; size - FOREIGN.len() - HEAD_BYTES - CHECK_BYTES],
            ),
        );
        let bytes = write(&chunks);
        assert_eq!(bytes.len(), size);
        Transaction::image_png(&bytes, expected())
    };
    of_size(TRANSACTION_CONTENT_BYTES).expect("at the limit");
    let (max, actual) = (TRANSACTION_CONTENT_BYTES, TRANSACTION_CONTENT_BYTES + 1);
    let rule = FieldRule::Length { min: 1, max, actual };
    assert_eq!(
        of_size(actual),
        Err(ProtocolError::field("transaction.content", rule))
    );
}
