//! Ways to other rights than a policy seems to give, over all of its statements.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>, and the actions in the Service Authorization
//! Reference. The ways are those that pathfinding.cloud lists, and removals of what limits an identity.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::pass_role::is_any_role;
use crate::diagnostic::{Code, Diagnostic};
use crate::lint::allows;
use crate::name::ActionPattern;
use crate::policy::{Policy, PolicyKind, Scope, Statement};
use crate::source::Span;

/// Actions that change what identities may do, or who can be them.
const IDENTITIES: &[&[&str]] = &[
    &["iam:addusertogroup"],
    &["iam:attachgrouppolicy"],
    &["iam:attachrolepolicy"],
    &["iam:attachuserpolicy"],
    &["iam:createaccesskey"],
    &["iam:createloginprofile"],
    &["iam:createpolicyversion"],
    &["iam:deleterolepermissionsboundary"],
    &["iam:deleteuserpermissionsboundary"],
    &["iam:putgrouppolicy"],
    &["iam:putrolepolicy"],
    &["iam:putuserpolicy"],
    &["iam:setdefaultpolicyversion"],
    &["iam:updateassumerolepolicy"],
    &["iam:updateloginprofile"],
    &["iam:updatesamlprovider"],
    &["sso:attachmanagedpolicytopermissionset"],
    &["sso:createaccountassignment"],
    &["sso:putinlinepolicytopermissionset"],
];

/// Actions that put code or commands into something that runs with a role already.
const WORKLOADS: &[&[&str]] = &[
    &["apprunner:updateservice"],
    &["batch:submitjob"],
    &["bedrock-agentcore:invokecodeinterpreter", "bedrock-agentcore:startcodeinterpretersession"],
    &["cloudformation:createchangeset", "cloudformation:executechangeset"],
    &["cloudformation:updatestack"],
    &["codebuild:startbuild"],
    &["codebuild:startbuildbatch"],
    &["ec2-instance-connect:sendsshpublickey"],
    &["ec2:createlaunchtemplateversion", "ec2:modifylaunchtemplate"],
    &["ec2:modifyinstanceattribute", "ec2:startinstances", "ec2:stopinstances"],
    &["ecs:executecommand"],
    &["elasticmapreduce:addjobflowsteps"],
    &["glue:startjobrun", "glue:updatejob"],
    &["glue:updatedevendpoint"],
    &["lambda:updatefunctioncode"],
    &["lambda:updatefunctionconfiguration"],
    &["sagemaker:createnotebookinstancelifecycleconfig", "sagemaker:updatenotebookinstance"],
    &["sagemaker:createpresignednotebookinstanceurl"],
    &["ssm:sendcommand"],
    &["ssm:startsession"],
];

/// Actions that make something which runs with a role that is passed to it.
const STARTS: &[&[&str]] = &[
    &["airflow:createenvironment"],
    &["amplify:createapp"],
    &["apprunner:createservice"],
    &["autoscaling:createautoscalinggroup"],
    &["autoscaling:createlaunchconfiguration"],
    &["batch:registerjobdefinition"],
    &["bedrock-agentcore:createagentruntime"],
    &["bedrock-agentcore:createcodeinterpreter"],
    &["braket:createjob"],
    &["cloudformation:createstack"],
    &["cloudformation:createstackinstances", "cloudformation:createstackset"],
    &["cloudformation:updatestackset"],
    &["codebuild:createproject"],
    &["codebuild:updateproject"],
    &["cognito-identity:setidentitypoolroles"],
    &["datapipeline:createpipeline"],
    &["ec2:associateiaminstanceprofile"],
    &["ec2:replaceiaminstanceprofileassociation"],
    &["ec2:requestspotinstances"],
    &["ec2:runinstances"],
    &["ecs:createservice", "ecs:registertaskdefinition"],
    &["ecs:registertaskdefinition", "ecs:starttask"],
    &["ecs:runtask"],
    &["eks:createpodidentityassociation"],
    &["elasticmapreduce:runjobflow"],
    &["emr-serverless:startjobrun"],
    &["gamelift:createfleet"],
    &["glue:createdevendpoint"],
    &["glue:createjob"],
    &["glue:createsession"],
    &["glue:updatejob"],
    &["lambda:createfunction"],
    &["sagemaker:createnotebookinstance"],
    &["sagemaker:createprocessingjob"],
    &["sagemaker:createtrainingjob"],
    &["ssm:createassociation"],
    &["ssm:startautomationexecution"],
    &["states:createstatemachine"],
];

const PASS: &str = "iam:passrole";

/// Whether an action is told as a way to other rights, and so needs no other words.
pub(super) fn is_told(action: &ActionPattern) -> bool {
    IDENTITIES.iter().flat_map(|way| way.iter()).any(|name| action.covers_folded(name) == Some(true))
}

/// The actions of all ways, in order.
fn names() -> &'static [&'static str] {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let ways = [IDENTITIES, WORKLOADS, STARTS].into_iter().flatten();
        let mut names: Vec<&'static str> = ways.flat_map(|way| way.iter().copied()).chain([PASS]).collect();
        names.sort_unstable();
        names.dedup();
        names
    })
}

