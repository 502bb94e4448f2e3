#![no_main]

#[path = "../../__test__/rust/fuzz/mod.rs"]
mod fuzz;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::lines::run(data));
