//! Maps of principals in every format: what is drawn, what is drawn together, and that no name breaks out.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests may fail loudly, their helpers too"
)]

use std::collections::BTreeSet;

use decryptable::ask::{
    AccessCall, AccessEdge, AccessGraph, AccessNode, AccessNote, AccessPath, AccessSubject, Assumption,
    ConditionLine, Evidence, Layer, NodeKind, Standing, Verdict, Witness,
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
    map: AccessGraph,
    sources: SourceMap,
}

fn asked(subject: AccessSubject) -> Draft {
    let map = AccessGraph {
        subject,
        nodes: Vec::new(),
        edges: Vec::new(),
        paths: Vec::new(),
        omitted: Vec::new(),
        notes: Vec::new(),
        assumptions: Vec::new(),
        is_whole: false,
    };
    Draft { map, sources: SourceMap::new() }
}

fn trust(role: &str) -> Draft {
    asked(AccessSubject::Trust { role: Some(role.to_owned()), by: None })
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
        self.map.nodes.push(AccessNode {
            id,
            kind,
            label,
            account,
            standing,
            is_target: false,
            organization: None,
        });
        self.map.nodes.len() - 1
    }

    fn target(&mut self) -> usize {
        let at = self.node(NodeKind::Role, Standing::SameAccount, Some("111111111111"), "IAM_CLUSTER");
        self.map.nodes[at].is_target = true;
        at
    }

    fn edge(&mut self, from: usize, to: usize, way: &'static str) -> usize {
        let resource = self.map.nodes[to].id.clone();
        self.map.edges.push(AccessEdge {
            from,
            to,
            layer: Layer::Today,
            way,
            calls: vec![AccessCall { action: "sts:AssumeRole".to_owned(), resource }],
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

    fn path(&mut self, edges: &[usize]) -> &mut AccessPath {
        let open = edges.iter().any(|edge| self.map.edges[*edge].verdict == Verdict::Conditional);
        self.map.paths.push(AccessPath {
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
        draft.node(NodeKind::Account, Standing::NotProvided, Some("444444444444"), "account 444444444444");
    let any = draft.node(NodeKind::AnyAccount, Standing::Outside, None, "any-account");
    let public = draft.node(NodeKind::Public, Standing::Outside, None, "public");
    let service = draft.node(NodeKind::Service, Standing::NotProvided, None, "ec2.amazonaws.com");
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
    let call = |action: &str| AccessCall { action: action.to_owned(), resource: TARGET.to_owned() };
    edge.calls = vec![call("iam:UpdateAssumeRolePolicy"), call("sts:AssumeRole")];
    draft.path(&[over]).depends_on.push(Unknown {
        kind: UnknownKind::NotSupplied,
        name: "service control policies".into(),
        why: "none were supplied for 111111111111".into(),
        at: None,
        fact: None,
    });
    draft.map.notes.push(AccessNote {
        text: "AROAEXAMPLE in the trust policy of hub is a principal that exists no more".to_owned(),
        at: Some(Span::new(source, start, start + 1)),
    });
    draft.map.assumptions.push(Assumption {
        what: "no service control policies".to_owned(),
        because: "none were supplied for 222222222222".to_owned(),
        fact: None,
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
            [Standing::SameAccount, Standing::SameOrganization, Standing::Outside, Standing::NotProvided][a];
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

/// Names as they may stand in a policy, all of them hostile to some language.
fn torture() -> Draft {
    let mut draft = trust("arn:aws:iam::111111111111:role/a\"b<c>&d");
    let target = draft.target();
    draft.map.nodes[target].label = "x]]></text><script>alert(1)</script>".to_owned();
    let names = [
        "quo\"te",
        "a<b>&amp;c",
        "back\\slash\\",
        "line\nbreak\r\n",
        "esc\u{1b}[31mred\u{1b}[0m",
        "right\u{202e}tfel",
        "end];n0 -> n1",
        "semi;colon #quot; %% comment",
        "}} \n subgraph x[\"y\"]",
        "\u{fffe}\u{ffff}\0",
        "`code` **bold** | pipe",
        "",
        "名前の長いロール",
        &"long".repeat(100),
    ];
    for (at, name) in names.iter().enumerate() {
        let account = format!("{:012}", at % 3 + 1);
        let from = draft.node(NodeKind::Role, Standing::NotProvided, Some(&account), name);
        let step = draft.direct(from, target, "assume-role");
        draft.only_if(step, name, name);
        draft.map.edges[step].note = Some((*name).to_owned());
        draft.map.notes.push(AccessNote { text: (*name).to_owned(), at: None });
        draft.map.omitted.push((*name).to_owned());
    }
    draft
}

/// A way of 500 steps, each by somebody else.
fn long() -> Draft {
    let mut draft = trust(TARGET);
    let mut to = draft.target();
    let mut steps = Vec::new();
    for a in 0..500 {
        let from = draft.node(NodeKind::Role, Standing::SameAccount, Some("111111111111"), &format!("r{a}"));
        steps.insert(0, draft.edge(from, to, "assume-role"));
        to = from;
        draft.path(&steps);
    }
    draft
}

/// 60 roles, anybody of whom may become anybody else.
fn dense() -> Draft {
    let mut draft = asked(AccessSubject::Trust { role: None, by: None });
    let node = |draft: &mut Draft, at: usize| {
        let account = format!("{:012}", at % 7 + 1);
        draft.node(NodeKind::Role, Standing::SameOrganization, Some(&account), &format!("r{at}"))
    };
    let nodes: Vec<usize> = (0..60).map(|at| node(&mut draft, at)).collect();
    for from in &nodes {
        for to in nodes.iter().filter(|to| *to != from) {
            let step = draft.direct(*from, *to, "assume-role");
            if (from * 31 + to * 17) % 5 == 0 {
                draft.only_if(step, "aws:SourceIp", "10.0.0.0/8");
            }
        }
    }
    draft
}

/// Nobody can.
fn empty() -> Draft {
    let mut draft = trust(TARGET);
    draft.target();
    draft.node(NodeKind::Role, Standing::SameAccount, Some("111111111111"), "stranger");
    draft
}

fn all() -> Vec<(&'static str, Draft)> {
    vec![
        ("small", small()),
        ("medium", medium()),
        ("large", large()),
        ("unlike", unlike()),
        ("torture", torture()),
        ("long", long()),
        ("dense", dense()),
        ("empty", empty()),
    ]
}

#[test]
fn a_small_map() {
    let draft = small();
    for format in ["dot", "json", "jsonl", "mermaid", "svg"] {
        insta::assert_snapshot!(format!("{format}-small"), draft.drawn(format));
    }
}

#[cfg(feature = "cli")]
#[test]
fn a_small_map_in_words() {
    let draft = small();
    insta::assert_snapshot!("human-small", draft.drawn("human"));
    let narrow = Style { width: 60, unicode: false, ..Style::default() };
    let ascii = draft.render("human", narrow);
    assert!(ascii.is_ascii(), "{ascii}");
    insta::assert_snapshot!("human-small-60-ascii", ascii);
    insta::assert_snapshot!("human-empty", empty().drawn("human"));
    let large = large().drawn("human");
    assert!(large.contains("… and 130 more (--all shows all)"), "{large}");
    assert!(large.lines().count() < 200, "{large}");
}

/// Hostile names reach nobody's terminal.
#[cfg(feature = "cli")]
#[test]
fn words_are_harmless() {
    let text = torture().drawn("human");
    let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!text.contains(harmful), "{text:?}");
    // A line break in a name or a value makes no line of its own that could be taken for ours.
    let ours = ["no", "de", "as", "From", "AWS", "Could", "☞", "⚠", "·"];
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("  ")) {
        assert!(ours.iter().any(|start| line.starts_with(start)), "{line}");
    }
}

/// Boxes and the page of a picture, after an independent reader has understood all of it.
fn read_svg(text: &str) -> (Vec<[i32; 4]>, [i32; 4], String) {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut boxes, mut page, mut words) = (Vec::new(), [0; 4], String::new());
    let mut open: Vec<String> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(tag) => {
                let name: &str = tag.name().0;
                let known = ["svg", "title", "desc", "style", "defs", "marker", "g", "text"];
                assert!(known.contains(&name), "{name}");
                for attribute in tag.attributes() {
                    attribute.unwrap();
                }
                open.push(name.to_owned());
            }
            Event::End(tag) => assert_eq!(open.pop().as_deref(), Some(tag.name().0)),
            Event::Text(found) => words.push_str(&found),
            Event::Empty(tag) => {
                let mut rect = [0; 4];
                let mut class = String::new();
                for attribute in tag.attributes() {
                    let attribute = attribute.unwrap();
                    let value = attribute.value.to_string();
                    match attribute.key.0 {
                        "x" => rect[0] = value.parse().unwrap(),
                        "y" => rect[1] = value.parse().unwrap(),
                        "width" => rect[2] = value.parse().unwrap(),
                        "height" => rect[3] = value.parse().unwrap(),
                        "class" => class = value,
                        _ => {}
                    }
                }
                match class.split(' ').next() {
                    Some("page") => page = rect,
                    Some("box") => boxes.push(rect),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    assert!(open.is_empty());
    (boxes, page, words)
}

#[test]
fn svg_is_well_formed_and_boxes_keep_apart() {
    for (name, draft) in all() {
        let text = draft.drawn("svg");
        let (boxes, page, words) = read_svg(&text);
        assert!(!words.contains(|c: char| c.is_control() && c != '\n'), "{name}");
        assert!(!text.contains("<script") && !text.contains("href"), "{name}");
        // Nothing is drawn off the page: every arrow, and where its label starts.
        for path in text.split(" d=\"M").skip(3).filter_map(|rest| rest.split('"').next()) {
            let numbers: Vec<i32> = path
                .split(|c: char| !c.is_ascii_digit() && c != '-')
                .filter_map(|n| n.parse().ok())
                .collect();
            assert!(numbers.iter().all(|n| *n >= 0 && *n <= page[2].max(page[3])), "{name} {path}");
            let across = path.split_once('H').unwrap().1;
            let bend: i32 = across.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap();
            assert!(bend < page[2], "{name} {path}");
        }
        for (at, a) in boxes.iter().enumerate() {
            assert!(a[0] > 0 && a[0] + a[2] < page[2] && a[1] > 0 && a[1] + a[3] < page[3], "{name} {a:?}");
            for b in &boxes[at + 1..] {
                let apart =
                    a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0] || a[1] + a[3] <= b[1] || b[1] + b[3] <= a[1];
                assert!(apart, "{name}: {a:?} {b:?}");
            }
        }
    }
}

/// The parser of layout-rs judges.
#[test]
fn dot_is_understood() {
    for (name, draft) in all() {
        let text = draft.drawn("dot");
        let parsed = layout::gv::DotParser::new(&text).process();
        let graph = parsed.unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        let mut builder = layout::gv::GraphBuilder::new();
        builder.visit_graph(&graph);
        let known = builder.get().num_nodes();
        let boxes = text.lines().filter(|line| line.starts_with("    n")).count();
        let note = usize::from(text.contains("omitted ["));
        assert_eq!(known, boxes + note, "{name}\n{text}");
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{name}");
    }
}

#[test]
fn mermaid_has_one_statement_a_line() {
    for (name, draft) in all() {
        let text = draft.drawn("mermaid");
        let mut ids = BTreeSet::new();
        let mut depth = 0;
        for line in text.lines().map(str::trim) {
            assert!(!line.contains(char::is_control), "{name}: {line:?}");
            let quotes = line.matches('"').count();
            let known = match line.split([' ', '[', '(', '{', '>']).next().unwrap() {
                "subgraph" => {
                    depth += 1;
                    quotes == 2
                }
                "end" => {
                    depth -= 1;
                    quotes == 0
                }
                "flowchart" | "accTitle:" | "accDescr:" | "linkStyle" | "classDef" => quotes == 0,
                "omitted" => quotes == 2,
                id if line.contains("-->|") || line.contains("-.->|") => {
                    quotes == 2 && ids.contains(id) && ids.contains(line.rsplit(' ').next().unwrap())
                }
                id => quotes == 2 && id.starts_with('n') && ids.insert(id.to_owned()),
            };
            assert!(known, "{name}: {line}");
        }
        assert_eq!(depth, 0, "{name}");
    }
}

/// How many boxes a picture has, and how many principals they say they stand for.
fn boxes(draft: &Draft) -> (usize, usize) {
    let text = draft.drawn("dot");
    let labels: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("    n")?.split_once("label=\""))
        .map(|(_, l)| l)
        .collect();
    let stands_for = |label: &&str| match label.contains("drawn as one") {
        true => label.split(' ').next().unwrap().parse().unwrap(),
        false => 1,
    };
    (labels.len(), labels.iter().map(stands_for).sum())
}

#[test]
fn many_are_drawn_as_few_and_nobody_is_lost() {
    for (name, draft) in all() {
        let (drawn, principals) = boxes(&draft);
        assert!(drawn <= 120, "{name}: {drawn}");
        let arrows = draft.drawn("dot").matches(" -> n").count();
        assert!(arrows <= 240, "{name}: {arrows}");
        let on_ways: BTreeSet<usize> = draft
            .map
            .paths
            .iter()
            .flat_map(|path| &path.edges)
            .flat_map(|edge| [draft.map.edges[*edge].from, draft.map.edges[*edge].to])
            .chain(draft.map.nodes.iter().position(|node| node.is_target))
            .collect();
        match name {
            // Some ways are left out, and the picture says so.
            "long" => assert!(draft.drawn("svg").contains("ways of 500 not drawn for want of room")),
            _ => assert_eq!(principals, on_ways.len(), "{name}"),
        }
    }
    assert_eq!(boxes(&small()), (11, 11));
    assert_eq!(boxes(&medium()), (41, 41));
    assert!(boxes(&large()).0 <= 60);
    assert!(large().drawn("mermaid").contains("42 roles of account 200000000003"));
    assert!(dense().drawn("dot").contains("drawn as one; also from one to another"));
    assert!(unlike().drawn("mermaid").contains("500 roles of 500 accounts"));
    assert!(empty().drawn("svg").contains("not drawn: 1 principal without a way to the end"));
}

#[test]
fn nine_alike_stay_apart_and_one_more_does_not() {
    for (n, drawn) in [(9, 10), (10, 2)] {
        let mut draft = trust(TARGET);
        let target = draft.target();
        for at in 0..n {
            let from =
                draft.node(NodeKind::User, Standing::SameAccount, Some("111111111111"), &format!("u{at}"));
            draft.direct(from, target, "assume-role");
        }
        assert_eq!(boxes(&draft), (drawn, n + 1));
    }
}

#[test]
fn a_takeover_is_told_apart_without_colour() {
    let draft = small();
    let label = "takeover: update-assume-role-policy";
    let line = |format: &str| {
        let text = draft.drawn(format);
        text.lines().find(|line| line.contains(label)).unwrap().to_owned()
    };
    assert!(line("dot").contains("style=dotted"));
    assert!(line("mermaid").contains("-.->"));
    assert!(line("svg").contains("could_label"));
}

#[test]
fn the_same_twice() {
    for format in report::ALL.iter().filter(|format| format.draws != Draws::Tables) {
        assert_eq!(small().drawn(format.name), small().drawn(format.name), "{}", format.name);
        assert_eq!(medium().drawn(format.name), medium().drawn(format.name), "{}", format.name);
    }
}

#[test]
fn questions_in_json() {
    let object: ObjectUri = "s3://lake/curated/x".parse().unwrap();
    let read = asked(AccessSubject::Read { object, profile: "s3-read".to_owned() });
    let action = AccessSubject::Action { action: "kms:Decrypt".to_owned(), resource: "*".to_owned() };
    for (draft, question, who) in [
        (
            read,
            serde_json::json!({"kind": "who", "object": "s3://lake/curated/x", "profile": "s3-read"}),
            "Who can read s3://lake/curated/x",
        ),
        (
            asked(action),
            serde_json::json!({"kind": "who", "action": "kms:Decrypt", "resource": "*"}),
            "Who can do kms:Decrypt on *",
        ),
        (trust("R"), serde_json::json!({"kind": "trust", "role": "R", "by": null}), "Who can assume R"),
    ] {
        let json: serde_json::Value = serde_json::from_str(&draft.drawn("json")).unwrap();
        assert_eq!(json["question"], question);
        let lines = draft.drawn("jsonl");
        let last: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
        assert_eq!((&last["type"], &last["question"]), (&"summary".into(), &question));
        assert!(draft.drawn("svg").contains(&format!("<title id=\"title\">{who}</title>")));
    }
}

/// The names of all members, but not of context keys.
fn members(json: &serde_json::Value, names: &mut BTreeSet<String>) {
    for item in json.as_array().into_iter().flatten() {
        members(item, names);
    }
    for (name, value) in json.as_object().into_iter().flatten() {
        names.insert(name.clone());
        if name != "allowed" && name != "denied" {
            members(value, names);
        }
    }
}

#[test]
fn the_output_page_names_every_member() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/output.md")).unwrap();
    let section = page.split("\n## Principals and ways\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let json: serde_json::Value = serde_json::from_str(&small().drawn("json")).unwrap();
    let mut names = BTreeSet::new();
    for (name, value) in json.as_object().unwrap() {
        names.insert(name.clone());
        if !["assumptions", "findings", "problems", "summary"].contains(&name.as_str()) {
            members(value, &mut names);
        }
    }
    names.extend(json["summary"].as_object().unwrap().keys().cloned());
    // Told where answers are.
    let elsewhere = [
        "key", "operator", "values", "allowed", "denied", "name", "why", "effect", "document", "pointer",
        "sid",
    ];
    let places = ["start", "end", "line", "column", "bytes", "when"];
    let missing: Vec<&String> = names
        .iter()
        .filter(|name| !elsewhere.contains(&name.as_str()) && !places.contains(&name.as_str()))
        .filter(|name| !section.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "docs/output.md does not name {missing:?}");
}

/// A map that does not fit together is drawn as far as it does.
#[test]
fn positions_that_lead_nowhere_do_no_harm() {
    let mut draft = small();
    draft.map.edges[0].to = 999;
    draft.map.paths[0].edges.push(999);
    draft.map.paths.push(AccessPath { edges: Vec::new(), ..draft.map.paths[1].clone() });
    for format in report::ALL.iter().filter(|format| !matches!(format.draws, Draws::Results | Draws::Tables))
    {
        assert!(!draft.drawn(format.name).is_empty());
    }
}

#[test]
fn only_maps_are_drawn() {
    for format in report::ALL.iter().filter(|format| format.draws == Draws::Maps) {
        let mut out = Vec::new();
        let style = Style { shape: Shape::Answer, ..Style::default() };
        let drawn = (format.render)(&Report::default(), &SourceMap::new(), &style, &mut out);
        assert!(drawn.unwrap_err().to_string().contains("no graph to draw"), "{}", format.name);
        assert!(out.is_empty(), "{}", format.name);
    }
}

#[cfg(feature = "cli")]
#[test]
fn other_commands_refuse_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("graph.svg");
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_decryptable"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/cross-account-key-policy-missing"))
        .args(["can", "IAM_CLUSTER", "s3://lake/curated/day=1/part-0.parquet", "--format", "svg", "--output"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(2));
    let said = String::from_utf8(run.stderr).unwrap();
    assert!(said.contains("there is no graph for `--format svg`"), "{said}");
    assert!(run.stdout.is_empty() && !file.exists());
}
