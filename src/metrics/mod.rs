//! What is counted: of one connection, of a server or client, and how often the limits of a server were met.

mod byte_counts;
mod limit_counts;
mod tally;

pub use byte_counts::ByteCounts;
pub use limit_counts::{Limit, LimitCounts};
pub use tally::{FailedHandshakes, Tally, Totals};

pub(crate) use byte_counts::ByteCounters;
pub(crate) use limit_counts::LimitCounters;
