//! The question that a refusal answers with no, to be asked of the files.

use crate::ask::{
    self, ActsQuestion, Answer, AskError, BecomesQuestion, Circumstances, DoesQuestion, Doing, Given, Made,
    Network, Session,
};
use crate::config;
use crate::estate::{Encryption, Estate, Known, ObjectUri, StoreKind};
use crate::name::{ActionName, Arn, ConditionKey, partition};
use crate::operation::{self, ServiceCall};

use super::known::key_arn;
use super::refusal::{Leg, Obstacle, OperationKind, Reason, Refusal};
use super::services;
use super::setups::{Setup, SetupStep};

/// What was named beside the message.
#[derive(Clone, Debug, Default)]
pub struct NamedFacts {
    /// The role, where the message does not name it.
    pub role: Option<String>,
    /// The object, where the message does not name it.
    pub object: Option<ObjectUri>,
    /// The profile the read is judged by.
    pub profile: String,
    /// Whether what is not provided makes the answer conditional.
    pub strict: bool,
}

/// The question behind a refusal.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Can the caller read the object, or do something else with it?
    Read(DoesQuestion),
    /// Can the caller assume the role?
    Becomes(BecomesQuestion),
    /// May the caller do the one thing that was refused?
    Acts(ActsQuestion),
}

impl Asked {
    /// The answer of the files to the refused request.
    pub fn answer(&self, estate: &Estate) -> Result<Answer, AskError> {
        match self {
            Self::Read(question) => ask::read(estate, question),
            Self::Becomes(question) => ask::assume(estate, question),
            Self::Acts(question) => ask::acts(estate, question),
        }
    }
}

/// The question behind a refusal, or why the files cannot be asked. The estate knows what the refusal proves.
pub fn question(refusal: &Refusal, estate: &Estate, named: &NamedFacts) -> Result<Asked, String> {
    let found = one_question(refusal, estate, named);
    // Where the one authorization cannot be asked about, the whole operation perhaps can.
    found.or_else(|why| match (refusal.reason, whole(refusal, estate, named)) {
        (Reason::LakeFormation | Reason::NoAccessGrant | Reason::Setup(_) | Reason::Other(_), _)
        | (_, None) => Err(why),
        (_, Some(question)) => Ok(Asked::Read(question)),
    })
}

/// The operation that the refused call is part of, with all its authorizations.
pub fn whole(refusal: &Refusal, estate: &Estate, named: &NamedFacts) -> Option<DoesQuestion> {
    let operation = match refusal.kind()? {
        OperationKind::Write => "write",
        OperationKind::Multipart => "multipart",
        OperationKind::Delete => "delete",
        OperationKind::List => "list",
        OperationKind::Read
        | OperationKind::Copy
        | OperationKind::Replicate
        | OperationKind::Assume
        | OperationKind::Action => return None,
    };
    let role = caller(refusal, estate, named).ok()?;
    let bucket = || {
        let arn = refusal.resource.as_deref()?.parse::<Arn>().ok().filter(|arn| arn.service() == "s3")?;
        let bucket = Some(arn.resource()).filter(|name| !name.is_empty() && !name.contains(['/', ':']))?;
        Some(ObjectUri { bucket: bucket.to_owned(), key: "*".to_owned() })
    };
    let object = object_of(refusal, estate, named).or_else(|| bucket().filter(|_| operation == "list"))?;
    estate.bucket(&object.bucket).ok()?;
    Some(DoesQuestion {
        doing: Doing { operation: operation.to_owned(), ..Doing::default() },
        role,
        object,
        version_id: refusal.request.version_id.clone(),
        access_point: access_point(refusal, estate).map(|(arn, _)| arn),
        profile: named.profile.clone(),
        circumstances: circumstances(refusal),
        strict: named.strict,
    })
}

