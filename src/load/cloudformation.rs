//! CloudFormation: templates in JSON and YAML, assemblies of the CDK, SAM, and files with parameters.
//!
//! Nothing is evaluated before every file was seen: a template may be deployed by an assembly, nested in another
//! template, or import what another one exports, whichever file comes first.

mod assembly;
mod conditions;
mod connectors;
mod discover;
mod evaluate;
mod functions;
mod iam;
mod kms;
mod machine;
mod organizations;
mod parameter_file;
mod parameters;
mod physical;
mod s3;
mod sam_policies;
mod serverless;
mod sides;
mod stack;
mod tell;
mod text;
mod types;
mod variants;
mod workload;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Claim, Declared, Intake, Loader, Name, Offer, Stage, Syntax, suppression};
use crate::json::Node;
use crate::name::symbol;
use crate::source::{SourceId, Span, Text};

use discover::Environment;
use machine::Machine;
use stack::Template;
use tell::Teller;
use types::{Given, Tells, Thing};

pub static LOADER: Loader = Loader {
    name: "cloudformation",
    summary: "CloudFormation and SAM templates, CDK assemblies (cdk.out), parameter files",
    page: "docs/inputs/cloudformation.md",
    claims,
    read,
    settle: &[(Stage::Told, settle)],
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
    kind: Kind,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Kind {
    Template,
    Assembly,
    Parameters,
}

fn claims(offer: &Offer<'_>) -> Claim {
    match (kind_of(offer), offer.has("AWSTemplateFormatVersion")) {
        (None, _) => Claim::No,
        (Some(Kind::Template), false) => Claim::Likely,
        (Some(_), _) => Claim::Sure,
    }
}

fn kind_of(offer: &Offer<'_>) -> Option<Kind> {
    match offer.syntax {
        Syntax::Toml => return None,
        Syntax::Json | Syntax::Yaml => {}
    }
    let text = || offer.text.get(offer.at.start as usize..offer.at.end as usize).unwrap_or_default();
    if offer.has("AWSTemplateFormatVersion") || offer.has("Resources") && names_a_type(text()) {
        return Some(Kind::Template);
    }
    if offer.syntax == Syntax::Json && assembly::is_manifest(offer) {
        return Some(Kind::Assembly);
    }
    // A list is read as a whole only when it begins like one of parameters.
    let begins = || {
        text().trim_start().starts_with('[')
            && text().chars().take(400).collect::<String>().contains("ParameterKey")
    };
    let is_list = offer.syntax == Syntax::Json && begins() && parameter_file::is_cli_form(offer.root());
    if is_list || offer.has("Parameters") && parameter_file::is_pipeline_form(offer.root()) {
        return Some(Kind::Parameters);
    }
    None
}

/// Whether a text holds the name of a resource type, without reading it.
fn names_a_type(text: &str) -> bool {
    ["AWS::", "Custom::", "Alexa::"].iter().any(|prefix| text.contains(prefix))
}

fn read(offer: &Offer<'_>, intake: &mut Intake) {
    let Some(kind) = kind_of(offer) else { return };
    let name = match kind {
        Kind::Template => LOADER.name,
        Kind::Assembly => "cdk assembly",
        Kind::Parameters => "parameters",
    };
    intake.read_as(offer.source, name);
    let seen = Seen {
        source: offer.source,
        syntax: offer.syntax,
        at: offer.at,
        index: offer.index,
        path: offer.path.to_owned(),
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
    let offers: Vec<Offer<'_>> = seen
        .iter()
        .zip(&texts)
        .map(|(seen, text)| {
            let dir = seen.path.parent().unwrap_or(Path::new(""));
            Offer::of((&seen.path, dir), seen.syntax, text, seen.at, seen.index)
        })
        .collect();
    let of_kind = |kind: Kind| {
        let kinds: BTreeSet<_> =
            seen.iter().filter(|s| s.kind == kind).map(|s| (s.source, s.index)).collect();
        offers.iter().filter(move |offer| kinds.contains(&(offer.source, offer.index)))
    };
    for offer in &offers {
        intake.complain(offer);
    }
    let bodies: Vec<Body> =
        of_kind(Kind::Template).flat_map(|offer| inline_templates(offer, intake)).collect();
    let inline: Vec<Offer<'_>> = bodies.iter().map(Body::offer).collect();
    for offer in &inline {
        intake.complain(offer);
    }
    let every = || of_kind(Kind::Template).chain(&inline);
    let labels = labels(intake, every().map(|offer| offer.source));
    let templates: Vec<Template<'_>> = every()
        .map(|offer| Template {
            source: offer.source,
            path: offer.path.to_owned(),
            label: labels.get(&offer.source).cloned().unwrap_or_default(),
            root: offer.root(),
        })
        .collect();
    let artifacts: Vec<_> = of_kind(Kind::Assembly).flat_map(assembly::artifacts).collect();
    let files: Vec<_> = of_kind(Kind::Parameters)
        .map(|offer| parameter_file::Values::read(offer.root(), offer.source, offer.path))
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
    let mut machine = Machine::new(&templates, &given, &files);
    machine.every_side = intake.documents_alone;
    machine.make_stacks(&artifacts, &place_of);
    let clashing = machine.clashing();
    let accounts = tell_apart(&clashing, intake);
    if !accounts.is_empty() {
        machine = Machine::new(&templates, &given, &files);
        machine.every_side = intake.documents_alone;
        machine.accounts = accounts;
        machine.make_stacks(&artifacts, &place_of);
    }
    let nowhere = Span::new(templates.first().map_or(SourceId::LONE, |t| t.source), 0, 0);
    machine.symbol(
        symbol::ACCOUNT,
        "the account of the stack is not known: give --parameter AWS::AccountId=…",
        nowhere,
    );
    machine.symbol(
        symbol::REGION,
        "the Region of the stack is not known: give --parameter AWS::Region=…",
        nowhere,
    );
    say_where(&machine, &artifacts, &files, intake);
    for template in &templates {
        machine.note_rewriters(template);
    }
    let mut teller = Teller::new(&mut machine, intake);
    tell(&mut teller);
    let (symbols, problems) = (std::mem::take(&mut machine.symbols), std::mem::take(&mut machine.problems));
    for (source, what) in std::mem::take(&mut machine.used) {
        intake.contributes(source, "", what);
    }
    intake.estate.granted = std::mem::take(&mut machine.granted);
    for (source, what) in std::mem::take(&mut machine.notes) {
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
    fn offer(&self) -> Offer<'_> {
        let dir = self.path.parent().unwrap_or(Path::new(""));
        Offer::of((&self.path, dir), self.syntax, &self.text, self.at, 0)
    }
}

/// The templates that stack sets of a template hold.
fn inline_templates(offer: &Offer<'_>, intake: &mut Intake) -> Vec<Body> {
    let resources = offer.root().get("Resources").map(Node::members).unwrap_or_default();
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
        let body = Body { id, syntax, path: offer.path.to_owned(), text: embedding.text, at };
        // Such a template can be known by its resources alone.
        if body.offer().has("Resources") {
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
    machine: &Machine<'_>,
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
        let is_read = machine.templates.iter().any(|t| t.path == artifact.template);
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
        let used = file.values.keys().filter(|name| machine.stacks.iter().any(|s| declares(s, name))).count();
        match used {
            0 => intake.misses(file.source, "a template with these parameters"),
            1 => intake.contributes(file.source, "parameters", "1 parameter"),
            many => intake.contributes(file.source, "parameters", format!("{many} parameters")),
        }
    }
}

fn tell(teller: &mut Teller<'_, '_>) {
    let resources = teller.resources();
    for resource in &resources {
        let (node, id) = (resource.entry.node, resource.entry.id.clone().into_owned());
        teller.intake.declared.push(Declared { name: Name::LogicalId(id), span: node.span });
        suppression::read_metadata(node, teller.intake);
    }
    // Whoever is given something comes before what is given.
    let told: Vec<Tells> = resources.iter().map(|resource| resource.entry.tells()).collect();
    let told = || resources.iter().zip(&told);
    for (resource, _) in told().filter(|(_, tells)| **tells == Tells::Given(Given::ManagedPolicy)) {
        teller.note_managed(resource);
    }
    for (resource, tells) in told() {
        if let Tells::Thing(thing) = *tells {
            match thing {
                Thing::Identity(kind) => teller.identity(resource, kind),
                Thing::Key { is_replica } => teller.key(resource, is_replica),
                Thing::Bucket => teller.bucket(resource),
                Thing::AccessPoint => teller.access_point(resource),
                Thing::Endpoint => teller.endpoint(resource),
                Thing::Serverless(service) => teller.serverless(resource, service),
            }
        }
    }
    for (resource, tells) in told() {
        if let Tells::Given(given) = *tells {
            match given {
                Given::ManagedPolicy => teller.managed_policy(resource),
                Given::Policy => teller.attached_policy(resource),
                Given::UserToGroup => teller.user_to_group(resource),
                Given::InstanceProfile => teller.instance_profile(resource),
                Given::Alias => teller.alias(resource),
                Given::BucketPolicy => teller.bucket_policy(resource),
                Given::OrganizationPolicy => teller.organization_policy(resource),
                Given::Connector => teller.connector(resource),
                Given::NestedStack(_) => teller.nested_stack(resource),
                Given::StackSet => teller.stack_set(resource),
            }
        }
    }
    for resource in &resources {
        teller.embedded_connectors(resource);
    }
    // Last, so that roles of the run are known by their names.
    for resource in &resources {
        teller.workload(resource);
    }
    teller.settle_documents();
    teller.settle_aliases();
    teller.settle_bucket_policies();
    teller.summarise();
}
