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

/// Each error that a command may end with, its status (Commands §4.4), and what every client makes of it.
#[test]
fn every_error_has_its_place_in_the_three_tables() {
    use AuthenticatorError as E;
    use CommandStatusCode as Cmd;
    use ErrorCode as Code;
    let rule = "a rule";
    let camera = E::FaceRoom(MatchError::Camera(CameraError::Unplugged));
    let full = io(io::ErrorKind::StorageFull);
    let denied = vec![
        E::VerificationToken { rule },
        E::NoTransactionDisplay,
        E::NotConfirmed,
        E::NotWhatWasVerified,
        E::KeyAccessDenied,
    ];
    let resources = vec![E::TooManyKeys { limit: 1 }, E::CounterExhausted, full];
    let unknown = vec![io(io::ErrorKind::PermissionDenied), E::Randomness, camera];
    let content = vec![E::TransactionContent { rule }];
    let lockout = vec![E::LockedOut { retry_after_ms: 1 }];
    let rows = [
        (vec![E::CommandParams { rule }], Cmd::ParamsInvalid, Code::Unknown),
        (vec![E::SettingsNotSupported], Cmd::CmdNotSupported, Code::Unknown),
        (denied, Cmd::AccessDenied, Code::AuthenticatorAccessDenied),
        (
            vec![E::NotEnrolled, E::StaleTemplate],
            Cmd::UserNotEnrolled,
            Code::UserNotEnrolled,
        ),
        (
            content,
            Cmd::CannotRenderTransactionContent,
            Code::InvalidTransactionContent,
        ),
        (vec![E::Cancelled], Cmd::UserCancelled, Code::UserCancelled),
        (
            vec![E::KeyDisappeared],
            Cmd::KeyDisappearedPermanently,
            Code::KeyDisappearedPermanently,
        ),
        (
            vec![E::NotResponsive],
            Cmd::UserNotResponsive,
            Code::UserNotResponsive,
        ),
        (
            resources,
            Cmd::InsufficientResources,
            Code::InsufficientAuthenticatorResources,
        ),
        (lockout, Cmd::UserLockout, Code::UserLockout),
        (unknown, Cmd::ErrUnknown, Code::Unknown),
    ];
    for (errors, status, code) in rows {
        for error in errors {
            assert_eq!(error.command_status(), status, "{error}");
            assert_eq!(error.code(), code, "{error}");
            let told = error.asm_status(Command::Register);
            assert_eq!(ErrorCode::from(told), code, "{error}");
        }
    }
}

/// Where the tables say less than the error does, the client in this process learns more.
#[test]
fn a_client_in_this_process_is_told_more_than_one_behind_json() {
    use AuthenticatorError as E;
    use CommandStatusCode as Cmd;
    use ErrorCode as Code;
    for (error, status, here, behind_json) in [
        (
            E::AttestationNotSupported { code: 0x3E09 },
            Cmd::AttestationNotSupported,
            Code::NoSuitableAuthenticator,
            Code::Unknown,
        ),
        (
            nobody(),
            Cmd::UserNotResponsive,
            Code::WaitUserAction,
            Code::UserNotResponsive,
        ),
        (
            E::Message(ProtocolError::UnsupportedVersion),
            Cmd::ErrUnknown,
            Code::ProtocolError,
            Code::Unknown,
        ),
    ] {
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
