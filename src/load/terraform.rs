//! Plans and states of Terraform and OpenTofu, as JSON.
//!
//! A file is gone through once without a tree; resources that tell something, and the expressions of their
//! configuration, become `model::Module`. Names come next: known ones, those that follow from others, and symbols
//! for those AWS will choose. Last, every kind of resource tells its facts. A plan counts as what will be when it is
//! applied.

mod address;
mod configuration;
mod flat;
mod iam;
mod kms;
mod model;
mod names;
mod network;
mod organization;
mod plan;
mod policies;
mod provider;
mod reference;
mod replication;
mod s3;
pub mod source;
mod state;
mod statements;
mod stores;
mod text;
mod types;
mod workload;

use model::Module;
use names::Names;
use plan::Parts;
use provider::{Fallback, Places};
use text::{Mistakes, Text};

use std::collections::{BTreeMap, BTreeSet};

use super::bind::Owner;
use super::{Declared, InputDocument, InputFile, Intake, Loader, Name, Recognition, Stage, Syntax};
use crate::diagnostic::{Code, Diagnostic};
use crate::json::{Node, Value, skim};
use crate::name::{AccountId, symbol};
use crate::source::{SourceId, Span};

pub(super) static LOADER: Loader = Loader {
    name: "terraform",
    summary: "plans and states of Terraform and OpenTofu, as JSON",
    page: "docs/inputs/terraform.md",
    recognise: claims,
    // What account and Region it is for, a row of the manifest may say that is not read yet.
    read: |input, intake| {
        intake.notes::<Seen>().files.push((input.source, input.index));
        intake.wait(input, read);
    },
    settle: &[(Stage::Noted, tell_apart), (Stage::Noted, source::settle)],
    many_owners: true,
    hint,
};

/// The plans and states of the run.
#[derive(Debug, Default)]
struct Seen {
    files: Vec<(SourceId, usize)>,
    /// Those that are of an account of their own that no file names.
    accounts: BTreeMap<SourceId, AccountId>,
}

/// What a file may be.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Form {
    Plan,
    /// `show -json` of a state.
    Shown,
    V4,
    V3,
}

fn form(input: &InputDocument<'_>) -> Option<Form> {
    if input.syntax != Syntax::Json {
        return None;
    }
    // `jq` is often told to keep the changes alone.
    if input.has("resource_changes") || input.has("planned_values") || is_list_of_changes(input) {
        return Some(Form::Plan);
    }
    if input.has("format_version") && input.has("values") {
        return Some(Form::Shown);
    }
    let is_state = input.has("lineage") || input.has("serial");
    if input.has("version") && input.has("resources") && (is_state || input.has("terraform_version")) {
        return Some(Form::V4);
    }
    (input.has("version") && input.has("modules") && is_state).then_some(Form::V3)
}

/// `jq .resource_changes`
fn is_list_of_changes(input: &InputDocument<'_>) -> bool {
    let Some(first) = skim::elements(input.skimmable(), input.at).ok().and_then(|mut list| list.next())
    else {
        return false;
    };
    let has =
        |name: &str| first.as_ref().is_ok_and(|at| skim::member(input.skimmable(), *at, name).is_some());
    has("address") && has("change")
}

fn claims(input: &InputDocument<'_>) -> Recognition {
    if form(input).is_some() { Recognition::Sure } else { Recognition::No }
}

/// What a text is that Terraform or OpenTofu wrote and that is no plan or state yet, and the command that makes
/// one of it.
fn hint(text: &str) -> Option<&'static str> {
    let start = text.trim_start();
    let first = start.lines().next().unwrap_or_default();
    let has = |name: &str| first.contains(name) || start.get(..4096).unwrap_or(start).contains(name);
    if text.starts_with("PK\u{3}\u{4}") {
        Some(
            "this is a saved plan: run `terraform show -json FILE > plan.json` (or `tofu show -json FILE > plan.json`)",
        )
    } else if first.starts_with('{') && first.contains("\"@level\"") {
        Some(
            "this is the log of `terraform plan -json`: save the plan with `-out=FILE`, then run `terraform show -json FILE > plan.json` (or `tofu show -json FILE > plan.json`)",
        )
    } else if start.starts_with('{') && has("\"encrypted_data\"") {
        Some(
            "this is an encrypted state or plan: run `tofu state pull > state.json`, or `tofu show -json FILE > plan.json`, where its key is at hand",
        )
    } else {
        None
    }
}

fn read(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(form) = form(input) else { return };
    intake.read_as(input.source, if form == Form::Plan { "terraform plan" } else { "terraform state" });
    let mistakes = Mistakes::default();
    let text = Text { text: input.skimmable(), mistakes: &mistakes };
    if !is_supported(input, text, form, intake) {
        return;
    }
    let owner = intake.owner_of(input.source);
    let (world, mut places) = world(input, text, form, owner);
    if mistakes.broken.get() {
        // What could be passed over may be misplaced: the parser says what is wrong, and nothing counts.
        intake.complain(input);
        if input.syntax_problems().iter().any(Diagnostic::is_error) {
            return;
        }
    }
    intake.problems.append(&mut mistakes.problems.borrow_mut());
    warn_of_parts(input, text, form, intake);
    name_accounts(input.source, &world, &mut places, intake);
    let names = Names::new(&world, &places, another_world(input, intake));
    let workloads = record(&names, input.source, intake);
    note(input.source, &names, workloads, intake);
}

