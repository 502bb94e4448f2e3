use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use super::batch::{Batch, EntryKind, Extra};
use super::event::Event;
use super::fair_share::{FairShare, Turn};
use super::id::Id;
use crate::sync::{Mutex, Notify, lock};
use crate::wire::{Addressed, take_id};

/// What one connection may put into a batch before the next one has its turn.
const TURN_BYTES: usize = 16 * 1024;
const TURN_ITEMS: usize = 1024;

/// Received bytes that may wait for JavaScript per connection; then its socket is not read.
const MAX_WAITING: usize = 256 * 1024;

/// Received lines that may wait for JavaScript per connection: each takes up more than its bytes.
const MAX_ITEMS: usize = 16 * 1024;

/// When so little waits, and so few, the socket is read again.
const READ_AGAIN: usize = MAX_WAITING / 2;
const READ_AGAIN_ITEMS: usize = MAX_ITEMS / 2;

/// A longer line is not copied into the batch but travels as a string of its own.
const OWN_STRING_FROM: usize = 16 * 1024;

/// A receive buffer larger than this is given back when it is empty.
const KEEP_CAPACITY: usize = 4 * 1024;

/// What one connection or listener has for JavaScript, in order.
#[derive(Debug)]
pub(crate) struct EventQueue {
    id: Id,
    /// Where JavaScript itself is the reader, who is told by an event and not by `wakeup`: what waits on all of those.
    fair_share: Option<Arc<FairShare<EventQueue>>>,
    queue: Mutex<Queue>,
    /// Told when the reader may go on, and whenever JavaScript left something for the connection's task.
    pub(crate) wakeup: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    /// The ASCII lines that wait, one behind the other without newlines.
    text: Vec<u8>,
    /// How much of `text` is already gone.
    taken: usize,
    items: VecDeque<Item>,
    /// Events that come although JavaScript has paused, and before what it holds back.
    passing: VecDeque<Box<Event>>,
    /// Bytes of all waiting lines.
    waiting: usize,
    /// Whether it stands in the inbox's list.
    listed: bool,
    /// Whether the reader stopped because too much waits.
    starved: bool,
    /// Whether JavaScript wants nothing for now.
    paused: bool,
    /// Whether what the peer owes us may wait as long as that.
    held: bool,
    /// Whether the connection's end is among the items: nothing holds that back any more.
    ending: bool,
    /// Whether JavaScript wants no more lines at all.
    discarding: bool,
    /// What of it counts for the fair share.
    counted: usize,
    turn: Turn,
}

/// Whether more of a connection's bytes are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadGate {
    /// Yes.
    Open,
    /// Not until JavaScript has caught up.
    Full,
    /// Not until the user resumes.
    Paused,
    /// The same, and the peer's deadlines stand still.
    Held,
}

#[derive(Debug)]
enum Item {
    /// A short line in `text`.
    Short {
        /// How many bytes it had when it came: as long as it waits it counts as that.
        whole: u32,
        /// How many of them are in `text`.
        kept: u32,
        /// What the others said.
        address: Option<(Addressed, u32)>,
    },
    /// A line with other than ASCII, or a long one.
    Own(Vec<u8>),
    // Boxed, because lines are many and events few.
    Event(Box<Event>),
}

impl EventQueue {
    pub(crate) fn new() -> Arc<Self> {
        Self::with(None)
    }

    /// That of a connection over an external transport, one of those that share its time.
    pub(super) fn sharing(fair_share: &Arc<FairShare<Self>>) -> Arc<Self> {
        Self::with(Some(Arc::clone(fair_share)))
    }

    fn with(fair_share: Option<Arc<FairShare<Self>>>) -> Arc<Self> {
        let (id, queue, wakeup) = (Id::next(), Mutex::default(), Notify::new());
        Arc::new(Self { id, fair_share, queue, wakeup })
    }

    pub(crate) fn id(&self) -> u32 {
        self.id.number()
    }

    /// Whether the connection's transport is external.
    pub(crate) fn is_external(&self) -> bool {
        self.fair_share.is_some()
    }

