//! Commands that speak to a running agent. It holds the home, so it does the work; the command lends its terminal.
//!
//! They meet at a socket of the file system in the agent's folder, for their owner alone: no port, and the system says
//! whose process is at the other end. Lines of JSON go over it: one order, and then what the agent tells until the end.
//!
//! ```text
//! command: {"version","aaid","order"}     agent: {"line":…} {"say":…} {"read":prompt} … {"done":…} or {"failed":…}
//!          {"typed":text or null}  after each read
//! ```
//! The form belongs to one version of this program: both ends have to be of the same.

mod caller;
mod door;
mod visit;
mod work;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::desk::Kind;
use crate::kept::{PairingsAction, Removal};

pub use door::Door;
pub use visit::RunningHome;

/// Of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Longest line: a UAF message of 64 KiB whose every character is escaped, twice.
const LINE_BYTES_MAX: u64 = 512 * 1024;

/// Where a running agent is met.
#[must_use]
pub fn socket(folder: &Path) -> PathBuf {
    folder.join("agent.sock")
}

/// What a command wants.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// How the agent is, in words for `doctor`.
    Status,
    /// Every key.
    List,
    /// One key, or how all is.
    Show {
        /// As much of the beginning of its identifier as is unique.
        key: Option<String>,
    },
    /// A key or the face goes.
    Remove {
        /// Which.
        removal: Removal,
        /// Do not ask.
        yes: bool,
    },
    /// The pages that were paired.
    Pairings(PairingsAction),
    /// A face.
    Enrol,
    /// Another face in place of what is there.
    Renew {
        /// Do not ask.
        yes: bool,
    },
    /// A UAF message is to be answered.
    Answer {
        /// As which facet.
        facet: String,
        /// The message.
        uaf_request: String,
        /// What it has to ask for.
        kind: Kind,
    },
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Opening {
    version: String,
    /// The model that the command was told, which has to be the agent's.
    aaid: Option<String>,
    order: Order,
}

/// What the agent tells.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
enum Told {
    /// As [`Terminal::line`](crate::terminal::Terminal::line).
    Line { text: String, value: Value },
    /// As [`Terminal::say`](crate::terminal::Terminal::say).
    Say(String),
    /// As [`Terminal::read`](crate::terminal::Terminal::read); what was typed is the next line of the command.
    Read(String),
    /// The end; what an order has for an answer.
    Done(Option<String>),
    /// The end.
    Failed { code: String, message: String, exit: u8 },
}

/// What was typed.
#[derive(Serialize, Deserialize)]
struct Typed {
    typed: Option<String>,
}
