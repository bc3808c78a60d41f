//! Proof, at compile time, that secrets do not print, multiply or serialise.

use crate::{FaceMatched, Frame, Template};
use serde::Serialize;
use smile_models::{AlignedFace, Embedding, Image};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::fmt::{Debug, Display};

assert_not_impl_any!(Frame: Debug, Display, Clone, Serialize);
assert_not_impl_any!(Template: Debug, Display, Clone, Serialize);
assert_not_impl_any!(Image: Debug, Display, Clone, Serialize);
assert_not_impl_any!(AlignedFace: Debug, Display, Clone, Serialize);
assert_not_impl_any!(Embedding: Debug, Display, Clone, Serialize);

// A witness is spent by value: a second one needs a second look at the face.
assert_not_impl_any!(FaceMatched: Clone, Copy, Default, Serialize);

// Frames and templates cross from the capture thread to the one that runs the networks.
assert_impl_all!(Frame: Send);
assert_impl_all!(Template: Send);
