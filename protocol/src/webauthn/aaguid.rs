//! AAGUIDs: the models of authenticators in WebAuthn.

use std::fmt;
use std::str::FromStr;

use crate::error::{FieldRule, ProtocolError};
use crate::json::{FromJson, Node};

/// Where the hyphens stand in the text form, and its length in characters.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const CHARS: usize = 36;

/// A model of authenticators: 16 bytes (WebAuthn §6.1). As text it is a UUID, `8-4-4-4-12` hexadecimal digits, written
/// in lower case and read in either (FIDO Metadata Statement 3.0 §4, `aaguid`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Aaguid(pub [u8; 16]);

impl Aaguid {
    /// Whether it is all zeros, with which an authenticator says that it does not tell its model (WebAuthn §6.5.1).
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == [0; 16]
    }
}

impl fmt::Display for Aaguid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if [4, 6, 8, 10].contains(&index) {
                out.write_str("-")?;
            }
            write!(out, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for Aaguid {
    type Err = ProtocolError;

    /// # Errors
    /// [`ProtocolError::Field`] `aaguid` unless the text is a UUID in its one form.
    fn from_str(text: &str) -> Result<Self, ProtocolError> {
        let parse = || {
            let in_place = |(index, byte): (usize, u8)| match byte {
                b'-' => HYPHENS.contains(&index),
                digit => digit.is_ascii_hexdigit() && !HYPHENS.contains(&index),
            };
            let sound = text.len() == CHARS && text.bytes().enumerate().all(in_place);
            let digits: String = text.chars().filter(|one| *one != '-').collect();
            let number = sound.then(|| u128::from_str_radix(&digits, 16).ok()).flatten()?;
            Some(Self(number.to_be_bytes()))
        };
        parse().ok_or_else(|| {
            let rule = "has to be 32 hexadecimal digits in groups of 8-4-4-4-12";
            ProtocolError::field("aaguid", FieldRule::Other(rule))
        })
    }
}

impl FromJson for Aaguid {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        node.place(node.text()?.parse())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aaguid_has_one_form() {
        let text = "00112233-4455-6677-8899-aabbccddeeff";
        let aaguid: Aaguid = text.parse().expect("a UUID");
        assert_eq!(aaguid.0[..3], [0x00, 0x11, 0x22]);
        assert_eq!(aaguid.to_string(), text);
        assert_eq!(text.to_uppercase().parse(), Ok(aaguid));
        for bad in [
            "",
            "00112233445566778899aabbccddeeff",
            "{00112233-4455-6677-8899-aabbccddeeff}",
            "00112233-4455-6677-8899-aabbccddeef",
            "00112233-4455-6677-8899-aabbccddeefg",
            "0011223-34455-6677-8899-aabbccddeeff",
            "+0112233-4455-6677-8899-aabbccddeeff",
            "0011223é-4455-6677-8899-aabbccddeef",
        ] {
            let refused = bad.parse::<Aaguid>().expect_err("not one").to_string();
            assert!(refused.starts_with("aaguid: has to be 32"), "{bad}: {refused}");
        }
        assert!(Aaguid([0; 16]).is_zero() && !aaguid.is_zero());
    }
}
