//! Whose word an answer is: for each question the servers that are entitled to it, and what is left
//! where they fail, hand it on, or cannot be asked.

mod a_name_above_fails;
mod a_name_below_is_delegated;
mod a_name_has_several_aliases;
mod a_proof_denies_what_is_there;
mod a_server_that_was_named;
mod a_zone_above_says_nothing;
mod a_zone_is_not_delegated;
mod an_alias_ends_in_the_zone;
mod an_alias_leads_out_of_the_zone;
mod an_internal_zone_answers;
mod no_server_is_to_be_asked;
mod no_server_serves_the_zone;
mod one_question_fails;
mod only_the_zone_names_a_server;
mod our_resolver_hides_a_partner;
mod several_addresses;
mod some_servers_fail;
mod the_clock_is_wrong;
mod the_domain_is_an_alias;
mod the_name_servers_have_private_addresses;
mod the_network_changes_answers;
mod the_network_is_at_a_cloud_provider;
mod the_resolver_checks_nothing;
mod the_server_is_in_another_zone;
mod the_servers_answer_now_and_then;
mod the_servers_answer_us_alone;
mod the_servers_are_very_many;
mod the_servers_claim_no_authority;
mod the_servers_count_questions;
mod the_servers_deny_what_they_send;
mod the_servers_have_names_elsewhere;
mod the_servers_have_no_ipv4;
mod the_servers_keep_one_waiting;
mod the_servers_reject_edns;
mod the_servers_show_an_internal_view;
mod the_servers_tell_us_something_else;
mod the_signatures_are_in_doubt;
mod the_top_level_domain_is_made_up;
pub mod the_way_is_signed;
mod the_way_leads_through_several_zones;
mod the_way_stops_some_resolvers;
mod the_way_to_the_names_parts;
mod the_zone_above_announces_other_keys;
mod the_zone_above_leads_astray;
mod the_zone_above_says_otherwise;
mod the_zone_is_signed;
mod the_zone_knows_more_addresses;
mod two_zones_on_the_same_servers;
mod what_is_not_there_is_signed;

use hickory_resolver::proto::op::ResponseCode;

use crate::internet::{Internet, PROVIDER, ZONE, internet, zone_with};
use crate::stage::{ALL_PASS, Folder, Outcome};
use crate::world::{Behaviour, Dns, RecordType};

const SRV: &str = "_sipfederationtls._tcp.zahnfee.de";

/// Asserts that a finding says this somewhere in its message or its fix.
#[track_caller]
fn says(outcome: &Outcome, step: &str, code: &str, words: &[&str]) {
    let finding = outcome.finding(step, code).to_string();
    for word in words {
        assert!(finding.contains(word), "{word} in {code}:\n{outcome}");
    }
}

#[track_caller]
fn is_ready(outcome: &Outcome) {
    outcome.stands(ALL_PASS, "ready", 0);
}

/// Not ready, or undecided: never ready.
#[track_caller]
fn is_never_ready(outcome: &Outcome) {
    let verdict = &outcome.report()["verdict"];
    assert!(
        ["not-ready", "inconclusive"].contains(&verdict.as_str().expect("a verdict")),
        "{outcome}"
    );
}
