//! What services say of their role, bucket or key, and what the policy simulator says, with what the text tells.

use super::StatedFacts;
use crate::denied::refusal::Refusal;
use crate::denied::setups::Setup;

/// What a service says of its role, its bucket or its key, with what the text tells of them.
pub(super) fn said(setup: &Setup, refusal: &Refusal) -> StatedFacts {
    let principal = refusal.principal.as_deref().unwrap_or("NAME");
    let bucket = refusal.object.as_deref().and_then(|uri| uri.strip_prefix("s3://")?.split('/').next());
    let filled = |look: &&str| {
        let named = look.replace("service:NAME", &format!("service:{principal}"));
        let named = match principal.strip_prefix("logs.").and_then(|rest| rest.split('.').next()) {
            Some(region) if region != "amazonaws" => {
                named.replace("logs.REGION.", &format!("logs.{region}."))
            }
            Some(_) | None => named,
        };
        let named = match refusal.key.as_deref() {
            Some(key) => named.replace(" KEY`", &format!(" {key}`")),
            None => named,
        };
        match bucket {
            Some(bucket) => named.replace("s3://BUCKET/", &format!("s3://{bucket}/")),
            None => named,
        }
    };
    StatedFacts {
        says: setup.says.to_owned(),
        look: setup.look.iter().map(filled).collect(),
        rules: setup.rules,
    }
}

/// What the policy simulator looks at, and what it leaves out.
pub(super) fn simulated(refusal: &Refusal, said: &mut StatedFacts) {
    let missing = &refusal.request.not_given;
    if !missing.is_empty() {
        said.look.insert(
            0,
            format!(
                "the context keys that were not given ({}): the simulator takes them for absent, so that a statement that asks for \
                 one does not match; give them with --context-entries",
                missing.join(", ")
            ),
        );
    }
    said.look.push(
        "what the simulator leaves out: key policies, bucket policies of other accounts, RCPs and VPC endpoints; `decryptable can \
         ROLE s3://BUCKET/KEY` asks about all of them"
            .to_owned(),
    );
}
