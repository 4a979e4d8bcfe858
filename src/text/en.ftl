### The texts of xfed in English. Same ids, attributes and variables as de.ftl; a test compares them.
### Messages: subject, observed, expected. `.fix`: who enters what where. `.what`, `.why`, `.mend`
### and `.source` are printed by `xfed explain`, without a finding, so they have no variables.

## The steps of the checklist

step-domain = XPhone domain
step-address = FQDN, A record
step-srv = SRV record
step-tcp = Firewall, DMZ
step-certificate = Certificate
step-federation = Federation

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

verdict-ready = { $domain } is ready for federation
verdict-ready-with-warnings = { $domain } is ready for federation, with warnings: { $steps }
verdict-not-ready = { $domain } is not ready for federation: { $steps }
verdict-inconclusive = { $domain }: undecided, not everything could be tested: { $steps }
verdict-partner-ready = Nothing on the side of { $domain } stands in the way
verdict-partner-ready-with-warnings = Nothing on the side of { $domain } stands in the way; warnings: { $steps }
verdict-partner-not-ready = Federation with { $domain } fails at: { $steps }
verdict-partner-inconclusive = Whether { $domain } can be reached stays open; not tested: { $steps }

reservation-sip-unseen = SIP itself was not seen: the server demands a client certificate and xfed had none. With --client-cert and --client-key it can be seen.
reservation-connected-elsewhere = The way from outside was not tested: --connect-to named another address than the published one.

## Owners, labels, columns

owner-xphone-admin = XPhone admin
owner-dns-admin = DNS admin
owner-network = internal IT
owner-partner = partner

label-fix = Fix
label-check = Check
label-owner = Who
column-step = Step
column-status = Status
column-seen = Seen

at-endpoint = At { $endpoint }
notes-hidden = { $count ->
    [one] 1 remark not shown; -v shows it
   *[other] { $count } remarks not shown; -v shows them
}
explain-hint = xfed explain { $code } says more
progress-checking = Checking { $domain }

## What is never judged

not-judged-title = What cannot be seen from outside
not-judged-outbound = Outgoing TCP 5061 from the XPhone server: on the server, under its service account, run Test-NetConnection <partner's FQDN> -Port 5061, or xfed check --partner <partner's domain>.
not-judged-policy = The partner's rules: ask whether allow or block lists, Teams external access or a trial tenant keep this domain out.
not-judged-licences = Licences and rights in XPhone: check that the users have a licence for federation and that their configuration group has federation switched on.

## What a step saw, what it waits for

seen-domain = { $mail_count ->
    [0] exists in public DNS, no mail
   *[other] exists in public DNS, mail at { $mail }
}
seen-domain-missing = not in public DNS
seen-nothing = nothing seen
seen-address = { $hosts }
seen-srv = { $records }
seen-srv-missing = no SRV record
seen-srv-direct = does not apply: direct federation has no SRV record
seen-tcp-open = open: { $addresses }
seen-tcp-closed = closed: { $addresses }
seen-certificate = { $name }, by { $issuer }, until { $until }
seen-certificate-malformed = a certificate that cannot be read
seen-federation = { $version }, { $mtls ->
    [yes] client certificate demanded (MTLS)
   *[no] no client certificate demanded
} { $sip }
seen-no-tls = no TLS

needs-domain = needs a domain in public DNS (step 1)
needs-address = needs a usable A record (step 2)
needs-fqdn = needs the FQDN: give --fqdn or publish the SRV record
needs-tcp = needs an open port (step 4)
needs-tls = no certificate was shown, see step 6

## Usage errors

input-empty = no domain given, expected a domain such as zahnfee.de
input-too-long = the name has { $detail } characters, expected a domain of at most 253 such as zahnfee.de
input-address = { $detail } is an IP address, expected a domain such as zahnfee.de
input-one-label = "{ $detail }" has only one part, expected a domain such as zahnfee.de
input-character = "{ $input }" contains { $detail }, expected a domain of letters, digits, hyphens and dots such as zahnfee.de
input-label = "{ $detail }" is no domain name: expected parts of 1 to 63 letters, digits and inner hyphens, such as zahnfee.de
input-taken = taking { $input } for the domain { $domain }

