//! Prints what our own authenticator says of itself, as a server or a conformance tool loads it.

#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use smile_authenticator::room::FaceRoom;
use smile_authenticator::{AttestationMode, Authenticator, AuthenticatorConfig, Sealing};
use smile_face::{Camera, CameraError, EnrolmentError, FaceMatched, Guidance, MatchError, Template};
use smile_protocol::metadata::MetadataStatement;
use smile_weights::Home;

use crate::QuickstartError;
use crate::arguments::{Attestation, Format, MetadataArguments};
use crate::stage::at;

/// Prints the statement on a line of standard output, and on standard error which installation it is of. Errors: the
/// installation cannot be opened, or the statement not be written in that form.
pub fn print(wanted: &MetadataArguments) -> Result<(), QuickstartError> {
    let config = config(wanted)?;
    eprintln!(
        "smile-quickstart: the statement of the installation in {}",
        config.home.display()
    );
    let text = written(&statement(config)?, wanted)?;
    writeln!(std::io::stdout(), "{text}").map_err(at(Path::new("standard output")))
}

/// The statement in the form that is wanted. Errors: it cannot be written so.
pub fn written(statement: &MetadataStatement, wanted: &MetadataArguments) -> Result<String, QuickstartError> {
    match wanted.format {
        Format::Uaf => Ok(statement.encode()),
        Format::Fido2 => statement
            .encode_v3(&wanted.legal_header)
            .map_err(|error| QuickstartError::Statement(error.to_string())),
    }
}

/// The statement of the installation that `config` names, which is made if it is new. Errors: it cannot be opened.
pub fn statement(config: AuthenticatorConfig) -> Result<MetadataStatement, QuickstartError> {
    Ok(Authenticator::open(config, Box::new(NoFace))?.metadata_statement())
}

/// The installation that is wanted. Errors: there is no folder for it.
pub fn config(wanted: &MetadataArguments) -> Result<AuthenticatorConfig, QuickstartError> {
    let mode = match wanted.attestation {
        Attestation::BasicFull => AttestationMode::BasicFull,
        Attestation::BasicSurrogate => AttestationMode::BasicSurrogate,
    };
    let aaid = wanted.aaid.unwrap_or(mode.aaid());
    let home = match &wanted.home {
        Some(home) => home.clone(),
        None => own_home(aaid.to_string(), mode)?,
    };
    let mut key = home.clone().into_os_string();
    key.push(".key");
    Ok(AuthenticatorConfig::new(home, Sealing::KeyFile(key.into()))
        .with_attestation(mode)
        .with_aaid(aaid))
}

/// One for each model: another attestation is another model, even under one AAID.
fn own_home(aaid: String, mode: AttestationMode) -> Result<PathBuf, QuickstartError> {
    let attestation = match mode {
        AttestationMode::BasicFull => "full",
        AttestationMode::BasicSurrogate => "surrogate",
    };
    let homes = Home::resolve()?.path().join("metadata");
    std::fs::create_dir_all(&homes).map_err(at(&homes))?;
    Ok(homes.join(format!("{}-{attestation}", aaid.replace('#', "-"))))
}

/// A statement needs no face, and no face networks.
struct NoFace;

impl FaceRoom for NoFace {
    fn enrol(
        &mut self,
        _camera: &mut dyn Camera,
        _guidance: &mut dyn FnMut(Guidance),
    ) -> Result<Template, EnrolmentError> {
        Err(EnrolmentError::Camera(CameraError::PermissionDenied))
    }

    fn verify(
        &mut self,
        _camera: &mut dyn Camera,
        _template: &Template,
        _guidance: &mut dyn FnMut(Guidance),
    ) -> Result<FaceMatched, MatchError> {
        Err(MatchError::Camera(CameraError::PermissionDenied))
    }
}
