//! Changes to JSON: to its tree, to what is encoded in its strings, and to its characters.

use serde_json::{Map, Value, json};

use super::bytes;
use super::elements::{self, Syntax};
use super::random::Random;
use smile_protocol::base64url;

/// Pieces of text at which readers go wrong.
const TOKENS: [&str; 20] = [
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "-1",
    "0.5",
    "1e3",
    "1E400",
    "65536",
    "4294967296",
    "18446744073709551616",
    ",",
    ":",
    "\\u0000",
    "\\ud800",
    "\\u0041",
    " \t\r\n",
    "\u{feff}",
    "\u{7f}é€😀",
];

/// Lengths at which a limit lies, and one more.
const LENGTHS: [usize; 14] = [
    0, 1, 32, 33, 128, 129, 512, 513, 1536, 1537, 5462, 5463, 8192, 8193,
];

/// Changes one place of the JSON text `input`; where it is none, its bytes.
pub fn change(random: &mut Random, input: &mut Vec<u8>, donor: &[u8]) {
    match serde_json::from_slice::<Value>(input) {
        Ok(mut tree) if !random.one_in(5) => {
            let donors = serde_json::from_slice::<Value>(donor).unwrap_or(Value::Null);
            let given = nth(&donors, &mut random.below(count(&donors))).cloned();
            let mut index = random.below(count(&tree));
            change_nth(&mut tree, &mut index, &mut |value| {
                change_value(random, value, given.as_ref(), donor);
            });
            *input = tree.to_string().into_bytes();
        }
        _ if random.one_in(2) => token(random, input),
        _ => bytes::change(random, input, donor),
    }
}

/// Puts a token somewhere, sometimes in the place of what stands there.
fn token(random: &mut Random, input: &mut Vec<u8>) {
    let at = random.below(input.len() + 1);
    let until = if random.one_in(2) {
        at
    } else {
        (at + random.below(6)).min(input.len())
    };
    input.splice(at..until, random.pick(&TOKENS).bytes());
}

fn change_value(random: &mut Random, value: &mut Value, given: Option<&Value>, donor: &[u8]) {
    match (random.below(4), given, &mut *value) {
        (0, Some(given), _) => *value = given.clone(),
        (1, _, _) if random.one_in(3) => *value = edge(random),
        (_, _, Value::String(text)) => change_text(random, text, donor),
        (_, _, Value::Number(_)) => *value = number(random),
        (_, _, Value::Array(list)) => change_array(random, list, given),
        (_, _, Value::Object(members)) => change_object(random, members, given),
        _ => *value = edge(random),
    }
}

fn edge(random: &mut Random) -> Value {
    let edges = [
        Value::Null,
        json!(true),
        json!(false),
        json!(""),
        json!([]),
        json!({}),
        json!("A"),
        json!([0]),
    ];
    if random.one_in(4) {
        number(random)
    } else {
        random.pick(&edges).clone()
    }
}

fn number(random: &mut Random) -> Value {
    let edges = [
        0,
        1,
        2,
        3,
        0x0F,
        0x10,
        0x400,
        0xFFFF,
        0x10000,
        0x3E07,
        0x3E08,
        1200,
        1498,
        0xFFFF_FFFF,
        1 << 32,
        u64::MAX,
    ];
    match random.below(8) {
        0 => json!(-1),
        1 => json!(0.000_000_001 * f64::from(u32::from(random.byte()))),
        2 => json!(u16::from(random.byte())),
        _ => json!(*random.pick(&edges)),
    }
}

fn change_array(random: &mut Random, list: &mut Vec<Value>, given: Option<&Value>) {
    let at = random.below(list.len());
    match random.below(5) {
        0 if !list.is_empty() => drop(list.remove(at)),
        1 | 2 if !list.is_empty() => {
            let times = if random.one_in(6) { 60 } else { 1 };
            let copy = list[at].clone();
            list.extend(std::iter::repeat_n(copy, times));
        }
        3 => list.reverse(),
        _ => list.push(given.cloned().unwrap_or(Value::Null)),
    }
}

fn change_object(random: &mut Random, members: &mut Map<String, Value>, given: Option<&Value>) {
    let name = members
        .keys()
        .nth(random.below(members.len()))
        .cloned()
        .unwrap_or_default();
    match (random.below(4), given) {
        (0, _) => drop(members.remove(&name)),
        (1, _) => {
            let value = members.remove(&name).unwrap_or(Value::Null);
            members.insert(name + "_", value);
        }
        (2, Some(Value::Object(others))) => {
            let other = others.iter().nth(random.below(others.len()));
            members.extend(other.map(|(name, value)| (name.clone(), value.clone())));
        }
        (_, given) => {
            members.insert(name, given.cloned().unwrap_or(Value::Null));
        }
    }
}

/// Changes a text: what it encodes, its length, or its characters.
fn change_text(random: &mut Random, text: &mut String, donor: &[u8]) {
    let inside = base64url::decode(text).ok().filter(|inside| inside.len() >= 4);
    match (random.below(6), inside) {
        (0..3, Some(mut inside)) => {
            if inside.starts_with(b"{") {
                change(random, &mut inside, donor);
            } else {
                elements::change(random, Syntax::Uaf, &mut inside, donor);
            }
            *text = base64url::encode(&inside);
        }
        (3, _) => {
            let character = *random.pick(&['A', 'é', '\n', '=']);
            *text = character.to_string().repeat(*random.pick(&LENGTHS));
        }
        (4, _) => text.push_str(TOKENS[random.below(TOKENS.len())]),
        _ => {
            let mut changed = std::mem::take(text).into_bytes();
            bytes::change(random, &mut changed, donor);
            *text = String::from_utf8_lossy(&changed).into_owned();
        }
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(count).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

/// The value with this number in reading order; `index` counts down to it.
fn nth<'a>(value: &'a Value, index: &mut usize) -> Option<&'a Value> {
    if *index == 0 {
        return Some(value);
    }
    *index -= 1;
    match value {
        Value::Array(list) => list.iter().find_map(|inner| nth(inner, index)),
        Value::Object(members) => members.values().find_map(|inner| nth(inner, index)),
        _ => None,
    }
}

/// Calls `change` with the value of this number.
fn change_nth(value: &mut Value, index: &mut usize, change: &mut dyn FnMut(&mut Value)) -> bool {
    if *index == 0 {
        change(value);
        return true;
    }
    *index -= 1;
    match value {
        Value::Array(list) => list.iter_mut().any(|inner| change_nth(inner, index, change)),
        Value::Object(members) => members.values_mut().any(|inner| change_nth(inner, index, change)),
        _ => false,
    }
}