fn one_question(refusal: &Refusal, estate: &Estate, named: &NamedFacts) -> Result<Asked, String> {
    match refusal.reason {
        Reason::Other(Obstacle::Credentials | Obstacle::Expired | Obstacle::Region | Obstacle::Token) => {
            return Err("no policy was asked, so the files are not asked either".to_owned());
        }
        Reason::Other(Obstacle::Policy) => {
            return Err(
                "AWS did not store a policy, and refused no access: `decryptable lint` reads the document"
                    .to_owned(),
            );
        }
        Reason::Other(Obstacle::OriginIdentity) => {
            return Err("no policy lets an origin access identity use a key: `decryptable who s3://BUCKET/KEY` shows who reads".to_owned());
        }
        Reason::LakeFormation | Reason::NoAccessGrant => {
            return Err("its grants are in no file that is read here".to_owned());
        }
        Reason::Missing(_)
        | Reason::Explicit(_)
        | Reason::KeyOutOfSight
        | Reason::PublicAccessBlock(_)
        | Reason::NotSaid
        | Reason::Bare
        | Reason::Setup(_)
        | Reason::Other(_) => {}
    }
    if let Reason::Setup(setup) = refusal.reason {
        match setup.step {
            SetupStep::Delivery => return delivery(refusal, setup, estate, named).map(Asked::Read),
            SetupStep::Unasked => {
                return Err("the message names no request that the files could be asked about".to_owned());
            }
            SetupStep::Role | SetupStep::Itself | SetupStep::Key(_) | SetupStep::Caller(_) => {}
        }
    }
    if refusal.request.is_whole && refusal.leg() != Some(Leg::Role) {
        return evaluated(refusal, estate, named).map(Asked::Acts);
    }
    // Who has no policies of its own is asked about for the one authorization alone.
    // What Object Lambda refuses is no part of reading the object behind it.
    let is_own = refusal
        .action
        .as_deref()
        .is_none_or(|action| action.starts_with("s3:") || action.starts_with("kms:"));
    let is_read = matches!(refusal.kind(), Some(OperationKind::Read) | None)
        && is_own
        && !refusal.is_beside_s3()
        && (named.role.is_some() || !refusal.principal.as_deref().is_some_and(has_no_policies));
    match refusal.leg() {
        Some(Leg::Role) => assume(refusal, estate, named).map(Asked::Becomes),
        Some(Leg::S3 | Leg::Kms) | None if is_read && is_told(refusal, estate, named) => {
            read(refusal, estate, named).map(Asked::Read)
        }
        Some(Leg::Kms) => of_key(refusal, estate, named).map(Asked::Acts),
        Some(Leg::S3 | Leg::Other) if refusal.action.is_some() => {
            of_resource(refusal, estate, named).map(Asked::Acts)
        }
        Some(Leg::S3 | Leg::Other) | None => Err(elsewhere(refusal)),
    }
}

/// The object of a refusal: named beside it, by its resource, or around it.
pub fn object_of(refusal: &Refusal, estate: &Estate, named: &NamedFacts) -> Option<ObjectUri> {
    let through = || access_point(refusal, estate).map(|(_, object)| object);
    named.object.clone().or_else(through).or_else(|| by_name(refusal))
}

/// Whether the whole read can be asked about: its object is known, or nothing but the message speaks against guessing.
fn is_told(refusal: &Refusal, estate: &Estate, named: &NamedFacts) -> bool {
    let is_kms = refusal.leg() == Some(Leg::Kms);
    match object_of(refusal, estate, named) {
        Some(object) => !is_kms || estate.bucket(&object.bucket).is_ok(),
        None => !is_kms || key_arn(refusal).is_none(),
    }
}

fn elsewhere(refusal: &Refusal) -> String {
    match (&refusal.action, &refusal.request.operation) {
        (Some(action), _) => format!(
            "{action} is not asked about here; `decryptable who --action {action} RESOURCE` shows who is allowed it"
        ),
        (None, Some(operation)) if refusal.kind() == Some(OperationKind::Copy) => format!(
            "the message does not say which action {operation} was refused for: `decryptable can ROLE copy s3://FROM s3://TO` asks about all of them"
        ),
        (None, Some(operation)) => {
            format!("the message does not say which action {operation} was refused for")
        }
        (None, None) => "the message names neither the call nor the action that was refused".to_owned(),
    }
}

