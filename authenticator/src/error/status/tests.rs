#![allow(clippy::unwrap_used)]

use std::path::Path;

use smile_face::{CameraError, MatchError, RefusalCounts};
use smile_protocol::ProtocolError;
use smile_protocol::uaf::transport::ErrorCode;

use super::*;

fn io(kind: io::ErrorKind) -> AuthenticatorError {
    AuthenticatorError::io("write", Path::new("counters/aa"), kind.into())
}

fn nobody() -> AuthenticatorError {
    AuthenticatorError::NoUsableFrame(MatchError::TooFewFrames {
        usable: 0,
        needed: 3,
        refused: RefusalCounts::default(),
    })
}

/// Each error that a command may end with, its status (Commands §4.4), and what a client in this process
/// and one behind the ASM's JSON make of it.
#[test]
fn every_error_has_its_place_in_the_three_tables() {
    use AuthenticatorError as E;
    use CommandStatusCode as Cmd;
    use ErrorCode as Code;
    let same = |code: ErrorCode| (code, code);
    let rule = "a rule";
    let table = [
        (E::CommandParams { rule }, Cmd::ParamsInvalid, same(Code::Unknown)),
        (E::SettingsNotSupported, Cmd::CmdNotSupported, same(Code::Unknown)),
        (
            E::AttestationNotSupported { code: 0x3E09 },
            Cmd::AttestationNotSupported,
            (Code::NoSuitableAuthenticator, Code::Unknown),
        ),
        (
            E::VerificationToken { rule },
            Cmd::AccessDenied,
            same(Code::AuthenticatorAccessDenied),
        ),
        (
            E::NoTransactionDisplay,
            Cmd::AccessDenied,
            same(Code::AuthenticatorAccessDenied),
        ),
        (
            E::NotConfirmed,
            Cmd::AccessDenied,
            same(Code::AuthenticatorAccessDenied),
        ),
        (
            E::NotWhatWasVerified,
            Cmd::AccessDenied,
            same(Code::AuthenticatorAccessDenied),
        ),
        (
            E::KeyAccessDenied,
            Cmd::AccessDenied,
            same(Code::AuthenticatorAccessDenied),
        ),
        (E::NotEnrolled, Cmd::UserNotEnrolled, same(Code::UserNotEnrolled)),
        (
            E::StaleTemplate,
            Cmd::UserNotEnrolled,
            same(Code::UserNotEnrolled),
        ),
        (
            E::TransactionContent { rule },
            Cmd::CannotRenderTransactionContent,
            same(Code::InvalidTransactionContent),
        ),
        (E::Cancelled, Cmd::UserCancelled, same(Code::UserCancelled)),
        (
            E::KeyDisappeared,
            Cmd::KeyDisappearedPermanently,
            same(Code::KeyDisappearedPermanently),
        ),
        (
            E::NotResponsive,
            Cmd::UserNotResponsive,
            same(Code::UserNotResponsive),
        ),
        (
            nobody(),
            Cmd::UserNotResponsive,
            (Code::WaitUserAction, Code::UserNotResponsive),
        ),
        (
            E::TooManyKeys { limit: 1 },
            Cmd::InsufficientResources,
            same(Code::InsufficientAuthenticatorResources),
        ),
        (
            E::CounterExhausted,
            Cmd::InsufficientResources,
            same(Code::InsufficientAuthenticatorResources),
        ),
        (
            io(io::ErrorKind::StorageFull),
            Cmd::InsufficientResources,
            same(Code::InsufficientAuthenticatorResources),
        ),
        (
            E::LockedOut { retry_after_ms: 1 },
            Cmd::UserLockout,
            same(Code::UserLockout),
        ),
        (
            io(io::ErrorKind::PermissionDenied),
            Cmd::ErrUnknown,
            same(Code::Unknown),
        ),
        (E::Randomness, Cmd::ErrUnknown, same(Code::Unknown)),
        (
            E::FaceRoom(MatchError::Camera(CameraError::Unplugged)),
            Cmd::ErrUnknown,
            same(Code::Unknown),
        ),
        (
            E::Message(ProtocolError::UnsupportedVersion),
            Cmd::ErrUnknown,
            (Code::ProtocolError, Code::Unknown),
        ),
    ];
    for (error, status, (here, behind_json)) in table {
        assert_eq!(error.command_status(), status, "{error}");
        assert_eq!(error.code(), here, "{error}");
        let told = error.asm_status(Command::Register);
        assert_eq!(ErrorCode::from(told), behind_json, "{error}");
    }
}

#[test]
fn signing_where_nobody_is_enrolled_is_access_denied_to_the_asm_s_clients() {
    // ASM §3.7.4, step 2.
    let error = AuthenticatorError::NotEnrolled;
    assert_eq!(error.asm_status(Command::Sign), AsmStatusCode::AccessDenied);
    assert_eq!(
        error.asm_status(Command::Register),
        AsmStatusCode::UserNotEnrolled
    );
}

#[test]
fn an_authenticator_that_is_not_there_is_disconnected() {
    let error = AuthenticatorError::UnknownAuthenticator { index: 7 };
    let status = error.asm_status(Command::Register);
    assert_eq!(status, AsmStatusCode::AuthenticatorDisconnected);
    assert_eq!(ErrorCode::from(status), error.code());
}

/// UAF §3.4.6.2.1, row by row.
#[test]
fn the_client_maps_every_status_of_the_asm() {
    use AsmStatusCode as Asm;
    use ErrorCode as Code;
    let table = [
        (Asm::Ok, Code::NoError),
        (Asm::Error, Code::Unknown),
        (Asm::AccessDenied, Code::AuthenticatorAccessDenied),
        (Asm::UserCancelled, Code::UserCancelled),
        (
            Asm::CannotRenderTransactionContent,
            Code::InvalidTransactionContent,
        ),
        (Asm::KeyDisappearedPermanently, Code::KeyDisappearedPermanently),
        (Asm::AuthenticatorDisconnected, Code::NoSuitableAuthenticator),
        (Asm::UserNotResponsive, Code::UserNotResponsive),
        (
            Asm::InsufficientAuthenticatorResources,
            Code::InsufficientAuthenticatorResources,
        ),
        (Asm::UserLockout, Code::UserLockout),
        (Asm::UserNotEnrolled, Code::UserNotEnrolled),
    ];
    assert_eq!(table.len(), AsmStatusCode::ALL.len());
    for (status, code) in table {
        assert_eq!(ErrorCode::from(status), code, "{status:?}");
    }
}
