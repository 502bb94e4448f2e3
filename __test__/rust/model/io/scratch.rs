/// Loom's threads are one thread of the system: each reading has a buffer of its own.
pub fn with(use_it: impl FnOnce(&mut [u8])) {
    use_it(&mut [0; 64]);
}
