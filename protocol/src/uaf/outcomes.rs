//! Enums of numbered outcomes: status codes of commands, of ASM requests and of the client.

/// Declares an enum of numbered outcomes.
macro_rules! outcomes {
    ($(#[$outer:meta])* $name:ident { $($(#[$meta:meta])* $variant:ident = $code:literal;)+ }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$meta])* $variant,)+
        }

        impl $name {
            /// Every outcome, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The number that travels.
            #[must_use]
            pub const fn code(self) -> u16 {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The outcome with this number.
            #[must_use]
            pub fn from_code(code: u16) -> Option<Self> {
                Self::ALL.iter().copied().find(|outcome| outcome.code() == code)
            }
        }
    };
}
pub(in crate::uaf) use outcomes;
