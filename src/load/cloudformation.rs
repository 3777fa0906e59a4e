//! CloudFormation: templates in JSON and YAML, assemblies of the CDK, SAM, and files with parameters.
//!
//! Nothing is evaluated before every file was seen: a template may be deployed by an assembly, nested in another
//! template, or import what another one exports, whichever file comes first.

mod assembly;
mod conditions;
mod connectors;
mod discover;
mod emit;
mod evaluate;
mod evaluator;
mod functions;
mod iam;
mod kms;
mod organizations;
mod parameter_file;
mod parameters;
mod physical;
mod s3;
mod sam_policies;
mod serverless;
mod sides;
mod stack;
mod stores;
mod text;
mod types;
mod variants;
mod workload;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Declared, InputDocument, Intake, Loader, Name, Recognition, Stage, Syntax, suppression};
use crate::json::Node;
use crate::name::symbol;
use crate::source::{SourceId, Span, Text};

use discover::Environment;
use emit::FactEmitter;
use evaluator::Evaluator;
use stack::Template;
use types::{Given, Tells, Thing};

/// Reads templates of CloudFormation and assemblies of the CDK.
pub static LOADER: Loader = Loader {
    name: "cloudformation",
    summary: "CloudFormation and SAM templates, CDK assemblies (cdk.out), parameter files",
    page: "docs/inputs/cloudformation.md",
    recognise: claims,
    read,
    settle: &[(Stage::FactsRead, settle)],
    many_owners: true,
    ..Loader::PLAIN
};

