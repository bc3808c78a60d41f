//! Cases small enough to count on paper.

use super::{Totals, Trial, Trials, equal_error_rate, rates_at_threshold, tar_at_far};

/// Genuine comparisons of persons 0, 1, … in turn; impostor comparisons of 0 with 1.
fn listed(genuine: &[f32], impostor: &[f32]) -> Trials {
    let genuine = genuine.iter().enumerate().map(|(i, &score)| Trial {
        score,
        a: i as u32,
        b: i as u32,
    });
    let impostor = impostor.iter().map(|&score| Trial { score, a: 0, b: 1 });
    Trials::new(
        genuine.chain(impostor).collect(),
        Totals::Listed,
        f32::NEG_INFINITY,
    )
}

const ONCE: [u64; 8] = [1; 8];

/// Genuine .9 .8 .6 .4 and impostor .7 .5 .3 .1.
fn interleaved() -> Trials {
    listed(&[0.9, 0.8, 0.6, 0.4], &[0.7, 0.5, 0.3, 0.1])
}

#[test]
fn rates_count_scores_at_and_above_the_threshold() {
    let r = rates_at_threshold(&interleaved(), &ONCE, 0.5);
    assert_eq!((r.far, r.tar), (0.5, 0.75));
    let r = rates_at_threshold(&interleaved(), &ONCE, 0.5_f32.next_up());
    assert_eq!((r.far, r.tar), (0.25, 0.75));
    let r = rates_at_threshold(&interleaved(), &ONCE, 1.0);
    assert_eq!((r.far, r.tar), (0.0, 0.0));
}

#[test]
fn tar_at_far_is_the_largest_that_keeps_the_limit_without_interpolation() {
    let at = |limit| {
        let r = tar_at_far(&interleaved(), &ONCE, limit);
        (r.threshold, r.far, r.tar)
    };
    assert_eq!(at(0.01), (0.8, 0.0, 0.5), "no impostor may pass: above .7");
    assert_eq!(at(0.2499), (0.8, 0.0, 0.5), "a quarter is not allowed yet");
    assert_eq!(at(0.25), (0.6, 0.25, 0.75), "exactly a quarter is");
    assert_eq!(at(0.5), (0.4, 0.5, 1.0));
}

#[test]
fn equal_scores_are_accepted_or_refused_together() {
    // Two impostors at .7: one alone would keep 25 %, both do not; and the genuine .7 falls with them.
    let trials = listed(&[0.9, 0.7, 0.6, 0.4], &[0.7, 0.7, 0.3, 0.1]);
    let r = tar_at_far(&trials, &ONCE, 0.25);
    assert_eq!((r.threshold, r.far, r.tar), (0.9, 0.0, 0.25));
    let r = tar_at_far(&trials, &ONCE, 0.5);
    assert_eq!((r.threshold, r.far, r.tar), (0.4, 0.5, 1.0));
}

#[test]
fn where_no_genuine_score_is_high_enough_tar_is_zero() {
    let r = tar_at_far(&listed(&[0.5], &[0.9, 0.1]), &ONCE, 0.1);
    assert_eq!((r.threshold, r.far, r.tar), (0.9_f32.next_up(), 0.0, 0.0));
}

#[test]
fn a_comparison_that_could_not_be_made_is_a_false_reject_and_no_false_accept() {
    let missed = super::trials::NOT_COMPARED;
    let trials = listed(&[0.9, missed], &[0.5, missed, missed, missed]);
    let r = tar_at_far(&trials, &ONCE, 0.25);
    assert_eq!((r.threshold, r.far, r.tar), (0.9, 0.0, 0.5));
    assert_eq!(
        rates_at_threshold(&trials, &ONCE, -1.0).tar,
        0.5,
        "refused at every threshold a cosine can have"
    );
}

#[test]
fn the_equal_error_rate_is_the_least_of_the_larger_error() {
    // At .6: FAR 1/4, FRR 1/4.
    let (eer, r) = equal_error_rate(&interleaved(), &ONCE);
    assert_eq!((eer, r.threshold, r.far, r.tar), (0.25, 0.6, 0.25, 0.75));
    // No threshold makes both equal: at .8 FAR 0, FRR 2/3; at .7 FAR 1/2, FRR 2/3; at .6 FAR 1/2, FRR 1/3.
    let (eer, r) = equal_error_rate(&listed(&[0.8, 0.6, 0.5], &[0.7, 0.2]), &ONCE);
    assert_eq!((eer, r.threshold), (0.5, 0.6));
    // Apart: no error.
    let (eer, r) = equal_error_rate(&listed(&[0.8, 0.7], &[0.3, 0.2]), &ONCE);
    assert_eq!((eer, r.threshold), (0.0, 0.7));
    // All alike: everything is accepted or nothing.
    let (eer, _) = equal_error_rate(&listed(&[0.5, 0.5], &[0.5, 0.5]), &ONCE);
    assert_eq!(eer, 1.0);
}

