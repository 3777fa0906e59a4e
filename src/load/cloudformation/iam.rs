//! `AWS::IAM::…`

use std::rc::Rc;

use super::emit::{FactEmitter, Holder, Resource};
use super::evaluator::{Scope, ValueHead};
use super::sides::{Branch, Decided};
use super::text::{is_hole, plain, scalar, strings};
use super::types::{GROUP, ROLE, USER};
use super::variants::Variant;
use crate::estate::{Called, PlacedArn};
use crate::json::Node;
use crate::name::{Arn, symbol};
use crate::policy::PolicyKind;
use crate::source::{Span, Spanned};

impl<'t> FactEmitter<'_, 't> {
    /// Identities come first: policies are given to them.
    pub(super) fn identity(&mut self, resource: &Resource<'t>, kind: &'static str) {
        let Some(arn) = self.arn(resource) else { return };
        self.declare(resource, kind, &arn);
        self.count(resource, kind);
        match kind {
            ROLE => {
                self.intake.role(&arn, |_| ());
                self.is_called(resource, &Called::Role(arn.value.clone()));
                let id = self.evaluator.stacks.get(resource.stack).map(|s| s.called(&resource.entry.id));
                let id = symbol::identity(&format!("{}.RoleId", id.unwrap_or_default()));
                if resource.others.is_empty() {
                    self.intake.role_id(&arn, Spanned::new(&id, arn.span));
                }
                self.document(resource, "AssumeRolePolicyDocument", &arn, PolicyKind::Trust);
                if self.agree(resource, "Tags")
                    && let Some(tags) = self.tags(resource)
                {
                    self.intake.role_tags(&arn, tags);
                }
            }
            USER => {
                self.intake.user(&arn, arn.span, |_| ());
                self.is_called(resource, &Called::User(arn.value.clone()));
                self.groups_of_user(resource, &arn);
            }
            _ => {}
        }
        if kind != GROUP && self.agree(resource, "PermissionsBoundary") {
            self.boundary(resource, kind, &arn);
        }
        self.intake.complete(&arn, arn.span);
        self.inline_policies(resource, &arn);
        if let Some(list) = self.property_node(resource, "ManagedPolicyArns") {
            self.managed_policies(resource, &arn, list);
        }
    }

    pub(super) fn declare(&mut self, resource: &Resource<'t>, kind: &'static str, arn: &PlacedArn) {
        let name = arn.value.resource().rsplit('/').next().unwrap_or_default().to_owned();
        let key = (kind, arn.value.account_text().to_owned(), name);
        self.holders.insert(key, Holder { arn: arn.clone(), branch: resource.side() });
    }

    /// `PermissionsBoundary`: one of a few policies, or none.
    pub(super) fn boundary(&mut self, resource: &Resource<'t>, kind: &'static str, arn: &PlacedArn) {
        let scope = self.scope(resource);
        let forms = match self.property_node(resource, "PermissionsBoundary") {
            Some(node) => self.evaluator.forms(&scope, node),
            None => Vec::new(),
        };
        let first = forms.first().and_then(|(_, form)| form.as_ref());
        match (forms.len(), first.and_then(|form| Some(Spanned::new(scalar(form)?.into_owned(), form.span))))
        {
            (0, _) | (1, None) if kind == ROLE => self.intake.role_boundary(arn, arn.span, None),
            (0, _) | (1, None) => {}
            (1, Some(policy)) => self.intake.bounded_by(arn, policy),
            (_, _) => {
                let name = format!("boundary of {}", plain(arn.value.as_str()));
                let why = forms.iter().flat_map(|(branch, _)| branch.beyond(&scope.branch)).next();
                let why = why.map(|(atom, _)| atom.why.clone()).unwrap_or_default();
                let policy = self.open_policy(&name, PolicyKind::Boundary, arn.span, &why);
                if kind == ROLE {
                    self.intake.role_boundary(arn, arn.span, Some(policy));
                }
            }
        }
    }

    /// `Policies` of an identity.
    fn inline_policies(&mut self, resource: &Resource<'t>, arn: &PlacedArn) {
        let Some(list) = self.property_node(resource, "Policies") else { return };
        let (scope, base) = (self.scope(resource), resource.side());
        let pointer = self.pointer(resource, "Policies");
        for (index, (branch, item)) in self.items(&scope, list).into_iter().enumerate() {
            let scope = scope.taking(&branch);
            let pointer = format!("{pointer}/{index}/PolicyDocument");
            let policy = match item {
                ValueHead::Literal(node) => match node.get("PolicyDocument") {
                    Some(document) => self.policy(&scope, &base, document, PolicyKind::Identity, &pointer),
                    None => None,
                },
                ValueHead::Computed(made) if is_hole(&made) => {
                    self.lower(&made, PolicyKind::Identity, &pointer)
                }
                ValueHead::Computed(made) => match made.get("PolicyDocument").cloned() {
                    Some(mut document) => {
                        super::text::as_texts(&mut document);
                        self.lower(&document, PolicyKind::Identity, &pointer)
                    }
                    None => None,
                },
                ValueHead::NoValue => None,
            };
            if let Some(policy) = policy {
                self.intake.gives(arn, policy);
                self.count(resource, "policy");
            }
        }
    }

    /// The values that an item of a list may have, each with the side that it is there on.
    fn forms_of(
        &mut self,
        scope: &Scope<'t>,
        branch: Rc<Branch>,
        item: ValueHead<'t>,
    ) -> Vec<Variant<Node<'t>>> {
        let forms = match item {
            ValueHead::Literal(node) => self.evaluator.forms(&scope.taking(&branch), node),
            ValueHead::Computed(made) => vec![(branch, Some(made))],
            ValueHead::NoValue => Vec::new(),
        };
        forms.into_iter().filter_map(|(branch, form)| Some((branch, form?))).collect()
    }

    /// Managed policies by ARN, on whichever side of conditions they are attached.
    pub(super) fn managed_policies(&mut self, resource: &Resource<'t>, to: &PlacedArn, list: &'t Node<'t>) {
        let (scope, base) = (self.scope(resource), resource.side());
        for (branch, item) in self.items(&scope, list) {
            for (branch, form) in self.forms_of(&scope, branch, item) {
                for (policy, at) in strings(&form) {
                    self.attach(to, &base, &branch, Spanned::new(policy.into_owned(), at));
                }
            }
        }
    }

    fn attach(&mut self, to: &PlacedArn, base: &Rc<Branch>, branch: &Rc<Branch>, policy: Spanned<String>) {
        let Some((atom, _)) = branch.beyond(base).next() else {
            self.intake.attaches(to, policy);
            return;
        };
        let why = atom.why.clone();
        // A document of this run can be guarded; any other is left open.
        if let Some((stack, index)) = self.managed.get(&policy.value).copied()
            && let Some(entry) =
                self.evaluator.stacks.get(stack).and_then(|s| s.resources.get(index)).cloned()
        {
            let managed = Resource { stack, entry, exists: vec![Rc::clone(branch)], others: Rc::default() };
            let pointer = self.pointer(&managed, "PolicyDocument");
            if let Some(document) = self.property_node(&managed, "PolicyDocument") {
                let scope = self.scope(&managed);
                if let Some(policy) = self.policy(&scope, base, document, PolicyKind::Identity, &pointer) {
                    self.intake.gives(to, policy);
                }
                return;
            }
        }
        let name = format!("{} of {} if {}", plain(&policy.value), plain(to.value.as_str()), atom.name);
        let policy = self.open_policy(&name, PolicyKind::Identity, policy.span, &why);
        self.intake.gives(to, policy);
    }

    fn groups_of_user(&mut self, resource: &Resource<'t>, user: &PlacedArn) {
        let Some(groups) = self.property(resource, "Groups") else { return };
        for (group, at) in strings(&groups) {
            let arn = self.holder(resource, GROUP, &group, at).arn;
            self.intake.joins(user, Spanned::new(arn.value.to_string(), at));
        }
    }

    /// `AWS::IAM::UserToGroupAddition`
    pub(super) fn user_to_group(&mut self, resource: &Resource<'t>) {
        let Some(group) = self.text(resource, "GroupName") else { return };
        let Some(users) = self.property(resource, "Users") else { return };
        let group = self.holder(resource, GROUP, &group.value, group.span).arn;
        for (user, at) in strings(&users) {
            let user = self.holder(resource, USER, &user, at).arn;
            self.intake.joins(&user, Spanned::new(group.value.to_string(), at));
        }
    }

    /// `AWS::IAM::ManagedPolicy`
    pub(super) fn managed_policy(&mut self, resource: &Resource<'t>) {
        let Some(arn) = self.arn(resource) else { return };
        self.document(resource, "PolicyDocument", &arn, PolicyKind::Identity);
        let Some(document) = self.property_node(resource, "PolicyDocument") else { return };
        let pointer = self.pointer(resource, "PolicyDocument");
        self.give_to_all(resource, document, &pointer);
    }

    /// `AWS::IAM::Policy`, `RolePolicy`, `UserPolicy` and `GroupPolicy`
    pub(super) fn attached_policy(&mut self, resource: &Resource<'t>) {
        let Some(document) = self.property_node(resource, "PolicyDocument") else { return };
        let pointer = self.pointer(resource, "PolicyDocument");
        self.count(resource, "policy");
        self.give_to_all(resource, document, &pointer);
    }

    /// Gives a policy to everybody a resource names.
    fn give_to_all(&mut self, resource: &Resource<'t>, document: &'t Node<'t>, pointer: &str) {
        let named = [
            ("Roles", ROLE),
            ("RoleName", ROLE),
            ("Users", USER),
            ("UserName", USER),
            ("Groups", GROUP),
            ("GroupName", GROUP),
        ];
        for (property, kind) in named {
            let Some(list) = self.property_node(resource, property) else { continue };
            for side in &resource.exists {
                let scope = self.scope(resource).taking(side);
                for (branch, item) in self.items(&scope, list) {
                    for (branch, form) in self.forms_of(&scope, branch, item) {
                        for (name, at) in strings(&form) {
                            self.give(resource, kind, &branch, (&name, at), document, pointer);
                        }
                    }
                }
            }
        }
    }

    fn give(
        &mut self,
        resource: &Resource<'t>,
        kind: &'static str,
        branch: &Rc<Branch>,
        (name, at): (&str, Span),
        document: &'t Node<'t>,
        pointer: &str,
    ) {
        if symbol::is_unknown_in(name) && !self.is_declared(resource, kind, name) {
            let what = format!(
                "to which {kind} {} is attached: {}",
                self.shown(resource),
                self.evaluator.why(&super::text::string(name.to_owned(), at))
            );
            let source = self.source(resource);
            self.intake.misses(source, what);
            self.give_perhaps(resource, kind, branch, (name, at), document, pointer);
            return;
        }
        let holder = self.holder(resource, kind, name, at);
        self.give_to(&holder, resource, branch, document, pointer);
    }

    /// Gives a policy to everybody whose name an unknown one may be, under the question whether it is.
    fn give_perhaps(
        &mut self,
        resource: &Resource<'t>,
        kind: &'static str,
        branch: &Rc<Branch>,
        (name, at): (&str, Span),
        document: &'t Node<'t>,
        pointer: &str,
    ) {
        let (scope, account) = (self.scope(resource).taking(branch), self.account(resource));
        let declared = self.holders.iter().filter(|((k, a, _), _)| *k == kind && *a == account);
        let declared: Vec<_> = declared.map(|((.., own), holder)| (own.clone(), holder.clone())).collect();
        for (own, holder) in declared {
            let branch = match self.evaluator.question(&scope, (name.to_owned(), own), at) {
                Decided::Is(false) => continue,
                Decided::Is(true) => Rc::clone(branch),
                Decided::Open(atom) => Rc::new(branch.with(&atom, true)),
            };
            self.give_to(&holder, resource, &branch, document, pointer);
        }
    }

    fn give_to(
        &mut self,
        holder: &Holder,
        resource: &Resource<'t>,
        branch: &Rc<Branch>,
        document: &'t Node<'t>,
        pointer: &str,
    ) {
        // On the other side of a condition one of them does not exist.
        let Some(branch) = branch.and(&holder.branch) else { return };
        let scope = self.scope(resource).taking(&Rc::new(branch));
        if let Some(policy) = self.policy(&scope, &holder.branch, document, PolicyKind::Identity, pointer) {
            self.intake.gives(&holder.arn, policy);
        }
    }

    fn is_declared(&self, resource: &Resource<'t>, kind: &'static str, name: &str) -> bool {
        self.holders.contains_key(&(kind, self.account(resource), name.to_owned()))
    }

    /// The identity of a name: declared in the run, told by another file, or one of that name without a path.
    pub(super) fn holder(&self, resource: &Resource<'t>, kind: &'static str, name: &str, at: Span) -> Holder {
        let account = self.account(resource);
        if let Some(holder) = self.holders.get(&(kind, account.clone(), name.to_owned())) {
            return holder.clone();
        }
        let fits = |arn: &Arn| {
            arn.account_text() == account
                && arn.resource_of(kind).and_then(|r| r.rsplit('/').next()) == Some(name)
        };
        let estate = &self.intake.estate;
        let known = match kind {
            ROLE => estate.roles.iter().map(|r| &r.arn).find(|arn| fits(&arn.value)),
            _ => estate.users.iter().map(|u| &u.arn).find(|arn| fits(&arn.value)),
        };
        let arn = known.cloned().unwrap_or_else(|| {
            let partition = self.partition(resource);
            Spanned::new(Arn::of(partition, "iam", "", &account, &format!("{kind}/{name}")), at)
        });
        Holder { arn, branch: Rc::default() }
    }

    /// `AWS::IAM::InstanceProfile`: instances with the profile have its role.
    pub(super) fn instance_profile(&mut self, resource: &Resource<'t>) {
        let Some(profile) = self.arn(resource) else { return };
        let roles = self.property(resource, "Roles");
        let roles = roles.as_ref().map(strings).unwrap_or_default();
        self.count(resource, "instance profile");
        let first = roles.first().map(|(name, at)| self.holder(resource, ROLE, name, *at).arn);
        self.intake.instance_profile(&profile, first);
        for (name, at) in roles {
            if self.is_declared(resource, ROLE, &name) {
                let role = self.holder(resource, ROLE, &name, at).arn;
                self.intake.role(&role, |role| role.instance_profile = Some(profile.value.to_string()));
            }
        }
    }

    /// Managed policies can be named before they are read.
    pub(super) fn note_managed(&mut self, resource: &Resource<'t>) {
        let index =
            self.evaluator.stacks.get(resource.stack).and_then(|s| s.by_id.get(&*resource.entry.id)).copied();
        if let (Some(arn), Some(index)) = (self.arn(resource), index) {
            self.managed.insert(arn.value.to_string(), (resource.stack, index));
        }
    }
}