/// An entry of a policy that gives an action.
#[derive(Copy, Clone)]
struct Entry<'p> {
    action: &'p ActionPattern,
    at: Span,
}

/// The first entry that gives each action.
type Given<'p> = FxHashMap<&'static str, Entry<'p>>;

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    if !matches!(policy.kind, PolicyKind::Identity | PolicyKind::Permissions) {
        return;
    }
    // On every resource, on every identity, and on something.
    let (mut all, mut identities, mut some) = (Given::default(), Given::default(), Given::default());
    for statement in allows(policy).filter(|statement| statement.tests.is_empty()) {
        let (Scope::In(actions), Some(Scope::In(resources))) = (&statement.actions, &statement.resources)
        else {
            continue;
        };
        let everything = resources.iter().any(|resource| resource.value.is_everything());
        let every_identity = everything || names_every_identity(statement);
        for action in actions {
            let entry = Entry { action: &action.value, at: action.span };
            each_given(&action.value, &mut |name| {
                some.entry(name).or_insert(entry);
                if everything {
                    all.entry(name).or_insert(entry);
                }
                if every_identity {
                    identities.entry(name).or_insert(entry);
                }
            });
        }
    }
    let own = ways(IDENTITIES, &identities);
    told(&own, "gives rights to its holder: it changes identities, and this names all of them", tell);
    let taken = ways(WORKLOADS, &all);
    told(&taken, "runs code or commands with the roles of what runs already, and this names all of it", tell);
    if let Some(pass) = identities.get(PASS)
        && let Some(start) = ways(STARTS, &some).first()
    {
        let message = format!(
            "with {} this runs code with any role that may be passed, and so with its rights",
            start.action.written()
        );
        tell(
            Diagnostic::new(Code::PrivilegeEscalation, pass.at, message)
                .because(start.at, "what starts the code")
                .help("name the roles that may be passed"),
        );
    }
}

/// Hands over each name of a way that a pattern covers. All of a service is told as such.
fn each_given(action: &ActionPattern, tell: &mut dyn FnMut(&'static str)) {
    let folded = action.folded();
    let names = names();
    if !action.has_wildcard() {
        if let Some(name) = names.binary_search(&folded).ok().and_then(|at| names.get(at)) {
            tell(name);
        }
        return;
    }
    let Some((service, name)) = folded.split_once(':') else { return };
    // With the colon: names of `ec2-instance-connect` stand before those of `ec2`.
    let prefix = folded.get(..=service.len()).unwrap_or(folded);
    let from = names.partition_point(|known| *known < prefix);
    for known in names.get(from..).unwrap_or_default() {
        if !known.starts_with(prefix) {
            break;
        }
        // Of all actions of a service those count that begin something with a role.
        let whole = name == "*" && !STARTS.iter().any(|way| way.contains(known));
        if !whole && action.covers_folded(known) == Some(true) {
            tell(known);
        }
    }
}

/// `role/*`, `user/*` and the like, in any account.
fn names_every_identity(statement: &Statement) -> bool {
    let Some(Scope::In(resources)) = &statement.resources else { return false };
    resources.iter().any(|resource| {
        let text = resource.value.as_str();
        let name = text.splitn(6, ':').nth(5).unwrap_or_default();
        is_any_role(text) || (text.contains(":iam:") && matches!(name, "group/*" | "policy/*" | "user/*"))
    })
}

/// The entries of ways of which every action is given, each once.
fn ways<'p>(all: &[&[&'static str]], given: &Given<'p>) -> Vec<Entry<'p>> {
    let mut found: Vec<Entry<'p>> = Vec::new();
    for way in all {
        let entries: Option<Vec<Entry<'p>>> = way.iter().map(|name| given.get(name).copied()).collect();
        let Some(first) = entries.and_then(|entries| entries.into_iter().min_by_key(|entry| entry.at.start))
        else {
            continue;
        };
        if !found.iter().any(|entry| entry.at == first.at) {
            found.push(first);
        }
    }
    found
}

/// One finding for the entries of one kind, at the first in the text.
fn told(entries: &[Entry<'_>], what: &str, tell: &mut dyn FnMut(Diagnostic)) {
    let Some(first) = entries.iter().min_by_key(|entry| entry.at.start) else { return };
    let others = entries.len() - 1;
    let and = match others {
        0 => String::new(),
        1 => ", like another action".to_owned(),
        _ => format!(", like {others} other actions"),
    };
    let message = format!("{}{and} {what}", first.action.written());
    let help = "name the resources in `Resource`";
    let mut finding = Diagnostic::new(Code::PrivilegeEscalation, first.at, message).help(help);
    for entry in entries.iter().filter(|entry| entry.at != first.at).take(3) {
        finding = finding.because(entry.at, "another such action");
    }
    tell(finding);
}

#[cfg(test)]
mod tests;
