//! bytes <-> lines.
