//! What a caller shows to be let in (Commands §8). They travel in the clear between an ASM and
//! its authenticator, and never print.

use std::fmt;

use crate::error::{ProtocolError, TlvErrorKind};
use crate::limits;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Tlv, error};

/// Byte strings that grant something: `1..=max` bytes, and no value in `Debug`.
macro_rules! tokens {
    ($($(#[$outer:meta])* $name:ident = $tag:expr, $max:expr;)+) => {$(
        $(#[$outer])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(Vec<u8>);

        impl $name {
            /// A token from its bytes.
            ///
            /// # Errors
            /// [`TlvErrorKind::WrongLength`] when it is empty or too long.
            pub fn new(bytes: Vec<u8>) -> Result<Self, ProtocolError> {
                let (min, max, actual) = (1, $max, bytes.len());
                if (min..=max).contains(&actual) {
                    Ok(Self(bytes))
                } else {
                    Err(error($tag, 0, TlvErrorKind::WrongLength { min, max, actual }))
                }
            }

            /// The bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }

            pub(super) fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
                Ok(Self(element.bytes_of(1, $max)?.to_vec()))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    )+};
}

tokens! {
    /// `TAG_KEYHANDLE_ACCESS_TOKEN`: the ASM's proof that a key is its own, 1 to 32 bytes
    /// (Commands §6.2.1). An empty one would prove nothing.
    KeyHandleAccessToken = tags::KEYHANDLE_ACCESS_TOKEN, limits::KEY_HANDLE_ACCESS_TOKEN_BYTES;
    /// `TAG_USERVERIFY_TOKEN`: the authenticator's word that it verified the user in an earlier
    /// command (Commands §5.3), 1 to 256 bytes.
    UserVerifyToken = tags::USERVERIFY_TOKEN, limits::USER_VERIFY_TOKEN_BYTES;
}
