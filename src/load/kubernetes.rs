//! Kubernetes manifests: which service accounts may become which roles (IRSA), and what runs as them.
//!
//! Directories hold manifests of every kind; only those that say something about roles are read.

use super::fields::{ROLE, arn_of, text};
use super::workload::{AUDIENCE, DEFAULT_AUDIENCE, ROLE_ARN};
use super::{InputDocument, Intake, Loader, Recognition, Stage, Syntax};
use crate::estate::{ServiceAccount, Workload, WorkloadKind};
use crate::json::{Node, Value};
use crate::source::{SourceId, Spanned};

pub(super) static LOADER: Loader = Loader {
    name: "kubernetes",
    summary: "Kubernetes manifests: service accounts with `eks.amazonaws.com/role-arn`, and what runs as them",
    page: "docs/inputs/kubernetes.md",
    recognise: claims,
    read,
    settle: &[(Stage::Asked, settle)],
    ..Loader::PLAIN
};

/// How deep lists of manifests may lie inside each other.
const DEEPEST: usize = 8;

/// What runs, and as whom.
#[derive(Debug)]
struct Runs {
    /// Such as `Deployment analytics/app`.
    what: String,
    namespace: Option<String>,
    service_account: String,
    source: SourceId,
}

fn claims(input: &InputDocument<'_>) -> Recognition {
    if input.syntax == Syntax::Toml || !input.has("apiVersion") || !input.has("kind") {
        return Recognition::No;
    }
    // What the text does not even mention need not be parsed.
    let text = input.part();
    if !text.contains(ROLE_ARN) && !text.contains("serviceAccount") {
        return Recognition::No;
    }
    let mut of_use = false;
    each(input.root(), 0, &mut |object| of_use |= annotated(object).is_some() || runs_as(object).is_some());
    if of_use { Recognition::Sure } else { Recognition::No }
}

fn read(input: &InputDocument<'_>, intake: &mut Intake) {
    intake.read_as(input.source, "Kubernetes manifest");
    intake.complain(input);
    each(input.root(), 0, &mut |object| {
        if let Some(arn) = annotated(object) {
            service_account(object, arn, input.source, intake);
        } else if let Some(name) = runs_as(object) {
            let kind = text(object, "kind").map_or("", |kind| kind.value);
            let own = metadata(object, "name").map_or("…", |name| name.value);
            let namespace = metadata(object, "namespace").map(|namespace| namespace.value.to_owned());
            intake.notes::<Vec<Runs>>().push(Runs {
                what: format!("{kind} {own}"),
                namespace,
                service_account: name.to_owned(),
                source: input.source,
            });
        }
    });
}

/// Every object of a document: itself, or those in a `List`.
fn each<'n, 's>(node: &'n Node<'s>, depth: usize, then: &mut dyn FnMut(&'n Node<'s>)) {
    let is_list = text(node, "kind").is_some_and(|kind| kind.value.ends_with("List"));
    if let Some(items) = node.get("items").filter(|items| is_list && matches!(items.value, Value::Array(_))) {
        if depth < DEEPEST {
            items.elements().iter().for_each(|item| each(item, depth + 1, then));
        }
    } else if node.is_object() {
        then(node);
    }
}

fn metadata<'n>(object: &'n Node<'_>, name: &str) -> Option<Spanned<&'n str>> {
    text(object.get("metadata")?, name)
}

/// The role that a service account is annotated with.
fn annotated<'n, 's>(object: &'n Node<'s>) -> Option<&'n Node<'s>> {
    text(object, "kind").filter(|kind| kind.value == "ServiceAccount")?;
    object.get("metadata")?.get("annotations")?.get(ROLE_ARN)
}

/// The service account that the pods of an object run as.
fn runs_as<'n>(object: &'n Node<'_>) -> Option<&'n str> {
    let spec = object.get("spec")?;
    let pod = match text(object, "kind")?.value {
        "Pod" => spec,
        "CronJob" => spec.get("jobTemplate")?.get("spec")?.get("template")?.get("spec")?,
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            spec.get("template")?.get("spec")?
        }
        _ => return None,
    };
    let name = text(pod, "serviceAccountName").or_else(|| text(pod, "serviceAccount"))?;
    Some(name.value).filter(|name| !name.is_empty())
}

fn service_account(object: &Node<'_>, role: &Node<'_>, source: SourceId, intake: &mut Intake) {
    let Some(name) = metadata(object, "name") else {
        intake.misses(source, "the name of the service account");
        return;
    };
    let written = role.as_str().unwrap_or("");
    if written.trim().is_empty() || written.contains(['{', '<']) {
        intake
            .misses(source, format!("the role of service account {}: render the template first", name.value));
        return;
    }
    let Some(role) = arn_of(Spanned::new(written, role.span), ROLE, &mut intake.problems) else {
        return;
    };
    let annotations = object.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let audience = annotations.and_then(|annotations| text(annotations, AUDIENCE));
    let service_account = ServiceAccount {
        cluster: None,
        namespace: metadata(object, "namespace").map(|namespace| namespace.value.to_owned()),
        name: name.value.to_owned(),
    };
    let audience = audience.map_or(DEFAULT_AUDIENCE, |text| text.value).to_owned();
    let workload =
        Workload { kind: WorkloadKind::Irsa { service_account, audience }, role, span: object.span };
    intake.workload(source, workload);
}

/// What can be said only when every file was read.
fn settle(intake: &mut Intake) {
    for runs in intake.take_notes::<Vec<Runs>>() {
        let becomes: Vec<String> = intake
            .estate
            .workloads
            .iter()
            .filter_map(Workload::service_account)
            .filter(|account| account.name == runs.service_account)
            // A namespace that nobody told may be any.
            .filter(|account| {
                account.namespace.is_none() || runs.namespace.is_none() || account.namespace == runs.namespace
            })
            .map(|account| format!("{} runs as service account {}", runs.what, account.full_name()))
            .collect();
        for what in becomes {
            intake.contributes(runs.source, "", what);
        }
    }
}
