use super::Lint;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::Policy;

pub(super) static LINT: Lint = Lint { code: Code::WrongVpcId, check };

/// Global keys that hold the id of a VPC or of an endpoint: what the id begins with, and the key for the other kind.
const KEYS: &[(&str, &str, &str)] =
    &[("sourcevpc", "vpc-", "SourceVpce"), ("sourcevpce", "vpce-", "SourceVpc")];

fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for test in policy.statements.iter().flat_map(|statement| &statement.tests) {
        let Some((_, start, other)) =
            KEYS.iter().find(|(key, ..)| test.key.value.folded().strip_prefix("aws:") == Some(key))
        else {
            continue;
        };
        for value in test.values.iter() {
            let text = value.text();
            if ["vpc-", "vpce-"].iter().any(|kind| kind != start && text.starts_with(kind)) {
                let message =
                    format!("`{text}` is not what `{}` holds, so no request has it", test.key.value);
                tell(LINT.says(test.key.span, message, format!("test `aws:{other}` with it")));
                break;
            }
        }
    }
}
