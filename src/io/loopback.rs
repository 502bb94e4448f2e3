//! Connecting to this machine itself on Windows, where libuv does something about it.

#[cfg(windows)]
use std::net::SocketAddr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
#[cfg(windows)]
use std::os::windows::io::{AsSocket, BorrowedSocket};
#[cfg(windows)]
use std::sync::OnceLock;

#[cfg(windows)]
use socket2::Socket;

/// Has a connection be tried once only, so that a port nobody listens on is told at once, and not after the two seconds of
/// Windows' own repetitions.
#[cfg(windows)]
pub type TryOnce = fn(BorrowedSocket<'_>);

#[cfg(windows)]
static TRY_ONCE: OnceLock<TryOnce> = OnceLock::new();

/// Says how a connection is tried once only. The first one that says so counts.
#[cfg(windows)]
pub fn try_once_by(how: TryOnce) {
    TRY_ONCE.get_or_init(|| how);
}

/// Prepares a socket that is to connect to `place`, and says where it has to connect to.
#[cfg(windows)]
pub(crate) fn before_connect(socket: &Socket, mut place: SocketAddr) -> SocketAddr {
    place.set_ip(reachable(place.ip()));
    if place.ip().is_loopback()
        && let Some(try_once) = TRY_ONCE.get()
    {
        try_once(socket.as_socket());
    }
    place
}

/// The address that stands for all of a machine leads to this one on other systems; Windows refuses it.
#[cfg(any(windows, test))]
fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_all_leads_to_this_machine() {
        for (given, reached) in
            [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("10.0.0.1", "10.0.0.1"), ("::2", "::2")]
        {
            assert_eq!(reachable(given.parse().unwrap()), reached.parse::<IpAddr>().unwrap());
        }
    }
}
