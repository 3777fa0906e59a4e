//! Everything one question about an object is about, looked up once.

use std::sync::Arc;

use crate::ask::{AskError, DoesQuestion, principal};
use crate::estate::{AccessPoint, Bucket, Estate, Key, Missing, Object, ObjectUri};
use crate::eval::{Caller, KnownPrefix, Rest};
use crate::logic::{Cond, Given, KeyRelation, Truth};
use crate::name::AccountId;
use crate::operation::{Makes, Of, Operation};
use crate::request::{DecisionContext, Requester};
use crate::service::{S3Target, partition_of};

#[derive(Clone, Debug)]
pub(super) struct ResolvedRead<'e> {
    pub(super) ctx: Arc<DecisionContext<'e>>,
    pub(super) question: &'e DoesQuestion,
    /// Who asks.
    pub(super) requester: Requester<'e>,
    /// What is asked for.
    pub(super) target: S3Target<'e>,
    /// The object as the question names it.
    pub(super) asked: &'e ObjectUri,
    /// The object by the name of its bucket, also where the question names an access point in its place.
    pub(super) uri: ObjectUri,
    pub(super) standing: Standing,
    /// The second object of an operation with two.
    pub(super) to: Option<Arc<Self>>,
    /// Of a second object: the bucket of the first.
    pub(super) from: Option<&'e Bucket>,
    /// Which of the keys that fit the question it is about, where it is not about all.
    pub(super) keys: Option<Cond>,
    /// Only whether it works is asked, and nobody reads why.
    pub(super) probe: bool,
}

/// What the operation has to do with the object.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Exists,
    /// The operation makes it.
    Made,
    /// The replication configuration of the bucket it comes from says how it is made.
    Replicated,
    /// How it is encrypted does not matter.
    Indifferent,
}

impl Standing {
    fn of(operation: &Operation, of: Of) -> Self {
        match (operation.makes, of) {
            (Makes::Nothing, _) | (Makes::Copy | Makes::Replica, Of::Source) => Self::Exists,
            (Makes::Object, _) | (Makes::Copy, Of::Destination) => Self::Made,
            (Makes::Replica, Of::Destination) => Self::Replicated,
            (Makes::Change, _) => Self::Indifferent,
        }
    }
}

impl<'e> ResolvedRead<'e> {
    pub(super) fn find(estate: &'e Estate, question: &'e DoesQuestion) -> Result<Self, AskError> {
        let ctx = Arc::new(DecisionContext::new(estate, &question.circumstances, question.strict));
        let requester = principal::find(estate, &question.role, &question.circumstances.session)?;
        Self::of(&ctx, question, requester)
    }

    /// The question of somebody in particular, whomever its text names.
    pub(super) fn of(
        ctx: &Arc<DecisionContext<'e>>,
        question: &'e DoesQuestion,
        requester: Requester<'e>,
    ) -> Result<Self, AskError> {
        let operation = question.doing.row().ok_or_else(|| AskError::Invalid {
            message: format!("`{}` is not an operation", question.doing.operation),
            help: None,
        })?;
        let mut read = Self::at(ctx, question, requester, operation, Of::Source, &question.object)?;
        match (&question.doing.to, operation.has_two_targets()) {
            (Some(to), true) => {
                let mut to = Self::at(ctx, question, read.requester.clone(), operation, Of::Destination, to)?;
                to.from = Some(read.target.bucket);
                read.to = Some(Arc::new(to));
            }
            (None, false) => {}
            (to, _) => {
                let wants = if to.is_some() { "one object" } else { "two objects: from where, and to where" };
                let message = format!("`{}` is about {wants}", operation.name);
                return Err(AskError::Invalid { message, help: None });
            }
        }
        Ok(read)
    }