#[test]
fn a_person_drawn_twice_counts_twice_and_one_not_drawn_not_at_all() {
    // Person 0 (.9) twice, 1 (.8) never, 2 (.6) once, 3 (.4) once; the impostors are 0 with 1: weight 0.
    let weights = [2, 0, 1, 1, 0, 0, 0, 0];
    let r = rates_at_threshold(&interleaved(), &weights, 0.55);
    assert_eq!((r.far, r.tar), (0.0, 0.75));
    // With person 1 three times every impostor comparison weighs 6, which changes no share.
    let weights = [2, 3, 1, 1, 0, 0, 0, 0];
    let r = rates_at_threshold(&interleaved(), &weights, 0.55);
    assert_eq!((r.far, r.tar), (0.25, 6.0 / 7.0));
    assert_eq!(interleaved().total_weights(&weights), (7, 24));
}

/// Three people with 2, 1 and 3 pictures, every comparison listed by hand.
fn all_vs_all() -> (Vec<Trial>, Vec<u64>) {
    let owner = [0, 0, 1, 2, 2, 2];
    let mut trials = Vec::new();
    for i in 0..owner.len() {
        for j in i + 1..owner.len() {
            let score = 0.9 - 0.05 * trials.len() as f32;
            trials.push(Trial {
                score,
                a: owner[i],
                b: owner[j],
            });
        }
    }
    (trials, vec![2, 1, 3])
}

#[test]
fn the_closed_form_of_the_weights_agrees_with_the_list() {
    let (trials, pictures_per_person) = all_vs_all();
    let listed = Trials::new(trials.clone(), Totals::Listed, f32::NEG_INFINITY);
    let closed = Trials::new(
        trials,
        Totals::AllVsAll { pictures_per_person },
        f32::NEG_INFINITY,
    );
    for weights in [[1, 1, 1], [2, 0, 1], [0, 3, 0], [1, 4, 2]] {
        assert_eq!(
            closed.total_weights(&weights),
            listed.total_weights(&weights),
            "{weights:?}"
        );
    }
    // 1 + 0 + 3 genuine; 2·1 + 2·3 + 1·3 impostor.
    assert_eq!(closed.total_weights(&[1, 1, 1]), (4, 11));
}

#[test]
fn the_tail_alone_gives_the_same_rates_as_the_whole_list() {
    let (trials, pictures_per_person) = all_vs_all();
    let whole = Trials::new(trials.clone(), Totals::Listed, f32::NEG_INFINITY);
    let kept = trials
        .into_iter()
        .filter(|t| t.a == t.b || t.score > 0.5)
        .collect();
    let tail = Trials::new(kept, Totals::AllVsAll { pictures_per_person }, 0.5);
    for weights in [[1, 1, 1], [2, 1, 1], [1, 1, 0]] {
        for limit in [0.01, 0.1, 0.2] {
            assert_eq!(
                tar_at_far(&tail, &weights, limit),
                tar_at_far(&whole, &weights, limit),
                "{weights:?} {limit}"
            );
        }
        assert_eq!(
            rates_at_threshold(&tail, &weights, 0.51),
            rates_at_threshold(&whole, &weights, 0.51)
        );
    }
}

#[test]
fn where_the_tail_is_too_short_the_rate_is_a_lower_bound_at_its_floor() {
    // Two people with two pictures each: genuine .6 .3, impostor .9 .5 .4 .1, of which only .9 is listed.
    let trial = |score, a, b| Trial { score, a, b };
    let genuine = [trial(0.6, 0, 0), trial(0.3, 1, 1)];
    let impostor = [0.9, 0.5, 0.4, 0.1].map(|score| trial(score, 0, 1));
    let whole = Trials::new(
        [&genuine[..], &impostor].concat(),
        Totals::Listed,
        f32::NEG_INFINITY,
    );
    let totals = Totals::AllVsAll {
        pictures_per_person: vec![2, 2],
    };
    let tail = Trials::new([&genuine[..], &impostor[..1]].concat(), totals, 0.7);
    let (full, short) = (tar_at_far(&whole, &[1, 1], 0.5), tar_at_far(&tail, &[1, 1], 0.5));
    assert_eq!((full.threshold, full.tar), (0.6, 0.5));
    assert_eq!(
        (short.threshold, short.far, short.tar),
        (0.7_f32.next_up(), 0.25, 0.0)
    );
}
