//! Addresses of resources and modules, and the references of configuration.

/// One `module.name["key"]` of a module's address.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Step<'a> {
    pub(super) call: &'a str,
    pub(super) key: Option<&'a str>,
}

/// The modules an address of a module instance goes through, outermost first.
pub(super) fn steps(module: &str) -> Vec<Step<'_>> {
    let mut out = Vec::new();
    let mut rest = module;
    while let Some(tail) = rest.strip_prefix("module.") {
        let (call, tail) = word(tail);
        let (key, tail) = bracket(tail);
        out.push(Step { call, key });
        rest = tail.strip_prefix('.').unwrap_or(tail);
    }
    out
}

/// The instance a module lies in, and the last step into it; none for the root module.
pub(super) fn parent(module: &str) -> Option<(&str, Step<'_>)> {
    let last = steps(module).pop()?;
    let written = "module.".len() + last.call.len() + last.key.map_or(0, |key| key.len() + 2);
    let outer = module.get(..module.len().checked_sub(written)?)?;
    Some((outer.strip_suffix('.').unwrap_or(outer), last))
}

/// The module an address of a resource begins with.
pub(super) fn module_of(address: &str) -> &str {
    let mut end = 0;
    let mut rest = address;
    while let Some(tail) = rest.strip_prefix("module.") {
        let (_, tail) = bracket(word(tail).1);
        end = address.len() - tail.len();
        rest = tail.strip_prefix('.').unwrap_or(tail);
    }
    address.get(..end).unwrap_or_default()
}

/// What one entry of a `references` list names.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Reference<'a> {
    /// `data.aws_iam_role.x["k"].arn`: its local name without the key, the key, and what follows.
    Resource {
        local: &'a str,
        key: Option<&'a str>,
        path: &'a str,
    },
    /// `module.m[0].output`; the rest is what follows the output.
    Module {
        call: &'a str,
        key: Option<&'a str>,
        output: &'a str,
        path: &'a str,
    },
    Variable {
        name: &'a str,
        path: &'a str,
    },
    EachKey,
    EachValue {
        path: &'a str,
    },
    CountIndex,
    /// `local.x`, `path.module`, and what else the JSON says nothing of.
    Other,
}

impl<'a> Reference<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        let (first, tail) = word(text);
        let behind = tail.strip_prefix('.').unwrap_or_default();
        match first {
            "each" => match word(behind) {
                ("key", _) => Self::EachKey,
                ("value", path) => Self::EachValue { path: trimmed(path) },
                (_, _) => Self::Other,
            },
            "count" => Self::CountIndex,
            "var" => {
                let (name, path) = word(behind);
                Self::Variable { name, path: trimmed(path) }
            }
            "module" => {
                let (call, tail) = word(behind);
                let (key, tail) = bracket(tail);
                let (output, path) = word(tail.strip_prefix('.').unwrap_or_default());
                Self::Module { call, key, output, path: trimmed(path) }
            }
            "local" | "locals" | "path" | "terraform" | "self" | "ephemeral" => Self::Other,
            "data" => {
                let (_, tail) = word(behind);
                Self::resource(text, tail.strip_prefix('.').unwrap_or_default())
            }
            _ => Self::resource(text, behind),
        }
    }

    /// `name` begins at the name of the resource.
    fn resource(text: &'a str, name: &'a str) -> Self {
        let (name, tail) = word(name);
        if name.is_empty() {
            return Self::Other;
        }
        let local = text.get(..text.len() - tail.len()).unwrap_or_default();
        let (key, path) = bracket(tail);
        Self::Resource { local, key, path: trimmed(path) }
    }
}

/// The first references of the runs in a list: Terraform writes every reference with its attributes, then the
/// same without them, step by step.
pub(super) fn heads<'a>(list: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut out = Vec::new();
    let mut last = "";
    for text in list {
        let goes_on = last.strip_prefix(text).is_some_and(|rest| rest.starts_with(['.', '[']));
        if !goes_on {
            out.push(text);
        }
        last = text;
    }
    out
}

/// The key of an instance as it stands between the brackets of an address.
pub(super) fn quoted(key: &str) -> String {
    format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))
}

fn trimmed(path: &str) -> &str {
    path.strip_prefix('.').unwrap_or(path)
}

fn word(text: &str) -> (&str, &str) {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// `["key"]` or `[0]` in front of a text, and what is behind it.
fn bracket(text: &str) -> (Option<&str>, &str) {
    let Some(inside) = text.strip_prefix('[') else { return (None, text) };
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => {
                let (key, tail) = inside.split_at_checked(at).unwrap_or((inside, ""));
                return (Some(key), tail.strip_prefix(']').unwrap_or_default());
            }
            _ => {}
        }
    }
    (None, text)
}

/// What a resource is called in its module.
pub(super) fn local_name(data: bool, kind: &str, name: &str) -> String {
    format!("{}{kind}.{name}", if data { "data." } else { "" })
}

/// The address of an instance.
pub(super) fn address_of(module: &str, local: &str, key: Option<&str>) -> String {
    let dot = if module.is_empty() { "" } else { "." };
    let key = key.map_or_else(String::new, |key| format!("[{key}]"));
    format!("{module}{dot}{local}{key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_addresses() {
        let address = "module.a[\"x.y]\"].module.b[0].module.c.aws_s3_bucket.lake[\"k\"]";
        let module = module_of(address);
        assert_eq!(module, "module.a[\"x.y]\"].module.b[0].module.c");
        let calls: Vec<_> = steps(module).iter().map(|step| (step.call, step.key)).collect();
        assert_eq!(calls, [("a", Some("\"x.y]\"")), ("b", Some("0")), ("c", None)]);
        assert_eq!(parent(module).unwrap().0, "module.a[\"x.y]\"].module.b[0]");
        assert_eq!(parent("module.a[\"x.y]\"]").unwrap().0, "");
        assert_eq!(parent(""), None);
        assert_eq!(module_of("aws_s3_bucket.lake"), "");
    }

    #[test]
    fn references_of_every_kind() {
        let resource = |local, key, path| Reference::Resource { local, key, path };
        for (text, expected) in [
            ("aws_kms_key.lake.arn", resource("aws_kms_key.lake", None, "arn")),
            ("aws_s3_bucket.b[0].id", resource("aws_s3_bucket.b", Some("0"), "id")),
            ("data.aws_iam_role.r[\"a.b\"]", resource("data.aws_iam_role.r", Some("\"a.b\""), "")),
            (
                "module.m[0].arns[\"x\"]",
                Reference::Module { call: "m", key: Some("0"), output: "arns", path: "[\"x\"]" },
            ),
            ("module.m", Reference::Module { call: "m", key: None, output: "", path: "" }),
            ("var.key.arn", Reference::Variable { name: "key", path: "arn" }),
            ("each.value.id", Reference::EachValue { path: "id" }),
            ("each.key", Reference::EachKey),
            ("count.index", Reference::CountIndex),
            ("local.name", Reference::Other),
            ("path.module", Reference::Other),
            ("aws_kms_key", Reference::Other),
        ] {
            assert_eq!(Reference::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn every_reference_is_counted_once() {
        let list = ["a.b[0].arn", "a.b[0]", "a.b", "var.x", "a.b[0].arn", "a.b[0]", "a.b", "a.bc"];
        assert_eq!(heads(list.into_iter()), ["a.b[0].arn", "var.x", "a.b[0].arn", "a.bc"]);
    }
}
