//! What a row says of the request: its headers, and the resource that a service works for.

use super::{ABSENT, scalar};
use crate::ask::{Circumstances, Given};
use crate::json::Members;
use crate::load::fields::invalid;
use crate::request::headers::is_name;

pub(super) fn read(t: &mut Members<'_, '_, '_>, circumstances: &mut Circumstances) {
    headers(t, circumstances);
    source(t, circumstances);
}

/// `headers`
pub(in crate::config) fn headers(t: &mut Members<'_, '_, '_>, circumstances: &mut Circumstances) {
    if let Some(table) = t.table("headers") {
        for member in table.members() {
            let name = member.key.value.to_ascii_lowercase();
            if !is_name(&name) {
                let message = format!("`{}` is not a header", member.key.value);
                t.problems().push(invalid(member.key.span, message, "such as x-amz-server-side-encryption"));
                continue;
            }
            let given = match member.value.as_str() {
                Some(ABSENT) => Some(Given::Absent),
                Some(_) | None => scalar(&member.value, t.problems()).map(|value| Given::Values(vec![value])),
            };
            circumstances.headers.extend(given.map(|given| (name, given)));
        }
    }
}

/// `source_arn` and `source_account`.
pub(super) fn source(t: &mut Members<'_, '_, '_>, circumstances: &mut Circumstances) {
    let (arn, account) = (t.text("source_arn"), t.text("source_account"));
    circumstances.works_for(arn.map(|arn| arn.value), account.map(|account| account.value));
}
