//! Which file of `src` names which other one: `use` trees and paths in the code, followed through re-exports.

use std::collections::{BTreeMap, BTreeSet};

/// The files of a crate, by their module paths; `lib.rs` is the empty one.
pub(crate) struct Crate {
    files: BTreeMap<String, File>,
}

struct File {
    tokens: Vec<String>,
    /// Modules that the file declares, in files of their own.
    children: BTreeSet<String>,
    /// Names that the file imports, and where from.
    imports: Vec<Import>,
}

struct Import {
    path: Vec<String>,
    /// `None` of a glob.
    name: Option<String>,
}

impl Crate {
    /// Of module paths and the texts of their files.
    pub(crate) fn read(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let files = texts.into_iter().map(|(module, text)| (module, File::read(&text))).collect();
        Self { files }
    }

    /// The files each file names. A folder belongs to the file beside it, so what a file in it takes from there is its
    /// own.
    pub(crate) fn edges(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut edges = BTreeMap::new();
        for (module, file) in &self.files {
            let mut named = BTreeSet::new();
            for path in file.imports.iter().map(|import| import.path.clone()).chain(file.paths()) {
                if let Some(target) = self.resolve(module, &path, 0)
                    && target != module
                    && !is_inside(module, target)
                {
                    named.insert(target);
                }
            }
            edges.insert(module.as_str(), named);
        }
        edges
    }

    /// The file that a path in a file leads to.
    fn resolve(&self, module: &str, path: &[String], depth: usize) -> Option<&str> {
        let mut at = module.to_owned();
        let mut rest = path.iter().map(String::as_str).peekable();
        match rest.peek().copied()? {
            "crate" => {
                rest.next();
                at = String::new();
            }
            "self" => drop(rest.next()),
            "super" => {}
            first => {
                let file = self.files.get(module)?;
                let is_known = file.children.contains(first) || file.imported(first).is_some();
                if !is_known {
                    return None;
                }
            }
        }
        while rest.next_if_eq(&"super").is_some() {
            at = at.rsplit_once("::").map_or_else(String::new, |(outer, _)| outer.to_owned());
        }
        while let Some(name) = rest.next() {
            let (key, file) = self.files.get_key_value(&at)?;
            if file.children.contains(name) {
                at = if at.is_empty() { name.to_owned() } else { format!("{at}::{name}") };
                continue;
            }
            let Some(import) = file.imported(name).filter(|_| depth < 8) else { return Some(key) };
            let whole: Vec<String> = import.path.iter().cloned().chain(rest.map(str::to_owned)).collect();
            return self.resolve(&at, &whole, depth + 1).or(Some(key));
        }
        self.files.get_key_value(&at).map(|(key, _)| key.as_str())
    }
}

/// Whether a module lies in the folder of another one.
fn is_inside(module: &str, other: &str) -> bool {
    other.is_empty() || module.strip_prefix(other).is_some_and(|rest| rest.starts_with("::"))
}

impl File {
    fn read(text: &str) -> Self {
        // Unit tests may look where they want.
        let tokens = tokens(text.split("#[cfg(test)]").next().unwrap_or_default());
        let mut children = BTreeSet::new();
        let mut imports = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            let next = |by: usize| tokens.get(at + by).map_or("", String::as_str);
            if token == "mod" && next(2) == ";" {
                children.insert(next(1).to_owned());
            }
            if token == "use" {
                tree(&mut tokens.iter().skip(at + 1).map(String::as_str).peekable(), &[], &mut imports);
            }
        }
        Self { tokens, children, imports }
    }

    fn imported(&self, name: &str) -> Option<&Import> {
        self.imports.iter().find(|import| import.name.as_deref() == Some(name))
    }

    /// The paths in the code, imports left out.
    fn paths(&self) -> Vec<Vec<String>> {
        let mut paths = Vec::new();
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            if token == "use" {
                at += self.tokens.iter().skip(at).take_while(|token| *token != ";").count();
                continue;
            }
            let mut path = vec![token.clone()];
            while self.tokens.get(at + 1).is_some_and(|t| t == "::")
                && let Some(next) = self.tokens.get(at + 2).filter(|next| is_word(next))
            {
                path.push(next.clone());
                at += 2;
            }
            at += 1;
            if path.len() > 1 {
                paths.push(path);
            }
        }
        paths
    }
}

