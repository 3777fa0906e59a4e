//! One request line → the policies, the caller and the context it describes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::Refusal;
use super::context;
use super::lines::refuse;
use super::memo::{Memo, Written};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::estate::{Constraint, Grant, Known, Level, SharedPolicy};
use crate::eval::{Caller, Context};
use crate::json::{self, Member, Node, Value};
use crate::name::{AccountId, ActionName, Arn};
use crate::policy::{PolicyKind, UNDERSTOOD, lower};
use crate::source::{SourceId, position_in};

/// The members of `SimulateCustomPolicy`, and ours.
const MEMBERS: &[&str] = &[
    "ActionNames",
    "CallerArn",
    "ContextEntries",
    "ContextMode",
    "Grants",
    "Id",
    "Marker",
    "MaxItems",
    "PermissionsBoundaryPolicyInputList",
    "PolicyInputList",
    "PublicAccessBlock",
    "ResourceArns",
    "ResourceControlPolicyInputList",
    "ResourceHandlingOption",
    "ResourceOwner",
    "ResourcePolicy",
    "ServiceControlPolicyInputList",
    "SessionPolicyInputList",
    "VpcEndpointPolicyInputList",
];

/// The members of an entry of `ContextEntries`.
const ENTRY: &[&str] = &["ContextKeyName", "ContextKeyValues", "ContextKeyType"];

/// The types of `ContextKeyType`; each of them has a `List` form, too.
const TYPES: &[&str] = &["string", "numeric", "boolean", "ip", "binary", "date"];

/// The members of a grant as `aws kms list-grants` has it.
const GRANT: &[&str] = &[
    "KeyId",
    "GrantId",
    "Name",
    "CreationDate",
    "GranteePrincipal",
    "GranteeServicePrincipal",
    "RetiringPrincipal",
    "RetiringServicePrincipal",
    "IssuingAccount",
    "Operations",
    "Constraints",
];

/// The constraints of a grant.
const CONSTRAINTS: &[&str] = &["EncryptionContextEquals", "EncryptionContextSubset", "SourceArn"];

/// How many context keys one request may give.
const MOST_KEYS: usize = 10_000;

/// How many decisions one request may ask for: actions times resources.
const MOST_DECISIONS: usize = 1_000_000;

/// What AWS would refuse a policy for, by the policy's name in the answer.
pub(super) struct Mistake {
    pub(super) policy: Box<str>,
    pub(super) code: Code,
    pub(super) message: String,
}

/// Room for a dot and a number in the id of a policy.
const ORDINAL: usize = 4;

/// A request, read.
pub(super) struct Simulation<'s> {
    pub(super) caller: Option<Caller>,
    pub(super) actions: Vec<ActionName>,
    pub(super) resources: Vec<Cow<'s, str>>,
    pub(super) owner: Option<AccountId>,
    pub(super) identity: Vec<SharedPolicy>,
    pub(super) boundary: Vec<SharedPolicy>,
    pub(super) session: Option<Vec<SharedPolicy>>,
    pub(super) scps: Vec<Level>,
    pub(super) rcps: Vec<Level>,
    pub(super) endpoint: Option<Vec<SharedPolicy>>,
    pub(super) resource: Resource,
    pub(super) grants: Vec<Grant>,
    pub(super) restrict_public: bool,
    pub(super) given: Context,
    pub(super) open: bool,
    /// Every policy with its text.
    pub(super) texts: Vec<(SharedPolicy, &'s str)>,
    pub(super) mistakes: Vec<Mistake>,
}

/// The resource's own policy.
pub(super) enum Resource {
    LeftOut,
    Nothing,
    Policy(Vec<SharedPolicy>),
}

struct Reader<'n, 's, 'm> {
    text: &'s str,
    number: u32,
    memo: &'m mut Memo,
    texts: Vec<(SharedPolicy, &'n str)>,
    mistakes: Vec<Mistake>,
}

impl<'n> Simulation<'n> {
    pub(super) fn read<'s: 'n>(
        root: &'n Node<'s>,
        text: &'s str,
        number: u32,
        memo: &mut Memo,
    ) -> Result<Self, Refusal> {
        let reader = Reader { text, number, memo, texts: Vec::new(), mistakes: Vec::new() };
        let Value::Object(members) = &root.value else {
            return Err(reader.refuse(
                root,
                format!("a request is a JSON object; this is {}", root.kind()),
                None,
            ));
        };
        for member in members {
            if MEMBERS.binary_search(&&*member.key.value).is_err() {
                return Err(reader.unknown(member, "a simulation request", MEMBERS));
            }
        }
        reader.simulation(root)
    }
}