/// What the service writes into the bucket as itself.
fn delivery(
    refusal: &Refusal,
    setup: &Setup,
    estate: &Estate,
    named: &NamedFacts,
) -> Result<DoesQuestion, String> {
    let Some(object) = object_of(refusal, estate, named) else {
        return Err(format!(
            "the message does not name the bucket: `decryptable can service:{} deliver s3://BUCKET/KEY` asks about it",
            setup.principal
        ));
    };
    estate.bucket(&object.bucket).map_err(|missing| missing.to_string())?;
    Ok(DoesQuestion {
        doing: Doing { operation: operation::DELIVER.to_owned(), ..Doing::default() },
        role: format!("service:{}", setup.principal),
        object,
        version_id: None,
        access_point: None,
        profile: named.profile.clone(),
        circumstances: Circumstances::default(),
        strict: named.strict,
    })
}

fn assume(refusal: &Refusal, estate: &Estate, named: &NamedFacts) -> Result<BecomesQuestion, String> {
    let is_itself = matches!(refusal.reason, Reason::Setup(setup) if setup.step == SetupStep::Itself);
    // Where a service speaks, the role that is named beside the message is the one to assume.
    let is_of_service = refusal.principal.as_deref().is_some_and(has_no_policies);
    let beside = named.role.clone().filter(|_| is_of_service || is_itself);
    let full = |role: String| estate.role(&role).map_or(role, |found| found.arn.value.to_string());
    let own = named.role.clone().filter(|_| !is_of_service).map(full);
    let by = own.or_else(|| refusal.role.clone()).or_else(|| refusal.principal.clone());
    let by = by
        .map(|by| if has_no_policies(&by) && !by.starts_with("arn:") { format!("service:{by}") } else { by });
    let beside = beside.map(full);
    let resource = refusal.resource.clone().or(beside);
    let (Some(role), Some(by)) = (&resource, by) else {
        return Err(
            "the message does not name who asked for which role: `decryptable trust ROLE` shows who can assume it".to_owned()
        );
    };
    if let Err(missing) = estate.role(role) {
        return Err(missing.to_string());
    }
    let by = match by.parse::<Arn>() {
        Ok(arn) if arn.resource_of("oidc-provider").or(arn.resource_of("saml-provider")).is_some() => {
            format!("federated:{by}")
        }
        Ok(_) | Err(_) => by,
    };
    let told = &refusal.request.told;
    let (session, keys): (Vec<_>, Vec<_>) = told.iter().partition(|(key, _)| key == "sts:RoleSessionName");
    Ok(BecomesQuestion {
        role: role.clone(),
        by,
        action: refusal.action.clone().filter(|action| action != "sts:TagSession"),
        also: refusal.action.iter().filter(|action| *action == "sts:TagSession").cloned().collect(),
        circumstances: Circumstances {
            session: Session {
                name: session.into_iter().find_map(|(_, name)| name.as_ref()?.first().cloned()),
                ..Session::default()
            },
            context: keys.into_iter().map(given).collect(),
            ..Circumstances::default()
        },
        strict: named.strict,
    })
}

/// A key that a record tells, or tells to be absent.
fn given((key, value): &(String, Option<Vec<String>>)) -> (ConditionKey, Given) {
    let value =
        value.as_ref().filter(|values| !values.is_empty()).cloned().map_or(Given::Absent, Given::Values);
    (ConditionKey::new(key), value)
}