error-no-domain = no domain given, expected at least one, e.g. xfed check zahnfee.de
error-direct-needs-fqdn = --direct needs --fqdn: direct federation has no SRV record that names the server
error-one-domain-only = { $option } goes with one domain only
error-connect-to = --connect-to { $value }: expected [IP=]ADDRESS[:PORT], e.g. 192.168.1.10:5061
error-resolver = --resolver { $value }: expected system or IP[:PORT], e.g. 9.9.9.9
error-read-file = cannot read { $file }: { $reason }
error-pem = { $file } holds no { $expected ->
    [key] private key
   *[certificate] certificate
} in PEM form, expected a block that starts with { $expected ->
    [key] -----BEGIN PRIVATE KEY-----
   *[certificate] -----BEGIN CERTIFICATE-----
}
error-client-pair = --client-cert and --client-key belong together: give both or neither
error-client-mismatch = --client-cert and --client-key do not fit together: { $reason }
error-explain-unknown = no explanation for { $topic }, did you mean { $suggestion }?
error-explain-unknown-plain = no explanation for { $topic }, expected a code such as srv-missing, a step such as srv, or an ms-diagnostics number such as 1009
error-crypto = cannot start the TLS library: { $reason }

## Headings of `xfed explain`

explain-what = What it is
explain-why = Why it matters
explain-mend = How to mend it
explain-verify = How to verify it
explain-owner = Who
explain-severity = Severity
explain-source = Source
explain-findings = What this step can find
explain-any-step = any step
explain-see = See also

## ms-diagnostics: what the Microsoft side reports

ms-1002 = The partner's policy does not let this user write to federated contacts. Nothing is wrong on the XPhone side; the partner's admin has to allow external chat for the user.
ms-1003 = The user does not exist at the other end. Compare the IM address letter by letter; in XPhone it is taken from the contact's e-mail, XMPP or SIP field.
ms-1005 = The partner's server finds no way to the domain. Look at the SRV record (step 3), then ask the partner for allow and block lists.
ms-1007 = The way to the domain is closed for the moment. Wait some minutes and try again; if it stays, look at the firewall (step 4) and at the XPhone service.
ms-1008 = The partner's DNS gets no usable SRV record for the XPhone domain. Look at the SRV record (step 3); if it is new, resolvers may still remember that it was missing.
ms-1009 = The SRV target does not lie in the domain whose SRV record names it. Choose an FQDN directly below the XPhone domain (step 2) and enter it as target (step 3).
ms-1010 = The partner does not trust the certificate of the XPhone server. Look at step 5: name, expiry, issuer, chain and extended key usage.
ms-1011 = The server before gave no reason of its own. That is usual where XPhone is the server before: the cause has to be looked for elsewhere.
ms-1012 = The partner's policy does not let this user chat outside the company. The partner's admin has to allow it; nothing in DNS, firewall or certificate explains it.
ms-1013 = The clocks of the two servers differ too much. Check the time of the XPhone server (w32tm /query /status).
ms-1014 = The SRV target has no A record that the partner's DNS can see. Look at the FQDN and its A record (step 2).
ms-1027 = This kind of request may not be sent to or from federated partners. Look at the partner's policy, and at the SRV record of the partner's own domain.
ms-1034 = The federated server before gave no reason of its own. It stands on top of another code: look for that one, else work through all six steps.
ms-1047 = The TLS handshake with a federated server failed. Look at certificate and TLS (steps 5 and 6): often one side does not trust the other's certification authority.

## Step 1, the XPhone domain

domain-not-found = Public DNS does not know the domain { $domain } (NXDOMAIN), expected is a registered domain with a public zone.
    .fix = Compare { $domain } with the XPhone domain in the XPhone administration. If it is spelt right: register the domain and publish its zone in public DNS.
domain-no-mail = The domain { $domain } has no MX record, so the IM addresses here differ from the e-mail addresses. Usual is one domain for both.
domain-lookup-failed = The question for { $name } ({ $record }) ended in { $rcode }{ $reasons_count ->
    [0] , without a reason
   *[other] : { $reasons }
}. Expected are records, or a clear "no such name".
    .fix = Ask another resolver: xfed check { $domain } --resolver 9.9.9.9. If that fails too, have the DNS provider check name servers and DNSSEC of { $domain }.
