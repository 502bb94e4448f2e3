use std::sync::Arc;

use napi::Result;
use napi_derive::napi;

use super::error;
use crate::metrics;

/// What the engine counts for one server or client; `Engine.counts` reads it.
#[napi]
pub struct Tally {
    pub(super) tally: Arc<metrics::Tally>,
}

#[napi]
impl Tally {
    /// All of it is 0.
    #[napi(constructor, catch_unwind)]
    #[allow(clippy::new_without_default, reason = "it is JavaScript that makes them")]
    pub fn new() -> Self {
        Self { tally: Arc::default() }
    }
}

/// What a tally says.
#[napi(object, object_from_js = false)]
pub struct TallyCounts {
    /// Plaintext bytes received.
    pub read: f64,
    /// Plaintext bytes accepted for peers.
    pub written: f64,
    /// Bytes that wait for peers.
    pub outbound: f64,
    /// Bytes of lines that wait for JavaScript.
    pub inbound: f64,
    /// Pings sent.
    pub pings_sent: f64,
    /// Pings answered in time.
    pub pings_answered: f64,
    /// Pings not answered in time.
    pub pings_missed: f64,
    /// Connections closed at once because of `maxConnections`.
    pub over_most: f64,
    /// Connections closed at once because of `maxFailedLogins`.
    pub barred: f64,
    /// Handshakes of peers that failed, by kind.
    pub failed_handshakes: Vec<FailedHandshakes>,
    /// Those of further kinds.
    pub other_failed_handshakes: f64,
}

/// Handshakes that failed for one reason.
#[napi(object, object_from_js = false)]
pub struct FailedHandshakes {
    /// One of the failures, in JSON.
    pub failure: String,
    /// How many.
    pub count: f64,
}

impl TallyCounts {
    pub(super) fn new(tally: &metrics::Tally, totals: &metrics::Totals) -> Result<Self> {
        let metrics::FailedHandshakes { kinds, others } = tally.failed_handshakes();
        let failed_handshakes = kinds
            .iter()
            .map(|(failure, count)| {
                let failure = serde_json::to_string(failure).map_err(error)?;
                Ok(FailedHandshakes { failure, count: *count as f64 })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            read: totals.bytes.read as f64,
            written: totals.bytes.written as f64,
            outbound: totals.outbound as f64,
            inbound: totals.inbound as f64,
            pings_sent: tally.pings().sent() as f64,
            pings_answered: tally.pings().answered() as f64,
            pings_missed: tally.pings().missed() as f64,
            over_most: tally.over_most() as f64,
            barred: tally.barred() as f64,
            failed_handshakes,
            other_failed_handshakes: others as f64,
        })
    }
}
