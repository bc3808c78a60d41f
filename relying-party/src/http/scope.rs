//! Which scope an endpoint asks for, in the type of its guard: a handler cannot be written without saying one.

use smile_ceremony::record::Scope;

/// A scope as a type: the argument of [`super::guard::ProviderKey`] and [`super::post::Post`].
pub trait Needs: 'static {
    /// The scope.
    const SCOPE: Scope;
}

/// Declares a type for each scope.
macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        pub struct $name;

        impl Needs for $name {
            const SCOPE: Scope = Scope::$name;
        }
    )*};
}

scopes!(
    /// Reads payments, refunds, receipts.
    PaymentsRead,
    /// Creates and moves payments.
    PaymentsWrite,
    /// Gives money back.
    RefundsWrite,
    /// Reads a person's keys, and sessions.
    UsersRead,
    /// Changes what a person has.
    UsersWrite,
    /// Makes, lists, rolls and revokes API keys.
    KeysWrite,
);
