//! The whole line, from a real face to the store on disk, over HTTP; and what happens to it when somebody between the
//! two sides, or time, or a restart, interferes. Each refusal stands beside its accepted twin.
//!
//! What a response can have wrong in itself is tested with a software signer in the server's own tests; here the real
//! device signs.

mod crossings;
mod facets;
mod line;
mod payments;
mod restarts;
mod sessions;
mod users;
