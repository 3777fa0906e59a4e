//! Reduced, ordered, hash-consed decision diagrams over variables of finitely many values.
//!
//! A diagram branches on one variable at a time, always in the same order, and two diagrams that mean the same are the
//! same node. So “always”, “never” and “the same as” are comparisons of numbers.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::TooComplex;

/// How many nodes one question may take.
const MOST_NODES: usize = 40_000;
/// How many steps all operations of one question may take together.
const MOST_STEPS: usize = 3_000_000;

/// A diagram, by its root.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Node(u32);

impl Node {
    pub(super) const NEVER: Self = Self(0);
    pub(super) const ALWAYS: Self = Self(1);

    pub(super) fn known(value: bool) -> Self {
        if value { Self::ALWAYS } else { Self::NEVER }
    }

    pub(super) fn decided(self) -> Option<bool> {
        match self {
            Self::NEVER => Some(false),
            Self::ALWAYS => Some(true),
            Self(_) => None,
        }
    }
}

type Children = SmallVec<[Node; 4]>;

/// A variable by its place in the order.
pub(super) type Variable = u32;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Branch {
    variable: Variable,
    /// One for each value of the variable.
    children: Children,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
enum Operation {
    And,
    Or,
}

/// All diagrams of one question.
#[derive(Debug)]
pub(super) struct Diagrams {
    branches: Vec<Branch>,
    unique: FxHashMap<Branch, Node>,
    combined: FxHashMap<(Operation, Node, Node), Node>,
    negated: FxHashMap<Node, Node>,
    steps: usize,
}

impl Default for Diagrams {
    /// Room for a usual question, so that its tables need not grow.
    fn default() -> Self {
        let mut out = Self {
            branches: Vec::with_capacity(64),
            unique: FxHashMap::default(),
            combined: FxHashMap::default(),
            negated: FxHashMap::default(),
            steps: 0,
        };
        out.unique.reserve(100);
        out.combined.reserve(100);
        out.negated.reserve(50);
        out
    }
}

impl Diagrams {
    fn branch(&self, node: Node) -> Option<&Branch> {
        self.branches.get((node.0 as usize).checked_sub(2)?)
    }

    /// The variable a diagram branches on first.
    pub(super) fn variable(&self, node: Node) -> Option<Variable> {
        self.branch(node).map(|b| b.variable)
    }

    /// What is left of a diagram for each value of its first variable.
    pub(super) fn children(&self, node: Node) -> &[Node] {
        self.branch(node).map_or(&[], |b| &b.children)
    }

    /// The diagram that is true for some values of one variable.
    pub(super) fn literal(
        &mut self,
        variable: Variable,
        holds: impl IntoIterator<Item = bool>,
    ) -> Result<Node, TooComplex> {
        let children = holds.into_iter().map(Node::known).collect();
        self.make(variable, children)
    }

    /// A branch; the diagrams below it must branch on later variables only.
    pub(super) fn make(&mut self, variable: Variable, children: Children) -> Result<Node, TooComplex> {
        if let Some(first) = children.first()
            && children.iter().all(|c| c == first)
        {
            return Ok(*first);
        }
        let branch = Branch { variable, children };
        if let Some(known) = self.unique.get(&branch) {
            return Ok(*known);
        }
        if self.branches.len() >= MOST_NODES {
            return Err(TooComplex);
        }
        let node = Node(self.branches.len() as u32 + 2);
        self.branches.push(branch.clone());
        self.unique.insert(branch, node);
        Ok(node)
    }

    pub(super) fn and(&mut self, a: Node, b: Node) -> Result<Node, TooComplex> {
        self.combine(Operation::And, a, b)
    }

    pub(super) fn or(&mut self, a: Node, b: Node) -> Result<Node, TooComplex> {
        self.combine(Operation::Or, a, b)
    }

    /// The depth of the recursion is the number of variables, which is bounded where they are made.
    fn combine(&mut self, operation: Operation, a: Node, b: Node) -> Result<Node, TooComplex> {
        // The value that decides the combination.
        let decisive = Node::known(operation == Operation::Or);
        let neutral = Node::known(operation == Operation::And);
        if a == decisive || b == decisive {
            return Ok(decisive);
        }
        if a == neutral || a == b {
            return Ok(b);
        }
        if b == neutral {
            return Ok(a);
        }
        let key = (operation, a.min(b), a.max(b));
        if let Some(known) = self.combined.get(&key) {
            return Ok(*known);
        }
        let top = self.first_of(a, b);
        let arity = self.arity(top, a, b);
        self.spend(arity)?;
        let mut children = Children::with_capacity(arity);
        for value in 0..arity {
            let (left, right) = (self.cofactor(a, top, value), self.cofactor(b, top, value));
            children.push(self.combine(operation, left, right)?);
        }
        let node = self.make(top, children)?;
        self.combined.insert(key, node);
        Ok(node)
    }

    pub(super) fn not(&mut self, node: Node) -> Result<Node, TooComplex> {
        if let Some(value) = node.decided() {
            return Ok(Node::known(!value));
        }
        if let Some(known) = self.negated.get(&node) {
            return Ok(*known);
        }
        let Some(Branch { variable, children }) = self.branch(node).cloned() else { return Ok(node) };
        self.spend(children.len())?;
        let mut opposite = Children::with_capacity(children.len());
        for child in children {
            opposite.push(self.not(child)?);
        }
        let not = self.make(variable, opposite)?;
        self.negated.insert(node, not);
        self.negated.insert(not, node);
        Ok(not)
    }

    /// Whether wherever `a` holds `b` holds too.
    pub(super) fn implies(&mut self, a: Node, b: Node) -> Result<bool, TooComplex> {
        let not = self.not(b)?;
        Ok(self.and(a, not)? == Node::NEVER)
    }

    /// The diagram with some variables out of the way: true where it is true whatever they hold.
    pub(super) fn for_all(
        &mut self,
        node: Node,
        gone: &dyn Fn(Variable) -> bool,
    ) -> Result<Node, TooComplex> {
        let mut memo = FxHashMap::default();
        self.for_all_below(node, gone, &mut memo)
    }

    /// What is left of a diagram once a variable has a value.
    pub(super) fn restrict(
        &mut self,
        node: Node,
        variable: Variable,
        value: usize,
    ) -> Result<Node, TooComplex> {
        let mut memo = FxHashMap::default();
        self.restrict_below(node, variable, value, &mut memo)
    }

    fn restrict_below(
        &mut self,
        node: Node,
        variable: Variable,
        value: usize,
        memo: &mut FxHashMap<Node, Node>,
    ) -> Result<Node, TooComplex> {
        let Some(Branch { variable: top, children }) = self.branch(node).cloned() else { return Ok(node) };
        if top == variable {
            return Ok(children.get(value).copied().unwrap_or(Node::NEVER));
        }
        if top > variable {
            return Ok(node);
        }
        if let Some(known) = memo.get(&node) {
            return Ok(*known);
        }
        self.spend(children.len())?;
        let mut below = Children::with_capacity(children.len());
        for child in children {
            below.push(self.restrict_below(child, variable, value, memo)?);
        }
        let out = self.make(top, below)?;
        memo.insert(node, out);
        Ok(out)
    }

    fn for_all_below(
        &mut self,
        node: Node,
        gone: &dyn Fn(Variable) -> bool,
        memo: &mut FxHashMap<Node, Node>,
    ) -> Result<Node, TooComplex> {
        let Some(Branch { variable, children }) = self.branch(node).cloned() else { return Ok(node) };
        if let Some(known) = memo.get(&node) {
            return Ok(*known);
        }
        self.spend(children.len())?;
        let mut below = Children::with_capacity(children.len());
        for child in children {
            below.push(self.for_all_below(child, gone, memo)?);
        }
        let out = if gone(variable) {
            let mut all = Node::ALWAYS;
            for child in below {
                all = self.and(all, child)?;
            }
            all
        } else {
            self.make(variable, below)?
        };
        memo.insert(node, out);
        Ok(out)
    }

    /// Every variable a diagram branches on, in order.
    pub(super) fn support(&self, node: Node) -> Vec<Variable> {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut out = Vec::new();
        let mut todo = vec![node];
        while let Some(node) = todo.pop() {
            let Some(branch) = self.branch(node) else { continue };
            if seen.insert(node) {
                out.push(branch.variable);
                todo.extend(branch.children.iter().copied());
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The value of a diagram where `choose` says what each variable holds.
    pub(super) fn value(&self, mut node: Node, choose: &dyn Fn(Variable) -> usize) -> bool {
        while let Some(branch) = self.branch(node) {
            node = branch.children.get(choose(branch.variable)).copied().unwrap_or(Node::NEVER);
        }
        node == Node::ALWAYS
    }

    /// The way to `true` that costs least, as a value for every variable on it; `cost` says what a value costs.
    pub(super) fn cheapest(
        &self,
        root: Node,
        cost: &dyn Fn(Variable, usize) -> u32,
    ) -> Option<Vec<(Variable, usize)>> {
        // Nodes are numbered so that children come before their parents.
        let mut best: FxHashMap<Node, Option<(u32, usize)>> = FxHashMap::default();
        let mut reachable = vec![root];
        let mut seen = rustc_hash::FxHashSet::default();
        let mut order = Vec::new();
        while let Some(node) = reachable.pop() {
            if seen.insert(node) {
                order.push(node);
                reachable.extend(self.children(node));
            }
        }
        order.sort_unstable();
        best.insert(Node::ALWAYS, Some((0, 0)));
        best.insert(Node::NEVER, None);
        for node in order {
            let Some(branch) = self.branch(node) else { continue };
            let ways = branch.children.iter().enumerate().filter_map(|(value, child)| {
                let (below, _) = (*best.get(child)?)?;
                Some((below.saturating_add(cost(branch.variable, value)), value))
            });
            best.insert(node, ways.min());
        }
        let mut out = Vec::new();
        let mut node = root;
        while let Some(branch) = self.branch(node) {
            let (_, value) = (*best.get(&node)?)?;
            out.push((branch.variable, value));
            node = *branch.children.get(value)?;
        }
        (node == Node::ALWAYS).then_some(out)
    }

    /// Whether a diagram is true for all values that the masks leave its variables.
    pub(super) fn covers(&self, root: Node, masks: &[Option<Vec<bool>>]) -> bool {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut todo = vec![root];
        while let Some(node) = todo.pop() {
            if node == Node::NEVER {
                return false;
            }
            let Some(branch) = self.branch(node) else { continue };
            if !seen.insert(node) {
                continue;
            }
            let mask = masks.get(branch.variable as usize).and_then(Option::as_ref);
            for (value, child) in branch.children.iter().enumerate() {
                if mask.is_none_or(|m| m.get(value) == Some(&true)) {
                    todo.push(*child);
                }
            }
        }
        true
    }

    fn first_of(&self, a: Node, b: Node) -> Variable {
        let of = |node| self.variable(node).unwrap_or(Variable::MAX);
        of(a).min(of(b))
    }

    fn arity(&self, top: Variable, a: Node, b: Node) -> usize {
        let of = |node| self.branch(node).filter(|x| x.variable == top).map(|x| x.children.len());
        of(a).or_else(|| of(b)).unwrap_or(0)
    }

    fn cofactor(&self, node: Node, top: Variable, value: usize) -> Node {
        match self.branch(node) {
            Some(branch) if branch.variable == top => branch.children.get(value).copied().unwrap_or(node),
            Some(_) | None => node,
        }
    }

    fn spend(&mut self, steps: usize) -> Result<(), TooComplex> {
        self.steps += steps + 1;
        if self.steps > MOST_STEPS { Err(TooComplex) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_diagrams_that_mean_the_same_are_the_same() {
        let mut d = Diagrams::default();
        let a = d.literal(0, [true, false, false]).unwrap();
        let b = d.literal(1, [true, false]).unwrap();
        let (ab, ba) = (d.and(a, b).unwrap(), d.and(b, a).unwrap());
        assert_eq!(ab, ba);
        let (na, nb) = (d.not(a).unwrap(), d.not(b).unwrap());
        let or = d.or(na, nb).unwrap();
        assert_eq!(d.not(or).unwrap(), ab);
        assert_eq!(d.or(a, na).unwrap(), Node::ALWAYS);
        assert_eq!(d.and(ab, na).unwrap(), Node::NEVER);
        assert!(d.implies(ab, a).unwrap() && !d.implies(a, ab).unwrap());
    }

    #[test]
    fn values_of_one_variable_exclude_each_other() {
        let mut d = Diagrams::default();
        let one = d.literal(0, [true, false, false]).unwrap();
        let two = d.literal(0, [false, true, false]).unwrap();
        assert_eq!(d.and(one, two).unwrap(), Node::NEVER);
        let three = d.literal(0, [false, false, true]).unwrap();
        let either = d.or(one, two).unwrap();
        assert_eq!(d.or(either, three).unwrap(), Node::ALWAYS);
    }

    #[test]
    fn the_cheapest_way_is_a_way() {
        let mut d = Diagrams::default();
        let a = d.literal(0, [false, true, true]).unwrap();
        let b = d.literal(1, [true, true, false]).unwrap();
        let both = d.and(a, b).unwrap();
        let way = d.cheapest(both, &|_, value| value as u32).unwrap();
        assert_eq!(way, [(0, 1), (1, 0)]);
        assert_eq!(d.cheapest(Node::NEVER, &|_, _| 0), None);
        let all = d.for_all(both, &|v| v == 0).unwrap();
        assert_eq!(all, Node::NEVER);
    }

    #[test]
    fn a_chain_of_hundreds_is_small() {
        let mut d = Diagrams::default();
        let mut all = Node::ALWAYS;
        for v in (0..800).rev() {
            let (a, b) =
                (d.literal(2 * v, [true, false]).unwrap(), d.literal(2 * v + 1, [true, false]).unwrap());
            let either = d.or(a, b).unwrap();
            all = d.and(either, all).unwrap();
        }
        assert_eq!(d.support(all).len(), 1_600);
    }
}
