use crate::logic::FactId;

/// Something taken for granted because nobody told otherwise (R4).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Assumption {
    /// What is assumed.
    pub what: String,
    /// Why it has to be assumed.
    pub because: String,
    /// The fact that would replace it.
    pub fact: Option<FactId>,
}

/// Assumptions, each once, in the order they were made.
#[derive(Debug, Default)]
pub(crate) struct Assumed(Vec<Assumption>);

impl Assumed {
    pub(crate) fn note(&mut self, what: impl Into<String>, because: impl Into<String>) {
        self.push(Assumption { what: what.into(), because: because.into(), fact: None });
    }

    /// The same where a fact would replace it.
    pub(crate) fn note_without(&mut self, fact: FactId, what: impl Into<String>, because: impl Into<String>) {
        self.push(Assumption { what: what.into(), because: because.into(), fact: Some(fact) });
    }

    /// What a loader took for granted.
    pub(crate) fn granted(&mut self, assumption: &Assumption) {
        if !self.0.contains(assumption) {
            self.0.push(assumption.clone());
        }
    }

    fn push(&mut self, assumption: Assumption) {
        if !self.0.contains(&assumption) {
            self.0.push(assumption);
        }
    }

    pub(crate) fn into_list(self) -> Vec<Assumption> {
        self.0
    }
}