/// A file of the run that belongs to this loader.
#[derive(Clone, Debug)]
struct Seen {
    source: SourceId,
    syntax: Syntax,
    /// Where the document lies in its file, and which one it is.
    at: Span,
    index: usize,
    path: PathBuf,
    kind: FileKind,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum FileKind {
    Template,
    Assembly,
    Parameters,
}

fn claims(input: &InputDocument<'_>) -> Recognition {
    match (kind_of(input), input.has("AWSTemplateFormatVersion")) {
        (None, _) => Recognition::No,
        (Some(FileKind::Template), false) => Recognition::Likely,
        (Some(_), _) => Recognition::Sure,
    }
}

fn kind_of(input: &InputDocument<'_>) -> Option<FileKind> {
    match input.syntax {
        Syntax::Toml => return None,
        Syntax::Json | Syntax::Yaml => {}
    }
    let text = || input.text.get(input.at.start as usize..input.at.end as usize).unwrap_or_default();
    if input.has("AWSTemplateFormatVersion") || input.has("Resources") && names_a_type(text()) {
        return Some(FileKind::Template);
    }
    if input.syntax == Syntax::Json && assembly::is_manifest(input) {
        return Some(FileKind::Assembly);
    }
    // A list is read as a whole only when it begins like one of parameters.
    let begins = || {
        text().trim_start().starts_with('[')
            && text().chars().take(400).collect::<String>().contains("ParameterKey")
    };
    let is_list = input.syntax == Syntax::Json && begins() && parameter_file::is_cli_form(input.root());
    if is_list || input.has("Parameters") && parameter_file::is_pipeline_form(input.root()) {
        return Some(FileKind::Parameters);
    }
    None
}

/// Whether a text holds the name of a resource type, without reading it.
fn names_a_type(text: &str) -> bool {
    ["AWS::", "Custom::", "Alexa::"].iter().any(|prefix| text.contains(prefix))
}

fn read(input: &InputDocument<'_>, intake: &mut Intake) {
    let Some(kind) = kind_of(input) else { return };
    let name = match kind {
        FileKind::Template => LOADER.name,
        FileKind::Assembly => "cdk assembly",
        FileKind::Parameters => "parameters",
    };
    intake.read_as(input.source, name);
    let seen = Seen {
        source: input.source,
        syntax: input.syntax,
        at: input.at,
        index: input.index,
        path: input.path.to_owned(),
        kind,
    };
    intake.notes::<Vec<Seen>>().push(seen);
}

/// Evaluates the templates of the run and adds what they declare.
fn settle(intake: &mut Intake) {
    let seen = intake.take_notes::<Vec<Seen>>();
    if seen.is_empty() {
        return;
    }
    let texts: Vec<_> = seen.iter().filter_map(|s| intake.sources.source_text(s.source).cloned()).collect();
    let offers: Vec<InputDocument<'_>> = seen
        .iter()
        .zip(&texts)
        .map(|(seen, text)| {
            let dir = seen.path.parent().unwrap_or(Path::new(""));
            InputDocument::of((&seen.path, dir), seen.syntax, text, seen.at, seen.index)
        })
        .collect();
    let of_kind = |kind: FileKind| {
        let kinds: BTreeSet<_> =
            seen.iter().filter(|s| s.kind == kind).map(|s| (s.source, s.index)).collect();
        offers.iter().filter(move |input| kinds.contains(&(input.source, input.index)))
    };
    for input in &offers {
        intake.complain(input);
    }
    let bodies: Vec<Body> =
        of_kind(FileKind::Template).flat_map(|input| inline_templates(input, intake)).collect();
    let inline: Vec<InputDocument<'_>> = bodies.iter().map(Body::input).collect();
    for input in &inline {
        intake.complain(input);
    }
    let every = || of_kind(FileKind::Template).chain(&inline);
    let labels = labels(intake, every().map(|input| input.source));
    let templates: Vec<Template<'_>> = every()
        .map(|input| Template {
            source: input.source,
            path: input.path.to_owned(),
            label: labels.get(&input.source).cloned().unwrap_or_default(),
            root: input.root(),
        })
        .collect();
    let artifacts: Vec<_> = of_kind(FileKind::Assembly).flat_map(assembly::artifacts).collect();
    let files: Vec<_> = of_kind(FileKind::Parameters)
        .map(|input| parameter_file::Values::read(input.root(), input.source, input.path))
        .collect();
    let given = intake.parameters.clone();
    let mut places: BTreeMap<SourceId, Environment> =
        templates.iter().map(|t| (t.source, environment(intake, t.source))).collect();
    for body in &bodies {
        // A stack set deploys to other accounts than its own.
        let whose = format!("what stack set {} deploys to", body.id);
        let account = intake.another_account(&whose, body.at);
        places.insert(body.at.source, Environment::new(Some(account.to_string()), None));
    }
    let place_of = |source| places.get(&source).cloned().unwrap_or_else(|| Environment::new(None, None));
    let mut evaluator = Evaluator::new(&templates, &given, &files);
    evaluator.every_side = intake.documents_alone;
    evaluator.make_stacks(&artifacts, &place_of);
    let clashing = evaluator.clashing();
    let accounts = tell_apart(&clashing, intake);
    if !accounts.is_empty() {
        evaluator = Evaluator::new(&templates, &given, &files);
        evaluator.every_side = intake.documents_alone;
        evaluator.accounts = accounts;
        evaluator.make_stacks(&artifacts, &place_of);
    }
    let nowhere = Span::new(templates.first().map_or(SourceId::LONE, |t| t.source), 0, 0);
    evaluator.symbol(
        symbol::ACCOUNT,
        "the account of the stack is not known: give --parameter AWS::AccountId=…",
        nowhere,
    );
    evaluator.symbol(
        symbol::REGION,
        "the Region of the stack is not known: give --parameter AWS::Region=…",
        nowhere,
    );
    say_where(&evaluator, &artifacts, &files, intake);
    for template in &templates {
        evaluator.note_rewriters(template);
    }
    let mut emitter = FactEmitter::new(&mut evaluator, intake);
    emit(&mut emitter);
    let (symbols, problems) =
        (std::mem::take(&mut evaluator.symbols), std::mem::take(&mut evaluator.problems));
    for (source, what) in std::mem::take(&mut evaluator.used) {
        intake.contributes(source, "", what);
    }
    intake.estate.granted = std::mem::take(&mut evaluator.granted).into();
    for (source, what) in std::mem::take(&mut evaluator.notes) {
        intake.misses(source, what);
    }
    for (name, (why, span)) in symbols {
        intake.symbol(&name, &why, span);
    }
    intake.problems.extend(problems);
}

/// A template that a stack set holds as a text.
struct Body {
    id: String,
    syntax: Syntax,
    path: PathBuf,
    text: Text,
    at: Span,
}

impl Body {
    fn input(&self) -> InputDocument<'_> {
        let dir = self.path.parent().unwrap_or(Path::new(""));
        InputDocument::of((&self.path, dir), self.syntax, &self.text, self.at, 0)
    }
}

