use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::session::Loaded;
use super::{Exit, Failure, Run, output};
use crate::config::{self, proposal};
use crate::load::{self, Input, Intake, disk};
use crate::source::decode;

/// Propose a decryptable.toml from what lies here
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  decryptable init                  look at this directory, and write decryptable.toml
  decryptable init plan.json dump/  look at these
  decryptable init --stdout         print it instead

Files tell most: plans, templates and dumps are listed as inputs, and policies alone are given to the roles, keys and
buckets that they name. What no input says is a commented line that says `fill in`. The [[expect]] rows hold what is
so today; correct them to what has to be so. A decryptable.toml that is there is never written over.")]
pub(super) struct Args {
    /// Look at these in place of the working directory
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Print the proposal, and write nothing
    #[arg(long)]
    stdout: bool,
}

impl Args {
    pub(super) fn run(self, run: &Run) -> Result<Exit, Failure> {
        run.outputs.refuse("init")?;
        let target = Path::new(config::FILE_NAME);
        if !self.stdout && disk::is_something(target) {
            return Err(Failure::new(format!("there is a {} here", config::FILE_NAME))
                .help("--stdout prints a proposal, and leaves the file as it is"));
        }
        let paths: Vec<String> = if self.paths.is_empty() {
            vec![".".to_owned()]
        } else {
            self.paths.iter().map(|path| path.to_string_lossy().into_owned()).collect()
        };
        let intake = read(run, &paths, None)?;
        if intake.files.is_empty() && intake.has_errors() {
            return Loaded { intake, ..Loaded::default() }.refuse(run);
        }
        if intake.files.is_empty() {
            return Err(Failure::new("nothing here looks like policies, plans, templates or answers of AWS")
                .no_inputs()
                .help("name what to look at: decryptable init PATH…; `decryptable collect` prints a script that gathers it"));
        }
        let proposal = proposal::tables(&intake);
        // Asked of the estate that the proposal makes, and not of the one that is there without it.
        let proposed = read(run, &proposal.inputs, Some(&proposal.text))?;
        let mistakes = match proposed.has_general_errors() || !proposed.has_sound_files() {
            true => proposed.problems.iter().filter(|problem| problem.is_error()).count(),
            false => 0,
        };
        let rows = if mistakes == 0 { proposal::rows(&proposed.estate, false) } else { String::new() };
        let text = format!("{}{rows}", proposal.text);
        if self.stdout {
            output::to_stdout(|out| out.write_all(text.as_bytes()))?;
        } else {
            output::to_file(target, |out| out.write_all(text.as_bytes()))?;
            let estate = &proposed.estate;
            run.console.note(&format!(
                "wrote {}: {}, {}, {}; {} for you to fill in",
                config::FILE_NAME,
                count(estate.roles.len(), "role"),
                count(estate.keys.len(), "key"),
                count(estate.buckets.len(), "bucket"),
                count(text.matches(proposal::OPEN).count().saturating_sub(1), "place"),
            ));
            run.console.note("next: correct it, then `decryptable check`; `decryptable inputs` shows what is still missing");
        }
        if mistakes > 0 {
            let them = count(mistakes, "mistake");
            run.console.warn(&format!(
                "the inputs have {them}, so no rows are proposed: `decryptable check` shows them"
            ));
        }
        Ok(Exit::Ok)
    }
}

/// What the paths hold, or what a manifest that lies nowhere yet makes of them.
fn read(run: &Run, paths: &[String], manifest: Option<&str>) -> Result<Intake, Failure> {
    let _busy = run.console.busy("reading the inputs");
    let mut intake = Intake::new();
    intake.parameters.clone_from(&run.parameters);
    intake.terraform.clone_from(&run.terraform);
    if let Some(text) = manifest {
        let decoded =
            decode(text.as_bytes().to_vec()).map_err(|_| Failure::new("the proposal cannot be read back"))?;
        load::read_text(&mut intake, config::FILE_NAME, decoded, false);
    }
    let inputs: Vec<Input> = paths.iter().map(|path| Input::from(path.as_str())).collect();
    load::read_inputs(&mut intake, Path::new(""), &inputs, &[]);
    load::finish(&mut intake);
    Ok(intake)
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
