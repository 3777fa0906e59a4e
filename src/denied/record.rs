//! Refusals in JSON: CloudTrail records as files, as `lookup-events` answers them, or one alone; and the error
//! documents of other clients.
//!
//! Sources: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>,
//! <https://docs.aws.amazon.com/kms/latest/developerguide/ct-decrypt.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html>

use serde_json::Value;

use super::refusal::{Reason, Refusal};
use super::{details, message, operations, services};
use crate::eval::Gate;
use crate::name::keys::{self, KeyType, Subject};
use crate::name::{partition, reference};

/// The refusals of a document, or `None` where the text is none.
pub(super) fn read(text: &str) -> Option<Vec<Refusal>> {
    let text = text.trim();
    if text.starts_with(['{', '[']) {
        // One document, or one a line.
        let documents: Vec<Value> =
            serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().ok()?;
        return Some(of_documents(&documents));
    }
    // Behind a time or a level, as loggers print a record: one that ends on its line, or one that the text ends with.
    if !["\"errorCode\"", "\"errorMessage\"", "\"eventSource\""].iter().any(|name| text.contains(name)) {
        return None;
    }
    let of_line = |line: &str| serde_json::from_str(line.get(line.find('{')?..)?.trim_end()).ok();
    let mut documents: Vec<Value> = text.lines().filter_map(of_line).collect();
    if documents.is_empty() {
        let rest = text.find('{').and_then(|at| text.get(at..))?;
        documents = serde_json::Deserializer::from_str(rest).into_iter().map_while(Result::ok).collect();
    }
    Some(of_documents(&documents)).filter(|found| !found.is_empty())
}

fn of_documents(documents: &[Value]) -> Vec<Refusal> {
    let mut found = Vec::new();
    for document in documents {
        gather(document, &mut found);
    }
    found
}

fn gather(value: &Value, found: &mut Vec<Refusal>) {
    if let Some(evaluated) = details::read(value) {
        found.extend(evaluated);
        return;
    }
    if let Value::Array(elements) = value {
        elements.iter().for_each(|element| gather(element, found));
        return;
    }
    if let Some(Value::Array(results)) = value.get("EvaluationResults") {
        found.extend(results.iter().filter_map(simulated));
        return;
    }
    let before = found.len();
    // A log file, an answer of `lookup-events`, an answer of CloudWatch Logs.
    for list in ["Records", "Events", "events"] {
        if let Some(Value::Array(elements)) = value.get(list) {
            elements.iter().for_each(|element| gather(element, found));
        }
    }
    for (inner, depth) in
        [("CloudTrailEvent", true), ("message", false), ("detail", true), ("DecodedMessage", false)]
    {
        match value.get(inner) {
            Some(Value::String(text)) if text.trim_start().starts_with('{') => {
                // Text inside text ends here: serde_json bounds how deep one of them goes, and nothing bounds how often.
                if let Ok(event @ Value::Object(_)) = serde_json::from_str(text) {
                    found.extend(event_or_error(&event));
                }
            }
            Some(event @ Value::Object(_)) if depth => found.extend(event_or_error(event)),
            Some(_) | None => {}
        }
    }
    // A wrapping repeats what it wraps, and tells less of it.
    if found.len() == before {
        found.extend(event_or_error(value));
    }
}

fn event_or_error(value: &Value) -> Option<Refusal> {
    if value.get("allowed") == Some(&Value::Bool(false)) {
        return decoded(value);
    }
    if let Some(failure) = value.pointer("/replicationEventData/failureReason").and_then(Value::as_str) {
        return not_replicated(value, failure);
    }
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let code = ["errorCode", "__type", "Code", "code"].iter().find_map(|name| text(name));
    let said = ["errorMessage", "Message", "message"].iter().find_map(|name| text(name));
    if code.is_none() && said.is_none() {
        return value.get("Error").or_else(|| value.get("error")).and_then(event_or_error_once);
    }
    let whole = format!("{}: {}", code.unwrap_or_default(), said.unwrap_or_default());
    let mut refusal = message::read(&whole)?;
    if value.get("eventName").is_some() {
        tell(value, &mut refusal);
    }
    Some(refusal)
}

