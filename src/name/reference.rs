//! The service reference: which actions, resource types and condition keys AWS lists for each service.
//!
//! `data/service-reference` holds it, a deflated text for each service, with an index. A service is unpacked when somebody
//! first asks for it, and stays; what every key of AWS means is not here but in [`super::keys`].
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

mod arn_form;
mod table;

use std::cmp::Ordering;
use std::io::Read as _;
use std::sync::OnceLock;

use flate2::read::DeflateDecoder;

pub use arn_form::{ArnForm, Literals};
pub use table::{Action, Key, KeyType, Level, OnResource, ResourceType, Service};

static INDEX: &str = include_str!("../../data/service-reference/index.tsv");
static SERVICES: &[u8] = include_bytes!("../../data/service-reference/services.bin");

/// The services, none of them unpacked yet.
#[derive(Debug)]
struct Reference {
    date: &'static str,
    /// Sorted by prefix.
    services: Vec<ServiceRow>,
}

#[derive(Debug)]
struct ServiceRow {
    prefix: &'static str,
    packed: &'static [u8],
    /// When unpacked.
    length: usize,
    /// Prefixes of keys that the service lists and that are not its own.
    others: &'static str,
    /// `None` inside: it could not be unpacked.
    service: OnceLock<Option<Service>>,
}

fn reference() -> &'static Reference {
    static REFERENCE: OnceLock<Reference> = OnceLock::new();
    REFERENCE.get_or_init(|| Reference::read(INDEX, SERVICES))
}

/// The day that the reference is of.
pub fn date() -> &'static str {
    reference().date
}

/// A service by its prefix in lower case.
pub fn service(prefix: &str) -> Option<&'static Service> {
    reference().row(prefix)?.service()
}

/// The prefixes of all services.
pub fn prefixes() -> impl Iterator<Item = &'static str> {
    reference().services.iter().map(|row| row.prefix)
}

/// What the reference lists of an action, by the prefix of its service and its name in lower case.
pub fn action(prefix: &str, name: &str) -> Option<&'static Action> {
    service(prefix)?.action(name)
}

/// Whether the reference lists a key for an action: for the action itself, or for a resource that it is asked on. `None`
/// where it does not know the action. All names are in lower case.
pub fn lists(prefix: &str, action: &str, key: &str) -> Option<bool> {
    let service = service(prefix)?;
    Some(service.lists(service.action(action)?, key))
}

/// What the reference lists of a key, by its name in lower case: in the service that it is named for, or in one that has
/// it as well.
pub fn key(folded: &str) -> Option<&'static Key> {
    let (prefix, _) = folded.split_once(':')?;
    let own = service(prefix).and_then(|service| service.key(folded));
    own.or_else(|| reference().with_key_of(prefix).find_map(|service| service.key(folded)))
}

/// Whether some service has keys with this prefix.
pub fn has_keys_of(prefix: &str) -> bool {
    reference().row(prefix).is_some() || reference().with_key_of(prefix).next().is_some()
}

impl Reference {
    /// What does not fit is left out, so that a damaged reference knows fewer services.
    fn read(index: &'static str, mut rest: &'static [u8]) -> Self {
        let mut rows = table::parts(index, b'\n').filter(|row| !row.is_empty());
        let date = rows.next().and_then(|row| row.split('\t').nth(1)).unwrap_or_default();
        let mut services = Vec::new();
        for row in rows {
            let mut columns = table::parts(row, b'\t');
            let (Some(prefix), Some(packed), Some(length)) = (columns.next(), columns.next(), columns.next())
            else {
                break;
            };
            let Some((packed, length)) = packed.parse().ok().zip(length.parse().ok()) else { break };
            let Some((packed, behind)) = rest.split_at_checked(packed) else { break };
            rest = behind;
            let others = columns.nth(3).unwrap_or_default();
            services.push(ServiceRow { prefix, packed, length, others, service: OnceLock::new() });
        }
        Self { date, services }
    }

    fn row(&self, prefix: &str) -> Option<&ServiceRow> {
        self.services.get(self.services.binary_search_by_key(&prefix, |row| row.prefix).ok()?)
    }

    /// The services that list keys with a prefix that is none of a service.
    fn with_key_of(&self, prefix: &str) -> impl Iterator<Item = &Service> {
        let has = move |row: &&ServiceRow| row.others.split(' ').any(|other| other == prefix);
        self.services.iter().filter(has).filter_map(ServiceRow::service)
    }
}

impl ServiceRow {
    fn service(&self) -> Option<&Service> {
        let read = || Some(Service::read(self.prefix, unpack(self.packed, self.length)?));
        self.service.get_or_init(read).as_ref()
    }
}

/// The text of a service, which stays as long as the program.
fn unpack(packed: &[u8], length: usize) -> Option<&'static str> {
    let mut text = String::with_capacity(length.min(1 << 20));
    // One byte more than there should be shows a stream that is too long.
    let limit = u64::try_from(length).ok()?.saturating_add(1);
    DeflateDecoder::new(packed).take(limit).read_to_string(&mut text).ok()?;
    (text.len() == length).then(|| &*Box::leak(text.into_boxed_str()))
}

/// The order of a name as AWS spells it and a name in lower case.
pub(super) fn compare(spelled: &str, folded: &str) -> Ordering {
    spelled.bytes().map(|b| b.to_ascii_lowercase()).cmp(folded.bytes())
}

#[cfg(test)]
mod tests;
