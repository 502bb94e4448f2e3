use std::sync::Arc;

use crate::events::{Batch, Event, Extra, Inbox};
use crate::sync::Notify;

/// The JavaScript thread as the engine sees it: it is woken, and takes until nothing more is there.
pub struct JavaScript {
    pub inbox: Arc<Inbox>,
    pub woken: Arc<Notify>,
    batch: Batch,
    /// What has been taken, in order.
    pub lines: Vec<Vec<u8>>,
    pub events: Vec<Event>,
}

impl JavaScript {
    pub fn new() -> Self {
        let woken = Arc::new(Notify::new());
        let wake = Arc::clone(&woken);
        Self {
            inbox: Arc::new(Inbox::new(Box::new(move || wake.notify_one()))),
            woken,
            batch: Batch::new(100),
            lines: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Waits to be woken, then takes all there is.
    pub fn turn(&mut self) {
        self.woken.wait();
        self.pull();
    }

    /// Takes until nothing is left, as `dispatch.js` does.
    pub fn pull(&mut self) {
        while self.take() {}
    }

    /// Takes one batch. Says whether more is there.
    pub fn take(&mut self) -> bool {
        let more = self.inbox.take(&mut self.batch);
        let Batch { text, entries, extras, .. } = &mut self.batch;
        let mut from = 0;
        let mut extras = extras.drain(..);
        for entry in entries.iter() {
            if entry.kind.is_in_text() {
                self.lines.push(text[from..entry.value].to_vec());
                from = entry.value;
            } else {
                match extras.next() {
                    Some(Extra::Line(line)) => self.lines.push(line),
                    Some(Extra::Event(event)) => self.events.push(event),
                    None => panic!("an entry without what it is about"),
                }
            }
        }
        more
    }
}
