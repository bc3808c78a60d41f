//! Metadata statements from a folder, read at start.

use crate::error::RelyingPartyError;
use smile_ceremony::metadata::MetadataSet;
use smile_protocol::uaf::policy::MatchCriteria;
use std::fs;
use std::path::{Path, PathBuf};

/// Largest statement: FIDO's own with an icon and several roots stay below 100 KiB.
const STATEMENT_BYTES_MAX: u64 = 1024 * 1024;

/// Reads every `*.json` in `folder`, in the order of their names: statements, or entries of a metadata service.
///
/// # Errors
/// The folder is empty, it or a file cannot be read, a statement breaks a rule, or two are about the same authenticator.
pub fn load(folder: &Path) -> Result<MetadataSet, RelyingPartyError> {
    let mut files = list(folder)?;
    files.sort();
    if files.is_empty() {
        // Without any statement nobody can register; better said now than in front of a buyer.
        let reason =
            "there is no metadata statement (*.json) in it; put there those of the authenticators that may \
                      register (an app writes its own with Authenticator::metadata_statement)"
                .to_owned();
        return Err(RelyingPartyError::Metadata {
            path: folder.to_owned(),
            reason,
        });
    }
    let mut texts = Vec::with_capacity(files.len());
    for file in files {
        let text = read(&file).map_err(|reason| RelyingPartyError::Metadata {
            path: file.clone(),
            reason,
        })?;
        texts.push(text);
    }
    // Each was accepted alone; together they may still be about the same model.
    MetadataSet::from_json(texts.iter().map(String::as_str)).map_err(|error| RelyingPartyError::Metadata {
        path: folder.to_owned(),
        reason: error.to_string(),
    })
}

/// One statement that is acceptable by itself.
fn read(file: &Path) -> Result<String, String> {
    let length = fs::metadata(file).map_err(|error| error.to_string())?.len();
    if length > STATEMENT_BYTES_MAX {
        return Err(format!(
            "{length} bytes; a statement has at most {STATEMENT_BYTES_MAX}"
        ));
    }
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    MetadataSet::from_json([text.as_str()]).map_err(|error| error.to_string())?;
    Ok(text)
}

/// Says in the log which models are reported as compromised, and which statuses mean nothing to this server.
pub fn log_reports(metadata: &MetadataSet, now_ms: u64) {
    for aaid in metadata.untrusted_at(now_ms) {
        tracing::warn!(%aaid, "reported as compromised: its keys neither register nor sign");
    }
    for (aaid, status) in metadata.unknown_statuses() {
        tracing::warn!(%aaid, status, "a status that is not known here is ignored");
    }
}

/// The policy of a registration: any one of the known authenticator models.
pub fn accepted(statements: &MetadataSet) -> Vec<Vec<MatchCriteria>> {
    statements
        .aaids()
        .map(|aaid| vec![MatchCriteria::for_aaid(aaid)])
        .collect()
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, RelyingPartyError> {
    let refused = |error: std::io::Error| RelyingPartyError::Metadata {
        path: folder.to_owned(),
        reason: error.to_string(),
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(refused)? {
        let path = entry.map_err(refused)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests;
