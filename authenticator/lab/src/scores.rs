//! Embeddings to scored comparisons.

use crate::pipeline::Failure;
use crate::statistics::{NOT_COMPARED, Totals, Trial, Trials};
use crate::{FaceSet, Pair};
use rayon::prelude::*;
use smile_models::Embedding;

/// Share of the impostor comparisons that are kept, the highest: a replicate of the bootstrap at FAR 1e-3 looks at
/// about a twentieth of them.
const TAIL_SHARE: f64 = 0.02;

/// Impostor comparisons that are always kept, when there are so many: small sets are kept whole.
const TAIL_LEAST: usize = 1 << 20;

/// One row in so many is looked at to place the floor of the tail.
const SAMPLED_ROWS: usize = 16;

/// Scores the pairs of the pairs file. Where one picture has no embedding, the score is below every threshold.
#[must_use]
pub(crate) fn over_pairs(set: &FaceSet, embeddings: &[Result<Embedding, Failure>]) -> Trials {
    let person = |picture: usize| set.pictures[picture].person as u32;
    let score = |pair: &Pair| match (&embeddings[pair.a], &embeddings[pair.b]) {
        (Ok(a), Ok(b)) => a.cosine(b),
        _ => NOT_COMPARED,
    };
    let trials = set
        .pairs
        .iter()
        .map(|p| Trial {
            score: score(p),
            a: person(p.a),
            b: person(p.b),
        })
        .collect();
    Trials::new(trials, Totals::Listed, f32::NEG_INFINITY)
}

/// Scores every picture of the set with every other. All genuine scores are kept, and of the impostor scores the
/// highest [`TAIL_SHARE`], at least those above `floor_at_most`.
#[must_use]
pub(crate) fn all_vs_all(
    set: &FaceSet,
    embeddings: &[Result<Embedding, Failure>],
    floor_at_most: f32,
) -> Trials {
    let faces: Vec<(u32, &Embedding)> = set
        .pictures
        .iter()
        .zip(embeddings)
        .filter_map(|(picture, e)| e.as_ref().ok().map(|e| (picture.person as u32, e)))
        .collect();
    let floor = tail_floor(&faces).min(floor_at_most);
    let trials = (0..faces.len())
        .into_par_iter()
        .flat_map_iter(|i| {
            let (a, face) = faces[i];
            faces[i + 1..].iter().filter_map(move |(b, other)| {
                let score = face.cosine(other);
                (a == *b || score > floor).then_some(Trial { score, a, b: *b })
            })
        })
        .collect();
    Trials::new(
        trials,
        Totals::AllVsAll {
            pictures_per_person: set.pictures_per_person(),
        },
        floor,
    )
}

/// The score that about [`TAIL_SHARE`] of the impostor comparisons exceed, read off every sixteenth row.
fn tail_floor(faces: &[(u32, &Embedding)]) -> f32 {
    let comparisons = faces.len() * faces.len().saturating_sub(1) / 2;
    if comparisons <= TAIL_LEAST {
        return f32::NEG_INFINITY;
    }
    let share = TAIL_SHARE.max(TAIL_LEAST as f64 / comparisons as f64);
    let mut sample: Vec<f32> = faces
        .par_iter()
        .step_by(SAMPLED_ROWS)
        .flat_map_iter(|(a, face)| {
            faces
                .iter()
                .filter(move |(b, _)| a != b)
                .map(|(_, other)| face.cosine(other))
        })
        .collect();
    if sample.is_empty() {
        // Many pictures of one person: there is no impostor to leave out.
        return f32::NEG_INFINITY;
    }
    let kept = (sample.len() as f64 * share) as usize;
    let (_, floor, _) = sample.select_nth_unstable_by(kept, |x, y| y.total_cmp(x));
    *floor
}

#[cfg(test)]
mod tests {
    use super::{TAIL_LEAST, all_vs_all, over_pairs, tail_floor};
    use crate::pipeline::Failure;
    use crate::statistics::{NOT_COMPARED, rates_at_threshold};
    use crate::{FaceSet, Pair, Picture};
    use smile_models::{EMBEDDING_LEN, Embedding};
    use std::path::PathBuf;

    fn face(angle_deg: f32) -> Result<Embedding, Failure> {
        let mut values = [0.0; EMBEDDING_LEN];
        (values[0], values[1]) = (angle_deg.to_radians().cos(), angle_deg.to_radians().sin());
        Ok(Embedding::from_values(&values).expect("it has a direction"))
    }

    /// Two people with two pictures each, at 0°, 30° and 60°, 90°.
    fn set() -> FaceSet {
        let pictures = (0..4)
            .map(|i| Picture {
                path: format!("g/p/{i}"),
                person: i / 2,
            })
            .collect();
        let pairs = vec![
            Pair {
                a: 0,
                b: 1,
                genuine: true,
            },
            Pair {
                a: 1,
                b: 2,
                genuine: false,
            },
        ];
        FaceSet {
            folder: PathBuf::new(),
            people: vec!["p".into(), "q".into()],
            pictures,
            pairs,
        }
    }

    #[test]
    fn every_picture_meets_every_other_once() {
        let trials = all_vs_all(&set(), &[face(0.0), face(30.0), face(60.0), face(90.0)], 0.3);
        let degrees = |list: &[crate::statistics::Trial]| -> Vec<i32> {
            list.iter()
                .map(|t| t.score.acos().to_degrees().round() as i32)
                .collect()
        };
        assert_eq!(degrees(trials.genuine()), [30, 30]);
        assert_eq!(degrees(trials.impostor()), [30, 60, 60, 90]);
        assert_eq!(trials.total_weights(&[1, 1]), (2, 4));
    }

    #[test]
    fn many_pictures_of_one_person_have_no_tail_of_impostors() {
        let face = face(0.0).expect("it has a direction");
        let mut faces = vec![(0, &face); 1500];
        assert!(faces.len() * (faces.len() - 1) / 2 > TAIL_LEAST);
        assert_eq!(tail_floor(&faces), f32::NEG_INFINITY);
        faces[0].0 = 1;
        assert_eq!(
            tail_floor(&faces),
            1.0,
            "all comparisons with the other person score 1"
        );
    }

    #[test]
    fn a_picture_without_a_face_stays_in_the_totals() {
        let embeddings = [face(0.0), Err(Failure::NoFace), face(60.0), face(61.0)];
        let trials = all_vs_all(&set(), &embeddings, 0.3);
        assert_eq!((trials.genuine().len(), trials.impostor().len()), (1, 2));
        let r = rates_at_threshold(&trials, &[1, 1], 0.4);
        assert_eq!((r.far, r.tar), (0.5, 0.5), "2 of 4 impostors, 1 of 2 genuine");
        let pairs = over_pairs(&set(), &embeddings);
        assert_eq!(
            (pairs.genuine()[0].score, pairs.impostor()[0].score),
            (NOT_COMPARED, NOT_COMPARED)
        );
    }
}