dns-unreachable = No resolver answered the question for { $name } ({ $record }): { $reason ->
    [no-resolver] this machine has no resolver configured
    [timed-out] nothing came in time
    [port-closed] port 53 is closed
    [unreachable] this machine cannot send to the resolver
    [malformed] what came was no DNS answer
    [truncated] the answer was cut, and DNS over TCP is closed
   *[other] no answer
}{ $servers_count ->
    [0] {""}
   *[other] {" "}(asked: { $servers })
}. Expected is an answer on port 53.
    .fix = Open port 53 (UDP and TCP) from this machine to its resolver, or name another one: xfed check { $domain } --resolver 9.9.9.9.

## Step 2, FQDN and A record

fqdn-foreign-domain = The FQDN { $fqdn } does not end with the XPhone domain { $domain }, expected is a name such as xphone.{ $domain }.
    .fix = Give the server a name directly below { $domain }, e.g. xphone.{ $domain }. Enter it as A record, as target of the SRV record { $srv_name } and in XPhone as public name (FQDN), and order the certificate for it.
fqdn-too-deep = The FQDN { $fqdn } stands more than one level below { $domain }, expected is at most one, e.g. xphone.{ $domain }.
    .fix = If a partner refuses this name: take one directly below { $domain }, e.g. xphone.{ $domain }. Enter it as A record, as target of the SRV record { $srv_name } and in XPhone as public name (FQDN), and order the certificate for it.
fqdn-not-found = Public DNS does not know the FQDN { $fqdn } (NXDOMAIN), expected is an A record with the public address of the XPhone server.
    .fix = Create in public DNS: name { $fqdn }, type A, value the public IPv4 address that the firewall forwards to the XPhone server.
fqdn-no-a-record = { $addresses_count ->
    [0] The FQDN { $fqdn } exists in DNS, but has no address
   *[other] The FQDN { $fqdn } has only IPv6 addresses ({ $addresses })
}; expected is an A record with the public IPv4 address of the XPhone server.
    .fix = Create in public DNS: name { $fqdn }, type A, value the public IPv4 address that the firewall forwards to the XPhone server.
address-not-public = The FQDN { $fqdn } leads to { $address }, { $range ->
    [private] a private address
    [cgnat] an address of the provider's own network (carrier-grade NAT)
    [loopback] the loopback address of a machine itself
    [link-local] a link-local address (APIPA)
    [documentation] an address reserved for documentation
    [multicast] a multicast address
   *[reserved] a reserved address
}. Expected is a public address.
    .fix = { $range ->
        [cgnat] Order a public IPv4 address from the internet provider. Then set the A record of { $fqdn } to it in public DNS.
       *[other] In public DNS, replace { $address } by the public address that the firewall forwards to the XPhone server. The private one belongs in the internal DNS only.
    }
address-several = The FQDN { $fqdn } has { $addresses_count } A records ({ $addresses }), expected is one.
    .fix = Delete every A record of { $fqdn } but the one that leads to the XPhone server.
address-alias = The FQDN { $fqdn } is an alias (CNAME: { $chain }), expected is an A record of its own.
    .fix = In DNS, delete the CNAME of { $fqdn } and create an A record with the public IPv4 address of the XPhone server.

## Step 3, the SRV record

srv-missing = The SRV record { $name } does not exist, expected is one with port 5061 and the FQDN of the XPhone server.
    .fix = Create in public DNS: name { $name }, type SRV, priority 0, weight 0, port 5061, target the FQDN of the XPhone server, e.g. { $server }.{ $wait ->
        [0] {""}
        [one] {" "}Resolvers may keep saying "missing" for up to 1 minute.
       *[other] {" "}Resolvers may keep saying "missing" for up to { $wait } minutes.
    }
srv-service-disabled = The SRV record { $srv_name } has the target ".", which says that the service is not offered. Expected is the FQDN of the XPhone server, e.g. { $server }.
    .fix = Set the SRV record { $srv_name } to port 5061 and the FQDN of the XPhone server, e.g. { $server }.
srv-target-doubled = The SRV target { $target } contains the domain twice, expected is { $meant }.
    .fix = Set the target of the SRV record { $srv_name } to { $meant }. If the provider's form appends the domain again, put a dot at the end or leave the domain out there.
srv-target-is-address = The SRV target is the IP address { $address }, expected is a name, e.g. { $server }.
    .fix = Create in public DNS: name { $server }, type A, value { $address }. Then set the target of the SRV record { $srv_name } to { $server }.
