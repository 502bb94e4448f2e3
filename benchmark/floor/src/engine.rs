//! Sockets, TLS and lines of one thread.

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::mem::MaybeUninit;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{Timespec, epoll};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, Connection, ServerConfig, ServerConnection};

/// Sockets looked at in one turn of the event loop.
pub const MOST_READY: usize = 64;

/// Bytes taken from a socket at a time.
const READ: usize = 64 * 1024;

/// What a look at a socket has found, besides lines.
#[derive(Default)]
pub struct News {
    /// The handshake is done: the number of who has accepted the connection, or its own.
    pub opened: Option<u32>,
    /// It is over, and why; an orderly end says nothing.
    pub ended: Option<String>,
}

/// Everything there is.
pub struct Engine {
    epoll: OwnedFd,
    /// By number. No number is used again.
    all: Vec<Option<Entry>>,
    open: usize,
    received: Box<[u8]>,
    /// The complete lines of the last look, joined by newlines.
    pub lines: Vec<u8>,
}

enum Entry {
    Listener { socket: TcpListener, config: Arc<ServerConfig> },
    Link(Box<Link>),
}

struct Link {
    socket: TcpStream,
    tls: Connection,
    /// Whom it belongs to, as [`News::opened`] says it.
    owner: u32,
    opened: bool,
    /// The beginning of a line.
    partial: Vec<u8>,
    /// The socket takes no more for now.
    blocked: bool,
}

impl Engine {
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            all: Vec::new(),
            open: 0,
            received: vec![0; READ].into(),
            lines: Vec::new(),
        })
    }

    /// Readable when [`Engine::ready`] is to be called.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }

    /// Whether there is anything to wait for.
    pub fn is_idle(&self) -> bool {
        self.open == 0
    }

    pub fn listen(&mut self, socket: TcpListener, config: Arc<ServerConfig>) -> io::Result<u32> {
        self.watch(&socket)?;
        Ok(self.add(Entry::Listener { socket, config }))
    }

    pub fn connect(
        &mut self,
        socket: TcpStream,
        config: Arc<ClientConfig>,
        host: String,
    ) -> io::Result<u32> {
        let name = ServerName::try_from(host).map_err(io::Error::other)?;
        let tls = ClientConnection::new(config, name).map_err(io::Error::other)?;
        self.enter(socket, tls.into(), None)
    }

    fn enter(&mut self, socket: TcpStream, tls: Connection, of: Option<u32>) -> io::Result<u32> {
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        self.watch(&socket)?;
        let owner = of.unwrap_or(self.all.len() as u32);
        let partial = Vec::new();
        let mut link = Link { socket, tls, owner, opened: false, partial, blocked: false };
        // What waits in JavaScript or here is the same to us.
        link.tls.set_buffer_limit(None);
        link.flush(&self.epoll, self.all.len() as u32)?;
        Ok(self.add(Entry::Link(Box::new(link))))
    }

    fn watch(&self, socket: &impl AsFd) -> io::Result<()> {
        Ok(epoll::add(&self.epoll, socket, mark(self.all.len() as u32), epoll::EventFlags::IN)?)
    }

    fn add(&mut self, entry: Entry) -> u32 {
        self.all.push(Some(entry));
        self.open += 1;
        self.all.len() as u32 - 1
    }

    /// Ends it, behind what was written. The socket goes with it, and so does its place in epoll.
    pub fn close(&mut self, id: u32) {
        let Some(entry) = self.all.get_mut(id as usize).and_then(Option::take) else { return };
        self.open -= 1;
        if let Entry::Link(mut link) = entry {
            link.tls.send_close_notify();
            // Whoever is not there any more needs no farewell.
            let _ = link.flush(&self.epoll, id);
        }
    }

    pub fn negotiated(&self, id: u32) -> Vec<String> {
        let Some(Some(Entry::Link(link))) = self.all.get(id as usize) else { return Vec::new() };
        let version = link.tls.protocol_version().map(|version| format!("{version:?}"));
        let suite = link.tls.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
        version.into_iter().chain(suite).collect()
    }

    /// Which sockets are ready. Gives how many.
    pub fn ready(&self, ids: &mut [u32; MOST_READY]) -> usize {
        let mut events = [MaybeUninit::uninit(); MOST_READY];
        // It fails only when interrupted, which it never is without waiting.
        let Ok((events, _)) = epoll::wait(&self.epoll, &mut events, Some(&Timespec::default()))
        else {
            return 0;
        };
        for (id, event) in ids.iter_mut().zip(&*events) {
            *id = event.data.u64() as u32;
        }
        events.len()
    }

    /// Accepts, or reads once and goes on with what could not be written.
    pub fn look(&mut self, id: u32) -> News {
        self.lines.clear();
        match self.all.get_mut(id as usize) {
            Some(Some(Entry::Link(link))) => {
                let mut news = News::default();
                let ended = link.look(&self.epoll, id, &mut self.received, &mut self.lines);
                if !link.opened && !link.tls.is_handshaking() {
                    link.opened = true;
                    news.opened = Some(link.owner);
                }
                news.ended = match ended {
                    Ok(ended) => ended.then(String::new),
                    Err(error) => Some(error.to_string()),
                };
                news
            }
            Some(Some(Entry::Listener { .. })) => {
                self.accept(id);
                News::default()
            }
            _ => News::default(),
        }
    }

    fn accept(&mut self, id: u32) {
        while let Some(Some(Entry::Listener { socket, config })) = self.all.get(id as usize) {
            // Nothing waits, or whoever came has gone.
            let Ok((accepted, _)) = socket.accept() else { return };
            let Ok(tls) = ServerConnection::new(Arc::clone(config)) else { return };
            // What fails here is the end of that one connection.
            let _ = self.enter(accepted, tls.into(), Some(id));
        }
    }

    /// Writes text and a newline; the first line of several as a TLS record of its own if `splits`.
    pub fn write(&mut self, id: u32, text: &mut Vec<u8>, splits: bool) {
        let Some(Some(Entry::Link(link))) = self.all.get_mut(id as usize) else { return };
        text.push(b'\n');
        let first = match memchr::memchr(b'\n', text) {
            Some(newline) if splits => newline + 1,
            _ => text.len(),
        };
        for part in [&text[..first], &text[first..]] {
            // Without a limit it takes everything.
            let _ = link.tls.writer().write(part);
        }
        // Why a socket takes nothing more, reading tells.
        let _ = link.flush(&self.epoll, id);
    }
}

