//! The description of the interface: the committed one, the served one and the printed one are the one of the code.

use crate::program::smile_rp;
use crate::world::{On, World};
use smile_relying_party::http::openapi;
use std::collections::BTreeSet;

const COMMITTED: &str = include_str!("../../../docs/openapi.json");

#[test]
fn the_committed_description_is_the_one_of_the_code() {
    assert!(
        COMMITTED == openapi::text(),
        "docs/openapi.json is of another time: smile-rp openapi > docs/openapi.json"
    );
}

#[test]
fn it_is_served_to_everybody_and_printed_as_it_is_committed() {
    let world = World::new(On::Memory);
    let answer = world.raw("GET", "/openapi.json", "", b"");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    assert!(answer.body == COMMITTED.as_bytes());
    let printed = smile_rp().arg("openapi").output().expect("the program starts");
    assert!(printed.status.success() && printed.stdout == COMMITTED.as_bytes());
}

#[test]
fn no_promise_to_clients_of_this_version_is_broken() {
    let promised: BTreeSet<&str> = include_str!("../../../docs/promises.txt").lines().collect();
    let now = openapi::promises::text();
    let now: BTreeSet<&str> = now.lines().collect();
    let broken: Vec<_> = promised.difference(&now).collect();
    assert!(
        broken.is_empty(),
        "a client may rely on this; what takes it away needs a version with another date: {broken:#?}"
    );
    let new: Vec<_> = now.difference(&promised).collect();
    assert!(
        new.is_empty(),
        "promise it too, smile-rp openapi --promises > docs/promises.txt: {new:#?}"
    );
}
