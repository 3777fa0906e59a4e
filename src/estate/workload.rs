use super::{Known, PlacedArn};
use crate::name::AccountId;
use crate::source::{Span, Spanned};

/// A Kubernetes service account that may become a role.
#[derive(Clone, Debug)]
pub struct Workload {
    pub kind: WorkloadKind,
    /// Its name or ARN; a manifest does not say where it is applied.
    pub cluster: Option<String>,
    /// Not told where a manifest leaves it to whoever applies it.
    pub namespace: Option<String>,
    pub service_account: String,
    pub role: PlacedArn,
    pub span: Span,
}

/// How the service account becomes the role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkloadKind {
    /// By an annotation of the service account: with a web identity token for this audience.
    Irsa { audience: String },
    /// By an association of EKS Pod Identity.
    PodIdentity {
        /// A second role, which the first one assumes.
        target: Option<PlacedArn>,
        external_id: Option<String>,
        disable_session_tags: bool,
    },
}

/// An OpenID Connect provider of an account, or the issuer that a cluster has.
#[derive(Clone, Debug)]
pub struct OidcProvider {
    /// Without `https://`, as ARNs and condition keys have it.
    pub url: String,
    /// `None`: only the URL was told.
    pub arn: Option<PlacedArn>,
    pub account: Option<AccountId>,
    pub client_ids: Known<Vec<String>>,
    pub span: Span,
}

/// An EKS cluster and the issuer of the tokens of its service accounts.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub arn: PlacedArn,
    /// Without `https://`.
    pub issuer: Option<Spanned<String>>,
}

impl Workload {
    /// `NAMESPACE/NAME`, as people write it.
    pub fn name(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.service_account),
            None => self.service_account.clone(),
        }
    }
}