/// The resources of a file, and where they are.
fn world<'s>(input: &InputDocument<'_>, text: Text<'s>, form: Form, owner: Owner) -> (Module<'s>, Places) {
    let parts = Parts {
        resource_changes: input.member("resource_changes").or(is_list_of_changes(input).then_some(input.at)),
        planned_values: input.member("planned_values"),
        prior_state: input.member("prior_state"),
        configuration: input.member("configuration"),
        variables: input.member("variables"),
    };
    let world = match form {
        Form::Plan => plan::read(text, &parts),
        Form::Shown => {
            let root = input.member("values").and_then(|values| text.member(values, "root_module"));
            let resources =
                root.map(|root| state::values(text, root, &Default::default(), "/values/root_module"));
            Module::of(resources.unwrap_or_default())
        }
        Form::V4 => input.member("resources").map(|at| state::read_v4(text, at)).unwrap_or_default(),
        Form::V3 => input.member("modules").map(|at| state::read_v3(text, at)).unwrap_or_default(),
    };
    let fallback = provider::Fallback { account: owner.account, region: owner.region };
    let places = provider::places(&world, fallback, || match form {
        Form::Plan => provider::other_arns(text, parts.resource_changes, &world),
        Form::V4 => provider::other_arns_v4(text, input.member("resources")),
        Form::Shown | Form::V3 => Vec::new(),
    });
    (world, places)
}

/// Whether a plan or a state lies in a directory, links resolved.
fn plans_in(intake: &mut Intake, dir: &std::path::Path) -> bool {
    let files = intake.notes::<Seen>().files.clone();
    files.into_iter().any(|(source, _)| source::beside::directory(intake, source).as_deref() == Some(dir))
}

/// Several plans and states whose account no file names may be of several accounts.
fn tell_apart(intake: &mut Intake) {
    let files = intake.notes::<Seen>().files.clone();
    if files.len() < 2 {
        return;
    }
    let mut unplaced = BTreeSet::new();
    for (source, index) in files {
        let owner = intake.owner_of(source);
        if owner.account.is_some() {
            continue;
        }
        let is_unplaced = intake.with_document(source, Syntax::Json, index, |input, _| {
            let mistakes = Mistakes::default();
            let text = Text { text: input.skimmable(), mistakes: &mistakes };
            let Some(form) = form(input) else { return false };
            let (world, places) = world(input, text, form, owner);
            !places.unplaced(&world).is_empty()
        });
        if is_unplaced == Some(true) {
            unplaced.insert(source);
        }
    }
    if unplaced.len() < 2 {
        return;
    }
    for source in unplaced {
        let file = intake.sources.name(source).to_owned();
        let account = intake.another_account(&file, Span::new(source, 0, 0));
        intake.notes::<Seen>().accounts.insert(source, account);
    }
}

/// Gives providers whose account no file names one each, where their credentials differ.
fn name_accounts(source: SourceId, world: &Module<'_>, places: &mut Places, intake: &mut Intake) {
    let own = intake.notes::<Seen>().accounts.get(&source).copied();
    let at = Span::new(source, 0, 0);
    let file = intake.sources.name(source).to_owned();
    for (index, providers) in places.unplaced(world).into_iter().enumerate() {
        let account = match (index, own) {
            (0, Some(own)) => own,
            (0, None) => {
                let why = "the account of the resources is not known: add `data \"aws_caller_identity\"` or `allowed_account_ids` to the configuration, or [[bind]] with file and account";
                intake.symbol(symbol::ACCOUNT, why, at);
                AccountId::UNKNOWN
            }
            (_, _) => {
                let whose = format!("provider {} in {file}", providers.first().map_or("", String::as_str));
                intake.another_account(&whose, at)
            }
        };
        places.are_of(&providers, account);
    }
}

/// The name of the file, where another plan or state was read before it.
fn another_world(input: &InputDocument<'_>, intake: &mut Intake) -> Option<String> {
    let is_terraform = |file: &&InputFile| matches!(&*file.kind, "terraform plan" | "terraform state");
    let several = intake.files.iter().filter(is_terraform).nth(1).is_some();
    let path = intake.file(input.source)?.path.replace(['/', '\\'], ".");
    several.then_some(path)
}

