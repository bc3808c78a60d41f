//! What GetInfo says of one authenticator (Commands §6.1.3).

use super::appended::{self, Appended};
use crate::error::{ProtocolError, TlvErrorKind};
use crate::limits;
use crate::metadata::{DisplayPngCharacteristics, RgbPaletteEntry};
use crate::registry::{AttestationType, AuthenticationAlgorithm, tc_display};
use crate::uaf::assertion::info;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Tlv, TlvWriter};
use crate::uaf::identity::Aaid;

/// The only version of the commands: `TAG_API_VERSION` (Commands §6.1.3).
pub const API_VERSION: u8 = 1;

/// `AuthenticatorType` of `TAG_AUTHENTICATOR_METADATA`: flags; unknown ones are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct AuthenticatorType(pub u16);

impl AuthenticatorType {
    /// A second factor; a first factor without the flag.
    pub const SECOND_FACTOR: Self = Self(0x0001);
    /// Roaming; bound to its device without the flag.
    pub const ROAMING: Self = Self(0x0002);
    /// Key handles stay inside and are not returned to the ASM.
    pub const KEYS_STORED_INSIDE: Self = Self(0x0004);
    /// It has a user interface of its own for enrolment and verification.
    pub const OWN_UI: Self = Self(0x0008);
    /// It has a user interface of its own for settings: OpenSettings is supported.
    pub const SETTINGS_UI: Self = Self(0x0010);
    /// `TAG_APPID` has to be given where a table calls it optional.
    pub const EXPECTS_APP_ID: Self = Self(0x0020);
    /// At least one user is enrolled.
    pub const USER_ENROLLED: Self = Self(0x0040);
    /// It gives and takes user verification tokens (Commands §5.3).
    pub const VERIFICATION_TOKENS: Self = Self(0x0080);
    /// Sign takes the hash of a transaction only. Only with `tcDisplay` 0x0003.
    pub const CONTENT_HASH_ONLY: Self = Self(0x0100);

    /// The flags of both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every flag of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// `TAG_AUTHENTICATOR_INFO` (Commands §6.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticatorInfo {
    /// Which authenticator of the device.
    pub authenticator_index: u8,
    /// The model.
    pub aaid: Aaid,
    /// What kind of authenticator it is, and what it expects.
    pub authenticator_type: AuthenticatorType,
    /// Key handles that it takes in one command.
    pub max_key_handles: u8,
    /// Flags of [`crate::registry::user_verification`].
    pub user_verification: u32,
    /// Flags of [`crate::registry::key_protection`].
    pub key_protection: u16,
    /// Flags of [`crate::registry::matcher_protection`].
    pub matcher_protection: u16,
    /// Flags of [`crate::registry::tc_display`]; 0 without a display.
    pub tc_display: u16,
    /// The algorithm it signs with.
    pub authentication_algorithm: AuthenticationAlgorithm,
    /// The content type that the display takes.
    pub tc_display_content_type: Option<String>,
    /// What the display can show; empty for text.
    pub tc_display_png_characteristics: Vec<DisplayPngCharacteristics>,
    /// The scheme of its assertions.
    pub assertion_scheme: String,
    /// The attestations it can give, at least one.
    pub attestation_types: Vec<AttestationType>,
    /// Extensions it understands.
    pub supported_extension_ids: Vec<String>,
    /// What the table does not list, in order.
    pub appended: Vec<Appended>,
}

/// The bytes of `TAG_AUTHENTICATOR_METADATA`.
const METADATA_BYTES: usize = 15;
/// The bytes of `TAG_TC_DISPLAY_PNG_CHARACTERISTICS` before the palette.
const PNG_BYTES: usize = 13;

