//! `[[bind]]`.

use std::path::Path;

use super::field::{account, choice};
use super::storage::is_bucket_name;
use super::store;
use crate::estate::{ObjectUri, StoreKind};
use crate::json::{Node, Reader};
use crate::load::Intake;
use crate::load::bind::{Bind, Owner};
use crate::load::fields::{KEY, ROLE, arn_of, invalid};
use crate::load::organization::is_target;
use crate::policy::PolicyKind;
use crate::source::Spanned;

pub(super) fn bind(node: &Node<'_>, dir: &Path, intake: &mut Intake) {
    const NAMES: &[&str] = &[
        "file", "bucket", "key", "role", "account", "region", "kind", "object", "target", "secret", "queue",
    ];
    let mut problems = Vec::new();
    if let Some(mut t) = Reader::strict(&mut problems).object(node, "a binding", NAMES) {
        let owned = |text: Spanned<&str>| text.map(str::to_owned);
        let file = t.required_text("file");
        let owner = Owner {
            bucket: t.text("bucket").map(owned),
            key: t.text("key").and_then(|text| arn_of(text, KEY, t.problems())),
            role: t.text("role").and_then(|text| arn_of(text, ROLE, t.problems())),
            account: account(&mut t, "account"),
            region: t.text("region").map(owned),
            object: t.text("object").map(owned),
            target: t.text("target").map(owned),
            secret: t.text("secret").and_then(|text| store::arn_of(text, StoreKind::Secret, t.problems())),
            queue: t.text("queue").and_then(|text| store::arn_of(text, StoreKind::Queue, t.problems())),
            kind: choice(&mut t, "kind", PolicyKind::NAMES, PolicyKind::parse),
        };
        if let Some(target) = owner.target.as_ref().filter(|target| !is_target(&target.value)) {
            let message = format!("`{}` is not a target of policies", target.value);
            let help = "a target is the root r-…, a unit ou-… or an account id";
            t.problems().push(invalid(target.span, message, help));
        }
        if let Some(uri) = owner.object.as_ref().filter(|uri| uri.value.parse::<ObjectUri>().is_err()) {
            let message = format!("`{}` names no object", uri.value);
            t.problems().push(invalid(uri.span, message, "write s3://BUCKET/KEY"));
        }
        if let Some(bucket) = owner.bucket.as_ref().filter(|b| !is_bucket_name(&b.value)) {
            let message = format!("`{}` is not a bucket name", bucket.value);
            let help = "write the name alone, without s3:// and without keys";
            t.problems().push(invalid(bucket.span, message, help));
        }
        if node.members().len() < 2 {
            t.problems().push(invalid(
                node.span,
                "this binding names no owner",
                "add `bucket`, `key`, `role`, `secret`, `queue`, `account`, `region`, `target` or `kind`",
            ));
        }
        if let Some(file) = file {
            intake.binds.push(Bind::new(owned(file), dir, owner, node.span));
        }
    }
    intake.problems.append(&mut problems);
}
