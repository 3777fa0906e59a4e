//! Which of the forms that the service reference lists a pattern of a resource can be.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::name::reference::{self, ArnForm, Literals};

/// The forms that a pattern of a resource can be; those that begin with a word of their own count before those that
/// begin with a name of customers. None where the service is not known.
pub(super) fn forms(service: &str, resource: &str) -> Option<Vec<&'static ArnForm>> {
    let own = of_service(service).map(|own| fitting(own, resource));
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
    of_service(service).is_some_and(|mut own| own.next().is_some()) || every_form().contains_key(service)
}

fn of_service(service: &str) -> Option<impl Iterator<Item = &'static ArnForm>> {
    let own = reference::service(service)?;
    Some(own.resources.iter().filter_map(|kind| kind.form()).filter(|form| form.service == own.prefix))
}

fn every_form() -> &'static FxHashMap<&'static str, Vec<&'static ArnForm>> {
    static FORMS: OnceLock<FxHashMap<&'static str, Vec<&'static ArnForm>>> = OnceLock::new();
    FORMS.get_or_init(|| {
        let mut all: FxHashMap<&'static str, Vec<&'static ArnForm>> = FxHashMap::default();
        let services = reference::prefixes().filter_map(reference::service);
        for form in services.flat_map(|service| &service.resources).filter_map(|kind| kind.form()) {
            all.entry(form.service).or_default().push(form);
        }
        all
    })
}

fn fitting(forms: impl Iterator<Item = &'static ArnForm>, resource: &str) -> Vec<&'static ArnForm> {
    let written = Literals::of(resource);
    let mut found: Vec<&ArnForm> = forms.filter(|form| form.can_be(&written)).collect();
    if found.iter().any(|form| form.begins_with_a_word()) && !resource.starts_with(['*', '?', '$']) {
        found.retain(|form| form.begins_with_a_word());
    }
    found
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
