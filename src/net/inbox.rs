use std::collections::VecDeque;
use std::sync::Arc;

use super::backlog::{Backlog, Turn};
use super::batch::{Batch, EntryKind, Extra};
use super::ids::Id;
use super::lock;
use super::signal::Signal;
use super::sync::{Mutex, Notify};

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
pub(super) struct Inbound {
    id: Id,
    /// Where JavaScript itself is the reader, who is told by a signal and not by `wakeup`: what waits on all of those.
    backlog: Option<Arc<Backlog>>,
    queue: Mutex<Queue>,
    /// Told when the reader may go on, and whenever JavaScript left something for the connection's task.
    pub(super) wakeup: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    /// The ASCII lines that wait, one behind the other without newlines.
    text: Vec<u8>,
    /// How much of `text` is already gone.
    taken: usize,
    items: VecDeque<Item>,
    /// Signals that come although JavaScript has paused, and before what it holds back.
    passing: VecDeque<Box<Signal>>,
    /// Bytes of all waiting lines.
    waiting: usize,
    /// Whether it stands in the inbox's list.
    listed: bool,
    /// Whether the reader stopped because too much waits.
    starved: bool,
    /// Whether JavaScript wants nothing for now.
    paused: bool,
    /// Whether the connection's end is among the items: nothing holds that back any more.
    ending: bool,
    /// Whether JavaScript wants no more lines at all.
    discarding: bool,
    /// What of it the backlog knows.
    counted: usize,
    turn: Turn,
}

/// Whether more of a connection's bytes are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Appetite {
    /// Yes.
    Hungry,
    /// Not until JavaScript has caught up.
    Full,
    /// Not until the user resumes.
    Paused,
}

#[derive(Debug)]
enum Item {
    /// So many bytes of `text`.
    Short(usize),
    /// A line with other than ASCII, or a long one.
    Own(Vec<u8>),
    // Boxed, because lines are many and signals few.
    Signal(Box<Signal>),
}

impl Inbound {
    pub(super) fn new() -> Arc<Self> {
        Self::with(None)
    }

    /// That of a connection whose bytes JavaScript carries.
    pub(super) fn piped(inbox: &Inbox) -> Arc<Self> {
        Self::with(Some(Arc::clone(&inbox.backlog)))
    }

    fn with(backlog: Option<Arc<Backlog>>) -> Arc<Self> {
        Arc::new(Self { id: Id::next(), backlog, queue: Mutex::default(), wakeup: Notify::new() })
    }

    pub(super) fn id(&self) -> u32 {
        self.id.number()
    }

    /// Whether the socket is to be read. If not, `wakeup` tells when to ask again.
    pub(super) fn appetite(&self) -> Appetite {
        let mut queue = lock(&self.queue);
        // Who asks need not be the reader: only `take`, which tells the reader, says that it may go on.
        queue.starved |= queue.waiting >= MAX_WAITING || queue.items.len() >= MAX_ITEMS;
        match (queue.paused, queue.starved) {
            (true, _) => Appetite::Paused,
            (false, true) => Appetite::Full,
            (false, false) => Appetite::Hungry,
        }
    }

    /// Whether what waits on the others leaves room for more of it. If not, it is told when it has its turn.
    pub(super) fn has_room(self: &Arc<Self>) -> bool {
        let Some(backlog) = &self.backlog else { return true };
        let mut queue = lock(&self.queue);
        if queue.turn == Turn::Free && !backlog.has_room() {
            queue.turn = Turn::Waits;
            backlog.line_up(self);
        }
        queue.turn != Turn::Waits
    }

    /// It has its turn. Says whether it is told, and whether it is to be listed for that; if the user holds it back, it
    /// asks by itself when that is over.
    fn admit(&self) -> (bool, bool) {
        let mut queue = lock(&self.queue);
        queue.turn = Turn::Has;
        if queue.paused {
            return (false, false);
        }
        queue.items.push_front(Item::Signal(Box::new(Signal::ReadAgain)));
        (true, queue.list())
    }

    /// Lets the backlog know what waits: not what the user holds back, for that blocks nobody. A line costs more than
    /// its bytes.
    fn count(&self, queue: &mut Queue) {
        let Some(backlog) = &self.backlog else { return };
        let weight = queue.waiting + queue.items.len() * size_of::<Item>();
        let weight = if queue.paused { 0 } else { weight };
        backlog.count(std::mem::replace(&mut queue.counted, weight), weight);
    }