/// The templates that stack sets of a template hold.
fn inline_templates(input: &InputDocument<'_>, intake: &mut Intake) -> Vec<Body> {
    let resources = input.root().get("Resources").map(Node::members).unwrap_or_default();
    let mut found = Vec::new();
    for resource in resources {
        let is_set =
            resource.value.get("Type").and_then(Node::as_str) == Some("AWS::CloudFormation::StackSet");
        let body = resource.value.get("Properties").and_then(|properties| properties.get("TemplateBody"));
        let Some(body) = body.filter(|body| is_set && body.as_str().is_some()) else { continue };
        let id = resource.key.value.to_string();
        let Some(embedding) = intake.embedding(body, &format!("/Resources/{id}/TemplateBody")) else {
            continue;
        };
        let syntax = if embedding.text.trim_start().starts_with('{') { Syntax::Json } else { Syntax::Yaml };
        let at = Span::new(embedding.source, 0, embedding.text.len() as u32);
        let body = Body { id, syntax, path: input.path.to_owned(), text: embedding.text, at };
        // Such a template can be known by its resources alone.
        if body.input().has("Resources") {
            found.push(body);
        }
    }
    found
}

/// Gives each of these stacks an account of its own.
fn tell_apart(clashing: &BTreeMap<usize, SourceId>, intake: &mut Intake) -> BTreeMap<usize, String> {
    let mut accounts = BTreeMap::new();
    for (number, source) in clashing {
        let file = intake.sources.name(*source).to_owned();
        let account = intake.another_account(&format!("the stack of {file}"), Span::new(*source, 0, 0));
        accounts.insert(*number, account.to_string());
        let what = format!(
            "in which account it is deployed: another file makes a role, user, group or policy of the same name, so this one counts as an account of its own; add [[bind]] with file = \"{file}\" and account = \"…\""
        );
        intake.misses(*source, what);
    }
    accounts
}

/// What each file is called in symbols: its name, or its path where names are not unique.
fn labels(intake: &Intake, sources: impl Iterator<Item = SourceId>) -> BTreeMap<SourceId, String> {
    let paths: Vec<(SourceId, String)> = sources.map(|s| (s, intake.sources.name(s).to_owned())).collect();
    let short = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (_, path) in &paths {
        *seen.entry(short(path)).or_default() += 1;
    }
    let unique = |path: &str| seen.get(&short(path)).is_some_and(|count| *count == 1);
    paths
        .iter()
        .map(|(source, path)| (*source, if unique(path) { short(path) } else { path.clone() }))
        .collect()
}

/// Where a template is deployed that no assembly names.
fn environment(intake: &Intake, source: SourceId) -> Environment {
    let owner = intake.owner_of(source);
    let given = |name: &str| intake.parameters.get(name).cloned();
    let account = owner.account.map(|account| account.value.to_string()).or_else(|| given("AWS::AccountId"));
    let region = owner.region.map(|region| region.value).or_else(|| given("AWS::Region"));
    Environment::new(account, region)
}

