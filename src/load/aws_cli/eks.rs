//! `aws eks …`, and the OpenID Connect providers of `aws iam …`: who in a cluster may become which role.

use crate::estate::{Known, PlacedArn, ServiceAccount, Workload, WorkloadKind};
use crate::json::{Node, Value};
use crate::load::federation::bare;
use crate::load::fields::{ROLE, arn_of, flag, text, unexpected};
use crate::load::{InputDocument, Intake};
use crate::name::Arn;
use crate::source::Spanned;

pub(super) fn describe_pod_identity_association(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(node) = input.root().get("association") else { return };
    association(node, input, intake);
}

/// The list names no roles, but what was edited into it may.
pub(super) fn list_pod_identity_associations(input: &InputDocument<'_>, intake: &mut Intake) {
    for node in input.root().get("associations").map(Node::elements).unwrap_or_default() {
        association(node, input, intake);
    }
}

fn association(node: &Node<'_>, input: &InputDocument<'_>, intake: &mut Intake) {
    let (Some(namespace), Some(name)) = (text(node, "namespace"), text(node, "serviceAccount")) else {
        return;
    };
    let who = format!("{}/{}", namespace.value, name.value);
    let Some(role) = text(node, "roleArn") else {
        let id = text(node, "associationId").map_or("…", |id| id.value);
        // A description beside the list says it.
        let known = intake.estate.workloads.iter().any(|workload| {
            matches!(workload.kind, WorkloadKind::PodIdentity { .. }) && workload.name() == who
        });
        if !known {
            let missing = format!(
                "the role of service account {who}: aws eks describe-pod-identity-association --association-id {id}"
            );
            intake.misses(input.source, missing);
        }
        return;
    };
    let Some(role) = arn_of(role, ROLE, &mut intake.problems) else { return };
    let target = text(node, "targetRoleArn")
        .filter(|target| !target.value.is_empty())
        .and_then(|target| arn_of(target, ROLE, &mut intake.problems));
    let owned = |name: &str| text(node, name).map(|text| text.value.to_owned());
    // `arn:aws:eks:REGION:ACCOUNT:podidentityassociation/CLUSTER/ID` tells clusters of one name apart.
    let cluster =
        text(node, "associationArn").and_then(|arn| arn.value.parse::<Arn>().ok()).and_then(|arn| {
            let cluster = arn.resource_of("podidentityassociation")?.split('/').next()?.to_owned();
            let resource = format!("cluster/{cluster}");
            Some(Arn::of(arn.partition(), "eks", arn.region(), arn.account_text(), &resource).to_string())
        });
    let service_account = ServiceAccount {
        cluster: cluster.or_else(|| owned("clusterName")),
        namespace: Some(namespace.value.to_owned()),
        name: name.value.to_owned(),
    };
    let kind = WorkloadKind::PodIdentity {
        service_account,
        target,
        external_id: owned("externalId"),
        disable_session_tags: flag(node, "disableSessionTags").is_some_and(|off| off.value),
        has_policy: text(node, "policy").is_some_and(|policy| !policy.value.is_empty()),
    };
    intake.workload(input.source, Workload { kind, role, span: node.span });
}

pub(super) fn describe_cluster(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(cluster) = input.root().get("cluster") else { return };
    let Some(arn) = text(cluster, "arn") else {
        intake.misses(input.source, "the ARN of the cluster");
        return;
    };
    let Ok(parsed) = arn.value.parse::<Arn>() else {
        let message = format!("`{}` is not an ARN", arn.value);
        intake.problems.push(unexpected(arn.span, message));
        return;
    };
    let issuer = cluster.get("identity").and_then(|i| i.get("oidc")).and_then(|oidc| text(oidc, "issuer"));
    let issuer = issuer.map(|issuer| issuer.map(|url| bare(url).to_owned()));
    let mut what = format!("cluster {parsed}");
    if let Some(issuer) = &issuer {
        what.push_str(&format!(", whose issuer is {}", issuer.value));
    }
    intake.contributes(input.source, "", what);
    intake.cluster(Spanned::new(parsed, arn.span), issuer);
}

pub(super) fn list_open_id_connect_providers(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(list) = input.root().get("OpenIDConnectProviderList") else { return };
    for node in list.elements() {
        let Some(arn) = text(node, "Arn") else { continue };
        let parsed = arn.value.parse::<Arn>().ok();
        let Some((parsed, url)) = parsed.and_then(|parsed| {
            let url = parsed.resource_of("oidc-provider")?.to_owned();
            Some((parsed, url))
        }) else {
            let message = format!("`{}` is not the ARN of an OpenID Connect provider", arn.value);
            intake.problems.push(unexpected(arn.span, message));
            continue;
        };
        intake.contributes(input.source, "", format!("OpenID Connect provider {parsed}"));
        intake.oidc_provider(Some(Spanned::new(parsed, arn.span)), &url, Known::NotProvided, node.span);
    }
}

/// The answer holds the URL and not the ARN: it is about every listed provider of that URL.
pub(super) fn get_open_id_connect_provider(input: &InputDocument<'_>, intake: &mut Intake) {
    let root = input.root();
    let Some(url) = text(root, "Url") else { return };
    let url = bare(url.value).to_owned();
    let ids = root.get("ClientIDList").filter(|list| matches!(list.value, Value::Array(_)));
    let ids: Known<Vec<String>> = ids
        .map(|list| list.elements().iter().filter_map(|id| id.as_str().map(str::to_owned)).collect())
        .into();
    let arns: Vec<PlacedArn> = intake
        .estate
        .oidc_providers
        .iter()
        .filter(|known| known.url == url)
        .filter_map(|known| known.arn.clone())
        .collect();
    intake.contributes(input.source, "", format!("OpenID Connect provider {url}"));
    if arns.is_empty() {
        intake.misses(input.source, "its account: aws iam list-open-id-connect-providers");
        intake.oidc_provider(None, &url, ids, root.span);
        return;
    }
    for arn in arns {
        intake.oidc_provider(Some(arn), &url, ids.clone(), root.span);
    }
}
