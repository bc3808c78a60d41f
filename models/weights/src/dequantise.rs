//! ONNX `DequantizeLinear` (operator set 21) over blocks: y = (x − zero point) · scale, where scale and zero point are
//! repeated `block_size` times along `axis` and cut to the size of x.

/// A dense tensor of any rank, last axis fastest.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dense<T> {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<T>,
}

impl<T> Dense<T> {
    /// `None` when the shape does not hold exactly these values.
    pub(crate) fn new(shape: Vec<usize>, values: Vec<T>) -> Option<Self> {
        let count = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d))?;
        (count == values.len()).then_some(Self { shape, values })
    }
}

/// Exact in `f32`: |x − zero point| ≤ 255 is an integer, and the one multiplication rounds once, as IEEE 754 says,
/// so every machine computes the same bits.
///
/// # Errors
/// The rule that the shapes break.
pub(crate) fn dequantise(
    x: &Dense<i8>,
    scale: &Dense<f32>,
    zero_point: &Dense<i8>,
    axis: usize,
    block_size: usize,
) -> Result<Dense<f32>, String> {
    let Some(&along) = x.shape.get(axis) else {
        return Err(format!("axis {axis} of a tensor with {} axes", x.shape.len()));
    };
    if block_size == 0 {
        return Err("block_size 0".to_owned());
    }
    let blocks = along.div_ceil(block_size);
    let mut expected = x.shape.clone();
    expected[axis] = blocks;
    if scale.shape != expected || zero_point.shape != expected {
        return Err(format!(
            "scales {:?} and zero points {:?} where blocks of {block_size} along axis {axis} of {:?} need {expected:?}",
            scale.shape, zero_point.shape, x.shape
        ));
    }
    let inner: usize = x.shape[axis + 1..].iter().product();
    let values = x.values.iter().enumerate().map(|(i, &q)| {
        let (outer, position, rest) = (i / (along * inner), i / inner % along, i % inner);
        let block = (outer * blocks + position / block_size) * inner + rest;
        let difference = i16::from(q) - i16::from(zero_point.values[block]);
        f32::from(difference) * scale.values[block]
    });
    let values = values.collect();
    Ok(Dense {
        shape: x.shape.clone(),
        values,
    })
}

#[cfg(test)]
mod tests;
