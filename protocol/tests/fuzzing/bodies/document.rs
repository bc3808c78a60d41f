//! What is fetched rather than exchanged: lists of facets (Facets §3.1.3) and metadata statements (Metadata §4).

use smile_protocol::limits::{FACETS_BYTES, METADATA_BYTES};
use smile_protocol::metadata::{DisplayPngCharacteristics, MetadataEntry, MetadataStatement};
use smile_protocol::registry::user_verification;
use smile_protocol::uaf::facets::{SameHostOnly, TrustedFacetsList};
use smile_protocol::uaf::header::Upv;
use smile_protocol::uaf::identity::AppId;

use super::check::{json, json_only};
use crate::target::Verdict;

/// A trusted facet list, and the facets of an application in it.
pub fn trusted_facets(data: &[u8]) -> Verdict {
    let list = json(data, FACETS_BYTES, TrustedFacetsList::decode, |list| {
        Some(list.encode())
    })?;
    let app_id = AppId::new("https://shop.example/facets").expect("short");
    for version in Upv::SUPPORTED {
        for facet in list.facets(&app_id, version, &SameHostOnly) {
            // One by one this is as long as the list is squared, so the first ones have to do.
            assert!(
                !facet.as_str().to_ascii_lowercase().starts_with("http:"),
                "{facet}"
            );
        }
        for facet in list.facets(&app_id, version, &SameHostOnly).iter().take(8) {
            assert!(list.authorizes(facet, &app_id, version, &SameHostOnly), "{facet}");
        }
    }
    Ok(())
}

/// A metadata statement, and what policies match of it.
pub fn metadata_statement(data: &[u8]) -> Verdict {
    let statement = json(data, METADATA_BYTES, MetadataStatement::decode, |statement| {
        Some(statement.encode())
    })?;
    let described = statement.describe(7, Vec::new());
    assert_eq!(
        (described.aaid, described.authenticator_version),
        (statement.aaid, 7)
    );
    let flags = statement.user_verification_flags();
    assert_eq!(described.user_verification, flags.unwrap_or(0));
    let alone = |flags: u32| flags.count_ones() <= 1 && flags & user_verification::ALL == 0;
    if let ([set], Some(flags)) = (statement.user_verification_details.as_slice(), flags) {
        let together = set.iter().fold(0, |all, method| all | method.user_verification);
        assert!(
            alone(together) || flags & user_verification::ALL != 0,
            "{together:x} {flags:x}"
        );
    }
    // What has names in version 3 says the same there, but for two figures that have no member.
    if let Ok(named) = statement.encode_v3("") {
        let mut known = statement;
        let methods = known.user_verification_details.iter_mut().flatten();
        for accuracy in methods.filter_map(|method| method.biometric.as_mut()) {
            (accuracy.eer_ppb, accuracy.faar_ppb) = (None, None);
        }
        assert_eq!(MetadataStatement::decode(&named), Ok(known));
    }
    Ok(())
}

/// What a metadata service says of a model.
pub fn metadata_entry(data: &[u8]) -> Verdict {
    json_only(data, METADATA_BYTES, MetadataEntry::decode, MetadataEntry::encode)
}

/// The frame of a PNG file.
pub fn picture(data: &[u8]) -> Verdict {
    let png = DisplayPngCharacteristics::of_png(data).map_err(|error| error.to_string())?;
    assert_eq!(png.check_png(data), Ok(()));
    assert!(
        png.plte.len() * 3 <= data.len(),
        "{} colours in {} bytes",
        png.plte.len(),
        data.len()
    );
    let wider = DisplayPngCharacteristics {
        width: png.width ^ 1,
        ..png
    };
    assert!(wider.check_png(data).is_err(), "of another width");
    Ok(())
}
