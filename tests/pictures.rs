//! Maps of principals in every format: what is drawn, what is drawn together, and that no name breaks out.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests may fail loudly, their helpers too"
)]

use std::collections::BTreeSet;

use decryptable::ask::{
    Assumption, ConditionLine, Evidence, Layer, Map, MapCall, MapEdge, MapNode, MapNote, MapPath, MapSubject,
    NodeKind, Standing, Verdict, Witness,
};
use decryptable::estate::ObjectUri;
use decryptable::finding::Report;
use decryptable::logic::{Unknown, UnknownKind};
use decryptable::policy::Effect;
use decryptable::report::{self, Draws, Shape, Style};
use decryptable::source::{OffsetMap, Origin, SourceMap, Span};

const TARGET: &str = "arn:aws:iam::111111111111:role/IAM_CLUSTER";

const HUB: &str = r#"{
  "Statement": [
    {
      "Sid": "Vendor",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::333333333333:role/vendor"},
      "Action": "sts:AssumeRole",
      "Condition": {"StringEquals": {"sts:ExternalId": "cust-7"}}
    }
  ]
}
"#;

/// A map under construction.
#[derive(Debug)]
struct Draft {
    map: Map,
    sources: SourceMap,
}

fn asked(subject: MapSubject) -> Draft {
    let map = Map {
        subject,
        nodes: Vec::new(),
        edges: Vec::new(),
        paths: Vec::new(),
        omitted: Vec::new(),
        notes: Vec::new(),
        assumptions: Vec::new(),
    };
    Draft { map, sources: SourceMap::new() }
}

fn trust(role: &str) -> Draft {
    asked(MapSubject::Trust { role: Some(role.to_owned()), by: None })
}

impl Draft {
    fn node(&mut self, kind: NodeKind, standing: Standing, account: Option<&str>, label: &str) -> usize {
        let id = match (kind, account) {
            (NodeKind::Role, Some(account)) => format!("arn:aws:iam::{account}:role/{label}"),
            (NodeKind::User, Some(account)) => format!("arn:aws:iam::{account}:user/{label}"),
            (NodeKind::Service, _) => format!("service:{label}"),
            _ => label.to_owned(),
        };
        let account = account.map(|account| account.parse().unwrap());
        let label = label.to_owned();
        self.map.nodes.push(MapNode { id, kind, label, account, standing, is_target: false });
        self.map.nodes.len() - 1
    }

    fn target(&mut self) -> usize {
        let at = self.node(NodeKind::Role, Standing::SameAccount, Some("111111111111"), "IAM_CLUSTER");
        self.map.nodes[at].is_target = true;
        at
    }

    fn edge(&mut self, from: usize, to: usize, way: &'static str) -> usize {
        let resource = self.map.nodes[to].id.clone();
        self.map.edges.push(MapEdge {
            from,
            to,
            layer: Layer::Today,
            way,
            calls: vec![MapCall { action: "sts:AssumeRole".to_owned(), resource }],
            verdict: Verdict::Allowed,
            conditions: None,
            witness: Witness::default(),
            depends_on: Vec::new(),
            evidence: Vec::new(),
            note: None,
        });
        self.map.edges.len() - 1
    }

    fn only_if(&mut self, edge: usize, key: &str, value: &str) {
        for path in self.map.paths.iter_mut().filter(|path| path.edges.contains(&edge)) {
            path.verdict = Verdict::Conditional;
        }
        let edge = &mut self.map.edges[edge];
        edge.verdict = Verdict::Conditional;
        edge.conditions = Some(vec![vec![ConditionLine {
            key: key.to_owned(),
            operator: "StringEquals".to_owned(),
            values: vec![value.to_owned()],
        }]]);
    }

    fn path(&mut self, edges: &[usize]) -> &mut MapPath {
        let open = edges.iter().any(|edge| self.map.edges[*edge].verdict == Verdict::Conditional);
        self.map.paths.push(MapPath {
            edges: edges.to_vec(),
            verdict: if open { Verdict::Conditional } else { Verdict::Allowed },
            conditions: None,
            depends_on: Vec::new(),
            notes: Vec::new(),
        });
        self.map.paths.last_mut().unwrap()
    }

    /// One step of one principal.
    fn direct(&mut self, from: usize, to: usize, way: &'static str) -> usize {
        let edge = self.edge(from, to, way);
        self.path(&[edge]);
        edge
    }

