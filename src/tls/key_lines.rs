//! The secrets of a connection, for who decrypts what was recorded of it.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use rustls::KeyLog;

/// What a connection's secrets are, as lines of an NSS key log:
/// <https://nss-crypto.org/reference/security/nss/legacy/key_log_format/index.html>.
#[derive(Default)]
pub struct KeyLines(Mutex<Vec<String>>);

impl KeyLines {
    /// Those that were not taken yet, each with its newline.
    pub fn take(&self) -> Vec<String> {
        // No change of it can be left half made.
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for KeyLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyLines").finish_non_exhaustive()
    }
}

impl KeyLog for KeyLines {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let line = format!("{label} {} {}\n", Hex(client_random), Hex(secret));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_label_and_two_numbers_and_is_given_once() {
        let lines = KeyLines::default();
        lines.log("CLIENT_RANDOM", &[0, 255], &[16]);
        lines.log("OTHER", &[], &[1]);
        assert_eq!(lines.take(), ["CLIENT_RANDOM 00ff 10\n", "OTHER  01\n"]);
        assert_eq!(lines.take(), [""; 0]);
        assert_eq!(format!("{lines:?}"), "KeyLines { .. }");
    }
}
