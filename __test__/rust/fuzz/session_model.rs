use super::session::millis;
use tls_json_native::session::{LoginResult, SessionError};

/// What a session may do; times in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub max_login_bytes: usize,
    pub max_message_bytes: usize,
    pub login_timeout: Option<i64>,
    /// Interval and timeout.
    pub keepalive: Option<(i64, i64)>,
    pub silence: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Login,
    Judging,
    Open,
    Refused,
}

/// What a session has to do, said byte by byte and millisecond by millisecond.
#[derive(Debug)]
pub struct Model {
    bounds: Bounds,
    stage: Stage,
    login_bytes: usize,
    login_time: i64,
    partial: Vec<u8>,
    held: Vec<u8>,
    pub lines: Vec<Vec<u8>>,
    now: i64,
    next_ping: i64,
    /// Keys without a pong, each with how long we have been reading since.
    pub awaited: Vec<(u32, i64)>,
    stalled: bool,
    /// How long we have been reading since something came.
    quiet: i64,
    /// Whether we do not read.
    deaf: bool,
    ended: bool,
}

impl Model {
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            stage: Stage::Login,
            login_bytes: 0,
            login_time: 0,
            partial: Vec::new(),
            held: Vec::new(),
            lines: Vec::new(),
            now: 0,
            next_ping: 0,
            awaited: Vec::new(),
            stalled: false,
            quiet: 0,
            deaf: false,
            ended: false,
        }
    }

    pub fn pending(&self) -> usize {
        self.partial.len()
    }

    pub fn held(&self) -> usize {
        self.held.len()
    }

    pub fn wants_bytes(&self) -> bool {
        let left = self.bounds.max_login_bytes - self.login_bytes.min(self.bounds.max_login_bytes);
        self.stage != Stage::Judging || self.held.len() < left
    }

    pub fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    pub fn receive(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        self.quiet = 0;
        bytes.iter().try_for_each(|&byte| self.receive_byte(byte))
    }

    fn receive_byte(&mut self, byte: u8) -> Result<(), SessionError> {
        let Bounds { max_login_bytes, max_message_bytes, .. } = self.bounds;
        match self.stage {
            Stage::Login => {
                self.login_bytes += 1;
                if self.login_bytes > max_login_bytes {
                    return Err(SessionError::LoginTooLong { limit: max_login_bytes });
                }
                if let Some(line) = self.line_ended_by(byte) {
                    self.lines.push(line);
                    self.stage = Stage::Judging;
                }
            }
            Stage::Judging => self.held.push(byte),
            Stage::Open => {
                if let Some(line) = self.line_ended_by(byte) {
                    let pong = |&(key, _): &(u32, i64)| line == pong(key);
                    match self.awaited.iter().position(pong) {
                        Some(at) => drop(self.awaited.remove(at)),
                        None => self.lines.push(line),
                    }
                }
                if self.partial.len() > max_message_bytes {
                    return Err(SessionError::MessageTooLong { limit: max_message_bytes });
                }
            }
            Stage::Refused => {}
        }
        Ok(())
    }

    /// The line that the byte ends, unless it is blank.
    fn line_ended_by(&mut self, byte: u8) -> Option<Vec<u8>> {
        if byte != b'\n' {
            self.partial.push(byte);
            return None;
        }
        let line = std::mem::take(&mut self.partial);
        line.iter().any(|byte| !b" \t\r".contains(byte)).then_some(line)
    }

    pub fn login(&mut self, result: LoginResult) -> Result<(), SessionError> {
        if self.stage != Stage::Judging {
            return Ok(());
        }
        self.stage = match result {
            LoginResult::Accept => Stage::Open,
            LoginResult::Refuse => Stage::Refused,
            LoginResult::Skip => Stage::Login,
        };
        if let (Stage::Open, Some((interval, _))) = (self.stage, self.bounds.keepalive) {
            self.next_ping = self.now + interval;
        }
        let held = std::mem::take(&mut self.held);
        self.receive(&held)
    }

    pub fn pong(&mut self, key: u32) {
        self.awaited.retain(|&(awaited, _)| awaited != key);
    }

    pub fn stall(&mut self, stalled: bool) {
        self.stalled = stalled && self.stage == Stage::Open;
        self.deaf = stalled;
    }

    pub fn end(&mut self) {
        self.ended = true;
    }

    pub fn pass(&mut self, time: i64) {
        self.now += time;
        if self.stage == Stage::Login {
            // What was overdrawn while nobody looked is not owed later.
            let most = self.bounds.login_timeout.unwrap_or(i64::MAX);
            self.login_time = most.min(self.login_time + time);
        }
        if !self.deaf {
            self.quiet += time;
        }
        if !self.stalled {
            self.awaited.iter_mut().for_each(|(_, waited)| *waited += time);
        }
    }

    /// When something is due, in milliseconds from now; not more than 0 when it already is.
    pub fn due_in(&self) -> Option<i64> {
        let due = match self.stage {
            Stage::Login => self.bounds.login_timeout.map(|timeout| timeout - self.login_time),
            Stage::Open => self.bounds.keepalive.map(|(_, timeout)| {
                let ping = self.next_ping - self.now;
                let missed = self.awaited.iter().map(|(_, waited)| timeout - waited).min();
                missed.filter(|_| !self.stalled).map_or(ping, |missed| ping.min(missed))
            }),
            Stage::Judging | Stage::Refused => return None,
        };
        let silence = self.bounds.silence.filter(|_| !self.deaf).map(|limit| limit - self.quiet);
        due.into_iter().chain(silence).min()
    }

    /// Whether a ping is to be sent.
    pub fn tick(&mut self) -> Result<bool, SessionError> {
        if let Some(limit) = self.bounds.silence
            && self.stage != Stage::Judging
            && !self.deaf
            && self.quiet >= limit
        {
            return Err(SessionError::Silence { limit: millis(limit) });
        }
        match (self.stage, self.bounds.keepalive, self.bounds.login_timeout) {
            (Stage::Login, _, Some(timeout)) if self.login_time >= timeout => {
                Err(SessionError::LoginTimeout)
            }
            (Stage::Open, Some((interval, timeout)), _) => {
                if !self.stalled && self.awaited.iter().any(|&(_, waited)| waited >= timeout) {
                    return Err(SessionError::KeepaliveTimeout);
                }
                if self.now < self.next_ping {
                    return Ok(false);
                }
                if self.ended {
                    return Err(SessionError::NotEnded);
                }
                self.next_ping = self.now + interval;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// A ping was sent with this key.
    pub fn sent(&mut self, key: u32) {
        assert!((1..=65_534).contains(&key), "{key} is no key");
        assert!(self.awaited.iter().all(|&(awaited, _)| awaited != key), "{key} is awaited twice");
        self.awaited.push((key, 0));
    }
}

/// A pong as tls-json writes it.
pub fn pong(key: u32) -> Vec<u8> {
    format!("{{\"__pong\":{key}}}").into_bytes()
}
