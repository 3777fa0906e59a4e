//! What stands around a message: the call, the service, the object and the key, as clients and engines write them.

use super::refusal::{Leg, Obstacle, OperationKind, Reason, Refusal};
use super::setups::{self, Setup, SetupStep};
use super::{operations, services};
use crate::work;

/// Fills in what the message itself did not tell. The text is plain, and `folded` is it in lower case.
pub(super) fn fill(refusal: &mut Refusal, text: &str, folded: &str) {
    let request = &mut refusal.request;
    request.operation = request.operation.take().or_else(|| operation(text));
    request.kind = request.kind.or_else(|| kind(folded));
    request.authorization_id = request.authorization_id.take().or_else(|| authorization_id(text));
    let in_action =
        refusal.action.as_deref().and_then(|action| action.split_once(':')).map(|(prefix, _)| prefix);
    let for_kms = in_action == Some("kms") || request.by_kms;
    request.service = request.service.take().or_else(|| {
        let in_resource = refusal.resource.as_deref().and_then(service_of_arn);
        service(text, folded, request.operation.as_deref(), for_kms).or(in_resource).map(str::to_owned)
    });
    if let Reason::Setup(setup) = refusal.reason {
        return fill_setup(refusal, setup, text);
    }
    // The words of one service around the refusal of another: a job of Glue reads from S3.
    if let Some(prefix) =
        in_action.filter(|prefix| !matches!(*prefix, "kms" | "s3-object-lambda" | "s3express"))
    {
        request.service = Some(prefix.to_lowercase());
    }
    refusal.object = refusal.object.take().or_else(|| object(text));
    // The ARN of the resource is the one of the message.
    if refusal.resource.is_none() && refusal.object.is_none() {
        refusal.object = of_arn(text);
    }
    let in_resource = refusal.resource.as_ref().filter(|arn| arn.contains(":kms:"));
    refusal.key = refusal.key.take().or_else(|| in_resource.cloned().or_else(|| key(text)));
    if refusal.resource.is_none() && refusal.leg() == Some(Leg::Role) && refusal.principal.is_none() {
        refusal.resource = role(text);
    }
    name_action(refusal);
}

/// Who asked for what, where a service speaks of its role, its bucket or its key.
fn fill_setup(refusal: &mut Refusal, setup: &Setup, text: &str) {
    let region = text.split([' ', '\'', '"']).find_map(|word| {
        let region = word.strip_prefix("arn:")?.split(':').nth(2)?;
        (!region.is_empty()).then_some(region)
    });
    let principal = match region {
        Some(region) => setup.principal.replace("REGION", region),
        None => setup.principal.to_owned(),
    };
    refusal.principal = Some(principal).filter(|name| !name.is_empty() && !name.contains("REGION"));
    refusal.key = key(text);
    refusal.object = object(text);
    match setup.step {
        SetupStep::Role | SetupStep::Itself => {
            refusal.resource = role(text);
            if setup.step == SetupStep::Itself {
                refusal.principal = refusal.resource.clone();
            }
        }
        SetupStep::Caller(_) => {
            refusal.principal = role(text);
            refusal.resource = setups::bucket(text).map(|name| format!("arn:aws:s3:::{name}"));
        }
        SetupStep::Delivery => {
            let bucket = setups::bucket(text);
            refusal.object =
                refusal.object.take().or_else(|| bucket.map(|name| format!("s3://{name}/AWSLogs/*")));
        }
        SetupStep::Key(_) | SetupStep::Unasked => {}
    }
}

