//! Requests to STS that turn a principal into a role (R116–R127).
//!
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use super::Requester;
use crate::eval::CallerKind;

/// The action by which this kind of principal becomes a role.
pub(crate) fn default_action(requester: &Requester<'_>) -> &'static str {
    match requester.caller.kind {
        CallerKind::Federated if requester.caller.name.contains(":saml-provider/") => {
            "sts:AssumeRoleWithSAML"
        }
        CallerKind::Federated => "sts:AssumeRoleWithWebIdentity",
        CallerKind::Role
        | CallerKind::User
        | CallerKind::Root
        | CallerKind::FederatedUser
        | CallerKind::Service
        | CallerKind::KnownToS3
        | CallerKind::Anonymous => "sts:AssumeRole",
    }
}
