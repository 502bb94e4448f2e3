//! The least that a native addon can do between JSON and the kernel: one epoll descriptor in libuv's loop, rustls, and
//! lines as strings. Nothing is limited, watched, counted or fair; see docs/internals/floor.md.

mod certificates;
mod engine;
mod node;

use std::net::{Ipv6Addr, TcpListener, TcpStream};

use napi::bindgen_prelude::{Function, Object, Uint32Array};
use napi::{Env, Error, Result, Status};
use napi_derive::napi;

use node::with_engine;

fn error(reason: impl ToString) -> Error {
    Error::new(Status::GenericFailure, reason.to_string())
}

/// Has `on(id, what, value)` called for what happens, and gives the function `write(id, text, splits)`.
#[napi(catch_unwind)]
pub fn start<'env>(
    env: &'env Env,
    on: Function<'env, (u32, u32, u32), ()>,
) -> Result<Object<'env>> {
    node::start(env, &on)
}

/// Listens on all addresses. Gives the listener's number and its port.
#[napi(catch_unwind)]
pub fn listen(port: u16, key: &[u8], cert: &[u8]) -> Result<Uint32Array> {
    let config = certificates::server_config(key, cert).map_err(error)?;
    let socket = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).map_err(error)?;
    socket.set_nonblocking(true).map_err(error)?;
    let port = socket.local_addr().map_err(error)?.port();
    let id = with_engine(|engine| engine.listen(socket, config))?.map_err(error)?;
    Ok(Uint32Array::new(vec![id, u32::from(port)]))
}

/// Connects, and waits until TCP is up. Gives the connection's number.
#[napi(catch_unwind)]
pub fn connect(host: String, port: u16, ca: &[u8]) -> Result<u32> {
    let config = certificates::client_config(ca).map_err(error)?;
    let socket = TcpStream::connect((host.as_str(), port)).map_err(error)?;
    with_engine(|engine| engine.connect(socket, config, host))?.map_err(error)
}

/// Ends a listener, or a connection behind what was written to it. Nothing is told of that.
#[napi(catch_unwind)]
pub fn close(id: u32) -> Result<()> {
    with_engine(|engine| engine.close(id))
}

/// Version and suite of a connection, as they are called in Rust.
#[napi(catch_unwind)]
pub fn negotiated(id: u32) -> Result<Vec<String>> {
    with_engine(|engine| engine.negotiated(id))
}
