//! What no policy can give: calls of STS and KMS that some callers cannot make, and what is particular to assuming roles.

use super::statement::Request;
use super::{CallerKind, Evaluation};
use crate::logic::{Atom, Truth, Unknown};

/// The root user and sessions of `GetFederationToken` cannot assume a role, whatever policies say.
///
/// Sources: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>,
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
///
/// Neither STS nor KMS knows an origin access identity:
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>
///
/// Neither takes an unsigned request, beside those with the token of an identity provider: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>
pub(super) fn cannot_assume_role(request: &Request<'_>) -> bool {
    let assumes = request.action.service() == "sts" && request.action.name() == "assumerole";
    match request.caller.kind {
        CallerKind::Root | CallerKind::FederatedUser => assumes,
        CallerKind::KnownToS3 | CallerKind::Anonymous => matches!(request.action.service(), "sts" | "kms"),
        CallerKind::Role | CallerKind::User | CallerKind::Service | CallerKind::Federated => false,
    }
}

/// What a trust policy gives a user by name, as far as the user's permissions boundary lets it.
///
/// Elsewhere such a boundary is no limit (R65), but the page on trust policies asks that it allows the call:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html>
pub(super) fn within_boundary<'a, W: Evaluation<'a>>(
    world: &mut W,
    request: &Request<'_>,
    direct: W::T,
    boundary: &W::T,
) -> W::T {
    let by_user = request.caller.kind == CallerKind::User && request.action.service() == "sts";
    if !by_user || direct.is_false() || boundary.is_true() {
        return direct;
    }
    let open = world.open(|| {
        Atom::Opaque(Unknown::undocumented(
            "permissions boundary of a user whom a trust policy names",
            "AWS says of trust policies that the boundary has to allow the call, and of resource-based policies that it does not",
        ))
    });
    direct.and(boundary.clone().or(open))
}
