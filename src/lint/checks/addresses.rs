//! Addresses in conditions: private ranges where only public ones can be, and bits behind the prefix.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::diagnostic::{Code, Diagnostic};
use crate::operator::{Family, Operand};
use crate::policy::{Policy, Test};

pub(super) fn check(policy: &Policy, tell: &mut dyn FnMut(Diagnostic)) {
    for test in policy.statements.iter().flat_map(|statement| &statement.tests) {
        if test.operator.family == Family::IpAddress {
            private(test, tell);
            host_bits(test, tell);
        }
    }
}

/// Ranges that no request from the internet comes from.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip>
fn is_private(net: &IpNet) -> bool {
    let within = |range: &str| range.parse::<IpNet>().is_ok_and(|range| range.contains(net));
    match net {
        IpNet::V4(v4) => {
            let address = v4.addr();
            let shared = address.octets().first() == Some(&100) && within("100.64.0.0/10");
            let private = [("10.0.0.0/8"), ("172.16.0.0/12"), ("192.168.0.0/16")];
            shared || address.is_loopback() || address.is_link_local() || private.into_iter().any(within)
        }
        IpNet::V6(_) => within("fc00::/7") || within("fe80::/10"),
    }
}

fn private(test: &Test, tell: &mut dyn FnMut(Diagnostic)) {
    if test.key.value.folded() != "aws:sourceip" {
        return;
    }
    let found: Vec<_> = test
        .values
        .iter()
        .filter(|value| matches!(&value.operand, Operand::Network(net) if is_private(net)))
        .collect();
    let Some(first) = found.first() else { return };
    let all = found.len() == test.values.len();
    let (code, message) = match (all, test.operator.negated) {
        (true, false) => {
            (Code::PrivateIpAddress, "`aws:SourceIp` is a public address, so that this holds for no request")
        }
        (true, true) => (
            Code::PrivateNotIpAddress,
            "`aws:SourceIp` is a public address, so that this holds for every request that has it",
        ),
        (false, false) => {
            (Code::PrivateIpAddressSubset, "`aws:SourceIp` is a public address, so that this range fits none")
        }
        (false, true) => (
            Code::PrivateNotIpAddressSubset,
            "`aws:SourceIp` is a public address, so that this range excludes none",
        ),
    };
    let help = "requests from a VPC have `aws:VpcSourceIp`; test it together with `aws:SourceVpc`";
    tell(Diagnostic::new(code, first.span, message).help(help));
}

fn host_bits(test: &Test, tell: &mut dyn FnMut(Diagnostic)) {
    for value in test.values.iter() {
        let Operand::Network(net) = &value.operand else { continue };
        let Some((address, _)) = value.text().split_once('/') else { continue };
        if address.parse::<IpAddr>().is_ok_and(|address| address != net.network()) {
            let message = format!("the bits behind the prefix of `{}` do not count", value.text());
            tell(Diagnostic::new(Code::ImproveIpRange, value.span, message).help(format!("write `{net}`")));
        }
    }
}
