use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::symbol;

/// A 12-digit account id.
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(u64);

impl AccountId {
    /// The account of templates and plans that do not say which one it is.
    pub const UNKNOWN: Self = Self(u64::MAX);

    /// The same for files that cannot all be of one account. 0 is [`AccountId::UNKNOWN`].
    pub fn unknown(number: u32) -> Self {
        Self(u64::MAX - u64::from(number))
    }

    /// Whether it stands for an account that the input leaves open.
    pub fn is_unknown(self) -> bool {
        self.0 > 999_999_999_999
    }

    /// The name of the symbol that stands for an account that is not known.
    pub fn symbol(self) -> Option<String> {
        self.is_unknown().then(|| match u64::MAX - self.0 {
            0 => symbol::ACCOUNT.to_owned(),
            more => format!("{} {}", symbol::ACCOUNT, more + 1),
        })
    }
}

/// The text is not an account id: 12 digits.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("an account id has twelve digits")]
pub struct AccountIdError;

impl FromStr for AccountId {
    type Err = AccountIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            text.parse().map(Self).map_err(|_| AccountIdError)
        } else {
            let number = text.strip_prefix('«').and_then(|text| text.strip_suffix('»'));
            number.and_then(symbol::account_number).map(Self::unknown).ok_or(AccountIdError)
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.symbol() {
            return f.write_str(&symbol::unknown(&name));
        }
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_leading_zeros() {
        assert_eq!("000000000012".parse::<AccountId>().map(|a| a.to_string()), Ok("000000000012".into()));
    }

    #[test]
    fn the_unknown_account_is_read_back() {
        assert_eq!(AccountId::UNKNOWN.to_string().parse(), Ok(AccountId::UNKNOWN));
        let third = AccountId::unknown(2);
        assert_eq!(third.to_string(), "«account 3»");
        assert_eq!(third.to_string().parse(), Ok(third));
        assert!(third.is_unknown() && third != AccountId::UNKNOWN);
        assert!("«account x»".parse::<AccountId>().is_err() && "«account 1»".parse::<AccountId>().is_err());
    }

    #[test]
    fn refuses_anything_but_twelve_digits() {
        for text in ["", "11111111111", "1111111111111", "11111111111a", "+11111111111"] {
            assert_eq!(text.parse::<AccountId>(), Err(AccountIdError), "{text}");
        }
    }
}