impl<'n, 's: 'n> Reader<'n, 's, '_> {
    #[cold]
    fn refuse(&self, node: &Node<'_>, message: impl Into<String>, help: Option<String>) -> Refusal {
        let problem = Diagnostic::new(Code::InvalidInput, node.span, message).maybe_help(help);
        refuse(&problem, self.text, self.number)
    }

    #[cold]
    fn unknown(&self, member: &Member<'_>, of: &str, known: &[&'static str]) -> Refusal {
        let name = &member.key.value;
        let help = did_you_mean(name, known.iter().copied());
        let help = help.unwrap_or_else(|| format!("its members are {}", known.join(", ")));
        let message = format!("`{name}` is not a member of {of}");
        refuse(
            &Diagnostic::new(Code::UnknownKey, member.key.span, message).help(help),
            self.text,
            self.number,
        )
    }

    /// An object with these members and no others.
    fn object(&self, node: &'n Node<'s>, of: &str, known: &[&'static str]) -> Result<(), Refusal> {
        if !node.is_object() {
            return Err(self.refuse(node, format!("{of} is an object; this is {}", node.kind()), None));
        }
        match node.members().iter().find(|member| !known.contains(&&*member.key.value)) {
            Some(member) => Err(self.unknown(member, of, known)),
            None => Ok(()),
        }
    }

    fn simulation(mut self, root: &'n Node<'s>) -> Result<Simulation<'n>, Refusal> {
        let actions = self.actions(root)?;
        let resources = self.resources(root)?;
        if actions.len().saturating_mul(resources.len()) > MOST_DECISIONS {
            let message = format!("more than {MOST_DECISIONS} decisions in one request");
            return Err(self.refuse(root, message, Some("split it".to_owned())));
        }
        let mut caller = match told(root, "CallerArn") {
            None => None,
            Some(node) => {
                let text = self.string(node, "CallerArn")?;
                Some(Caller::parse(text).map_err(|e| self.refuse(node, e.to_string(), None))?)
            }
        };
        let owner = match told(root, "ResourceOwner") {
            None => None,
            Some(node) => {
                let text = self.string(node, "ResourceOwner")?;
                let account =
                    text.parse().ok().or_else(|| text.parse::<Arn>().ok().and_then(|a| a.account()));
                let help = Some("write arn:aws:iam::222222222222:root".to_owned());
                Some(account.ok_or_else(|| self.refuse(node, format!("`{text}` names no account"), help))?)
            }
        };
        let open = match told(root, "ContextMode") {
            None => false,
            Some(node) => match self.string(node, "ContextMode")? {
                "closed" => false,
                "open" => true,
                other => {
                    let message = format!("`{other}` is not a context mode");
                    return Err(self.refuse(node, message, Some("write `closed` or `open`".to_owned())));
                }
            },
        };
        self.entries(root)?;
        let given = context::read(root.get("ContextEntries"), open)
            .map_err(|(node, message)| self.refuse(node, message, None))?;
        if let Some(caller) = &mut caller {
            context::complete_caller(caller, &given);
        }
        let identity = self.policies(root, "PolicyInputList", PolicyKind::Identity)?.unwrap_or_default();
        let boundary = self
            .policies(root, "PermissionsBoundaryPolicyInputList", PolicyKind::Boundary)?
            .unwrap_or_default();
        let session =
            self.policies(root, "SessionPolicyInputList", PolicyKind::Session)?.filter(|l| !l.is_empty());
        let scps = self.levels(root, "ServiceControlPolicyInputList", PolicyKind::Scp)?;
        let rcps = self.levels(root, "ResourceControlPolicyInputList", PolicyKind::Rcp)?;
        let endpoint = self
            .policies(root, "VpcEndpointPolicyInputList", PolicyKind::Endpoint)?
            .filter(|l| !l.is_empty());
        let kind = resource_kind(resources.first().map_or("*", |r| r), actions.first());
        let resource = match root.get("ResourcePolicy") {
            None => Resource::LeftOut,
            Some(Node { value: Value::Null, .. }) => Resource::LeftOut,
            Some(node) if node.as_str() == Some("none") => Resource::Nothing,
            Some(node) => Resource::Policy(vec![self.policy(node, "ResourcePolicy", kind)?]),
        };
        if caller.is_none() && !matches!(resource, Resource::LeftOut) {
            let help = Some("add \"CallerArn\"".to_owned());
            return Err(self.refuse(root, "a resource policy needs to know who calls", help));
        }
        if let Some(caller) = &mut caller {
            caller.has_boundary = !boundary.is_empty();
        }
        let grants = self.grants(root)?;
        let restrict_public = match told(root, "PublicAccessBlock") {
            None => false,
            Some(node) => {
                for member in node.members() {
                    if !["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
                        .contains(&&*member.key.value)
                        || member.value.as_bool().is_none()
                    {
                        let message = format!(
                            "`{}` is not a setting of Block Public Access, or not true or false",
                            member.key.value
                        );
                        return Err(self.refuse(&member.value, message, None));
                    }
                }
                if !node.is_object() {
                    return Err(self.refuse(node, "`PublicAccessBlock` is an object", None));
                }
                node.get("RestrictPublicBuckets").and_then(Node::as_bool).unwrap_or(false)
            }
        };
        Ok(Simulation {
            caller,
            actions,
            resources,
            owner,
            identity,
            boundary,
            session,
            scps,
            rcps,
            endpoint,
            resource,
            grants,
            restrict_public,
            given,
            open,
            texts: self.texts,
            mistakes: self.mistakes,
        })
    }

    fn actions(&self, root: &'n Node<'s>) -> Result<Vec<ActionName>, Refusal> {
        let Some(node) = root.get("ActionNames") else {
            let help = Some("add \"ActionNames\": [\"kms:Decrypt\"]".to_owned());
            return Err(self.refuse(root, "a request names the actions it asks about", help));
        };
        let mut actions = Vec::new();
        for (text, at) in self.strings(node, "ActionNames")? {
            let help = Some("actions look like s3:GetObject, without wildcards".to_owned());
            actions.push(
                ActionName::new(text)
                    .ok_or_else(|| self.refuse(at, format!("`{text}` is not an action"), help))?,
            );
        }
        if actions.is_empty() {
            return Err(self.refuse(node, "`ActionNames` lists no action", None));
        }
        Ok(actions)
    }

    /// The resources asked about; where none is named, all of them, as AWS has it.
    fn resources(&self, root: &'n Node<'s>) -> Result<Vec<Cow<'n, str>>, Refusal> {
        let mut resources = Vec::new();
        if let Some(node) = told(root, "ResourceArns") {
            for (text, at) in self.strings(node, "ResourceArns")? {
                if text != "*" && !text.starts_with("arn:") {
                    let help = Some("write an ARN, such as arn:aws:s3:::BUCKET/KEY, or `*`".to_owned());
                    return Err(self.refuse(at, format!("`{text}` is not a resource"), help));
                }
                resources.push(Cow::Borrowed(text));
            }
        }
        if resources.is_empty() {
            resources.push(Cow::Borrowed("*"));
        }
        Ok(resources)
    }

    /// What context entries hold beside the keys and their values.
    fn entries(&self, root: &'n Node<'s>) -> Result<(), Refusal> {
        let list = root.get("ContextEntries").map_or(&[][..], Node::elements);
        if let Some(extra) = list.get(MOST_KEYS) {
            let message = format!("more than {MOST_KEYS} context keys in one request");
            return Err(self.refuse(extra, message, Some("give only those that policies name".to_owned())));
        }
        for entry in list {
            self.object(entry, "a context entry", ENTRY)?;
            let Some(node) = told(entry, "ContextKeyType") else { continue };
            let text = self.string(node, "ContextKeyType")?;
            let stem = match text.len().checked_sub(4).and_then(|at| text.split_at_checked(at)) {
                Some((stem, list)) if list.eq_ignore_ascii_case("list") => stem,
                Some(_) | None => text,
            };
            if !TYPES.iter().any(|known| known.eq_ignore_ascii_case(stem)) {
                let help = did_you_mean(stem, TYPES.iter().copied());
                let help = help.unwrap_or_else(|| {
                    format!("types are {}, and each of them with `List` behind it", TYPES.join(", "))
                });
                return Err(self.refuse(node, format!("`{text}` is not a context key type"), Some(help)));
            }
        }
        Ok(())
    }

    fn string(&self, node: &'n Node<'s>, what: &str) -> Result<&'n str, Refusal> {
        node.as_str()
            .ok_or_else(|| self.refuse(node, format!("`{what}` is {}, not a string", node.kind()), None))
    }

    fn strings(&self, node: &'n Node<'s>, what: &str) -> Result<Vec<(&'n str, &'n Node<'s>)>, Refusal> {
        self.list(node, what)?.iter().map(|n| Ok((self.string(n, what)?, n))).collect()
    }

    fn list(&self, node: &'n Node<'s>, what: &str) -> Result<&'n [Node<'s>], Refusal> {
        match &node.value {
            Value::Array(list) => Ok(list),
            // One string or one policy stands for a list of one.
            Value::String(_) | Value::Object(_) => Ok(std::slice::from_ref(node)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Invalid => {
                Err(self.refuse(node, format!("`{what}` is {}, not an array", node.kind()), None))
            }
        }
    }

    fn policies(
        &mut self,
        root: &'n Node<'s>,
        name: &'static str,
        kind: PolicyKind,
    ) -> Result<Option<Vec<SharedPolicy>>, Refusal> {
        let Some(node) = root.get(name).filter(|n| n.value != Value::Null) else { return Ok(None) };
        let list = self.list(node, name)?;
        let mut out = Vec::with_capacity(list.len());
        let mut id = String::with_capacity(name.len() + ORDINAL);
        for (at, policy) in list.iter().enumerate() {
            id.clear();
            _ = write!(id, "{name}.{}", at + 1);
            out.push(self.policy(policy, &id, kind)?);
        }
        Ok(Some(out))
    }

    fn levels(
        &mut self,
        root: &'n Node<'s>,
        name: &'static str,
        kind: PolicyKind,
    ) -> Result<Vec<Level>, Refusal> {
        let Some(node) = root.get(name).filter(|n| n.value != Value::Null) else { return Ok(Vec::new()) };
        let mut levels = Vec::new();
        let mut id = String::with_capacity(name.len() + 2 * ORDINAL);
        for (at, level) in self.list(node, name)?.iter().enumerate() {
            let mut policies = Vec::new();
            for (index, policy) in self.list(level, name)?.iter().enumerate() {
                id.clear();
                _ = write!(id, "{name}.{}.{}", at + 1, index + 1);
                policies.push(self.policy(policy, &id, kind)?);
            }
            // The policies are told, so nobody asks whose they are.
            levels.push(Level {
                target: String::new(),
                is_above: false,
                policies: Known::Provided(policies),
            });
        }
        Ok(levels)
    }

    /// A policy as a JSON string, as AWS has it, or as an object.
    fn policy(&mut self, node: &'n Node<'s>, id: &str, kind: PolicyKind) -> Result<SharedPolicy, Refusal> {
        let mut mistakes = Vec::new();
        let (policy, text) = match &node.value {
            Value::String(text) => {
                let written = Written { kind, id, text };
                let policy = self.memo.get(written, || {
                    let parsed = json::parse(SourceId::LONE, text);
                    let mut problems = parsed.problems;
                    let policy = parsed.root.map(|root| lower(&root, kind, id, &mut problems));
                    refuse_fatal(id, text, 0, &problems)?;
                    mistakes = understood(id, problems);
                    // What is kept must not forget its mistakes.
                    let keep = mistakes.is_empty();
                    policy.map(|policy| (Arc::new(policy), keep)).ok_or_else(|| {
                        let problem =
                            Diagnostic::new(Code::InvalidInput, node.span, format!("{id} holds no policy"));
                        refuse(&problem, self.text, self.number)
                    })
                })?;
                (policy, &**text)
            }
            Value::Object(_) => {
                let start = node.span.start;
                let text = self.text.get(start as usize..node.span.end as usize).unwrap_or_default();
                let mut problems = Vec::new();
                let policy = lower(node, kind, id, &mut problems);
                refuse_fatal(id, text, start, &problems)?;
                mistakes = understood(id, problems);
                (Arc::new(policy), text)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Invalid => {
                let message = format!("{id} is {}; a policy is a JSON string or an object", node.kind());
                return Err(self.refuse(node, message, None));
            }
        };
        self.mistakes.append(&mut mistakes);
        self.texts.push((Arc::clone(&policy), text));
        Ok(policy)
    }

    fn grants(&self, root: &'n Node<'s>) -> Result<Vec<Grant>, Refusal> {
        let Some(node) = root.get("Grants").filter(|n| n.value != Value::Null) else { return Ok(Vec::new()) };
        let mut grants = Vec::new();
        for (index, grant) in self.list(node, "Grants")?.iter().enumerate() {
            self.object(grant, "a grant", GRANT)?;
            let wanted = |name: &str| {
                grant.get(name).ok_or_else(|| self.refuse(grant, format!("a grant has a `{name}`"), None))
            };
            let grantee = self.string(wanted("GranteePrincipal")?, "GranteePrincipal")?.to_owned();
            let operations = self
                .strings(wanted("Operations")?, "Operations")?
                .into_iter()
                .map(|(t, _)| t.to_owned())
                .collect();
            grants.push(Grant {
                id: grant.get("GrantId").and_then(Node::as_str).map(str::to_owned),
                grantee,
                operations,
                constraints: self.constraints(grant)?,
                key: self.grant_key(grant)?,
                span: grant.span,
                pointer: format!("Grants.{}", index + 1),
            });
        }
        Ok(grants)
    }

    /// The key that a grant is on. A grant that names none is on the key asked about.
    fn grant_key(&self, grant: &'n Node<'s>) -> Result<Option<Arn>, Refusal> {
        let Some(node) = told(grant, "KeyId") else { return Ok(None) };
        let text = self.string(node, "KeyId")?;
        text.parse::<Arn>().map(Some).map_err(|_| {
            let help = "write the ARN of the key, or leave `KeyId` out for the key asked about";
            self.refuse(node, format!("`{text}` is not the ARN of a key"), Some(help.to_owned()))
        })
    }

    /// A constraint that cannot be read must not become a grant without one.
    fn constraints(&self, grant: &'n Node<'s>) -> Result<Vec<Constraint>, Refusal> {
        let Some(node) = told(grant, "Constraints") else { return Ok(Vec::new()) };
        self.object(node, "`Constraints`", CONSTRAINTS)?;
        let pairs = |name: &str| -> Result<Option<BTreeMap<String, String>>, Refusal> {
            let Some(node) = told(node, name) else { return Ok(None) };
            if !node.is_object() {
                return Err(self.refuse(node, format!("`{name}` is {}, not an object", node.kind()), None));
            }
            node.members()
                .iter()
                .map(|m| Ok((m.key.value.to_string(), self.string(&m.value, name)?.to_owned())))
                .collect::<Result<_, _>>()
                .map(Some)
        };
        let equals = pairs("EncryptionContextEquals")?.map(Constraint::Equals);
        let subset = pairs("EncryptionContextSubset")?.map(Constraint::Subset);
        let source = match told(node, "SourceArn") {
            Some(arn) => Some(Constraint::SourceArn(self.string(arn, "SourceArn")?.to_owned())),
            None => None,
        };
        Ok(equals.into_iter().chain(subset).chain(source).collect())
    }
}

/// A member that is there; `null` leaves it out.
fn told<'n, 's>(root: &'n Node<'s>, name: &str) -> Option<&'n Node<'s>> {
    root.get(name).filter(|n| n.value != Value::Null)
}

fn understood(id: &str, problems: Vec<Diagnostic>) -> Vec<Mistake> {
    let mistakes = problems.into_iter().filter(Diagnostic::is_error);
    mistakes.map(|p| Mistake { policy: id.into(), code: p.code, message: p.message }).collect()
}

/// Refuse a policy that AWS would not have stored. Its text starts at `base` of what the problems point into.
fn refuse_fatal(id: &str, text: &str, base: u32, problems: &[Diagnostic]) -> Result<(), Refusal> {
    let fatal = problems.iter().find(|p| p.is_error() && !UNDERSTOOD.contains(&p.code));
    let Some(problem) = fatal else { return Ok(()) };
    let position = problem.span.map(|s| position_in(text, s.start.saturating_sub(base)));
    let place = position.map_or_else(String::new, |p| format!(" at line {}, column {}", p.line, p.column));
    let help = problem.help.as_ref().map_or_else(String::new, |h| format!("; {h}"));
    Err(Refusal { message: format!("{id}: {}{place}{help}", problem.message), position })
}

/// What kind of resource-based policy goes with a resource.
fn resource_kind(resource: &str, action: Option<&ActionName>) -> PolicyKind {
    let service = match resource.parse::<Arn>() {
        Ok(arn) if arn.service() == "s3" && arn.resource().starts_with("accesspoint/") => {
            return PolicyKind::AccessPoint;
        }
        Ok(arn) if arn.service() == "iam" && arn.resource().starts_with("role/") => return PolicyKind::Trust,
        Ok(arn) => arn.service().to_owned(),
        Err(_) => action.map_or_else(String::new, |a| a.service().to_owned()),
    };
    match service.as_str() {
        "kms" => PolicyKind::Key,
        "s3" => PolicyKind::Bucket,
        "sts" => PolicyKind::Trust,
        _ => PolicyKind::Resource,
    }
}
