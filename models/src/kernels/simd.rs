//! One source, compiled once for each vector width, chosen when it runs.

/// Numbers handled together: the width of the widest vector (AVX-512) in `f32`.
pub(crate) const LANES: usize = 16;

/// A vector's worth of numbers; loops over it compile to vector instructions of whatever width is on.
pub(super) type Lanes = [f32; LANES];

/// a·b + c. With `FMA` in one rounding, which needs the instruction: without it `mul_add` is a library call, far
/// slower than two operations.
#[inline(always)]
pub(super) fn madd<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// The lanes of `data` that begin at `at`.
#[inline(always)]
pub(super) fn load(data: &[f32], at: usize) -> &Lanes {
    data[at..at + LANES]
        .first_chunk()
        .expect("the slice has LANES elements")
}

/// How wide the vectors are that a kernel is run with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Width {
    /// What every CPU of the target has.
    Baseline,
    /// AVX2 and FMA: eight numbers.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 (F, VL, DQ, BW) and FMA: sixteen numbers.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Width {
    /// The widest that this CPU has.
    fn detected() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512bw");
            match is_x86_feature_detected!("fma") {
                true if avx512 => return Self::Avx512,
                true if is_x86_feature_detected!("avx2") => return Self::Avx2,
                _ => {}
            }
        }
        Self::Baseline
    }

    /// The width to run with.
    #[cfg(not(test))]
    pub fn chosen() -> Self {
        Self::detected()
    }

    /// The width to run with: in tests never above the limit that the thread has set.
    #[cfg(test)]
    pub fn chosen() -> Self {
        Self::detected().min(LIMIT.get())
    }
}

/// Every width of the target, the narrowest first.
#[cfg(all(test, target_arch = "x86_64"))]
const WIDTHS: &[Width] = &[Width::Baseline, Width::Avx2, Width::Avx512];
#[cfg(all(test, not(target_arch = "x86_64")))]
const WIDTHS: &[Width] = &[Width::Baseline];

#[cfg(test)]
thread_local! {
    static LIMIT: std::cell::Cell<Width> = const { std::cell::Cell::new(WIDTHS[WIDTHS.len() - 1]) };
}

/// Runs `work` once with every width that this CPU has.
#[cfg(test)]
pub(super) fn at_every_width<E>(mut work: impl FnMut() -> Result<(), E>) -> Result<(), E> {
    WIDTHS.iter().try_for_each(|width| {
        LIMIT.set(*width);
        work()
    })
}

/// Defines `fn $name(args)` that runs the always-inlined `$body::<FMA>(args)` compiled for [`Width::chosen`].
macro_rules! vectorised {
    ($(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),* $(,)?) = $body:ident) => {
        $(#[$doc])*
        pub(super) fn $name($($arg: $ty),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,fma")]
            fn avx512($($arg: $ty),*) { $body::<true>($($arg),*) }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($arg: $ty),*) { $body::<true>($($arg),*) }
            match $crate::kernels::simd::Width::chosen() {
                // SAFETY: `chosen` gives this width only where all its features, those of the function, were detected.
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::simd::Width::Avx512 => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::simd::Width::Avx2 => unsafe { avx2($($arg),*) },
                // NEON always has a fused multiply-add; the x86-64 baseline (SSE2) has none.
                $crate::kernels::simd::Width::Baseline => $body::<{ cfg!(target_arch = "aarch64") }>($($arg),*),
            }
        }
    };
}
pub(super) use vectorised;
