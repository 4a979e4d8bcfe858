//! What stands below the options of a command, written once: `--help` shows it as text, the manual
//! as sections.

use clap::ValueEnum;

/// A section of a help page.
pub(super) struct Section {
    /// Its title in `--help`.
    title: &'static str,
    /// Its heading in the manual (man-pages(7)).
    pub(super) heading: &'static str,
    pub(super) blocks: &'static [Block],
}

/// A piece of a section.
pub(super) enum Block {
    /// A paragraph.
    Text(&'static str),
    /// Terms, and what each means.
    Terms(&'static [(&'static str, &'static str)]),
    /// Command lines, to be copied.
    Commands(&'static [&'static str]),
}

use Block::{Commands, Terms, Text};

const EXIT_CODES: Section = Section {
    title: "Exit codes",
    heading: "EXIT STATUS",
    blocks: &[
        Terms(&[
            ("0", "ready, or ready with warnings"),
            (
                "1",
                "not ready (with --fail-on warn: or ready with warnings)",
            ),
            (
                "2",
                "usage, configuration, or output that cannot be written",
            ),
            ("3", "inconclusive: something could not be tested"),
            (
                "130",
                "interrupted (Ctrl-C; 143 by SIGTERM): the reports hold what was checked until then",
            ),
        ]),
        Text("Over several domains the worst counts: 1 before 3 before 0."),
        Text(
            "With --format nagios, those of a monitoring plugin: 0 ready, 1 ready with warnings, 2 not \
             ready, 3 inconclusive or anything else; 2 before 3 before 1 before 0.",
        ),
    ],
};

const OTHER_EXIT_CODES: Section = Section {
    title: "Exit codes",
    heading: "EXIT STATUS",
    blocks: &[Terms(&[
        ("0", "it is printed"),
        ("2", "usage, or output that cannot be written"),
    ])],
};

const PLAN_EXIT_CODES: Section = Section {
    title: "Exit codes",
    heading: "EXIT STATUS",
    blocks: &[Terms(&[
        (
            "0",
            "the plan is printed; what DNS did not say is named in it",
        ),
        (
            "1, 3",
            "with --zone, as check: the file is wrong; something could not be tested",
        ),
        (
            "2",
            "usage, a zone file that cannot be read, or output that cannot be written",
        ),
    ])],
};

const CERT_EXIT_CODES: Section = Section {
    title: "Exit codes",
    heading: "EXIT STATUS",
    blocks: &[
        Terms(&[
            (
                "0",
                "every address shows a certificate, good or bad; of files, one can be chosen",
            ),
            (
                "1",
                "an address answers, but shows no certificate; of files, none can be chosen",
            ),
            ("2", "usage, or output that cannot be written"),
            (
                "3",
                "an address could not be reached, or there is none; of files, the one to choose could not \
                 be judged whole",
            ),
        ]),
        Text("Over several addresses the worst counts: 1 before 3 before 0."),
    ],
};

const EXAMPLES: Section = examples(&[Commands(&[
    "xfed plan zahnfee.de",
    "xfed check zahnfee.de",
    "xfed explain srv-missing",
])]);

const CHECK_FIRST: Section = examples(&[Commands(&[
    "xfed check zahnfee.de",
    "xfed check toothfairy.uk --partner",
    "xfed check zahnfee.de --connect-to 10.0.0.5 --report html=report.html",
])]);

const CHECK_EXIT_CODES: Section = Section {
    title: "Exit codes",
    heading: "EXIT STATUS",
    blocks: &[Text(
        "0 ready, 1 not ready, 2 usage, 3 something could not be tested; see --help",
    )],
};

const ALL_OPTIONS: &str = "More options, their variables, lists of targets: xfed check --help";

const CHECK_EXAMPLES: Section = examples(&[Commands(&[
    "xfed check zahnfee.de",
    "xfed check info@zahnfee.de --lang de",
    "xfed check zahnfee.de --direct --fqdn xphone.zahnfee.de",
    "xfed check toothfairy.uk --partner",
    "xfed check zahnfee.de --connect-to 10.0.0.5",
    "xfed check zahnfee.de --via here --via ssh://probe@vps.example",
    "xfed check zahnfee.de --resolver tls://9.9.9.9#dns.quad9.net",
    "xfed check --targets partners.txt --partner",
    "xfed check zahnfee.de --wait 15m",
    "xfed check zahnfee.de --report junit=xfed.xml --report markdown=summary.md",
    "xfed check --targets customers.txt -q --report 'html={domain}.html' --report csv=all.csv",
    "xfed check zahnfee.de --resolver 9.9.9.9 --format json | jq '.reports[].verdict'",
])]);

const PLAN_EXAMPLES: Section = examples(&[Commands(&[
    "xfed plan zahnfee.de",
    "xfed plan zahnfee.de --fqdn chat.zahnfee.de --ip 81.2.3.4",
    "xfed plan zahnfee.de --variant 3 --lang de",
    "xfed plan --targets customers.txt --format json",
    "xfed plan a.example --direct --peer b.example --peer c.example",
    "xfed plan zahnfee.de --zone zahnfee.de.zone --format junit",
])]);

const CERT_EXAMPLES: Section = examples(&[Commands(&[
    "xfed cert xphone.zahnfee.de",
    "xfed cert 10.0.0.5 --name xphone.zahnfee.de",
    "xfed cert [2001:db8::5]:443",
    "xfed cert xphone.zahnfee.de --format pem > chain.pem",
    "xfed cert xphone.pfx --fqdn xphone.zahnfee.de",
    "xfed cert leaf.cer chain.pem xphone.key --fqdn xphone.zahnfee.de",
    "xfed cert xphone.zahnfee.de --format json | jq '.addresses[].chain[0].not_after'",
])]);

const LISTEN_EXAMPLES: Section = examples(&[Commands(&[
    "xfed listen --fqdn fed.test.example --cert fullchain.pem --key privkey.pem",
    "xfed listen --fqdn fed.test.example --cert fullchain.pem --key privkey.pem --expect zahnfee.de --once",
    "xfed listen --fqdn fed.test.example --cert fullchain.pem --key privkey.pem --ca-hints roots",
])]);

const LISTEN_EXIT_CODES: Section = Section {
    title: "Exit codes",
    heading: "EXIT STATUS",
    blocks: &[Terms(&[
        (
            "0",
            "a text has come, and nothing keeps partners from taking it",
        ),
        (
            "1",
            "the server that called has a fault that partners refuse",
        ),
        (
            "2",
            "usage, a certificate or port that cannot be used, or output that cannot be written",
        ),
        ("3", "nobody called, or no text has come"),
        (
            "130",
            "interrupted before anybody called (Ctrl-C; 143 by SIGTERM)",
        ),
    ])],
};

const PAIR_EXAMPLES: Section = examples(&[Commands(&[
    "xfed pair zahnfee.de toothfairy.uk",
    "xfed pair zahnfee.de toothfairy.uk --evidence listen.json",
    "xfed pair a.example=xphone.a.example b.example=xphone.b.example --direct",
    "xfed pair zahnfee.de toothfairy.uk --via here --via ssh://probe@vps.example",
    "xfed pair zahnfee.de toothfairy.uk --format todo",
    "xfed pair zahnfee.de toothfairy.uk --format json | jq -r '.reports[].headline'",
])]);

const PAIR_EXIT_CODES: Section = Section {
    title: "Exit codes",
    heading: "EXIT STATUS",
    blocks: &[
        Terms(&[
            ("0", "each can reach the other, with warnings or without"),
            (
                "1",
                "one of them cannot (with --fail-on warn: or there are warnings)",
            ),
            (
                "2",
                "usage, evidence about another domain, or output that cannot be written",
            ),
            ("3", "something could not be tested"),
            (
                "130",
                "interrupted (Ctrl-C; 143 by SIGTERM): nothing is written",
            ),
        ]),
        Text("The worse of both directions counts: 1 before 3 before 0."),
    ],
};

const REPLAY_EXAMPLES: Section = examples(&[Commands(&[
    "xfed replay report.json",
    "xfed replay report.json --lang de -v",
    "xfed replay report.json --now 2026-12-24",
    "xfed check zahnfee.de --format json | xfed replay - --redact --format json > report.json",
])]);

const DIFF_EXAMPLES: Section = examples(&[Commands(&[
    "xfed diff yesterday.json today.json",
    "xfed check zahnfee.de --format json | xfed diff yesterday.json -",
    "xfed check zahnfee.de --since yesterday.json",
    "xfed diff october.jsonl november.jsonl --format markdown > changes.md",
])]);

const DIFF_EXIT_CODES: Section = Section {
    title: "Exit codes",
    heading: "EXIT STATUS",
    blocks: &[
        Terms(&[
            ("0", "nothing is worse"),
            ("1", "something is worse (with --fail-on any: or different)"),
            (
                "2",
                "usage, unreadable report, output that cannot be written",
            ),
            (
                "3",
                "they cannot be compared, or something could not be tested this time",
            ),
        ]),
        Text("Over several domains the worst counts: 1 before 3 before 0."),
        Text(
            "Reports cannot be compared that were made in another mode or from another place, or of \
             which only one was made with --redact.",
        ),
    ],
};

const PROBE_EXAMPLES: Section = examples(&[Commands(&[
    "xfed probe --authorized-key id_ed25519.pub >> ~/.ssh/authorized_keys",
    "xfed probe --authorized-key id_ed25519.pub --max-domains 500/d",
])]);

const PROBE_EXIT_CODES: Section = Section {
    title: "Exit codes",
    heading: "EXIT STATUS",
    blocks: &[Terms(&[
        ("0", "nobody asks any more; the line is printed"),
        (
            "2",
            "usage, configuration, no public key, or output that cannot be written",
        ),
    ])],
};

const SERVE_EXAMPLES: Section = examples(&[Commands(&[
    "xfed serve",
    "xfed serve --ui",
    "xfed serve --config /etc/xfed/xfed.toml --listen systemd",
    "xfed serve --listen 0.0.0.0:9533 --web-config web.toml",
    "xfed serve --store /var/lib/xfed/results.sqlite",
    "xfed serve --public --listen 0.0.0.0:443 --web-config web.toml",
    "curl '127.0.0.1:9533/probe?target=zahnfee.de&debug=true'",
])]);

const SERVE_PATHS: Section = Section {
    title: "What is answered",
    heading: "PATHS",
    blocks: &[Terms(&[
        (
            "GET /probe?target=DOMAIN[&module=NAME][&debug=true]",
            "a check, as metrics; with debug the report below them",
        ),
        (
            "POST /api/v1/checks {\"domain\": DOMAIN}",
            "begins a check that one comes back to",
        ),
        (
            "GET /api/v1/checks/NAME[/events], /r/NAME[.json|.md]",
            "how far it is; what came of it",
        ),
        ("GET /metrics", "what the service says of itself"),
        ("GET /healthz, /readyz", "it is alive; it takes requests"),
        (
            "POST /-/reload",
            "xfed.toml and --web-config are read again, as by SIGHUP",
        ),
    ])],
};

const SERVE_EXIT_CODES: Section = Section {
    title: "Exit codes",
    heading: "EXIT STATUS",
    blocks: &[Terms(&[
        (
            "0",
            "ended by Ctrl-C or SIGTERM, with every request answered",
        ),
        ("2", "usage, configuration, or no socket to listen on"),
    ])],
};

const EXPLAIN_EXAMPLES: Section = examples(&[Commands(&[
    "xfed explain srv-missing",
    "xfed explain certificate --lang de",
    "xfed explain Firewall",
    "xfed explain Anfragen",
    "xfed explain nslookup",
    "xfed explain DNS admin",
    "xfed explain 1009 --format markdown",
    "xfed explain --all --format markdown > reference.md",
])]);

const COMPLETIONS_EXAMPLES: Section = examples(&[
    Text("bash and fish, once:"),
    Commands(&[
        "xfed completions bash > ~/.local/share/bash-completion/completions/xfed",
        "xfed completions fish > ~/.config/fish/completions/xfed.fish",
    ]),
    Text("zsh, once, and in ~/.zshrc, before compinit:"),
    Commands(&["xfed completions zsh > ~/.zfunc/_xfed", "fpath+=(~/.zfunc)"]),
    Text("PowerShell, in the file that $PROFILE names; elvish, in rc.elv:"),
    Commands(&[
        "xfed completions powershell | Out-String | Invoke-Expression",
        "eval (xfed completions elvish | slurp)",
    ]),
]);

const MAN_EXAMPLES: Section = examples(&[Commands(&[
    "xfed man | man -l -",
    "xfed man check | man -l -",
    "xfed man --dir ~/.local/share/man/man1",
])]);

const TARGETS: Section = Section {
    title: "Lists of targets",
    heading: "LISTS OF TARGETS",
    blocks: &[
        Text(
            "A list of targets (--targets FILE, or - for DOMAIN) holds one domain per line; behind it \
             may stand fqdn=…, mode=open|direct|partner|direct+partner, connect-to=… and \
             authority=…, several values with commas. # begins a comment.",
        ),
        Text(
            "Anything else as name=value is a label, such as customer=4711 or name=\"Dr. Hammer\": every \
             format passes it on, and nothing is judged by it.",
        ),
        Text("What holds for all of them, and for every run, goes into xfed.toml."),
    ],
};

const REDACTION: Section = Section {
    title: "What a report in JSON holds (its field \"holds\" says which of it)",
    heading: "WHAT A REPORT HOLDS",
    blocks: &[
        Text(
            "A report in JSON holds the domain as typed, names and records in DNS, the addresses \
             connected to, the resolvers asked, the certificates and answers of the servers; never \
             a private key.",
        ),
        Text(
            "With --redact it lacks what is local to the machine that made it: what was typed, \
             except for the domain; labels; why findings are accepted; the resolvers it is configured with; \
             and where they are not public, the addresses of resolvers and servers that were given, \
             and those that only its own DNS names; names that no public resolver, server of the zone or \
             certificate shows; what its search suffixes lead to; and the words of its resolvers' errors. Documentation addresses \
             (192.0.2.x, 2001:db8::x) and names such as local-1.zahnfee.de take their place. What public DNS \
             says stays. It is judged as before.",
        ),
    ],
};

const fn examples(blocks: &'static [Block]) -> Section {
    Section {
        title: "Examples",
        heading: "EXAMPLES",
        blocks,
    }
}

/// What has a help page of its own: the program, and each subcommand under its name.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum HelpPage {
    #[value(name = "xfed")]
    Program,
    Check,
    Plan,
    Cert,
    Listen,
    Pair,
    Replay,
    Diff,
    Probe,
    Serve,
    Explain,
    Schema,
    Completions,
    Man,
    About,
}

