//! Scripts that more than one page is made of, whoever serves it.

/// The JavaScript client of this server and of the agent: an ES module without dependencies.
pub const SMILE_JS: &[u8] = include_bytes!("../web/client/smile.js");

/// Its types, for editors and TypeScript.
pub const SMILE_D_TS: &[u8] = include_bytes!("../web/client/smile.d.ts");

/// What a page says, in each language that it speaks.
pub const WORDS_JS: &[u8] = include_bytes!("../web/page/words.js");

/// The elements of a page.
pub const VIEW_JS: &[u8] = include_bytes!("../web/page/view.js");