    /// Bytes of the lines that wait, without their newlines.
    pub(super) fn waiting(&self) -> usize {
        lock(&self.queue).waiting
    }

    /// Holds back what was received, unless the connection's end is behind it: nobody could take the pause back.
    pub(super) fn pause(&self) {
        let mut queue = lock(&self.queue);
        queue.paused = !queue.ending;
        self.count(&mut queue);
    }

    /// Whether lines are there that JavaScript does not take because it has paused.
    pub(super) fn holds_back(&self) -> bool {
        let queue = lock(&self.queue);
        queue.paused && queue.items.iter().any(|item| !matches!(item, Item::Signal(_)))
    }

    fn unpause(&self) -> bool {
        let mut queue = lock(&self.queue);
        queue.paused = false;
        self.count(&mut queue);
        self.wakeup.notify_one();
        queue.list()
    }

    fn put(&self, signal: Signal) -> bool {
        let mut queue = lock(&self.queue);
        if signal.passes_pause() {
            queue.passing.push_back(Box::new(signal));
        } else {
            queue.items.push_back(Item::Signal(Box::new(signal)));
        }
        queue.list()
    }

    fn end(&self, signal: Signal) -> bool {
        let mut queue = lock(&self.queue);
        queue.ending = true;
        queue.paused = false;
        queue.items.push_back(Item::Signal(Box::new(signal)));
        self.count(&mut queue);
        queue.list()
    }

    /// Drops the lines that wait and all to come; signals still go through, paused or not.
    fn discard(&self) -> bool {
        let mut queue = lock(&self.queue);
        queue.discarding = true;
        queue.ending = true;
        queue.paused = false;
        queue.items.retain(|item| matches!(item, Item::Signal(_)));
        queue.text = Vec::new();
        queue.taken = 0;
        queue.waiting = 0;
        queue.starved = false;
        self.count(&mut queue);
        queue.list()
    }

