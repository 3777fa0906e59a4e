//! Files of tools that are not read here: what they are, and the command that makes of them what is read.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// What a file is, and the way on.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// For people, such as “Terraform source”.
    pub what: &'static str,
    /// What to do.
    pub help: &'static str,
}

const TERRAFORM: Foreign = Foreign {
    what: "Terraform source",
    help: "this is Terraform source: name the directory of its root module, which is read as it is",
};
const TERRAGRUNT: Foreign = Foreign {
    what: "Terragrunt source",
    help: "this is Terragrunt source: terragrunt plan -out=plan.bin; terragrunt show -json plan.bin > plan.json, then name plan.json",
};
const SERVERLESS: Foreign = Foreign {
    what: "a service of the Serverless Framework",
    help: "this is a service of the Serverless Framework: sls package writes .serverless/cloudformation-template-update-stack.json: name that",
};
const PULUMI: Foreign = Foreign {
    what: "a project of Pulumi",
    help: "this is a project of Pulumi, which is not read: gather what is deployed with the script of `decryptable collect --print-script`",
};
const HELM: Foreign = Foreign {
    what: "a template of Helm",
    help: "this is a template of Helm: helm template CHART > manifests.yaml, then name manifests.yaml",
};
const CDK: Foreign = Foreign {
    what: "the settings of a CDK app",
    help: "these are the settings of a CDK app: cdk synth writes cdk.out: name that directory",
};

const AWS_CLI_ERROR: Foreign = Foreign {
    what: "an error of the AWS CLI",
    help: "this is what the AWS CLI says when a call fails, and not its answer: put right what it says, run it again, and save its standard output",
};
const AWS_CLI_TABLE: Foreign = Foreign {
    what: "an answer of the AWS CLI as a table",
    help: "this is an answer of the AWS CLI for people to read: run it again with --output json",
};

/// Names of the files that a directory without any input is searched for.
pub(super) const ENDINGS: &[&str] =
    &[".tf", ".tofu", ".hcl", "Pulumi.yaml", "Pulumi.yml", "serverless.yml", "serverless.ts", "cdk.json"];

/// What a file is of another tool, by its name and its text.
pub fn foreign(name: &str, text: &str) -> Option<Foreign> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = base.split('.').next().unwrap_or(base);
    let has = |part: &str| text.contains(part);
    let is_hcl = || {
        let blocks = [
            "resource \"",
            "data \"",
            "module \"",
            "variable \"",
            "provider \"",
            "terraform {",
            "locals {",
            "output \"",
        ];
        let lines = text.lines().map(str::trim_start).filter(|line| line.ends_with('{'));
        lines.take(200).any(|line| blocks.iter().any(|block| line.starts_with(block)))
    };
    if [".tf", ".tf.json", ".tofu", ".tofu.json", ".tfvars"].iter().any(|end| base.ends_with(end)) {
        Some(TERRAFORM)
    } else if base.ends_with(".hcl") {
        Some(if stem == "terragrunt" || has("terragrunt") || has("dependency \"") {
            TERRAGRUNT
        } else {
            TERRAFORM
        })
    } else if stem == "serverless" && (has("service") && has("provider") || base.ends_with(".ts")) {
        Some(SERVERLESS)
    } else if stem == "Pulumi" || has("urn:pulumi:") {
        Some(PULUMI)
    } else if base == "cdk.json" && has("\"app\"") {
        Some(CDK)
    } else if has("{{") && (has(".Values") || has("include \"") || has(".Release.")) {
        Some(HELM)
    } else if text.trim_start().starts_with("An error occurred (")
        || text.trim_start().starts_with("aws: [ERROR]")
        || text.trim_start().starts_with("Unable to locate credentials")
    {
        Some(AWS_CLI_ERROR)
    } else if is_table(text) {
        Some(AWS_CLI_TABLE)
    } else if is_hcl() {
        Some(TERRAFORM)
    } else {
        None
    }
}

/// Lines between bars, under a rule of dashes, as `--output table` draws them.
fn is_table(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_rule = |line: &str| line.len() > 3 && line.bytes().all(|byte| matches!(byte, b'-' | b'+'));
    lines.next().is_some_and(is_rule)
        && lines.take(3).any(|line| line.starts_with('|') && line.ends_with('|'))
}

