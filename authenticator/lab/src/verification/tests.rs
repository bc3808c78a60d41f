use super::{VerificationOptions, failures, measure};
use crate::pipeline::Failure;
use crate::{FaceSet, LabError, Pair, Picture};
use smile_models::{EMBEDDING_LEN, Embedding};
use std::path::PathBuf;

const OPTIONS: VerificationOptions = VerificationOptions {
    threads: 1,
    replicates: 500,
    seed: 1,
};

/// Forty people with two pictures each; a person's pictures have a cosine of 0.81, two people's one of 0.09.
fn set() -> (FaceSet, Vec<Result<Embedding, Failure>>) {
    let pictures: Vec<_> = (0..80)
        .map(|i| Picture {
            path: format!("g/{}/{i}", i / 2),
            person: i / 2,
        })
        .collect();
    let embeddings = (0..80)
        .map(|i| {
            let mut values = [0.0; EMBEDDING_LEN];
            values[0] = 0.3;
            values[1 + i / 2] = 0.72_f32.sqrt();
            values[41 + i] = 0.19_f32.sqrt();
            Ok(Embedding::from_values(&values).expect("it has a direction"))
        })
        .collect();
    let genuine = (0..40).map(|p| Pair {
        a: 2 * p,
        b: 2 * p + 1,
        genuine: true,
    });
    let impostor = (0..39).map(|p| Pair {
        a: 2 * p,
        b: 2 * p + 2,
        genuine: false,
    });
    let people = (0..40).map(|p| format!("{p}")).collect();
    (
        FaceSet {
            folder: PathBuf::new(),
            people,
            pictures,
            pairs: genuine.chain(impostor).collect(),
        },
        embeddings,
    )
}

#[test]
fn a_perfect_network_makes_no_error_and_every_number_lands_in_its_place() {
    let (set, embeddings) = set();
    let m = measure(&set, &embeddings, &OPTIONS).expect("there is something to compare");
    assert_eq!(
        (m.n.pairs, m.n.images, m.n.people, m.n.genuine, m.n.impostor),
        (79, 80, 40, 40, 3120)
    );
    assert_eq!((m.eer.value, m.eer.low95, m.eer.high95), (0.0, 0.0, 0.0));
    assert_eq!(
        m.tar.keys().copied().collect::<Vec<_>>(),
        ["1e-2", "1e-3", "1e-4", "1e-5"]
    );
    assert!(
        m.tar
            .values()
            .all(|p| p.value == 1.0 && p.low95 == 1.0 && (p.threshold - 0.81).abs() < 1e-4)
    );
    assert_eq!((m.tar["1e-2"].over, m.tar["1e-4"].over), ("pairs", "all_vs_all"));
    assert_eq!(m.table.len(), 8);
    assert!(
        m.table
            .iter()
            .all(|row| row.false_accepts == 0 && row.far.value == 0.0 && row.tar.value == 1.0)
    );
}

#[test]
fn a_tenth_of_the_people_unseen_costs_a_tenth_and_the_bounds_hold_it() {
    let (set, mut embeddings) = set();
    for p in 0..4 {
        embeddings[2 * p] = Err(Failure::NoFace);
    }
    let m = measure(&set, &embeddings, &OPTIONS).expect("there is something to compare");
    let tar = m.tar["1e-4"];
    assert!((tar.value - 0.9).abs() < 1e-9 && (tar.frr - 0.1).abs() < 1e-9);
    // The drawn share of 40 people has a standard deviation of √(.1·.9/40) = 0.047.
    assert!(
        (0.775..0.875).contains(&tar.low95) && (0.95..=1.0).contains(&tar.high95),
        "{tar:?}"
    );
    assert!((m.eer.value - 0.1).abs() < 1e-9, "refused at every threshold");
}

#[test]
fn each_failure_is_listed_by_its_reason() {
    let (set, mut embeddings) = set();
    embeddings[0] = Err(Failure::Unreadable);
    embeddings[3] = Err(Failure::NoFace);
    embeddings[5] = Err(Failure::NotAligned);
    let failures = failures(&set, &embeddings);
    assert_eq!(failures.count, 3);
    assert_eq!(
        (failures.unreadable, failures.no_face, failures.not_aligned),
        (vec!["g/0/0".into()], vec!["g/1/3".into()], vec!["g/2/5".into()])
    );
}

#[test]
fn a_set_without_genuine_or_without_impostor_pairs_is_refused() {
    let (mut set, embeddings) = set();
    assert!(measure(&set, &embeddings, &OPTIONS).is_ok());
    set.pairs.retain(|p| p.genuine);
    assert!(matches!(
        measure(&set, &embeddings, &OPTIONS),
        Err(LabError::NothingToCompare { set: "pairs" })
    ));
}

#[test]
fn options_out_of_range_are_refused_by_name() {
    assert!(OPTIONS.check().is_ok());
    let error = VerificationOptions {
        threads: 0,
        ..OPTIONS
    }
    .check()
    .expect_err("no thread does nothing");
    assert_eq!(error.to_string(), "option threads: must be at least 1");
    let error = VerificationOptions {
        replicates: 499,
        ..OPTIONS
    }
    .check()
    .expect_err("too few to bound");
    assert_eq!(error.to_string(), "option replicates: must be at least 500");
}