    /// Moves up to a turn's worth into the batch. Says whether more is left.
    fn take(&self, batch: &mut Batch) -> bool {
        let mut queue = lock(&self.queue);
        while !batch.is_full()
            && let Some(signal) = queue.passing.pop_front()
        {
            batch.push_extra(self.id(), EntryKind::Signal, Extra::Signal(*signal));
        }
        let (mut turn, mut items) = (0, 0);
        while turn < TURN_BYTES && items < TURN_ITEMS && !batch.is_full() && !queue.paused {
            items += 1;
            let Some(item) = queue.items.pop_front() else { break };
            match item {
                Item::Short(len) => {
                    let from = queue.taken;
                    queue.taken += len;
                    queue.waiting -= len;
                    turn += len;
                    if let Some(line) = queue.text.get(from..from + len) {
                        batch.push_text(self.id(), line);
                    }
                }
                Item::Own(line) => {
                    queue.waiting -= line.len();
                    turn += line.len();
                    batch.push_extra(self.id(), EntryKind::Line, Extra::Line(line));
                }
                Item::Signal(signal) => {
                    batch.push_extra(self.id(), EntryKind::Signal, Extra::Signal(*signal));
                }
            }
        }
        queue.reclaim();
        let is_low = queue.waiting <= READ_AGAIN && queue.items.len() <= READ_AGAIN_ITEMS;
        if queue.starved && is_low {
            queue.starved = false;
            if self.backlog.is_some() {
                queue.items.push_front(Item::Signal(Box::new(Signal::ReadAgain)));
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

    fn push_line(&mut self, line: std::borrow::Cow<'_, [u8]>) {
        if self.discarding {
            return;
        }
        self.waiting += line.len();
        if line.len() < OWN_STRING_FROM && line.is_ascii() {
            self.text.extend_from_slice(&line);
            self.items.push_back(Item::Short(line.len()));
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

/// Everything that the connections of one JavaScript thread have for it. Wakes that thread once, and again only
/// when it has taken all there was.
pub struct Inbox {
    state: Mutex<State>,
    wake: Box<dyn Fn() + Send + Sync>,
    backlog: Arc<Backlog>,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Arc<Inbound>>,
    /// JavaScript was woken, or takes what is there.
    awake: bool,
    /// The batch that it took last was not all.
    left: bool,
}

impl Inbox {
    /// An inbox that calls `wake`, from any thread, when [`Inbox::take`] is to be called.
    pub fn new(wake: Box<dyn Fn() + Send + Sync>) -> Self {
        Self { state: Mutex::default(), wake, backlog: Arc::default() }
    }

    pub(super) fn signal(&self, inbound: &Arc<Inbound>, signal: Signal) {
        self.list(inbound, inbound.put(signal));
    }

    /// The signal ends the connection, or follows what does. It comes behind what was received, and no pause holds
    /// either back: the connection may be forgotten before JavaScript resumes it.
    pub(super) fn end(&self, inbound: &Arc<Inbound>, signal: Signal) {
        self.list(inbound, inbound.end(signal));
    }

    /// Drops the signal when so many wait already.
    pub(super) fn signal_if_room(&self, inbound: &Arc<Inbound>, signal: Signal, most: usize) {
        if lock(&inbound.queue).items.len() < most {
            self.signal(inbound, signal);
        }
    }

    /// Hands a paused connection's events on again.
    pub(super) fn unpause(&self, inbound: &Arc<Inbound>) {
        self.list(inbound, inbound.unpause());
    }

    pub(super) fn discard(&self, inbound: &Arc<Inbound>) {
        self.list(inbound, inbound.discard());
    }

    /// Runs `fill` with a way to add lines, then wakes JavaScript if there were any.
    pub(super) fn lines<R>(
        &self,
        inbound: &Arc<Inbound>,
        fill: impl FnOnce(&mut dyn FnMut(std::borrow::Cow<'_, [u8]>)) -> R,
    ) -> R {
        let mut queue = lock(&inbound.queue);
        let result = fill(&mut |line| queue.push_line(line));
        if queue.turn == Turn::Has {
            queue.turn = Turn::Free;
        }
        inbound.count(&mut queue);
        let list = queue.list();
        drop(queue);
        self.list(inbound, list);
        result
    }

    /// Fills the batch with what waits, connection by connection in turn. Says whether more is left; if not,
    /// the next thing to come wakes JavaScript.
    pub fn take(&self, batch: &mut Batch) -> bool {
        let more = self.fill(batch);
        // As long as anybody is in the line there is a next time: enough waits to keep them there, or one is told.
        let mut room = self.backlog.room();
        while room > 0
            && let Some(inbound) = self.backlog.next()
        {
            let (told, list) = inbound.admit();
            room -= usize::from(told);
            self.list(&inbound, list);
        }
        more
    }

    /// Whether there is nothing to take, and nobody was woken for it.
    pub(super) fn is_idle(&self) -> bool {
        let state = lock(&self.state);
        state.ready.is_empty() && !state.awake
    }

    #[cfg(test)]
    pub(super) fn backlog_bytes(&self) -> usize {
        self.backlog.waiting()
    }

    fn fill(&self, batch: &mut Batch) -> bool {
        batch.clear();
        loop {
            let inbound = {
                let mut state = lock(&self.state);
                match state.ready.pop_front() {
                    Some(inbound) => inbound,
                    None => {
                        (state.awake, state.left) = (false, false);
                        return false;
                    }
                }
            };
            if inbound.take(batch) {
                lock(&self.state).ready.push_back(inbound);
            }
            if batch.is_full() {
                let mut state = lock(&self.state);
                state.awake = !state.ready.is_empty();
                state.left = state.awake;
                return state.awake;
            }
        }
    }

    /// On the JavaScript thread: has nobody wake it while it fills the inbox itself. Fails when it has yet to take the rest
    /// of a batch, which bounds what waits; not when it was woken, or it would never read where it always is.
    #[cfg(target_os = "linux")]
    pub(super) fn claim(&self) -> bool {
        let mut state = lock(&self.state);
        state.awake |= !state.left;
        !state.left
    }

    /// Ends a claim. Says whether there is something to take: who claimed takes it.
    #[cfg(target_os = "linux")]
    pub(super) fn settle(&self) -> bool {
        let mut state = lock(&self.state);
        state.awake = !state.ready.is_empty();
        state.awake
    }

    fn list(&self, inbound: &Arc<Inbound>, wanted: bool) {
        if !wanted {
            return;
        }
        let mut state = lock(&self.state);
        state.ready.push_back(Arc::clone(inbound));
        let wake = !std::mem::replace(&mut state.awake, true);
        drop(state);
        if wake {
            (self.wake)();
        }
    }
}

#[cfg(test)]
// Said in full, because the tests of threads' orders have this file elsewhere in their tree.
#[path = "inbox_tests.rs"]
mod tests;
