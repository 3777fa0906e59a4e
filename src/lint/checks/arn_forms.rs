//! The forms of ARNs that the service reference lists, and which of them a pattern can be.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::name::reference::{self, Service};

/// A form of ARNs.
#[derive(Copy, Clone, Debug)]
pub(super) struct Form {
    pub(super) region: &'static str,
    pub(super) account: &'static str,
    resource: &'static str,
}

impl Form {
    fn read(arn: &'static str) -> Option<(&'static str, Self)> {
        let mut parts = arn.splitn(6, ':').skip(2);
        let service = parts.next()?;
        Some((service, Self { region: parts.next()?, account: parts.next()?, resource: parts.next()? }))
    }

    /// The text before the first part that customers choose.
    fn head(&self) -> &'static str {
        self.resource.split("${").next().unwrap_or_default()
    }
}

/// The forms that a pattern of a resource can be; those that begin with a word of their own count before those that
/// begin with a name of customers. None where the service is not known.
pub(super) fn forms(service: &str, resource: &str) -> Option<Vec<Form>> {
    let own = reference::service(service).map(|own| fitting(of_service(own, service), resource));
    match own {
        Some(found) if !found.is_empty() => Some(found),
        // Other services may have resources under this name, which only a look at all of them tells.
        Some(_) | None => {
            let all = every_form().get(service)?;
            Some(fitting(all.iter().copied(), resource))
        }
    }
}

/// Whether ARNs of this service have a form at all.
pub(super) fn has_forms(service: &str) -> bool {
    reference::service(service).is_some_and(|own| of_service(own, service).next().is_some())
        || every_form().contains_key(service)
}

fn of_service<'a>(own: &'a Service, service: &'a str) -> impl Iterator<Item = Form> + 'a {
    own.resources
        .iter()
        .filter_map(|kind| Form::read(kind.arn))
        .filter(move |(of, _)| *of == service)
        .map(|(_, f)| f)
}

fn every_form() -> &'static FxHashMap<&'static str, Vec<Form>> {
    static FORMS: OnceLock<FxHashMap<&'static str, Vec<Form>>> = OnceLock::new();
    FORMS.get_or_init(|| {
        let mut all: FxHashMap<&'static str, Vec<Form>> = FxHashMap::default();
        let services = reference::prefixes().filter_map(reference::service);
        for (service, form) in services.flat_map(|s| &s.resources).filter_map(|kind| Form::read(kind.arn)) {
            all.entry(service).or_default().push(form);
        }
        all
    })
}

fn fitting(forms: impl Iterator<Item = Form>, resource: &str) -> Vec<Form> {
    let found: Vec<Form> = forms.filter(|form| can_be(form.resource, resource)).collect();
    let with_word = |form: &&Form| !form.head().is_empty();
    if found.iter().any(|form| with_word(&form)) && !resource.starts_with(['*', '?', '$']) {
        return found.iter().filter(with_word).copied().collect();
    }
    found
}

/// Whether some text fits both: what customers choose in a form is any text, and so is a wildcard or a variable.
fn can_be(form: &str, written: &str) -> bool {
    // Most forms differ in their first word, which needs no list of pieces.
    let head = form.split("${").next().unwrap_or_default();
    let begun = written.split(['*', '?', '$']).next().unwrap_or_default();
    if !head.starts_with(begun) && !begun.starts_with(head) {
        return false;
    }
    let form = pieces(form);
    let written = pieces(written);
    let (first, last) = (both(form.first(), written.first()), both(form.last(), written.last()));
    let starts = first.is_none_or(|(a, b)| {
        let ends_here = form.len() == 1 || written.len() == 1;
        a.starts_with(b) || b.starts_with(a) || (ends_here && a == b)
    });
    let ends = last.is_none_or(|(a, b)| a.ends_with(b) || b.ends_with(a));
    if !starts || !ends {
        return false;
    }
    match (form.len(), written.len()) {
        (1, 1) => form == written,
        (_, 1) => written.first().is_some_and(|text| fits(&form, text)),
        (1, _) => form.first().is_some_and(|text| fits(&written, text)),
        // Two patterns whose starts and ends agree meet somewhere, as good as always.
        (_, _) => true,
    }
}

fn both<'a>(a: Option<&'a &str>, b: Option<&'a &str>) -> Option<(&'a str, &'a str)> {
    Some((*a?, *b?))
}

/// Whether an ARN can have both a form of the reference and fit a pattern.
pub(super) fn overlaps(form: &str, pattern: &str) -> bool {
    let written: Vec<&str> = pattern.splitn(6, ':').collect();
    // A star also stands for colons, and a variable may hold some.
    if written.len() < 6 || written.iter().take(5).any(|part| part.contains("${")) {
        return true;
    }
    // Region and account are looked at elsewhere.
    let compared = form.splitn(6, ':').zip(written).enumerate().filter(|(at, _)| matches!(at, 2 | 5));
    compared.map(|(_, pair)| pair).all(|(form, written)| can_be(form, written))
}

/// The literal pieces between what may be any text: one piece for a text without such parts.
fn pieces(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['*', '?', '$']) {
        let (literal, behind) = rest.split_at(at);
        found.push(literal);
        rest = match behind.strip_prefix("${") {
            Some(inside) => inside.split_once('}').map_or("", |(_, behind)| behind),
            None => behind.get(1..).unwrap_or_default(),
        };
    }
    found.push(rest);
    found
}

/// Whether a text holds the pieces in their order, the first at its start and the last at its end.
fn fits(pieces: &[&str], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else { return pieces.first().is_some_and(|only| *only == text) };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for piece in middle {
        let Some(at) = rest.find(piece) else { return false };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_can_be() {
        for (service, resource, regions) in [
            ("s3", "lake", vec![""]),
            ("s3", "lake/*", vec![""]),
            ("iam", "role/reader", vec![""]),
            ("kms", "key/1234", vec!["${Region}"]),
            ("ec2", "instance/*", vec!["${Region}"]),
            ("sqs", "queue", vec!["${Region}"]),
        ] {
            let mut found: Vec<&str> = forms(service, resource).unwrap().iter().map(|f| f.region).collect();
            found.dedup();
            assert_eq!(found, regions, "{service} {resource}");
        }
        assert!(forms("iam", "reader").unwrap().is_empty());
        assert!(forms("kms", "keys/1").unwrap().is_empty());
        assert!(forms("nothing", "x").is_none());
        assert!(has_forms("dynamodb") && !has_forms("s33"));
    }
}
