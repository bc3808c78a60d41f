//! The mapping of command status to ASM status (ASM §3.2.2), row by row.

use super::*;

#[test]
fn every_status_maps_as_the_table_says() {
    use AsmStatusCode as Asm;
    use CommandStatusCode as Cmd;
    let table = [
        (Cmd::Ok, Asm::Ok),
        (Cmd::ErrUnknown, Asm::Error),
        (Cmd::AccessDenied, Asm::AccessDenied),
        (Cmd::UserNotEnrolled, Asm::UserNotEnrolled),
        (
            Cmd::CannotRenderTransactionContent,
            Asm::CannotRenderTransactionContent,
        ),
        (Cmd::UserCancelled, Asm::UserCancelled),
        (Cmd::CmdNotSupported, Asm::Error),
        (Cmd::AttestationNotSupported, Asm::Error),
        (Cmd::ParamsInvalid, Asm::Error),
        (Cmd::KeyDisappearedPermanently, Asm::KeyDisappearedPermanently),
        (Cmd::Timeout, Asm::Error),
        (Cmd::UserNotResponsive, Asm::UserNotResponsive),
        (
            Cmd::InsufficientResources,
            Asm::InsufficientAuthenticatorResources,
        ),
        (Cmd::UserLockout, Asm::UserLockout),
    ];
    assert_eq!(table.len(), Cmd::ALL.len());
    for (command, asm) in table {
        assert_eq!(command.to_asm(Command::Register), asm, "{command:?}");
    }
}

#[test]
fn signing_without_an_enrolled_user_is_access_denied() {
    let status = CommandStatusCode::UserNotEnrolled;
    assert_eq!(status.to_asm(Command::Register), AsmStatusCode::UserNotEnrolled);
    assert_eq!(status.to_asm(Command::Sign), AsmStatusCode::AccessDenied);
}

#[test]
fn deregistering_where_nothing_is_stored_succeeds() {
    let status = CommandStatusCode::CmdNotSupported;
    assert_eq!(status.to_asm(Command::OpenSettings), AsmStatusCode::Error);
    assert_eq!(status.to_asm(Command::Deregister), AsmStatusCode::Ok);
}

#[test]
fn status_codes_are_the_registry_s() {
    for status in CommandStatusCode::ALL {
        assert_eq!(CommandStatusCode::from_code(status.code()), Some(*status));
    }
    assert_eq!(CommandStatusCode::from_code(0x0B), None);
}

#[test]
fn a_status_that_the_specification_does_not_list_is_an_error_of_the_asm() {
    for code in 0..=u16::MAX {
        let status = CommandStatus::from_code(code);
        assert_eq!(status.code(), code);
        match CommandStatusCode::from_code(code) {
            Some(listed) => assert_eq!(status.to_asm(Command::Sign), listed.to_asm(Command::Sign)),
            None => assert_eq!(status.to_asm(Command::Sign), AsmStatusCode::Error, "{code}"),
        }
    }
}
