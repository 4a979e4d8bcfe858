//! The guide, chapter by chapter: each of its statements, the command whose output answers it, and
//! the words to be found there, in both languages. A statement that nothing answers has no row.

use crate::stage::{Run, Stage, demanding};
use crate::world::{Dns, Server};

/// What the guide says, and where xfed answers it.
struct Row {
    chapter: &'static str,
    statement: &'static str,
    ask: Ask,
    english: &'static [&'static str],
    german: &'static [&'static str],
}

/// A command; each goes with `--lang`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ask {
    /// `xfed explain` of this.
    Explain(&'static str),
    /// `xfed plan zahnfee.de` where nothing but mail is to be seen, with these options.
    Plan(&'static [&'static str]),
    /// The same where Microsoft 365 shows.
    PlanBesideTeams(&'static [&'static str]),
    /// `xfed check zahnfee.de` where all is well, with these options.
    Check(&'static [&'static str]),
    /// `xfed about`.
    About,
}

use Ask::{About, Check, Explain, Plan, PlanBesideTeams};

const MAIL: &str = "@ MX 10 mail\nmail A 81.2.3.5\n";
const TEAMS: &str = "\
@ MX 10 zahnfee-de.mail.protection.outlook.com.
@ TXT MS=ms12345678
_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.
";

const fn row(
    chapter: &'static str,
    statement: &'static str,
    ask: Ask,
    english: &'static [&'static str],
    german: &'static [&'static str],
) -> Row {
    Row {
        chapter,
        statement,
        ask,
        english,
        german,
    }
}

