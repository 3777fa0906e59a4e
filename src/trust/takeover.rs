//! Ways to a role, or to an object, that somebody opens by changing something first (R128–R131).
