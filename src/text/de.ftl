### Die Texte von xfed auf Deutsch. Kennungen, Attribute und Variablen wie in en.ftl; ein Test vergleicht sie.
### Meldung: was, gesehen, erwartet. `.fix`: wer was wo einträgt. `.what`, `.why`, `.mend` und
### `.source` zeigt `xfed explain` ohne Befund, darum haben sie keine Variablen.

## Die Schritte der Checkliste

step-domain = XPhone-Domäne
step-address = FQDN, A-Record
step-srv = SRV-Record
step-tcp = Firewall, DMZ
step-certificate = Zertifikat
step-federation = Federation

## Status, Schwere, Urteil

status-pass = ok
status-warn = Warnung
status-fail = Fehler
status-skip = nicht geprüft
status-unknown = nicht prüfbar

severity-fail = Fehler
severity-warn = Warnung
severity-info = Hinweis
severity-unknown = nicht prüfbar

verdict-ready = { $domain } ist bereit für Federation
verdict-ready-with-warnings = { $domain } ist bereit für Federation, mit Warnungen: { $steps }
verdict-not-ready = { $domain } ist nicht bereit für Federation: { $steps }
verdict-inconclusive = { $domain }: kein Urteil, nicht alles war prüfbar: { $steps }
verdict-partner-ready = Auf der Seite von { $domain } steht nichts im Weg
verdict-partner-ready-with-warnings = Auf der Seite von { $domain } steht nichts im Weg; Warnungen: { $steps }
verdict-partner-not-ready = Federation mit { $domain } scheitert an: { $steps }
verdict-partner-inconclusive = Ob { $domain } erreichbar ist, bleibt offen; nicht geprüft: { $steps }

reservation-sip-unseen = SIP selbst war nicht zu sehen: Der Server verlangt ein Client-Zertifikat, und xfed hatte keines. Mit --client-cert und --client-key wird es sichtbar.
reservation-connected-elsewhere = Der Weg von außen wurde nicht geprüft: --connect-to nennt eine andere Adresse als die veröffentlichte.

## Zuständige, Beschriftungen, Spalten

owner-xphone-admin = XPhone-Admin
owner-dns-admin = DNS-Admin
owner-network = Interne IT
owner-partner = Gegenseite

label-fix = Abhilfe
label-check = Prüfen
label-owner = Wer
column-step = Schritt
column-status = Status
column-seen = Gesehen

at-endpoint = Bei { $endpoint }
notes-hidden = { $count ->
    [one] 1 Hinweis ausgeblendet; -v zeigt ihn
   *[other] { $count } Hinweise ausgeblendet; -v zeigt sie
}
explain-hint = Mehr dazu: xfed explain { $code }
progress-checking = Prüfe { $domain }

## Was nie beurteilt wird

not-judged-title = Was von außen nicht zu sehen ist
not-judged-outbound = Ausgehend TCP 5061 vom XPhone-Server: auf dem Server unter dessen Dienstkonto Test-NetConnection <FQDN der Gegenseite> -Port 5061 ausführen, oder xfed check --partner <Domäne der Gegenseite>.
not-judged-policy = Regeln der Gegenseite: dort nachfragen, ob Zulassungs- oder Sperrlisten, der externe Zugriff in Teams oder ein Testmandant diese Domäne ausschließen.
not-judged-licences = Lizenzen und Rechte in XPhone: prüfen, ob die Benutzer eine Lizenz für Federation haben und ihre Konfigurationsgruppe Federation erlaubt.

## Was ein Schritt gesehen hat, worauf er wartet

seen-domain = { $mail_count ->
    [0] im öffentlichen DNS vorhanden, keine Mail
   *[other] im öffentlichen DNS vorhanden, Mail bei { $mail }
}
seen-domain-missing = nicht im öffentlichen DNS
seen-nothing = nichts gesehen
seen-address = { $hosts }
seen-srv = { $records }
seen-srv-missing = kein SRV-Record
seen-srv-direct = entfällt: Direct Federation hat keinen SRV-Record
seen-tcp-open = offen: { $addresses }
seen-tcp-closed = zu: { $addresses }
seen-certificate = { $name }, von { $issuer }, bis { $until }
seen-certificate-malformed = ein Zertifikat, das sich nicht lesen lässt
seen-federation = { $version }, { $mtls ->
    [yes] Client-Zertifikat verlangt (MTLS)
   *[no] kein Client-Zertifikat verlangt
} { $sip }
seen-no-tls = kein TLS

