use std::time::{Duration, Instant};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

struct Peer {
    session: Session,
    lines: Vec<String>,
    now: Instant,
}

impl Peer {
    fn new(options: SessionOptions) -> Self {
        let now = Instant::now();
        Self { session: Session::new(&options, now), lines: Vec::new(), now }
    }

    fn says(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        let lines = &mut self.lines;
        self.session.receive(bytes, self.now, &mut |line| {
            lines.push(String::from_utf8_lossy(&line).into_owned());
        })
    }

    fn is(&mut self, result: LoginResult) -> Result<(), SessionError> {
        let lines = &mut self.lines;
        self.session.login(result, self.now, &mut |line| {
            lines.push(String::from_utf8_lossy(&line).into_owned());
        })
    }

    fn after(&mut self, time: Duration) -> Result<(), SessionError> {
        self.now += time;
        self.session.tick(self.now)
    }

    fn pings(&mut self) -> Vec<u32> {
        let mut text = String::new();
        while !self.session.outbox.is_empty() {
            let front = self.session.outbox.front().to_vec();
            text.push_str(std::str::from_utf8(&front).unwrap());
            self.session.outbox.advance(front.len());
        }
        text.lines()
            .map(|line| {
                line.trim_start_matches("{\"__ping\":").trim_end_matches('}').parse().unwrap()
            })
            .collect()
    }
}

#[test]
fn counts_pings_for_all_sessions_together() {
    let options = server();
    let mut silent = Peer::new(options.clone());
    let mut alive = Peer::new(options.clone());
    for peer in [&mut silent, &mut alive] {
        peer.says(b"1\n").unwrap();
        peer.is(LoginResult::Accept).unwrap();
        peer.after(10 * SECOND).unwrap();
    }
    let [key] = alive.pings()[..] else { panic!("one ping") };
    alive.says(format!("{{\"__pong\":{key}}}\n{{\"__pong\":{key}}}\n").as_bytes()).unwrap();
    alive.after(10 * SECOND).unwrap();
    let [key] = alive.pings()[..] else { panic!("another ping") };
    alive.session.pong(key);
    alive.session.pong(key);
    assert_eq!(silent.after(5 * SECOND), Err(SessionError::KeepaliveTimeout));
    let pings = &options.pings;
    assert_eq!((pings.sent(), pings.answered(), pings.missed()), (3, 2, 1));
}

fn server() -> SessionOptions {
    SessionOptions {
        login_timeout: Some(30 * SECOND),
        keepalive: Some(KeepaliveOptions { interval: 10 * SECOND, timeout: 5 * SECOND }),
        ..SessionOptions::default()
    }
}

#[test]
fn hands_over_one_login_line_and_holds_the_rest() {
    let mut peer = Peer::new(server());
    peer.says(b"{\"password\":\"a\"}\n{\"first\":1}\n{\"sec").unwrap();
    assert_eq!(peer.lines, ["{\"password\":\"a\"}"]);
    assert!(peer.session.is_judging());
    peer.is(LoginResult::Accept).unwrap();
    peer.says(b"ond\":2}\n").unwrap();
    assert_eq!(peer.lines[1..], ["{\"first\":1}", "{\"second\":2}"]);
}

#[test]
fn reads_on_while_a_line_is_judged_but_no_more_than_may_come_before_login() {
    let mut peer = Peer::new(SessionOptions { max_login_bytes: 10, ..server() });
    peer.says(b"1\n1234567").unwrap();
    assert!(peer.session.wants_bytes());
    peer.says(b"8").unwrap();
    assert!(!peer.session.wants_bytes());
    assert_eq!(peer.session.deadline(), None);
    peer.is(LoginResult::Accept).unwrap();
    peer.says(b"\n").unwrap();
    assert_eq!(peer.lines, ["1", "12345678"]);
}

#[test]
fn looks_at_nothing_behind_a_refusal() {
    let mut peer = Peer::new(server());
    peer.says(b"{\"password\":\"wrong\"}\n{\"password\":\"right\"}\n").unwrap();
    peer.is(LoginResult::Refuse).unwrap();
    peer.says(b"{\"password\":\"right\"}\n").unwrap();
    assert_eq!(peer.lines.len(), 1);
    assert_eq!(peer.session.deadline(), None);
}

#[test]
fn a_skipped_line_is_followed_by_the_next() {
    let mut peer = Peer::new(server());
    peer.says(b"null\nnonsense\n{}\n").unwrap();
    assert_eq!(peer.lines, ["null"]);
    peer.is(LoginResult::Skip).unwrap();
    assert_eq!(peer.lines, ["null", "nonsense"]);
    peer.is(LoginResult::Skip).unwrap();
    assert_eq!(peer.lines, ["null", "nonsense", "{}"]);
}

