use napi::{Env, JsString, JsValue, Result};

use super::arguments::{Extras, Table};
use super::error;
use crate::events::{Batch, Event, Extra};

/// Numbers before the first entry of a table: how many entries there are, and whether more is waiting.
const HEADER: usize = 2;

/// Numbers per entry: the connection, what kind, where, and the id of a request or response.
const ENTRY: usize = 4;

/// How many entries a table of this many numbers has room for.
pub(super) fn capacity(table_len: usize) -> usize {
    table_len.saturating_sub(HEADER) / ENTRY
}

/// What a batch has become.
pub(super) struct HandedOver<'env> {
    pub(super) text: JsString<'env>,
    /// The connections with a line that V8 makes no string of: it has a longest one, and needs memory.
    pub(super) unreadable: Vec<u32>,
}

/// Copies a batch into the caller's table and array. A line that becomes no string is left out.
pub(super) fn hand_over<'env>(
    env: &'env Env,
    batch: &mut Batch,
    more: bool,
    table: Table<'_>,
    mut extras: Extras,
) -> Result<HandedOver<'env>> {
    let mut unreadable = Vec::new();
    for (index, extra) in batch.extras.drain(..).enumerate() {
        let text = match extra {
            Extra::Line(line) => line_string(env, line),
            Extra::Event(event) => event_string(env, &event),
        };
        match text {
            Ok(text) => extras.set(index, text.raw())?,
            Err(_) => unreadable.push(index),
        }
    }
    let mut of_unreadable = Vec::new();
    if !unreadable.is_empty() {
        batch.entries.retain(|entry| {
            let left_out = !entry.kind.is_in_text() && unreadable.contains(&entry.value);
            if left_out {
                of_unreadable.push(entry.id);
            }
            !left_out
        });
    }
    let Table(numbers) = table;
    let count = batch.entries.len();
    let has_room = count <= capacity(numbers.len());
    let (header, rows) = numbers
        .split_at_mut_checked(HEADER)
        .filter(|_| has_room)
        .ok_or_else(|| error("the table has no room for the batch"))?;
    header.copy_from_slice(&[count as u32, u32::from(more)]);
    for (row, entry) in rows.chunks_exact_mut(ENTRY).zip(&batch.entries) {
        row.copy_from_slice(&[entry.id, entry.kind as u32, entry.value as u32, entry.number]);
    }
    Ok(HandedOver { text: env.create_string_latin1(&batch.text)?, unreadable: of_unreadable })
}

fn event_string<'env>(env: &'env Env, event: &Event) -> Result<JsString<'env>> {
    let text = serde_json::to_string(event).map_err(error)?;
    env.create_string(&text)
}

/// A line as V8 would decode it: every ill-formed part becomes U+FFFD, as the Encoding standard says.
fn line_string(env: &Env, line: Vec<u8>) -> Result<JsString<'_>> {
    if line.is_ascii() {
        return env.create_string_latin1(&line);
    }
    env.create_string(String::from_utf8_lossy(&line))
}
