//! The extensions of TLS by their names
//! (<https://www.iana.org/assignments/tls-extensiontype-values>).

/// Those that a server may answer with, or sends by mistake.
const NAMES: [(u16, &str); 26] = [
    (0, "server_name"),
    (1, "max_fragment_length"),
    (3, "trusted_ca_keys"),
    (4, "truncated_hmac"),
    (5, "status_request"),
    (10, "supported_groups"),
    (11, "ec_point_formats"),
    (13, "signature_algorithms"),
    (14, "use_srtp"),
    (15, "heartbeat"),
    (16, "application_layer_protocol_negotiation"),
    (17, "status_request_v2"),
    (18, "signed_certificate_timestamp"),
    (20, "server_certificate_type"),
    (21, "padding"),
    (22, "encrypt_then_mac"),
    (23, "extended_master_secret"),
    (28, "record_size_limit"),
    (35, "session_ticket"),
    (41, "pre_shared_key"),
    (42, "early_data"),
    (43, "supported_versions"),
    (45, "psk_key_exchange_modes"),
    (47, "certificate_authorities"),
    (51, "key_share"),
    (13172, "next_protocol_negotiation"),
];

/// An extension by its registered name and number; one that is not here by its number alone.
pub fn name(number: u16) -> String {
    let known = NAMES.iter().find(|(its, _)| *its == number);
    known.map_or_else(
        || number.to_string(),
        |(_, name)| format!("{name} ({number})"),
    )
}