#[test]
fn bounds_the_bytes_before_login_in_one_line_and_in_many() {
    let too_long = SessionError::LoginTooLong { limit: MAX_LOGIN_BYTES };
    let mut peer = Peer::new(server());
    assert_eq!(peer.says(&vec![b'x'; MAX_LOGIN_BYTES + 1]), Err(too_long));

    let mut peer = Peer::new(server());
    let mut outcome = Ok(());
    for _ in 0..=MAX_LOGIN_BYTES / 2 {
        outcome = outcome.and_then(|()| peer.says(b" \n"));
    }
    assert_eq!(outcome, Err(too_long));

    let mut peer = Peer::new(server());
    let mut line = vec![b'1'; 60 * 1024];
    line.push(b'\n');
    peer.says(&line).unwrap();
    peer.is(LoginResult::Accept).unwrap();
    peer.says(&vec![b'2'; 2 * MAX_LOGIN_BYTES]).unwrap();
}

#[test]
fn a_login_line_that_ends_behind_the_limit_is_not_handed_over() {
    let mut line = vec![b'1'; MAX_LOGIN_BYTES - 1];
    line.push(b'\n');
    let mut peer = Peer::new(server());
    peer.says(&line).unwrap();
    assert_eq!(peer.lines.len(), 1);

    line.insert(0, b' ');
    let mut peer = Peer::new(server());
    let too_long = SessionError::LoginTooLong { limit: MAX_LOGIN_BYTES };
    assert_eq!(peer.says(&line), Err(too_long));
    assert!(peer.lines.is_empty());
}

#[test]
fn the_login_clock_stands_still_while_a_line_is_judged() {
    let mut peer = Peer::new(server());
    peer.after(20 * SECOND).unwrap();
    peer.says(b"null\n").unwrap();
    assert_eq!(peer.session.deadline(), None);
    peer.after(60 * SECOND).unwrap();
    peer.is(LoginResult::Skip).unwrap();
    assert_eq!(peer.session.deadline(), Some(peer.now + 10 * SECOND));
    assert_eq!(peer.after(10 * SECOND), Err(SessionError::LoginTimeout));
}

#[test]
fn refuses_a_message_over_the_limit() {
    let mut peer = Peer::new(SessionOptions { max_message_bytes: 100, ..server() });
    peer.says(b"1\n").unwrap();
    peer.is(LoginResult::Accept).unwrap();
    let mut line = vec![b'1'; 100];
    line.push(b'\n');
    peer.says(&line).unwrap();
    assert_eq!(peer.says(&[b'1'; 101]), Err(SessionError::MessageTooLong { limit: 100 }));
}

fn logged_in() -> Peer {
    let mut peer = Peer::new(server());
    peer.says(b"1\n").unwrap();
    peer.is(LoginResult::Accept).unwrap();
    peer.lines.clear();
    peer
}

#[test]
fn pings_every_interval_and_swallows_the_pongs() {
    let mut peer = logged_in();
    peer.after(9 * SECOND).unwrap();
    assert!(peer.pings().is_empty());
    peer.after(SECOND).unwrap();
    let keys = peer.pings();
    assert_eq!(keys.len(), 1);
    peer.says(format!("{{\"__pong\":{}}}\n", keys[0]).as_bytes()).unwrap();
    assert!(peer.lines.is_empty());
    for _ in 0..5 {
        peer.after(10 * SECOND).unwrap();
        let keys = peer.pings();
        assert_eq!(keys.len(), 1);
        peer.session.pong(keys[0]);
    }
}

#[test]
fn a_pong_that_nobody_awaits_goes_to_javascript_and_does_not_count() {
    let mut peer = logged_in();
    peer.after(10 * SECOND).unwrap();
    let key = peer.pings()[0];
    let other = if key == 1 { 2 } else { 1 };
    peer.says(format!("{{\"__pong\":{other}}}\n").as_bytes()).unwrap();
    assert_eq!(peer.lines.len(), 1);
    assert_eq!(peer.session.deadline(), Some(peer.now + 5 * SECOND));
    assert_eq!(peer.after(5 * SECOND), Err(SessionError::KeepaliveTimeout));
}

#[test]
fn pong_deadlines_stand_still_while_we_do_not_read() {
    let mut peer = logged_in();
    peer.after(10 * SECOND).unwrap();
    peer.after(2 * SECOND).unwrap();
    peer.session.stall(peer.now);
    peer.after(60 * SECOND).unwrap();
    peer.session.unstall(peer.now);
    // Of the first ping's 5 s, 2 had passed; the one sent in the stall has all of its own.
    peer.after(2 * SECOND).unwrap();
    assert_eq!(peer.after(SECOND), Err(SessionError::KeepaliveTimeout));
}

