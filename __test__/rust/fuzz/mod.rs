//! What the engine has to hold for any bytes, one plain function for each part: `run` of a target's file panics when
//! something does not hold. Driven by `../fuzz.rs` in ordinary tests and by libFuzzer from the folder `fuzz`.

#![allow(dead_code, reason = "each driver uses its own part")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a target fails by panicking"
)]

pub mod chain;
pub mod input;
pub mod lines;
pub mod mutation;
pub mod pong;
pub mod pool;
pub mod session;
pub mod session_model;
