//! Every code of `docs/errors.md` is in an answer of the server in some test: those named here are run once more, and
//! what their answers said is collected.

use crate::wire::seen;
use crate::{
    api_keys, api_v1, channel_binding, errors_page, faults, idempotency, payment_lists, payment_states,
    processor, rate_limits, receipts, scopes, status_reports, test_helpers, transport, uaf_refusals,
    versions,
};
use smile_protocol::uaf::transport::UafStatusCode;
use smile_relying_party::service::RefusalCode;
use std::collections::BTreeSet;

/// A test, and the codes that are among its answers.
type Raising<Code> = (fn(), &'static [Code]);

/// Tests that get the problem codes.
const PROBLEMS: &[Raising<RefusalCode>] = &[
    (
        api_v1::every_provider_endpoint_wants_a_secret_key,
        &[RefusalCode::ApiKeyMissing],
    ),
    (
        api_keys::a_rolled_key_works_beside_its_successor_and_then_no_more,
        &[RefusalCode::ApiKeyExpired],
    ),
    (
        scopes::a_publishable_key_opens_nothing_by_itself,
        &[RefusalCode::ApiKeyPublishable],
    ),
    (
        scopes::nobody_gives_away_what_they_do_not_have,
        &[RefusalCode::ScopeMissing],
    ),
    (
        test_helpers::a_tenant_in_live_mode_simulates_nothing,
        &[RefusalCode::LiveMode],
    ),
    (
        rate_limits::whoever_tries_keys_is_stopped_by_their_address,
        &[RefusalCode::RateLimited],
    ),
    (
        versions::a_version_that_there_is_not_is_refused_and_does_nothing,
        &[RefusalCode::VersionUnknown],
    ),
    (
        api_v1::a_client_secret_opens_its_own_payment_and_no_other_and_reads_it_for_an_hour_more,
        &[RefusalCode::ApiKeyInvalid, RefusalCode::ClientSecretInvalid],
    ),
    (
        api_v1::a_body_that_is_not_one_json_object_is_refused,
        &[
            RefusalCode::BodyMalformed,
            RefusalCode::ContentTypeUnsupported,
            RefusalCode::MemberDuplicate,
        ],
    ),
    (
        transport::a_v1_body_beyond_16_kib_is_refused_with_413,
        &[RefusalCode::BodyTooLarge],
    ),
    (
        api_v1::each_bad_member_of_a_payment_is_named,
        &[
            RefusalCode::MemberUnknown,
            RefusalCode::MemberMissing,
            RefusalCode::MemberInvalid,
        ],
    ),
    (
        transport::an_unknown_endpoint_and_a_wrong_method_are_problems_with_a_request_id,
        &[RefusalCode::EndpointUnknown, RefusalCode::MethodNotAllowed],
    ),
    (api_v1::what_is_not_there_is_404, &[RefusalCode::ResourceMissing]),
    (
        receipts::a_payment_that_is_not_authorised_has_no_receipt,
        &[RefusalCode::ReceiptNotReady],
    ),
    (
        payment_states::a_payment_without_a_user_gets_one_is_confirmed_signed_and_captured,
        &[RefusalCode::StateConflict, RefusalCode::AmountTooLarge],
    ),
    (
        payment_states::a_record_that_is_not_what_was_signed_is_not_captured,
        &[RefusalCode::PaymentDrifted],
    ),
    (
        payment_lists::each_bad_part_of_a_query_is_named,
        &[RefusalCode::QueryInvalid],
    ),
    (
        idempotency::a_key_is_one_header_of_printable_ascii,
        &[RefusalCode::IdempotencyKeyInvalid],
    ),
    (
        idempotency::every_post_is_answered_alike_again_and_changes_nothing_more,
        &[RefusalCode::IdempotencyKeyReused],
    ),
    (
        processor::a_key_in_flight_conflicts_and_its_answer_is_given_once,
        &[RefusalCode::IdempotencyInFlight],
    ),
    (
        transport::a_body_that_never_ends_is_refused_with_408,
        &[RefusalCode::RequestTimeout],
    ),
    (
        faults::a_body_that_ends_early_or_is_chunked_wrongly_is_refused_as_malformed,
        &[RefusalCode::RequestMalformed],
    ),
    (
        faults::a_store_that_could_not_sync_is_503_also_for_readiness_and_1500_for_uaf,
        &[RefusalCode::StoreUnavailable],
    ),
    (
        faults::a_record_that_does_not_decode_is_500_and_1500,
        &[RefusalCode::Internal],
    ),
];

/// Tests that get the UAF status codes.
const STATUSES: &[Raising<u16>] = &[
    (
        transport::a_context_without_exactly_one_token_is_refused_with_1400,
        &[1200, 1400],
    ),
    (
        transport::a_token_that_opens_nothing_is_refused_with_1401_whatever_is_wrong_with_it,
        &[1401],
    ),
    (
        uaf_refusals::a_response_under_another_sessions_token_is_refused_and_spends_nothing,
        &[1403],
    ),
    (
        uaf_refusals::a_user_without_a_key_gets_no_authentication_request,
        &[1404],
    ),
    (
        faults::a_session_that_expires_while_its_answer_is_judged_is_refused_with_1408,
        &[1408],
    ),
    (
        uaf_refusals::a_registration_of_an_unknown_model_is_refused,
        &[1480],
    ),
    (uaf_refusals::another_users_key_does_not_pay, &[1481]),
    (
        channel_binding::what_the_proxy_tells_of_the_connection_is_compared,
        &[1490],
    ),
    (
        uaf_refusals::a_registration_of_another_challenge_is_refused,
        &[1491],
    ),
    (
        uaf_refusals::a_payment_with_a_counter_that_did_not_grow_is_refused,
        &[1492],
    ),
    (
        status_reports::a_revoked_model_registers_nothing_and_signs_nothing,
        &[1493],
    ),
    (uaf_refusals::a_key_is_registered_once_whoever_asks, &[1494]),
    (
        uaf_refusals::a_registration_in_another_algorithm_than_the_models_is_refused,
        &[1495],
    ),
    (
        uaf_refusals::a_registration_signed_by_another_key_is_refused,
        &[1496],
    ),
    (
        uaf_refusals::a_registration_from_another_facet_is_refused,
        &[1498],
    ),
    (faults::a_record_that_does_not_decode_is_500_and_1500, &[1500]),
];

/// Runs a test and asserts that its answers had these codes.
fn raised(test: fn(), codes: &[String]) {
    seen::forget();
    test();
    let seen = seen::codes();
    let missing: Vec<_> = codes.iter().filter(|code| !seen.contains(*code)).collect();
    assert!(missing.is_empty(), "{missing:?} was expected among {seen:?}");
}

#[test]
fn every_problem_code_is_raised_by_a_test() {
    let listed: BTreeSet<&str> = PROBLEMS
        .iter()
        .flat_map(|(_, codes)| *codes)
        .map(|code| code.as_str())
        .collect();
    let all: BTreeSet<&str> = RefusalCode::ALL.into_iter().map(RefusalCode::as_str).collect();
    let missing: Vec<_> = all.difference(&listed).collect();
    assert!(missing.is_empty(), "name a test that gets {missing:?}");
    for (test, codes) in PROBLEMS {
        raised(
            *test,
            &codes
                .iter()
                .map(|code| code.as_str().to_owned())
                .collect::<Vec<_>>(),
        );
    }
}

#[test]
fn every_status_code_that_the_server_sends_is_raised_by_a_test() {
    let listed: BTreeSet<u16> = STATUSES.iter().flat_map(|(_, codes)| *codes).copied().collect();
    let all = UafStatusCode::ALL.iter().map(|status| status.code());
    let sent: BTreeSet<u16> = all.filter(|code| !errors_page::is_never_sent(*code)).collect();
    assert_eq!(
        listed, sent,
        "name a test that gets each code; errors.md says which are never sent"
    );
    for (test, codes) in STATUSES {
        raised(*test, &codes.iter().map(u16::to_string).collect::<Vec<_>>());
    }
}
