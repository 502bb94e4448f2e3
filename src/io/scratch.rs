use std::cell::RefCell;

/// What is read at once; one buffer per thread serves all of its connections.
const BYTES: usize = 64 * 1024;

thread_local! {
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; BYTES].into_boxed_slice());
}

/// Lends this thread's buffer.
pub(crate) fn with(use_it: impl FnOnce(&mut [u8])) {
    SCRATCH.with_borrow_mut(|scratch| use_it(scratch));
}
