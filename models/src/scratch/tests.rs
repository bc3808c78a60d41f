use super::*;

#[test]
fn memory_comes_back_zeroed_for_the_next_frame() {
    let pool = ScratchPool::default();
    let first = pool.with(|scratch| {
        let mut buffer = scratch.take(1000);
        buffer.fill(7.0);
        let at = buffer.as_ptr();
        scratch.give(buffer);
        at
    });
    pool.with(|scratch| {
        let buffer = scratch.take(1000);
        assert_eq!(buffer.as_ptr(), first, "the same memory");
        assert!(buffer.iter().all(|v| *v == 0.0));
    });
}

#[test]
fn a_shorter_use_does_not_hide_older_numbers_from_the_wipe() {
    let pool = ScratchPool::default();
    pool.with(|scratch| {
        let mut buffer = scratch.take(100);
        buffer.fill(7.0);
        scratch.give(buffer);
        let short = scratch.take(10);
        assert_eq!(short.len(), 10);
        scratch.give(short);
    });
    pool.with(|scratch| assert!(scratch.take(100).iter().all(|v| *v == 0.0)));
}

#[test]
fn the_smallest_buffer_that_fits_is_taken() {
    let mut scratch = Scratch::default();
    let (large, small) = (scratch.take(100), scratch.take(50));
    let at = small.as_ptr();
    scratch.give(large);
    scratch.give(small);
    assert_eq!(scratch.take(40).as_ptr(), at);
}

#[test]
fn very_large_frames_give_their_memory_back() {
    let pool = ScratchPool::default();
    let keep = |len: usize| {
        pool.with(|scratch| {
            let buffer = scratch.take(len);
            scratch.give(buffer);
        });
        pool.idle.lock().expect("not poisoned").len()
    };
    assert_eq!(keep(MAX_KEPT + 1), 0);
    assert_eq!(keep(10), 1);
}