/// Of a text with placeholders, or with functions of templates, says that in place of advice about JSON.
pub fn explain_placeholders(text: &str, problems: &mut [Diagnostic]) {
    const HELP: &str =
        "this is a template of another tool: fill the placeholder in, or name what the tool makes of it";
    for problem in problems.iter_mut() {
        let Some(span) = problem.span else { continue };
        let is_syntax = matches!(
            problem.code,
            Code::JsonSyntaxError | Code::JsonTrailingComma | Code::JsonTrailingText | Code::YamlSyntax
        );
        if is_syntax && let Some(placeholder) = placeholder_near(text, span) {
            problem.message = format!("{}: `{placeholder}` is a placeholder", problem.message);
            problem.help = Some(HELP.to_owned());
        } else if problem.code == Code::DataTypeMismatch && is_function(text, span) {
            problem.help = Some(
                "this is a function of CloudFormation, which only a template can evaluate: name the template that it is from"
                    .to_owned(),
            );
        } else if matches!(
            problem.code,
            Code::InvalidArnPrefix | Code::InvalidPrincipalValue | Code::InvalidAction
        ) && is_placeholder(text.get(span.start as usize..span.end as usize).unwrap_or_default())
        {
            problem.help = Some(HELP.to_owned());
        }
    }
}

/// How placeholders begin and end.
const MARKS: &[(&str, &str)] = &[("${", "}"), ("{{", "}}"), ("%{", "}"), ("<%", "%>")];

/// A placeholder on the line of a place.
fn placeholder_near(text: &str, at: Span) -> Option<&str> {
    let start = (at.start as usize).min(text.len());
    let from = text.get(..start)?.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(from..)?.lines().next()?;
    // Inside a string it is a policy variable, or a text that says so.
    MARKS.iter().find_map(|(open, close)| {
        let mut quoted = false;
        for (index, c) in line.char_indices() {
            if c == '"' {
                quoted = !quoted;
            }
            let rest = line.get(index..)?;
            if !quoted && rest.starts_with(open) {
                let end = rest.find(close)? + close.len();
                return rest.get(..end);
            }
        }
        None
    })
}

fn is_placeholder(written: &str) -> bool {
    let bare = written.trim_matches('"');
    let angled = bare.contains('<') && bare.contains('>');
    angled
        || bare.contains("{{")
        || bare.starts_with("file:")
        || bare.contains("${") && !bare.contains("${aws:")
}

fn is_function(text: &str, at: Span) -> bool {
    let written = text.get(at.start as usize..at.end as usize).unwrap_or_default();
    written.starts_with('{') && (written.contains("\"Fn::") || written.contains("\"Ref\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    #[test]
    fn tools_are_known_by_names_and_texts() {
        for (name, text, expected) in [
            ("infra/main.tf", "", Some(TERRAFORM)),
            ("main.tf.json", "{}", Some(TERRAFORM)),
            ("a/terragrunt.hcl", "", Some(TERRAGRUNT)),
            ("-", "resource \"aws_s3_bucket\" \"b\" {\n}\n", Some(TERRAFORM)),
            ("serverless.yml", "service: x\nprovider: {name: aws}\n", Some(SERVERLESS)),
            ("Pulumi.dev.yaml", "", Some(PULUMI)),
            ("chart/templates/sa.yaml", "name: {{ .Values.name }}", Some(HELM)),
            ("cdk.json", "{\"app\": \"node x\"}", Some(CDK)),
            ("policy.json", "{\"Resource\": \"{{resolve:ssm:a}}\"}", None),
            ("policy.json", "{}", None),
            (
                "key.json",
                "\nAn error occurred (ExpiredTokenException) when calling the GetKeyPolicy operation: expired\n",
                Some(AWS_CLI_ERROR),
            ),
            ("key.json", "------\n|  DescribeKey  |\n+----+\n", Some(AWS_CLI_TABLE)),
            ("notes.yaml", "---\na: |\n  b|\n", None),
        ] {
            assert_eq!(foreign(name, text), expected, "{name}");
        }
    }

    #[test]
    fn a_placeholder_stands_outside_strings() {
        let at = |text: &str| placeholder_near(text, Span::new(SourceId::LONE, 3, 4)).map(str::to_owned);
        assert_eq!(at("{\"Action\": ${ACTIONS}}").as_deref(), Some("${ACTIONS}"));
        assert_eq!(at("{\"Action\": {{ actions }}}").as_deref(), Some("{{ actions }}"));
        assert_eq!(at("{\"Resource\": \"${aws:username}\"}"), None);
    }
}
