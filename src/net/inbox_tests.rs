use super::*;

fn inbox() -> (Inbox, Arc<Inbound>) {
    (Inbox::new(Box::new(|| {})), Inbound::new(1))
}

fn put(inbox: &Inbox, inbound: &Arc<Inbound>, line: &'static [u8], times: usize) {
    inbox.lines(inbound, |deliver| (0..times).for_each(|_| deliver(line.into())));
}

#[test]
fn lines_of_a_byte_are_bounded_by_their_number() {
    let (inbox, inbound) = inbox();
    put(&inbox, &inbound, b"1", MAX_ITEMS - 1);
    assert_eq!(inbound.appetite(), Appetite::Hungry);
    put(&inbox, &inbound, b"1", 1);
    assert_eq!(inbound.appetite(), Appetite::Full);
    assert!(size_of::<Item>() <= 32, "{}", size_of::<Item>());
    let mut batch = Batch::new(4096);
    while inbound.appetite() == Appetite::Full {
        assert!(inbox.take(&mut batch));
    }
    assert!(lock(&inbound.queue).items.len() < MAX_ITEMS);
}

#[test]
fn a_reader_that_stopped_goes_on_when_half_is_gone() {
    let (inbox, inbound) = inbox();
    put(&inbox, &inbound, b"1", MAX_ITEMS);
    assert_eq!(inbound.appetite(), Appetite::Full);
    let mut batch = Batch::new(READ_AGAIN_ITEMS);
    assert!(lock(&inbound.queue).starved);
    inbox.take(&mut batch);
    assert_eq!(batch.entries.len(), READ_AGAIN_ITEMS);
    assert!(!lock(&inbound.queue).starved);
}

#[test]
fn many_short_lines_of_one_leave_room_for_another() {
    let (inbox, many) = inbox();
    let few = Inbound::new(2);
    put(&inbox, &many, b"1", 10_000);
    put(&inbox, &few, b"2", 1);
    let mut batch = Batch::new(4096);
    inbox.take(&mut batch);
    assert!(batch.entries.iter().any(|entry| entry.id == 2));
}
