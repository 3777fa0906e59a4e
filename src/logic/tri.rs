use super::Truth;

/// True, false, or undecided (Kleene's logic, R3).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Tri {
    /// Known to be false.
    False,
    /// Not known.
    Open,
    /// Known to be true.
    True,
}

impl Truth for Tri {
    fn known(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            (Self::Open | Self::True, Self::Open | Self::True) => Self::Open,
        }
    }

    fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Open => Self::Open,
            Self::True => Self::False,
        }
    }

    fn decided(&self) -> Option<bool> {
        match self {
            Self::False => Some(false),
            Self::Open => None,
            Self::True => Some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_point_decides_nothing_and_hides_nothing() {
        assert_eq!(Tri::Open.and(Tri::False), Tri::False);
        assert_eq!(Tri::Open.or(Tri::True), Tri::True);
        assert_eq!(Tri::Open.and(Tri::True), Tri::Open);
        assert_eq!(Tri::Open.or(Tri::False), Tri::Open);
        assert_eq!(Tri::Open.not(), Tri::Open);
    }
}
