//! Matrix product on one core, by the `gemm` crate.

/// `out = left × right`, all three row by row: `left` is m×k, `right` k×n, `out` m×n, with m = `left.len() / k`.
///
/// # Panics
/// When the lengths do not fit each other: the callers compute all three from one shape.
pub(super) fn matmul(left: &[f32], right: &[f32], out: &mut [f32], k: usize, n: usize) {
    let m = left.len() / k;
    assert_eq!(left.len(), m * k, "left is m×k");
    assert_eq!(right.len(), k * n, "right is k×n");
    assert_eq!(out.len(), m * n, "out is m×n");
    let (row_n, row_k) = (n as isize, k as isize);
    // SAFETY: the three asserts above bound every element that the strides (columns 1 apart, rows n, k and n apart)
    // can reach; the slices are borrowed for the call, and `out` uniquely, so nothing aliases it. Parallelism::None
    // keeps the work on this thread.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            row_n,
            false,
            left.as_ptr(),
            1,
            row_k,
            right.as_ptr(),
            1,
            row_n,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
