//! What Linux knows of a TCP connection (`TCP_INFO`, see tcp(7) and `linux/tcp.h`).

use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use crate::io::TcpState;

/// The part of `struct tcp_info` that is looked at. Before Linux 5.4 it ends earlier: what the system does not write stays 0.
const LENGTH: usize = 232;
/// `tcpi_probes`, a byte.
const PROBES: usize = 3;
/// `tcpi_unacked`, packets.
const UNACKED: usize = 24;
/// `tcpi_last_ack_recv`, milliseconds.
const LAST_ACK: usize = 56;
/// `tcpi_bytes_acked`.
const ACKNOWLEDGED: usize = 120;
/// `tcpi_notsent_bytes`.
const UNSENT: usize = 144;
/// `tcpi_snd_wnd`.
const WINDOW: usize = 228;

/// See [`crate::io::TcpProbe`].
pub(super) fn state(socket: BorrowedFd<'_>) -> Option<TcpState> {
    let mut info = [0_u8; LENGTH];
    let mut length = LENGTH as libc::socklen_t;
    #[allow(unsafe_code, reason = "no crate that is here asks for it")]
    // SAFETY: the kernel writes at most `length` bytes, and says how many.
    let outcome = unsafe {
        let (info, length) = (info.as_mut_ptr().cast(), &raw mut length);
        libc::getsockopt(socket.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_INFO, info, length)
    };
    if outcome != 0 || length as usize <= LAST_ACK {
        return None;
    }
    let word = |at: usize| {
        let bytes = info.get(at..at + 4)?;
        Some(u32::from_ne_bytes(bytes.try_into().ok()?))
    };
    Some(TcpState {
        owed: word(UNACKED)? > 0 || *info.get(PROBES)? > 0,
        heard: Duration::from_millis(word(LAST_ACK)?.into()),
        acknowledged: u64::from_ne_bytes(
            info.get(ACKNOWLEDGED..ACKNOWLEDGED + 8)?.try_into().ok()?,
        ),
        unsent: word(UNSENT)? > 0,
        window: word(WINDOW)?,
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_peer_that_has_acknowledged_owes_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        near.write_all(b"1").unwrap();
        far.read_exact(&mut [0]).unwrap();
        far.write_all(b"2").unwrap();
        near.read_exact(&mut [0]).unwrap();
        // What came back acknowledged what was sent.
        let state = state(near.as_fd()).unwrap();
        assert!(!state.owed && state.heard < Duration::from_secs(10), "{state:?}");
        // The SYN counts.
        assert_eq!((state.acknowledged, state.unsent), (2, false), "{state:?}");
    }

    #[test]
    fn a_peer_that_does_not_read_makes_no_room_until_it_does() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        near.set_nonblocking(true).unwrap();
        let bytes = vec![0; 1 << 20];
        let mut sent = 0;
        let full = loop {
            while let Ok(count) = (&near).write(&bytes) {
                sent += count;
            }
            // Acknowledgements may be under way.
            std::thread::sleep(Duration::from_millis(50));
            let state = state(near.as_fd()).unwrap();
            if (&near).write(&bytes).map(|count| sent += count).is_err() && state.unsent {
                break state;
            }
        };
        let mut left = vec![0; sent];
        far.read_exact(&mut left).unwrap();
        let after = state(near.as_fd()).unwrap();
        assert!(after.acknowledged > full.acknowledged && after.window > full.window);
        assert!(after.has_taken_since(&full, false) && !full.has_taken_since(&full, true));
    }

    #[test]
    fn nothing_is_known_of_what_is_not_tcp() {
        let (near, _far) = UnixStream::pair().unwrap();
        assert_eq!(state(near.as_fd()), None);
    }
}