const DEFINED: [u16; 8] = [
    tags::AUTHENTICATOR_INDEX,
    tags::AAID,
    tags::AUTHENTICATOR_METADATA,
    tags::TC_DISPLAY_CONTENT_TYPE,
    tags::TC_DISPLAY_PNG_CHARACTERISTICS,
    tags::ASSERTION_SCHEME,
    tags::ATTESTATION_TYPE,
    tags::SUPPORTED_EXTENSION_ID,
];
const REPEATED: [u16; 3] = [
    tags::TC_DISPLAY_PNG_CHARACTERISTICS,
    tags::ATTESTATION_TYPE,
    tags::SUPPORTED_EXTENSION_ID,
];

impl AuthenticatorInfo {
    pub(super) fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
        let (elements, appended) = appended::read(element, &DEFINED, &REPEATED)?;
        let [authenticator_index] = elements.required(tags::AUTHENTICATOR_INDEX)?.array()?;
        let metadata = elements.required(tags::AUTHENTICATOR_METADATA)?;
        let [
            t0,
            t1,
            max_key_handles,
            u0,
            u1,
            u2,
            u3,
            k0,
            k1,
            m0,
            m1,
            d0,
            d1,
            a0,
            a1,
        ]: [u8; METADATA_BYTES] = metadata.array()?;
        let authenticator_type = AuthenticatorType(u16::from_le_bytes([t0, t1]));
        let tc_display = u16::from_le_bytes([d0, d1]);
        check_hash_only(&metadata, authenticator_type, tc_display)?;
        let algorithm = u16::from_le_bytes([a0, a1]);
        let scheme = elements.required(tags::ASSERTION_SCHEME)?;
        // At least one, as in AuthenticatorInfo.attestationTypes (ASM §3.5.2).
        elements.required(tags::ATTESTATION_TYPE)?;
        let content_type = elements.optional(tags::TC_DISPLAY_CONTENT_TYPE);
        let content_type = content_type.map(|element| element.text_of(1, limits::CONTENT_TYPE_BYTES));
        Ok(Self {
            authenticator_index,
            aaid: info::aaid(&elements)?,
            authenticator_type,
            max_key_handles,
            user_verification: u32::from_le_bytes([u0, u1, u2, u3]),
            key_protection: u16::from_le_bytes([k0, k1]),
            matcher_protection: u16::from_le_bytes([m0, m1]),
            tc_display,
            authentication_algorithm: AuthenticationAlgorithm::try_from(algorithm)
                .map_err(|_| metadata.error(TlvErrorKind::UnknownCode { code: algorithm }))?,
            tc_display_content_type: content_type.transpose()?.map(str::to_owned),
            tc_display_png_characteristics: elements
                .repeated(tags::TC_DISPLAY_PNG_CHARACTERISTICS)
                .map(png)
                .collect::<Result<_, _>>()?,
            assertion_scheme: scheme.text_of(1, limits::ASSERTION_SCHEME_BYTES)?.to_owned(),
            attestation_types: elements
                .repeated(tags::ATTESTATION_TYPE)
                .map(attestation_type)
                .collect::<Result<_, _>>()?,
            supported_extension_ids: elements
                .repeated(tags::SUPPORTED_EXTENSION_ID)
                .map(|id| Ok(id.text_of(1, 4 * limits::EXTENSION_ID_CHARS)?.to_owned()))
                .collect::<Result<_, ProtocolError>>()?,
            appended,
        })
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        let mut metadata = self.authenticator_type.0.to_le_bytes().to_vec();
        metadata.push(self.max_key_handles);
        metadata.extend_from_slice(&self.user_verification.to_le_bytes());
        metadata.extend_from_slice(&self.key_protection.to_le_bytes());
        metadata.extend_from_slice(&self.matcher_protection.to_le_bytes());
        metadata.extend_from_slice(&self.tc_display.to_le_bytes());
        metadata.extend_from_slice(&self.authentication_algorithm.code().to_le_bytes());
        let content_type = self.tc_display_content_type.as_deref();
        let mut writer = TlvWriter::default()
            .put(tags::AUTHENTICATOR_INDEX, &[self.authenticator_index])?
            .put(tags::AAID, self.aaid.to_string().as_bytes())?
            .put(tags::AUTHENTICATOR_METADATA, &metadata)?
            .put_some(tags::TC_DISPLAY_CONTENT_TYPE, content_type.map(str::as_bytes))?;
        for png in &self.tc_display_png_characteristics {
            writer = writer.put(tags::TC_DISPLAY_PNG_CHARACTERISTICS, &png_bytes(png)?)?;
        }
        writer = writer.put(tags::ASSERTION_SCHEME, self.assertion_scheme.as_bytes())?;
        for kind in &self.attestation_types {
            writer = writer.put(tags::ATTESTATION_TYPE, &kind.code().to_le_bytes())?;
        }
        for id in &self.supported_extension_ids {
            writer = writer.put(tags::SUPPORTED_EXTENSION_ID, id.as_bytes())?;
        }
        Appended::write_all(&self.appended, writer)?.wrap(tags::AUTHENTICATOR_INFO)
    }
}

