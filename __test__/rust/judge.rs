//! Judges certificate chains: a case in JSON on each line of standard input, a result in JSON on each line of
//! standard output.
//!
//! `__test__/differential/altered-chains.js` asks it: a handshake for each case would take longer than all else.

#![allow(clippy::unwrap_used, reason = "what cannot be read is a mistake of the asking script")]

use std::io::{BufRead, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{CertificateDer, UnixTime};
use tls_json_native::pki::{Policy, Purpose, TrustStore, verify};

#[derive(serde::Deserialize)]
struct Case {
    /// Whose chain it is.
    #[serde(rename = "shownBy")]
    shown_by: String,
    level: u8,
    partial: bool,
    peer: Vec<String>,
    ca: Vec<String>,
}

fn ders(list: &[String]) -> Vec<CertificateDer<'static>> {
    list.iter().map(|text| CertificateDer::from(STANDARD.decode(text).unwrap())).collect()
}

fn main() {
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let case: Case = serde_json::from_str(&line.unwrap()).unwrap();
        let policy = Policy {
            purpose: if case.shown_by == "client" { Purpose::Client } else { Purpose::Server },
            security_level: case.level,
            allow_partial_chain: case.partial,
        };
        let store = TrustStore::new(ders(&case.ca));
        let error = verify(&ders(&case.peer), &store, policy, UnixTime::now()).error;
        let code = error.as_ref().map(|error| error.code);
        let message = error.as_ref().map(|error| error.message);
        let answer = serde_json::json!({ "code": code, "message": message });
        writeln!(output, "{answer}").unwrap();
        output.flush().unwrap();
    }
}
