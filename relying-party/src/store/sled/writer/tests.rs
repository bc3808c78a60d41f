use super::{Job, Writer};
use crate::store::StoreError;
use crate::store::sled::mark::{self, Mark};
use smile_ceremony::identifier::{TenantId, UserId};
use smile_ceremony::record::EnrolmentSession;
use smile_ceremony::transition::{Outcome, Transition};
use std::fs::File;
use std::path::Path;
use std::sync::mpsc;
use tokio::sync::oneshot;

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
    let writer = Writer::new(database, data_file.expect("the file opens"), 0, mark);
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