/// One result of `simulate-principal-policy` or `simulate-custom-policy`: it does not say whose policies they were.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html>
fn simulated(result: &Value) -> Option<Refusal> {
    let text = |pointer: &str| result.pointer(pointer).and_then(Value::as_str);
    let is_no = |pointer: &str| result.pointer(pointer) == Some(&Value::Bool(false));
    let of_kind = |kind: &str| match kind {
        "Resource Policy" | "resource" => Gate::Resource,
        "PermissionsBoundaryPolicy" => Gate::Boundary,
        _ => Gate::Identity,
    };
    let reason = match text("/EvalDecision")? {
        "explicitDeny" if is_no("/OrganizationsDecisionDetail/AllowedByOrganizations") => {
            Reason::Explicit(Some(Gate::Scp))
        }
        "explicitDeny" => Reason::Explicit(text("/MatchedStatements/0/SourcePolicyType").map(of_kind)),
        "implicitDeny" if is_no("/OrganizationsDecisionDetail/AllowedByOrganizations") => {
            Reason::Missing(Gate::Scp)
        }
        "implicitDeny" if is_no("/PermissionsBoundaryDecisionDetail/AllowedByPermissionsBoundary") => {
            Reason::Missing(Gate::Boundary)
        }
        "implicitDeny" => Reason::Missing(Gate::Identity),
        _ => return None,
    };
    let mut refusal = Refusal {
        action: text("/EvalActionName").map(str::to_owned),
        resource: text("/EvalResourceName").filter(|name| *name != "*").map(str::to_owned),
        reason,
        ..Refusal::default()
    };
    refusal.key = refusal.resource.clone().filter(|arn| arn.contains(":kms:"));
    refusal.request.is_simulated = true;
    // The simulator takes a context key that it was not given for absent.
    let missing = result.get("MissingContextValues").and_then(Value::as_array).into_iter().flatten();
    refusal.request.not_given = missing.filter_map(Value::as_str).map(str::to_owned).collect();
    Some(refusal)
}

/// An event of a replication that failed.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-failure-codes.html>
fn not_replicated(event: &Value, failure: &str) -> Option<Refusal> {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    let mut refusal = message::read(&format!("{failure} OperationFailedReplication"))?;
    let (bucket, key) = (text("/s3/bucket/name"), text("/s3/object/key"));
    refusal.object = bucket.zip(key).map(|(bucket, key)| format!("s3://{bucket}/{key}"));
    Some(refusal)
}

/// What `sts decode-authorization-message` answers.
fn decoded(value: &Value) -> Option<Refusal> {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let (principal, action) = (text("/context/principal/arn")?, text("/context/action")?);
    let resource =
        text("/context/resource").map_or_else(String::new, |arn| format!(" on resource: \"{arn}\""));
    let is_explicit = value.get("explicitDeny") == Some(&Value::Bool(true));
    let reason = if is_explicit { " with an explicit deny" } else { "" };
    message::read(&format!("User: {principal} is not authorized to perform: {action}{resource}{reason}"))
}

/// `{"Error": {"Code": …, "Message": …}}`, as boto3 has it.
fn event_or_error_once(error: &Value) -> Option<Refusal> {
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    message::read(&format!("{}: {}", text("Code"), text("Message")))
}

/// A CloudTrail record, by JSON pointers.
struct Event<'v>(&'v Value);

impl Event<'_> {
    fn text(&self, pointer: &str) -> Option<String> {
        self.0.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
    }

    /// The service as a prefix of actions: of the event, and of who made the call for the caller.
    fn service(&self, pointer: &str) -> Option<String> {
        let host = self.text(pointer)?;
        Some(partition::without_suffix(&host).unwrap_or(&host).to_owned()).filter(|name| is_service(name))
    }

    /// The first ARN of a kind among the resources.
    fn resource(&self, kind: &str) -> Option<String> {
        let all = self.0.get("resources")?.as_array()?;
        let arns = all.iter().filter_map(|one| one.get("ARN").and_then(Value::as_str));
        arns.into_iter().find(|arn| arn.contains(kind)).map(str::to_owned)
    }
}

fn is_service(name: &str) -> bool {
    reference::service(name).is_some()
}

/// What a CloudTrail record tells beside its message.
fn tell(event: &Value, refusal: &mut Refusal) {
    let event = Event(event);
    let service = event.service("/eventSource");
    let operation = event.text("/eventName").filter(|name| !name.is_empty());
    let is_named = refusal.principal.is_some();
    who(&event, refusal);
    refusal.request.version_id = event.text("/requestParameters/versionId");
    context(&event, refusal);
    match service.as_deref() {
        Some("s3") => of_s3(&event, refusal),
        Some("kms") => of_kms(&event, refusal),
        Some("sts") => of_sts(&event, refusal),
        Some(_) | None => refusal.request.service = service.clone(),
    }
    // What the message leaves out, the event names.
    let is_guess = !is_named && service.as_deref() == Some("kms");
    if (refusal.action.is_none() || is_guess)
        && let (Some(service), Some(operation)) = (&service, &operation)
        && (is_guess || !matches!(refusal.reason, Reason::Other(_)))
    {
        refusal.action = action(service, operation, refusal.request.version_id.is_some());
    }
    // KMS's own calls are named by their action; the call that a person made was another one.
    if service.as_deref() != Some("kms") || refusal.request.service.as_deref() == Some("kms") {
        refusal.request.operation = operation;
    }
}

