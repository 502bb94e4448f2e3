use std::iter;
use std::sync::Arc;

use super::thread_engine::{ThreadEngine, isolated};
use crate::connection::{Connection, Peer, Piece};
use crate::events::Failure;
use crate::limits::{Admission, SharedText};
use crate::metrics::Limit;
use crate::session::Chunk;

/// What is written, and what becomes of peers for which too much waits.
impl ThreadEngine {
    /// Accepts bytes for a connection; writes them at once if they are few, the connection is free, and it need not be
    /// `later`. Says whether nothing is left to write.
    ///
    /// When too much waits for the peer, it is disconnected; when too much waits for all peers of a server, the one for which
    /// most waits is.
    pub fn write(&self, id: u32, bytes: impl Into<Chunk>, later: bool) -> bool {
        self.with(id, |connection| self.write_pieces(connection, [bytes.into().into()], later))
            .unwrap_or(false)
    }

    /// As [`ThreadEngine::write`], where the first line becomes a TLS record of its own.
    pub fn write_first(&self, id: u32, text: Vec<u8>, later: bool) -> bool {
        self.with(id, |connection| self.write_pieces(connection, first_apart(text), later))
            .unwrap_or(false)
    }

    /// Accepts a text for each of many connections; their tasks write it. With `first` its first line becomes a TLS record
    /// of its own. As for [`ThreadEngine::write`], whoever has too much waiting is disconnected, and the others are not.
    pub fn write_many(&self, texts: impl IntoIterator<Item = (u32, Vec<u8>)>, first: bool) {
        let queue = |(id, text)| {
            self.with(id, |connection| {
                let peer = connection.peer();
                let admission =
                    if first { peer.queue(first_apart(text)) } else { peer.queue([whole(text)]) };
                self.make_room(admission, peer);
                Arc::clone(peer)
            })
        };
        self.wake_all(texts.into_iter().filter_map(queue).collect());
    }

    /// Accepts a message for a connection, which becomes a TLS record of its own. It is written together with what is
    /// accepted next for that connection; or by its task, when nothing comes soon.
    pub fn queue_first(&self, id: u32, text: Vec<u8>) {
        self.with(id, |connection| {
            let peer = connection.peer();
            let admission = peer.queue([Piece { bytes: text.into(), ends_record: true }]);
            self.make_room(admission, peer);
            self.late_writer.watch(peer);
        });
    }

    fn write_pieces(
        &self,
        connection: &Connection,
        pieces: impl IntoIterator<Item = Piece>,
        later: bool,
    ) -> bool {
        match connection.write(&self.inbox, pieces, later) {
            Ok(all) => all,
            Err(full) => {
                self.make_room(full, connection.peer());
                // What was accepted is still to be written, if it was another that was disconnected.
                connection.peer().wake();
                false
            }
        }
    }

    /// Accepts text for many connections, which share its bytes; their tasks write them. `first` has its first line be a
    /// TLS record of its own. As for [`ThreadEngine::write`], whoever has too much waiting is disconnected, and the others are
    /// not.
    pub fn write_shared(&self, ids: &[u32], text: Vec<u8>, first: bool) {
        let peers = self.registry.peers(ids);
        let Some(one) = peers.first() else { return };
        let (line, rest) = if first { first_line(text) } else { (text, None) };
        let parts: Vec<Arc<SharedText>> = [Some(line), rest]
            .into_iter()
            .flatten()
            .map(|bytes| Arc::new(SharedText::new(bytes, one.guard().cloned())))
            .collect();
        for peer in &peers {
            let pieces = parts.iter().enumerate().map(|(at, part)| Piece {
                bytes: Chunk::Shared(Arc::<SharedText>::clone(part)),
                ends_record: first && at == 0,
            });
            isolated(peer, || self.make_room(peer.queue(pieces), peer));
        }
        // All of it has come once; so it is looked at once.
        let admission = one.guard().map_or(Admission::Granted, |guard| guard.admission());
        self.make_room(admission, one);
        self.wake_all(peers);
    }