/// Notes what the files beside the templates told.
fn say_where(
    evaluator: &Evaluator<'_>,
    artifacts: &[discover::Artifact],
    files: &[parameter_file::Values],
    intake: &mut Intake,
) {
    for artifact in artifacts {
        let place = format!(
            "stack {} in {} {}",
            artifact.name,
            artifact.account.as_deref().unwrap_or("an unknown account"),
            artifact.region.as_deref().unwrap_or("an unknown Region"),
        );
        intake.contributes(artifact.source, "cdk assembly", place);
        let is_read = evaluator.templates.iter().any(|t| t.path == artifact.template);
        let read = intake.opened.get(&artifact.template).copied().filter(|_| !is_read);
        if let Some(empty) = read {
            // A stack of the CDK may make nothing.
            intake.read_as(empty, LOADER.name);
            intake.contributes(empty, "", "no resources");
        } else if !is_read {
            intake.misses(
                artifact.source,
                format!("the template of stack {}: add it to the run", artifact.name),
            );
        }
    }
    for file in files {
        let declares = |stack: &stack::Stack<'_>, name: &str| {
            stack.root.get("Parameters").is_some_and(|list| list.get(name).is_some())
        };
        let used =
            file.values.keys().filter(|name| evaluator.stacks.iter().any(|s| declares(s, name))).count();
        match used {
            0 => intake.misses(file.source, "a template with these parameters"),
            1 => intake.contributes(file.source, "parameters", "1 parameter"),
            many => intake.contributes(file.source, "parameters", format!("{many} parameters")),
        }
    }
}

fn emit(emitter: &mut FactEmitter<'_, '_>) {
    let resources = emitter.resources();
    for resource in &resources {
        let (node, id) = (resource.entry.node, resource.entry.id.clone().into_owned());
        emitter.intake.declared.push(Declared { name: Name::LogicalId(id), span: node.span });
        suppression::read_metadata(node, emitter.intake);
    }
    // Whoever is given something comes before what is given.
    let told: Vec<Tells> = resources.iter().map(|resource| resource.entry.tells()).collect();
    let told = || resources.iter().zip(&told);
    for (resource, _) in told().filter(|(_, tells)| **tells == Tells::Given(Given::ManagedPolicy)) {
        emitter.note_managed(resource);
    }
    for (resource, tells) in told() {
        if let Tells::Thing(thing) = *tells {
            match thing {
                Thing::Identity(kind) => emitter.identity(resource, kind),
                Thing::Key { is_replica } => emitter.key(resource, is_replica),
                Thing::Bucket => emitter.bucket(resource),
                Thing::AccessPoint => emitter.access_point(resource),
                Thing::Endpoint => emitter.endpoint(resource),
                Thing::Store(kind) => emitter.store(resource, kind),
                Thing::Serverless(service) => emitter.serverless(resource, service),
            }
        }
    }
    for (resource, tells) in told() {
        if let Tells::Given(given) = *tells {
            match given {
                Given::ManagedPolicy => emitter.managed_policy(resource),
                Given::Policy => emitter.attached_policy(resource),
                Given::UserToGroup => emitter.user_to_group(resource),
                Given::InstanceProfile => emitter.instance_profile(resource),
                Given::Alias => emitter.alias(resource),
                Given::BucketPolicy => emitter.bucket_policy(resource),
                Given::StorePolicy(kind) => emitter.store_policy(resource, kind),
                Given::OrganizationPolicy => emitter.organization_policy(resource),
                Given::Connector => emitter.connector(resource),
                Given::NestedStack(_) => emitter.nested_stack(resource),
                Given::StackSet => emitter.stack_set(resource),
            }
        }
    }
    for resource in &resources {
        emitter.embedded_connectors(resource);
    }
    // Last, so that roles of the run are known by their names.
    for resource in &resources {
        emitter.workload(resource);
    }
    emitter.settle_documents();
    emitter.settle_aliases();
    emitter.settle_bucket_policies();
    emitter.settle_store_policies();
    emitter.summarise();
}