/// The action that a call needs: by the table, else by its own name.
fn action(service: &str, operation: &str, is_versioned: bool) -> Option<String> {
    match operations::find(operation).filter(|row| row.service == service) {
        Some(row) if row.action == Some("s3:GetObject") && is_versioned => {
            Some("s3:GetObjectVersion".to_owned())
        }
        Some(row) => row.action.map(str::to_owned),
        None => Some(format!("{service}:{operation}")),
    }
}

fn who(event: &Event<'_>, refusal: &mut Refusal) {
    if event.text("/userIdentity/sessionContext/sessionIssuer/type").as_deref() == Some("Role") {
        refusal.role = event.text("/userIdentity/sessionContext/sessionIssuer/arn");
    }
    refusal.principal = refusal.principal.take().or_else(|| event.text("/userIdentity/arn"));
    if refusal.principal.is_none() && event.text("/userIdentity/type").as_deref() == Some("AWSService") {
        refusal.principal = event.text("/userIdentity/invokedBy");
    }
}

/// The encryption context: among the parameters, or beside them.
fn context(event: &Event<'_>, refusal: &mut Refusal) {
    let pairs = ["/requestParameters/encryptionContext", "/additionalEventData/encryptionContext"];
    let pairs = pairs.iter().find_map(|at| event.0.pointer(at).and_then(Value::as_object));
    let text = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    refusal.request.encryption_context = pairs.into_iter().flatten().filter_map(text).collect();
    if let Some(object) = refusal.object_in_context().map(|object| format!("s3://{object}")) {
        refusal.object = Some(object);
    }
}

fn of_s3(event: &Event<'_>, refusal: &mut Refusal) {
    refusal.request.service = Some("s3".to_owned());
    let bucket = event.text("/requestParameters/bucketName");
    if let (Some(bucket), Some(key)) = (&bucket, event.text("/requestParameters/key")) {
        refusal.object = Some(format!("s3://{bucket}/{key}"));
    }
    // Headers and parameters that were sent are keys of the same name.
    let parameters = event.0.pointer("/requestParameters").and_then(Value::as_object);
    for (name, value) in parameters.into_iter().flatten() {
        let key = format!("s3:{name}");
        let is_key = keys::find(&key.to_lowercase()).is_some_and(|key| key.subject == Subject::Request);
        if let Some(value) = value.as_str().filter(|_| is_key && name != "versionId") {
            refusal.request.told.push((key, Some(vec![value.to_owned()])));
        }
    }
    let written = "/requestParameters/x-amz-server-side-encryption-aws-kms-key-id";
    refusal.key = refusal.key.take().or_else(|| event.text(written)).or_else(|| event.resource(":kms:"));
    // KMS sees the address and the endpoint of S3's own call.
    refusal.request.source_ip =
        event.text("/sourceIPAddress").filter(|ip| ip.parse::<std::net::IpAddr>().is_ok());
    refusal.request.endpoint = event.text("/vpcEndpointId");
}

fn of_kms(event: &Event<'_>, refusal: &mut Refusal) {
    let called = event
        .service("/userIdentity/invokedBy")
        .or_else(|| event.service("/sourceIPAddress"))
        .or_else(|| by_context(refusal).map(str::to_owned));
    refusal.request.service = called.or_else(|| Some("kms".to_owned()));
    let key = refusal.key.take().or_else(|| event.resource(":kms:"));
    refusal.key = key.or_else(|| event.text("/requestParameters/keyId").filter(|id| id.starts_with("arn:")));
    if refusal.resource.is_none() && refusal.reason != Reason::KeyOutOfSight {
        refusal.resource.clone_from(&refusal.key);
    }
}

/// The service that puts such a pair into the encryption context: `aws:sqs:arn`, and two without its name.
fn by_context(refusal: &Refusal) -> Option<&'static str> {
    refusal.request.encryption_context.iter().find_map(|(name, _)| match name.as_str() {
        "SecretARN" => Some("secretsmanager"),
        "PARAMETER_ARN" => Some("ssm"),
        name => {
            let (service, _) = name.strip_prefix("aws:")?.split_once(':')?;
            services::of_sdk(service)
        }
    })
}

