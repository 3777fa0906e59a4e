//! Addresses: blocks lie inside one another or apart, so those around an address are a stack.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use smallvec::SmallVec;

use super::collect::{Answers, Collector};
use super::test_matrix::Columns;
use super::{TextKind, TooComplex};
use crate::operator::Operand;
use crate::work;

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Version {
    V4,
    V6,
}

impl Version {
    fn last(self) -> u128 {
        match self {
            Self::V4 => u128::from(u32::MAX),
            Self::V6 => u128::MAX,
        }
    }

    fn address(self, bits: u128) -> IpAddr {
        match self {
            Self::V4 => IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(bits).unwrap_or(u32::MAX))),
            Self::V6 => IpAddr::V6(Ipv6Addr::from_bits(bits)),
        }
    }

    /// Addresses for examples: of documentation (RFC 5737, RFC 3849), and an ordinary one where none of them is
    /// inside.
    fn examples(self) -> &'static [u128] {
        const V4: [u128; 4] =
            [v4([198, 51, 100, 1]), v4([203, 0, 113, 1]), v4([192, 0, 2, 1]), v4([1, 0, 0, 1])];
        const V6: [u128; 1] = [Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).to_bits()];
        match self {
            Self::V4 => &V4,
            Self::V6 => &V6,
        }
    }

    /// Whether a block is wider than what is handed out, so that an example is better than its first address.
    fn is_wide(self, block: &Block) -> bool {
        let handed_out = match self {
            Self::V4 => 1 << 24,
            Self::V6 => 1 << 108,
        };
        block.last - block.first >= handed_out
    }
}

const fn v4([a, b, c, d]: [u8; 4]) -> u128 {
    Ipv4Addr::new(a, b, c, d).to_bits() as u128
}

/// Both ends are inside.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Block {
    first: u128,
    last: u128,
    test: Option<u32>,
}

impl Block {
    fn new(net: IpNet, test: u32) -> Self {
        let bits = |address: IpAddr| match address {
            IpAddr::V4(a) => u128::from(a.to_bits()),
            IpAddr::V6(a) => a.to_bits(),
        };
        let last = match net {
            IpNet::V4(net) => u128::from(net.broadcast().to_bits()),
            IpNet::V6(net) => net.broadcast().to_bits(),
        };
        Self { first: bits(net.network()), last, test: Some(test) }
    }
}

/// A block that is being looked at, the addresses of it in no block inside, and all that lies around it.
struct Open {
    block: Block,
    yes: SmallVec<[u32; 4]>,
    /// Up to here all is looked at; `None` at the end of all addresses.
    cursor: Option<u128>,
    /// The first run of own addresses.
    gap: Option<(u128, u128)>,
    /// The first of the examples that is an own address.
    example: Option<usize>,
}

impl Open {
    fn new(block: Block, yes: SmallVec<[u32; 4]>) -> Self {
        Self { cursor: Some(block.first), block, yes, gap: None, example: None }
    }

