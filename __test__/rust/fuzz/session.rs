//! A session beside its model, fed with any bytes in any chunks, any login results and any times: the same lines, the same
//! errors, the same bytes kept, the same deadlines, and pings whose keys can be told apart.
//!
//! Input: the bounds; then one step after the other, each a byte with what belongs to it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tls_json_native::session::{
    KeepaliveOptions, LoginResult, Session, SessionError, SessionOptions,
};

use super::input::Input;
use super::session_model::{Bounds, Model, pong};

pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let mut pair = Pair::new(bounds(&mut input));
    while !input.is_empty() {
        if pair.step(&mut input).is_err() {
            return;
        }
    }
}

fn bounds(input: &mut Input<'_>) -> Bounds {
    let kinds = input.byte();
    let mut time = || i64::from(input.byte()) + 1;
    let login_timeout = (kinds & 1 != 0).then(&mut time);
    let keepalive = (kinds & 2 != 0).then(|| (time(), time()));
    let silence = (kinds & 4 != 0).then(&mut time);
    Bounds {
        max_login_bytes: usize::from(input.byte()),
        max_message_bytes: usize::from(input.byte()),
        login_timeout,
        keepalive,
        silence,
    }
}

/// The session and what it has to be.
struct Pair {
    session: Session,
    model: Model,
    lines: Vec<Vec<u8>>,
    now: Instant,
}

impl Pair {
    fn new(bounds: Bounds) -> Self {
        let options = SessionOptions {
            login_timeout: bounds.login_timeout.map(millis),
            keepalive: bounds.keepalive.map(|(interval, timeout)| KeepaliveOptions {
                interval: millis(interval),
                timeout: millis(timeout),
            }),
            silence: bounds.silence.map(millis),
            max_login_bytes: bounds.max_login_bytes,
            max_message_bytes: bounds.max_message_bytes,
            pings: Arc::default(),
        };
        let now = Instant::now();
        let session = Session::new(&options, now);
        Self { session, model: Model::new(bounds), lines: Vec::new(), now }
    }

    fn step(&mut self, input: &mut Input<'_>) -> Result<(), SessionError> {
        let step = input.byte();
        let outcome = match step % 14 {
            0..=3 => {
                let count = usize::from(input.byte());
                self.receive(input.bytes(count))
            }
            4 => {
                let bytes = [self.any_pong(input.byte()), b"\n".to_vec()].concat();
                self.receive(&bytes)
            }
            5 => self.login(LoginResult::Accept),
            6 => self.login(LoginResult::Skip),
            7 if step > 200 => self.login(LoginResult::Refuse),
            7 => self.login(LoginResult::Accept),
            8 => {
                let time = i64::from(input.byte());
                self.pass(time);
                self.tick()
            }
            9 => {
                if let Some(due) = self.model.due_in() {
                    // Just before it is due nothing happens, then something does.
                    if due > 1 {
                        self.pass(due - 1);
                        self.tick()?;
                    }
                    self.pass(self.model.due_in().unwrap_or(0).max(0));
                }
                self.tick()
            }
            10 => {
                self.session.stall(self.now);
                self.model.stall(true);
                Ok(())
            }
            11 => {
                self.session.unstall(self.now);
                self.model.stall(false);
                Ok(())
            }
            12 => {
                let key = self.any_key(input.byte());
                self.session.pong(key);
                self.model.pong(key);
                Ok(())
            }
            _ => {
                if step > 200 {
                    self.session.end();
                    self.model.end();
                }
                Ok(())
            }
        };
        // Behind an error there is no session any more.
        if outcome.is_ok() {
            self.compare();
        }
        outcome
    }

    fn receive(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        let lines = &mut self.lines;
        let outcome =
            self.session.receive(bytes, self.now, &mut |line| lines.push(line.into_owned()));
        assert_eq!(outcome, self.model.receive(bytes));
        assert_eq!(self.lines, self.model.lines);
        outcome
    }

    fn login(&mut self, result: LoginResult) -> Result<(), SessionError> {
        let lines = &mut self.lines;
        let outcome =
            self.session.login(result, self.now, &mut |line| lines.push(line.into_owned()));
        assert_eq!(outcome, self.model.login(result));
        assert_eq!(self.lines, self.model.lines);
        outcome
    }

    fn pass(&mut self, time: i64) {
        self.now += millis(time);
        self.model.pass(time);
    }

    fn tick(&mut self) -> Result<(), SessionError> {
        let outcome = self.session.tick(self.now);
        let expected = self.model.tick();
        assert_eq!(outcome, expected.map(|_| ()));
        let pings = self.pings();
        assert_eq!(pings.len(), usize::from(expected == Ok(true)));
        for key in pings {
            self.model.sent(key);
        }
        if outcome.is_ok() {
            let deadline = self.session.deadline();
            assert!(deadline.is_none_or(|deadline| deadline > self.now), "nothing left to do");
        }
        outcome
    }

    /// Takes what is to be written, which is pings and nothing else.
    fn pings(&mut self) -> Vec<u32> {
        let mut text = Vec::new();
        while !self.session.outbox.is_empty() {
            let front = self.session.outbox.front().to_vec();
            self.session.outbox.advance(front.len());
            text.extend_from_slice(&front);
        }
        let text = String::from_utf8(text).expect("pings are ASCII");
        let key = |line: &str| line.strip_prefix("{\"__ping\":")?.strip_suffix('}')?.parse().ok();
        text.lines().map(|line| key(line).expect("a ping")).collect()
    }

    fn compare(&self) {
        assert_eq!(self.session.pending(), self.model.pending());
        assert_eq!(self.session.held(), self.model.held());
        assert_eq!(self.session.wants_bytes(), self.model.wants_bytes());
        assert_eq!(self.session.is_open(), self.model.is_open());
        let due = self.model.due_in().map(|due| {
            let (due, since) = (millis(due.max(0)), millis((-due).max(0)));
            self.now + due - since
        });
        assert_eq!(self.session.deadline(), due);
    }

    /// The key of a ping that waits, or another.
    fn any_key(&self, choice: u8) -> u32 {
        let at = usize::from(choice) % (self.model.awaited.len() + 1);
        self.model.awaited.get(at).map_or(u32::from(choice), |&(key, _)| key)
    }

    fn any_pong(&self, choice: u8) -> Vec<u8> {
        pong(self.any_key(choice))
    }
}

pub fn millis(count: i64) -> Duration {
    Duration::from_millis(u64::try_from(count).expect("time goes on"))
}
