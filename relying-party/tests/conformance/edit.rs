//! The changes that cases are made of: each constructor reads as what it breaks.

use serde_json::Value;

use crate::answer::{Flaw, Situation};
use crate::device::Device;
use crate::element::Element;
use crate::json;

// Where.

/// In FinalChallengeParams; the hash follows.
pub fn params(edit: impl Fn(&mut Value) + 'static) -> Flaw {
    Flaw::Params(Box::new(move |tree, _| edit(tree)))
}

/// In the JSON text of FinalChallengeParams; the hash follows.
pub fn params_text(edit: impl Fn(&str) -> String + 'static) -> Flaw {
    Flaw::ParamsText(Box::new(move |text, _| *text = edit(text)))
}

/// In `fcParams` as transmitted; the hash follows.
pub fn fc_params(edit: impl Fn(&str) -> String + 'static) -> Flaw {
    Flaw::FcParams(Box::new(move |text, _| *text = edit(text)))
}

/// In the message.
pub fn message(edit: impl Fn(&mut Value) + 'static) -> Flaw {
    Flaw::Message(Box::new(move |tree, _| edit(tree)))
}

/// In the message, by what another request or key gives.
pub fn message_by(edit: impl Fn(&mut Value, &Situation) + 'static) -> Flaw {
    Flaw::Message(Box::new(edit))
}

/// In the text of the message.
pub fn message_text(edit: impl Fn(&str) -> String + 'static) -> Flaw {
    Flaw::MessageText(Box::new(move |text, _| *text = edit(text)))
}

/// In the SendUAFResponse around the message.
pub fn envelope(edit: impl Fn(&mut Value) + 'static) -> Flaw {
    Flaw::Envelope(Box::new(move |tree, _| edit(tree)))
}

/// In the SendUAFResponse, by what another session gives.
pub fn envelope_by(edit: impl Fn(&mut Value, &Situation) + 'static) -> Flaw {
    Flaw::Envelope(Box::new(edit))
}

/// In the text of the SendUAFResponse.
pub fn envelope_text(edit: impl Fn(&str) -> String + 'static) -> Flaw {
    Flaw::EnvelopeText(Box::new(move |text, _| *text = edit(text)))
}

/// In KRD or SIGNED_DATA, which is signed as changed.
pub fn signed(edit: impl Fn(&mut Element) + 'static) -> Flaw {
    Flaw::Signed(Box::new(move |element, _| edit(element)))
}

/// In the assertion after it was signed.
pub fn assertion(edit: impl Fn(&mut Element) + 'static) -> Flaw {
    Flaw::Assertion(Box::new(move |element, _| edit(element)))
}

/// In the bytes of the assertion.
pub fn bytes(edit: impl Fn(&mut Vec<u8>) + 'static) -> Flaw {
    Flaw::Bytes(Box::new(move |bytes, _| edit(bytes)))
}

/// The signature is this one.
pub fn signing(sign: impl Fn(&Device, &[u8]) -> Vec<u8> + 'static) -> Flaw {
    Flaw::Signing(Box::new(sign))
}

/// The signature is the right one, changed.
pub fn signature(edit: impl Fn(&mut Vec<u8>) + 'static) -> Flaw {
    signing(move |device, bytes| {
        let mut right = if bytes.starts_with(&[0x03, 0x3E]) {
            device.attest(bytes)
        } else {
            device.sign(bytes)
        };
        edit(&mut right);
        right
    })
}

/// In the device that answers.
pub fn device(edit: impl Fn(&mut Device) + 'static) -> Flaw {
    Flaw::Device(Box::new(move |device, _| edit(device)))
}

/// Before the answer is made.
pub fn meanwhile(happens: impl Fn(&mut Situation) + 'static) -> Flaw {
    Flaw::Meanwhile(Box::new(happens))
}

// What, in JSON.

pub fn remove(pointer: impl Into<String>) -> Box<dyn Fn(&mut Value)> {
    let pointer = pointer.into();
    Box::new(move |tree| json::remove(tree, &pointer))
}

pub fn put(pointer: impl Into<String>, value: impl Into<Value>) -> Box<dyn Fn(&mut Value)> {
    let (pointer, value) = (pointer.into(), value.into());
    Box::new(move |tree| json::put(tree, &pointer, value.clone()))
}

pub fn twice(pointer: impl Into<String>) -> Box<dyn Fn(&mut Value)> {
    let pointer = pointer.into();
    Box::new(move |tree| json::twice(tree, &pointer))
}

/// Changes a string.
pub fn text(pointer: impl Into<String>, edit: fn(&str) -> String) -> Box<dyn Fn(&mut Value)> {
    let pointer = pointer.into();
    Box::new(move |tree| {
        let changed = edit(json::text(tree, &pointer));
        json::put(tree, &pointer, changed.into());
    })
}

// What, in TLV.

pub fn without(tag: u16) -> impl Fn(&mut Element) {
    move |parent| {
        let position = parent.position(tag);
        parent.elements().remove(position);
    }
}

/// The element a second time, behind all others.
pub fn again(tag: u16) -> impl Fn(&mut Element) {
    move |parent| {
        let copy = parent.child(tag).clone();
        parent.elements().push(copy);
    }
}

/// An element behind all others.
pub fn plus(element: Element) -> impl Fn(&mut Element) {
    move |parent| parent.elements().push(element.clone())
}

/// The element with another value.
pub fn value(tag: u16, value: impl Into<Vec<u8>>) -> Box<dyn Fn(&mut Element)> {
    let value = value.into();
    Box::new(move |parent| *parent.child(tag).bytes() = value.clone())
}

/// The element with its value changed.
pub fn change(tag: u16, edit: impl Fn(&mut Vec<u8>)) -> impl Fn(&mut Element) {
    move |parent| edit(parent.child(tag).bytes())
}

/// Without the last byte.
pub fn one_less(bytes: &mut Vec<u8>) {
    bytes.truncate(bytes.len() - 1);
}

/// The element with a length field that says so much more than is true.
pub fn lie(tag: u16, by: i16) -> impl Fn(&mut Element) {
    move |parent| parent.child(tag).lie = by
}

/// The element under another tag.
pub fn renamed(tag: u16, new: u16) -> impl Fn(&mut Element) {
    move |parent| parent.child(tag).tag = new
}

/// The change inside the composite `tag`.
pub fn inside(tag: u16, edit: impl Fn(&mut Element)) -> impl Fn(&mut Element) {
    move |parent| edit(parent.child(tag))
}
