//! Everything one read question is about, looked up once.

use std::sync::Arc;

use crate::ask::{AskError, Network, ReadQuestion};
use crate::estate::{AccessPoint, Bucket, Endpoint, Estate, Identity, Key, Object, ObjectUri};
use crate::eval::{Caller, Rest, SessionName, Within};
use crate::logic::{Fact, Unknown, UnknownKind};
use crate::name::{AccountId, Arn, ConditionKey, Wild, partition};
use crate::request::Asker;
use crate::request::keys::Who;

#[derive(Clone)]
pub(super) struct Setting<'e> {
    pub(super) estate: &'e Estate,
    pub(super) question: &'e ReadQuestion,
    /// Who asks.
    pub(super) asker: Asker<'e>,
    pub(super) bucket: &'e Bucket,
    /// The object by the name of its bucket, also where the question names an access point in its place.
    pub(super) uri: ObjectUri,
    pub(super) object: Option<&'e Object>,
    /// Where the request comes from, by all that was told of it.
    pub(super) network: Network,
    pub(super) endpoint: Option<&'e Endpoint>,
    pub(super) access_point: Option<&'e AccessPoint>,
    pub(super) caller: Caller,
    pub(super) region: Option<String>,
    pub(super) bucket_arn: String,
    pub(super) object_arn: String,
    /// The object as a request through the access point names it (R22).
    pub(super) access_point_arn: Option<String>,
    pub(super) access_point_object_arn: Option<String>,
    /// What the question leaves open of the object's ARN, by bucket and by access point: every key that fits a pattern.
    pub(super) within: Option<Within>,
    pub(super) access_point_within: Option<Within>,
    pub(super) facts: Vec<Fact>,
    /// Only whether it works is asked, and nobody reads why.
    pub(super) probe: bool,
}

impl<'e> Setting<'e> {
    pub(super) fn find(estate: &'e Estate, question: &'e ReadQuestion) -> Result<Self, AskError> {
        Self::of(estate, question, asker(estate, question)?)
    }

    /// The question of somebody in particular, whomever its text names.
    pub(super) fn of(
        estate: &'e Estate,
        question: &'e ReadQuestion,
        asker: Asker<'e>,
    ) -> Result<Self, AskError> {
        // An access point's alias stands where a bucket's name does (R22).
        let alias = &question.object.bucket;
        let by_alias = estate.access_points.iter().find(|p| p.alias.as_ref() == Some(alias));
        let bucket = match (estate.bucket(alias), by_alias) {
            (Ok(bucket), _) => bucket,
            (Err(_), Some(point)) => estate.bucket(&point.bucket)?,
            (Err(missing), None) => return Err(missing.into()),
        };
        let uri = ObjectUri { bucket: bucket.name.clone(), key: question.object.key.clone() };
        let region = bucket.region.told().cloned();
        let partition = match region.as_deref() {
            Some(region) => partition::of_region(region).id,
            None => &asker.caller.partition,
        };
        let bucket_arn = Arn::of(partition, "s3", "", "", &bucket.name).as_str().to_owned();
        let object_arn = format!("{bucket_arn}/{}", question.object.key);
        let mut caller = asker.caller.clone();
        if let Some(name) = &question.circumstances.session.name {
            caller.session = SessionName::Told(name.as_str().into());
        }
        let access_point = match &question.access_point {
            Some(name) => Some(estate.access_point(name)?),
            None => by_alias.filter(|_| bucket.name != *alias),
        };
        if let Some(point) = access_point
            && point.bucket != bucket.name
        {
            return Err(AskError::Invalid {
                message: format!(
                    "the access point `{}` leads to the bucket `{}`, not to `{}`",
                    point.name, point.bucket, bucket.name
                ),
                help: Some(format!("ask for s3://{}/…", point.bucket)),
            });
        }
        let access_point_arn = access_point.map(|point| {
            let region = match point.is_multi_region() {
                true => "",
                false => point.region.as_deref().or(region.as_deref()).unwrap_or(""),
            };
            Arn::of(
                partition,
                "s3",
                region,
                &point.account.to_string(),
                &format!("accesspoint/{}", point.name),
            )
            .as_str()
            .to_owned()
        });
        let access_point_object_arn =
            access_point_arn.as_ref().map(|arn| format!("{arn}/object/{}", question.object.key));
        let rest = open_key(&question.object);
        let below = |start: String| rest.as_ref().map(|rest| rest.below(start));
        let within = below(format!("{bucket_arn}/"));
        let access_point_within = access_point_arn.as_ref().and_then(|arn| below(format!("{arn}/object/")));
        let network = question.circumstances.whole_network();
        if let (Some(_), true) = (&network.source_ip, network.through_endpoint()) {
            return Err(AskError::Invalid {
                message: "a request comes from a public address or through a VPC endpoint, not both"
                    .to_owned(),
                help: Some(
                    "leave out the address, or the endpoint, its VPC and the private address".to_owned(),
                ),
            });
        }
        let facts = Self::facts_of(estate, network.vpc.as_deref());
        let endpoint = match (&network.endpoint, &network.vpc) {
            (Some(id), _) => estate.endpoint(id),
            (None, Some(vpc)) => only_endpoint(estate, vpc),
            (None, None) => None,
        };
        Ok(Self {
            estate,
            question,
            asker: asker.clone(),
            bucket,
            object: if rest.is_some() { None } else { estate.object(&uri) },
            uri,
            network,
            endpoint,
            access_point,
            caller,
            bucket_arn,
            object_arn,
            access_point_arn,
            access_point_object_arn,
            access_point_within,
            within,
            facts,
            probe: false,
            region,
        })
    }

