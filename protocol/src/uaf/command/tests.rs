//! Commands and responses as bytes: what comes back, and each rule broken alone.

mod commands;
mod responses;

use super::*;
use crate::error::{ProtocolError, TlvErrorKind};
use crate::uaf::assertion::tlv::{Tlv, TlvWriter};

/// The elements inside the one element that `bytes` are.
fn children(bytes: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let tag = u16::from_le_bytes([bytes[0], bytes[1]]);
    let mut reader = Tlv::read_only(bytes, tag).expect("one element").children();
    let mut list = Vec::new();
    while let Some(element) = reader.read_next().expect("well-formed") {
        list.push((element.tag, element.value.to_vec()));
    }
    list
}

/// The same element with other elements inside.
fn rebuilt(bytes: &[u8], elements: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let tag = u16::from_le_bytes([bytes[0], bytes[1]]);
    elements
        .iter()
        .fold(TlvWriter::default(), |writer, (tag, value)| {
            writer.put(*tag, value).expect("short")
        })
        .wrap(tag)
        .expect("short")
}

/// The same element after `flaw` worked on what is inside.
fn spoilt(bytes: &[u8], flaw: impl FnOnce(&mut Vec<(u16, Vec<u8>)>)) -> Vec<u8> {
    let mut elements = children(bytes);
    flaw(&mut elements);
    rebuilt(bytes, &elements)
}

/// The tag at fault and the rule.
fn refusal<T: std::fmt::Debug>(outcome: Result<T, ProtocolError>) -> (u16, TlvErrorKind) {
    match outcome {
        Err(ProtocolError::Tlv { tag, kind, .. }) => (tag, kind),
        other => panic!("not refused as TLV: {other:?}"),
    }
}

fn remove(tag: u16) -> impl FnOnce(&mut Vec<(u16, Vec<u8>)>) {
    move |elements| elements.retain(|(other, _)| *other != tag)
}

fn set(tag: u16, value: &[u8]) -> impl FnOnce(&mut Vec<(u16, Vec<u8>)>) {
    move |elements| {
        let element = elements.iter_mut().find(|(other, _)| *other == tag);
        element.expect("the element is there").1 = value.to_vec();
    }
}

fn append(tag: u16, value: &[u8]) -> impl FnOnce(&mut Vec<(u16, Vec<u8>)>) {
    move |elements| elements.push((tag, value.to_vec()))
}

fn repeat(tag: u16) -> impl FnOnce(&mut Vec<(u16, Vec<u8>)>) {
    move |elements| {
        let at = elements.iter().position(|(other, _)| *other == tag);
        let at = at.expect("the element is there");
        elements.insert(at, elements[at].clone());
    }
}
