//! Points on elliptic curves, as bytes.

use super::EcCurve;

/// A point in uncompressed form with coordinates of its curve's length. Whether it lies on the curve is not checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EcPoint {
    curve: EcCurve,
    /// `04 ‖ X ‖ Y`.
    uncompressed: Vec<u8>,
}

impl EcPoint {
    /// A point from big-endian coordinates; `None` where one has not the curve's length.
    #[must_use]
    pub fn new(curve: EcCurve, x: &[u8], y: &[u8]) -> Option<Self> {
        let length = curve.coordinate_bytes();
        (x.len() == length && y.len() == length).then(|| Self {
            curve,
            uncompressed: [&[4], x, y].concat(),
        })
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> EcCurve {
        self.curve
    }

    /// X, big-endian.
    #[must_use]
    pub fn x(&self) -> &[u8] {
        &self.uncompressed[1..=self.curve.coordinate_bytes()]
    }

    /// Y, big-endian.
    #[must_use]
    pub fn y(&self) -> &[u8] {
        &self.uncompressed[1 + self.curve.coordinate_bytes()..]
    }

    /// `04 ‖ X ‖ Y` (SEC 1 §2.3.3).
    #[must_use]
    pub fn uncompressed(&self) -> &[u8] {
        &self.uncompressed
    }
}
