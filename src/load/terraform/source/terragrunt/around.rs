//! The functions that Terragrunt adds to the language.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::super::fault::{Read, fault};
use super::super::machine::Surroundings;
use super::super::value::{V, Val};
use super::{Around, FILE, MAX_ABOVE, Place, boundary, evaluate, exposed, open};
use crate::load::{Intake, disk};
use crate::source::Span;

fn of_path(path: &Path, at: Span) -> Read {
    Ok(Val::text(disk::shown(path), at))
}

/// A directory as it is reached from another one.
fn relative(to: &Path, from: &Path) -> PathBuf {
    let shared = to.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let mut path: PathBuf = from.components().skip(shared).map(|_| "..").collect();
    path.extend(to.components().skip(shared));
    if path.as_os_str().is_empty() { PathBuf::from(".") } else { path }
}

impl Around {
    fn text(arguments: &[Val], index: usize) -> Option<&str> {
        match &arguments.get(index)?.v {
            V::Str(text) if !text.is_open() => Some(&text.text),
            _ => None,
        }
    }

    /// The directory of a file that is included, by its name or as the only one.
    fn parent(&self, arguments: &[Val]) -> Option<PathBuf> {
        let named = Self::text(arguments, 0).and_then(|name| self.place.included.get(name));
        let file = named.or_else(|| self.place.included.values().next())?;
        file.parent().map(Path::to_owned)
    }

    fn find_above(&self, arguments: &[Val], at: Span) -> Read {
        let name = Self::text(arguments, 0).unwrap_or(FILE);
        let end = boundary(&self.place.unit);
        let above =
            self.place.unit.ancestors().skip(1).take_while(|dir| dir.starts_with(&end)).take(MAX_ABOVE);
        for dir in above {
            let path = dir.join(name);
            if disk::exists(&path) && disk::identity(&path) != self.place.file {
                return of_path(&path, at);
            }
        }
        match arguments.get(1) {
            Some(fallback) => Ok(fallback.clone()),
            None => fault(format!("there is no `{name}` in the directories above"), at),
        }
    }

    /// Another file, as `read_terragrunt_config` gives it.
    fn config(&self, intake: &mut Intake, arguments: &[Val], at: Span) -> Read {
        let fallback = || arguments.get(1).cloned();
        let Some(path) = Self::text(arguments, 0) else {
            return Ok(Val::hole("read_terragrunt_config", "which file it is is not known", at));
        };
        let file = disk::identity(&self.place.unit.join(path));
        let is_here = disk::is_file(&file) && file.starts_with(boundary(&self.place.unit));
        let body = (is_here && self.place.spend()).then(|| open(intake, &file)).flatten();
        let Some(body) = body else {
            return match fallback() {
                Some(value) => Ok(value),
                None => fault(format!("there is no file `{path}`"), at),
            };
        };
        let dir = file.parent().map_or_else(PathBuf::new, Path::to_owned);
        let left = Rc::clone(&self.place.left);
        let defaults = Rc::clone(&self.place.defaults);
        let depth = self.place.depth + 1;
        let values = self.place.values.clone();
        let place = Place { unit: dir, file, included: BTreeMap::new(), depth, values, left, defaults };
        Ok(exposed(&evaluate(intake, &body, &place, None), at))
    }
}

impl Surroundings for Around {
    fn named(&self, name: &str) -> Option<Val> {
        self.values.get(name).cloned()
    }

    fn call(&self, intake: &mut Intake, name: &str, arguments: &[Val], at: Span) -> Option<Read> {
        let unit = &self.place.unit;
        let root = || boundary(unit);
        let parent = || self.parent(arguments).unwrap_or_else(|| unit.clone());
        let known_when_it_runs =
            |what: &str| Ok(Val::hole(format!("{name}({what})"), "it is known when Terragrunt runs", at));
        Some(match name {
            "get_terragrunt_dir" | "get_original_terragrunt_dir" | "get_working_dir" => of_path(unit, at),
            "get_parent_terragrunt_dir" => of_path(&parent(), at),
            "find_in_parent_folders" => self.find_above(arguments, at),
            "path_relative_to_include" => of_path(&relative(unit, &parent()), at),
            "path_relative_from_include" => of_path(&relative(&parent(), unit), at),
            "get_repo_root" => of_path(&root(), at),
            "get_path_from_repo_root" => of_path(&relative(unit, &root()), at),
            "get_path_to_repo_root" => of_path(&relative(&root(), unit), at),
            "read_terragrunt_config" => self.config(intake, arguments, at),
            "get_env" => match (Self::text(arguments, 0), arguments.get(1)) {
                // The environment of whom it is deployed by is not the one here.
                (Some(variable), Some(default)) => {
                    self.place.noted(&format!("get_env(\"{variable}\")"), default);
                    Ok(default.clone())
                }
                (None, Some(_)) => known_when_it_runs(""),
                (variable, None) => known_when_it_runs(variable.unwrap_or_default()),
            },
            "get_platform" => Ok(Val::text("linux", at)),
            "get_default_retryable_errors" => Ok(Val::list(Vec::new(), at)),
            "get_aws_account_id"
            | "get_aws_account_alias"
            | "get_aws_caller_identity_arn"
            | "get_aws_caller_identity_user_id"
            | "get_terraform_command"
            | "get_terraform_commands_that_need_vars"
            | "get_terraform_commands_that_need_input"
            | "get_terraform_commands_that_need_locking"
            | "get_terraform_commands_that_need_parallelism"
            | "get_terraform_cli_args"
            | "get_terragrunt_source_cli_flag"
            | "get_tf_path"
            | "run_cmd"
            | "sops_decrypt_file"
            | "mark_as_read"
            | "mark_glob_as_read" => known_when_it_runs(Self::text(arguments, 0).unwrap_or_default()),
            _other => return None,
        })
    }
}
