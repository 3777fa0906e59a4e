//! Decides requests that bring their policies, one JSON object a line, as `aws iam simulate-custom-policy` has them.
//!
//!     cargo run --example simulate < requests.jsonl
//!
//! Without input it decides one request of its own.

use std::io::{self, IsTerminal as _, Write as _};

use decryptable::ask::simulate;

/// A key policy that does not let the caller's account in: the caller's own permission is not enough.
const REQUEST: &str = r#"{"CallerArn": "arn:aws:iam::111111111111:role/IAM_CLUSTER", "PolicyInputList": [{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]}], "ActionNames": ["kms:Decrypt"], "ResourceArns": ["arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"], "ResourcePolicy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "kms:*", "Resource": "*"}]}}"#;

fn main() -> io::Result<()> {
    let mut out = Vec::new();
    if io::stdin().is_terminal() {
        simulate::run(&mut REQUEST.as_bytes(), &mut out)?;
    } else {
        simulate::run(&mut io::stdin().lock(), &mut out)?;
    }
    io::stdout().write_all(&out)
}