static GUIDE: &[Row] = &[
    row(
        "1",
        "public DNS, the network and the server have to play together",
        Check(&[]),
        &[
            "XPhone domain",
            "FQDN, A record",
            "SRV record",
            "Firewall, DMZ",
            "Certificate",
            "Federation",
        ],
        &[
            "XPhone-Domäne",
            "FQDN, A-Record",
            "SRV-Record",
            "Firewall, DMZ",
            "Zertifikat",
            "Federation",
        ],
    ),
    row(
        "1",
        "a freelancer is on private Skype",
        Explain("Skype"),
        &["ended on 2025-05-05", "--partner"],
        &["endeten am 05.05.2025", "--partner"],
    ),
    row(
        "2",
        "the server is set to a domain, the namespace of all IM addresses",
        Explain("domain"),
        &["(namespace)", "after @ in every IM address"],
        &["(Namensraum)", "hinter dem @ jeder IM-Adresse"],
    ),
    row(
        "2",
        "it is the e-mail domain where XPhone is the only chat",
        Explain("domain"),
        &["Where XPhone is the only chat system, the domain equals the e-mail domain"],
        &["Ist XPhone das einzige Chatsystem, gleicht die Domäne der E-Mail-Domäne"],
    ),
    row(
        "3",
        "the server needs a public name of its own, not that in the AD",
        Explain("address"),
        &["public name (FQDN)", "srvxp01"],
        &["„Öffentlicher Name (FQDN)“", "srvxp01"],
    ),
    row(
        "3",
        "the name ends with the domain",
        Explain("fqdn-foreign-domain"),
        &[
            "directly below the XPhone domain",
            "1009",
            "xfed explain guide",
        ],
        &[
            "direkt unter der XPhone-Domäne",
            "1009",
            "xfed explain guide",
        ],
    ),
    row(
        "3",
        "it leads to one unique address in public DNS",
        Check(&[]),
        &["xphone.zahnfee.de → 81.2.3.4"],
        &["xphone.zahnfee.de → 81.2.3.4"],
    ),
    row(
        "3",
        "one unique address: several are told",
        Explain("address-several"),
        &["more than one A record"],
        &["mehr als einen A-Record"],
    ),
    row(
        "3",
        "the certificate is issued to this name (Antragsteller)",
        Explain("cert-subject-differs"),
        &["subject"],
        &["Antragsteller"],
    ),
    row(
        "3",
        "nslookup tests it",
        Explain("fqdn-not-found"),
        &["nslookup -nosearch -type=A <FQDN>."],
        &["nslookup -nosearch -type=A <FQDN>."],
    ),
    row(
        "4",
        "service _sipfederationtls, protocol tcp, port always 5061, target the FQDN",
        Plan(&["--ip", "81.2.3.4"]),
        &[
            "Service _sipfederationtls Protocol _tcp",
            "Port 5061",
            "Target xphone.zahnfee.de",
        ],
        &[
            "Dienst _sipfederationtls Protokoll _tcp",
            "Port 5061",
            "Ziel xphone.zahnfee.de",
        ],
    ),
    row(
        "4",
        "the form of the provider asks for it",
        Plan(&["--ip", "81.2.3.4"]),
        &["In the provider's form, SRV record"],
        &["Im Formular des Providers, SRV-Record"],
    ),
    row(
        "4",
        "the name is built from the XPhone domain, not necessarily the company's",
        Explain("srv"),
        &["not necessarily the company's main domain"],
        &["das muss nicht die Hauptdomäne der Firma sein"],
    ),
    row(
        "4",
        "nslookup -nosearch -type=SRV tests it",
        Explain("srv-missing"),
        &["nslookup -nosearch -type=SRV _sipfederationtls._tcp."],
        &["nslookup -nosearch -type=SRV _sipfederationtls._tcp."],
    ),
    row(
        "4",
        "the sample answer lacks an underscore",
        Explain("guide"),
        &["_sipfederationtls.tcp"],
        &["_sipfederationtls.tcp"],
    ),
    row(
        "5",
        "test from outside, without VPN",
        Explain("tcp"),
        &["Always test from outside, without VPN"],
        &["Immer von außen und ohne VPN testen"],
    ),
    row(
        "5",
        "telnet <FQDN> 5061",
        Explain("telnet"),
        &[
            "TcpTestSucceeded",
            "proves",
            "Test-NetConnection xphone.zahnfee.de -Port 5061",
        ],
        &[
            "TcpTestSucceeded",
            "beweist",
            "Test-NetConnection xphone.zahnfee.de -Port 5061",
        ],
    ),
    row(
        "5",
        "port forwarding from the public address to the server's interface",
        Plan(&["--ip", "81.2.3.4"]),
        &["to 81.2.3.4, port 5061; forwarded to"],
        &["81.2.3.4, Port 5061", "weitergeleitet"],
    ),
    row(
        "5",
        "the other direction, under the service account, to domains one knows",
        Plan(&["--ip", "81.2.3.4"]),
        &[
            "The way out, on the XPhone server under its service account",
            "--partner",
        ],
        &[
            "auf dem XPhone-Server unter dessen Dienstkonto",
            "--partner",
        ],
    ),
    row(
        "6",
        "switch on federation and open federation",
        Plan(&["--ip", "81.2.3.4"]),
        &["switch on federation and open federation"],
        &["Federation und Open Federation einschalten"],
    ),
    row(
        "6",
        "choose the interface; 169.254.x.x is on offer",
        Explain("169.254"),
        &["169.254.x.x", "netstat -ano"],
        &["169.254.x.x", "netstat -ano"],
    ),
    row(
        "6",
        "the status becomes Active",
        Explain("Active"),
        &[
            "XPhone Connect Federation aktivieren",
            "is not documented publicly",
        ],
        &[
            "XPhone Connect Federation aktivieren",
            "ist nicht öffentlich dokumentiert",
        ],
    ),
    row(
        "7",
        "the certificate is for exactly the FQDN, and no wildcard",
        Explain("cert-wildcard"),
        &["Order a certificate for exactly the FQDN"],
        &["Ein Zertifikat für genau den FQDN bestellen"],
    ),
    row(
        "7",
        "MTLS needs a certificate of a public CA",
        Explain("certificate"),
        &["(MTLS)", "from a public CA"],
        &["(MTLS)", "Bei einer öffentlichen CA"],
    ),
    row(
        "7",
        "the selection shows whom it is issued to, by whom, until when",
        Explain("no-certificate"),
        &["Ausgestellt für", "Ablaufdatum", "Anzeigename"],
        &["Ausgestellt für", "Ablaufdatum", "Anzeigename"],
    ),
    row(
        "7",
        "XPhone may have none to offer at first",
        Explain("kein Zertifikat"),
        &["none to offer", "private key", "certlm.msc"],
        &[
            "kein Zertifikat anbieten",
            "privaten Schlüssel",
            "certlm.msc",
        ],
    ),
    row(
        "7",
        "win-acme gets one of Let's Encrypt, into the machine's store My",
        Plan(&["--ip", "81.2.3.4"]),
        &[
            "wacs.exe --source manual --host xphone.zahnfee.de",
            "--certificatestore My",
        ],
        &[
            "wacs.exe --source manual --host xphone.zahnfee.de",
            "--certificatestore My",
        ],
    ),
    row(
        "7",
        "it is validated through .well-known on port 80",
        Plan(&["--ip", "81.2.3.4"]),
        &["/.well-known/", "port 80"],
        &["/.well-known/", "Port 80"],
    ),
    row(
        "7",
        "after every renewal it has to be chosen again by hand",
        Plan(&["--ip", "81.2.3.4"]),
        &["After every renewal, choose the new certificate by hand"],
        &["Nach jeder Erneuerung"],
    ),
    row(
        "7",
        "forgotten: the old one is still shown",
        Explain("cert-not-reselected"),
        &["by hand", "xfed explain no-certificate"],
        &["von Hand", "xfed explain no-certificate"],
    ),
    row(
        "7",
        "Let's Encrypt is all that MTLS needs",
        Explain("cert-no-client-auth"),
        &["2026-07-08", "xfed explain guide"],
        &["08.07.2026", "xfed explain guide"],
    ),
    row(
        "7",
        "the vendor's help",
        About,
        &["help.c4b.com/xphone-connect-9/doc/en"],
        &["help.c4b.com/xphone-connect-9/doc/de"],
    ),
    row(
        "8",
        "the IM address is often the e-mail address, from e-mail, XMPP or SIP field",
        Explain("IM-Adresse"),
        &[
            "e-mail (office, private, other), XMPP address or SIP address",
            "but not always",
        ],
        &[
            "E-Mail (geschäftlich, privat, andere), XMPP-Adresse oder SIP-Adresse",
            "aber nicht immer",
        ],
    ),
    row(
        "8",
        "a branch is on Teams",
        Check(&["--partner"]),
        &["zahnfee.de can be reached"],
        &["zahnfee.de ist erreichbar"],
    ),
    row(
        "9",
        "a stranger's request waits, with a red number",
        Explain("Anfragen"),
        &["red number", "existing contact", "contact group"],
        &["rote Zahl", "vorhandener Kontakt", "Kontaktgruppe"],
    ),
    row(
        "9",
        "presence is granted with a permission, or not: unknown person",
        Explain("unbekannte Person"),
        &["administrator's default", "unbekannte Person"],
        &["Vorgabe des Administrators", "„unbekannte Person“"],
    ),
    row(
        "9",
        "presence is available, away, busy, do not disturb, signed out",
        Explain("no-presence"),
        &["available, away, busy, do not disturb, signed out"],
        &["verfügbar, abwesend, beschäftigt, bitte nicht stören, abgemeldet"],
    ),
    row(
        "9",
        "pictures are not transferred",
        Explain("Bilder"),
        &["no pictures", "Nothing to do"],
        &["keine Bilder", "Nichts zu tun"],
    ),
    row(
        "9",
        "the first message is a notification with a field for the answer",
        Explain("request-waits"),
        &["notification on the desktop, with a field for the answer"],
        &["Benachrichtigung auf dem Desktop, mit einem Feld für die Antwort"],
    ),
    row(
        "10",
        "question 1: chat with people outside at all?",
        Plan(&[]),
        &["Should users chat with people outside the company?"],
        &["Soll überhaupt mit Externen gechattet werden?"],
    ),
    row(
        "10",
        "question 2: is there another chat server, or will there be?",
        PlanBesideTeams(&[]),
        &["another chat server", "Microsoft 365"],
        &["Gibt es einen weiteren Chatserver wie Teams, oder wird es einen geben?"],
    ),
    row(
        "10",
        "variant 1: XPhone without federation",
        Plan(&["--variant", "1"]),
        &["leave federation switched off"],
        &["Federation ausgeschaltet lassen"],
    ),
    row(
        "10",
        "variant 2: other tenants of Teams ignore the SRV record",
        PlanBesideTeams(&["--variant", "2"]),
        &["Teams"],
        &["Teams"],
    ),
    row(
        "10",
        "variant 3: a domain of its own beside Teams",
        PlanBesideTeams(&["--variant", "3"]),
        &["xphone.zahnfee.de"],
        &["xphone.zahnfee.de"],
    ),
    row(
        "10",
        "changing the domain later changes every login name",
        Plan(&[]),
        &["changes every login name"],
        &["ändert alle Anmeldenamen"],
    ),
    row(
        "11",
        "direct federation: no SRV record, routes by hand",
        Check(&["--direct", "--fqdn", "xphone.zahnfee.de"]),
        &["direct federation has no SRV record"],
        &["Direct Federation hat keinen SRV-Record"],
    ),
    row(
        "11",
        "n servers need n·(n−1) routes",
        Explain("Direct Federation"),
        &["n·(n−1)"],
        &["n·(n−1)"],
    ),
    row(
        "12",
        "who does each step",
        Explain("DNS-Admin"),
        &["srv-missing", "fqdn-not-found"],
        &["srv-missing", "fqdn-not-found"],
    ),
    row(
        "13",
        "nslookup appends the local suffix; a dot at the end prevents it",
        Explain("nslookup"),
        &[
            "search suffixes",
            "With a dot at the end",
            "nslookup www.heise.de.",
            "Non-authoritative answer",
        ],
        &[
            "Suchsuffixe",
            "Mit Punkt am Ende",
            "nslookup www.heise.de.",
            "Nicht autorisierende Antwort",
        ],
    ),
    row(
        "13",
        "and on this machine the check tells",
        Explain("nslookup-suffix"),
        &[
            "-nosearch",
            "nslookup appends the search suffixes of this machine",
        ],
        &["-nosearch", "die Suchsuffixe dieses Rechners"],
    ),
    row(
        "imprint",
        "C4B, its support, and whose names these are",
        About,
        &[
            "Fe(e)deration",
            "not by C4B",
            "support@c4b.de",
            "trademark of C4B",
            "names of Microsoft",
        ],
        &[
            "Fe(e)deration",
            "nicht von C4B",
            "support@c4b.de",
            "Marke von C4B",
            "Namen von Microsoft",
        ],
    ),
];

