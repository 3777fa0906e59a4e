//! Where in a document the cursor is: the word there, and the names that it lies under. The text need not be well formed, as
//! it is not while it is written.

/// A word of a document: what stands between quotes, blanks and brackets.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Word<'t> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: &'t str,
}

/// What may be written at a place of a policy.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Action,
    ConditionKey,
    Effect,
    Operator,
    PrincipalKind,
    Resource,
    StatementMember,
    Version,
}

/// Names from the outermost to the innermost, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) names: Vec<String>,
    /// A name is written here, and no value.
    pub(super) is_name: bool,
}

pub(super) fn word(text: &str, offset: usize) -> Word<'_> {
    let is_end = |c: char| c.is_whitespace() || "\"'`,;[]{}()=<>".contains(c);
    let (before, behind) = text.split_at_checked(offset).unwrap_or((text, ""));
    let start = before
        .rfind(is_end)
        .map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let end = before.len() + behind.find(is_end).unwrap_or(behind.len());
    let text = text.get(start..end).unwrap_or_default();
    // `Action:` in YAML is a name followed by a colon.
    let text = text.strip_suffix(':').unwrap_or(text);
    Word { start, end: start + text.len(), text }
}

impl Context {
    /// Where an offset lies, by the brackets of JSON or the lines of other formats.
    pub(super) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        match text.trim_start().starts_with(['{', '[']) {
            true => in_json(before),
            false => in_lines(before),
        }
    }

    pub(super) fn place(&self) -> Option<Place> {
        let under = |name: &str| self.names.iter().rposition(|known| known == name);
        let innermost = self.names.last().map(String::as_str)?;
        match innermost {
            // A block of Terraform has its operator and its key as values.
            "test" if under("condition").is_some() => return Some(Place::Operator),
            "variable" if under("condition").is_some() => return Some(Place::ConditionKey),
            _ => {}
        }
        if let Some(condition) = under("condition") {
            return match (self.names.len() - condition, self.is_name) {
                (1, true) => Some(Place::Operator),
                (2, true) => Some(Place::ConditionKey),
                _ => None,
            };
        }
        match (innermost, self.is_name) {
            ("action" | "notaction" | "actions" | "not_actions", false) => Some(Place::Action),
            ("resource" | "notresource" | "resources" | "not_resources", false) => Some(Place::Resource),
            ("effect", false) => Some(Place::Effect),
            ("version", false) => Some(Place::Version),
            ("principal" | "notprincipal", true) => Some(Place::PrincipalKind),
            ("statement", true) => Some(Place::StatementMember),
            _ => None,
        }
    }
}

/// A bracket of JSON that is open.
#[derive(Default)]
struct Open {
    is_object: bool,
    name: Option<String>,
    /// Behind the colon.
    is_value: bool,
}

fn in_json(before: &str) -> Context {
    let mut open: Vec<Open> = Vec::new();
    let mut text: Option<String> = None;
    let mut chars = before.chars();
    while let Some(c) = chars.next() {
        if let Some(written) = &mut text {
            match c {
                '"' => {
                    let written = text.take();
                    if let Some(top) = open.last_mut().filter(|top| top.is_object && !top.is_value) {
                        top.name = written;
                    }
                }
                '\\' => {
                    chars.next();
                }
                _ => written.push(c),
            }
            continue;
        }
        match c {
            '"' => text = Some(String::new()),
            '{' => open.push(Open { is_object: true, ..Open::default() }),
            '[' => open.push(Open::default()),
            '}' | ']' => {
                open.pop();
            }
            ':' => open.last_mut().into_iter().for_each(|top| top.is_value = true),
            ',' => {
                if let Some(top) = open.last_mut().filter(|top| top.is_object) {
                    *top = Open { is_object: true, ..Open::default() };
                }
            }
            _ => {}
        }
    }
    let is_name = open.last().is_some_and(|top| top.is_object && !top.is_value);
    let names = open.iter().filter(|open| open.is_value).filter_map(|open| open.name.as_deref());
    Context { names: names.map(str::to_ascii_lowercase).collect(), is_name }
}

/// A line of YAML, HCL or TOML: how far it is indented, whether it begins an element of a list, and the name it begins with.
struct Line<'t> {
    indent: usize,
    is_element: bool,
    name: Option<&'t str>,
}

fn line(text: &str) -> Line<'_> {
    let rest = text.trim_start();
    let is_element = rest.starts_with("- ") || rest == "-";
    let rest = if is_element { rest.get(1..).unwrap_or_default().trim_start() } else { rest };
    let indent = text.len() - rest.len();
    let quoted = rest.strip_prefix('"');
    let bare = quoted.unwrap_or(rest);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || (quoted.is_some() && ":/-".contains(c));
    let end = bare.find(|c| !is_part(c)).unwrap_or(bare.len());
    let (name, behind) = bare.split_at_checked(end).unwrap_or((bare, ""));
    let behind = behind.strip_prefix('"').unwrap_or(behind).trim_start();
    let ends = behind.starts_with(": ") || behind.trim_end() == ":" || behind.starts_with(['=', '{', '"']);
    Line { indent, is_element, name: (ends && !name.is_empty()).then_some(name) }
}

