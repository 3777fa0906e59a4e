mod fix;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};

use super::baseline::BaselineArgs;
use super::level::FailArgs;
use super::suppress::{self, SuppressionScope};
use super::watch::WatchArgs;
use super::{Exit, Failure, Run, output, session};
use crate::diagnostic::{Code, Diagnostic, Severity, did_you_mean};
use crate::estate::SharedPolicy;
use crate::finding::Report;
use crate::lint::{self, Levels, Linted};
use crate::load::disk::{self, Finding, FoundFile, PathPattern};
use crate::load::{self, Declared, Ignore, Intake};
use crate::policy::PolicyKind;
use crate::report::Shape;
use crate::role_findings;
use crate::source::{Decoded, Origin, SourceId, SourceMap};

/// Policies alone: what AWS refuses, and what is probably not meant
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable lint policies/           every policy below a directory
  decryptable lint --kind key lake.json
  aws kms get-key-policy --key-id alias/lake | decryptable lint --kind key -

What a policy is attached to is guessed from its content where --kind does not say it.
Policies inside AWS CLI answers, plans and templates are found and looked at too.")]
pub(super) struct Args {
    /// Files, directories or globs; `-` reads standard input, nothing the current directory
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// What the policies are attached to
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(kinds()).try_map(|name| kind(&name)))]
    kind: Option<PolicyKind>,

    /// Leave out what the manifest excludes even when it is named here
    #[arg(long)]
    force_exclude: bool,

    /// Pass over named files that hold no policy, as over those in directories
    #[arg(long)]
    skip_others: bool,

    /// What to call standard input in messages
    #[arg(long, value_name = "PATH", default_value = "<stdin>", hide_default_value = true)]
    stdin_filename: String,

    /// Tell findings with these codes only
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = code)]
    select: Vec<Code>,

    /// Tell no findings with these codes
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = code)]
    ignore: Vec<Code>,

    /// Count the findings of each code in place of listing them
    #[arg(long)]
    statistics: bool,

    /// Put right what leaves no doubt, in the files; with `--format patch`, only show how
    #[arg(long)]
    fix: bool,

    #[command(flatten)]
    pub(super) watch: WatchArgs,

    #[command(flatten)]
    fail: FailArgs,

    #[command(flatten)]
    baseline: BaselineArgs,
}

fn kinds() -> impl Iterator<Item = PossibleValue> {
    PolicyKind::NAMES.iter().copied().map(PossibleValue::new)
}

fn kind(name: &str) -> Result<PolicyKind, String> {
    PolicyKind::parse(name).ok_or_else(|| format!("no policy kind `{name}`"))
}

fn code(name: &str) -> Result<Code, String> {
    let known = || Code::ALL.iter().map(|code| code.as_str());
    Code::from_name(name).ok_or_else(|| {
        did_you_mean(name, known()).unwrap_or_else(|| "`decryptable explain` lists the codes".to_owned())
    })
}

/// Which findings are told, and how.
struct Choice<'a> {
    select: &'a [Code],
    ignore: &'a [Code],
    statistics: bool,
}

impl Choice<'_> {
    fn takes(&self, code: Code) -> bool {
        (self.select.is_empty() || self.select.contains(&code)) && !self.ignore.contains(&code)
    }
}

/// What is known of the files so far.
struct Lint<'r> {
    run: &'r Run,
    kind: Option<PolicyKind>,
    sources: SourceMap,
    report: Report,
    /// Of templates: what they suppress themselves, and what that may be about.
    ignores: Vec<Ignore>,
    declared: Vec<Declared>,
    shared: Vec<SharedPolicy>,
    /// Files of Terraform source, whose modules are read together.
    terraform: Vec<String>,
    /// That nothing is left to look at is no mistake.
    skip_others: bool,
    /// Files that are one policy each.
    alone: Vec<(SourceId, PathBuf)>,
    /// Files or streams that were policies, or held some.
    policies: usize,
    /// Files that were read at all.
    files: usize,
}

