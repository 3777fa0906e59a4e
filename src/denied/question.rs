//! The question that a refusal answers with no, to be asked of the files.

use crate::ask::{BecomesQuestion, Circumstances, DoesQuestion, Network, Question, Session};
use crate::config;
use crate::estate::{Encryption, Estate, Known, ObjectUri};
use crate::name::Arn;

use super::{Leg, Reason, Refusal};

/// What was named beside the message.
#[derive(Clone, Debug, Default)]
pub struct Named {
    pub role: Option<String>,
    pub object: Option<ObjectUri>,
    pub profile: String,
    pub strict: bool,
}

/// The question behind a refusal, or why the files cannot be asked.
pub fn question(refusal: &Refusal, estate: &Estate, named: &Named) -> Result<Question, String> {
    let action = refusal.action.as_deref();
    match action.map(Leg::of) {
        Some(Leg::Role) => assume(refusal, estate, named),
        None | Some(Leg::S3 | Leg::Kms) if is_read(refusal) => {
            read(refusal, estate, named).map(Question::Does)
        }
        None | Some(Leg::S3 | Leg::Kms | Leg::Other) => Err(elsewhere(refusal)),
    }
}

fn is_read(refusal: &Refusal) -> bool {
    if refusal.is_write() {
        return false;
    }
    match (&refusal.action, &refusal.request.operation) {
        (Some(action), _) => {
            ["s3:GetObject", "s3:GetObjectVersion", "kms:Decrypt"].contains(&action.as_str())
        }
        (None, Some(operation)) => ["GetObject", "HeadObject", "Decrypt"].contains(&operation.as_str()),
        (None, None) => true,
    }
}

fn elsewhere(refusal: &Refusal) -> String {
    match (&refusal.action, &refusal.request.operation) {
        (Some(action), _) if action == "s3:ListBucket" => {
            "s3:ListBucket decides between 404 and 403, not about reading".to_owned()
        }
        (Some(action), Some(operation)) if action == "kms:Decrypt" => {
            format!("{operation} writes an object, and the files are asked about reading")
        }
        (Some(action), _) => format!(
            "{action} is not part of reading an object; `decryptable who --action {action} RESOURCE` shows who is allowed it"
        ),
        (None, operation) => {
            let operation = operation.as_deref().unwrap_or("this call");
            format!(
                "{operation} does not read an object, and the message does not say which action was refused"
            )
        }
    }
}

fn assume(refusal: &Refusal, estate: &Estate, named: &Named) -> Result<Question, String> {
    let by = named.role.clone().or_else(|| refusal.role.clone()).or_else(|| refusal.principal.clone());
    let (Some(role), Some(by)) = (&refusal.resource, by) else {
        return Err("the message does not name who asked for which role".to_owned());
    };
    if let Err(missing) = estate.role(role) {
        return Err(missing.to_string());
    }
    Ok(Question::Becomes(BecomesQuestion {
        role: role.clone(),
        by,
        action: refusal.action.clone().filter(|action| action != "sts:TagSession"),
        also: refusal.action.iter().filter(|action| *action == "sts:TagSession").cloned().collect(),
        circumstances: Circumstances::default(),
        strict: named.strict,
    }))
}

fn read(refusal: &Refusal, estate: &Estate, named: &Named) -> Result<DoesQuestion, String> {
    if refusal.reason == Reason::Other(super::Obstacle::Credentials) {
        return Err("no policy was asked, so the files are not asked either".to_owned());
    }
    let role = match &named.role {
        Some(role) => estate.role(role).map_err(|missing| missing.to_string())?.arn.value.to_string(),
        None => role(refusal, estate)?,
    };
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
        role,
        object,
        version_id,
        access_point: through.map(|(arn, _)| arn),
        profile: named.profile.clone(),
        circumstances: circumstances(refusal),
        strict: named.strict,
    })
}

/// The role of the estate that was refused. The ARN of a session tells account and name, and not the path.
fn role(refusal: &Refusal, estate: &Estate) -> Result<String, String> {
    if let Some(role) = refusal.role.as_deref().and_then(|arn| estate.role(arn).ok()) {
        return Ok(role.arn.value.to_string());
    }
    let Some(principal) = refusal.principal.as_deref() else {
        return Err("the message does not say who asked: name the role with --role".to_owned());
    };
    let Ok(arn) = principal.parse::<Arn>() else {
        return Err(format!("`{principal}` is not a role: name one with --role"));
    };
    let name = match (arn.resource_of("assumed-role"), arn.resource_of("role")) {
        (Some(session), _) => session.split('/').next(),
        (None, Some(role)) => role.rsplit('/').next(),
        (None, None) => None,
    };
    let Some(name) = name else {
        return Err(format!(
            "{principal} is not a role, and reads are asked about roles: name one with --role"
        ));
    };
    let found =
        estate.roles.iter().find(|role| role.arn.value.account() == arn.account() && role.name() == name);
    found
        .map(|role| role.arn.value.to_string())
        .ok_or_else(|| format!("no file tells of the role {name} of account {}", arn.account_text()))
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

/// The object, or all those that the message can mean.
fn object(refusal: &Refusal, estate: &Estate) -> Result<ObjectUri, String> {
    let of_arn = |arn: &str| format!("s3://{}", arn.split_once(":s3:::")?.1).parse::<ObjectUri>().ok();
    let resource: Option<ObjectUri> = refusal.resource.as_deref().and_then(of_arn);
    let named = refusal.object.as_deref().and_then(|object| object.parse::<ObjectUri>().ok());
    if let Some(object) = resource.or(named) {
        return Ok(object);
    }
    if let Some(bucket) = &refusal.request.bucket_context {
        return Ok(ObjectUri { bucket: bucket.clone(), key: "*".to_owned() });
    }
    let name_it = "name the object with --object s3://BUCKET/KEY";
    let Some(key) = refusal.resource.as_deref().and_then(|arn| arn.parse::<Arn>().ok()) else {
        return Err(format!("the message does not name the object: {name_it}"));
    };
    let mut found = under(estate, &key);
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(format!("the files tell of several objects under {key}: {name_it}")),
        (None, _) => Err(format!("no file tells which objects are under {key}: {name_it}")),
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
    let buckets = estate.buckets.iter().filter(|bucket| bucket.encryption.told().is_some_and(uses));
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
        session: Session { name: session, policies: Known::NotTold, tags: Known::NotTold },
        context: Vec::new(),
    }
}