needs-domain = braucht eine Domäne im öffentlichen DNS (Schritt 1)
needs-address = braucht einen brauchbaren A-Record (Schritt 2)
needs-fqdn = braucht den FQDN: --fqdn angeben oder SRV-Record veröffentlichen
needs-tcp = braucht einen offenen Port (Schritt 4)
needs-tls = kein Zertifikat gezeigt, siehe Schritt 6

## Fehler beim Aufruf

input-empty = keine Domäne angegeben, erwartet wird eine Domäne wie zahnfee.de
input-too-long = der Name hat { $detail } Zeichen, erwartet wird eine Domäne mit höchstens 253 Zeichen wie zahnfee.de
input-address = { $detail } ist eine IP-Adresse, erwartet wird eine Domäne wie zahnfee.de
input-one-label = „{ $detail }“ hat nur einen Teil, erwartet wird eine Domäne wie zahnfee.de
input-character = „{ $input }“ enthält { $detail }, erwartet wird eine Domäne aus Buchstaben, Ziffern, Bindestrichen und Punkten wie zahnfee.de
input-label = „{ $detail }“ ist kein Domänenname: erwartet werden Teile aus 1 bis 63 Buchstaben, Ziffern und Bindestrichen im Inneren, wie zahnfee.de
input-taken = { $input } als Domäne { $domain } verstanden

error-no-domain = keine Domäne angegeben, erwartet wird mindestens eine, z. B. xfed check zahnfee.de
error-direct-needs-fqdn = --direct braucht --fqdn: bei Direct Federation nennt kein SRV-Record den Server
error-one-domain-only = { $option } gilt nur für eine einzelne Domäne
error-connect-to = --connect-to { $value }: erwartet wird [IP=]ADRESSE[:PORT], z. B. 192.168.1.10:5061
error-resolver = --resolver { $value }: erwartet wird system oder IP[:PORT], z. B. 9.9.9.9
error-read-file = { $file } lässt sich nicht lesen: { $reason }
error-pem = { $file } enthält { $expected ->
    [key] keinen privaten Schlüssel
   *[certificate] kein Zertifikat
} im PEM-Format, erwartet wird ein Block, der mit { $expected ->
    [key] -----BEGIN PRIVATE KEY-----
   *[certificate] -----BEGIN CERTIFICATE-----
} beginnt
error-client-pair = --client-cert und --client-key gehören zusammen: beide angeben oder keines
error-client-mismatch = --client-cert und --client-key passen nicht zusammen: { $reason }
error-explain-unknown = keine Erklärung zu { $topic }, gemeint ist vielleicht { $suggestion }
error-explain-unknown-plain = keine Erklärung zu { $topic }, erwartet wird ein Code wie srv-missing, ein Schritt wie srv oder eine ms-diagnostics-Nummer wie 1009
error-crypto = die TLS-Bibliothek lässt sich nicht starten: { $reason }

## Überschriften von `xfed explain`

explain-what = Was es ist
explain-why = Warum es zählt
explain-mend = Wie man es behebt
explain-verify = Wie man es prüft
explain-owner = Wer
explain-severity = Schwere
explain-source = Quelle
explain-findings = Was dieser Schritt findet
explain-any-step = jeder Schritt
explain-see = Siehe auch

## ms-diagnostics: was die Microsoft-Seite meldet