/// What `lint FILE` finds in a file that may hold no policy, and the texts that it points into.
pub(super) fn of_file(run: &Run, path: &Path) -> Result<(Report, SourceMap), Failure> {
    let mut lint = Lint::new(run, None, true);
    lint.path(path, &session::excludes(run)?, true);
    lint.terraform();
    lint.settle(&Choice { select: &[], ignore: &[], statistics: false })?;
    Ok((lint.report, lint.sources))
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        let choice = Choice { select: &self.select, ignore: &self.ignore, statistics: self.statistics };
        let mut lint = self.gather(run)?;
        if self.fix && !run.outputs.has("patch") {
            lint.put_right(&choice)?;
            lint = self.gather(run)?;
        }
        lint.finish(&self.fail, &self.baseline, &choice)
    }

    /// Reads the files, and looks at their policies.
    fn gather<'r>(&self, run: &'r Run) -> Result<Lint<'r>, Failure> {
        let here = [PathBuf::from(".")];
        let paths = if self.paths.is_empty() { &here } else { self.paths.as_slice() };
        let mut excludes: Option<Vec<PathPattern>> = None;
        let mut lint = Lint::new(run, self.kind, self.skip_others);
        let busy = run.console.busy("reading policies");
        for path in paths {
            if path.as_os_str() == "-" {
                match disk::stdin() {
                    Ok(text) => lint.named(&self.stdin_filename, text, None),
                    Err(error) => lint.report.problems.push(error.problem(&self.stdin_filename, None)),
                }
                continue;
            }
            // The manifest is looked for only when it can matter: a hook that names its files should not wait.
            let needed =
                self.force_exclude || path.is_dir() || path.to_string_lossy().contains(['*', '?', '[']);
            if needed && excludes.is_none() {
                excludes = Some(session::excludes(run)?);
            }
            let exclude = if needed { excludes.as_deref().unwrap_or_default() } else { &[] };
            lint.path(path, exclude, self.force_exclude);
        }
        lint.terraform();
        drop(busy);
        Ok(lint)
    }
}

impl<'r> Lint<'r> {
    fn new(run: &'r Run, kind: Option<PolicyKind>, skip_others: bool) -> Self {
        Self {
            run,
            kind,
            sources: SourceMap::new(),
            report: Report::default(),
            ignores: Vec::new(),
            declared: Vec::new(),
            shared: Vec::new(),
            terraform: Vec::new(),
            alone: Vec::new(),
            skip_others,
            policies: 0,
            files: 0,
        }
    }

    fn path(&mut self, path: &Path, exclude: &[PathPattern], force: bool) {
        let written = path.to_string_lossy();
        match disk::find(Path::new(""), &written, exclude) {
            Ok(Finding::Named(found)) => {
                if force && exclude.iter().any(|pattern| pattern.matches_file(&found.path)) {
                    self.run.console.detail(|| format!("{} is excluded", found.name));
                    return;
                }
                if self.is_of_module(&found) {
                    return;
                }
                if self.skip_others {
                    self.walked(&found);
                    return;
                }
                match disk::read(&found.path) {
                    Ok(text) => self.named(&found.name, text, Some(&found.path)),
                    Err(error) => self.report.problems.push(error.problem(&found.name, None)),
                }
            }
            Ok(Finding::Walked(walked)) => {
                let unread = walked.unread.into_iter();
                self.report
                    .problems
                    .extend(unread.map(|what| Diagnostic::placeless(Code::UnreadableFile, what)));
                for found in walked.found {
                    self.walked(&found);
                }
            }
            Err(error) => self.report.problems.push(error.problem(&written, None)),
        }
    }

    /// Somebody said that this is a policy, so it has to be one, or to hold some.
    fn named(&mut self, name: &str, decoded: Decoded, path: Option<&Path>) {
        self.files += 1;
        if let Some(foreign) = load::foreign(name, &decoded.text) {
            let source = self.sources.add(name, decoded.text, Origin::File { bytes: decoded.bytes });
            let message = format!("`{name}` is {}, and no policy", foreign.what);
            let problem = Diagnostic::new(Code::NoPolicy, self.sources.first_character(source), message);
            self.report.problems.push(problem.help(foreign.help));
            return;
        }
        let (source, linted) = self.check(name, decoded, path);
        let unreadable = linted.problems.iter().any(Diagnostic::is_error);
        if linted.policies == 0 && linted.unresolved.is_empty() && !unreadable {
            let what = linted.holds.unwrap_or("no policy");
            let message = format!("`{name}` is {what}, and no policy was found in it");
            let problem = Diagnostic::new(Code::NoPolicy, self.sources.first_character(source), message);
            self.report.problems.push(problem.help("a policy is an object with `Statement`"));
        } else if let (Some(holds), true) = (linted.holds, linted.policies > 0) {
            self.run.console.detail(|| format!("{name} is {holds} with {} policies", linted.policies));
        }
        self.keep(linted);
    }

