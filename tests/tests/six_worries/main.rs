//! Six worries of readers, one module each, under the names that the README gives them. They were comments on a news
//! report of a stamp bought with a face at CeBIT 2015, and they are asked of this code today.
//!
//! What is still open is tested too: such a test says what is so today, and has to change when it is no longer so.

mod a_stolen_face_cannot_be_changed_how_is_it_revoked;
mod can_it_tell_a_real_face_from_a_poster;
mod is_it_built_on_fido;
mod no_passwords_no_friction;
mod readme;
mod what_stops_an_app_from_sending_my_face_to_a_server;
mod who_protects_the_template_at_rest;
