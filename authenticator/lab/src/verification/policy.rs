//! The vote of `smile-face`'s payment policy, played with pictures instead of frames: its threshold, its majority, the
//! nearest of several templates. Not played are its quality rules, the spacing of its frames, and the consistency that
//! enrolment asks of the pictures it keeps.
//!
//! Photographs of one person differ far more than the frames of one second, so the TAR here is lower than a camera's,
//! and the FAR tells what "several templates, several tries" adds to that of one comparison.

use crate::pipeline::Failure;
use crate::statistics::binomial::clopper_pearson;
use crate::{FaceSet, Interval, PolicyResult};
use smile_face::MatchPolicy;
use smile_models::Embedding;

/// Pictures enrolled, as many as `smile-face` takes frames.
const TEMPLATES: usize = 5;

/// Everybody with enough pictures is enrolled with the first five (by name) and judged on the next ones; strangers
/// are judged on their own first ones. `None` when nobody or only one person has enough.
pub(super) fn play(set: &FaceSet, embeddings: &[Result<Embedding, Failure>]) -> Option<PolicyResult> {
    let policy = MatchPolicy::payment();
    let (judged, needed) = (policy.judged_frames() as usize, policy.needed_matches() as usize);
    let mut by_person: Vec<Vec<&Embedding>> = vec![Vec::new(); set.people.len()];
    for (picture, embedding) in set.pictures.iter().zip(embeddings) {
        by_person[picture.person].extend(embedding);
    }
    let matches = |templates: &[&Embedding], probes: &[&Embedding]| {
        probes
            .iter()
            .filter(|p| templates.iter().any(|t| t.cosine(p) >= policy.threshold()))
            .count()
    };
    let (mut genuine, mut accepted) = (0, 0_usize);
    let (mut impostor, mut false_accepts, mut single) = (0, 0, 0);
    let (mut enrolled, mut mistaken) = (0, 0_usize);
    for (owner, pictures) in by_person.iter().enumerate().filter(|(_, p)| p.len() >= TEMPLATES) {
        let (templates, rest) = pictures.split_at(TEMPLATES);
        if let Some(probes) = rest.get(..judged) {
            genuine += 1;
            accepted += usize::from(matches(templates, probes) >= needed);
        }
        let before = false_accepts;
        for (_, stranger) in by_person.iter().enumerate().filter(|(p, _)| *p != owner) {
            let Some(probes) = stranger.get(..judged) else {
                continue;
            };
            let matched = matches(templates, probes);
            impostor += 1;
            single += matched;
            false_accepts += usize::from(matched >= needed);
        }
        enrolled += 1;
        mistaken += usize::from(false_accepts > before);
    }
    let share =
        |of: usize, people: usize| Interval::new(of as f64 / people as f64, clopper_pearson(of, people));
    (genuine > 0 && impostor > 0).then(|| PolicyResult {
        threshold: policy.threshold(),
        templates: TEMPLATES,
        judged,
        needed,
        genuine,
        tar: share(accepted, genuine),
        impostor,
        false_accepts,
        far: false_accepts as f64 / impostor as f64,
        enrolled,
        mistaken: share(mistaken, enrolled),
        single_picture_far: single as f64 / (impostor * judged) as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::play;
    use crate::pipeline::Failure;
    use crate::{FaceSet, Picture};
    use smile_models::{EMBEDDING_LEN, Embedding};
    use std::path::PathBuf;

    /// Pictures of persons 0, 1, …, each at a cosine to the person's own direction.
    fn played(pictures: &[(usize, f32)]) -> Option<crate::PolicyResult> {
        let embeddings: Vec<Result<Embedding, Failure>> = pictures
            .iter()
            .enumerate()
            .map(|(i, (person, cosine))| {
                let mut values = [0.0; EMBEDDING_LEN];
                values[*person] = *cosine;
                values[10 + i] = (1.0 - cosine * cosine).sqrt();
                Ok(Embedding::from_values(&values).expect("it has a direction"))
            })
            .collect();
        let picture = |(i, (person, _)): (usize, &(usize, f32))| Picture {
            path: i.to_string(),
            person: *person,
        };
        let pictures: Vec<_> = pictures.iter().enumerate().map(picture).collect();
        let people = (0..=pictures.iter().map(|p| p.person).max()?)
            .map(|p| p.to_string())
            .collect();
        play(
            &FaceSet {
                folder: PathBuf::new(),
                people,
                pictures,
                pairs: Vec::new(),
            },
            &embeddings,
        )
    }

    #[test]
    fn three_of_five_pictures_must_match_one_of_five() {
        // Person 0: templates at 1.0; probes .9 .9 .9 .1 .1. Person 1: templates; probes .9 .9 .1 .1 .1. Person 2: 5.
        let shots = |person, cosines: &[f32]| -> Vec<_> { cosines.iter().map(|c| (person, *c)).collect() };
        let pictures = [
            shots(0, &[1.0, 1.0, 1.0, 1.0, 1.0, 0.9, 0.9, 0.9, 0.1, 0.1]),
            shots(1, &[1.0, 1.0, 1.0, 1.0, 1.0, 0.9, 0.9, 0.1, 0.1, 0.1]),
            shots(2, &[1.0, 1.0, 1.0, 1.0, 1.0]),
        ]
        .concat();
        let r = played(&pictures).expect("three people have enough");
        assert_eq!((r.genuine, r.tar.value), (2, 0.5));
        assert_eq!((r.impostor, r.false_accepts, r.single_picture_far), (6, 0, 0.0));
        assert_eq!((r.enrolled, r.mistaken.value), (3, 0.0));
        // Nobody of three people was mistaken: that says little, whatever the number of tries.
        assert!((r.mistaken.high95 - (1.0 - 0.025_f64.cbrt())).abs() < 1e-9);
    }

    #[test]
    fn a_person_mistaken_by_several_others_counts_once() {
        // Persons 1 and 2 look like person 0's second self: their pictures share an axis that 0's templates have.
        let mut embeddings = Vec::new();
        let mut pictures = Vec::new();
        for (person, axis) in [(0, 0), (1, 0), (2, 0), (3, 3)] {
            for _ in 0..10 {
                let mut values = [0.0; EMBEDDING_LEN];
                values[axis] = 1.0;
                embeddings.push(Ok(Embedding::from_values(&values).expect("it has a direction")));
                pictures.push(Picture {
                    path: String::new(),
                    person,
                });
            }
        }
        let set = FaceSet {
            folder: PathBuf::new(),
            people: (0..4).map(|p: usize| p.to_string()).collect(),
            pictures,
            pairs: Vec::new(),
        };
        let r = play(&set, &embeddings).expect("four people have enough");
        assert_eq!((r.impostor, r.false_accepts), (12, 6));
        assert_eq!((r.enrolled, r.mistaken.value), (4, 0.75));
    }

    #[test]
    fn people_with_too_few_pictures_are_left_out() {
        assert!(played(&[(0, 1.0), (1, 1.0)]).is_none());
    }
}
