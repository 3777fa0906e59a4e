use std::sync::Arc;

use crate::estate::{AccessPoint, Bucket, Estate, Missing, Object, ObjectUri};
use crate::eval::{KnownPrefix, Rest};
use crate::logic::{Unknown, UnknownKind};
use crate::name::{AccountId, Arn, ConditionKey, partition};
use crate::service::FoundResource;

/// The name that the part of an object's key goes by which a question leaves open.
pub const OBJECT_KEY: &str = "object key";

/// The key of an object, or a pattern of keys.
#[derive(Clone, Debug)]
pub(crate) struct ObjectKey<'e> {
    pub(crate) uri: ObjectUri,
    /// What the estate knows of it.
    pub(crate) told: Option<&'e Object>,
    /// The object by the name of its bucket.
    pub(crate) place: ObjectPlace,
}

/// What a policy calls something: an ARN, and the part of it that the question leaves open.
#[derive(Clone, Debug)]
pub(crate) struct ObjectPlace {
    pub(crate) arn: Box<str>,
    pub(crate) within: Option<KnownPrefix>,
}

/// The access point that a request names in place of the bucket.
#[derive(Clone, Debug)]
pub(crate) struct Through<'e> {
    pub(crate) point: &'e AccessPoint,
    pub(crate) arn: Box<str>,
    /// The object by the name of the access point (R22).
    pub(crate) object: Option<ObjectPlace>,
}

/// A bucket, or objects in it, as a request names them.
#[derive(Clone, Debug)]
pub(crate) struct Target<'e> {
    pub(crate) bucket: &'e Bucket,
    pub(crate) bucket_arn: Box<str>,
    /// Nothing where the request is about the bucket itself.
    pub(crate) object: Option<ObjectKey<'e>>,
    pub(crate) through: Option<Through<'e>>,
    pub(crate) version_id: Option<String>,
}

impl<'e> Target<'e> {
    /// The bucket, or the objects that a key names; a `*` or `?` in the key leaves it open.
    pub(crate) fn new(
        estate: &'e Estate,
        bucket: &'e Bucket,
        key: Option<&str>,
        point: Option<&'e AccessPoint>,
        partition: &str,
    ) -> Self {
        let bucket_arn: Box<str> = Arn::of(partition, "s3", "", "", &bucket.name).as_str().into();
        let region = bucket.region.provided().map(String::as_str);
        let point_arn = point.map(|point| arn_of_point(point, region, partition));
        let uri = key.map(|key| ObjectUri { bucket: bucket.name.clone(), key: key.to_owned() });
        let rest = uri.as_ref().and_then(open_key);
        let below = |start: String| rest.as_ref().map(|rest| rest.below(start));
        let place = |start: String, key: &str| ObjectPlace {
            arn: format!("{start}{key}").into(),
            within: below(start),
        };
        let through = point.zip(point_arn).map(|(point, arn)| Through {
            point,
            object: uri.as_ref().map(|uri| place(format!("{arn}/object/"), &uri.literal_key())),
            arn,
        });
        let object = uri.map(|uri| ObjectKey {
            told: if rest.is_some() { None } else { estate.object(&uri) },
            place: place(format!("{bucket_arn}/"), &uri.literal_key()),
            uri,
        });
        Self { bucket, bucket_arn, object, through, version_id: None }
    }

    /// As the request names it.
    pub(crate) fn arn(&self) -> &str {
        match (&self.through, &self.object) {
            (Some(through), Some(_)) => through.object.as_ref().map_or(&through.arn, |place| &place.arn),
            (Some(through), None) => &through.arn,
            (None, Some(object)) => &object.place.arn,
            (None, None) => &self.bucket_arn,
        }
    }

    /// The bucket itself.
    pub(crate) fn of_bucket(&self) -> Self {
        let through = self.through.clone().map(|through| Through { object: None, ..through });
        Self { object: None, through, version_id: None, ..self.clone() }
    }

    /// The same by the name of the bucket.
    pub(crate) fn underlying(&self) -> (Box<str>, Option<KnownPrefix>) {
        match &self.object {
            Some(object) => (object.place.arn.clone(), object.place.within.clone()),
            None => (self.bucket_arn.clone(), None),
        }
    }

    pub(crate) fn bucket_account(&self) -> Option<AccountId> {
        self.bucket.account.provided().copied()
    }

    /// What is known of the object.
    pub(crate) fn told(&self) -> Option<&'e Object> {
        self.object.as_ref()?.told
    }
}

/// The resource that an ARN of S3 means: a bucket, an object, or either of them through an access point.
pub(super) fn find<'e>(estate: &'e Estate, text: &str) -> Option<Result<FoundResource<'e>, Missing>> {
    let arn: Arn = text.parse().ok()?;
    if arn.service() != "s3" {
        return None;
    }
    let found = |bucket: &'e Bucket, key: Option<&str>, point: Option<&'e AccessPoint>| {
        let partition = partition_of(bucket).unwrap_or(arn.partition());
        Box::new(Target::new(estate, bucket, key, point, partition)) as FoundResource<'e>
    };
    if arn.account().is_some() {
        // A bucket's own ARN names no account; an access point's does.
        let (_, rest) = arn.resource().split_once("accesspoint/")?;
        let (name, key) = match rest.split_once("/object/") {
            Some((name, key)) => (name, Some(key)),
            None => (rest, None),
        };
        let whole = text.strip_suffix(&format!("/object/{}", key.unwrap_or_default())).unwrap_or(text);
        let point = estate.access_points.iter().find(|p| p.name == name && p.is_named(whole));
        let Some(point) = point else {
            let near = estate.access_points.iter().map(|p| p.name.as_str());
            return Some(Err(estate.missing("access point", name, near)));
        };
        return Some(estate.bucket(&point.bucket).map(|bucket| found(bucket, key, Some(point))));
    }
    let (name, key) = match arn.resource().split_once('/') {
        Some((name, key)) => (name, Some(key)),
        None => (arn.resource(), None),
    };
    // An access point's alias stands where a bucket's name does (R22).
    let by_alias = estate.access_points.iter().find(|p| p.alias.as_deref() == Some(name));
    Some(match (estate.bucket(name), by_alias) {
        (Ok(bucket), _) => Ok(found(bucket, key, None)),
        (Err(_), Some(point)) => estate.bucket(&point.bucket).map(|bucket| found(bucket, key, Some(point))),
        (Err(missing), None) => Err(missing),
    })
}

fn arn_of_point(point: &AccessPoint, bucket_region: Option<&str>, partition: &str) -> Box<str> {
    let region = match point.is_multi_region() {
        true => "",
        false => point.region.as_deref().or(bucket_region).unwrap_or(""),
    };
    let resource = format!("accesspoint/{}", point.name);
    Arn::of(partition, "s3", region, &point.account.to_string(), &resource).as_str().into()
}

/// The partition that a bucket is in, by its Region.
pub(crate) fn partition_of(bucket: &Bucket) -> Option<&'static str> {
    bucket.region.provided().map(|region| partition::of_region(region).id)
}

/// The key of the object, where the question leaves it open.
fn open_key(object: &ObjectUri) -> Option<Arc<Rest>> {
    object.pattern().map(|pattern| {
        Arc::new(Rest {
            key: ConditionKey::new(OBJECT_KEY),
            like: Arc::new(pattern),
            request: "",
            because: Unknown::new(
                UnknownKind::ContextKey,
                OBJECT_KEY,
                format!("not all objects that fit {object} are alike"),
            ),
        })
    })
}
