//! Replays what the fuzzers have kept and found, and changes it a little at random; for longer:
//!
//! ```sh
//! TLSJSON_FUZZ_SECONDS=600 cargo test --release --test fuzz -- --nocapture
//! ```
//!
//! docs/internals/fuzzing.md says more.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "fuzz/mod.rs"]
mod fuzz;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use fuzz::mutation::Random;
use fuzz::pool::Pool;

/// Changed inputs of one target in an ordinary test run.
const USUAL_ROUNDS: usize = 2000;

/// The inputs of a target, by their files.
fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("__test__/fuzz/corpus").join(target);
    let mut inputs: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} is empty", folder.display());
    inputs
}

/// Runs the target on an input; panics with where to find it if the target does.
fn attempt(target: &str, run: fn(&[u8]), input: &[u8], name: &str) {
    if catch_unwind(AssertUnwindSafe(|| run(input))).is_err() {
        let file = std::env::temp_dir().join(format!("tls-json-native-{target}-{}", input.len()));
        fs::write(&file, input).unwrap();
        panic!("{name}: add {} to __test__/fuzz/corpus/{target}", file.display());
    }
}

fn drive(target: &str, run: fn(&[u8]), also: Vec<Vec<u8>>) {
    let corpus = corpus(target);
    for (path, input) in &corpus {
        attempt(target, run, input, &path.display().to_string());
    }
    let seconds = std::env::var("TLSJSON_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    println!("{target}: seed {seed}");
    let mut random = Random::new(seed);
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let inputs: Vec<_> = corpus.into_iter().map(|(_, input)| input).chain(also).collect();
    let mut rounds = 0_usize;
    while end.map_or(rounds < USUAL_ROUNDS, |end| Instant::now() < end) {
        let mut input = inputs[random.below(inputs.len())].clone();
        let other = &inputs[random.below(inputs.len())];
        for _ in 0..=random.below(4) {
            random.change(&mut input, other);
        }
        attempt(target, run, &input, &format!("round {rounds}"));
        rounds += 1;
    }
    println!("{target}: {} inputs, {rounds} rounds", inputs.len());
}

#[test]
fn lines() {
    drive("lines", fuzz::lines::run, Vec::new());
}

#[test]
fn session() {
    drive("session", fuzz::session::run, Vec::new());
}

#[test]
fn pong() {
    drive("pong", fuzz::pong::run, Vec::new());
}

#[test]
fn chain() {
    let pool = Pool::shared();
    let showing = pool.leaves.iter().map(|leaf| fuzz::chain::showing(leaf)).collect();
    drive("chain", fuzz::chain::run, showing);
}
