//! The line between a page and the thread that works for it: control words in order, and of the pictures the newest.
//!
//! A thread that is busy with one picture gets the newest next, not a queue of old ones. Pictures that are passed over
//! are wiped, as are those that were looked at.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use zeroize::Zeroizing;

/// What a page says beside pictures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Word {
    /// Agreed to what is shown.
    Confirm,
    /// Declined, or closed the camera.
    Cancel,
    /// Try once more.
    Again,
    /// Which of the accounts.
    Choose(usize),
    /// The picture that is to be signed cannot be shown.
    CannotDisplay,
    /// The browser gave no camera; the browser's reason.
    CameraFailed(CameraFailure),
}

/// Why a browser gives no camera (Media Capture and Streams §10.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CameraFailure {
    /// `NotAllowedError`.
    PermissionDenied,
    /// `NotReadableError`.
    InUse,
    /// `NotFoundError`, or the track ended.
    Unplugged,
}

/// What came next.
#[derive(PartialEq, Eq, Debug)]
pub enum Heard {
    /// A word.
    Word(Word),
    /// A picture, as it was encoded, and when it came.
    Frame(Zeroizing<Vec<u8>>, Instant),
    /// The page is gone, or the operation is over.
    Closed,
    /// Nothing in time.
    Silence,
}

#[derive(Default)]
struct Waiting {
    words: VecDeque<Word>,
    frame: Option<(Zeroizing<Vec<u8>>, Instant)>,
    closed: bool,
    page: Option<UnboundedSender<String>>,
}

/// One line.
#[derive(Default)]
pub struct Line {
    waiting: Mutex<Waiting>,
    heard: Condvar,
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A page takes the other end: what is said to it goes to `page`.
    pub fn connect(&self, page: UnboundedSender<String>) {
        self.lock().page = Some(page);
    }

    /// The page says a word.
    pub fn say(&self, word: Word) {
        self.lock().words.push_back(word);
        self.heard.notify_all();
    }

    /// The page sends a picture, in place of one that nobody looked at.
    pub fn show(&self, jpeg: Vec<u8>) {
        self.lock().frame = Some((Zeroizing::new(jpeg), Instant::now()));
        self.heard.notify_all();
    }

    /// No more will come.
    pub fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.page = None;
        waiting.frame = None;
        drop(waiting);
        self.heard.notify_all();
    }

    /// Tells the page something. A page that is gone hears nothing; what waits for its answer hears [`Heard::Closed`].
    pub fn tell(&self, message: &Value) {
        if let Some(page) = &self.lock().page {
            // The receiver ends with the page's connection, which closes the line.
            page.send(message.to_string()).ok();
        }
    }

    /// The next word, for at most `patience`. Pictures are left where they are.
    pub fn word(&self, patience: Duration) -> Heard {
        self.wait(patience, |waiting| waiting.words.pop_front().map(Heard::Word))
    }

    /// The next word or else the newest picture, for at most `patience`.
    pub fn word_or_frame(&self, patience: Duration) -> Heard {
        self.wait(patience, |waiting| {
            let word = waiting.words.pop_front().map(Heard::Word);
            word.or_else(|| waiting.frame.take().map(|(frame, at)| Heard::Frame(frame, at)))
        })
    }

    /// Whether the page is gone, or said that it wants no more. Other words that came by now are forgotten.
    pub fn was_hung_up(&self) -> bool {
        loop {
            match self.word(Duration::ZERO) {
                Heard::Closed | Heard::Word(Word::Cancel) => return true,
                Heard::Word(_) | Heard::Frame(..) => {}
                Heard::Silence => return false,
            }
        }
    }

    /// Whether no more will come.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Forgets a picture that came before somebody asked for one.
    pub fn forget_frame(&self) {
        self.lock().frame = None;
    }

    fn wait(&self, patience: Duration, mut take: impl FnMut(&mut Waiting) -> Option<Heard>) -> Heard {
        let deadline = Instant::now() + patience;
        let mut waiting = self.lock();
        loop {
            if waiting.closed {
                return Heard::Closed;
            }
            if let Some(heard) = take(&mut waiting) {
                return heard;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Heard::Silence;
            }
            let woken = self.heard.wait_timeout(waiting, left);
            waiting = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
