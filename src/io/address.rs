//! Where to listen and to connect to, and addresses in text, also those that hold only on one network: `fe80::1%eth0`.

use std::net::SocketAddr;
#[cfg(unix)]
use std::path::PathBuf;
use std::sync::OnceLock;

/// Where a listener listens, or a client connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// An IP address and a port.
    Ip(SocketAddr),
    /// The path of a Unix domain socket.
    #[cfg(unix)]
    Path(PathBuf),
}

/// Tells the name of an interface by its number.
pub type InterfaceName = fn(u32) -> Option<String>;

static INTERFACE_NAME: OnceLock<InterfaceName> = OnceLock::new();

/// Says how interfaces are named. The first one that says so counts.
pub fn name_interfaces_by(name: InterfaceName) {
    INTERFACE_NAME.get_or_init(|| name);
}

/// An address in text, as Node says it: one that holds only on one network with the interface behind a `%`.
pub fn address_text(address: &SocketAddr) -> String {
    match address {
        SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() && v6.scope_id() != 0 => {
            let number = v6.scope_id();
            let name = INTERFACE_NAME.get().and_then(|name| name(number));
            format!("{}%{}", v6.ip(), name.unwrap_or_else(|| number.to_string()))
        }
        _ => address.ip().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv6Addr, SocketAddrV6};

    use super::*;

    #[test]
    fn only_what_holds_on_one_network_names_it() {
        let at = |ip: &str, scope| {
            let ip: Ipv6Addr = ip.parse().unwrap();
            address_text(&SocketAddr::V6(SocketAddrV6::new(ip, 1, 0, scope)))
        };
        // Nobody has said how interfaces are named here.
        assert_eq!(at("fe80::1", 7), "fe80::1%7");
        assert_eq!(at("fe80::1", 0), "fe80::1");
        assert_eq!(at("2001:db8::1", 7), "2001:db8::1");
        assert_eq!(address_text(&([127, 0, 0, 1], 1).into()), "127.0.0.1");
    }
}