/// What a command prints.
fn answer(ask: Ask, lang: &str) -> String {
    let said = |run: Run| {
        let (_, stdout, stderr) = run.args(&["--lang", lang]).text();
        assert!(!stdout.is_empty(), "{ask:?}: {stderr}");
        stdout
    };
    let plan = |zone: &str, options: &[&str]| {
        let dns = Dns::zone("zahnfee.de", zone);
        let resolver = dns.address().to_string();
        let run = Run::new("plan").args(&["zahnfee.de", "--resolver", &resolver]);
        said(run.args(options))
    };
    match ask {
        Explain(topic) => said(Run::new("explain").arg(topic)),
        About => said(Run::new("about")),
        Plan(options) => plan(MAIL, options),
        PlanBesideTeams(options) => plan(TEAMS, options),
        Check(options) => {
            let stage = Stage::new();
            let server: Server = demanding(stage.identity()).start();
            let resolver = stage.dns.address().to_string();
            let run = Run::new("check")
                .args(&["zahnfee.de", "--resolver", &resolver, "--ca-file"])
                .arg(stage.roots())
                .args(options)
                .connect_to(&server);
            said(run)
        }
    }
}

/// The text with its wraps undone.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_statement_of_the_guide_has_its_answer() {
    let mut missing = Vec::new();
    for lang in ["en", "de"] {
        let mut answers: Vec<(Ask, String)> = Vec::new();
        for row in GUIDE {
            let known = answers.iter().position(|(ask, _)| *ask == row.ask);
            let at = known.unwrap_or_else(|| {
                answers.push((row.ask, flat(&answer(row.ask, lang))));
                answers.len() - 1
            });
            let words = if lang == "en" {
                row.english
            } else {
                row.german
            };
            for word in words {
                if !answers[at].1.contains(word) {
                    let Row {
                        chapter,
                        statement,
                        ask,
                        ..
                    } = row;
                    missing.push(format!(
                        "{lang}: {chapter}, {statement}: {ask:?} lacks {word:?}"
                    ));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// No chapter is left out, and each comes in its place.
#[test]
fn the_guide_is_walked_from_end_to_end() {
    let mut chapters: Vec<&str> = GUIDE.iter().map(|row| row.chapter).collect();
    chapters.dedup();
    let numbers = (1..=13).map(|number: u32| number.to_string());
    let expected: Vec<String> = numbers.chain(["imprint".to_owned()]).collect();
    assert_eq!(chapters, expected);
}

/// Every point in which xfed differs from the guide is on the page of the manual, by its findings.
#[test]
fn the_page_on_differences_names_every_finding_concerned() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for lang in ["en", "de"] {
        let page = root.join(format!(".github/manual/{lang}/differences.md"));
        let page = std::fs::read_to_string(page).expect("a page");
        let explained = answer(Explain("guide"), lang);
        let mut codes = Vec::new();
        for difference in &xfed::internals::DIFFERENCES {
            codes.extend(difference.codes);
        }
        assert!(codes.len() > 12);
        for code in codes {
            assert!(page.contains(&format!("#{code})")), "{lang}: {code}");
            assert!(
                explained.contains(&format!("xfed explain {code}")),
                "{code}"
            );
            let own = answer(Explain(code), lang);
            assert!(own.contains("xfed explain guide"), "{lang}: {code}");
        }
        let rows = page.lines().filter(|line| line.starts_with("| ")).count();
        assert_eq!(
            rows,
            xfed::internals::DIFFERENCES.len() + 1,
            "{lang}: and the heading"
        );
    }
}