ms-1002 = Eine Richtlinie der Gegenseite lässt diesen Benutzer nicht an föderierte Kontakte schreiben. Auf XPhone-Seite fehlt nichts; der Admin der Gegenseite muss dem Benutzer externen Chat erlauben.
ms-1003 = Den Benutzer gibt es am anderen Ende nicht. IM-Adresse Zeichen für Zeichen vergleichen; XPhone nimmt sie aus dem E-Mail-, XMPP- oder SIP-Feld des Kontakts.
ms-1005 = Der Server der Gegenseite findet keinen Weg zur Domäne. Zuerst den SRV-Record prüfen (Schritt 3), dann die Gegenseite nach Zulassungs- und Sperrlisten fragen.
ms-1007 = Der Weg zur Domäne ist im Moment versperrt. Einige Minuten warten und wiederholen; bleibt es dabei, Firewall (Schritt 4) und XPhone-Dienst prüfen.
ms-1008 = Das DNS der Gegenseite bekommt für die XPhone-Domäne keinen brauchbaren SRV-Record. SRV-Record prüfen (Schritt 3); ist er neu, merken sich Resolver noch eine Weile, dass er fehlte.
ms-1009 = Das SRV-Ziel liegt nicht in der Domäne, deren SRV-Record es nennt. Einen FQDN direkt unter der XPhone-Domäne wählen (Schritt 2) und als Ziel eintragen (Schritt 3).
ms-1010 = Die Gegenseite vertraut dem Zertifikat des XPhone-Servers nicht. Schritt 5 prüfen: Name, Ablauf, Aussteller, Kette, erweiterte Schlüsselverwendung.
ms-1011 = Der Server davor nannte keinen eigenen Grund. Das ist üblich, wenn XPhone der Server davor ist: Die Ursache liegt woanders.
ms-1012 = Eine Richtlinie der Gegenseite lässt diesen Benutzer nicht nach außen chatten. Das muss der Admin der Gegenseite erlauben; DNS, Firewall und Zertifikat erklären es nicht.
ms-1013 = Die Uhren der beiden Server gehen zu weit auseinander. Uhrzeit des XPhone-Servers prüfen (w32tm /query /status).
ms-1014 = Das SRV-Ziel hat keinen A-Record, den das DNS der Gegenseite sieht. FQDN und A-Record prüfen (Schritt 2).
ms-1027 = Diese Art von Anfrage darf nicht an föderierte Partner gehen oder von ihnen kommen. Richtlinie der Gegenseite prüfen, ebenso den SRV-Record ihrer eigenen Domäne.
ms-1034 = Der föderierte Server davor nannte keinen eigenen Grund. Die Nummer steht über einer anderen: diese suchen, sonst alle sechs Schritte durchgehen.
ms-1047 = Der TLS-Handshake mit einem föderierten Server ist gescheitert. Zertifikat und TLS prüfen (Schritte 5 und 6): Oft vertraut eine Seite der Zertifizierungsstelle der anderen nicht.

## Schritt 1, die XPhone-Domäne

domain-not-found = Das öffentliche DNS kennt die Domäne { $domain } nicht (NXDOMAIN), erwartet wird eine registrierte Domäne mit öffentlicher Zone.
    .fix = { $domain } mit der XPhone-Domäne in der XPhone-Administration vergleichen. Stimmt die Schreibweise: Domäne registrieren und ihre Zone im öffentlichen DNS veröffentlichen.
domain-no-mail = Die Domäne { $domain } hat keinen MX-Record; IM-Adressen weichen hier also von den E-Mail-Adressen ab. Üblich ist eine Domäne für beides.
domain-lookup-failed = Die Frage nach { $name } ({ $record }) endete mit { $rcode }{ $reasons_count ->
    [0] , ohne Begründung
   *[other] : { $reasons }
}. Erwartet werden Einträge oder ein klares „gibt es nicht“.
    .fix = Einen anderen Resolver fragen: xfed check { $domain } --resolver 9.9.9.9. Scheitert auch das, beim DNS-Provider Nameserver und DNSSEC von { $domain } prüfen lassen.
dns-unreachable = Kein Resolver hat die Frage nach { $name } ({ $record }) beantwortet: { $reason ->
    [no-resolver] auf diesem Rechner ist keiner eingetragen
    [timed-out] es kam rechtzeitig nichts
    [port-closed] Port 53 ist geschlossen
    [unreachable] dieser Rechner kann ihm nichts senden
    [malformed] was kam, war keine DNS-Antwort
    [truncated] die Antwort war gekürzt, und DNS über TCP ist gesperrt
   *[other] keine Antwort
}{ $servers_count ->
    [0] {""}
   *[other] {" "}(gefragt: { $servers })
}. Erwartet wird eine Antwort auf Port 53.
    .fix = Port 53 (UDP und TCP) von diesem Rechner zum Resolver öffnen oder einen anderen nennen: xfed check { $domain } --resolver 9.9.9.9.

## Schritt 2, FQDN und A-Record

fqdn-foreign-domain = Der FQDN { $fqdn } endet nicht auf die XPhone-Domäne { $domain }, erwartet wird ein Name wie xphone.{ $domain }.
    .fix = Dem Server einen Namen direkt unter { $domain } geben, z. B. xphone.{ $domain }. Diesen als A-Record, als Ziel des SRV-Records { $srv_name } und in XPhone unter „Öffentlicher Name (FQDN)“ eintragen und das Zertifikat dafür bestellen.
fqdn-too-deep = Der FQDN { $fqdn } liegt mehr als eine Ebene unter { $domain }, erwartet wird höchstens eine, z. B. xphone.{ $domain }.
    .fix = Lehnt eine Gegenseite den Namen ab: einen direkt unter { $domain } nehmen, z. B. xphone.{ $domain }. Diesen als A-Record, als Ziel des SRV-Records { $srv_name } und in XPhone unter „Öffentlicher Name (FQDN)“ eintragen und das Zertifikat dafür bestellen.
