//! A copy or a replication of which the estate holds one bucket and not the other: what the known one decides is answered.

use super::target::{bucket_of, point_called};
use crate::ask::{Assumption, DoesQuestion};
use crate::diagnostic::did_you_mean;
use crate::estate::{Bucket, Estate};
use crate::source::{SourceId, Span};

/// The estate with the other bucket, of which nothing is told.
pub(in crate::ask) struct WithUntold {
    pub(in crate::ask) estate: Estate,
    bucket: String,
    held: String,
}

impl WithUntold {
    /// `None` where both buckets are held, or neither is: then there is nothing to say. A name that is nearly that of a bucket
    /// is a slip, and is told as one.
    pub(in crate::ask) fn of(estate: &Estate, question: &DoesQuestion) -> Option<Self> {
        let to = &question.doing.to.as_ref()?.bucket;
        let from = &question.object.bucket;
        let holds = |name: &str| bucket_of(estate, name).is_ok();
        let bucket = match (holds(from), holds(to)) {
            (true, false) => to,
            (false, true) => from,
            (true, true) | (false, false) => return None,
        };
        let is_told_otherwise =
            estate.left_out.contains_key(bucket.as_str()) || point_called(estate, bucket).is_some();
        let mut names: Vec<&str> = estate.buckets.iter().map(|b| b.name.as_str()).collect();
        if is_told_otherwise
            || bucket.contains(['*', '?'])
            || did_you_mean(bucket, names.iter().copied()).is_some()
        {
            return None;
        }
        names.sort_unstable();
        let more = if names.len() > 5 { format!(" and {} more", names.len() - 5) } else { String::new() };
        let held =
            names.iter().take(5).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ") + &more;
        let mut with = estate.clone();
        with.buckets.push(Bucket::untold(bucket, Span::new(SourceId::LONE, 0, 0)));
        Some(Self { estate: with, bucket: bucket.clone(), held })
    }

    /// What is taken for granted of it.
    pub(in crate::ask) fn assumption(&self) -> Assumption {
        Assumption {
            what: format!("there is a bucket {}", self.bucket),
            because: format!("the input tells nothing of it: it holds {}", self.held),
            fact: None,
        }
    }
}