type Tokens<'t, I> = std::iter::Peekable<I>;

/// Reads the tree of a `use` behind `before`.
fn tree<'t, I: Iterator<Item = &'t str>>(
    tokens: &mut Tokens<'t, I>,
    before: &[String],
    out: &mut Vec<Import>,
) {
    let mut path = before.to_vec();
    loop {
        match tokens.next() {
            Some("{") => {
                while !matches!(tokens.peek().copied(), Some("}") | None) {
                    tree(tokens, &path, out);
                    tokens.next_if_eq(&",");
                }
                tokens.next();
                return;
            }
            Some("*") => {
                out.push(Import { path, name: None });
                return;
            }
            Some("::") => continue,
            Some("self") if !path.is_empty() => {}
            Some(word) if is_word(word) => path.push(word.to_owned()),
            Some(_) | None => return,
        }
        match tokens.peek().copied() {
            Some("::") => {}
            Some("as") => {
                tokens.next();
                out.push(Import { path, name: tokens.next().map(str::to_owned) });
                return;
            }
            Some(_) | None => {
                let name = path.last().cloned();
                out.push(Import { path, name });
                return;
            }
        }
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words, `::` and single characters; comments, strings and characters are left out.
fn tokens(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let mut at = 0;
    while at < chars.len() {
        let c = get(at);
        if c == '/' && get(at + 1) == '/' {
            while at < chars.len() && get(at) != '\n' {
                at += 1;
            }
        } else if c == '"' {
            at += 1;
            while at < chars.len() && get(at) != '"' {
                at += if get(at) == '\\' { 2 } else { 1 };
            }
            at += 1;
        } else if c == 'r' && (get(at + 1) == '"' || get(at + 1) == '#' && matches!(get(at + 2), '"' | '#')) {
            let hashes = (at + 1..).take_while(|at| get(*at) == '#').count();
            at += hashes + 2;
            let ends = |at: usize| get(at) == '"' && (1..=hashes).all(|by| get(at + by) == '#');
            while at < chars.len() && !ends(at) {
                at += 1;
            }
            at += hashes + 1;
        } else if c == '\'' && get(at + 1) == '\\' {
            at += 2;
            while at < chars.len() && get(at) != '\'' || get(at - 1) == '\\' && get(at - 2) != '\\' {
                at += 1;
            }
            at += 1;
        } else if c == '\'' && get(at + 2) == '\'' {
            at += 3;
        } else if c.is_alphanumeric() || c == '_' {
            let mut word = String::new();
            while get(at).is_alphanumeric() || get(at) == '_' {
                word.push(get(at));
                at += 1;
            }
            out.push(word);
        } else if c == ':' && get(at + 1) == ':' {
            out.push("::".to_owned());
            at += 2;
        } else {
            if !c.is_whitespace() {
                out.push(c.to_string());
            }
            at += 1;
        }
    }
    out
}

/// Groups that lead back to themselves, of more than one.
pub(crate) fn circles<'n>(edges: &BTreeMap<&'n str, BTreeSet<&'n str>>) -> Vec<Vec<&'n str>> {
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        edges.keys().map(|from| (*from, reached(edges, from))).collect();
    let mut circles: Vec<Vec<&str>> = Vec::new();
    for (from, reached) in &reach {
        if circles.iter().any(|circle| circle.contains(from)) {
            continue;
        }
        let back = |to: &&&str| reach.get(**to).is_some_and(|back| back.contains(from));
        let circle: Vec<&str> = reached.iter().filter(back).copied().collect();
        if circle.len() > 1 {
            circles.push(circle);
        }
    }
    circles
}

/// All that something leads to, in any number of steps.
fn reached<'n>(edges: &BTreeMap<&'n str, BTreeSet<&'n str>>, from: &str) -> BTreeSet<&'n str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = edges.get(from).into_iter().flatten().copied().collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(edges.get(next).into_iter().flatten());
        }
    }
    reached
}