    /// All up to `end`, which is not included, is in no other block inside.
    fn advance(&mut self, end: Option<u128>, version: Version) {
        let to = end.map_or(Some(self.block.last), |end| end.checked_sub(1));
        let (Some(from), Some(to)) = (self.cursor, to) else { return };
        if from > to {
            return;
        }
        self.gap = self.gap.or(Some((from, to)));
        let inside = version.examples().iter().position(|e| (from..=to).contains(e));
        self.example = match (self.example, inside) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    fn witness(&self, version: Version) -> Option<IpAddr> {
        let example = self.example.and_then(|at| version.examples().get(at)).copied();
        let bits =
            example.filter(|_| version.is_wide(&self.block)).or_else(|| self.gap.map(|g| self.first_of(g)));
        bits.map(|bits| version.address(bits))
    }

    /// The address of the network itself is nobody's.
    fn first_of(&self, (from, to): (u128, u128)) -> u128 {
        let of_network = from == self.block.first && self.block.last - from > 1;
        if from < to && (of_network || from & 0xff == 0) { from + 1 } else { from }
    }
}

/// The innermost block ends.
fn close(version: Version, stack: &mut Vec<Open>, found: &mut Collector) -> Result<(), TooComplex> {
    let Some(mut open) = stack.pop() else { return Ok(()) };
    open.advance(None, version);
    if let Some(around) = stack.last_mut() {
        around.cursor = open.block.last.checked_add(1);
    }
    match open.witness(version) {
        Some(address) => {
            found.offer_unless_found(Answers { yes: open.yes, odd: false }, &address.to_string())
        }
        None => Ok(()),
    }
}

pub(super) fn classes(columns: &Columns<'_>, kind: TextKind) -> Result<Collector, TooComplex> {
    let mut found = Collector::new(columns);
    for version in [Version::V4, Version::V6] {
        search(version, columns, &mut found)?;
    }
    match kind {
        TextKind::Text => found.offer_unless_found(Answers::none(true), "x")?,
        TextKind::Typed => {}
    }
    Ok(found)
}

fn search(version: Version, columns: &Columns<'_>, found: &mut Collector) -> Result<(), TooComplex> {
    let mut blocks: Vec<Block> = Vec::with_capacity(columns.items.len());
    for item in &columns.items {
        if let Operand::Network(net) = item.operand
            && net.addr().is_ipv4() == (version == Version::V4)
        {
            blocks.push(Block::new(*net, item.test));
        }
    }
    // The wider first, so that a block comes behind those that it lies in.
    blocks.sort_unstable_by_key(|b| (b.first, u128::MAX - b.last, b.test));
    let all = Block { first: 0, last: version.last(), test: None };
    let mut stack = vec![Open::new(all, SmallVec::new())];
    for block in blocks {
        while stack.last().is_some_and(|o| o.block.last < block.first) {
            close(version, &mut stack, found)?;
        }
        let Some(around) = stack.last_mut() else { break };
        // What every address around it fits as well makes no difference.
        let Some(test) = block.test.filter(|test| around.yes.binary_search(test).is_err()) else { continue };
        work::did(around.yes.len() + 1);
        let mut yes = around.yes.clone();
        yes.insert(yes.partition_point(|t| *t < test), test);
        if around.block.first == block.first && around.block.last == block.last {
            around.yes = yes;
            continue;
        }
        around.advance(Some(block.first), version);
        stack.push(Open::new(block, yes));
    }
    while !stack.is_empty() {
        close(version, &mut stack, found)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(net: &str) -> Open {
        Open::new(Block::new(net.parse().unwrap(), 0), SmallVec::new())
    }

    #[test]
    fn an_example_is_no_address_of_a_network_itself() {
        for (net, from, expected) in [
            ("10.0.0.0/24", [10, 0, 0, 0], [10, 0, 0, 1]),
            // Behind a block inside.
            ("10.0.0.0/16", [10, 0, 1, 0], [10, 0, 1, 1]),
            ("10.0.0.0/16", [10, 0, 0, 128], [10, 0, 0, 128]),
            ("10.0.0.4/30", [10, 0, 0, 4], [10, 0, 0, 5]),
            // A /31 has two host addresses and no network address.
            ("10.0.0.4/31", [10, 0, 0, 4], [10, 0, 0, 4]),
        ] {
            let open = open(net);
            assert_eq!(open.first_of((v4(from), open.block.last)), v4(expected), "{net} {from:?}");
        }
        let one = open("10.0.1.0/32");
        assert_eq!(one.first_of((one.block.first, one.block.last)), v4([10, 0, 1, 0]));
    }

    #[test]
    fn blocks_that_are_handed_out_are_not_wide() {
        for (version, net, wide) in [
            (Version::V4, "12.0.0.0/8", false),
            (Version::V4, "12.0.0.0/7", true),
            (Version::V6, "2001:db8::/32", false),
            (Version::V6, "2000::/20", false),
            (Version::V6, "2000::/19", true),
        ] {
            assert_eq!(version.is_wide(&open(net).block), wide, "{net}");
        }
    }
}
