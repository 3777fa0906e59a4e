//! One leg as a line of `simulate`: the same documents inline, the same circumstances, everything else open.

use std::collections::BTreeSet;

use decryptable::ask::{DoesQuestion, simulate};
use decryptable::estate::{Attached, Estate, Grant, Identity, Known, SharedPolicy, Target};
use decryptable::name::AccountId;
use decryptable::source::{SourceId, position_in};
use serde_json::{Value, json};

use super::held::{Held, LegScene, RELATED, forwarded, mentioned};
use super::loaded::Loaded;

/// What stands on the resource's side of the request.
pub(crate) struct Side<'p> {
    /// `None` where there is no policy.
    pub(crate) policy: Option<Document<'p>>,
    pub(crate) grants: &'p [Grant],
    pub(crate) restrict_public: bool,
    pub(crate) endpoint: Option<&'p SharedPolicy>,
    pub(crate) rcps: bool,
}

pub(crate) enum Document<'p> {
    Told(&'p SharedPolicy),
    /// AWS writes it; it stands in no file.
    Fixed(String),
}

/// Key, operator and values.
pub(crate) type Test = (String, String, Vec<String>);

/// The answer of `simulate`.
pub(crate) struct Simulated {
    pub(crate) decision: String,
    pub(crate) conditions: Option<Vec<Vec<Test>>>,
    pub(crate) depends_on: BTreeSet<String>,
    /// Gate, and where the statement starts.
    pub(crate) matched: BTreeSet<(String, u32, u32)>,
    pub(crate) line: String,
}

/// A policy by the name that `simulate` gives it.
struct Named<'p> {
    id: String,
    policy: &'p SharedPolicy,
    text: &'p str,
}

struct Builder<'p> {
    loaded: &'p Loaded,
    named: Vec<Named<'p>>,
}

impl<'p> Builder<'p> {
    /// Why this cannot be said is the error.
    fn one(&mut self, id: String, policy: &'p SharedPolicy) -> Result<Value, &'static str> {
        let text = self.loaded.text(policy).ok_or("a policy that is not written as JSON")?;
        self.named.push(Named { id, policy, text });
        Ok(Value::String(text.to_owned()))
    }

    fn list(&mut self, name: &str, policies: &'p [SharedPolicy]) -> Result<Value, &'static str> {
        let each = policies.iter().enumerate();
        Ok(Value::Array(
            each.map(|(at, policy)| self.one(format!("{name}.{}", at + 1), policy))
                .collect::<Result<_, _>>()?,
        ))
    }

    fn levels(
        &mut self,
        name: &str,
        account: Option<AccountId>,
        of: fn(&Target) -> &Known<Attached>,
    ) -> Result<Option<Value>, &'static str> {
        let estate = &self.loaded.intake.estate;
        let Some(account) = account else { return Err("an account that was not told") };
        let Known::Provided(Some(organization)) = estate.organization_of(account) else { return Ok(None) };
        if organization.management_account == Some(account) {
            return Ok(None);
        }
        let Some(path) = organization.path(account) else { return Ok(None) };
        let mut levels = Vec::new();
        for target in path {
            match of(target) {
                Known::Provided(Attached::Off) => return Ok(None),
                Known::Provided(Attached::Policies(policies)) => {
                    levels.push(self.list(&format!("{name}.{}", levels.len() + 1), policies)?);
                }
                Known::NotProvided => {}
            }
        }
        Ok((!levels.is_empty()).then_some(Value::Array(levels)))
    }
}

pub(crate) fn ask(
    loaded: &Loaded,
    scene: &LegScene<'_>,
    action: &str,
    resource: &str,
    side: &Side<'_>,
) -> Result<Simulated, &'static str> {
    let mut builder = Builder { loaded, named: Vec::new() };
    let question = scene.question;
    let identity = scene.identity;
    let Known::Provided(policies) = identity.policies() else { return Err("policies that were not told") };
    let mut line = json!({"CallerArn": identity.arn().as_str(), "ContextMode": "open", "ActionNames": [action],
        "ResourceArns": [resource], "PolicyInputList": builder.list("PolicyInputList", policies)?});
    if let (Identity::Role(role), Some(session)) = (identity, &question.circumstances.session.name) {
        let account = identity.arn().account_text();
        let partition = identity.arn().partition();
        line["CallerArn"] =
            json!(format!("arn:{partition}:sts::{account}:assumed-role/{}/{session}", role.name()));
    }
    if let Known::Provided(Some(boundary)) = identity.boundary() {
        line["PermissionsBoundaryPolicyInputList"] =
            builder.list("PermissionsBoundaryPolicyInputList", std::slice::from_ref(boundary))?;
    }
    if let (Identity::Role(_), Known::Provided(session)) =
        (identity, &question.circumstances.session.policies)
    {
        line["SessionPolicyInputList"] = builder.list("SessionPolicyInputList", session)?;
    }
    let scps = builder.levels("ServiceControlPolicyInputList", identity.account(), |target| &target.scps)?;
    let rcps = match side.rcps {
        true => builder.levels("ResourceControlPolicyInputList", scene.owner, |target| &target.rcps)?,
        false => None,
    };
    for (name, levels) in [("ServiceControlPolicyInputList", scps), ("ResourceControlPolicyInputList", rcps)]
    {
        if let Some(levels) = levels {
            line[name] = levels;
        }
    }
    line["ResourcePolicy"] = match &side.policy {
        None => json!("none"),
        Some(Document::Fixed(text)) => json!(text),
        Some(Document::Told(policy)) => builder.one("ResourcePolicy".to_owned(), policy)?,
    };
    if let Some(endpoint) = side.endpoint {
        line["VpcEndpointPolicyInputList"] =
            builder.list("VpcEndpointPolicyInputList", std::slice::from_ref(endpoint))?;
    }
    if let Some(owner) = scene.owner {
        line["ResourceOwner"] = json!(format!("arn:aws:iam::{owner}:root"));
    }
    line["PublicAccessBlock"] = json!({"RestrictPublicBuckets": side.restrict_public});
    line["Grants"] = side.grants.iter().map(grant).collect();

