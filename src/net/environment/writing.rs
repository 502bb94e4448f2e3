use std::sync::Arc;

use super::super::connection::{Connection, Piece};
use super::super::guard::{Limit, Room};
use super::super::inbox::Inbox;
use super::super::lock;
use super::super::piped::Outgoing;
use super::super::send_buffer::{Bytes, SendBuffer, SharedText};
use super::super::signal::Failure;
use super::Environment;
use crate::session::Chunk;

/// Who has bytes waiting for a peer.
enum Sender {
    Connection(Arc<Connection>),
    /// JavaScript carries it.
    Outgoing(Arc<Outgoing>),
}

impl Sender {
    fn buffer(&self) -> &SendBuffer {
        match self {
            Self::Connection(connection) => &connection.send_buffer,
            Self::Outgoing(outgoing) => &outgoing.send_buffer,
        }
    }

    fn cut(&self, inbox: &Inbox, message: String) {
        let failure = Failure::Limit { code: "TLSJSON_BUFFER_FULL", message };
        match self {
            Self::Connection(connection) => connection.cut(inbox, failure),
            Self::Outgoing(outgoing) => outgoing.fail(inbox, failure, Limit::BufferedBytes),
        }
    }
}

/// What is written, and what becomes of peers for which too much waits.
impl Environment {
    /// Accepts bytes for a connection; writes them at once if they are few, the connection is free, and it need not be
    /// `later`. Says whether nothing is left to write.
    ///
    /// When too much waits for the peer, it is cut; when too much waits for all peers of a server, the one for which
    /// most waits is.
    pub fn write(&self, id: u32, bytes: impl Into<Chunk>, later: bool) -> bool {
        self.with(id, |connection| self.write_pieces(connection, [bytes.into().into()], later))
            .unwrap_or(false)
    }

    /// As [`Environment::write`], where the first line becomes a TLS record of its own.
    pub fn write_first(&self, id: u32, text: Vec<u8>, later: bool) -> bool {
        self.with(id, |connection| {
            let (first, rest) = first_line(text);
            let first = Piece { bytes: first.into(), ends_record: true };
            let rest = rest.map(|bytes| Chunk::from(bytes).into());
            self.write_pieces(connection, [first].into_iter().chain(rest), later)
        })
        .unwrap_or(false)
    }

    /// Accepts a message for a connection, which becomes a TLS record of its own. It is written together with what is
    /// accepted next for that connection; or by its task, when nothing comes soon.
    pub fn queue_first(&self, id: u32, text: Vec<u8>) {
        self.with(id, |connection| {
            let room = connection.queue([Piece { bytes: text.into(), ends_record: true }]);
            self.make_room(room, &Sender::Connection(Arc::clone(connection)));
            self.late_writer.watch(connection);
        });
    }

    fn write_pieces(
        &self,
        connection: &Arc<Connection>,
        pieces: impl IntoIterator<Item = Piece>,
        later: bool,
    ) -> bool {
        match connection.write(&self.inbox, pieces, later) {
            Ok(all) => all,
            Err(full) => {
                self.make_room(full, &Sender::Connection(Arc::clone(connection)));
                // What was accepted is still to be written, if it was another that was cut.
                connection.wake();
                false
            }
        }
    }

    /// Accepts text for many connections, which share its bytes; their tasks write them. `first` has its first line be a
    /// TLS record of its own. As for [`Environment::write`], whoever has too much waiting is cut, and the others are not.
    pub fn write_shared(&self, ids: &[u32], text: Vec<u8>, first: bool) {
        let connections: Vec<_> = {
            let registry = lock(&self.registry);
            ids.iter().filter_map(|id| registry.connections.get(id)).cloned().collect()
        };
        let Some(one) = connections.first() else { return };
        let (line, rest) = if first { first_line(text) } else { (text, None) };
        let parts: Vec<Arc<SharedText>> = [Some(line), rest]
            .into_iter()
            .flatten()
            .map(|bytes| Arc::new(SharedText::new(bytes, one.guard().cloned())))
            .collect();
        for connection in &connections {
            let pieces = parts.iter().enumerate().map(|(at, part)| Piece {
                bytes: Chunk::Shared(Arc::<SharedText>::clone(part)),
                ends_record: first && at == 0,
            });
            self.with(connection.id(), |connection| {
                let room = connection.queue(pieces);
                self.make_room(room, &Sender::Connection(Arc::clone(connection)));
            });
        }
        // All of it has come once; so it is looked at once.
        let room = one.guard().map_or(Room::Enough, |guard| guard.room());
        self.make_room(room, &Sender::Connection(Arc::clone(one)));
        // To wake a task from outside its threads costs more than all of the above; so one is, and wakes the others.
        self.spawn(async move {
            for connection in connections {
                connection.wake();
            }
        });
    }

    /// Cuts a connection that has sent a line of which JavaScript can make no string.
    pub fn cut_unreadable(&self, id: u32) {
        let failure = Failure::Limit {
            code: "TLSJSON_MESSAGE_TOO_LONG",
            message: "the peer has sent a line that does not fit into a string of JavaScript, or into memory; \
                      set maxMessageBytes to what a message may have"
                .to_owned(),
        };
        let carried = lock(&self.registry).outgoing.get(&id).cloned();
        if let Some(outgoing) = carried {
            outgoing.fail(&self.inbox, failure, Limit::MessageBytes);
        } else {
            self.with(id, |connection| {
                connection.count(Limit::MessageBytes);
                connection.fail(failure);
            });
        }
    }

    /// So many bytes wait for the peer of a connection that JavaScript carries. Whom it cuts, it is as for
    /// [`Environment::write`].
    pub(in crate::net) fn wait_for(&self, outgoing: &Arc<Outgoing>, bytes: usize) {
        let room = outgoing.send_buffer.add(Bytes::own(bytes));
        self.make_room(room, &Sender::Outgoing(Arc::clone(outgoing)));
    }

