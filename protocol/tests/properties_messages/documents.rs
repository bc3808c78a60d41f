//! Envelopes (Transport §8.3), lists of facets (Facets §3.1.3), and TLV (Commands §4).

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use smile_protocol::uaf::assertion::tlv::{Tlv, TlvReader, TlvWriter};
use smile_protocol::uaf::facets::{TrustedFacets, TrustedFacetsList};
use smile_protocol::uaf::header::{Operation, Upv};
use smile_protocol::uaf::transport::{
    GetUafRequest, ReturnUafRequest, SendUafResponse, ServerResponse, UafStatusCode,
};

use crate::comes_back_from_a_record;

fn op() -> impl Strategy<Value = Option<Operation>> {
    option::of(select(&[Operation::Reg, Operation::Auth, Operation::Dereg][..]))
}

fn text() -> impl Strategy<Value = Option<String>> {
    option::of(any::<String>())
}

fn status() -> impl Strategy<Value = UafStatusCode> {
    select(UafStatusCode::ALL)
}

/// The types of tokens (Transport §8.3.6).
const TOKEN_TYPES: &[&str] = &[
    "HTTP_COOKIE",
    "OAUTH",
    "OAUTH2",
    "SAML1_1",
    "SAML2",
    "JWT",
    "OPENID_CONNECT",
];

/// A verdict, now and then with tokens, which are made by reading them.
fn server_response() -> impl Strategy<Value = ServerResponse> {
    let tokens = vec((select(TOKEN_TYPES), any::<String>()), 1..3).prop_map(|tokens| {
        let listed: Vec<_> = tokens
            .iter()
            .map(|(kind, value)| json!({"type": kind, "value": value}))
            .collect();
        let text = json!({"statusCode": 1200, "additionalTokens": listed}).to_string();
        let read = ServerResponse::decode(&text)
            .expect("the types are the specification's")
            .additional_tokens;
        assert_eq!(read.len(), tokens.len());
        read
    });
    (status(), text(), option::of(tokens), text(), text(), text()).prop_map(
        |(status_code, description, tokens, location, post_data, new_uaf_request)| ServerResponse {
            description,
            additional_tokens: tokens.unwrap_or_default(),
            location,
            post_data,
            new_uaf_request,
            ..ServerResponse::new(status_code)
        },
    )
}

proptest! {
    #[test]
    fn envelopes_of_requests_come_back(
        op in op(), previous_request in text(), context in text(), status_code in status(), uaf_request in text(),
        lifetime_ms in any::<Option<u32>>()
    ) {
        let get = GetUafRequest { op, previous_request, context };
        prop_assert_eq!(GetUafRequest::decode(&get.encode()), Ok(get));
        let returned = ReturnUafRequest { status_code, uaf_request, op, lifetime_ms };
        prop_assert_eq!(ReturnUafRequest::decode(&returned.encode()), Ok(returned));
    }

    #[test]
    fn envelopes_of_responses_come_back(
        uaf_response in any::<String>(), context in text(), verdict in server_response()
    ) {
        let sent = SendUafResponse { uaf_response, context };
        prop_assert_eq!(SendUafResponse::decode(&sent.encode()), Ok(sent));
        prop_assert_eq!(ServerResponse::decode(&verdict.encode()), Ok(verdict));
    }

    #[test]
    fn facet_lists_come_back(entries in vec((any::<(u16, u16)>(), vec(any::<String>(), 0..4)), 1..4)) {
        let entry = |((major, minor), ids)| TrustedFacets { version: Upv { major, minor }, ids };
        let list = TrustedFacetsList { trusted_facets: entries.into_iter().map(entry).collect() };
        prop_assert_eq!(TrustedFacetsList::decode(&list.encode()), Ok(list.clone()));
        comes_back_from_a_record(&list)?;
    }

    #[test]
    fn elements_come_back_at_their_places(
        elements in vec((any::<u16>(), vec(any::<u8>(), 0..80)), 0..8), around in any::<u16>()
    ) {
        let writer = elements.iter().try_fold(TlvWriter::default(), |writer, (tag, value)| writer.put(*tag, value));
        let bytes = writer.and_then(|writer| writer.wrap(around)).expect("short");
        let outer = Tlv::read_only(&bytes, around).expect("one element");
        prop_assert_eq!(outer.raw, bytes.as_slice());
        let mut reader = outer.children();
        for (tag, value) in &elements {
            let element = reader.read_next().expect("whole").expect("one more");
            prop_assert_eq!((element.tag, element.value), (*tag, value.as_slice()));
            prop_assert_eq!(&bytes[element.offset..element.offset + element.raw.len()], element.raw);
        }
        prop_assert_eq!(reader.read_next(), Ok(None));
    }

    #[test]
    fn any_bytes_are_elements_or_end_in_a_refusal_inside_them(bytes in vec(any::<u8>(), 0..60)) {
        let mut reader = TlvReader::new(&bytes, 0);
        let mut covered = 0;
        let end = loop {
            match reader.read_next() {
                Ok(Some(element)) => {
                    prop_assert_eq!(element.offset, covered, "nothing is skipped");
                    covered += element.raw.len();
                }
                end => break end,
            }
        };
        prop_assert_eq!(end.is_ok(), covered == bytes.len());
    }
}