/// Commands §6.1.3: the flag may only be set with `tcDisplay` 0x0003.
fn check_hash_only(
    metadata: &Tlv<'_>,
    authenticator_type: AuthenticatorType,
    tc_display: u16,
) -> Result<(), ProtocolError> {
    let shown_by_software = tc_display::ANY | tc_display::PRIVILEGED_SOFTWARE;
    if authenticator_type.contains(AuthenticatorType::CONTENT_HASH_ONLY) && tc_display != shown_by_software {
        let rule = "takes the hash of a transaction only, without the display that this is for";
        return Err(metadata.error(TlvErrorKind::BadValue(rule)));
    }
    Ok(())
}

fn attestation_type(element: Tlv<'_>) -> Result<AttestationType, ProtocolError> {
    let code = element.u16()?;
    AttestationType::try_from(code).map_err(|_| element.error(TlvErrorKind::UnknownCode { code }))
}

/// The values of a PNG header, then the palette as in PNG's PLTE chunk: red, green and blue, a byte
/// each (Metadata §3.7).
fn png(element: Tlv<'_>) -> Result<DisplayPngCharacteristics, ProtocolError> {
    let max = PNG_BYTES + 3 * limits::PALETTE_ENTRIES;
    let value = element.bytes_of(PNG_BYTES, max)?;
    let (header, palette) = value
        .split_first_chunk::<PNG_BYTES>()
        .expect("bytes_of gave as many bytes at least");
    let [
        w0,
        w1,
        w2,
        w3,
        h0,
        h1,
        h2,
        h3,
        bit_depth,
        color_type,
        compression,
        filter,
        interlace,
    ] = *header;
    let (entries, rest) = palette.as_chunks::<3>();
    if !rest.is_empty() {
        let rule = "the palette's entries are three bytes each";
        return Err(element.error(TlvErrorKind::BadValue(rule)));
    }
    let entry = |[r, g, b]: &[u8; 3]| RgbPaletteEntry {
        r: u16::from(*r),
        g: u16::from(*g),
        b: u16::from(*b),
    };
    Ok(DisplayPngCharacteristics {
        width: u32::from_le_bytes([w0, w1, w2, w3]),
        height: u32::from_le_bytes([h0, h1, h2, h3]),
        bit_depth,
        color_type,
        compression,
        filter,
        interlace,
        plte: entries.iter().map(entry).collect(),
    })
}

fn png_bytes(png: &DisplayPngCharacteristics) -> Result<Vec<u8>, ProtocolError> {
    let mut bytes = png.width.to_le_bytes().to_vec();
    bytes.extend_from_slice(&png.height.to_le_bytes());
    bytes.extend_from_slice(&[
        png.bit_depth,
        png.color_type,
        png.compression,
        png.filter,
        png.interlace,
    ]);
    for entry in &png.plte {
        for sample in [entry.r, entry.g, entry.b] {
            let sample = u8::try_from(sample).map_err(|_| ProtocolError::Tlv {
                tag: tags::TC_DISPLAY_PNG_CHARACTERISTICS,
                offset: 0,
                kind: TlvErrorKind::BadValue("a palette's sample is one byte"),
            })?;
            bytes.push(sample);
        }
    }
    Ok(bytes)
}
