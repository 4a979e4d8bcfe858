//! The rules that any step can find.

use crate::model::finding::rules;

rules! {
    NSLOOKUP_SUFFIX = "nslookup-suffix", Info, [], [LookupName];
    STEP_CRASHED = "step-crashed", Unknown, [], [];
    DEADLINE_REACHED = "deadline-reached", Unknown, [], [];
}
