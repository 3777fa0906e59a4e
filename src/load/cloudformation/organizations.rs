//! `AWS::Organizations::…`, and stacks whose templates are not here.

use super::emit::{FactEmitter, Resource};
use super::text::strings;
use crate::load::organization::kind_named;
use crate::name::symbol;

impl<'t> FactEmitter<'_, 't> {
    /// `AWS::Organizations::Policy`
    pub(super) fn organization_policy(&mut self, resource: &Resource<'t>) {
        let Some(kind) = self.text(resource, "Type").and_then(|kind| kind_named(&kind.value)) else { return };
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
                self.intake.attaches_at(&target, kind, policy.clone());
            }
        }
    }

    /// A stack whose template may not be part of the run.
    pub(super) fn nested_stack(&mut self, resource: &Resource<'t>) {
        let stack = self.evaluator.stacks.get(resource.stack);
        if stack.is_some_and(|s| !s.nested.contains_key(&*resource.entry.id)) {
            let what = format!(
                "the template of the nested stack {}: add a file to the run whose name is the end of its URL, or write its path as TemplateURL",
                self.shown(resource)
            );
            let source = self.source(resource);
            self.intake.misses(source, what);
        }
    }

    /// Stacks of other accounts.
    pub(super) fn stack_set(&mut self, resource: &Resource<'t>) {
        let body = self.property_node(resource, "TemplateBody");
        if body.is_some_and(|body| body.as_str().is_some()) {
            return;
        }
        let what = format!("what stack set {} deploys: add its template to the run", self.shown(resource));
        let source = self.source(resource);
        self.intake.misses(source, what);
    }
}
