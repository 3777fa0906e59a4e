//! Functions of IP networks and ARNs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use num_bigint::BigInt;

use super::super::fault::Read;
use super::super::value::Val;
use super::{Context, Fault, fault};

fn network(context: &Context<'_>, arguments: &[Val], index: usize) -> Result<IpNet, Fault> {
    let text = context.text(arguments, index)?;
    text.parse().or_else(|_| fault(format!("`{text}` is not a network in CIDR notation"), context.at))
}

fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

fn address(value: u128, width: u8) -> IpAddr {
    match u32::try_from(value) {
        Ok(value) if width == 32 => IpAddr::V4(Ipv4Addr::from(value)),
        _other => IpAddr::V6(Ipv6Addr::from(value)),
    }
}

pub(super) fn contains(context: &Context<'_>, arguments: &[Val]) -> Read {
    let (outer, inner) = (network(context, arguments, 0)?, context.text(arguments, 1)?);
    match (inner.parse::<IpNet>(), inner.parse::<IpAddr>()) {
        (Ok(net), _) => context.bool(outer.contains(&net)),
        (_, Ok(address)) => context.bool(outer.contains(&address)),
        (Err(_), Err(_)) => context.refuse(format!("`{inner}` is not an address")),
    }
}

pub(super) fn host(context: &Context<'_>, arguments: &[Val]) -> Read {
    let net = network(context, arguments, 0)?;
    let number: BigInt = context.number(arguments, 1)?.to_string().parse().unwrap_or_default();
    let (base, width) = bits(net.network());
    let free = width - net.prefix_len();
    let size = BigInt::from(1_u8) << free;
    let number = if number < BigInt::ZERO { number + &size } else { number };
    match u128::try_from(&number) {
        Ok(offset) if number < size => context.made(address(base | offset, width).to_string()),
        _other => context.refuse("the network has no such address"),
    }
}

pub(super) fn netmask(context: &Context<'_>, arguments: &[Val]) -> Read {
    context.made(network(context, arguments, 0)?.netmask().to_string())
}

fn part(net: IpNet, new: i64, number: u128) -> Option<IpNet> {
    let (base, width) = bits(net.network());
    let prefix = u8::try_from(i64::from(net.prefix_len()) + new).ok().filter(|prefix| *prefix <= width)?;
    let new = u32::try_from(new).ok()?;
    if new < 128 && number >> new != 0 {
        return None;
    }
    let shift = u32::from(width - prefix);
    let offset = if shift >= 128 { 0 } else { number << shift };
    IpNet::new(address(base | offset, width), prefix).ok()
}

pub(super) fn subnet(context: &Context<'_>, arguments: &[Val]) -> Read {
    let net = network(context, arguments, 0)?;
    let (new, number) = (context.integer(arguments, 1)?, context.integer(arguments, 2)?);
    let made = u128::try_from(number).ok().and_then(|number| part(net, new, number));
    made.map_or_else(|| context.refuse("the network has no such part"), |net| context.made(net.to_string()))
}

pub(super) fn subnets(context: &Context<'_>, arguments: &[Val]) -> Read {
    let net = network(context, arguments, 0)?;
    let (base, width) = bits(net.network());
    let mut next = base;
    let mut out = Vec::new();
    for index in 1..arguments.len() {
        let new = context.integer(arguments, index)?;
        let prefix = u8::try_from(i64::from(net.prefix_len()) + new).ok().filter(|prefix| *prefix <= width);
        let Some(prefix) = prefix else { return context.refuse("the network has no such part") };
        let size = 1_u128.checked_shl(u32::from(width - prefix)).unwrap_or(0);
        // It begins where one of its size can.
        let start = if size == 0 { next } else { next.div_ceil(size).saturating_mul(size) };
        let made = IpNet::new(address(start, width), prefix).ok().filter(|made| net.contains(made));
        let Some(made) = made else { return context.refuse("the network is too small") };
        out.push(Val::text(made.to_string(), context.at));
        next = start.saturating_add(size);
    }
    Ok(Val::list(out, context.at))
}

const PARTS: [&str; 5] = ["partition", "service", "region", "account_id", "resource"];

pub(super) fn arn_build(context: &Context<'_>, arguments: &[Val]) -> Read {
    let mut parts = vec![Val::text("arn", context.at)];
    for argument in arguments {
        parts.push(Val::text(":", context.at));
        parts.push(argument.clone());
    }
    super::super::template::joined(&parts, context.at)
}

pub(super) fn arn_parse(context: &Context<'_>, arguments: &[Val]) -> Read {
    if arguments.first().is_some_and(super::is_hole) {
        return Ok(context.open(arguments, ""));
    }
    let text = context.text(arguments, 0)?;
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", parts @ ..] = parts.as_slice() else { return context.refuse("this is not an ARN") };
    if parts.len() != PARTS.len() {
        return context.refuse("this is not an ARN");
    }
    let members = PARTS.iter().zip(parts).map(|(name, part)| ((*name).into(), Val::text(*part, context.at)));
    Ok(Val::map(members, context.at))
}

pub(super) fn trim_role_path(context: &Context<'_>, arguments: &[Val]) -> Read {
    let text = context.text(arguments, 0)?;
    let trimmed = text
        .split_once(":role/")
        .map(|(start, name)| format!("{start}:role/{}", name.rsplit('/').next().unwrap_or(name)));
    trimmed.map_or_else(|| context.refuse("this is not the ARN of a role"), |text| context.made(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_network() {
        let net: IpNet = "10.0.0.0/16".parse().unwrap();
        assert_eq!(part(net, 8, 2).unwrap().to_string(), "10.0.2.0/24");
        assert!(part(net, 8, 256).is_none());
    }
}
