use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The numbers of the whole process: one of an engine that was given back must mean nothing to the next one.
static NUMBERS: Mutex<Option<Numbers>> = Mutex::new(None);

/// The number by which JavaScript knows a connection or listener: nobody else has it as long as this lives.
#[derive(Debug)]
pub(crate) struct Id(u32);

impl Id {
    /// The next free number; never 0. Numbers are given in turn, so that one that was used is not used again soon.
    pub(crate) fn next() -> Self {
        Self(with_numbers(Numbers::take))
    }

    pub(crate) fn number(&self) -> u32 {
        self.0
    }
}

impl Drop for Id {
    fn drop(&mut self) {
        with_numbers(|numbers| numbers.used.remove(&self.0));
    }
}

fn with_numbers<R>(act: impl FnOnce(&mut Numbers) -> R) -> R {
    // Nothing in here panics half way.
    act(NUMBERS.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
}

/// Which numbers are in use. A server that accepts 1,000 connections a second is through all of them in 50 days.
#[derive(Debug, Default)]
struct Numbers {
    last: u32,
    used: HashSet<u32>,
}

impl Numbers {
    fn take(&mut self) -> u32 {
        loop {
            self.last = self.last.wrapping_add(1);
            // There is memory for far fewer than there are numbers.
            if self.last != 0 && self.used.insert(self.last) {
                return self.last;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_anew_behind_the_last_and_passes_over_what_is_in_use() {
        let mut numbers = Numbers::default();
        assert_eq!([numbers.take(), numbers.take(), numbers.take()], [1, 2, 3]);
        numbers.used.remove(&2);
        numbers.last = u32::MAX - 1;
        assert_eq!([numbers.take(), numbers.take(), numbers.take()], [u32::MAX, 2, 4]);
    }

    #[test]
    fn a_number_is_free_when_its_owner_is_gone() {
        let id = Id::next();
        let number = id.number();
        assert!(with_numbers(|numbers| numbers.used.contains(&number)));
        drop(id);
        assert!(with_numbers(|numbers| !numbers.used.contains(&number)));
    }
}