    /// Whether the socket is to be read. If not, `wakeup` tells when to ask again.
    pub(crate) fn read_gate(&self) -> ReadGate {
        let mut queue = lock(&self.queue);
        // Who asks need not be the reader: only `take`, which tells the reader, says that it may go on.
        queue.starved |= queue.waiting >= MAX_WAITING || queue.items.len() >= MAX_ITEMS;
        match (queue.paused, queue.starved) {
            (true, _) if queue.held => ReadGate::Held,
            (true, _) => ReadGate::Paused,
            (false, true) => ReadGate::Full,
            (false, false) => ReadGate::Open,
        }
    }

    /// Whether what waits on the others leaves room for more of it. If not, it is told when it has its turn.
    pub(crate) fn has_room(self: &Arc<Self>) -> bool {
        let Some(fair_share) = &self.fair_share else { return true };
        let mut queue = lock(&self.queue);
        if queue.turn == Turn::Free && !fair_share.has_room() {
            queue.turn = Turn::Waits;
            fair_share.line_up(self);
        }
        queue.turn != Turn::Waits
    }

    /// It has its turn. Says whether it is told, and whether it is to be listed for that; if the user holds it back, it
    /// asks by itself when that is over.
    pub(super) fn take_turn(&self) -> (bool, bool) {
        let mut queue = lock(&self.queue);
        queue.turn = Turn::Has;
        if queue.paused {
            return (false, false);
        }
        queue.items.push_front(Item::Event(Box::new(Event::ReadAgain)));
        (true, queue.list())
    }

    /// Counts for the fair share what waits: not what the user holds back, for that blocks nobody. A line costs more than
    /// its bytes.
    fn count(&self, queue: &mut Queue) {
        let Some(fair_share) = &self.fair_share else { return };
        let weight = queue.waiting + queue.items.len() * size_of::<Item>();
        let weight = if queue.paused { 0 } else { weight };
        fair_share.count(std::mem::replace(&mut queue.counted, weight), weight);
    }

    /// Bytes of the lines that wait, without their newlines.
    pub(crate) fn waiting(&self) -> usize {
        lock(&self.queue).waiting
    }

    /// Holds back what was received, unless the connection's end is behind it: nobody could take the pause back.
    pub(crate) fn pause(&self) {
        let mut queue = lock(&self.queue);
        queue.paused = !queue.ending;
        self.count(&mut queue);
    }

    /// As `pause`, also where that was called before; the peer's deadlines stand still.
    pub(crate) fn hold(&self) {
        lock(&self.queue).held = true;
        self.pause();
    }

    /// Whether lines are there that JavaScript does not take because it has paused.
    pub(crate) fn holds_back(&self) -> bool {
        let queue = lock(&self.queue);
        queue.paused && queue.items.iter().any(|item| !matches!(item, Item::Event(_)))
    }

    pub(super) fn unpause(&self) -> bool {
        let mut queue = lock(&self.queue);
        queue.paused = false;
        queue.held = false;
        self.count(&mut queue);
        self.wakeup.notify_one();
        queue.list()
    }

    pub(super) fn put(&self, event: Event) -> bool {
        let mut queue = lock(&self.queue);
        if event.passes_pause() {
            queue.passing.push_back(Box::new(event));
        } else {
            queue.items.push_back(Item::Event(Box::new(event)));
        }
        queue.list()
    }

    /// As `put` when fewer than so many wait.
    pub(super) fn put_if_room(&self, event: Event, most: usize) -> bool {
        let is_full = lock(&self.queue).items.len() >= most;
        !is_full && self.put(event)
    }