fqdn-not-found = Das öffentliche DNS kennt den FQDN { $fqdn } nicht (NXDOMAIN), erwartet wird ein A-Record mit der öffentlichen Adresse des XPhone-Servers.
    .fix = Im öffentlichen DNS eintragen: Name { $fqdn }, Typ A, Wert die öffentliche IPv4-Adresse, die die Firewall an den XPhone-Server weiterleitet.
fqdn-no-a-record = { $addresses_count ->
    [0] Den FQDN { $fqdn } gibt es im DNS, aber er hat keine Adresse
   *[other] Der FQDN { $fqdn } hat nur IPv6-Adressen ({ $addresses })
}; erwartet wird ein A-Record mit der öffentlichen IPv4-Adresse des XPhone-Servers.
    .fix = Im öffentlichen DNS eintragen: Name { $fqdn }, Typ A, Wert die öffentliche IPv4-Adresse, die die Firewall an den XPhone-Server weiterleitet.
address-not-public = Der FQDN { $fqdn } führt zu { $address }, { $range ->
    [private] einer privaten Adresse
    [cgnat] einer Adresse aus dem internen Netz des Providers (Carrier-Grade-NAT)
    [loopback] der Loopback-Adresse eines Rechners selbst
    [link-local] einer Link-Local-Adresse (APIPA)
    [documentation] einer Adresse nur für Dokumentation
    [multicast] einer Multicast-Adresse
   *[reserved] einer reservierten Adresse
}. Erwartet wird eine öffentliche Adresse.
    .fix = { $range ->
        [cgnat] Beim Internet-Provider eine öffentliche IPv4-Adresse bestellen. Dann im öffentlichen DNS den A-Record von { $fqdn } darauf setzen.
       *[other] Im öffentlichen DNS { $address } durch die öffentliche Adresse ersetzen, die die Firewall an den XPhone-Server weiterleitet. Die private gehört nur ins interne DNS.
    }
address-several = Der FQDN { $fqdn } hat { $addresses_count } A-Records ({ $addresses }), erwartet wird einer.
    .fix = Alle A-Records von { $fqdn } löschen bis auf den, der zum XPhone-Server führt.
address-alias = Der FQDN { $fqdn } ist ein Alias (CNAME: { $chain }), erwartet wird ein eigener A-Record.
    .fix = Im DNS den CNAME von { $fqdn } löschen und einen A-Record mit der öffentlichen IPv4-Adresse des XPhone-Servers eintragen.

## Schritt 3, der SRV-Record

srv-missing = Den SRV-Record { $name } gibt es nicht, erwartet wird einer mit Port 5061 und dem FQDN des XPhone-Servers.
    .fix = Im öffentlichen DNS eintragen: Name { $name }, Typ SRV, Priorität 0, Gewicht 0, Port 5061, Ziel der FQDN des XPhone-Servers, z. B. { $server }.{ $wait ->
        [0] {""}
        [one] {" "}Resolver melden danach noch bis zu 1 Minute lang „fehlt“.
       *[other] {" "}Resolver melden danach noch bis zu { $wait } Minuten lang „fehlt“.
    }
srv-service-disabled = Der SRV-Record { $srv_name } hat das Ziel „.“, das heißt: Dienst wird nicht angeboten. Erwartet wird der FQDN des XPhone-Servers, z. B. { $server }.
    .fix = Im SRV-Record { $srv_name } eintragen: Port 5061, Ziel der FQDN des XPhone-Servers, z. B. { $server }.
srv-target-doubled = Das SRV-Ziel { $target } enthält die Domäne doppelt, erwartet wird { $meant }.
    .fix = Das Ziel des SRV-Records { $srv_name } auf { $meant } setzen. Hängt das Formular des Providers die Domäne wieder an: Punkt ans Ende setzen oder dort die Domäne weglassen.
srv-target-is-address = Das SRV-Ziel ist die IP-Adresse { $address }, erwartet wird ein Name, z. B. { $server }.
    .fix = Im öffentlichen DNS eintragen: Name { $server }, Typ A, Wert { $address }. Dann das Ziel des SRV-Records { $srv_name } auf { $server } setzen.
srv-target-malformed = Das SRV-Ziel „{ $target }“ ist kein vollständiger Hostname, erwartet wird einer ohne Protokoll, Port und Pfad, z. B. { $server }.
    .fix = Das Ziel des SRV-Records { $srv_name } auf den FQDN des XPhone-Servers setzen, z. B. { $server }. Der Port 5061 gehört in das Feld für den Port.