srv-target-malformed = The SRV target "{ $target }" is no full host name, expected is one without protocol, port and path, e.g. { $server }.
    .fix = Set the target of the SRV record { $srv_name } to the FQDN of the XPhone server, e.g. { $server }. The port 5061 belongs in the field for the port.
srv-fields-swapped = The SRV record reads { $record }: 5061 stands as priority or weight, and the port is { $port }. Expected are priority 0, weight 0, port 5061.
    .fix = Set in the SRV record { $srv_name }: priority 0, weight 0, port 5061. The target stays.
srv-wrong-port = The SRV record points to port { $port }{ $use ->
    [sip] {" "}(SIP without TLS)
    [sign-in] {" "}(sign-in of clients)
    [xmpp] {" "}(XMPP)
   *[other] {""}
} of { $target }, expected 5061.
    .fix = Set the port of the SRV record { $srv_name } to 5061.
srv-points-to-microsoft = The SRV record of { $domain } points to Microsoft ({ $targets }), so Teams answers for this domain. For an XPhone domain, the FQDN of the XPhone server is expected.
    .fix = Decide who answers chat for { $domain }. XPhone: set the SRV target to the FQDN of the XPhone server and switch off external chat in Teams. Teams: run XPhone without federation or under a domain of its own.
srv-mixed-platforms = The SRV records of { $domain } point to Microsoft ({ $targets }) and elsewhere ({ $own }), expected is one platform only.
    .fix = Decide who answers chat for { $domain }, and delete the other side's SRV records: for XPhone, delete { $targets }.
srv-differs-from-fqdn = The SRV record points to { $targets }, expected is { $fqdn } (from --fqdn).
    .fix = Set the target of the SRV record { $srv_name } to { $fqdn }. If the published name is the right one, enter it in XPhone as public name (FQDN).
srv-several = The domain has { $records_count } SRV records ({ $records }), expected is one. Partners choose by priority and weight, so every server has to work.
srv-published-in-direct = An SRV record is published ({ $records }), although direct federation needs none. If there is one, { $fqdn } is expected as its target.
    .fix = Delete the SRV record { $srv_name }, or set its target to { $fqdn }.

## Step 4, firewall and DMZ

tcp-refused = { $address } ({ $fqdn }) refuses connections to TCP port { $port }, expected is an open port.
    .fix = XPhone admin: switch on federation and bind it to the server's LAN address (not to 169.254.x.x), port 5061. Internal IT: forward TCP 5061 from { $address } to that address.
tcp-filtered = { $address } ({ $fqdn }) did not answer on TCP port { $port } within { $seconds } s, expected is an open port.
    .fix = First repeat from another network: the one here may block outgoing 5061. Then on the firewall: let TCP 5061 from any source in to { $address } and forward it to the XPhone server.
tcp-unreachable = A router on the way reports that TCP port { $port } of { $address } ({ $fqdn }) cannot be reached, expected is an open port.
    .fix = Check that { $address } is still the public address of the firewall; if not, correct the A record of { $fqdn }. If it is, let TCP 5061 in there.
tcp-no-route-here = This machine could not connect to { $address } ({ $fqdn }), so TCP port { $port } was not tested. Expected is a way to the internet from here.
    .fix = Repeat on a machine that may connect to the internet on TCP { $port }.
tcp-partly-open = Only { $open } can be reached on the federation port, expected are all addresses.{ $refused_count ->
    [0] {""}
   *[other] {" "}Refused: { $refused }.
}{ $filtered_count ->
    [0] {""}
   *[other] {" "}No answer: { $filtered }.
}{ $unreachable_count ->
    [0] {""}
   *[other] {" "}Unreachable: { $unreachable }.
}
    .fix = For every other address: forward TCP 5061 to the XPhone server, or delete its A or SRV record in DNS.
tcp-ipv6-dead = { $fqdn } can be reached over IPv4, but not over IPv6: { $address } does not accept TCP port { $port }. Expected are both, or no AAAA record.
    .fix = Delete the AAAA record of { $fqdn } with { $address }, or let TCP 5061 in there to the XPhone server.
tcp-no-ipv6-here = This machine has no IPv6, so { $addresses } was not tested. Expected is the same open port as over IPv4.
    .fix = To test the AAAA record too: repeat on a machine with IPv6.
tcp-not-all-probed = { $count ->
    [one] 1 published address was not tested
   *[other] { $count } published addresses were not tested
}: one run connects to 32 at most. Expected is one address for each server.
    .fix = Delete the A and SRV records in DNS that do not lead to an XPhone server.