    /// One of the objects of a question.
    fn at(
        ctx: &Arc<DecisionContext<'e>>,
        question: &'e DoesQuestion,
        requester: Requester<'e>,
        operation: &Operation,
        of: Of,
        asked: &'e ObjectUri,
    ) -> Result<Self, AskError> {
        let estate = ctx.estate;
        let alias = &asked.bucket;
        let bucket = bucket_of(estate, alias)?;
        let by_alias = point_called(estate, alias);
        let point = match &question.access_point {
            Some(name) if of == Of::Source => Some(estate.access_point(name)?),
            Some(_) | None => by_alias.filter(|_| bucket.name != *alias),
        };
        leads_to(point, &bucket.name)?;
        ctx.network.check().map_err(|message| AskError::Invalid {
            message: message.to_owned(),
            help: Some("leave out the address, or the endpoint, its VPC and the private address".to_owned()),
        })?;
        let partition = partition_of(bucket).unwrap_or(&requester.caller.partition);
        let mut target = S3Target::new(estate, bucket, Some(&asked.key), point, partition);
        let standing = Standing::of(operation, of);
        match of {
            Of::Source => target.version_id.clone_from(&question.version_id),
            Of::Destination => {
                target.object.iter_mut().for_each(|object| object.place.within = second(&object.place.within))
            }
        }
        if standing != Standing::Exists {
            target.object.iter_mut().for_each(|object| object.told = None);
        }
        let uri = ObjectUri { bucket: bucket.name.clone(), key: asked.key.clone() };
        let requester = requester.in_session(&question.circumstances.session);
        Ok(Self {
            ctx: Arc::clone(ctx),
            question,
            requester,
            target,
            asked,
            uri,
            standing,
            to: None,
            from: None,
            keys: None,
            probe: false,
        })
    }

    pub(super) fn estate(&self) -> &'e Estate {
        self.ctx.estate
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.requester.caller
    }

    pub(super) fn facts(&self) -> &[KeyRelation] {
        &self.ctx.facts
    }

    /// What is known of the requests that the question is about.
    pub(super) fn given(&self) -> Given<'_> {
        Given { facts: &self.ctx.facts, only: self.keys.as_ref() }
    }

    /// The same of objects that were told apart, which have these keys and no others.
    pub(super) fn of_object(&self, told: Option<&'e Object>, keys: Cond) -> Self {
        let mut read = Self { keys: (!keys.is_true()).then_some(keys), ..self.clone() };
        if let Some(object) = &mut read.target.object {
            object.told = told;
        }
        read
    }

    /// What was told of the object.
    pub(super) fn object(&self) -> Option<&'e Object> {
        self.target.told()
    }

    /// The part of the object's ARN that the question leaves open.
    pub(super) fn within(&self) -> Option<&KnownPrefix> {
        self.target.object.as_ref().and_then(|object| object.place.within.as_ref())
    }

    pub(super) fn point(&self) -> Option<&'e AccessPoint> {
        self.target.through.as_ref().map(|through| through.point)
    }

    pub(super) fn region(&self) -> Option<&'e str> {
        self.target.bucket.region.provided().map(String::as_str)
    }

    pub(super) fn bucket_account(&self) -> Option<AccountId> {
        self.target.bucket_account()
    }

    /// The keys S3 can use for the bucket.
    pub(super) fn keys_of_region(&self) -> impl Iterator<Item = &'e Key> {
        let region = self.region();
        let keys = &self.estate().keys;
        let here = region.into_iter().flat_map(move |region| {
            keys.maybe_called(region).filter(move |key| key.arn.value.region() == region)
        });
        here.chain(region.is_none().then_some(keys).into_iter().flatten())
    }
}

/// The bucket that a name in a URI means: an access point's alias stands where a bucket's name does (R22).
pub(in crate::ask) fn bucket_of<'e>(estate: &'e Estate, name: &str) -> Result<&'e Bucket, Missing> {
    estate.bucket(name).or_else(|missing| match point_called(estate, name) {
        Some(point) => estate.bucket(&point.bucket),
        None => Err(missing),
    })
}

/// The access point with this alias.
pub(in crate::ask) fn point_called<'e>(estate: &'e Estate, alias: &str) -> Option<&'e AccessPoint> {
    estate.access_points.iter().find(|point| point.alias.as_deref() == Some(alias))
}

fn leads_to(point: Option<&AccessPoint>, bucket: &str) -> Result<(), AskError> {
    match point {
        Some(point) if point.bucket != bucket => Err(AskError::Invalid {
            message: format!(
                "the access point `{}` leads to the bucket `{}`, not to `{bucket}`",
                point.name, point.bucket
            ),
            help: Some(format!("ask for s3://{}/…", point.bucket)),
        }),
        Some(_) | None => Ok(()),
    }
}

/// The open part of the second object's key is another than that of the first.
fn second(within: &Option<KnownPrefix>) -> Option<KnownPrefix> {
    let within = within.as_ref()?;
    let Rest { key, like, because, .. } = &*within.rest;
    let rest = Rest { key: key.clone(), like: Arc::clone(like), request: "to", because: because.clone() };
    Some(Arc::new(rest).below(&*within.known))
}