srv-fields-swapped = Der SRV-Record lautet { $record }: 5061 steht bei Priorität oder Gewicht, der Port ist { $port }. Erwartet werden Priorität 0, Gewicht 0, Port 5061.
    .fix = Im SRV-Record { $srv_name } eintragen: Priorität 0, Gewicht 0, Port 5061. Das Ziel bleibt.
srv-wrong-port = Der SRV-Record zeigt auf Port { $port }{ $use ->
    [sip] {" "}(SIP ohne TLS)
    [sign-in] {" "}(Anmeldung von Clients)
    [xmpp] {" "}(XMPP)
   *[other] {""}
} von { $target }, erwartet wird 5061.
    .fix = Den Port des SRV-Records { $srv_name } auf 5061 setzen.
srv-points-to-microsoft = Der SRV-Record von { $domain } zeigt auf Microsoft ({ $targets }), also antwortet Teams für diese Domäne. Bei einer XPhone-Domäne wird der FQDN des XPhone-Servers erwartet.
    .fix = Entscheiden, wer für { $domain } den Chat beantwortet. XPhone: SRV-Ziel auf den FQDN des XPhone-Servers setzen und in Teams den externen Chat abschalten. Teams: XPhone ohne Federation oder mit eigener Domäne betreiben.
srv-mixed-platforms = Die SRV-Records von { $domain } zeigen auf Microsoft ({ $targets }) und anderswohin ({ $own }), erwartet wird nur eine Plattform.
    .fix = Entscheiden, wer für { $domain } den Chat beantwortet, und die SRV-Records der anderen Plattform löschen: für XPhone also { $targets }.
srv-differs-from-fqdn = Der SRV-Record zeigt auf { $targets }, erwartet wird { $fqdn } (aus --fqdn).
    .fix = Das Ziel des SRV-Records { $srv_name } auf { $fqdn } setzen. Ist der veröffentlichte Name der richtige: ihn in XPhone unter „Öffentlicher Name (FQDN)“ eintragen.
srv-several = Die Domäne hat { $records_count } SRV-Records ({ $records }), erwartet wird einer. Gegenseiten wählen nach Priorität und Gewicht, also muss jeder Server funktionieren.
srv-published-in-direct = Ein SRV-Record ist veröffentlicht ({ $records }), obwohl Direct Federation keinen braucht. Wenn es einen gibt, wird { $fqdn } als Ziel erwartet.
    .fix = Den SRV-Record { $srv_name } löschen oder sein Ziel auf { $fqdn } setzen.

## Schritt 4, Firewall und DMZ

tcp-refused = { $address } ({ $fqdn }) weist Verbindungen zu TCP-Port { $port } ab, erwartet wird ein offener Port.
    .fix = XPhone-Admin: Federation einschalten und an die LAN-Adresse des Servers binden (nicht an 169.254.x.x), Port 5061. Interne IT: Port-Forwarding von { $address }, TCP 5061, auf diese Adresse einrichten.
tcp-filtered = { $address } ({ $fqdn }) hat auf TCP-Port { $port } innerhalb von { $seconds } s nicht geantwortet, erwartet wird ein offener Port.
    .fix = Zuerst aus einem anderen Netz wiederholen: Dieses hier sperrt vielleicht ausgehend 5061. Dann an der Firewall: TCP 5061 von jeder Quelle zu { $address } zulassen und per Port-Forwarding an den XPhone-Server leiten.
tcp-unreachable = Ein Router auf dem Weg meldet, dass TCP-Port { $port } von { $address } ({ $fqdn }) nicht erreichbar ist, erwartet wird ein offener Port.
    .fix = Prüfen, ob { $address } noch die öffentliche Adresse der Firewall ist; wenn nicht, den A-Record von { $fqdn } berichtigen. Wenn doch, dort TCP 5061 zulassen.
tcp-no-route-here = Dieser Rechner konnte { $address } ({ $fqdn }) nicht ansprechen, TCP-Port { $port } blieb ungeprüft. Erwartet wird ein Weg von hier ins Internet.
    .fix = Auf einem Rechner wiederholen, der ins Internet auf TCP { $port } zugreifen darf.
tcp-partly-open = Nur { $open } ist auf dem Federation-Port erreichbar, erwartet werden alle Adressen.{ $refused_count ->
    [0] {""}
   *[other] {" "}Abgewiesen: { $refused }.
}{ $filtered_count ->
    [0] {""}
   *[other] {" "}Keine Antwort: { $filtered }.
}{ $unreachable_count ->
    [0] {""}
   *[other] {" "}Nicht erreichbar: { $unreachable }.
}
    .fix = Für jede andere Adresse: Port-Forwarding von TCP 5061 auf den XPhone-Server einrichten, oder ihren A- oder SRV-Record im DNS löschen.
