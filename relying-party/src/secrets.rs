//! Compile-time proof that the server's secrets neither print nor multiply.

use crate::receipt::ReceiptSigner;
use serde::Serialize;
use smile_ceremony::secret::ClientSecret;
use smile_ceremony::server_data::ServerKey;
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::fmt::{Debug, Display};

assert_not_impl_any!(ReceiptSigner: Clone, Copy, Debug, Display, Serialize);
assert_not_impl_any!(crate::processor::CallbackSecret: Clone, Copy, Debug, Display, Serialize);
assert_not_impl_any!(ServerKey: Clone, Copy, Debug, Display, Serialize);
assert_not_impl_any!(ClientSecret: Clone, Copy, Debug, Display, Serialize);

// The receipt key is wiped when dropped.
assert_impl_all!(p256::ecdsa::SigningKey: zeroize::ZeroizeOnDrop);