    /// Cuts who has too much waiting.
    fn make_room(&self, room: Room, sender: &Sender) {
        match room {
            Room::Enough => {}
            Room::Full { limit } => {
                let message = format!(
                    "the peer does not read: {} bytes wait for it, and maxBufferedBytes is {limit}; \
                     send less, or wait for 'drain' while needDrain is true",
                    sender.buffer().waiting(),
                );
                sender.cut(&self.inbox, message);
            }
            Room::ServerFull { limit } => {
                let Some(largest) = self.largest_beside(sender.buffer()) else { return };
                let message = format!(
                    "peers do not read, this one least of all: {} bytes wait for it, and for all together more than \
                     maxTotalBufferedBytes, which is {limit}; send less, or wait for 'drain' while needDrain is true",
                    largest.buffer().waiting(),
                );
                largest.cut(&self.inbox, message);
            }
        }
    }

    /// Bytes for all peers of a server are too many: the one for which most wait has caused most of it. Nothing if all
    /// of them are being cut already.
    fn largest_beside(&self, buffer: &SendBuffer) -> Option<Sender> {
        let of_the_server = |other: &SendBuffer| other.shares_guard_with(buffer) && !other.is_cut();
        let registry = lock(&self.registry);
        let connection = registry
            .connections
            .values()
            .filter(|connection| of_the_server(&connection.send_buffer))
            .max_by_key(|connection| connection.send_buffer.waiting());
        let carried = registry
            .outgoing
            .values()
            .filter(|outgoing| of_the_server(&outgoing.send_buffer))
            .max_by_key(|outgoing| outgoing.send_buffer.waiting());
        let senders = [
            connection.map(|connection| Sender::Connection(Arc::clone(connection))),
            carried.map(|outgoing| Sender::Outgoing(Arc::clone(outgoing))),
        ];
        senders.into_iter().flatten().max_by_key(|sender| sender.buffer().waiting())
    }
}

/// Takes the first line, with its newline, from what follows it.
fn first_line(mut text: Vec<u8>) -> (Vec<u8>, Option<Vec<u8>>) {
    let end = memchr::memchr(b'\n', &text).map_or(text.len(), |at| at + 1);
    let rest = (end < text.len()).then(|| text.split_off(end));
    (text, rest)
}

#[cfg(test)]
mod tests {
    use super::super::tests::connection;
    use super::*;
    use crate::net::{Batch, Extra, Piped, PipedOptions, Signal};
    use crate::session::SessionOptions;

    #[test]
    fn a_fault_of_ours_with_one_connection_ends_that_one_and_no_other() {
        use crate::net::faults;
        let environment = Environment::new(Box::new(|| {}), false).unwrap();
        let write: [fn(&Environment, u32); 4] = [
            |environment, id| {
                environment.write(id, b"1\n".to_vec(), false);
            },
            |environment, id| {
                environment.write_first(id, b"1\n".to_vec(), true);
            },
            |environment, id| environment.queue_first(id, b"1\n".to_vec()),
            |environment, id| environment.write_shared(&[id], b"1\n".to_vec(), false),
        ];
        let other = connection(&environment, &Arc::default());
        for write in write {
            let failing = connection(&environment, &Arc::default());
            faults::arm_here("with");
            write(&environment, failing.id());
            let failure = failing.take_mail().unwrap().failure.unwrap();
            assert!(matches!(failure, Failure::Internal { .. }), "{failure:?}");
            write(&environment, other.id());
            assert!(other.take_mail().unwrap().failure.is_none());
        }
    }

    #[test]
    fn a_line_that_becomes_no_string_ends_its_connection_whoever_carries_it() {
        let environment = Environment::new(Box::new(|| {}), false).unwrap();
        let [one, other] = [(); 2].map(|()| connection(&environment, &Arc::default()));
        environment.cut_unreadable(one.id());
        let too_long = |failure: &Failure| matches!(failure, Failure::Limit { code, .. } if *code == "TLSJSON_MESSAGE_TOO_LONG");
        assert!(one.take_mail().unwrap().failure.as_ref().is_some_and(too_long));
        assert!(other.take_mail().is_none());

        let options = PipedOptions {
            session: SessionOptions::default(),
            max_buffered: usize::MAX,
            guard: None,
            peer: None,
        };
        let mut carried = Piped::new(&environment, options);
        environment.cut_unreadable(carried.id());
        assert!(carried.plan().cut);
        let mut batch = Batch::new(10);
        environment.inbox.take(&mut batch);
        let [Extra::Signal(Signal::Error { error })] = &batch.extras[..] else {
            panic!("{:?}", batch.extras)
        };
        assert!(too_long(error), "{error:?}");
    }

    #[test]
    fn many_get_the_same_bytes_and_only_who_has_too_much_is_cut() {
        let environment = Environment::new(Box::new(|| {}), false).unwrap();
        let [one, two] = [(); 2].map(|()| connection(&environment, &Arc::default()));
        environment.write(one.id(), vec![b'1'; 600], true);
        environment.write_shared(&[one.id(), u32::MAX, two.id()], vec![b'2'; 600], true);
        let [of_one, of_two] = [one, two].map(|connection| connection.take_mail().unwrap());
        assert!(of_one.failure.is_some() && of_one.bytes.is_empty());
        assert!(of_two.failure.is_none());
        let [Piece { bytes: Chunk::Shared(bytes), ends_record: true }] = &of_two.bytes[..] else {
            panic!("{:?}", of_two.bytes)
        };
        assert_eq!((**bytes).as_ref(), [b'2'; 600]);
    }
}