impl Link {
    /// Says whether the peer has ended.
    fn look(
        &mut self,
        epoll: &OwnedFd,
        id: u32,
        received: &mut [u8],
        lines: &mut Vec<u8>,
    ) -> io::Result<bool> {
        let count = match self.socket.read(received) {
            Ok(0) => return Ok(true),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        let mut ciphertext = &received[..count];
        let mut ended = false;
        while !ciphertext.is_empty() && !ended {
            self.tls.read_tls(&mut ciphertext)?;
            match self.tls.process_new_packets() {
                Ok(state) => ended = state.peer_has_closed(),
                Err(error) => {
                    // It shall know why, if it is there.
                    let _ = self.flush(epoll, id);
                    return Err(io::Error::other(error));
                }
            }
            self.take_lines(lines);
        }
        if self.tls.wants_write() {
            self.flush(epoll, id)?;
        }
        Ok(ended)
    }

    fn take_lines(&mut self, lines: &mut Vec<u8>) {
        let mut reader = self.tls.reader();
        // Empty is the peer's farewell, an error that nothing is left for now.
        while let Ok(plain) = reader.fill_buf() {
            if plain.is_empty() {
                return;
            }
            let rest = match memchr::memrchr(b'\n', plain) {
                Some(newline) => {
                    if !lines.is_empty() {
                        lines.push(b'\n');
                    }
                    lines.append(&mut self.partial);
                    lines.extend_from_slice(&plain[..newline]);
                    &plain[newline + 1..]
                }
                None => plain,
            };
            self.partial.extend_from_slice(rest);
            let count = plain.len();
            reader.consume(count);
        }
    }

    fn flush(&mut self, epoll: &OwnedFd, id: u32) -> io::Result<()> {
        let mut blocked = false;
        while self.tls.wants_write() && !blocked {
            match self.tls.write_tls(&mut self.socket) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => blocked = true,
                Err(error) => return Err(error),
            }
        }
        if std::mem::replace(&mut self.blocked, blocked) != blocked {
            let out = if blocked { epoll::EventFlags::OUT } else { epoll::EventFlags::empty() };
            epoll::modify(epoll, &self.socket, mark(id), epoll::EventFlags::IN | out)?;
        }
        Ok(())
    }
}

fn mark(id: u32) -> epoll::EventData {
    epoll::EventData::new_u64(u64::from(id))
}
