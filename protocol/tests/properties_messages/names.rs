//! Arbitrary values of what messages are made of.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use smile_protocol::base64url;
use smile_protocol::metadata::{DisplayPngCharacteristics, RgbPaletteEntry};
use smile_protocol::uaf::authentication::{IMAGE_PNG, Transaction};
use smile_protocol::uaf::challenge::{ChannelBinding, FcParams, FinalChallengeParams};
use smile_protocol::uaf::header::{Extension, Operation, OperationHeader, Upv};
use smile_protocol::uaf::identity::{Aaid, AppId, Challenge, FacetId, KeyId, ServerData, Username};

pub fn aaid() -> impl Strategy<Value = Aaid> {
    any::<(u16, u16)>().prop_map(|(vendor, model)| Aaid::new(vendor, model))
}

pub fn key_id() -> impl Strategy<Value = KeyId> {
    vec(any::<u8>(), 1..80).prop_map(|bytes| KeyId::new(bytes).expect("1 to 2048 bytes"))
}

pub fn app_id() -> impl Strategy<Value = AppId> {
    "\\PC{1,60}".prop_map(|text| AppId::new(text).expect("short"))
}

pub fn username() -> impl Strategy<Value = Username> {
    "\\PC{1,128}".prop_map(|text| Username::new(text).expect("short"))
}

pub fn challenge() -> impl Strategy<Value = Challenge> {
    vec(any::<u8>(), 8..=64).prop_map(|bytes| Challenge::new(bytes).expect("8 to 64 bytes"))
}

/// Extensions that a receiver may ignore; the others are refused by whoever reads them.
pub fn exts() -> impl Strategy<Value = Vec<Extension>> {
    let one = ("\\PC{1,32}", any::<String>()).prop_map(|(id, data)| Extension {
        id,
        data,
        fail_if_unknown: false,
    });
    vec(one, 0..3)
}

pub fn header(op: Operation, upv: Upv) -> impl Strategy<Value = OperationHeader> {
    let server_data = "\\PC{1,60}".prop_map(|text| ServerData::new(text).expect("short"));
    (option::of(app_id()), option::of(server_data), exts()).prop_map(move |(app_id, server_data, exts)| {
        OperationHeader {
            server_data,
            exts,
            ..OperationHeader::new(upv, op, app_id)
        }
    })
}

/// A header of any version.
pub fn any_header(op: Operation) -> impl Strategy<Value = OperationHeader> {
    select(&Upv::SUPPORTED[..]).prop_flat_map(move |upv| header(op, upv))
}

pub fn png() -> impl Strategy<Value = DisplayPngCharacteristics> {
    let colour = any::<[u16; 3]>().prop_map(|[r, g, b]| RgbPaletteEntry { r, g, b });
    (any::<[u32; 2]>(), any::<[u8; 5]>(), vec(colour, 0..4)).prop_map(
        |([width, height], [bit_depth, color_type, compression, filter, interlace], plte)| {
            DisplayPngCharacteristics {
                width,
                height,
                bit_depth,
                color_type,
                compression,
                filter,
                interlace,
                plte,
            }
        },
    )
}

pub fn transaction() -> impl Strategy<Value = Transaction> {
    let text = "[ -~\n]{1,200}".prop_map(|text| Transaction::text_plain(&text).expect("ASCII"));
    let picture = (vec(any::<u8>(), 1..300), png()).prop_map(|(content, png)| Transaction {
        content_type: IMAGE_PNG.to_owned(),
        content: base64url::encode(&content),
        tc_display_png_characteristics: Some(png),
    });
    prop_oneof![text, picture]
}

pub fn channel_binding() -> impl Strategy<Value = ChannelBinding> {
    let member = || option::of("\\PC{1,60}");
    (member(), member(), member(), member()).prop_map(
        |(server_end_point, tls_server_certificate, tls_unique, cid_pubkey)| ChannelBinding {
            server_end_point,
            tls_server_certificate,
            tls_unique,
            cid_pubkey,
        },
    )
}

pub fn final_challenge_params() -> impl Strategy<Value = FinalChallengeParams> {
    let facet_id = "\\PC{1,512}".prop_map(|text| FacetId::new(text).expect("short"));
    (app_id(), challenge(), facet_id, channel_binding()).prop_map(
        |(app_id, challenge, facet_id, channel_binding)| FinalChallengeParams {
            app_id,
            challenge,
            facet_id,
            channel_binding,
        },
    )
}

/// Texts that travelled, not only those that say something.
pub fn fc_params() -> impl Strategy<Value = FcParams> {
    let written = final_challenge_params().prop_map(|params| params.encode().expect("short"));
    prop_oneof![
        written,
        "\\PC{1,60}".prop_map(|text| FcParams::from_transmitted(text).expect("short"))
    ]
}
