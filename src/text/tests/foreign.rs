//! No name of what this program is made of reaches a person: neither in a text, nor by what is put into it.

use std::collections::BTreeMap;

use super::*;

/// Libraries, and how Rust writes values and errors.
const FOREIGN: [&str; 21] = [
    "rustls",
    "webpki",
    "hickory",
    "tokio",
    "serde",
    "x509-parser",
    "x509_parser",
    "rcgen",
    "hyper",
    "fluent",
    "reqwest",
    "asn1-rs",
    "Some(",
    "None)",
    "Ok(",
    "Err(",
    "os error",
    "panicked",
    "unwrap",
    "{:",
    "dyn ",
];

/// Names of standards and products that are written like types.
const KNOWN: [&str; 62] = [
    "AllowFederatedUsers",
    "AllowTeamsConsumer",
    "AllowedDomains",
    "AlternateSignatureAlgorithm",
    "BlockedDomains",
    "CertificateProfile",
    "ChaCha20",
    "ChangeCipherSpec",
    "ClientHello",
    "CsAccessEdgeConfiguration",
    "CsAllowedDomain",
    "CsEdgeDomainPattern",
    "CsTenantFederationConfiguration",
    "CurrentControlSet",
    "DigiCert",
    "DisabledByDefault",
    "DoD",
    "DynDNS",
    "FortiGate",
    "FreeSWITCH",
    "GnuTLS",
    "HelloRequest",
    "KiB",
    "MiB",
    "MicrosoftTeams",
    "NetConnection",
    "NistP256",
    "NistP384",
    "OpenSIPS",
    "OpenSSH",
    "OpenSSL",
    "PowerDNS",
    "PowerShell",
    "ProCall",
    "ProxyFqdn",
    "SchUseStrongCrypto",
    "SecurityProviders",
    "SendTrustedIssuerList",
    "ServerHello",
    "TcpTestSucceeded",
    "TlsCipherSuite",
    "TlsEccCurve",
    "ZeroSSL",
    "anyExtendedKeyUsage",
    "authorityKeyIdentifier",
    "basicConstraints",
    "cRLSign",
    "clientAuth",
    "codeSigning",
    "digitalSignature",
    "emailProtection",
    "generateSSTFromWU",
    "kB",
    "keyAgreement",
    "keyCertSign",
    "keyCompromise",
    "keyEncipherment",
    "keyUsage",
    "macOS",
    "nsCertType",
    "serverAuth",
    "timeStamping",
];

/// What stands in a pattern as it is, of every variant.
fn spoken(pattern: &ast::Pattern<&str>, said: &mut Vec<String>) {
    for element in &pattern.elements {
        match element {
            ast::PatternElement::TextElement { value } => said.push((*value).to_owned()),
            ast::PatternElement::Placeable { expression } => spoken_in(expression, said),
        }
    }
}

fn spoken_in(expression: &ast::Expression<&str>, said: &mut Vec<String>) {
    match expression {
        ast::Expression::Inline(ast::InlineExpression::StringLiteral { value }) => {
            said.push((*value).to_owned());
        }
        ast::Expression::Inline(ast::InlineExpression::Placeable { expression }) => {
            spoken_in(expression, said);
        }
        ast::Expression::Inline(_) => {}
        ast::Expression::Select { variants, .. } => {
            for variant in variants {
                spoken(&variant.value, said);
            }
        }
    }
}

/// All that the texts of a language can say, by where it stands.
fn all_said(lang: Lang) -> BTreeMap<String, Vec<String>> {
    let resource = fluent_syntax::parser::parse(lang.source()).expect("the texts are well-formed");
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else {
            continue;
        };
        if let Some(value) = &message.value {
            spoken(value, all.entry(message.id.name.to_owned()).or_default());
        }
        for attribute in &message.attributes {
            let id = format!("{}.{}", message.id.name, attribute.id.name);
            spoken(&attribute.value, all.entry(id).or_default());
        }
    }
    all
}

/// Whether it is written like a type: a small letter before a capital one, within a word.
fn is_like_a_type(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    let is_hump = |pair: &[char]| pair[0].is_lowercase() && pair[1].is_uppercase();
    letters.windows(2).any(is_hump)
}

/// What is foreign in this.
fn foreign_in(said: &str) -> Vec<String> {
    let words = said.split(|letter: char| !letter.is_alphanumeric());
    let types = words.filter(|word| is_like_a_type(word) && !KNOWN.contains(word));
    let others = FOREIGN.iter().filter(|foreign| said.contains(*foreign));
    types
        .map(str::to_owned)
        .chain(others.map(|word| (*word).to_owned()))
        .collect()
}

#[test]
fn the_texts_name_no_library_and_no_type() {
    let mut known: BTreeSet<&str> = KNOWN.into();
    for lang in Lang::ALL {
        let mut wrong = Vec::new();
        for (id, said) in all_said(lang) {
            for said in said {
                known.retain(|known| !said.contains(known));
                wrong.extend(
                    foreign_in(&said)
                        .into_iter()
                        .map(|word| format!("{id}: {word}")),
                );
            }
        }
        assert!(wrong.is_empty(), "{lang:?}: {wrong:#?}");
    }
    assert!(known.is_empty(), "no text says {known:?}");
}

#[test]
fn what_is_foreign_is_found() {
    for (said, expected) in [
        (
            "UnsupportedSignatureAlgorithmContext",
            &["UnsupportedSignatureAlgorithmContext"][..],
        ),
        (
            "failed: InvalidCertificate(UnknownIssuer)",
            &["InvalidCertificate", "UnknownIssuer"],
        ),
        ("Some(40)", &["Some("]),
        ("Connection refused (os error 111)", &["os error"]),
        ("from rustls", &["rustls"]),
        ("OpenSSL and GnuTLS", &[]),
    ] {
        assert_eq!(foreign_in(said), expected, "{said}");
    }
}

/// Where a value is written as Rust writes it, it is for whoever works on the program: an assertion, a
/// panic, or what is only compared.
#[test]
fn no_value_is_written_as_rust_writes_it() {
    /// By the beginning of the line.
    const COMPARED: [&str; 4] = [
        // What a signature is known by.
        r#"let kinds = format!("{:?} {algorithm:?}", key.kind);"#,
        // What is held against the same of another run.
        r#"lines.push(format!("elsewhere {zone:?} {names:?}"));"#,
        // The name of a group, as a standard writes it.
        r#"let name = format!("{:?}", group.name()).to_lowercase();"#,
        // What a program wrote that is none of ours.
        r#"read.ok_or_else(|| format!("{value:?} is no place to look from"))"#,
    ];
    const FOR_PROGRAMMERS: [&str; 4] = ["assert", "panic!", "unreachable!", ".expect("];
    let mut wrong = Vec::new();
    each_source(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut |file, code| {
            for line in code.lines().map(str::trim) {
                let is_debug = line.contains(":?}") || line.contains(":#?}");
                let is_excused = COMPARED.contains(&line)
                    || FOR_PROGRAMMERS.iter().any(|word| line.contains(word));
                if is_debug && !is_excused {
                    wrong.push(format!("{file}: {line}"));
                }
            }
        },
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}