fn read(refusal: &Refusal, estate: &Estate, named: &NamedFacts) -> Result<DoesQuestion, String> {
    let role = caller(refusal, estate, named)?;
    let through = access_point(refusal, estate);
    let object = match (&named.object, &through) {
        (Some(object), _) => object.clone(),
        (None, Some((_, object))) => object.clone(),
        (None, None) => object(refusal, estate)?,
    };
    let version_id = refusal.request.version_id.clone();
    if version_id.is_none() && refusal.action.as_deref() == Some("s3:GetObjectVersion") {
        return Err(format!(
            "the message does not tell the version that was asked for: `decryptable can {role} {object} --version-id ID`"
        ));
    }
    Ok(DoesQuestion {
        doing: Doing::default(),
        role,
        object,
        version_id,
        access_point: through.map(|(arn, _)| arn),
        profile: named.profile.clone(),
        circumstances: circumstances(refusal),
        strict: named.strict,
    })
}

/// The one authorization that AWS evaluated, in the context that it had.
fn evaluated(refusal: &Refusal, estate: &Estate, named: &NamedFacts) -> Result<ActsQuestion, String> {
    let by = caller(refusal, estate, named)?;
    let (Some(action), Some(resource)) = (refusal.action.clone(), refusal.resource.clone()) else {
        return Err(elsewhere(refusal));
    };
    let circumstances = Circumstances {
        context: refusal.request.told.iter().map(given).collect(),
        ..Circumstances::default()
    };
    Ok(ActsQuestion { by, action, resource, made: Made::Somehow, circumstances, strict: named.strict })
}

/// The one authorization of KMS, as the service that called it asked for it.
fn of_key(refusal: &Refusal, estate: &Estate, named: &NamedFacts) -> Result<ActsQuestion, String> {
    let by = caller(refusal, estate, named)?;
    let Some(action) = refusal.action.clone() else { return Err(elsewhere(refusal)) };
    let Some(key) = key_arn(refusal) else {
        if let Some((action, resource)) = of_only_store(refusal, estate) {
            let (made, circumstances) = (Made::Directly, circumstances(refusal));
            return Ok(ActsQuestion { by, action, resource, made, circumstances, strict: named.strict });
        }
        return Err(format!(
            "the message does not name the key: `decryptable who --action {action} KEY` shows who may use it, and the record of \
             CloudTrail in the key's account names it"
        ));
    };
    let pairs = &refusal.request.encryption_context;
    let pair = |(name, value): &(String, String)| {
        (ConditionKey::new(&format!("kms:EncryptionContext:{name}")), Given::Values(vec![value.clone()]))
    };
    let (made, circumstances) = match refusal.service() {
        // What Athena reads for a query, it reads through S3.
        None | Some("s3" | "athena") => {
            let encrypted = pairs.iter().find(|(name, _)| name == "aws:s3:arn").map(|(_, arn)| arn.clone());
            (Made::Through { service: "s3".to_owned(), encrypted }, circumstances(refusal))
        }
        Some("kms") => {
            let told = Circumstances { context: pairs.iter().map(pair).collect(), ..circumstances(refusal) };
            (Made::Directly, told)
        }
        Some(service) if services::calls_in_its_name(service) => {
            let told =
                Circumstances { context: pairs.iter().map(pair).collect(), ..Circumstances::default() };
            (Made::Through { service: service.to_owned(), encrypted: None }, told)
        }
        Some(_) => (Made::Somehow, Circumstances::default()),
    };
    Ok(ActsQuestion { by, action, resource: key.to_string(), made, circumstances, strict: named.strict })
}

/// The call of a service that did not name the key, on the only secret or queue that the files tell of.
fn of_only_store(refusal: &Refusal, estate: &Estate) -> Option<(String, String)> {
    let action = format!("{}:{}", refusal.service()?, refusal.request.operation.as_deref()?);
    ServiceCall::find(&ActionName::new(&action)?)?;
    let mut stores = estate.stores.iter().filter(|store| Some(store.kind.service()) == refusal.service());
    let only = stores.next().filter(|_| stores.next().is_none())?;
    Some((action, only.arn.value.to_string()))
}

/// The secret or queue that a refusal calls by its name.
fn store_called(refusal: &Refusal, estate: &Estate, name: &str) -> Option<String> {
    let kind = StoreKind::ALL.into_iter().find(|kind| Some(kind.service()) == refusal.service())?;
    Some(estate.store_named(kind, name)?.arn.value.to_string())
}

