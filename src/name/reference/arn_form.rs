//! The ARN formats that the service reference lists, and whether a pattern in a policy can match an ARN of that format.

/// The ARN format of a resource type, with `${…}` for the parts that customers choose.
#[derive(Debug)]
pub struct ArnForm {
    /// The service that the ARNs name, which need not be the one that lists them.
    pub service: &'static str,
    /// The Region: empty, `*` or `${Region}`.
    pub region: &'static str,
    /// The account: empty or `${Account}`.
    pub account: &'static str,
    resource: Literals<'static>,
    service_literals: Literals<'static>,
}

impl ArnForm {
    pub(super) fn read(arn: &'static str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':').skip(2);
        let service = parts.next()?;
        Some(Self {
            service,
            region: parts.next()?,
            account: parts.next()?,
            resource: Literals::of(parts.next()?),
            service_literals: Literals::of(service),
        })
    }

    /// Whether the resource begins with a word of its own, and not with a name that customers choose.
    pub fn begins_with_a_word(&self) -> bool {
        !self.resource.head().is_empty()
    }

    /// Whether some resource of this form fits the last part of the ARN in a policy.
    pub fn can_be(&self, resource: &Literals<'_>) -> bool {
        self.resource.can_be(resource)
    }

    /// Whether an ARN can have both this form and fit a pattern. Region and account are not looked at.
    pub fn overlaps(&self, pattern: &str) -> bool {
        let mut written = pattern.splitn(6, ':');
        let head: Vec<&str> = written.by_ref().take(5).collect();
        // A star also stands for colons, and a variable may hold some.
        let (Some(resource), [_, _, service, _, _]) = (written.next(), head.as_slice()) else { return true };
        if head.iter().any(|part| part.contains("${")) {
            return true;
        }
        self.service_literals.can_be(&Literals::of(service)) && self.resource.can_be(&Literals::of(resource))
    }
}

/// The literal pieces between what may be any text, a wildcard or a variable: one piece for a text without such parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literals<'t> {
    pieces: Vec<&'t str>,
}

impl<'t> Literals<'t> {
    /// The pieces of a text.
    pub fn of(text: &'t str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['*', '?', '$']) {
            let (literal, behind) = rest.split_at(at);
            pieces.push(literal);
            rest = match behind.strip_prefix("${") {
                Some(inside) => inside.split_once('}').map_or("", |(_, behind)| behind),
                None => behind.get(1..).unwrap_or_default(),
            };
        }
        pieces.push(rest);
        Self { pieces }
    }

    /// What stands before the first part that may be any text.
    fn head(&self) -> &'t str {
        self.pieces.first().copied().unwrap_or_default()
    }

    /// Whether some text fits both.
    fn can_be(&self, other: &Literals<'_>) -> bool {
        let (head, begun) = (self.head(), other.head());
        if !head.starts_with(begun) && !begun.starts_with(head) {
            return false;
        }
        let (last, end) = (self.pieces.last().copied(), other.pieces.last().copied());
        let (last, end) = (last.unwrap_or_default(), end.unwrap_or_default());
        if !last.ends_with(end) && !end.ends_with(last) {
            return false;
        }
        match (self.pieces.as_slice(), other.pieces.as_slice()) {
            ([one], [other]) => one == other,
            (pieces, [text]) | ([text], pieces) => fits(pieces, text),
            // Two patterns whose starts and ends agree meet somewhere, as good as always.
            (_, _) => true,
        }
    }
}

/// Whether a text holds the pieces in their order, the first at its start and the last at its end.
fn fits(pieces: &[&str], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else { return pieces.first().is_some_and(|only| *only == text) };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for piece in middle {
        let Some(at) = rest.find(piece) else { return false };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}
