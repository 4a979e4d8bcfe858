//! `xfed plan`: the choice of the domain as the guide has it (chapter 10), and what stands around the
//! records.

use crate::stage::Run;
use crate::world::Dns;

const MAIL: &str = "@ MX 10 mail\nmail A 81.2.3.5\n";
const TEAMS: &str = "@ MX 10 zahnfee-de.mail.protection.outlook.com.\n";

fn zone(lines: &str) -> Dns {
    Dns::zone("zahnfee.de", lines)
}

/// What the plan says, with its wraps undone.
#[track_caller]
fn plan(dns: &Dns, args: &[&str]) -> String {
    let run = Run::new("plan").args(args).arg("--resolver");
    let (code, stdout, stderr) = run.arg(dns.address().to_string()).text();
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Each of these in the language that stands before it.
#[track_caller]
fn says(dns: &Dns, args: &[&str], wanted: &[(&str, &str)]) {
    for lang in ["en", "de"] {
        let text = plan(dns, &[args, &["--lang", lang]].concat());
        for (_, wanted) in wanted.iter().filter(|(of, _)| *of == lang) {
            assert!(text.contains(wanted), "no {wanted:?} in:\n{text}");
        }
    }
}

#[test]
fn what_decides_is_asked() {
    says(
        &zone(MAIL),
        &["zahnfee.de"],
        &[
            ("en", "with people outside the company, now or later?"),
            ("en", "\"Perhaps later\" is a yes, too"),
            ("en", "or will there be one, perhaps later?"),
            ("en", "Which one IM address goes on the business card?"),
            ("en", "Which server knows that address?"),
            (
                "en",
                "With which client will people answer requests from outside?",
            ),
            ("en", "has often given e-mail and IM address away already"),
            ("de", "mit Externen gechattet werden, jetzt oder später?"),
            ("de", "„Vielleicht später“ zählt als Ja"),
            ("de", "Welche eine IM-Adresse steht auf der Visitenkarte?"),
            ("de", "Welcher Server kennt diese Adresse?"),
            (
                "de",
                "Mit welchem Client werden Anfragen von außen beantwortet?",
            ),
            ("de", "hat E-Mail- und IM-Adresse oft schon vergeben"),
        ],
    );
}

#[test]
fn no_variant_hides_that_the_domain_is_missing() {
    for variant in ["email", "1", "2", "3"] {
        says(
            &Dns::empty(),
            &["zahnfee.de", "--variant", variant],
            &[
                ("en", "Public DNS does not know zahnfee.de (NXDOMAIN)"),
                (
                    "de",
                    "Das öffentliche DNS kennt zahnfee.de nicht (NXDOMAIN)",
                ),
            ],
        );
        let text = plan(
            &zone(MAIL),
            &["zahnfee.de", "--variant", variant, "--lang", "en"],
        );
        assert!(!text.contains("NXDOMAIN"), "{variant}: it is there: {text}");
    }
}

#[test]
fn without_federation_the_primary_domain_is_recommended() {
    says(
        &zone(MAIL),
        &["zahnfee.de", "--variant", "1"],
        &[
            (
                "en",
                "take the primary domain, zahnfee.de: login names then look like e-mail addresses",
            ),
            ("en", "Changing the domain later changes every login name."),
            (
                "de",
                "Empfohlen ist trotzdem die primäre Domäne, zahnfee.de: Die Anmeldenamen sehen dann aus wie E-Mail-Adressen",
            ),
            (
                "de",
                "Wer die Domäne später ändert, ändert alle Anmeldenamen.",
            ),
        ],
    );
}

/// Variant 3 has two domains: whose each is, and whether both are there.
#[test]
fn a_domain_of_its_own_is_told_from_the_companys() {
    says(
        &zone(TEAMS),
        &["zahnfee.de"],
        &[
            ("en", "zahnfee.de keeps mail, Teams and its addresses"),
            (
                "en",
                "xphone.zahnfee.de gets XPhone: its login names and IM addresses",
            ),
            ("en", "for single departments or sites, too"),
            (
                "en",
                "SRV record zahnfee.de: none SRV record xphone.zahnfee.de: none",
            ),
            ("de", "SRV-Record xphone.zahnfee.de: nichts gefunden"),
            ("de", "zahnfee.de behält Mail, Teams mit seinen Adressen"),
            (
                "de",
                "xphone.zahnfee.de bekommt XPhone: dessen Anmeldenamen",
            ),
            ("de", "auch für einzelne Abteilungen oder Standorte"),
        ],
    );
    let own = ["zahnfee.de", "--variant", "3", "--own", "zahnfee-chat.de"];
    says(
        &zone(TEAMS),
        &own,
        &[
            ("en", "Public DNS does not know zahnfee-chat.de (NXDOMAIN)"),
            (
                "en",
                "_sipfederationtls._tcp.zahnfee-chat.de. 3600 IN SRV 0 0 5061 xphone.zahnfee-chat.de.",
            ),
            ("en", "-ZoneName \"zahnfee-chat.de\" -Name \"xphone\""),
            (
                "de",
                "Das öffentliche DNS kennt zahnfee-chat.de nicht (NXDOMAIN)",
            ),
        ],
    );
    // Of a name below a domain that is there, nothing has to be registered.
    let below = ["zahnfee.de", "--variant", "3", "--own", "chat.zahnfee.de"];
    let text = plan(&zone(TEAMS), &[&below[..], &["--lang", "en"]].concat());
    assert!(!text.contains("NXDOMAIN"), "{text}");
    assert!(
        text.contains("-ZoneName \"zahnfee.de\" -Name \"chat\""),
        "{text}"
    );
    // The name that is new was typed, and not the company's.
    let new = ["xphone.zahnfee.de", "--variant", "3"];
    let text = plan(&zone(TEAMS), &[&new[..], &["--lang", "en"]].concat());
    let said = "XPhone domain xphone.zahnfee.de, beside zahnfee.de";
    assert!(text.contains(said), "{text}");
    assert!(!text.contains("xphone.xphone"), "{text}");
}

#[test]
fn the_name_of_the_server_is_no_domain() {
    let dns = zone(&format!(
        "{MAIL}_sipfederationtls._tcp SRV 0 0 5061 xphone\nxphone A 81.2.3.4\n"
    ));
    says(
        &dns,
        &["xphone.zahnfee.de"],
        &[
            ("en", "Federation for zahnfee.de: the plan"),
            (
                "en",
                "xphone.zahnfee.de is the server: the SRV record of zahnfee.de leads to it.",
            ),
            ("en", "The SRV record is published as it should be."),
            ("de", "Federation für zahnfee.de: der Plan"),
            (
                "de",
                "xphone.zahnfee.de ist der Server: Der SRV-Record von zahnfee.de führt zu ihm.",
            ),
        ],
    );
    let text = plan(&dns, &["xphone.zahnfee.de"]);
    assert!(!text.contains("xphone.xphone"), "{text}");
    // Whatever else lies below a domain that has a record is a domain like any other.
    let text = plan(&dns, &["chat.zahnfee.de", "--lang", "en"]);
    let own = "_sipfederationtls._tcp.chat.zahnfee.de. 3600 IN SRV";
    assert!(text.contains(own), "{text}");
}

#[test]
fn the_certificate_is_ordered_with_reasons() {
    says(
        &zone(MAIL),
        &["zahnfee.de"],
        &[
            ("en", "https://simple-acme.com"),
            ("en", "The guide takes --validation filesystem"),
            (
                "en",
                "no web root, no rights and no redirect of IIS can be in the way",
            ),
            ("en", "IIS may go on running"),
            ("en", r"mkdir C:\inetpub\wwwroot\.well-known\acme-challenge"),
            (
                "en",
                "simple-acme takes the proxy of Windows; another one is entered in settings.json",
            ),
            ("de", "Der Leitfaden nimmt --validation filesystem"),
            ("de", "Einen IIS braucht es nicht, und er darf weiterlaufen"),
            ("de", "den Ordner von Hand anlegen"),
            (
                "de",
                "simple-acme nimmt den von Windows; ein anderer steht in settings.json",
            ),
        ],
    );
}

/// Every field of the page is named, also the one that the guide leaves open.
#[test]
fn the_page_of_federation_is_filled_in() {
    says(
        &zone(MAIL),
        &["zahnfee.de", "--ip", "10.0.0.5"],
        &[
            ("en", "XPhone Connect Federation on Open Federation on"),
            (
                "en",
                "Network interface the one with 10.0.0.5, never 169.254.x.x Port 5061 Protocol leave it as it stands: the guide gives no value",
            ),
            (
                "de",
                "XPhone Connect Federation aktivieren ein Open Federation ein",
            ),
            (
                "de",
                "Netzwerkschnittstelle die mit 10.0.0.5, nie 169.254.x.x Port 5061 Protokoll so lassen, wie es steht",
            ),
        ],
    );
}

#[test]
fn the_teams_admin_gets_commands() {
    const OFF: &str = "Set-CsTenantFederationConfiguration -AllowFederatedUsers $false";
    const ALL: &str = "-AllowFederatedUsers $true -AllowedDomains (New-CsEdgeAllowAllKnownDomains)";
    const LIST: &str = "-AllowFederatedUsers $true -AllowedDomainsAsAList @{Add=$list}";
    let of = |variant: &str| {
        plan(
            &zone(TEAMS),
            &["zahnfee.de", "--variant", variant, "--lang", "en"],
        )
    };
    let taken_over = of("2");
    for line in [
        OFF,
        ALL,
        LIST,
        "$list.Add(\"zahnfee.de\")",
        "Connect-MicrosoftTeams Get-CsTenantFederationConfiguration",
        "https://learn.microsoft.com/powershell/module/microsoftteams/set-cstenantfederationconfiguration",
    ] {
        assert!(taken_over.contains(line), "no {line} in {taken_over}");
    }
    let beside = of("3");
    assert!(
        beside.contains("$list.Add(\"xphone.zahnfee.de\")"),
        "{beside}"
    );
    assert!(
        beside.contains("in your own tenant and in those of partners"),
        "{beside}"
    );
    // Teams goes on chatting there.
    assert!(!beside.contains(OFF), "{beside}");
    assert!(!of("email").contains(OFF));
    assert!(
        !of("1").contains("Set-Cs"),
        "nothing is to be done in Teams"
    );
}
