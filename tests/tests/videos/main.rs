//! Moving pictures through the whole face path: how the quickstart reads a video, and what the face room makes of it.

mod development_clips;
mod sample_clip;