#[test]
fn a_pong_may_take_as_long_as_the_peer_takes_what_was_before_the_ping() {
    let mut peer = logged_in();
    peer.after(10 * SECOND).unwrap();
    for _ in 0..30 {
        peer.after(4 * SECOND).unwrap();
        peer.session.taken(peer.now);
    }
    let keys = peer.pings();
    assert_eq!(keys.len(), 11);
    assert_eq!(peer.session.deadline(), Some(peer.now + 5 * SECOND));
    peer.after(4 * SECOND).unwrap();
    assert_eq!(peer.after(SECOND), Err(SessionError::KeepaliveTimeout));
}

#[test]
fn what_is_taken_puts_no_deadline_forward_and_is_no_pong() {
    let mut peer = logged_in();
    peer.session.taken(peer.now);
    peer.after(10 * SECOND).unwrap();
    assert_eq!(peer.after(5 * SECOND), Err(SessionError::KeepaliveTimeout));
}

#[test]
fn a_peer_may_take_what_was_before_our_end() {
    let mut peer = logged_in();
    peer.session.end();
    for _ in 0..3 {
        peer.after(9 * SECOND).unwrap();
        peer.session.taken(peer.now);
        peer.after(SECOND).unwrap();
    }
    assert_eq!(peer.pings(), [0; 0]);
    assert_eq!(peer.after(10 * SECOND), Err(SessionError::NotEnded));
}

#[test]
fn behind_our_end_there_is_no_ping_but_an_end() {
    let mut peer = logged_in();
    peer.session.end();
    peer.after(9 * SECOND).unwrap();
    assert_eq!(peer.after(SECOND), Err(SessionError::NotEnded));
    assert!(peer.pings().is_empty());
}

#[test]
fn keys_are_never_zero_and_never_twice_among_those_awaited() {
    let options = KeepaliveOptions { interval: SECOND, timeout: SECOND * 100_000 };
    let mut peer = Peer::new(SessionOptions { keepalive: Some(options), ..server() });
    peer.says(b"1\n").unwrap();
    peer.is(LoginResult::Accept).unwrap();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..65_534 {
        peer.after(SECOND).unwrap();
        for key in peer.pings() {
            assert!((1..=65_534).contains(&key) && seen.insert(key));
        }
    }
    assert_eq!(seen.len(), 65_534);
}

fn listener() -> Peer {
    let options = SessionOptions { silence: Some(30 * SECOND), ..SessionOptions::default() };
    let mut peer = Peer::new(options);
    peer.says(b"1\n").unwrap();
    peer.is(LoginResult::Accept).unwrap();
    peer
}

const SILENCE: SessionError = SessionError::Silence { limit: Duration::from_secs(30) };

#[test]
fn a_peer_that_sends_nothing_is_left_whether_authenticated_or_not() {
    let mut unauthenticated =
        Peer::new(SessionOptions { silence: Some(30 * SECOND), ..SessionOptions::default() });
    let mut authenticated = listener();
    for peer in [&mut unauthenticated, &mut authenticated] {
        assert_eq!(peer.session.deadline(), Some(peer.now + 30 * SECOND));
        assert_eq!(peer.after(29 * SECOND), Ok(()));
        assert_eq!(peer.after(SECOND), Err(SILENCE));
    }
}

#[test]
fn every_byte_ends_the_silence() {
    let mut peer = listener();
    for _ in 0..10 {
        assert_eq!(peer.after(29 * SECOND), Ok(()));
        peer.says(b"1").unwrap();
    }
    assert_eq!(peer.after(30 * SECOND), Err(SILENCE));
}

#[test]
fn what_is_not_read_is_no_silence() {
    let mut peer = listener();
    for stop in [Session::stall, Session::pause] {
        assert_eq!(peer.after(10 * SECOND), Ok(()));
        stop(&mut peer.session, peer.now);
        assert_eq!(peer.session.deadline(), None);
        assert_eq!(peer.after(3600 * SECOND), Ok(()));
        peer.session.unstall(peer.now);
    }
    assert_eq!(peer.after(9 * SECOND), Ok(()));
    assert_eq!(peer.after(SECOND), Err(SILENCE));
}

#[test]
fn nobody_is_silent_while_its_login_is_judged() {
    let mut peer =
        Peer::new(SessionOptions { silence: Some(30 * SECOND), ..SessionOptions::default() });
    peer.says(b"1\n").unwrap();
    assert_eq!(peer.after(60 * SECOND), Ok(()));
    peer.is(LoginResult::Accept).unwrap();
    assert_eq!(peer.after(29 * SECOND), Ok(()));
    assert_eq!(peer.after(SECOND), Err(SILENCE));
}
