//! Protocols between threads, tried in every order that loom can tell apart: the rooms of `src` in which threads meet, as
//! they are, with loom's locks and atomics below them. docs/internals/fuzzing.md says what each model is about.
//!
//! ```sh
//! cargo test --test concurrency [-- WORD]
//! ```

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

// The rooms that threads meet in.
#[path = "../../src/connection/mod.rs"]
#[allow(dead_code, unused_imports, reason = "only what threads share is used")]
mod connection;
#[path = "../../src/events/mod.rs"]
#[allow(dead_code, unused_imports, reason = "only what threads share is used")]
mod events;
#[path = "../../src/limits/mod.rs"]
#[allow(dead_code, unused_imports, reason = "only what threads share is used")]
mod limits;
#[path = "../../src/metrics/mod.rs"]
#[allow(dead_code, unused_imports, reason = "only what threads share is used")]
mod metrics;

// What stands below them.
#[path = "model/io/mod.rs"]
#[allow(dead_code, unused_imports, reason = "only what threads share is used")]
mod io;
#[path = "model/sync.rs"]
mod sync;

#[path = "model/connection_model.rs"]
mod connection_model;
#[path = "model/inbox_model.rs"]
mod inbox_model;
#[path = "model/javascript.rs"]
mod javascript;
#[path = "model/send_buffer_model.rs"]
mod send_buffer_model;

use std::panic::catch_unwind;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tls_json_native::{session, tls, wire};

type Model = (&'static str, fn());

const MODELS: &[Model] = &[
    ("inbox: two tasks and JavaScript", inbox_model::two_tasks_and_javascript),
    ("inbox: a claim and a task", inbox_model::a_claim_and_a_task),
    ("inbox: a starved reader", inbox_model::a_starved_reader),
    ("inbox: a pause", inbox_model::a_pause),
    ("connection: what is posted is done", connection_model::what_is_posted_is_done),
    ("connection: a destroyed one ends", connection_model::a_destroyed_connection_ends),
    ("connection: what has come is read", connection_model::what_has_come_is_read),
    ("connection: who is let in is read", connection_model::who_is_let_in_is_read),
    (
        "connection: what cannot be watched is read",
        connection_model::what_cannot_be_watched_is_read,
    ),
    ("connection: much is written in turns", connection_model::much_is_written_in_turns),
    ("connection: a sender is relieved", connection_model::a_sender_is_relieved),
    ("send buffer: the sum is exact", send_buffer_model::the_sum_is_exact),
];

/// How often a thread may be interrupted where it need not be. Faults of order hardly ever need more than three.
const USUAL_PREEMPTIONS: usize = 3;

/// Loom remembers where it is for so long; beyond it, what was tried is enough.
const MOST_TIME: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|one| !one.starts_with('-')).collect();
    let mut failed = 0;
    for &(name, model) in MODELS {
        if words.iter().all(|word| name.contains(word.as_str()))
            && catch_unwind(|| explore(name, model)).is_err()
        {
            println!("{name}: FAILED");
            failed += 1;
        }
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn explore(name: &str, model: fn()) {
    let orders = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&orders);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(USUAL_PREEMPTIONS);
    builder.max_duration.get_or_insert(MOST_TIME);
    builder.max_branches = builder.max_branches.max(20_000);
    let began = Instant::now();
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        model();
    });
    let all =
        if began.elapsed() < builder.max_duration.unwrap_or(MOST_TIME) { "all" } else { "some" };
    println!("{name}: {} orders, {all} of them", orders.load(Ordering::Relaxed));
}
