//! An estate as the command line loads it, and the texts of its policies.

use std::path::Path;

use decryptable::config::{self, Config};
use decryptable::estate::SharedPolicy;
use decryptable::load::Intake;
use decryptable::name::Arn;
use decryptable::source::SourceMap;

pub(crate) struct Loaded {
    pub(crate) intake: Intake,
    pub(crate) config: Config,
}

impl Loaded {
    /// `None` where the input itself is in error: nothing may be asked of it.
    pub(crate) fn open(manifest: &Path) -> Option<Self> {
        Self::beside(manifest, SourceMap::new())
    }

    /// Beside texts that were read before, as `diff` reads its two sides.
    pub(crate) fn beside(manifest: &Path, sources: SourceMap) -> Option<Self> {
        let mut intake = Intake::new();
        intake.sources = sources;
        let config = config::load(manifest, &mut intake);
        config.gather(&mut intake, &[]);
        (!intake.has_errors()).then_some(Self { intake, config })
    }

    pub(crate) fn errors(manifest: &Path) -> Vec<String> {
        let mut intake = Intake::new();
        let config = config::load(manifest, &mut intake);
        config.gather(&mut intake, &[]);
        intake.problems.iter().filter(|p| p.is_error()).map(|p| p.message.clone()).collect()
    }

    /// Everybody who can be asked about: roles, then users.
    pub(crate) fn principals(&self) -> Vec<Arn> {
        let estate = &self.intake.estate;
        let roles = estate.roles.iter().map(|role| role.arn.value.clone());
        roles.chain(estate.users.iter().map(|user| user.arn.value.clone())).collect()
    }

    /// The JSON text of a policy; `None` where it was written in another language, or nowhere.
    pub(crate) fn text(&self, policy: &SharedPolicy) -> Option<&str> {
        self.intake.sources.source_text(policy.span.source)?;
        let text = self.intake.sources.text(policy.span);
        serde_json::from_str::<serde_json::Value>(text).is_ok_and(|json| json.is_object()).then_some(text)
    }
}