    fn render(&self, format: &str, style: Style) -> String {
        let report = Report { map: Some(self.map.clone()), ..Report::default() };
        let mut out = Vec::new();
        (report::find(format).unwrap().render)(&report, &self.sources, &style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn drawn(&self, format: &str) -> String {
        self.render(format, Style::default())
    }
}

/// Every kind of node, both layers, a chain under a condition.
fn small() -> Draft {
    let mut draft = trust(TARGET);
    let source =
        draft.sources.add("iam/hub-trust.json", HUB.into(), Origin::File { bytes: OffsetMap::identity() });
    let target = draft.target();
    let admin = draft.node(NodeKind::User, Standing::SameAccount, Some("111111111111"), "admin");
    let hub = draft.node(NodeKind::Role, Standing::SameOrganization, Some("222222222222"), "hub");
    let vendor = draft.node(NodeKind::Role, Standing::Outside, Some("333333333333"), "vendor");
    let gone = draft.node(NodeKind::Unlisted, Standing::Outside, Some("333333333333"), "role/gone");
    let whole =
        draft.node(NodeKind::Account, Standing::NotTold, Some("444444444444"), "account 444444444444");
    let any = draft.node(NodeKind::AnyAccount, Standing::Outside, None, "any-account");
    let public = draft.node(NodeKind::Public, Standing::Outside, None, "public");
    let service = draft.node(NodeKind::Service, Standing::NotTold, None, "ec2.amazonaws.com");
    let workload =
        draft.node(NodeKind::Workload, Standing::SameAccount, Some("111111111111"), "workload:i-0a1b");
    let oidc = "token.actions.githubusercontent.com";
    let provider = draft.node(NodeKind::Provider, Standing::SameAccount, Some("111111111111"), oidc);

    let up = draft.edge(hub, target, "assume-role");
    let into = draft.edge(vendor, hub, "assume-role");
    draft.only_if(into, "sts:ExternalId", "cust-7");
    let start = HUB.find("{\n      \"Sid\"").unwrap() as u32;
    draft.map.edges[into].evidence.push(Evidence {
        effect: Effect::Allow,
        span: Span::new(source, start, HUB.find("\n  ]").unwrap() as u32),
        pointer: "/Statement/0".to_owned(),
        sid: Some("Vendor".to_owned()),
        when: None,
    });
    draft.path(&[up]);
    draft.direct(workload, target, "runs-as");
    draft.direct(service, target, "service");
    let web = draft.direct(provider, target, "web-identity");
    draft.only_if(web, "token.actions.githubusercontent.com:sub", "repo:acme/lake:ref:refs/heads/main");
    draft.path(&[into, up]).notes.push("a chained session ends after an hour".to_owned());
    for other in [gone, whole, any, public] {
        let edge = draft.edge(other, hub, "assume-role");
        draft.path(&[edge, up]);
    }
    let over = draft.edge(admin, target, "update-assume-role-policy");
    let edge = &mut draft.map.edges[over];
    edge.layer = Layer::Could;
    edge.note = Some("admin may write the trust policy of IAM_CLUSTER and then assume it".to_owned());
    let call = |action: &str| MapCall { action: action.to_owned(), resource: TARGET.to_owned() };
    edge.calls = vec![call("iam:UpdateAssumeRolePolicy"), call("sts:AssumeRole")];
    draft.path(&[over]).depends_on.push(Unknown {
        kind: UnknownKind::NotSupplied,
        name: "service control policies".into(),
        why: "none were supplied for 111111111111".into(),
        at: None,
    });
    draft.map.notes.push(MapNote {
        text: "AROAEXAMPLE in the trust policy of hub is a principal that exists no more".to_owned(),
        at: Some(Span::new(source, start, start + 1)),
    });
    draft.map.assumptions.push(Assumption {
        what: "no service control policies".to_owned(),
        because: "none were supplied for 222222222222".to_owned(),
    });
    draft
}

/// 500 principals in ten accounts, most of them alike.
fn large() -> Draft {
    let mut draft = trust(TARGET);
    let target = draft.target();
    for a in 0..10_u64 {
        let account = format!("{:012}", 200_000_000_000 + a);
        let standing = if a < 3 { Standing::Outside } else { Standing::SameOrganization };
        let hub = draft.node(NodeKind::Role, standing, Some(&account), &format!("hub-{a}"));
        let up = draft.direct(hub, target, "assume-role");
        for r in 0..49 {
            let role = draft.node(NodeKind::Role, standing, Some(&account), &format!("role-{r}"));
            let step = draft.edge(role, hub, "assume-role");
            if r % 7 == 0 {
                draft.only_if(step, "aws:PrincipalTag/team", "lake");
            }
            draft.path(&[step, up]);
        }
    }
    draft
}

/// Nobody is like anybody else: 500 accounts, each with a key of its own.
fn unlike() -> Draft {
    let mut draft = trust(TARGET);
    let target = draft.target();
    for a in 0..500_u64 {
        let account = format!("{:012}", 200_000_000_000 + a);
        let role = draft.node(NodeKind::Role, Standing::Outside, Some(&account), "reader");
        let step = draft.direct(role, target, "assume-role");
        draft.only_if(step, &format!("aws:PrincipalTag/tag{a}"), "lake");
    }
    draft
}

/// 40 principals on three floors.
fn medium() -> Draft {
    let mut draft = trust(TARGET);
    let target = draft.target();
    let mut hubs = Vec::new();
    for (a, account) in ["111111111111", "222222222222", "333333333333", "444444444444"].iter().enumerate() {
        let standing =
            [Standing::SameAccount, Standing::SameOrganization, Standing::Outside, Standing::NotTold][a];
        let hub = draft.node(NodeKind::Role, standing, Some(account), &format!("hub-{a}"));
        let up = draft.direct(hub, target, "assume-role");
        hubs.push((hub, up));
        for r in 0..9 {
            let kind = if r % 3 == 0 { NodeKind::User } else { NodeKind::Role };
            let role = draft.node(kind, standing, Some(account), &format!("deploy-{a}-{r}"));
            let (to, up) = hubs[r % hubs.len()];
            let step = draft.edge(role, to, if r == 4 { "saml" } else { "assume-role" });
            if r % 2 == 0 {
                draft.only_if(step, "aws:SourceIp", "10.0.0.0/8");
            }
            draft.path(&[step, up]);
            if r == 5 {
                let over = draft.direct(role, target, "update-assume-role-policy");
                draft.map.edges[over].layer = Layer::Could;
            }
        }
    }
    draft
}

#[test]
fn dump() {
    std::fs::create_dir_all("/tmp/pics").unwrap();
    for (name, draft) in [("small", small()), ("medium", medium()), ("large", large()), ("unlike", unlike())]
    {
        for format in ["svg", "dot", "mermaid", "human", "json"] {
            let start = std::time::Instant::now();
            std::fs::write(format!("/tmp/pics/{name}.{format}"), draft.drawn(format)).unwrap();
            println!("{name} {format} {:?}", start.elapsed());
        }
    }
}
