use super::error::ChainError;

/// What was found, of which Node reports the last.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) last: Option<ChainError>,
}

impl Findings {
    pub(super) fn add(&mut self, error: ChainError) {
        self.last = Some(error);
    }

    pub(super) fn add_if(&mut self, found: bool, error: ChainError) {
        if found {
            self.add(error);
        }
    }
}