/// The one authorization of another service, or of another call of S3.
fn of_resource(refusal: &Refusal, estate: &Estate, named: &NamedFacts) -> Result<ActsQuestion, String> {
    let by = caller(refusal, estate, named)?;
    let Some(action) = refusal.action.clone() else { return Err(elsewhere(refusal)) };
    let resource = match &refusal.resource {
        Some(resource) if resource.starts_with("arn:") => resource.clone(),
        Some(name) if store_called(refusal, estate, name).is_some() => {
            store_called(refusal, estate, name).unwrap_or_default()
        }
        Some(_) | None => {
            let object = object_of(refusal, estate, named).filter(|_| refusal.leg() == Some(Leg::S3));
            let Some(object) = object else {
                return Err(format!(
                    "the message does not name what {action} was asked for: {NAME_IT}, or ask `decryptable who --action {action} \
                     RESOURCE`"
                ));
            };
            let partition = by.split(':').nth(1).filter(|name| name.starts_with("aws")).unwrap_or("aws");
            // Permissions on a bucket have its kind in their names.
            let on_bucket = action.contains("Bucket");
            if on_bucket {
                format!("arn:{partition}:s3:::{}", object.bucket)
            } else {
                format!("arn:{partition}:s3:::{}/{}", object.bucket, object.key)
            }
        }
    };
    Ok(ActsQuestion {
        by,
        action,
        resource,
        made: Made::Directly,
        circumstances: circumstances(refusal),
        strict: named.strict,
    })
}

/// Callers beside roles and users: nobody, a root user, a federated user, a service.
fn has_no_policies(principal: &str) -> bool {
    let Ok(arn) = principal.parse::<Arn>() else {
        let is_service = partition::without_suffix(principal).is_some_and(|name| !name.contains(['/', '@']));
        return principal == "anonymous" || is_service;
    };
    arn.resource() == "root" || arn.resource_of("federated-user").is_some()
}

const NAME_IT: &str = "name the object with --object s3://BUCKET/KEY";

/// The role or user of the estate that was refused. The ARN of a session tells account and name, and not the path.
fn caller(refusal: &Refusal, estate: &Estate, named: &NamedFacts) -> Result<String, String> {
    if let Some(role) = &named.role {
        let user = estate
            .user(role)
            .or_else(|| estate.users.iter().find(|user| user.arn.value.resource_of("user") == Some(role)));
        return match (estate.role(role), user) {
            (Ok(role), _) => Ok(role.arn.value.to_string()),
            (Err(_), Some(user)) => Ok(user.arn.value.to_string()),
            (Err(missing), None) => Err(missing.to_string()),
        };
    }
    if let Some(role) = refusal.role.as_deref().and_then(|arn| estate.role(arn).ok()) {
        return Ok(role.arn.value.to_string());
    }
    let Some(principal) = refusal.principal.as_deref() else {
        return Err("the message does not say who asked: name the role with --role".to_owned());
    };
    if principal == "anonymous" {
        return Ok(principal.to_owned());
    }
    let Ok(arn) = principal.parse::<Arn>() else {
        if has_no_policies(principal) {
            return Ok(format!("service:{principal}"));
        }
        return Err(format!("`{principal}` is neither a role nor a user: name one with --role"));
    };
    if has_no_policies(principal) {
        return Ok(principal.to_owned());
    }
    if arn.resource_of("user").is_some() {
        return match estate.user(principal) {
            Some(user) => Ok(user.arn.value.to_string()),
            None => Err(format!("no input describes the user {principal}")),
        };
    }
    let name = match (arn.resource_of("assumed-role"), arn.resource_of("role")) {
        (Some(session), _) => session.split('/').next(),
        (None, Some(role)) => role.rsplit('/').next(),
        (None, None) => None,
    };
    let Some(name) = name else {
        return Err(format!(
            "{principal} is neither a role nor a user, and the files are asked about those: name one with --role"
        ));
    };
    let found =
        estate.roles.iter().find(|role| role.arn.value.account() == arn.account() && role.name() == name);
    found
        .map(|role| role.arn.value.to_string())
        .ok_or_else(|| format!("no input describes the role {name} of account {}", arn.account_text()))
}

