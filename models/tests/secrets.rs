//! Pixels and embeddings cannot be printed, copied or written out, and are zeroed when dropped.

use smile_models::{AlignedFace, Embedding, Image};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::fmt::{Debug, Display};
use zeroize::ZeroizeOnDrop;

assert_not_impl_any!(Image: Debug, Display, Clone, Copy, serde::Serialize);
assert_not_impl_any!(AlignedFace: Debug, Display, Clone, Copy, serde::Serialize);
assert_not_impl_any!(Embedding: Debug, Display, Clone, Copy, serde::Serialize);
assert_impl_all!(Image: ZeroizeOnDrop, Send, Sync);
assert_impl_all!(AlignedFace: ZeroizeOnDrop, Send, Sync);
assert_impl_all!(Embedding: ZeroizeOnDrop, Send, Sync);
