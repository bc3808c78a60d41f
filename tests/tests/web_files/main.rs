//! The pages that browsers load: nothing in them reaches out, no script or style is inline, both languages say the
//! same, and whatever a script asks for is there.

mod dictionaries;
mod elements;
mod fences;
mod files;
