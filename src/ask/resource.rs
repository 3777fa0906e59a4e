//! What is meant where a question names a resource for one action.

use super::AskError;
use crate::estate::{Called, Estate, KeyReference};
use crate::name::{ActionName, Arn, reference};
use crate::service::{self, partition_of};

/// A resource by its ARN.
pub(super) struct Named {
    pub(super) arn: String,
    /// The alias that the request names a key by (R61).
    pub(super) alias: Option<String>,
}

/// Actions on an alias as such (R89).
const OF_ALIASES: [&str; 3] = ["kms:createalias", "kms:deletealias", "kms:updatealias"];

/// An ARN, `s3://…`, an alias or id of a key, an address of a plan, or a logical id.
pub(super) fn named(estate: &Estate, action: &ActionName, text: &str) -> Result<Named, AskError> {
    let plain = |arn: String| Ok(Named { arn, alias: None });
    if action.service() == "kms" {
        return key(estate, action, text);
    }
    if action.service() == "s3"
        && let Some(arn) = bucket_or_object(estate, action, text)
    {
        return plain(arn);
    }
    if text == "*" || text.parse::<Arn>().is_ok() {
        return plain(text.to_owned());
    }
    match estate.identity_called(text).or_else(|| estate.role(text).ok().map(|role| &role.arn.value)) {
        Some(arn) if matches!(action.service(), "sts" | "iam") => plain(arn.to_string()),
        Some(_) | None => match (service::of(action.service()).named)(estate, text) {
            Some(arn) => plain(arn.to_string()),
            None => Err(AskError::Invalid {
                message: format!("`{text}` is not the ARN of a resource"),
                help: Some("write its ARN, or a name that the files give to it".to_owned()),
            }),
        },
    }
}

/// A key; the aliases of keys stand for them in all requests but those about aliases.
fn key(estate: &Estate, action: &ActionName, text: &str) -> Result<Named, AskError> {
    let arn = text.parse::<Arn>().ok();
    let alias = match &arn {
        Some(arn) => arn.resource_of("alias").map(|name| format!("alias/{name}")),
        None => text.starts_with("alias/").then(|| text.to_owned()),
    };
    let is_about_alias = OF_ALIASES.contains(&action.folded());
    match (arn, alias) {
        (Some(arn), None) => Ok(Named { arn: arn.to_string(), alias: None }),
        (Some(arn), Some(_)) if is_about_alias => Ok(Named { arn: arn.to_string(), alias: None }),
        (Some(arn), Some(alias)) => match estate.resolve_key(&KeyReference::Arn(arn), None, None) {
            Some(key) => Ok(Named { arn: key.arn.value.to_string(), alias: Some(alias) }),
            None => Err(unknown_key(estate, text)),
        },
        (None, alias) if text != "*" => {
            let called = (service::of("kms").named)(estate, text).or_else(|| called(estate, text));
            match called {
                Some(arn) => Ok(Named { arn: arn.to_string(), alias }),
                None => Err(unknown_key(estate, text)),
            }
        }
        (None, _) => Ok(Named { arn: text.to_owned(), alias: None }),
    }
}

/// The only key that another name stands for.
fn called(estate: &Estate, name: &str) -> Option<Arn> {
    let mut keys = estate.names.get(name)?.iter().filter_map(|called| match called {
        Called::Key(arn) => Some(arn),
        Called::Role(_) | Called::User(_) | Called::Bucket(_) | Called::Store(_) => None,
    });
    let only = keys.next()?;
    keys.next().is_none().then(|| only.clone())
}

fn unknown_key(estate: &Estate, name: &str) -> AskError {
    let aliases = estate.keys.iter().filter_map(|key| key.aliases.provided()).flatten().map(String::as_str);
    let arns = estate.keys.iter().map(|key| key.arn.value.as_str());
    let names = estate.names.iter().filter(|(_, called)| called.iter().any(|c| matches!(c, Called::Key(_))));
    let names = names.map(|(name, _)| name.as_str());
    AskError::Missing(estate.missing("key", name, arns.chain(aliases).chain(names)))
}

/// The ARN of a bucket or an object, also where a file names the bucket otherwise. An action on buckets is asked on the
/// bucket that an object lies in.
fn bucket_or_object(estate: &Estate, action: &ActionName, text: &str) -> Option<String> {
    let path = match text.strip_prefix("s3://") {
        Some(path) => path.strip_suffix('/').filter(|bucket| !bucket.contains('/')).unwrap_or(path),
        None if text.parse::<Arn>().is_ok() => return None,
        None => text,
    };
    let (name, key) = path.split_once('/').map_or((path, None), |(name, key)| (name, Some(key)));
    let bucket = match estate.bucket(name) {
        Ok(bucket) => Some(bucket),
        Err(_) if text.starts_with("s3://") => None,
        Err(_) => return None,
    };
    let partition = bucket.and_then(partition_of).unwrap_or("aws");
    let name = bucket.map_or(name, |bucket| &bucket.name);
    let arn = Arn::of(partition, "s3", "", "", name);
    Some(match key.filter(|_| !is_of_bucket(action)) {
        Some(key) => format!("{arn}/{key}"),
        None => arn.to_string(),
    })
}

/// The service reference lists buckets for it, and no objects.
fn is_of_bucket(action: &ActionName) -> bool {
    let Some((service, name)) = action.folded().split_once(':') else { return false };
    let Some(service) = reference::service(service) else { return false };
    service.action(name).is_some_and(|action| {
        let kinds = action.resources().filter_map(|on| service.resource(&on));
        let kinds: Vec<&str> = kinds.map(|kind| kind.name).collect();
        kinds.contains(&"bucket") && !kinds.contains(&"object")
    })
}
