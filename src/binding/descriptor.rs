use std::io;
use std::os::fd::{BorrowedFd, RawFd};

use socket2::Socket;

/// A socket of our own for a file descriptor that somebody else owns and may close.
pub(super) fn duplicate(descriptor: RawFd) -> io::Result<Socket> {
    if descriptor < 0 {
        return Err(io::Error::other(format!("{descriptor} is no file descriptor")));
    }
    #[allow(unsafe_code, reason = "Node gives file descriptors as plain numbers")]
    // SAFETY: it is not -1, and its owner, a net.Socket, closes it on this thread, which is here. Should it be closed
    // after all, duplicating it fails.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    borrowed.try_clone_to_owned().map(Socket::from)
}