    /// Notes the module of a file of Terraform source, or of values beside it; whether it is one.
    fn is_of_module(&mut self, found: &FoundFile) -> bool {
        let is_source =
            load::terraform::source::is_source(&found.name) || load::terraform::source::is_unit(found);
        let is_source = is_source && disk::is_file(&found.path);
        let file = match is_source {
            true => Some(found.path.clone()),
            false => load::terraform::source::beside_values(&found.path),
        };
        let Some(file) = file else { return false };
        let file = file.to_string_lossy().into_owned();
        if !self.terraform.contains(&file) {
            self.terraform.push(file);
        }
        true
    }

    fn walked(&mut self, found: &FoundFile) {
        if self.is_of_module(found) {
            return;
        }
        let decoded = match disk::read(&found.path) {
            Ok(decoded) => decoded,
            Err(error) => {
                self.report.problems.push(error.problem(&found.name, None));
                return;
            }
        };
        if !lint::looks_like_policy(&decoded.text) {
            self.run
                .console
                .detail(|| format!("{} is skipped: nothing in it looks like a policy", found.name));
            return;
        }
        self.files += 1;
        let (_, linted) = self.check(&found.name, decoded, Some(&found.path));
        if linted.policies == 0 && linted.unresolved.is_empty() {
            self.run.console.detail(|| format!("{} is skipped: it holds no policy", found.name));
        } else {
            self.keep(linted);
        }
    }

    /// Looks at a file, or at standard input, which has no path.
    fn check(&mut self, name: &str, decoded: Decoded, path: Option<&Path>) -> (SourceId, Linted) {
        let stdin = path.is_none();
        if load::is_template(name, &decoded.text) || load::is_yaml(name, &decoded.text) {
            return self.template(name, decoded, stdin);
        }
        let bytes = decoded.bytes;
        let origin = if stdin { Origin::Stdin { bytes } } else { Origin::File { bytes } };
        let malformed = decoded.problem;
        let source = self.sources.add(name, decoded.text, origin);
        let mut linted = lint::check(&mut self.sources, source, self.kind);
        if let Some(malformed) = malformed {
            linted.problems.insert(0, session::malformed(source, malformed));
        }
        // AWS stores what it manages whatever its length.
        let is_quota = |finding: &Diagnostic| finding.code == Code::PolicySizeExceedsIdentityPolicyQuota;
        let stem = path.and_then(Path::file_stem).and_then(|stem| stem.to_str());
        if linted.findings.iter().any(is_quota) && stem.is_some_and(load::is_managed_by_aws) {
            linted.findings.retain(|finding| !is_quota(finding));
        }
        if let (Some(path), None, 1) = (path, linted.holds, linted.policies) {
            self.alone.push((source, path.to_owned()));
        }
        (source, linted)
    }

    /// The policies that a template or a plan amounts to.
    fn template(&mut self, name: &str, decoded: Decoded, stdin: bool) -> (SourceId, Linted) {
        let mut intake = Intake::new();
        intake.sources = std::mem::take(&mut self.sources);
        intake.parameters.clone_from(&self.run.parameters);
        intake.documents_alone = true;
        let source = load::read_text(&mut intake, name, decoded, stdin);
        load::finish(&mut intake);
        let mut problems = std::mem::take(&mut intake.problems);
        // That a file holds nothing that is read elsewhere is no matter of policies.
        problems.retain(|problem| problem.code != Code::UnknownInput);
        let mut linted = lint::check_all(intake.policies(), problems);
        if intake.files.iter().any(|file| file.kind == "unknown") {
            linted.holds = Some("no file that policies are read from");
        } else if intake.files.iter().any(|file| file.loader == Some("kubernetes")) {
            linted.holds = Some("a manifest of Kubernetes");
        }
        self.shared.extend_from_slice(intake.policies());
        self.declared.append(&mut intake.declared);
        self.ignores.append(&mut intake.ignores);
        self.sources = intake.sources;
        (source, linted)
    }

    /// The policies of Terraform source: a module is read as a whole, whichever of its files are named.
    fn terraform(&mut self) {
        let files = std::mem::take(&mut self.terraform);
        if files.is_empty() {
            return;
        }
        self.files += files.len();
        let mut intake = Intake::new();
        intake.sources = std::mem::take(&mut self.sources);
        intake.terraform.clone_from(&self.run.terraform);
        let inputs: Vec<load::Input> = files.iter().map(|file| load::Input::from(file.as_str())).collect();
        load::read_inputs(&mut intake, Path::new(""), &inputs, &[]);
        load::finish(&mut intake);
        let problems = std::mem::take(&mut intake.problems);
        // What of the source is not read is worth knowing, also where the policies are clear.
        let is_of_source =
            |problem: &Diagnostic| matches!(problem.code, Code::TerraformModule | Code::TerraformValue);
        let (own, problems): (Vec<Diagnostic>, Vec<Diagnostic>) =
            problems.into_iter().partition(is_of_source);
        self.report.problems.extend(own);
        let linted = lint::check_all(intake.policies(), problems);
        self.shared.extend_from_slice(intake.policies());
        self.declared.append(&mut intake.declared);
        self.ignores.append(&mut intake.ignores);
        self.sources = intake.sources;
        self.keep(linted);
    }

