//! Resources that are not there yet, written behind the one that they belong to.

use serde_json::Value;

use super::writer::Writer;
use crate::ask::Holder;
use crate::load::terraform::source::Layout;
use crate::report::edit::Replacement;
use crate::source::{Declaration, SourceMap, Span};

/// The policy of a holder as a resource of its own; none where no file of source declares the holder.
pub(super) fn creation(holder: &Holder, statement: &Value, map: &SourceMap) -> Option<Replacement> {
    let declared = match holder {
        Holder::Identity(arn) | Holder::Key(arn) => map.declaration_of(arn)?,
        Holder::Bucket(name) => {
            let is_it = |partition: &str| map.declaration_of(&format!("arn:{partition}:s3:::{name}"));
            ["aws", "aws-cn", "aws-us-gov"].iter().find_map(|partition| is_it(partition))?
        }
        Holder::AccessPoint(name) => map.declaration_ending(&format!(":accesspoint/{name}"))?,
        Holder::Store(_) | Holder::Other => return None,
    };
    if !super::is_hcl(map, declared.at) {
        return None;
    }
    let (kind, of) = match declared.kind.as_str() {
        "aws_iam_role" => ("aws_iam_role_policy", Of { argument: "role", attribute: "name", is_named: true }),
        "aws_iam_user" => ("aws_iam_user_policy", Of { argument: "user", attribute: "name", is_named: true }),
        "aws_s3_bucket" => {
            ("aws_s3_bucket_policy", Of { argument: "bucket", attribute: "id", is_named: false })
        }
        "aws_kms_key" => ("aws_kms_key_policy", Of { argument: "key_id", attribute: "id", is_named: false }),
        "aws_s3_access_point" => (
            "aws_s3control_access_point_policy",
            Of { argument: "access_point_arn", attribute: "arn", is_named: false },
        ),
        _other => return None,
    };
    let local = free_name(kind, declared, map);
    let writer = Writer::new(map, declared.at.source, false);
    let mut statements = Vec::new();
    // The policy that KMS writes by itself goes, and what it allows has to stay.
    if let Holder::Key(arn) = holder {
        statements.push(delegation(arn)?);
    }
    statements.push(statement.clone());
    let provider =
        Layout::of(map.source_text(declared.at.source)?).argument(declared.at.start as usize, "provider");
    let text = resource(kind, &local, &of, declared, &statements, (provider.as_deref(), &writer));
    if writer.is_stuck.get() {
        return None;
    }
    let end = declared.at.start + map.text(declared.at).trim_end().len() as u32;
    let at = Span::new(declared.at.source, end, end);
    Some(Replacement { at, text: format!("\n\n{text}") })
}

/// How a resource names the one that it belongs to.
struct Of {
    argument: &'static str,
    attribute: &'static str,
    is_named: bool,
}

/// The statement of the policy that KMS writes where none is given.
fn delegation(key: &str) -> Option<Value> {
    let mut parts = key.split(':');
    let (partition, account) = (parts.nth(1)?, parts.nth(2)?);
    let text = format!(
        r#"{{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"arn:{partition}:iam::{account}:root"}},"Action":"kms:*","Resource":"*"}}"#
    );
    serde_json::from_str(&text).ok()
}

fn resource(
    kind: &str,
    local: &str,
    of: &Of,
    declared: &Declaration,
    statements: &[Value],
    (provider, writer): (Option<&str>, &Writer<'_>),
) -> String {
    let mut lines = Vec::new();
    lines.extend(provider.map(|provider| ("provider", provider.to_owned())));
    if of.is_named {
        lines.push(("name", format!("\"{local}\"")));
    }
    lines.push((of.argument, format!("{}.{}", declared.reference, of.attribute)));
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: String = lines.iter().map(|(name, value)| format!("  {name:<width$} = {value}\n")).collect();
    let written =
        statements.iter().map(|statement| format!("      {},\n", writer.value(statement, "      ")));
    let written: String = written.collect();
    format!(
        "resource \"{kind}\" \"{local}\" {{\n{lines}  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [\n{written}    ]\n  }})\n}}"
    )
}

/// A name that no resource of the type has in any file that was read.
fn free_name(kind: &str, declared: &Declaration, map: &SourceMap) -> String {
    let own = declared.reference.split('.').nth(1).unwrap_or("this");
    let own = own.split('[').next().unwrap_or(own);
    let names = std::iter::once(own.to_owned())
        .chain(std::iter::once(format!("{own}_more")))
        .chain((2..).map(|number| format!("{own}_{number}")));
    let is_taken = |name: &String| map.has_text(&format!("\"{kind}\" \"{name}\""));
    names.into_iter().take(1_000).find(|name| !is_taken(name)).unwrap_or_else(|| own.to_owned())
}