/// `…:accesspoint/NAME/object/KEY`
fn access_point(refusal: &Refusal, estate: &Estate) -> Option<(String, ObjectUri)> {
    let arn: Arn = refusal.resource.as_deref()?.parse().ok()?;
    let (name, key) = arn.resource_of("accesspoint")?.split_once("/object/")?;
    let point = estate
        .access_points
        .iter()
        .find(|point| Some(point.account) == arn.account() && point.name == name)?;
    let through =
        Arn::of(arn.partition(), "s3", arn.region(), arn.account_text(), &format!("accesspoint/{name}"));
    Some((through.to_string(), ObjectUri { bucket: point.bucket.clone(), key: key.to_owned() }))
}

/// The object that the resource or the text around the message names.
fn by_name(refusal: &Refusal) -> Option<ObjectUri> {
    let of_arn = |arn: &str| format!("s3://{}", arn.split_once(":s3:::")?.1).parse::<ObjectUri>().ok();
    let resource: Option<ObjectUri> = refusal.resource.as_deref().and_then(of_arn);
    resource.or_else(|| refusal.object.as_deref()?.parse().ok())
}

/// The object, or all those that the message can mean.
fn object(refusal: &Refusal, estate: &Estate) -> Result<ObjectUri, String> {
    if let Some(object) = by_name(refusal) {
        return Ok(object);
    }
    if let Some(bucket) = refusal.bucket_in_context() {
        return Ok(ObjectUri { bucket: bucket.to_owned(), key: "*".to_owned() });
    }
    let Some(key) = refusal.key.as_deref().and_then(|arn| arn.parse::<Arn>().ok()) else {
        return Err(format!("the message does not name the object: {NAME_IT}"));
    };
    let mut found = under(estate, &key);
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(format!("the files tell of several objects under {key}: {NAME_IT}")),
        (None, _) => Err(format!("no input says which objects are under {key}: {NAME_IT}")),
    }
}

/// What the estate says is encrypted under a key: as objects are told, else by the defaults of buckets.
fn under(estate: &Estate, key: &Arn) -> Vec<ObjectUri> {
    let uses =
        |encryption: &Encryption| encryption.key.as_ref().is_some_and(|used| used.as_str() == key.as_str());
    let objects = estate
        .objects
        .iter()
        .filter(|object| object.encryption.as_ref().is_some_and(uses))
        .filter_map(|object| object.uri.value.as_str().parse::<ObjectUri>().ok());
    let told: Vec<ObjectUri> = objects.collect();
    if !told.is_empty() {
        return told;
    }
    let buckets = estate.buckets.iter().filter(|bucket| bucket.encryption.provided().is_some_and(uses));
    buckets.map(|bucket| ObjectUri { bucket: bucket.name.clone(), key: "*".to_owned() }).collect()
}

/// What the refused request is known to have had.
fn circumstances(refusal: &Refusal) -> Circumstances {
    let session = refusal.principal.as_deref().and_then(|principal| {
        let (_, session) = principal.split_once(":assumed-role/")?.1.split_once('/')?;
        config::is_session_name(session).then(|| session.to_owned())
    });
    let request = &refusal.request;
    // Through an endpoint the address is one inside the VPC.
    let through = request.endpoint.is_some();
    Circumstances {
        network: Network {
            source_ip: request.source_ip.clone().filter(|_| !through),
            endpoint: request.endpoint.clone(),
            vpc: None,
            private_ip: request.source_ip.clone().filter(|_| through),
        },
        session: Session { name: session, policies: Known::NotProvided, tags: Known::NotProvided },
        context: request.told.iter().map(given).collect(),
        headers: Vec::new(),
    }
}