impl HelpPage {
    /// The page of a command, by the name that clap knows it by.
    pub(super) fn of(command: &str) -> Self {
        Self::from_str(command, false).expect("every subcommand has a help page")
    }

    /// The sections below the options, in the order of `--help`.
    pub(super) fn sections(self) -> &'static [Section] {
        match self {
            Self::Program => &[EXAMPLES, EXIT_CODES],
            Self::Check => &[CHECK_EXAMPLES, TARGETS, REDACTION, EXIT_CODES],
            Self::Plan => &[PLAN_EXAMPLES, PLAN_EXIT_CODES],
            Self::Cert => &[CERT_EXAMPLES, CERT_EXIT_CODES],
            Self::Listen => &[LISTEN_EXAMPLES, LISTEN_EXIT_CODES],
            Self::Pair => &[PAIR_EXAMPLES, REDACTION, PAIR_EXIT_CODES],
            Self::Replay => &[REPLAY_EXAMPLES, REDACTION, EXIT_CODES],
            Self::Diff => &[DIFF_EXAMPLES, DIFF_EXIT_CODES],
            Self::Probe => &[PROBE_EXAMPLES, PROBE_EXIT_CODES],
            Self::Serve => &[SERVE_EXAMPLES, SERVE_PATHS, SERVE_EXIT_CODES],
            Self::Explain => &[EXPLAIN_EXAMPLES, OTHER_EXIT_CODES],
            Self::Schema | Self::About => &[OTHER_EXIT_CODES],
            Self::Completions => &[COMPLETIONS_EXAMPLES, OTHER_EXIT_CODES],
            Self::Man => &[MAN_EXAMPLES, OTHER_EXIT_CODES],
        }
    }

    /// What stands below the options with `-h`: the essentials.
    pub(super) fn brief(self) -> String {
        let mut sections: Vec<String> = match self {
            Self::Check => [CHECK_FIRST, CHECK_EXIT_CODES]
                .iter()
                .map(Section::text)
                .collect(),
            _ => return self.text(),
        };
        sections.push(ALL_OPTIONS.to_owned());
        sections.join("\n\n")
    }

    /// The sections as text, for clap to wrap.
    pub(super) fn text(self) -> String {
        let sections: Vec<String> = self.sections().iter().map(Section::text).collect();
        sections.join("\n\n")
    }
}

impl Section {
    fn text(&self) -> String {
        let mut lines = vec![format!("{}:", self.title)];
        let has_text = self.blocks.iter().any(|block| matches!(block, Text(_)));
        let margin = if has_text { "    " } else { "  " };
        for block in self.blocks {
            match block {
                Text(text) => lines.push(format!("  {text}")),
                Terms(terms) => lines.extend(
                    terms
                        .iter()
                        .map(|(term, meaning)| format!("  {term}  {meaning}")),
                ),
                Commands(commands) => {
                    lines.extend(commands.iter().map(|command| format!("{margin}{command}")));
                }
            }
        }
        lines.join("\n")
    }
}
