//! `[[object]]` tables and the buckets they are about, once all of the input is read.

use super::Intake;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::estate::object_pattern;

/// Puts the bucket's name where a table has another name for it, such as a template's logical id, and complains of tables
/// whose bucket is not there: what they tell would be lost without a word.
pub(super) fn check(intake: &mut Intake) {
    let mut renamed = Vec::new();
    let mut problems = Vec::new();
    for (index, object) in intake.estate.objects.iter().enumerate() {
        let text = object.uri.value.as_str();
        let Some((bucket, key)) = text.strip_prefix("s3://").and_then(|path| path.split_once('/')) else {
            continue;
        };
        let is_alias = intake.estate.access_points.iter().any(|p| p.alias.as_deref() == Some(bucket));
        match intake.estate.bucket(bucket) {
            Ok(found) if found.name == bucket => {}
            Ok(found) => renamed.push((index, format!("s3://{}/{key}", found.name))),
            // Without any bucket there is nothing to compare with, and no question to answer.
            Err(_) if intake.estate.buckets.is_empty() || is_alias || bucket.contains(['*', '?']) => {}
            Err(_) => {
                let names = intake.estate.buckets.iter().map(|b| b.name.as_str());
                let help = did_you_mean(bucket, names)
                    .unwrap_or_else(|| "name a bucket of the input, or remove the table".to_owned());
                let message =
                    format!("the input has no bucket `{bucket}`, so this tells nothing of any object");
                problems.push(Diagnostic::new(Code::UnusedObject, object.uri.span, message).help(help));
            }
        }
    }
    for (index, text) in renamed {
        if let Some(object) = intake.estate.objects.get_mut(index) {
            object.uri.value = object_pattern(&text);
        }
    }
    intake.problems.append(&mut problems);
}
