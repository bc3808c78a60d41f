//! Scored comparisons, and what each weighs when people are drawn again.

/// The score of a comparison that could not be made: below every cosine, so refused at every threshold.
pub(crate) const NOT_COMPARED: f32 = -2.0;

/// One scored comparison of two pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// Cosine, −1 to 1.
    pub score: f32,
    /// Person on the one picture.
    pub a: u32,
    /// Person on the other; the same for a genuine comparison.
    pub b: u32,
}

impl Trial {
    /// How often the comparison occurs when person *p* was drawn `weights[p]` times: w for a genuine comparison of
    /// one person, w·w′ for an impostor comparison of two.
    #[must_use]
    pub fn weight(&self, weights: &[u64]) -> u64 {
        let w = weights[self.a as usize];
        if self.a == self.b {
            w
        } else {
            w * weights[self.b as usize]
        }
    }
}

/// How the weight of all comparisons is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Totals {
    /// Every comparison is in the lists.
    Listed,
    /// Every picture was compared with every other, and impostor comparisons at or below `tail_floor` are not listed.
    /// Their weight follows from the number of pictures.
    AllVsAll {
        /// Pictures by person, those included on which no face was found.
        pictures_per_person: Vec<u64>,
    },
}

/// Scored comparisons, highest scores first.
#[derive(Debug, Clone, PartialEq)]
pub struct Trials {
    genuine: Vec<Trial>,
    impostor: Vec<Trial>,
    totals: Totals,
    tail_floor: f32,
}

impl Trials {
    /// Sorts `trials` into genuine and impostor ones. `tail_floor` is the score above which the impostor ones are
    /// complete; −∞ when all of them are here.
    #[must_use]
    pub fn new(trials: Vec<Trial>, totals: Totals, tail_floor: f32) -> Self {
        let (mut genuine, mut impostor): (Vec<_>, Vec<_>) = trials.into_iter().partition(|t| t.a == t.b);
        for list in [&mut genuine, &mut impostor] {
            list.sort_unstable_by(|x, y| y.score.total_cmp(&x.score));
        }
        // What could not be compared lies at the very bottom and is above no floor.
        Self {
            genuine,
            impostor,
            totals,
            tail_floor: tail_floor.max(NOT_COMPARED),
        }
    }

    /// Genuine comparisons, highest scores first.
    #[must_use]
    pub fn genuine(&self) -> &[Trial] {
        &self.genuine
    }

    /// Impostor comparisons, highest scores first, complete above [`Trials::tail_floor`].
    #[must_use]
    pub fn impostor(&self) -> &[Trial] {
        &self.impostor
    }

    /// The score above which every impostor comparison is listed.
    #[must_use]
    pub fn tail_floor(&self) -> f32 {
        self.tail_floor
    }

    /// Weight of all genuine and of all impostor comparisons.
    ///
    /// For n pictures of a person drawn w times: Σ w·n(n−1)/2 genuine; and with S = Σ w·n, (S² − Σ (w·n)²) / 2
    /// impostor ones, since a person drawn twice is not his own impostor.
    #[must_use]
    pub fn total_weights(&self, weights: &[u64]) -> (u64, u64) {
        match &self.totals {
            Totals::Listed => {
                let sum = |list: &[Trial]| list.iter().map(|t| t.weight(weights)).sum();
                (sum(&self.genuine), sum(&self.impostor))
            }
            Totals::AllVsAll { pictures_per_person } => {
                let (mut genuine, mut sum, mut squares) = (0, 0, 0);
                for (n, w) in pictures_per_person.iter().zip(weights) {
                    genuine += w * (n * n.saturating_sub(1) / 2);
                    sum += w * n;
                    squares += (w * n) * (w * n);
                }
                (genuine, (sum * sum - squares) / 2)
            }
        }
    }
}