    pub(super) fn who(&self) -> Who<'_> {
        Who {
            estate: self.estate,
            caller: &self.caller,
            role: self.asker.identity.and_then(Identity::role),
            tags: self.asker.tags(),
            session_tags: &self.question.circumstances.session.tags,
            strict: self.question.strict,
        }
    }

    /// Values that go together by what was told of the VPC endpoints.
    fn facts_of(estate: &Estate, vpc: Option<&str>) -> Vec<Fact> {
        let of = |e: &Endpoint| {
            let fact = |other: &'static str, holds: &str| Fact {
                key: "aws:sourcevpce",
                value: e.id.as_str().into(),
                other: Some((other, holds.into())),
            };
            // A request from another VPC does not pass it.
            let elsewhere = vpc.is_some_and(|vpc| e.vpc.as_deref().is_some_and(|own| own != vpc));
            let never = Fact { key: "aws:sourcevpce", value: e.id.as_str().into(), other: None };
            let account = e.account.map(|a| a.to_string());
            let inside = e.vpc.as_deref().map(|vpc| fact("aws:sourcevpc", vpc));
            let told = inside.into_iter().chain(account.map(|a| fact("aws:vpceaccount", &a)));
            told.chain(elsewhere.then_some(never)).collect::<Vec<_>>()
        };
        estate.endpoints.iter().flat_map(of).collect()
    }

    pub(super) fn bucket_account(&self) -> Option<AccountId> {
        self.bucket.account.told().copied()
    }

    /// The keys S3 can use for the bucket.
    pub(super) fn keys_of_region(&self) -> impl Iterator<Item = &'e Key> {
        let here = |key: &&Key| self.region.as_deref().is_none_or(|r| key.arn.value.region() == r);
        self.estate.keys.iter().filter(here)
    }

    /// The client is known to use a VPC endpoint, by what was told of the network or by a key given by hand.
    pub(super) fn through_endpoint(&self) -> bool {
        // Only requests through an endpoint lack a public address.
        let no_address =
            self.question.circumstances.context.iter().any(|(key, value)| {
                key.folded() == "aws:sourceip" && matches!(value, crate::ask::Given::Absent)
            });
        self.network.through_endpoint() || no_address
    }

    /// The network is known not to be a VPC endpoint.
    pub(super) fn is_public_network(&self) -> bool {
        self.network.source_ip.is_some() && !self.network.through_endpoint()
    }
}

/// The role, else the user, that a question names.
fn asker<'e>(estate: &'e Estate, question: &ReadQuestion) -> Result<Asker<'e>, AskError> {
    let identity = match (estate.role(&question.role), estate.user(&question.role)) {
        (Ok(role), _) => Identity::Role(role),
        (Err(_), Some(user)) => Identity::User(user),
        (Err(missing), None) => return Err(missing.into()),
    };
    Asker::of(identity).map_err(|e| AskError::Invalid { message: e.to_string(), help: None })
}

/// The name a key that the question leaves open goes by.
pub const OBJECT_KEY: &str = "object key";

/// The key of the object, where the question leaves it open.
fn open_key(object: &ObjectUri) -> Option<Arc<Rest>> {
    object.key.contains(['*', '?']).then(|| {
        Arc::new(Rest {
            key: ConditionKey::new(OBJECT_KEY),
            like: Arc::new(Wild::glob(&object.key, false)),
            request: "",
            because: Unknown::new(
                UnknownKind::ContextKey,
                OBJECT_KEY,
                format!("not all objects that fit {object} are alike"),
            ),
        })
    })
}

/// The one endpoint of a VPC that was told.
fn only_endpoint<'e>(estate: &'e Estate, vpc: &str) -> Option<&'e Endpoint> {
    let mut found = estate.endpoints.iter().filter(|e| e.vpc.as_deref() == Some(vpc));
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only),
        (_, _) => None,
    }
}
