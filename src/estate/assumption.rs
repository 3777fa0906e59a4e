/// Something taken for granted because nobody told otherwise (R4).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Assumption {
    pub what: String,
    pub because: String,
}

/// Assumptions, each once, in the order they were made.
#[derive(Debug, Default)]
pub(crate) struct Assumed(Vec<Assumption>);

impl Assumed {
    pub(crate) fn note(&mut self, what: impl Into<String>, because: impl Into<String>) {
        let assumption = Assumption { what: what.into(), because: because.into() };
        if !self.0.contains(&assumption) {
            self.0.push(assumption);
        }
    }

    pub(crate) fn into_list(self) -> Vec<Assumption> {
        self.0
    }
}