fn in_lines(before: &str) -> Context {
    let mut lines = before.rsplit('\n');
    let written = lines.next().unwrap_or_default();
    let mut current = line(written);
    // A colon that nothing follows yet may be the one inside `kms:ViaService`.
    current.name =
        current.name.filter(|name| !written.strip_suffix(':').is_some_and(|rest| rest.ends_with(name)));
    let mut is_name = current.name.is_none() && !current.is_element;
    let own = usize::from(current.name.is_some());
    let mut names: Vec<String> = current.name.map(str::to_ascii_lowercase).into_iter().collect();
    // An element may stand under its name without being indented.
    let (mut indent, mut may_be_level) = (current.indent, current.is_element);
    if current.is_element && current.name.is_none() {
        indent = indent.saturating_sub(1);
    }
    for text in lines {
        if indent == 0 && !may_be_level {
            break;
        }
        let above = line(text);
        let is_outer = above.indent < indent || (may_be_level && above.indent <= indent && !above.is_element);
        if let Some(name) = above.name.filter(|_| is_outer) {
            // An element of a list is a value.
            is_name &= names.len() > own || !text.trim_end().ends_with('[');
            names.push(name.to_ascii_lowercase());
            (indent, may_be_level) = (above.indent, above.is_element);
        }
    }
    names.reverse();
    Context { names, is_name }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails loudly")]
mod tests {
    use super::*;

    /// The place of the bar.
    fn place(text: &str) -> Option<Place> {
        let offset = text.find('|').unwrap();
        Context::of(&text.replace('|', ""), offset).place()
    }

    #[test]
    fn places_in_json() {
        for (text, wanted) in [
            (r#"{"Statement": [{"Action": "s3:G|"}]}"#, Some(Place::Action)),
            (r#"{"Statement": {"NotAction": ["a:b", "|"]}}"#, Some(Place::Action)),
            (r#"{"Statement": [{"Effect": "|"#, Some(Place::Effect)),
            (r#"{"Statement": [{"|": 1}]}"#, Some(Place::StatementMember)),
            (r#"{"Statement": [{"Condition": {"|"#, Some(Place::Operator)),
            (r#"{"Statement": [{"Condition": {"StringEquals": {"aws:a": "x", "|"#, Some(Place::ConditionKey)),
            (r#"{"Statement": [{"Condition": {"StringEquals": {"aws:a": "|"#, None),
            (r#"{"Statement": [{"Principal": {"|"#, Some(Place::PrincipalKind)),
            (r#"{"Version": "|"#, Some(Place::Version)),
            (r#"{"Sid": "a \" [{", "Resource": ["|"#, Some(Place::Resource)),
            (r#"{"|"#, None),
        ] {
            assert_eq!(place(text), wanted, "{text}");
        }
    }

    #[test]
    fn places_in_lines() {
        let yaml = "Policy:\n  Statement:\n  - Effect: Allow\n    Action:\n    - s3:Get|\n";
        assert_eq!(place(yaml), Some(Place::Action));
        let yaml = "Statement:\n  - Effect: Allow\n    Action: s3:|\n";
        assert_eq!(place(yaml), Some(Place::Action));
        let yaml = "Statement:\n  - Effect: Allow\n    Condition:\n      StringEquals:\n        kms:|\n";
        assert_eq!(place(yaml), Some(Place::ConditionKey));
        let yaml = "Statement:\n  - Effect: Allow\n    Condition:\n      |\n";
        assert_eq!(place(yaml), Some(Place::Operator));
        let hcl =
            "data \"aws_iam_policy_document\" \"a\" {\n  statement {\n    actions = [\n      \"s3:|\"\n";
        assert_eq!(place(hcl), Some(Place::Action));
        let hcl = "data \"x\" \"a\" {\n  statement {\n    condition {\n      test     = \"|\"\n";
        assert_eq!(place(hcl), Some(Place::Operator));
        let hcl = "data \"x\" \"a\" {\n  statement {\n    condition {\n      variable = \"aws:|\"\n";
        assert_eq!(place(hcl), Some(Place::ConditionKey));
        assert_eq!(place("role = \"|\"\n"), None);
    }

    #[test]
    fn words() {
        let text = r#"["arn:aws:s3:::lake/*", "ü"]"#;
        assert_eq!(word(text, 8).text, "arn:aws:s3:::lake/*");
        assert_eq!(word(text, 25).text, "ü");
        assert_eq!(word(text, 0).text, "");
        assert_eq!(word("Action: x", 3), Word { start: 0, end: 6, text: "Action" });
        assert_eq!(word("", 9).text, "");
    }
}
