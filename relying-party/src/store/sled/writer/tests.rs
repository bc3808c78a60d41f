use super::{Job, Writer};
use crate::store::StoreError;
use crate::store::sled::disk::{Disk, SledDisk};
use crate::store::sled::mark::{self, Mark};
use smile_ceremony::identifier::{TenantId, UserId};
use smile_ceremony::record::EnrolmentSession;
use smile_ceremony::transition::{Outcome, Transition};
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

fn creation() -> Box<Transition> {
    let (tenant, user) = (TenantId::parse("stamps"), UserId::parse("alice"));
    let mut rng = |buffer: &mut [u8]| buffer.fill(7);
    let session = EnrolmentSession::create(tenant.expect("a tenant"), user.expect("a user"), 0, &mut rng).0;
    Box::new(Transition::CreateEnrolmentSession(session))
}

/// Two commits and a read, on a database whose syncs go to `data_file`: the answers, and the number in the mark when
/// the thread has ended.
fn answers_when_syncing(data_file: &Path) -> (Vec<Result<Outcome, StoreError>>, bool, Option<u64>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = ::sled::open(folder.path()).expect("sled opens");
    let data_file = File::open(match data_file.is_absolute() {
        true => data_file.to_owned(),
        false => folder.path().join(data_file),
    });
    let mark_path = folder.path().join("some.mark");
    let mark = Mark::begin(mark_path.clone(), None, 0).expect("a mark");
    let disk = SledDisk {
        database,
        data_file: data_file.expect("the file opens"),
        mark,
    };
    let writer = Writer::new(disk, 0);
    let (jobs, queue) = mpsc::channel();
    let thread = std::thread::spawn(move || writer.run(&queue));
    let mut answers = Vec::new();
    for _ in 0..2 {
        let (reply, answer) = oneshot::channel();
        jobs.send(Job::Commit {
            transition: creation(),
            reply,
        })
        .expect("the thread runs");
        answers.push(answer.blocking_recv().expect("an answer"));
    }
    let (reply, answer) = oneshot::channel();
    let read = Job::Read(Box::new(move |rows| {
        reply.send(rows.is_ok()).expect("the test waits");
    }));
    jobs.send(read).expect("the thread runs");
    let readable = answer.blocking_recv().expect("an answer");
    drop(jobs);
    thread.join().expect("no panic");
    (answers, readable, mark::read(&mark_path).expect("a sound mark"))
}

#[test]
fn a_commit_whose_sync_fails_is_not_acknowledged_and_nothing_follows_it() {
    // A character device cannot be synced: fdatasync answers EINVAL.
    let (answers, readable, marked) = answers_when_syncing(Path::new("/dev/null"));
    for answer in answers {
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
    assert!(!readable, "what is on disk is not known, so nothing is read");
    assert_eq!(marked, Some(0), "nor is it marked");

    let (answers, readable, marked) = answers_when_syncing(Path::new("db"));
    assert!(matches!(answers[0], Ok(Outcome::Created)), "{answers:?}");
    assert!(matches!(answers[1], Err(StoreError::Refused(_))), "{answers:?}");
    assert!(readable);
    assert_eq!(marked, Some(1), "the refused one is no commit");
}

/// What happened to a commit, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Apply,
    Flush,
    Sync,
    Note(u64),
    /// The caller has the answer: the next step would come too late.
    Reply,
}

type Answer = oneshot::Receiver<Result<Outcome, StoreError>>;

/// A disk that writes its steps down, and before each of them whether the caller was answered already.
struct Recorder {
    database: ::sled::Db,
    steps: Arc<Mutex<Vec<Step>>>,
    answer: Arc<Mutex<Answer>>,
    fails_at: Option<Step>,
}

impl Recorder {
    fn step(&self, step: Step) -> Result<(), String> {
        let mut steps = self.steps.lock().expect("one thread");
        if !matches!(
            self.answer.lock().expect("one thread").try_recv(),
            Err(TryRecvError::Empty)
        ) {
            steps.push(Step::Reply);
        }
        steps.push(step);
        match self.fails_at {
            Some(fails_at) if fails_at == step => Err("as the test wants it".to_owned()),
            _ => Ok(()),
        }
    }
}

impl Disk for Recorder {
    fn database(&self) -> &::sled::Db {
        &self.database
    }

    fn apply(&mut self, batch: ::sled::Batch) -> Result<(), String> {
        self.database.apply_batch(batch).expect("sled applies");
        self.step(Step::Apply)
    }

    fn flush(&mut self) -> Result<(), String> {
        self.step(Step::Flush)
    }

    fn sync(&mut self) -> Result<(), String> {
        self.step(Step::Sync)
    }

    fn note(&mut self, last: u64) {
        self.step(Step::Note(last)).expect("noting does not fail");
    }

    fn mark_due_in(&self) -> Option<Duration> {
        None
    }

    fn write_mark(&mut self) {}
}

/// One commit: the steps, and whether it was acknowledged at their end.
fn steps_of_a_commit(fails_at: Option<Step>) -> (Vec<Step>, bool) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (reply, answer) = oneshot::channel();
    let (answer, steps) = (Arc::new(Mutex::new(answer)), Arc::default());
    let disk = Recorder {
        database: ::sled::open(folder.path()).expect("sled opens"),
        steps: Arc::clone(&steps),
        answer: Arc::clone(&answer),
        fails_at,
    };
    let (jobs, queue) = mpsc::channel();
    let transition = creation();
    jobs.send(Job::Commit { transition, reply }).expect("it is open");
    drop(jobs);
    Writer::new(disk, 0).run(&queue);
    let answered = answer.lock().expect("one thread").try_recv();
    let acknowledged = match answered.expect("an answer, which no step took") {
        Ok(outcome) => matches!(outcome, Outcome::Created),
        Err(error) => {
            assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
            false
        }
    };
    let steps = steps.lock().expect("one thread").clone();
    (steps, acknowledged)
}

#[test]
fn a_commit_is_applied_flushed_synced_and_noted_before_it_is_acknowledged() {
    let all = [Step::Apply, Step::Flush, Step::Sync, Step::Note(1)];
    assert_eq!(steps_of_a_commit(None), (all.to_vec(), true));
    for (index, fails_at) in all[..3].iter().enumerate() {
        let until_there = all[..=index].to_vec();
        assert_eq!(steps_of_a_commit(Some(*fails_at)), (until_there, false));
    }
}
