//! What the input leaves open, in the words of whoever read the input.

use super::AccessGraph;
use crate::estate::Estate;
use crate::logic::{FactId, Unknown, UnknownKind};

/// Says of every open value once why it is open, and where the input leaves it so.
pub(super) fn explain(estate: &Estate, depends_on: &mut Vec<Unknown>) {
    if !estate.has_symbols {
        return;
    }
    let mut seen: Vec<String> = Vec::new();
    depends_on.retain_mut(|unknown| {
        if unknown.kind != UnknownKind::Unresolved {
            return true;
        }
        if seen.iter().any(|name| *name == unknown.name) {
            return false;
        }
        seen.push(unknown.name.to_string());
        if let Some(symbol) = estate.symbols.get(&*unknown.name) {
            unknown.why = match unknown.why.is_empty() {
                true => symbol.why.clone().into(),
                false => format!("{}; {}", symbol.why, unknown.why).into(),
            };
            if symbol.is_missing {
                unknown.kind = UnknownKind::NotSupplied;
                unknown.fact = Some(FactId::Document((*unknown.name).into()));
            }
            if let Some(arn) = &symbol.policy {
                unknown.fact = Some(FactId::ManagedPolicy(arn.as_str().into()));
            }
            unknown.at = Some(symbol.at);
        }
        true
    });
}

/// The same for every step and way of a map.
pub(super) fn explain_map(estate: &Estate, map: &mut AccessGraph) {
    for edge in &mut map.edges {
        explain(estate, &mut edge.depends_on);
    }
    for path in &mut map.paths {
        explain(estate, &mut path.depends_on);
    }
}
