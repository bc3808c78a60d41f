//! What a certificate says of itself, as far as a map needs it (RFC 5280 §4.1).

use der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};

use super::value;

/// Version, lengths of subject and issuer, end of validity; the length alone where the bytes
/// are not laid out like a certificate.
pub(super) fn describe(bytes: &[u8]) -> String {
    match read(bytes) {
        Ok(words) => format!("{}, {words}", value::bytes(bytes)),
        Err(_) => format!("{}, no X.509 certificate", value::bytes(bytes)),
    }
}

fn read(bytes: &[u8]) -> Result<String, der::Error> {
    let certificate = inside(AnyRef::from_der(bytes)?)?;
    let [first, ..] = certificate.as_slice() else {
        return Err(Tag::Sequence.value_error().into());
    };
    let mut fields = inside(*first)?.into_iter().peekable();
    // [0] version is absent in version 1; inside it is an INTEGER.
    let version = fields.next_if(|field| !field.tag().is_universal());
    let version = match version {
        Some(field) => field.value().last().map_or(0, |number| u16::from(*number) + 1),
        None => 1,
    };
    let fields: Vec<AnyRef<'_>> = fields.collect();
    let [_serial, _algorithm, issuer, validity, subject, ..] = fields.as_slice() else {
        return Err(Tag::Sequence.value_error().into());
    };
    let validity = inside(*validity)?;
    let until = validity.last().map(|end| match end.tag() {
        Tag::UtcTime => end.decode_as::<UtcTime>().map(|time| time.to_date_time()),
        _ => end.decode_as::<GeneralizedTime>().map(|time| time.to_date_time()),
    });
    let until = until.ok_or_else(|| der::Error::from(Tag::Sequence.value_error()))??;
    Ok(format!(
        "X.509 v{version}, subject of {}, issuer of {}, valid until {until}",
        value::bytes(subject.value()),
        value::bytes(issuer.value()),
    ))
}

/// The elements of a SEQUENCE.
fn inside(sequence: AnyRef<'_>) -> Result<Vec<AnyRef<'_>>, der::Error> {
    sequence.tag().assert_eq(Tag::Sequence)?;
    let mut reader = SliceReader::new(sequence.value())?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(AnyRef::decode(&mut reader)?);
    }
    Ok(elements)
}
