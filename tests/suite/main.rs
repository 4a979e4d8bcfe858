//! xfed as its users run it: the binary, against the embedded world on loopback.

#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "the lifetimes of the world's builders do not let their methods stand for closures"
)]

#[path = "../world/mod.rs"]
mod world;

mod derived;
mod document;
mod stage;

mod address;
mod all_faults;
mod arbitrary;
mod bad_days;
mod bounds;

mod broken_peers;
mod broken_tls12;
mod campaign;
mod causes;
mod cert;
mod cert_files;
mod cert_keys;
mod certificate;
mod certificate_ages;
mod certificate_encodings;
mod certificate_names;
mod certificate_remedies;
mod certificate_row;
mod certificate_strength;
mod certificate_table;
mod certificate_trust;
mod chance;
mod client_demands;
mod client_turn;
mod command_line;
mod configuration;
#[cfg(target_os = "linux")]
mod consequences;
mod contact;
mod coverage;
mod crowded;
mod customers;
mod diff;
mod domain;
mod encrypted;
mod endless;
mod faults;
mod federation;
mod files;
mod formats;
mod guide;
mod hello_parts;
mod input;
#[cfg(target_os = "linux")]
mod internet;
#[cfg(unix)]
mod interruption;
mod last_words;
mod layers;
mod leaf_findings;
mod limbo;
#[cfg(unix)]
mod listen;
mod lists;
mod lost_beside_the_name;
mod meant;
#[cfg(target_os = "linux")]
mod near;
mod old_tls;
mod one_piece;
mod only_so_many;
#[cfg(unix)]
mod open_files;
mod other_certificates;
mod output;
mod pair;
mod partner;
mod partner_limits;
mod path_beside;
mod path_disputed;
mod path_findings;
mod path_shelf;
mod path_table;
mod path_world;
mod paths;
mod peers_agree;
mod plan;
mod plan_choice;
mod plan_direct;
mod plan_formats;
#[cfg(target_os = "linux")]
mod plan_inside;
#[cfg(target_os = "linux")]
mod plan_places;
#[cfg(target_os = "linux")]
mod plan_renewal;
mod platform;
mod policy;
mod prints;
#[cfg(unix)]
mod probe;
#[cfg(unix)]
mod progress;
mod promises;
#[cfg(target_os = "linux")]
mod reading;
mod readme;
mod ready;
#[cfg(target_os = "linux")]
mod real_peers;
mod redaction;
mod reference;
mod renewal;
#[cfg(target_os = "linux")]
mod renewal_outside;
mod replay;
mod replay_lines;
mod reselected;
mod revocation;
mod revocation_beside;
#[cfg(unix)]
mod serve;
mod server_name;
#[cfg(target_os = "linux")]
mod situations;
mod slips;
mod srv;
#[cfg(target_os = "linux")]
mod standing;
mod staples;
mod strangers_folder;
mod streams;
mod targets;
mod tcp;
mod tls12_with_name;
#[cfg(target_os = "linux")]
mod together;
mod tolerance;
mod turns;
mod two_certificates;
mod unasked;
#[cfg(unix)]
mod via;
mod views;
mod waiting;
#[cfg(target_os = "linux")]
mod whose_machine;
#[cfg(target_os = "linux")]
mod windows;
mod windows_partners;
#[cfg(target_os = "linux")]
mod wine;
#[cfg(target_os = "linux")]
mod witness;
mod zone_file;