    /// Has their tasks look after them. To wake one from outside its threads costs more than to leave something for it; so
    /// one is, and wakes the others.
    fn wake_all(&self, peers: Vec<Arc<Peer>>) {
        self.tasks.spawn(async move {
            for peer in peers {
                peer.wake();
            }
        });
    }

    /// Disconnects a peer that has sent a line of which JavaScript can make no string.
    pub fn disconnect_unreadable(&self, id: u32) {
        let Some(peer) = self.registry.peer(id) else { return };
        let failure = Failure::Limit {
            code: "TLSJSON_MESSAGE_TOO_LONG",
            message: "the peer has sent a line that does not fit into a string of JavaScript, or into memory; \
                      set maxMessageBytes to what a message may have"
                .to_owned(),
        };
        self.disconnect(&peer, failure, Limit::MessageBytes);
    }

    /// Disconnects who has too much waiting.
    pub(super) fn make_room(&self, admission: Admission, peer: &Peer) {
        match admission {
            Admission::Granted => {}
            Admission::PeerFull { limit } => {
                let message = format!(
                    "the peer does not read: {} bytes wait for it, and maxBufferedBytes is {limit}; \
                     send less, or wait for 'drain' while needDrain is true",
                    peer.send_buffer.waiting(),
                );
                self.disconnect_full(peer, message);
            }
            Admission::ServerFull { limit } => {
                // Bytes for all peers of a server are too many: the one for which most wait has caused most of it.
                // Nothing if all of them are being disconnected already.
                let Some(largest) = self.registry.largest_beside(&peer.send_buffer) else { return };
                let message = format!(
                    "peers do not read, this one least of all: {} bytes wait for it, and for all together more than \
                     maxTotalBufferedBytes, which is {limit}; send less, or wait for 'drain' while needDrain is true",
                    largest.send_buffer.waiting(),
                );
                self.disconnect_full(&largest, message);
            }
        }
    }

    fn disconnect_full(&self, peer: &Peer, message: String) {
        let failure = Failure::Limit { code: "TLSJSON_BUFFER_FULL", message };
        self.disconnect(peer, failure, Limit::BufferedBytes);
    }

    fn disconnect(&self, peer: &Peer, failure: Failure, limit: Limit) {
        if peer.disconnect(&self.inbox, failure, limit)
            && let Some(connection) = self.connection(peer.id())
        {
            connection.work_now(&self.inbox);
            peer.wake();
        }
    }
}

/// A text as it is.
fn whole(text: Vec<u8>) -> Piece {
    Chunk::from(text).into()
}

/// A text whose first line becomes a TLS record of its own.
fn first_apart(text: Vec<u8>) -> impl Iterator<Item = Piece> {
    let (line, rest) = first_line(text);
    let line = Piece { bytes: line.into(), ends_record: true };
    iter::once(line).chain(rest.map(whole))
}

/// Takes the first line, with its newline, from what follows it.
fn first_line(mut text: Vec<u8>) -> (Vec<u8>, Option<Vec<u8>>) {
    let end = memchr::memchr(b'\n', &text).map_or(text.len(), |at| at + 1);
    let rest = (end < text.len()).then(|| text.split_off(end));
    (text, rest)
}

#[cfg(test)]
mod tests {
    use super::super::faults;
    use super::*;
    use crate::connection::{ExternalOptions, Terms};
    use crate::events::{Batch, Event, Extra};
    use crate::session::SessionOptions;

    fn connection(engine: &ThreadEngine) -> Arc<Connection> {
        let tally = Some(Arc::default());
        engine.new_connection(Terms { max_buffered: 1000, guard: None, address: None, tally })
    }

