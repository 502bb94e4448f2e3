use super::*;
use crate::events::Inbox;

fn inbox() -> (Inbox, Arc<EventQueue>) {
    (Inbox::new(Box::new(|| {})), EventQueue::new())
}

fn put(inbox: &Inbox, queue: &Arc<EventQueue>, line: &'static [u8], times: usize) {
    inbox.lines(queue, |deliver| (0..times).for_each(|_| deliver(line.into())));
}

#[test]
fn lines_of_a_byte_are_bounded_by_their_number() {
    let (inbox, queue) = inbox();
    put(&inbox, &queue, b"1", MAX_ITEMS - 1);
    assert_eq!(queue.read_gate(), ReadGate::Open);
    put(&inbox, &queue, b"1", 1);
    assert_eq!(queue.read_gate(), ReadGate::Full);
    assert!(size_of::<Item>() <= 32, "{}", size_of::<Item>());
    let mut batch = Batch::new(4096);
    while queue.read_gate() == ReadGate::Full {
        assert!(inbox.take(&mut batch));
    }
    assert!(lock(&queue.queue).items.len() < MAX_ITEMS);
}

#[test]
fn a_reader_that_stopped_goes_on_when_half_is_gone() {
    let (inbox, queue) = inbox();
    put(&inbox, &queue, b"1", MAX_ITEMS);
    assert_eq!(queue.read_gate(), ReadGate::Full);
    let mut batch = Batch::new(READ_AGAIN_ITEMS);
    assert!(lock(&queue.queue).starved);
    inbox.take(&mut batch);
    assert_eq!(batch.entries.len(), READ_AGAIN_ITEMS);
    assert!(!lock(&queue.queue).starved);
}

#[test]
fn many_short_lines_of_one_leave_room_for_another() {
    let (inbox, many) = inbox();
    let few = EventQueue::new();
    put(&inbox, &many, b"1", 10_000);
    put(&inbox, &few, b"2", 1);
    let mut batch = Batch::new(4096);
    inbox.take(&mut batch);
    assert!(batch.entries.iter().any(|entry| entry.id == few.id()));
}

/// What there is to take, lines as their text and events as they are shown.
fn taken(inbox: &Inbox) -> Vec<String> {
    let mut batch = Batch::new(4096);
    inbox.take(&mut batch);
    let mut from = 0;
    let mut told = Vec::new();
    for entry in &batch.entries {
        if entry.kind.is_in_text() {
            told.push(String::from_utf8_lossy(&batch.text[from..entry.value]).into_owned());
            from = entry.value;
        } else if let Some(Extra::Event(event)) = batch.extras.get(entry.value) {
            told.push(format!("{event:?}"));
        }
    }
    told
}

#[test]
fn a_pause_holds_back_what_was_received_and_nothing_else() {
    let (inbox, queue) = inbox();
    queue.pause();
    put(&inbox, &queue, b"1", 1);
    inbox.put(&queue, Event::End);
    inbox.put(&queue, Event::Finish);
    assert!(queue.holds_back());
    assert_eq!(taken(&inbox), ["Finish"]);
    inbox.unpause(&queue);
    assert!(!queue.holds_back());
    assert_eq!(taken(&inbox), ["1", "End"]);
}

#[test]
fn the_gate_tells_a_pause_from_one_in_which_deadlines_stand_still() {
    let (inbox, queue) = inbox();
    queue.pause();
    assert_eq!(queue.read_gate(), ReadGate::Paused);
    queue.hold();
    assert_eq!(queue.read_gate(), ReadGate::Held);
    inbox.unpause(&queue);
    assert_eq!(queue.read_gate(), ReadGate::Open);
    queue.pause();
    assert_eq!(queue.read_gate(), ReadGate::Paused);
}

#[test]
fn no_pause_holds_back_the_end_of_a_connection() {
    let (inbox, queue) = inbox();
    queue.pause();
    put(&inbox, &queue, b"1", 1);
    inbox.end(&queue, Event::Timeout);
    queue.pause();
    assert_eq!(taken(&inbox), ["1", "Timeout"]);
    let (inbox, destroyed) = self::inbox();
    put(&inbox, &destroyed, b"1", 1);
    inbox.discard(&destroyed);
    destroyed.pause();
    inbox.put(&destroyed, Event::Timeout);
    assert_eq!(taken(&inbox), ["Timeout"]);
}

#[cfg(target_os = "linux")]
#[test]
fn who_was_woken_reads_all_the_same_but_not_before_the_rest_of_a_batch() {
    let (inbox, queue) = inbox();
    put(&inbox, &queue, b"1", 3);
    assert!(inbox.claim(), "woken");
    assert!(inbox.settle(), "there is something to take");
    let mut batch = Batch::new(2);
    assert!(inbox.take(&mut batch));
    assert!(!inbox.claim(), "a line is left");
    assert!(!inbox.take(&mut batch));
    assert!(inbox.claim());
    assert!(!inbox.settle(), "nothing came");
}