/// The action that a call needs, where the message names the call alone.
fn name_action(refusal: &mut Refusal) {
    if refusal.action.is_some() {
        return;
    }
    let called = refusal.request.operation.as_deref().and_then(operations::find);
    let is_of_key = matches!(
        refusal.reason,
        Reason::KeyOutOfSight
            | Reason::Other(
                Obstacle::KeyDisabled | Obstacle::KeyState | Obstacle::KeyNotFound | Obstacle::KeyType
            )
    );
    let action = match (refusal.reason, called) {
        (Reason::LakeFormation | Reason::Setup(_), _) => None,
        (Reason::NoAccessGrant, _) => Some("s3:GetDataAccess"),
        (Reason::Other(Obstacle::Encoded), Some(row)) => row.action,
        _ if is_of_key || refusal.request.by_kms => key_action(refusal),
        (Reason::Other(_), _) => None,
        (_, Some(row)) => row.action,
        (_, None) => None,
    };
    refusal.action = action.map(str::to_owned);
}

/// What KMS is asked for a call, where the message leaves it out.
fn key_action(refusal: &Refusal) -> Option<&'static str> {
    let called = refusal.request.operation.as_deref().and_then(operations::find);
    if let Some(row) = called.filter(|row| row.service == "kms") {
        return row.action;
    }
    match (called.map(|row| (row.service, row.name)), refusal.kind()) {
        (Some(("sqs", name)), _) if name.starts_with("Send") => Some("kms:GenerateDataKey"),
        (Some(("sns", _)), _) => Some("kms:GenerateDataKey"),
        // It decrypts one object and encrypts another.
        (_, Some(OperationKind::Copy | OperationKind::Multipart)) => None,
        (_, Some(OperationKind::Write)) => Some("kms:GenerateDataKey"),
        (Some(("secretsmanager" | "sqs" | "ssm" | "lambda", name)), _) if !name.starts_with("Put") => {
            Some("kms:Decrypt")
        }
        (_, Some(OperationKind::Read)) => Some("kms:Decrypt"),
        (None, None) if refusal.service() == Some("lambda") => Some("kms:Decrypt"),
        // It speaks of a ciphertext.
        (None, None) if refusal.reason == Reason::KeyOutOfSight => {
            matches!(refusal.service(), None | Some("s3" | "kms")).then_some("kms:Decrypt")
        }
        (_, _) => None,
    }
}

/// Since 2026 some messages end with the id under which AWS keeps how it decided.
fn authorization_id(text: &str) -> Option<String> {
    let starts = ["with the following authorization id: ", "#/authorization-details/"];
    let rest = starts.iter().find_map(|start| text.split_once(start)).map(|(_, rest)| rest)?;
    let id: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    (!id.is_empty()).then_some(id)
}

/// The API call, as the AWS CLI and SDKs write it.
fn operation(text: &str) -> Option<String> {
    let is_name = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
    let after = |start: &str, end: &[char]| {
        let (_, rest) = text.rsplit_once(start)?;
        let rest = rest.trim_start_matches(['\'', '"']);
        Some(rest.split(end).next().unwrap_or(rest)).filter(is_name)
    };
    // boto3 and the AWS CLI; Go; PHP; JavaScript; Lambda; agents that call KMS.
    let found = after("when calling the ", &[' ', '\'', '"'])
        .or_else(|| {
            let (_, rest) = text.rsplit_once("operation error ")?;
            let (_, name) = rest.split_once(": ")?;
            name.split([',', ' ']).next().filter(is_name)
        })
        .or_else(|| after("Error executing \"", &['"']))
        .or_else(|| {
            let (_, rest) = text.split_once("at de_")?;
            rest.split_once("CommandError").map(|(name, _)| name).filter(is_name)
        })
        .or_else(|| after("occurred while ", &['.', ' ']).filter(|name| operations::find(name).is_some()))
        .or_else(|| after("Error calling KMS ", &[' ']))
        .or_else(|| {
            let (_, rest) = text.split_once("AWS Error ")?;
            let (_, name) = rest.split_once(" during ")?;
            name.split(' ').next().filter(is_name)
        });
    found.map(str::to_owned)
}

