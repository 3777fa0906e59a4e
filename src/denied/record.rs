//! Refusals in JSON: CloudTrail records as files, as `lookup-events` answers them, or one alone; and the error
//! documents of other clients.

use serde_json::Value;

use super::{Refusal, message};
use crate::name::partition;

/// The refusals of a document, or `None` where the text is none.
pub(super) fn read(text: &str) -> Option<Vec<Refusal>> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    // One document, or one a line.
    let documents: Vec<Value> =
        serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().ok()?;
    let mut found = Vec::new();
    for document in &documents {
        gather(document, &mut found);
    }
    Some(found)
}

fn gather(value: &Value, found: &mut Vec<Refusal>) {
    if let Value::Array(elements) = value {
        elements.iter().for_each(|element| gather(element, found));
        return;
    }
    let before = found.len();
    // A log file, an answer of `lookup-events`, an answer of CloudWatch Logs.
    for list in ["Records", "Events", "events"] {
        if let Some(Value::Array(elements)) = value.get(list) {
            elements.iter().for_each(|element| gather(element, found));
        }
    }
    for (inner, depth) in [("CloudTrailEvent", true), ("message", false), ("detail", true)] {
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

/// `{"Error": {"Code": …, "Message": …}}`, as boto3 has it.
fn event_or_error_once(error: &Value) -> Option<Refusal> {
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    message::read(&format!("{}: {}", text("Code"), text("Message")))
}

/// What a CloudTrail record tells beside its message.
fn tell(event: &Value, refusal: &mut Refusal) {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let service = text("/eventSource").unwrap_or_default();
    let service = partition::without_suffix(&service).unwrap_or(&service);
    let operation = text("/eventName").unwrap_or_default();

    if text("/userIdentity/sessionContext/sessionIssuer/type").as_deref() == Some("Role") {
        refusal.role = text("/userIdentity/sessionContext/sessionIssuer/arn");
    }
    refusal.principal = refusal.principal.take().or_else(|| text("/userIdentity/arn"));
    let versioned = text("/requestParameters/versionId");
    refusal.action = refusal.action.take().or_else(|| {
        let action = match (service, operation.as_str()) {
            ("s3", "HeadObject" | "GetObject") if versioned.is_some() => "GetObjectVersion",
            ("s3", "HeadObject") => "GetObject",
            ("s3", "ListObjects" | "ListObjectsV2" | "HeadBucket") => "ListBucket",
            (_, other) => other,
        };
        (!action.is_empty() && !service.is_empty()).then(|| format!("{service}:{action}"))
    });

    let context = text("/requestParameters/encryptionContext/aws:s3:arn");
    let context =
        context.as_deref().and_then(|arn| arn.split_once(":s3:::")).map(|(_, rest)| rest.to_owned());
    match context {
        Some(object) if object.contains('/') => refusal.object = Some(format!("s3://{object}")),
        Some(bucket) => refusal.request.bucket_context = Some(bucket),
        None => {}
    }
    if service == "s3" {
        if let (Some(bucket), Some(key)) =
            (text("/requestParameters/bucketName"), text("/requestParameters/key"))
        {
            refusal.object = Some(format!("s3://{bucket}/{key}"));
        }
        // KMS sees the address and the endpoint of S3's own call.
        refusal.request.source_ip =
            text("/sourceIPAddress").filter(|ip| ip.parse::<std::net::IpAddr>().is_ok());
        refusal.request.endpoint = text("/vpcEndpointId");
    }
    if refusal.resource.is_none() && service == "kms" {
        refusal.resource = event
            .get("resources")
            .and_then(Value::as_array)
            .and_then(|all| all.iter().find_map(|one| one.get("ARN").and_then(Value::as_str)))
            .map(str::to_owned);
    }
    refusal.request.version_id = versioned;
    refusal.request.operation = Some(operation).filter(|name| !name.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denied::Reason;
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
