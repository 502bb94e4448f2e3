use std::sync::Arc;

use super::socket::Wire;
use crate::sync::{Mutex, Notify, lock};

/// Whether the event loop looks at the socket; it is told as soon as it does, and looks for itself what is there.
#[derive(Debug, Clone)]
pub struct Watch {
    on: Arc<Mutex<bool>>,
    event_loop: Arc<Notify>,
    /// Whether the system refuses one more.
    refused: bool,
}

impl Watch {
    pub fn new(event_loop: &Arc<Notify>) -> Self {
        Self { on: Arc::new(Mutex::new(false)), event_loop: Arc::clone(event_loop), refused: false }
    }

    pub fn refused(event_loop: &Arc<Notify>) -> Self {
        Self { refused: true, ..Self::new(event_loop) }
    }

    pub fn is_on(&self) -> bool {
        *lock(&self.on)
    }

    pub fn set(&self, _: &Arc<Wire>, wanted: bool) -> bool {
        let mut on = lock(&self.on);
        let wanted = wanted && !self.refused;
        if wanted && !*on {
            self.event_loop.notify_one();
        }
        *on = wanted;
        wanted
    }
}
