//! The one thread that owns the database: group commit.

use super::disk::Disk;
use super::overlay::Overlay;
use crate::store::StoreError;
use smile_ceremony::transition::{Outcome, Transition, Undecided};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use tokio::sync::oneshot;

/// Most jobs in one group, so that the first of them does not wait for a whole queue: at about 50 µs each they take
/// some 13 ms, and the sync comes on top.
const GROUP_MAX: usize = 256;

/// A reader, run behind the group that it arrived with.
type Reader = Box<dyn FnOnce(Result<&Overlay, StoreError>) + Send>;

/// Where the answer to a commit goes.
type Reply = oneshot::Sender<Result<Outcome, StoreError>>;

/// What the thread is asked to do.
pub enum Job {
    /// Decide and apply a transition; answer when it is durable.
    Commit {
        /// The transition.
        transition: Box<Transition>,
        /// Where the answer goes.
        reply: Reply,
    },
    /// Read.
    Read(Reader),
    /// Finish what was asked before, and end.
    Close,
}

/// The owner of the database.
pub struct Writer<D> {
    disk: D,
    /// The number of the last commit that is on disk; a journal in front of the database would count the same.
    commits: u64,
    /// Why nothing more is taken: once a sync failed, nobody knows what is on disk.
    broken: Option<String>,
}

/// The jobs that share one sync.
#[derive(Default)]
struct Group {
    commits: Vec<(Box<Transition>, Reply)>,
    readers: Vec<Reader>,
    /// Nothing is served behind it.
    is_last: bool,
}

impl Group {
    fn add(&mut self, job: Job) {
        match job {
            Job::Commit { transition, reply } => self.commits.push((transition, reply)),
            Job::Read(reader) => self.readers.push(reader),
            Job::Close => self.is_last = true,
        }
    }

    fn is_full(&self) -> bool {
        self.is_last || self.commits.len() + self.readers.len() >= GROUP_MAX
    }
}

impl<D: Disk> Writer<D> {
    /// The writer of an open database; `commits` is the number of its last commit, all of which are on disk.
    pub fn new(disk: D, commits: u64) -> Self {
        Self {
            disk,
            commits,
            broken: None,
        }
    }

    /// Serves jobs until it is told to close or every sender is gone; then the mark is written.
    pub fn run(mut self, queue: &Receiver<Job>) {
        while let Some(first) = self.next(queue) {
            let mut group = Group::default();
            group.add(first);
            // Whoever came while the last group was synced goes together.
            while !group.is_full() {
                match queue.try_recv() {
                    Ok(job) => group.add(job),
                    Err(_) => break,
                }
            }
            let is_last = group.is_last;
            self.serve(group);
            if is_last {
                break;
            }
        }
        self.disk.write_mark();
    }

    /// The next job; while none comes, and between two groups, the mark is written when it is due.
    fn next(&mut self, queue: &Receiver<Job>) -> Option<Job> {
        loop {
            match self.disk.mark_due_in() {
                None => return queue.recv().ok(),
                Some(due_in) if due_in.is_zero() => self.disk.write_mark(),
                Some(due_in) => match queue.recv_timeout(due_in) {
                    Ok(job) => return Some(job),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return None,
                },
            }
        }
    }

    fn serve(&mut self, group: Group) {
        if !group.commits.is_empty() {
            self.commit(group.commits);
        }
        let view = Overlay::of(self.disk.database());
        for reader in group.readers {
            match &self.broken {
                None => reader(Ok(&view)),
                Some(reason) => reader(Err(StoreError::Unavailable(reason.clone()))),
            }
        }
    }

    fn commit(&mut self, commits: Vec<(Box<Transition>, Reply)>) {
        let mut answers = Vec::with_capacity(commits.len());
        let mut overlay = Overlay::of(self.disk.database());
        for (transition, reply) in commits {
            let answer = match &self.broken {
                None => decide(*transition, &mut overlay),
                Some(reason) => Err(StoreError::Unavailable(reason.clone())),
            };
            answers.push((reply, answer));
        }
        let batch = overlay.into_batch(self.commits);
        if let Err(reason) = self.make_durable(batch) {
            tracing::error!(
                reason,
                "the store could not sync; it takes nothing more until a restart"
            );
            for (_, answer) in &mut answers {
                // Refusals too: what they were based on may be gone.
                *answer = Err(StoreError::Unavailable(reason.clone()));
            }
            self.broken = Some(reason);
        }
        for (reply, answer) in answers {
            // A caller that went away learns the outcome by asking again.
            drop(reply.send(answer));
        }
    }

    fn make_durable(&mut self, batch: Option<(::sled::Batch, u64)>) -> Result<(), String> {
        let Some((batch, last)) = batch else { return Ok(()) };
        self.disk.apply(batch)?;
        self.disk.flush()?;
        self.disk.sync()?;
        self.commits = last;
        // Only now: a mark that ran ahead of the disk would refuse a sound store.
        self.disk.note(last);
        Ok(())
    }
}

fn decide(transition: Transition, overlay: &mut Overlay) -> Result<Outcome, StoreError> {
    let decision = transition
        .decide(&*overlay)
        .map_err(|undecided| match undecided {
            Undecided::Refused(error) => StoreError::Refused(error),
            Undecided::Unreadable(error) => error,
        })?;
    overlay.lay(decision.writes)?;
    Ok(decision.outcome)
}

#[cfg(test)]
mod tests;
