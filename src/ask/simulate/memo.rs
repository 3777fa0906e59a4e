//! Policies that come back: `FullAWSAccess` hangs on every level of every organization, and a batch asks about
//! the same keys and roles again and again.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHasher;

use crate::estate::SharedPolicy;
use crate::policy::PolicyKind;

/// How many policies are kept, and how long the longest of them is: together they bound the memory.
const SLOTS: usize = 256;
const LONGEST: usize = 8 * 1024;

/// The policies of a batch that were met more than once, each by its place in the request and its whole text.
pub(super) struct Memo {
    slots: Vec<MemoEntry>,
}

#[derive(Clone, Default)]
struct MemoEntry {
    /// The hash of what came by last. Only what comes by twice in a row is kept, so that a batch in which
    /// nothing repeats pays for no copies.
    met: u64,
    kept: Option<Kept>,
}

#[derive(Clone)]
struct Kept {
    text: Box<str>,
    policy: SharedPolicy,
}

/// A policy as it stands in a request.
#[derive(Copy, Clone)]
pub(super) struct Written<'t> {
    pub(super) kind: PolicyKind,
    pub(super) id: &'t str,
    pub(super) text: &'t str,
}

impl Written<'_> {
    fn hash(&self) -> u64 {
        let mut hasher = FxHasher::default();
        (self.kind, self.id, self.text).hash(&mut hasher);
        hasher.finish()
    }
}

impl Memo {
    pub(super) fn new() -> Self {
        Self { slots: vec![MemoEntry::default(); SLOTS] }
    }

    /// The policy as it was read before, or what `read` makes of it; `read` also says whether to keep it.
    pub(super) fn get<E>(
        &mut self,
        written: Written<'_>,
        read: impl FnOnce() -> Result<(SharedPolicy, bool), E>,
    ) -> Result<SharedPolicy, E> {
        if written.text.len() > LONGEST {
            return read().map(|(policy, _)| policy);
        }
        let hash = written.hash();
        let Some(slot) = self.slots.get_mut(hash as usize % SLOTS) else {
            return read().map(|(policy, _)| policy);
        };
        if let Some(kept) = &slot.kept
            && *kept.text == *written.text
            && *kept.policy.pointer == *written.id
            && kept.policy.kind == written.kind
        {
            return Ok(Arc::clone(&kept.policy));
        }
        let (policy, keep) = read()?;
        if keep && slot.met == hash {
            slot.kept = Some(Kept { text: written.text.into(), policy: Arc::clone(&policy) });
        }
        slot.met = hash;
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::policy::lower;
    use crate::source::SourceId;

    const TEXT: &str = r#"{"Version": "2012-10-17", "Statement": []}"#;

    /// Whether the policy had to be read.
    fn reads(memo: &mut Memo, kind: PolicyKind, id: &str, text: &str) -> bool {
        let mut read = false;
        let policy = memo
            .get(Written { kind, id, text }, || {
                read = true;
                let root = json::parse(SourceId::LONE, text).root.ok_or(())?;
                Ok::<_, ()>((Arc::new(lower(&root, kind, id, &mut Vec::new())), true))
            })
            .unwrap();
        assert_eq!((policy.kind, &*policy.pointer, policy.span.len()), (kind, id, text.len()));
        read
    }

    #[test]
    fn what_comes_back_is_read_twice_and_no_more() {
        let mut memo = Memo::new();
        let reads: Vec<bool> = (0..4).map(|_| reads(&mut memo, PolicyKind::Scp, "scp.1", TEXT)).collect();
        assert_eq!(reads, [true, true, false, false]);
    }

    #[test]
    fn another_place_kind_or_text_is_another_policy() {
        let mut memo = Memo::new();
        for _ in 0..3 {
            reads(&mut memo, PolicyKind::Scp, "scp.1", TEXT);
        }
        assert!(reads(&mut memo, PolicyKind::Scp, "scp.2", TEXT));
        assert!(reads(&mut memo, PolicyKind::Rcp, "scp.1", TEXT));
        assert!(reads(&mut memo, PolicyKind::Scp, "scp.1", &TEXT.replace("[]", "[ ]")));
        assert!(!reads(&mut memo, PolicyKind::Scp, "scp.1", TEXT));
    }

    #[test]
    fn long_policies_are_not_kept() {
        let mut memo = Memo::new();
        let long = TEXT.replacen(' ', &" ".repeat(LONGEST), 1);
        for _ in 0..3 {
            assert!(reads(&mut memo, PolicyKind::Scp, "scp.1", &long));
        }
    }
}
