//! Panics in the engine's tasks, where a test wants them. No build but that of the unit tests has any of this.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Mutex;

use crate::sync::lock;

/// Where the next one to come by is to panic.
static ARMED: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);

thread_local! {
    /// The same for this thread alone, so that no other test comes by.
    static ARMED_HERE: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Panics if this is a place where that is wanted.
pub(super) fn hit(place: &'static str) {
    let armed = lock(&ARMED).get_or_insert_default().remove(place);
    let armed_here = ARMED_HERE.get() == Some(place);
    if armed_here {
        ARMED_HERE.set(None);
    }
    assert!(!armed && !armed_here, "fault in {place}");
}

pub(super) fn arm_here(place: &'static str) {
    ARMED_HERE.set(Some(place));
}

pub(super) fn arm(place: &'static str) {
    lock(&ARMED).get_or_insert_default().insert(place);
}

pub(super) fn is_armed(place: &'static str) -> bool {
    lock(&ARMED).get_or_insert_default().contains(place)
}
