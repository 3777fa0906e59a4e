//! Members of manifest tables that mean more than a string.

use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::estate::{Encryption, EncryptionType, KeyReference, Tags};
use crate::json::{Members, Node, Value};
use crate::load::Intake;
use crate::load::facts::PublicAccess;
use crate::load::fields::{ArnOf, KEY, account_id, arn_of, invalid};
use crate::name::{AccountId, Arn};
use crate::source::{Span, Spanned};

/// The word that says that there is none.
pub(crate) const NONE: &str = "none";

/// One of a few words.
pub(crate) fn choice<T>(
    t: &mut Members<'_, '_, '_>,
    name: &str,
    names: &[&str],
    parse: impl Fn(&str) -> Option<T>,
) -> Option<Spanned<T>> {
    let text = t.text(name)?;
    let value = parse(text.value);
    if value.is_none() {
        let listed = names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        let listed = format!("`{name}` is one of {listed}");
        let help = match did_you_mean(text.value, names.iter().copied()) {
            Some(guess) => format!("{guess} {listed}"),
            None => listed,
        };
        t.problems().push(invalid(text.span, format!("`{}` is not a value of `{name}`", text.value), help));
    }
    value.map(|value| Spanned::new(value, text.span))
}

/// An id that begins as its kind does.
pub(crate) fn has_prefix(t: &mut Members<'_, '_, '_>, id: Option<Spanned<&str>>, prefix: &str) {
    if let Some(id) = id.filter(|id| !id.value.starts_with(prefix)) {
        let message = format!("`{}` is not an id of this kind", id.value);
        t.problems().push(invalid(id.span, message, format!("it begins with {prefix}")));
    }
}

pub(crate) fn account(t: &mut Members<'_, '_, '_>, name: &str) -> Option<Spanned<AccountId>> {
    let text = t.text(name)?;
    account_id(text, t.problems())
}

/// A required ARN.
pub(crate) fn arn(t: &mut Members<'_, '_, '_>, name: &str, of: ArnOf) -> Option<Spanned<Arn>> {
    let text = t.required_text(name)?;
    arn_of(text, of, t.problems())
}

/// Strings; `"none"`, and an empty list, say that there are none.
pub(crate) fn list<'n>(t: &mut Members<'n, '_, '_>, name: &str) -> Option<Spanned<Vec<Spanned<&'n str>>>> {
    let span = t.node(name)?.span;
    let mut list = t.texts(name)?;
    if list.iter().any(|text| text.value == NONE) {
        if let [_, extra, ..] = list.as_slice() {
            let message = format!("`{NONE}` says that there are none, and here are more");
            t.problems().push(invalid(extra.span, message, format!("leave out `{NONE}`, or the others")));
        }
        list.clear();
    }
    Some(Spanned::new(list, span))
}

/// A table of strings; `"none"` and an empty table say that there are none.
pub(crate) fn tags(t: &mut Members<'_, '_, '_>, name: &str) -> Option<Spanned<Tags>> {
    let node = t.node(name)?;
    if node.as_str() == Some(NONE) {
        return Some(Spanned::new(Tags::new(), node.span));
    }
    let node = t.table(name)?;
    let mut tags = Tags::new();
    for member in node.members() {
        match member.value.as_str() {
            Some(value) => {
                tags.insert(member.key.value.clone().into_owned(), value.to_owned());
            }
            None => {
                let message = format!("the value of a tag is a string; this is {}", member.value.kind());
                t.problems().push(Diagnostic::new(Code::DataTypeMismatch, member.value.span, message));
            }
        }
    }
    Some(Spanned::new(tags, node.span))
}

/// `{ restrict_public_buckets = …, … }`; `"none"` and an empty table say that everything is off.
pub(in crate::load) fn public_access(
    t: &mut Members<'_, '_, '_>,
    member: &str,
) -> Option<Spanned<PublicAccess>> {
    const NAMES: &[&str] =
        &["restrict_public_buckets", "ignore_public_acls", "block_public_policy", "block_public_acls"];
    let node = t.node(member)?;
    if node.as_str() == Some(NONE) || (node.is_object() && node.members().is_empty()) {
        return Some(Spanned::new(PublicAccess::OFF, node.span));
    }
    let mut block = t.child(node, "the Block Public Access settings", NAMES)?;
    for name in NAMES {
        block.boolean(name);
    }
    let on = |name: &str| node.get(name).and_then(Node::as_bool);
    let settings = PublicAccess {
        restrict_public_buckets: on("restrict_public_buckets"),
        ignore_public_acls: on("ignore_public_acls"),
    };
    Some(Spanned::new(settings, node.span))
}

