//! `AWS::Organizations::…`, and stacks whose templates are not here.

use super::tell::{Resource, Teller};
use super::text::strings;
use crate::load::aws_cli;
use crate::name::symbol;
use crate::policy::PolicyKind;

impl<'t> Teller<'_, 't> {
    /// `AWS::Organizations::Policy`
    pub(super) fn organization_policy(&mut self, resource: &Resource<'t>) {
        let kind = match self.text(resource, "Type").map(|kind| kind.value).as_deref() {
            Some("SERVICE_CONTROL_POLICY") => PolicyKind::Scp,
            Some("RESOURCE_CONTROL_POLICY") => PolicyKind::Rcp,
            // The others say nothing about access.
            Some(_) | None => return,
        };
        let Some(document) = self.property_node(resource, "Content") else { return };
        let (scope, base) = (self.scope(resource), resource.side());
        let pointer = self.pointer(resource, "Content");
        let Some(policy) = self.policy(&scope, &base, document, kind, &pointer) else { return };
        self.count(resource, "policy");
        let source = self.source(resource);
        let targets = self.property(resource, "TargetIds");
        let targets = targets.as_ref().map(strings).unwrap_or_default();
        for (target, _) in targets {
            if symbol::is_unknown_in(&target) {
                let what = format!("the targets of {} {}", kind.describe(), self.shown(resource));
                self.intake.misses(source, what);
            } else {
                aws_cli::attach(self.intake, target.into_owned(), kind, policy.clone());
            }
        }
    }

    /// A stack whose template may not be part of the run.
    pub(super) fn nested_stack(&mut self, resource: &Resource<'t>) {
        let stack = self.machine.stacks.get(resource.stack);
        if stack.is_some_and(|s| !s.nested.contains_key(&*resource.entry.id)) {
            let what =
                format!("the template of the nested stack {}: add it to the run", self.shown(resource));
            let source = self.source(resource);
            self.intake.misses(source, what);
        }
    }

    /// Stacks of other accounts.
    pub(super) fn stack_set(&mut self, resource: &Resource<'t>) {
        let what = format!("what stack set {} deploys: add its template to the run", self.shown(resource));
        let source = self.source(resource);
        self.intake.misses(source, what);
    }
}
