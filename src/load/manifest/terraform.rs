//! `[[terraform]]`: a root module that is read from source, and the values it is read with.

use std::collections::BTreeMap;
use std::path::Path;

use super::field;
use crate::json::{Members, Node, Reader};
use crate::load::Intake;
use crate::load::fields::invalid;
use crate::load::made::owned;
use crate::load::root_modules::{Remote, Row, Stated, Values, state};
use crate::source::Spanned;

pub(super) fn terraform(node: &Node<'_>, dir: &Path, intake: &mut Intake) {
    const NAMES: &[&str] =
        &["dir", "name", "var_files", "vars", "workspace", "account", "region", "providers", "remote_state"];
    let mut problems = Vec::new();
    let Some(mut t) = Reader::strict(&mut problems).object(node, "a root module", NAMES) else {
        intake.problems.append(&mut problems);
        return;
    };
    let at = t.span();
    let own = t.text("dir").map(|dir| dir.map(str::to_owned));
    let name = t.text("name").map(|name| name.value.to_owned());
    let workspace = t.text("workspace").map(|name| name.value.to_owned());
    let files = field::list(&mut t, "var_files").map(|list| list.value).unwrap_or_default();
    let var_files = files.into_iter().map(|file| (file.value.to_owned(), Some(file.span))).collect();
    let mut providers = BTreeMap::new();
    let default = stated(&mut t);
    if default.account.is_some() || default.region.is_some() {
        providers.insert("aws".to_owned(), default);
    }
    let others = t.node("providers").map(|node| node.members().to_vec()).unwrap_or_default();
    for member in others {
        const OF_PROVIDER: &[&str] = &["account", "region"];
        let stated = Reader::strict(t.problems())
            .object(&member.value, "a provider", OF_PROVIDER)
            .map(|mut inner| stated(&mut inner));
        let alias = &member.key.value;
        let key = if alias.starts_with("aws") { alias.to_string() } else { format!("aws.{alias}") };
        providers.extend(stated.map(|stated| (key, stated)));
    }
    let vars = t.node("vars").map(|node| node.members().to_vec()).unwrap_or_default();
    let typed = vars.into_iter().map(|member| (member.key.value.to_string(), owned(&member.value))).collect();
    let remote = remote_state(&mut t, dir);
    if own.is_none() {
        t.problems().push(invalid(at, "a row of [[terraform]] names its directory", "write dir = \"infra\""));
    }
    intake.problems.append(&mut problems);
    let Some(own) = own else { return };
    let values = Values { var_files, base: dir.to_owned(), vars: BTreeMap::new(), workspace };
    let row = Row {
        dir: dir.join(&own.value),
        dir_name: own.value.clone(),
        at: own.span,
        name,
        values,
        typed,
        providers,
        remote,
    };
    state(intake, row);
}

fn stated(t: &mut Members<'_, '_, '_>) -> Stated {
    let account = field::account(t, "account").map(|account| account.map(|account| account.to_string()));
    let region = t.text("region").map(|region| region.map(str::to_owned));
    Stated { account, region }
}

fn remote_state(t: &mut Members<'_, '_, '_>, dir: &Path) -> BTreeMap<String, Remote> {
    const NAMES: &[&str] = &["dir", "file"];
    let members = t.node("remote_state").map(|node| node.members().to_vec()).unwrap_or_default();
    let mut out = BTreeMap::new();
    for member in members {
        let reader = Reader::strict(t.problems());
        let Some(mut inner) = reader.object(&member.value, "a remote state", NAMES) else { continue };
        let own: Option<Spanned<&str>> = inner.text("dir");
        let file = inner.text("file");
        let remote = match (own, file) {
            (Some(own), _) => Remote::Dir(dir.join(own.value)),
            (None, Some(file)) => Remote::File(dir.join(file.value), file.span),
            (None, None) => continue,
        };
        out.insert(member.key.value.to_string(), remote);
    }
    out
}
