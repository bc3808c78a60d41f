//! The running agent, called as browsers call it and as they never would. Each rule is broken alone, beside the same
//! request without the flaw.
//!
//! The face room is played: what is tested here stands around it.

// Tests stop at the first thing that is not as they say; that is what unwrap is for there.
#![allow(clippy::unwrap_used)]

mod callers;
mod certificates;
mod codes;
mod commands;
mod frames;
mod held;
mod https;
mod https_lists;
mod operations;
mod pages;
mod pairing;
mod pictured;
mod privacy;
mod running;
mod running_door;
mod running_faces;
mod running_kept;
mod stage;
mod wire;
mod words;
