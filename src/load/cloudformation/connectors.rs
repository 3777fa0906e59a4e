//! Connectors of SAM: the policies that its transform writes for them.

use super::emit::{FactEmitter, Resource};
use super::stack::Entry;
use super::text::{is_hole, scalar, string, strings};
use super::types::ROLE;
use crate::estate::PlacedArn;
use crate::json::{Member, Node, Value};
use crate::policy::PolicyKind;
use crate::source::{Span, Spanned};

/// What `Read` allows on a bucket.
///
/// Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html>, and the
/// profiles of the transform that the page describes.
const READ: &[&str] = &[
    "s3:GetObject",
    "s3:GetObjectAcl",
    "s3:GetObjectLegalHold",
    "s3:GetObjectRetention",
    "s3:GetObjectTorrent",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionAcl",
    "s3:GetObjectVersionForReplication",
    "s3:GetObjectVersionTorrent",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
];

/// What `Write` allows on a bucket.
const WRITE: &[&str] = &[
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutObject",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
    "s3:RestoreObject",
];

const BUCKET: &str = "AWS::S3::Bucket";

/// One end of a connector.
struct End<'t> {
    /// The resource of the template that it names.
    entry: Option<Entry<'t>>,
    /// What it says of a resource elsewhere.
    written: Node<'t>,
}

impl End<'_> {
    fn kind(&self) -> Option<&str> {
        match &self.entry {
            Some(entry) => Some(entry.kind()),
            None => self.written.get("Type").and_then(Node::as_str),
        }
    }
}

impl<'t> FactEmitter<'_, 't> {
    /// `AWS::Serverless::Connector`
    pub(super) fn connector(&mut self, resource: &Resource<'t>) {
        let Some(source) = self.property(resource, "Source") else { return };
        let source = self.end(resource, source);
        let destinations = self.property(resource, "Destination");
        let permissions = self.property(resource, "Permissions");
        let name = self.shown(resource).into_owned();
        self.connect(resource, &name, &source, destinations, permissions);
    }

    /// `Connectors` of any other resource, which is their source.
    pub(super) fn embedded_connectors(&mut self, resource: &Resource<'t>) {
        let Some(connectors) = resource.entry.node.get("Connectors") else { return };
        for member in connectors.members() {
            let Some(properties) = member.value.get("Properties") else { continue };
            let scope = self.scope(resource);
            let mut value =
                |name: &str| properties.get(name).and_then(|node| self.evaluator.value(&scope, node));
            let (destinations, permissions) = (value("Destination"), value("Permissions"));
            let written = Node { span: member.key.span, value: Value::Null };
            let source = End { entry: Some(resource.entry.clone()), written };
            let name = format!("{}.{}", self.shown(resource), member.key.value);
            self.connect(resource, &name, &source, destinations, permissions);
        }
    }

    fn end(&self, resource: &Resource<'t>, written: Node<'t>) -> End<'t> {
        let id = written.get("Id").and_then(scalar);
        let stack = self.evaluator.stacks.get(resource.stack);
        let entry = id.and_then(|id| stack?.resource(&id)).cloned();
        End { entry, written }
    }

    fn connect(
        &mut self,
        resource: &Resource<'t>,
        name: &str,
        source: &End<'t>,
        destinations: Option<Node<'t>>,
        permissions: Option<Node<'t>>,
    ) {
        let Some(destinations) = destinations else { return };
        let role = self.role_of(resource, source);
        let is_list = !destinations.elements().is_empty();
        let list =
            if is_list { destinations.elements() } else { std::slice::from_ref(&destinations) }.to_vec();
        for destination in list {
            let at = destination.span;
            let end = self.end(resource, destination);
            // What it writes for other resources says nothing of S3 and KMS.
            if end.kind().is_some_and(|kind| kind != BUCKET) {
                continue;
            }
            let Some(role) = &role else {
                let what = format!("whose role connector {name} gives permissions");
                let source = self.source(resource);
                self.intake.misses(source, what);
                continue;
            };
            let bucket = self.bucket_of(resource, &end);
            let known = permissions.as_ref().filter(|list| !is_hole(list)).map(strings);
            let is_sure = resource.exists.iter().all(|side| side.is_empty());
            let policy = match (bucket, known) {
                (Some(bucket), Some(permissions)) if is_sure => {
                    let permissions: Vec<&str> = permissions.iter().map(|(text, _)| &**text).collect();
                    let pointer = format!("/Resources/{}", resource.entry.id);
                    self.lower(&document(&permissions, &bucket, at), PolicyKind::Identity, &pointer)
                }
                (_, _) => {
                    let symbol = format!("connector {name}");
                    let why = "what the connector allows is known when the transform of SAM has run";
                    Some(self.open_policy(&symbol, PolicyKind::Identity, at, why))
                }
            };
            if let Some(policy) = policy {
                self.intake.gives(role, policy);
                self.count(resource, "policy");
            }
        }
    }

    /// The role that a function or state machine runs with.
    fn role_of(&mut self, resource: &Resource<'t>, source: &End<'t>) -> Option<PlacedArn> {
        let at = source.written.span;
        if let Some(name) = source.written.get("RoleName").and_then(scalar) {
            return Some(self.holder(resource, ROLE, &name, at).arn);
        }
        let entry = source.entry.as_ref()?;
        if entry.has_implied_role() {
            let physical = self.evaluator.physical(resource.stack, &format!("{}Role", entry.id))?;
            return Some(Spanned::new(physical.arn.as_ref()?.parse().ok()?, at));
        }
        let scope = super::evaluator::Scope::of(resource.stack, entry);
        let role = ["Role", "RoleArn"].into_iter().find_map(|name| {
            let value = self.evaluator.property(&scope, entry, name)?;
            Some(Spanned::new(scalar(&value)?.into_owned(), at))
        })?;
        Some(self.role_named(resource, &role))
    }

    fn bucket_of(&mut self, resource: &Resource<'t>, end: &End<'t>) -> Option<String> {
        if let Some(entry) = &end.entry {
            return self.evaluator.physical(resource.stack, &entry.id)?.arn.clone();
        }
        Some(end.written.get("Arn").and_then(scalar)?.into_owned())
    }
}

/// The policy of the role for one bucket.
fn document<'t>(permissions: &[&str], bucket: &str, at: Span) -> Node<'t> {
    let list = |texts: Vec<String>| {
        let elements = texts.into_iter().map(|text| string(text, at)).collect();
        Node { span: at, value: Value::Array(elements) }
    };
    let object = |members: Vec<(&'static str, Node<'t>)>| {
        let member =
            |(key, value): (&'static str, Node<'t>)| Member { key: Spanned::new(key.into(), at), value };
        Node { span: at, value: Value::Object(members.into_iter().map(member).collect()) }
    };
    let mut statements = Vec::new();
    for (permission, actions) in [("Read", READ), ("Write", WRITE)] {
        if permissions.contains(&permission) {
            statements.push(object(vec![
                ("Effect", string("Allow", at)),
                ("Action", list(actions.iter().map(|action| (*action).to_owned()).collect())),
                ("Resource", list(vec![bucket.to_owned(), format!("{bucket}/*")])),
            ]));
        }
    }
    let statements = Node { span: at, value: Value::Array(statements) };
    object(vec![("Version", string("2012-10-17", at)), ("Statement", statements)])
}
