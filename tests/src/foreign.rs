//! Verifiers that nobody on this project's Rust side wrote: Python with `cryptography`, `cbor2` and `fido2`.
//!
//! `tests/run` builds a virtual environment from `tests/requirements.txt` and names its interpreter in
//! `$SMILE_PYTHON`. Without it these functions answer `None` after saying `skipped: …`, and fail when `CI=true`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::skips::skip;
use crate::test_data::{shared_dir, workspace_root};

/// The interpreter with the pinned packages, `$SMILE_PYTHON`; `None`, said aloud, where it is not set.
pub fn python() -> Option<PathBuf> {
    let found = std::env::var_os("SMILE_PYTHON")
        .map(PathBuf::from)
        .filter(|path| path.is_file());
    if found.is_none() {
        skip("no $SMILE_PYTHON (tests/run makes it)");
    }
    found
}

/// Runs a Python script to its end. `None` where there is no interpreter.
///
/// # Panics
/// If the interpreter does not start.
pub fn run_script<A: AsRef<OsStr>>(script: &Path, arguments: &[A]) -> Option<Output> {
    let output = Command::new(python()?).arg(script).args(arguments).output();
    Some(output.expect("the interpreter that tests/run made starts"))
}

/// What the independent UAF verifier says of each entry, in order: the JSON objects that `tools/uafv.py` prints
/// (`sig`, `fcHash`, `tc`, `tags`, …). An entry is an object with `id`, `kind` (`reg` or `auth`), `assertion`,
/// and where known `fcParams`, `pubkey` (base64url of TAG_PUB_KEY) and `transaction`.
/// `None` where the interpreter or the tool is missing.
///
/// # Panics
/// If the tool fails, or does not print one JSON object an entry.
pub fn uaf_verdicts(entries: &[Value]) -> Option<Vec<Value>> {
    let tool = shared_dir()?.join("tools/uafv.py");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("entries.json");
    let text = serde_json::to_string(entries).expect("a JSON value encodes");
    std::fs::write(&file, text).expect("a temporary file can be written");
    let output = run_script(&tool, &[file])?;
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "uafv.py: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let verdicts: Vec<Value> = printed
        .lines()
        .map(|line| serde_json::from_str(line).expect("uafv.py prints JSON lines"))
        .collect();
    assert_eq!(verdicts.len(), entries.len(), "uafv.py answers each entry");
    Some(verdicts)
}

/// Verifies a receipt (COSE_Sign1, RFC 9052 §4.4) with `tests/foreign/receipt.py`.
///
/// `keys` is the key file's content: a JWK, a JWK set, a COSE_Key or a COSE_KeySet. The answer is the payload as
/// JSON (byte strings as hex), or the reason why the verifier refused. `None` where there is no interpreter.
///
/// # Panics
/// If temporary files cannot be written or the script answers neither way.
pub fn receipt_payload(keys: &[u8], receipt: &[u8]) -> Option<Result<Value, String>> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (key_file, receipt_file) = (folder.path().join("keys"), folder.path().join("receipt"));
    std::fs::write(&key_file, keys).expect("a temporary file can be written");
    std::fs::write(&receipt_file, receipt).expect("a temporary file can be written");
    let script = workspace_root().join("tests/foreign/receipt.py");
    let output = run_script(&script, &[key_file, receipt_file])?;
    let refused = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    match output.status.code() {
        Some(0) => Some(Ok(
            serde_json::from_slice(&output.stdout).expect("receipt.py prints the payload as JSON")
        )),
        Some(1) => Some(Err(refused)),
        _ => panic!("receipt.py: {refused}"),
    }
}

/// What python-fido2 reads in an attestation object and in an assertion, each in base64url, whose signatures it verified
/// over the hash of `fc_params`; or the reason why it refused. `None` where there is no interpreter.
///
/// # Panics
/// If temporary files cannot be written or the script answers neither way.
pub fn passkey_verdict(
    fc_params: &str,
    attestation_object: &str,
    assertion: &str,
) -> Option<Result<Value, String>> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("entry.json");
    let entry = serde_json::json!({
        "fcParams": fc_params, "attestationObject": attestation_object, "assertion": assertion,
    });
    std::fs::write(&file, entry.to_string()).expect("a temporary file can be written");
    let output = run_script(&passkey_script(), &[OsStr::new("judge"), file.as_os_str()])?;
    let refused = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    match output.status.code() {
        Some(0) => Some(Ok(
            serde_json::from_slice(&output.stdout).expect("webauthn.py prints JSON")
        )),
        Some(1) => Some(Err(refused)),
        _ => panic!("webauthn.py: {refused}"),
    }
}

/// `attestationObject` and `assertion`, base64url, of a passkey of python-fido2's that attests itself and answers once over
/// `fc_params`. `None` where there is no interpreter.
///
/// # Panics
/// If the script fails.
pub fn foreign_passkey(fc_params: &str) -> Option<Value> {
    let output = run_script(&passkey_script(), &["make", fc_params])?;
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "webauthn.py: {failed}");
    Some(serde_json::from_slice(&output.stdout).expect("webauthn.py prints JSON"))
}

fn passkey_script() -> PathBuf {
    workspace_root().join("tests/foreign/webauthn.py")
}
