use super::{Known, PlacedArn};
use crate::name::AccountId;
use crate::source::{Span, Spanned};

/// Something that may become a role: a service account of Kubernetes, or what a service of AWS runs with it.
#[derive(Clone, Debug)]
pub struct Workload {
    /// What runs.
    pub kind: WorkloadKind,
    /// The ARN of the role it runs with.
    pub role: PlacedArn,
    /// Where the input says so.
    pub span: Span,
}

/// What it is, and how it becomes the role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkloadKind {
    /// By an annotation of the service account: with a web identity token for this audience.
    Irsa {
        /// The service account of the cluster.
        service_account: ServiceAccount,
        /// The audience of its tokens.
        audience: String,
    },
    /// By an association of EKS Pod Identity.
    PodIdentity {
        /// The service account of the cluster.
        service_account: ServiceAccount,
        /// A second role, which the first one assumes.
        target: Option<PlacedArn>,
        /// The external id that EKS sends, where there is one.
        external_id: Option<String>,
        /// Whether EKS sends no session tags.
        disable_session_tags: bool,
        /// The association has a policy, which limits its sessions as a session policy does (R140).
        has_policy: bool,
    },
    /// A service of AWS runs it with the role.
    Service {
        /// The service principal that the trust policy has to name: `lambda.amazonaws.com`.
        principal: &'static str,
        /// A noun for people: `Lambda function`.
        what: &'static str,
        /// What people call it: an ARN, a Terraform address, a logical id.
        name: String,
    },
}

/// A service account of a Kubernetes cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Its name or ARN; a manifest of Kubernetes does not say where it is applied.
    pub cluster: Option<String>,
    /// Not told where a manifest leaves it to whoever applies it.
    pub namespace: Option<String>,
    /// The name of the profile.
    pub name: String,
}

/// What hands a role to an EC2 instance.
#[derive(Clone, Debug)]
pub struct InstanceProfile {
    /// Its ARN, with its place.
    pub arn: PlacedArn,
    /// `None`: it holds no role, or nobody told which.
    pub role: Option<PlacedArn>,
    /// Where the input says so.
    pub span: Span,
}

/// A SAML provider of an account.
#[derive(Clone, Debug)]
pub struct SamlProvider {
    /// Its ARN, with its place.
    pub arn: PlacedArn,
    /// Where the input says so.
    pub span: Span,
}

/// An OpenID Connect provider of an account, or the issuer that a cluster has.
#[derive(Clone, Debug)]
pub struct OidcProvider {
    /// Without `https://`, as ARNs and condition keys have it.
    pub url: String,
    /// `None`: only the URL was told.
    pub arn: Option<PlacedArn>,
    /// The account it is in, where it is known.
    pub account: Option<AccountId>,
    /// The audiences it accepts.
    pub client_ids: Known<Vec<String>>,
    /// Where the input says so.
    pub span: Span,
}

/// An EKS cluster and the issuer of the tokens of its service accounts.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its ARN, with its place.
    pub arn: PlacedArn,
    /// Without `https://`.
    pub issuer: Option<Spanned<String>>,
}

impl Workload {
    /// The service account it is; `None` for what a service of AWS runs.
    pub fn service_account(&self) -> Option<&ServiceAccount> {
        match &self.kind {
            WorkloadKind::Irsa { service_account, .. }
            | WorkloadKind::PodIdentity { service_account, .. } => Some(service_account),
            WorkloadKind::Service { .. } => None,
        }
    }

    /// What people call it: a service account is `NAMESPACE/NAME`.
    pub fn name(&self) -> String {
        match &self.kind {
            WorkloadKind::Irsa { service_account, .. }
            | WorkloadKind::PodIdentity { service_account, .. } => service_account.full_name(),
            WorkloadKind::Service { name, .. } => name.clone(),
        }
    }

    /// With a noun in front: `service account analytics/reader`.
    pub fn described(&self) -> String {
        match &self.kind {
            WorkloadKind::Irsa { .. } | WorkloadKind::PodIdentity { .. } => {
                format!("service account {}", self.name())
            }
            WorkloadKind::Service { what, name, .. } => format!("{what} {name}"),
        }
    }
}

impl ServiceAccount {
    /// `NAMESPACE/NAME`, as people write it.
    pub fn full_name(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

impl InstanceProfile {
    /// The name behind the last slash of the path.
    pub fn name(&self) -> &str {
        self.arn.value.resource().rsplit('/').next().unwrap_or("")
    }
}
