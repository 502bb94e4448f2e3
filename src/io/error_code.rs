//! What JavaScript is told of an error of the system, so that it can be named as Node names it.

use std::io::{Error, ErrorKind};

/// An error of the system, for JavaScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// The system's own number, of which libuv's is the negative.
    Number(i32),
    /// Node's name, where libuv's number is its own.
    Name(&'static str),
}

impl ErrorCode {
    /// The code of what a system call failed with.
    pub fn of(syscall: &str, error: &Error) -> Self {
        match (error.raw_os_error(), error.kind()) {
            (Some(number), _) => Self::of_number(syscall, number),
            (None, ErrorKind::TimedOut) => Self::Name("ETIMEDOUT"),
            (None, ErrorKind::WriteZero | ErrorKind::BrokenPipe) => Self::Name("EPIPE"),
            (None, ErrorKind::InvalidInput) => Self::Name("EINVAL"),
            (None, ErrorKind::Unsupported) => Self::Name("ENOTSUP"),
            (None, _) => Self::Name("EIO"),
        }
    }

    #[cfg(not(windows))]
    fn of_number(_: &str, number: i32) -> Self {
        Self::Number(number)
    }

    #[cfg(windows)]
    fn of_number(syscall: &str, number: i32) -> Self {
        Self::Name(windows_name(syscall, number))
    }
}

/// What libuv calls an error of Windows (`uv_translate_sys_error`), those of sockets and of a lack of something. Numbers
/// from 10000 on are Winsock's, the others the system's, which it gives for a call that was under way.
/// See <https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2>.
#[cfg(any(windows, test))]
fn windows_name(syscall: &str, number: i32) -> &'static str {
    match number {
        4 | 10024 => "EMFILE",
        5 | 998 | 10013 => "EACCES",
        6 => "EBADF",
        8 | 14 => "ENOMEM",
        50 => "ENOTSUP",
        // As on Unix, where only the peer ends what is read. So libuv has it.
        10053 | 1236 if syscall == "read" => "ECONNRESET",
        64 | 10054 => "ECONNRESET",
        87 | 10022 | 10046 => "EINVAL",
        121 | 10060 => "ETIMEDOUT",
        995 | 10004 => "ECANCELED",
        1225 | 10061 => "ECONNREFUSED",
        1227 | 10048 => "EADDRINUSE",
        1231 | 10051 => "ENETUNREACH",
        1232 | 10065 => "EHOSTUNREACH",
        1236 | 10053 => "ECONNABORTED",
        10055 => "ENOBUFS",
        10058 => "EPIPE",
        2250 | 10057 => "ENOTCONN",
        10014 => "EFAULT",
        10035 => "EAGAIN",
        10037 => "EALREADY",
        10038 => "ENOTSOCK",
        10040 => "EMSGSIZE",
        10043 => "EPROTONOSUPPORT",
        10044 => "ESOCKTNOSUPPORT",
        10047 => "EAFNOSUPPORT",
        10049 => "EADDRNOTAVAIL",
        10056 => "EISCONN",
        _ => "UNKNOWN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Winsock's errors that a stream of TCP can meet, by Microsoft's names without their `WSA`.
    const WINSOCK: [(i32, &str); 27] = [
        (10004, "EINTR"),
        (10013, "EACCES"),
        (10014, "EFAULT"),
        (10022, "EINVAL"),
        (10024, "EMFILE"),
        (10035, "EWOULDBLOCK"),
        (10037, "EALREADY"),
        (10038, "ENOTSOCK"),
        (10040, "EMSGSIZE"),
        (10043, "EPROTONOSUPPORT"),
        (10044, "ESOCKTNOSUPPORT"),
        (10046, "EPFNOSUPPORT"),
        (10047, "EAFNOSUPPORT"),
        (10048, "EADDRINUSE"),
        (10049, "EADDRNOTAVAIL"),
        (10051, "ENETUNREACH"),
        (10053, "ECONNABORTED"),
        (10054, "ECONNRESET"),
        (10055, "ENOBUFS"),
        (10056, "EISCONN"),
        (10057, "ENOTCONN"),
        (10058, "ESHUTDOWN"),
        (10060, "ETIMEDOUT"),
        (10061, "ECONNREFUSED"),
        (10065, "EHOSTUNREACH"),
        // libuv knows none of these.
        (10050, "UNKNOWN"),
        (10052, "UNKNOWN"),
    ];

    /// Where libuv's name is another one.
    const RENAMED: [(&str, &str); 4] = [
        ("EINTR", "ECANCELED"),
        ("EWOULDBLOCK", "EAGAIN"),
        ("EPFNOSUPPORT", "EINVAL"),
        ("ESHUTDOWN", "EPIPE"),
    ];

    #[test]
    fn winsock_errors_have_the_names_that_libuv_gives_them() {
        for (number, winsock) in WINSOCK {
            let renamed = RENAMED.iter().find(|(from, _)| *from == winsock);
            assert_eq!(windows_name("write", number), renamed.map_or(winsock, |(_, to)| to));
        }
    }

    #[test]
    fn what_windows_gives_for_a_call_under_way_is_named_as_if_winsock_had_said_it() {
        let pairs = [(64, 10054), (121, 10060), (995, 10004), (1225, 10061), (1227, 10048)];
        for (system, winsock) in pairs.into_iter().chain([(1231, 10051), (1232, 10065)]) {
            assert_eq!(windows_name("connect", system), windows_name("connect", winsock));
        }
        for number in [1236, 10053] {
            assert_eq!(windows_name("read", number), "ECONNRESET");
            assert_eq!(windows_name("connect", number), "ECONNABORTED");
        }
    }

    #[test]
    fn an_error_without_a_number_has_a_name() {
        let code = |kind: ErrorKind| ErrorCode::of("write", &kind.into());
        assert_eq!(code(ErrorKind::TimedOut), ErrorCode::Name("ETIMEDOUT"));
        assert_eq!(code(ErrorKind::WriteZero), ErrorCode::Name("EPIPE"));
        assert_eq!(code(ErrorKind::InvalidInput), ErrorCode::Name("EINVAL"));
        assert_eq!(code(ErrorKind::Unsupported), ErrorCode::Name("ENOTSUP"));
        assert_eq!(code(ErrorKind::Other), ErrorCode::Name("EIO"));
    }

    #[test]
    fn this_systems_own_errors_are_named() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let error = std::net::TcpListener::bind(taken.local_addr().unwrap()).unwrap_err();
        #[cfg(windows)]
        assert_eq!(ErrorCode::of("listen", &error), ErrorCode::Name("EADDRINUSE"));
        #[cfg(not(windows))]
        assert_eq!(
            ErrorCode::of("listen", &error),
            ErrorCode::Number(error.raw_os_error().unwrap())
        );
    }
}