tcp-ipv6-dead = { $fqdn } ist über IPv4 erreichbar, aber nicht über IPv6: { $address } nimmt TCP-Port { $port } nicht an. Erwartet wird beides, oder kein AAAA-Record.
    .fix = Den AAAA-Record von { $fqdn } mit { $address } löschen, oder dort TCP 5061 zum XPhone-Server zulassen.
tcp-no-ipv6-here = Dieser Rechner hat kein IPv6, { $addresses } blieb ungeprüft. Erwartet wird derselbe offene Port wie über IPv4.
    .fix = Um auch den AAAA-Record zu prüfen: auf einem Rechner mit IPv6 wiederholen.
tcp-not-all-probed = { $count ->
    [one] 1 veröffentlichte Adresse blieb ungeprüft
   *[other] { $count } veröffentlichte Adressen blieben ungeprüft
}: Ein Lauf verbindet sich mit höchstens 32. Erwartet wird eine Adresse je Server.
    .fix = Im DNS die A- und SRV-Records löschen, die nicht zu einem XPhone-Server führen.
tcp-connected-elsewhere = Verbunden mit { $addresses }, wie mit --connect-to verlangt; Gegenseiten nehmen die veröffentlichte Adresse und Port 5061. Der Weg von außen blieb ungeprüft.
    .fix = Um den Weg von außen zu prüfen: ohne --connect-to auf einem Rechner außerhalb wiederholen.

## Schritt 5, das Zertifikat

cert-name-mismatch = { $names_count ->
    [0] Das Zertifikat nennt keinen Server
   *[other] Das Zertifikat gilt für { $names }
}, erwartet wird { $fqdn }.
    .fix = Bei einer öffentlichen CA ein Zertifikat für genau { $fqdn } bestellen, dann in der XPhone-Administration neu auswählen.
cert-wildcard = Das Zertifikat ist ein Wildcard-Zertifikat ({ $name }), erwartet wird eines, das genau auf { $fqdn } ausgestellt ist.
    .fix = Bei einer öffentlichen CA ein Zertifikat für genau { $fqdn } bestellen, ohne Wildcard, dann in der XPhone-Administration neu auswählen.
cert-extra-wildcard = Neben { $fqdn } nennt das Zertifikat auch den Wildcard-Namen { $name }, erwartet wird { $fqdn } ohne Wildcard.
    .fix = Bei der nächsten Erneuerung für genau { $fqdn } bestellen, ohne { $name }, dann in der XPhone-Administration neu auswählen.
cert-no-san = Das Zertifikat hat keinen DNS-Namen unter den alternativen Namen (SAN), erwartet wird { $fqdn }.
    .fix = Ein Zertifikat für genau { $fqdn } bestellen, mit diesem Namen als Antragsteller (CN) und als alternativem Namen (SAN), dann in der XPhone-Administration neu auswählen.
cert-subject-differs = Das Zertifikat ist auf { $name } ausgestellt (Antragsteller) und nennt { $fqdn } nur als alternativen Namen (SAN), erwartet wird { $fqdn } in beiden.
    .fix = Ein Zertifikat für genau { $fqdn } bestellen, mit diesem Namen als Antragsteller (CN) und als alternativem Namen (SAN), dann in der XPhone-Administration neu auswählen.