/// An id of something that may not be there: `"none"` says that it is not.
pub(crate) fn id_or_none<'n>(
    t: &mut Members<'n, '_, '_>,
    name: &str,
    prefix: &str,
) -> Option<Spanned<Option<&'n str>>> {
    let text = t.text(name)?;
    if text.value == NONE {
        return Some(text.map(|_| None));
    }
    has_prefix(t, Some(text), prefix);
    Some(text.map(Some))
}

/// The word that says that objects are encrypted as their bucket's default says.
const DEFAULT: &str = "default";

/// How objects are encrypted: an encryption of their own, or, with no more to say, the default of their bucket.
pub(crate) fn object_encryption(t: &mut Members<'_, '_, '_>) -> Option<Result<Encryption, Span>> {
    let node = t.node("encryption")?;
    if node.as_str() == Some(DEFAULT) {
        return Some(Err(node.span));
    }
    encryption(t).map(Ok)
}

/// `{ type = …, key = …, bucket_key = … }` or `"none"`.
pub(crate) fn encryption(t: &mut Members<'_, '_, '_>) -> Option<Encryption> {
    let node = t.node("encryption")?;
    if node.as_str() == Some(NONE) || (node.is_object() && node.members().is_empty()) {
        return Some(Encryption { kind: EncryptionType::None, key: None, bucket_key: None, span: node.span });
    }
    if let Value::String(text) = &node.value {
        let help = format!("write {{ type = \"{}\" }}, or \"{NONE}\"", encryption_name(text));
        t.problems().push(invalid(node.span, "`encryption` is a table or `none`", help));
        return None;
    }
    let mut table = t.child(node, "an encryption", &["type", "key", "bucket_key"])?;
    if table.all().iter().all(|member| member.key.value != "type") {
        table.required_text("type");
    }
    let kind = choice(&mut table, "type", EncryptionType::NAMES, EncryptionType::parse);
    let key = table.text("key").and_then(|text| key_reference(text, table.problems()));
    let bucket_key = table.boolean("bucket_key");
    let kind = kind?;
    if let Some(key) = &key
        && !kind.value.uses_kms()
        && kind.value != EncryptionType::CseKms
    {
        let message = format!("`{}` uses no KMS key", kind.value.as_str());
        table.problems().push(
            Diagnostic::new(Code::UnusedKey, key.span, message).because(kind.span, "the type of encryption"),
        );
    }
    Some(Encryption {
        kind: kind.value,
        key: key.map(|key| key.value),
        bucket_key: bucket_key.map(|on| on.value),
        span: node.span,
    })
}

fn encryption_name(written: &str) -> &str {
    if EncryptionType::parse(written).is_some() { written } else { "aws:kms" }
}

/// A key as S3 configuration names it: key or alias ARN, key id, alias; or as a template or a plan does.
pub(super) fn key_reference(
    text: Spanned<&str>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Spanned<KeyReference>> {
    let reference = match KeyReference::parse(text.value) {
        KeyReference::Id(id) if !is_key_id(&id) => KeyReference::Name(Spanned::new(id, text.span)),
        other @ (KeyReference::Arn(_)
        | KeyReference::Id(_)
        | KeyReference::Alias(_)
        | KeyReference::Name(_)) => other,
    };
    let fits = match &reference {
        KeyReference::Arn(arn) => {
            arn.service() == "kms" && (arn.resource_of("key").is_some() || arn.resource_of("alias").is_some())
        }
        KeyReference::Alias(_) | KeyReference::Id(_) => true,
        KeyReference::Name(name) => !name.value.is_empty() && !name.value.starts_with("arn:"),
    };
    if !fits {
        problems.push(no_key(text.span, text.value).help(key_help()));
    }
    fits.then(|| Spanned::new(reference, text.span))
}

fn is_key_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-' || b"mrk".contains(&b))
}

fn no_key(at: Span, written: &str) -> Diagnostic {
    Diagnostic::new(Code::InvalidArn, at, format!("`{written}` names no KMS key"))
}

fn key_help() -> String {
    format!(
        "write the ARN of the key, {}, its id, alias/NAME, or what a template or a plan calls it",
        KEY.shape
    )
}

/// Names that no template and no plan gave to a key.
pub(in crate::load) fn check_key_names(intake: &mut Intake) {
    let estate = &intake.estate;
    let of_objects = estate.objects.iter().filter_map(|object| object.encryption.as_ref());
    let of_buckets = estate.buckets.iter().filter_map(|bucket| bucket.encryption.provided());
    let mut problems = Vec::new();
    for encryption in of_objects.chain(of_buckets) {
        if let Some(KeyReference::Name(name)) = &encryption.key
            && let Some(missing) = estate.missing_key(&name.value)
        {
            problems.push(no_key(name.span, &name.value).help(missing.near.unwrap_or_else(key_help)));
        }
    }
    intake.problems.append(&mut problems);
}