/// Whose call it was. KMS refuses for other services as well, so its own name counts last.
fn service(text: &str, folded: &str, operation: Option<&str>, for_kms: bool) -> Option<&'static str> {
    let by_java = text.match_indices("(Service: ").filter_map(|(at, start)| {
        let rest = text.get(at + start.len()..)?;
        services::of_sdk(start_of(rest).split([';', ',', ')']).next()?)
    });
    let by_go = text.match_indices("operation error ").filter_map(|(at, start)| {
        let (name, _) = start_of(text.get(at + start.len()..)?).split_once(':')?;
        services::of_sdk(name)
    });
    let by_package = text.match_indices("services.").filter_map(|(at, start)| {
        let (name, rest) = start_of(text.get(at + start.len()..)?).split_once('.')?;
        rest.starts_with("model.").then(|| services::of_sdk(name)).flatten()
    });
    let by_call = operation.and_then(operations::find).map(|row| row.service);
    let mut by_kms = false;
    let mut of_others = |prefix: &&'static str| {
        by_kms |= *prefix == "kms";
        *prefix != "kms"
    };
    let named = services::of_words(folded)
        .into_iter()
        .chain(by_call)
        .chain(by_java)
        .chain(by_go)
        .chain(by_package)
        .find(|prefix| of_others(prefix));
    if named.is_some() {
        return named;
    }
    // S3 says AccessDenied; the services that speak JSON, KMS among them, say AccessDeniedException.
    let speaks_json = folded.contains("accessdeniedexception")
        && !folded.contains("file.accessdeniedexception")
        && !folded.contains("kms.accessdeniedexception");
    if by_kms || (for_kms && speaks_json) {
        return Some("kms");
    }
    let signs = [
        "s3://",
        "s3a://",
        "s3n://",
        "<hostid>",
        "s3 extended request id",
        "extrid",
        "hostid:",
        "host id:",
        ".s3.",
        "s3serviceexception",
        "kms.",
    ];
    signs.iter().any(|sign| folded.contains(sign)).then_some("s3")
}

/// As much of a text as a name can take, so that nothing is searched to its end once for each beginning.
fn start_of(text: &str) -> &str {
    let end = text.char_indices().nth(64).map_or(text.len(), |(at, _)| at);
    work::did(end);
    text.get(..end).unwrap_or_default()
}

/// The service that an ARN belongs to, where it is one whose calls are known.
fn service_of_arn(arn: &str) -> Option<&'static str> {
    let prefix = arn.split(':').nth(2)?;
    services::find(prefix).map(|row| row.prefix).filter(|prefix| *prefix != "kms")
}

/// What the words of engines and file systems say of a call that they do not name.
fn kind(folded: &str) -> Option<OperationKind> {
    const WORDS: &[(&str, OperationKind)] = &[
        ("when writing to location", OperationKind::Write),
        ("when writing output to url", OperationKind::Write),
        ("innermkdirs", OperationKind::Write),
        ("mkdirs on ", OperationKind::Write),
        ("put 0-byte object", OperationKind::Write),
        ("upload failed", OperationKind::Write),
        ("writing object", OperationKind::Write),
        ("upload part #", OperationKind::Multipart),
        ("multi-part upload", OperationKind::Multipart),
        ("multipart upload", OperationKind::Multipart),
        ("copyfile", OperationKind::Copy),
        ("request: put ", OperationKind::Write),
        ("request: get ", OperationKind::Read),
        ("request: head ", OperationKind::Read),
        ("http get ", OperationKind::Read),
        ("rename ", OperationKind::Copy),
        ("delete on ", OperationKind::Delete),
        ("delete failed", OperationKind::Delete),
        ("liststatus on ", OperationKind::List),
        ("listing failed", OperationKind::List),
        ("permission denied on s3 path", OperationKind::List),
        ("getfilestatus on ", OperationKind::Read),
        ("open s3", OperationKind::Read),
        ("open on s3", OperationKind::Read),
        ("download failed", OperationKind::Read),
        ("opening hive split", OperationKind::Read),
        ("tail bytes of", OperationKind::Read),
        ("read s3", OperationKind::Read),
        ("failed to read", OperationKind::Read),
        ("error loading state", OperationKind::Read),
        ("getdynamicframe", OperationKind::Read),
    ];
    WORDS.iter().find(|(words, _)| folded.contains(words)).map(|(_, kind)| *kind)
}