    /// A line for each code, the most frequent one first.
    fn count(&self) -> Result<(), Failure> {
        let mut counts: BTreeMap<Code, (usize, Severity)> = BTreeMap::new();
        for finding in &self.report.findings {
            let (count, worst) = counts.entry(finding.code).or_insert((0, finding.severity));
            *count += 1;
            *worst = finding.severity.max(*worst);
        }
        let mut counts: Vec<(Code, (usize, Severity))> = counts.into_iter().collect();
        counts.sort_by_key(|(code, (count, _))| (std::cmp::Reverse(*count), *code));
        output::to_stdout(|out| {
            for (code, (count, worst)) in counts {
                let worst = match worst {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                    Severity::Note => "note",
                };
                writeln!(out, "{count:>7}  {worst:<7}  {code}")?;
            }
            Ok(())
        })
    }

    fn keep(&mut self, linted: Linted) {
        self.policies += linted.policies;
        self.report.problems.extend(linted.problems);
        self.report.findings.extend(linted.findings);
        self.shared.extend(linted.found_in);
        self.report.guessed.extend(linted.guessed);
    }

    /// Leaves what is told: what was chosen, is not suppressed, and is not off in the manifest.
    fn settle(&mut self, choice: &Choice<'_>) -> Result<Levels, Failure> {
        if self.files == 0 && self.report.problems.is_empty() && !self.skip_others {
            return Err(Failure::new("no policies to look at")
                .no_inputs()
                .help("name files or directories; a policy is a JSON file with `Statement`"));
        }
        self.report.findings.retain(|finding| choice.takes(finding.code));
        // Findings about roles are of `check`; whether they are suppressed in vain shows there.
        let ignores: Vec<&Ignore> = self
            .ignores
            .iter()
            .filter(|ignore| !role_findings::RULES.iter().any(|code| ignore.rule.value == code.as_str()))
            .collect();
        let scene = SuppressionScope {
            sources: &self.sources,
            policies: &self.shared,
            declared: &self.declared,
            estate: None,
        };
        suppress::apply(&ignores, &scene, &mut self.report);
        let told: BTreeSet<SourceId> =
            self.report.findings.iter().filter_map(|finding| finding.span).map(|span| span.source).collect();
        self.report.guessed.retain(|(span, _)| told.contains(&span.source));
        // The manifest is read only where there is something that it may keep back.
        let mut levels = Levels::default();
        if !self.report.findings.is_empty() {
            levels = session::levels(self.run)?;
            levels.apply_all(&mut self.report.findings, &self.sources, &self.shared);
            suppress::keep_back(&session::ignores(self.run)?, &scene, &mut self.report);
        }
        Ok(levels)
    }

    fn finish(
        mut self,
        fail: &FailArgs,
        baseline: &BaselineArgs,
        choice: &Choice<'_>,
    ) -> Result<Exit, Failure> {
        let levels = self.settle(choice)?;
        if self.run.outputs.has("patch") {
            let rewritten = self.rewrites(choice, &levels).into_iter();
            self.report.rewritten = rewritten.map(|rewrite| (rewrite.source, rewrite.text)).collect();
        }
        let sources = &self.sources;
        self.report.findings.sort_by_key(|finding| finding.span.map(|span| sources.host(span)));
        if let Err(problems) = baseline.apply(&mut self.sources, &mut self.report)? {
            self.report.problems.extend(problems);
        }
        let sources = &self.sources;
        self.report.findings.sort_by_key(|finding| finding.span.map(|span| sources.host(span)));
        let unreadable = self.report.problems.iter().any(Diagnostic::is_error);
        let failed = self.report.findings.iter().any(|finding| fail.fail_on.reached_by(finding.severity));
        let exit = if unreadable {
            Exit::Error
        } else if failed {
            Exit::Failed
        } else {
            Exit::Ok
        };
        if choice.statistics {
            self.count()?;
            return Ok(exit.or_zero(fail.zero.exit_zero));
        }
        let only_failed = fail.failed(&self.report, |_| false);
        let (outputs, console) = (&self.run.outputs, &self.run.console);
        outputs.write_or(&self.report, Some(&only_failed), sources, console, Shape::Check, exit)?;
        Ok(exit.or_zero(fail.zero.exit_zero))
    }
}