cert-no-subject = Das Zertifikat hat keinen Namen (CN) als Antragsteller, nur den alternativen Namen (SAN) { $fqdn }. Erwartet wird { $fqdn } in beiden.
    .fix = Bietet XPhone das Zertifikat nicht an: für genau { $fqdn } mit CN bestellen (Let's Encrypt: Profil classic), dann in der XPhone-Administration neu auswählen.
cert-expired = Das Zertifikat ist am { $until } abgelaufen, { $days ->
    [0] vor weniger als einem Tag
    [one] vor 1 Tag
   *[other] vor { $days } Tagen
}. Erwartet wird eines, das heute gilt.
    .fix = Ist es schon erneuert: das neue in der XPhone-Administration neu auswählen. Wenn nicht: für genau { $server } bestellen, dann dort auswählen.
cert-not-yet-valid = Das Zertifikat gilt erst ab { $from } ({ $days ->
    [0] in weniger als einem Tag
    [one] in 1 Tag
   *[other] in { $days } Tagen
}), erwartet wird eines, das heute gilt.
    .fix = Die Uhr dieses Rechners prüfen. Geht sie richtig: in der XPhone-Administration ein Zertifikat für genau { $server } auswählen, das heute gilt.
cert-expires-soon = Das Zertifikat läuft am { $until } ab ({ $days ->
    [0] in weniger als einem Tag
    [one] in 1 Tag
   *[other] in { $days } Tagen
}), erwartet wird ein inzwischen erneuertes.
    .fix = Für genau { $server } erneuern (oder nachsehen, warum die automatische Erneuerung ausblieb), dann in der XPhone-Administration neu auswählen.
cert-self-signed = Das Zertifikat ist selbst signiert ({ $subject }), erwartet wird eines von einer öffentlichen CA.
    .fix = Bei einer öffentlichen CA ein Zertifikat für genau { $server } bestellen, dann in der XPhone-Administration neu auswählen.
cert-untrusted-issuer = { $why ->
    [out-of-date] Ein CA-Zertifikat über diesem ({ $issuer }) liegt außerhalb seiner Gültigkeit
    [rejected] Die Kette des Zertifikats ({ $issuer }) besteht die Prüfung nicht: { $detail }
   *[unknown] Der Aussteller { $issuer } führt zu { $roots ->
        [given] keiner Wurzel aus --ca-file
       *[public] keiner öffentlichen Wurzel
    } (gesendete Zertifikate: { $sent })
}. Erwartet wird eine vollständige Kette zu { $roots ->
    [given] einer Wurzel aus --ca-file
   *[public] einer öffentlichen CA
}.
    .fix = { $sent ->
        [1] Ist der Aussteller eine öffentliche CA: deren Zwischenzertifikate auf dem XPhone-Server installieren (Speicher „Zwischenzertifizierungsstellen“). Wenn nicht: bei einer öffentlichen CA für genau { $server } bestellen, dann in der XPhone-Administration neu auswählen.
       *[other] Ist der Aussteller eine öffentliche CA: deren aktuelle Zwischenzertifikate auf dem XPhone-Server installieren. Wenn nicht: bei einer öffentlichen CA für genau { $server } bestellen, dann in der XPhone-Administration neu auswählen.
    }
cert-locally-trusted-only = Nur dieser Rechner vertraut dem Aussteller ({ $issuer }), die öffentlichen Wurzeln nicht. Erwartet wird ein Zertifikat einer öffentlichen CA.
    .fix = Bricht hier eine Firewall TLS auf: aus einem anderen Netz wiederholen. Ist der Aussteller die eigene Firmen-CA: bei einer öffentlichen CA für genau { $server } bestellen, dann in der XPhone-Administration neu auswählen.
cert-no-server-auth = Das Zertifikat gilt nicht für Server: In der erweiterten Schlüsselverwendung (EKU) fehlt serverAuth. Erwartet wird serverAuth.
    .fix = Bei einer öffentlichen CA ein Serverzertifikat (EKU serverAuth) für genau { $server } bestellen, dann in der XPhone-Administration neu auswählen.
cert-no-client-auth = Das Zertifikat von { $issuer } gilt nur für Server (EKU ohne clientAuth), für MTLS wird beides erwartet. Die meisten Gegenseiten nehmen es an, strenge nicht.
    .fix = Solange alle Gegenseiten antworten: nichts. Lehnt eine ab: für genau { $server } mit clientAuth bestellen (DigiCert: auf Wunsch, bis 01.03.2027), dann in der XPhone-Administration neu auswählen.
cert-malformed = Das Zertifikat lässt sich nicht lesen ({ $place }), erwartet wird ein X.509-Zertifikat nach RFC 5280.
    .fix = Bei einer öffentlichen CA ein Zertifikat für genau { $server } bestellen, dann in der XPhone-Administration neu auswählen.

## Schritt 6, Federation aktiv

tls-not-spoken = Der Port antwortet im Klartext ({ $service ->
    [unknown] unbekannter Dienst
   *[other] { $service }
}: „{ $start }“), erwartet wird TLS.
    .fix = XPhone-Admin: das Programm suchen, das Port 5061 belegt (netstat -abno), es verlegen und Federation dort binden. Interne IT: prüfen, ob das Port-Forwarding zu Port 5061 des XPhone-Servers führt.
tls-silent = { $fqdn } nimmt TCP-Port { $port } an, schweigt aber beim Start von TLS. Erwartet wird eine TLS-Antwort.
    .fix = Interne IT: prüfen, ob das Port-Forwarding zum XPhone-Server führt (womöglich nimmt eine Firewall an seiner Stelle an). XPhone-Admin: prüfen, ob Federation aktiv ist, Dienst neu starten.
tls-closed = { $fqdn } nimmt TCP-Port { $port } an, schließt aber die Verbindung beim Start von TLS. Erwartet wird eine TLS-Antwort.
    .fix = XPhone-Admin: das Zertifikat in der XPhone-Administration neu auswählen und prüfen, ob Federation aktiv ist. Interne IT: prüfen, dass vor Port 5061 weder Proxy noch TLS-Inspektion steht.
tls-handshake-failed = Der TLS-Handshake endete { $progress ->
    [finished] nach dem Abschluss
    [request] nach der Anforderung eines Client-Zertifikats
    [certificate] nach dem Zertifikat des Servers
    [hello] nach der ersten Antwort des Servers
   *[nothing] vor der ersten Antwort des Servers
}: { $how ->
    [alert] Alert { $detail }
    [closed] Der Server hat die Verbindung geschlossen
    [silent] Es kam rechtzeitig nichts mehr
    [misbehaved] { $detail }
    [too-much] Der Server hat mehr gesendet, als ein Handshake braucht
   *[finished] Es kam keine Sitzung zustande
}. Erwartet wird TLS 1.2 oder 1.3.
    .fix = Auf dem XPhone-Server: TLS 1.2 in Windows einschalten, das Zertifikat in der XPhone-Administration neu auswählen und im Windows-Ereignisprotokoll (System) nach Schannel-Fehlern suchen.
mtls-not-requested = Der Server verlangt kein Client-Zertifikat, erwartet wird, dass er es tut (MTLS).
    .fix = XPhone-Admin: prüfen, ob auf Port 5061 XPhone selbst antwortet. Interne IT: TCP 5061 direkt an den XPhone-Server leiten, ohne Proxy, der TLS beendet.
mtls-enforced = Der Server verlangt ein Client-Zertifikat und hat { $how ->
    [closed] die Verbindung geschlossen
   *[other] mit { $how } geantwortet
}, weil xfed keines hatte. Genau das wird erwartet.
mtls-certificate-refused = Der Server hat das Zertifikat aus --client-cert abgelehnt ({ $how ->
    [closed] Verbindung geschlossen
   *[other] { $how }
}), erwartet wird, dass er es annimmt.
    .fix = Mit einem heute gültigen Zertifikat einer öffentlichen CA wiederholen. Fehlt ihm clientAuth: mit einem wiederholen, das es hat; Gegenseiten kann es ebenso ergehen.
sip-answered = Der Server beantwortet OPTIONS wie erwartet als SIP (jeder Status ist recht): { $status } { $reason }
sip-not-answered = { $how ->
    [closed] Der Server hat die Verbindung geschlossen, statt OPTIONS zu beantworten
   *[silent] Der Server hat OPTIONS nicht beantwortet
}, erwartet wird eine SIP-Antwort. Ohne Client-Zertifikat ist das kein Fehler.
    .fix = Verlangt der Server ein Client-Zertifikat: mit --client-cert und --client-key wiederholen. Wenn nicht: prüfen, ob auf Port 5061 XPhone selbst antwortet und keine Firewall SIP inspiziert (SIP-ALG).
sip-unavailable = Der Server beantwortet OPTIONS mit SIP { $status } (Dienst nicht verfügbar), erwartet wird jeder andere Status.
    .fix = Den XPhone Connect Server neu starten und in der XPhone-Administration prüfen, ob Federation aktiv ist; dann wiederholen.
sip-not-sip = TLS funktioniert, aber was OPTIONS beantwortet, ist kein SIP: „{ $start }“. Erwartet wird eine Zeile, die mit SIP/2.0 beginnt.
    .fix = XPhone-Admin: das Programm suchen, das Port 5061 belegt (netstat -abno), es verlegen und Federation dort binden. Interne IT: prüfen, ob das Port-Forwarding zu Port 5061 des XPhone-Servers führt.

## Jeder Schritt

step-crashed = xfed ist im Schritt { $step } an einem eigenen Fehler gescheitert, erwartet wird ein Ergebnis. Die anderen Schritte gelten.
    .fix = Die Prüfung wiederholen. Tritt es wieder auf: den Entwicklern von xfed melden, mit Domäne und Version (xfed --version).
deadline-reached = Die Zeit für die ganze Prüfung war um, bevor dies geprüft war, erwartet wird eine rechtzeitige Antwort.
    .fix = Mit mehr Zeit wiederholen: xfed check { $domain } --deadline 60s.
