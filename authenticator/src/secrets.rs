//! Compile-time proof that secrets neither print nor multiply.

use std::fmt::{Debug, Display};

use serde::Serialize;
use static_assertions::{assert_impl_all, assert_not_impl_any};

use crate::attestation::Attestation;
use crate::authenticator::Authenticator;
use crate::keys::software::SoftwareKeyStore;
use crate::keys::{AccessToken, FreshKey, UnlockedKey};
use crate::sealed::{Sealing, Vault};
use crate::transaction::TransactionConfirmed;
use crate::user_verification::{PendingVerification, Stub, UserVerified};

// One verification signs one thing: what carries it goes by value.
assert_not_impl_any!(UserVerified: Clone, Copy, Default, Debug, Serialize);
assert_not_impl_any!(PendingVerification: Clone, Copy, Default, Debug, Serialize);
assert_not_impl_any!(Stub: Clone, Copy, Default, Debug, Serialize);
assert_not_impl_any!(FreshKey: Clone, Copy, Default, Debug, Serialize);
assert_not_impl_any!(UnlockedKey: Clone, Copy, Default, Debug, Serialize);
assert_not_impl_any!(TransactionConfirmed: Clone, Copy, Default, Debug, Serialize);

// Keys and what opens them.
assert_not_impl_any!(AccessToken: Clone, Copy, Debug, Display, Serialize);
assert_not_impl_any!(Attestation: Clone, Debug, Display, Serialize);
assert_not_impl_any!(SoftwareKeyStore: Clone, Debug, Display, Serialize);
assert_not_impl_any!(Sealing: Clone, Debug, Display, Serialize);
assert_not_impl_any!(Vault: Clone, Debug, Display, Serialize);
assert_not_impl_any!(Authenticator: Clone, Debug, Display, Serialize);

// The sealing key and the private keys are wiped when dropped.
assert_impl_all!(chacha20poly1305::XChaCha20Poly1305: zeroize::ZeroizeOnDrop);
assert_impl_all!(p256::ecdsa::SigningKey: zeroize::ZeroizeOnDrop);

// An app may move its authenticator to a worker thread.
assert_impl_all!(Authenticator: Send);