    /// Runs `fill` with a way to add lines. Says what came of it, and whether to be listed.
    pub(super) fn fill<R>(
        &self,
        fill: impl FnOnce(&mut dyn FnMut(Cow<'_, [u8]>)) -> R,
    ) -> (R, bool) {
        let mut queue = lock(&self.queue);
        let result = fill(&mut |line| queue.push_line(line));
        if queue.turn == Turn::Has {
            queue.turn = Turn::Free;
        }
        self.count(&mut queue);
        (result, queue.list())
    }

    pub(super) fn end(&self, event: Event) -> bool {
        let mut queue = lock(&self.queue);
        queue.ending = true;
        queue.paused = false;
        queue.items.push_back(Item::Event(Box::new(event)));
        self.count(&mut queue);
        queue.list()
    }

    /// Drops the lines that wait and all to come; events still go through, paused or not.
    pub(super) fn discard(&self) -> bool {
        let mut queue = lock(&self.queue);
        queue.discarding = true;
        queue.ending = true;
        queue.paused = false;
        queue.items.retain(|item| matches!(item, Item::Event(_)));
        queue.text = Vec::new();
        queue.taken = 0;
        queue.waiting = 0;
        queue.starved = false;
        self.count(&mut queue);
        queue.list()
    }

    /// Moves up to a turn's worth into the batch. Says whether more is left.
    pub(super) fn take(&self, batch: &mut Batch) -> bool {
        let mut queue = lock(&self.queue);
        while !batch.is_full()
            && let Some(event) = queue.passing.pop_front()
        {
            batch.push_extra(self.id(), EntryKind::Event, Extra::Event(*event));
        }
        let (mut turn, mut items) = (0, 0);
        while turn < TURN_BYTES && items < TURN_ITEMS && !batch.is_full() && !queue.paused {
            items += 1;
            let Some(item) = queue.items.pop_front() else { break };
            match item {
                Item::Short { whole, kept, address } => {
                    let (from, whole, kept) = (queue.taken, whole as usize, kept as usize);
                    queue.taken += kept;
                    queue.waiting -= whole;
                    turn += whole;
                    if let Some(line) = queue.text.get(from..from + kept) {
                        batch.push_text(self.id(), line, address);
                    }
                }
                Item::Own(line) => {
                    queue.waiting -= line.len();
                    turn += line.len();
                    batch.push_extra(self.id(), EntryKind::Line, Extra::Line(line));
                }
                Item::Event(event) => {
                    batch.push_extra(self.id(), EntryKind::Event, Extra::Event(*event));
                }
            }
        }
        queue.reclaim();
        let is_low = queue.waiting <= READ_AGAIN && queue.items.len() <= READ_AGAIN_ITEMS;
        if queue.starved && is_low {
            queue.starved = false;
            if self.is_external() {
                queue.items.push_front(Item::Event(Box::new(Event::ReadAgain)));
            } else {
                self.wakeup.notify_one();
            }
        }
        self.count(&mut queue);
        queue.listed = false;
        queue.list()
    }
}

impl Queue {
    /// Whether it is to be listed: there is something that JavaScript takes now, and nobody knows.
    fn list(&mut self) -> bool {
        let has_news = !self.passing.is_empty() || (!self.paused && !self.items.is_empty());
        has_news && !std::mem::replace(&mut self.listed, true)
    }

    fn push_line(&mut self, line: Cow<'_, [u8]>) {
        if self.discarding {
            return;
        }
        self.waiting += line.len();
        if line.len() < OWN_STRING_FROM && line.is_ascii() {
            let before = self.text.len();
            let address = match take_id(&line) {
                Some((object, addressed, id)) => {
                    self.text.extend_from_slice(object);
                    self.text.push(b'}');
                    Some((addressed, id))
                }
                None => {
                    self.text.extend_from_slice(&line);
                    None
                }
            };
            let kept = (self.text.len() - before) as u32;
            self.items.push_back(Item::Short { whole: line.len() as u32, kept, address });
        } else {
            self.items.push_back(Item::Own(line.into_owned()));
        }
    }

    fn reclaim(&mut self) {
        if self.taken == self.text.len() {
            self.taken = 0;
            if self.text.capacity() > KEEP_CAPACITY {
                self.text = Vec::new();
            } else {
                self.text.clear();
            }
        } else if self.taken >= MAX_WAITING {
            self.text.drain(..self.taken);
            self.taken = 0;
        }
        if self.items.is_empty() && self.items.capacity() > KEEP_CAPACITY / size_of::<Item>() {
            self.items = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests;
