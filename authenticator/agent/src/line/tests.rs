use std::time::Duration;

use super::{Heard, Line, Word};

const SOON: Duration = Duration::from_millis(20);

#[test]
fn words_come_in_order_and_before_pictures_of_which_the_newest_counts() {
    let line = Line::default();
    line.show(vec![1]);
    line.show(vec![2]);
    line.say(Word::Confirm);
    line.say(Word::Cancel);
    assert_eq!(line.word(SOON), Heard::Word(Word::Confirm));
    assert_eq!(line.word_or_frame(SOON), Heard::Word(Word::Cancel));
    assert!(matches!(line.word_or_frame(SOON), Heard::Frame(frame, _) if *frame == [2]));
    assert_eq!(line.word_or_frame(SOON), Heard::Silence);
}

#[test]
fn a_closed_line_says_so_at_once_and_keeps_no_picture() {
    let line = Line::default();
    line.show(vec![1]);
    line.close();
    assert_eq!(line.word_or_frame(Duration::from_secs(60)), Heard::Closed);
    assert!(line.lock().frame.is_none());
}
