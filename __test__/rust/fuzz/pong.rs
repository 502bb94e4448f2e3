//! Pongs: the engine takes a line for one only if JSON.parse would show exactly that pong and nothing else, and it
//! takes every pong as tls-json writes it.
//!
//! Input: a line.

use serde_json::Value;
use tls_json_native::wire::{ping_line, pong_key};

pub fn run(line: &[u8]) {
    let key = pong_key(line);
    // serde_json reads what JSON.parse reads but for lone surrogates, huge numbers and deep nesting, none of which is
    // in a pong; duplicate keys end in one entry for both, so the text is compared as well.
    let parsed = serde_json::from_slice::<Value>(line).ok();
    let shown = parsed.as_ref().and_then(Value::as_object).and_then(|object| {
        let pong = object.get("__pong")?.as_u64()?;
        (object.len() == 1).then_some(pong)
    });
    if let Some(key) = key {
        assert_eq!(shown, Some(u64::from(key)), "taken for a pong, which it is not");
        assert_ne!(key, 0, "0 is falsy: a plain message");
    }
    if let Some(shown) = shown
        && (1..=65_534).contains(&shown)
        && line == format!("{{\"__pong\":{shown}}}").as_bytes()
    {
        assert_eq!(key.map(u64::from), Some(shown), "a pong of tls-json's is not recognised");
    }
    if let Some(key) = key {
        let ping = ping_line(key);
        assert_eq!(ping.strip_suffix(b"\n").map(|ping| ping.len()), Some(line.len()));
        let ping: Value = serde_json::from_slice(&ping).expect("a ping is JSON");
        assert_eq!(ping["__ping"], u64::from(key));
    }
}