fn of_sts(event: &Event<'_>, refusal: &mut Refusal) {
    refusal.request.service = Some("sts".to_owned());
    refusal.resource = refusal.resource.take().or_else(|| event.text("/requestParameters/roleArn"));
    // A parameter and its key have the same name; one that is not sent leaves its key out.
    if let Some(parameters) = event.0.pointer("/requestParameters").and_then(Value::as_object) {
        let of_text = keys::all().filter(|key| key.value_type == KeyType::Text && !key.is_multivalued);
        for key in of_text.filter(|key| key.name.starts_with("sts:") && !key.name.ends_with('/')) {
            let name = key.name.trim_start_matches("sts:");
            let sent = parameters.iter().find(|(parameter, _)| parameter.eq_ignore_ascii_case(name));
            let value = sent.and_then(|(_, value)| value.as_str()).map(|value| vec![value.to_owned()]);
            refusal.request.told.push((key.name.to_owned(), value));
        }
    }
    if event.text("/userIdentity/type").as_deref() != Some("WebIdentityUser") {
        return;
    }
    // The provider's ARN, the audience and the subject, behind one another.
    let provider = event.text("/userIdentity/identityProvider");
    refusal.principal = refusal.principal.take().or_else(|| provider.clone());
    let issuer =
        provider.as_deref().and_then(|arn| arn.split_once(":oidc-provider/")).map(|(_, issuer)| issuer);
    let subject = event.text("/userIdentity/userName");
    if let Some(issuer) = issuer {
        let whole = event.text("/userIdentity/principalId").unwrap_or_default();
        let audience = subject.as_deref().and_then(|subject| {
            let (_, rest) = whole.split_once(issuer)?;
            rest.strip_suffix(subject)?.strip_suffix(':')?.strip_prefix(':').map(str::to_owned)
        });
        refusal.request.told.extend(audience.map(|value| (format!("{issuer}:aud"), Some(vec![value]))));
        refusal.request.told.extend(subject.map(|value| (format!("{issuer}:sub"), Some(vec![value]))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Gate;

    const EVENT: &str = r#"{"eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "errorCode": "AccessDenied",
        "errorMessage": "User: arn:aws:sts::111111111111:assumed-role/app/s is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:222222222222:key/k because no resource-based policy allows the kms:Decrypt action",
        "sourceIPAddress": "203.0.113.9",
        "userIdentity": {"arn": "arn:aws:sts::111111111111:assumed-role/app/s",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111111111111:role/eks/app"}}},
        "requestParameters": {"encryptionContext": {"aws:s3:arn": "arn:aws:s3:::lake/curated/x"}}}"#;

    #[test]
    fn records_in_each_wrapping() {
        let string = serde_json::to_string(EVENT).unwrap();
        for text in [
            EVENT.to_owned(),
            format!("{{\"Records\": [{EVENT}, {{\"eventName\": \"Decrypt\"}}]}}"),
            format!("[{EVENT}]"),
            format!("{{\"Events\": [{{\"EventName\": \"Decrypt\", \"CloudTrailEvent\": {string}}}]}}"),
            format!("{{\"events\": [{{\"timestamp\": 1, \"message\": {string}}}]}}"),
            format!("{{\"detail-type\": \"AWS API Call via CloudTrail\", \"detail\": {EVENT}}}"),
        ] {
            let found = read(&text).unwrap();
            let [refusal] = found.as_slice() else { panic!("{found:?} in {text}") };
            assert_eq!(refusal.role.as_deref(), Some("arn:aws:iam::111111111111:role/eks/app"));
            assert_eq!(refusal.object.as_deref(), Some("s3://lake/curated/x"));
            assert_eq!(refusal.reason, Reason::Missing(Gate::Resource));
            assert_eq!(refusal.request.source_ip, None);
        }
    }

    #[test]
    fn a_record_of_s3_names_call_and_network() {
        let found = read(
            r#"{"eventSource": "s3.amazonaws.com", "eventName": "HeadObject", "errorCode": "AccessDenied", "errorMessage": "Access Denied",
            "sourceIPAddress": "10.0.0.9", "vpcEndpointId": "vpce-0a1b",
            "requestParameters": {"bucketName": "lake", "key": "a b", "versionId": "v1"}}"#,
        );
        let refusal = found.unwrap().pop().unwrap();
        assert_eq!(refusal.action.as_deref(), Some("s3:GetObjectVersion"));
        assert_eq!(refusal.object.as_deref(), Some("s3://lake/a b"));
        assert_eq!(refusal.request.endpoint.as_deref(), Some("vpce-0a1b"));
        assert_eq!(refusal.reason, Reason::Bare);
    }

    #[test]
    fn errors_of_clients() {
        let boto = read(r#"{"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}"#).unwrap();
        assert_eq!(boto.len(), 1);
        assert_eq!(read(r#"{"a": 1}"#), Some(Vec::new()));
        assert_eq!(read("{not JSON"), None);
        assert_eq!(read(&"[".repeat(100_000)), None);
    }
}
