//! A role that must not read, and can become one that does.

use super::Expected;
use crate::ask::{AccessEdge, AccessGraph, Layer};
use crate::diagnostic::{Code, Diagnostic, Label};
use crate::estate::Role;

/// `rows` expect the role to read, `kept_out` expect others not to.
pub(super) fn check(
    role: &Role,
    map: &AccessGraph,
    rows: &[&Expected],
    kept_out: &[&Expected],
) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for path in &map.paths {
        let Some(start) = map.start(path) else { continue };
        let meant = |out: &&&Expected| out.role == start.id && rows.iter().any(|row| row.read == out.read);
        let Some(out) = kept_out.iter().find(meant) else { continue };
        let Some(row) = rows.iter().find(|row| row.read == out.read) else { continue };
        let steps: Vec<&AccessEdge> = path.edges.iter().filter_map(|at| map.edges.get(*at)).collect();
        let (option, how) = match map.layer(path) {
            Layer::Today => ("", "can assume".to_owned()),
            Layer::Could => {
                let change = steps.iter().find(|edge| edge.layer == Layer::Could).map_or("", |edge| edge.way);
                (" --escalation", format!("could take over ({change})"))
            }
        };
        let message =
            format!("{} must not read {}, and {how} {}, which reads it", start.label, out.read, role.name());
        let name = role.name();
        let help = format!("`decryptable trust {name}{option}` shows the way; narrow one of its statements");
        let mut finding = Diagnostic::new(Code::ReaderCanBeTakenOver, out.row, message)
            .help(help)
            .because(row.row, format!("{name} reads it by this row"));
        for step in &steps {
            for evidence in &step.evidence {
                if !finding.related.iter().any(|label| label.span == evidence.span) {
                    finding.related.push(Label { span: evidence.span, text: step.way.to_owned() });
                }
            }
        }
        findings.push(finding);
    }
    findings
}