    #[test]
    fn a_fault_of_ours_with_one_connection_ends_that_one_and_no_other() {
        let engine = ThreadEngine::new(Box::new(|| {}), false).unwrap();
        let write: [fn(&ThreadEngine, u32); 5] = [
            |engine, id| {
                engine.write(id, b"1\n".to_vec(), false);
            },
            |engine, id| {
                engine.write_first(id, b"1\n".to_vec(), true);
            },
            |engine, id| engine.queue_first(id, b"1\n".to_vec()),
            |engine, id| engine.write_shared(&[id], b"1\n".to_vec(), false),
            |engine, id| engine.write_many([(id, b"1\n".to_vec())], false),
        ];
        let other = connection(&engine);
        for write in write {
            let failing = connection(&engine);
            faults::arm_here("with");
            write(&engine, failing.id());
            let failure = failing.peer().take_mail().unwrap().failure.unwrap();
            assert!(matches!(failure, Failure::Internal { .. }), "{failure:?}");
            write(&engine, other.id());
            assert!(other.peer().take_mail().unwrap().failure.is_none());
        }
    }

    #[test]
    fn a_line_that_becomes_no_string_ends_its_connection_over_either_transport() {
        let engine = ThreadEngine::new(Box::new(|| {}), false).unwrap();
        let [one, other] = [(); 2].map(|()| connection(&engine));
        engine.disconnect_unreadable(one.id());
        let too_long = |failure: &Failure| matches!(failure, Failure::Limit { code, .. } if *code == "TLSJSON_MESSAGE_TOO_LONG");
        assert!(one.peer().take_mail().unwrap().failure.as_ref().is_some_and(too_long));
        assert!(other.peer().take_mail().is_none());

        let options = ExternalOptions {
            session: SessionOptions::default(),
            max_buffered: usize::MAX,
            guard: None,
            address: None,
        };
        let mut external = engine.open_external(options);
        engine.disconnect_unreadable(external.id());
        assert!(external.plan().disconnect);
        let mut batch = Batch::new(10);
        engine.inbox.take(&mut batch);
        let [Extra::Event(Event::Error { error })] = &batch.extras[..] else {
            panic!("{:?}", batch.extras)
        };
        assert!(too_long(error), "{error:?}");
    }

    #[test]
    fn many_get_the_same_bytes_and_only_who_has_too_much_is_disconnected() {
        let engine = ThreadEngine::new(Box::new(|| {}), false).unwrap();
        let [one, two] = [(); 2].map(|()| connection(&engine));
        engine.write(one.id(), vec![b'1'; 600], true);
        engine.write_shared(&[one.id(), u32::MAX, two.id()], vec![b'2'; 600], true);
        let [of_one, of_two] = [one, two].map(|connection| connection.peer().take_mail().unwrap());
        assert!(of_one.failure.is_some() && of_one.bytes.is_empty());
        assert!(of_two.failure.is_none());
        let [Piece { bytes: Chunk::Shared(bytes), ends_record: true }] = &of_two.bytes[..] else {
            panic!("{:?}", of_two.bytes)
        };
        assert_eq!((**bytes).as_ref(), [b'2'; 600]);
    }

    #[test]
    fn many_get_a_text_each_and_only_who_has_too_much_is_disconnected() {
        let engine = ThreadEngine::new(Box::new(|| {}), false).unwrap();
        let [one, two] = [(); 2].map(|()| connection(&engine));
        engine.write(one.id(), vec![b'1'; 600], true);
        let texts =
            [(one.id(), vec![b'2'; 600]), (u32::MAX, vec![b'3']), (two.id(), b"4\n5\n".to_vec())];
        engine.write_many(texts, true);
        let [of_one, of_two] = [one, two].map(|connection| connection.peer().take_mail().unwrap());
        assert!(of_one.failure.is_some() && of_one.bytes.is_empty());
        assert!(of_two.failure.is_none());
        let records = of_two.bytes.iter().map(|piece| (piece.bytes.len(), piece.ends_record));
        assert_eq!(records.collect::<Vec<_>>(), [(2, true), (2, false)]);
    }
}
