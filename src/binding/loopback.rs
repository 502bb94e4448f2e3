//! How often Windows tries to connect.

use std::os::windows::io::{AsRawSocket, BorrowedSocket};
use std::ptr;

use windows_sys::Win32::Networking::WinSock::{
    SIO_TCP_INITIAL_RTO, TCP_INITIAL_RTO_PARAMETERS, WSAIoctl,
};

/// `TCP_INITIAL_RTO_UNSPECIFIED_RTT`: the system's own.
const USUAL_RTT: u16 = u16::MAX;
/// `TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS`.
const NO_RETRANSMISSIONS: u8 = u8::MAX - 1;

/// See [`crate::io::TryOnce`]. Windows before 10.0.16299 does not know it, and takes its time.
pub(super) fn try_once(socket: BorrowedSocket<'_>) {
    let wanted =
        TCP_INITIAL_RTO_PARAMETERS { Rtt: USUAL_RTT, MaxSynRetransmissions: NO_RETRANSMISSIONS };
    let mut written = 0;
    #[allow(unsafe_code, reason = "no crate that is here asks for it")]
    // SAFETY: the system reads the parameters, of this size, and writes only how much it has written, during the call.
    unsafe {
        WSAIoctl(
            socket.as_raw_socket() as usize,
            SIO_TCP_INITIAL_RTO,
            (&raw const wanted).cast(),
            size_of::<TCP_INITIAL_RTO_PARAMETERS>() as u32,
            ptr::null_mut(),
            0,
            &raw mut written,
            ptr::null_mut(),
            None,
        );
    }
}