    let keys = mentioned(builder.named.iter().map(|named| (named.policy, named.text)));
    let mut keys: BTreeSet<String> = keys;
    // Grants and policies that AWS writes name these.
    if let Some(kms) = &scene.kms {
        keys.extend(forwarded(kms, scene.region).iter().map(|(key, _)| key.to_lowercase()));
    }
    let names_ids =
        builder.named.iter().any(|named| ["AROA", "AIDA"].iter().any(|start| named.text.contains(start)));
    if question.circumstances.session.name.is_none() && identity.id().is_some() && names_ids {
        return Err("a unique id, which only the key of a whole session tells");
    }
    if question.circumstances.session.name.is_some() {
        // A session's ARN lacks its role's path.
        line["ContextEntries"] =
            json!([{"ContextKeyName": "aws:PrincipalArn", "ContextKeyValues": [identity.arn().as_str()]}]);
        keys.remove("aws:principalarn");
    } else {
        line["ContextEntries"] = json!([]);
    }
    if keys.contains("kms:encryptioncontextkeys") && scene.kms.is_some() {
        return Err("a set of which only a part is known");
    }
    let open = |key: &&str| scene.get(key) == Held::Open;
    let named = |key: &&&str| keys.contains(**key);
    for related in RELATED {
        let of_estate = related[0] == "aws:sourceip" && !loaded.intake.estate.endpoints.is_empty();
        let together = related.iter().filter(named).count() > 1
            || related
                .iter()
                .filter(named)
                .any(|key| of_estate || *key == "s3:tlsversion" || question_tells(question, related));
        if together && related.iter().filter(named).copied().any(|key| open(&key)) {
            return Err("keys of which AWS says something together");
        }
    }
    let entries = line["ContextEntries"].as_array_mut().unwrap();
    for key in &keys {
        let values = match scene.get(key) {
            Held::Values(values) => values,
            // A key with no value is missing.
            Held::Absent => Vec::new(),
            Held::Open => continue,
        };
        entries.push(json!({"ContextKeyName": key, "ContextKeyValues": values}));
    }

    let line = line.to_string();
    let mut answer = Vec::new();
    simulate::run(&mut line.as_bytes(), &mut answer).unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let Some(result) = answer["EvaluationResults"].as_array().and_then(|all| all.first()) else {
        panic!("{answer}\n{line}");
    };
    let place = |row: &Value| {
        let id = row["SourcePolicyId"].as_str().unwrap();
        let position = &row["StartPosition"];
        let (line, column) = (position["Line"].as_u64()?, position["Column"].as_u64()?);
        let named = builder.named.iter().find(|named| named.id == id)?;
        let at = |s: &&decryptable::policy::Statement| {
            let position = position_in(named.text, s.span.start - named.policy.span.start);
            u64::from(position.line) == line && u64::from(position.column) == column
        };
        let statement = named.policy.statements.iter().find(at)?;
        let gate = row["SourcePolicyType"].as_str().unwrap().to_owned();
        Some((gate, source(statement.span.source), statement.span.start))
    };
    Ok(Simulated {
        decision: result["EvalDecision"].as_str().unwrap().to_owned(),
        conditions: conditions(&result["Conditions"]),
        depends_on: result["DependsOn"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| row["name"].as_str().unwrap().to_lowercase())
            .collect(),
        matched: result["MatchedStatements"].as_array().unwrap().iter().filter_map(place).collect(),
        line,
    })
}

/// One of several keys was told by hand.
fn question_tells(question: &DoesQuestion, keys: &[&str]) -> bool {
    question.circumstances.context.iter().any(|(key, _)| keys.contains(&key.folded()))
}

/// A number for a source, for sets.
pub(crate) fn source(id: SourceId) -> u32 {
    let shown = format!("{id:?}");
    shown.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(u32::MAX)
}

fn conditions(value: &Value) -> Option<Vec<Vec<Test>>> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let test = |row: &Value| {
        let values = row["values"].as_array().unwrap().iter().map(text).collect();
        (text(&row["key"]), text(&row["operator"]), values)
    };
    let all = value.as_array()?;
    Some(all.iter().map(|list| list.as_array().unwrap().iter().map(test).collect()).collect())
}

fn grant(grant: &Grant) -> Value {
    use decryptable::estate::Constraint;
    let mut out = json!({"GranteePrincipal": grant.grantee, "Operations": grant.operations});
    for constraint in &grant.constraints {
        match constraint {
            Constraint::Equals(pairs) => out["Constraints"]["EncryptionContextEquals"] = json!(pairs),
            Constraint::Subset(pairs) => out["Constraints"]["EncryptionContextSubset"] = json!(pairs),
            Constraint::SourceArn(arn) => out["Constraints"]["SourceArn"] = json!(arn),
            Constraint::Other(name) => panic!("a request cannot tell the constraint {name}"),
        }
    }
    out
}

/// The effective setting of bucket and account (R102).
pub(crate) fn restricts_public(estate: &Estate, bucket: &str) -> bool {
    let Ok(bucket) = estate.bucket(bucket) else { return false };
    let account = bucket.account.provided().and_then(|account| estate.account(*account));
    let of_account = account.and_then(|account| account.public_access_block.provided());
    [bucket.public_access_block.provided(), of_account]
        .into_iter()
        .flatten()
        .any(|b| b.restrict_public_buckets)
}
