//! The rules of the server, by what they are about; and that there are enough of them.

mod attestation;
mod attestation_path;
mod authentication;
mod challenge;
mod channel;
mod context;
mod count;
mod final_challenge;
mod header;
mod message;
mod permitted;
mod registration;
mod request;
mod response;
mod signed_data;
mod tlv;
mod transaction;
