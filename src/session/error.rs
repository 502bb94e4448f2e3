use std::time::Duration;

/// Why a session ends its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// More bytes came before login than a password line needs.
    #[error("the peer sent more than {limit} bytes before it was let in")]
    LoginTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// No acceptable login line came in time.
    #[error("the peer was not let in within the time allowed")]
    LoginTimeout,
    /// A line is longer than a message may be.
    #[error("a message is longer than {limit} bytes")]
    MessageTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// A ping was not answered in time.
    #[error("the peer did not answer a ping in time")]
    KeepaliveTimeout,
    /// Nothing came for too long.
    #[error("nothing was heard of the peer for {} ms (silenceTimeout)", limit.as_millis())]
    Silence {
        /// For how long.
        limit: Duration,
    },
    /// We have ended our side, and the peer has not ended its own by the time of the next ping.
    #[error("the peer did not end its side of the connection in time")]
    NotEnded,
}
