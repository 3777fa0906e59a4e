//! Who can become whom: principals and roles as a graph whose edges are decisions (R116–R131).
//!
//! An edge is never guessed from the text of a trust policy: it is a request to STS, decided by the same walk as every
//! other request.

pub mod ground;
pub mod step;
pub mod takeover;