tcp-connected-elsewhere = Connected to { $addresses }, as --connect-to says; partners use the published address and port 5061. The way from outside was not tested.
    .fix = To test the way from outside: repeat without --connect-to, on a machine outside.

## Step 5, the certificate

cert-name-mismatch = { $names_count ->
    [0] The certificate names no server
   *[other] The certificate is for { $names }
}, expected is { $fqdn }.
    .fix = Order a certificate for exactly { $fqdn } from a public CA, then choose it again in the XPhone administration.
cert-wildcard = The certificate is a wildcard certificate ({ $name }), expected is one issued to exactly { $fqdn }.
    .fix = Order a certificate for exactly { $fqdn }, without wildcard, from a public CA, then choose it again in the XPhone administration.
cert-extra-wildcard = Besides { $fqdn } the certificate also names the wildcard { $name }, expected is { $fqdn } without wildcard.
    .fix = At the next renewal, order for exactly { $fqdn }, without { $name }, then choose the certificate again in the XPhone administration.
cert-no-san = The certificate has no DNS name among its alternative names (SAN), expected is { $fqdn }.
    .fix = Order a certificate for exactly { $fqdn }, with that name as subject (CN) and as alternative name (SAN), then choose it again in the XPhone administration.
cert-subject-differs = The certificate is issued to { $name } (subject) and names { $fqdn } only as alternative name (SAN), expected is { $fqdn } in both.
    .fix = Order a certificate for exactly { $fqdn }, with that name as subject (CN) and as alternative name (SAN), then choose it again in the XPhone administration.