/// An object that the text around the message names.
fn object(text: &str) -> Option<String> {
    let schemes = ["s3://", "s3a://", "s3n://"];
    // “open on s3a://…” names what the call was about; a path in front of it may be another one.
    let about = schemes.iter().find_map(|scheme| {
        let on = format!(" on {scheme}");
        text.find(&on).map(|at| (at + on.len(), scheme.len()))
    });
    let first = || {
        schemes
            .iter()
            .filter_map(|scheme| text.find(scheme).map(|at| (at + scheme.len(), scheme.len())))
            .min()
    };
    if let Some((at, _)) = about.or_else(first) {
        let name = word(text.get(at..)?);
        return name.split_once('/').filter(|(_, key)| !key.is_empty()).map(|_| format!("s3://{name}"));
    }
    named_apart(text).or_else(|| in_words(text)).or_else(|| of_address(text))
}

/// `arn:aws:s3:::lake/curated/x`, where the text speaks of the object by its ARN, and `GetObject for lake/curated/x`, as Lambda
/// has it.
fn of_arn(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(":s3:::").or_else(|| text.split_once("permission to GetObject for "))?;
    let name = word(rest);
    let (bucket, key) = name.split_once('/')?;
    (!bucket.is_empty() && !key.is_empty()).then(|| format!("s3://{name}"))
}

/// `(Bucket: lake, Key: curated/x)`, as Trino has it.
fn named_apart(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("(Bucket: ")?;
    let (bucket, rest) = rest.split_once(", Key: ")?;
    let key = rest.split(')').next().filter(|key| !key.is_empty())?;
    (!bucket.contains(' ')).then(|| format!("s3://{bucket}/{key}"))
}

/// `for key 'curated/x' in bucket 'lake'`, as Arrow has it.
fn in_words(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("key '")?;
    let (key, rest) = rest.split_once("' in bucket '")?;
    let (bucket, _) = rest.split_once('\'')?;
    (!key.is_empty() && !bucket.is_empty()).then(|| format!("s3://{bucket}/{key}"))
}

/// `https://lake.s3.eu-west-1.amazonaws.com/curated/x`, or with the bucket in the path.
fn of_address(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("https://")?;
    let (host, path) = word(rest).split_once('/')?;
    let path = path.split('?').next().filter(|path| !path.is_empty())?;
    if !host.contains(".amazonaws.com") {
        return None;
    }
    match host.split_once(".s3") {
        Some((bucket, _)) => Some(format!("s3://{bucket}/{path}")),
        None => host.starts_with("s3").then(|| path.contains('/').then(|| format!("s3://{path}"))).flatten(),
    }
}

/// Up to the end of a path or an address in running text.
fn word(text: &str) -> &str {
    let end = text.find([' ', '"', '\'', '<', '>', ')', '`']).unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim_end_matches([':', ',', '.', ';'])
}

/// The role whose ARN the text names.
fn role(text: &str) -> Option<String> {
    let mut words = text.split([' ', '"', '\'', ',', '<', '>', '(', ')', '`', '=']);
    let found = words.find(|word| word.starts_with("arn:") && word.contains(":role/"))?;
    Some(found.trim_end_matches(['.', ':', ';']).to_owned())
}

/// The key whose ARN the text names.
fn key(text: &str) -> Option<String> {
    text.split([' ', '"', '\'', ',', '<', '>', '(', '`', '='])
        .find(|word| word.starts_with("arn:") && word.contains(":kms:"))
        .map(|word| word.trim_end_matches(['.', ':', ';', ')']).to_owned())
}
