//! Changes to bytes that know nothing of what they mean.

use super::random::Random;

/// Numbers at which readers go wrong.
const EDGES: [u16; 10] = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF];

/// Inputs never grow beyond this: the largest limit under test and a little more.
const LENGTH_MAX: usize = (1 << 20) + 4096;

/// Changes `bytes` at one place.
pub fn change(random: &mut Random, bytes: &mut Vec<u8>, donor: &[u8]) {
    let at = random.below(bytes.len());
    match random.below(9) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.byte();
            }
        }
        2 => bytes.truncate(at),
        3 => remove(random, bytes, at),
        4 => repeat(random, bytes, at),
        5 => {
            let inserted: Vec<u8> = (0..1 + random.below(6)).map(|_| random.byte()).collect();
            bytes.splice(at..at, inserted);
        }
        6 => splice(random, bytes, at, donor),
        7 => swap(random, bytes, at),
        _ => edge(random, bytes, at),
    }
    bytes.truncate(LENGTH_MAX);
}

/// A range that begins at `at`, mostly short.
fn range(random: &mut Random, length: usize, at: usize) -> std::ops::Range<usize> {
    let left = length.saturating_sub(at);
    let longest = if random.one_in(4) { left } else { left.min(16) };
    at..at + random.below(longest + 1)
}

fn remove(random: &mut Random, bytes: &mut Vec<u8>, at: usize) {
    let range = range(random, bytes.len(), at);
    bytes.drain(range);
}

/// Copies a range behind itself, once or many times.
fn repeat(random: &mut Random, bytes: &mut Vec<u8>, at: usize) {
    let range = range(random, bytes.len(), at);
    let times = if random.one_in(8) { random.below(200) } else { 1 };
    let copies = bytes[range.clone()].repeat(times);
    bytes.splice(range.end..range.end, copies);
}

/// Goes on with a part of another input.
fn splice(random: &mut Random, bytes: &mut Vec<u8>, at: usize, donor: &[u8]) {
    let from = random.below(donor.len());
    let taken = donor[range(random, donor.len(), from)].to_vec();
    if random.one_in(2) {
        bytes.truncate(at);
    }
    bytes.splice(at..at, taken);
}

fn swap(random: &mut Random, bytes: &mut [u8], at: usize) {
    let other = random.below(bytes.len());
    if !bytes.is_empty() {
        bytes.swap(at, other);
    }
}

/// Overwrites two bytes with a number at which readers go wrong, in either order.
fn edge(random: &mut Random, bytes: &mut [u8], at: usize) {
    let number = *random.pick(&EDGES);
    let written = if random.one_in(2) {
        number.to_le_bytes()
    } else {
        number.to_be_bytes()
    };
    for (byte, new) in bytes.iter_mut().skip(at).zip(written) {
        *byte = new;
    }
}
