### The texts of xfed in English. Same ids, attributes and variables as de.ftl; a test compares them.
### Messages: subject, observed, expected. `.fix`: who enters what where; a line that begins
### with > is to be copied as it is, and a line that begins with an owner (@dns-admin, @network, @xphone-admin) is
### for that one alone. `.what`, `.why`, `.mend` and `.source` are printed by `xfed explain`, without
### a finding, so they have no variables.

## The steps of the checklist

step-domain = XPhone domain
    .what = The XPhone domain (namespace) is the part after @ in every IM address, set in the XPhone administration. This step asks public DNS whether the domain exists, whether its servers answer and where its mail goes.
    .why = Partners know nothing of the server but this domain: every other record is looked up below it. Where XPhone is the only chat system, the domain equals the e-mail domain, so that one address serves for both.
    .mend = Correct DNS rather than the domain: changing the XPhone domain later changes every login name and every IM address, and federation has to be switched off for it. Where Teams runs beside XPhone, decide first which of the two answers for the domain.
    .source = XPhone Federation guide, chapters 2, 10 and 12

step-address = FQDN, A record
    .what = The FQDN is the server's public name, entered in XPhone as public name (FQDN). This step asks whether it ends with the XPhone domain and has one A record in public DNS with an address that partners can reach.
    .why = The SRV record names it, partners resolve it, and the certificate is issued to exactly this name. A machine name from Active Directory (srvxp01) means nothing outside the company.
    .mend = Take a name directly below the domain, e.g. xphone.<domain>, and create one A record with the public address that the firewall forwards to the server. Compare with nslookup from a machine outside, or with a dot at the end of the name.
    .source = XPhone Federation guide, chapters 3, 12 and 13

step-srv = SRV record
    .what = The SRV record _sipfederationtls._tcp.<domain> tells every partner which server answers for the domain, and on which port. This step asks whether there is one, with port 5061 and the FQDN as target.
    .why = In open federation it is the only way in which a partner finds the server. Only direct federation does without it: there each side enters the other's FQDN by hand.
    .mend = Create it in the provider's form: service _sipfederationtls, protocol _tcp, priority 0, weight 0, port 5061, target the FQDN. The name is built from the XPhone domain, which is not necessarily the company's main domain.
    .source = XPhone Federation guide, chapters 4, 11 and 12; RFC 2782

step-tcp = Firewall, DMZ
    .what = This step connects to every published address of the FQDN on TCP port 5061, from the machine that xfed runs on. It says whether the port is open, refused, silent or out of reach.
    .why = Partners open the connection themselves, so the port has to be reachable from anywhere. An open port is necessary but proves little: a firewall may accept where nothing answers, so the steps behind look further.
    .mend = Forward TCP 5061 from the public address to the server's interface, and allow outgoing TCP 5061 from the server to any address. Always test from outside, without VPN: from inside, many firewalls do not lead back to their own public address.
    .source = XPhone Federation guide, chapters 5 and 12

step-certificate = Certificate
    .what = This step looks at the certificate that the server shows on port 5061: whom it is issued to, by whom, how long it is valid, and what it may be used for. It is judged even when MTLS ends the connection.
    .why = Both sides of a federation prove themselves with certificates (MTLS). A partner that finds another name, an unknown issuer or a date in the past ends the connection, and its users just see that nobody answers.
    .mend = Order a certificate for exactly the FQDN, without wildcard, from a public CA. After every renewal choose it again by hand in the XPhone administration; XPhone does not do that by itself.
    .source = XPhone Federation guide, chapters 7 and 12

step-federation = Federation
    .what = This step speaks TLS with the server as a partner would: version, demand for a client certificate (MTLS), and an answer to the SIP request OPTIONS.
    .why = Only here can be seen that it is really XPhone that answers on port 5061. Telnet without an error message does not show it.
    .mend = In the XPhone administration, switch on federation and open federation, and choose the interface with the server's LAN address and port 5061. An entry with 169.254.x.x in that list is not reachable.
    .source = XPhone Federation guide, chapters 6 and 12; RFC 3261, section 11

step-outbound-connection = Connection
    .what = This step asks whether anybody called the test partner within the time, and from which address. A call is taken for the other side's by its certificate, its sender or its published address; everybody else who connects to an open port is only counted.
    .why = Half of every federation is outgoing: the XPhone server connects to the partner on TCP 5061 itself. From outside nobody can see whether it gets out; only a partner can.
    .mend = On the server, run Test-NetConnection with the name of the test partner and port 5061. If that fails, allow outgoing TCP 5061 to any address. If it succeeds, see whether federation is on, and whether the test partner's domain is allowed.
    .source = XPhone Federation guide, chapters 5 and 12

step-outbound-tls = TLS
    .what = This step looks at the handshake of the server that called: which versions of TLS it offers, which name it asks for, and whether it takes the certificate of the test partner.
    .why = Partners accept TLS 1.2 or later only. A server that offers nothing newer than TLS 1.1, or trusts none of today's certificates, reaches nobody, and its users just see that nobody answers.
    .mend = Keep Windows up to date, with its list of root certificates, and leave TLS 1.2 switched on for clients (Schannel). Exempt TCP 5061 from TLS inspection.
    .source = XPhone Federation guide, chapter 7; RFC 8996

step-outbound-certificate = Client certificate
    .what = This step judges the certificate that the server presents when it connects to a partner, by the rules for the certificate that it shows on port 5061: XPhone has one for both.
    .why = Both sides prove themselves (MTLS). Whether a certificate is sent at all, and with which intermediates, can be seen from the other side only.
    .mend = Order a certificate for exactly the FQDN from a public CA, choose it in the XPhone administration, and install the intermediate certificates on the server.
    .source = XPhone Federation guide, chapter 7

step-outbound-acceptance = Accepted by
    .what = This step infers from the certificate and from public DNS which kinds of partners take this client: an Edge of Skype for Business, Teams, servers with strict rules such as Kamailio and OpenSIPS. It is a conclusion, no test.
    .why = The rules differ. An Edge asks for the SRV record of the sender's domain and expects that server in the certificate. Servers based on OpenSSL refuse a certificate that is for servers only. Teams accepts it.
    .mend = Publish the SRV record with the name that the certificate is for. Where a strict partner refuses, ask there to accept serverAuth certificates.
    .source = Microsoft, “Set-CsAccessEdgeConfiguration”; OpenSSL, verify error 26; RFC 5280, section 4.2.1.12

step-outbound-sip = SIP
    .what = This step reads what the server says after the handshake: whether it is SIP, which requests come, and from which domain.
    .why = What comes first differs: Skype for Business asks for compression (NEGOTIATE), most ask for presence (SUBSCRIBE) and then open a chat. The domain in From is what partners look up and allow.
    .mend = Compare the domain with the XPhone domain. If the server connects and says nothing, write to the test address in XPhone.
    .source = RFC 3261; [MS-SIPCOMP]

step-outbound-chat = Chat
    .what = This step asks whether a text has come: as a message by itself, or within a chat that was opened before (INVITE). Nothing of it is kept.
    .why = Everything before it can be right, and still no text arrives: contact not accepted, a chat that is opened and nothing sent in it, another address.
    .mend = In XPhone, add the address that xfed listen printed as a contact, and write a line to it. The address is another one each time.
    .source = RFC 3261; RFC 3428

step-outbound-reply = Reply
    .what = With --echo, the test partner replies to a text, once each, with a text of its own. This step asks whether the server took the reply: within the same chat on a new connection to the server that the chat names, as partners do it; else on the connection that the server has opened itself. A message by itself is replied to by way of the SRV record.
    .why = A chat has two directions. A text that gets out and whose answers get lost looks, for the users, as if nobody answered.
    .mend = If a new connection does not come about, open TCP 5061 from outside; xfed check shows what is closed. If the reply is refused, look into the log of the server for the status that is named here.
    .source = RFC 3261, section 12.2; RFC 3428

## Status, severity, verdict

status-pass = ok
status-warn = warning
status-fail = failed
status-skip = not tested
status-unknown = could not test

severity-fail = failure
severity-warn = warning
severity-info = remark
severity-unknown = could not test

# The finding to begin with, who can mend it, and the other steps that the verdict is due to.
verdict-cause = { $headline }{ $owners_count ->
    [0] {""}
   *[other] {" "}({ $owners })
}{ $more ->
    [none] {""}
   *[some] ; also: { $more }
}
verdict-steps = steps { $numbers }
verdict-untested = not tested: { $steps }
verdict-ready = { $domain } is ready for federation
verdict-ready-with-warnings = { $domain } is ready for federation, with warnings: { $cause }
verdict-not-ready = { $domain } is not ready: { $cause }
verdict-inconclusive = { $domain }: undecided: { $cause }
verdict-zone-file-ready = { $domain }: this zone file is right for federation
verdict-zone-file-ready-with-warnings = { $domain }: this zone file is right for federation, with warnings: { $cause }
verdict-zone-file-not-ready = { $domain }: this zone file is wrong: { $cause }
verdict-zone-file-inconclusive = { $domain }: this zone file leaves it undecided: { $cause }
verdict-partner-ready = { $domain } can be reached: nothing on their side is in the way
verdict-partner-ready-with-warnings = { $domain } can be reached, with warnings: { $cause }
verdict-partner-not-ready = Federation with { $domain } fails: { $cause }
verdict-partner-inconclusive = Could not find out whether { $domain } can be reached: { $cause }

reservation-zone-file = Judged by the file alone, before it is published; no server was asked. Once it is loaded, this shows the rest: xfed check { $domain }
    .brief = the zone file alone
reservation-sip-unseen = SIP was not tested: the server requires a client certificate (normal for XPhone), and xfed has none. Not a fault; to test SIP too, add --client-cert and --client-key.
    .brief = SIP not tested
reservation-certificate-unshown = Whether the server accepts partners' certificates was not tested: it asks for a client certificate, and answered xfed, which has none, without. Not a fault; to test it too, add --client-cert and --client-key.
    .brief = client certificate not tested
reservation-tls-unseen = TLS was not seen to its end, nor SIP behind it: the server refused xfed's own handshake.
    .brief = TLS not seen to its end
reservation-resolver-only = Judged by a resolver's word: the servers of the zone { $why ->
    [off] were not asked (--no-authority)
   *[other] could not be asked
}. What partners get may differ.
    .brief = by a resolver's word
reservation-signatures-unseen = Signatures (DNSSEC) were not looked at: with which keys the servers named with --authority have to sign could not be learnt from the zone above.
    .brief = signatures not tested
reservation-connected-elsewhere = The way from outside was not tested: --connect-to named another address than the published one.
    .brief = not tested from outside
reservation-from-inside = The way from outside to { $addresses } was not tested: no firewall was on the way from here that partners meet.
    .brief = not tested from outside
reservation-own-roots = Trust was judged by the roots of --ca-file: by the public ones, which partners go by, the server's certificate is not trusted.
    .brief = trusted by --ca-file only
reservation-lowered = Severity lowered in the configuration: { $codes }.
    .brief = lowered by the configuration: { $codes }
reservation-accepted = Failures that are accepted for now: { $codes }.
    .brief = accepted for now: { $codes }
reservation-acceptance-expired = The exception for { $code } ended on { $until } and no longer counts.
reservation-acceptance-unused = The exception for { $code } (until { $until }) matched nothing; remove it.
standing-set = { $set } by configuration, { $default } by default
standing-accepted = accepted until { $until }: { $reason }
standing-accepted-plain = accepted until { $until }
reservation-place = Seen from { $place ->
    [here] this machine
   *[other] { $place }
}, and the verdict is that of this place.{ $here ->
    [yes] {" "}Beside it: this machine{ $beside_count ->
        [0] .
       *[other] , { $beside }.
    }
   *[no] { $beside_count ->
        [0] {""}
       *[other] {" "}Beside it: { $beside }.
    }
}
reservation-judged-at = Judged as of { $judged }, by what was seen on { $seen }. Whether the issuers of a certificate are trusted was decided then.
reservation-redacted = Redacted: addresses and names that only this network knows are left out or replaced, by documentation addresses such as 192.0.2.1 and names such as local-1.{ $domain }.

## Owners, labels, columns

owner-xphone-admin = XPhone admin
owner-dns-admin = DNS admin
owner-network = internal IT
owner-partner = partner

label-fix = Fix
label-check = Check
label-owner = Owner
column-step = Step
column-status = Status
column-seen = Result

## What a partner's server is called, which may be of another make

noun-server = { $partner ->
    [yes] server
   *[no] XPhone server
}
noun-service = { $partner ->
    [yes] federation service
   *[no] XPhone Connect Server
}
noun-administration = { $partner ->
    [yes] administration of the server
   *[no] XPhone administration
}
noun-in-xphone = { $partner ->
    [yes] of the server
   *[no] in XPhone
}
noun-domain = { $partner ->
    [yes] IM domain
   *[no] XPhone domain
}

said-nothing = no answer
said-no-edns = answers only when asked without EDNS
said-no-signatures = fails whenever signatures are asked for, too (DO), as all resolvers do; nslookup does not
said-referral = only names other servers
said-lame = does not serve the zone
said-not-authoritative = answers, but not as a server of the zone
said-truncated = cuts its answer short, and no whole one came by TCP
said-unproven = denies the name without the SOA record that proves it
said-unreadable = sends what cannot be read as a DNS answer
said-denied-record = denies the name (NXDOMAIN) and sends the record all the same
said-two-subtrees = sends two different DNAME records for one name, which no resolver takes
said-aliases = has more than { $limit } aliases in a row, and xfed follows no more
name-quoted = "{ $name }"
names-more = { $names } and { $more } more
at-host = At { $host } ({ $endpoint })
of-host = { $host }: { $message }
at-endpoint = At { $endpoint }
remarks-title = Remarks
notes-hidden = { $count ->
    [one] 1 remark not shown; -v shows it
   *[other] { $count } remarks not shown; -v shows them
}
questions-asked = { $count ->
    [one] 1 DNS question was asked
   *[other] { $count } DNS questions were asked
}
fix-plan = This command prints all the DNS records to create:
todo-title = To do, by owner
todo-of = To do for { $domain } ({ $owner }):
todo-here = Whoever runs this check
todo-nothing = Nothing to do, as far as was seen: { $domains }
checked-zone-file = Judged on { $date } at { $time } with { $program }, by the zone file alone
checked = Checked on { $date } at { $time } with { $program }{ $resolvers_count ->
    [0] {""}
   *[other] , DNS through { $resolvers }
}
checked-from = Way out tested { $known ->
    [both] under the account { $account } on { $machine }
    [account] under the account { $account }
   *[machine] on { $machine }
}
system-resolver = this machine's resolver
zone-file = the zone file
zone-taken = { $file } does not say which zone it is of; taken for that of { $zone }. If it is another: --origin <zone>
explain-hint = More: xfed explain { $code }
progress-checking = Checking { $domain }
progress-checking-many = Checking { $count } domains
progress-many = { $done }/{ $all } · { $bad } not ready · { $left } left
progress-on = { $done } · { $bad } not ready · { $rate }
overview = { $count } domains: { $parts }
overview-directions = { $count } directions: { $parts }
overview-ready = { $count } ready
overview-ready-with-warnings = { $count } ready with warnings
overview-not-ready = { $count } not ready
overview-inconclusive = { $count } undecided
overview-missing = { $count } not checked (interrupted)
interrupted = interrupted: { $done } of { $all } domains, reports hold these
interrupted-at-once = interrupted: { $done } of { $all } domains, no report written
interrupted-waiting = interrupted while waiting: reports show the last look
waiting-state = { $domain }: { $verdict ->
    [ready] ready
    [ready-with-warnings] ready, with warnings
    [not-ready] not ready
   *[inconclusive] undecided
}{ $codes_count ->
    [0] {""}
   *[other] {" "}({ $codes })
}
waiting-live = { $state }. Looking again at { $next }, until { $end }

## The page for a ticket (HTML)

html-what = Federation readiness, checked from outside
html-skip = Skip the overview
html-several = Federation readiness of { $count } domains
html-index = Below are { $count } of them, those that are not ready or could not be judged; a link leads to each. xfed check DOMAIN --format html shows the others.
html-calendar = Dates of the certificates for the calendar (.ics)
html-domain = Domain
html-verdict = Verdict
html-mode-open = Open federation
html-mode-direct = Direct federation
html-mode-partner = Partner view: can our server reach them?
html-made = Checked on { $date } at { $time }
html-made-by = Made by { $program }. The page is complete in itself: it loads nothing and sends nothing.
html-steps = Step by step
html-remarks = { $count ->
    [one] 1 remark
   *[other] { $count } remarks
}
html-more = { $count ->
    [one] and 1 more
   *[other] and { $count } more
}
html-none = none
html-any = any purpose (no EKU)

way-title = A partner's path to { $domain }
way-partner = Partner
way-own = Your server
way-open = { $open } of { $all } open
way-until = until { $date }
way-broken = The path breaks at: { $step }. Partners do not get beyond that.
way-partly = Partners get past this point at some addresses and not at others: { $step }. Which one they take is chance.
way-doubtful = No break was found; whether partners get past this point is not known: { $step }.
way-whole = The path is unbroken, as far as it was tested.

html-evidence = Evidence
html-left-out = Left out here, so that this page stays small. xfed check { $domain } --format html shows it, xfed check --format json holds all of it.
html-certificates = Certificates
html-chain-at = Shown at { $endpoints }
html-trust = { $verdict ->
    [trusted] The chain leads to a root that counts here.
    [unknown-issuer] The chain leads to no root that counts here.
    [issuer-out-of-date] The chain leads to a root, but an issuing certificate is outside its dates.
    [no-roots] There were no roots to judge the chain by.
    [refused] The chain leads to a root, but something in it does not hold: see the findings of step 5.
    [not-verifiable] The chain leads to a root, but xfed cannot verify all of it: see the findings of step 5.
   *[rejected] The chain was rejected; an earlier version of xfed did not write down in words why.
}
html-leaf = Certificate of the server
html-issuing = Further certificate of the chain
html-unreadable = Cannot be read
html-subject = Subject
html-names = Alternative names
html-issuer = Issuer
html-valid = Valid
html-key = Key
html-purposes = Purposes
html-dns = DNS answers
html-question = Question
html-answer = Answer
html-from = Answered by
html-ttl = for { $seconds } s
html-no-answer = { $kind ->
    [no-data] no record of this type
    [no-name] the name does not exist
    [failed] refused or failed: { $detail }
    [elsewhere] does not speak for the name, refers elsewhere: { $detail }
    [no-resolver] not asked: no resolver is configured
    [timed-out] nothing came in time
    [port-closed] port 53 is closed
    [unreachable] not to be reached from here
    [too-many-files] this machine allows no further socket
    [malformed] not a DNS answer
    [truncated] the answer was cut, and by TCP no whole one came
    [no-address] the resolver's name has no address
    [tls] the TLS connection failed
    [certificate] the resolver's certificate is not trusted
    [closed] the connection was closed
    [http] no DNS over HTTPS there
    [deadline] the time for the whole check ran out
   *[other] no answer
}
html-connections = Connections
html-endpoint = Address
html-not-reached = not reached
html-tcp = { $outcome ->
    [connected] open, { $ms } ms
    [refused] refused
    [timed-out] no answer within { $ms } ms
    [unreachable] not reachable
    [no-route] no route from here
    [not-attempted] could not be tried
    [too-many-files] could not be tried: this machine allows no further socket
    [after-others] served other connections of this run, and this one no more
    [egress-closed] not reached, nor was anybody else any more
    [over-limit] not tried: too many addresses
   *[deadline] the time for the whole check ran out
}
html-ending = { $how ->
    [finished] handshake finished
    [alert] alert { $detail }
    [closed] the server closed the connection
    [reset] the server reset the connection
    [silent] nothing more came in time
    [other] something else came: { $detail }
    [unfinished] something came that never became an answer: { $detail }
    [misbehaved] broken off: { breach }
    [too-much] more came than is read
   *[deadline] the time for the whole check ran out
}
# What a peer does that TLS does not allow.
breach = { $detail ->
    [not-tls] something came that is no TLS
    [undecryptable] something came that does not decrypt: it was spoilt on the way, or is not the server's
    [out-of-place] a message came that has no place there
    [malformed] a message came that cannot be read
    [not-offered] the server chose something that was not offered
    [downgraded] an older version was chosen than both sides have; only somebody in between does that
    [renegotiation] the server says that this connection had a handshake before (renegotiation_info is not empty)
    [extension-out-of-place] the server sent an extension that has no place there
    [unknown-extension] the ServerHello holds an extension that nobody asked for, and there xfed gives up; OpenSSL passes over it, others hang up
    [encrypted-extension] behind its ServerHello the server sent an extension that nobody asked for, and there xfed gives up; others may pass over it
    [hello-request] the server sent a HelloRequest in the middle of the handshake, which xfed does not follow; OpenSSL passes over it, others hang up
    [empty-record] the server sent a record of handshake messages with nothing in it, which TLS does not allow; OpenSSL passes over it, GnuTLS and others hang up
    [no-client-scheme] for the client certificate it demands, the server names no signature scheme that TLS 1.3 has; OpenSSL and GnuTLS go on without a certificate, others hang up
    [no-scheme-list] for the client certificate it demands, the server names no signature schemes at all, which TLS 1.3 requires
    [spare-changes] the server sent ChangeCipherSpec more than twice, where xfed gives up; OpenSSL and GnuTLS drop it, however often it comes, as TLS 1.3 has it
    [close-notify] the server said that nothing more comes (close_notify), and went on; OpenSSL and GnuTLS hang up on that
    [long-record] a record came that is longer than the 16 KiB that TLS allows
    [endless] the server sent the same over and over
    [no-certificate] the server sent no certificate
    [old-version] the server wants a version older than TLS 1.2
    [lost] the network gave the connection up
   *[other] something came that TLS does not allow there
}

# Alerts of a server in a handshake (RFC 8446 section 6.2), and what to do about each.
alert = { $alert ->
    [10] it got a message that it did not expect
    [20] what it received does not decrypt, so something changed it on the way
    [21] what it received does not decrypt
    [22] it got a longer record than TLS allows
    [30] it cannot unpack what it received
    [40] it finds nothing that both sides can use, or has no usable certificate
    [42] it takes a certificate for damaged
    [43] it cannot use a certificate of this kind
    [44] it takes a certificate for revoked
    [45] it takes a certificate for expired
    [46] it rejects a certificate without saying why
    [47] it finds a value wrong that it was sent
    [48] it does not know the issuer of a certificate
    [49] it turns this client away by a rule of its own
    [50] it cannot read what it was sent
    [51] a signature or checksum of the handshake is wrong to it
    [70] { $progress ->
        [nothing] it speaks none of the versions that were offered (TLS 1.2 and 1.3)
       *[other] it turns down the version that it had agreed to
    }
    [71] it demands stronger algorithms than were offered
    [80] it ran into an error of its own
    [86] it takes this for a second attempt with an older version
    [90] somebody cancelled the handshake there
    [100] it does not negotiate anew, which nobody asked of it
    [109] it misses something in the first message that it insists on
    [110] it got an extension that it did not ask for
    [111] it did not get a certificate from the address that was named to it
    [112] it does not know the server name that it was asked for (SNI)
    [113] it cannot use an OCSP response
    [114] a certificate that it fetched is not the one that was named to it
    [115] it does not know a key that it was offered
    [116] it demands a client certificate
    [117] it ran into an error that it does not name
    [120] it demands an application protocol (ALPN), which SIP does not use
    [121] it demands a first message that is encrypted (ECH)
   *[other] what it means by that here is not known
}

alert-mending = { $alert ->
    [10] @network Switch off SIP ALG and TLS inspection for port 5061; they mix messages up. If nothing stands in between: restart the { noun-service }.
    [20] @network Repeat from another network. If it stays, find what changes bytes on the way to port 5061: TLS inspection, an application proxy, a faulty VPN.
    [22] @network Leave port 5061 out of TLS inspection; it joins what TLS keeps apart.
    [40] @xphone-admin Choose the certificate again in the { noun-administration }. Then look in the Windows event log (System) for Schannel: 36870 means that its private key cannot be used, 36874 that no cipher suite is in common (Get-TlsCipherSuite).
    [42] @xphone-admin Export the certificate with its chain and its private key once more, import it, and choose it again in the { noun-administration }.
    [43] @xphone-admin See in the Schannel log (Windows event log, System) which certificate is meant, and order one with serverAuth and clientAuth.
    [44] @xphone-admin See in the Schannel log which certificate is meant; if it is the server's own, order a new one, since its CA has revoked it.
    [45] @xphone-admin Check date and time of the server (w32tm /query /status), then see in the Schannel log which certificate is meant.
    [46] @xphone-admin The reason stands on the server only: look for Schannel 36887 and 36888 in the Windows event log (System) at the time of this check.
    [47] @network Update or take out what ends TLS in front of the server; old proxies stumble over values that came after them.
    [48] @xphone-admin Let Windows update its root certificates (certutil -generateSSTFromWU), and repeat.
    [49] @network Look for an allow-list of partners or addresses in whatever ends TLS in front of the server, and forward TCP 5061 straight to it.
    [50] @network Take out what stands between and cuts the first message of TLS (SIP ALG, inspection, a proxy for SNI).
    [51] @xphone-admin Import the certificate once more together with its own private key, and choose it again in the { noun-administration }.
    [70] { $progress ->
        [nothing] @xphone-admin On the { noun-server }: switch on TLS 1.2 in Windows (registry key SCHANNEL\Protocols\TLS 1.2\Server: Enabled = 1, DisabledByDefault = 0), restart.
       *[other] @network Find what stands between and ends TLS in front of the server; it mixes versions up. If nothing does: install the Windows updates on the { noun-server }, restart.
    }
    [71] @xphone-admin On the { noun-server }: allow ECDHE with AES-GCM again in the group policy "SSL Cipher Suite Order", restart.
    [80] @xphone-admin Restart the { noun-service }. If it stays, look for Schannel 36888 in the Windows event log (System): it names the state of the error.
    [86] @network Find the proxy that repeats connections with older versions, and forward TCP 5061 straight to the { noun-server }.
    [90] @xphone-admin Restart the { noun-service }, and repeat.
    [109] @xphone-admin Find the program that holds port 5061 (netstat -abno, as administrator): XPhone insists on nothing of the kind.
    [110] @network Update or take out the proxy in front of port 5061.
    [112] If a reverse proxy stands before port 5061: enter { $server } there as server name, or better, forward TCP 5061 straight to the { noun-server }. Else find the program that holds the port (netstat -abno, as administrator).
    [113] @network Update or take out the proxy in front of port 5061: it asks clients for OCSP.
    [115] @network Find the program that holds port 5061; it works with keys agreed on before, not with certificates.
    [116] @network Update or take out what ends TLS in front of the server: it demands a certificate without having asked for one.
    [120]
        @xphone-admin Find the program that holds port 5061 (netstat -abno, as administrator); XPhone knows no ALPN.
        @network Forward TCP 5061 straight to the { noun-server }, past any web proxy.
   *[other] @xphone-admin Look for Schannel 36887 and 36888 in the Windows event log (System) at the time of this check.
}

html-about = About this report
html-typed = Input
html-took = Duration
html-asked = DNS asked of
html-holds = What it holds
html-program = Program

holds-names = names in DNS
holds-addresses = addresses of servers
holds-resolvers = resolvers asked
holds-certificates = certificates
holds-server-answers = answers of servers
holds-local = details of the network it was made in

## What a server shows (xfed cert)

exhibit-title-idn = { $name } ({ $server })
exhibit-asked-for = Asked for
exhibit-address = Address
exhibit-plain-text = Plain text
exhibit-client = Client
exhibit-asks = { $how ->
    [no] is not asked for a certificate
    [any] is asked for a certificate (MTLS), of any CA
   *[these] is asked for a certificate (MTLS), of one of these CAs: { $authorities }
}
exhibit-leaf-at = Certificate of the server at { $addresses }
exhibit-no-certificate = no certificate that can be read
exhibit-names = { $names }
exhibit-names-server = { $how ->
    [exactly] { $server } is among them
    [by-wildcard] { $server } is covered by a wildcard only
   *[no] { $server } is not among them
}
exhibit-valid = { $from } – { $until }, { $state ->
    [not-yet] { $days ->
        [0] begins in less than a day
        [one] begins in 1 day
       *[other] begins in { $days } days
    }
    [expired] { $days ->
        [0] expired less than a day ago
        [one] expired 1 day ago
       *[other] expired { $days } days ago
    }
   *[valid] { $days ->
        [0] less than a day left
        [one] 1 day left
       *[other] { $days } days left
    }
}
exhibit-server-only = server (serverAuth) only
exhibit-purpose = { $purpose ->
    [serverAuth] server (serverAuth)
    [clientAuth] client (clientAuth)
    [anyExtendedKeyUsage] "any" (anyExtendedKeyUsage)
    [codeSigning] code signing (codeSigning)
    [emailProtection] e-mail (emailProtection)
    [timeStamping] time stamps (timeStamping)
    [OCSPSigning] OCSP answers (OCSPSigning)
   *[other] { $purpose }
}
exhibit-key = { $key }; signed by the issuer: { $algorithm }
exhibit-label-names = Names
exhibit-serial = Serial
exhibit-revocation = Revocation
exhibit-crl = list { $url }{ $how ->
    [good] : not on it
    [revoked] : revoked on { $at } ({ $reason })
    [unknown] : could not be asked, { unchecked }
   *[not-asked] {""}
}
exhibit-no-crl = no list (CRL) is named
exhibit-ocsp = OCSP { $url }{ $how ->
    [good] : not revoked
    [revoked] : revoked on { $at } ({ $reason })
    [unknown] : could not be asked, { unchecked }
   *[not-asked] {""}
}
exhibit-staple = stapled by the server (OCSP): { $how ->
    [good] not revoked
    [revoked] revoked on { $at } ({ $reason })
    [unknown] the CA does not know the certificate
   *[unusable] says nothing, { staple-fault }
}
exhibit-must-staple = demands a stapled answer (must-staple), and none came
exhibit-without-name = Without name
exhibit-without-name-other = another certificate is shown to who names no server (SNI), SHA-256
exhibit-chain = Chain as sent
exhibit-issued-by = { $how ->
    [self-signed] issued by itself; until { $until }
    [leaf] issued by { $issuer }
   *[issuing] issued by { $issuer }; until { $until }
}
exhibit-order = Order
exhibit-ordered = { $how ->
    [right] right: behind each one stands its issuer
    [own] wrong: the certificate of the server stands at { $place }, its place is 1
   *[wrong] wrong: right is { $order }
}
exhibit-not-needed = not needed: { $places }
exhibit-leads-to = Leads to
exhibit-leads = { $verdict ->
    [trusted] { $root } ({ $roots ->
        [given] a root of --ca-file
       *[public] a public root
    })
    [refused] { $root }, but:
    [not-verifiable] { $root }, but xfed cannot verify all of the way
    [self-signed] { $roots ->
        [given] no root of --ca-file: the last certificate is signed by itself
       *[public] no public root: the last certificate is signed by itself
    }
    [not-in-files] { $roots ->
        [given] nowhere: { $missing } is neither in these files nor in --ca-file
       *[public] nowhere: { $missing } is not in these files, and it is no public root
    }
    [no-roots] unknown: there are no roots to compare with
   *[unknown-issuer] { $roots ->
        [given] no root: the server did not send { $missing }, and --ca-file does not hold it
       *[public] no root: the server did not send { $missing }, and it is no public root
    }
}
offers-title = Certificates to choose from, judged for { $server }
offers-heading = { $number }. { $sources }: { $status }
offers-label-key = Private key
offers-key = { $how ->
    [fits] there, and belongs to this certificate
    [differs] there is one, but it belongs to another certificate
    [closed] there is one that could not be looked at
   *[missing] not there
}
offers-to-choose = To choose
offers-choice = { $how ->
    [none] { $count ->
        [one] None: this certificate cannot be used for { $server }, for the reasons marked ✘.
       *[other] None: of these { $count } certificates, none can be used for { $server }, for the reasons marked ✘.
    }
    [unsure] Perhaps number { $number }: nothing speaks against it, but not everything could be looked at.
   *[this] Number { $number }, valid until { $until }, issued by { $issuer }. In Windows it has the thumbprint { $thumbprint }.{ $how ->
        [this-and-its-key] {" "}Its private key is not in these files: XPhone can use it only where the key is, too.
        [in-store] {" "}It lies where XPhone looks: choose it in the XPhone administration.
       *[this] {" "}Import it with its key into the computer's store "Personal" (certlm.msc) if it is not there yet, then choose it in the XPhone administration.
    }
}
offers-not-looked-at = Not looked at here: whether it is revoked, and what the XPhone server shows. xfed check does both.
cert-password = Password of { $file }:
exhibit-issuer-url = it can be had at { $url }
exhibit-trusted-here = this machine trusts it, by its own certificate store
exhibit-fault = { $what ->
    [expired] has expired: { $subject }
    [not-yet-valid] is not valid yet: { $subject }
    [not-ca] is no CA certificate: { $subject }
    [no-cert-sign] may not sign certificates: { $subject }
    [no-tls-usage] may not be used for TLS (key usage): { $subject }
    [path-length] has more CAs below it than it allows: { $subject }
    [no-server-auth] does not allow servers (EKU): { $subject }
    [name] does not allow this server name: { $subject }
    [weak-key] has too short a key: { $subject }
    [weak-signature] is signed with a hash that can be forged: { $subject }
    [wrong-signature] has a signature that does not fit: { $subject }
    [other-issuer-key] names another key of its issuer: { $subject }
    [critical-extension] has a critical extension that nobody knows: { $subject }
   *[malformed] is not made as it should be: { $subject }
}

## What is never judged

not-judged-title = What cannot be seen from outside
not-judged-brief = Not visible from outside: outgoing TCP 5061, the partner's rules, licences (-v says more)
not-judged-outbound = Outgoing TCP 5061 from your own XPhone server: on that server, under its service account, run Test-NetConnection <partner's FQDN> -Port 5061 in PowerShell{ $partner ->
    [yes] {" "}and compare with a partner whom it reaches already, or with Microsoft's edge (sipfed.online.lync.com)
   *[no] , or xfed check <partner's domain> --partner
}. Which certificate it presents then, a test partner sees: xfed explain no-chat
not-judged-policy = The partner's rules: ask them whether allow or block lists, Teams external access or a trial tenant keep your own domain out.
not-judged-licences = Licences and rights in XPhone: check that the users have a licence for federation (in XPhone Connect 9: Office Plus) and that their configuration group has federation switched on.

## What a step saw, what it waits for

seen-domain = { $source ->
    [file] in the zone file
   *[dns] exists in public DNS
}{ $mail_count ->
    [0] {""}
   *[other] , mail at { $mail }
}
seen-domain-missing = not in public DNS
seen-nothing = no data
seen-address = { $hosts }
seen-srv = { $records }
seen-srv-missing = no SRV record
seen-srv-direct = does not apply: direct federation has no SRV record
seen-tcp-open = open: { $addresses }
seen-tcp-partly-open = open: { $open }; no connection: { $closed }
seen-tcp-closed = no connection: { $addresses }
seen-certificate = { $name }, by { $issuer }, until { $until }
seen-certificate-malformed = a certificate that cannot be read
seen-federation = { $version }, { $mtls ->
    [yes] client certificate demanded (MTLS)
    [unknown] whether a client certificate is demanded was not seen
   *[no] no client certificate demanded
}{ $sip_count ->
    [0] {""}
   *[other] , { $sip }
}
seen-mtls = client certificate demanded (MTLS)
seen-no-tls = no TLS

needs-domain = waits for step 1
seen-zone-file-only = the zone file says nothing of it
needs-address = waits for step 2
needs-fqdn = waits for step 3
needs-tcp = waits for step 4
needs-tls = no certificate was shown, see step 6
needs-step = waits for step { $number }
settled-by = Nothing to do here: this goes away with { $code }.

## Usage errors

input-empty = no domain given, expected a domain such as zahnfee.de
input-too-long = the name has { $detail } characters, expected a domain of at most 253 such as zahnfee.de
input-address = { $detail } is an IP address, expected a domain such as zahnfee.de
input-one-label = "{ $detail }" has only one part, expected a domain such as zahnfee.de
input-character = "{ $input }" contains { $detail }, expected a domain of letters, digits, hyphens and dots such as zahnfee.de
input-label = "{ $detail }" is no domain name: expected parts of 1 to 63 letters, digits and inner hyphens, such as zahnfee.de
input-idn = "{ $detail }" is no valid internationalised name (IDN): what stands behind "xn--" must be the Punycode of letters that IDNA allows; expected a domain such as zahnfee.de or zähnfee.de
input-taken = taking { $input } for the domain { $domain }

error-results-there = { $file } holds something already: to go on behind it, --resume; else give --out another file
error-other-options = { $file }, line { $line }: checked with other options than these, so the results would not be comparable: give the same options, or --out another file
error-no-result = { $file }, line { $line }: expected what xfed check --out writes, and nothing else
error-only-streamed = { $option } has each report written as soon as it is done, and does not go with { $rival ->
    [report] --report: use --format jsonl alone, and make other formats of its result with xfed replay
    [wait] --wait
    [since] --since: compare the results afterwards with xfed diff
   *[format] this format: expected --format jsonl
}
error-server = "{ $input }" is no server, and no file of this name is there: expected its full name or its address, with or without a port, such as xphone.zahnfee.de, 192.168.1.10:443 or [2001:db8::5]:5061
error-cert-mixed = xfed cert looks at one server, or at files and stores; expected one of the two
error-cert-no-name = certificates in files are judged for the server that is to show them: give its public name, e.g. --fqdn xphone.zahnfee.de
error-cert-file = { $why ->
    [wrong-password] { $file } does not open with this password
    [no-password] { $file } has a password, and there is no terminal to ask for it: give it with --password-file FILE or in the variable XFED_PASSWORD
    [pkcs7] { $file } is PKCS #7 (p7b), which xfed does not read; expected PEM, DER or PFX. OpenSSL turns it into PEM: openssl pkcs7 -print_certs -in FILE (with -inform DER where it is no text)
    [request] { $file } is a request for a certificate (CSR), not a certificate; expected the certificate that the CA issued for it (PEM, DER or PFX). The CA sends it, or has it for download, and its private key stays where the request was made
    [java] { $file } is a key store of Java (JKS), which xfed does not read, nor does Windows; expected PFX. Java makes one of it: keytool -importkeystore -srckeystore FILE -destkeystore new.pfx -deststoretype PKCS12
    [only-key] { $file } holds a private key and no certificate; expected the certificate that was issued for this key, in the same file or beside it: xfed cert CERTIFICATE KEY
    [unknown-pkcs12] { $file } is a PFX file, but damaged or made in a way that xfed does not know; OpenSSL makes one that it knows: openssl pkcs12 -in FILE -out all.pem, then openssl pkcs12 -export -in all.pem -out new.pfx
   *[nothing] { $file } holds no certificate; expected PEM (-----BEGIN CERTIFICATE-----), DER or PFX
}
error-no-store = --store { $store }: only Windows has a certificate store like this; expected files
error-empty-store = --store { $store }: this store of the computer holds no certificate; expected one for { $fqdn }. See with certlm.msc whether it lies in another store, and with certmgr.msc whether it lies in that of a user.
error-store = --store { $store }: the store of this machine cannot be read: { $reason }
error-no-domain = no domain given, expected at least one, e.g. xfed check zahnfee.de, or a [[domain]] in xfed.toml
error-direct-needs-fqdn = --direct needs --fqdn: direct federation has no SRV record that names the server
error-one-domain-only = { $option } goes with one domain only
error-not-with-via = { $option } does not go with --via
error-only-from-here = { $option } says how this machine looks, and no --via here asks it to; how a place elsewhere looks, its own xfed.toml says
error-plan-format = a plan is written as table, json or markdown, not as { $format }
error-only-with-zone = { $option } goes with --zone only
error-not-with-zone = { $option } does not go with --zone: a zone file is judged, not planned
error-zone-format = { $format } holds the state of running servers, and nothing says there that it is of a zone file: take another format
error-nameless-zone = { $file } does not say which zone it is of; name it: xfed plan <domain> --zone { $file }
error-empty-zone = { $file } holds no record. That is what a refused zone transfer leaves: have the DNS provider export the zone.
error-not-in-zone = { $domain } does not lie in the zone of this file, { $zone }
list-more = { $list } and { $count } more
configuration-left-out = left out of { $file }: { $keys }; nobody named this file, and it may be somebody else's. With --config { $file } all of it counts
campaign-balance = of { $all } listed: { $parts }
campaign-written = { $count } checked and added to { $file }
campaign-known = { $count } there already
campaign-repeated = { $count } listed twice
campaign-elsewhere = { $count } in other parts
campaign-refused = { $count } not domains
campaign-left = { $count } not checked
campaign-codes = found most: { $codes } (xfed explain CODE)
campaign-slowest = slowest name servers: { $servers }
campaign-interrupted = interrupted: the same command with --resume goes on
few-open-files = domains checked at a time: { $jobs }, since this machine allows xfed { $limit } open files (ulimit -n)
configuration-taken = settings from { $file }
usage-command = there is no command { $typed }; { $help } lists those there are
usage-command-meant = there is no command { $typed }, did you mean { $nearest }? { $help } lists them all
usage-no-command = expected a domain or a command; { $help } lists the commands
usage-argument = { $typed } is not known here; { $help } lists the options
usage-argument-meant = { $typed } is not known here, did you mean { $nearest }? { $help } lists the options
usage-no-value = { $option } needs a value; { $help } says which
usage-missing = { $what } is missing; { $help } shows examples
variable-unknown = there is no variable { $variable }, so it counts for nothing; did you mean { $nearest }?
variable-unknown-plain = there is no variable { $variable }, so it counts for nothing; xfed man lists those there are
fault = { $place }: { $what }
fault-syntax = not valid TOML: { $detail }
fault-encoding = neither UTF-8 nor UTF-16, expected a text file in one of them
fault-key = there is no key { $key }, did you mean { $nearest }?
fault-of-domain = { $key } goes with one domain only: expected as { $own } below a [[domain]]
fault-missing = { $table } needs { $key }
fault-value = { $key }: expected { $expected }
fault-meant = { $what }; did you mean { $nearest }?
fault-unquoted = { $key }: expected { $expected }, in quotes
fault-code = there is no finding { $code }, did you mean { $nearest }?
fault-immune = { $code } means "could not be tested" and can be neither re-weighted nor accepted
fault-twice = { $name } already has a [[domain]] table
fault-repeated = { $key } appears twice, expected once
fault-together = { $key } and { $other } exclude each other, expected one of them
fault-direct-needs-fqdn = { $name }: mode=direct needs fqdn, direct federation has no SRV record that names the server
fault-no-pair = { $word }: expected fqdn=…, mode=…, connect-to=…, authority=… or a label such as customer=4711 behind the domain; another domain goes on a line of its own
fault-unclosed = { $key }: the quote is not closed, expected { $key }="…"
fault-label-name = { $key } cannot name a label: expected lower-case letters a–z, digits and _, a letter first, at most 32 of them, and not "domain"; for example customer=4711
fault-option-of-all = { $key } cannot stand behind one domain, and labels cannot be called so: expected it on the command line or in xfed.toml, where it holds for all domains
fault-too-long = more than 64 KiB in one line, expected a domain and its options
fault-empty = no domain in this list, expected one per line
fault-zone-elsewhere = { $text }: xfed reads nothing from other files and makes no records; have the name server write the zone out whole (BIND: named-compilezone, Knot: knotc zone-flush) and judge that
fault-zone-directive = { $text } is unknown, expected $ORIGIN or $TTL
fault-zone-parenthesis = a parenthesis without its counterpart, expected ( … )
fault-zone-quote = a quotation mark without its counterpart, expected "…" in one line
fault-zone-blank = a blank that name servers take for a part of the word ({ $code }, as web pages and Word have it), expected a space or a tab
fault-zone-doubled-soa = the SOA record is for { $text }, which holds the zone twice: expected a dot at the end of its name, as of all names in full
fault-zone-name = { $text } is no domain name, expected labels of 1 to 63 characters with dots between them
fault-zone-no-origin = a relative name, and no zone that it is relative to
fault-zone-no-owner = a record without a name, and none before it, expected a name at the beginning of the line
fault-zone-no-type = { $text } stands where the type of a record is expected, such as A or SRV
fault-zone-ttl = { $text } is no TTL, expected seconds such as 3600, or 1h
fault-zone-content = { $record } { $text } cannot be read, expected { $record ->
    [A] an IPv4 address
    [AAAA] an IPv6 address
    [SRV] priority, weight, port and target, such as 0 0 5061 xphone.zahnfee.de.
    [MX] preference and mail server
    [SOA] primary server, contact and five numbers
    [TXT] texts in quotation marks, of 65,535 bytes at most together, and one character or three digits up to 255 behind a backslash
    [NS] the name of a name server, such as ns1.provider.example.
    [CAA] flags, tag and value, such as 0 issue "letsencrypt.org"
    [HINFO] two texts
    [DS] key tag, algorithm, kind of digest and the digest in hexadecimal digits
    [TLSA] three numbers and hexadecimal digits, such as 3 1 1 2cf24dba…
    [DNSKEY] flags, 3, algorithm and the key in base64
    [CNAME] one name
    [DNAME] one name
    [PTR] one name
   *[other] what its type wants: numbers without a sign, names, pairs of hexadecimal digits, whole base64
}
fault-zone-beside-alias = { $text } has a CNAME and other records as well: no name server loads that
fault-zone-unknown-type = no name server loads a record of type { $text }, expected such as A or SRV
fault-zone-class = { $text } is the class of another network, expected IN
fault-zone-long-string = a text of more than 255 bytes, expected several texts, each in quotation marks: "…" "…"
fault-zone-second-subtree = { $text } has several DNAME records, expected one: no name server loads that
fault-zone-no-servers = { $text } has an SOA record and no NS record: BIND and Knot do not load that. Expected: the name servers of the zone, such as @ NS ns1.provider.example.
fault-zone-server-is-alias = the name server { $text } is an alias (CNAME or DNAME), expected a name with an address: BIND does not load that
fault-zone-server-without-address = the name server { $text } has no address in this zone, expected an A or AAAA record: BIND does not load that. A name outside of the zone ends with a dot
fault-zone-wildcard-hands-on = { $text } hands on to other name servers (NS), which a wildcard cannot: BIND does not load that
fault-zone-second-soa = a second SOA record, expected one for the zone
fault-separated = "{ $input }" contains { $separator }: expected one domain per line, and nothing but key=value behind it
fault-more = and { $count } more
expected-switch = true or false
expected-words = text in quotes
expected-label = text of 1 to 100 characters on one line
expected-labels = at most 16 labels per domain
expected-list = a list such as ["…", "…"]
expected-table = a table such as [severity]
expected-tables = tables such as [[domain]] or [[accept]]
expected-duration = a number with its unit, at least 100ms and at most one day (24h), such as 3s or 1m
expected-interval = a number with its unit, at least 1s and at most one day (24h), such as 15s
expected-wait = a number with its unit, at least 100ms and at most seven days (168h), such as 30m
expected-count = a whole number from 1 to 1024
expected-shard = I/N, part I of N, such as 3/16
expected-per-server = a whole number a second or a minute, from 1 to 100000, such as 20/s or 6/m
expected-port = a whole number from 1 to 65535
expected-report = FORMAT=FILE, such as junit=xfed.xml (--format is for standard output)
expected-report-here = files below the working directory and no links, since nobody named this file; anywhere else with --config xfed.toml
expected-resolver = system, IP[:PORT], tls://IP[:PORT][#NAME] or https://HOST[:PORT]/dns-query, such as 9.9.9.9 or tls://9.9.9.9#dns.quad9.net
expected-control = HOST[:PORT], such as sip.example.com
expected-from = a SIP URI, such as sip:info@zahnfee.de
expected-fqdn = the full public name of the server, such as xphone.zahnfee.de
expected-connect-to = [IP=]ADDRESS[:PORT], such as 192.168.1.10:5061
expected-authority = IP[:PORT], such as 192.0.2.53
expected-domain = a domain such as zahnfee.de
expected-rate = N/s, N/m, N/h or N/d with N from 1 to 100000, such as 50/h
expected-keep-days = a whole number of days, from 1 to 3650
expected-keep-mib = a whole number of MiB, from 1 to 1048576
expected-listen = IP:PORT, unix:FILE or systemd, such as 127.0.0.1:9533 or [::1]:9533
expected-sha256 = the SHA-256 of a token, 64 hexadecimal digits
expected-network = an address or a network, such as 10.0.0.0/8
expected-host = a host name without a port, such as xfed.example.com
expected-via = here, ssh://[USER@]HOST[:PORT] or https://HOST[:PORT], such as ssh://probe@vps.example
expected-date = a date such as 2027-01-31
expected-moment = a date such as 2026-12-24, or 2026-12-24T10:00:00Z with the time
expected-one-of = one of { $words }
expected-format = FORMAT=FILE with one of the formats { $words }
error-read-file = cannot read { $file }: { $reason }
error-too-large = cannot read { $file }: more than { $most } MiB, the most that xfed reads of such a file
error-write-file = cannot write { $file }: { $reason }
error-pem = { $file } holds no { $expected ->
    [key] private key
   *[certificate] certificate
} in PEM form, expected a block such as { $expected ->
    [key] -----BEGIN PRIVATE KEY-----
   *[certificate] -----BEGIN CERTIFICATE-----
}
error-public-key = { $file } { $why ->
    [private] is the private key, which stays where it is; expected the public one beside it, such as id_ed25519.pub
    [several] holds several keys, expected one
   *[other] is no public key of OpenSSH; expected one line such as ssh-ed25519 AAAA… name, without options in front
}
error-token = { $from } holds no token, expected one in the first line: letters, digits and signs without blanks, at most 4096
error-client-pair = --client-cert and --client-key belong together: give both or neither
error-client-mismatch = --client-cert and --client-key do not fit together: the key belongs to another certificate
error-client-key = { $file }: xfed cannot sign with this key ({ $kind } by its certificate), expected a key of RSA with 2048 to 4096 bits, P-256, P-384 or Ed25519
error-web-pair = { $file }: cert and key belong together: give both or neither
error-web-mismatch = { $file }: cert and key do not fit together: the key belongs to another certificate
error-open-to-all = --listen { $listen }: other machines reach this address, expected cert, key and token-sha256 in the file of --web-config; or --insecure-listen where something else stands guard
error-open-without-tls = --listen { $listen }: other machines reach this address, expected cert and key in the file of --web-config; or --insecure-listen where something else does TLS
error-public-private = --public does not go with allow-private = true: strangers could have this network looked at
error-listen = --listen { $listen }: { $reason }
error-listen-systemd = --listen systemd: systemd hands over no socket, expected to be started by a .socket unit
serve-listening = listening on { $places }
serve-reloaded = the configuration was read again and holds from now on
serve-not-reloaded = the configuration was read again and cannot be used, the one before it still holds: { $why }
serve-no-target = target is missing, expected a domain: /probe?target=zahnfee.de
serve-query = { $detail }; expected target, and if wanted module and debug=true
serve-wanted = { $detail }; expected, if anything, lang=en or lang=de, and rules=current
serve-no-modules = module { $name } is unknown: xfed.toml has no modules, expected a table [module.{ $name }]
serve-module = module { $name } is unknown, expected one of { $known }
serve-needs-fqdn = direct federation needs the server's name, expected fqdn in the module or in the [[domain]] table of xfed.toml
serve-hasty = X-Prometheus-Scrape-Timeout-Seconds { $given }: too little for any check, expected seconds from 1 on, such as 10
serve-host = this service is not called { $name }, expected an address, localhost or a name from hosts in the file of --web-config
serve-cross-site = another web site made this browser ask: refused
serve-token = a token is needed, expected Authorization: Bearer TOKEN, or the token as the password
serve-path = there is nothing here; xfed serve --help names what there is
serve-method = this path is not answered to this method; xfed serve --help names what is
error-store-open = --store { $file } { $why ->
    [foreign] holds something else than results of xfed serve, expected its own file or none
    [newer] was made by a newer version of xfed
   *[other] cannot be used: { $detail }
}
serve-body = { $detail }; expected {"{"}"domain": "zahnfee.de"{"}"}, and if wanted "module"
serve-slow-body = the body of the request did not come within 10 seconds, expected it at once
serve-long-body = more than 4096 bytes, the most that is read of a request
serve-kind = expected Content-Type: application/json
serve-no-result = there is no result of this name, or it is no longer kept
serve-too-often = that was often: six checks a minute for each who asks; the next one in { $wait } s
serve-too-soon = this domain was checked just now: its last result is there, the next check in { $wait } s
serve-late = there was no time for this check, try again in a while
serve-store = the results can be neither read nor written at the moment
serve-crowded = too many checks wait for their turn, try again in a while
serve-ending = this service is being ended
serve-crashed = the check crashed: a bug of xfed
error-output = cannot write the output: { $reason }
error-report-twice = --report { $value }: another report goes to the same file, expected a file for each
error-report-label = --report { $value }: { $domain } has no label { $label }, expected it behind the domain in the list ({ $label }=…) or among its labels in xfed.toml; {"{"}domain{"}"} can always be used
error-report-link = --report { $value }: a link lies there, expected a file or nothing
error-report-file = --report { $value }: cannot write the file: { $reason }
error-report-not-json = { $file } is not an xfed report: { $detail }; expected what xfed check --format json writes
error-report-foreign = { $file } is JSON, but no report of xfed; expected what xfed check --format json writes
error-report-newer = { $file } was written by xfed { $detail } in a form that this version does not know; expected xfed { $detail } or later to read it
error-report-damaged = { $file } is an xfed report, but incomplete or changed: { $detail }
error-report-place = { $file }, line { $line }
error-report-torn = { $file } is torn: the run that wrote it was ended there; check that domain again
error-report-refused = { $file }: not checked, as the line of the list was no domain: { $text } ({ $why })
error-report-long = { $file } is longer than a report can be
error-reports-too-many = cannot judge { $file } at once: more than { $most } MiB of reports; --format jsonl and --format csv, without --report, judge a file of any length one report at a time
replay-left-out = { $file }: { $reports } judged, { $count } left out (see above); the result is not complete
error-explain-unknown = no explanation for { $topic }, did you mean { $suggestion }?
error-explain-unknown-plain = no explanation for { $topic }; xfed explain lists all there are

## What changed between two reports

diff-verdict = { $verdict ->
    [ready] ready
    [ready-with-warnings] ready with warnings
    [not-ready] not ready
   *[inconclusive] undecided
}
diff-verdicts = { $domain }: { $before } → { $after }
diff-times = { $before } → { $after }
diff-wrong-order = The first report is the newer of the two: better and worse stand the wrong way round here.
diff-alone = { $domain }: { $verdict }; there is no earlier report on it
diff-not-comparable = { $domain }: cannot be compared: { $why ->
    [other-domain] the reports are about different domains.
    [other-mode] the reports were made in different modes (own domain or --partner, open or --direct). Repeat the check in the mode of the earlier report.
    [other-server] --fqdn names different servers. Repeat the check with the server of the earlier report.
    [connected-elsewhere] one report connected to the published addresses, the other where --connect-to led. Repeat the check in the same way.
    [other-family] one report connected to addresses that the other left out (-4, -6, --allow-private). Repeat the check in the same way.
    [other-roots] one report judged certificates by the public roots, the other by those of --ca-file. Repeat the check in the same way.
    [other-resolvers] no server of the zone was asked, and the reports rest on different resolvers. Repeat the check with the same --resolver or --authority.
    [other-vantage] the reports were made from different places (--via). Repeat the check from the place of the earlier report.
   *[redacted] one report was made with --redact, the other without. Give --redact to compare what both of them hold.
}
diff-regressed = Worse
diff-came-to-light = Came to light (not tested before)
diff-untested = Could no longer be tested
diff-mended = Mended
diff-out-of-sight = Not tested this time, so perhaps still there
diff-tested = Could be tested again
diff-remarks = Remarks
diff-facts = Changed facts
diff-silent = Nothing has changed; the same are: { $findings ->
    [1] 1 finding
   *[other] { $findings } findings
}, { $facts ->
    [1] 1 fact
   *[other] { $facts } facts
}
diff-unchanged = Unchanged: { $findings ->
    [1] 1 finding
   *[other] { $findings } findings
}, { $facts ->
    [1] 1 fact
   *[other] { $facts } facts
}
diff-more = and { $count } more; all of them with -v
diff-weight = weight: { $before ->
    [fail] failure
    [warn] warning
    [info] remark
   *[unknown] could not test
} → { $after ->
    [fail] failure
    [warn] warning
    [info] remark
   *[unknown] could not test
}
diff-cause-fact = Changed: { $fact }
diff-cause-clock = Cause: time. The facts are the same; a date has passed.
diff-cause-decision = Cause: what xfed.toml says about this finding has changed.
diff-cause-passing = Cause: nothing that lasts, such as the order of answers or what a cache still holds.
diff-step-back = The certificate before was newer. Choose that one again in the XPhone administration and restart the service: after a renewal XPhone goes on with whichever is chosen there.
diff-fact = { $subject }: { $before } → { $after }
diff-of-question = { $kind ->
    [counts] { $asked }
    [witness] { $asked }, as { $by } says it otherwise
   *[more] { $asked }, { $label }
}
diff-of-server = { $server }, { $label }
diff-of-endpoint = { $server } ({ $places }), { $label }
diff-label = { $label ->
    [zone] facts about the domain
    [srv] facts about the SRV record
    [ns] name servers of the zone
    [ns-left-out] name servers left out
    [ns-not-asked] name servers that nobody can ask
    [ns-given] name servers named by --authority
    [apex] zone that the domain is in
    [answered-above] top-level domain that answers in its place
    [internal-zone] internal zone of the same name
    [near-misses] records near the place of the SRV record
    [handed-on] handed on to another zone
    [intercepted] questions answered by somebody else on the way
    [dns-marks] what the answer says of itself
    [control] host of --control
    [control-address] address of the host of --control
    [control-tls] TLS at the host of --control
    [host] server looked at
    [endpoint] address
    [published] published address
    [tcp] connection
    [tls] TLS handshake
    [tls-answered] answer to the TLS handshake
    [tls-version] TLS version
    [tls-cipher] cipher suite
    [tls-group] key exchange
    [tls-prime] length of the prime (DHE)
    [tls-signature] signature of the handshake
    [tls-oversized] oversized message of the handshake
    [tls-warning] TLS warning
    [tls-cut] message at which the handshake broke off
    [tls-turn] handshake up to the client's turn
    [client-asked] client certificate demanded (MTLS)
    [client-authorities] CAs from which client certificates are taken
    [client-schemes] signature schemes accepted of clients
    [client-presented] client certificate presented
    [key-proven] proof that the key belongs to the certificate
    [secure-renegotiation] secure renegotiation
    [renegotiation] new handshake wanted
    [second-look] second look, by other handshakes
    [plain-text] answer in plain text
    [certificate] certificate
    [sent-with-it] certificates sent with it
    [without-name] certificate without a name (SNI)
    [compared] certificate on the other port
    [compared-trust] trust in the certificate on the other port
    [trust] trust in the chain
    [trust-public] trust in the chain by the public roots
    [trust-here] trust in the chain by this machine's store
    [path] path to a root
    [path-remarks] remarks on the path to a root
    [revocation] revocation
    [revocation-url] address of the revocation list
    [issuer-revocations] revocation of issuing certificates
    [for-rsa] certificates for clients that take RSA only
    [renewal] what a renewal of the certificate would meet
    [suffixed] name found with a search suffix
    [staple] stapled OCSP answer
    [issuer-fetched] issuer fetched (--fetch-issuer)
    [issuer-url] address of the issuer's certificate
    [sip] SIP
   *[other] { $path }
}
diff-certificate = { $subject }: { $turns }; valid until { $after } (before: { $before })
diff-turn = { $which ->
    [went-backwards] WENT BACKWARDS: it is older than the one before, so an old certificate was chosen again
    [renewed-with-same-key] renewed with the same key
    [same-key] same key
    [new-key] new key
    [other-issuer] issued by { $after } (before: { $before })
    [other-names] other names: { $after } instead of { $before }
    [fewer-names] names gone: { $before }
    [further-names] names added: { $after }
    [eku-lost] purpose (EKU) lost: { $after }
    [eku-gained] purpose (EKU) gained: { $after }
   *[unreadable] cannot be read
}
diff-seen-certificate = { $subject }, until { $until }
diff-nothing-seen = none
diff-yes = yes
diff-no = no
diff-summary = { $count ->
    [1] 1 domain compared
   *[other] { $count } domains compared
}: { $parts }
diff-count-worse = { $count } worse
diff-count-changed = { $count } changed
diff-count-unknown = { $count } could no longer be tested
diff-count-same = { $count } the same
diff-count-not-comparable = { $count } not comparable
diff-count-only-old = { $count } missing this time
diff-count-only-new = { $count } without an earlier report
diff-corner = before \ after
error-report-line = { $file }, line { $line }: not an xfed report: { $detail }; expected what xfed check --format jsonl writes
error-stdin-twice = - stands for both reports, expected a file for at least one of them
error-format-of-comparison = --format { $format } with --since: expected table, markdown, json or github; --report { $format }=FILE writes the report itself

## Headings of `xfed explain`

explain-what = What it is
explain-why = Why it matters
explain-mend = How to fix it
explain-verify = How to verify it
explain-owner = Owner
explain-severity = Severity
explain-severity-partner = { $severity }; with --partner: { $partner }
explain-step = Step
explain-source = Source
explain-findings = What this step can find
explain-any-step = any step
explain-places = Several places
explain-every-step = Any step
explain-diagnostics = ms-diagnostics
explain-do = What to do
explain-try = To try it
explain-no-wording = Microsoft's wording is not known
explain-unknown = What is not known
explain-symptoms = Seen in XPhone
explain-signals = SIP statuses, event log
explain-traps = Traps of the usual tools
explain-guide = The guide
explain-all-title = What xfed can find
explain-all-about = Every step of the checklist with the findings it can have, then the ms-diagnostics numbers that Microsoft's side reports, what is seen in XPhone, SIP statuses, the traps of the usual tools, where xfed differs from the guide, and what no check from outside can judge. It is what xfed explain --all --format markdown prints; xfed explain <code> prints one of them.
explain-see = See also
explain-list-hint = xfed explain <name> says more on one of them.

## `xfed plan`: before the set-up

plan-title = Federation for { $domain }: the plan
plan-none = none
plan-fill-in = Replace everything in <angle brackets>: xfed cannot know it.
plan-unknown = { $heard ->
    [internal] not known, only an internal DNS was heard
   *[nobody] not known, DNS did not answer
}
plan-placeholder-address = <public IPv4>
plan-placeholder-lan = <LAN address of the XPhone server>
plan-placeholder-mail = <e-mail address>

plan-seen-title = What DNS shows
plan-seen-mail = Mail (MX)
plan-seen-microsoft = Microsoft 365
plan-seen-srv = SRV record
plan-seen-address = A record

plan-choice-title = The choice of the XPhone domain
plan-question-1 = Should users chat with people outside the company, now or later?
plan-answer-1 = { $variant ->
    [1] Not by XPhone: --variant 1 says so.
   *[0] DNS cannot know that; this plan is for a yes. "Perhaps later" is a yes, too: whoever changes the domain then changes every login name. If no: nothing is published (--variant 1).
}
plan-question-2 = Is there another chat server such as Teams, or will there be one, perhaps later?
plan-answer-2 = { $basis ->
    [asked] Decided by --variant.
    [teams-answers] Yes: the SRV record of { $asked } leads to Microsoft, so Teams answers for this domain today.
    [taken-over] Microsoft 365 holds { $asked }, but the SRV record leads to another server already. Whether Teams is still used for chat with people outside cannot be seen.
    [tenant] Microsoft 365 holds { $asked }. Whether Teams is used for chat with people outside, or only for mail and meetings, cannot be seen from outside. What decides: the setting "external access" in the Teams admin centre, and who uses it.
    [beside] It may answer under the e-mail domain { $beside }, and is not affected: { $asked } is a domain of its own below it.
    [chat-only] DNS shows none, and no mail either: a domain for chat only. What decides is what the company uses, or plans to use.
    [missing] Not to be seen: public DNS does not know { $asked }.
    [unknown] Not known: DNS did not answer everything that could show it. What decides is what the company uses, or plans to use.
   *[no-teams] DNS shows none. What decides is what the company uses, or plans to use; not everything leaves a trace in DNS.
}
plan-result = { $variant ->
    [1] Variant 1: XPhone without federation.
    [2] Variant 2: XPhone takes over. XPhone domain { $asked }, the SRV record leads to XPhone, and Teams chats with nobody outside any more.
    [3] Variant 3: a domain of its own. XPhone domain { $own }, beside { $beside }.
   *[0] XPhone domain { $asked }.
}
plan-result-why = { $basis ->
    [asked] This is the plan for the variant that was asked for.
    [teams-answers] Recommended because it takes nothing away from Teams. Only if Teams may lose its chat with people outside does variant 2 suit as well.
    [taken-over] Recommended because the SRV record is like that already. If Teams is to go on chatting with people outside, variant 3 is the one.
    [tenant] It suits in any case, because it takes nothing away from Teams. If Teams is not used for chat with people outside, variant 2 keeps one address for mail and chat.
    [unknown] It suits if there is no other chat server; DNS could not confirm that.
    [missing] It suits once the domain exists in public DNS.
    [beside] Recommended because the mail is at { $beside }. Is XPhone the only chat server, now and later? Then the e-mail domain itself serves better, one address for mail and chat: xfed plan { $beside }
    [chat-only] It suits if the domain is meant for chat only.
   *[no-teams] Recommended because one address then serves for mail and chat, as long as there is no other chat server, now or later. If there is: --variant 2 or --variant 3 prints that plan.
}
plan-variant = Variant { $variant }
plan-variant-text = { $variant ->
    [1] XPhone without federation: chat with people outside stays with Teams. Nothing is published; the primary domain is recommended all the same, since login names then look like e-mail addresses.
    [2] XPhone takes over { $asked }: the SRV record leads to XPhone, and chat with people outside is switched off in Teams. Other Teams tenants go by a list of their own and ignore the SRV record: their messages still go to Teams.
   *[3] XPhone gets a domain of its own, { $own }: Teams keeps { $beside }, and people outside may choose between two addresses. The IM addresses of XPhone then differ from the e-mail addresses. It makes sense for single departments or sites, too.
}
plan-variant-more = The plan for another one: xfed plan { $asked } --variant 1, 2 or 3
plan-decide = What decides is not technical:
plan-decide-card = Which one IM address goes on the business card? Most people will simply try the e-mail address.
plan-decide-server = Which server knows that address?
plan-decide-client = With which client will people answer requests from outside?
plan-decide-given-away = Whoever has rolled out Microsoft 365 has often given e-mail and IM address away already.
plan-keeps-company = keeps mail, Teams and its addresses, and its own SRV record if it has one
plan-keeps-own = gets XPhone: its login names and IM addresses, the SRV record and the certificate

plan-warnings-title = Before you start
plan-warn-published = DNS already says what is planned here. Whether everything works, this shows: xfed check { $domain }
plan-warn-idn = In DNS and on the certificate, { $written ->
    [hidden] this domain
   *[shown] { $written }
} is { $domain }: enter that form there, as it stands below. Not all programs of partners take a domain with umlauts; test with one of them before users are told their IM addresses, or choose a domain without.
plan-warn-unknown = DNS did not answer: { $names }. The plan stands on what is known; repeat it once DNS answers, e.g. with --resolver 9.9.9.9.
plan-warn-internal = An internal DNS answers here for { $apex }{ $servers_count ->
    [0] {""}
   *[other] {" "}(its name servers: { $servers })
}{ $addresses_count ->
    [0] {""}
   *[other] {" "}(the domain has { $addresses } there)
}, and not all of what public DNS says could be seen. So Teams may answer for the domain without this plan knowing, and its records are for the public zone only: enter nothing in the internal one, and remove nothing there. Repeat the plan with --resolver 9.9.9.9; if DNS to it is blocked here, outside of this network.
plan-warn-missing = Public DNS does not know { $missing } (NXDOMAIN). { $variant ->
    [1] Without federation that does no harm, but the name becomes part of every login name: compare the spelling.
   *[other] Compare the spelling; if it is right, register the domain and publish its zone first. A domain that exists inside the company only cannot federate.
}
plan-warn-typed = { $typed } is the server: the SRV record of { $asked } leads to it. IM addresses end with the domain, so this plan is for { $asked }.
plan-warn-microsoft = The SRV record of { $asked } leads to Microsoft ({ $targets }). { $variant ->
    [1] Leave it as it is: Teams needs it.
    [3] Leave it as it is: Teams needs it, and the record for XPhone has a name of its own.
   *[other] The new record takes its place: delete the old one, and not before XPhone answers. From then on partners who go by DNS no longer reach Teams.
}
plan-warn-tenants = Switch off chat with people outside in Teams (Teams admin centre, external access). Even then, other Teams tenants go by a list of their own and ignore the SRV record: what they write to @{ $asked } goes to Teams, not to XPhone. If such partners matter, take variant 3.
plan-warn-addresses = The IM addresses end with @{ $domain } and differ from the e-mail addresses. Tell partners the IM addresses; they go into the SIP or XMPP field of their contacts.
plan-warn-no-mail = { $asked } names no mail server (MX): the IM addresses will differ from the e-mail addresses. Usually one domain serves for both; compare whether this is the one.
plan-warn-srv = { $srv_name } exists and says something else: { $records }. Replace it, do not add a second one: partners would reach now the one, now the other server.
plan-warn-srv-alias = { $srv_name } is an alias (CNAME) of { $target }, and beside a CNAME no other record can stand. Delete the CNAME, then create the SRV record.
plan-warn-handed = { $zone } hands { $cut } on (NS) { $servers_count ->
    [0] to name servers that nobody finds
   *[other] to { $servers }
}. { $heard ->
    [yes] { $at } has to be entered there, in the zone { $cut }: in { $zone } nobody sees it.
   *[no] Nobody answers there, and as long as this NS record stands in the public zone, nobody sees what is entered there at { $at }. Delete it there first; an internal DNS may keep its own. If the part is to stay handed on: to servers on the internet, and the record goes there.
}
plan-warn-moved = A DNAME stands at { $above } in public DNS and leads all names below to { $to }: what is entered at { $at } nobody sees. Either enter it where it is looked for, { $instead }; or first replace the DNAME by records for the single names below it that are in use.
plan-warn-fqdn-foreign = --fqdn { $fqdn } does not end with the XPhone domain { $domain }; partners refuse such a server (ms-diagnostics 1009). So { $server } stands below. If { $fqdn } has to stay, the XPhone domain would have to be { $parent }: xfed plan { $parent } --fqdn { $fqdn }
plan-warn-fqdn-deep = { $server } has more than one label before { $domain }. The guide allows that, the vendor's help does not, and some Skype for Business partners refuse it. Better: a name directly below { $domain }.
plan-warn-alias = { $server } is an alias (CNAME) of { $target }, and the target of an SRV record must not be one. Replace the CNAME by the A record, or take another name with --fqdn.
plan-warn-ip = --ip { $address } is { $range ->
    [private] a private address: taken for the server's own address in the LAN. The A record needs the public one that the firewall forwards.
    [cgnat] an address of the provider's own network (carrier-grade NAT). The A record needs a public one: order it from the internet provider.
    [loopback] the loopback address of a machine itself. The A record needs a public one.
    [link-local] a link-local address (APIPA). The A record needs a public one.
    [documentation] an address reserved for documentation. The A record needs a public one.
    [multicast] a multicast address. The A record needs a public one.
   *[reserved] a reserved address. The A record needs a public one.
}
plan-warn-published-range = { $by ->
    [resolver] The resolver here leads { $server } to { $address }
   *[zone] { $server } leads to { $address } in public DNS
}, { $range ->
    [private] a private address
    [cgnat] an address of the provider's own network (carrier-grade NAT)
    [loopback] the loopback address of a machine itself
    [link-local] a link-local address (APIPA)
    [documentation] an address reserved for documentation
    [multicast] a multicast address
   *[reserved] a reserved address
}. { $by ->
    [resolver] What public DNS says could not be seen. If that is an internal DNS: leave it as it is, and see to it that public DNS has the public address, and no other.
   *[zone] No partner reaches it: replace it by the public one.
}
plan-warn-address = { $server } leads to { $addresses } already, the plan says { $address }. If that is an old address: replace it. If something else uses the name: leave it, and take another name with --fqdn. The server needs a name with exactly one address.
plan-warn-which = { $server } leads to several addresses already: { $addresses }. Which of them is the server's, DNS does not say: give it with --ip, and delete the others. The server needs a name with exactly one address.
plan-warn-partly = Only some of the zone's name servers publish { $name } ({ $record }): { $servers } { $servers_count ->
    [1] denies
   *[other] deny
} it, so partners find it now and then only. Have the DNS provider bring the zone up to date there (transfer, serial number).
plan-warn-wildcard = { $server } has no record of its own: a wildcard (*) gives it { $addresses }, as it does every name. The new A record takes precedence over it, and nothing has to be deleted.
plan-warn-proxied = { $server } leads to { $address }, the web proxy of { $proxy }, which lets TCP 5061 through in a paid service only (Spectrum). In the DNS settings at { $proxy }, set the record to "DNS only" (grey cloud), with the public address that the firewall forwards.
plan-warn-ipv6 = { $server } has an IPv6 address in public DNS ({ $addresses }): Let's Encrypt and many partners try that first. Forward TCP 5061 and TCP 80 there, too, or delete the AAAA record.
plan-warn-change = Decide before the set-up: changing the XPhone domain later changes every login name and every IM address, and federation has to be switched off for it.

plan-domain-enter = In the XPhone administration:
plan-domain-name = XPhone domain
plan-domain-fqdn = Public name (FQDN)
plan-without = In the XPhone administration, leave federation switched off. No record, no open port and no certificate is needed for federation; there is nothing that xfed check could prove.
plan-without-domain = Any name will do for the XPhone domain, it need not exist in DNS. Still, take the primary domain, { $asked }: login names then look like e-mail addresses, and whoever wants federation later has nothing to change. Changing the domain later changes every login name.

plan-records-title = A record and SRV record
plan-record-published = { $record ->
    [a] The A record is published as it should be.
   *[srv] The SRV record is published as it should be.
}
plan-records-unseen = For the public zone of { $zone }, at whoever runs it on the internet, and not for the internal DNS. What stands there today was not seen: look first, and let no second SRV record and no second address come of it.
plan-records-first = Not before what is said above about { $at } is done: until then, nobody sees it.
plan-zone-file = As lines of the zone file (zone { $zone }):
plan-form-a = In the provider's form, A record:
plan-form-srv = In the provider's form, SRV record:
plan-form-hint = The name is relative to the zone { $zone }, @ stands for the zone itself. Forms without fields for service and protocol want all of it as name: { $name }. Some forms want a dot at the end of the target.
plan-powershell = In PowerShell, where the public zone is on a Windows DNS server:
plan-field-service = Service
plan-field-protocol = Protocol
plan-field-name = Name
plan-field-priority = Priority
plan-field-weight = Weight
plan-field-port = Port
plan-field-target = Target
plan-field-type = Type
plan-field-value = Value
plan-field-ttl = TTL

plan-firewall-in = In
plan-firewall-out = Out
plan-firewall-in-text = TCP from any address and port to { $address }, port 5061; forwarded to { $lan }, port 5061 (the interface that is chosen in XPhone).
plan-firewall-out-text = TCP from { $lan }, any port, to any address, port 5061.
plan-firewall-note = No allow list of addresses or countries, no TLS inspection and no SIP ALG on this port: every partner comes from somewhere else, and both sides show certificates.
plan-firewall-windows = In PowerShell on the XPhone server, as administrator, for its Windows firewall:

plan-certificate-order = Order a certificate for exactly { $server } from a public CA, without wildcard, with an RSA key. From Let's Encrypt with simple-acme in the command prompt of the XPhone server, as administrator:
plan-certificate-port = Let's Encrypt looks at http://{ $server }/.well-known/ from several countries, at every renewal: port 80 must be reachable from anywhere, forwarded like 5061. For the Windows firewall:
plan-certificate-account = If XPhone runs under an account of its own, add --acl-read "<service account>", so that it can read the key. --keepexisting leaves the old certificate in place for as long as XPhone uses it.
plan-certificate-where = simple-acme succeeds the win-acme of the guide and comes from the same author: https://simple-acme.com. Unpack it into a folder that stays, e.g. C:\Tools\simple-acme, since it renews from there.
plan-certificate-validation = The guide takes --validation filesystem, which puts a file into the web root of IIS. With selfhosting, simple-acme answers Let's Encrypt itself, for as long as the validation takes: no web root, no rights and no redirect of IIS can be in the way. It needs no IIS, and IIS may go on running: Windows hands both of them what comes in on port 80, and requests below /.well-known/acme-challenge/ go to simple-acme. If another program holds port 80 (nginx, Apache, a proxy), take filesystem with its web root: --validation filesystem --webroot "<web root>".
plan-certificate-folder = If filesystem fails because Let's Encrypt does not find the file, create the folder by hand, put a file of your own into it, and open that from outside by http://{ $server }/.well-known/acme-challenge/:
plan-certificate-proxy = If the server reaches the internet by a proxy only: simple-acme takes the proxy of Windows; another one is entered in settings.json under Proxy, Url. The proxy has to let HTTPS to acme-v02.api.letsencrypt.org through without inspecting it. The request of Let's Encrypt comes in on port 80 and has nothing to do with it.
plan-certificate-again = After every renewal, choose the new certificate by hand in the XPhone administration: XPhone does not do that by itself. simple-acme renews about every 55 days by itself, and more often from February 2027 on: enter a reminder in the calendar.

plan-renewal-title = Can Let's Encrypt issue the certificate?
plan-renewal-about = What Let's Encrypt looks at before it issues, now and at every renewal. With another CA, CAA has to name that one.
plan-renewal-caa = CAA
plan-renewal-caa-none = none, so every CA may issue
plan-renewal-ipv6 = IPv6 (AAAA)
plan-renewal-ipv6-none = none, so Let's Encrypt comes by IPv4
plan-renewal-port = Port 80
plan-renewal-port-asked = asked from here
plan-renewal-port-open = not asked: --renewal does it, once the port is forwarded
plan-renewal-later = Once the server runs, this shows it again, with the CA of its certificate:

plan-federation-enter = In the XPhone administration:
plan-federation-on = on
plan-federation-active = XPhone Connect Federation
plan-federation-open = Open Federation
plan-federation-interface = Network interface
plan-federation-interface-text = the one with { $lan }, never 169.254.x.x
plan-federation-port = Port
plan-federation-protocol = Protocol
plan-federation-protocol-text = leave it as it stands: the guide gives no value
plan-federation-certificate = Certificate
plan-federation-certificate-text = the one issued to { $server }

plan-teams-title = Teams (Teams admin)
plan-teams-look = Chat between Teams and XPhone is "external access" in the Teams admin centre, and both sides have to allow it. In PowerShell with the module MicrosoftTeams, this shows what holds now:
plan-teams-off = For variant 2, switch it off in your own tenant. Nobody there chats with people outside any more, whatever lists or policies say:
plan-teams-all = { $variant ->
    [3] Switch it on for all domains that are not blocked, in your own tenant and in those of partners, so that they reach XPhone:
   *[other] Switch it on for all domains that are not blocked, in the tenants of partners who are to reach XPhone:
}
plan-teams-list = Or switch it on for single domains only. Take care: where all were allowed until now, only those on the list are from then on:
plan-teams-source = All of this in Microsoft's own words:

plan-proof-title = Check it
plan-proof-outside = From outside the company, without VPN:
plan-proof-inside = From inside, before the port forwarding exists:
plan-proof-out = The way out, on the XPhone server under its service account:
plan-proof-partner = <partner's domain>

## The calendar of certificates

calendar-name = XPhone federation: certificates
calendar-renew = Renew the certificate of { $host }
calendar-renew-about = The certificate of { $host } ends on { $date } at { $time }. By now the next one should be there. If a program such as simple-acme renews it: look whether it did. Otherwise order one for exactly { $host }, from a public CA.
calendar-choose = Choose the renewed certificate of { $host } in XPhone
calendar-choose-about = XPhone does not take a renewed certificate by itself: choose it in the XPhone administration. If the new one is not offered there, look why the renewal failed; the old one ends on { $date } at { $time }.
calendar-ends = The certificate of { $host } ends
calendar-ends-about = From { $time } on, partners refuse the connection to { $host }, and chat with them stops. The renewed certificate has to be chosen in the XPhone administration before.
calendar-ends-partner = From { $time } on, connections to { $host } fail, and chat with { $domain } stops, unless the partner has renewed the certificate by then.
calendar-again = Renewed and chosen? xfed check { $domain } --format ics writes this calendar anew. Imported again, the dates move.

## ms-diagnostics: what the Microsoft side reports

ms-1002 = The partner's policy does not let this user write to federated contacts. Nothing is wrong on the XPhone side; the partner's admin has to allow external chat for the user.
ms-1003 = The user does not exist at the other end. Compare the IM address letter by letter; in XPhone it is taken from the contact's e-mail, XMPP or SIP field. Private Skype accounts ended on 2025-05-05.
ms-1005 = The partner's server finds no way to the domain. Look at the SRV record (step 3), then ask the partner for allow and block lists.
ms-1007 = The way to the domain is closed for the moment. Wait some minutes and try again; if it stays, look at the firewall (step 4) and at the XPhone service.
ms-1008 = The partner's DNS gets no usable SRV record for the XPhone domain. Look at the SRV record (step 3); if it is new, resolvers may still remember that it was missing.
ms-1009 = The SRV target does not lie in the domain whose SRV record names it. Choose an FQDN directly below the XPhone domain (step 2) and enter it as target (step 3).
ms-1010 = The partner does not trust the certificate of the XPhone server. Look at step 5: name, expiry, issuer, chain and extended key usage.
ms-1011 = The server in front gave no reason of its own. That is usual where XPhone is the server in front: the cause has to be looked for elsewhere.
ms-1012 = The partner's policy does not let this user chat outside the company. The partner's admin has to allow it; nothing in DNS, firewall or certificate explains it.
ms-1013 = The clocks of the two servers differ too much. Check the time of the XPhone server (w32tm /query /status).
ms-1014 = The SRV target has no A record that the partner's DNS can see. Look at the FQDN and its A record (step 2).
ms-1027 = This kind of request may not be sent to or from federated partners. Look at the partner's policy, and at the SRV record of the partner's own domain.
ms-1034 = The federated server in front gave no reason of its own. The log entry usually holds a second ms-diagnostics number: look for that one; else go through all six steps.
ms-1036 = Belongs to the numbers for connections and routes that failed; Microsoft's words for it were not to be found in any source. Look for a second ms-diagnostics number and the SIP status in the same log entry, then at steps 3 and 4.
ms-1038 = Belongs to the numbers for connections and routes that failed; Microsoft's words for it were not to be found in any source. Look for a second ms-diagnostics number and the SIP status in the same log entry, then at steps 3 and 4.
ms-1046 = Belongs to the numbers for connections that failed, like 1047, which is about TLS; Microsoft's words for it were not to be found in any source. So look first whether the port is open from the partner's network (step 4).
ms-1047 = The TLS handshake with a federated server failed. Look at certificate and TLS (steps 5 and 6): often one side does not trust the other's certification authority.

## Subjects of `xfed explain` that are no findings: what is seen in XPhone

topic-no-certificate = XPhone offers no certificate for the FQDN
    .what = Under "Sicherheit/Verschlüsselung" the XPhone administration lets one choose among the certificates that it can use, and shows of each whom it is issued to (Ausgestellt für), by whom (Ausgestellt von), the expiry date (Ablaufdatum) and the display name (Anzeigename). If none fits, it says that it has none to offer for the FQDN. At the first attempt this may well happen.
    .why = It looks for a certificate that is issued to exactly the "Öffentlicher Name (FQDN)", by a public CA, and that is no wildcard. So the usual reasons, in the order in which to look: another name as subject (Antragsteller), often the name in the Active Directory or the domain without its host; a wildcard; a private CA or a self-signed certificate; expired; the certificate is in the store of a user and not of the computer; it was imported without its private key; the service account of XPhone must not read that key.
    .mend = Open certlm.msc (computer, not certmgr.msc: that is the user) on the XPhone server, folder "Eigene Zertifikate" (Personal). Does the certificate stand there, with a small key in its icon, and does "Antragsteller" (Subject) say CN = the FQDN, letter for letter? If it lies in another store: import the PFX file again, for the local computer. Without the key: import the PFX, not the CER. Rights on the key: right click, All Tasks, Manage Private Keys, and let the service account read it (with simple-acme: --acl-read). If the name is wrong: order a new one for exactly the FQDN; with simple-acme or win-acme, as xfed plan <domain> prints it.
    .unknown = The guide names the name, the public CA, the wildcard and the store of the computer. Whether XPhone also looks at the key, the purposes (EKU) or an empty subject is not documented; private key and rights follow from what every Windows service needs for a server certificate.
    .source = XPhone Federation guide, chapter 7; Let's Encrypt, certificate profiles (tlsserver and shortlived have no subject name)

topic-not-active = the status does not become Active
    .what = In the XPhone administration the page "Allgemein" (general) of Federation has the tick "XPhone Connect Federation aktivieren", and beside it a status. Federation runs when that says Active.
    .why = The guide's order shows what it needs: domain and FQDN are entered, a certificate for the FQDN is chosen, a network interface and port 5061 are chosen. What to look at first: the tick was not saved; the chosen certificate was deleted or replaced by the renewal and not chosen again; the interface is one that the server no longer has, or 169.254.x.x, which Windows gives itself when it got no address; another program has port 5061.
    .mend = Go through chapter 6 and 7 of the guide in this order: certificate, interface (the LAN address of the server), port 5061, tick, save. On the server, netstat -ano shows who listens on 5061, and the number at the end is the process (tasklist /FI "PID eq <number>"). Then test from inside with --connect-to, and from outside last. For "Open Federation", its own tick must be set, too.
    .unknown = On what exactly XPhone makes Active depend, and where it logs why not, is not documented publicly. From outside Active cannot be seen: xfed sees that something listens, speaks TLS and answers as SIP.
    .source = XPhone Federation guide, chapter 6 and 7

topic-request-waits = a request waits under "Anfragen"
    .what = When a stranger enters one of your IM addresses in the search of their client, you see a request (Anfrage) even before they have written: the tab "Anfragen" has a red number. Its detail page shows the full IM address, and asks whether an existing contact with this address is to be used, whether to share presence and with which permission, and in which contact group to put the contact.
    .why = It is no fault: nobody sees presence before the user has agreed. Until then, the other side sees the contact without status. A first message also comes as a notification on the desktop, with a field for the answer.
    .mend = Open "Anfragen", compare the address, answer. If no request arrives although the other side has written: xfed check <your domain>, and on the other side the same for their way out; if requests of one single partner are missing, it is mostly their rules (xfed explain sip-403).
    .unknown = How long a request waits, and what the client of the other side shows meanwhile, is not documented.
    .source = XPhone Federation guide, chapter 9; C4B online help, Federation

topic-no-presence = chat works, but no presence is shown
    .what = Presence here is: available, away, busy, do not disturb, signed out. Nothing more is shared with other companies, no calendar and no phone state.
    .why = Each side grants its own presence, for each contact. Either the request was not answered yet, or it was answered with a permission that shows none: for strangers the administrator's default counts, and who is kept as "unbekannte Person" (unknown person) gets no presence. Where on the Microsoft side it says "presence unknown", more is broken than presence: often the connection failed, and chat does not work either. If only one side lacks it, the way out of that side's server may be closed: each server asks for the other's presence by a connection that it opens itself.
    .mend = On your side: look at the contact's permission, and under "Anfragen" (xfed explain request-waits). On the other side: ask them for the same. Then both ways: xfed check <domain> from outside for each of the two domains, and on the XPhone server, under its service account, xfed check <partner's domain> --partner.
    .unknown = Which state of XPhone Microsoft Teams shows as which, and whether it shows each of them, is not documented.
    .source = XPhone Federation guide, chapter 9; risual.com, Lync federation: presence unknown (2012)

topic-no-pictures = contact pictures are not transferred
    .what = Federation carries presence and chat between two people, and no pictures. A contact in another company has the picture that your own directory has of them, or none. Files and group chats do not go across either.
    .why = It is meant so, and the same with every partner.
    .mend = Nothing to do. Who wants a picture stores it with the own contact.
    .source = XPhone Federation guide, chapter 9; C4B online help, Federation

topic-wrong-address = messages go to the wrong address
    .what = XPhone writes to the IM address of a contact, and takes it from the contact's fields: e-mail (office, private, other), XMPP address or SIP address.
    .why = The IM address is often the e-mail address, but not always: a company with a domain of its own for chat has others, and so has everybody whose provider of chat is not that of mail. Then the message goes to a domain that knows nobody of that name: Microsoft's side says 1003, or SIP 404.
    .mend = Ask the other side for their IM address, and enter it in the SIP or XMPP field of the contact. Which domain answers chat is shown by xfed check <domain> --partner, with the part behind the @. The other way round: if your own IM addresses are not your e-mail addresses, tell partners yours, and print them on the business card.
    .unknown = Which field wins where several are filled is not said in the guide. So leave only one that can be meant.
    .source = XPhone Federation guide, chapter 8 and 10

topic-private-account = a contact with a private Teams or Skype account
    .what = The guide's freelancer chats by a private Skype account. Those ended on 2025-05-05. Private Teams accounts (not managed by an organization) exist, with addresses such as …@outlook.com.
    .why = Federation goes by the domain behind the @: whoever owns outlook.com or gmail.com would have to publish an SRV record and let your server in. Tenants of Teams have a setting of their own for private accounts (AllowTeamsConsumer); nothing of the kind is known for an XPhone server.
    .mend = Ask for an address in a company that has XPhone or Teams (work or school account). What the domain says: xfed check <domain behind the @> --partner.
    .unknown = Whether a private Teams account can be reached from XPhone in any way: no source says so, and none says why not. Do not count on it.
    .source = XPhone Federation guide, chapter 9 and 10; Microsoft Learn, Set-CsTenantFederationConfiguration (AllowTeamsConsumer)

## SIP statuses and entries of an event log

topic-sip-403 = SIP 403 Forbidden
    .what = A server has understood the request and refuses it; the same again will not help (RFC 3261). To a question about presence it only says that the contact shows none; chat may work all the same.
    .why = Between two companies it is nearly always a rule: a list of allowed or blocked domains, external access of Teams that is off for this user, a trial tenant. The certificate and the firewall are in order then, else there would be no SIP answer.
    .mend = Ask the side that answered 403: is our domain allowed, and external chat for this user? An ms-diagnostics number beside it says more: 1002 and 1012 are rules for users, 1027 for the kind of request.
    .source = RFC 3261 §21.4.4; [MS-OCER] §8.2

topic-sip-404 = SIP 404 Not Found
    .what = The server is responsible for the domain, and does not know the user (RFC 3261). To a question about presence it only says that the contact is not known; chat may work all the same.
    .why = A misspelt address, an e-mail address that is no IM address, a user without the right to federation, or one who has moved: if the company has taken the domain to Teams, another server answers than the one that knows them.
    .mend = Compare the address letter by letter (xfed explain wrong-address). Does the SRV record lead to the server that has the users: xfed check <domain> --partner. In XPhone: does the user have the licence, and is federation on in their configuration group?
    .source = RFC 3261 §21.4.5

topic-sip-480 = SIP 480 Temporarily Unavailable
    .what = The user exists and cannot be reached for the moment: signed out, or without a client that takes messages (RFC 3261).
    .why = The whole way from server to server works; nothing in DNS, firewall or certificate causes it.
    .mend = Try again when the contact is signed in. If it stays although they are: let the other side look at that user's client and rights.
    .unknown = When exactly XPhone or Teams answer 480, rather than keeping the message, is not documented.
    .source = RFC 3261 §21.4.18

topic-sip-488 = SIP 488 Not Acceptable Here
    .what = The other side takes the request, but not what it offers (RFC 3261): sound, video, a file, a conference.
    .why = Federation of XPhone is chat between two people, and presence. What goes beyond that, such as an invitation to a group chat or a call from Teams, cannot be taken.
    .mend = Write to one person, in a chat of its own. If a simple text message is refused like this, ask both manufacturers with a trace of the INVITE: it is neither DNS nor certificate.
    .unknown = Which offers XPhone refuses by 488 and not otherwise is not documented.
    .source = RFC 3261 §21.4.26; C4B online help, Federation

topic-sip-504 = SIP 504 Server Time-out
    .what = A server on the way did not reach the next one. With Microsoft it is said by the sender's own server at the edge (Edge), not by the partner's.
    .why = The reason stands beside it, in ms-diagnostics: 1008 no SRV record, 1009 name outside of the domain, 1010 certificate, 1014 no A record, 1046 most likely no connection, 1047 TLS, 1034 the partner gave none.
    .mend = Look for that number in the same entry of the log and ask for it: xfed explain <number>. Without a number: xfed check <domain that was written to> --partner, on the side that got the 504.
    .source = RFC 3261 §21.5.5; [MS-OCER] §8.2

topic-event-14428 = event 14428 of Skype for Business or Lync
    .what = "TLS outgoing connection failures", source LS Protocol Stack (before: OCS Protocol Stack), in the event log of a partner's server at the edge (Edge). It connected to our server, and broke off during TLS.
    .why = The entry names the reason: "wrong principal" is a certificate for another name than the FQDN that the SRV record leads to; "untrusted root" is a CA that the partner does not know, or a chain with a missing intermediate. So the record and the port are right.
    .mend = xfed check <domain> shows in step 5 what the partner saw. If it is in order there: the partner's server may lack the root certificate, as where Windows may not load new ones.
    .source = Microsoft Learn, dd572404

## Traps of the usual tools

topic-nslookup = nslookup appends search suffixes
    .what = nslookup asks more than was typed. To a name without a dot at its end it appends this machine's search suffixes, such as fritz.box or the domain of the Active Directory. That of Windows tries the suffixes first, even where the name has dots in it, and takes the first answer. That of Linux and macOS (BIND) does so only if the name has fewer dots than ndots in /etc/resolv.conf (1 by default, 5 in a container of Kubernetes). With a dot at the end, or with -nosearch, it asks for exactly what was typed.
    .why = If anything answers under the longer name, above all a wildcard record in an internal zone, nslookup shows that address, and looks as always: only the line "Name:" gives the suffix away. Something that is right then looks wrong, or something that is missing looks present. "Non-authoritative answer" ("Nicht autorisierende Antwort") is no error: the answer comes from a resolver, not from the zone's own servers, and may be as old as its TTL allows. And who answered stands at the top ("Server:"): a FRITZ!Box answers for fritz.box itself, and a domain controller for every zone that it has, also for one that has the same name as the public one (split DNS). Partners see neither.
    .mend = End names with a dot, and give -nosearch: every command that xfed prints has both. For what the public sees, name a public resolver at the end, as below. To try it: the first two commands show different names if a suffix answers. ipconfig /all shows the suffixes on Windows, /etc/resolv.conf elsewhere. xfed itself never appends one; where this machine's suffixes would make nslookup say something else than DNS does, the check says so (nslookup-suffix).
    .source = XPhone Federation guide, chapter 13; SANS ISC, DNS Suffixes on Windows (2024-05-12); tried with nslookup of BIND 9.18

topic-no-chat = all green from outside, and still no chat
    .what = The check finds nothing wrong, and yet no text arrives, or only in one direction.
    .why = What is seen from outside is one half: whether others reach the server. The other half goes out: the server connects to the partner itself and presents its certificate as a client, and nobody but a partner sees that. And between two domains either direction can fail by itself: by a certificate without clientAuth, by a tenant that Teams delivers to, by a route on one side only, by a list of allowed domains.
    .mend = Three commands, each of which takes the question further. xfed check: do others reach us? xfed listen, on a machine that is reached from outside: do we get out, and with which certificate? xfed plan --test-partner writes down what that needs. xfed pair, with the report of listen as --evidence: which direction fails between these two, and on whose side? What is left then only the two administrators can show: lists of allowed domains, routes, licences.
    .unknown = What XPhone sends first, and whether it chats in a session or message by message, is not documented publicly; xfed listen takes both.
    .source = XPhone Federation guide, chapters 5, 7, 8 and 10

topic-telnet = what an open port proves, and what it does not
    .what = The guide tests the firewall with telnet <FQDN> 5061. It shows a black window when something accepts the connection, and an error when nothing does. Windows has no telnet until it is added as a feature; Test-NetConnection (PowerShell) asks the same question and says in words: TcpTestSucceeded : True.
    .why = An open port proves that one packet came back, and not from whom. A firewall may accept in place of the server, the port forward may lead to another machine, a web server may sit there, the certificate may be wrong, or the service may want no client certificate: telnet calls all of them fine. A closed port proves something only from outside: from within the company many firewalls do not lead to their own public address, and other networks may let no 5061 out.
    .mend = From outside, without VPN: xfed check <domain>, which goes on where telnet ends: TLS, certificate, client certificate, SIP. For the other direction, on the XPhone server under its service account: Test-NetConnection <partner's FQDN> -Port 5061, or xfed check <partner's domain> --partner.
    .source = XPhone Federation guide, chapter 5; RFC 9293

## Where xfed differs from the guide, and who made what

topic-guide = where xfed differs from the guide, and why
    .what = The steps of xfed are those of the checklist in the guide (chapter 12). In these points it judges otherwise than the guide's text, because the vendor's help, a standard or the years since have it otherwise.
    .source = XPhone Federation guide ("Fe(e)deration"); C4B online help; the standards and announcements named with each point

differs-depth = Name of the server (chapter 3)
    .what = The guide wants an FQDN that ends with the domain, with anything in front. The vendor's help wants the domain itself or a name directly below it, because partners on Skype for Business may refuse others in open federation (they say ms-diagnostics 1009). So two labels in front, as in xphone.office.zahnfee.de, are a warning here, and a name outside of the domain is a failure.
differs-several = Several addresses (chapter 3)
    .what = The guide wants one unique IP address. Two internet lines with a port forward each work just as well, so several A records are a warning. Each is tested, and a dead one is a failure in step 4.
differs-alias = Alias instead of A record (chapter 3)
    .what = The guide wants an A record, the vendor's help takes an alias, too. The target of an SRV record must be no alias (RFC 2782); some servers follow it all the same, some do not. So it is a warning.
differs-target = What the SRV record holds (chapter 4 and 5)
    .what = In one place the guide speaks of the public IP address that stands in the SRV record. An SRV record never holds an address but a name (RFC 2782); the address is in the A record of that name. An address as target is a failure.
differs-underscore = The underscore before tcp (chapter 4)
    .what = A sample answer in the guide shows _sipfederationtls.tcp. The name is _sipfederationtls._tcp, with both underscores; a record without one is not found, and xfed looks for it.
differs-telnet = telnet without an error (chapter 5)
    .what = The guide takes a connection by telnet for proof that all is well. An open port says nothing of who accepts; so xfed goes on to TLS, certificate and SIP (xfed explain telnet).
differs-interface = The choice of the network interface (chapter 6)
    .what = The guide says that little can be done wrong here. Its own list offers 169.254.x.x, an address that Windows gives itself when it got no other: bound to it, XPhone is reached by nobody. It is the first thing to look at when connections are refused.
differs-subject = Whom the certificate is issued to (chapter 7)
    .what = The guide goes by the subject (Antragsteller), as the selection in XPhone does. Partners look at the alternative names (SAN) alone. xfed wants the FQDN in both. An empty subject, as in some certificates today, is a warning, because XPhone may not offer them.
differs-client = Let's Encrypt for MTLS (chapter 7)
    .what = For the guide a certificate of Let's Encrypt is all that MTLS needs. Since 2026-07-08 each of them is for servers only (no clientAuth), and other CAs follow. Incoming it is right; outgoing some partners refuse it. So it is a warning and no failure: there is hardly another kind to be had.
differs-acme = win-acme, and how long certificates last (chapter 7)
    .what = The guide's command is for win-acme 2.0.2. Its option --target is called --source now, and its author goes on with simple-acme, which takes over existing renewals. And 90 days become fewer: Let's Encrypt goes down to 64 days on 2027-02-10, and to 45 on 2028-02-16; after every renewal the new certificate has to be chosen again in XPhone. xfed warns when that seems to have been forgotten.
differs-skype = Skype (chapter 1, 9 and 10)
    .what = The guide's freelancer uses Skype in private. That ended on 2025-05-05, so xfed speaks of XPhone and Teams only (xfed explain private-account).
differs-help = Links to the vendor's help (chapter 7)
    .what = The guide's link to the help of XPhone Connect 8 is old. Today's addresses: xfed about.

topic-direct = open and direct federation
    .what = In open federation each partner finds the server by the SRV record of the domain. In direct federation there is none: the partner's admin enters the FQDN by hand, as the route for the XPhone domain, and the XPhone admin an explicit route to their server.
    .why = Each side needs a route to each other one: n servers need n·(n−1) of them, so three need six, two on each. If a name changes, every partner has to follow. Port, firewall and certificate are needed as ever.
    .mend = xfed plan --direct prints a page for each side: the routes and where to enter them, and the firewall for these partners alone. Check one side with xfed check <domain> --direct --fqdn <FQDN>, and each pair with xfed pair --direct. What partners enter: on Skype for Business or Lync Server, New-CsAllowedDomain -Identity <domain> -ProxyFqdn <FQDN>, and not a hosting provider; on estos ProCall a static route. Teams has no field for it and needs the SRV record.
    .unknown = What the fields in XPhone are called was not to be found in any public source.
    .source = XPhone Federation guide, chapter 11; C4B online help, Federation; Microsoft Learn, New-CsAllowedDomain; help.estos.com

topic-about = who made what, and where to ask
    .what = xfed is not by C4B, and C4B gives no support for it. The guide that it goes by is "Fe(e)deration", the XPhone Federation guide of C4B Com For Business AG, Germering. XPhone is a trademark of C4B; Microsoft, Teams, Skype, Lync and Windows are names of Microsoft.
    .mend = Questions about XPhone: support@c4b.de, +49 89 840798-0, www.c4b.com. Help of XPhone Connect 9 on federation: help.c4b.com/xphone-connect-9/doc/en/admin/config/srv/cfg/cfg-fed.html, on the domain: help.c4b.com/xphone-connect-9/doc/en/admin/config/srv/cfg/cfg-general.html. Take along: xfed check <domain> --report html=report.html, with --redact if it leaves the house.
    .unknown = The help of XPhone Connect 10 is at help.c4b.com/xphone-connect-10/doc; whether its page on federation says the same was not seen.
    .source = XPhone Federation guide, imprint; C4B online help

## Step 1, the XPhone domain

domain-not-found = { $registry ->
    [none] Public DNS does not know the domain { $domain } (NXDOMAIN)
   *[other] The top-level domain { $registry } hands { $domain } on to no name servers: it is not registered, or has none. What is answered for it is the registry's own
}, expected a registered domain with a public zone.{ $near_count ->
    [0] {""}
   *[other] {" "}The FQDN given lies in { $near }: perhaps that was meant.
}
    .headline = the domain does not exist in public DNS
    .fix =
        @xphone-admin Compare { $domain } with the { noun-domain } in the { noun-administration }.
        @dns-admin If it is spelt right: register the domain and publish its zone in public DNS.
    .partner =
        @xphone-admin Compare { $domain } with the IM address of the contact: what counts stands behind the @.
        @partner If it is spelt right: have the domain registered and its zone published, or tell us the one that you use for chat.
    .what = DNS says NXDOMAIN for the domain itself, for its SRV record and, if given, for the FQDN; or the top-level domain answers for it with a wildcard of its own. xfed does not believe the first answer alone: some servers deny a name that has records only below it.
    .why = No partner can find anything below a domain that does not exist. Internal domains such as zahnfee.local exist in the company's own DNS only.
    .mend = Compare the spelling with the XPhone domain in the XPhone administration. If it is right, register the domain or have its zone published. If it is an internal domain, federation needs a public one; as changing the XPhone domain changes all login names and IM addresses, plan that as a project of its own.
    .source = XPhone Federation guide, chapters 2 and 10; RFC 8020

domain-dns-broken = { $why ->
    [edns] Every name server of { $domain } drops the questions that resolvers ask (with EDNS), and answers only without it
   *[errors] Every name server of { $domain } answers with an error
} ({ $servers }), expected the zone's records.
    .headline = { $why ->
        [edns] no name server answers questions with EDNS
       *[errors] no name server of the domain serves its zone
    }
    .fix = { $why ->
        [edns] Have the DNS provider update the name servers, or the firewall or load balancer before them, so that they answer questions with EDNS.
       *[errors] Have the DNS provider check that its name servers carry the zone { $domain }. If the domain has moved: enter the new provider's name servers at the registrar.
    }
    .what = The servers that the zone above names for this domain were asked, and each of them answered with an error: it does not know the zone (REFUSED) or cannot load it (SERVFAIL). Or each was silent to questions with EDNS (RFC 6891), as all resolvers ask today, and answered without it.
    .why = Nobody on the internet can look up anything in the domain, neither partners nor certification authorities. Resolvers may still answer from their memory for a while.
    .mend = Usually the domain has moved to another provider, and the registrar still names the old servers; or the new provider has no zone yet. Create the zone there, or correct the name servers at the registrar.
    .source = RFC 1912, section 2.8; RFC 8914

domain-dnssec-bogus = { $why ->
    [no-keys] The zone { $above } announces keys for { $apex } (DS { $announced }), and the zone has none (DNSKEY), so resolvers that check DNSSEC refuse it
    [unseen] The zone { $above } announces keys for { $apex } (DS { $announced }), and no name server of the zone shows them here (DNSKEY), though they answer other questions, so resolvers that check DNSSEC may refuse it
    [other-keys] The zone { $above } announces other keys for { $apex } (DS { $announced }) than the zone is signed with (DNSKEY { $keys }), so resolvers that check DNSSEC refuse it
    [other-keys-there] Only { $servers } answers for { $owner } ({ $kind }), and signs it with other keys (DNSKEY { $keys }) than the zone { $above } announces for { $apex } (DS { $announced }), so resolvers that check DNSSEC do not take it
    [announced-there] The name servers of the zone { $above } announce different keys for { $apex }: on { $servers } these (DS { $announced }), by which nothing holds that the zone shows. Resolvers that check DNSSEC refuse the zone when they have asked there
    [no-zone-key] The zone { $apex } is signed with the key { $keys }, which is not marked as the key of a zone (DNSKEY, expected flags 256 or 257), so resolvers that check DNSSEC refuse it
    [key-protocol] The zone { $apex } is signed with the key { $keys }, which is meant for another protocol than DNSSEC (DNSKEY, expected protocol 3), so resolvers that check DNSSEC refuse it
    [no-signature] { $owner } ({ $kind }) has no signature (RRSIG), though the zone { $above } announces keys for { $apex } (DS { $announced }), so resolvers that check DNSSEC refuse it
    [expired] The signature of { $owner } ({ $kind }) ran out on { $date }, so resolvers that check DNSSEC refuse it
    [too-long] The signature of { $owner } ({ $kind }) is to count for more than 68 years from now. The dates of DNSSEC do not reach so far: it is read as long past, so resolvers that check DNSSEC refuse it
    [not-yet] The signature of { $owner } ({ $kind }) counts from { $date } on only, so resolvers that check DNSSEC refuse it
    [wrong] The signature of { $owner } ({ $kind }) does not fit the records that are there now, so resolvers that check DNSSEC refuse it
    [unproven] { $kind ->
        [DS] { $owner } is in a zone of its own, and the signed zone { $apex } does not prove (NSEC, NSEC3) that it announces no keys for it (DS), so resolvers that check DNSSEC refuse everything in it
       *[other] { $owner } has no { $kind } record, and the signed zone { $apex } does not prove that (NSEC, NSEC3), so resolvers that check DNSSEC answer this question with an error
    }
    [undelegated] There is a zone { $owner } of its own on the name servers, but the signed zone { $apex } proves (NSEC, NSEC3) that it hands nothing on there (NS), so resolvers that check DNSSEC refuse everything in it
    [wildcard] { $owner } ({ $kind }) comes from a wildcard, and the signed zone { $apex } does not prove (NSEC, NSEC3) that there is no such name itself, so resolvers that check DNSSEC refuse it
    [keys-refused] The zone { $above } announces keys for { $apex } (DS { $announced }), and every name server of the zone answers the question for them (DNSKEY) with an error, so resolvers that check DNSSEC refuse the zone
    [unverified] { $owner } ({ $kind }) is signed by an algorithm that xfed does not verify: { $algorithm }. Whether the signatures hold was not tested
    [unheard] { $owner } is in a zone of its own on the name servers of the signed zone { $apex }, and none of them answered the question for its keys (DS). Resolvers that check DNSSEC refuse everything in { $owner } as long as they hear neither keys nor a proof that there are none
    [beside] { $owner } is in a zone of its own, and the name servers of the signed zone { $apex } answer the question for its keys (DS) with an error, not at all, or without proof. Resolvers that ask this question (BIND) refuse everything in { $owner }; those that go by what comes with the delegation (Unbound) do not
    [unsteady] { $owner } ({ $kind }) came now with valid signatures (RRSIG), now without, from the same name server. Resolvers that check DNSSEC get an answer at one time and an error at another
    [mixed] { $owner } ({ $kind }) has, beside a valid signature (RRSIG), one that has run out or does not fit. Some resolvers that check DNSSEC (BIND) give up when they come to that one first
    [denied] { $kind ->
        [DS] The delegation of { $owner }
       *[other] { $owner } ({ $kind })
    } is there, but another answer of the signed zone { $apex } proves (NSEC) that it is not. Resolvers that check DNSSEC remember such a proof (Unbound, most versions of BIND): whoever asked for something else at this name or beside it before, as for an IPv6 address (AAAA), gets nothing for a while
    [revoked] { $owner } ({ $kind }) is signed by nothing but a key that has been revoked (DNSKEY, flag REVOKE). Some resolvers that check DNSSEC (BIND) refuse it, others (Unbound) do not
    [same-tag] Two keys of the zone { $apex } have the same tag and algorithm (DNSKEY). Some resolvers that check DNSSEC (BIND) may try the wrong one of them for the signature of { $owner } ({ $kind }) and give up, others (Unbound) do not
    [sha1] The zone { $above } announces the key of { $apex } by a digest of type 1 (SHA-1) only, beside better digests of other keys (DS { $announced }). Some resolvers that check DNSSEC (BIND) go by the better ones alone and refuse the zone, others (Unbound) do not
    [just-expired] The signature of { $owner } ({ $kind }) ran out on { $date }, a short while ago. Some resolvers that check DNSSEC (BIND) refuse it; others (Unbound) forgive a wrong clock of up to a day, and will refuse it as well
    [about-to-count] The signature of { $owner } ({ $kind }) counts from { $date } on only, in a short while. Until then some resolvers that check DNSSEC (BIND) refuse it; others (Unbound) forgive a wrong clock of up to a day
    [astray] Not every name server of the zone { $apex } shows signatures that hold: { $servers }. Resolvers that check DNSSEC go on to another server then, and get nothing where none is left
    [partly] Not every name server of the zone { $apex } shows signatures that hold: { $servers }. Resolvers that check DNSSEC can try the others, but the one that was asked here refused { $name } ({ $record })
   *[refused] Resolvers that check DNSSEC refuse { $name } ({ $record }): its signatures do not hold
}{ $reasons_count ->
    [0] {""}
   *[other] : { $reasons }
}. Expected: { $why ->
    [unverified] an algorithm that everybody can verify, or a resolver's word that it has checked (AD).
    [announced-there] the same keys (DS) on every name server of { $above }, and signatures by them, or none.
    [beside] a proof that there are no such keys, or the keys.
    [unheard] a proof that there are no such keys, or the keys.
    [denied] proofs that list every name and type that is there.
    [undelegated] a delegation, or the records in the zone { $apex } itself.
   *[other] valid signatures, or none.
}{ $lesser ->
    [yes] {" "}Only whoever asks for IPv6 addresses meets this.
   *[no] {""}
}{ $led_count ->
    [0] {""}
   *[other] {" "}Only { $led } leads partners there, by an alias (CNAME) that the other name servers do not give.
}{ $through ->
    [none] {""}
   *[other] {" "}Only the resolver { $through } shows it, which checks nothing itself; the name servers of the zone were not heard.
}{ $checked ->
    [none] {""}
   *[other] {" "}But the resolver { $checked } says that it has checked the signatures (AD), by a clock of its own: one of the two clocks is wrong.
}
    .headline = { $why ->
        [unseen] the zone's DNSSEC keys could not be seen
        [unverified] DNSSEC signatures could not be verified
        [unheard] the question for DNSSEC keys (DS) got no answer
        [beside] the question for DNSSEC keys (DS) has no right answer
        [undelegated] a zone on the name servers is not delegated
        [unsteady] DNSSEC signatures come and go
        [announced-there] a name server of the zone above announces wrong DNSSEC keys
        [mixed] invalid DNSSEC signatures beside valid ones
        [denied] a DNSSEC proof denies a record that is there
        [revoked] a revoked DNSSEC key is still in use
        [same-tag] two DNSSEC keys of the zone have the same tag
        [sha1] the zone's DNSSEC key is announced by SHA-1 only
        [just-expired] the zone's signatures have just run out
        [about-to-count] the zone's signatures do not count yet
        [astray] not every name server shows valid signatures
        [partly] not every name server shows valid signatures
       *[other] { $lesser ->
            [yes] IPv6 addresses fail DNSSEC validation
           *[other] the zone fails DNSSEC validation
        }
    }
    .fix = { $checked ->
        [none] {""}
       *[other] Compare this machine's clock with the right time first. If it is wrong: set it right, and repeat. If not:{" "}
    }{ $why ->
        [no-keys] { $registrar ->
            [yes] Have the registrar delete the DS record of { $apex } (key { $announced }).
           *[no] Delete the DS record of { $apex } (key { $announced }) in the zone { $above }.
        } If the zone is to be signed: have the DNS provider sign it first, and enter the new DS record then.
        [other-keys] { $registrar ->
            [yes] Have the registrar replace the DS record of { $apex } (key { $announced }) by that of the key in use (the DNS provider shows it), or delete it.
           *[no] In the zone { $above }, replace the DS record of { $apex } (key { $announced }) by that of the key in use (the DNS provider shows it), or delete it.
        }
        [other-keys-there] Enter { $owner } ({ $kind }) on the name servers whose keys are announced, too. Then end the difference: either take { $servers } out of the delegation, or { $registrar ->
            [yes] have the registrar
           *[no] in the zone { $above },
        } enter the DS record of its key as well, and have both providers exchange their keys (RFC 8901). After a move to { $servers }: replace the DS record by that of the new key, and take out the old servers.
        [announced-there] { $registrar ->
            [yes] Report this to the registry of .{ $above }, through the registrar: { $servers } has an old DS record of { $apex } (key { $announced }), and the other name servers do not have it. If the record was changed today, it may still come to them.
           *[no] Have the DNS provider see why the zone { $above } is not the same on all name servers (transfer to the secondaries, serial number), and bring it up to date on { $servers }, which has another DS record of { $apex } (key { $announced }).
        }
        [no-zone-key] Have the DNS provider make a new key with the flags 256 or 257, and sign the zone { $apex } with it. { $registrar ->
            [yes] Then have the registrar replace the DS record (key { $announced }) by that of the new key.
           *[no] Then replace the DS record (key { $announced }) in the zone { $above } by that of the new key.
        }
        [key-protocol] Have the DNS provider make a new key with protocol 3, and sign the zone { $apex } with it. { $registrar ->
            [yes] Then have the registrar replace the DS record (key { $announced }) by that of the new key.
           *[no] Then replace the DS record (key { $announced }) in the zone { $above } by that of the new key.
        }
        [revoked] Have the DNS provider sign the zone { $apex } with a key that has not been revoked. { $registrar ->
            [yes] Then have the registrar replace the DS record (key { $announced }) by that of this key.
           *[no] Then replace the DS record (key { $announced }) in the zone { $above } by that of this key.
        }
        [same-tag] Have the DNS provider replace one of the two keys of the zone { $apex } by a new one with another tag, or remove it if nothing is signed with it.
        [sha1] { $registrar ->
            [yes] Have the registrar replace the DS records of { $apex } (keys { $announced }) by one of digest type 2 (SHA-256) for the key in use (the DNS provider shows it).
           *[no] In the zone { $above }, replace the DS records of { $apex } (keys { $announced }) by one of digest type 2 (SHA-256) for the key in use (the DNS provider shows it).
        }
        [just-expired] Have the DNS provider sign the zone { $apex } anew at once, and find out why that did not happen by itself.
        [about-to-count] Have the DNS provider set the clock of the machine that signs the zone { $apex } right, and sign the zone anew.
        [astray] Have the DNS provider see why the zone { $apex } is not the same on all name servers (transfer to the secondaries, serial number), and bring it up to date on { $servers }. If these are another provider's, with a key of its own: enter the DS record of that key as well, or take them out of the delegation.
        [partly] Have the DNS provider see why the zone { $apex } is not the same on all name servers (transfer to the secondaries, serial number), and bring it up to date on { $servers }.
        [keys-refused] Have the DNS provider find out why the name servers of { $apex } refuse the question for DNSKEY (a firewall before them, or software that does not know DNSSEC). { $registrar ->
            [yes] If the zone is not to be signed: have the registrar delete the DS record.
           *[no] If the zone is not to be signed: delete its DS record in the zone { $above }.
        }
        [unverified] Have a resolver that knows the algorithm look, and see whether it sets the AD flag:
            > xfed check { $domain } --resolver 9.9.9.9
            Most zones use algorithm 13 (ECDSA P-256) or 8 (RSA/SHA-256), which everybody can verify.
        [beside] Have the DNS provider update the name servers of { $apex }, or take out what drops such questions before them, so that the question for { $owner } (DS) gets an answer.
        [unheard] Have the DNS provider take out what drops such questions before the name servers of { $apex }, or update them, so that the question for { $owner } (DS) gets an answer from the zone { $apex }. To see it, ask each of them:
            > dig { $owner } DS +dnssec +norecurse @(name server)
        [unsteady] Have the DNS provider compare the machines that answer at this address: one of them serves the zone { $apex } unsigned, or strips what it does not know.
        [mixed] Have the DNS provider remove the signatures of { $owner } ({ $kind }) that have run out or do not fit, or sign the zone { $apex } anew.
        [denied] Have the DNS provider sign the zone { $apex } anew and completely (PowerDNS: pdnsutil rectify-zone), so that the NSEC records know { $owner } and list the type { $kind } there. If { $owner } is an ALIAS or ANAME record, or answered by a load balancer: enter the { $kind } record itself instead, or update the software of the name servers.
        [unproven] { $top ->
            [yes] Report this to the registry of .{ $apex }, through the registrar: its zone is signed incompletely (NSEC, NSEC3).
           *[no] Have the DNS provider sign the zone { $apex } anew, and completely: with the NSEC or NSEC3 records, which prove what does not exist.{ $kind ->
                [DS] {" "}If the same name servers have { $owner } as well: they have to answer the question for { $owner } (DS) from the zone { $apex }, with that proof; some old software answers it from { $owner } and has to be updated.
               *[other] {""}
            }
        }
        [undelegated] If { $owner } is to be a zone of its own: have the DNS provider enter its name servers in the zone { $apex } (NS records of { $owner }), and sign { $apex } anew. If not: move the records of { $owner } into the zone { $apex } and delete the zone { $owner }.
        [too-long] Have the DNS provider sign the zone { $apex } anew, with signatures that are valid for some weeks.
        [wildcard] Have the DNS provider sign the zone { $apex } anew, and completely: with the NSEC or NSEC3 records, which prove what does not exist.
        [refused] Have the DNS provider sign the zone { $domain } anew. If the zone is not to be signed: have the registrar delete the DS record.
       *[other] Have the DNS provider sign the zone { $apex } anew. { $registrar ->
            [yes] If the zone is not to be signed: have the registrar delete the DS record.
           *[no] If the zone is not to be signed: delete its DS record in the zone { $above }.
        }
    }
    .what = The same question is answered when DNSSEC is not checked, and refused when it is; or the resolver says outright that the signatures are wrong, expired or missing; or xfed found so itself. A warning where some resolvers refuse it and others do not; not tested where xfed cannot verify the algorithm.
    .why = Many partners use resolvers that check, and see no domain at all. Since 2026-03-15 certification authorities have to check as well, so the next certificate will be refused, too.
    .mend = After a change of provider the DS record at the registrar often still belongs to the old keys: replace or delete it. Otherwise the provider has to renew the signatures.
    .source = RFC 4035, sections 3.2.2 and 5; RFC 5155, section 8; RFC 8914, section 4; CA/Browser Forum Baseline Requirements, section 3.2.2.4

domain-dnssec-expiring = The signature of { $owner } ({ $kind }) in the zone { $apex } runs out in { $hours ->
    [0] less than an hour
    [one] one hour
   *[other] { $hours } hours
} ({ $date }); from then on resolvers that check DNSSEC refuse it. Expected: a new signature, days before that.
    .headline = the zone's signatures are about to run out
    .fix = Have the DNS provider sign the zone { $apex } anew today, and find out why that did not happen by itself.
    .what = The signatures of a zone (DNSSEC, RRSIG) count for some days or weeks, and whoever signs it renews them long before they run out. Here less than a tenth of that time is left, and less than a day.
    .why = Once they have run out, partners whose resolvers check do not find the domain any more, from one moment to the next, and no certificate is issued for it.
    .mend = Check whether the service that signs the zone still runs and can read its keys. A secondary server may also have stopped getting the zone, and go on serving an old one: compare the serial numbers in the SOA records.
    .source = RFC 4035, section 5.3.1; RFC 6781, section 4.4.2

domain-servers-disagree = The name servers of the zone { $zone } give different answers for { $name } ({ $record }), expected the same from all: { $answers }
    .headline = the name servers give different answers
    .fix = { $spread ->
        [yes] If { $name } is to have several addresses, by turns or by server (load balancing): every one of them has to accept TCP 5061 and show the same certificate. If not: have whoever runs the zone { $zone } check why it is not the same on all name servers (transfer to the secondaries, serial number).
       *[no] Have whoever runs the zone { $zone } check why it is not the same on all name servers (transfer to the secondaries, serial number).
    }
    .what = The zone's own servers were asked one by one, and they do not publish the same SRV records or addresses.
    .why = A partner's resolver asks any one of them: federation works now and then, and nobody can say why.
    .mend = After a change this may last some minutes. If it stays: raise the serial number in the SOA record, check the transfer to the secondary servers, or remove servers of an old provider from the NS records.
    .source = RFC 1034, section 4.3.5; RFC 1912, section 2.2

authority-unreachable = { $why ->
    [silent] The name servers of { $apex } did not answer the question for { $name } ({ $record }) from here ({ $servers })
    [this-one] The name servers of { $apex } answered other questions, but from here not the one for { $name } ({ $record }) ({ $servers })
    [without-authority] The name servers of { $apex } answer the question for { $name } ({ $record }), but without authority (AA), as a cache in their place does ({ $servers })
    [not-public] The name servers of { $apex } have no address that can be asked from here ({ $servers })
    [no-address] The names of the name servers of { $apex } have no address ({ $servers })
    [intercepted] What is sent from here to the name servers of { $apex } is answered by a resolver on the way ({ $servers })
    [inside] The name servers of { $apex } answer this network from a zone of its own, all of whose name servers have private addresses ({ $servers })
    [on-the-way] Questions for { $name } ({ $record }) to the name servers of { $apex } ({ $servers }) fail on the way from here: a name server of the top-level domain seems to answer them just so
    [off] The name servers of { $apex } were not asked (--no-authority)
   *[other] The name servers of { $apex } were not found
}{ $given ->
    [yes] . They were named with --authority, so nobody else's word counts. Expected: an answer from them.
   *[no] . Judged by the resolver's answers, which may be older than what partners get.
}
    .headline = the zone's own name servers were not to be asked
    .fix = { $given ->
        [yes] Check the address given with --authority, and that port 53 (UDP and TCP) is open to it from here. Without --authority the name servers of the zone are looked for.
       *[no] { $why ->
            [inside] Repeat from a machine outside of the company's network: the name servers show those inside another zone (view, split DNS).
            [on-the-way] Have the network let DNS pass unchanged (port 53, UDP and TCP, with EDNS, for all record types), or repeat from another network. Nothing is to be changed at the name servers.
            [off] Repeat without --no-authority, from a machine that may send to port 53 on the internet (UDP and TCP).
            [without-authority] Have the DNS provider see what answers at these addresses: the name servers themselves have to set the AA bit. If a network on the way redirects DNS: repeat from another one.
            [this-one] Put the question to the name servers from another network, with the command below. If they keep silent there, too: have the DNS provider find out what drops questions for { $record } (a firewall before them).
           *[other] Repeat from a machine that may send to port 53 on the internet (UDP and TCP).
        }
    }
    .what = xfed asks the servers of the zone themselves, each question for itself, because their answer is what partners will see. From here none of them gave a usable answer; often a firewall lets DNS through to the own resolver only, or redirects it there.
    .why = Right after a change the resolver may still give the old answer, so the result may lag behind.
    .mend = Repeat from a machine that may send to port 53 on the internet, or wait until the resolver's answer has expired. Names of name servers without an address have to be corrected by the DNS provider, or at the registrar.
    .source = RFC 1034, section 4.3

zone-file-incomplete = { $why ->
    [delegated] The zone file hands { $beyond } on to other name servers (NS)
    [alias] { $name } is an alias (CNAME) in the zone file, and { $beyond } does not lie in this zone
   *[outside] The zone file does not know { $beyond }: it lies outside the zone, or only the name server works it out (ALIAS, proxy of Cloudflare)
}. So what { $name } ({ $record }) will lead to was not tested.
    .headline = the zone file does not know all of it
    .fix = Judge the file of the zone that it leads to, too, or check once this file is loaded: xfed check { $domain }
    .what = xfed plan --zone reads one file. What another zone says, and what a name server makes up when it is asked (ALIAS, ANAME, LUA, names that Cloudflare proxies), does not stand in it.
    .why = What is not known is neither right nor wrong. Once the zone is published, xfed check asks the name servers of both zones.
    .mend = Usually nothing. If the name was meant to lie in this zone, compare it letter by letter, and look for a missing or superfluous dot at its end.
    .source = RFC 1034, section 4.3.2

zone-file-partly-refused = Line { $line }{ $likewise_count ->
    [0] {""}
   *[other] {" "}(likewise { $likewise }{ $more ->
        [0] {""}
       *[other] {" "}and { $more } more
    })
}: { $why ->
    [owner] { $found } has a record of type { $type }, and is no name of a host: letters, digits and hyphens are expected, with a letter or a digit at both ends of each label
    [target] the { $type } record leads to { $found }, which is no name of a host: letters, digits and hyphens are expected, with a letter or a digit at both ends of each label
    [characters] a character stands as it is in { $found } that is expected behind a backslash only, or as its number (\195\164)
    [apex-ds] a DS record at the top of the zone ({ $found }), where none belongs: it is the zone above that has it
    [mark] the file begins with a mark of its encoding (BOM), as Windows editors and PowerShell write it. Plain UTF-8 is expected
    [windows-lines] lines end as in Windows (CR LF). LF is expected
    [old-mac-lines] a line ends with a carriage return alone (CR). LF is expected
    [lost-line] something follows behind a comment that ends with a carriage return alone (CR): BIND and NSD take it for a part of the comment. LF is expected at its end
    [type] { $found } has a record of type { $type }, which is no type of DNS: PowerDNS and some hosting services make an address of it
    [digest] the digest of the { $type } record at { $found } has not the length of its kind
    [quotes] { $type ->
        [URI] the target of the URI record at { $found } is not in quotation marks
       *[other] the tag of the { $type } record at { $found } is in quotation marks, where none are expected
    }
    [outside] { $found } ({ $type }) lies outside of this zone: BIND and Knot load the file without this record
    [below-subtree] { $found } ({ $type }) lies below a name with a DNAME record, so that nobody ever gets to it
    [nested] parentheses stand within parentheses
   *[soa-twice] the SOA record stands there a second time, as at the end of a transfer (AXFR)
}. { $servers_count ->
    [1] { $servers } does
   *[other] { $servers } do
} not load the file{ $why ->
    [mark] .
   *[other] , others do.
}
    .headline = some name servers do not load the zone file
    .fix = { $why ->
        [owner] Give the host another name, here and wherever it is named{ $instead_count ->
            [0] {""}
           *[other] , such as { $instead }
        }. If the name has to stay: check-names primary ignore; in the zone's block of BIND.
        [target] Enter the name of a host{ $instead_count ->
            [0] {""}
           *[other] , such as { $instead }, if it is called so
        }. If the name has to stay: check-names primary ignore; in the zone's block of BIND.
        [characters] Enter a name with an umlaut in punycode (xn--…), and any other such character as its number, such as \195\164 for ä in a text.
        [apex-ds] Take the DS record out, and hand it to the registrar of { $found }, who has it entered in the zone above.
        [mark] Save the file as UTF-8 without BOM.
        [windows-lines] For Knot only: convert the ends of lines (dos2unix).
        [old-mac-lines] Convert the ends of lines (mac2unix).
        [lost-line] Convert the ends of lines (mac2unix).
        [type] Enter the addresses themselves (A, AAAA), or below the top of the zone a CNAME, unless the zone's name servers are PowerDNS or a hosting service that knows { $type }.
        [digest] Enter the whole digest: 40 digits for SHA-1, 64 for SHA-256, 96 for SHA-384.
        [quotes] { $type ->
            [URI] Put the target in quotation marks: 10 1 "https://…".
           *[other] Leave the quotation marks out around the tag: 0 issue "letsencrypt.org".
        }
        [outside] Take the record out and enter it in the zone that it belongs to. If it was meant to lie here, correct its name.
        [below-subtree] Take the record out, or the DNAME record above it.
        [nested] Leave the inner parentheses out: one pair takes any number of lines.
       *[soa-twice] Take the second one out.
    }
    .what = xfed plan --zone reads a file as a name server does before it loads it. What all of them refuse is a fault of the file, and nothing else is judged. This here only some refuse: found with BIND 9.18, NSD 4.6 and Knot 3.2 in their default settings.
    .why = A name server that refuses one line refuses the file. It goes on with the old zone, or after a restart with none, and then nobody finds the domain.
    .mend = Nothing, if the name servers of the zone are others than those that are named. Otherwise mend the line, and try it with the server's own tool before it is loaded: named-checkzone, nsd-checkzone, kzonecheck.
    .source = RFC 1035, section 5; RFC 1123, section 2.1; BIND: check-names

delegation-unanswered = The name servers of { $zone } do not say who serves { $host }: { $servers_count ->
    [0] no answer at all from { $silent }
   *[other] { $servers }{ $silent_count ->
        [0] {""}
       *[other] ; no answer at all from { $silent }
    }
}. Partners whose resolvers remember nothing get no further, whatever a resolver here still knows. Expected: the name servers (NS) of { $host }, or of a zone above it.
    .headline = a zone above does not lead to the domain
    .fix = Put the question to these servers from another network as well, with the commands below: what stands before this one may be to blame. { $top ->
        [yes] If they do not name the name servers there, either, it is a fault of the registry of { $zone }: report it through the registrar of { $host }. Nothing has to be changed at the DNS provider.
       *[no] If they do not name the name servers there, either: have whoever runs the zone { $zone } (its DNS provider) get its name servers to answer. { $how ->
            [silent] If they have moved, their addresses have to be corrected where { $zone } itself is delegated: at its registrar.
           *[errors] They have to carry the zone { $zone }, with the NS records of what it hands on.
        }
    }
    .what = xfed went the way from the top-level domain down, as resolvers do that remember nothing: each zone says who serves the next one. All name servers of this zone were asked, more than once, and none of them says where to go on: each fails (SERVFAIL), refuses (REFUSED), denies the name without proof, does not serve the zone, or is silent.
    .why = Whose resolver remembers nothing gets an error instead of any record below. Who still remembers the name servers finds the domain until that runs out, after two days at most. Silence, and errors of a top-level domain, may come from something between this machine and these servers, so they are not counted as a failure.
    .mend = For a top-level domain (de), only its registry can mend it, and most often has done so within the hour. For a zone of one's own above the domain: see that its name servers run, carry the zone, and have the addresses that are entered at the registrar.
    .source = RFC 1034, section 5.3.3; RFC 1912, section 2.8

authority-fails = No name server gives an answer for { $name } ({ $record }): { $servers }{ $silent_count ->
    [0] {""}
   *[other] ; no answer at all from { $silent }
}{ $cut ->
    [none] {""}
   *[other] . The zone hands { $cut } on to { $carriers }
}. Expected: the record, or a clear "no such record".
    .headline = no name server answers for { $record } records here
    .fix = Have the DNS provider find out why its name servers fail for { $name } ({ $record }), and answer the question with the command below. Other questions for the zone they may well answer.
    .what = Each server of the zone that this name is in was asked this question, and none of them says yes or no: it fails (SERVFAIL), refuses (REFUSED), does not know the type (NOTIMP) or the zone. A resolver may still have an old answer.
    .why = Partners whose resolver does not remember the record get an error instead of it, and nobody finds the server.
    .mend = Usually a name server that does not know SRV records, a zone with an error in it that was not loaded, or a part of it that was handed to servers without it. The DNS provider sees it in the log of the name servers.
    .source = RFC 1034, section 4.3; RFC 1912, section 2.8; RFC 8914

authority-fails-above = { $how ->
    [handed] Asked for { $name }, as resolvers of partners do first, { $servers } hands it on to { $to }, { $end ->
        [denied] which say that { $exists } ({ $kind }) does not exist
        [other] which give something else for { $exists } ({ $kind })
        [error] which answer { $said } for { $exists } ({ $kind })
       *[silent] which give no answer for { $exists } ({ $kind })
    }, while others of the zone give it
    [cookie] To the question for { $name } ({ $record }), which resolvers of partners ask before they ask for { $exists } ({ $kind }), no answer comes from { $servers } if a DNS cookie is with it, as BIND sends it; without one, it is answered
   *[silent] No answer comes for { $name } ({ $record }), which resolvers of partners ask for before they ask for { $exists } ({ $kind }), from { $servers }{ $said_count ->
        [0] {""}
       *[other] , only an error from others: { $said }
    }; the latter is answered
}. Expected: an answer without records (NOERROR).
    .headline = DNS does not answer for a name above
    .fix = { $how ->
        [handed] Have the DNS provider delete the NS records of { $name } in the zone, on all of its name servers; or have { $to } answer for { $exists } ({ $kind }) as the others do.
       *[other] Have the DNS provider see to it that all name servers answer for { $name } ({ $record }), too: with NOERROR and no records. Where a firewall or load balancer stands before them, it must not drop such questions, and let port 53 pass by TCP as well as UDP.
    }
    .what = Resolvers that protect privacy (QNAME minimisation) do not ask at once for the whole name: they come to it from the zone's own name, one label at a time, BIND by NS records and Unbound by addresses. The servers answer for the whole name, and for one above it not, or they hand that on to others.
    .why = BIND and Unbound ask so unless told otherwise. An error does no harm: both go on. After silence BIND tells its users that there is an error, and Unbound loses seconds. Where the name above is handed on, both ask those who got it, and no others.
    .mend = Often a firewall that drops questions for names with an underscore or for NS records, TCP to port 53 that is closed, or NS records of Active Directory that were copied into the public zone. Ask each server with the command beside.
    .source = RFC 9156, section 3; RFC 8020

authority-partly-fails = Not every name server of the zone answers for { $name } ({ $record }): { $servers }. Expected: the same answer from all.
    .headline = not every name server of the zone answers
    .fix = { $advice ->
        [disputed] The servers of the zone above do not say the same of which servers have this one (domain-delegation-differs): settle that first. Until then take no server out, as the one that fails may be the one that is right.
        [ipv4] Have the DNS provider see to it that these servers answer at their IPv4 addresses, too (zone loaded, transfer, who may ask). Do not take them out of the NS records: partners without IPv6 are left with nobody else.
        [address] Have the DNS provider see to it that this server answers at this address as it does at its other one (on which addresses it listens, views, who may ask); or delete this address of its name, A or AAAA. The NS record stays.
       *[server] Have the DNS provider load the zone on this server, too (transfer, secondaries, allowed addresses). Only if it is a server that no longer belongs to the zone, take it out of the NS records at the provider and at the registrar.
    }
    .what = The servers of the zone were asked one by one. Some answer, this one with an error: it could not load the zone (SERVFAIL), or does not carry it (REFUSED).
    .why = Resolvers of partners ask now this server, now that. They lose time with each failure, and those that give up after the first find nothing.
    .mend = After a move to another provider the NS records often still name a server of the old one. Else the secondary cannot transfer the zone: check its log, and which addresses may transfer.
    .source = RFC 1034, section 4.2.2; RFC 1912, section 2.8

authority-partly-silent = { $why ->
    [unsteady] The name servers answer only some of the questions ({ $servers } were answered), so resolvers of partners lose seconds with each, and some give up
    [slow] The name servers take very long for each answer ({ $servers }), so resolvers of partners (BIND) give up at times, or whoever waits for them does
    [one] To the question for { $name } ({ $record }) no answer came in time from { $servers }, which answers others: what it has there is not known
    [unaskable] Partners cannot ask { $servers }: for this name server there is no address, or a private one only, while others of the zone answer
    [many] The zone has more name servers than are asked in a check: { $servers } were left out, and what they have is not known, though partners may ask any of them
   *[silent] No answer to any question came from { $servers }, while other name servers of the zone answer
}. Expected: { $why ->
    [slow] answers within some hundred milliseconds.
    [unsteady] an answer to every question.
    [many] no more than 13 name servers, and the same from all.
   *[silent] an answer from all.
}
    .headline = { $why ->
        [slow] the name servers take very long to answer
        [unsteady] the name servers answer only now and then
        [one] a name server leaves a question unanswered
        [many] not all of the very many name servers were asked
       *[silent] some of the name servers do not answer
    }
    .fix = { $why ->
        [unsteady] Have the DNS provider find out what drops questions to these servers: an overloaded line or machine, or a firewall or limit that counts questions. Repeat from another network first, as the line from here may be what loses them.
        [slow] Have the DNS provider find out why these servers are so slow (overload, a database behind them), or move the zone to others. Repeat from another network first, as the line from here may be what is slow.
        [one] Repeat the check first: a packet may have been lost. If it stays, have the DNS provider find out why this server drops the question or answers it after seconds (a firewall or load balancer that knows only some record types, overload), and compare what it has with the others by the command beside.
        [unaskable] Have the DNS provider take this server out of the NS records, at the provider and at the registrar, or give its name a public address.
        [many] Ask each of them for the SRV record and the address of the { noun-server } (in place of the server in the command beside), or have the DNS provider name no more than 13 at the provider and at the registrar.
       *[silent] Have the DNS provider see whether this server still runs and carries the zone; if not, take it out of the NS records at the provider and at the registrar.
    }
    .what = The servers of the zone were asked one by one, each several questions. This one left all of them without an answer. Or all of them kept a question waiting; then each was asked ten times, one question after the other, and how many it answered and after how long (the median) is what is told. A firewall on the way from here may be the cause, too.
    .why = Resolvers of partners ask now this server, now that. With a silent one they lose seconds until they try the next.
    .mend = Ask the server from another network with the command beside. After a move to another provider the NS records often still name a server that no longer exists.
    .source = RFC 2182, section 3; RFC 1912, section 2.8

authority-without-aa = The name servers answer for { $name } ({ $record }), but without authority (AA), as a forwarder or a cache in their place does: { $servers }. Expected: answers with authority from all.
    .headline = name servers answer without authority (AA)
    .fix = Have the DNS provider load the zone on these servers themselves (as primary or secondary), instead of forwarding questions for it or answering from a cache, or take them out of the NS records at the provider and at the registrar. Where a load balancer stands before them, it has to leave the flag AA in their answers.
    .what = The zone above leads partners to these servers. They know the zone only by hearsay: their answers lack the flag AA, which a server sets that has the zone itself. Servers of the top-level domain answer from here with that flag, so it is not the line from here that takes it out.
    .why = Unbound and BIND take such answers like any other, so what these servers say counts. But it comes from a cache: after a change partners get the old record until it has run out. Some resolvers and the checks of registries take such a server for one that does not serve the zone.
    .mend = Often a server with a conditional forwarder in the place of the zone (Technitium, dnsmasq, Windows DNS). Ask each server with the command beside: the answer must not be called non-authoritative.
    .source = RFC 1035, section 4.1.1; RFC 2181, section 5.4.1

authority-rejects-edns = { $why ->
    [cookie] To questions with a DNS cookie, as BIND asks them, every name server of { $zone ->
        [own] the zone answers
       *[other] { $zone }, which partners need to find the server, answers
    } with an error, or not at all: { $servers }. Expected: an answer, as if there were no cookie.
    [cookie-data] To questions with a DNS cookie, as BIND asks them, name servers of { $zone ->
        [own] the zone answer
       *[other] { $zone }, which partners need to find the server, answer
    } with a cookie that is malformed, or is not the one of the question: { $servers }. Expected: the 8 bytes of the question, alone or with 8 to 32 bytes of the server's behind them, or no COOKIE option.
    [option] Answers of name servers of { $zone ->
        [own] the zone
       *[other] { $zone }, which partners need to find the server,
    } have an EDNS option that is malformed, number { $option } ({ $option ->
        [1] LLQ
        [8] edns-client-subnet
        [9] EDNS EXPIRE
        [14] edns-key-tag
        [15] Extended DNS Error
        [16] EDNS-Client-Tag
        [17] EDNS-Server-Tag
       *[other] unknown
    }): { $servers }. Expected: { $option ->
        [8] an address of as many bytes as its prefix needs, with zeros behind the prefix, or no such option.
        [15] a code of 2 bytes and behind it text in UTF-8 without a byte order mark, or no such option.
       *[other] the option as its specification has it, or none.
    }
    [twice] The answers for { $name } ({ $record }) have EDNS data twice, at every name server of the zone: { $servers }. Expected: one OPT record.
   *[edns] To questions with EDNS, as all resolvers ask today, name servers of { $zone ->
        [own] the zone answer
       *[other] { $zone }, which partners need to find the server, answer
    } with an error: { $servers }. Expected: an answer, or FORMERR without EDNS data.
}
    .headline = { $why ->
        [cookie] name servers reject questions with a DNS cookie
        [cookie-data] name servers send broken DNS cookies
        [option] name servers send a broken EDNS option
        [twice] name servers send EDNS data twice
       *[edns] name servers reject questions with EDNS
    }
    .fix = { $why ->
        [cookie] Have { $zone ->
            [own] the DNS provider
           *[other] whoever runs the name servers of { $zone }
        } update the name server, or the firewall or load balancer before it, so that it answers questions with the COOKIE option, or leaves that out of account.
        [cookie-data] Have { $zone ->
            [own] the DNS provider
           *[other] whoever runs the name servers of { $zone }
        } update the name server, or the firewall or load balancer before it, so that its answers carry a right COOKIE option; or have DNS cookies switched off there.
        [option] Have { $zone ->
            [own] the DNS provider
           *[other] whoever runs the name servers of { $zone }
        } update the name server, or the firewall or load balancer before it, or switch off there what adds the EDNS option { $option }.
        [twice] Have the DNS provider find out what adds a second OPT record to the answers, the name server or a firewall or load balancer before it, and update that.
       *[edns] Have { $zone ->
            [own] the DNS provider
           *[other] whoever runs the name servers of { $zone }
        } update the name server, or the firewall or load balancer before it, so that it answers questions with EDNS.
    }
    .what = EDNS (RFC 6891) has been part of nearly every DNS question for years. These servers answer it with an error, and the same question without EDNS rightly. Or what they mind is one option of EDNS, the DNS cookie (RFC 7873), which BIND sends with every question: they reject it, or send back a broken one. Or their answers have EDNS data twice, or an option in them that is malformed.
    .why = Some resolvers (Unbound) ask again without EDNS, others (BIND) give up: partners that use these find neither the SRV record nor the server. An answer with EDNS data twice is broken to some resolvers, and good enough to others.
    .mend = Update the name server, or take out the device in front of it that does not know EDNS; another DNS provider helps, too. dnsflagday.net tells more.
    .source = RFC 6891, section 7; DNS flag day 2019

authority-handed-on = { $record ->
    [none] { $name } lies in the zone { $zone }, with name servers that
   *[other] The zone { $from } hands { $name } on ({ $record }) to name servers that
}{" "}{ $how ->
    [silent] do not answer ({ $servers }), so partners get { $question } ({ $kind }) only as long as their resolver remembers it
   *[other] nobody outside can ask ({ $servers }), so partners get no answer for { $question } ({ $kind })
}. Expected: an answer from servers on the internet.
    .headline = DNS is handed on to servers nobody can reach
    .fix = { $how ->
        [silent] { $record ->
            [none] Have whoever runs the zone { $zone } find out why its name servers do not answer, and get them going again.
           *[other] Have the DNS provider find out why these name servers do not answer, and get them going again. Or end what leads to them: replace the { $record } record { $name } in the zone { $from } by { $question } ({ $kind }) itself.
        }
       *[other] { $record ->
            [CNAME] Have the DNS admin replace the CNAME record { $name } in the zone { $from } by { $question } ({ $kind }) itself. Or have whoever runs the zone { $zone } enter name servers with public addresses for it.
           *[other] Have the DNS admin delete the NS record { $name } in the public zone { $from }, and enter { $question } ({ $kind }) there. If the part is to stay delegated: to name servers with public addresses that carry it.
        }
    }
    .what = The servers of the zone do not answer for this name themselves; they refer to other servers, for a part of the zone that begins at or above it. These have private addresses only, or none; or they do not answer, while those of the zone do.
    .why = A record that stands in the zone above such a delegation is not seen by anybody: resolvers follow the delegation, and reach nobody.
    .mend = Such NS records come from Active Directory, where the domain controllers keep _tcp and _msdcs in zones of their own. They belong into the internal DNS only.
    .source = RFC 1034, section 4.2.1

domain-internal-view = { $marked ->
    [file] The zone file of { $name } names no name server that anybody outside can ask ({ $servers }). So it is the zone of an internal DNS, and nothing is known of the public one. Expected: name servers on the internet.
   *[other] An internal DNS answers for { $name }{ $servers_count ->
        [0] {""}
       *[other] {" "}(its name servers: { $servers })
    }{ $addresses_count ->
        [0] {""}
       *[other] {" "}(the domain has { $addresses } there)
    }{ $marked ->
        [yes] {" "}(the resolver marks its answer as its own: AA)
       *[no] {""}
    }, and no partner can ask it. So nothing is known of the public zone. Expected: name servers on the internet.
}
    .headline = { $marked ->
        [file] the zone file is that of an internal DNS
       *[other] only an internal DNS answered, not the public one
    }
    .fix = { $marked ->
        [file] Export the zone anew where it is kept for the internet, normally at the DNS provider, and check that file. What the internet has now is shown by
            > xfed check { $domain }
            If this file is to be published after all: replace its NS records by the name servers that are entered at the registrar.
       *[other] Ask a public resolver:
            > xfed check { $domain } --resolver 9.9.9.9
            If DNS to it is blocked here, run the check outside of this network.
    }
    .what = The zone that this machine sees is the company's own zone of the same name (split DNS, Active Directory), not the one on the internet: its name servers or the domain itself have private addresses, or they are those that stand for the private zones of a network at a cloud provider (Azure Private DNS, Route 53, Google Cloud DNS), or the resolver marks its answer as its own (AA), which one that passes on what others publish does not.
    .why = Partners see the public zone alone. What the internal one has may be missing there, and the other way round, so neither "ready" nor "missing" can follow from it.
    .mend = Repeat with a public resolver (--resolver 9.9.9.9), or from a machine outside of the company's network. Enter nothing in public DNS because of what the internal one shows.
    .source = XPhone Federation guide, chapters 5 and 13; RFC 8499 (split DNS)

domain-delegation-differs = { $why ->
    [above] The name servers of the zone { $from } do not say the same of { $apex }: { $answers }. Partners ask any of them, and are led to different servers, or to none (-){ $themselves_count ->
        [0] {""}
       *[other] . Names in { $apex } are answered there with records in { $from } itself, which partners get now and then: { $themselves }
    }. Expected: the same from all.
    [names] The name servers of the zone { $from } do not say the same of { $apex }, in which names of name servers lie: { $answers }. Partners ask any of them, find the name servers at different addresses, and ask no others for as long as they remember that{ $end ->
        [nothing] . At some of these addresses { $question } ({ $kind }) is denied or fails: whoever is led there gets nothing
        [silence] . At some of these addresses nobody answers for { $question } ({ $kind }): whoever is led there may get nothing
       *[record] {""}
    }. Expected: the same from all.
    [unaskable] The zone { $apex } itself names as its name servers { $remembered }, which nobody outside can ask (a private address, or none). A resolver asked here goes there; partners begin with what { $from } says ({ $servers }), but do the same as soon as their resolver has seen the NS records of the zone. Expected: NS records that name the same servers as { $from }.
   *[resolver] { $servers_count ->
        [0] The zone { $from } knows no zone { $apex }
       *[other] The zone { $from } delegates { $apex } to { $servers }
    }, while a resolver asked here goes to { $remembered }. Partners whose resolvers remember nothing begin with what { $from } says, so that was judged. Expected: the same name servers in both places.
}
    .headline = { $why ->
        [above] the zone above leads now here, now there
        [names] the way to the name servers leads now here, now there
        [unaskable] the zone names name servers that nobody outside can ask
       *[resolver] the registrar names other name servers
    }
    .fix = { $why ->
        [above] Compare with the name servers that are entered for { $apex } at the registrar, or where { $from } is kept. After a change an hour may pass until all servers of { $from } have it; if they still differ then, report the one that has it wrong to whoever runs { $from } (for a top-level domain the registry, through the registrar).{ $themselves_count ->
            [0] {""}
           *[other] {" "}On { $themselves }: load the newest copy of { $from } (zone transfer), in which { $apex } is handed on and has no records of its own.
        }
        [names] Have whoever runs the zone { $from } enter the same name servers for { $apex } on all its own name servers: those where the addresses are right.
        [unaskable] In the zone { $apex }, at the provider, replace the NS records { $remembered } by { $servers }. Change nothing at the registrar.
       *[resolver] { $servers_count ->
            [0] At the registrar, check whether { $apex } is still registered and has name servers entered. If it is to live on, enter { $remembered } there.
           *[other] If { $apex } was moved to { $servers }: all records have to stand there, and the NS records of { $apex } itself have to name these servers, since many resolvers go on with those. If not: at the registrar, enter the right name servers again (the resolver goes to { $remembered }).
        }
    }
    .what = The name servers that the zone above hands the domain on to (those entered at the registrar) are not those that a resolver asks: it remembers others, goes on with those that the zone itself names, or has an older address of one. Or the servers of the zone above do not agree with each other. Where names of name servers lie in a part that is handed on differently, and one of these ways ends at a denial, it is a failure; not tested where it ends in silence.
    .why = Whoever asks for the first time is led by the zone above. What only the old name servers have, new partners do not see; and the old ones answer until their provider switches them off.
    .mend = Compare the name servers at the registrar with those of the provider where the records are kept. After a move, keep the zone at the old provider unchanged for two days.
    .source = RFC 1034, section 4.2.2; RFC 1912, section 2.8

way-lost = { $why ->
    [no-top] there is no top-level domain on the internet in which { $host } could be, only some network's own DNS knows it
    [inside] { $host } is in a top-level domain that networks have for themselves, and the servers of the root, who know which there are, could not be asked from here
    [no-zone] the zone { $end } knows no zone in which { $host } could be (given up, or expired)
    [no-address] its zone { $end } has no address for { $host }
    [disputed] of the name servers of { $end }, { $asked } have no address for { $host }, and the others have one
    [fails] the name servers of { $end } answer the question for { $host } with an error
    [silent] the name servers of { $end } do not answer the question for { $host }
    [no-glue] { $host } is named without its address (glue), and who knows the address could be asked only there
    [too-far] the way to { $host } leads through too many zones in a row, each with name servers in the next and without their addresses (glue): Unbound follows 4, BIND 7
    [private] with the name { $host } the zone { $end } gives an address that leads nobody there from outside (private, or this machine's own)
    [own] the zone itself gives for { $host } an address that leads nobody there from outside (private, or this machine's own)
   *[loop] whoever looks for { $host } is led back to { $end }, which { $host } itself serves
}

way-lost-fix = { $why ->
    [no-top] Enter for { $zone } name servers whose names are in a registered domain (at the registrar, or where { $zone } is delegated).
    [inside] Enter for { $zone } name servers whose names are in a registered domain (at the registrar, or where { $zone } is delegated).
    [no-zone] Have the registration of the domain of { $host } renewed and its name servers entered, or enter other name servers for { $zone } (at the registrar, or where { $zone } is delegated).
    [no-address] Have whoever runs the zone { $end } enter an A record for { $host } there, or enter other name servers for { $zone }.
    [disputed] Have whoever runs the zone { $end } bring it up to date on all its name servers, or enter other name servers for { $zone }.
    [fails] Have whoever runs the zone { $end } find out why its name servers fail for { $host }, or enter other name servers for { $zone }.
    [silent] Have whoever runs the zone { $end } find out why its name servers do not answer, or enter other name servers for { $zone }.
    [no-glue] At the registrar, or where { $zone } is delegated, enter the address of { $host } with its name (glue record, host object).
    [too-far] Enter for { $zone } a name server that lies in the zone itself, with its address (glue), or one whose zone has such name servers.
    [private] At the registrar, or where { $zone } is delegated, enter the public addresses of these name servers instead (glue record, host object), and the same in the A records of the zone itself.
    [own] In the zone { $zone }, give the A records of these name servers their public addresses, those that the zone above has.
   *[loop] Enter for { $zone } or { $end } a name server that lies in the zone itself, with its address (glue), or one of a third provider.
}

domain-servers-lost = Nobody outside finds the name servers of { $zone } ({ $lost }): { way-lost }. What a resolver here still knows counts for nobody else. Expected: name servers whose names lead to an address.
    .headline = nobody outside finds the domain's name servers
    .fix = { way-lost-fix }
    .what = The zone above names the name servers of this zone by names in other zones, without an address, or with a private one. xfed went the way to these names from the top-level domain down, as resolvers do that remember nothing, and it ends before an address.
    .why = Partners look up the name servers first. Whose resolver remembers nothing gets no answer for any name in the zone. Your own resolver may still remember the address, or have it from an entry of its own.
    .mend = Usually the domain of the name servers expired, an A record was deleted when a server moved, or the glue at the registrar is gone. Mend it where the message says that the way ends, or choose other name servers.
    .source = RFC 1034, sections 4.2.1 and 5.3.3; RFC 1912, section 2.3

domain-delegation-lacks = The name servers that partners are led to have no { $name } ({ $record }): { $servers }. Only a server has it that the zone above does not name: { $others }. Expected: the same zone on all of them.
    .headline = the record is on a server nobody is led to
    .fix = Have the DNS provider bring the zone up to date on { $servers }. Or, if they no longer belong to it: at the registrar, enter the name servers that carry the zone today, with their addresses (glue), instead.
    .what = The zone above (the registrar) names other name servers than the zone's own NS records, or an older address of one. The former do not have this record, the latter do.
    .why = Whoever remembers nothing is led by the zone above, and asks no further when the name servers there say that there is no such record. Unbound and BIND both do so.
    .mend = Enter the same name servers at the registrar as in the NS records of the zone, and take those of an old provider out of both.
    .source = RFC 1034, section 4.2.2; RFC 1912, section 2.3

domain-is-a-host = { $domain } has no SRV record, but is itself the target of one ({ $name }. SRV { $found }), so probably it is the server's name. Expected: the { noun-domain }, probably { $parent }.
    .headline = this is the server's name, not the { noun-domain }
    .fix = Check the { noun-domain } instead:
        > xfed check { $parent }
        Only if IM addresses here really end with @{ $domain }: create an SRV record of its own for it (step 3).
    .partner =
        @xphone-admin Check what stands behind the @ in the IM address of the contact, not the name of a server:
        > xfed check { $parent } --partner
    .what = The name that was given has no SRV record, while the domain above it has one whose target is this very name. So the server's name (FQDN) was probably typed in the place of the XPhone domain.
    .why = Partners look for the SRV record below the XPhone domain, the part after the @ of an IM address. What is found below the server's name says nothing of that domain.
    .mend = Repeat the check with the domain above; the server's name can be given beside it with --fqdn. Only where IM addresses really end with this name does it need an SRV record of its own.
    .source = XPhone Federation guide, chapters 2 and 4

domain-above-has-record = { $domain } has no SRV record, but the domain above it has one: { $name }. SRV { $found } Expected: the { noun-domain }, perhaps { $parent }.
    .headline = the domain above has the SRV record, not this one
    .fix = If IM addresses end with @{ $parent }, check that domain:
        > xfed check { $parent }
        Only if they really end with @{ $domain }: create in public DNS:
        > { $srv_name }. SRV 0 0 5061 <FQDN of the { noun-server }>.
    .partner =
        @xphone-admin If the contact's IM address ends with @{ $parent }, check that domain:
        > xfed check { $parent } --partner
        @partner If your IM addresses end with @{ $domain }, create in public DNS:
        > { $srv_name }. SRV 0 0 5061 <FQDN of your server>.
    .what = The domain that was given has no SRV record for federation, nor anything that looks like one, while a domain above it has one. So perhaps the name of a website or of a machine was typed in the place of the XPhone domain.
    .why = Partners look for the SRV record below the XPhone domain, the part after the @ of an IM address. Whether another name has one makes no difference to them.
    .mend = Look up the XPhone domain in the XPhone administration, and repeat the check with it. Only where IM addresses really end with the name that was given does it need an SRV record of its own.
    .source = XPhone Federation guide, chapters 2 and 4

domain-microsoft-tenant = { $domain } shows signs of a Microsoft 365 tenant ({ $traces }), while the SRV record leads elsewhere. Expected: one platform for the domain, as other Teams tenants may ignore the SRV record.
    .headline = Microsoft 365 may hold the domain's chat
    .fix = In the Teams admin center, switch off external access (guide, chapter 10, variant 2). If partners with Teams still do not reach XPhone: give XPhone a domain of its own, e.g. xphone.{ $domain } (variant 3).
    .what = MX, TXT or CNAME records show that the domain is registered with Microsoft 365, but its SRV record leads to a server of its own. A trace may also be left from a tenant that is gone.
    .why = Between Teams tenants, Microsoft goes by its own list of domains, not by the SRV record. So messages from companies with Teams may end up in Teams here, where nobody reads them, while everybody else reaches XPhone. From outside it cannot be seen whether they do.
    .mend = Have a partner with Teams write to an IM address here. If nothing arrives in XPhone, switch off external access in the Teams admin center. If that does not help, only variant 3 does: a domain of its own for XPhone that is not registered with Microsoft 365. Changing the XPhone domain changes all login names and IM addresses.
    .source = XPhone Federation guide, chapter 10

domain-no-mail = The domain { $domain } names no mail server (MX), so the IM addresses here differ from the e-mail addresses. One domain for both is usual.
    .headline = the domain has no MX record
    .what = The domain has no MX record, or one that says "no mail" (null MX). So nobody here has an e-mail address of the same name as the IM address.
    .why = Partners often take the e-mail address for the IM address, and so does XPhone with contacts. With a domain for chat only, the IM addresses have to be told to them.
    .mend = Nothing is broken. Where XPhone has a domain of its own beside Teams, that is intended; enter the IM addresses in the SIP or XMPP field of the contacts. Do not change the XPhone domain for this.
    .source = XPhone Federation guide, chapters 8 and 10; RFC 7505

domain-wildcard-dns = Every name below { $domain } has an answer: { $name }, which nobody made, leads to { $answer }. So a mistyped FQDN looks like one that exists.
    .headline = every name below the domain has an answer
    .what = The zone has a wildcard record (*), so DNS answers for names that nobody created. xfed tried it with a random one.
    .why = A wildcard harms nothing, but hides mistakes: a mistyped FQDN leads to some server, mostly a web server. What a wildcard answers, xfed does not take for a record that somebody made.
    .mend = Nothing has to be done. Whoever does not need the wildcard deletes it; the FQDN needs an A record of its own in any case.
    .source = RFC 4592

domain-lookup-failed = The question for { $name } ({ $record }) ended in { $rcode ->
    [silence] no answer, while the resolver answers for { $top }: so it gets none from the name servers of the domain
    [ALIASES] a chain of more than { $limit } aliases (CNAME), and xfed follows no more
    [REFERRAL] a referral to other servers, instead of their answer
   *[other] { $said ->
        [said-two-subtrees] an answer with two different DNAME records for one name, which no resolver takes
        [said-denied-record] an answer that denies the name and has the record all the same
       *[code] { $rcode }
    }{ $reasons_count ->
        [0] , without a reason
       *[other] : { $reasons }
    }
}{ $view ->
    [none] {""}
    [system] {" "}(by this machine's resolver)
   *[other] {" "}(by { $view })
}. Expected: records, or a clear "no such name".
    .headline = { $rcode ->
        [ALIASES] more aliases in a row than xfed follows
       *[other] a DNS question ended in an error
    }
    .fix = { $rcode ->
        [ALIASES] Have the DNS provider shorten the chain: enter the record at { $name } itself. As long as it is so long, many resolvers give up, too.
        [silence] Have the DNS provider see whether the name servers of { $domain } run and can be reached. Whether another resolver gets an answer:
            > xfed check { $domain } --resolver 9.9.9.9
        [NOTIMP] This resolver does not answer such questions, as is usual for some home routers. Ask another one:
            > xfed check { $domain } --resolver 9.9.9.9
       *[other] Ask another resolver:
            > xfed check { $domain } --resolver 9.9.9.9
            If that fails too, have the DNS provider check name servers and DNSSEC of { $domain }.
    }
    .what = The resolver answered with an error (SERVFAIL, REFUSED), not with yes or no. The cause may lie with the resolver, with the name servers of the zone or with its DNSSEC signatures; where the resolver gives a reason (EDE), it is shown.
    .why = As long as it is not clear whose fault it is, xfed does not count it as a failure of the domain. If the zone itself is broken, partners get the same error, and since March 2026 certification authorities refuse to renew too.
    .mend = Ask a second, independent resolver with --resolver. If that one answers, repair the first one. If both fail, have the DNS provider check that all name servers carry the zone and that DS record and DNSSEC keys match.
    .source = RFC 2308, section 7; RFC 8914 (Extended DNS Errors)

resolvers-all-stopped = No partner gets an answer, whatever resolver asks: BIND gives up because { $bind ->
    [alias] the names of the name servers are aliases (CNAME)
    [by-glue] the names of the name servers have no address of their own, only the one beside the delegation (glue)
    [cookie] the name servers do not answer questions with a DNS cookie
    [cookie-data] the name servers send broken DNS cookies
    [edns] the name servers answer questions with EDNS by an error
    [twice] the name servers send EDNS data twice
    [above] the name servers are silent for a name above the one wanted
   *[signatures] the signatures (DNSSEC) do not hold for it
}, and Unbound because { $unbound ->
   *[too-far] the way to the name servers leads through too many zones in a row without addresses (glue)
}. Each of these alone would stop some partners; together they stop all. Expected: name servers that both get an answer from.
    .headline = two faults together stop every partner's resolver
    .fix = Each of the two is told here by itself, with what to do. As soon as one of them is mended, some partners get answers again; all of them, when both are. Begin with { $first ->
            [alias] the aliases of the name servers
            [by-glue] the addresses of the name servers
            [too-far] the names of the name servers
            [cookie] the DNS cookies
            [cookie-data] the DNS cookies
            [edns] EDNS
            [twice] EDNS
            [above] the silence
           *[signatures] the signatures
        }.
    .what = Several findings of this step are such that resolvers of one kind get past and those of another do not. xfed knows which of them stop BIND and which stop Unbound, the two kinds that most companies and providers have; here none is left.
    .why = Partners look up the SRV record and the address by their own resolver. Whoever has neither gets an error, and does not find the server.
    .mend = Mend the two findings that the message names, the easier one first. Name servers with names in the zone itself and their addresses at the registrar (glue), on up-to-date software, have none of these faults.
    .source = RFC 1034, section 5.3.3; RFC 6891, section 7; RFC 7873

resolver-doubtful = { $view ->
    [system] This machine's resolver
   *[other] The resolver { $view }
}{" "}{ $why ->
    [filtered] blocks { $name } ({ $record }): { $reasons }
    [forged] says of its answer for { $name } ({ $record }) that it made it up: { $reasons }
    [internal] has { $seen } for { $name } ({ $record }) in a zone that only this network knows
    [sinkhole] gives { $seen } for { $name }, an address by which filters mark a blocked name
    [old] has an old answer for { $name } ({ $record }) only, as it cannot ask the zone's servers either: { $reasons }
    [private] gives { $name } the private address { $seen }, and the zone's own servers, which would have to confirm it, were not heard
    [rebind] leaves out the private address of { $name } (protection against DNS rebinding)
    [invented] { $seen_count ->
        [0] denies { $name } ({ $record }), but has an address for every name that does not exist
       *[other] gives { $seen } for { $name }, as for every name that does not exist
    }
    [absurd] says that { $name } has no { $record } record, in the name of a zone that does not exist according to itself
   *[unproven] says that { $name } has no { $record } record, without the SOA record of its zone that belongs to a true "no"
}. { $heard ->
    [yes] What counts is what the zone's servers publish.
   *[no] So nothing is known of public DNS. Expected: the answer of the zone's servers.
}
    .headline = a resolver's answer cannot be relied on
    .fix = { $heard ->
        [yes] { $why ->
            [internal] What stands in the internal DNS no partner sees: enter it in public DNS, too.
           *[other] Nothing to enter in DNS. Whoever uses this resolver does not find the server: have { $domain } allowed there, or use another one.
        }
       *[no] Enter nothing in DNS because of this answer. Ask another resolver:
            > xfed check { $domain } --resolver 9.9.9.9
    }
    .what = The answer does not come from the zone, but from the resolver or a filter: it says so itself (EDE), it gives an address that leads nowhere, it denies without proof, or it remembers what nobody confirms any more.
    .why = Partners ask other resolvers. What this one makes up says nothing about what they get, neither "missing" nor "there".
    .mend = Ask a resolver without a filter, e.g. --resolver 9.9.9.10, or repeat from another network. If colleagues here are to reach the server, allow the name in the filter.
    .source = RFC 2308, section 3; RFC 8914 (Extended DNS Errors)

resolver-misjudges = { $view ->
    [system] This machine's resolver
   *[other] The resolver { $view }
} says that the DNSSEC signatures of { $name } ({ $record }) are wrong, and gives no answer{ $reasons_count ->
    [0] {""}
   *[other] {" "}({ $reasons })
}. xfed looked for itself, and { $why ->
    [unsigned] the zone is not signed at all: the zone above has no DS record for it
   *[signed] found the signatures in order: they fit the DS record of the zone above, and are in date
}. Expected: an answer. So it is probably this resolver that is wrong, and not the domain.
    .headline = the resolver refuses signatures that are in order
    .fix = Check the clock of this resolver, and its anchor of trust for DNSSEC (key of the root zone). Until then, ask another one:
        > xfed check { $domain } --resolver 9.9.9.9
    .what = A resolver that checks signatures refuses the domain, while the zone above and the zone's own servers, asked one by one, show nothing that is wrong.
    .why = Whether partners are refused as well cannot be told from a resolver that refuses what is in order. A wrong clock makes it refuse every signed domain.
    .mend = Compare the clock of the resolver with the true time, renew its anchor of trust (RFC 5011), empty its cache, and repeat. If other resolvers refuse the domain, too: have its DNS provider check the signatures of the zones above.
    .source = RFC 4035, section 5; RFC 5011

network-alters-dns = { $why ->
    [signatures] No name server of the top-level domain { $top } shows its DNSSEC signatures ({ $name }, { $record }) here, though the root says that it is signed. The whole internet would miss them, so something in this network takes them out of the answers. Whether the signatures of { $domain } hold was not tested
    [witness] The name servers' answers arrive here with the private address { $seen } for { $name }, while { $view ->
        [system] this machine's resolver
       *[other] the resolver { $view }
    } has { $expected }. So something on the way here probably rewrites addresses (DNS doctoring of a firewall), or the zone was changed a short while ago. Which address partners get was not tested
   *[signature] The name servers' answers arrive here with the private address { $seen } for { $name }, and their DNSSEC signature does not fit it. So something on the way here probably rewrites addresses (DNS doctoring of a firewall). Which address partners get was not tested
}. Expected: answers as the name servers send them.
    .headline = this network changes DNS answers on their way
    .fix = Repeat from outside of this network, or ask a resolver by an encrypted way:
        > xfed check { $domain } --resolver https://dns.quad9.net/dns-query --no-authority
        { $why ->
            [signatures] In this network, let the firewall or DNS proxy pass DNSSEC (EDNS, RRSIG). Change nothing at the DS record.
           *[other] In this network, it is a setting of the firewall (Cisco: "dns" at the NAT rule; FortiGate: DNS translation). If { $seen } is to be found in the public zone after all: enter the public address there.
        }
    .what = What the name servers send is not what arrives here. Firewalls rewrite the addresses of servers behind them for those inside, and old DNS proxies drop what they do not know, such as signatures.
    .why = Partners ask from elsewhere and get what the name servers send. What arrives here says neither "wrong" nor "right" about that.
    .mend = Repeat from a machine outside of the company's network. To go on inside: turn off DNS inspection, DNS doctoring or the DNS proxy for this machine, and let port 53 (UDP and TCP) pass unchanged.
    .source = RFC 5625, sections 3 and 4; RFC 4035, section 3.2

clock-wrong = This machine's clock says { $date }, { $time }. { $why ->
    [before] There was no xfed before { $bound }, so the clock is wrong.
    [ahead] By that, the signature (DNSSEC) of { $top ->
        [root] the root
       *[other] the top-level domain { $top }
    } for { $name } ({ $record }) ran out on { $bound }. The whole internet relies on it and it is renewed every few days, so it is the clock that is wrong.
   *[behind] By that, the signature (DNSSEC) of { $top ->
        [root] the root
       *[other] the top-level domain { $top }
    } for { $name } ({ $record }) counts from { $bound } on only. The whole internet relies on it and it is renewed every few days, so it is the clock that is wrong.
} Expected: a clock that is right. Without one, dates of signatures and certificates are not judged.
    .headline = this machine's clock is wrong
    .fix = Set the clock of this machine right (date, time and time zone), then repeat:
        > xfed check { $domain }
        Change nothing in DNS or at the certificate before that.
    .what = The name servers of the top-level domain or of the root show signatures that, by the clock of this machine, are out of date or not valid yet. If that were so, nobody who checks DNSSEC could reach any domain below it. Or the clock says a date from before xfed was made.
    .why = Signatures and certificates are valid between two dates. With a wrong clock, right ones look expired and expired ones look right, so neither "ready" nor "expired" can follow.
    .mend = Let this machine take its time from a time server (NTP), and look at the time of the host, too, where it is a virtual machine. If the clock is right to the minute: ask the registry of the top-level domain about its signatures.
    .source = RFC 4035, section 5.3.1; RFC 8633 (NTP best current practices)

servers-answer-by-source = The zone's name servers give this network { $published_count ->
    [0] no record
   *[other] { $published }
} for { $name } ({ $record }), and { $answers_count ->
    [one] the resolver that was asked something else: { $answers }. That comes with its whole time to live (TTL), or with none, so it has just been fetched: it is not old
   *[other] every resolver that was asked something else: { $answers }. They all come with the same time to live (TTL), or with none, so they have just been fetched: none of them is old
}. Expected: the same for everybody.
    .headline = the name servers tell others something else
    .fix = Do not wait: this does not run out. Have whoever runs the name servers give everybody the same for this name. Look for an answer by the asker's address: views (BIND: view with match-clients), DNS policies (Windows), one address per region, a load balancer; and whether the resolvers come to other servers behind the same addresses (anycast, NAT). Then repeat from outside this network, or with a resolver outside:
        > xfed check { $domain } --resolver 9.9.9.9
    .what = Name servers may answer by the address of whoever asks. Here they give this machine something else than the resolvers that were asked, and each of these has asked them just now: several and independent of each other, or one outside on the internet.
    .why = Partners ask by resolvers all over the internet, so they get what the resolvers get. Steps 2 to 6 look at what this network is told, which may be right without a partner ever seeing it.
    .mend = Correct the record in the view that is there for everybody, or take the view away. What the resolvers gave is looked at as well: the addresses are among the details. Where each region has its own address on purpose, each of them has to be an XPhone server, with port 5061 open.
    .source = RFC 1035, section 3.2.1; RFC 8499 (split DNS)

resolver-gets-nothing = { $why ->
    [some] The zone's name servers answer this network and some of the resolvers that were asked, but others get no answer for { $questions } ({ $resolvers }), though other names they do find
   *[all] The zone's name servers answer this network, but no resolver that was asked gets an answer for { $questions } ({ $resolvers }), though other names they do find
}{ $unchecked ->
    [yes] . Asked not to check DNSSEC signatures, they answer: it may be the keys (DNSKEY) or signatures alone that they do not get
   *[no] {""}
}. Partners' resolvers may fare the same. Expected: an answer for everybody.
    .headline = { $why ->
        [some] not every resolver gets an answer
       *[all] the name servers answer us, but no resolver
    }
    .fix = Have whoever runs the name servers let everybody ask them: no list of permitted networks (BIND: allow-query {"{"} any; {"}"};), no view for the company's own networks alone, and port 53, UDP and TCP, open from any source in every firewall before them. Five minutes later, as resolvers remember a failure for so long, repeat from outside this network or with a resolver outside:
        > xfed check { $domain } --resolver 9.9.9.9
    .what = The zone's name servers give this machine the record, while resolvers that answer other questions of the same kind get nothing from them: they report an error (SERVFAIL) or do not answer in time. What is asked for in addition, to tell the two apart, is a name in the top-level domain.
    .why = Partners ask by resolvers all over the internet, never from this network. Where the name servers answer only those that they know, or a firewall drops the others' questions, no partner finds the server, and all looks well from inside.
    .mend = Ask from outside, for example from a phone with its Wi-Fi off or by a public web page for DNS questions. If no answer comes there either: look for access lists, views and firewall rules at each name server, for rate limits and blocked countries, too. If an answer does come, the resolvers that were asked were in difficulties for a while: repeat.
    .source = RFC 1034, section 4.3; RFC 2308, section 7; RFC 5358, section 4

resolver-hides-partner = { $view ->
    [system] This machine's resolver
    [hosts-file] The hosts file of this machine
   *[other] The resolver { $view }
} { $said ->
    [records] gives { $seen } for { $name } ({ $record })
    [no-data] says that { $name } has no record of type { $record }
    [silence] does not answer the question for { $name } ({ $record })
   *[other] answers { $said } to the question for { $name } ({ $record })
}; what the partner publishes is { $published }. Expected: what is published, as our server goes by { $view ->
    [hosts-file] its hosts file before it asks DNS
   *[other] its resolver
}.
    .headline = our name resolution does not lead to this partner
    .fix = { $view ->
        [hosts-file] On our server, delete the entry for { $name } in the hosts file: /etc/hosts, or C:\Windows\System32\drivers\etc\hosts. If our server is another machine, repeat the check there.
       *[other] Find out whether our server asks this resolver, and repeat the check on our server, or with its resolver (--resolver). If it does: have a block or filter for this name taken out, an entry of one's own for it deleted, or the cache of the resolver cleared; after a change at the partner, wait until the old record has run out.
    }
    .what = In the view of a partner (--partner) the question is whether our server gets there. The partner's own name servers publish the record, and the resolver that was asked here does not give it: a filter, an entry in the internal DNS, an old answer in its cache, or a fault. An entry in the hosts file counts before any resolver: for the server, though the check itself connects to what is published.
    .why = Our server does not ask the partner's name servers, but its resolver. Where that one has nothing, or another address, our messages do not get there, however right everything is on the other side. Whether our server asks this very resolver is not known from here.
    .mend = Compare both answers with the command beside, on our server. Often it is a DNS filter (RPZ), a zone of the same name in Active Directory, or an old router that drops questions for SRV records.
    .source = RFC 3263, section 4

resolvers-contradict = The resolvers contradict each other on { $name } ({ $record }), and the zone's servers could not be asked: { $answers }. Expected: the same from all.
    .headline = the resolvers contradict each other
    .fix = Find out which of them is right: repeat from a machine that may ask the zone's servers (port 53), or with a further resolver:
        > xfed check { $domain } --resolver 9.9.9.9
        Enter nothing in DNS before that. Where the record was changed in the last hours, one of them may still have the old answer: repeat when the longest TTL has run out.
    .what = Several resolvers were asked, and they do not say the same. One of them filters, belongs to an internal network, or is out of date. One that answers SERVFAIL got nothing usable from the zone's servers, where another may only remember what they said before.
    .why = Without the zone's own servers nobody can say which of them has what partners get.
    .mend = Let questions to port 53 (UDP and TCP) out from this machine, so that the zone's servers can be asked. Or leave out the resolver that filters.
    .source = RFC 1034, section 3.6; RFC 8914

authority-lost = Nobody outside finds the name servers of { $zone } ({ $lost }), so partners get no answer for { $question } ({ $kind }): { way-lost }. What a resolver here still knows counts for nobody else. Expected: name servers whose names lead to an address.
    .headline = DNS leads to name servers that nobody finds
    .fix = { way-lost-fix }
    .what = The question ends in a zone whose name servers are named by names in other zones, or without an address. xfed went the way to these names from the top-level domain down, as resolvers do that remember nothing, and it ends before an address.
    .why = Partners look up the name servers first. Whose resolver remembers nothing gets no answer to this question. Your own resolver may still remember the address, or have it from an entry of its own.
    .mend = Usually the domain of the name servers expired, an A record was deleted when a server moved, or the glue is gone. Mend it where the message says that the way ends, choose other name servers, or end the delegation or the alias that leads there.
    .source = RFC 1034, sections 4.2.1 and 5.3.3; RFC 1912, section 2.3

authority-partly-lost = { $found ->
    [by-glue] Only some partners find the name servers { $lost } of { $zone }, those whose resolvers go by the address beside the delegation
    [too-far] Only some partners find the name servers { $lost } of { $zone }, those whose resolvers go a long way for them
    [disputed] Only some partners find the name servers { $lost } of { $zone }, now and then
    [private] Partners whose resolver goes by the delegation come to nobody at { $lost }, name servers of { $zone }, while others of the zone answer
    [own] Partners whose resolver goes by what the zone itself says come to nobody at { $lost }, name servers of { $zone }, those that go by the zone above do
   *[no] Nobody outside finds the name servers { $lost } of { $zone }, while others of the zone answer
}: { way-lost }. Expected: name servers whose names lead to an address.
    .headline = not everybody finds every name server
    .fix = { way-lost-fix }
    .what = xfed went the way to the names of the name servers from the top-level domain down, as resolvers do that remember nothing. To some of them it ends before an address.
    .why = Some resolvers take the address that comes with the delegation, others look the name up and get nothing (BIND). If it is the only server of the zone, they give an error; if there are others, they lose time.
    .mend = Usually the domain of the name server expired, an A record was deleted when a server moved, or the glue is gone. Mend it where the message says that the way ends, or take the server out of the NS records, at the provider and at the registrar.
    .source = RFC 1034, sections 4.2.1 and 5.3.3; RFC 2181, section 5.4.1

authority-name-is-alias = The name server { $server } of { $zone } is an alias (CNAME) of { $target }. Expected: a name with an address of its own.
    .headline = the name of a name server is an alias
    .fix = Have whoever runs the zone of { $server } replace the CNAME record by A and AAAA records with the addresses of { $target }, or enter { $target } itself as name server of { $zone }, at the provider and at the registrar.
    .what = An NS record must name a server by a name that has addresses itself. This one is an alias.
    .why = Some resolvers follow the alias (Unbound), others leave such a server out (BIND): if all are of that kind, their users get an error instead of any record of the zone.
    .mend = Enter the addresses at the name itself, or the name behind the alias in the NS records.
    .source = RFC 2181, section 10.3; RFC 1912, section 2.4

authority-several-aliases = { $name } is an alias of several names at once: CNAME { $kept } and CNAME { $others }{ $way ->
    [yes] , on the way to { $question } ({ $kind })
   *[no] {""}
}. Expected: one CNAME record at a name, at the most.
    .headline = one name has several CNAME records
    .fix = { $records_count ->
        [0] { $own ->
            [yes] In DNS, delete
           *[no] Have whoever runs the zone of { $name } delete
        } all CNAME records of { $name } but one. { $end ->
            [none] The one to keep is the one that leads to the { noun-server }.
           *[other] The first of them leads to { $end }; if that is right, keep it, and delete CNAME { $others }.
        }
       *[other] In DNS, delete all CNAME records of { $question } and create, with the public address of the { noun-server }:
            > { $records_lines }
    }
    .what = A CNAME record says: this name stands for that one. Two of them contradict each other, so only one is allowed. Name servers that check their zones do not load such a zone; some providers' own programs do.
    .why = Some resolvers follow the first CNAME record (Unbound), and it may be another one each time. Others take the whole answer for broken and tell their users that there is an error (BIND): partners that use these find neither record nor server.
    .mend = Delete all CNAME records of that name but one. To spread the load over several servers, enter several A records or several SRV records instead.
    .source = RFC 1034, section 3.6.2; RFC 2181, section 10.1

resolver-astray = For the zone { $apex }, a resolver asked here goes to { $remembered }, { $how ->
    [address] while partners find these name servers at other addresses
   *[names] while the zone { $from } and the name servers themselves name { $servers }
}. Only what partners find was judged. Expected: the same name servers everywhere.
    .headline = a resolver here asks other name servers
    .fix = If the name servers were changed in the last two days: wait, and leave the zone at the old ones unchanged until then. If not: have whoever runs this resolver clear its cache and look for an entry of its own for { $apex } (forwarding, stub or local zone).
    .what = xfed went the way to the zone from the top-level domain down. The zone above and the zone's own servers agree; only the resolver asked here goes to others.
    .why = What this resolver says of the domain is not what partners see. After a move other resolvers may remember the old name servers for a while as well.
    .mend = Look at the domain by another resolver. After a move, keep the zone at the old provider unchanged for two days.
    .source = RFC 1034, section 4.2.2; RFC 2181, section 5.4.1

authority-alias-chain = { $name } ({ $record }) leads through more than { $limit } aliases (CNAME) in a row. BIND and Unbound follow no more and answer SERVFAIL, so partners get nothing. Expected: the record itself, or one alias that leads to it.
    .headline = too many aliases in a row
    .fix = Have the DNS provider shorten the chain: enter the record at { $name } itself, or let its alias lead at once to the name at the end.
    .what = The zone's own servers give one alias after the other. Each is right by itself, but resolvers follow only so many: BIND since 2024 and Unbound 11, in their default settings. xfed follows as many, so that it does not know what stands at the end.
    .why = A partner whose resolver gives up gets an error, as if the zone were broken. Whose resolver follows more, or remembers the end of the chain, gets through: that looks like chance.
    .mend = Every alias on the way belongs to somebody: an own name, a load balancer, a hosting service, a move that left one behind. Take out those that only lead on.
    .source = RFC 1034, section 3.6.2; BIND: max-query-restarts; Unbound: max-query-restarts

authority-ipv6-only = { $how ->
    [silent] The name servers of { $zone } answer over IPv6 only; over IPv4 nothing came from { $servers }. Expected: an answer over IPv4 from at least one of them, better from two.
   *[none] The name servers of { $zone } have IPv6 addresses only: { $servers }. Expected: an IPv4 address (A record) of at least one of them, better of two.
}
    .headline = { $how ->
        [silent] the name servers do not answer over IPv4
       *[none] the name servers have no IPv4 address
    }
    .fix = { $how ->
        [silent] Have the DNS provider see why { $servers } do not answer on port 53 (UDP and TCP): the address, the firewall, the service. If the address is old, have it replaced where the name server has its A record, and at the registrar (glue).
       *[none] Have the DNS provider give the name servers of { $zone } an IPv4 address too (A record), at least one, better two of them, or enter further name servers of { $zone } that have one, at the provider and at the registrar. For a name server whose name lies in { $zone } itself: have the registrar enter its IPv4 address beside the delegation (glue) as well.
    }
    .what = All name servers of this zone are at IPv6 addresses (AAAA records), and none of them has an IPv4 address (A record); or none answers at the one that it has. The way to the XPhone server leads through this zone.
    .why = Many companies have no IPv6, and their resolvers get to no server of the zone: they answer with an error (SERVFAIL), and these partners find neither the SRV record nor the server. Partners with IPv6 find both.
    .mend = Enter an A record for at least two name servers beside the AAAA record, and the same address at the registrar where it keeps one (glue). Or take further name servers that have IPv4.
    .source = RFC 3901

authority-false-denial = { $what ->
    [type] The name servers say that { $name } does not exist at all (NXDOMAIN) when they are asked for { $record }, though it has a record of type { $kind }
   *[above] The name servers say that { $name } does not exist (NXDOMAIN), though { $exists } below it has a record of type { $kind }
} ({ $servers }){ $view ->
    [none] {""}
    [system] . This machine's resolver believes them and does not find it
   *[other] . The resolver { $view } believes them and does not find it
}. Expected: an answer without records (NOERROR).
    .headline = the name servers deny a name that exists
    .fix = Have the DNS provider repair this: for { $name } ({ $record }) the name servers have to answer NOERROR without records, not NXDOMAIN. It does not pass by itself.
    .what = NXDOMAIN means that neither a name nor anything below it exists. Some name servers and load balancers send it where only a record of one type is missing.
    .why = Resolvers may believe it for the whole name and everything below (RFC 8020). Partners behind such a resolver do not find the server, others do.
    .mend = Report it to the DNS provider or the maker of the load balancer. Until then, a record at the denied name (any TXT record) often helps.
    .source = RFC 8020; RFC 4592, section 2.2.2; RFC 2308, section 2

dns-unreachable = No resolver answered the question for { $name } ({ $record }): { $reason ->
    [no-resolver] this machine has no resolver configured
    [timed-out] nothing came in time
    [port-closed] its port is closed
    [unreachable] this machine cannot send to the resolver
    [too-many-files] this machine lets xfed open no further socket (limit of open files)
    [malformed] not a DNS answer
    [truncated] the answer was cut, and by TCP no whole one came
    [no-address] its host name has no address
    [tls] the TLS connection failed
    [certificate] its certificate is not trusted, not valid today or issued to another name
    [closed] it closed the connection
    [http] there is no DNS over HTTPS by HTTP/1.1 there
   *[other] no answer
}{ $servers_count ->
    [0] {""}
   *[other] {" "}(asked: { $servers })
}. Expected: an answer.
    .headline = no DNS resolver answered
    .fix = { $reason ->
        [no-address] Correct the resolver's host name, or give its address, e.g. tls://9.9.9.9.
        [certificate] Give the name that the resolver's certificate is issued to (tls://9.9.9.9#dns.quad9.net), and for a private CA its root with --ca-file.
        [tls] Correct port and kind of the resolver: tls:// is DNS over TLS, normally port 853, https:// is DNS over HTTPS, normally port 443.
        [http] Correct the path of the resolver, normally /dns-query. One that speaks HTTP/2 only can be asked with tls:// instead.
        [truncated] Let DNS by TCP (port 53) through from this machine to its resolver, have a router that answers in its place updated, or name another resolver:
            > xfed check { $domain } --resolver 9.9.9.9
        [malformed] Name another resolver:
            > xfed check { $domain } --resolver 9.9.9.9
            If it answers, the router or firewall that damages the answers needs an update.
        [too-many-files] Allow more open files on this machine (ulimit -n 4096), or check fewer domains at a time (--jobs 1).
       *[other] Open the way from this machine to its resolver (port 53, UDP and TCP; 853 for tls://, 443 for https://), or name another one:
            > xfed check { $domain } --resolver 9.9.9.9
    }
    .what = No resolver that xfed asked sent a usable answer. By default these are the resolvers that this machine is set up with.
    .why = Without DNS nothing can be said of the domain, neither good nor bad. All rows that need it stay open.
    .mend = Check the network settings of this machine and the firewall for port 53, UDP and TCP. In networks that let only their own resolver through, name that one: --resolver <IP>.
    .source = XPhone Federation guide, chapter 13; RFC 7766

## Step 2, FQDN and A record

fqdn-foreign-domain = The FQDN { $fqdn } does not end with the { noun-domain } { $domain }{ $partner ->
    [yes] {""}
   *[no] , expected a name such as xphone.{ $domain }
}.{ $certified_count ->
    [0] {""}
   *[other] {" "}The certificate shown there is issued to { $certified }.
}
    .headline = the server's name is not below the { noun-domain }
    .fix = Give the server a name directly below { $domain }, e.g. xphone.{ $domain }. Enter it as A record{ $direct ->
        [yes] {""}
       *[no] , as target of the SRV record { $srv_name }
    } and in XPhone as public name (FQDN), and order the certificate for it, unless there is one already.{ $direct ->
        [yes] {" "}Tell it to the partners, who have entered the old name.
       *[no] {""}
    }
    .what = The server's FQDN is neither the XPhone domain nor a name below it. The comparison is label by label: xphone.evilzahnfee.de does not lie below zahnfee.de.
    .why = Partners such as Skype for Business trust a server only where its name lies in the domain it speaks for; otherwise anybody with access to the record could lead chat elsewhere. The code for it is ms-diagnostics 1009.
    .mend = Give the server a second name directly below the XPhone domain: an A record, the SRV target, the public name (FQDN) in XPhone and the certificate all carry that name. The old name may stay for other services. Do not change the XPhone domain for this.
    .source = XPhone Federation guide, chapter 3; C4B online help, federation

fqdn-too-deep = The FQDN { $fqdn } stands more than one level below { $domain }, expected at most one, e.g. xphone.{ $domain }.
    .headline = the server's name is too deep below the domain
    .fix = If a partner refuses this name: take one directly below { $domain }, e.g. xphone.{ $domain }. Enter it as A record{ $direct ->
        [yes] {""}
       *[no] , as target of the SRV record { $srv_name }
    } and in XPhone as public name (FQDN), and order the certificate for it.
    .what = The FQDN lies in the domain, but with more than one part before it, such as xphone.office.zahnfee.de below zahnfee.de. The guide allows that; the manufacturer's help asks for the domain itself or a name directly below.
    .why = Some partners with Skype for Business refuse such names in open federation. Others accept them, so the fault shows with single partners only.
    .mend = If a partner complains, take a name directly below the domain for A record, SRV target, public name (FQDN) and certificate. Do it at the next renewal of the certificate at the latest; before that nothing has to be done.
    .source = XPhone Federation guide, chapter 3; C4B online help, federation

fqdn-not-found = { $source ->
    [file] The zone file does not have the FQDN { $fqdn }
   *[dns] { $end ->
        [none] Public DNS does not know the FQDN { $fqdn } (NXDOMAIN)
       *[other] The FQDN { $fqdn } is an alias (CNAME) of { $end }, and public DNS does not know { $end } (NXDOMAIN)
    }
}, expected an A record with the public address of the { noun-server }.{ $near_count ->
    [0] {""}
   *[other] {" "}A similar name has an address: { $near }.
}
    .headline = { $source ->
        [file] the zone file does not have the server's name
       *[dns] the server's name does not exist in public DNS
    }
    .fix =
        { $named_by ->
            [user] { $near_count ->
                [0] {""}
               *[other] If { $near } was meant: repeat with that name behind --fqdn, and enter it at the partner's. If not:{" "}
            }Create in public DNS, with the address that the firewall forwards to the { noun-server }:
           *[record] Compare { $fqdn } letter by letter with the public name (FQDN) { noun-in-xphone }. If it is mistyped, correct the target of the SRV record, or delete that record. If it is right, create in public DNS, with the address that the firewall forwards to the { noun-server }:
        }
        > { $fqdn }. A <public IPv4 address>
        { $end ->
            [none] {""}
           *[other] It takes the place of the alias (CNAME) that stands there now; or enter the address at { $end }.
        }
        { $cut ->
            [none] {""}
           *[other] The zone hands { $cut } on to { $carriers } (NS records). The record has to stand there; in the zone above nobody sees it.
        }
    .partner =
        { $named_by ->
            [user] @xphone-admin { $near_count ->
                [0] {""}
               *[other] Perhaps { $near } is meant.{" "}
            }Ask the partner whether { $fqdn } (from --fqdn) is right.
            [microsoft] @partner Compare { $fqdn } letter by letter with the name that Microsoft gives, mostly sipfed.online.lync.com. If it is mistyped, correct the target of the SRV record.
           *[record] @partner Correct the target of the SRV record, if { $fqdn } is mistyped there.
        }
        { $named_by ->
            [microsoft] @xphone-admin If it is right, the resolver here keeps Microsoft's name back. Ask another one:
           *[record] @partner If it is right, create in public DNS, with the public address of the server:
        }
        { $named_by ->
            [microsoft] > xfed check { $domain } --partner --resolver 9.9.9.9
           *[record] > { $fqdn }. A <public IPv4 address>
        }
    .what = Public DNS says NXDOMAIN for the FQDN: there is no record of that name, of whatever type. The SRV record, or --fqdn, names a server that nobody can find. For a name from --fqdn, xfed also asks for some that are easily mistyped as it, and names those that have an address.
    .why = Without an address no partner gets any further; Microsoft's side reports ms-diagnostics 1014. Often the A record exists in the internal DNS only.
    .mend = Create the A record in the public zone, with the public address that the firewall forwards to the server. If the name is mistyped in the SRV record, correct the target there. Check with nslookup against a public resolver.
    .source = XPhone Federation guide, chapter 3; RFC 8020

fqdn-no-a-record = { $addresses_count ->
    [0] { $end ->
        [none] The FQDN { $fqdn } exists in DNS, but has no address
       *[other] The FQDN { $fqdn } is an alias (CNAME) of { $end }, and { $end } has no address
    }
   *[other] The FQDN { $fqdn } has only IPv6 addresses ({ $addresses })
}; expected an A record with the public IPv4 address of the { noun-server }.
    .headline = the server's name has no A record
    .fix =
        { $named_by ->
            [user] Create in public DNS, with the address that the firewall forwards to the { noun-server }:
           *[record] Compare { $fqdn } letter by letter with the public name (FQDN) { noun-in-xphone }. If it is mistyped, correct the target of the SRV record, or delete that record. If it is right, create in public DNS, with the address that the firewall forwards to the { noun-server }:
        }
        > { $fqdn }. A <public IPv4 address>
        { $end ->
            [none] {""}
           *[other] It takes the place of the alias (CNAME) that stands there now; or enter the address at { $end }.
        }
    .partner =
        { $named_by ->
            [microsoft] @partner Compare { $fqdn } letter by letter with the name that Microsoft gives, mostly sipfed.online.lync.com. If it is mistyped, correct the target of the SRV record.
           *[record] @partner Create in public DNS, with the public IPv4 address of the server:
        }
        { $named_by ->
            [microsoft] {""}
           *[record] > { $fqdn }. A <public IPv4 address>
        }
    .what = The FQDN exists in DNS, but has no A record, that is no IPv4 address. It may have an AAAA record, or a record of another type such as TXT.
    .why = Many partners connect over IPv4 only, and the guide asks for an A record. An AAAA record alone leaves these partners outside.
    .mend = Create an A record for the FQDN with the public IPv4 address that the firewall forwards to the server. Keep an AAAA record only where TCP 5061 is open over IPv6 too.
    .source = XPhone Federation guide, chapter 3

address-not-public = The FQDN { $fqdn } leads to { $address }, { $range ->
    [private] a private address
    [cgnat] an address of the provider's own network (carrier-grade NAT)
    [loopback] the loopback address of a machine itself
    [link-local] a link-local address (APIPA)
    [documentation] an address reserved for documentation
    [multicast] a multicast address
    [nat64] an address that only networks with a translation to IPv4 (NAT64) can reach
   *[reserved] a reserved address
}. Expected: a public address.
    .headline = an address in public DNS is not public
    .fix =
        { $family ->
            [v6] In public DNS, delete the AAAA record of { $fqdn } that says { $address }, or put the server's public IPv6 address in its place.{ $range ->
                [private] {" "}A private one belongs in the internal DNS only.
               *[other] {""}
            }
           *[v4] { $range ->
                [cgnat] Order a public IPv4 address from the internet provider. Then set in public DNS:
               *[other] In public DNS, replace { $address } by the public address that the firewall forwards to the { noun-server }; beside a public address, just delete it.{ $range ->
                    [private] {" "}A private one belongs in the internal DNS only.
                   *[other] {""}
                }
            }
            > { $fqdn }. A <public IPv4 address>
        }
    .what = Public DNS gives an address for the FQDN that is not routed in the internet: private (10.x, 172.16–31.x, 192.168.x), the provider's own (100.64.x), link-local (169.254.x) or reserved. xfed does not connect to it unless --allow-private is given.
    .why = From outside, such an address leads nowhere, or to a stranger's machine in the partner's own network. A private IPv6 address beside a public IPv4 one disturbs only partners with IPv6, so it counts as a warning.
    .mend = In public DNS enter the public address of the firewall; the private one belongs in the internal DNS only. With 100.64.x the connection has no public IPv4 address of its own (carrier-grade NAT): order one from the internet provider, as port forwarding is impossible without it.
    .source = XPhone Federation guide, chapters 3 and 5; RFC 1918, RFC 6598, RFC 3927, RFC 6890

address-several = The FQDN { $fqdn } has { $addresses_count } A records ({ $addresses }). Expected: one.
    .headline = the server's name has several A records
    .fix = Delete every A record of { $fqdn } that does not lead to the { noun-server }. Several are right only if each of them does (two internet lines).
    .what = The FQDN has more than one A record. xfed connects to each of them and shows a dead one in step 4.
    .why = Partners pick one of the addresses, mostly at random. If one does not lead to XPhone, federation works now and then, which is harder to find than a complete failure.
    .mend = Delete the addresses that do not lead to the XPhone server, old ones above all. Where there really are two internet lines, forward TCP 5061 to the same server on both.
    .source = XPhone Federation guide, chapter 3

address-split-view = { $view ->
    [system] This machine's resolver
   *[other] The resolver { $view }
} gives { $seen } for { $fqdn }, the zone publishes { $published }: one is private, the other public. Partners see what the zone publishes.
    .headline = internal and public DNS give different addresses
    .fix = If an internal DNS is meant to answer differently: nothing to do. If not: delete { $fqdn } from the internal DNS. Test from outside.
    .what = The name leads to a private address here and to a public one on the internet, or the other way round: an internal DNS answers for the domain, too (split DNS).
    .why = It may be meant so. But whoever tests from inside then tests another way than the one that partners take.
    .mend = Test from outside, or with --connect-to for the server itself. Where the internal answer is not wanted, delete it from the internal DNS.
    .source = XPhone Federation guide, chapters 3 and 5

address-stale = { $view ->
    [system] This machine's resolver
   *[other] The resolver { $view }
} gives { $seen_count ->
    [0] no address
   *[other] { $seen }
} for { $fqdn }, published is { $published_count ->
    [0] none
   *[other] { $published }
}. Expected: the same everywhere{ $unit ->
    [unknown] {""}
   *[other] , at the latest { $dated ->
        [yes] on { $date }, { $until }
       *[no] at { $until }
    }
}.
    .headline = a resolver gives another address than the zone
    .fix = Nothing to enter: wait { $unit ->
        [unknown] until resolvers forget the old answer
        [hours] { $hours } hours
        [days] { $days } days
       *[minutes] { $minutes ->
            [one] 1 minute
           *[other] { $minutes } minutes
        }
    }{ $unit ->
        [unknown] {""}
       *[other] {" "}({ $dated ->
            [yes] until { $date }, { $until }
           *[no] until { $until }
        })
    }, then repeat. If the answer stays the same after that, compare the name servers in the NS records of { $domain } with those entered at the registrar: this resolver may be led to others.
    .what = A resolver answers from its memory with an address that the zone no longer publishes, or does not know the new one yet.
    .why = Partners whose resolvers remember it still go to the old address, each until its TTL has run out.
    .mend = Wait, and keep the old way open until then. Before the next change, lower the TTL of the A record to some minutes a day ahead.
    .source = RFC 1034, section 3.6; RFC 2308, section 5

address-alias-loop = The FQDN { $fqdn } is an alias that leads back to itself (CNAME: { $chain }), expected an A record.
    .headline = the server's name is an alias of itself
    .fix =
        In DNS, delete the CNAME of { $fqdn } and create, with the public address of the { noun-server }:
        > { $fqdn }. A <public IPv4 address>
    .what = The FQDN is an alias (CNAME), and whoever follows it comes back to where it began. There is no address at the end.
    .why = Resolvers give up with an error (SERVFAIL), so nobody finds the server.
    .mend = Replace the CNAME by an A record with the public IPv4 address of the XPhone server.
    .source = XPhone Federation guide, chapter 3; RFC 1034, section 3.6.2

address-alias = The FQDN { $fqdn } is an alias (CNAME: { $chain }){ $by ->
    [dname] {" "}by a DNAME, which leads all names below it elsewhere ({ $dname })
    [wildcard] {" "}by a wildcard (*), since it has no record of its own
   *[cname] {""}
}, expected an A record of its own.
    .headline = the server's name is an alias (CNAME)
    .fix =
        { $by ->
            [dname] A DNAME lets no record stand below it. Have it replaced by records for the single names below it that are in use; or take another name for the server, that no DNAME stands above, in the SRV record, { noun-in-xphone } and in the certificate. The record of its own, with the public address of the { noun-server }, is:
            [wildcard] Leave the wildcard as it is; a record of its own takes precedence. Create in DNS, with the public address of the { noun-server }:
           *[cname] In DNS, delete the CNAME of { $fqdn } and create, with the public address of the { noun-server }:
        }
        > { $records_count ->
            [0] { $fqdn }. A <public IPv4 address>
           *[other] { $records_lines }
        }
    .what = The FQDN is an alias: a CNAME leads to another name, and only that one has an address.
    .why = The target of an SRV record must not be an alias. Windows resolvers mostly follow it all the same, other partners do not, so federation works with some of them only.
    .mend = Replace the CNAME by an A record with the public IPv4 address of the XPhone server. If the address changes often, let the dynamic DNS service update that A record.
    .source = XPhone Federation guide, chapter 3; RFC 2782 (Target); RFC 1034, section 3.6.2

address-at-microsoft = The FQDN { $fqdn } is an alias (CNAME) of { $target } in Microsoft's cloud, so Microsoft answers there, not XPhone. Expected: a name that leads to the { noun-server }.
    .headline = the server's name leads to Microsoft, not XPhone
    .fix =
        @xphone-admin Give the XPhone server a name of its own, e.g. xphone.{ $domain }, enter it as public name (FQDN), and tell the DNS admin.
        @dns-admin Leave the CNAME of { $fqdn }: Skype and Teams clients may sign in by it. Create an A record for the server's own name{ $direct ->
            [yes] .
           *[no] , and set the SRV record to it.
        }
    .partner =
        @partner Give the server a name of its own with a public address, and set the SRV record to it. The alias of { $fqdn } can stay.
    .what = The name that stands for the XPhone server is an alias that leads to Microsoft 365, as every tenant has had them for sip and lyncdiscover. What answers there is Microsoft's.
    .why = Partners connect to Microsoft and ask for XPhone's name. They are refused, or end up in Teams.
    .mend = Take another name for the XPhone server, with an A record to its public address, and use it as SRV target, as public name (FQDN) in XPhone and in the certificate. Do not delete the alias: the sign-in of the clients may depend on it.
    .source = XPhone Federation guide, chapters 3 and 10

address-from-wildcard = { $alias ->
    [yes] The FQDN { $fqdn } is an alias of { $owner }, which has no record of its own: a wildcard
   *[no] The FQDN { $fqdn } has no record of its own: a wildcard
} gives { $addresses } for any name here, { $name } included. { $certified_count ->
    [0] {""}
   *[other] The certificate shown there is issued to { $certified }, so this may not be the { noun-server }.{" "}
}Expected: an A record for { $fqdn } itself.
    .headline = the server's name has no record of its own
    .fix =
        Compare { $fqdn } letter by letter with the public name (FQDN) { noun-in-xphone }. If it is right, create in public DNS, with the address that the firewall forwards to the { noun-server }:
        > { $fqdn }. A <public IPv4 address>
    .what = A random name beside the FQDN has the same addresses, and so has one below it. There a wildcard record (*) answers only if the FQDN itself does not exist.
    .why = The name may be mistyped in the SRV record, and nobody would notice: it leads to wherever the wildcard leads, mostly to a web server. If that changes one day, federation breaks without anybody having touched it.
    .mend = Correct the name in the SRV record, or create an A record for it. The wildcard may stay.
    .source = XPhone Federation guide, chapter 3; RFC 4592, section 2.2.1

address-ipv6-unknown = Whether { $fqdn } has IPv6 addresses is not known: { $why ->
    [failed] { $said ->
        [code] the question for AAAA ended in { $rcode }
        [said-lame] those who were asked for AAAA do not serve the zone
        [said-no-edns] the question for AAAA is answered only without EDNS
        [said-no-signatures] the question for AAAA is answered only where no signatures are asked for (DO)
        [said-not-authoritative] those who were asked for AAAA do not answer as servers of the zone
        [said-two-subtrees] the answer for AAAA has two different DNAME records for one name
        [said-denied-record] the answer for AAAA denies the name and has the record all the same
       *[other] those who were asked for AAAA name others instead
    }
   *[silent] nobody answered the question for AAAA
}. A dead one would slow down partners.
    .headline = IPv6 addresses could not be looked up
    .fix = Have the DNS provider check why { $fqdn } is not answered for type AAAA. Expected is an address, or an answer without one.
    .what = The IPv4 addresses of the FQDN came, but for IPv6 (AAAA) there was an error or nothing.
    .why = Many resolvers ask for both. Where AAAA fails, some wait for seconds, and some give up. And an IPv6 address that nobody sees here cannot be tested.
    .mend = Old name servers and load balancers that do not know AAAA need an update; they have to answer NOERROR without records. Or this machine's resolver drops the question: try --resolver 9.9.9.9.
    .source = RFC 4074; RFC 8305

address-behind-cdn = The FQDN { $fqdn } leads to { $proxy }'s web proxy ({ $address }), where TCP port 5061 { $outcome ->
    [refused] is refused
    [timed-out] does not answer
   *[unreachable] cannot be reached
}. Expected: the public address of the { noun-server } itself.
    .headline = the address is { $proxy }'s web proxy
    .fix = { $beside_count ->
        [0] In the DNS settings at { $proxy }, set the record to "DNS only" (grey cloud), with the public address that the firewall forwards to the { noun-server }:
            > { $fqdn }. A <public IPv4 address>
       *[other] Delete the record of { $fqdn } that leads to { $proxy }. The one with { $beside } stays: somebody answers there.
    }
    .what = The address belongs to a proxy that stands in front of websites, and nobody answers on port 5061 there. xfed knows the ranges that Cloudflare publishes.
    .why = Such a proxy passes on HTTP and HTTPS only. Chat on port 5061 never reaches the XPhone server, whatever its firewall allows.
    .mend = Take the FQDN out of the proxy ("DNS only", the grey cloud at Cloudflare), so that its A record shows the server's own public address. Websites under other names can stay behind the proxy.
    .source = XPhone Federation guide, chapters 3 and 5; Cloudflare: IP ranges (cloudflare.com/ips), proxied DNS records

## Step 3, the SRV record

srv-missing = The SRV record { $name } does not exist. Expected: one with port 5061 and the FQDN of the { noun-server }.
    .headline = the SRV record is missing
    .fix =
        Create in public DNS (priority 0, weight 0, port 5061){ $server_known ->
            [yes] :
           *[no] , with the FQDN of the { noun-server } as target; if that is { $server }:
        }
        > { $name }. SRV 0 0 5061 { $server }.
        { $cut ->
            [none] {""}
           *[other] The zone hands { $cut } on to { $carriers } (NS records). The record has to stand there; in the zone above nobody sees it.
        }
        { $wait ->
            [0] {""}
            [one] Resolvers may keep saying "missing" for up to 1 minute.
           *[other] Resolvers may keep saying "missing" for up to { $wait } minutes.
        }
    .partner =
        @partner Create in public DNS (priority 0, weight 0, port 5061){ $server_known ->
            [yes] :
           *[no] , with the FQDN of your server as target:
        }
        > { $name }. SRV 0 0 5061 { $server_known ->
            [yes] { $server }.
           *[no] <FQDN of your server>.
        }
        @xphone-admin If the partner does without the record (direct federation): ask for the FQDN, enter it as a route by hand, and check:
        > xfed check { $domain } --partner --direct --fqdn <FQDN>
    .what = DNS says that there is no record _sipfederationtls._tcp.<domain> of type SRV: either no such name, or no SRV record there.
    .why = In open federation it is the only way for partners to find the server; Microsoft's side reports ms-diagnostics 1008 or 1005. Resolvers remember the "no" for as long as the zone asks them to, so a new record may stay invisible to some partners for a while.
    .mend = Create the record in public DNS: port 5061, target the FQDN. Read the name letter by letter: both underscores, a dot between _sipfederationtls and _tcp, the XPhone domain once at the end. Many forms append the domain by themselves; then enter only the part before it.
    .source = XPhone Federation guide, chapter 4; RFC 2782; RFC 2308, section 5

srv-name-typo = The SRV record is published under a wrong name{ $mistake ->
    [repeated] {" "}(service or protocol twice)
    [scattered] {" "}(the subdomain in the wrong place)
    [elsewhere] {" "}(below another name than the domain)
    [neighbour] {" "}(that of another service)
    [sign-in] {" "}(that by which clients sign in)
   *[mistyped] {""}
}: { $found } Expected: { $expected }{ $others_count ->
    [0] {""}
   *[other] {" "}Nor is its target { $others } the FQDN that was given.
}{ $microsoft_count ->
    [0] {""}
   *[other] {" "}Its target { $microsoft } is Microsoft's.
}
    .headline = the SRV record has a wrong name
    .fix =
        { $microsoft_count ->
            [0] {""}
           *[other] Do not move the record as it is, or Teams answers for { $domain }. First decide who answers chat here (guide, chapter 10). If the own server does:{" "}
        }Create in public DNS:
        > { $expected_lines }
        { $mistake ->
            [repeated] In the provider's form, enter service and protocol once each.{" "}
            [scattered] The subdomain belongs behind _tcp.{" "}
           *[mistyped] {""}
        }The record at { $name } does nothing for federation; delete it{ $mistake ->
            [neighbour] {" "}unless telephony uses it
            [sign-in] {" "}unless clients use it to sign in
           *[mistyped] {""}
        }.
        { $wait ->
            [0] {""}
            [one] Resolvers may keep saying "missing" for up to 1 minute.
           *[other] Resolvers may keep saying "missing" for up to { $wait } minutes.
        }
    .what = There is no SRV record _sipfederationtls._tcp.<domain>, but there is one under another name, as provider forms and other manuals make it: an underscore too few or too many, a dot missing, service or protocol twice, the subdomain in the wrong place, below www or another host, or under the name of another service.
    .why = Partners ask for exactly one name, letter by letter; to them the record does not exist (ms-diagnostics 1008 or 1005). Even printed instructions get this name wrong. xfed goes on with the target that it found, so the other steps show whether only the name is wrong.
    .mend = Create the record under the right name: service _sipfederationtls, protocol _tcp, each with one underscore at its start and a dot between them, then the XPhone domain. Many forms add the underscores or the domain by themselves; look at the result with nslookup.
    .source = XPhone Federation guide, chapters 4 and 13; RFC 2782

srv-owner-doubled = The name of the SRV record contains the domain twice: { $found } Expected: { $expected }
    .headline = the SRV record's name has the domain twice
    .fix =
        { $microsoft_count ->
            [0] {""}
           *[other] The target { $microsoft } is Microsoft's: do not correct the record as it is, or Teams answers for { $domain }. First decide who answers chat here (guide, chapter 10). If XPhone does:{" "}
        }In the provider's form, set the name of the record to _sipfederationtls._tcp, without the domain, or put a dot at the end of the full name. The result must be:
        > { $expected_lines }
        { $wait ->
            [0] {""}
            [one] Resolvers may keep saying "missing" for up to 1 minute.
           *[other] Resolvers may keep saying "missing" for up to { $wait } minutes.
        }
    .what = The record stands at _sipfederationtls._tcp.<domain>.<domain>. The provider's form appended the domain to a name that was complete already.
    .why = Partners ask for the name with the domain once, and find nothing. xfed goes on with the target that it found, so the other steps show whether only the name is wrong.
    .mend = Enter the name without the domain, or with a dot at its end, whichever the form expects; then look it up with nslookup. The target may be doubled in the same way.
    .source = XPhone Federation guide, chapter 4; RFC 1035, section 5.1

srv-wrong-type = { $record ->
    [CNAME] An alias that leads to no SRV record stands
    [DNAME] An alias for all names below it (DNAME), which leads to no SRV record, stands
   *[other] A record of type { $record } stands
} in the place of the SRV record: { $found } Expected: { $expected }{ $microsoft_count ->
    [0] {""}
   *[other] {" "}Its target { $microsoft } is Microsoft's.
}
    .headline = another record stands where SRV is expected
    .fix =
        { $microsoft_count ->
            [0] {""}
           *[other] First decide who answers chat for { $domain } (guide, chapter 10). If Teams does, an SRV record has to lead to { $microsoft }. If the own server does:{" "}
        }{ $record ->
            [DNAME] Create the SRV record where the DNAME record at { $name } leads to. Or delete that one, if no other name below it is in use, and create in public DNS:
           *[other] Delete the { $record } record at { $name } and create in public DNS:
        }
        > { $expected_lines }
        { $wait ->
            [0] {""}
            [one] Resolvers may keep saying "missing" for up to 1 minute.
           *[other] Resolvers may keep saying "missing" for up to { $wait } minutes.
        }
    .what = There is no SRV record, but at its name, or at one like it, stands a TXT, an A, or a CNAME that leads to no SRV record. A CNAME that leads to an SRV record would be right.
    .why = Partners ask for type SRV and find nothing, whatever else stands there. Some instructions, and forms that do not offer SRV, lead to the wrong type.
    .mend = Choose type SRV in the provider's form: priority 0, weight 0, port 5061, target the FQDN. The address belongs in an A record of the FQDN. If the form does not offer SRV, ask the provider, or move the zone to one that does.
    .source = XPhone Federation guide, chapters 3 and 4; RFC 2782

srv-service-disabled = The SRV record { $srv_name } has the target ".", which says that the service is not offered. Expected: the FQDN of the { noun-server }, e.g. { $server }.
    .headline = the SRV record says that there is no service
    .fix =
        Set the SRV record{ $server_known ->
            [yes] {" "}to:
           *[no] , with the FQDN of the { noun-server } as target, for example to:
        }
        > { $expected }
    .what = The record exists, but its target is a single dot. By RFC 2782 that says: this service is decidedly not offered here.
    .why = Every partner reads it as a refusal and does not look any further. Often it stems from a template of the DNS provider.
    .mend = Enter the FQDN of the XPhone server as target and 5061 as port.
    .source = XPhone Federation guide, chapter 4; RFC 2782 (Target)

srv-target-doubled = The SRV target { $target } contains the domain twice. Expected: { $meant }.
    .headline = the SRV target has the domain twice
    .fix =
        Set the SRV record to:
        > { $expected }
        If the provider's form appends the domain again, put a dot at the end or leave the domain out there.
    .what = The target contains the domain twice, such as xphone.zahnfee.de.zahnfee.de. The provider's form appended the domain to a name that was complete already.
    .why = Partners look for exactly the name in the record, and a doubled one normally does not exist.
    .mend = Enter the target with a dot at the end (xphone.<domain>.), or without the domain (xphone), whichever the form expects. Then look up the record with nslookup: the answer must show the name once.
    .source = XPhone Federation guide, chapter 4; RFC 1035, section 5.1

srv-target-is-address = The SRV target is the IP address { $address }, expected a name, e.g. { $host }.
    .headline = the SRV target is an IP address, not a name
    .fix =
        Create in public DNS, unless it is there, and set the SRV record to the name:
        > { $host }. A { $family ->
                [v4] { $address }
               *[v6] <public IPv4 address>
            }
        > { $expected }
        { $family ->
            [v4] {""}
           *[v6] Beside it, { $address } may stand in an AAAA record.
        }
    .what = The target of the SRV record is an IP address. The field takes a host name only, so DNS treats the figures as a name.
    .why = Partners would look for a host called 203.0.113.5, which does not exist, and the certificate could not match it either.
    .mend = The address belongs in an A record: create one for the FQDN (e.g. xphone.<domain>), and enter that FQDN as target of the SRV record.
    .source = XPhone Federation guide, chapters 3 and 4; RFC 2782 (Target)

srv-target-proxied = The SRV target { $target } was put there by Cloudflare, because the A record of the server is behind its web proxy. Expected: the FQDN of the { noun-server }, e.g. { $server }.
    .headline = Cloudflare replaced the SRV target
    .fix =
        In the DNS settings at Cloudflare, switch the A record of the server, e.g. { $server }, to "DNS only" (grey cloud), with the public IPv4 address that the firewall forwards to the { noun-server }. The SRV record needs no change: its target in the form is right already. Afterwards it must read:
        > { $expected }
    .what = Where the A record of an SRV record's target is proxied, Cloudflare publishes a name of its own (_dc-srv.…) in place of that target. The form still shows the target that was entered.
    .why = Partners compare the target with the XPhone domain and with the certificate, and neither matches a name like that.
    .mend = Take the A record of the server out of the proxy ("DNS only", the grey cloud). Cloudflare then publishes the SRV record as it was entered. The web proxy would not pass on port 5061 anyway.
    .source = XPhone Federation guide, chapters 3 and 4; Cloudflare: SRV records and proxied hostnames

srv-target-malformed = { $why ->
    [encoding] The SRV target "{ $target }" has letters that no host name in DNS has, expected its form for DNS (xn--)
    [dot] The SRV target { $target } is Microsoft's name { $meant } with the zone appended, since the final dot is missing. It leads nowhere. Expected: { $partner ->
        [yes] { $meant }.
       *[no] for an { noun-domain }, the FQDN of the { noun-server }
    }
   *[form] The SRV target "{ $target }" is no full host name, expected one without protocol, port and path, e.g. { $server }
}.
    .headline = the SRV target is no host name
    .fix =
        { $why ->
            [encoding] Set the SRV record, with umlauts and other such letters in their form for DNS, to:
            [dot] First decide which system handles chat for { $domain } (guide, chapter 10). If Teams does, enter the target with a dot at its end: { $meant }. If the own server does, set the SRV record to:
           *[form] Set the SRV record, with the FQDN of the { noun-server } as its target, to e.g.:
        }
        > { $expected }
        { $why ->
            [encoding] {""}
            [dot] Some forms append the zone to every target that does not end with a dot.
           *[form] The port 5061 belongs in the field for the port.
        }
    .what = The target is no full host name: a name with umlauts that is not in the form for DNS (xn--), a URL, a name with a port, a machine name without domain, Microsoft's name with the zone appended, or the SRV record's own name.
    .why = Partners resolve the target exactly as it stands there. A machine name such as srvxp01 is known to the internal DNS only.
    .mend = Enter the FQDN of the XPhone server and nothing else, e.g. xphone.<domain>. Letters, digits, hyphens and dots are allowed; the port has a field of its own.
    .source = XPhone Federation guide, chapters 3 and 4; RFC 2782; RFC 1123, section 2.1

srv-fields-swapped = The SRV record ({ $record }) has 5061 as priority or weight, and { $port } as port. Expected: priority 0, weight 0, port 5061.
    .headline = the numbers of the SRV record are swapped
    .fix =
        Set priority 0, weight 0, port 5061; the target stays. The SRV record must read:
        > { $expected }
    .what = The number 5061 stands in the field for priority or weight, and another number in the field for the port. The order in zone files and in nslookup is: priority, weight, port, target.
    .why = Partners connect to the port that the record names, and there nothing answers. xfed tests 5061 nevertheless, so that the steps behind can be seen.
    .mend = Set priority 0, weight 0, port 5061; the target stays. With one server, priority and weight have no effect, but have to be filled in.
    .source = XPhone Federation guide, chapter 4; RFC 2782

srv-wrong-port = The SRV record ({ $entry }) points to port { $port }{ $use ->
    [sip] {" "}(SIP without TLS)
    [sign-in] {" "}(sign-in of clients)
    [xmpp] {" "}(XMPP)
   *[other] {""}
} of { $target }. Expected: 5061.
    .headline = the SRV record says port { $port } instead of 5061
    .fix =
        Change the port from { $port } to 5061. The SRV record must read:
        > { $expected }
    .what = The SRV record names another port than 5061. 5060 is SIP without TLS, 443 belongs to the sign-in of Microsoft clients (_sip._tls), 5269 to XMPP.
    .why = Federation runs over TLS on 5061 always, and the firewalls of partners mostly let only this port out. xfed tests 5061 whatever the record says.
    .mend = Set the port to 5061, not in XPhone but in DNS. If XPhone is bound to another port, set that to 5061 too.
    .source = XPhone Federation guide, chapter 4; C4B online help, federation

srv-points-to-microsoft = The SRV record of { $domain } points to Microsoft ({ $targets }; cloud: { $cloud ->
    [gcc-high] GCC High
    [dod] DoD
    [china] 21Vianet, China
   *[worldwide] worldwide, GCC
}), so Teams answers for this domain. { $partner ->
    [yes] That is right where they chat with Teams.
   *[no] For an { noun-domain }, the FQDN of the { noun-server } is expected.
}
    .headline = { $partner ->
        [yes] they chat with Teams: the SRV record is Microsoft's
       *[no] the SRV record points to Microsoft, not to XPhone
    }
    .fix =
        @xphone-admin Decide which system handles chat for { $domain } (guide, chapter 10), and tell the DNS admin which variant it is.
        @xphone-admin Variant 1, Teams alone: switch Federation off in XPhone.
        @xphone-admin Variant 2, XPhone takes over: switch off external access in Teams; nobody can chat with people outside in Teams then.
        @xphone-admin Variant 3, both: give XPhone a domain of its own, { $own_domain } (IM addresses …@{ $own_domain }).
        @dns-admin Change nothing before the XPhone admin has named the variant. In variant 1 the record stays. In variant 2, set it to{ $server_assumed ->
            [yes] {" "}(the server's name is only assumed)
           *[no] {""}
        }:
        > { $srv_name }. SRV 0 0 5061 { $own_server }.
        @dns-admin In variant 3, leave it, and create:
        > _sipfederationtls._tcp.{ $own_domain }. SRV 0 0 5061 { $own_domain }.
    .partner =
        @xphone-admin Nothing has to be changed. If no chat arrives: the contact's Teams admin has to allow your domain (external access).
    .what = The SRV target is an edge server of one of Microsoft's four clouds, mostly sipfed.online.lync.com. Microsoft's set-up wizard enters it when the domain is added to Microsoft 365, so it is often left from then.
    .why = Two systems cannot answer under one address: with this record all partners reach Teams, not XPhone. The guide knows three variants: 1) XPhone without federation, 2) XPhone takes over and Teams does without external chat, 3) XPhone gets a domain of its own beside Teams.
    .mend = Variant 1: leave the record and switch federation off in XPhone. Variant 2: set the target to the XPhone server's FQDN and switch off external access in Teams; other Teams tenants may ignore the record and go on writing to Teams. Variant 3: a domain such as xphone.<domain> or chat.<domain>, with an SRV record, an A record and a certificate of its own. It suits a new installation: changing the XPhone domain later changes all login names and IM addresses. xfed check xphone.<domain> shows whether it works.
    .source = XPhone Federation guide, chapter 10

srv-mixed-platforms = The SRV records of { $domain } point to Microsoft ({ $targets }) and elsewhere ({ $own }), expected one platform only.
    .headline = SRV records point to Microsoft and elsewhere
    .fix = Decide who answers chat for { $domain }, and delete the other side's SRV records: for XPhone, delete { $targets }.
    .what = The domain has several SRV records; some lead to the Microsoft cloud, some to servers of its own.
    .why = Partners choose among them by priority and weight and know nothing of the two platforms. So messages arrive in Teams sometimes and in XPhone at other times.
    .mend = Decide which system answers for the domain (guide, chapter 10) and delete the records of the other. With XPhone, also switch off external access in Teams.
    .source = XPhone Federation guide, chapter 10; RFC 2782

srv-differs-from-fqdn = The SRV record points to { $targets }, expected { $fqdn } (from --fqdn){ $absent ->
    [yes] , which public DNS does not know
   *[no] {""}
}.
    .headline = the SRV record names another server than --fqdn
    .fix =
        { $absent ->
            [yes]
                @xphone-admin Compare { $fqdn } letter by letter with the public name (FQDN) in XPhone. If it is mistyped, repeat without --fqdn.
                @dns-admin Only if it is right: create its A record, and set the target of the SRV record to it:
           *[no] @dns-admin If { $fqdn } is right, set the target of the SRV record to it:
        }
        > { $expected }
        @xphone-admin If the published name is the right one, enter it in XPhone as public name (FQDN).
    .partner =
        @xphone-admin Ask the partner which server is the right one. If it is the published one: repeat without --fqdn, and correct the route to the partner.
        @partner If it is { $fqdn }, set the target of the SRV record to it:
        > { $expected }
    .what = The name given with --fqdn is not the target of any SRV record of the domain.
    .why = Partners go by the record alone. If it names another server than XPhone and the certificate do, the check of the certificate fails there.
    .mend = Make the three places agree: SRV target, public name (FQDN) in XPhone, and certificate. Which of the names is right, the XPhone administration shows.
    .source = XPhone Federation guide, chapters 3 and 4

srv-several = The domain has { $records_count } SRV records ({ $records }), one is usual. Partners choose by priority and weight, so every server has to work.
    .headline = there are several SRV records
    .what = The domain has more than one SRV record for federation. Lower priority is tried first; among equals the weight sets the share.
    .why = Partners may land at any of the servers, so all of them have to work and show the right certificate. xfed tests each, and a dead one is a failure in step 4.
    .mend = With one XPhone server keep one record. Records of earlier servers should be deleted.
    .source = XPhone Federation guide, chapter 4; RFC 2782

srv-not-all-followed = The SRV records lead to { $count } servers, and xfed looked at the first { $followed } only. Expected: one record for each { noun-server }, normally a single one.
    .headline = the SRV records name too many servers
    .fix = Delete the SRV records that do not lead to the { noun-server }. A single one can be tested by its name:
        > xfed check { $domain } --fqdn <server>
    .what = The domain has more SRV records than xfed follows in one run. It looked at those that partners try first; of the others it knows nothing.
    .why = An untested server may be dead or somebody else's, and a partner may be led to it. So xfed does not call the domain ready.
    .mend = Keep the records of the XPhone servers and delete the rest. One server needs one record.
    .source = RFC 2782; XPhone Federation guide, chapter 4

srv-not-yet-visible = The SRV record is published ({ $published }), but { $view ->
    [system] this machine's resolver does
   *[other] the resolver { $view } does
} not see it yet. Expected: the same answer everywhere{ $unit ->
    [unknown] {""}
   *[other] , at the latest { $dated ->
        [yes] on { $date }, { $until }
       *[no] at { $until }
    }
}.
    .headline = a resolver does not see the SRV record yet
    .fix = Nothing to enter: wait { $unit ->
        [unknown] until resolvers forget the old answer
        [hours] { $hours } hours
        [days] { $days } days
       *[minutes] { $minutes ->
            [one] 1 minute
           *[other] { $minutes } minutes
        }
    }{ $unit ->
        [unknown] {""}
       *[other] {" "}({ $dated ->
            [yes] until { $date }, { $until }
           *[no] until { $until }
        })
    }, then repeat. If the answer stays the same after that, compare the name servers in the NS records of { $domain } with those entered at the registrar: this resolver may be led to others.
    .what = The zone's own servers have the record, but a resolver still says that there is none: it remembers the "no" from before.
    .why = Partners whose resolvers asked before the record existed remember the same, each for up to the negative TTL of the zone.
    .mend = Wait. The minimum in the SOA record says how long such an answer may be kept; a smaller value there helps the next time.
    .source = RFC 2308, section 5

srv-stale = { $view ->
    [system] This machine's resolver
   *[other] The resolver { $view }
} still has an older SRV record ({ $seen }), the zone publishes { $published_count ->
    [0] none
   *[other] another ({ $published })
}. Expected: the same everywhere{ $unit ->
    [unknown] {""}
   *[other] , at the latest { $dated ->
        [yes] on { $date }, { $until }
       *[no] at { $until }
    }
}.
    .headline = a resolver still has an older SRV record
    .fix = Nothing to enter: wait { $unit ->
        [unknown] until resolvers forget the old answer
        [hours] { $hours } hours
        [days] { $days } days
       *[minutes] { $minutes ->
            [one] 1 minute
           *[other] { $minutes } minutes
        }
    }{ $unit ->
        [unknown] {""}
       *[other] {" "}({ $dated ->
            [yes] until { $date }, { $until }
           *[no] until { $until }
        })
    }, then repeat. If the answer stays the same after that, compare the name servers in the NS records of { $domain } with those entered at the registrar: this resolver may be led to others.
    .what = A resolver answers from its memory with a record that the zone no longer publishes.
    .why = Partners whose resolvers remember it still go to the old place, each until its TTL has run out.
    .mend = Wait, and let the old server run until then. Before the next change, lower the TTL of the record to some minutes a day ahead.
    .source = RFC 1034, section 3.6; RFC 1035, section 7

srv-published-in-direct = An SRV record is published ({ $records }), although direct federation needs none. If there is one, { $fqdn } is expected as its target.
    .headline = an SRV record is published, direct needs none
    .fix = { $platform ->
        [microsoft] Do not delete it unasked: the record is Microsoft's, and Teams federates with others by it; without it, that ends. Whoever runs Microsoft 365 here decides (guide, chapter 10). If Teams is to answer the others, leave it.
        [right] Nothing has to be done: the record leads to { $fqdn }. Delete it only if partners are not to find the server without a route of their own.
       *[own] Delete the SRV record { $srv_name }, or set its target to { $fqdn }.
    }
    .what = With --direct, partners enter the route to the FQDN by hand and need no SRV record; there is one all the same. It is a remark where it names the FQDN, and a warning where it names another host.
    .why = Partners that use open federation go by the record. If it names another server, these partners end up there.
    .mend = Delete the record if the domain is to be reached directly only, or set its target to the FQDN.
    .source = XPhone Federation guide, chapter 11

## Step 4, firewall and DMZ

tcp-refused = { $address } ({ $fqdn }){ $reached ->
    [connect-to] , tested there as --connect-to says,
   *[published] {""}
} refuses connections to TCP port { $port }. Expected: an open port.
    .headline = TCP port { $port } refuses connections
    .fix =
        @xphone-admin Switch on federation and bind it to the server's LAN address (not to 169.254.x.x), port 5061.{ $reached ->
            [connect-to] {" "}If it listens on another address or port, name that with --connect-to.
           *[published] {""}
        }
        @network { $reached ->
            [connect-to] Let TCP { $port } through from here to { $address } (firewall of the server included). The port forward from the public address was not tested.
           *[published] Forward TCP 5061 from { $address } to the { noun-server }'s LAN address.
        }
    .partner =
        @partner Switch on federation, let the service listen on TCP 5061, and let that through the firewall from { $address } to the server.
    .what = The address answered at once, with a refusal: a machine is there, but nothing listens on the port, or nothing is forwarded.
    .why = No partner can connect. In contrast to silence, the way up to the firewall or the server is fine, so the cause lies close by: federation is off, it is bound to the wrong interface (169.254.x.x, or another network card), the service is stopped, or the port forward is missing.
    .mend = XPhone admin: switch on federation, choose the interface with the server's LAN address and port 5061, and look with netstat -ano whether the server listens there. Internal IT: forward TCP 5061 from the public address to that address. Then check from inside with --connect-to <LAN address>, and last from outside.
    .source = XPhone Federation guide, chapters 5 and 6; RFC 9293

tcp-filtered = { $address } ({ $fqdn }){ $reached ->
    [connect-to] , tested there as --connect-to says,
   *[published] {""}
} did not answer on TCP port { $port } within { $limit }, expected an open port.
    .headline = no answer on TCP port { $port }
    .fix = { $reached ->
        [connect-to] See that { $address } is right behind --connect-to, then let TCP { $port } through from here to it (firewall of the server included). The port forward from the public address was not tested.
       *[published] First repeat from another network: the one here may block outgoing 5061. Then on the firewall: let TCP 5061 from any source in to { $address } and forward it to the { noun-server }. If this machine is at the same site as the server, the firewall may only not lead it back in from inside (hairpin NAT): then partners get in all the same, and a check from outside shows it.
    }
    .partner =
        @network First see whether the way out of here is closed: let TCP 5061 out to any address, and compare with a server that is known to answer, another partner's or Microsoft's edge:
        > xfed check { $domain } --partner --control sipfed.online.lync.com:5061
        @partner If that one answers: let TCP 5061 in from any source to { $address }, and through to the server.
    .what = The address sent nothing back at all. Somewhere on the way a firewall drops the packets, or the address is not the right one.
    .why = For partners it looks the same, unless the firewall lets certain sources through: some allow only Microsoft's networks or certain countries. Then these partners reach the server and all others do not. The network that xfed runs in may also block outgoing 5061; the domain is not to blame then.
    .mend = First repeat from another network. Then check address and port forward, and let TCP 5061 in from any source. Look in the firewall's log for the dropped packets: if there are none, they never arrived, and the address or the provider is the cause.
    .source = XPhone Federation guide, chapter 5

tcp-egress-blocked = { $address } ({ $fqdn }) { $since ->
    [run] { $how ->
        [refused] refused the connection on TCP port { $port }
        [unreachable] cannot be reached on TCP port { $port }, as a router on the path reports (ICMP)
        [mute] accepted the connection on TCP port { $port } and said nothing
        [ended] accepted the connection on TCP port { $port } and ended it without a word
       *[silent] did not answer on TCP port { $port }
    }. Servers in other networks that this run had reached before fare the same now: the way out of this network seems to have been closed meanwhile. Expected: at least those answer. Nothing was tested.
   *[before] { $how ->
        [refused] refused the connection on TCP port { $port }
        [unreachable] cannot be reached on TCP port { $port }, as a router on the path reports (ICMP)
        [mute] accepted the connection on TCP port { $port } and said nothing
        [ended] accepted the connection on TCP port { $port } and ended it without a word
       *[silent] did not answer on TCP port { $port }
    }. { $control_count ->
        [0] All other servers of this run, in other networks, fared the same
       *[other] { $control }, which is known to answer, fared the same
    }: the way out of this network seems closed { $how ->
        [mute] to TLS on this port
        [ended] to TLS on this port
       *[other] for this port
    }. Expected: at least one of them answers. Nothing was tested.
}
    .headline = outgoing TCP { $port } seems to be blocked here
    .fix = { $since ->
        [run] Look on your own firewall or router for what stops many connections of one machine (flood protection, intrusion prevention, a full NAT table), exempt this machine there or wait some minutes, then repeat slower:
            > xfed check { $domain } --jobs 1 --per-server 1/s
       *[before] { $how ->
            [mute] On the firewall of this network, let TLS pass on TCP 5061 (application control, TLS inspection), or repeat from another network.
            [ended] On the firewall of this network, let TLS pass on TCP 5061 (application control, TLS inspection), or repeat from another network.
           *[other] Open outgoing TCP 5061 in this network, or repeat from another one.
        }{ $control_count ->
            [0] {" "}Should all these servers be down indeed, one that is known to answer shows it:
                > xfed check { $domain } --control <FQDN of a server that works>
           *[other] {""}
        }
    }
    .what = Not only the server asked for is silent, refuses or ends the connection: the control host fares the same, or every other domain of this run does, or servers in other networks do that this run had reached a moment before. So the network of this machine does not let TCP 5061 out, or no longer does, or lets the connection out and then stops TLS in it, as firewalls with application control do.
    .why = A test that cannot get out says nothing about the server. On the XPhone server itself, however, an open way out is needed for federation.
    .mend = Allow outgoing TCP 5061 to any address on the firewall of this network, TLS in it included, or repeat from elsewhere, for example through a mobile phone. If it was open when the run began, look for flood protection, intrusion prevention or a full NAT table on that firewall, and repeat with --jobs 1 --per-server 1/s.
    .source = XPhone Federation guide, chapter 5

tcp-limited-per-source = { $address } ({ $fqdn }) served other connections of this run on TCP port { $port }, and then turned away or did not answer further ones, also of those that it had served before. xfed had made { $count } connections to that network in a row. Expected: the same answer to each; probably the number of connections of one source is limited. Not known: what it shows to a partner, who makes one or two.
    .headline = too many of our own connections, or an outage just now
    .fix = Wait some minutes (a ban may last longer), then check this domain by itself:
        > xfed check { $domain }
        For all of the list: fewer at a time and slower, with --jobs 1 --per-server 1/s.
    .what = Several domains of this run, or several addresses of this domain, lead to one server or one firewall. It served the first connections and then refused or dropped further ones, for the domains that it had served before as well. So it is the number of connections, or an outage that began during the run.
    .why = Hosters, firewalls and load balancers limit how many connections one source may have at a time or in a minute. A partner makes one or two and does not meet that limit, so it is not counted as a failure; but what the server shows for this domain is not known.
    .mend = Check the domain alone after some minutes, or the list with --jobs 1 --per-server 1/s. If the server is your own, allow the address of the machine that runs xfed in the limit of the firewall (connections per source). If it fails alone as well, that finding counts.
    .source = XPhone Federation guide, chapter 5

tcp-from-inside = { $how ->
    [machine] { $address } ({ $fqdn }) is an address of this machine itself.
    [network] { $address } ({ $fqdn }) is in a network that this machine is in, too: no router is on the way.
   *[resolver] This machine sits behind the same firewall as { $fqdn }: its resolver gives a private address.
} { $open ->
    [yes] From here { $address } accepts TCP port { $port }; whether it does from outside, only a test from outside shows.
   *[no] From here { $address } does not accept TCP port { $port }; many firewalls refuse that only from inside only. Not tested: the way from outside.
}
    .headline = tested from behind the server's own firewall
    .fix = { $how ->
        [resolver]
            Repeat on a machine outside, without VPN. The server itself can be tested from here:
            > xfed check { $domain } --connect-to <internal address>
       *[other]
            Repeat on a machine outside, without VPN, or let one look from there:
            > xfed check { $domain } --via ssh://<machine outside>
    }
    .what = This machine stands where the server does: the resolver here gives a private address where the zone publishes a public one, or the public address is one of this machine's own, or in a network that it is in itself.
    .why = The firewall that partners meet was not on the way. Where it was, many do not lead back in what comes from inside to their own public address (hairpin NAT): a refusal from inside says nothing about the way from outside, and an open port says no more.
    .mend = Test from outside, as the guide does: from a machine outside of the company, without VPN.
    .source = XPhone Federation guide, chapter 5

tcp-unreachable = A router on the path reports (ICMP) that TCP port { $port } of { $address } ({ $fqdn }) cannot be reached, expected an open port.
    .headline = a router says that the server cannot be reached
    .fix = { $reached ->
        [connect-to] Check that { $address } is right behind --connect-to. If it is, look for a rule that rejects TCP { $port } on the way from here to it.
       *[published] Check that { $address } is still the public address of the firewall; if not, correct the A record of { $fqdn }. If it is, let TCP 5061 in there.
    }
    .partner =
        @network The router that says so may be on this side: repeat from another network.
        @partner Check that { $address } is still your public address; if not, correct the A record of { $fqdn }. If it is, let TCP 5061 in there.
    .what = A router on the way reported that the address cannot be reached, or that the connection is forbidden (ICMP destination unreachable).
    .why = Partners get the same answer. Mostly the address is out of date, the line is down, or a router or firewall rejects by rule.
    .mend = Compare the A record with the public address that the internet line has today. If it is right, look for a rule on router or firewall that rejects TCP 5061, and ask the internet provider about the line.
    .source = XPhone Federation guide, chapter 5; RFC 792

tcp-no-route-here = This machine could not connect to { $address } ({ $fqdn }), so TCP port { $port } was not tested{ $why ->
    [files] : it lets xfed open no further socket (limit of open files). Expected: room for one more connection.
   *[network] . Expected: a way to the internet from here.
}
    .headline = this machine has no way to the server
    .fix = { $why ->
        [files] Allow more open files on this machine (ulimit -n 4096), or check fewer domains at a time (--jobs 1).
       *[network] Repeat on a machine that may connect to the internet on TCP { $port }.
    }
    .what = The machine that xfed runs on has no way to the address, or was not allowed to open the connection. Nothing reached the server.
    .why = That says nothing of the server, so it is not a failure; but the steps behind cannot be tested either.
    .mend = Repeat on a machine with internet access, without a local firewall that blocks outgoing TCP 5061. If the address is IPv6 only, the machine needs IPv6.
    .source = XPhone Federation guide, chapter 5

tcp-partly-open = Only { $open } { $open_count ->
    [one] is
   *[other] are
} reachable on the federation port. Expected: all addresses.{ $refused_count ->
    [0] {""}
   *[other] {" "}Refused: { $refused }.
}{ $filtered_count ->
    [0] {""}
   *[other] {" "}No answer: { $filtered }.
}{ $unreachable_count ->
    [0] {""}
   *[other] {" "}Unreachable: { $unreachable }.
}
    .headline = not every address can be reached on TCP 5061
    .fix =
        { $spare_count ->
            [0] {""}
           *[other] @dns-admin If { $spare } does not lead to the XPhone server: delete the A record of { $spare_names } with that address.
        }
        { $gone_count ->
            [0] {""}
           *[other] @dns-admin If { $gone } is no XPhone server: delete the SRV record with that target. Leave its A record, which other services may need.
        }
        @network If { $closed } leads to the { noun-server } (a second line): forward TCP 5061 there to the server's LAN address.
    .partner =
        @partner Let TCP 5061 in at { $closed } as well. Where no server stands behind it, delete the A record with that address.
    .what = Several addresses are published for the server or servers; some accept connections, some do not. The message lists which do what.
    .why = Partners pick any one of them. Federation works by chance then, and a repetition of the test seems to confirm either opinion.
    .mend = For each address that does not answer: forward TCP 5061 from there to the XPhone server, or take it out of DNS. Old internet lines and old servers are the usual finds.
    .source = XPhone Federation guide, chapters 3 and 5

tcp-ipv6-dead = { $fqdn } can be reached over IPv4, but not over IPv6: { $address } does not accept TCP port { $port }. Expected: both, or no AAAA record.
    .headline = the server cannot be reached over IPv6
    .fix =
        @dns-admin If the server has no public IPv6: delete the AAAA record of { $fqdn } with { $address }.
        @network If it has: open TCP 5061 on that address and forward it to the { noun-server }.
    .what = The FQDN has an AAAA record, but no connection comes about there, while IPv4 works.
    .why = Partners with IPv6 often try it first. Some fall back to IPv4 after a delay, some give up. Let's Encrypt too validates over IPv6 where there is an AAAA record, so renewal may fail.
    .mend = Delete the AAAA record if the server has no public IPv6. If it has, allow TCP 5061 to that address in the firewall and bind federation to it as well.
    .source = XPhone Federation guide, chapters 3 and 5; RFC 8305

tcp-no-ipv6-here = { $why ->
    [option] With -4 only IPv4 is tested, so
   *[here] This machine has no IPv6, so
} { $addresses } { $addresses_count ->
    [one] was
   *[other] were
} not tested. Expected: the same open port as over IPv4.
    .headline = IPv6 was not tested
    .fix = { $why ->
        [option] To test the AAAA record too: repeat without -4.
       *[here] To test the AAAA record too: repeat on a machine with IPv6.
    }
    .what = The FQDN has an AAAA record, but the machine that xfed runs on has no IPv6, or -4 was given, so that address was not tested.
    .why = It does not change the verdict, as partners reach the server over IPv4 too. A dead IPv6 address would slow some of them down.
    .mend = Repeat from a machine with IPv6. If IPv6 is not intended at all, delete the AAAA record.
    .source = XPhone Federation guide, chapter 3

tcp-not-all-probed = { $count ->
    [one] 1 published address was not tested
   *[other] { $count } published addresses were not tested
}{ $why ->
    [family] : IPv4, because of -6. Partners use IPv4 first
   *[limit] : one run connects to 32 at most. Expected: one address for each server
}.
    .headline = not every address was tested
    .fix = { $why ->
        [family] Repeat without -6.
       *[limit] Delete the A and SRV records in DNS that do not lead to the { noun-server }.
    }
    .what = More addresses are published than one run connects to (32), or -6 left out the IPv4 addresses that partners use first. The rest was not tested.
    .why = An untested address may be dead, and a partner may pick it. So xfed does not call the domain ready.
    .mend = A domain with one XPhone server needs one A record and one SRV record. Delete what is left over, leave out -6, and repeat.
    .source = XPhone Federation guide, chapters 3 and 4

tcp-redirect-unused = --connect-to names { $addresses }, and nothing that was tested leads there (published: { $published }). So the option did nothing. Expected: a published address of the server.
    .headline = --connect-to names an address that is not published
    .fix = Repeat with an address that is published ({ $published }) before the "=", or with none: --connect-to <LAN address> stands for every published one.
    .what = --connect-to IP=ADDRESS connects to ADDRESS wherever IP is published. Neither an A nor an AAAA record of the servers tested has that IP, so the option did nothing, and the published addresses were tested as they are.
    .why = Whoever gives the option wants to know how the server at ADDRESS fares. That was not tested, so "ready" does not follow.
    .mend = Look the address up: nslookup <FQDN>. A mistyped digit, or the address of another line, is the usual cause.
    .source = xfed check --help

tcp-connected-elsewhere = Connected to { $addresses }, as --connect-to says; partners use the published address and port 5061. The way from outside was not tested.
    .headline = the way from outside was not tested
    .fix = To test the way from outside: repeat without --connect-to, on a machine outside.
    .what = With --connect-to, xfed talked to the address given there instead of the published one. Steps 1 to 3 are judged as published, steps 4 to 6 at that address.
    .why = So the server can be tested from inside before the port forward exists. That partners reach it from outside is not shown by this.
    .mend = When the port forward is in place, repeat without --connect-to from a machine outside the company, without VPN.
    .source = XPhone Federation guide, chapter 5

## Step 5, one remedy for several findings

remedy-order = Order one new certificate, it settles all of this: { $order_fits ->
    [no] first choose a public name (FQDN) of at most 64 characters for the server, and enter it on the { noun-server }, in the A record and as target of the SRV record. Then order a certificate for exactly that name from a public CA
   *[yes] for exactly { $server } from a public CA
}, as subject (CN) and as alternative name (SAN), without wildcard, with an RSA key of 2048 bits or more. Install it with the intermediate certificates that come with it, then choose it in the { noun-administration }.
remedy-choose = Order nothing: { $seen_how ->
    [port] port { $seen_at } of the same address shows a right certificate for { $server }, valid until { $seen_until }. Choose that one in the { noun-administration } (if it is on another machine: take it over as a PFX file, with its key).
   *[address] { $seen_at } shows a right certificate for { $server }, valid until { $seen_until }. Choose that one on the server behind { $own_address }, too (take it over as a PFX file, with its key). If no server is meant to be there: delete the { $own_record } record { $own_address }.
}
remedy-settled = Nothing of its own: the certificate that is to be { $settled_how ->
    [chosen] chosen
   *[ordered] ordered
} for { $settled_by } settles this, too{ $settled_code ->
    [cert-chain-incomplete] ; install it with the intermediate certificates that come with it
    [cert-expires-soon] ; it is needed before { $until }
   *[other] {""}
}.

## Step 5, the certificate

cert-name-mismatch = { $authority ->
    [root] This is the root certificate of a CA ({ $subject }), not that of a server; expected the certificate that a CA issued for { $fqdn }.
    [intermediate] This is an intermediate certificate of a CA ({ $subject }), not that of a server; expected the certificate that a CA issued for { $fqdn }.
   *[none] { $names_count ->
        [0] The certificate names no server
       *[other] The certificate is for { $names }
    }, expected { $fqdn }.{ $without_sni ->
        [right] {" "}To a client that names no server it shows the right certificate: it chooses wrongly by name (SNI).
       *[none] {""}
    }
}
    .headline = the certificate is for another name
    .fix = { $authority ->
        [root] Look for the file of the server's certificate (the CA sends it beside this one, often named after { $fqdn }), and give that one, or the PFX file that holds it. Of a public CA the root need not be installed anywhere.
        [intermediate] Look for the file of the server's certificate (the CA sends it beside this one, often named after { $fqdn }), and give both. This one belongs into the computer's store "Intermediate Certification Authorities" of the { noun-server }.
       *[none] { $without_sni ->
            [right] Find out what chooses another certificate for { $fqdn } on port 5061 (a proxy, a load balancer, IIS with SNI), and give it the right one there, or forward TCP 5061 straight to the { noun-server }.
           *[none] Order a certificate for exactly { $fqdn } from a public CA, then choose the new one in the { noun-administration }.
        }
    }
    .what = None of the names in the certificate (SAN) is the FQDN. Often it is the certificate of the machine name, of the web site, or of another server that the port forward leads to.
    .why = Partners compare the SRV target with these names and end the connection if none is equal. Microsoft's side reports ms-diagnostics 1010.
    .mend = Order a certificate for exactly the FQDN from a public CA, then choose the new one in the XPhone administration. If the certificate shown is not that of the XPhone server, check the port forward first.
    .source = XPhone Federation guide, chapters 3 and 7; RFC 9525, section 6.3; RFC 5280, section 4.2.1.6

cert-wrong-order = The server sends its certificates in the wrong order: { $how ->
    [outdated] one for { $fqdn } that is not valid today comes first, and a valid one as number { $place }
    [wrong] its own, by the key, comes as number { $place }, "{ $first }" comes first
   *[right] the one for { $fqdn } comes as number { $place }, "{ $first }" comes first
}. Expected: the server's own certificate first.
    .headline = the server's own certificate does not come first
    .fix = { $how ->
        [wrong] With the new certificate (see the other finding), import a PFX file on the { noun-server } that holds it first, its key and its intermediate certificates, then choose it in the { noun-administration }.
       *[right] Nothing has to be ordered. Import the certificate for { $fqdn } again on the { noun-server }, from a PFX file that holds it, its key and its intermediate certificates, then choose it in the { noun-administration }.
    } If a proxy or a load balancer answers on port 5061: put that certificate first in its file, the intermediate certificates behind it.
    .what = A server sends several certificates: first its own, then those of the CAs above it. Here another one stands first, mostly an intermediate certificate, and the one for the FQDN further back.
    .why = Partners take the first certificate for the server's. It names another server and has another key, so every handshake fails, although everything needed is there.
    .mend = Put the certificates into the right order: the server's own, its issuer, the issuer above that. Files that were put together by hand are the usual cause (a PFX made of a wrong PEM file, the certificate file of a proxy). On Windows, import the PFX again and choose the certificate in the XPhone administration.
    .source = RFC 8446, section 4.4.2; RFC 5246, section 7.4.2

cert-wildcard = The certificate is a wildcard certificate ("{ $name }"), expected one issued to exactly { $fqdn }.
    .headline = the certificate is a wildcard
    .fix = Order a certificate for exactly { $fqdn }, without wildcard, from a public CA, then choose the new one in the { noun-administration }.
    .what = The certificate is issued to *.<domain>, or only a wildcard name in it matches the FQDN.
    .why = SIP does not know wildcards in certificates, and Skype for Business does not support them. XPhone does not offer such a certificate for choice in the first place.
    .mend = Order a certificate for exactly the FQDN, then choose the new one in the XPhone administration. The wildcard certificate may stay in use for web servers. As XPhone would not offer it, check too that no proxy in front of XPhone shows it.
    .source = XPhone Federation guide, chapter 7; RFC 5922, section 7.2

cert-extra-wildcard = Besides { $fqdn } the certificate also names the wildcard "{ $name }", expected { $fqdn } without wildcard.
    .headline = the certificate also names a wildcard
    .fix = At the next renewal, order for exactly { $fqdn }, without "{ $name }", then choose the new one in the { noun-administration }.
    .what = Subject and alternative name are exactly the FQDN, but there is a wildcard among the alternative names too.
    .why = Most partners find the exact name and are content. Strict ones may refuse any certificate with a wildcard, and the guide asks for one without.
    .mend = Leave the wildcard out at the next renewal, then choose the new one in the XPhone administration.
    .source = XPhone Federation guide, chapter 7; RFC 5922, section 7.2

cert-no-san = The certificate has no DNS name among its alternative names (SAN), expected { $fqdn }.
    .headline = the certificate has no alternative name (SAN)
    .fix = Order a certificate for exactly { $fqdn }, with that name as subject (CN) and as alternative name (SAN), then choose the new one in the { noun-administration }.
    .what = The certificate has no alternative name (SAN) of type DNS. The FQDN may stand in the subject (CN), but that no longer counts.
    .why = Today's TLS programs look at the alternative names only (RFC 9525). Public CAs always set them, so such a certificate mostly comes from a company CA or is self-made.
    .mend = Order from a public CA for exactly the FQDN, as subject and as alternative name, then choose the new one in the XPhone administration.
    .source = XPhone Federation guide, chapter 7; RFC 9525; RFC 5280, section 4.2.1.6

cert-subject-differs = The certificate is issued to "{ $name }" (subject) and names { $fqdn } only as alternative name (SAN){ $fits ->
    [no] : with { $length } characters that name is too long for a subject, which holds { $limit }. Expected: a name that fits into both.
   *[yes] , expected { $fqdn } in both.
}
    .headline = the certificate is issued to another subject (CN)
    .fix = { $fits ->
        [no] Choose a public name (FQDN) of at most { $limit } characters for the server: enter it in XPhone, in the A record and as target of the SRV record, then order a certificate for exactly that name. No CA can write { $fqdn } into a subject.
       *[yes] Order a certificate for exactly { $fqdn }, with that name as subject (CN) and as alternative name (SAN), then choose the new one in the { noun-administration }.
    }
    .what = The FQDN stands among the alternative names (SAN), but the certificate is issued to another name in the subject (CN).
    .why = Partners look at the alternative names. The guide, however, asks for a certificate issued exactly to the FQDN, and the list in XPhone goes by the subject ("issued to"), so it may not be offered there.
    .mend = Order with the FQDN as first name or common name (CN), then choose the new one in the XPhone administration.
    .source = XPhone Federation guide, chapter 7

cert-no-subject = The certificate has no common name (CN) in its subject, only the alternative name (SAN) { $fqdn }{ $fits ->
    [no] : with { $length } characters that name is too long for a common name, which holds { $limit }. Expected: a name that fits into both.
   *[yes] . Expected: { $fqdn } in both.
}
    .headline = the certificate has no common name (CN)
    .fix = { $fits ->
        [no] If XPhone does not offer the certificate: choose a public name (FQDN) of at most { $limit } characters for the server, enter it in XPhone, in the A record and as target of the SRV record, then order a certificate for exactly that name.
       *[yes] If XPhone does not offer the certificate: order for exactly { $fqdn } with a common name (Let's Encrypt: profile classic), then choose the new one in the { noun-administration }.
    }
    .what = The certificate names the FQDN as alternative name (SAN), but has no common name (CN) in its subject. Let's Encrypt leaves it out in the profiles tlsserver and shortlived.
    .why = Partners do not mind: they look at the alternative names. But the list in XPhone goes by the subject ("issued to"), so it may show an empty line or not offer the certificate.
    .mend = If it can be chosen in XPhone, nothing has to be done. If not, order with a common name; with Let's Encrypt that is the profile classic (in simple-acme: setting CertificateProfile). Then choose the new one in the XPhone administration.
    .source = XPhone Federation guide, chapter 7; Let's Encrypt, certificate profiles

cert-expired = { $who ->
    [intermediate] The intermediate certificate { $subject } expired
    [root] The root certificate { $subject } expired
   *[leaf] The certificate expired
} on { $until }, { $days ->
    [0] less than a day ago
    [one] 1 day ago
   *[other] { $days } days ago
}.
    .headline = the certificate has expired
    .fix = { $who ->
        [intermediate] Install the current certificate of { $subject } from its CA on the { noun-server } (computer's store "Intermediate Certification Authorities"), delete the expired one there, then choose the certificate again in the { noun-administration }.
        [root] Order a certificate for exactly { $server } from a CA whose root is valid, then choose it in the { noun-administration }. With a company CA: renew the root { $subject }, and give the new one to every partner.
       *[leaf] { $long ->
            [yes] Check the clock of this machine. If it is right: in
           *[no] In
        } the { noun-administration }, choose the renewed certificate. If there is no renewed one yet: renew the certificate for exactly { $server }, then choose it there.
    }
    .what = The certificate that the server shows has passed its last day, or one of those above it has: an intermediate certificate that the server sends, or the root of --ca-file that it leads to. The message says which.
    .why = Every partner refuses it, from one minute to the next and with all domains at once. The usual cause is not a failed renewal: the certificate has been renewed, but XPhone still shows the old one, as it has to be chosen again by hand after every renewal.
    .mend = Look in the certificate store of the server: if a newer one for the FQDN is there, choose it in the XPhone administration. If not, renew it, then choose it. Put a reminder or a script on every renewal (win-acme and simple-acme: --installation script): Let's Encrypt goes down to 64 days in February 2027 and to 45 days in February 2028.
    .source = XPhone Federation guide, chapter 7; RFC 5280, section 4.1.2.5

cert-not-yet-valid = { $who ->
    [intermediate] The intermediate certificate { $subject } is valid
    [root] The root certificate { $subject } is valid
   *[leaf] The certificate is valid
} only from { $from } ({ $days ->
    [0] in less than a day
    [one] in 1 day
   *[other] in { $days } days
}), expected one that is valid today.
    .headline = the certificate is not valid yet
    .fix = Check the clock of this machine. If it is right: choose a certificate for exactly { $server } that is valid today in the { noun-administration }.
    .what = The first day of the certificate lies in the future, as seen from the clock of this machine.
    .why = Partners whose clocks are right refuse it until then. If it was ordered just now, the clock of this machine is probably slow.
    .mend = Check the clock here and on the XPhone server (w32tm /query /status). If both are right, choose the previous certificate in the XPhone administration until the new one is valid.
    .source = XPhone Federation guide, chapter 7; RFC 5280, section 4.1.2.5

cert-expires-soon = { $who ->
    [intermediate] The intermediate certificate { $subject } expires
    [root] The root certificate { $subject } of --ca-file expires
   *[leaf] The certificate expires
} on { $until } ({ $days ->
    [0] in less than a day
    [one] in 1 day
   *[other] in { $days } days
}){ $who ->
    [leaf] . It should have been renewed by now.
   *[other] , earlier than the server's own. From then on nobody trusts the server.
}
    .headline = { $who ->
        [leaf] the certificate is about to expire
       *[other] a certificate of the chain is about to expire
    }
    .fix = { $who ->
        [intermediate] Install the current certificate of { $subject } from its CA on the { noun-server } (computer's store "Intermediate Certification Authorities"), then choose the certificate again in the { noun-administration }. If the CA has none: renew the certificate for exactly { $server } there, and install what comes with it.
        [root] Order a certificate for exactly { $server } from a CA whose root stays valid, then choose it in the { noun-administration }. With a company CA: renew the root { $subject }, and give the new one to every partner.
       *[leaf] Renew it for exactly { $server } (or find out why the automatic renewal failed), then choose the new one in the { noun-administration }.
    }
    .what = Less than a third of the certificate's life and less than 30 days are left; with certificates of up to ten days, less than two days. By then an automatic renewal has normally taken place. Or less than 30 days are left of a certificate above it, which ends first. The message says which.
    .why = So either the renewal failed, or the certificate has been renewed and XPhone still shows the old one. On the last day federation ends with all partners at once.
    .mend = Look in the certificate store for a newer one for the FQDN and choose it in the XPhone administration. If there is none, look at the log of win-acme or simple-acme: often port 80 is closed for the validation, or DNSSEC of the zone is broken.
    .source = XPhone Federation guide, chapter 7; RFC 5280, section 4.1.2.5

cert-not-reselected = The certificate on port 5061 ({ $from } to { $until }) is probably not the renewed one: { $how ->
    [port] port { $port } of the same address shows a newer one for the same name ({ $newer_from } to { $newer_until })
   *[age] only { $days ->
        [0] less than a day is
        [one] 1 day is
       *[other] { $days } days are
    } left, and an automatic renewal would have taken place by { $due }
}. Expected: the newest one.
    .headline = the renewed certificate is not in use yet
    .fix = In the { noun-administration }, choose the newest certificate for { $server }. If there is none: look at the log of the automatic renewal.
    .what = The server still shows a certificate that should have been replaced. Either the same address shows a newer one for the same name on another port (443, or the one of --compare-port), or a certificate that a program renews (Let's Encrypt, Google Trust Services, ZeroSSL) is older than such a program lets it become: win-acme renews after 55 days, others when 30 days or a third of its life are left.
    .why = Renewing is automatic, choosing is not: after every renewal XPhone has to be given the new certificate by hand. Everything works until the old one expires, then federation ends with all partners at once.
    .mend = Look in the certificate store of the server for the newest one for the FQDN and choose it in the XPhone administration. If there is none, the renewal itself fails: look at the log of win-acme or simple-acme. Compare with xfed cert <FQDN>:443. If port 443 is another server with a certificate of its own, --no-compare leaves it out. Put a reminder or a script on every renewal (--installation script).
    .source = XPhone Federation guide, chapter 7

cert-self-signed = The certificate is self-signed ({ $subject }), expected one from a public CA.{ $program ->
    [none] {""}
   *[other] {" "}It is the one that { $program } makes for itself.
}
    .headline = the certificate is self-signed
    .fix = { $program ->
        [none] {""}
       *[other] See on the { noun-server } which program answers on TCP 5061 (netstat -abno as administrator): if it is { $program }, take that port from it. If the { noun-service } answers, that certificate was chosen there:{" "}
    }Order a certificate for exactly { $server } from a public CA, then choose the new one in the { noun-administration }.
    .what = The certificate is signed with its own key, by no CA at all. Products create such certificates at installation, so that something is there.
    .why = Nobody but its maker can check it, so every partner refuses it. Microsoft's side reports ms-diagnostics 1010 or 1047.
    .mend = Order a certificate for exactly the FQDN from a public CA. With Let's Encrypt: wacs.exe --source manual --host <FQDN> (simple-acme, the successor of win-acme; older instructions call the option --target; xfed plan <domain> prints the whole command). Then choose the new one in the XPhone administration.
    .source = XPhone Federation guide, chapter 7

cert-untrusted-issuer = { $why ->
    [out-of-date] A CA certificate above this one ({ $issuer }) is outside its dates
    [rejected] The chain of the certificate ({ $issuer }) does not pass: { $detail ->
        [RequiredEkuNotFoundContext] one of its certificates is not made for servers (EKU without serverAuth)
       *[other] an earlier version of xfed did not write down in words why
    }
   *[unknown] { $top ->
        [root] The chain ends in { $issuer }, which was sent along and is no
       *[open] The chain ends below { $issuer }: that issuer was not sent along, and is itself no
    } { $roots ->
        [given] root of --ca-file
       *[public] public root
    } (certificates sent: { $sent })
}. { $kind ->
    [staging] It is the test environment of Let's Encrypt (STAGING), which nobody trusts. Expected:
    [origin] It is Cloudflare's Origin CA, which nobody trusts but Cloudflare itself. Expected:
   *[other] Expected:
} a full chain to { $roots ->
    [given] a root of --ca-file
   *[public] a public CA
}.
    .headline = { $kind ->
        [staging] the certificate is one of Let's Encrypt's test environment
        [origin] the certificate is one for Cloudflare only (Origin CA)
       *[other] { $top ->
            [root] the certificate's issuer is not trusted
           *[open] the issuer is neither sent along nor trusted itself
        }
    }
    .fix = { $kind ->
        [staging] Order the certificate for exactly { $server } again from the real Let's Encrypt: without --test in win-acme and simple-acme, without --staging or --test-cert elsewhere. Then choose the new one in the { noun-administration }.
        [origin] Order for exactly { $server } from a public CA, then choose the new one in the { noun-administration }.
       *[other] { $sent ->
            [1] If the issuer is a public CA: install its intermediate certificates on the { noun-server } (store "Intermediate Certification Authorities"). If not: order for exactly { $server } from a public CA, then choose the new one in the { noun-administration }.
           *[other] If the issuer is a public CA: install its current intermediate certificates on the { noun-server }. If not: order for exactly { $server } from a public CA, then choose the new one in the { noun-administration }.
        }
    }
    .what = From the certificate, no path leads to a root of the public list (Mozilla's), or to those given with --ca-file. Either the issuer is a private CA, or the server does not send the intermediate certificates along, or one of them is out of date.
    .why = Partners do not know private CAs. A missing intermediate is treacherous: Windows partners often fetch it themselves and see no fault, all others refuse.
    .mend = Private CA: order for exactly the FQDN from a public one, with Let's Encrypt by wacs.exe --source manual --host <FQDN> (simple-acme, the successor of win-acme). Missing intermediate: install those that the CA publishes in the computer's store "Intermediate Certification Authorities"; Let's Encrypt needs two or three since 2026, and old ones (R3, R10, R11) no longer help. Then choose the certificate again in the XPhone administration.
    .source = XPhone Federation guide, chapter 7; RFC 5280, section 6; RFC 8446, section 4.4.2

cert-locally-trusted-only = Only this machine trusts the issuer ({ $issuer }), the public roots do not. Expected: a certificate from a public CA.
    .headline = only this machine trusts the certificate
    .fix =
        @network If a firewall inspects TLS here: repeat from another network.
        @xphone-admin If the issuer is the company's own CA: order for exactly { $server } from a public CA, then choose the new one in the { noun-administration }.
    .partner =
        @network If a firewall inspects TLS on this side: exempt outgoing TCP 5061 from it.
        @partner If { $issuer } is a CA of your own: order for exactly { $server } from a public CA, and put the new certificate in place.
    .what = The trust store of this machine accepts the issuer, the public list (Mozilla's) does not. So either it is the company's own CA, or a firewall between this machine and the server replaces the certificate by its own (TLS inspection).
    .why = Partners have neither in their store and refuse. With TLS inspection on this side only, they may see the right certificate all the same: then only this test is distorted.
    .mend = Repeat from another network and compare the issuer. Same issuer: order for exactly the FQDN from a public CA and choose the new one in the XPhone administration. Another issuer: exempt TCP 5061 from TLS inspection.
    .source = XPhone Federation guide, chapter 7

cert-no-server-auth = { $who ->
    [intermediate] The intermediate certificate { $subject } may not vouch for servers
    [root] The root certificate { $subject } may not vouch for servers
   *[leaf] The certificate may not be used for servers
}: its extended key usage (EKU) { $purposes ->
    [any] has anyExtendedKeyUsage but not serverAuth, and OpenSSL and others do not take the one for the other
   *[others] lacks serverAuth
}. Expected: serverAuth.
    .headline = the certificate is not made for servers
    .fix = Order a server certificate (EKU serverAuth) for exactly { $server } from a public CA, then choose the new one in the { noun-administration }.
    .what = The certificate, or one above it, lists what it may be used for (extended key usage, EKU), and serverAuth is missing. What an intermediate certificate may not vouch for holds for all certificates below it.
    .why = Every partner that connects refuses it as a server certificate.
    .mend = Order a server certificate for exactly the FQDN from a public CA, then choose the new one in the XPhone administration. With a company CA the template was the wrong one; but a public CA is needed anyway.
    .source = XPhone Federation guide, chapter 7; RFC 5280, section 4.2.1.12

cert-no-client-auth = { $who ->
    [leaf] The certificate from { $issuer }
    [root] The root certificate { $subject } of the chain
   *[intermediate] The intermediate certificate { $subject }
} is for servers only (EKU without clientAuth), MTLS expects both. Most partners accept it, strict ones do not.
    .headline = the certificate is for servers only
    .fix = Usually nothing to do: most partners accept it. If one refuses: order with clientAuth for exactly { $server } (DigiCert: on request, until 2027-03-01), then choose the new one in the { noun-administration }.
    .what = The extended key usage (EKU) of the certificate has serverAuth, but not clientAuth. That is the rule by now: Let's Encrypt has left clientAuth out since 2026-02-11, without exception since 2026-07-08; DigiCert gives it on request only, until 2027-03-01; Chrome's root program forbids it to its CAs from 2027-03-15 on.
    .why = For incoming connections it is all right. With MTLS, however, XPhone shows the same certificate when it connects to partners, as a client: servers based on OpenSSL (Kamailio, OpenSIPS) and older Cisco Expressways then refuse it by default; Skype for Business asks for serverAuth only. .NET may not even send such a certificate, without any error; whether XPhone is affected is not known.
    .mend = As long as messages reach all partners, do nothing. If a partner refuses: ask there to accept serverAuth certificates, which is the lasting solution. As a bridge, order with clientAuth for exactly the FQDN (DigiCert on request, at most 200 days), then choose the new one in the XPhone administration.
    .source = XPhone Federation guide, chapter 7; RFC 5280, section 4.2.1.12; Let's Encrypt, announcement of 2025-05-14

cert-chain-incomplete = The chain ends too early: the certificate of the issuer { $missing } is missing{ $sure ->
    [yes] {""}
    [proven] {" "}(confirmed with --fetch-issuer)
    [seen] {" "}({ $seen_at } sends it with the same certificate)
    [root] {" "}(the root of that name has another key: an intermediate certificate of the same name is missing)
    [sent] {" "}(the certificate of that name that is there has another key)
    [given] . It stands in --ca-file, but it is no root, so partners have it from the server only
   *[no] {" "}(or the issuer is a private CA; it matches no well-known CA)
}. Expected: every intermediate up to a public root.
    .headline = an intermediate certificate is not sent
    .fix = Install the intermediate certificate { $missing } on the { noun-server }, in the local computer's certificate store (certlm.msc), under "Intermediate Certification Authorities"{ $url_count ->
        [0] {""}
       *[other] {" "}(download: { $url })
    }, then choose the certificate again in the { noun-administration }.{ $sure ->
        [no] {" "}If it is a private CA: order from a public CA instead.
       *[yes] {""}
    }
    .what = The server shows its own certificate, but not the intermediate certificates between it and a public root. A partner that does not have them cannot find the way to the root.
    .why = Windows often fetches a missing intermediate by itself, so everything looks fine there. Servers that do not, such as Kamailio, OpenSIPS and everything built on OpenSSL or Java, refuse the certificate.
    .mend = Install the intermediates that the CA publishes in the computer's store "Intermediate Certification Authorities", then choose the certificate again in the XPhone administration. Let's Encrypt needs two (RSA) or three (ECDSA) since 2026; the old ones (R3, R10, R11) no longer help. If the issuer is a private CA after all, order from a public one.
    .source = XPhone Federation guide, chapter 7; RFC 8446, section 4.4.2; RFC 5280, section 6

cert-intercepted = { $device ->
    [none] The certificate comes from a firewall or a scanner ({ $issuer }), expected one from a public CA.
   *[other] The certificate is { $device }'s own, for its web interface (issuer { $issuer }): this device answers, and not the { noun-server }. Expected: the server's certificate, from a public CA.
}
    .headline = { $device ->
        [none] a firewall's certificate stands in its place
       *[other] another device answers, with its own certificate
    }
    .fix = { $device ->
        [none] {""}
       *[other] { $family ->
            [v6] The AAAA record of { $server } leads to the { $device } itself. Have it changed to the IPv6 address of the { noun-server }, and let TCP 5061 through to that (IPv6 needs no port forward), or have the AAAA record deleted: federation does without it. Nothing has to be ordered for this. If the record is right:{" "}
           *[v4] On the { $device }, add a port forward of TCP 5061 to the { noun-server }; take that port from its own web interface, remote access or VPN, if one of these has it. Nothing has to be ordered for this. If it already leads there:{" "}
        }
    }Exempt TCP 5061 from TLS inspection and from SIP inspection (ALG), and check that the port forward leads to the { noun-server } and not to the firewall itself. If the inspection is on this side: repeat from another network.
    .partner =
        @network See whether the inspection is on this side: repeat from another network, and exempt outgoing TCP 5061 from it.
        @partner { $device ->
            [none] {""}
           *[other] { $family ->
                [v6] The AAAA record of { $server } leads to your { $device }: enter the server's own IPv6 address, or delete the record.{" "}
               *[v4] On the { $device }, forward TCP 5061 to the federation service.{" "}
            }
        }If it is not: exempt TCP 5061 from TLS inspection and from SIP inspection (ALG).
    .what = The issuer bears the name of a maker of firewalls or virus scanners. Such a device sits in the way, opens the TLS connection and shows a certificate of its own, or it answers on port 5061 itself. Routers such as the FRITZ!Box are also known by the names in their own certificate (fritz.box, myfritz.net), even where a public CA has issued it.
    .why = Partners do not trust it, and MTLS cannot work through it: each side sees the certificate of the device instead of the other's.
    .mend = Exempt TCP 5061 from TLS inspection, in both directions, and switch off SIP inspection (SIP ALG) for it. If only this machine's network inspects, repeat from outside: then only this test is distorted.
    .source = XPhone Federation guide, chapters 5 and 7

cert-weak-key = { $who ->
    [intermediate] The key of the intermediate certificate { $subject } is too weak
    [root] The key of the root certificate { $subject } is too weak
   *[leaf] The certificate's key is too weak
} ({ $key }), expected RSA with at least 2048 bits, or a curve of at least 256.
    .headline = a key is too weak
    .fix = { $who ->
        [leaf] Order a certificate for exactly { $server } with a new RSA key of 2048 or 3072 bits, then choose the new one in the { noun-administration }.
       *[other] Order a certificate for exactly { $server } from a public CA, whose keys are all long enough, then choose the new one in the { noun-administration }.
    }
    .what = The public key in the certificate, or in one above it, is shorter than public CAs have been allowed to certify for years.
    .why = Partners refuse such keys: Windows, OpenSSL and others by default do not accept RSA below 2048 bits. No public CA issues them, so the rest of the certificate is worth a look, too.
    .mend = Create a new key with the new certificate; simple-acme and win-acme make RSA 3072 by default.
    .source = CA/Browser Forum Baseline Requirements, section 6.1.5

cert-weak-signature = The certificate { $subject } is signed with { $hash }, expected SHA-256 or better.
    .headline = the signature is outdated ({ $hash })
    .fix = Order a certificate for exactly { $server } from a public CA, then choose the new one in the { noun-administration }. If it is an intermediate that is signed so: install the CA's current ones.
    .what = The certificate or one of its intermediates bears a signature made with SHA-1 or MD5.
    .why = Such signatures can be forged, so partners refuse them. Public CAs stopped using them in 2016.
    .mend = Order a new certificate from a public CA and install its current intermediates.
    .source = CA/Browser Forum Baseline Requirements, section 7.1.3.2; RFC 9155

cert-key-unsupported = { $who ->
    [intermediate] The intermediate certificate { $subject } has a key { $curve ->
        [explicit] on an elliptic curve whose parameters are written out instead of named
       *[named] of the kind { $key }
    }, expected RSA with at least 2048 bits: Windows cannot verify what such a key has signed.
    [root] The root certificate { $subject } of --ca-file has a key { $curve ->
        [explicit] on an elliptic curve whose parameters are written out instead of named
       *[named] of the kind { $key }
    }, expected RSA with at least 2048 bits: Windows cannot verify what such a key has signed.
   *[leaf] The certificate has a key { $curve ->
        [explicit] on an elliptic curve whose parameters are written out instead of named
       *[named] of the kind { $key }
    }, expected RSA with at least 2048 bits: { $key ->
        [Ed25519] OpenSSL and GnuTLS can use it, Windows cannot
        [Ed448] OpenSSL and GnuTLS can use it, Windows cannot
       *[other] Windows and most partners cannot use it
    }.
}
    .headline = { $who ->
        [leaf] hardly anybody can use the certificate's key
       *[other] Windows cannot verify the chain ({ $key })
    }
    .fix = { $who ->
        [leaf] Order a certificate for exactly { $server } with an RSA key of 2048 or 3072 bits, then choose the new one in the { noun-administration }.
       *[other] Order a certificate for exactly { $server } from a public CA, whose keys are RSA or P-256 and P-384, then choose the new one in the { noun-administration }.
    }
    .what = The key in the certificate, or in one above it, is Ed25519, Ed448, on a brainpool curve, or of another kind that is hardly in use for TLS.
    .why = Windows has no certificates with such keys or does not offer them by default, and neither do OpenSSL (brainpool) and the libraries of many products. A partner gets no handshake, whatever else is right. Microsoft's cipher suites for SIP are for RSA keys.
    .mend = Create a new RSA key with the new certificate; simple-acme and win-acme make RSA 3072 by default.
    .source = RFC 8422; RFC 8410; Microsoft, TLS requirements for SIP

cert-key-unusual = The certificate has a key of an unusual kind ({ $key }), expected RSA. Some partners have no signatures for it.
    .headline = the certificate's key is on an unusual curve
    .fix = If a partner cannot connect: order a certificate for exactly { $server } with an RSA key of 2048 or 3072 bits, then choose the new one in the { noun-administration }.
    .what = The key in the certificate is on the largest of the usual elliptic curves (P-521), or it is an RSA key for RSASSA-PSS signatures only.
    .why = Windows and OpenSSL can use it, but several TLS libraries cannot, and Microsoft's cipher suites for SIP are for RSA keys. Public CAs hardly certify such keys.
    .mend = Nothing, as long as all partners connect. Else order a certificate with an RSA key, the default of simple-acme and win-acme.
    .source = RFC 8422; Microsoft, TLS requirements for SIP

cert-wrong-signature = The signature of { $who ->
    [leaf] the certificate { $subject }
   *[other] the intermediate certificate { $subject }
} is wrong: it was not made with the key of its issuer. Expected: the certificate as the CA issued it.
    .headline = a signature in the certificate chain is wrong
    .fix = { $who ->
        [leaf] Import the certificate again from the file that the CA delivered, or order a new one for exactly { $server }, then choose it in the { noun-administration }.
       *[other] Install the certificate { $subject } again on the { noun-server }, as its CA publishes it (computer's store "Intermediate Certification Authorities"), then choose the certificate again in the { noun-administration }.
    }
    .what = The certificate names its issuer, and the issuer's certificate is there, but the signature does not fit its key. The certificate was changed or damaged after it was issued, or it never came from that CA.
    .why = The signature is what makes a certificate worth anything. Every partner refuses one that is wrong.
    .mend = Take the certificate from the CA once more, unchanged. If it is wrong there, too, the CA has to issue it again.
    .source = RFC 5280, section 6.1.3

cert-issuer-not-ca = { $who ->
    [root] The root certificate { $subject } of --ca-file
   *[other] The certificate { $subject }, which issued the one below it,
} is no CA certificate (basicConstraints without CA). Expected: an issuer that is a CA.
    .headline = the certificate's issuer is no CA
    .fix = Order a certificate for exactly { $server } from a public CA, then choose the new one in the { noun-administration }. With a company CA: create { $subject } again as a CA certificate, and issue the certificates below it anew.
    .what = A certificate says of itself whether it belongs to a CA. This one does not say so, and issued another one all the same.
    .why = If everybody with a certificate could issue further ones, none would be worth anything. So every partner refuses what such a certificate issued.
    .mend = Public CAs do not make this mistake. With a company CA, or one made by hand with OpenSSL, the certificate needs basicConstraints with CA:TRUE and keyUsage with keyCertSign.
    .source = RFC 5280, sections 4.2.1.9 and 6.1.4

cert-issuer-no-cert-sign = { $who ->
    [root] The root certificate { $subject } of --ca-file
   *[other] The intermediate certificate { $subject }
} may not sign certificates: its keyUsage lacks keyCertSign. Expected: keyCertSign.
    .headline = the issuing certificate may not sign others
    .fix = Order a certificate for exactly { $server } from a public CA, then choose the new one in the { noun-administration }. With a company CA: create { $subject } again with keyCertSign, and install it on the { noun-server }.
    .what = A CA certificate lists what its key may be used for (key usage). This one does not list the signing of certificates, and signed one all the same.
    .why = OpenSSL, Windows and others refuse what such a certificate issued.
    .mend = With a company CA, or one made by hand with OpenSSL, the certificate needs keyUsage with keyCertSign and cRLSign. The certificates below it can stay, if its name and key stay.
    .source = RFC 5280, sections 4.2.1.3 and 6.1.4

cert-path-too-long = { $who ->
    [root] The root certificate { $subject }
   *[other] The intermediate certificate { $subject }
} allows { $allowed ->
    [0] no further CA certificate
    [one] one further CA certificate
   *[other] { $allowed } further CA certificates
} below it (path length), but { $found ->
    [one] there is one
   *[other] there are { $found }
}: { $below }. Expected: a chain within the path length.
    .headline = the chain is longer than a CA in it allows
    .fix = Order a certificate for exactly { $server } from a public CA, then choose the new one in the { noun-administration }. With a company CA: issue the certificate directly from { $subject }, or create that one with a larger path length.
    .what = A CA certificate can limit how many CA certificates may stand between it and the certificate of a server. The chain has more.
    .why = Every partner refuses what stands below the limit.
    .mend = Public CAs do not make this mistake. In a company CA, either the limit of the upper certificate or the CA below it is not meant to be.
    .source = RFC 5280, sections 4.2.1.9 and 6.1.4

cert-name-not-permitted = { $who ->
    [root] The root certificate { $subject }
   *[other] The intermediate certificate { $subject }
} may not issue for "{ $name }": it { $how ->
    [all] excludes every name of this kind
    [excluded] excludes { $names }
   *[permitted] permits only { $names }
} (name constraints). Expected: a CA that may issue for { $server }.
    .headline = the CA may not issue for this name
    .fix = Order a certificate for exactly { $server } from a CA that may issue for it, then choose the new one in the { noun-administration }.
    .what = A CA certificate can be limited to certain names, such as those of one company. The certificate of the server, or a CA between them, has a name outside of that.
    .why = Every partner refuses a certificate that its CA was not allowed to issue.
    .mend = Public CAs do not make this mistake. In a company CA, the name constraints of the certificate have to be widened, or another CA has to issue.
    .source = RFC 5280, section 4.2.1.10

cert-critical-extension = { $who ->
    [intermediate] The intermediate certificate { $subject }
    [root] The root certificate { $subject }
   *[leaf] The certificate
} has a critical extension that partners do not know ({ $oid }). Expected: none that is critical but the usual ones.
    .headline = an unknown critical extension in the chain
    .fix = Order a certificate for exactly { $server } from a public CA, then choose the new one in the { noun-administration }.
    .what = An extension that is marked as critical has to be understood by whoever looks at the certificate. This one neither OpenSSL nor GnuTLS understands; 1.3.6.1.4.1.11129.2.4.3 marks a precertificate, which is not the certificate itself.
    .why = Whoever does not know a critical extension has to refuse the certificate, and partners do.
    .mend = With a company CA, mark the extension in the template as not critical. From a public CA, use the certificate itself and not the precertificate.
    .source = RFC 5280, section 4.2

cert-authority-key-differs = { $who ->
    [leaf] The certificate
   *[other] The intermediate certificate { $subject }
} names another certificate as its issuer than { $issuer }, which was sent or given (authorityKeyIdentifier, { $how ->
    [key] another key identifier
    [empty-key] an empty key identifier
   *[serial] another issuer or serial number
}). Expected: the issuer that it names. { $how ->
    [key] OpenSSL and GnuTLS do
   *[other] OpenSSL does
} not find the issuer then.
    .headline = the certificate names another issuing key
    .fix = Install the certificate of { $issuer } that the CA names for this one on the { noun-server }, in the computer's store "Intermediate Certification Authorities", delete the other one there, then choose the certificate again in the { noun-administration }. If there is only one: order a new certificate for exactly { $server }.
    .what = The signature fits the issuer. But the certificate also says which certificate of the issuer it means, by the identifier of its key or by its serial number, and that is not the one in the chain. This comes of a CA certificate that was renewed, or of a CA made by hand.
    .why = OpenSSL (Kamailio, OpenSIPS) goes by it and says that there is no issuer; GnuTLS does so by the identifier of the key. Windows and others take the signature for enough.
    .mend = Best is a new certificate from the CA of today. A CA made by hand should name its issuer by the key identifier only (authorityKeyIdentifier = keyid), so that a renewed CA certificate with the same key still fits.
    .source = RFC 5280, section 4.2.1.1

cert-misleading-issuer = { $who ->
    [root] Besides the right root, --ca-file holds one that leads some partners astray: { $subject }, serial number { $serial }
   *[sent] Besides the right certificates the server sends one that leads some partners astray: number { $number } of those sent, { $subject }, issued by { $issuer }, serial number { $serial }
}. { $by ->
    [openssl] OpenSSL takes it for the issuer and refuses
    [gnutls] GnuTLS takes it for the issuer and refuses
   *[both] OpenSSL and GnuTLS take it for the issuer and refuse
}: { $to ->
    [nowhere] it leads to no root
    [dates] it is outside its dates
    [other-key] it has the name of the issuer, but another key
    [no-server-auth] it is not for servers (serverAuth)
    [no-client-auth] it is not for clients (clientAuth), which counts when the { noun-server } connects
    [no-authority] it may not issue certificates
    [weak-signature] it is signed with SHA-1 or MD5
    [weak-key] its key is too short
    [path-length] it allows fewer CA certificates below it (path length)
    [names] it may not issue for these names (name constraints)
    [critical] it has a critical extension that they do not know
   *[malformed] it is not made as RFC 5280 has it
}.{ $others_count ->
    [0] {""}
    [one] {" "}Another one misleads as well (serial number { $others }).
   *[other] {" "}{ $others_count } others mislead as well (serial numbers { $others }).
} Expected: only the certificates of one path.
    .headline = a needless certificate leads partners astray
    .fix = { $who ->
        [root] Remove the root certificate { $subject } with the serial number { $serial } wherever it is trusted beside the other root: from --ca-file, and at partners who have it (on Windows: certlm.msc, "Trusted Root Certification Authorities"). Or order a certificate for exactly { $server } whose path does not lead over that name.
       *[sent] Remove the certificate { $subject } with the serial number { $serial } (issued by { $issuer }){ $others_count ->
            [0] {""}
           *[other] {" "}and those with the serial numbers { $others }
        } from what the server sends: on the { noun-server } delete them in the computer's store "Intermediate Certification Authorities" (certlm.msc), then choose the certificate again in the { noun-administration }. If a proxy answers on port 5061: delete them from the proxy's certificate file. The right certificate of that name stays.
    }
    .what = The server sends several certificates that can stand at the same place of the path, or one of them is trusted as a root as well. One of them is right, another is not.
    .why = Not every program tries all ways. OpenSSL (Kamailio, OpenSIPS) and GnuTLS take the first certificate that fits by its name and never turn back. Windows and browsers try the others, so everything looks fine there.
    .mend = Leave the server's own certificate and one certificate for each step up to the root. Such remains come of renewed or cross-signed CA certificates that were left in the store or in a file.
    .source = RFC 4158, section 2.4; RFC 8446, section 4.4.2

cert-refused-by-some = { $who ->
    [sent] Certificate number { $number } that the server sends{ $named ->
        [yes] {" "}({ $subject })
       *[no] {""}
    }, which no path needs,
    [intermediate] The intermediate certificate { $subject }
    [root] The root certificate { $subject }
   *[leaf] The certificate
} { $what ->
    [critical] marks an extension as critical that { $by } does not know ({ $detail })
    [netscape-neither] has a Netscape certificate type that names neither servers nor clients
    [netscape-no-server] has a Netscape certificate type without "SSL server"
    [netscape-no-client] has a Netscape certificate type without "SSL client", which counts when the { noun-server } connects
    [distance] has name constraints with a minimum or maximum, which { $by } does not apply
    [constraint-address] has name constraints with an address range of { $detail } bytes (8 or 32 would be right)
    [constraint-form] has name constraints of a form that { $by } does not apply ({ $detail })
    [constraint-dot] has a name with a final dot in its name constraints ({ $detail }), which { $by } reads otherwise
    [other-family] permits addresses of the other family only (IPv4 or IPv6), and below it stands { $detail }
    [empty-name] has an empty name among its alternative names ({ $detail })
    [odd-name] has an alternative name of a kind that { $by } cannot read ({ $detail })
    [address-name] has name constraints for addresses, and below it stands an address of { $detail } bytes (4 or 16 would be right)
    [root] has issued itself, but names another certificate as its issuer (authorityKeyIdentifier)
    [compressed] has a key on a curve in compressed form, which { $by } does not read
    [serial] writes its serial number with more bytes than it needs, which { $by } does not read
    [name-string] has a string in its subject or issuer that is not what it claims to be (for example Latin-1 as UTF-8), which { $by } does not read
    [version] has extensions, but says that it is of version 1 or 2, which has none
    [extension] has an extension whose content { $by } cannot read ({ $detail })
    [surplus] has an extension with more in it than its content ({ $detail }), which { $by } does not read
    [serial-empty] has a serial number without any digit, which { $by } does not read
    [bits] has a key or a signature that does not end where it says (unused bits), which { $by } does not read
    [identifier] has an object identifier (OID) that ends in the middle, which { $by } does not read
    [repeated] has the extension { $detail } more than once, which { $by } does not read
    [unique] has a unique identifier of its subject or issuer, but says that it is of version 1, which has none
    [date] has the date "{ $detail }", which { $by } does not read
    [algorithms] names one signature algorithm inside and another outside
    [open] is written with open lengths or with strings in parts (BER instead of DER), which { $by } does not read
    [key] has a key that { $by } does not read, and with TLS 1.2 it reads those of all certificates
    [structure] is not built as a certificate
    [feature] demands stapled OCSP answers (TLS feature), and the certificate below it does not
    [resources] claims IP addresses or AS numbers (RFC 3779, { $detail }), and its issuer does not
    [self-issued] allows { $detail } CA certificates between itself and the server's (path length), and more stand there; those that have issued themselves do not count, but { $by } counts them
    [crowd] is one of { $detail } that the server sends; Java bears 10 at most, GnuTLS 16
   *[spelling] writes the name of its issuer in another way than the issuer itself (letters, blanks or string type)
}. { $what ->
    [crowd] Whoever bears fewer refuses it
   *[other] { $by } refuses it for that
}. Expected: a certificate that every partner accepts.
    .headline = some partners refuse a certificate of the chain
    .fix = { $who ->
       [sent] Nothing has to be ordered: leave certificate number { $number } out of what the server sends; nobody needs it. On the { noun-server } delete it in the computer's store "Intermediate Certification Authorities" (certlm.msc), then choose the certificate again in the { noun-administration }. If a proxy answers on port 5061: delete it from the proxy's certificate file.
       *[other] { $what ->
        [crowd] Remove what is not needed from the certificates that the server sends: its own and the intermediates are enough. On the { noun-server } delete the others in the computer's store "Intermediate Certification Authorities" (certlm.msc), then choose the certificate again in the { noun-administration }. If a proxy answers on port 5061: delete them from the proxy's certificate file.
       *[other] Order a certificate for exactly { $server } from a public CA, then choose the new one in the { noun-administration }. With a company CA: { $what ->
            [critical] mark the extension as not critical in its template, and issue the certificate again.
            [distance] create { $subject } again without minimum and maximum in its name constraints.
            [constraint-address] create { $subject } again with the address ranges of its name constraints written as address and mask.
            [constraint-form] create { $subject } again without that entry in its name constraints.
            [constraint-dot] create { $subject } again without the final dot in its name constraints.
            [other-family] issue the certificate below again without that address.
            [empty-name] leave the empty name out, and issue the certificate again.
            [odd-name] leave that name out, and issue the certificate again.
            [address-name] issue the certificate below again without that address.
            [root] create { $subject } again with the same key and name, and without authorityKeyIdentifier.
            [compressed] create the key with its point uncompressed, as everything does by default, and issue the certificate again.
            [serial-empty] issue the certificate again with a program that gives it a serial number (OpenSSL, Windows, step-ca).
            [bits] issue the certificate again with a program that writes proper DER (OpenSSL, Windows, step-ca).
            [identifier] issue the certificate again without this identifier.
            [unique] issue the certificate again as version 3.
            [open] issue the certificate again with a program that writes proper DER (OpenSSL, Windows, step-ca).
            [repeated] issue the certificate again with this extension once.
            [serial] issue the certificate again with a program that writes proper DER (OpenSSL, Windows, step-ca).
            [name-string] issue the certificate again with the names in UTF-8.
            [version] issue the certificate again as version 3.
            [extension] issue the certificate again without this extension.
            [surplus] issue the certificate again with a program that writes proper DER (OpenSSL, Windows, step-ca).
            [feature] take the TLS feature out of the CA certificate, or put it into the server's as well.
            [resources] leave this extension out, and issue the certificate again.
            [self-issued] leave the certificate of the CA for itself out of the chain and have the server's issued directly below { $subject }, or create { $subject } again with a greater path length.
            [spelling] issue the certificate again, with the issuer's name exactly as it stands in the certificate of the CA.
           *[other] take the Netscape certificate type (nsCertType) out of its template, and issue the certificate again.
        }
       }
    }
    .what = Something in a certificate of the path that one of the large libraries refuses and others accept.
    .why = OpenSSL (Kamailio, OpenSIPS, FreeSWITCH) and GnuTLS judge some rarities differently from each other and from Windows. Which one a partner uses is not known, so some of them cannot connect.
    .mend = Public CAs issue no such certificates. With a company CA, or one made by hand with OpenSSL or easy-rsa, leave the rarity out: Netscape types have been of no use for twenty years, and critical are only basicConstraints, keyUsage and name constraints.
    .source = RFC 5280, sections 4.2 and 7.1; measured with OpenSSL 3.0 and GnuTLS 3.7

cert-no-digital-signature = The key usage of the certificate lacks digitalSignature, which every modern TLS handshake needs. Expected: digitalSignature.
    .headline = the certificate may not sign TLS handshakes
    .fix = Order a certificate for exactly { $server } with key usage digitalSignature, then choose the new one in the { noun-administration }.
    .what = The certificate lists what its key may be used for (key usage), and signing is not in it, usually only keyEncipherment. That was enough for the RSA key exchange of old.
    .why = With ECDHE and TLS 1.3 the server signs the handshake with this key. GnuTLS and Chrome refuse that, and OpenSSL refuses such a certificate from XPhone as a client; others do not look.
    .mend = Order a new certificate; public CAs set both. With a company CA, the template needs "digital signature".
    .source = RFC 5280, section 4.2.1.3; RFC 8446, section 4.4.2.2

cert-no-key-encipherment = The server chose { $cipher }, where partners encrypt with the key of its certificate, and the key usage of that lacks keyEncipherment: GnuTLS and Java hang up, Windows and OpenSSL do not look. Expected: ECDHE, for which digitalSignature is enough.
    .headline = the certificate does not allow RSA key exchange
    .fix = Nothing has to be ordered: on the { noun-server }, switch on TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 and TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 in Windows and put them first (group policy "SSL Cipher Suite Order"), restart. With ECDHE the key only signs.
    .what = The certificate lists what its key may be used for (key usage): to sign, and not to encrypt. The server has only RSA key exchange (suites that begin with TLS_RSA_), and there partners encrypt with this key.
    .why = GnuTLS and Java look at the key usage and end the handshake; Windows and OpenSSL go on. Public CAs leave keyEncipherment out of more and more certificates, since ECDHE and TLS 1.3 do not need it.
    .mend = Switch on the ECDHE suites, which Teams and many others want anyway. Only if the server cannot have them: order a certificate whose key usage has keyEncipherment as well.
    .source = RFC 5280, section 4.2.1.3; RFC 5246, section 7.4.2; CA/Browser Forum Baseline Requirements, section 7.1.2.7.11

cert-no-tls-usage = The key usage of the certificate has nothing that TLS uses a key for: neither digitalSignature nor keyEncipherment nor keyAgreement. Every partner refuses it. Expected: digitalSignature.
    .headline = the certificate may not be used for TLS
    .fix = Order a certificate for exactly { $server } with key usage digitalSignature, then choose the new one in the { noun-administration }.
    .what = The certificate lists what its key may be used for (key usage), and no use of TLS is in it: a certificate for signing documents, or one of a CA.
    .why = OpenSSL and GnuTLS end the handshake with such a certificate, from the server as from XPhone as a client.
    .mend = Order a new certificate for a web server; public CAs set what is needed. With a company CA, the template needs "digital signature" and "key encipherment".
    .source = RFC 5280, section 4.2.1.3; RFC 8446, section 4.4.2.2

cert-not-verifiable = Whether the certificate is trusted could not be found out: { $what ->
    [signature] xfed cannot verify the signature of { $subject } ({ $detail })
    [constraint] xfed cannot apply the name constraints of { $subject } ({ $detail })
    [policies] the chain demands certificate policies, which xfed does not judge
    [certificates] the server sends { $detail } certificates or more, and xfed looks at that many only
    [depth] the chain is longer than the { $detail } certificates that xfed follows
    [comparisons] { $subject } and the certificates below it have so many names and name constraints that xfed stopped after { $detail } comparisons
    [root] --ca-file holds the intermediate certificate { $subject }, but not the root above it, { $detail }. OpenSSL and Windows go on to the root, GnuTLS stops before it
   *[signatures] the certificates sent are so entangled that xfed stopped after { $detail } signatures
}. Expected: a chain that xfed can judge.
    .headline = xfed cannot verify the certificate chain
    .fix = { $what ->
        [certificates] Remove the certificates that are not needed from the chain of the server: it needs its own and the intermediates only. Then check again.
        [root] Put the root certificate { $detail } into the file that --ca-file names, and check again.
       *[other] Let OpenSSL judge the chain: echo Q | openssl s_client -connect { $server }:5061 -servername { $server }. If a partner refuses it, order a certificate from a public CA with a usual chain (RSA or P-256, SHA-256).
    }
    .what = xfed judges every certificate of the chain itself. Here it met something that it has no means for, or one of its own limits, or the file of --ca-file ends below the root. That says nothing against the certificate: OpenSSL or Windows may judge it.
    .why = Partners judge by their own libraries. What is so unusual that xfed cannot judge it, some of them cannot judge either.
    .mend = Let OpenSSL judge it: echo Q | openssl s_client -connect <FQDN>:5061 -servername <FQDN> shows "Verify return code: 0 (ok)". If the server sends needless certificates, leave only its own and the intermediates.
    .source = RFC 5280, section 6; RFC 8446, section 4.4.2

cert-no-crl = The certificate from { $issuer } names no revocation list (CRL). Partners with Skype for Business want one.
    .headline = the certificate names no revocation list
    .fix = Only if such a partner refuses: order a certificate for exactly { $server } from a CA that names a CRL in it.
    .what = The certificate has no CRL distribution point, the address of the list of revoked certificates.
    .why = Microsoft's rules for Skype for Business ask for one. Others do without; certificates that live a few days only often have none.
    .mend = Nothing, as long as all partners connect. Nearly all public CAs name one in certificates that live longer than ten days.
    .source = Microsoft, certificate requirements for Skype for Business Server (Edge); RFC 5280, section 4.2.1.13

cert-pss = The certificate { $subject } is signed with RSASSA-PSS, expected the usual RSA signature (PKCS #1 v1.5) or ECDSA.
    .headline = the certificate is signed with RSASSA-PSS
    .fix = If a partner with Skype for Business refuses: order a certificate for exactly { $server } whose chain does without RSASSA-PSS, then choose the new one in the { noun-administration }.
    .what = The signature uses the padding RSASSA-PSS. Company CAs on Windows make such signatures when "AlternateSignatureAlgorithm" is set; public CAs hardly do.
    .why = Skype for Business does not support it. Others mostly do.
    .mend = Order from a public CA, which signs in the usual way.
    .source = Microsoft, certificate requirements for Skype for Business Server (Edge)

cert-ecdsa = The certificate has an elliptic-curve key ({ $key }). Microsoft's published SIP cipher suites are for RSA keys.
    .headline = the certificate has an elliptic-curve key
    .fix = Only if a partner with Skype for Business or Teams cannot connect: order with an RSA key (2048 or 3072 bits).
    .what = The certificate's key is on an elliptic curve and not RSA.
    .why = Most servers take both. The cipher suites that Microsoft publishes for SIP are for RSA certificates, and old Lync servers never learned curves.
    .mend = Nothing, as long as all partners connect. Else order a certificate with an RSA key, the default of simple-acme and win-acme.
    .source = RFC 8422; Microsoft, TLS requirements for SIP

cert-too-long = The certificate is valid for { $days } days, public CAs may give { $limit } at most for its day of issue. It is probably from a private CA.
    .headline = the certificate is valid for longer than usual
    .what = The span between the first and the last day of validity is longer than the rules for public CAs allow for the day on which it was issued.
    .why = It is a hint, not a fault by itself: certificates of company CAs and those that programs make for themselves often last years.
    .mend = Look at the issuer. If it is a company CA, order from a public one.
    .source = CA/Browser Forum Baseline Requirements, section 6.3.2 (ballot SC-081)

cert-no-sip-domain = The certificate does not name the bare domain { $domain }. XPhone and Microsoft do not need it; partners that follow RFC 5922 to the letter do.
    .headline = the certificate does not name the bare domain
    .fix = Only if such a partner refuses: order for exactly { $server } with { $domain } as second alternative name (SAN), then choose the new one in the { noun-administration }.
    .what = RFC 5922 has a SIP partner compare the domain of the IM address, not the name of the server, with the certificate. The certificate names the server only.
    .why = XPhone, Skype for Business and Teams compare with the server's name (FQDN). Some session border controllers and Kamailio can be told to follow the RFC.
    .mend = Nothing, as long as all partners connect. A certificate whose subject is the FQDN and that also names the domain as alternative name satisfies both.
    .source = RFC 5922, sections 7.1 and 7.3

cert-other-for-rsa = The server has a second certificate, for all who can use RSA keys only (Skype for Business first of all), and { $what ->
    [open] whether that one is right could not be tested
    [warned] with that one something is amiss that is right with the first
    [incomplete] an intermediate certificate is not sent with that one: { $missing }, which comes with the first one
    [expired] that one is wrong: it has expired
    [not-yet-valid] that one is wrong: it is not valid yet
    [revoked] that one is wrong: the CA revoked it
    [name] that one is wrong: it is not issued to exactly { $server }
    [untrusted] that one is wrong: it leads to no root that partners trust
   *[other] that one is wrong: partners refuse it
}{ $codes_count ->
    [0] {""}
    [1] { $what ->
        [open] {" "}({ $codes })
        [warned] {" "}({ $codes })
        [other] {" "}({ $codes })
       *[known] {""}
    }
   *[several] {" "}({ $codes })
}. Expected: a right certificate with its intermediates, whoever connects.
    .headline = { $what ->
        [open] the certificate for all who use RSA keys only could not be judged
        [warned] faulty certificate for all who use RSA keys only
       *[wrong] wrong certificate for all who use RSA keys only
    }
    .fix = { $what ->
        [incomplete] Configure the intermediate certificate { $missing } with the RSA certificate as well: behind it in the same file, or in Windows in the local computer's certificate store (certlm.msc), under "Intermediate Certification Authorities". Then check again.
       *[other] Configure the right certificate for { $server } in both places of the server, or only one, with an RSA key. Then check again.
    }
    .what = Some servers have two certificates, one on an elliptic curve and one with an RSA key, and show the one that the caller can use. Something is wrong with the other that is right with the one on the curve. It weighs as it would with the first: a failure, a warning, or what could not be tested.
    .why = Microsoft's cipher suites for SIP are for RSA keys: Skype for Business and others that follow them get the other one, while everybody else connects.
    .mend = Replace the RSA certificate as well when the other is renewed, or remove it and order one with an RSA key for all. openssl s_client -connect <FQDN>:5061 -servername <FQDN> -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256 shows it.
    .source = XPhone Federation guide, chapter 7; Microsoft, TLS requirements for SIP

cert-other-for-windows = Whoever connects as Windows Server 2016 and 2019 do (TLS 1.2) is shown another certificate, and { $what ->
    [open] whether that one is right could not be tested
    [warned] with that one something is amiss that is right with the first
    [incomplete] that one is wrong: the intermediate certificate { $missing } is not sent with it, but with the first one
    [expired] that one is wrong: it has expired
    [not-yet-valid] that one is wrong: it is not valid yet
    [revoked] that one is wrong: the CA revoked it
    [name] that one is wrong: it is not issued to exactly { $server }
    [untrusted] that one is wrong: it leads to no root that partners trust
   *[other] that one is wrong: partners refuse it
}{ $codes_count ->
    [0] {""}
    [1] { $what ->
        [open] {" "}({ $codes })
        [warned] {" "}({ $codes })
        [other] {" "}({ $codes })
       *[known] {""}
    }
   *[several] {" "}({ $codes })
}. Expected: the same certificate in TLS 1.2 as in TLS 1.3.
    .headline = { $what ->
        [open] the certificate for partners on Windows (TLS 1.2) could not be judged
        [warned] faulty certificate for partners on Windows (TLS 1.2)
       *[wrong] wrong certificate for partners on Windows (TLS 1.2)
    }
    .fix =
        @xphone-admin Configure the certificate of { $server } wherever the server or a program before it has one, with its intermediate certificates. Then check again.
        @network If a load balancer, proxy or firewall stands before port 5061 and chooses by TLS version, enter the same certificate and the same target for TLS 1.2 as for TLS 1.3.
    .what = The server, or what stands before it, chooses by how a caller introduces itself: those who offer TLS 1.3 are shown the right certificate, those who offer TLS 1.2 only another one. It was asked twice in each way, so that it is no chance. What is wrong with it weighs as it would with the first: a failure, a warning, or what could not be tested.
    .why = Most partners are Skype for Business or XPhone on Windows Server 2016 or 2019, which do not know TLS 1.3. They get the other certificate, and hang up where it is a wrong one.
    .mend = Look where certificates are configured before port 5061: two profiles of a load balancer, an inspection in a firewall, two programs. openssl s_client -connect <FQDN>:5061 -servername <FQDN> -tls1_2 shows what these partners are shown.
    .source = XPhone Federation guide, chapter 7; Microsoft, TLS versions of Schannel

cert-differs-by-connection = Connections to the same address are shown different certificates ({ $lost } of { $made } another one than the first){ $what ->
    [right] : another is right where the first one is not
    [both] : both are right
    [alike] : what is wrong with another is wrong with the first, too
    [open] : whether another is right could not be tested
    [warned] : with another, something is amiss that is right with the first
    [expired] : another has expired
    [not-yet-valid] : another is not valid yet
    [revoked] : the CA revoked another
    [name] : another is not issued to exactly { $fqdn }
    [incomplete] : with another, the intermediate certificate { $missing } is not sent
    [untrusted] : another leads to no root that partners trust
   *[other] : partners refuse another
}{ $codes_count ->
    [0] {""}
    [1] { $what ->
        [right] {" "}({ $codes })
        [alike] {" "}({ $codes })
        [open] {" "}({ $codes })
        [warned] {" "}({ $codes })
        [other] {" "}({ $codes })
       *[known] {""}
    }
   *[several] {" "}({ $codes })
}. Expected: the same each time.
    .headline = connections are shown different certificates
    .fix =
        @network Several servers stand behind the address (load balancer, forwarding in turns). Name them to the XPhone administrator, and take out those that are no { noun-server }.
        @xphone-admin Choose the same, newest certificate on each of them, with its intermediate certificates.
    .what = xfed makes several connections to each address, and they were shown different certificates: several servers take turns behind it, and each has its own.
    .why = Whether a partner gets in depends on chance, and usually one of the certificates is an old one that was forgotten at the last renewal. Of more than two servers behind an address, a check may miss one.
    .mend = Bring the new certificate to every server behind the address, or let the address lead to one server only. Repeat the check some times.
    .source = XPhone Federation guide, chapters 5 and 7

cert-differs-by-endpoint = The addresses of { $fqdn } ({ $addresses }) show different certificates{ $certificates_count ->
    [0] {""}
   *[other] {" "}(serial number and dates, in this order: { $certificates })
}. Expected: the same everywhere.
    .headline = the addresses show different certificates
    .fix =
        @xphone-admin Choose the same, newest certificate on every server behind { $fqdn }.
        @network Addresses that do not lead to the { noun-server }: have them deleted from DNS.
    .what = The name leads to several addresses, and the servers there show certificates that differ from each other.
    .why = A partner takes any of the addresses. Whether it is let in then depends on chance, and usually one of the certificates is an old one that was forgotten.
    .mend = Bring the new certificate to every server, or let the name lead to one address only.
    .source = XPhone Federation guide, chapters 3 and 7

cert-revoked = { $by ->
    [unissued] The OCSP responder of the CA ({ $url }) says that it never issued { $who ->
        [intermediate] the intermediate certificate { $subject }
       *[leaf] the certificate
    }, though its signature is right.{" "}
   *[list] { $who ->
        [intermediate] The CA revoked the intermediate certificate { $subject }
       *[leaf] The CA revoked the certificate
    } on { $at } ({ $reason }),{" "}
}{ $by ->
    [unissued] Partners that ask it refuse the certificate. Expected: one that the CA knows.
    [staple] as the server itself says (stapled OCSP answer). Expected: one that is not revoked.
    [responder] as its OCSP responder says ({ $url }). Expected: one that is not revoked.
   *[list] expected one that is not on its revocation list ({ $url }).
}
    .headline = { $who ->
        [leaf] the certificate has been revoked
       *[other] a certificate of the chain has been revoked
    }
    .fix = { $who ->
        [leaf] Order a new certificate with a new key for exactly { $server }, then choose the new one in the { noun-administration }.
       *[other] Order a new certificate for exactly { $server } from a public CA, install the intermediates that come with it, then choose it in the { noun-administration }.
    }
    .what = The certificate, or an intermediate above it, is on the revocation list (CRL) that it names itself, or an OCSP answer says so, of its CA or sent along by the server, each signed by the CA: the CA has withdrawn it before its last day. The reason is given in the words of RFC 5280; unspecified means that the CA gives none.
    .why = Partners that look at revocation lists refuse the certificate; Skype for Business expects one to be named in every certificate. Others never look. So some partners stop answering and others do not, which is hard to explain without this.
    .mend = If a newer certificate is in the store already, choose it in the XPhone administration. If not, ask the CA or whoever ordered it why it was revoked; with keyCompromise the key is no longer secret, so the new certificate needs a new one. Order for exactly the FQDN, then choose it. certutil -verify -urlfetch shows the same on Windows.
    .source = RFC 5280, sections 5 and 6.3; XPhone Federation guide, chapter 7

# Why a revocation list says nothing.
unchecked-source = { $by ->
    [responder] OCSP answer
   *[list] list
}
unchecked = { $reason ->
    [not-http] its { unchecked-source } is not at a plain http address with port 80
    [connect-to] with --connect-to its { unchecked-source } is fetched only if IP= names the address for that, too
    [no-address] DNS gave no address for the host of its { unchecked-source }
    [not-public] the host of its { unchecked-source } has an address that is not public
    [unreachable] no connection to the host of its { unchecked-source }
    [http-status] HTTP status { $status } instead of its { unchecked-source }
    [redirect] a redirection instead of its { unchecked-source }
    [too-large] its { unchecked-source } is larger than 10 MiB
    [timeout] its { unchecked-source } did not come in time
    [malformed] its { unchecked-source } cannot be read
    [expired] its { unchecked-source } is out of date
    [not-yet-valid] its { unchecked-source } is dated in the future
    [not-verified] its { unchecked-source } is not signed by its issuer, or not made for it
    [no-answer] the CA does not know it, or has no answer
   *[deadline] the deadline of the whole check came first
}

cert-revocation-unknown = Whether { $who ->
    [intermediate] the intermediate certificate { $subject }
   *[leaf] the certificate
} was revoked could not be found out: { unchecked } ({ $url }). Expected: a current list or OCSP answer of the CA.
    .headline = { $who ->
        [intermediate] revocation of an intermediate was not checked
       *[leaf] revocation of the certificate was not checked
    }
    .what = xfed fetches the revocation list (CRL) that the certificate names, or else asks its OCSP responder (by GET and, where that is not answered, by POST), and did not get an answer that counts. It does so with care, as the address is a stranger's: plain HTTP on port 80, no redirection, public addresses only, at most 10 MiB, at most two seconds. That says nothing against the certificate.
    .why = Partners that look at revocation lists may refuse where they get none; how strict they are is up to them. If nobody reaches the list, the fault is the CA's; more often it is just this machine that does not.
    .mend = Fetch the address with a browser. If it works there, the proxy or the firewall here is the reason; --no-revocation leaves the question out. If a list of a public CA is out of date or cannot be reached from anywhere, tell the CA.
    .source = RFC 5280, sections 4.2.1.13 and 6.3

cert-must-staple = The certificate demands that the server sends an OCSP answer along with it (must-staple), but none came. Expected: a stapled answer, or a certificate without the demand.
    .headline = the certificate demands a stapled OCSP answer
    .fix = Order a certificate for exactly { $server } without must-staple (OCSP Must-Staple, TLS feature), then choose the new one in the { noun-administration }.
    .what = The certificate has the TLS feature extension with status_request: whoever gets it without a fresh answer of the CA about its revocation is to refuse it. The server sent none.
    .why = GnuTLS and Firefox refuse the connection, others do not look at the demand. Windows fetches and sends such an answer only when it can reach the CA.
    .mend = Leave must-staple out of the order; in win-acme and simple-acme it is off by default. Or see to it that the server reaches the OCSP responder of the CA by HTTP on port 80.
    .source = RFC 7633; RFC 6066, section 8

# Why a stapled OCSP answer says nothing.
staple-fault = { $reason ->
    [unknown] the CA does not know the certificate
    [malformed] it cannot be read
    [not-successful] the responder of the CA had no answer
    [other-certificate] it is about another certificate
    [expired] it is out of date
    [not-yet-valid] it is valid only from a later moment on
    [not-verifiable] xfed cannot verify its signature
   *[not-verified] it is not signed by the CA or whom the CA charged with it
}

cert-staple-unusable = The OCSP answer that the server sends along says nothing: { staple-fault }. Expected: a current answer of the CA, or none.
    .headline = the stapled OCSP answer says nothing
    .fix = Check the clock of the { noun-server }, and whether it reaches the OCSP responder of the CA by HTTP on port 80; restart the service.
    .what = A server can send along what its CA says about the revocation of its certificate (OCSP stapling). This one does, but what it sends does not count.
    .why = Partners that look at it (GnuTLS, Firefox) refuse the connection over a wrong answer, although they would have done without one.
    .mend = Windows renews the answer by itself as long as it reaches the CA. On a proxy in front of XPhone, switch OCSP stapling off, or renew its file.
    .source = RFC 6960, section 4.2; RFC 6066, section 8

cert-key-missing = No private key: { $kind ->
    [pfx] there is none in { $source }, expected the key of this certificate
    [store] the store of this machine has the certificate without its key
   *[other] there is none in { $source }, nor in the other files. That is right for a certificate that a CA sent: its key is where it was ordered
}.
    .headline = the private key of the certificate is not there
    .fix = { $kind ->
        [pfx] Export it again where it was ordered, with its private key (in Windows: "Yes, export the private key"; in OpenSSL: pkcs12 -export -inkey KEY -in CERTIFICATE), and import that PFX file on the { noun-server } into the computer's store "Personal".
        [store] If it was ordered on this machine: certutil -repairstore My THUMBPRINT finds its key. If not: import a PFX file that holds the key, too.
       *[other] Give the file of its key, too, and xfed compares the two. On the { noun-server }, certificate and key go into the computer's store "Personal" as one PFX file.
    }
    .what = A certificate can be used only together with the private key that it was ordered with. In the files, or in the store of the machine, that key is not there.
    .why = XPhone offers for choice only what the computer's store "Personal" has the private key of. Without it, no TLS connection can be accepted.
    .mend = The key is where the request was made: on that machine the certificate is completed (IIS: "Complete Certificate Request"; certreq -accept) and then exported as a PFX file with its private key. If the key is lost, order again.
    .source = XPhone Federation guide, chapter 7

cert-key-differs = The private key in these files belongs to another certificate than the one in { $source }, expected its own.
    .headline = the private key belongs to another certificate
    .fix = Look for the key that this certificate was ordered with: openssl x509 -noout -pubkey -in CERTIFICATE and openssl pkey -pubout -in KEY must print the same. If it is lost, order again.
    .what = There is a private key, but it is not the one that the certificate was issued for.
    .why = Neither Windows nor OpenSSL take the two together, and no TLS connection can be accepted with them. It happens when a certificate is ordered twice, or renewed with a new key.
    .mend = Put the certificate together with the key of the same order; win-acme and simple-acme keep both in one PFX file. If the key is lost, order again.
    .source = XPhone Federation guide, chapter 7

cert-key-closed = Whether the private key belongs to this certificate could not be found out: the key is there, but encrypted or of a kind that xfed does not know.
    .headline = a private key could not be looked at
    .fix = { $kind ->
        [store] Run xfed as an administrator of this machine: the key is there, and Windows does not show it to this user.
       *[other] Put key and certificate into one PFX file (openssl pkcs12 -export -inkey KEY -in CERTIFICATE -out new.pfx), and judge that: xfed asks for its password.
    }
    .what = The files hold a private key that is encrypted with a password of its own, or is not RSA, an elliptic curve or Ed25519. In the store of a machine, the key may be closed to the user who runs xfed.
    .why = Only certificate and key together can be used. Whether these two are a pair is not known.
    .mend = Put both into one PFX file, and judge that. In the store of a machine: run xfed as an administrator.
    .source = XPhone Federation guide, chapter 7

cert-malformed = { $who ->
    [sent] What the server sends as certificate number { $number }
    [intermediate] The intermediate certificate { $subject }
    [root] The root certificate { $subject }
   *[leaf] The certificate
} is not made as RFC 5280 has it: { unreadable }. Expected: an X.509 certificate that everybody can read.
    .headline = { $what ->
        [encoding] a name in the certificate is not written in ASCII
        [no-certificate] a certificate that is sent cannot be read
       *[other] a certificate that is sent breaks the rules
    }
    .fix = { $who ->
        [sent] Nothing has to be ordered. Import the certificate again on the { noun-server }, from a PFX file that holds it, its key and its intermediate certificates and nothing else, then choose it in the { noun-administration }. If a proxy answers on port 5061: mend its certificate file.
       *[own] Order a certificate for exactly { $server } from a public CA, then choose the new one in the { noun-administration }.
    }
    .what = What the server sent as its certificate, or one above it, cannot be read as X.509, or breaks a rule that other programs insist on: an extension that cannot be read or stands twice, a date without seconds, two signature algorithms.
    .why = Partners will mostly not accept it either. With self-made certificates, a wrongly encoded extension is the usual cause.
    .mend = Order a certificate for exactly the FQDN from a public CA, then choose the new one in the XPhone administration. If it does come from a public CA, report it to the makers of xfed.
    .source = RFC 5280, section 4.1

unreadable = { $what ->
    [no-certificate] it cannot be read as a certificate
    [request] it is a request for a certificate (CSR), which belongs to the CA, not to the server
    [lengths] it writes lengths with more bytes than they need (BER instead of DER), which strict partners do not accept
    [version] it says that it is of version { $detail }, which does not exist; expected is version 3
    [surplus] { $detail } bytes follow after its end
    [extension] its extension { $detail } cannot be read
    [repeated] its extension { $detail } stands in it more than once
    [date] its date "{ $detail }" is none: expected is a day that exists, with seconds, in UTC
    [encoding] its alternative name "{ $detail }" is not written in ASCII (such names begin with xn--), which strict partners do not accept
   *[algorithms] it names one signature algorithm inside and another outside
}

## The renewal of the certificate, beside the steps

renewal-title = Renewal of the certificate
renewal-about = Whether Let's Encrypt can validate the next renewal by HTTP (HTTP-01), as far as it shows from here. This changes neither the verdict nor the exit code.

renewal-port-filtered = Port 80 of { $fqdn } ({ $address }) { $how ->
    [unreachable] cannot be reached: a router on the way says no
   *[timed-out] does not answer in time
}, expected a web server, or at least that the connection is refused.
    .headline = port 80 is closed for the renewal
    .fix = Forward TCP 80 from { $address } to the machine that renews the certificate, for everybody: Let's Encrypt comes from changing addresses all over the world. If the certificate is validated otherwise (DNS-01, or bought by hand), nothing has to be done.
    .what = Nothing answers on port 80 of the server's address: a firewall drops what comes, or nobody forwards it.
    .why = Let's Encrypt validates each renewal by fetching a file from port 80 of this name, from several places of the world at once. Without it, no new certificate is issued, and the old one runs out.
    .mend = Open and forward TCP 80, from everywhere. On Windows, the firewall also swallows connections to a port on which nobody listens at the moment: if the ACME client itself listens (self-hosting), see that a rule lets TCP 80 in, and have a renewal tried (wacs.exe --renew --force; for trying only, against the test server: --test).
    .source = Let's Encrypt, challenge types; "Best Practice - Keep Port 80 Open"

renewal-port-closed = Port 80 of { $fqdn } ({ $address }) is reached, and nobody listens there at the moment. Whether a renewal works shows only while the ACME client runs.
    .headline = nobody listens on port 80 at the moment
    .fix = With self-hosting (--validation selfhosting), this is normal: the ACME client listens only during the renewal. To be sure, have one tried: wacs.exe --renew --force. If it lays its file into a web server's folder (--validation filesystem), start that web server.
    .what = The connection to port 80 is refused: the way there is open, but no program listens.
    .why = An ACME client that validates by itself listens for a few seconds at each renewal, and then this is right. One that leaves the file to a web server needs that web server to run.
    .mend = Have a renewal tried, and look at the log of win-acme or simple-acme: it says whether the validation succeeded.
    .source = simple-acme, validation plug-ins; Let's Encrypt, challenge types

renewal-not-http = On port 80 of { $fqdn } ({ $address }), { $how ->
    [silent] a connection is accepted, and no answer follows
    [closed] a connection is accepted, and closed without an answer
   *[other] something other than a web server answers ("{ $said }")
}; expected an answer in HTTP.
    .headline = port 80 does not speak HTTP
    .fix = Forward TCP 80 of { $address } to the machine that renews the certificate, and to a port there on which a web server or the ACME client answers in HTTP.
    .what = Port 80 accepts connections, but gives no answer to a request in HTTP.
    .why = Let's Encrypt asks in plain HTTP. Where none is spoken, or a device in between keeps the connection to itself, the validation fails.
    .mend = Find out what is behind the port forward of TCP 80, and let it lead to the web server or to the ACME client.
    .source = RFC 8555, section 8.3

renewal-other-device = On port 80 of { $fqdn } ({ $address }), another device answers: { $device }. Expected the machine that renews the certificate.
    .headline = another device answers on port 80
    .fix = Forward TCP 80 of { $address } to the machine that renews the certificate, and move the administration page of the device ({ $device }) away from the public port 80.
    .what = What answers on port 80 says of itself that it is a router, a firewall or the like. Often that is the administration page of the router itself.
    .why = Let's Encrypt would ask that device for the file, and it has none. Besides, administration pages do not belong on the internet.
    .mend = Switch off remote administration on port 80, or move it; then forward TCP 80 to the machine that renews the certificate.
    .source = RFC 8555, section 8.3

renewal-refused = Port 80 of { $fqdn } ({ $address }) answers the question for a challenge with status { $status }{ $server_field_count ->
    [0] {""}
   *[other] {" "}({ $server_field })
}, expected 404: not found.
    .headline = port 80 refuses what a CA asks for
    .fix = { $status ->
        [401] Let everybody at /.well-known/acme-challenge/ without a password (IIS: Authentication, Anonymous Authentication: enabled).
        [403] Let everybody at /.well-known/acme-challenge/: lift the block by address, country or rule (IIS: Request Filtering, IP Address Restrictions), and let IIS hand out files without an ending (MIME type of "." as text/plain).
       *[other] See what is wrong with the web server behind port 80: a proxy in front of it may not reach it. Its log says more.
    }
    .what = A web server answers, but it refuses or fails where Let's Encrypt would look for its file. Nobody has laid one down, so "not found" would be right.
    .why = If the same answer comes during a renewal, the validation fails. Frequent causes are a password on the whole site, request filters, country blocks, and proxies whose server is down.
    .mend = Lay a text file without an ending into the folder .well-known\acme-challenge of the web server, and open it from outside in a browser. When its content shows, the renewal works, too.
    .source = RFC 8555, section 8.3; Let's Encrypt, challenge types

renewal-answers-anything = Port 80 of { $fqdn } ({ $address }) answers the question for a challenge that does not exist with status { $status }{ $server_field_count ->
    [0] {""}
   *[other] {" "}({ $server_field })
}, expected 404: not found.
    .headline = port 80 says yes to everything
    .fix = Take /.well-known/acme-challenge/ out of the rule that answers everything with the same page (URL Rewrite in IIS, try_files or a proxy rule), so that files in there are handed out. If that page is not on the machine that renews the certificate: forward TCP 80 to that machine.
    .what = The web server answers with "found" to the name of a file that nobody can have laid down: every address gets the same page, of an application, a proxy or a provider's parking page.
    .why = Let's Encrypt compares what it gets with what the ACME client laid down. If it gets that page instead, the validation fails.
    .mend = Make an exception for /.well-known/acme-challenge/, and try it with a text file in that folder.
    .source = RFC 8555, section 8.3

renewal-redirected-away = Port 80 of { $fqdn } ({ $address }) sends a CA { $why ->
    [elsewhere] to another host: { $to }
    [https-closed] to https://{ $to }, where port 443 does not answer
   *[refused] where no CA follows: { $to }
}. Expected an answer there, or a redirect to HTTPS of the same name.
    .headline = port 80 sends a CA elsewhere
    .fix = { $why ->
        [elsewhere] Take /.well-known/acme-challenge/ out of the redirect. If the file is to be found on { $to }, the ACME client has to lay it down there.
        [https-closed] Open TCP 443 for everybody, too, or take /.well-known/acme-challenge/ out of the redirect to HTTPS.
       *[refused] Take /.well-known/acme-challenge/ out of the redirect: Let's Encrypt follows only to names, by HTTP on port 80 or HTTPS on port 443.
    }
    .what = The answer is a redirect. Let's Encrypt follows redirects, but to names only, and to ports 80 and 443 only; and what it finds at the end has to be the right file.
    .why = A redirect to HTTPS of the same name is usual and harmless, even with an expired certificate. One to another host, another port or an address ends the validation.
    .mend = Take the folder /.well-known/acme-challenge/ out of all redirects.
    .source = Let's Encrypt, challenge types; RFC 8555, section 8.3

renewal-answered = Port 80 of { $fqdn } ({ $address }) answers as it should: { $how ->
    [https] a redirect to HTTPS of the same name, where port 443 is open, too
    [redirect] a redirect within the same name (status { $status })
   *[not-found] status { $status }, as nobody has laid down a challenge
}{ $server_field_count ->
    [0] {""}
   *[other] {" "}({ $server_field })
}.
    .headline = port 80 answers as it should
    .what = A web server answers on port 80, and says that a challenge that nobody has laid down is not there. That is what a CA should meet.
    .why = So the way from here is open. Let's Encrypt comes from several countries at once; what blocks by country or address does not show from one place.
    .mend = Nothing. It should be the machine that renews the certificate; what is in parentheses is what the web server says of itself.
    .source = Let's Encrypt, challenge types

renewal-ipv6-dead = { $fqdn } has the IPv6 address { $address }, whose port 80 { $how ->
    [refused] refuses the connection
    [unreachable] cannot be reached
   *[timed-out] does not answer
}, while it answers by IPv4. CAs ask by IPv6 first.
    .headline = port 80 does not answer by IPv6
    .fix =
        @dns-admin If the server is not meant to be reached by IPv6: delete the AAAA record { $address } of { $fqdn }.
        @network If it is: let TCP 80 (and TCP 5061) in to { $address }.
    .what = The name has an AAAA record, and nobody answers there on port 80.
    .why = Let's Encrypt prefers IPv6. After a failed connection it tries IPv4 once, other CAs do not; a half-open firewall makes even that fail.
    .mend = Open the ports for IPv6, or delete the AAAA record.
    .source = Let's Encrypt, IPv6 support

renewal-ipv6-differs = By IPv6 ({ $address }), port 80 of { $fqdn } answers otherwise ({ $says }) than by IPv4 ({ $others }). Expected the same machine: CAs ask by IPv6 first.
    .headline = by IPv6, another machine answers on port 80
    .fix =
        @dns-admin If { $address } belongs to another machine (a web host, an old server): delete or change the AAAA record of { $fqdn }.
        @network If it is the right machine: let TCP 80 lead to the same web server by both families.
    .what = Behind the AAAA record stands another machine, or another web server, than behind the A record.
    .why = Let's Encrypt prefers IPv6, and takes the answer that it gets there. The file of the ACME client lies on the machine behind IPv4, so the validation fails.
    .mend = Let both records lead to the same machine, or delete the AAAA record.
    .source = Let's Encrypt, IPv6 support

renewal-dns-fails = { $record } of { $name } cannot be looked up: { $why ->
    [dnssec] its DNSSEC does not hold
    [errors] the servers answer with an error ({ $errors })
   *[servfail] the servers answer that they cannot answer (SERVFAIL)
}. Expected an answer, be it that there is none: without one, no CA may issue.
    .headline = DNS fails, and without it no CA issues
    .fix = { $why ->
        [dnssec] Mend DNSSEC of the zone: renew the signatures, or have the registrar take out the outdated DS record.
        [errors] Have whoever runs the zone's servers see to it that they answer { $record } of { $name } like every other question, with "no such record" where there is none; old ones refuse types that they do not know.
       *[servfail] See why the zone's servers fail at { $record } of { $name }; old ones do so at types that they do not know. If a DS record is published: check DNSSEC.
    }
    .what = A question that every CA has to ask before it issues is answered with an error such as SERVFAIL, or with what DNSSEC proves wrong.
    .why = Since March 2026 all public CAs must validate DNSSEC, and must not take a failed look-up for a permission.
    .mend = Have the zone's servers answer every question, and keep DNSSEC in order.
    .source = CA/Browser Forum Baseline Requirements, section 3.2.2.8; RFC 8659, section 3

renewal-caa-forbids = The CAA record at { $at } { $why ->
    [critical] has a tag that no CA knows ("{ $tag }", marked as critical)
    [nobody] lets no CA issue
   *[others] lets only these CAs issue: { $allowed }
}, expected { $expected } ({ $ca }) among them.
    .headline = CAA forbids the next certificate
    .fix =
        { $why ->
            [critical] Delete the record with the tag "{ $tag }", or take off its mark as critical. What lets { $ca } issue is this record:
            [nobody] Put this record in the place of the one that lets nobody issue:
           *[others] Add this record to those that are there:
        }
        > { $at }. CAA 0 issue "{ $expected }"
    .what = CAA records say in public DNS which CAs may issue certificates for a name. The nearest ones upwards from the server's name count, and the CA is not among those named.
    .why = Every public CA has to look them up right before it issues, and has to refuse where it is not named. The present certificate stays valid until its last day; the next one is not issued.
    .mend = Add a CAA record for the CA to those that are there, or take one of the CAs named.
    .source = RFC 8659; CA/Browser Forum Baseline Requirements, section 3.2.2.8

renewal-caa-method = The CAA record at { $at } lets { $ca } issue only after validation by { $methods }, expected http-01 among them.
    .headline = CAA forbids the validation by HTTP
    .fix = In the CAA record at { $at }, add http-01 to validationmethods (or leave validationmethods out), or have the ACME client validate by { $methods }.
    .what = The CAA record names the only ways in which the CA may validate (validationmethods), and HTTP-01 is not one of them.
    .why = The guide's recipe validates by HTTP. The CA has to refuse it, whatever port 80 says.
    .mend = Allow http-01 in the CAA record, or validate as it says: by DNS-01 with a DNS plug-in of the ACME client.
    .source = RFC 8657, section 4

renewal-caa-bound = The CAA record at { $at } lets { $ca } issue for one account only: { $accounts }.
    .headline = CAA binds renewals to an account
    .what = The CAA record names the only account at the CA that may get certificates (accounturi).
    .why = That is a protection. If the ACME client is set up anew on another machine, it has another account, and gets nothing.
    .mend = Nothing, as long as the account stays. After a new set-up: enter the new account there. win-acme and simple-acme show it under "Manage account details".
    .source = RFC 8657, section 3

renewal-untested = { $what ->
    [ipv6] This machine has no IPv6: what a CA meets by IPv6 at { $fqdn } could not be tested
    [left-out] Port 80 of { $fqdn } was not tested: the connections of this run go elsewhere (--connect-to, -4, -6)
    [not-public] { $fqdn } has an address that is not public: no CA gets there
    [no-address] { $fqdn } has no address: there is no port 80 to test
    [caa] Which CAs may issue for { $fqdn } (CAA) could not be found out: DNS gave no usable answer
    [caa-proof] Which CAs may issue for { $fqdn } (CAA) could not be found out: a zone on the way is signed (DNSSEC), and what it answers is not proven by that. No CA believes such an answer
   *[here] Port 80 of { $fqdn } could not be tested from this machine
}.
    .headline = a part of the renewal could not be tested
    .fix = { $what ->
        [caa-proof] Have the DNSSEC of the zone checked; what is wrong with it is shown by: xfed check { $domain }
       *[other] Repeat from a machine on the internet, with IPv6 and without --connect-to: xfed check { $domain } --renewal
    }
    .what = Something that a renewal needs could not be seen from here.
    .why = It says nothing about the renewal, neither way.
    .mend = Repeat from a machine on the internet, with IPv6 and without --connect-to.
    .source = RFC 8555, section 8.3

## Step 6, federation active

tls-not-spoken = The port answers { $form ->
    [binary] with something else than TLS
   *[text] in plain text
} ({ $service ->
    [unknown] unknown service
    [SIP] SIP without TLS
   *[other] { $service }
}: { $form ->
    [binary] bytes { $start }
   *[text] "{ $start }"
}), expected TLS.
    .headline = the port answers without TLS
    .fix =
        @xphone-admin Find the program that holds port 5061 (netstat -abno, as administrator), give it another port, and bind federation to 5061.
        @network Check that the port forward leads to port 5061 of the { noun-server }.
    .partner =
        @partner Another program answers on TCP 5061 of { $server }: give it another port, and let 5061 lead to the federation service.
    .what = TCP is open, but the service behind answers in plain text. By its first bytes it is HTTP (a web server), SIP without TLS, SSH, SMTP, FTP or RDP (Remote Desktop), or something unknown. Where the start of TLS gets no word, xfed connects once more, listens, and asks in plain text (SIP OPTIONS).
    .why = Partners speak TLS at once and give up. Telnet finds an open port and calls that fine.
    .mend = On the XPhone server, netstat -abno shows which program holds port 5061; give it another port and bind federation there. If XPhone is bound there already, the port forward leads to another machine or another port, such as 5060 or 443.
    .source = XPhone Federation guide, chapters 5 and 6; RFC 8446, section 4.1

tls-silent = { $fqdn } accepts TCP port { $port }, but says nothing for { $limit } (--timeout waits longer) when TLS starts. Expected: a TLS answer.
    .headline = the server does not answer TLS
    .fix =
        If the server is only slow: repeat with a longer limit (--timeout 20s).
        @network Check that the port forward leads to the { noun-server } (a firewall may accept in its place).
        @xphone-admin Check that federation is on, restart the service.
    .partner =
        @xphone-admin If the server is only slow: repeat with a longer limit (--timeout 20s).
        @partner See whether the federation service runs, and whether a firewall accepts connections in its place.
    .what = The connection was accepted, but nothing came back for the start of TLS within the time that xfed waits (5 seconds, or --timeout).
    .why = For partners it is as good as closed. Typical are firewalls that accept connections in the server's place (SYN proxy) while the server behind is not reachable, and services that hang.
    .mend = Internal IT: check the target of the port forward, best from inside: xfed check <domain> --connect-to <LAN address>. XPhone admin: check that federation is on, and restart the service.
    .source = XPhone Federation guide, chapters 5 and 6

tls-closed = { $fqdn } accepts connections on TCP port { $port }, but closes them when the TLS handshake begins. Expected: a TLS answer.
    .headline = the server closes when TLS begins
    .fix =
        @xphone-admin Choose the certificate again in the { noun-administration } and check that federation is on.
        @network Check that no proxy or inspection stands before port 5061.
    .what = The connection was accepted and closed again as soon as TLS began, without a word.
    .why = No partner gets any further. Common causes: no usable certificate is chosen in XPhone, its private key is missing, or a firewall inspects SIP and does not understand it.
    .mend = Choose the certificate again in the XPhone administration and look for Schannel errors in the Windows event log (System). Switch off SIP ALG and TLS inspection for port 5061 on the firewall.
    .source = XPhone Federation guide, chapters 6 and 7

tls-too-old = The server speaks { $version } at most (cipher suite { $cipher }), expected TLS 1.2 or 1.3.
    .headline = the server speaks { $version } at most
    .fix = On the { noun-server }: switch on TLS 1.2 in Windows (registry key SCHANNEL\Protocols\TLS 1.2\Server: Enabled = 1, DisabledByDefault = 0), install all Windows updates, restart.
    .what = The server refused TLS 1.2 and 1.3. It answered only a hello made by hand that allows older versions; the message names the version and the cipher suite it chose. The certificate was read from that answer and is judged in step 5.
    .why = TLS 1.0 and 1.1 are deprecated (RFC 8996), and SSL 3.0 is broken. Microsoft's servers and today's libraries refuse them, so almost no partner gets in, although certificate and port look right.
    .mend = Switch on TLS 1.2 in Windows on the XPhone server, for server and client: in the registry under SCHANNEL\Protocols, or with a tool such as IIS Crypto, and restart. Windows Server 2008 R2 and 2012 need updates for it; a Windows out of support is better replaced. If a proxy or a firewall with TLS inspection stands before port 5061, look there first.
    .source = RFC 8996; RFC 5246, appendix E; XPhone Federation guide, chapter 6

tls-no-common-cipher = The server chose { $version } with { $cipher }{ $group ->
    [none] {""}
   *[other] {" "}({ $group })
}, expected { $what ->
    [group] one of the usual groups: X25519, P-256, P-384
    [modern-group] one of the usual groups: X25519, P-256, P-384
    [modern-suite] a usual cipher suite of TLS 1.3: AES-GCM or ChaCha20
    [modern-both] a usual cipher suite of TLS 1.3 (AES-GCM or ChaCha20) and a usual group (X25519, P-256, P-384)
    [both] ECDHE with AES-GCM or ChaCha20 and a usual group (X25519, P-256, P-384)
   *[suite] ECDHE with AES-GCM or ChaCha20
}. { $reach ->
    [some] Partners on Windows mostly get in with it; those that insist on modern ciphers do not.
    [last] Partners on Windows Server and with OpenSSL get in with { $last }, which they offer behind all others; Teams, whose list for SIP has only ECDHE, and programs that insist on modern ciphers do not.
    [last-short] Partners on Windows Server get in with { $last }, which they offer behind all others; OpenSSL, which wants 2048 bits on Debian, Ubuntu and from version 3.2 on, Teams, whose list for SIP has only ECDHE, and programs that insist on modern ciphers do not.
    [unknown] Whether it accepts what partners on Windows offer could not be tested.
    [older] Whoever knows no more than TLS 1.2 gets in, like Windows Server 2016 and 2019; whoever offers TLS 1.3 is turned away.
   *[few] It refused ECDHE with AES and the usual curves, which Windows offers first.
} To xfed's own TLS handshake it answered: { $how ->
    [alert] alert { $detail }
    [closed] connection closed
    [misbehaved] { breach }
    [plain] plain text ("{ $detail }")
   *[silent] nothing
}.
    .headline = the TLS settings allow no common cipher
    .fix = On the { noun-server }: { $what ->
    [group] put the curves curve25519, NistP256 and NistP384 into the group policy "ECC Curve Order", restart.
    [modern-group] put the curves curve25519, NistP256 and NistP384 into the group policy "ECC Curve Order", restart.
    [modern-suite] switch on TLS_AES_256_GCM_SHA384 and TLS_AES_128_GCM_SHA256 in Windows (group policy "SSL Cipher Suite Order"), restart.
   *[suite] switch on TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 and TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 in Windows and put them first (group policy "SSL Cipher Suite Order"), restart.
}
    .what = The server speaks TLS 1.2 or 1.3, but refused what today's TLS libraries offer, xfed's among them. Asked by hand with all cipher suites and groups that were ever in use, it chose those in the message, and they are not what was offered before. If Windows does not offer that one everywhere, xfed asks once more with those that it does (ECDHE with AES, CBC included; then DHE with AES-GCM and RSA key exchange with AES).
    .why = Both sides need a cipher suite in common. ECDHE with AES-CBC is still on in Windows and with Microsoft's SIP servers, but off in many other programs: some partners get in, others do not, hence a warning. The same holds for RSA key exchange with AES and DHE with AES-GCM, which every Windows Server still offers last. DHE with CBC, CCM, 3DES and RC4 are off in Windows or about to be, so that is a failure. What comes after the choice of the cipher suite, the handshake's end and SIP, was not seen.
    .mend = Switch on the ECDHE suites with AES-GCM in Windows and put them first: Get-TlsCipherSuite shows the list, Enable-TlsCipherSuite changes it. Windows has them for RSA certificates since Server 2016; on 2012 R2 and older, ECDHE with AES-CBC is the best there is. Curves (groups) have an order of their own: Get-TlsEccCurve shows it, Enable-TlsEccCurve changes it.
    .source = RFC 5246, section 7.4.1; RFC 9325, section 4.2; XPhone Federation guide, chapter 6

tls-handshake-failed = { $how ->
    [unserved] Whoever names { $fqdn } at the beginning of TLS (SNI) is turned away without a word, while the same address serves those who name another server: something there chooses by name (a load balancer or reverse proxy such as HAProxy or nginx), and has nothing entered for this name, or the server that it leads to does not answer.
    [unborne] The server turns away whoever { $detail ->
        [session-ticket] asks for a session ticket in the first message of TLS (extension session_ticket), as Windows, OpenSSL and GnuTLS do
        [status-request] asks for a stapled OCSP answer in the first message of TLS (extension status_request), as GnuTLS and some programs on Windows do; OpenSSL gets in
        [server-name] names the server in the first message of TLS (extension server_name, SNI), as Windows, OpenSSL and GnuTLS do where a program gives them the name
        [renegotiation-signal] has the signal for secure renegotiation among the cipher suites of the first message of TLS (TLS_EMPTY_RENEGOTIATION_INFO_SCSV), as OpenSSL does; Windows and GnuTLS, which have an extension for it, get in
        [supported-versions] sends the extension supported_versions in the first message of TLS, as all do that know TLS 1.3 (Windows Server 2022, OpenSSL, GnuTLS); older Windows gets in
        [newer] has more in the first message of TLS than Windows Server 2016 (RSA-PSS signatures, other cipher suites or curves), as newer Windows, OpenSSL and GnuTLS do; Windows Server 2016 gets in
       *[length] sends a first message of 256 to 511 bytes, as Windows Server 2022, OpenSSL and GnuTLS do; older Windows, whose message is shorter, gets in
    }. A message without that it answers.
    [key] The server showed a certificate whose private key it does not have.
    [key-kind] The key in the server's certificate is of a kind that is not offered everywhere ({ $detail }): { $detail ->
        [Ed448] xfed and Windows get no handshake, OpenSSL and GnuTLS do
       *[other] xfed got no handshake, and partners without it get none either
    }.
   *[other] { $progress ->
        [finished] TLS broke after the handshake
       *[other] The TLS handshake ended { $progress ->
            [both] after the server's certificate and the demand for one of the client's
            [request] after the demand for a client certificate
            [certificate] after the server's certificate
            [hello] after the server's first answer
           *[nothing] before the server's first answer
        }
    }: { $how ->
        [alert] alert { $detail }, { alert }
        [warned] warning { $detail }, { alert }; then nothing came for { $limit }
        [warned-closed] warning { $detail }, { alert }; then the server closed the connection
        [closed] the server closed the connection
        [silent] nothing more came for { $limit } (--timeout waits longer)
        [slow] it was not at its end after { $limit }, and bytes were still coming (--timeout waits longer)
       *[misbehaved] { breach }
    }{ $within ->
        [yes] , in the middle of a message{ $message ->
            [none] {""}
           *[other] {" "}({ $message })
        }, after { $received } bytes
       *[no] {""}
    }.{ $excuse ->
        [no-certificate] {" "}xfed had shown no client certificate; whether partners, who show one, are refused in the same way could not be tested.
        [enforced] {" "}In TLS 1.2 it turned xfed away for having none: so no partner with TLS 1.3 gets in.
        [certificate] {" "}xfed had shown the certificate of --client-cert; whether partners are refused with theirs in the same way could not be tested.
       *[none] {""}
    }{ $extension ->
        [none] {""}
       *[other] {" "}The extension is { $extension }.
    }
} Expected: a complete handshake with TLS 1.2 or 1.3.
    .headline = { $excuse ->
        [no-certificate] TLS breaks off without a client certificate
        [certificate] TLS breaks off with this client certificate
       *[none] the TLS handshake fails
    }
    .fix =
        { $how ->
            [alert] { $excuse ->
                [no-certificate]
                    Repeat with a client certificate, such as the { noun-server }'s own: --client-cert file.pem --client-key key.pem. If the alert stays:
                    { alert-mending }
                [certificate]
                    Repeat with another client certificate, from a public CA and valid today. If the alert stays:
                    { alert-mending }
               *[none] { alert-mending }
            }
            [warned] { alert-mending }
            [warned-closed] { alert-mending }
            [unserved]
                @network On the load balancer or proxy that answers there: enter the name { $fqdn } for TCP { $port } and let it lead to the { noun-server }, TLS passed on and not ended there (HAProxy: req.ssl_sni in mode tcp; nginx: map $ssl_preread_server_name). If the name is entered: see from that machine whether the { noun-server } accepts TCP { $port }.
                @xphone-admin Check that the { noun-service } is running and that federation is on. No certificate has to be ordered for this.
            [unborne]
                @network Update the load balancer, firewall or inspection before port 5061, or leave port 5061 out: it mostly is the one that does not bear such a message.{ $detail ->
                    [length] {" "}Some old ones take it for a message of SSL 2.0, by its length (RFC 7685).
                   *[other] {""}
                }
                @xphone-admin Install the updates of the system on the { noun-server }.
            [key] @xphone-admin Import the certificate with its own private key (PFX file), and choose it again in the { noun-administration }.
            [key-kind] @xphone-admin Order a certificate for exactly { $server } with an RSA key of 2048 or 3072 bits, then choose the new one in the { noun-administration }.
            [slow]
                Repeat with --timeout 20s: then the handshake is seen to its end.
                @network Find out what slows the way to the { noun-server } down (a line at its limit, an inspection).
                @xphone-admin Check the load of the { noun-server }.
            [silent] { $within ->
                [yes] @network Large packets get lost on the way. Let ICMP "fragmentation needed" (type 3, code 4) through, or limit the segment size (MSS clamping) on firewall, VPN or DSL router; leave port 5061 out of TLS inspection.
               *[no]
                    If the server is only slow: repeat with --timeout 20s.
                    @xphone-admin Restart the { noun-service }.
                    @network Leave port 5061 out of TLS inspection, which may wait for something.
            }
            [closed] { $within ->
                [yes] @network Something cuts the connection while the server speaks: leave port 5061 out of TLS inspection and SIP ALG, and forward it straight to the { noun-server }.
               *[no]
                    @xphone-admin Choose the certificate again in the { noun-administration }, and look for Schannel errors in the Windows event log (System) at the time of this check.
                    @network Check that no proxy or inspection stands before port 5061.
            }
           *[misbehaved] { $detail ->
                [no-client-scheme]
                    @xphone-admin Switch on RSA-PSS with SHA-256 (rsa_pss_rsae_sha256) for client certificates: in Windows, what group policy and registry say under Cryptography\Configuration\Local\SSL\00010003 (Functions); in other programs, the list of signature algorithms for client certificates. Then restart.
                    @network Check that no proxy that ends TLS stands before port 5061; its list may be the one that counts.
               *[other]
                    @network Forward TCP 5061 straight to the { noun-server }, without inspection or proxy.
                    @xphone-admin Install the Windows updates, restart, and check which program holds port 5061 (netstat -abno, as administrator).
            }
        }
    .what = TLS began, but did not come to an end, or broke right after. The message says how far it got and how it ended; where the server sent an alert, it is named with its number and told in words.
    .why = After an end before the server's first answer, xfed asks again by hand, with older versions, with all cipher suites, and in TLS 1.3 with all groups. If this finding stands all the same, those answers do not explain it. An end after the first answer mostly has to do with certificate or key, an end in the middle of a message with the network. Where a client certificate was demanded, the alerts internal_error (80) and insufficient_security (71) leave the verdict open: some servers send them for want of one, or for the one shown, and partners show theirs.
    .mend = Follow the alert, if there is one: it is the server's own word. Look for Schannel errors in the Windows event log (System), which name the cause from the server's side. Without an alert: choose the certificate again in the XPhone administration, and take inspection and proxies out of the way.
    .source = RFC 8446, section 6; RFC 5246, section 7.2; RFC 8996

tls-unsteady = { $how ->
    [worse] The server answers only some connections as it should: { $lost } of { $made } to the same address fared worse than the first ({ $codes }). Expected: the same for each.
    [better] Another connection to the same address fared better than the first ({ $made } were made), which alone showed this: { $codes }. Expected: the same for each.
    [refused] The server answers only some connections: { $lost } of { $made } it ended with an alert or without a word, before anything else was said; the others were served. Expected: an answer to each.
    [beside] The server did not serve the second connection while the first one was open; of the { $made } that xfed made, only this one was lost, and the others came one after the other. Expected: several at a time, Skype for Business opens up to four.
    [late] The server answers only some connections in time: { $lost } of { $made } had no answer within { $limit }, as long as xfed waits; the others were served. Expected: an answer to each.
    [over] The server answered the first connection with an alert, and none of the others with a word, whatever they offered ({ $lost } of { $made }). It seems to answer only so many from one address, so what it refuses could not be found out. Expected: an answer to each.
    [unconnected] The server accepts only some connections: { $lost } of { $made } came to nothing on TCP (no answer, or refused), the others were served. Expected: that each is accepted.
   *[mute] The server answers only some connections: { $lost } of { $made } ended before it said a word, the others were served. Expected: an answer to each.
}
    .headline = the server answers only some connections
    .fix =
        @network { $how ->
            [late] Repeat the check with a longer --timeout: a service that had been asleep is slow once only. If connections stay without an answer, and{" "}
           *[other] If{" "}
        }several servers stand behind the address (load balancer, forwarding in turns), take out the one that is dead or no { noun-server }.{ $how ->
            [over] {" "}If something limits the connections of one address to port 5061, let it pass eight, and check again.
            [mute] {" "}If a firewall protects from floods on port 5061, let it pass single connections.
            [unconnected] {" "}If a firewall protects from floods on port 5061, let it pass single connections.
            [beside] {" "}If something limits the connections of one address to port 5061, let it pass eight.
           *[other] {""}
        }
        @xphone-admin Check that federation is on, on each of these servers.
    .what = xfed makes several connections to each address, and they ended differently: one as it should, the other closed, in plain text, with an old version of TLS, or with another answer to OPTIONS. What the server chose is what xfed offers, so that it is not the cause.
    .why = Partners fare the same: sometimes they get in, sometimes not, and mostly they do not try again at once. Where nothing was said but a refusal at the start, and one complete handshake was seen, it is a warning; where something wrong was said, it weighs as much as that. Without one complete handshake the verdict stays open. Of more than two servers behind an address, a check may miss one.
    .mend = Repeat the check some times. Look for a balancer with a dead server behind it, for protection from floods (SYN cookies that reset, limits per address), and for a server at its limit of connections.
    .source = XPhone Federation guide, chapter 5

tls-refuses-modern = { $what ->
    [late] The server is silent to whoever offers TLS 1.3
   *[other] The server refuses whoever offers TLS 1.3
} ({ $how ->
    [alert] alert { $detail }
    [closed] it closed the connection
    [plain] it answered in plain text ("{ $detail }")
   *[silent] it did not answer within { $limit }
}), although it speaks TLS 1.2 with those who offer nothing newer. { $what ->
    [late] xfed waited no longer (--timeout waits longer), so whether it refuses them or is slow with them could not be tested. Expected: an answer within that time.
    [pss] It knows TLS 1.3 itself, and makes no RSA signatures with PSS, which TLS 1.3 demands. Expected: signatures with PSS, or TLS 1.3 off.
   *[offer] Expected: TLS 1.3, or TLS 1.2 as the answer to an offer of both.
}
    .headline = { $what ->
        [late] no answer to an offer of TLS 1.3 in time
       *[other] the server refuses whoever offers TLS 1.3
    }
    .fix = { $what ->
        [pss] @xphone-admin Import the certificate with its private key once more, into a key storage provider (certutil -importpfx -csp "Microsoft Software Key Storage Provider" file.pfx), and choose it again in the { noun-administration }. If a proxy ends TLS on port 5061: allow rsa_pss_rsae_sha256 among its signature algorithms. Until then switch TLS 1.3 off there, and TLS 1.2 serves everybody.
        [late]
            Repeat with --timeout 20s: then it shows whether an answer comes.
            @network If none comes, and a firewall, proxy or inspection stands before port 5061: update it, or leave port 5061 out.
            @xphone-admin If one comes late: look for what is slow in TLS 1.3 on the { noun-server } (where the certificate's key is kept, virus scanner, load).
       *[offer]
        @network If a firewall, proxy or inspection stands before port 5061: update it, or leave port 5061 out. It mostly is the one that does not know TLS 1.3.
        @xphone-admin Install the Windows updates on the { noun-server }, and restart. Windows Server 2016 and 2019 answer an offer of TLS 1.3 with TLS 1.2 by themselves.
    }
    .what = A client offers all the versions that it has, and the server chooses one. This one hangs up on the offer itself, as soon as TLS 1.3 is in it. To offers without it, it answers as it should. xfed then asks by hand what is the reason: the length of the hello, a cipher suite or group that the server would want in TLS 1.3 (told under tls-no-common-cipher), or RSA signatures with PSS, where it knows TLS 1.3 by its own mark and turns away in TLS 1.2, too, whoever offers no other ones.
    .why = Partners on Windows Server 2022, OpenSSL or GnuTLS offer TLS 1.3 and are turned away, while those on older Windows get in.
    .mend = If PSS is missing, the key mostly lies in an old store (CSP, smart card, HSM): move it. Otherwise look for what stands between: the server itself, tested from the same network, mostly bears the offer. openssl s_client -connect <FQDN>:5061 fails, and succeeds with -tls1_2.
    .source = RFC 8446, section 4.1.2 and appendix D

tls-worse-for-windows = { $how ->
    [other] Whoever connects as Windows Server 2016 does (TLS 1.2, AES-GCM) meets something else than others ({ $codes }), each time. Expected: the same for each.
    [undecided] Whoever connects as Windows Server 2016 does (TLS 1.2, AES-GCM) gets no further than the demand for a client certificate, each time ({ $detail ->
            [none] the connection ends
           *[alert] alert { $detail }
        }), { $taken ->
            [yes] while in TLS 1.3 the server answers without one
           *[no] while TLS 1.3 works
        }. xfed had shown no client certificate; whether partners, who show one, meet the same could not be tested. Expected: the same for each.
    [breach] Whoever connects as Windows Server 2016 does (TLS 1.2, AES-GCM, curves P-256 and P-384) gets no handshake, each time: { breach }. With TLS 1.3 others do. Expected: a complete handshake with TLS 1.2 as well.
    [rsa] Whoever can use RSA keys only (Skype for Business first of all) { $what ->
        [key] is shown another certificate of the server, whose private key it does not have
        [breach] gets no handshake, although the server agrees to one: { breach }
       *[other] is shown another certificate of the server, and then meets something else than others ({ $codes })
    }, each time. Expected: the same for each.
    [broken] Whoever connects as Windows Server 2016 does (TLS 1.2, AES-GCM) gets no further than the demand for a client certificate, each time (alert { $detail }), while TLS 1.3 works. The alert is none of those for want of a certificate, so partners who show one meet it as well. Expected: the same for each.
    [slow] Whoever connects as Windows Server 2016 does (TLS 1.2, AES-GCM) did not come to the end of the handshake in the time that xfed waits (--timeout waits longer); in TLS 1.3 it did. Expected: the same for each.
    [shown] Whoever connects as Windows Server 2016 does (TLS 1.2, AES-GCM) is turned away ({ $detail ->
            [none] the connection ends
           *[alert] alert { $detail }
        }), although xfed showed the client certificate that the server takes in TLS 1.3. Whether partners, with other certificates, meet the same could not be tested. Expected: the same for each.
    [either] Whoever connects as Windows Server 2016 does (TLS 1.2, AES-GCM) is turned away ({ $detail ->
            [none] the connection ends
           *[alert] alert { $detail }
        }), although xfed showed the client certificate that the server takes in TLS 1.3. Without a certificate the end is the same, so it is not for that: something else is wrong in TLS 1.2. Expected: the same for each.
    [unrelated] Whoever connects as Windows Server 2016 does (TLS 1.2, AES-GCM) is turned away (alert { $detail }), although xfed showed the client certificate that the server takes in TLS 1.3. The alert is none of those for a certificate, so something else is wrong in TLS 1.2. Expected: the same for each.
    [cbc] In TLS 1.2 the server takes ECDHE only with CBC ({ $cipher }). Partners on Windows mostly get in with it; those that insist on modern ciphers do not. Expected: TLS 1.2 with ECDHE and AES-GCM.
    [curve] In TLS 1.2 the server takes no curve but X25519. Windows Server 2016 and later offer it as they are installed, but not in FIPS mode or where somebody keeps to the curves of NIST; Windows Server 2012 R2 does not have it. Expected: P-256 and P-384 as well.
    [last] In TLS 1.2 the server takes only what Windows offers behind all others ({ $cipher }). Windows gets in with it; Teams, whose list for SIP has only ECDHE, and programs that insist on modern ciphers do not. Expected: TLS 1.2 with ECDHE and AES-GCM.
    [offer] The server turns away whoever offers all cipher suites of Windows Server 2016 in TLS 1.2 ({ $detail ->
            [none] the connection ends
           *[alert] alert { $detail }
        }), at any length of the first message, and serves whoever offers ECDHE with AES-GCM alone. { $what ->
            [dhe] Without DHE in the offer all the others are served: it chooses a suite with DHE and fails with it.
           *[suites] It chooses another one and fails with it.
        } Expected: an answer to the whole offer.
   *[refused] The server turns away whoever connects as Windows Server 2016 does (TLS 1.2, AES-GCM, curves P-256 and P-384; { $how ->
            [alert] alert { $detail }
            [closed] it closed the connection
            [misbehaved] it chose what was not offered
            [plain] it answered in plain text ("{ $detail }")
           *[silent] it did not answer within { $limit }, --timeout waits longer
        }), although it serves others.{ $what ->
            [version] {" "}No offer in TLS 1.2 was taken, only one in TLS 1.3.
            [name] {" "}In TLS 1.2 it serves only those who do not name it (SNI), and turns away whoever names { $server }; in TLS 1.3 it takes the name.
            [usage] {" "}No offer in TLS 1.2 was taken, only one in TLS 1.3: the key usage of the certificate lacks digitalSignature, and many servers have no use for such a one in TLS 1.2.
            [suite] {" "}In TLS 1.2 it chose { $cipher }.
            [prime] {" "}In TLS 1.2 it chose { $cipher }, with a prime of less than 1024 bits.
            [group] {" "}In TLS 1.2 it takes another curve only.
            [signature] {" "}In TLS 1.2 it signs with RSA-PSS only.
            [newer] {" "}In TLS 1.2 it wants RSA-PSS signatures or the curve X25519.
           *[unknown] {""}
        } Expected: TLS 1.2 with ECDHE and AES-GCM, as well as what it has.
}
    .headline = { $how ->
        [last] in TLS 1.2 only outdated cipher suites
        [cbc] in TLS 1.2 only outdated cipher suites
        [curve] in TLS 1.2 only the curve X25519
        [undecided] whether TLS 1.2 works could not be tested
        [slow] whether TLS 1.2 works could not be tested
        [shown] whether TLS 1.2 works could not be tested
        [rsa] partners who can use RSA keys only do not get in like others
       *[other] partners on Windows (TLS 1.2) do not get in like others
    }
    .fix =
        @xphone-admin { $how ->
            [other] Look for the same setting in TLS 1.2 as in TLS 1.3, on the server and in every program before it.
            [undecided] Repeat the check with a client certificate (--client-cert, --client-key). Meanwhile, look for the error in TLS 1.2: in the log of the server (Windows event log, System, source Schannel) and of every program before it.
            [slow] Repeat the check with a longer limit (--timeout 20s), and look for what is slow in TLS 1.2.
            [breach] Update the program that speaks TLS 1.2 on port 5061: install the updates of the system on the { noun-server }, and of every program before it that ends TLS.
            [rsa] { $what ->
                [key] Import the RSA certificate once more with its own private key (PFX file), or configure only one certificate for { $server }, with an RSA key.
               *[other] Look for the same setting wherever the server has its RSA certificate as where it has the other one, or configure only one certificate for { $server }, with an RSA key.
            }
            [broken] Look for the error in TLS 1.2: in the log of the server (Windows event log, System, source Schannel) and of every program before it.
            [unrelated] Look for the error in TLS 1.2: in the log of the server (Windows event log, System, source Schannel) and of every program before it.
            [either] Look for the error in TLS 1.2: in the log of the server (Windows event log, System, source Schannel) and of every program before it.
            [shown] Look for the error in TLS 1.2: in the log of the server (Windows event log, System, source Schannel) and of every program before it.
            [curve] Add the curves P-256 and P-384 (NistP256, NistP384) to the curve order.
            [offer] Put TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 and TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 first for TLS 1.2, and switch off { $what ->
                [dhe] all suites whose name begins with TLS_DHE_ (or give the program DH parameters of 2048 bits).
               *[suites] those that the program cannot use: all with CBC, all that begin with TLS_RSA_ and all that begin with TLS_DHE_.
            }
           *[refused] { $what ->
                [last] Switch on TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 and TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 for TLS 1.2.
                [cbc] Switch on TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 and TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 for TLS 1.2.
                [name] Enter the name { $server } for TLS 1.2 as well, wherever something before the server chooses by name (load balancer, reverse proxy: a list of names or certificates, each with versions of its own); or forward TCP 5061 straight to the { noun-server }. No certificate has to be ordered for this.
                [suite] Switch on TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 and TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 for TLS 1.2.
                [prime] Switch on TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 and TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 for TLS 1.2.
                [usage] Order a certificate for exactly { $server } whose key usage has digitalSignature, then choose the new one in the { noun-administration }.
                [group] Add the curves P-256 and P-384 (NistP256, NistP384) to the curve order.
                [signature] Allow signatures with rsa_pkcs1_sha256 in TLS 1.2 as well.
                [newer] Add the curves P-256 and P-384 (NistP256, NistP384) to the curve order, and allow signatures with rsa_pkcs1_sha256.
               *[version] Switch on TLS 1.2 beside TLS 1.3 for port 5061, with TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 and TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.
            }
        }
        @network If a firewall, proxy or load balancer stands before port 5061, let it treat TLS 1.2 as it treats TLS 1.3, or leave port 5061 out.
    .what = xfed makes its second connection to an address as Windows Server 2016 would: in TLS 1.2, with ECDHE and AES, the curves P-256 and P-384 and signatures without RSA-PSS. It was met otherwise than the first, and each time, so that it is no chance. A third connection offers all suites of Windows Server 2016, DHE, CBC and RSA key exchange included; where that is turned away, it is asked by hand whether a shorter message is, too, and one without DHE. A server whose certificate has a key on an elliptic curve is asked once more by a client that can use RSA keys only; where another certificate is shown to that, all else is compared as well, and once more where it differs.
    .why = Most partners are Skype for Business or XPhone on Windows Server 2016 or 2019, which do not know TLS 1.3 or the newer methods. None of them gets in where the server has nothing else, and Teams hardly does, as Microsoft lists only suites of TLS 1.2 for its SIP: so TLS 1.3 alone is a failure. Where RSA-PSS is wanted, newer versions of Windows get in; where it is X25519, all do that keep their own order of curves; where it is CBC, most do; where it is RSA key exchange or DHE, all of them do, but not Teams: that is a warning. Where the server gives no reason, or may have refused for want of a certificate, the verdict stays open.
    .mend = openssl s_client -connect <FQDN>:5061 -servername <FQDN> -tls1_2 -cipher ECDHE+AESGCM -groups P-256:P-384 shows what they meet. On Windows, TLS 1.2 and the order of suites and curves stand in the registry and in the group policy "SSL Configuration Settings".
    .source = Microsoft, TLS versions, cipher suites and curves of Schannel; RFC 8446, appendix D

tls-needs-server-name = Whoever connects without naming the server (SNI) { $how ->
    [alert] is refused (alert { $detail })
    [closed] is cut off
    [silent] gets no answer
    [plain] is answered in plain text ("{ $detail }")
    [misbehaved] is answered with what was not offered
   *[other] meets something else ({ $codes })
}, although the server serves those who name it. Expected: the same for each.
    .headline = { $how ->
        [other] without a server name (SNI), something else answers
       *[refused] partners that send no server name (SNI) do not get in
    }
    .fix =
        @xphone-admin Bind the certificate to port 5061 for every name. For HTTP.sys: netsh http add sslcert ipport=0.0.0.0:5061 …, not hostnameport. In a proxy: make { $server } the default for port 5061, and switch off what insists on SNI (strict-sni in HAProxy, ssl_reject_handshake in nginx).
        @network If something before port 5061 chooses by server name, let connections without one lead to the { noun-server }, too.
    .what = In TLS a client may name the server that it means (SNI). xfed's first connection does, its second one does not. Those that did not were met otherwise each time they were answered, and those that did as the first.
    .why = Windows names the server wherever a program gives it a host name, .NET included; what the Edge of Skype for Business gives it is not documented. OpenSIPS names none unless it is set up so, and other programs of the field neither. On port 5061 there is one server anyway, so the name is not needed to choose one. As most partners send it: a warning.
    .mend = openssl s_client -connect <FQDN>:5061 -noservername shows what they meet.
    .source = RFC 6066, section 3; issues 17427 of dotnet/corefx, 81590 of dotnet/runtime, 3529 of OpenSIPS/opensips

tls-refuses-long-hello = { $how ->
    [full-size] Packets of full size do not arrive: a hello in such packets got no answer, twice, and the same one in small packets was served. Where they are lost, on our way or before the server, could not be tested; partners need them to show their certificate. Expected: packets of every size arrive.
    [other] A hello that takes two TCP segments is led to somebody else, each time, and one that fits into a segment reaches the server. { $certified_count ->
        [0] The certificate there is the same, what follows is not
       *[other] The certificate there is for { $certified }
    } ({ $codes }). Expected: both reach it.
   *[refused] A hello that takes two TCP segments { $how ->
        [alert] is refused (alert { $detail })
        [closed] is cut off
        [plain] is answered in plain text ("{ $detail }")
        [misbehaved] is answered with what was not offered
       *[silent] gets no answer
    }, each time, and one that fits into a segment is served. Expected: both are served.
}
    .headline = { $how ->
        [full-size] packets of full size are lost on the way
        [other] partners with a long hello (ML-KEM) get elsewhere
       *[refused] partners with a long hello (ML-KEM) do not get in
    }
    .fix = { $how ->
        [full-size] @network Check { $server } from another network, without VPN. If it is the same there, packets are lost before the server: let ICMP "fragmentation needed" (IPv6: "packet too big") through the firewall, and limit the segment size to the way (MSS clamping, for example 1452 bytes on DSL lines).
        [other]
        @network Look for what chooses by server name before port 5061 of { $server }: a load balancer, a router by SNI, a firewall. It reads the first packet only, and leads a longer hello to its default. Update it, or let its default for port 5061 be the { noun-server }.
        @xphone-admin If a proxy with several names answers on port 5061: update it, or make { $server } its default.
       *[refused]
        @network Look for what inspects TLS before port 5061 of { $server }: a firewall, intrusion prevention, a load balancer or a filter by server name that wants the whole ClientHello in its first packet. Update it, or exempt port 5061 from the inspection.
        @xphone-admin If a proxy answers on port 5061, update it. It takes TLS in front of the { noun-server }.
    }
    .what = The hello that begins TLS may be longer than a TCP segment holds (about 1,400 bytes), and then arrives in two. xfed sends the one of its second connection in two segments. Where that is turned away, it sends the same in one, and a long one: the short one was served, and the long one was not, twice. It sends a long hello at once, too, in packets as large as the way bears them; where that gets no answer, and the same in small packets does, it is the packets that are lost. A long one may be led to somebody else, too: so it was each time then, and the short ones in between were not.
    .why = With the key exchange X25519MLKEM768 a hello has 1,500 to 1,800 bytes. OpenSSL sends it since its version 3.5, so do Chrome and Firefox, and Windows is about to. None of these partners gets in, or they get to somebody else and see another certificate. Skype for Business and XPhone on the Windows Servers of today send a short hello and are served: a warning. Packets of full size, however, are needed by everybody who shows a certificate: where they are lost, partners connect and then hear nothing. Whether that is on their way, too, is not known from here.
    .mend = Update the firewall, intrusion prevention or proxy before port 5061, or exempt the port from inspection. To verify: openssl s_client -connect <FQDN>:5061 -servername <FQDN> sends a long hello from OpenSSL 3.5 on, and a short one with -groups X25519. For packets of full size: ping -f -l 1472 <FQDN> on Windows, ping -M do -s 1472 <FQDN> on Linux, where ping is answered.
    .source = https://tldr.fail; RFC 8446, sections 4.1.2 and 5.1; RFC 2923, section 2.1; draft-ietf-tls-ecdhe-mlkem

tls-message-too-long = { $what ->
    [certificates] The { $count } certificates that the server sends take more than 32 KiB
    [authorities] The server's demand for a client certificate takes more than 32 KiB, by its list of authorities
   *[other] A message of the server's handshake takes more than 32 KiB
}. Windows and Java break off then, unless they are set up otherwise; OpenSSL and GnuTLS bear some 100 KiB. Expected: { $what ->
    [certificates] its own certificate and the intermediates above it, a few KiB in all.
   *[other] a few KiB.
}
    .headline = the handshake is too long for Windows
    .fix = { $what ->
        [certificates] Let the server send only its own certificate and the intermediates above it. On the { noun-server } delete the others in the computer's store "Intermediate Certification Authorities" (certlm.msc), then choose the certificate again in the { noun-administration }. If a proxy answers on port 5061: delete them from the proxy's certificate file. A certificate with hundreds of names: order one for exactly { $server }.
        [authorities] Shorten the list of authorities that the server names for client certificates. On the { noun-server } (Windows) delete the root certificates that nobody needs, or switch the list off (registry SCHANNEL, SendTrustedIssuerList 0). A proxy on port 5061: a shorter file of CA certificates.
       *[other] Let the program that answers on port 5061 send less in its handshake.
    }
    .what = One message of the TLS handshake is longer than Windows and Java read, unless they were set up otherwise: 32 KiB. It is the message with the certificates, or the demand for one of the client's.
    .why = Most partners run on Windows. Their handshake ends there, whatever the rest of the server is like; tools built on OpenSSL show nothing wrong.
    .mend = A server needs its own certificate and one or two intermediates, 3 to 6 KiB in all. What is more comes of a whole bundle in its file or store, or of a certificate with very many names.
    .source = Microsoft, TLS registry settings, Messaging; measured with Java 25, OpenSSL 3.0 and GnuTLS 3.7

tls-short-prime = Of all that Windows offers in TLS 1.2 the server prefers { $cipher }, with a prime of { $bits } bits. { $who ->
    [all] Windows, OpenSSL, GnuTLS and Java break off below 1024 bits
    [windows] Windows breaks off below 1024 bits; only partners with TLS 1.3 get in
   *[some] OpenSSL breaks off below 2048 bits, on Debian and Ubuntu and everywhere from version 3.2 on; Windows gets in
}. Expected: ECDHE first, or a prime of 2048 bits.
    .headline = the server prefers DHE with a short prime
    .fix =
        @xphone-admin On the { noun-server } put TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 and TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 before all others (group policy "SSL Cipher Suite Order"), restart.
        @network If a proxy answers on port 5061: put ECDHE before DHE in its list of ciphers, or give it a prime of 2048 bits (nginx: ssl_dhparam, HAProxy: tune.ssl.default-dh-param 2048).
    .what = In TLS 1.2 the server chooses among what the client offers. This one takes finite-field Diffie-Hellman (DHE), although it serves clients that offer only curves (ECDHE), and its prime is short.
    .why = Short primes can be broken, so clients break off instead of taking what they would like better: they do not ask again. Which ones do depends on the length.
    .mend = Best is ECDHE first; then the prime does not matter. Parameters of 2048 bits are made with: openssl dhparam -out dh.pem 2048.
    .source = RFC 9325, section 4.2; measured with OpenSSL 3.0, GnuTLS 3.7 and Java 25

tls-refused-by-some = { $what ->
    [unasked] In TLS 1.2 the server sends the extension { $extension } to a client that did not ask for it. Whoever did not ask has to hang up then (alert unsupported_extension): programs with OpenSSL do (Kamailio, OpenSIPS, FreeSWITCH), which ask for no stapled OCSP answer by themselves, and most programs on Windows do not ask either
    [other-session] The server's answer in TLS 1.3 bears another session identifier than xfed's question. OpenSSL hangs up on that, as Kamailio and others use it; other partners go on
    [named-request] The server's demand for a client certificate holds a server name (SNI), which has no place there. OpenSSL hangs up on that, as Kamailio and others use it; other partners go on
    [unreadable-authority] Among the authorities whose client certificates the server accepts is one that is no name at all. OpenSSL hangs up on that, as Kamailio and others use it; other partners go on
    [empty-authorities] The list of authorities whose client certificates the server accepts is there, and empty. GnuTLS hangs up on that; other partners go on
   *[legacy-version] The server's answer in TLS 1.3 does not call itself TLS 1.2 in its old field of versions. GnuTLS hangs up on that; other partners go on
}. Expected: a handshake that every partner bears.
    .headline = { $what ->
        [unasked] partners refuse the TLS handshake: an extension comes unasked
       *[other] some partners refuse the TLS handshake
    }
    .fix = { $what ->
        [unasked]
            @network If a load balancer, proxy or inspection ends TLS on port 5061: switch OCSP stapling off there, and update it; or forward TCP 5061 straight to the { noun-server }.
            @xphone-admin If nothing stands in between: install the updates of the system on the { noun-server }, and check which program holds port 5061 (netstat -abno, as administrator). To see it: openssl s_client -tls1_2 -connect { $server }:5061, which fails with "unsolicited extension".
       *[other]
            @network If a firewall, proxy or inspection answers on port 5061: update it, or leave port 5061 out.
            @xphone-admin Install the updates of the system on the { noun-server }.
    }
    .what = TLS 1.3 repeats some fields of TLS 1.2, so that old devices on the way let it pass. This server, or what stands before it, fills them in wrong. Or it sends an extension that was not asked for: only what the client has asked for may come. xfed asks for a stapled OCSP answer in all connections but one.
    .why = Libraries differ in what they check of it. Partners with a strict one are turned away, the others do not notice. An extension that comes unasked every client has to refuse that did not ask for it, and most do not ask for a stapled answer; hence a failure.
    .mend = It is a fault of the program that speaks TLS there: update it, or let another one answer.
    .source = RFC 8446, sections 4.1.3 and 4.2; RFC 5246, section 7.4.1.4

tls-sha1-signature = The server signs the TLS handshake with SHA-1 (it chose TLS 1.2 with { $cipher }), expected SHA-256 or better. Today's TLS libraries refuse that; Windows still goes along.
    .headline = the server signs the TLS handshake with SHA-1
    .fix = @xphone-admin Import the certificate with its private key once more, into a key storage provider (certutil -importpfx -csp "Microsoft Software Key Storage Provider" file.pfx), and choose it again in the { noun-administration }.
    .what = In TLS 1.2 the server signs its part of the handshake with the key of its certificate. To a client that offers SHA-2 only it refused, to one that also offers SHA-1 it signed with SHA-1.
    .why = OpenSSL 3 and most libraries offer no SHA-1 any more, so such partners get an alert. It has nothing to do with the certificate's own signature: the private key lies in an old cryptographic service provider (CSP), which cannot do SHA-2.
    .mend = Move the key into a key storage provider (KSP), by a new import or a new certificate. certutil -store -v MY shows the provider of each key.
    .source = RFC 9155; RFC 5246, section 7.4.1.4.1

tls-key-unproven = The server showed a certificate, but whether it holds its private key ({ $key }) could not be tested: { $by ->
    [exchange] with RSA key exchange that shows at the end of the handshake only, and xfed has no such key exchange. Expected: ECDHE, which is signed with the certificate's key
   *[signature] xfed cannot check such a signature. Expected: a signature with the certificate's key
}.
    .headline = whether the server holds its key was not seen
    .fix = Test with openssl s_client, which checks it. To have it tested here: { $by ->
        [exchange] switch on ECDHE with AES-GCM.
       *[signature] order a certificate for exactly { $server } with an RSA key of 2048 or 3072 bits.
    }
    .what = A certificate is public: what makes it the server's own is the private key, with which it signs the handshake. That signature did not come, or is of a kind that xfed cannot check.
    .why = Without that proof anybody could show the certificate, so the verdict stays open.
    .mend = Nothing, if openssl s_client completes the handshake with the server. A certificate with an RSA key is understood by all partners.
    .source = RFC 8446, section 4.4.3; RFC 5246, section 7.4.3

tls-no-secure-renegotiation = The server does not answer to secure renegotiation (RFC 5746) in TLS 1.2. Expected: the extension renegotiation_info. Clients with OpenSSL 3 end the connection then.
    .headline = secure renegotiation (RFC 5746) is missing
    .fix =
        @xphone-admin On the { noun-server }: install all Windows updates; secure renegotiation has been in them since 2010 (KB980436).
        @network If a proxy or a firewall with TLS inspection stands before port 5061: update it, or leave port 5061 out.
    .what = xfed says in its first message that it knows secure renegotiation. A server that knows it, too, answers so in its ServerHello. This one does not.
    .why = Without it somebody in between could put words before a client's own. OpenSSL 3 (Kamailio, OpenSIPS, FreeSWITCH) therefore refuses such servers by default: "unsafe legacy renegotiation disabled". Others go on.
    .mend = Windows, OpenSSL and Java have had it since 2010; a server without is very old, or something old stands in front of it. With TLS 1.3 the question does not arise.
    .source = RFC 5746, section 3.6

tls-over-limit = { $what ->
    [answer] The server sent more than { $limit } KiB in answer to OPTIONS, and no final SIP status in it
    [certificates] The certificates that the server sends are longer than the { $limit } KiB that xfed reads
    [authorities] The list of authorities whose client certificates the server accepts is longer than the { $limit } KiB that xfed reads
   *[handshake] A message of the server's handshake is longer than the { $limit } KiB that xfed reads
}. What comes behind it could not be tested.
    .headline = the server sends more than xfed reads
    .fix = { $what ->
    [answer] Check which program answers on port 5061 (netstat -abno, as administrator). XPhone answers OPTIONS with less than one KiB.
    [certificates] Let the server send only its own certificate and the intermediates above it.
    [authorities] On the { noun-server }: set the registry value SendTrustedIssuerList = 0 under HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL (event 36885), or tidy up the store of trusted root authorities.
   *[handshake] Let the server send only its own certificate and the intermediates above it. If it demands client certificates, shorten the list of authorities that it names for them.
}
    .what = A message of the handshake, or the answer to OPTIONS, is larger than xfed reads (64 KiB of a message, 256 KiB of a connection). That is a limit of xfed and no verdict on the server.
    .why = Nobody needs as much: mostly the certificates of half a store are sent along, or a list of hundreds of authorities. Some partners' programs go along with it, others have limits like xfed's; Windows cuts its own list of authorities at 16 KB.
    .mend = Send leaf and intermediates only. On Windows, tidy up the store of trusted root authorities, or stop sending the list of authorities (registry value SendTrustedIssuerList = 0 under SCHANNEL). Then repeat the check.
    .source = RFC 8446, section 4.4.2; RFC 5246, section 7.4; Microsoft KB2464556

mtls-not-requested = { $how ->
    [later] The server did not demand a client certificate in the handshake. It asked for a second handshake (renegotiation), in which it may demand one; xfed does not follow that, so the demand could not be seen. Expected: a demand in the first handshake (MTLS).
    [tls12] In TLS 1.3 the server does not demand a client certificate in the handshake, in TLS 1.2 it does. So do servers that ask only afterwards (post-handshake authentication), which xfed does not offer. Expected: a demand in the handshake of each version (MTLS).
   *[never] The server does not demand a client certificate. Expected: it demands one (MTLS).
}
    .headline = no client certificate is demanded (MTLS)
    .fix =
        { $how ->
            [later] @xphone-admin Check whether XPhone itself or IIS (HTTP.sys) answers on port 5061 (netstat -abno, as administrator). For an HTTP.sys binding: netsh http add sslcert … clientcertnegotiation=enable makes the server ask in the first handshake.
            [tls12] @xphone-admin Have whatever holds port 5061 (netstat -abno, as administrator) demand the certificate in the handshake of TLS 1.3, too; for HTTP.sys: netsh http add sslcert … clientcertnegotiation=enable. Or leave it TLS 1.2 only.
           *[never] @xphone-admin Check that XPhone itself answers on port 5061.
        }
        @network Forward TCP 5061 straight to the { noun-server }, without a proxy that ends TLS.
    .partner =
        @partner Check that the federation service itself answers on TCP 5061, and no proxy that ends TLS. { $how ->
            [later] Where HTTP.sys answers: netsh http add sslcert … clientcertnegotiation=enable makes it ask in the first handshake.
            [tls12] In TLS 1.3 it has to demand the certificate in the handshake, not afterwards.
           *[never] {""}
        }
    .what = The TLS handshake succeeded without the server asking for a client certificate. XPhone and Skype for Business always ask for one.
    .why = So possibly it is not XPhone that answers, but a proxy or load balancer that ends TLS in front of it. Then XPhone does not see the partner's certificate and cannot check it. Some Windows services ask only later, by renegotiation, which xfed does not do: hence a warning, no failure.
    .mend = Forward TCP 5061 directly to the XPhone server, without reverse proxy. In the XPhone administration, check that federation is on and bound to this port.
    .source = XPhone Federation guide, chapters 6 and 7; RFC 8446, section 4.3.2

mtls-unanswerable = The server demands a client certificate, but { $what ->
    [authorities] {""}
    [issuer] {""}
    [own] {""}
    [one] {""}
   *[other] accepts{" "}
}{ $what ->
    [none] no signature scheme that is in use today
    [types] only certificates of the type { $schemes }
    [types-neither] { $schemes_count ->
        [0] certificates of no type at all
       *[other] only certificates of the type { $schemes }
    }
    [authorities] says that it takes only those of { $schemes_count ->
        [0] an empty name
       *[other] { $schemes }
    }, which is no CA that partners have certificates of
    [issuer] says that it takes only those of { $schemes }, as its own is
    [own] says that it takes only those of { $schemes }, which is its own certificate and no CA
    [one] says that of the public CAs it takes only those of { $schemes }
   *[other] signatures of the client only in { $schemes }
}{ $what ->
    [none] , so hardly a partner can show its certificate there
    [old] . These are given up: no partner on OpenSSL 3, as Kamailio and others are, can show its certificate there
    [authorities] . Partners on Windows choose by that, and show none; others show theirs, and may be refused
    [issuer] . Partners with a certificate of another CA get no further: those on Windows choose by the list, and show none, and others show one that may be refused
    [one] . Partners with a certificate of another CA get no further: those on Windows choose by the list, and show none, and others show one that may be refused
    [own] . Nobody else has one: partners on Windows choose by the list, and show none, and others show one that may be refused
    [types] . Programs that choose by the type, as those in Java do, show no certificate with an RSA key there, as Microsoft's and most others have it; OpenSSL shows it all the same
    [types-neither] . Programs that choose by the type, as those in Java do, show none there, whatever its key; OpenSSL shows it all the same
    [sha224] . Windows has none of these, and GnuTLS hangs up: no partner on Windows can show its certificate there
    [eddsa] . No public CA issues certificates with such keys, and Windows cannot use them: no partner can show its certificate there
    [unusable] . Neither an RSA nor an ECDSA key can sign so today, and certificates of public CAs have no others: no partner can show its certificate there
    [pss] . Windows Server 2016 has none of these for an RSA key: partners there cannot show a certificate with one, as Microsoft's and most others have it
   *[no-rsa] . A certificate with an RSA key, as Microsoft's and most others have it, cannot be shown there
}. Expected: { $what ->
    [types] rsa_sign among them.
    [types-neither] rsa_sign and ecdsa_sign among them.
    [pss] rsa_pkcs1_sha256 among them.
    [authorities] no names at all, or those of public CAs among them.
    [issuer] no names at all, or those of the other public CAs among them.
    [one] no names at all, or those of the other public CAs among them.
    [own] no names at all, or those of public CAs among them.
   *[other] rsa_pkcs1_sha256 or rsa_pss_rsae_sha256 among them.
}
    .headline = hardly any client certificate can be shown (MTLS)
    .fix =
        { $what ->
            [types] @xphone-admin Let the server accept client certificates with RSA keys as well (certificate type rsa_sign). Then restart.
            [types-neither] @xphone-admin Let the server accept client certificates with RSA and with ECDSA keys (certificate types rsa_sign and ecdsa_sign). Then restart.
            [issuer] @xphone-admin Give the server all public CAs as those whose client certificates it takes (in other programs than Windows, mostly the system's file ca-certificates.crt) instead of its own chain. Then restart.
            [one] @xphone-admin Let the server send no list of CAs: in Windows, SendTrustedIssuerList = 0 below HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL; in other programs, give it all public CAs (mostly the system's file ca-certificates.crt). Then restart.
            [own] @xphone-admin Give the server all public CAs as those whose client certificates it takes (in other programs than Windows, mostly the system's file ca-certificates.crt) instead of its own certificate. Then restart.
            [authorities] @xphone-admin Let the server send no list of CAs: in Windows, SendTrustedIssuerList = 0 below HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL; in other programs, name the public CAs beside the own one, or none. Then restart.
           *[other] @xphone-admin Switch on RSA with SHA-256 and SHA-384 for TLS again: in Windows, what group policy and registry say under Cryptography\Configuration\Local\SSL\00010003 (Functions); in other programs, the list of signature algorithms for client certificates. Then restart.
        }
        @network Check that no proxy that ends TLS stands before port 5061; its list may be the one that counts.
    .partner = @partner Let the server on TCP 5061 accept client signatures with RSA and SHA-256 (rsa_pkcs1_sha256, rsa_pss_rsae_sha256).
    .what = In its demand for a client certificate a server names the signature schemes it accepts, in TLS 1.2 the types of certificates, and perhaps the CAs. A client that has nothing of the kind has to go on without a certificate.
    .why = Federation rests on that both sides show a certificate (MTLS). A partner that cannot is turned away, and its log only says that the other side refused.
    .mend = Let the server name RSA with SHA-256 at least. openssl s_client shows the list as "Requested Signature Algorithms".
    .source = RFC 5246, section 7.4.4; RFC 8446, section 4.3.2; RFC 9155

mtls-enforced = The server demands a client certificate and { $how ->
    [closed] closed the connection
   *[other] answered with { $how }
}, because xfed had none. That is what is expected.{ $authorities_count ->
    [0] {""}
   *[other] {" "}It names the authorities it accepts: { $authorities }{ $more ->
        [0] {""}
       *[other] {" "}and { $more } more
    }.
}
    .headline = a client certificate is demanded, as it should be
    .what = The server asked for a client certificate (MTLS) and refused xfed for having none: with an alert, or by closing, as Windows often does. With TLS 1.3 the refusal comes after the handshake.
    .why = This is a good sign: so XPhone treats everybody who cannot prove himself. The price is that SIP behind it could not be seen.
    .mend = Nothing has to be done. To see SIP too, give xfed a certificate that partners would accept: --client-cert and --client-key.
    .source = XPhone Federation guide, chapter 7; RFC 8446, sections 4.3.2 and 4.4.2.4

mtls-certificate-refused = The server refused the certificate of --client-cert, expected that it accepts it. Its answer: { $how ->
    [closed] connection closed
    [later] connection closed instead of an answer to OPTIONS, without an alert. In TLS 1.3 that is how many services on Windows refuse a certificate; a proxy that ends TLS with no service behind it looks the same
   *[other] { $how }
}.{ $unsent_count ->
    [0] {""}
   *[other] {" "}The file of --client-cert lacks the certificate of the issuer above ({ $unsent }), so xfed could not send it, and whoever does not have it finds no way to a root.
}
    .headline = the server refused the client certificate
    .fix = { $unsent_count ->
        [0] {""}
       *[other] Append the certificate of { $unsent } to the file of --client-cert, behind the certificate itself (the CA has it for download, often as "intermediate" or "fullchain"), and repeat. If it is refused all the same:{" "}
    }Repeat with a certificate from a public CA that is valid today. If it lacks clientAuth, repeat with one that has it; partners may fare the same.{ $how ->
        [later] {" "}If the connection is closed all the same, look in the log of the server (on Windows the System event log, source Schannel) for a refused certificate. If there is none, check that XPhone itself answers on port 5061.
       *[other] {""}
    }
    .what = The server asked for a client certificate, got the one given with --client-cert, and refused it. The alert tells the reason, if there is one: unknown_ca (issuer), certificate_expired (date), unsupported_certificate (mostly clientAuth is missing). Some close the connection without one: in TLS 1.3 only after the handshake, in place of the answer to OPTIONS.
    .why = If it is a certificate like those of partners, they are refused as well. If it is expired or from a private CA, the server is right.
    .mend = Repeat with a valid certificate from a public CA that has clientAuth. If only certificates without clientAuth are refused, the server is strict, and partners with certificates of 2026 will not get in; look in the Schannel log of the server. If the issuer is unknown there, let Windows update its root certificates.
    .source = XPhone Federation guide, chapter 7; RFC 8446, section 6.2

sip-answered = The server answers OPTIONS as SIP, as expected (any status code proves that SIP answers): { $status } { $reason }{ $diagnostics_count ->
    [0] {""}
   *[other] {" "}(ms-diagnostics: { $diagnostics })
}{ $authorities_count ->
    [0] {""}
   *[other] . It names the authorities it accepts: { $authorities }{ $more ->
        [0] {""}
       *[other] {" "}and { $more } more
    }.
}
    .headline = SIP answers
    .what = The server answered OPTIONS with a SIP status line. OPTIONS is a question for capabilities and changes nothing.
    .why = Any status is a good sign, also 403 or 404: it proves that a SIP server reads along behind TLS. The sender is unknown there, so a refusal is natural.
    .mend = Nothing has to be done.
    .source = RFC 3261, sections 7.2 and 11

sip-not-answered = { $how ->
    [closed] The server closed the connection instead of answering OPTIONS
    [unfinished] The server began to answer OPTIONS and did not finish ({ $start_count ->
        [0] not even its first record was complete
       *[other] "{ $start }"
    })
    [unrelated] The server speaks SIP and did not answer OPTIONS: what it sent belongs to another request ("{ $start }")
   *[silent] The server did not answer OPTIONS within { $limit } (--timeout waits longer)
}, expected a SIP answer. { $excused ->
    [yes] A client certificate was demanded and xfed had none, so that is no fault.
    [renegotiation] It asked for a second handshake instead (renegotiation), which xfed does not follow.
    [later] It may ask for a client certificate only then (post-handshake authentication), which xfed does not offer.
    [demanded] A client certificate was demanded, but that does not explain it.
   *[no] No client certificate was asked for, so that is not the reason.
}
    .headline = SIP was not seen
    .fix = { $excused ->
        [demanded] Check that XPhone itself answers on port 5061, that its log says nothing of a certificate that it refused, and that no firewall inspects SIP (SIP ALG).
       *[other] If the server demands a client certificate: repeat with --client-cert and --client-key. If not: check that XPhone itself answers on port 5061, and that no firewall inspects SIP (SIP ALG).
    }
    .partner =
        @xphone-admin If a client certificate is demanded: repeat with the certificate of your own server (--client-cert and --client-key).
        @partner If none is: check that the federation service itself answers on TCP 5061, and that no firewall inspects SIP (SIP ALG).
    .what = TLS was established, but OPTIONS got no answer: silence, or the connection was closed.
    .why = Where the server demands a client certificate and xfed had none, that is natural, and only a remark. Otherwise it is a warning: perhaps something else than XPhone listens there, or a firewall inspects SIP and swallows the request.
    .mend = Repeat with --client-cert and --client-key to get past MTLS. If silence remains, restart the XPhone service, and switch off SIP ALG for port 5061 on the firewall.
    .source = XPhone Federation guide, chapter 6; RFC 3261, section 11

sip-unavailable = The server answers OPTIONS with SIP { $status } ({ $status ->
    [502] bad gateway
    [504] server time-out
   *[other] service unavailable
}).{ $diagnostics_count ->
    [0] {""}
   *[other] {" "}(ms-diagnostics: { $diagnostics })
}
    .headline = SIP answers that the service is not available
    .fix = { $status ->
        [503] Wait some minutes and repeat. If it stays: check in the { noun-administration } that federation is on, and restart the { noun-service } when nobody is on the phone.
       *[other] Check that what stands on the way to the { noun-server } (SIP proxy, session border controller) reaches it, and that the { noun-service } runs. Then repeat.
    }
    .what = The server speaks SIP, but answers 503: service not available at the moment. Or 502 or 504: it passes requests on, and what stands behind it answers wrongly or not at all.
    .why = Requests of partners will probably fare the same. Often the service is just starting, is overloaded or has lost its connection to another part of XPhone.
    .mend = Wait some minutes and repeat. If it stays, restart the XPhone Connect Server and check in the XPhone administration that federation is on.
    .source = RFC 3261, sections 21.5.3 to 21.5.5

sip-not-sip = TLS works, but what answers OPTIONS is not SIP: { $form ->
    [binary] bytes { $start }
   *[text] "{ $start }"
}. { $certified_count ->
    [0] {""}
   *[other] Its certificate is issued to { $certified }, so this is not the { noun-server }.{" "}
}Expected: a SIP status line such as SIP/2.0 200 OK.
    .headline = what answers on the port is not SIP
    .fix =
        @xphone-admin Find the program that holds port 5061 (netstat -abno, as administrator), give it another port, and bind federation to 5061.
        @network Check that the port forward leads to port 5061 of the { noun-server }.
    .partner =
        @partner Another program answers on TCP 5061 of { $server }: give it another port, and let 5061 lead to the federation service.
    .what = TLS works, but the answer to OPTIONS is no SIP. Mostly a web server (IIS) answers that is bound to port 5061 with the same certificate.
    .why = Certificate and TLS look right, so the fault is easily overlooked. Partners get no SIP answer and report a failure.
    .mend = On the XPhone server, netstat -abno shows which program holds port 5061; take the binding away from it and bind federation there. If it is XPhone already, correct the target of the port forward.
    .source = XPhone Federation guide, chapter 6; RFC 3261, section 7.2

## Any step

nslookup-suffix = On this machine "{ $command }" shows { $what ->
    [records] "{ $shown }"
    [error] { $rcode }
   *[nothing] "No answer"
}, because it asks for { $longer } first. DNS says { $said_count ->
    [0] that there is none
   *[other] "{ $said }"
}. The reason is a search suffix of this machine, not the domain.
    .headline = nslookup says something else on this machine
    .what = nslookup appends the search suffixes of this machine to a name that does not end with a dot. Here one of the longer names has an answer, so a plain nslookup of the name does not show what DNS says of it. xfed asked this machine's resolver for the same longer names, to be able to tell; nothing else is judged by that.
    .why = Whoever checks by hand then sees another address or another record than xfed and the partners do, and looks for a fault that is not there, or misses one that is.
    .mend = Put a dot at the end of the name, or give -nosearch, as every command does that xfed prints. If the longer name should not have an answer at all: look for a wildcard record in the zone of the suffix. With --resolver, xfed does not ask for suffixes, and --redact leaves out what it found.
    .source = XPhone Federation guide, chapter 13

step-crashed = xfed failed on an error of its own in the step { $step }. Expected: a result. The other steps stand.
    .headline = xfed failed on an error of its own
    .fix = Repeat the check. If it happens again, report it to the makers of xfed, with the domain and the version (xfed --version).
    .what = While judging this step, xfed ran into an error in its own program. The other steps are not affected.
    .why = Nothing is known of this step then, neither good nor bad, so the verdict stays open unless something else failed.
    .mend = Repeat with the latest version. If it happens again, report it with domain, version and options; a report saved with --format json helps, but names hosts and addresses.
    .source = xfed itself

deadline-reached = The time for the whole check ran out before this was tested, expected an answer in time.
    .headline = the time for the check ran out
    .fix = Repeat with more time:
        > xfed check { $domain } --deadline 60s
    .what = The whole check of one domain has a limit of time, 20 seconds by default. It was reached before this could be tested.
    .why = What was not tested is neither right nor wrong. Failures found until then stand.
    .mend = Repeat with a larger --deadline. If it happens every time, see which step is slow: silent addresses and slow name servers take the most time.
    .source = xfed itself

## Several places

place-here = this machine
places-title = Seen from each place, where they differ
places-agree = All places see the same in every step.

place-failed = Nothing was seen from { $place }: { $why ->
    [no-ssh] the program ssh cannot be started here ({ $detail })
    [not-greeted] the login ended before xfed answered there ({ $detail })
    [silent] no xfed answered there within { $detail } seconds
    [newer] xfed { $detail } there speaks in a way that this version does not understand
    [late] no answer came within { $detail } seconds
    [broken] its answer breaks off or cannot be read ({ $detail })
    [too-often] it has looked at as many domains as it may, and will again in { $detail } seconds
    [too-many] it takes no more requests on this connection
    [no-request] xfed there does not understand the request ({ $detail })
    [uncounted] it cannot keep count of the domains it looks at
    [unresolved] this machine finds no address of that name
    [refused] nothing listens there on TCP port { $detail }
    [no-way] no connection to its TCP port { $detail } comes about
    [no-proxy] no way through the proxy of this network comes about ({ $detail })
    [proxy-login] the proxy of this network asks for a login ({ $detail })
    [proxy-refused] the proxy of this network leads nobody there ({ $detail })
    [proxy-kind] the proxy of this network speaks something else than HTTP ({ $detail })
    [no-tls] what answers there speaks no TLS
    [untrusted-issuer] its certificate is by an issuer that nobody here trusts
    [untrusted-name] its certificate is for another name ({ $detail })
    [untrusted-date] its certificate has expired or is not valid yet
    [untrusted] TLS with it fails{ $detail ->
        [none] {""}
       *[other] {" "}({ $detail })
    }
    [no-token] it asks for a token, and none was given
    [wrong-token] it does not know the token
    [other-name] it is not called by this name
    [no-place] what answers there knows no such request (/api/v1/probe)
    [redirected] it sends on to another place ({ $detail })
    [http-status] it answers with the HTTP status { $detail }
    [too-fast] it has looked as often as it does for one client in a minute, and will again in { $detail } seconds
    [not-xfed] what answers there is no xfed serve ({ $detail })
   *[unsettled] its xfed.toml cannot be used
}. Expected what it sees from there. It is not the fault of the domain.
    .headline = one of the places could not look
    .fix = { $why ->
        [no-ssh] Install the OpenSSH client, or look from this machine alone, without --via.
        [newer] Install that version of xfed here, too.
        [broken] Repeat it; if it stays so, install the same version of xfed there and here.
        [no-request] Install the same version of xfed there and here.
        [late] Repeat with a larger --deadline.
        [too-often] Wait that long, or raise --max-domains in the line of authorized_keys there.
        [uncounted] There, let the account write into ~/.local/state/xfed.
        [unsettled] There, under the same account, see what is wrong: xfed check { $domain }
        [unresolved] See that the name is spelt right and stands in DNS; ask for it with nslookup.
        [refused] There, see that xfed serve runs and listens where others reach it (--listen 0.0.0.0:9533 with --web-config), and name its port behind the host: --via https://HOST:9533
        [no-way] Let TCP { $detail } out of this network and in to that machine.
        [no-proxy] See that the variable HTTPS_PROXY names the proxy and its port right. If the place is reached without it, name the host in NO_PROXY.
        [proxy-login] Put name and password into the variable: HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT, with %40 for an @ in them. Expected is a proxy that takes such a login (Basic); others let nobody through without a browser.
        [proxy-refused] Have the proxy lead this machine to host and port of the place (CONNECT). If the place is reached without it, name the host in NO_PROXY.
        [proxy-kind] Name a proxy that speaks HTTP: HTTPS_PROXY=http://HOST:PORT
        [no-tls] There, give xfed serve a certificate (cert and key in the file of --web-config), or name the port of the proxy that has one.
        [untrusted-issuer] Give it a certificate of a public CA there; or name its own CA here: --via-ca-file CA.pem. If firewall or proxy inspect TLS here, except this host.
        [untrusted-name] Name the place as its certificate does, or have it certified for this name.
        [untrusted-date] Renew the certificate there; if it is valid, set the clock of this machine right.
        [untrusted] See what answers there: xfed cert HOST:PORT shows its certificate.
        [no-token] Put the token into the variable XFED_TOKEN, or into a file for --token-file.
        [wrong-token] Compare: the SHA-256 of the token (printf %s "$XFED_TOKEN" | sha256sum) has to stand in token-sha256 of the file of --web-config there.
        [other-name] There, add the name to hosts in the file of --web-config, and have it read again (systemctl reload).
        [no-place] See that host and port are those of xfed serve, and install the same version there as here.
        [redirected] Name the place that it sends on to, if it is yours: the token is carried no further.
        [http-status] See what the log of xfed serve there, or of the proxy before it, says of it; then repeat.
        [too-fast] Wait that long.
        [not-xfed] See that host and port are those of xfed serve: /healthz there answers "ok".
       *[other] Log in once by hand, from this account, so that ssh can ask what it has to ask; expected is a line that begins with an xfed-probe in braces.
    }
    .what = A place that was named with --via could not look: it could not be reached, it let nobody in, or xfed there did not answer with what it sees.
    .why = What a place did not see is neither good nor bad. The verdict stays open, even if all other places see nothing wrong.
    .mend = With ssh://, log in to the place once by hand, with the same account: ssh -T and its name. Expected is one line of JSON with the version of xfed there. If the key is bound to xfed probe, nothing else ever answers. With https://, call up /healthz there: expected is "ok", by a certificate that this machine trusts.
    .source = xfed itself

place-dns-differs = { $record } of { $name }: { $place ->
    [here] this machine
   *[other] { $place }
} is told { $says_here_count ->
    [0] nothing
   *[other] { $says_here }
}, { $there ->
    [here] this machine
   *[other] { $there }
} { $says_there_count ->
    [0] nothing
   *[other] { $says_there }
}. Expected the same, unless the inside has a DNS of its own for good reason.
    .headline = DNS says different things in different places
    .fix = If the inside has a zone of the same name of its own (split DNS), enter the same record there, too; otherwise wait until caches have forgotten the old one.
    .what = The resolvers of two places give different answers for the same name.
    .why = Partners go by what is published outside, so that decides. Inside, another answer is usual where the company's own DNS has a zone of the same name (split DNS); it also comes from a cache that still has the older record.
    .mend = Compare with nslookup in both places. Where the inside needs the public answer, enter it in the inner zone, too.
    .source = XPhone Federation guide, chapter 12

place-open-here-only = Seen from { $there }, TCP port { $port } of { $address } ({ $fqdn }) is closed, yet from here { $open } is open. Expected to be open from outside, too.
    .headline = TCP { $port } is open from inside only
    .fix = The server listens; the way to it is closed. On the firewall: let TCP { $port } in from any source to { $address } and forward it to the { noun-server }.
    .partner =
        @partner Let TCP { $port } in from any source to { $address }, and through to the server.
    .what = From inside, the server accepts connections on the federation port; from outside, its published address does not.
    .why = The server is not the cause: between it and the internet, the port forward or the firewall rule is missing, or it lets certain sources in only. Partners come from outside.
    .mend = Complete the port forward from the public address, allow TCP 5061 from any source, and look from outside again.
    .source = XPhone Federation guide, chapter 5

place-no-way-back-in = From here, TCP port { $port } of { $address } ({ $fqdn }) is closed, from { $there } it is open. That is harmless: many firewalls do not lead from inside back to their own public address.
    .headline = closed from inside, open from outside
    .fix = Nothing to do for federation.
    .what = The published address is open from outside and closed from inside (no hairpin NAT).
    .why = Partners come from outside, and for them it is open. Only a test from inside is misled by it.
    .mend = Nothing. To look from inside as well, let the firewall lead back to its own address (hairpin NAT), or test the inner address with --connect-to.
    .source = XPhone Federation guide, chapter 5

place-no-way-out = From here, TCP port { $port } of { $address } ({ $fqdn }) is closed, while { $place ->
    [here] { $there }
   *[other] { $place }
} gets in. Expected to be open from here, too: the way out of this network is closed.
    .headline = own way out on TCP { $port } is closed
    .fix =
        @network Let TCP { $port } out to any address, from the machine that is to federate.
    .what = A server answers on the federation port to a place outside, and not to this network.
    .why = Federation goes both ways: one's own server opens connections to the partners. A firewall that lets no TCP 5061 out keeps one's own messages from them.
    .mend = Allow outgoing TCP 5061 to any address, and repeat from the machine that is to federate.
    .source = XPhone Federation guide, chapter 5

place-shut-out = TCP port { $port } of { $address } ({ $fqdn }) is { $closed ->
    [there] open from { $place ->
        [here] this machine
       *[other] { $place }
    } and closed from { $there }
   *[place] open from { $there ->
        [here] this machine
       *[other] { $there }
    } and closed from { $place }
}. Expected to be open from everywhere.
    .headline = TCP { $port } is open to some places only
    .fix = See whether the firewall lets in certain networks or countries only; let TCP { $port } in from any source. If it is meant so, partners elsewhere cannot federate. It may also be the network of that place that lets no { $port } out.
    .partner =
        @partner If the firewall lets in certain networks or countries only, see that ours is among them.
    .what = One place gets in on the federation port, another does not.
    .why = A firewall may let in certain networks only, such as Microsoft's, or certain countries. Partners from elsewhere do not get in. Or the place itself has no way out on this port, and then it says nothing of the server.
    .mend = Look in the firewall for lists of sources or countries, and compare with a third place.
    .source = XPhone Federation guide, chapter 5

place-cert-differs = Port { $port } of { $address } ({ $fqdn }) shows { $place ->
    [here] this machine
   *[other] { $place }
} a certificate by { $issuer_here }, and { $there ->
    [here] this machine
   *[other] { $there }
} another one, by { $issuer_there }. { $kind ->
    [inside] Expected the same: a device on the way out of this network seems to open TLS and to close it again with a certificate of its own.
   *[outside] Expected the same: several machines answer at this address, or the certificate is just being changed.
}
    .headline = another certificate is shown to another place
    .fix = { $kind ->
        [inside] Except TCP { $port } from the inspection of TLS (SSL inspection) in firewall or proxy: federation ends where a third certificate is shown.
       *[outside] Have all machines behind this address show the same certificate.
    }
    .partner =
        @network If firewall or proxy inspect TLS here, except TCP { $port } from that: federation ends where a third certificate is shown.
    .what = Two places are shown different certificates at the same address.
    .why = Seen from inside, it is usually a firewall or proxy that inspects TLS: it shows certificates of its own, which no partner trusts, and no client certificate gets through it (MTLS). Seen from two places outside, several machines share the address.
    .mend = Compare the issuers. If one is the company's own CA, except TCP 5061 from the inspection of TLS, in both directions.
    .source = XPhone Federation guide, chapters 5 and 7

## The other direction (xfed listen)

verdict-outbound-ready = { $domain } reaches its partners: a text has come
verdict-outbound-ready-with-warnings = { $domain } reaches its partners, with warnings: { $cause }
verdict-outbound-not-ready = { $domain } does not reach its partners: { $cause }
verdict-outbound-inconclusive = { $domain }: no result in the other direction: { $cause }
checked-outbound = Listened until { $date } at { $time } with { $program }
html-mode-outbound = The other direction: what called a test partner
explain-outbound-step = Outbound { $number }: { $step }
listen-begins = listening on { $addresses } as { $fqdn }, for { $span }
listen-address = now write from XPhone to { $address }
listen-reply = xfed: your text has arrived. This is the reply of the test partner.
listen-faulty = this test partner itself has a fault, and partners may not reach it: { $headline } (xfed explain { $code })
error-bind = cannot listen on { $address }: { $reason }
error-key-encrypted = { $file }: the private key needs a password, and xfed cannot ask for one; expected a key without, as openssl pkey -in { $file } -out new.pem writes it
error-pair-order = { $file }: the certificate that the key belongs to does not stand first, expected it in front of the intermediates
error-server-pair = --cert and --key do not fit together: the key belongs to another certificate
expected-bind = IP[:PORT] of this machine, such as 10.0.0.5 or [::]:5061

seen-outbound-nobody = nobody called
seen-outbound-connection = called from { $sources }
seen-outbound-tls = { $version }, { $cipher }
seen-outbound-no-tls = no TLS connection came about
seen-outbound-not-asked = does not apply: no certificate was asked for
seen-outbound-no-certificate = none was presented
seen-outbound-acceptance = Skype for Business: { $edge ->
    [yes] yes
    [no] no
   *[unknown] not known
}; Kamailio, OpenSIPS: { $strict ->
    [yes] yes
   *[no] no
}
seen-outbound-sip = { $methods }; server: { $agent }
seen-outbound-no-sip = nothing was said in SIP
seen-outbound-chat = { $mode ->
    [session] a text came, in a chat that was opened for it
   *[page] a text came, as a message by itself
}
seen-outbound-no-chat = no text came
seen-outbound-no-echo = does not apply: replies are tested with --echo
seen-outbound-reply = { $way ->
    [dialog] taken in the chat, on a new connection to { $server }
    [page] taken as a message by itself, on a new connection to { $server }
   *[back] taken, on the connection that the server has opened
}
seen-outbound-no-reply = no reply was taken

call-nothing-came = Nobody called { $fqdn } on TCP port { $port } within { $span }, expected a connection of the server that is tested.
    .headline = nobody called
    .fix =
        @xphone-admin Write to the address that xfed listen printed, while it listens. If nothing comes: on the server, under its service account, see whether it gets out:
        > Test-NetConnection { $fqdn } -Port { $port }
        @xphone-admin If that succeeds: see whether federation is on, and whether the domain of the test partner is allowed.
        @network If it fails: allow outgoing TCP { $port } from the { noun-server } to any address.
    .what = The test partner listened, and no connection came that can be the other side's. Nothing follows from it about the server.
    .why = Three reasons are usual: outgoing TCP 5061 is closed at the company's firewall; federation is off, or the domain is not among those allowed; nobody wrote to the test address meanwhile. Where the test partner stands behind a port forward, that may be wrong, too.
    .mend = Begin with Test-NetConnection on the server. Then look from a third place whether the test partner itself can be reached: xfed check with its domain.
    .source = XPhone Federation guide, chapters 5 and 12

call-partner-faulty = A check of the test partner { $fqdn } itself found this: { $codes }. Expected a test partner without faults: others may not reach it, or refuse its certificate.
    .headline = the test partner itself has a fault
    .fix =
        Mend the test partner first. What is wrong, and what to do:
        > { $codes_explain }
    .what = Before it listens, xfed checks the test partner's own domain and certificate, as it would check any partner's.
    .why = A server that does not reach a broken partner is not at fault. So what the test partner lacks is never held against whoever calls.
    .mend = Publish the SRV record and the A record of the test partner, and give it a certificate of a public CA for exactly its FQDN, with the intermediates in the file.
    .source = XPhone Federation guide, chapters 3, 4 and 7

call-other-source = The connections came from { $sources }, but the server that the domain publishes is { $published }: outgoing connections have another address.
    .headline = calls come from another address than published
    .what = The server is reached under one public address and calls from another, as usual behind several addresses or lines (NAT).
    .why = Partners know the server by its certificate, so this is all right for them. Only who allows certain addresses in the firewall has to know both.
    .mend = Nothing to do. Where a partner's firewall lets in certain sources only, name this address there.
    .source = XPhone Federation guide, chapter 5

call-caller-unproven = Nothing shows that { $sources } is the server that is tested: it presented no certificate and wrote nothing to the address of this test{ $published_count ->
    [0] , and its domain publishes no address to compare with
   *[other] , and published is { $published }
}. What was seen is therefore held against nobody.
    .headline = who called is not certain
    .fix = Write to the address that xfed listen printed, while it listens, and name the domain that is to call (--expect). If it fails in the same way: compare the address with the one that the company's network has outside.
    .what = A connection asked for the test partner by its name, and ended before it showed whose it is.
    .why = The name of every certificate of a public CA is published as soon as it is issued (certificate transparency), and scanners call such names within minutes. So the name alone proves nothing.
    .mend = Compare the address with the one that the company's network has outside. Write to the address that xfed listen printed, with --expect and the domain that is to call.
    .source = RFC 9162; RFC 6066, section 3

call-strangers = { $count ->
    [one] One more connection
   *[other] { $count } more connections
} came of others: not taken for the server that is tested.
    .headline = others connected, too
    .what = Whoever listens on a public port is visited by strangers who look for weak servers.
    .why = They say nothing about the server that is tested, so they are only counted.
    .mend = Nothing to do.
    .source = RFC 3261, section 26

call-not-tls = The server that called spoke no TLS, expected a ClientHello. It began with: { $start }
    .headline = the server calls without TLS
    .fix = Set the route to the partner to TLS, port 5061. If it is set so: look for a proxy or a SIP gateway (ALG) on the way out, and switch it off for TCP 5061.
    .what = The connection began with something else than a TLS handshake.
    .why = Partners accept SIP on port 5061 by mutual TLS only. What calls in plain text is another service, or something in between that opens connections.
    .mend = Look which machine has the address that called. SIP gateways in firewalls (ALG) rewrite SIP; exempt TCP 5061.
    .source = XPhone Federation guide, chapters 5 and 7

call-tls-too-old = The server that called offers { $version } at most, expected TLS 1.2 or later.
    .headline = the server offers nothing newer than { $version }
    .fix = Switch on TLS 1.2 for clients on the { noun-server } (Schannel, .NET: SchUseStrongCrypto), and restart it.
    .what = The first message of the server lists the versions of TLS that it can. None is of today.
    .why = Partners switched TLS 1.0 and 1.1 off years ago: Microsoft's edges and every recent library end the connection here.
    .mend = Update Windows. Remove old settings that switch TLS 1.2 off below SCHANNEL\Protocols\TLS 1.2\Client, and set SchUseStrongCrypto to 1.
    .source = RFC 8996; Microsoft, “Transport Layer Security (TLS) registry settings”

call-tls-no-common = In TLS, the server that called and the test partner have nothing in common: { $what ->
    [suites] of the cipher suites that it offers, the test partner has none
    [groups] of the groups that it offers, the test partner has none
    [key] it takes no certificate with a key of the kind that the test partner's has
   *[other] it lacks an extension that others need as well
}{ $offered_count ->
    [0] {""}
   *[other] {" "}({ $offered }{ $more ->
        [0] {""}
       *[other] {" "}and { $more } more
    })
}. Expected { $what ->
    [groups] X25519, P-256 or P-384
    [key] one of the usual kinds, as for RSA and for P-256
    [other] what recent libraries send
   *[suites] ECDHE with AES-GCM or ChaCha20
}. { $reach ->
    [none] No partner takes these any more.
   *[some] Nothing follows about partners that have more to choose from, such as Windows Server.
}
    .headline = { $reach ->
        [none] the server offers only dead cipher suites
       *[some] nothing in common with the test partner in TLS
    }
    .fix = { $what ->
        [groups] On the { noun-server }, put the curves curve25519, NistP256 and NistP384 into the group policy "ECC Curve Order", restart, and repeat.
        [key] Give the test partner a certificate with an RSA key (certbot: --key-type rsa), and repeat.
       *[suites] On the { noun-server }, switch on TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 and TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 (group policy "SSL Cipher Suite Order"), restart, and repeat.
    }
    .what = A recent version of TLS is offered, but no cipher suite, group or signature in it that the test partner has.
    .why = The test partner has what recent libraries have: ECDHE with AES-GCM or ChaCha20. Windows Server, and so Skype for Business, still takes CBC and key exchange by RSA or DHE as well; Teams and strict servers do not. So the limit is the test partner's, unless nobody takes what is offered.
    .mend = Look for a group policy “SSL Cipher Suite Order” and for tools that harden Schannel, and take back what they removed. With ECDHE and AES-GCM every partner is reached.
    .source = RFC 8446, section 9.1; RFC 9325

call-certificate-refused = The server that called refused the certificate of { $fqdn } with the alert { $alert }. Expected it to take one of a public CA, as this one is.
    .headline = the server refuses the test partner's certificate
    .fix = Install the root certificate that the test partner's certificate leads to on the { noun-server } (Trusted Root Certification Authorities of the computer), and let Windows update its list of roots.
    .what = The server ended the handshake and said that the reason is the certificate it was shown.
    .why = The test partner's certificate is all right by the public roots, so the server does not know its root. It then refuses every partner whose certificate comes from the same CA.
    .mend = Compare the test partner's issuer with the roots in the certificate store of the server. Where group policy keeps Windows from updating its roots, install it by hand. If TLS is inspected on the way out, exempt TCP 5061.
    .source = XPhone Federation guide, chapter 7; RFC 8446, section 6.2

call-partner-refused = The server that called refused the certificate of the test partner { $fqdn } with the alert { $alert }. { $why ->
    [faulty] It has a fault of its own: { $codes }.
   *[private] It was checked with the roots of --ca-file only, not with the public ones.
} Expected one of a public CA without a fault: so far nothing follows about the server that called.
    .headline = the test partner's own certificate is refused
    .fix = { $why ->
        [faulty] Give the test partner a right certificate, and repeat.
       *[private] Give the test partner a certificate of a public CA, and repeat without --ca-file. If all partners are to use this CA: install its root certificate on the { noun-server } (Trusted Root Certification Authorities of the computer).
    }
    .what = The server ended the handshake and said that the reason is the certificate it was shown.
    .why = Whether it would take the certificate of a partner is not shown by that: it may be right to refuse this one.
    .mend = Order a certificate of a public CA for exactly the FQDN of the test partner, and give xfed listen the whole chain (--cert fullchain.pem).
    .source = XPhone Federation guide, chapter 7; RFC 8446, section 6.2

call-tls-broken-off = The handshake was broken off: { $how ->
    [closed] the other side closed the connection
    [reset] the connection was reset
   *[silent] the other side said nothing more within 5 s
}, without a reason. Expected it to come to its end.
    .headline = the TLS handshake was broken off
    .fix = Repeat, and write to the test address meanwhile. If it stays so: look into the event log of the { noun-server } (Schannel), and whether a firewall inspects TLS on TCP 5061.
    .what = A connection came that asked for the test partner by its name, and ended before TLS was established.
    .why = Windows closes without a word where it does not trust a certificate. Scanners do the same, and so do connections that are cut on the way. So nothing is certain.
    .mend = Repeat while somebody writes to the test address. Schannel writes errors 36882 to 36888 into the system log, with the reason.
    .source = RFC 8446, section 6

call-tls-failed = The handshake of the server that called failed: { $how ->
    [alert] it broke off with the alert { $alert }
    [not-tls] something came that is no TLS
    [undecryptable] something came that does not decrypt, so it was spoilt on the way
    [out-of-place] a message came that has no place there
    [malformed] a message came that cannot be read
    [endless] the same came again and again
    [too-much] more came than xfed reads
   *[other] something came that TLS does not allow
}. Expected it to come to its end.
    .headline = the TLS handshake failed
    .fix = Look into the event log of the { noun-server } (Schannel). Exempt TCP 5061 from TLS inspection and from proxies on the way out.
    .what = The server broke off with an alert that is not about a certificate, or did what TLS does not allow.
    .why = Partners see the same, and their users just see that nobody answers.
    .mend = Compare with another partner. A device in between that opens TLS is the usual cause where nothing else is wrong.
    .source = RFC 8446, section 6

call-no-sni = The server that called did not name the server it wants (SNI).
    .headline = no server name is asked for
    .what = The name of the wanted server is usually part of the first message of TLS. Here it was missing.
    .why = Partners with several certificates on one address choose by it. Where there is one, as usual for federation, nothing depends on it.
    .mend = Nothing to do.
    .source = RFC 6066, section 3

call-no-certificate = The server that called presented no certificate, expected the one for its FQDN (MTLS). { $named ->
    [yes] It was asked with the names of the public authorities.
   *[no] It was asked without naming authorities.
}
    .headline = the server presents no certificate
    .fix = Choose the certificate in the { noun-administration } once more. If one is chosen: repeat with { $named ->
        [yes] --ca-hints none
       *[no] --ca-hints roots
    }, to see whether Windows leaves it out.
    .what = The test partner asked for a client certificate, and the answer was an empty list.
    .why = Every partner refuses that. Either none is chosen, or it is there and not sent: .NET leaves out, without any error, a certificate that is for servers only (EKU without clientAuth), as all from Let's Encrypt are by now. Whether XPhone is affected is not known.
    .mend = See whether the certificate in the store has a private key that the service account may read, and whether its EKU has clientAuth. Ask the CA for one with both, to find out whether that is the reason.
    .source = XPhone Federation guide, chapter 7; dotnet/runtime, issues 121982 and 131563

call-key-unproven = { $why ->
    [disproven] The server that called does not hold the key of the certificate that it presents
   *[unknown] Whether the server that called holds the key of the certificate cannot be verified here
}: expected a signature with that key.
    .headline = the key of the certificate is not proven
    .fix = Import the certificate together with its private key (PFX) on the { noun-server }, and choose it again in the { noun-administration }.
    .what = Whoever presents a certificate signs the handshake with its key. Everybody can copy a certificate; only the signature proves whose it is.
    .why = Partners verify it and end the connection.
    .mend = Order the certificate anew with a key of the usual kinds (RSA, P-256), import it with its key, and choose it.
    .source = RFC 8446, section 4.4.3

call-accepted-by = By certificate and DNS, these take the client: Edge of Skype for Business { $edge ->
    [yes] yes
    [no] no (no SRV record leads to a name in the certificate)
   *[unknown] not known
}; Teams { $teams ->
    [yes] yes
    [no] no
   *[unknown] not known
}; Kamailio, OpenSIPS and others with strict rules { $strict ->
    [yes] yes
   *[no] no, unless they are set to accept certificates for servers
}; another XPhone: not known, most likely as the Edge.
    .headline = which partners take the client
    .what = A conclusion from the certificate as presented and from what DNS publishes.
    .why = No partner can be asked for it, but the rules of each kind are known.
    .mend = Nothing to do, unless a partner with “no” is one that counts.
    .source = Microsoft, “Set-CsAccessEdgeConfiguration”; OpenSSL, verify error 26; Let's Encrypt, announcement of 2025-05-14

call-srv-missing = The domain { $domain } of the server that called has no SRV record { $srv_name }, expected one with a name that is in the certificate.
    .headline = no SRV record for the domain that calls
    .fix = Create the SRV record { $srv_name }, port 5061, with the server's FQDN as target.
    .what = The test partner looked up the domain of the sender, as a partner in open federation does.
    .why = An Edge of Skype for Business asks for that record and expects the server it leads to in the certificate; it cannot answer either. Where every partner enters the route by hand (direct federation), it is not needed.
    .mend = Publish the SRV record. With direct federation only, nothing is to be done.
    .source = XPhone Federation guide, chapters 4 and 11; Microsoft, “Set-CsAccessEdgeConfiguration”

call-not-sip = After TLS came something that is not SIP, expected a request. It began with: { $start }
    .headline = what calls does not speak SIP
    .fix = Look which machine has the address that called, and what it does on port 5061.
    .what = TLS was established, and then something else came than SIP.
    .why = A proxy or another service called, not a server for federation.
    .mend = Look for the machine by its address. Switch proxies off for TCP 5061.
    .source = RFC 3261

call-no-sip = The server that called said nothing in SIP: { $how ->
    [ended] it ended the connection
    [unfinished] a message began and did not come to its end
   *[silent] the connection stayed silent
}. Expected a request, such as SUBSCRIBE or INVITE.
    .headline = the connection came, but nothing was said
    .fix = Write to the address that xfed listen printed while it listens.
    .what = The handshake came to its end, and no request followed.
    .why = Some servers connect before anybody writes. Others hang up after TLS because they do not take the test partner's certificate: Windows does so without a word.
    .mend = Write a text meanwhile. If nothing comes then either, see the event log of the server (Schannel) for the certificate of the test partner.
    .source = RFC 3261; RFC 8446

call-unreadable = A request ({ $method }) of the server that called was refused with { $status }: { $status ->
    [416] its address has another scheme than sip:
    [505] it is of another version than SIP/2.0
    [513] it is larger than 64 kB, and the test partner takes no more
   *[other] it cannot be read as SIP
}. Expected { $status ->
    [416] an address such as sip:anna@zahnfee.de
    [505] SIP/2.0
    [513] a short text
   *[other] the headers that every request has, each once
}.
    .headline = { $status ->
        [513] a request is too large for the test partner
       *[other] a request cannot be read
    }
    .fix = Look for a SIP gateway (ALG) in the firewall, and switch it off for TCP 5061. If there is none: show the transcript (--transcript) to the vendor.
    .what = A request lacked a header that it must have, or held one that cannot be, or was larger than the test partner takes.
    .why = What cannot be read partners refuse as well. Servers rarely do that; devices that rewrite SIP on the way do. What is large others may take: a Skype for Business server takes up to 5 MB.
    .mend = Compare the transcript with what the server itself has logged. Write a short text.
    .source = RFC 3261, section 8.1.1; RFC 4475

call-wrong-domain = What came is of { $from }, expected { $expected }{ $refused ->
        [no] , the domain of the certificate.
       *[yes] ; it was refused with 403.
    }
    .headline = messages come from another domain than expected
    .fix = Compare the { noun-domain } with the domain that the certificate is for or that was given as --expect, and repeat with the right one.
    .what = The domain in From is another one than the test waits for, or leads nobody to the server whose certificate was shown.
    .why = Partners look up and allow this domain, and no other. If it is not the one that people know, they are not found.
    .mend = See which XPhone domain is set in the XPhone administration. Where --expect was given: or take it away, and see who calls.
    .source = XPhone Federation guide, chapter 2

call-no-chat = No text came, expected one to the address that xfed listen printed. { $what ->
    [presence] Presence was asked for, and given.
    [media] A call or a file was offered, which is refused: only chat is tested.
    [domain] What came was of another domain, and was refused.
   *[none] Only requests came that no user makes.
}
    .headline = no text has come
    .fix = Open a chat with the address that xfed listen printed, and write a line in it, while it listens.
    .what = The server spoke SIP, but nobody wrote.
    .why = Up to here the way out is proven. Whether a text gets through is not.
    .mend = Add the address as a contact, accept what XPhone asks, and write to it.
    .source = RFC 3428

call-wrong-address = A request came for another address than the test's, and was refused with 404. Expected the one that xfed listen printed this time.
    .headline = another address was written to
    .fix = Write to the address that xfed listen printed this time: it is another one each time.
    .what = The test partner has one address, and takes nothing for any other.
    .why = The address ties a message to this run. A contact of an earlier run is no good any more.
    .mend = Remove the old contact, and add the new one.
    .source = RFC 3261, section 21.4.5

call-chat-not-sent = A chat was opened and { $confirmed ->
    [yes] confirmed
   *[no] never confirmed (no ACK)
}, but no text followed. Expected a MESSAGE in it.
    .headline = a chat was opened, but no text followed
    .fix = Write one more line in the same chat, while xfed listen runs. If it stays so: on the { noun-server }, see whether the name of the test partner can be resolved, and whether further connections to it are let out.
    .what = The test partner accepted the chat at once. What follows goes to the name in its route.
    .why = Whoever cannot resolve that name, or connects there by another way that is closed, opens chats in which nothing arrives.
    .mend = On the server, resolve the name of the test partner with nslookup, and test port 5061 to it.
    .source = RFC 3261, section 12.2; [MS-SIP]

call-reply-not-connected = The reply did not reach { $server }: { $reason ->
    [refused] { $address } refused the connection
    [no-route] this machine has no way to { $address }
    [no-tls] { $address } was reached, but no TLS came about
    [other-certificate] { $address } shows a certificate for another name
   *[no-connection] no connection to { $address } came about
}. Expected a connection with the certificate of that name.
    .headline = a reply is not proven: no connection back
    .fix = Find out why the server cannot be reached, and mend that first: xfed check { $domain }
    .what = A reply goes on a new connection to the server that the chat names in its route, or that the SRV record names. That connection did not come about, and on the server's own connection the reply was not taken either.
    .why = Every partner replies like this. If the server is reachable for others, the way is closed only from the test partner's machine: outgoing TCP 5061 there.
    .mend = Run xfed check for the domain from outside. See in particular whether the name in the server's route is the FQDN that is published, and no internal one.
    .source = RFC 3261, sections 12.2.1.1 and 18.1.1

call-reply-refused = The reply was refused with { $status } by { $server ->
    [none] the server
   *[other] { $server }
}, expected 200.
    .headline = a reply is not proven: it was refused
    .fix = Look up { $status } in the log of the { noun-server } at that moment. If other partners can write to its users, nothing has to be done.
    .what = The reply arrived, and the answer was a refusal.
    .why = Nothing is proven by that: some servers take texts only from partners that are allowed by name, or want marks that only an Edge of Skype for Business makes (verification level).
    .mend = Allow the test partner's domain, and repeat. 403 and 404: is its domain among those allowed? 481: the chat is not known any more. 401 and 407: the server does not take the test partner for a server.
    .source = RFC 3261, section 21.4; Microsoft, “New-CsAllowedDomain”

call-reply-unanswered = The reply was sent{ $server ->
    [none] { "" }
   *[other] {" "}to { $server }
} and not answered. Expected 200 within 10 s.
    .headline = a reply is not proven: no answer to it
    .fix = See on the screen of whoever wrote whether the reply has come nevertheless, and repeat. If not: look into the log of the { noun-server } at that moment.
    .what = The reply went out on a connection with TLS, and no final answer came back, or the connection ended before.
    .why = A server that passes a text on to a client answers when that client does. One that drops it without a word answers nothing.
    .mend = Repeat with the recipient signed in. Where a firewall inspects SIP, exempt TCP 5061 in both directions.
    .source = RFC 3261, section 17.1.2

call-reply-withheld = No reply was sent: { $reason ->
    [foreign] the chat names { $server ->
        [none] no server
       *[other] { $server }
    } in its route, for which the certificate that was presented does not speak
    [internal] { $server } has an address of an inner network only
    [no-server] the domain publishes no SRV record
    [no-address] { $server } has no address in DNS
    [no-dns] DNS did not answer when it was asked for the server
    [too-many] there were more than 5 in a minute
   *[unproven] the server has not proven by a trusted certificate who it is
}. Expected { $reason ->
    [no-server] an SRV record that leads to the server
    [no-dns] an answer
    [too-many] fewer texts
   *[other] a public server that is named in the certificate
}.
    .headline = a reply is not proven: none could be sent
    .fix = { $reason ->
        [no-server] Create the SRV record { $srv_name } with the server's FQDN as target, port 5061.
        [no-address] Create the A record { $server } with the server's public address.
        [no-dns] Repeat. If it stays so: name a resolver that answers, with --resolver.
        [too-many] Wait a minute, and write once.
       *[other] Set the FQDN that is published and in the certificate as the name under which the { noun-server } speaks to partners, and repeat.
    }
    .what = The test partner connects only to a server that the caller's certificate speaks for: everything else would let strangers send it anywhere.
    .why = Partners have the same trouble: they reply to the name in the route. If that is an internal one, no reply finds its way.
    .mend = Compare the name in Record-Route and Contact (--transcript) with the FQDN in DNS and in the certificate.
    .source = RFC 3261, section 12.2.1.1; XPhone Federation guide, chapters 3, 4 and 7

call-reply-only-back = The reply was taken only on the connection that the server had opened itself. On a new connection{ $server ->
    [none] { "" }
   *[other] {" "}to { $server }
}, expected to work, it was not: { $reason ->
    [foreign] the certificate that was presented does not speak for that name
    [internal] the name has an address of an inner network only
    [no-server] the domain publishes no SRV record
    [no-dns] DNS did not answer when it was asked for the server
    [too-many] too many were under way
    [no-address] the name has no address in DNS
    [refused] { $address } refused the connection
    [no-route] this machine has no way to { $address }
    [no-connection] no connection to { $address } came about
    [no-tls] { $address } was reached, but no TLS came about
    [other-certificate] { $address } shows a certificate for another name
    [answered] { $address } answered { $status }
    [silent] { $address } did not answer within 10 s
   *[ended] the connection ended before an answer came
}.
    .headline = replies arrive only while the server's own connection lives
    .fix = Mend the way in, which partners use for replies: xfed check { $domain }
    .what = A server that has connected to a partner takes requests on that connection, too. Partners rarely use it: they open one of their own.
    .why = As soon as the connection is closed, or with partners that never use it, replies and presence get lost.
    .mend = Run xfed check for the domain from outside. See whether the name in the server's route is the FQDN that is published.
    .source = RFC 3261, section 12.2.1.1; RFC 5923

## Direct federation planned (xfed plan --direct)

plan-direct-title = Direct federation of { $domain }: the plan
plan-direct-kind = Direct federation
plan-direct-about = This page is for the administrators of { $domain }; each side has one of its own. In direct federation there is no SRV record: each side enters the server of every other one by hand, here those of { $others }. More: xfed explain direct
plan-direct-warn-teams = { $domain } is on Teams, which has no field for the server of a partner: it goes by SRV records alone. There is no route to enter here; the others publish an SRV record, and this side allows their domains.
plan-direct-warn-teams-peer = { $peer } is on Teams, which has no field for a route. It reaches { $domain } only if the SRV record is published, and finding it, so does everybody else.
plan-direct-warn-record = An SRV record of { $domain } is published (target { $targets }), though direct federation needs none{ $whose ->
    [other] , and it leads to another server than { $server }
   *[own] {""}
}: whoever goes by SRV records goes there. Remove it, if only those who have entered a route are to come.
plan-direct-warn-assumed = Nobody named the server of { $peer }, and DNS names none: { $route } is assumed. Ask there, and give it: --peer { $peer }=FQDN
plan-direct-warn-address = { $route } has no public address in DNS yet: in the firewall rules a placeholder stands for it.
plan-direct-warn-silent = DNS did not answer for { $peer }: whether it is on Teams, and which addresses { $route } has, is not known. Repeat the plan once it answers.
plan-direct-routes-title = 3 Routes
plan-direct-routes = A route for each, port 5061, TLS. The name is entered letter by letter: it has to be the one in the certificate of that side.
plan-direct-xphone = In the XPhone administration, among the settings of federation: the domain of the partner, and as its route the FQDN. What these fields are called is not documented publicly.
plan-direct-elsewhere = Where { $domain } has another server than XPhone, the same goes there:
plan-direct-edge = Skype for Business Server, Lync Server, in its Management Shell (in the Control Panel: Federation and External Access, SIP Federated Domains, Access Edge service). No address in the place of the name, and not as a hosting provider beside it:
plan-direct-procall = estos ProCall: a static route for the domain, beside Open Federation (DNS).
plan-direct-cisco = Cisco IM and Presence: a SIP federated domain, and a static route by TLS that leads to Expressway.
plan-direct-kamailio = Kamailio, OpenSIPS, in the routing script. The certificate goes into a client profile of tls.cfg, or a client_domain of tls_mgm:
plan-direct-records-title = A record, and no SRV record
plan-direct-record-for-teams = For the side that is on Teams, the SRV record is needed nevertheless:
plan-direct-no-record = No SRV record is needed, and none is published.
plan-direct-record-unknown = No SRV record is needed. Whether one is published, DNS did not say.
plan-direct-remove = The SRV record is not needed. Remove it, if nobody else goes by it; where the zone is on a Windows DNS server:
plan-direct-firewall-in = TCP from { $peers } (any port) to { $address }, port 5061; forwarded to { $lan }, port 5061 (the interface that is chosen in XPhone).
plan-direct-firewall-out = TCP from { $lan }, any port, to { $peers }, port 5061.
plan-direct-firewall-note = These are the addresses that DNS gives today. Some servers call from another address than they are called at: ask each side which one that is, and add it. When an address changes, so does the rule. No TLS inspection and no SIP ALG on this port.
plan-direct-firewall-teams = Teams comes from the ranges of Microsoft and is called there: let TCP 5061 in and out for those, too, or for any address.
plan-placeholder-of = <address of { $route }>
plan-federation-off = off, unless strangers are to come, too
plan-direct-proof-out = The way out, on the XPhone server under its service account, to each side:
plan-direct-proof-pairs = Both directions of each pair, once both have entered their routes:

## A test partner planned (xfed plan --test-partner)

plan-partner-title = A test partner under { $domain }: the plan
plan-partner-kind = For an afternoon
plan-partner-about = xfed listen is a partner that another server calls: it shows whether that server gets out, with which certificate, and whether a text arrives. It needs a machine that is reached on TCP 5061, a domain that nothing else federates under, and a certificate of a public CA. All of it can go again in the evening.
plan-partner-warn-record = { $domain } federates already: its SRV record is { $records }. Do not replace it. Take a domain of its own for the test, which may lie below this one: xfed plan fedtest.{ $domain } --test-partner
plan-partner-firewall-in = TCP from any address to { $address }, port 5061, and port 80 while the certificate is ordered.
plan-partner-firewall-out = DNS, and TCP to any address, port 5061 and port 80 (revocation lists).
plan-partner-firewall-windows = In PowerShell on that machine, as administrator, where it has Windows:
plan-partner-certificate = A certificate for exactly { $server }, of a public CA; Let's Encrypt will do. The test partner stands directly below its domain, since partners refuse a server in somebody else's.
plan-partner-certificate-linux = With certbot on Linux; nothing else may listen on port 80 meanwhile:
plan-partner-certificate-windows = With simple-acme on Windows, into files:
plan-partner-run-title = Listen
plan-partner-run = For four hours, on Linux (sudo, since only root reads the key):
plan-partner-run-windows = On Windows:
plan-partner-run-once = It checks itself first, and then prints the address to write to, sip:test-<code>@{ $domain }, another one each time. With --once it ends as soon as a text has come. Of what is written nothing is kept.
plan-partner-other-title = On the other side
plan-partner-allow = Where only certain domains are allowed, allow { $domain }; in direct federation, enter { $server } as the route for it.
plan-partner-way-out = On the XPhone server, under its service account, see whether it gets out:
plan-partner-contact = While xfed listen runs: in the client, search for the address that it printed, or add a contact with it (SIP, XMPP or e-mail field), and grant presence where it is asked for.
plan-partner-write = Write a line to that contact. What happens there does not matter; the test partner reports it.
plan-placeholder-caller = <domain that called>
plan-partner-check = Before, from another machine, while it listens:
plan-partner-replay = The report again, in the other language or another format:
plan-partner-pair = And what it means between two domains:
plan-partner-afterwards = Afterwards, remove the two records and the rules of the firewall. The certificate may stay.
error-no-peer = --direct needs another side: expected --peer DOMAIN, or a second domain
error-peer-of-what = --peer goes with --direct or --test-partner
error-one-caller = --test-partner takes one --peer, a domain without its server: the one that is to call
error-side-twice = { $domain } is named twice, expected each side once
expected-peer = a domain, or DOMAIN=FQDN, such as toothfairy.uk=chat.toothfairy.uk

## Both directions (xfed pair)

verdict-pair-ready = { $domain }: ready
verdict-pair-ready-with-warnings = { $domain }: ready, with warnings: { $cause }
verdict-pair-not-ready = { $domain }: not ready: { $cause }
verdict-pair-inconclusive = { $domain }: undecided: { $cause }
html-mode-pair = One direction of a pair: who reaches whom?
explain-pair-step = Pair { $number }: { $step }
owner-of-side = { $kind ->
    [partner] administrator of { $domain }
   *[other] { $owner } of { $domain }
}
not-judged-pair-way-out = Of { $caller }: whether its server gets out to TCP 5061 at all, and which certificate it then presents. Only a test partner to which somebody there writes sees that: run xfed listen, and give its report to xfed pair as --evidence.
not-judged-pair-policy = Of { $domain }: whether lists of allowed or blocked domains keep { $caller } out. Ask there.
not-judged-pair-licences = Of { $caller }: whether the users have a licence and the right for federation (in XPhone Connect 9: Office Plus, and the configuration group).
error-same-twice = { $domain } is named twice, expected two domains: each is checked against the other
error-server-behind = { $domain }=: { $fqdn ->
    [none] the name of the server is missing
   *[other] { $fqdn } is no name of a server
}, expected { expected-fqdn }
error-which-server = { $domain } federates directly, and no SRV record names its server: expected { $domain }=FQDN
error-which-of-both = --connect-to needs the published address that it stands for, as --connect-to IP=ADDRESS: there are two servers
error-no-evidence = { $file } is no report of xfed listen: expected what xfed listen --format json wrote
error-future-evidence = { $file } was made on { $date } at { $time }, which is still to come. Expected a report of what has been: see whether the clock of this machine is right, and that of the one that listened
error-other-evidence = { $file } is about { $domain }, expected a call of { $one } or { $other } (xfed listen --expect names who is to call)

seen-pair-caller = { $how ->
    [measured] measured on { $heard }
   *[inferred] inferred
}: { $name }, by { $issuer }, until { $until }
seen-pair-caller-unseen = no certificate of { $caller } was seen
seen-pair-caller-teams = does not apply: Microsoft presents its own
seen-pair-no-teams = does not apply: neither is on Teams
seen-pair-teams-unknown = not known which of them is on Teams
seen-pair-no-record = waits for the SRV record of { $domain } (step 3)
seen-pair-both-teams = both are on Teams
seen-pair-to-teams = { $domain } is on Teams
seen-pair-from-teams = { $caller } is on Teams
seen-pair-tenant = { $caller } is on Teams, and a tenant holds { $domain }
seen-pair-route = { $from ->
    [route] { $caller } goes by a route entered by hand
   *[srv] { $caller } goes by SRV records
}; { $to ->
    [route] { $domain } publishes no way
   *[srv] { $domain } is found by its SRV record
}

step-pair-caller = Client certificate
    .what = This step asks whether the domain that is called would take the certificate that the calling server presents. XPhone has one certificate for both directions, so it is inferred from what the server shows on port 5061; with a report of xfed listen (--evidence) it is measured.
    .why = Both sides identify themselves (MTLS). A server that shows a bad certificate presents it, too, when it calls; and whether it presents one at all, only a partner sees.
    .mend = Mend the certificate as step 5 of the calling domain says. To measure it, have the server write to a test partner: xfed listen.
    .source = XPhone Federation guide, chapter 7

step-pair-teams = Microsoft Teams
    .what = This step asks what Teams does between the two: where one of them is on Teams, and where a Microsoft 365 tenant holds the domain of the other.
    .why = Teams goes by its own list of domains before it looks at an SRV record, and it delivers nothing that its administrator does not allow. Neither can be seen from outside.
    .mend = Have somebody write from Teams. Allow the domain in the Teams admin center, under external access.
    .source = XPhone Federation guide, chapters 8 and 10

step-pair-route = Route
    .what = This step asks whether the calling server can find the other one: by the SRV record (open federation), or by a route that its administrator has entered (direct federation).
    .why = In direct federation there is no SRV record: each side enters the FQDN of the other. Where one goes by routes and the other by SRV records, one direction works and the other does not.
    .mend = Either publish both SRV records, or enter a route on both sides. Teams has no field for a route, so with Teams it is always the SRV record.
    .source = XPhone Federation guide, chapter 11

pair-caller-refused = { $caller } presents a certificate that partners refuse ({ $how ->
    [measured] as a test partner has seen
   *[inferred] its server shows it on port 5061, and there is one for both directions
}): { $codes }. Expected one without such a fault.
    .headline = the client is refused: { $codes_first }
    .fix = { $how ->
        [measured] What was seen, and what to do, says the report that was given as --evidence: read it with xfed replay.
       *[inferred] Mend the certificate of { $caller }: what to do stands under step 5 of the other direction.
    }
    .what = The certificate by which the calling server identifies itself has a fault that makes partners end the connection.
    .why = In MTLS both sides check each other. What would be refused of the server is refused of it as a client, too.
    .mend = Look at step 5 of the calling domain: xfed check with it. After the certificate is renewed, choose it in the XPhone administration, and check the pair again.
    .source = XPhone Federation guide, chapter 7

pair-caller-doubtful = { $caller } presents a certificate that some partners refuse ({ $how ->
    [measured] as a test partner has seen
   *[inferred] its server shows it on port 5061, and there is one for both directions
}): { $codes }. Expected one that all take.
    .headline = some refuse the client: { $codes_first }
    .fix =
        Whether { $domain } is among them shows a text that { $caller } writes there. What to do then:
        > { $codes_explain }
    .what = The certificate of the calling server has a property that keeps it out at some kinds of partners, and not at others.
    .why = A certificate for servers only (without clientAuth) is taken by Skype for Business and refused by servers with strict rules, such as Kamailio and OpenSIPS. Of which kind a partner is cannot be seen for certain from outside.
    .mend = Write a text from one to the other. If it does not arrive, order a certificate with clientAuth, or ask there to accept serverAuth certificates.
    .source = OpenSSL, verify error 26; RFC 5280, section 4.2.1.12

pair-caller-unknown = Whether partners would take the certificate of { $caller } could not be found out: { $codes_count ->
    [0] its server showed none
   *[other] { $codes }
}. Expected a certificate to judge by.
    .headline = the caller's certificate is not known
    .fix = { $how ->
        [measured] Repeat xfed listen, and write to the address that it prints while it listens.
       *[inferred] Make the server of { $caller } reachable first, as the other direction says; or measure it without that: have it write to a test partner (xfed listen), and give the report as --evidence.
    }
    .what = Which certificate the calling server presents is inferred from what it shows on port 5061. It could not be seen there, or nothing came to the test partner.
    .why = A server that cannot be reached may call others nevertheless. So nothing follows, neither good nor bad.
    .mend = Mend what the other direction shows, or measure it with xfed listen.
    .source = xfed itself

pair-caller-other = { $why ->
    [renewed] When { $caller } called on { $heard }, it presented another certificate than its server has by now ({ $presented }; now { $shown }). Expected a measurement of that.
   *[other] When { $caller } calls, it presents another certificate ({ $presented }) than its server shows to whoever calls it ({ $shown }). Expected the same.
}
    .headline = { $why ->
        [renewed] the evidence is older than the certificate
       *[other] called with another certificate than its server's
    }
    .fix = { $why ->
        [renewed] Have it write to a test partner once more (xfed listen), and give the new report as --evidence.
       *[other] Choose the same certificate for both directions: in the certificate store, the serial number tells them apart. Where a gateway stands in between, see which of its certificates is for outgoing connections.
    }
    .what = The certificate that a test partner was shown is another one than the server of the domain shows to whoever calls it.
    .why = XPhone has one certificate for both directions. Where they differ, the certificate was renewed in between, or another machine calls than the one that is called: what is judged of the one says nothing of the other.
    .mend = Repeat xfed listen. If they still differ, see which machine has the address that the calls come from.
    .source = XPhone Federation guide, chapter 7

pair-caller-inferred = What { $caller } presents when it calls is inferred from what its server shows, and not measured.
    .headline = the caller's certificate is inferred
    .fix = To measure it, have { $caller } write to a test partner, and give its report as --evidence. What that takes, with a domain of your own in the place of test.example:
        > xfed plan test.example --test-partner --peer { $caller }
    .what = From outside, only the certificate can be seen that a server shows when it is called.
    .why = XPhone uses the same one when it calls; that it presents one at all, and gets out, only a partner sees. Since 2025, .NET may leave out a certificate without clientAuth without a word.
    .mend = Run xfed listen for an afternoon, write to the address that it prints, and give its report to xfed pair as --evidence.
    .source = XPhone Federation guide, chapter 7; dotnet/runtime #121982

pair-evidence-latest = Of { $count } reports of test partners that { $caller } called, the latest counts that shows its certificate: the one of { $heard }.
    .headline = the latest of several reports counts
    .what = Several reports of xfed listen were given for the same domain.
    .why = What was wrong earlier may be mended by now, and the other way round.
    .mend = Nothing to do. To have an earlier one judged, give that alone.
    .source = xfed itself

pair-evidence-disputed = Two test partners listened at the same time, until { $other } and until { $heard }, and their reports on { $caller } contradict each other. One of them found this, the other did not: { $codes }. Expected reports that agree.
    .headline = two reports from the same time contradict each other
    .fix = Have { $caller } write to one test partner at a time, and give the report of that alone as --evidence. If the results still change: see whether several machines call.
    .what = Two reports of xfed listen were given for the same domain, and both were made at the same time. By one of them partners would refuse what called.
    .why = Which of them other partners would meet cannot be said. Usually two machines call, or the certificate was changed in between.
    .mend = Listen once more, with one test partner, and compare the addresses that the calls come from.
    .source = xfed itself

pair-tenant-in-the-way = { $caller } is on Teams, and a Microsoft 365 tenant holds { $domain } ({ $traces }): Teams may deliver there, and not to the server of the SRV record. Expected no tenant that holds the domain, or that Teams is seen to deliver.
    .headline = Teams may deliver to a Microsoft 365 tenant instead
    .fix = Write a text from Teams ({ $caller }) to { $domain }. If it does not arrive: give XPhone a domain of its own that no tenant holds (variant 3 of the guide), or remove the domain from the tenant.
    .what = The domain that is called has traces of a Microsoft 365 tenant in DNS, while its SRV record leads to another server, and the caller is on Teams.
    .why = Between tenants Teams goes by Microsoft's own list of domains and does not ask for the SRV record. Whether it does so here depends on the tenant, and cannot be seen from outside.
    .mend = Write from Teams and look where it arrives. A domain below the company's own, which no tenant holds, avoids the question.
    .source = XPhone Federation guide, chapter 10, variant 2

pair-both-teams = { $caller } and { $domain } are both on Teams: Microsoft delivers between tenants by itself, without SRV records and port 5061. Expected a server that is called.
    .headline = both are on Teams
    .fix = Nothing here shows whether it works: write a text from the one to the other. Both administrators have to allow the other domain under external access.
    .what = Both SRV records lead to the Microsoft cloud.
    .why = What goes on between tenants never leaves the cloud, so no check from outside says anything about it.
    .mend = Look at external access in both Teams admin centers, and write a text.
    .source = Microsoft, “Manage external meetings and chat with people and organizations using Microsoft identities”

pair-teams-decides = Whether Teams lets { $other } in and out is decided by the administrator of { $teams }.
    .headline = the administrator of Teams decides
    .fix = In Teams PowerShell, the administrator of { $teams } sees it so; { $other } has to be among the allowed domains, or all of them allowed:
        > Get-CsTenantFederationConfiguration | Format-List AllowFederatedUsers,AllowedDomains,BlockedDomains
    .what = External access of a tenant has a list of domains that are allowed or blocked.
    .why = Nothing of it can be seen from outside. Trial tenants are kept out altogether unless they are allowed.
    .mend = Allow the domain in the Teams admin center, under external access, and wait some hours: Microsoft says up to 24.
    .source = Microsoft, “Get-CsTenantFederationConfiguration”

pair-modes-differ = { $domain } federates directly, without an SRV record, and { $caller } goes by SRV records: it does not find the server. Expected the same on both sides.
    .headline = one side goes by routes, the other by SRV records
    .fix =
        @xphone-admin Of { $caller }: enter a route for { $domain } that leads to { $route }, and check the pair with --direct.
        @dns-admin Of { $domain }, instead of that: publish the SRV record.
    .what = One side federates directly, the other by SRV records.
    .why = In direct federation each side enters the FQDN of the other by hand. Whoever goes by SRV records finds nothing there.
    .mend = Agree on one of the two. With few partners, routes on both sides; with many, or with Teams, SRV records.
    .source = XPhone Federation guide, chapter 11

pair-teams-no-route = { $caller } is on Teams, which goes by SRV records alone, and { $domain } publishes none (direct federation). Expected an SRV record that leads to { $route }.
    .headline = Teams has no field for a route
    .fix = Publish the SRV record:
        > { $srv_name }. 3600 IN SRV 0 0 5061 { $route }.
    .what = The domain federates directly, and the one that calls is on Teams.
    .why = Teams has no field for the FQDN of a partner: a domain can be allowed, and nothing more. Without the SRV record it finds no server.
    .mend = Publish the SRV record. It does no harm to partners that have entered a route.
    .source = Microsoft, “Set-CsTenantFederationConfiguration”, “New-CsEdgeDomainPattern”

pair-sender-no-srv = { $caller } has no SRV record, and { $strict ->
    [teams] Teams takes nothing of a domain that it finds no server of
   *[some] some partners, such as the Edge of Skype for Business, take nothing of a domain that they find no server of
}. Expected an SRV record that leads to the server that calls.
    .headline = the side that is called finds no server of the sender
    .fix = Publish the SRV record of { $caller }: what to enter stands under step 3 of the other direction.
    .what = The domain that calls publishes no SRV record.
    .why = Partners in open federation look the sender up: the server that its SRV record leads to must be the one in the certificate. What cannot be looked up is refused, or marked as unverified.
    .mend = Publish the SRV record of the calling domain, or have it entered as a route on the other side (direct federation).
    .source = Microsoft, “Set-CsAccessEdgeConfiguration”

pair-route-unseen = { $caller } goes by a route that its administrator enters by hand; whether it is there and leads to { $route } only that side can show.
    .headline = the route cannot be seen from outside
    .fix = On the server of { $caller }, enter the route for { $domain }: { $route }, TCP port 5061. On that server, under its service account, this shows whether it gets there:
        > Test-NetConnection { $route } -Port 5061
    .what = In direct federation the calling side has entered the FQDN of the other one.
    .why = No record says so, and so nothing of it can be seen from outside.
    .mend = Compare the route, letter by letter, with the FQDN in the certificate of the other side.
    .source = XPhone Federation guide, chapter 11

# The page of `xfed serve`
page-title = Is a domain ready for federation?
page-what = The check looks at it as a partner would: DNS, the port, the certificate, MTLS. It takes some seconds.
page-field = Domain
page-field-hint = The XPhone domain, the address of a person (anna@zahnfee.de) or the name of the server.
page-module = Module
page-module-default = default
page-check = Check
page-running = { $domain } is being checked
page-waiting = { $before ->
    [0] This check is next.
    [one] One check comes before this one.
   *[other] { $before } checks come before this one.
}
page-working = The steps are looked at side by side.
page-step-looked = looked at
page-step-pending = under way
page-taken = { $input } is taken for the domain { $domain }.
page-running-hint = The result appears here by itself. The address of this page stays the same.
page-ways = This result in other forms
page-new = New check
page-markdown = For a ticket (Markdown)
page-copied = Copied
page-rules-current = Judge again as of now
page-commands = A line that begins with xfed, or names an option such as --resolver, is for a machine that has xfed. How this service checks is set by whoever runs it.
page-as-of-now = Judged again as of now, from what was seen then: nothing was looked at anew.
page-verdict-then = At that time the verdict was: { $verdict }.
page-changes = What changed since the check before
page-history = Other checks of this domain
page-moment = { $date } at { $time }
page-again = Check again
page-refused = Nothing was checked
page-last = The last result, { $age ->
    [one] 1 second
   *[other] { $age } seconds
} old:
page-footer = A result stays as it is: whoever has the link sees what was seen then.