/// Formats after these may mean something else by the same names.
fn is_supported(input: &InputDocument<'_>, text: Text<'_>, form: Form, intake: &mut Intake) -> bool {
    let name = match form {
        Form::Plan | Form::Shown => "format_version",
        Form::V3 | Form::V4 => "version",
    };
    let Some(at) = input.member(name) else { return true };
    let Some(node) = text.node(at) else { return true };
    let written = match &node.value {
        Value::Number(text) | Value::String(text) => &**text,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::Invalid => "",
    };
    let major: Option<u32> = written.split('.').next().and_then(|major| major.parse().ok());
    let fits = match form {
        Form::Plan | Form::Shown => major.is_some_and(|major| major <= 1),
        Form::V4 => major == Some(4),
        Form::V3 => major.is_some_and(|major| (1..=3).contains(&major)),
    };
    if !fits {
        let message = format!("version {written} of this format is not known");
        let help = "run `terraform show -json` of a version whose `format_version` begins with 0 or 1";
        intake.problems.push(Diagnostic::new(Code::UnknownVersion, at, message).help(help));
    }
    fits
}

/// What a plan leaves out.
fn warn_of_parts(input: &InputDocument<'_>, text: Text<'_>, form: Form, intake: &mut Intake) {
    if form != Form::Plan {
        return;
    }
    let mut warn = |at: Span, message: &str, help: &str| {
        intake.problems.push(Diagnostic::new(Code::IncompletePlan, at, message).help(help));
    };
    if let Some(at) = input.member("errored").filter(|at| text.is_true(*at)) {
        warn(
            at,
            "planning ended with an error, so parts of this plan are missing",
            "plan again without the error",
        );
    }
    let deferred = input.member("deferred_changes").filter(|at| text.elements(*at).next().is_some());
    if let Some(at) = deferred {
        let help = "apply this plan and plan again; until then these resources are not looked at";
        warn(at, "Terraform put some changes off, so the resources they are about are missing", help);
    } else if let Some(at) = input.member("complete").filter(|at| text.is_false(*at)) {
        let help = "apply this plan and plan again, without `-target`";
        warn(at, "this plan is not complete: another one has to follow it", help);
    }
    if input.member("resource_changes").is_some_and(|at| text.elements(at).next().is_some())
        && input.member("configuration").is_none()
    {
        let help = "keep `configuration` when you pass the plan through `jq`: references between resources are there";
        let at = intake.sources.first_character(input.source);
        warn(at, "this plan holds no configuration, so values that are known after apply stay open", help);
    }
}

/// Tells all that the resources of a file say, and how many of them use a role.
fn record(names: &Names<'_, '_>, source: SourceId, intake: &mut Intake) -> usize {
    let declared = |r: &model::Resource<'_>| {
        let span = Span { source, ..r.values.span };
        Declared { name: Name::Address(r.address.value.clone()), span }
    };
    let declared: Vec<Declared> = names.world.resources.iter().filter(|r| !r.gone).map(declared).collect();
    for resource in &declared {
        if let Name::Address(address) = &resource.name {
            intake.sources.call(resource.span, address);
        }
    }
    intake.declared.extend(declared);
    iam::record(names, intake);
    kms::record(names, intake);
    s3::record(names, intake);
    stores::record(names, intake);
    network::record(names, intake);
    organization::record(names, intake);
    let workloads = workload::record(names, intake, source);
    for (name, hole) in names.take_holes() {
        intake.symbol(&name, &hole.why, hole.at);
    }
    workloads
}

/// What resources are counted as, in the order that the list of inputs has them.
const COUNTED: &[&str] = &[
    "role",
    "user",
    "key",
    "bucket",
    "secret",
    "queue",
    "managed policy",
    "VPC endpoint",
    "instance profile",
    "OpenID Connect provider",
    "SAML provider",
];

/// What the file contributed, and what it does not say.
fn note(source: SourceId, names: &Names<'_, '_>, workloads: usize, intake: &mut Intake) {
    let resources = || names.world.resources.iter().filter(|resource| !resource.gone && !resource.data);
    let mut parts = Vec::new();
    for what in COUNTED {
        let count = resources().filter(|resource| resource.kind.counted == Some(what)).count();
        match (count, what.strip_suffix('y').filter(|stem| stem.ends_with('c'))) {
            (0, _) => {}
            (1, _) => parts.push(format!("1 {what}")),
            (many, Some(stem)) => parts.push(format!("{many} {stem}ies")),
            (many, None) => parts.push(format!("{many} {what}s")),
        }
    }
    match workloads {
        0 => {}
        1 => parts.push("1 workload".to_owned()),
        many => parts.push(format!("{many} workloads")),
    }
    if parts.is_empty() {
        parts.push("no role, key or bucket".to_owned());
    }
    intake.contributes(source, "", parts.join(", "));
    let asks =
        |kind: &str| kind.starts_with("aws_iam_") || kind.starts_with("aws_kms_") || kind == "aws_s3_bucket";
    if resources().any(|r| asks(r.kind.name) && names.account(r).is_unknown() && lacks_arn(&r.values)) {
        let missing = "in which account its new resources are: add `data \"aws_caller_identity\"` or `allowed_account_ids` to the configuration, or [[bind]] with account = \"…\"";
        intake.misses(source, missing);
    }
}

fn lacks_arn(values: &Node<'_>) -> bool {
    values.get("arn").and_then(Node::as_str).is_none_or(str::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_counted_is_listed() {
        for counted in types::TYPES.iter().filter_map(|known| known.counted) {
            assert!(COUNTED.contains(&counted), "{counted}");
        }
    }
}
