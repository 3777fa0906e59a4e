//! Uploads whose encryption headers are not known: the bucket's default counts for requests without them, S3 asks KMS nothing
//! for some, and others name a key of their own (R145).
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>

use super::new_object;
use super::target::{ResolvedRead, Standing};
use crate::eval::{Context, Symbolic, condition};
use crate::logic::{Atom, Cond, Truth, Unknown, UnknownKind};
use crate::name::{ConditionKey, Wild};
use crate::operator::{NULL, Operand, Operator, Quantifier, STRING_EQUALS, TestValue};
use crate::policy::Test;
use crate::source::{SourceId, Span, Spanned};

const ALGORITHM: &str = "s3:x-amz-server-side-encryption";
const CUSTOMER: &str = "s3:x-amz-server-side-encryption-customer-algorithm";

/// Which encryption the headers of an upload ask for, as far as conditions can tell.
pub(super) struct Headers {
    /// The request lacks the header of the algorithm.
    unset: Cond,
    /// Its algorithm is that of SSE-S3, for which S3 asks KMS nothing.
    aes256: Cond,
    /// It lacks the header of SSE-C.
    without_own_key: Cond,
}

impl Headers {
    /// The headers of the request that makes an object; `None` where they are known or the operation makes none.
    pub(super) fn of(read: &ResolvedRead<'_>, context: &Context) -> Option<Self> {
        if read.standing != Standing::Made || new_object::is_told(read) {
            return None;
        }
        let absent = |key| holds(context, key, &NULL, Operand::Flag(true), "true");
        let wanted = Operand::Text(Wild::literal("AES256", false));
        Some(Self {
            unset: absent(ALGORITHM),
            aes256: holds(context, ALGORITHM, &STRING_EQUALS, wanted, "AES256"),
            without_own_key: absent(CUSTOMER),
        })
    }

    /// Whether the answer may depend on them: a policy asks for one, or nothing may be assumed.
    pub(super) fn matter(read: &ResolvedRead<'_>, works: &Cond) -> bool {
        read.ctx.strict || asks(works, ALGORITHM)
    }

    /// When KMS lets the upload pass that S3 takes when `works` holds, where KMS does under the bucket's default when
    /// `by_default` holds. That no request brings a key of its own is assumed unless a policy asks, or nothing may be assumed.
    pub(super) fn with(self, read: &ResolvedRead<'_>, works: &Cond, by_default: Cond) -> Cond {
        let why = "a request may ask for another encryption, or name a KMS key of its own; give --header x-amz-server-side-encryption=…";
        let other = Cond::atom(Atom::Opaque(Unknown::new(
            UnknownKind::ContextKey,
            "x-amz-server-side-encryption",
            why,
        )));
        let passes = self.unset.clone().and(by_default).or(self.aes256).or(self.unset.not().and(other));
        match read.ctx.strict || asks(works, CUSTOMER) {
            true => passes.or(self.without_own_key.not()),
            false => passes,
        }
    }
}

/// Whether a condition asks for a key that begins like this.
fn asks(works: &Cond, start: &str) -> bool {
    works.atoms().into_iter().any(|atom| match atom {
        Atom::Key(test) => test.key.folded().starts_with(start),
        Atom::Opaque(_) => false,
    })
}

fn holds(context: &Context, key: &str, operator: &'static Operator, wanted: Operand, text: &str) -> Cond {
    let at = Span::new(SourceId::LONE, 0, 0);
    let test = Test {
        quantifier: Quantifier::One,
        operator,
        if_exists: false,
        key: Spanned::new(ConditionKey::new(key), at),
        values: [TestValue::new(wanted, text, at)].into(),
    };
    condition(&mut Symbolic, &test, context)
}