cert-no-subject = The certificate has no common name (CN) in its subject, only the alternative name (SAN) { $fqdn }. Expected is { $fqdn } in both.
    .fix = If XPhone does not offer the certificate: order for exactly { $fqdn } with a common name (Let's Encrypt: profile classic), then choose it again in the XPhone administration.
cert-expired = The certificate expired on { $until }, { $days ->
    [0] less than a day ago
    [one] 1 day ago
   *[other] { $days } days ago
}. Expected is one that is valid today.
    .fix = If it is renewed already: choose the new one again in the XPhone administration. If not: order for exactly { $server }, then choose it there.
cert-not-yet-valid = The certificate is valid only from { $from } ({ $days ->
    [0] in less than a day
    [one] in 1 day
   *[other] in { $days } days
}), expected is one that is valid today.
    .fix = Check the clock of this machine. If it is right: choose a certificate for exactly { $server } that is valid today in the XPhone administration.
cert-expires-soon = The certificate expires on { $until } ({ $days ->
    [0] in less than a day
    [one] in 1 day
   *[other] in { $days } days
}), expected is one that has been renewed by now.
    .fix = Renew it for exactly { $server } (or look why the automatic renewal did not), then choose it again in the XPhone administration.
cert-self-signed = The certificate is self-signed ({ $subject }), expected is one from a public CA.
    .fix = Order a certificate for exactly { $server } from a public CA, then choose it again in the XPhone administration.
cert-untrusted-issuer = { $why ->
    [out-of-date] A CA certificate above this one ({ $issuer }) is outside its dates
    [rejected] The chain of the certificate ({ $issuer }) does not pass: { $detail }
   *[unknown] The issuer { $issuer } leads to no { $roots ->
        [given] root of --ca-file
       *[public] public root
    } (certificates sent: { $sent })
}. Expected is a full chain to { $roots ->
    [given] a root of --ca-file
   *[public] a public CA
}.
    .fix = { $sent ->
        [1] If the issuer is a public CA: install its intermediate certificates on the XPhone server (store "Intermediate Certification Authorities"). If not: order for exactly { $server } from a public CA, then choose it again in the XPhone administration.
       *[other] If the issuer is a public CA: install its current intermediate certificates on the XPhone server. If not: order for exactly { $server } from a public CA, then choose it again in the XPhone administration.
    }
cert-locally-trusted-only = Only this machine trusts the issuer ({ $issuer }), the public roots do not. Expected is a certificate from a public CA.
    .fix = If a firewall inspects TLS here: repeat from another network. If the issuer is the company's own CA: order for exactly { $server } from a public CA, then choose it again in the XPhone administration.
cert-no-server-auth = The certificate may not be used for servers: its extended key usage (EKU) lacks serverAuth. Expected is serverAuth.
    .fix = Order a server certificate (EKU serverAuth) for exactly { $server } from a public CA, then choose it again in the XPhone administration.
cert-no-client-auth = The certificate from { $issuer } is for servers only (EKU without clientAuth), expected are both for MTLS. Most partners accept it, strict ones do not.
    .fix = As long as all partners answer: nothing. If one refuses: order with clientAuth for exactly { $server } (DigiCert: on request, until 2027-03-01), then choose it again in the XPhone administration.
cert-malformed = The certificate cannot be read ({ $place }), expected is an X.509 certificate by RFC 5280.
    .fix = Order a certificate for exactly { $server } from a public CA, then choose it again in the XPhone administration.

## Step 6, federation active

tls-not-spoken = The port answers in plain text ({ $service ->
    [unknown] unknown service
   *[other] { $service }
}: "{ $start }"), expected is TLS.
    .fix = XPhone admin: find the program that holds port 5061 (netstat -abno), move it, and bind federation there. Internal IT: check that the port forward leads to port 5061 of the XPhone server.
tls-silent = { $fqdn } accepts TCP port { $port }, but says nothing when TLS starts. Expected is a TLS answer.
    .fix = Internal IT: check that the port forward leads to the XPhone server (a firewall may accept in its place). XPhone admin: check that federation is on, restart the service.
tls-closed = { $fqdn } accepts TCP port { $port }, but closes the connection when TLS starts. Expected is a TLS answer.
    .fix = XPhone admin: choose the certificate again in the XPhone administration and check that federation is on. Internal IT: check that no proxy or inspection stands before port 5061.
tls-handshake-failed = The TLS handshake ended { $progress ->
    [finished] after it was complete
    [request] after the demand for a client certificate
    [certificate] after the server's certificate
    [hello] after the server's first answer
   *[nothing] before the server's first answer
}: { $how ->
    [alert] alert { $detail }
    [closed] the server closed the connection
    [silent] nothing more came in time
    [misbehaved] { $detail }
    [too-much] the server sent more than any handshake needs
   *[finished] it led to no session
}. Expected is TLS 1.2 or 1.3.
    .fix = On the XPhone server: switch on TLS 1.2 in Windows, choose the certificate again in the XPhone administration, and look for Schannel errors in the Windows event log (System).
mtls-not-requested = The server demands no client certificate, expected is that it does (MTLS).
    .fix = XPhone admin: check that XPhone itself answers on port 5061. Internal IT: forward TCP 5061 straight to the XPhone server, without a proxy that ends TLS.
mtls-enforced = The server demands a client certificate and { $how ->
    [closed] closed the connection
   *[other] answered with { $how }
}, because xfed had none. That is what is expected.
mtls-certificate-refused = The server refused the certificate of --client-cert ({ $how ->
    [closed] connection closed
   *[other] { $how }
}), expected is that it accepts it.
    .fix = Repeat with a certificate from a public CA that is valid today. If it lacks clientAuth, repeat with one that has it: so might partners fare.
sip-answered = The server answers OPTIONS as SIP, as expected (any status will do): { $status } { $reason }
sip-not-answered = { $how ->
    [closed] The server closed the connection instead of answering OPTIONS
   *[silent] The server did not answer OPTIONS
}, expected is a SIP answer. Without a client certificate that is no fault.
    .fix = If the server demands a client certificate: repeat with --client-cert and --client-key. If not: check that XPhone itself answers on port 5061, and that no firewall inspects SIP (SIP ALG).
sip-unavailable = The server answers OPTIONS with SIP { $status } (service unavailable), expected is any other status.
    .fix = Restart the XPhone Connect Server and check in the XPhone administration that federation is on; then repeat.
sip-not-sip = TLS works, but what answers OPTIONS is not SIP: "{ $start }". Expected is a line that begins with SIP/2.0.
    .fix = XPhone admin: find the program that holds port 5061 (netstat -abno), move it, and bind federation there. Internal IT: check that the port forward leads to port 5061 of the XPhone server.

## Any step

step-crashed = xfed failed on an error of its own in the step { $step }, expected is a result. The other steps stand.
    .fix = Repeat the check. If it happens again, report it to the makers of xfed, with the domain and the version (xfed --version).
deadline-reached = The time for the whole check ran out before this was tested, expected is an answer in time.
    .fix = Repeat with more time: xfed check { $domain } --deadline 60s.
