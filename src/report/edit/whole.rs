//! A whole policy in the place of another one.

use serde_json::Value;

use super::{Replacement, anew, at, block, hcl, is_json, is_yaml, outward, with_line_ends};
use crate::report::tree::Trees;
use crate::report::written::as_written;
use crate::source::{SourceMap, Span};

/// What puts a policy in the place of one; none where its text is no value of its own.
pub(crate) fn another(document: Span, policy: &Value, map: &SourceMap) -> Option<Replacement> {
    if hcl::is_hcl(map, document) {
        return hcl::another(document, policy, map);
    }
    let wanted = as_written(map, policy);
    if is_json(map, document.source) {
        let mut trees = Trees::new(map);
        let old = at(trees.of(document)?, document)?;
        return Some(with_line_ends(outward(anew(old, &wanted, map), map)?, map));
    }
    let one = is_yaml(map, document.source).then(|| block::anew(document, &wanted, map))??;
    Some(with_line_ends(one, map))
}
