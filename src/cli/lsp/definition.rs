//! The place that a word refers to: a file, a statement by its Sid, a role, a user or a key.

use std::path::{Path, PathBuf};

use super::world::{World, file_of};
use crate::load::disk;
use crate::source::Span;

/// A place to go to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    File(PathBuf),
    Place(Span),
}

/// What a word in the file at `path` leads to.
pub(super) fn of(word: &str, path: &Path, world: &World) -> Option<Target> {
    if word.is_empty() {
        return None;
    }
    let (name, sid) = match word.split_once('#') {
        Some((name, sid)) => (name, Some(sid)),
        None => (word, None),
    };
    if let Some(file) = file(name, path) {
        return match sid.and_then(|sid| statement(world, &file, sid)) {
            Some(place) => Some(Target::Place(place)),
            None => Some(Target::File(file)),
        };
    }
    named(word, world).map(Target::Place)
}

/// Files are named from the directory of the document, or from where the program runs.
fn file(name: &str, path: &Path) -> Option<PathBuf> {
    if name.is_empty() {
        return None;
    }
    let beside = path.parent().unwrap_or(Path::new("")).join(name);
    [beside, PathBuf::from(name)]
        .into_iter()
        .find(|file| disk::is_file(file))
        .map(|file| disk::identity(&file))
}

fn statement(world: &World, file: &Path, sid: &str) -> Option<Span> {
    world.policies.iter().find_map(|policy| {
        let mut statements = policy.statements.iter();
        let found =
            statements.find(|statement| statement.sid.as_ref().is_some_and(|known| &*known.value == sid))?;
        (file_of(&world.map, found.span) == file).then_some(found.span)
    })
}

fn named(word: &str, world: &World) -> Option<Span> {
    let estate = &world.estate;
    let role = estate.roles.iter().find(|role| role.arn.value.to_string() == word || role.name() == word);
    let user = || estate.users.iter().find(|user| user.arn.value.to_string() == word);
    let key = || {
        estate.keys.iter().find(|key| {
            key.arn.value.to_string() == word
                || key.aliases.provided().is_some_and(|names| names.iter().any(|name| name == word))
        })
    };
    let of_role = role.map(|role| role.arn.span);
    of_role.or_else(|| user().map(|user| user.arn.span)).or_else(|| key().map(|key| key.arn.span))
}
