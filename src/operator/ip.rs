use std::net::IpAddr;

use ipnet::IpNet;

use super::{Comparison, Dialect, Family, Operand, OperandError, Operator};
use crate::name::{ConditionKey, Lookup};

pub(super) static IP_ADDRESS: Operator = row("IpAddress", false, "NotIpAddress");
pub(super) static NOT_IP_ADDRESS: Operator = row("NotIpAddress", true, "IpAddress");

const fn row(name: &'static str, negated: bool, opposite: &'static str) -> Operator {
    Operator { name, family: Family::IpAddress, negated, opposite: Some(opposite), parse, compare }
}

/// A block, or a single address (R38). Bits behind the prefix are ignored, as AWS does.
fn parse(text: &str, _: Dialect) -> Result<Operand, OperandError> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map(|net| Operand::Network(net.trunc()))
        .map_err(|_| OperandError::Expected("an address or a CIDR block such as 203.0.113.0/24"))
}

/// An address of the other family is outside the block.
fn compare<'l>(operand: &Operand, actual: &str, _: &dyn Fn(&ConditionKey) -> Lookup<'l>) -> Comparison {
    match (operand, actual.parse::<IpAddr>()) {
        (Operand::Network(net), Ok(address)) => Comparison::from(net.contains(&address)),
        (_, _) => Comparison::Mistyped,
    }
}
