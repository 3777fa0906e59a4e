//! `[[workload]]` and `[[oidc_provider]]`.

use std::path::Path;

use super::field;
use crate::estate::{Known, PlacedArn, ServiceAccount, Workload, WorkloadKind};
use crate::json::{Members, Node, Reader};
use crate::load::Intake;
use crate::load::federation::bare;
use crate::load::fields::{ArnOf, ROLE, arn_of, invalid};
use crate::load::workload::{DEFAULT_AUDIENCE, SERVICES};
use crate::source::Spanned;

const OIDC_PROVIDER: ArnOf =
    ArnOf { service: "iam", kind: "oidc-provider", shape: "arn:aws:iam::ACCOUNT:oidc-provider/URL" };

/// How a service account becomes a role.
#[derive(Copy, Clone, PartialEq, Eq)]
enum By {
    Irsa,
    PodIdentity,
}

pub(super) fn workload(node: &Node<'_>, _: &Path, intake: &mut Intake) {
    const NAMES: &[&str] = &[
        "role",
        "service",
        "name",
        "kind",
        "cluster",
        "namespace",
        "service_account",
        "audience",
        "target",
        "external_id",
    ];
    let mut problems = Vec::new();
    let workload = Reader::strict(&mut problems)
        .object(node, "a workload", NAMES)
        .and_then(|mut t| if t.node("service").is_some() { of_service(&mut t) } else { of_cluster(&mut t) });
    intake.problems.append(&mut problems);
    if let Some(workload) = workload {
        intake.uses_role(workload);
    }
}

/// Keys of the table that say nothing here.
fn refuse(t: &mut Members<'_, '_, '_>, names: &[&str], why: &str) {
    for member in t.all().iter().filter(|member| names.contains(&&*member.key.value)) {
        let message = format!("`{}` has no meaning for {why}", member.key.value);
        t.problems().push(invalid(member.key.span, message, "leave it out"));
    }
}

fn of_service(t: &mut Members<'_, '_, '_>) -> Option<Workload> {
    const OTHERS: &[&str] =
        &["kind", "cluster", "namespace", "service_account", "audience", "target", "external_id"];
    let role = field::arn(t, "role", ROLE);
    let principals: Vec<&str> = SERVICES.iter().map(|service| service.principal).collect();
    let find = |text: &str| SERVICES.iter().find(|service| service.principal == text);
    let service = field::choice(t, "service", &principals, find);
    let name = t.required_text("name");
    refuse(t, OTHERS, "what a service runs");
    Some(service?.value.workload(name?.value, role?, t.span()))
}

fn of_cluster(t: &mut Members<'_, '_, '_>) -> Option<Workload> {
    let role = field::arn(t, "role", ROLE);
    if t.node("kind").is_none() {
        t.required_text("kind");
    }
    let kind = field::choice(t, "kind", &["irsa", "pod-identity"], |text| match text {
        "irsa" => Some(By::Irsa),
        "pod-identity" => Some(By::PodIdentity),
        _ => None,
    });
    let name = t.required_text("service_account");
    let owned = |text: Spanned<&str>| text.value.to_owned();
    let (cluster, namespace) = (t.text("cluster").map(owned), t.text("namespace").map(owned));
    refuse(t, &["name"], "a service account");
    let kind = kind?.value;
    let service_account = name.map(|name| ServiceAccount { cluster, namespace, name: owned(name) });
    let kind = match kind {
        By::Irsa => {
            let audience = t.text("audience").map(owned);
            refuse(t, &["target", "external_id"], "`irsa`");
            let audience = audience.unwrap_or_else(|| DEFAULT_AUDIENCE.to_owned());
            WorkloadKind::Irsa { service_account: service_account?, audience }
        }
        By::PodIdentity => {
            let target = t.text("target");
            let target: Option<PlacedArn> = target.and_then(|target| arn_of(target, ROLE, t.problems()));
            let external_id = t.text("external_id").map(owned);
            refuse(t, &["audience"], "`pod-identity`");
            WorkloadKind::PodIdentity {
                service_account: service_account?,
                target,
                external_id,
                disable_session_tags: false,
                has_policy: false,
            }
        }
    };
    Some(Workload { kind, role: role?, span: t.span() })
}

pub(super) fn oidc_provider(node: &Node<'_>, _: &Path, intake: &mut Intake) {
    const NAMES: &[&str] = &["arn", "url", "client_ids"];
    let mut problems = Vec::new();
    let Some(mut t) = Reader::strict(&mut problems).object(node, "an OpenID Connect provider", NAMES) else {
        intake.problems.append(&mut problems);
        return;
    };
    let arn = field::arn(&mut t, "arn", OIDC_PROVIDER);
    let url = t.text("url");
    let ids = field::list(&mut t, "client_ids");
    let own = arn.as_ref().and_then(|arn| arn.value.resource_of("oidc-provider"));
    if let (Some(own), Some(url)) = (own, url.filter(|url| own.is_some_and(|own| bare(url.value) != own))) {
        let message = format!("`{}` is not the URL in the ARN of this provider", url.value);
        t.problems().push(invalid(url.span, message, format!("it is https://{own}")));
    }
    intake.problems.append(&mut problems);
    let Some(arn) = arn else { return };
    let url = arn.value.resource_of("oidc-provider").unwrap_or_default().to_owned();
    let ids = ids.map(|ids| ids.value.iter().map(|id| id.value.to_owned()).collect());
    intake.oidc_provider(Some(arn), &url, Known::from(ids), node.span);
}
