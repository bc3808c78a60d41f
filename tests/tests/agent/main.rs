//! `smile-agent` as a program against a real server, with a real face from a folder of pictures: no browser is needed.
//!
//! What its HTTP side refuses is tested in its own crate, with a face room that plays a part.

mod commands;
mod purchase;
mod serving;
mod stage;
