### Die Texte von xfed auf Deutsch. Kennungen, Attribute und Variablen wie in en.ftl; ein Test vergleicht sie.
### Meldung: was, gesehen, erwartet. `.fix`: wer was wo einträgt. `.what`, `.why`, `.mend` und
### `.source` zeigt `xfed explain` ohne Befund, darum haben sie keine Variablen.

## Die Schritte der Checkliste

step-domain = XPhone-Domäne
    .what = Die XPhone-Domäne (Namensraum) ist der Teil hinter dem @ jeder IM-Adresse; sie steht in der XPhone-Administration. Dieser Schritt fragt das öffentliche DNS, ob es die Domäne gibt, ob ihre Server antworten und wohin ihre Mail geht.
    .why = Die Gegenseite kennt vom Server nur diese Domäne, alle anderen Einträge sucht sie darunter. Ist XPhone das einzige Chatsystem, gleicht die Domäne der E-Mail-Domäne, damit eine Adresse für beides gilt.
    .mend = Eher das DNS berichtigen als die Domäne: Wer die XPhone-Domäne später ändert, ändert alle Anmeldenamen und IM-Adressen und muss Federation dafür abschalten. Läuft Teams neben XPhone, zuerst entscheiden, wer von beiden für die Domäne antwortet.
    .source = Leitfaden XPhone-Federation, Kapitel 2, 10 und 12

step-address = FQDN, A-Record
    .what = Der FQDN ist der öffentliche Name des Servers, in XPhone eingetragen unter „Öffentlicher Name (FQDN)“. Dieser Schritt prüft, ob er auf die XPhone-Domäne endet und im öffentlichen DNS einen A-Record mit einer erreichbaren Adresse hat.
    .why = Der SRV-Record nennt ihn, die Gegenseite löst ihn auf, und das Zertifikat ist genau auf ihn ausgestellt. Ein Rechnername aus dem Active Directory (srvxp01) sagt außerhalb der Firma niemandem etwas.
    .mend = Einen Namen direkt unter der Domäne nehmen, z. B. xphone.<Domäne>, und einen A-Record mit der öffentlichen Adresse eintragen, die die Firewall an den Server weiterleitet. Mit nslookup von einem Rechner außerhalb vergleichen, den Namen mit Punkt am Ende.
    .source = Leitfaden XPhone-Federation, Kapitel 3, 12 und 13

step-srv = SRV-Record
    .what = Der SRV-Record _sipfederationtls._tcp.<Domäne> sagt jeder Gegenseite, welcher Server für die Domäne antwortet und auf welchem Port. Dieser Schritt prüft, ob es ihn gibt, mit Port 5061 und dem FQDN als Ziel.
    .why = Bei Open Federation findet die Gegenseite den Server nur so. Einzig Direct Federation kommt ohne aus: Dort trägt jede Seite den FQDN der anderen von Hand ein.
    .mend = Im Formular des Providers eintragen: Dienst _sipfederationtls, Protokoll _tcp, Priorität 0, Gewicht 0, Port 5061, Ziel der FQDN. Der Name richtet sich nach der XPhone-Domäne; das muss nicht die Hauptdomäne der Firma sein.
    .source = Leitfaden XPhone-Federation, Kapitel 4, 11 und 12; RFC 2782

step-tcp = Firewall, DMZ
    .what = Dieser Schritt verbindet sich mit jeder veröffentlichten Adresse des FQDN auf TCP-Port 5061, von dem Rechner aus, auf dem xfed läuft. Er zeigt, ob der Port offen ist, abweist, schweigt oder nicht erreichbar ist.
    .why = Die Gegenseite baut die Verbindung selbst auf, also muss der Port von überall erreichbar sein. Ein offener Port ist nötig, beweist aber wenig: Eine Firewall kann annehmen, wo dahinter niemand antwortet. Darum sehen die nächsten Schritte genauer hin.
    .mend = Port-Forwarding von der öffentlichen Adresse, TCP 5061, zur Netzwerkschnittstelle des Servers einrichten und ausgehend TCP 5061 vom Server zu allen Adressen zulassen. Immer von außen und ohne VPN testen: Von innen führen viele Firewalls nicht auf die eigene öffentliche Adresse zurück.
    .source = Leitfaden XPhone-Federation, Kapitel 5 und 12

step-certificate = Zertifikat
    .what = Dieser Schritt prüft das Zertifikat, das der Server auf Port 5061 zeigt: auf wen ausgestellt, von wem, wie lange gültig und wofür. Es wird auch dann beurteilt, wenn MTLS die Verbindung beendet.
    .why = Beide Seiten einer Federation weisen sich mit Zertifikaten aus (MTLS). Findet die Gegenseite einen anderen Namen, einen unbekannten Aussteller oder ein abgelaufenes Datum, bricht sie ab; ihre Benutzer merken nur, dass niemand antwortet.
    .mend = Bei einer öffentlichen CA ein Zertifikat für genau den FQDN bestellen, kein Wildcard-Zertifikat. Nach jeder Erneuerung von Hand in der XPhone-Administration neu auswählen; von selbst tut XPhone das nicht.
    .source = Leitfaden XPhone-Federation, Kapitel 7 und 12

step-federation = Federation
    .what = Dieser Schritt spricht mit dem Server TLS wie eine Gegenseite: Version, Anforderung eines Client-Zertifikats (MTLS) und eine Antwort auf die SIP-Anfrage OPTIONS.
    .why = Erst hier zeigt sich, ob auf Port 5061 wirklich XPhone antwortet. Ein Telnet ohne Fehlermeldung zeigt das nicht.
    .mend = In der XPhone-Administration Federation und Open Federation einschalten, die Netzwerkschnittstelle mit der LAN-Adresse des Servers und Port 5061 wählen. Ein Eintrag mit 169.254.x.x in dieser Liste ist nicht erreichbar.
    .source = Leitfaden XPhone-Federation, Kapitel 6 und 12; RFC 3261, Abschnitt 11

step-outbound-connection = Verbindung
    .what = Dieser Schritt fragt, ob sich innerhalb der Zeit jemand beim Test-Partner gemeldet hat, und von welcher Adresse. Zur Gegenseite gezählt wird eine Verbindung nach ihrem Zertifikat, ihrem Absender oder ihrer veröffentlichten Adresse; wer sich sonst mit einem offenen Port verbindet, wird nur gezählt.
    .why = Die halbe Federation geht hinaus: Der XPhone-Server verbindet sich selbst mit der Gegenseite auf TCP 5061. Ob er hinauskommt, sieht von außen niemand; das kann nur eine Gegenseite sehen.
    .mend = Auf dem Server Test-NetConnection mit dem Namen des Test-Partners und Port 5061 ausführen. Misslingt das, ausgehend TCP 5061 zu jeder Adresse erlauben. Gelingt es, nachsehen, ob die Federation eingeschaltet und die Domäne des Test-Partners erlaubt ist.
    .source = Leitfaden XPhone-Federation, Kapitel 5 und 12

step-outbound-tls = TLS
    .what = Dieser Schritt betrachtet den Handshake des Servers, der sich gemeldet hat: welche TLS-Versionen er anbietet, nach welchem Namen er fragt und ob er das Zertifikat des Test-Partners annimmt.
    .why = Gegenseiten nehmen nur TLS 1.2 oder neuer an. Ein Server, der nichts Neueres als TLS 1.1 anbietet oder keinem heutigen Zertifikat vertraut, erreicht niemanden, und seine Benutzer sehen nur, dass niemand antwortet.
    .mend = Windows mit seiner Liste der Stammzertifikate aktuell halten und TLS 1.2 für Clients eingeschaltet lassen (Schannel). TCP 5061 von der TLS-Prüfung ausnehmen.
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 8996

step-outbound-certificate = Client-Zertifikat
    .what = Dieser Schritt beurteilt das Zertifikat, das der Server zeigt, wenn er sich mit einer Gegenseite verbindet, nach den Regeln für das Zertifikat auf Port 5061: XPhone hat eines für beides.
    .why = Beide Seiten weisen sich aus (MTLS). Ob überhaupt ein Zertifikat geschickt wird und mit welchen Zwischenzertifikaten, sieht man nur von der anderen Seite.
    .mend = Ein Zertifikat für genau den FQDN bei einer öffentlichen CA bestellen, in der XPhone-Administration auswählen und die Zwischenzertifikate auf dem Server installieren.
    .source = Leitfaden XPhone-Federation, Kapitel 7

step-outbound-acceptance = Angenommen von
    .what = Dieser Schritt folgert aus dem Zertifikat und aus dem öffentlichen DNS, welche Arten von Gegenseiten diesen Client annehmen: ein Edge von Skype for Business, Teams, Server mit strengen Regeln wie Kamailio und OpenSIPS. Das ist ein Schluss, keine Prüfung.
    .why = Die Regeln sind verschieden. Ein Edge fragt nach dem SRV-Record der Absender-Domäne und erwartet diesen Server im Zertifikat. Server auf Basis von OpenSSL lehnen ein Zertifikat ab, das nur für Server gilt. Teams nimmt es an.
    .mend = Den SRV-Record mit dem Namen veröffentlichen, für den das Zertifikat gilt. Lehnt eine strenge Gegenseite ab, dort darum bitten, serverAuth-Zertifikate anzunehmen.
    .source = Microsoft, „Set-CsAccessEdgeConfiguration“; OpenSSL, verify error 26; RFC 5280, Abschnitt 4.2.1.12

step-outbound-sip = SIP
    .what = Dieser Schritt liest, was der Server nach dem Handshake sagt: ob es SIP ist, welche Anfragen kommen und von welcher Domäne.
    .why = Was zuerst kommt, ist verschieden: Skype for Business bittet um Kompression (NEGOTIATE), die meisten fragen nach Präsenz (SUBSCRIBE) und eröffnen dann einen Chat. Die Domäne im From ist die, die Gegenseiten nachschlagen und erlauben.
    .mend = Die Domäne mit der XPhone-Domäne vergleichen. Verbindet sich der Server und sagt nichts, in XPhone an die Test-Adresse schreiben.
    .source = RFC 3261; [MS-SIPCOMP]

step-outbound-chat = Chat
    .what = Dieser Schritt fragt, ob ein Text gekommen ist: als einzelne Nachricht oder in einem Chat, der vorher eröffnet wurde (INVITE). Nichts davon wird aufbewahrt.
    .why = Alles davor kann stimmen, und trotzdem kommt kein Text an: Kontakt nicht angenommen, ein Chat, der eröffnet wird und in dem nichts folgt, eine andere Adresse.
    .mend = In XPhone die Adresse, die xfed listen ausgegeben hat, als Kontakt anlegen und eine Zeile an sie schreiben. Die Adresse ist jedes Mal eine andere.
    .source = RFC 3261; RFC 3428

step-outbound-reply = Antwort
    .what = Mit --echo antwortet der Test-Partner auf einen Text, je einmal, mit einem eigenen Text. Dieser Schritt fragt, ob der Server die Antwort angenommen hat: im selben Chat über eine neue Verbindung zu dem Server, den der Chat nennt, wie es Gegenseiten tun; sonst über die Verbindung, die der Server selbst geöffnet hat. Auf eine einzelne Nachricht wird über den SRV-Record geantwortet.
    .why = Ein Chat hat zwei Richtungen. Ein Text, der hinauskommt und dessen Antworten verloren gehen, sieht für die Benutzer aus, als antworte niemand.
    .mend = Kommt keine neue Verbindung zustande, TCP 5061 von außen öffnen; was zu ist, zeigt xfed check. Wird die Antwort abgelehnt, im Protokoll des Servers nach dem Status suchen, der hier steht.
    .source = RFC 3261, Abschnitt 12.2; RFC 3428

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

# Der Befund, mit dem man anfängt, wer ihn behebt, und die übrigen Schritte, an denen es liegt.
verdict-cause = { $headline }{ $owners_count ->
    [0] {""}
   *[other] {" "}({ $owners })
}{ $more ->
    [none] {""}
   *[some] ; außerdem: { $more }
}
verdict-steps = Schritte { $numbers }
verdict-untested = nicht geprüft: { $steps }
verdict-ready = { $domain } ist bereit für Federation
verdict-ready-with-warnings = { $domain } ist bereit für Federation, mit Warnungen: { $cause }
verdict-not-ready = { $domain } ist nicht bereit: { $cause }
verdict-inconclusive = { $domain }: kein Ergebnis möglich: { $cause }
verdict-zone-file-ready = { $domain }: Diese Zonendatei ist richtig für Federation
verdict-zone-file-ready-with-warnings = { $domain }: Diese Zonendatei ist richtig für Federation, mit Warnungen: { $cause }
verdict-zone-file-not-ready = { $domain }: Diese Zonendatei ist falsch: { $cause }
verdict-zone-file-inconclusive = { $domain }: Diese Zonendatei lässt es offen: { $cause }
verdict-partner-ready = { $domain } ist erreichbar: auf deren Seite kein Hindernis gefunden
verdict-partner-ready-with-warnings = { $domain } ist erreichbar, mit Warnungen: { $cause }
verdict-partner-not-ready = Federation mit { $domain } scheitert: { $cause }
verdict-partner-inconclusive = Ob { $domain } erreichbar ist, war nicht herauszufinden: { $cause }

reservation-zone-file = Geprüft ist nur die Datei, bevor sie veröffentlicht wird; gefragt wurde kein Server. Ist sie geladen, zeigt den Rest: xfed check { $domain }
    .brief = nur die Zonendatei
reservation-sip-unseen = SIP wurde nicht geprüft: Der Server verlangt ein Client-Zertifikat (bei XPhone normal), und xfed hat keines. Das ist kein Fehler; mit --client-cert und --client-key wird auch SIP geprüft.
    .brief = SIP nicht geprüft
reservation-certificate-unshown = Ob der Server die Zertifikate von Partnern annimmt, wurde nicht geprüft: Er bittet um ein Client-Zertifikat und antwortete xfed, das keines hat, auch ohne. Das ist kein Fehler; mit --client-cert und --client-key wird auch das geprüft.
    .brief = Client-Zertifikat nicht geprüft
reservation-tls-unseen = TLS war nicht bis zum Ende zu sehen und SIP dahinter nicht: Der Server hat den Handshake von xfed abgelehnt.
    .brief = TLS nicht bis zum Ende gesehen
reservation-resolver-only = Beurteilt nach dem Wort eines Resolvers: Die Server der Zone { $why ->
    [off] wurden nicht gefragt (--no-authority)
   *[other] ließen sich nicht fragen
}. Was Gegenseiten bekommen, kann anders sein.
    .brief = nach dem Wort eines Resolvers
reservation-signatures-unseen = Signaturen (DNSSEC) wurden nicht geprüft: Mit welchen Schlüsseln die mit --authority genannten Server signieren müssen, war bei der übergeordneten Zone nicht zu erfahren.
    .brief = Signaturen nicht geprüft
reservation-connected-elsewhere = Der Weg von außen wurde nicht geprüft: --connect-to nennt eine andere Adresse als die veröffentlichte.
    .brief = nicht von außen geprüft
reservation-from-inside = Der Weg von außen zu { $addresses } wurde nicht geprüft: Von hier lag keine Firewall auf dem Weg, auf die Gegenseiten treffen.
    .brief = nicht von außen geprüft
reservation-own-roots = Das Vertrauen wurde nach den Stammzertifikaten von --ca-file beurteilt: Nach den öffentlichen, nach denen Gegenseiten gehen, ist das Zertifikat des Servers nicht vertrauenswürdig.
    .brief = vertrauenswürdig nur nach --ca-file
reservation-lowered = Per Konfiguration herabgestuft: { $codes }.
    .brief = durch die Konfiguration herabgestuft: { $codes }
reservation-accepted = Fehler, die vorerst akzeptiert sind: { $codes }.
    .brief = vorerst akzeptiert: { $codes }
reservation-acceptance-expired = Die Ausnahme für { $code } endete am { $until } und zählt nicht mehr.
reservation-acceptance-unused = Die Ausnahme für { $code } (bis { $until }) wird nicht mehr gebraucht und kann gelöscht werden.
standing-set = laut Konfiguration { $set }, Standard: { $default }
standing-accepted = akzeptiert bis { $until }: { $reason }
standing-accepted-plain = akzeptiert bis { $until }
reservation-place = Gesehen von { $place ->
    [here] dieser Maschine
   *[other] { $place }
}; das Ergebnis gilt für diesen Ort.{ $here ->
    [yes] {" "}Daneben: diese Maschine{ $beside_count ->
        [0] .
       *[other] , { $beside }.
    }
   *[no] { $beside_count ->
        [0] {""}
       *[other] {" "}Daneben: { $beside }.
    }
}
reservation-judged-at = Beurteilt zum { $judged } nach dem, was am { $seen } zu sehen war. Ob den Ausstellern eines Zertifikats vertraut wird, wurde damals entschieden.
reservation-redacted = Geschwärzt: Adressen und Namen, die nur das eigene Netz kennt, fehlen oder sind ersetzt, durch Beispieladressen wie 192.0.2.1 und Namen wie local-1.{ $domain }.

## Zuständige, Beschriftungen, Spalten

owner-xphone-admin = XPhone-Admin
owner-dns-admin = DNS-Admin
owner-network = Interne IT
owner-partner = Gegenseite

label-fix = Abhilfe
label-check = Prüfen
label-owner = Zuständig
column-step = Schritt
column-status = Status
column-seen = Ergebnis

## Wie der Server einer Gegenseite heißt, der auch von anderer Art sein kann

noun-server = { $partner ->
    [yes] Server
   *[no] XPhone-Server
}
noun-service = { $partner ->
    [yes] Federation-Dienst
   *[no] XPhone Connect Server
}
noun-administration = { $partner ->
    [yes] Serververwaltung
   *[no] XPhone-Administration
}
noun-in-xphone = { $partner ->
    [yes] des Servers
   *[no] in XPhone
}
noun-domain = { $partner ->
    [yes] IM-Domäne
   *[no] XPhone-Domäne
}

said-nothing = keine Antwort
said-no-edns = antwortet nur auf Fragen ohne EDNS
said-no-signatures = scheitert, sobald auch nach Signaturen gefragt wird (DO), wie es alle Resolver tun; nslookup tut es nicht
said-referral = nennt nur andere Server
said-lame = führt die Zone nicht
said-not-authoritative = antwortet, aber nicht als Server der Zone
said-truncated = kürzt die Antwort, und über TCP kam keine vollständige
said-unproven = verneint den Namen ohne den SOA-Record, der das belegt
said-unreadable = schickt etwas, das sich nicht als DNS-Antwort lesen lässt
said-denied-record = bestreitet den Namen (NXDOMAIN) und schickt den Record trotzdem
said-two-subtrees = schickt zwei verschiedene DNAME-Records für einen Namen, was kein Resolver annimmt
said-aliases = hat mehr als { $limit } Aliase hintereinander, weiter folgt xfed nicht
name-quoted = „{ $name }“
names-more = { $names } und { $more } weitere
at-host = Bei { $host } ({ $endpoint })
of-host = { $host }: { $message }
at-endpoint = Bei { $endpoint }
remarks-title = Hinweise
notes-hidden = { $count ->
    [one] 1 Hinweis ausgeblendet; -v zeigt ihn
   *[other] { $count } Hinweise ausgeblendet; -v zeigt sie
}
questions-asked = { $count ->
    [one] 1 DNS-Frage wurde gestellt
   *[other] { $count } DNS-Fragen wurden gestellt
}
fix-plan = Alle nötigen DNS-Einträge gibt dieser Befehl aus:
todo-title = Zu tun, nach Zuständigkeit
todo-of = Zu tun für { $domain } ({ $owner }):
todo-here = Wer diese Prüfung ausführt
todo-nothing = Nichts zu tun, soweit zu sehen war: { $domains }
checked-zone-file = Beurteilt am { $date } um { $time } mit { $program }, allein nach der Zonendatei
checked = Geprüft am { $date } um { $time } mit { $program }{ $resolvers_count ->
    [0] {""}
   *[other] , DNS über { $resolvers }
}
checked-from = Weg nach draußen geprüft { $known ->
    [both] unter dem Konto { $account } auf { $machine }
    [account] unter dem Konto { $account }
   *[machine] auf { $machine }
}
system-resolver = Resolver dieses Rechners
zone-file = Zonendatei
zone-taken = { $file } sagt nicht, zu welcher Zone sie gehört; verstanden als Zone { $zone }. Ist es eine andere: --origin <Zone>
explain-hint = Mehr dazu: xfed explain { $code }
progress-checking = Prüfe { $domain }
progress-checking-many = Prüfe { $count } Domänen
progress-many = { $done }/{ $all } · { $bad } nicht bereit · noch { $left }
progress-on = { $done } · { $bad } nicht bereit · { $rate }
overview = { $count } Domänen: { $parts }
overview-directions = { $count } Richtungen: { $parts }
overview-ready = { $count } bereit
overview-ready-with-warnings = { $count } bereit mit Warnungen
overview-not-ready = { $count } nicht bereit
overview-inconclusive = { $count } ohne Ergebnis
overview-missing = { $count } nicht geprüft (abgebrochen)
interrupted = abgebrochen: { $done } von { $all } Domänen geprüft, die Berichte enthalten diese
interrupted-at-once = abgebrochen: { $done } von { $all } Domänen geprüft, kein Bericht geschrieben
interrupted-waiting = beim Warten abgebrochen: die Berichte zeigen den letzten Stand
waiting-state = { $domain }: { $verdict ->
    [ready] bereit
    [ready-with-warnings] bereit, mit Warnungen
    [not-ready] nicht bereit
   *[inconclusive] kein Urteil
}{ $codes_count ->
    [0] {""}
   *[other] {" "}({ $codes })
}
waiting-live = { $state }. Nächster Blick um { $next }, längstens bis { $end }

## Die Seite fürs Ticket (HTML)

html-what = Bereit für Federation? Von außen geprüft
html-skip = Übersicht überspringen
html-several = Bereit für Federation? { $count } Domänen
html-index = Unten folgen { $count } davon: die nicht bereiten und die ohne Ergebnis, je mit Link. xfed check DOMÄNE --format html zeigt die anderen.
html-calendar = Termine der Zertifikate für den Kalender (.ics)
html-domain = Domäne
html-verdict = Urteil
html-mode-open = Open Federation
html-mode-direct = Direct Federation
html-mode-partner = Sicht auf die Gegenseite: Erreicht unser Server sie?
html-made = Geprüft am { $date } um { $time }
html-made-by = Erstellt mit { $program }. Die Seite ist in sich vollständig: Sie lädt nichts nach und sendet nichts.
html-steps = Schritt für Schritt
html-remarks = { $count ->
    [one] 1 Hinweis
   *[other] { $count } Hinweise
}
html-more = { $count ->
    [one] und 1 weitere
   *[other] und { $count } weitere
}
html-none = keine
html-any = jeder Zweck (keine EKU)

way-title = Der Weg der Gegenseite zu { $domain }
way-partner = Gegenseite
way-own = Eigener Server
way-open = { $open } von { $all } offen
way-until = bis { $date }
way-broken = Der Weg bricht ab bei: { $step }. Weiter kommen Gegenseiten nicht.
way-partly = An manchen Adressen kommen Gegenseiten hier durch, an anderen nicht: { $step }. Welche sie nehmen, ist Zufall.
way-doubtful = Kein Abbruch gefunden; ob die Gegenseite über diese Stelle hinauskommt, ist nicht bekannt: { $step }.
way-whole = Keine Unterbrechung gefunden, soweit geprüft.

html-evidence = Belege
html-left-out = Hier weggelassen, damit die Seite klein bleibt. xfed check { $domain } --format html zeigt es, xfed check --format json enthält alles.
html-certificates = Zertifikate
html-chain-at = Gezeigt bei { $endpoints }
html-trust = { $verdict ->
    [trusted] Die Kette führt zu einem anerkannten Stammzertifikat.
    [unknown-issuer] Die Kette führt zu keinem anerkannten Stammzertifikat.
    [issuer-out-of-date] Die Kette führt zu einem Stammzertifikat, doch ein ausstellendes Zertifikat ist nicht im Zeitraum seiner Gültigkeit.
    [no-roots] Es gab keine Stammzertifikate, um die Kette zu beurteilen.
    [refused] Die Kette führt zu einem Stammzertifikat, doch etwas in ihr hält nicht: siehe die Befunde in Schritt 5.
    [not-verifiable] Die Kette führt zu einem Stammzertifikat, doch xfed kann nicht alles in ihr prüfen: siehe die Befunde in Schritt 5.
   *[rejected] Die Kette wurde zurückgewiesen; eine frühere Version von xfed hat den Grund nicht in Worten festgehalten.
}
html-leaf = Zertifikat des Servers
html-issuing = Weiteres Zertifikat der Kette
html-unreadable = Nicht lesbar
html-subject = Antragsteller
html-names = Alternative Namen
html-issuer = Aussteller
html-valid = Gültig
html-key = Schlüssel
html-purposes = Zwecke
html-dns = DNS-Antworten
html-question = Frage
html-answer = Antwort
html-from = Antwort von
html-ttl = für { $seconds } s
html-no-answer = { $kind ->
    [no-data] kein Record dieses Typs
    [no-name] den Namen gibt es nicht
    [failed] abgelehnt oder gescheitert: { $detail }
    [elsewhere] spricht nicht für den Namen, verweist an: { $detail }
    [no-resolver] nicht gefragt: kein Resolver eingerichtet
    [timed-out] keine Antwort in der vorgesehenen Zeit
    [port-closed] Port 53 ist geschlossen
    [unreachable] von hier nicht erreichbar
    [too-many-files] dieser Rechner erlaubt keinen weiteren Socket
    [malformed] was kam, war keine DNS-Antwort
    [truncated] die Antwort war gekürzt, und über TCP kam keine vollständige
    [no-address] der Name des Resolvers hat keine Adresse
    [tls] keine TLS-Verbindung kam zustande
    [certificate] dem Zertifikat des Resolvers wird nicht vertraut
    [closed] die Verbindung wurde geschlossen
    [http] dort gibt es kein DNS über HTTPS
    [deadline] die Zeit für die ganze Prüfung war um
   *[other] keine Antwort
}
html-connections = Verbindungen
html-endpoint = Adresse
html-not-reached = nicht erreicht
html-tcp = { $outcome ->
    [connected] offen, { $ms } ms
    [refused] abgewiesen
    [timed-out] keine Antwort innerhalb von { $ms } ms
    [unreachable] nicht erreichbar
    [no-route] kein Weg von hier
    [not-attempted] Versuch nicht möglich
    [too-many-files] Versuch nicht möglich: dieser Rechner erlaubt keinen weiteren Socket
    [after-others] hat andere Verbindungen dieses Laufs bedient, diese nicht mehr
    [egress-closed] nicht erreicht, und niemand sonst mehr
    [over-limit] nicht versucht: zu viele Adressen
   *[deadline] die Zeit für die ganze Prüfung war um
}
html-ending = { $how ->
    [finished] Handshake vollständig
    [alert] Alert { $detail }
    [closed] der Server hat die Verbindung geschlossen
    [reset] der Server hat die Verbindung zurückgesetzt
    [silent] es kam nichts mehr in der vorgesehenen Zeit
    [other] es kam etwas anderes: { $detail }
    [unfinished] es kam etwas, das nie zu einer Antwort wurde: { $detail }
    [misbehaved] abgebrochen: { breach }
    [too-much] es kam mehr, als gelesen wird
   *[deadline] die Zeit für die ganze Prüfung war um
}
# Was eine Gegenstelle tut und TLS nicht zulässt.
breach = { $detail ->
    [not-tls] Es kam etwas, das kein TLS ist
    [undecryptable] Es kam etwas, das sich nicht entschlüsseln lässt: unterwegs beschädigt oder nicht vom Server
    [out-of-place] Es kam eine Nachricht, die dort nichts zu suchen hat
    [malformed] Es kam eine Nachricht, die sich nicht lesen lässt
    [not-offered] Der Server wählte etwas, das nicht angeboten war
    [downgraded] Gewählt wurde eine ältere Version, als beide Seiten haben; das tut nur jemand dazwischen
    [renegotiation] Der Server behauptet, dass diese Verbindung schon einen Handshake hatte (renegotiation_info ist nicht leer)
    [extension-out-of-place] Der Server schickte eine Erweiterung, die dort nichts zu suchen hat
    [unknown-extension] Das ServerHello enthält eine Erweiterung, um die niemand bat; dort gibt xfed auf. OpenSSL geht darüber hinweg, andere legen auf
    [encrypted-extension] Hinter seinem ServerHello schickte der Server eine Erweiterung, um die niemand bat; dort gibt xfed auf, andere gehen womöglich darüber hinweg
    [hello-request] Der Server schickte mitten im Handshake ein HelloRequest, dem xfed nicht folgt; OpenSSL geht darüber hinweg, andere legen auf
    [empty-record] Der Server schickte einen Record für Handshake-Nachrichten, in dem nichts stand, was TLS nicht erlaubt; OpenSSL geht darüber hinweg, GnuTLS und andere legen auf
    [no-client-scheme] Für das Client-Zertifikat, das er verlangt, nennt der Server kein Signaturverfahren, das TLS 1.3 hat; OpenSSL und GnuTLS machen ohne Zertifikat weiter, andere legen auf
    [no-scheme-list] Für das Client-Zertifikat, das er verlangt, nennt der Server gar keine Signaturverfahren, was TLS 1.3 verlangt
    [spare-changes] Der Server sendete ChangeCipherSpec mehr als zweimal; dort gibt xfed auf. OpenSSL und GnuTLS verwerfen es, so oft es kommt, wie TLS 1.3 es will
    [close-notify] der Server sagte, dass nichts mehr kommt (close_notify), und machte weiter; OpenSSL und GnuTLS legen da auf
    [long-record] Es kam ein Record, der länger ist als die 16 KiB, die TLS erlaubt
    [endless] Der Server sendete immer wieder dasselbe
    [no-certificate] Der Server sendete kein Zertifikat
    [old-version] Der Server will eine ältere Version als TLS 1.2
    [lost] Das Netz gab die Verbindung auf
   *[other] Es kam etwas, das TLS dort nicht zulässt
}

# Alerts eines Servers im Handshake (RFC 8446, Abschnitt 6.2), und was gegen jeden zu tun ist.
alert = { $alert ->
    [10] Er bekam eine Nachricht, die er nicht erwartet
    [20] Was er empfing, lässt sich nicht entschlüsseln; etwas hat es unterwegs verändert
    [21] Was er empfing, lässt sich nicht entschlüsseln
    [22] Er bekam einen längeren Record, als TLS erlaubt
    [30] Er kann nicht auspacken, was er empfing
    [40] Er findet nichts, was beide Seiten können, oder hat kein brauchbares Zertifikat
    [42] Er hält ein Zertifikat für beschädigt
    [43] Er kann ein Zertifikat dieser Art nicht verwenden
    [44] Er hält ein Zertifikat für gesperrt
    [45] Er hält ein Zertifikat für abgelaufen
    [46] Er lehnt ein Zertifikat ohne Begründung ab
    [47] Er findet einen Wert falsch, der ihm gesendet wurde
    [48] Er kennt den Aussteller eines Zertifikats nicht
    [49] Er weist diesen Client nach einer eigenen Regel ab
    [50] Er kann nicht lesen, was ihm gesendet wurde
    [51] Eine Signatur oder Prüfsumme des Handshakes ist für ihn falsch
    [70] { $progress ->
        [nothing] Er spricht keine der angebotenen Versionen (TLS 1.2 und 1.3)
       *[other] Er lehnt die Version ab, auf die er sich geeinigt hatte
    }
    [71] Er verlangt stärkere Verfahren, als angeboten wurden
    [80] Bei ihm trat ein eigener Fehler auf
    [86] Er hält dies für einen zweiten Versuch mit einer älteren Version
    [90] Dort hat jemand den Handshake abgebrochen
    [100] Er verhandelt nicht neu, worum ihn niemand gebeten hat
    [109] In der ersten Nachricht fehlt ihm etwas, auf dem er besteht
    [110] Er bekam eine Erweiterung, um die er nicht gebeten hat
    [111] Er bekam ein Zertifikat nicht von der Adresse, die ihm genannt wurde
    [112] Er kennt den Servernamen nicht, nach dem gefragt wurde (SNI)
    [113] Er kann eine OCSP-Antwort nicht verwenden
    [114] Ein Zertifikat, das er geholt hat, ist nicht das, das ihm genannt wurde
    [115] Er kennt einen angebotenen Schlüssel nicht
    [116] Er verlangt ein Client-Zertifikat
    [117] Bei ihm trat ein Fehler auf, den er nicht benennt
    [120] Er verlangt ein Anwendungsprotokoll (ALPN), das es für SIP nicht gibt
    [121] Er verlangt, dass schon die erste Nachricht verschlüsselt ist (ECH)
   *[other] Was er hier damit meint, ist nicht bekannt
}

alert-mending = { $alert ->
    [10] @network SIP-ALG und TLS-Inspektion für Port 5061 abschalten; sie bringen Nachrichten durcheinander. Steht nichts dazwischen: den { noun-service } neu starten.
    [20] @network Aus einem anderen Netz wiederholen. Bleibt es dabei, suchen, was auf dem Weg zu Port 5061 Bytes verändert: TLS-Inspektion, ein Anwendungs-Proxy, ein fehlerhaftes VPN.
    [22] @network Port 5061 von der TLS-Inspektion ausnehmen; sie fügt zusammen, was TLS trennt.
    [40] @xphone-admin Das Zertifikat in der { noun-administration } neu auswählen. Dann im Windows-Ereignisprotokoll (System) nach Schannel sehen: 36870 heißt, dass sein privater Schlüssel nicht benutzbar ist, 36874, dass keine Cipher-Suite gemeinsam ist (Get-TlsCipherSuite).
    [42] @xphone-admin Das Zertifikat mit Kette und privatem Schlüssel noch einmal exportieren, importieren und in der { noun-administration } neu auswählen.
    [43] @xphone-admin Im Schannel-Protokoll (Windows-Ereignisprotokoll, System) nachsehen, welches Zertifikat gemeint ist, und eines mit serverAuth und clientAuth bestellen.
    [44] @xphone-admin Im Schannel-Protokoll nachsehen, welches Zertifikat gemeint ist; ist es das des Servers, ein neues bestellen, denn seine CA hat es gesperrt.
    [45] @xphone-admin Datum und Uhrzeit des Servers prüfen (w32tm /query /status), dann im Schannel-Protokoll nachsehen, welches Zertifikat gemeint ist.
    [46] @xphone-admin Der Grund steht nur auf dem Server: im Windows-Ereignisprotokoll (System) zur Zeit dieser Prüfung nach Schannel 36887 und 36888 suchen.
    [47] @network Aktualisieren oder entfernen, was vor dem Server TLS beendet; alte Proxys stolpern über Werte, die es zu ihrer Zeit nicht gab.
    [48] @xphone-admin Windows seine Stammzertifikate aktualisieren lassen (certutil -generateSSTFromWU) und wiederholen.
    [49] @network In dem, was vor dem Server TLS beendet, nach einer Liste erlaubter Gegenseiten oder Adressen suchen und TCP 5061 direkt an den Server leiten.
    [50] @network Entfernen, was dazwischen die erste Nachricht von TLS zerschneidet (SIP-ALG, Inspektion, ein SNI-Proxy).
    [51] @xphone-admin Das Zertifikat zusammen mit seinem eigenen privaten Schlüssel noch einmal importieren und in der { noun-administration } neu auswählen.
    [70] { $progress ->
        [nothing] @xphone-admin Auf dem { noun-server }: TLS 1.2 in Windows einschalten (Registry-Schlüssel SCHANNEL\Protocols\TLS 1.2\Server: Enabled = 1, DisabledByDefault = 0), neu starten.
       *[other] @network Herausfinden, was dazwischensteht und TLS vor dem Server beendet; es bringt Versionen durcheinander. Steht nichts dazwischen: auf dem { noun-server } die Windows-Updates installieren, neu starten.
    }
    [71] @xphone-admin Auf dem { noun-server }: ECDHE mit AES-GCM in der Gruppenrichtlinie „Reihenfolge der SSL-Verschlüsselungssammlungen“ wieder zulassen, neu starten.
    [80] @xphone-admin Den { noun-service } neu starten. Bleibt es dabei, im Windows-Ereignisprotokoll (System) nach Schannel 36888 suchen: Dort steht der Fehlerstatus.
    [86] @network Den Proxy suchen, der Verbindungen mit älteren Versionen wiederholt, und TCP 5061 direkt an den { noun-server } leiten.
    [90] @xphone-admin Den { noun-service } neu starten und wiederholen.
    [109] @xphone-admin Das Programm suchen, das Port 5061 belegt (netstat -abno, als Administrator): XPhone besteht auf nichts dergleichen.
    [110] @network Den Proxy vor Port 5061 aktualisieren oder entfernen.
    [112] Steht vor Port 5061 ein Reverse-Proxy: dort { $server } als Servernamen eintragen oder, besser, TCP 5061 direkt an den { noun-server } leiten. Sonst das Programm suchen, das den Port belegt (netstat -abno, als Administrator).
    [113] @network Den Proxy vor Port 5061 aktualisieren oder entfernen: Er verlangt OCSP von Clients.
    [115] @network Das Programm suchen, das Port 5061 belegt; es arbeitet mit vorher vereinbarten Schlüsseln statt mit Zertifikaten.
    [116] @network Aktualisieren oder entfernen, was vor dem Server TLS beendet: Es verlangt ein Zertifikat, ohne danach gefragt zu haben.
    [120]
        @xphone-admin Das Programm suchen, das Port 5061 belegt (netstat -abno, als Administrator); XPhone kennt kein ALPN.
        @network TCP 5061 direkt an den { noun-server } leiten, an jedem Web-Proxy vorbei.
   *[other] @xphone-admin Im Windows-Ereignisprotokoll (System) zur Zeit dieser Prüfung nach Schannel 36887 und 36888 suchen.
}

html-about = Über diesen Bericht
html-typed = Eingabe
html-took = Dauer
html-asked = DNS gefragt bei
html-holds = Enthält
html-program = Programm

holds-names = Namen im DNS
holds-addresses = Adressen von Servern
holds-resolvers = gefragte Resolver
holds-certificates = Zertifikate
holds-server-answers = Antworten von Servern
holds-local = Angaben zum Netz, in dem er entstand

## Was ein Server zeigt (xfed cert)

exhibit-title-idn = { $name } ({ $server })
exhibit-asked-for = Gefragt nach
exhibit-address = Adresse
exhibit-plain-text = Klartext
exhibit-client = Client
exhibit-asks = { $how ->
    [no] wird nicht nach einem Zertifikat gefragt
    [any] wird nach einem Zertifikat gefragt (MTLS), gleich von welcher CA
   *[these] wird nach einem Zertifikat gefragt (MTLS), von einer dieser CAs: { $authorities }
}
exhibit-leaf-at = Zertifikat des Servers unter { $addresses }
exhibit-no-certificate = kein lesbares Zertifikat
exhibit-names = { $names }
exhibit-names-server = { $how ->
    [exactly] { $server } ist dabei
    [by-wildcard] { $server } ist nur durch einen Platzhalter (*) abgedeckt
   *[no] { $server } ist nicht dabei
}
exhibit-valid = { $from } – { $until }, { $state ->
    [not-yet] { $days ->
        [0] beginnt in weniger als einem Tag
        [one] beginnt in 1 Tag
       *[other] beginnt in { $days } Tagen
    }
    [expired] { $days ->
        [0] seit weniger als einem Tag abgelaufen
        [one] seit 1 Tag abgelaufen
       *[other] seit { $days } Tagen abgelaufen
    }
   *[valid] { $days ->
        [0] noch weniger als ein Tag
        [one] noch 1 Tag
       *[other] noch { $days } Tage
    }
}
exhibit-server-only = nur Server (serverAuth)
exhibit-purpose = { $purpose ->
    [serverAuth] Server (serverAuth)
    [clientAuth] Client (clientAuth)
    [anyExtendedKeyUsage] „beliebig“ (anyExtendedKeyUsage)
    [codeSigning] Programme signieren (codeSigning)
    [emailProtection] E-Mail (emailProtection)
    [timeStamping] Zeitstempel (timeStamping)
    [OCSPSigning] OCSP-Antworten (OCSPSigning)
   *[other] { $purpose }
}
exhibit-key = { $key }; Signatur des Ausstellers: { $algorithm }
exhibit-label-names = Namen
exhibit-serial = Seriennummer
exhibit-revocation = Sperrung
exhibit-crl = Liste { $url }{ $how ->
    [good] : steht nicht darauf
    [revoked] : gesperrt am { $at } ({ $reason })
    [unknown] : nicht zu erfragen. { unchecked }
   *[not-asked] {""}
}
exhibit-no-crl = keine Liste (CRL) genannt
exhibit-ocsp = OCSP { $url }{ $how ->
    [good] : nicht gesperrt
    [revoked] : gesperrt am { $at } ({ $reason })
    [unknown] : nicht zu erfragen. { unchecked }
   *[not-asked] {""}
}
exhibit-staple = vom Server mitgeschickt (OCSP): { $how ->
    [good] nicht gesperrt
    [revoked] gesperrt am { $at } ({ $reason })
    [unknown] die CA kennt das Zertifikat nicht
   *[unusable] sagt nichts aus. { staple-fault }
}
exhibit-must-staple = verlangt eine mitgeschickte Antwort (Must-Staple), es kam keine
exhibit-without-name = Ohne Namen
exhibit-without-name-other = Wer keinen Servernamen nennt (SNI), bekommt ein anderes Zertifikat, SHA-256
exhibit-chain = Kette, wie gesendet
exhibit-issued-by = { $how ->
    [self-signed] von sich selbst ausgestellt; bis { $until }
    [leaf] ausgestellt von { $issuer }
   *[issuing] ausgestellt von { $issuer }; bis { $until }
}
exhibit-order = Reihenfolge
exhibit-ordered = { $how ->
    [right] richtig: Hinter jedem steht sein Aussteller
    [own] falsch: Das Zertifikat des Servers steht an Stelle { $place }, es gehört an Stelle 1
   *[wrong] falsch: Richtig ist { $order }
}
exhibit-not-needed = nicht nötig: { $places }
exhibit-leads-to = Führt zu
exhibit-leads = { $verdict ->
    [trusted] { $root } ({ $roots ->
        [given] Stammzertifikat aus --ca-file
       *[public] öffentliches Stammzertifikat
    })
    [refused] { $root }, aber:
    [not-verifiable] { $root }, aber xfed kann nicht den ganzen Weg prüfen
    [self-signed] { $roots ->
        [given] keinem aus --ca-file: Das letzte Zertifikat ist von sich selbst ausgestellt
       *[public] keinem öffentlichen Stammzertifikat: Das letzte ist von sich selbst ausgestellt
    }
    [not-in-files] { $roots ->
        [given] nirgendwohin: { $missing } steht weder in diesen Dateien noch in --ca-file
       *[public] nirgendwohin: { $missing } steht nicht in diesen Dateien und ist kein öffentliches Stammzertifikat
    }
    [no-roots] unbekannt: Es gibt keine Stammzertifikate zum Vergleichen
   *[unknown-issuer] { $roots ->
        [given] keinem: Der Server hat { $missing } nicht mitgeschickt, und in --ca-file steht es nicht
       *[public] keinem: Der Server hat { $missing } nicht mitgeschickt, und öffentlich ist es nicht
    }
}
offers-title = Zertifikate zur Auswahl, beurteilt für { $server }
offers-heading = { $number }. { $sources }: { $status }
offers-label-key = Privater Schlüssel
offers-key = { $how ->
    [fits] vorhanden, gehört zu diesem Zertifikat
    [differs] einer ist da, gehört aber zu einem anderen Zertifikat
    [closed] einer ist da, ließ sich aber nicht ansehen
   *[missing] nicht vorhanden
}
offers-to-choose = Auszuwählen
offers-choice = { $how ->
    [none] { $count ->
        [one] Keines: Dieses Zertifikat ist für { $server } nicht zu gebrauchen, die Gründe tragen ein ✘.
       *[other] Keines: Von diesen { $count } Zertifikaten ist keines für { $server } zu gebrauchen, die Gründe tragen ein ✘.
    }
    [unsure] Vielleicht Nummer { $number }: Nichts spricht dagegen, aber nicht alles ließ sich ansehen.
   *[this] Nummer { $number }, gültig bis { $until }, ausgestellt von { $issuer }. In Windows hat es den Fingerabdruck { $thumbprint }.{ $how ->
        [this-and-its-key] {" "}Sein privater Schlüssel liegt nicht in diesen Dateien: XPhone kann es nur dort benutzen, wo auch der Schlüssel ist.
        [in-store] {" "}Es liegt, wo XPhone nachsieht: in der XPhone-Administration auswählen.
       *[this] {" "}Falls noch nicht geschehen, mit seinem Schlüssel in den Computerspeicher „Eigene Zertifikate“ importieren (certlm.msc), dann in der XPhone-Administration auswählen.
    }
}
offers-not-looked-at = Hier nicht geprüft: ob es gesperrt ist und was der XPhone-Server zeigt. Beides macht xfed check.
cert-password = Kennwort von { $file }:
exhibit-issuer-url = zu haben unter { $url }
exhibit-trusted-here = Dieser Rechner vertraut ihr, durch seinen eigenen Zertifikatspeicher
exhibit-fault = { $what ->
    [expired] ist abgelaufen: { $subject }
    [not-yet-valid] gilt noch nicht: { $subject }
    [not-ca] ist kein CA-Zertifikat: { $subject }
    [no-cert-sign] darf keine Zertifikate signieren: { $subject }
    [no-tls-usage] darf nicht für TLS verwendet werden (Schlüsselverwendung): { $subject }
    [path-length] hat mehr CAs unter sich, als es erlaubt: { $subject }
    [no-server-auth] erlaubt keine Server (EKU): { $subject }
    [name] erlaubt diesen Servernamen nicht: { $subject }
    [weak-key] hat einen zu kurzen Schlüssel: { $subject }
    [weak-signature] ist mit einem fälschbaren Hash signiert: { $subject }
    [wrong-signature] hat eine Signatur, die nicht passt: { $subject }
    [other-issuer-key] nennt einen anderen Schlüssel seines Ausstellers: { $subject }
    [critical-extension] hat eine kritische Erweiterung, die niemand kennt: { $subject }
   *[malformed] ist nicht so gemacht, wie es sein soll: { $subject }
}

## Was nie beurteilt wird

not-judged-title = Was von außen nicht zu sehen ist
not-judged-brief = Von außen nicht zu sehen: ausgehend TCP 5061, Regeln der Gegenseite, Lizenzen (-v zeigt mehr)
not-judged-outbound = Ausgehend TCP 5061 vom eigenen XPhone-Server: auf diesem Server unter dessen Dienstkonto in der PowerShell Test-NetConnection <FQDN der Gegenseite> -Port 5061 ausführen{ $partner ->
    [yes] {" "}und mit einer Gegenseite vergleichen, die er schon erreicht, oder mit dem Edge von Microsoft (sipfed.online.lync.com)
   *[no] , oder xfed check <Domäne der Gegenseite> --partner
}. Welches Zertifikat er dann zeigt, sieht ein Test-Partner: xfed explain no-chat
not-judged-policy = Regeln der Gegenseite: dort nachfragen, ob Zulassungs- oder Sperrlisten, der externe Zugriff in Teams oder ein Testmandant die eigene Domäne ausschließen.
not-judged-licences = Lizenzen und Rechte in XPhone: prüfen, ob die Benutzer eine Lizenz für Federation haben (in XPhone Connect 9: Office Plus) und ihre Konfigurationsgruppe Federation erlaubt.

## Was ein Schritt gesehen hat, worauf er wartet

seen-domain = { $source ->
    [file] in der Zonendatei
   *[dns] im öffentlichen DNS vorhanden
}{ $mail_count ->
    [0] {""}
   *[other] , Mail bei { $mail }
}
seen-domain-missing = nicht im öffentlichen DNS
seen-nothing = keine Daten
seen-address = { $hosts }
seen-srv = { $records }
seen-srv-missing = kein SRV-Record
seen-srv-direct = entfällt: Direct Federation hat keinen SRV-Record
seen-tcp-open = offen: { $addresses }
seen-tcp-partly-open = offen: { $open }; keine Verbindung: { $closed }
seen-tcp-closed = keine Verbindung: { $addresses }
seen-certificate = { $name }, von { $issuer }, bis { $until }
seen-certificate-malformed = ein Zertifikat, das sich nicht lesen lässt
seen-federation = { $version }, { $mtls ->
    [yes] Client-Zertifikat verlangt (MTLS)
    [unknown] ob ein Client-Zertifikat verlangt wird, war nicht zu sehen
   *[no] kein Client-Zertifikat verlangt
}{ $sip_count ->
    [0] {""}
   *[other] , { $sip }
}
seen-mtls = Client-Zertifikat verlangt (MTLS)
seen-no-tls = kein TLS

needs-domain = wartet auf Schritt 1
seen-zone-file-only = darüber sagt die Zonendatei nichts
needs-address = wartet auf Schritt 2
needs-fqdn = wartet auf Schritt 3
needs-tcp = wartet auf Schritt 4
needs-tls = kein Zertifikat gezeigt, siehe Schritt 6
needs-step = wartet auf Schritt { $number }
settled-by = Hier nichts zu tun: Das erledigt sich mit { $code }.

## Fehler beim Aufruf

input-empty = keine Domäne angegeben, erwartet wird eine Domäne wie zahnfee.de
input-too-long = der Name hat { $detail } Zeichen, erwartet wird eine Domäne mit höchstens 253 Zeichen wie zahnfee.de
input-address = { $detail } ist eine IP-Adresse, erwartet wird eine Domäne wie zahnfee.de
input-one-label = „{ $detail }“ hat nur einen Teil, erwartet wird eine Domäne wie zahnfee.de
input-character = „{ $input }“ enthält { $detail }, erwartet wird eine Domäne aus Buchstaben, Ziffern, Bindestrichen und Punkten wie zahnfee.de
input-label = „{ $detail }“ ist kein Domänenname: erwartet werden Teile aus 1 bis 63 Buchstaben, Ziffern und Bindestrichen im Inneren, wie zahnfee.de
input-idn = „{ $detail }“ ist kein gültiger internationaler Name (IDN): Hinter „xn--“ muss der Punycode von Buchstaben stehen, die IDNA erlaubt; erwartet wird eine Domäne wie zahnfee.de oder zähnfee.de
input-taken = { $input } als Domäne { $domain } verstanden

error-results-there = { $file } enthält schon etwas: mit --resume geht es dahinter weiter, sonst für --out eine andere Datei angeben
error-other-options = { $file }, Zeile { $line }: mit anderen Optionen geprüft als diesen, die Ergebnisse wären nicht vergleichbar: dieselben Optionen angeben oder für --out eine andere Datei
error-no-result = { $file }, Zeile { $line }: erwartet wird, was xfed check --out schreibt, und nichts anderes
error-only-streamed = { $option } schreibt jeden Bericht, sobald er fertig ist, und verträgt sich nicht mit { $rival ->
    [report] --report: --format jsonl allein verwenden und andere Formate danach mit xfed replay daraus machen
    [wait] --wait
    [since] --since: die Ergebnisse danach mit xfed diff vergleichen
   *[format] diesem Format: erwartet wird --format jsonl
}
error-server = „{ $input }“ ist kein Server, und eine Datei dieses Namens gibt es nicht: Erwartet wird sein voller Name oder seine Adresse, mit oder ohne Port, z. B. xphone.zahnfee.de, 192.168.1.10:443 oder [2001:db8::5]:5061
error-cert-mixed = xfed cert sieht einen Server an oder aber Dateien und Speicher; erwartet wird eines von beidem
error-cert-no-name = Zertifikate in Dateien werden für den Server beurteilt, der sie zeigen soll: seinen öffentlichen Namen angeben, z. B. --fqdn xphone.zahnfee.de
error-cert-file = { $why ->
    [wrong-password] { $file } lässt sich mit diesem Kennwort nicht öffnen
    [no-password] { $file } hat ein Kennwort, und hier ist kein Terminal, um danach zu fragen: mit --password-file DATEI oder in der Variablen XFED_PASSWORD angeben
    [pkcs7] { $file } ist PKCS #7 (p7b), das liest xfed nicht; erwartet wird PEM, DER oder PFX. OpenSSL macht PEM daraus: openssl pkcs7 -print_certs -in DATEI (mit -inform DER, wenn es kein Text ist)
    [request] { $file } ist ein Zertifikatsantrag (CSR), kein Zertifikat; erwartet wird das Zertifikat, das die CA darauf ausgestellt hat (PEM, DER oder PFX). Die CA schickt es oder stellt es zum Herunterladen bereit; der private Schlüssel liegt weiterhin dort, wo der Antrag entstand
    [java] { $file } ist ein Schlüsselspeicher von Java (JKS), den liest weder xfed noch Windows; erwartet wird PFX. Java macht eine daraus: keytool -importkeystore -srckeystore DATEI -destkeystore neu.pfx -deststoretype PKCS12
    [only-key] { $file } enthält einen privaten Schlüssel und kein Zertifikat; erwartet wird das Zertifikat, das zu diesem Schlüssel ausgestellt wurde, in derselben Datei oder daneben: xfed cert ZERTIFIKAT SCHLÜSSEL
    [unknown-pkcs12] { $file } ist eine PFX-Datei, aber beschädigt oder auf eine Art erstellt, die xfed nicht kennt; OpenSSL macht eine bekannte daraus: openssl pkcs12 -in DATEI -out alles.pem, dann openssl pkcs12 -export -in alles.pem -out neu.pfx
   *[nothing] { $file } enthält kein Zertifikat; erwartet wird PEM (-----BEGIN CERTIFICATE-----), DER oder PFX
}
error-no-store = --store { $store }: Einen solchen Zertifikatspeicher hat nur Windows; erwartet werden Dateien
error-empty-store = --store { $store }: In diesem Speicher des Computers liegt kein Zertifikat; erwartet wird eines für { $fqdn }. Mit certlm.msc nachsehen, ob es in einem anderen Speicher liegt, mit certmgr.msc, ob in dem eines Benutzers.
error-store = --store { $store }: Der Speicher dieses Rechners lässt sich nicht lesen: { $reason }
error-no-domain = keine Domäne angegeben, erwartet wird mindestens eine, z. B. xfed check zahnfee.de, oder ein [[domain]] in xfed.toml
error-direct-needs-fqdn = --direct braucht --fqdn: bei Direct Federation nennt kein SRV-Record den Server
error-one-domain-only = { $option } gilt nur für eine einzelne Domäne
error-not-with-via = { $option } gehört nicht zu --via
error-only-from-here = { $option } sagt, wie diese Maschine nachsieht, doch kein --via here verlangt das; wie ein anderer Ort nachsieht, sagt dessen eigene xfed.toml
error-plan-format = ein Plan wird als table, json oder markdown geschrieben, nicht als { $format }
error-only-with-zone = { $option } gilt nur zusammen mit --zone
error-not-with-zone = { $option } passt nicht zu --zone: Eine Zonendatei wird geprüft, nicht geplant
error-zone-format = { $format } enthält den Zustand laufender Server, und nichts sagt dort, dass es um eine Zonendatei geht: ein anderes Format nehmen
error-nameless-zone = { $file } sagt nicht, zu welcher Zone sie gehört; so wird sie genannt: xfed plan <Domäne> --zone { $file }
error-empty-zone = { $file } enthält keinen Record. So eine Datei bleibt, wenn ein Zonentransfer verweigert wird: die Zone beim DNS-Provider exportieren lassen.
error-not-in-zone = { $domain } liegt nicht in der Zone dieser Datei, { $zone }
list-more = { $list } und { $count } weitere
configuration-left-out = aus { $file } nicht übernommen: { $keys }; die Datei wurde nicht genannt und kann von jemand anderem stammen. Mit --config { $file } gilt alles darin
campaign-balance = von { $all } in der Liste: { $parts }
campaign-written = { $count } geprüft und an { $file } angehängt
campaign-known = { $count } dort schon enthalten
campaign-repeated = { $count } doppelt
campaign-elsewhere = { $count } in anderen Teilen
campaign-refused = { $count } keine Domänen
campaign-left = { $count } nicht geprüft
campaign-codes = am häufigsten: { $codes } (xfed explain CODE)
campaign-slowest = langsamste Nameserver: { $servers }
campaign-interrupted = abgebrochen: derselbe Befehl mit --resume macht weiter
few-open-files = Domänen, die zugleich geprüft werden: { $jobs }, denn dieser Rechner erlaubt xfed { $limit } offene Dateien (ulimit -n)
configuration-taken = Einstellungen aus { $file }
usage-command = den Befehl { $typed } gibt es nicht; { $help } nennt alle
usage-command-meant = den Befehl { $typed } gibt es nicht; gemeint ist vielleicht { $nearest }? { $help } nennt alle
usage-no-command = erwartet wird eine Domäne oder ein Befehl; { $help } nennt die Befehle
usage-argument = { $typed } ist hier nicht bekannt; { $help } nennt die Optionen
usage-argument-meant = { $typed } ist hier nicht bekannt; gemeint ist vielleicht { $nearest }? { $help } nennt die Optionen
usage-no-value = { $option } braucht einen Wert; { $help } sagt, welchen
usage-missing = { $what } fehlt; { $help } zeigt Beispiele
variable-unknown = die Variable { $variable } gibt es nicht, sie bewirkt also nichts; gemeint ist vielleicht { $nearest }?
variable-unknown-plain = die Variable { $variable } gibt es nicht, sie bewirkt also nichts; xfed man nennt alle
fault = { $place }: { $what }
fault-syntax = kein gültiges TOML: { $detail }
fault-encoding = weder UTF-8 noch UTF-16, erwartet wird eine Textdatei in einem von beiden
fault-key = den Schlüssel { $key } gibt es nicht, gemeint ist vielleicht { $nearest }?
fault-of-domain = { $key } gehört zu genau einer Domäne: erwartet wird es als { $own } unter einem [[domain]]
fault-missing = { $table } fehlt { $key }
fault-value = { $key }: erwartet wird { $expected }
fault-meant = { $what }; gemeint ist vielleicht { $nearest }?
fault-unquoted = { $key }: erwartet wird { $expected }, in Anführungszeichen
fault-code = den Befund { $code } gibt es nicht, gemeint ist vielleicht { $nearest }?
fault-immune = { $code } heißt „nicht prüfbar“ und lässt sich weder anders gewichten noch akzeptieren
fault-twice = { $name } hat schon eine Tabelle [[domain]]
fault-repeated = { $key } kommt zweimal vor, erwartet wird es einmal
fault-together = { $key } und { $other } schließen einander aus, erwartet wird nur eines
fault-direct-needs-fqdn = { $name }: mode=direct braucht fqdn, denn bei Direct Federation nennt kein SRV-Record den Server
fault-no-pair = { $word }: erwartet wird fqdn=…, mode=…, connect-to=…, authority=… oder ein Label wie kunde=4711 hinter der Domäne; eine weitere Domäne bekommt eine eigene Zeile
fault-unclosed = { $key }: Das schließende Anführungszeichen fehlt, erwartet wird { $key }="…"
fault-label-name = { $key } kann nicht der Name eines Labels sein: erwartet werden Kleinbuchstaben a–z, Ziffern und _, zuerst ein Buchstabe, höchstens 32 Zeichen, und nicht „domain“; zum Beispiel kunde=4711
fault-option-of-all = { $key } kann nicht hinter einer einzelnen Domäne stehen, und so heißen kann auch kein Label: erwartet wird es auf der Kommandozeile oder in xfed.toml, wo es für alle Domänen gilt
fault-too-long = mehr als 64 KiB in einer Zeile, erwartet werden eine Domäne und ihre Optionen
fault-empty = keine Domäne in dieser Liste, erwartet wird eine pro Zeile
fault-zone-elsewhere = { $text }: xfed liest keine weiteren Dateien und erzeugt keine Einträge; die Zone vom Nameserver als Ganzes schreiben lassen (BIND: named-compilezone, Knot: knotc zone-flush) und diese Datei prüfen
fault-zone-directive = { $text } ist unbekannt, erwartet wird $ORIGIN oder $TTL
fault-zone-parenthesis = eine Klammer ohne Gegenstück, erwartet wird ( … )
fault-zone-quote = ein Anführungszeichen ohne Gegenstück, erwartet wird "…" in einer Zeile
fault-zone-blank = ein Leerzeichen, das Nameserver für einen Teil des Wortes halten ({ $code }, aus Webseiten und Word), erwartet wird ein normales Leerzeichen oder ein Tabulator
fault-zone-doubled-soa = der SOA-Eintrag gilt für { $text }, worin die Zone doppelt steht: Erwartet wird ein Punkt am Ende seines Namens wie bei allen vollständigen Namen
fault-zone-name = { $text } ist kein Domänenname, erwartet werden Namensteile von 1 bis 63 Zeichen mit Punkten dazwischen
fault-zone-no-origin = ein relativer Name, aber keine Zone, auf die er sich bezieht
fault-zone-no-owner = ein Eintrag ohne Namen, und davor steht keiner, erwartet wird ein Name am Anfang der Zeile
fault-zone-no-type = { $text } steht, wo der Typ eines Eintrags erwartet wird, z. B. A oder SRV
fault-zone-ttl = { $text } ist keine TTL, erwartet werden Sekunden wie 3600 oder 1h
fault-zone-content = { $record } { $text } ist nicht lesbar, erwartet { $record ->
    [A] wird eine IPv4-Adresse
    [AAAA] wird eine IPv6-Adresse
    [SRV] werden Priorität, Gewicht, Port und Ziel, z. B. 0 0 5061 xphone.zahnfee.de.
    [MX] werden Priorität und Mailserver
    [SOA] werden primärer Server, Kontakt und fünf Zahlen
    [TXT] werden Texte in Anführungszeichen, zusammen höchstens 65.535 Bytes, und hinter einem Backslash ein Zeichen oder drei Ziffern bis 255
    [NS] wird der Name eines Nameservers, z. B. ns1.provider.example.
    [CAA] werden Flags, Tag und Wert, z. B. 0 issue "letsencrypt.org"
    [HINFO] werden zwei Texte
    [DS] werden Key-Tag, Algorithmus, Art des Fingerabdrucks und dieser in hexadezimalen Ziffern
    [TLSA] werden drei Zahlen und hexadezimale Ziffern, z. B. 3 1 1 2cf24dba…
    [DNSKEY] werden Flags, 3, Algorithmus und der Schlüssel in Base64
    [CNAME] wird ein einzelner Name
    [DNAME] wird ein einzelner Name
    [PTR] wird ein einzelner Name
   *[other] wird, was der Typ verlangt: Zahlen ohne Vorzeichen, Namen, Paare hexadezimaler Ziffern, vollständiges Base64
}
fault-zone-beside-alias = { $text } hat einen CNAME und daneben andere Einträge: Das lädt kein Nameserver
fault-zone-unknown-type = Einen Eintrag vom Typ { $text } lädt kein Nameserver, erwartet wird z. B. A oder SRV
fault-zone-class = { $text } ist die Klasse eines anderen Netzes, erwartet wird IN
fault-zone-long-string = ein Text von mehr als 255 Bytes, erwartet werden mehrere, jeder in Anführungszeichen: "…" "…"
fault-zone-second-subtree = { $text } hat mehrere DNAME-Einträge, erwartet wird einer: Das lädt kein Nameserver
fault-zone-no-servers = { $text } hat einen SOA-, aber keinen NS-Eintrag: Das laden BIND und Knot nicht. Erwartet werden die Nameserver der Zone, z. B. @ NS ns1.provider.example.
fault-zone-server-is-alias = Der Nameserver { $text } ist ein Alias (CNAME oder DNAME), erwartet wird ein Name mit Adresse: Das lädt BIND nicht
fault-zone-server-without-address = Der Nameserver { $text } hat in dieser Zone keine Adresse, erwartet wird ein A- oder AAAA-Eintrag: Das lädt BIND nicht. Ein Name außerhalb der Zone endet mit einem Punkt
fault-zone-wildcard-hands-on = { $text } gibt an andere Nameserver ab (NS), was ein Platzhalter nicht kann: Das lädt BIND nicht
fault-zone-second-soa = ein zweiter SOA-Eintrag, erwartet wird einer für die Zone
fault-separated = „{ $input }“ enthält { $separator }: erwartet wird eine Domäne pro Zeile und dahinter nur Schlüssel=Wert
fault-more = und { $count } weitere
expected-switch = true oder false
expected-words = Text in Anführungszeichen
expected-label = Text von 1 bis 100 Zeichen in einer Zeile
expected-labels = höchstens 16 Labels je Domäne
expected-list = eine Liste wie ["…", "…"]
expected-table = eine Tabelle wie [severity]
expected-tables = Tabellen wie [[domain]] oder [[accept]]
expected-duration = eine Zahl mit Einheit, mindestens 100ms und höchstens ein Tag (24h), z. B. 3s oder 1m
expected-interval = eine Zahl mit Einheit, mindestens 1s und höchstens ein Tag (24h), z. B. 15s
expected-wait = eine Zahl mit Einheit, mindestens 100ms und höchstens sieben Tage (168h), z. B. 30m
expected-count = eine ganze Zahl von 1 bis 1024
expected-shard = I/N, Teil I von N, z. B. 3/16
expected-per-server = eine ganze Zahl je Sekunde oder Minute, von 1 bis 100000, etwa 20/s oder 6/m
expected-port = eine ganze Zahl von 1 bis 65535
expected-report = FORMAT=DATEI, z. B. junit=xfed.xml (für die Standardausgabe gibt es --format)
expected-report-here = Dateien unterhalb des Arbeitsverzeichnisses und keine Links, da niemand diese Datei genannt hat; anderswohin mit --config xfed.toml
expected-resolver = system, IP[:PORT], tls://IP[:PORT][#NAME] oder https://HOST[:PORT]/dns-query, z. B. 9.9.9.9 oder tls://9.9.9.9#dns.quad9.net
expected-control = HOST[:PORT], z. B. sip.example.com
expected-from = eine SIP-URI, z. B. sip:info@zahnfee.de
expected-fqdn = der vollständige öffentliche Name des Servers, z. B. xphone.zahnfee.de
expected-connect-to = [IP=]ADRESSE[:PORT], z. B. 192.168.1.10:5061
expected-authority = IP[:PORT], z. B. 192.0.2.53
expected-domain = eine Domäne, z. B. zahnfee.de
expected-rate = N/s, N/m, N/h oder N/d mit N von 1 bis 100000, z. B. 50/h
expected-keep-days = eine ganze Zahl von Tagen, von 1 bis 3650
expected-keep-mib = eine ganze Zahl von MiB, von 1 bis 1048576
expected-listen = IP:PORT, unix:DATEI oder systemd, z. B. 127.0.0.1:9533 oder [::1]:9533
expected-sha256 = der SHA-256 eines Tokens, 64 Hexadezimalziffern
expected-network = eine Adresse oder ein Netz, z. B. 10.0.0.0/8
expected-host = ein Rechnername ohne Port, z. B. xfed.example.com
expected-via = here, ssh://[BENUTZER@]HOST[:PORT] oder https://HOST[:PORT], z. B. ssh://probe@vps.example
expected-date = ein Datum wie 2027-01-31
expected-moment = ein Datum wie 2026-12-24, mit Uhrzeit 2026-12-24T10:00:00Z
expected-one-of = eines von { $words }
expected-format = FORMAT=DATEI mit einem der Formate { $words }
error-read-file = { $file } lässt sich nicht lesen: { $reason }
error-too-large = { $file } lässt sich nicht lesen: mehr als { $most } MiB, so viel liest xfed von einer solchen Datei höchstens
error-write-file = { $file } lässt sich nicht schreiben: { $reason }
error-pem = { $file } enthält { $expected ->
    [key] keinen privaten Schlüssel
   *[certificate] kein Zertifikat
} im PEM-Format, erwartet wird ein Block wie { $expected ->
    [key] -----BEGIN PRIVATE KEY-----
   *[certificate] -----BEGIN CERTIFICATE-----
}
error-public-key = { $file } { $why ->
    [private] ist der private Schlüssel, der bleibt, wo er ist; erwartet: der öffentliche daneben, z. B. id_ed25519.pub
    [several] enthält mehrere Schlüssel, erwartet: einer
   *[other] ist kein öffentlicher Schlüssel von OpenSSH; erwartet: eine Zeile wie ssh-ed25519 AAAA… Name, ohne Optionen davor
}
error-token = { $from } enthält kein Token, erwartet wird eines in der ersten Zeile: Buchstaben, Ziffern und Zeichen ohne Leerzeichen, höchstens 4096
error-client-pair = --client-cert und --client-key gehören zusammen: beide angeben oder keines
error-client-mismatch = --client-cert und --client-key passen nicht zusammen: Der Schlüssel gehört zu einem anderen Zertifikat
error-client-key = { $file }: xfed kann mit diesem Schlüssel nicht signieren (laut Zertifikat { $kind }), erwartet wird RSA mit 2048 bis 4096 Bit, P-256, P-384 oder Ed25519
error-web-pair = { $file }: cert und key gehören zusammen: beide angeben oder keines
error-web-mismatch = { $file }: cert und key passen nicht zusammen: Der Schlüssel gehört zu einem anderen Zertifikat
error-open-to-all = --listen { $listen }: Diese Adresse erreichen andere Rechner, erwartet werden cert, key und token-sha256 in der Datei von --web-config; oder --insecure-listen, wo etwas anderes Wache hält
error-open-without-tls = --listen { $listen }: Diese Adresse erreichen andere Rechner, erwartet werden cert und key in der Datei von --web-config; oder --insecure-listen, wo etwas anderes TLS übernimmt
error-public-private = --public verträgt sich nicht mit allow-private = true: Fremde könnten sich in diesem Netz umsehen
error-listen = --listen { $listen }: { $reason }
error-listen-systemd = --listen systemd: systemd übergibt keinen Socket, erwartet wird der Start durch eine .socket-Unit
serve-listening = erreichbar unter { $places }
serve-reloaded = Die Konfiguration wurde neu gelesen und gilt ab jetzt
serve-not-reloaded = Die Konfiguration wurde neu gelesen und ist unbrauchbar, die vorige gilt weiter: { $why }
serve-no-target = target fehlt, erwartet wird eine Domäne: /probe?target=zahnfee.de
serve-query = { $detail }; erwartet werden target, dazu bei Bedarf module und debug=true
serve-wanted = { $detail }; erwartet werden, wenn überhaupt, lang=en oder lang=de und rules=current
serve-no-modules = Das Modul { $name } ist unbekannt: xfed.toml hat keine Module, erwartet wird eine Tabelle [module.{ $name }]
serve-module = Das Modul { $name } ist unbekannt, erwartet wird eines von { $known }
serve-needs-fqdn = Direkte Föderation braucht den Namen des Servers, erwartet wird fqdn im Modul oder in der Tabelle [[domain]] von xfed.toml
serve-hasty = X-Prometheus-Scrape-Timeout-Seconds { $given }: zu wenig für jede Prüfung, erwartet werden Sekunden ab 1, z. B. 10
serve-host = Dieser Dienst heißt nicht { $name }, erwartet wird eine Adresse, localhost oder ein Name aus hosts in der Datei von --web-config
serve-cross-site = Eine andere Website hat diesen Browser fragen lassen: abgelehnt
serve-token = Ein Token wird gebraucht, erwartet wird Authorization: Bearer TOKEN oder das Token als Passwort
serve-path = Hier ist nichts; was es gibt, sagt xfed serve --help
serve-method = Dieser Pfad wird auf diese Methode nicht beantwortet; welche es gibt, sagt xfed serve --help
error-store-open = --store { $file } { $why ->
    [foreign] enthält etwas anderes als Ergebnisse von xfed serve, erwartet wird dessen eigene Datei oder keine
    [newer] stammt von einer neueren Version von xfed
   *[other] ist unbrauchbar: { $detail }
}
serve-body = { $detail }; erwartet wird {"{"}"domain": "zahnfee.de"{"}"}, dazu bei Bedarf "module"
serve-slow-body = Der Inhalt der Anfrage kam nicht innerhalb von 10 Sekunden, erwartet wird er sofort
serve-long-body = Mehr als 4096 Bytes, so viel wird von einer Anfrage höchstens gelesen
serve-kind = Erwartet wird Content-Type: application/json
serve-no-result = Ein Ergebnis dieses Namens gibt es nicht, oder es wird nicht mehr aufbewahrt
serve-too-often = Das war oft: sechs Prüfungen in der Minute für jeden, der fragt; die nächste in { $wait } s
serve-too-soon = Diese Domäne wurde gerade erst geprüft: Ihr letztes Ergebnis liegt vor, die nächste Prüfung in { $wait } s
serve-late = Für diese Prüfung reichte die Zeit nicht, bitte später noch einmal
serve-store = Die Ergebnisse lassen sich gerade weder lesen noch schreiben
serve-crowded = Zu viele Prüfungen warten, bis sie an der Reihe sind, bitte später noch einmal
serve-ending = Dieser Dienst wird gerade beendet
serve-crashed = Die Prüfung ist abgestürzt: ein Fehler von xfed
error-output = Die Ausgabe lässt sich nicht schreiben: { $reason }
error-report-twice = --report { $value }: In dieselbe Datei geht schon ein anderer Bericht, erwartet wird eine Datei je Bericht
error-report-label = --report { $value }: { $domain } hat kein Label { $label }, erwartet wird es hinter der Domäne in der Liste ({ $label }=…) oder unter ihren Labels in xfed.toml; immer möglich ist {"{"}domain{"}"}
error-report-link = --report { $value }: Dort liegt ein Link, erwartet wird eine Datei oder nichts
error-report-file = --report { $value }: Die Datei lässt sich nicht schreiben: { $reason }
error-report-not-json = { $file } ist kein Bericht von xfed: { $detail }; erwartet wird, was xfed check --format json schreibt
error-report-foreign = { $file } ist JSON, aber kein Bericht von xfed; erwartet wird, was xfed check --format json schreibt
error-report-newer = { $file } stammt von xfed { $detail }, in einer Form, die diese Version nicht kennt; zum Lesen ist xfed { $detail } oder neuer nötig
error-report-damaged = { $file } ist ein Bericht von xfed, aber unvollständig oder verändert: { $detail }
error-report-place = { $file }, Zeile { $line }
error-report-torn = { $file } ist abgerissen: Der Lauf, der sie schrieb, wurde dort beendet; diese Domäne noch einmal prüfen
error-report-refused = { $file }: nicht geprüft, denn die Zeile der Liste war keine Domäne: { $text } ({ $why })
error-report-long = { $file } ist länger, als ein Bericht sein kann
error-reports-too-many = { $file } lässt sich nicht auf einmal beurteilen: mehr als { $most } MiB an Berichten; mit --format jsonl oder --format csv, ohne --report, beurteilt xfed eine Datei jeder Länge Bericht für Bericht
replay-left-out = { $file }: { $reports } beurteilt, { $count } ausgelassen (siehe oben); das Ergebnis ist nicht vollständig
error-explain-unknown = keine Erklärung zu { $topic }, gemeint ist vielleicht { $suggestion }?
error-explain-unknown-plain = keine Erklärung zu { $topic }; xfed explain listet alle auf

## Was sich zwischen zwei Berichten geändert hat

diff-verdict = { $verdict ->
    [ready] bereit
    [ready-with-warnings] bereit mit Warnungen
    [not-ready] nicht bereit
   *[inconclusive] ohne Ergebnis
}
diff-verdicts = { $domain }: { $before } → { $after }
diff-times = { $before } → { $after }
diff-wrong-order = Der erste Bericht ist der neuere: besser und schlechter stehen hier verkehrt herum.
diff-alone = { $domain }: { $verdict }; dazu gibt es keinen früheren Bericht
diff-not-comparable = { $domain }: kein Vergleich möglich: { $why ->
    [other-domain] Es geht um verschiedene Domänen.
    [other-mode] Die Berichte entstanden in verschiedenen Betriebsarten (eigene Domäne oder --partner, offen oder --direct). Die Prüfung so wiederholen, wie der frühere Bericht entstand.
    [other-server] --fqdn nennt verschiedene Server. Die Prüfung mit dem Server des früheren Berichts wiederholen.
    [connected-elsewhere] Der eine Bericht ging zu den veröffentlichten Adressen, der andere dorthin, wohin --connect-to zeigt. Die Prüfung auf demselben Weg wiederholen.
    [other-family] Der eine Bericht ging zu Adressen, die der andere ausließ (-4, -6, --allow-private). Die Prüfung auf demselben Weg wiederholen.
    [other-roots] Der eine Bericht beurteilte Zertifikate nach den öffentlichen Stammzertifikaten, der andere nach denen von --ca-file. Die Prüfung ebenso wiederholen.
    [other-resolvers] Kein Server der Zone wurde gefragt, und die Berichte beruhen auf verschiedenen Resolvern. Die Prüfung mit demselben --resolver oder --authority wiederholen.
    [other-vantage] Die Berichte entstanden von verschiedenen Orten aus (--via). Die Prüfung vom Ort des früheren Berichts aus wiederholen.
   *[redacted] Der eine Bericht entstand mit --redact, der andere ohne. Mit --redact wird verglichen, was beide enthalten.
}
diff-regressed = Schlechter
diff-came-to-light = Erst jetzt zu sehen (vorher nicht geprüft)
diff-untested = Nicht mehr prüfbar
diff-mended = Behoben
diff-out-of-sight = Diesmal nicht geprüft, besteht also vielleicht noch
diff-tested = Wieder prüfbar
diff-remarks = Hinweise
diff-facts = Geänderte Tatsachen
diff-silent = Nichts hat sich geändert; gleich sind: { $findings ->
    [1] 1 Befund
   *[other] { $findings } Befunde
}, { $facts ->
    [1] 1 Tatsache
   *[other] { $facts } Tatsachen
}
diff-unchanged = Unverändert: { $findings ->
    [1] 1 Befund
   *[other] { $findings } Befunde
}, { $facts ->
    [1] 1 Tatsache
   *[other] { $facts } Tatsachen
}
diff-more = und { $count } weitere; alle mit -v
diff-weight = Gewicht: { $before ->
    [fail] Fehler
    [warn] Warnung
    [info] Hinweis
   *[unknown] nicht prüfbar
} → { $after ->
    [fail] Fehler
    [warn] Warnung
    [info] Hinweis
   *[unknown] nicht prüfbar
}
diff-cause-fact = Geändert: { $fact }
diff-cause-clock = Ursache: die Zeit. An den Tatsachen hat sich nichts geändert; ein Datum ist verstrichen.
diff-cause-decision = Ursache: Was xfed.toml zu diesem Befund sagt, hat sich geändert.
diff-cause-passing = Ursache: nichts Bleibendes, etwa die Reihenfolge von Antworten oder was ein Cache noch weiß.
diff-step-back = Das vorige Zertifikat war neuer. In der XPhone-Verwaltung wieder jenes auswählen und den Dienst neu starten: Nach einer Verlängerung arbeitet XPhone mit dem weiter, das dort ausgewählt ist.
diff-fact = { $subject }: { $before } → { $after }
diff-of-question = { $kind ->
    [counts] { $asked }
    [witness] { $asked }, abweichende Antwort von { $by }
   *[more] { $asked }, { $label }
}
diff-of-server = { $server }, { $label }
diff-of-endpoint = { $server } ({ $places }), { $label }
diff-label = { $label ->
    [zone] Tatsachen zur Domäne
    [srv] Tatsachen zum SRV-Eintrag
    [ns] Nameserver der Zone
    [ns-left-out] ausgelassene Nameserver
    [ns-not-asked] Nameserver, die niemand fragen kann
    [ns-given] mit --authority genannte Nameserver
    [apex] Zone, in der die Domäne liegt
    [answered-above] Top-Level-Domain, die an ihrer Stelle antwortet
    [internal-zone] interne Zone desselben Namens
    [near-misses] Einträge neben der Stelle des SRV-Eintrags
    [handed-on] Weitergabe an eine andere Zone
    [intercepted] Fragen, die unterwegs jemand anders beantwortet
    [dns-marks] was die Antwort über sich selbst sagt
    [control] Rechner von --control
    [control-address] Adresse des Rechners von --control
    [control-tls] TLS am Rechner von --control
    [host] betrachteter Server
    [endpoint] Adresse
    [published] veröffentlichte Adresse
    [tcp] Verbindung
    [tls] TLS-Handshake
    [tls-answered] Antwort auf den TLS-Handshake
    [tls-version] TLS-Version
    [tls-cipher] Cipher-Suite
    [tls-group] Schlüsselaustausch
    [tls-prime] Länge der Primzahl (DHE)
    [tls-signature] Signatur des Handshakes
    [tls-oversized] übergroße Nachricht des Handshakes
    [tls-warning] TLS-Warnung
    [tls-cut] Nachricht, bei der der Handshake abbrach
    [tls-turn] Handshake bis zum Zug des Clients
    [client-asked] Client-Zertifikat verlangt (MTLS)
    [client-authorities] CAs, deren Client-Zertifikate angenommen werden
    [client-schemes] Signaturverfahren, die von Clients angenommen werden
    [client-presented] Client-Zertifikat vorgelegt
    [key-proven] Nachweis, dass der Schlüssel zum Zertifikat gehört
    [secure-renegotiation] sichere Neuverhandlung
    [renegotiation] neuer Handshake verlangt
    [second-look] zweiter Blick, mit anderen Handshakes
    [plain-text] Antwort im Klartext
    [certificate] Zertifikat
    [sent-with-it] mitgesendete Zertifikate
    [without-name] Zertifikat ohne Namen (SNI)
    [compared] Zertifikat am anderen Port
    [compared-trust] Vertrauen in das Zertifikat am anderen Port
    [trust] Vertrauen in die Kette
    [trust-public] Vertrauen in die Kette nach den öffentlichen Stammzertifikaten
    [trust-here] Vertrauen in die Kette nach dem Speicher dieses Rechners
    [path] Weg zu einem Stammzertifikat
    [path-remarks] Hinweise zum Weg zu einem Stammzertifikat
    [revocation] Sperrung
    [revocation-url] Adresse der Sperrliste
    [issuer-revocations] Sperrung ausstellender Zertifikate
    [for-rsa] Zertifikate für Clients, die nur RSA annehmen
    [renewal] was eine Erneuerung des Zertifikats vorfände
    [suffixed] mit einem Suchsuffix gefundener Name
    [staple] mitgesendete OCSP-Antwort
    [issuer-fetched] geholter Aussteller (--fetch-issuer)
    [issuer-url] Adresse des Aussteller-Zertifikats
    [sip] SIP
   *[other] { $path }
}
diff-certificate = { $subject }: { $turns }; gültig bis { $after } (vorher: { $before })
diff-turn = { $which ->
    [went-backwards] ZURÜCKGEFALLEN: Es ist älter als das vorige, also wurde wieder ein altes Zertifikat ausgewählt
    [renewed-with-same-key] verlängert mit demselben Schlüssel
    [same-key] derselbe Schlüssel
    [new-key] neuer Schlüssel
    [other-issuer] ausgestellt von { $after } (vorher: { $before })
    [other-names] andere Namen: { $after } statt { $before }
    [fewer-names] Namen entfallen: { $before }
    [further-names] Namen hinzugekommen: { $after }
    [eku-lost] Verwendungszweck (EKU) entfallen: { $after }
    [eku-gained] Verwendungszweck (EKU) hinzugekommen: { $after }
   *[unreadable] nicht lesbar
}
diff-seen-certificate = { $subject }, bis { $until }
diff-nothing-seen = keine Angabe
diff-yes = ja
diff-no = nein
diff-summary = { $count ->
    [1] 1 Domäne verglichen
   *[other] { $count } Domänen verglichen
}: { $parts }
diff-count-worse = { $count } schlechter
diff-count-changed = { $count } geändert
diff-count-unknown = { $count } nicht mehr prüfbar
diff-count-same = { $count } unverändert
diff-count-not-comparable = { $count } nicht vergleichbar
diff-count-only-old = { $count } diesmal nicht dabei
diff-count-only-new = { $count } ohne früheren Bericht
diff-corner = vorher \ nachher
error-report-line = { $file }, Zeile { $line }: kein Bericht von xfed: { $detail }; erwartet wird, was xfed check --format jsonl schreibt
error-stdin-twice = - steht für beide Berichte, erwartet wird für mindestens einen eine Datei
error-format-of-comparison = --format { $format } mit --since: erwartet wird table, markdown, json oder github; den Bericht selbst schreibt --report { $format }=DATEI

## Überschriften von `xfed explain`

explain-what = Was es ist
explain-why = Warum es zählt
explain-mend = Wie man es behebt
explain-verify = Wie man es prüft
explain-owner = Zuständig
explain-severity = Schwere
explain-severity-partner = { $severity }; mit --partner: { $partner }
explain-step = Schritt
explain-source = Quelle
explain-findings = Was dieser Schritt findet
explain-any-step = jeder Schritt
explain-places = Mehrere Orte
explain-every-step = Jeder Schritt
explain-diagnostics = ms-diagnostics
explain-do = Was zu tun ist
explain-try = Zum Ausprobieren
explain-no-wording = Microsofts Wortlaut ist nicht bekannt
explain-unknown = Was nicht bekannt ist
explain-symptoms = Was in XPhone zu sehen ist
explain-signals = SIP-Status, Ereignisprotokoll
explain-traps = Fallen der üblichen Werkzeuge
explain-guide = Der Leitfaden
explain-all-title = Was xfed finden kann
explain-all-about = Alle Schritte der Checkliste mit den Befunden, die es dort geben kann, danach die ms-diagnostics-Nummern, die die Microsoft-Seite meldet, was in XPhone zu sehen ist, SIP-Status, die Fallen der üblichen Werkzeuge, wo xfed vom Leitfaden abweicht, und was von außen nicht zu sehen ist. So gibt es xfed explain --all --format markdown aus; einen einzelnen Befund zeigt xfed explain <Code>.
explain-see = Siehe auch
explain-list-hint = Mehr zu jedem Punkt: xfed explain <Name>

## `xfed plan`: vor der Einrichtung

plan-title = Federation für { $domain }: der Plan
plan-none = nichts gefunden
plan-fill-in = Alles in <spitzen Klammern> ersetzen: xfed kann es nicht kennen.
plan-unknown = { $heard ->
    [internal] nicht bekannt, nur ein internes DNS war zu hören
   *[nobody] nicht bekannt, keine Antwort vom DNS
}
plan-placeholder-address = <öffentliche IPv4>
plan-placeholder-lan = <LAN-Adresse des XPhone-Servers>
plan-placeholder-mail = <E-Mail-Adresse>

plan-seen-title = Was das DNS zeigt
plan-seen-mail = Mail (MX)
plan-seen-microsoft = Microsoft 365
plan-seen-srv = SRV-Record
plan-seen-address = A-Record

plan-choice-title = Wahl der XPhone-Domäne
plan-question-1 = Soll überhaupt mit Externen gechattet werden, jetzt oder später?
plan-answer-1 = { $variant ->
    [1] Nicht mit XPhone: so mit --variant 1 gewählt.
   *[0] Das kann das DNS nicht wissen; dieser Plan ist für ein Ja. „Vielleicht später“ zählt als Ja: Wer die Domäne dann ändert, ändert alle Anmeldenamen. Wenn nein: Veröffentlicht wird nichts (--variant 1).
}
plan-question-2 = Gibt es einen weiteren Chatserver wie Teams, oder wird es einen geben, vielleicht auch erst später?
plan-answer-2 = { $basis ->
    [asked] Mit --variant entschieden.
    [teams-answers] Ja: Der SRV-Record von { $asked } führt zu Microsoft, also antwortet heute Teams für diese Domäne.
    [taken-over] { $asked } gehört zu einem Microsoft-365-Mandanten, der SRV-Record führt aber schon zu einem anderen Server. Ob Teams noch für Chat mit Externen benutzt wird, ist nicht zu sehen.
    [tenant] { $asked } gehört zu einem Microsoft-365-Mandanten. Ob dort mit Externen gechattet wird oder Teams nur für Besprechungen da ist, ist von außen nicht zu sehen. Es entscheidet sich am „externen Zugriff“ im Teams Admin Center und daran, wer ihn benutzt.
    [beside] Er antwortet womöglich unter der E-Mail-Domäne { $beside }; das berührt XPhone nicht, denn { $asked } ist eine eigene Domäne darunter.
    [chat-only] Das DNS zeigt keinen, aber auch keine Mail: eine Domäne nur für Chat. Es entscheidet, was die Firma benutzt oder plant.
    [missing] Nicht zu sehen: Das öffentliche DNS kennt { $asked } nicht.
    [unknown] Nicht bekannt: Das DNS hat nicht alles beantwortet, woran man es sehen könnte. Es entscheidet, was die Firma benutzt oder plant.
   *[no-teams] Das DNS zeigt keinen. Es entscheidet, was die Firma benutzt oder plant; nicht alles hinterlässt eine Spur im DNS.
}
plan-result = { $variant ->
    [1] Variante 1: XPhone ohne Federation.
    [2] Variante 2: XPhone übernimmt. XPhone-Domäne { $asked }, der SRV-Record führt zu XPhone, und Teams chattet nicht mehr mit Externen.
    [3] Variante 3: eine eigene Domäne. XPhone-Domäne { $own }, neben { $beside }.
   *[0] XPhone-Domäne { $asked }.
}
plan-result-why = { $basis ->
    [asked] Das ist der Plan für die gewünschte Variante.
    [teams-answers] Empfohlen, weil sie Teams nichts wegnimmt. Nur wenn Teams auf Chat mit Externen verzichten kann, passt auch Variante 2.
    [taken-over] Empfohlen, weil der SRV-Record schon so ist. Soll Teams weiter mit Externen chatten, ist Variante 3 die richtige.
    [tenant] Sie passt in jedem Fall, weil sie Teams nichts wegnimmt. Wird in Teams nicht mit Externen gechattet, behält man mit Variante 2 eine Adresse für Mail und Chat.
    [unknown] Sie passt, wenn es keinen weiteren Chatserver gibt; das DNS konnte das nicht bestätigen.
    [missing] Sie passt, sobald es die Domäne im öffentlichen DNS gibt.
    [beside] Empfohlen, weil die Mail unter { $beside } läuft. Ist XPhone der einzige Chatserver, jetzt und später? Dann passt die E-Mail-Domäne selbst besser, mit einer Adresse für Mail und Chat: xfed plan { $beside }
    [chat-only] Sie passt, wenn die Domäne nur für Chat gedacht ist.
   *[no-teams] Empfohlen, weil dann eine Adresse für Mail und Chat gilt, solange es keinen weiteren Chatserver gibt, weder jetzt noch später. Sonst zeigt --variant 2 oder --variant 3 den Plan dafür.
}
plan-variant = Variante { $variant }
plan-variant-text = { $variant ->
    [1] XPhone ohne Federation: Chat mit Externen bleibt bei Teams. Veröffentlicht wird nichts; empfohlen ist trotzdem die primäre Domäne, weil die Anmeldenamen dann wie E-Mail-Adressen aussehen.
    [2] XPhone übernimmt { $asked }: Der SRV-Record führt zu XPhone, in Teams wird der Chat mit Externen abgeschaltet. Andere Teams-Mandanten richten sich nach ihrer eigenen Liste und übergehen den SRV-Record: Ihre Nachrichten gehen weiter an Teams.
   *[3] XPhone bekommt eine eigene Domäne, { $own }: Teams behält { $beside }, und Externe können zwischen zwei Adressen wählen. Die IM-Adressen von XPhone weichen dann von den E-Mail-Adressen ab. Sinnvoll ist das auch für einzelne Abteilungen oder Standorte.
}
plan-variant-more = Den Plan für eine andere zeigt xfed plan { $asked } --variant 1, 2 oder 3
plan-decide = Den Ausschlag gibt nicht die Technik:
plan-decide-card = Welche eine IM-Adresse steht auf der Visitenkarte? Die meisten werden einfach die E-Mail-Adresse probieren.
plan-decide-server = Welcher Server kennt diese Adresse?
plan-decide-client = Mit welchem Client werden Anfragen von außen beantwortet?
plan-decide-given-away = Wer Microsoft 365 eingeführt hat, hat E-Mail- und IM-Adresse oft schon vergeben.
plan-keeps-company = behält Mail, Teams mit seinen Adressen und den eigenen SRV-Record, falls es einen gibt
plan-keeps-own = bekommt XPhone: dessen Anmeldenamen und IM-Adressen, den SRV-Record und das Zertifikat

plan-warnings-title = Vorher beachten
plan-warn-published = Im DNS steht schon, was hier geplant ist. Ob alles funktioniert, zeigt: xfed check { $domain }
plan-warn-idn = Im DNS und im Zertifikat heißt { $written ->
    [hidden] diese Domäne
   *[shown] { $written }
} { $domain }: dort diese Form eintragen, wie sie unten steht. Nicht jedes Programm von Gegenseiten nimmt eine Domäne mit Umlauten; mit einer davon testen, bevor die Benutzer ihre IM-Adressen erfahren, oder eine Domäne ohne Umlaute wählen.
plan-warn-unknown = Keine Antwort vom DNS auf: { $names }. Der Plan beruht auf dem, was bekannt ist; wiederholen, sobald das DNS antwortet, z. B. mit --resolver 9.9.9.9.
plan-warn-internal = Für { $apex } antwortet hier ein internes DNS{ $servers_count ->
    [0] {""}
   *[other] {" "}(seine Nameserver: { $servers })
}{ $addresses_count ->
    [0] {""}
   *[other] {" "}(die Domäne hat dort { $addresses })
}; was das öffentliche DNS sagt, war nicht oder nicht ganz zu sehen. Es kann also sein, dass Teams für die Domäne antwortet, ohne dass dieser Plan davon weiß. Seine Records sind nur für die öffentliche Zone: im internen DNS nichts davon eintragen und nichts löschen. Den Plan mit --resolver 9.9.9.9 wiederholen; ist DNS dorthin hier gesperrt, außerhalb dieses Netzes.
plan-warn-missing = Das öffentliche DNS kennt { $missing } nicht (NXDOMAIN). { $variant ->
    [1] Ohne Federation schadet das nicht, aber der Name steht dann in allen Anmeldenamen: Schreibweise vergleichen.
   *[other] Schreibweise vergleichen; stimmt sie, zuerst die Domäne registrieren und ihre Zone veröffentlichen. Mit einer Domäne, die es nur in der Firma gibt, ist keine Federation möglich.
}
plan-warn-typed = { $typed } ist der Server: Der SRV-Record von { $asked } führt zu ihm. IM-Adressen enden auf die Domäne, darum gilt dieser Plan für { $asked }.
plan-warn-microsoft = Der SRV-Record von { $asked } führt zu Microsoft ({ $targets }). { $variant ->
    [1] So lassen: Teams braucht ihn.
    [3] So lassen: Teams braucht ihn, und der Eintrag für XPhone hat einen eigenen Namen.
   *[other] Der neue tritt an seine Stelle: den alten löschen, aber erst, wenn XPhone antwortet. Von da an erreichen Gegenseiten, die sich nach dem DNS richten, Teams nicht mehr.
}
plan-warn-tenants = In Teams den Chat mit Externen abschalten (Teams Admin Center, externer Zugriff). Auch dann richten sich andere Teams-Mandanten nach ihrer eigenen Liste und übergehen den SRV-Record: Was sie an @{ $asked } schreiben, geht an Teams, nicht an XPhone. Sind solche Gegenseiten wichtig, Variante 3 nehmen.
plan-warn-addresses = Die IM-Adressen enden auf @{ $domain } und weichen von den E-Mail-Adressen ab. Man muss sie der Gegenseite nennen; dort gehören sie ins SIP- oder XMPP-Feld der Kontakte.
plan-warn-no-mail = { $asked } nennt keinen Mailserver (MX): Die IM-Adressen werden von den E-Mail-Adressen abweichen. Üblich ist eine Domäne für beides; vergleichen, ob es diese ist.
plan-warn-srv = { $srv_name } gibt es schon, mit anderem Inhalt: { $records }. Den Eintrag ersetzen, keinen zweiten daneben anlegen: Sonst landen Gegenseiten mal beim einen, mal beim anderen Server.
plan-warn-srv-alias = { $srv_name } ist ein Alias (CNAME) von { $target }, und neben einem CNAME kann kein anderer Record stehen. Den CNAME löschen, dann den SRV-Record anlegen.
plan-warn-handed = { $zone } gibt { $cut } ab (NS), { $servers_count ->
    [0] an Nameserver, die niemand findet
   *[other] an { $servers }
}. { $heard ->
    [yes] { $at } gehört dorthin, in die Zone { $cut }: In { $zone } sieht es niemand.
   *[no] Dort antwortet niemand, und solange dieser NS-Record in der öffentlichen Zone steht, sieht niemand, was dort bei { $at } eingetragen wird. Ihn dort zuerst löschen; ein internes DNS kann seinen behalten. Soll der Teil abgegeben bleiben: an Server im Internet, und der Record gehört dorthin.
}
plan-warn-moved = Im öffentlichen DNS steht bei { $above } ein DNAME und führt alle Namen darunter zu { $to }: Was bei { $at } eingetragen wird, sieht niemand. Entweder dort eintragen, wo danach gesucht wird, { $instead }; oder zuerst den DNAME durch Records für die einzelnen Namen darunter ersetzen, die benutzt werden.
plan-warn-fqdn-foreign = --fqdn { $fqdn } endet nicht auf die XPhone-Domäne { $domain }; Gegenseiten lehnen einen solchen Server ab (ms-diagnostics 1009). Darum steht unten { $server }. Muss es bei { $fqdn } bleiben, müsste die XPhone-Domäne { $parent } sein: xfed plan { $parent } --fqdn { $fqdn }
plan-warn-fqdn-deep = { $server } hat vor { $domain } mehr als einen Namensteil. Der Leitfaden erlaubt das, die Online-Hilfe des Herstellers nicht, und manche Gegenseite mit Skype for Business lehnt es ab. Besser ist ein Name direkt unter { $domain }.
plan-warn-alias = { $server } ist ein Alias (CNAME) für { $target }; das darf das Ziel eines SRV-Records nicht sein. Den CNAME durch den A-Record ersetzen oder mit --fqdn einen anderen Namen nehmen.
plan-warn-ip = --ip { $address } ist { $range ->
    [private] eine private Adresse: Sie gilt hier als die Adresse des Servers im LAN. In den A-Record gehört die öffentliche, die die Firewall weiterleitet.
    [cgnat] eine Adresse aus dem internen Netz des Providers (Carrier-Grade-NAT). In den A-Record gehört eine öffentliche: beim Internet-Provider bestellen.
    [loopback] die Loopback-Adresse eines Rechners selbst. In den A-Record gehört eine öffentliche.
    [link-local] eine Link-Local-Adresse (APIPA). In den A-Record gehört eine öffentliche.
    [documentation] eine Adresse nur für Dokumentation. In den A-Record gehört eine öffentliche.
    [multicast] eine Multicast-Adresse. In den A-Record gehört eine öffentliche.
   *[reserved] eine reservierte Adresse. In den A-Record gehört eine öffentliche.
}
plan-warn-published-range = { $by ->
    [resolver] Der Resolver hier führt { $server } zu { $address }
   *[zone] { $server } führt im öffentlichen DNS zu { $address }
}, { $range ->
    [private] einer privaten Adresse
    [cgnat] einer Adresse aus dem internen Netz des Providers (Carrier-Grade-NAT)
    [loopback] der Loopback-Adresse eines Rechners selbst
    [link-local] einer Link-Local-Adresse (APIPA)
    [documentation] einer Adresse nur für Dokumentation
    [multicast] einer Multicast-Adresse
   *[reserved] einer reservierten Adresse
}. { $by ->
    [resolver] Was das öffentliche DNS sagt, war nicht zu sehen. Ist das ein internes DNS: so lassen, und im öffentlichen die öffentliche Adresse eintragen, und nur diese.
   *[zone] Keine Gegenseite erreicht sie: durch die öffentliche ersetzen.
}
plan-warn-address = { $server } führt schon zu { $addresses }, im Plan steht { $address }. Ist das eine alte Adresse: ersetzen. Benutzt etwas anderes den Namen: so lassen und mit --fqdn einen anderen nehmen. Der Server braucht einen Namen mit genau einer Adresse.
plan-warn-which = { $server } führt schon zu mehreren Adressen: { $addresses }. Welche davon die des Servers ist, sagt das DNS nicht: mit --ip angeben und die anderen löschen. Der Server braucht einen Namen mit genau einer Adresse.
plan-warn-partly = Nur ein Teil der Nameserver der Zone veröffentlicht { $name } ({ $record }): { $servers } { $servers_count ->
    [1] kennt
   *[other] kennen
} den Record nicht, die Gegenseiten finden ihn deshalb nur manchmal. Den DNS-Provider die Zone dort auf den neuen Stand bringen lassen (Übertragung, Seriennummer).
plan-warn-wildcard = { $server } hat keinen eigenen Record: Ein Wildcard (*) gibt ihm { $addresses }, wie jedem Namen. Der neue A-Record geht vor, zu löschen ist nichts.
plan-warn-proxied = { $server } führt zu { $address }, dem Web-Proxy von { $proxy }, der TCP 5061 nur als bezahlten Dienst durchlässt (Spectrum). In den DNS-Einstellungen bei { $proxy } den Record auf „DNS only“ (graue Wolke) stellen, mit der öffentlichen Adresse, die die Firewall weiterleitet.
plan-warn-ipv6 = { $server } hat im öffentlichen DNS eine IPv6-Adresse ({ $addresses }): Let's Encrypt und viele Gegenseiten versuchen es dort zuerst. TCP 5061 und TCP 80 auch dorthin weiterleiten oder den AAAA-Record löschen.
plan-warn-change = Vor der Einrichtung entscheiden: Wer die XPhone-Domäne später ändert, ändert alle Anmeldenamen und IM-Adressen und muss Federation dafür abschalten.

plan-domain-enter = In der XPhone-Administration eintragen:
plan-domain-name = XPhone-Domäne
plan-domain-fqdn = Öffentlicher Name (FQDN)
plan-without = In der XPhone-Administration Federation ausgeschaltet lassen. Für Federation braucht es keinen Eintrag, keinen offenen Port und kein Zertifikat; zu beweisen hat xfed check dann nichts.
plan-without-domain = Als XPhone-Domäne ist jeder Name recht, im DNS muss es ihn nicht geben. Empfohlen ist trotzdem die primäre Domäne, { $asked }: Die Anmeldenamen sehen dann aus wie E-Mail-Adressen, und wer später Federation will, muss nichts ändern. Wer die Domäne später ändert, ändert alle Anmeldenamen.

plan-records-title = A-Record und SRV-Record
plan-record-published = { $record ->
    [a] Der A-Record ist veröffentlicht, wie er sein soll.
   *[srv] Der SRV-Record ist veröffentlicht, wie er sein soll.
}
plan-records-unseen = Für die öffentliche Zone { $zone }, dort, wo sie im Internet geführt wird, nicht für das interne DNS. Was dort heute steht, war nicht zu sehen: zuerst nachsehen, damit kein zweiter SRV-Record und keine zweite Adresse daraus wird.
plan-records-first = Nicht, bevor erledigt ist, was oben zu { $at } steht: Bis dahin sieht es niemand.
plan-zone-file = Als Zeilen der Zonendatei (Zone { $zone }):
plan-form-a = Im Formular des Providers, A-Record:
plan-form-srv = Im Formular des Providers, SRV-Record:
plan-form-hint = Der Name gilt relativ zur Zone { $zone }, @ steht für die Zone selbst. Formulare ohne Felder für Dienst und Protokoll wollen alles zusammen als Namen: { $name }. Manche Formulare wollen am Ende des Ziels einen Punkt.
plan-powershell = In der PowerShell, wenn die öffentliche Zone auf einem Windows-DNS-Server liegt:
plan-field-service = Dienst
plan-field-protocol = Protokoll
plan-field-name = Name
plan-field-priority = Priorität
plan-field-weight = Gewicht
plan-field-port = Port
plan-field-target = Ziel
plan-field-type = Typ
plan-field-value = Wert
plan-field-ttl = TTL

plan-firewall-in = Eingehend
plan-firewall-out = Ausgehend
plan-firewall-in-text = TCP von allen Adressen und Ports zu { $address }, Port 5061; Port-Forwarding zu { $lan }, Port 5061 (der Netzwerkschnittstelle, die in XPhone gewählt ist).
plan-firewall-out-text = TCP von { $lan }, alle Ports, zu allen Adressen, Port 5061.
plan-firewall-note = Auf diesem Port nicht nach Adressen oder Ländern filtern, keine TLS-Inspektion, kein SIP-ALG: Gegenseiten verbinden sich von beliebigen Adressen, und beide Seiten weisen sich mit Zertifikaten aus.
plan-firewall-windows = In der PowerShell auf dem XPhone-Server, als Administrator, für die Windows-Firewall:

plan-certificate-order = Bei einer öffentlichen CA ein Zertifikat für genau { $server } bestellen, kein Wildcard-Zertifikat, mit RSA-Schlüssel. Bei Let's Encrypt mit simple-acme in der Eingabeaufforderung des XPhone-Servers, als Administrator:
plan-certificate-port = Let's Encrypt ruft http://{ $server }/.well-known/ ab, aus mehreren Ländern und bei jeder Erneuerung: Port 80 muss von überall erreichbar sein, weitergeleitet wie 5061. Für die Windows-Firewall:
plan-certificate-account = Läuft XPhone unter einem eigenen Dienstkonto, --acl-read "<Dienstkonto>" anhängen, damit es den Schlüssel lesen kann. --keepexisting lässt das alte Zertifikat liegen, solange XPhone es benutzt.
plan-certificate-where = simple-acme ist der Nachfolger des win-acme aus dem Leitfaden, vom selben Autor: https://simple-acme.com. In einen Ordner entpacken, der bleibt, z. B. C:\Tools\simple-acme: Von dort aus erneuert es.
plan-certificate-validation = Der Leitfaden nimmt --validation filesystem; das legt eine Datei in das Webverzeichnis des IIS. Mit selfhosting antwortet simple-acme selbst, solange Let's Encrypt prüft: Kein Webverzeichnis, keine Rechte und keine Umleitung des IIS kommen dazwischen. Einen IIS braucht es nicht, und er darf weiterlaufen: Windows verteilt, was auf Port 80 ankommt, und Anfragen unter /.well-known/acme-challenge/ bekommt simple-acme. Belegt ein anderes Programm Port 80 (nginx, Apache, ein Proxy), filesystem mit dessen Webverzeichnis nehmen: --validation filesystem --webroot "<Webverzeichnis>".
plan-certificate-folder = Scheitert filesystem, weil Let's Encrypt die Datei nicht findet: den Ordner von Hand anlegen, eine eigene Datei hineinlegen und von außen unter http://{ $server }/.well-known/acme-challenge/ aufrufen:
plan-certificate-proxy = Kommt der Server nur über einen Proxy ins Internet: simple-acme nimmt den von Windows; ein anderer steht in settings.json unter Proxy, Url. Der Proxy muss HTTPS zu acme-v02.api.letsencrypt.org durchlassen, ohne es aufzubrechen. Die Anfrage von Let's Encrypt kommt auf Port 80 herein und hat damit nichts zu tun.
plan-certificate-again = Nach jeder Erneuerung das neue Zertifikat von Hand in der XPhone-Administration auswählen; von selbst tut XPhone das nicht. simple-acme erneuert etwa alle 55 Tage von selbst, ab Februar 2027 öfter: Erinnerung in den Kalender eintragen.

plan-renewal-title = Kann Let's Encrypt das Zertifikat ausstellen?
plan-renewal-about = Was Let's Encrypt ansieht, bevor es ausstellt, jetzt und bei jeder Erneuerung. Bei einer anderen CA muss CAA diese nennen.
plan-renewal-caa = CAA
plan-renewal-caa-none = nichts gefunden, also darf jede CA ausstellen
plan-renewal-ipv6 = IPv6 (AAAA)
plan-renewal-ipv6-none = nichts gefunden, also kommt Let's Encrypt über IPv4
plan-renewal-port = Port 80
plan-renewal-port-asked = von hier aus gefragt
plan-renewal-port-open = nicht gefragt: Das tut --renewal, sobald der Port weitergeleitet ist
plan-renewal-later = Läuft der Server, zeigt es dieser Befehl noch einmal, mit der CA seines Zertifikats:

plan-federation-enter = In der XPhone-Administration:
plan-federation-on = ein
plan-federation-active = XPhone Connect Federation aktivieren
plan-federation-open = Open Federation
plan-federation-interface = Netzwerkschnittstelle
plan-federation-interface-text = die mit { $lan }, nie 169.254.x.x
plan-federation-port = Port
plan-federation-protocol = Protokoll
plan-federation-protocol-text = so lassen, wie es steht: Der Leitfaden nennt keinen Wert
plan-federation-certificate = Zertifikat
plan-federation-certificate-text = das für { $server } ausgestellte

plan-teams-title = Teams (Teams-Admin)
plan-teams-look = Chat zwischen Teams und XPhone heißt im Teams Admin Center „externer Zugriff“, und beide Seiten müssen ihn erlauben. Was im Moment gilt, zeigt die PowerShell mit dem Modul MicrosoftTeams:
plan-teams-off = Für Variante 2 im eigenen Mandanten ausschalten. Danach chattet dort niemand mehr mit Externen, gleich was in Listen und Richtlinien steht:
plan-teams-all = { $variant ->
    [3] Einschalten für alle Domänen, die nicht gesperrt sind, im eigenen Mandanten und in denen der Gegenseiten, damit man von dort XPhone erreicht:
   *[other] Einschalten für alle Domänen, die nicht gesperrt sind, in den Mandanten der Gegenseiten, die XPhone erreichen sollen:
}
plan-teams-list = Oder nur für einzelne Domänen einschalten. Vorsicht: Waren bisher alle erlaubt, sind es danach nur noch die auf der Liste:
plan-teams-source = All das beschreibt Microsoft selbst:

plan-proof-title = Prüfen
plan-proof-outside = Von außerhalb der Firma, ohne VPN:
plan-proof-inside = Von innen, bevor es das Port-Forwarding gibt:
plan-proof-out = Der Weg nach außen, auf dem XPhone-Server unter dessen Dienstkonto:
plan-proof-partner = <Domäne der Gegenseite>

## The calendar of certificates

calendar-name = XPhone-Federation: Zertifikate
calendar-renew = Zertifikat von { $host } erneuern
calendar-renew-about = Das Zertifikat von { $host } läuft am { $date } um { $time } ab. Inzwischen sollte das nächste da sein. Erneuert es ein Programm wie simple-acme, nachsehen, ob das geklappt hat. Sonst eines für genau { $host } bei einer öffentlichen CA bestellen.
calendar-choose = Erneuertes Zertifikat von { $host } in XPhone auswählen
calendar-choose-about = Von selbst nimmt XPhone das erneuerte Zertifikat nicht: Es muss in der XPhone-Administration neu ausgewählt werden. Wird dort kein neues angeboten, nachsehen, warum die Erneuerung gescheitert ist; das alte läuft am { $date } um { $time } ab.
calendar-ends = Zertifikat von { $host } läuft ab
calendar-ends-about = Ab { $time } lehnen die Gegenseiten Verbindungen mit { $host } ab, und der Chat mit ihnen bricht ab. Vorher muss das erneuerte Zertifikat in der XPhone-Administration ausgewählt sein.
calendar-ends-partner = Ab { $time } scheitern Verbindungen mit { $host }, und der Chat mit { $domain } bricht ab, wenn die Gegenseite das Zertifikat bis dahin nicht erneuert hat.
calendar-again = Erneuert und ausgewählt? xfed check { $domain } --format ics schreibt diesen Kalender neu. Erneut importiert, verschieben sich die Termine.

## ms-diagnostics: was die Microsoft-Seite meldet

ms-1002 = Eine Richtlinie der Gegenseite lässt diesen Benutzer nicht an föderierte Kontakte schreiben. Auf XPhone-Seite fehlt nichts; der Admin der Gegenseite muss dem Benutzer externen Chat erlauben.
ms-1003 = Den Benutzer gibt es am anderen Ende nicht. IM-Adresse Zeichen für Zeichen vergleichen; XPhone nimmt sie aus dem E-Mail-, XMPP- oder SIP-Feld des Kontakts. Private Skype-Konten endeten am 05.05.2025.
ms-1005 = Der Server der Gegenseite findet keinen Weg zur Domäne. Zuerst den SRV-Record prüfen (Schritt 3), dann die Gegenseite nach Zulassungs- und Sperrlisten fragen.
ms-1007 = Der Weg zur Domäne ist im Moment versperrt. Einige Minuten warten und wiederholen; bleibt es dabei, Firewall (Schritt 4) und XPhone-Dienst prüfen.
ms-1008 = Das DNS der Gegenseite bekommt für die XPhone-Domäne keinen brauchbaren SRV-Record. SRV-Record prüfen (Schritt 3); ist er neu, merken sich Resolver noch eine Weile, dass er fehlte.
ms-1009 = Das SRV-Ziel liegt nicht in der Domäne, deren SRV-Record es nennt. Einen FQDN direkt unter der XPhone-Domäne wählen (Schritt 2) und als Ziel eintragen (Schritt 3).
ms-1010 = Die Gegenseite vertraut dem Zertifikat des XPhone-Servers nicht. Schritt 5 prüfen: Name, Ablauf, Aussteller, Kette, erweiterte Schlüsselverwendung.
ms-1011 = Der vorgelagerte Server nannte keinen eigenen Grund. Das ist üblich, wenn XPhone dieser Server ist: Die Ursache liegt woanders.
ms-1012 = Eine Richtlinie der Gegenseite lässt diesen Benutzer nicht nach außen chatten. Das muss der Admin der Gegenseite erlauben; DNS, Firewall und Zertifikat erklären es nicht.
ms-1013 = Die Uhren der beiden Server gehen zu weit auseinander. Uhrzeit des XPhone-Servers prüfen (w32tm /query /status).
ms-1014 = Das SRV-Ziel hat keinen A-Record, den das DNS der Gegenseite sieht. FQDN und A-Record prüfen (Schritt 2).
ms-1027 = Diese Art von Anfrage darf nicht an föderierte Partner gehen oder von ihnen kommen. Richtlinie der Gegenseite prüfen, ebenso den SRV-Record ihrer eigenen Domäne.
ms-1034 = Der vorgelagerte föderierte Server nannte keinen eigenen Grund. Im selben Logeintrag steht meist eine zweite ms-diagnostics-Nummer: nach dieser suchen, sonst alle sechs Schritte durchgehen.
ms-1036 = Gehört zu den Nummern für gescheiterte Verbindungen und Wege; Microsofts Wortlaut dazu war in keiner Quelle zu finden. Im selben Logeintrag nach einer zweiten ms-diagnostics-Nummer und dem SIP-Status suchen, dann Schritte 3 und 4 prüfen.
ms-1038 = Gehört zu den Nummern für gescheiterte Verbindungen und Wege; Microsofts Wortlaut dazu war in keiner Quelle zu finden. Im selben Logeintrag nach einer zweiten ms-diagnostics-Nummer und dem SIP-Status suchen, dann Schritte 3 und 4 prüfen.
ms-1046 = Gehört zu den Nummern für gescheiterte Verbindungen, wie 1047, das TLS betrifft; Microsofts Wortlaut dazu war in keiner Quelle zu finden. Deshalb zuerst prüfen, ob der Port aus dem Netz der Gegenseite offen ist (Schritt 4).
ms-1047 = Der TLS-Handshake mit einem föderierten Server ist gescheitert. Zertifikat und TLS prüfen (Schritte 5 und 6): Oft vertraut eine Seite der Zertifizierungsstelle der anderen nicht.

## Themen von `xfed explain`, die keine Befunde sind: was in XPhone zu sehen ist

topic-no-certificate = XPhone bietet kein Zertifikat für den FQDN an
    .what = Unter „Sicherheit/Verschlüsselung“ lässt die XPhone-Administration unter den Zertifikaten wählen, die sie brauchen kann; sie zeigt „Ausgestellt für“, „Ausgestellt von“, „Ablaufdatum“ und „Anzeigename“. Passt keines, meldet sie, dass sie für den FQDN kein Zertifikat anbieten kann. Beim ersten Versuch kann das vorkommen.
    .why = Gesucht wird ein Zertifikat, das genau auf den „Öffentlichen Namen (FQDN)“ ausgestellt ist, von einer öffentlichen CA und ohne Wildcard. Die üblichen Gründe, in der Reihenfolge, in der man nachsieht: Der Antragsteller ist ein anderer Name, oft der aus dem Active Directory oder die Domäne ohne Host; es ist ein Wildcard-Zertifikat; es ist selbst signiert oder von einer privaten CA; es ist abgelaufen; es liegt im Speicher eines Benutzers statt in dem des Computers; es wurde ohne privaten Schlüssel importiert; das Dienstkonto von XPhone darf diesen Schlüssel nicht lesen.
    .mend = Auf dem XPhone-Server certlm.msc öffnen (den Computer; certmgr.msc zeigt den Benutzer), Ordner „Eigene Zertifikate“. Steht das Zertifikat dort, mit einem kleinen Schlüssel im Symbol, und heißt der Antragsteller Zeichen für Zeichen CN = FQDN? Liegt es in einem anderen Speicher: die PFX-Datei noch einmal importieren, für den lokalen Computer. Fehlt der Schlüssel: die PFX-Datei importieren, nicht die CER-Datei. Rechte am Schlüssel: Rechtsklick, „Alle Aufgaben“, „Private Schlüssel verwalten“, dem Dienstkonto Lesen erlauben (mit simple-acme: --acl-read). Stimmt der Name nicht: ein neues für genau den FQDN bestellen; den Befehl für simple-acme zeigt xfed plan <Domäne>.
    .unknown = Der Leitfaden nennt den Namen, die öffentliche CA, das Wildcard-Zertifikat und den Speicher des Computers. Ob XPhone auch auf Schlüssel, Verwendungszweck (EKU) oder einen leeren Antragsteller achtet, ist nicht dokumentiert; privaten Schlüssel und Rechte braucht jeder Windows-Dienst für sein Serverzertifikat.
    .source = Leitfaden XPhone-Federation, Kapitel 7; Let's Encrypt, Zertifikatsprofile (tlsserver und shortlived haben keinen Namen im Antragsteller)

topic-not-active = der Status wird nicht „Active“
    .what = In der XPhone-Administration hat Federation auf der Seite „Allgemein“ den Haken „XPhone Connect Federation aktivieren“ und daneben einen Status. Steht dort Active, läuft Federation.
    .why = Was dazu nötig ist, zeigt die Reihenfolge im Leitfaden: Domäne und FQDN sind eingetragen, ein Zertifikat für den FQDN ist ausgewählt, Netzwerkschnittstelle und Port 5061 sind gewählt. Zuerst nachsehen: Der Haken wurde nicht gespeichert; das ausgewählte Zertifikat wurde gelöscht oder bei der Erneuerung ersetzt und nicht neu ausgewählt; die gewählte Schnittstelle gibt es auf dem Server nicht mehr, oder es ist 169.254.x.x, eine Adresse, die Windows sich selbst gibt, wenn es keine bekommen hat; ein anderes Programm belegt Port 5061.
    .mend = Kapitel 6 und 7 des Leitfadens in dieser Reihenfolge durchgehen: Zertifikat, Schnittstelle (die LAN-Adresse des Servers), Port 5061, Haken, speichern. Wer auf 5061 lauscht, zeigt auf dem Server netstat -ano; die Zahl am Ende ist der Prozess (tasklist /FI "PID eq <Zahl>"). Dann mit --connect-to von innen prüfen, zuletzt von außen. „Open Federation“ hat einen eigenen Haken, auch er muss gesetzt sein.
    .unknown = Wovon genau XPhone den Status Active abhängig macht und wo es den Grund protokolliert, ist nicht öffentlich dokumentiert. Von außen ist Active nicht zu sehen: xfed sieht, dass etwas lauscht, TLS spricht und als SIP antwortet.
    .source = Leitfaden XPhone-Federation, Kapitel 6 und 7

topic-request-waits = eine Anfrage wartet unter „Anfragen“
    .what = Gibt ein Fremder eine Ihrer IM-Adressen in die Suche seines Clients ein, sehen Sie eine Anfrage, noch bevor er geschrieben hat: Am Reiter „Anfragen“ steht eine rote Zahl. Die Detailseite zeigt die vollständige IM-Adresse und fragt, ob ein vorhandener Kontakt mit dieser Adresse verwendet werden soll, ob und mit welcher Berechtigung Präsenz freigegeben wird und in welche Kontaktgruppe der Kontakt kommt.
    .why = Das ist kein Fehler: Präsenz sieht niemand, bevor der Benutzer zugestimmt hat. Bis dahin zeigt die andere Seite den Kontakt ohne Status. Eine erste Nachricht kommt außerdem als Benachrichtigung auf dem Desktop, mit einem Feld für die Antwort.
    .mend = „Anfragen“ öffnen, die Adresse vergleichen, antworten. Kommt keine Anfrage, obwohl die andere Seite geschrieben hat: xfed check <eigene Domäne>, und drüben dasselbe für deren Weg nach außen. Fehlen nur die Anfragen einer einzigen Gegenseite, liegt es meist an deren Regeln (xfed explain sip-403).
    .unknown = Wie lange eine Anfrage wartet und was der Client der anderen Seite so lange anzeigt, ist nicht dokumentiert.
    .source = Leitfaden XPhone-Federation, Kapitel 9; C4B-Online-Hilfe, Federation

topic-no-presence = Chat geht, aber Präsenz wird nicht angezeigt
    .what = Präsenz heißt hier: verfügbar, abwesend, beschäftigt, bitte nicht stören, abgemeldet. Mehr erfährt eine andere Firma nicht, weder Termine noch den Zustand des Telefons.
    .why = Jede Seite gibt ihre Präsenz selbst frei, für jeden Kontakt einzeln. Entweder ist die Anfrage noch nicht beantwortet, oder die gewählte Berechtigung zeigt keine: Für Fremde gilt die Vorgabe des Administrators, und wer als „unbekannte Person“ geführt wird, bekommt keine Präsenz. Steht auf der Microsoft-Seite „Anwesenheit unbekannt“, fehlt mehr als die Präsenz: Oft ist die Verbindung gescheitert, und auch Chat geht nicht. Fehlt sie nur einer Seite, ist vielleicht der Weg von deren Server nach außen gesperrt: Jeder Server fragt die Präsenz des anderen über eine Verbindung ab, die er selbst öffnet.
    .mend = Hier: die Berechtigung des Kontakts ansehen, ebenso „Anfragen“ (xfed explain request-waits). Drüben: um dasselbe bitten. Dann beide Wege: xfed check <Domäne> von außen, für jede der beiden Domänen, und auf dem XPhone-Server unter dessen Dienstkonto xfed check <Domäne der Gegenseite> --partner.
    .unknown = Als was Microsoft Teams welchen Zustand von XPhone anzeigt und ob es jeden anzeigt, ist nicht dokumentiert.
    .source = Leitfaden XPhone-Federation, Kapitel 9; risual.com, Lync federation: presence unknown (2012)

topic-no-pictures = Kontaktbilder werden nicht übertragen
    .what = Federation überträgt Präsenz und Chat zwischen zwei Menschen, aber keine Bilder. Ein Kontakt in einer anderen Firma hat das Bild, das das eigene Verzeichnis von ihm kennt, oder keines. Auch Dateien und Gruppenchats gehen nicht hinüber.
    .why = Das ist so gedacht und bei jeder Gegenseite gleich.
    .mend = Nichts zu tun. Wer ein Bild sehen will, hinterlegt es beim eigenen Kontakt.
    .source = Leitfaden XPhone-Federation, Kapitel 9; C4B-Online-Hilfe, Federation

topic-wrong-address = Nachrichten gehen an die falsche Adresse
    .what = XPhone schreibt an die IM-Adresse eines Kontakts und nimmt sie aus dessen Feldern: E-Mail (geschäftlich, privat, andere), XMPP-Adresse oder SIP-Adresse.
    .why = Die IM-Adresse ist oft die E-Mail-Adresse, aber nicht immer: Wer eine eigene Domäne für Chat hat, hat auch andere Adressen. Dann geht die Nachricht an eine Domäne, die niemanden dieses Namens kennt; die Microsoft-Seite meldet 1003 oder SIP 404.
    .mend = Die Gegenseite nach ihrer IM-Adresse fragen und sie im SIP- oder XMPP-Feld des Kontakts eintragen. Welche Domäne Chat beantwortet, zeigt xfed check <Domäne> --partner, mit dem Teil hinter dem @. Umgekehrt: Sind die eigenen IM-Adressen nicht die E-Mail-Adressen, gehören sie auf die Visitenkarte, und die Gegenseiten müssen sie erfahren.
    .unknown = Welches Feld gewinnt, wenn mehrere ausgefüllt sind, sagt der Leitfaden nicht. Deshalb nur eines stehen lassen, das in Frage kommt.
    .source = Leitfaden XPhone-Federation, Kapitel 8 und 10

topic-private-account = ein Kontakt mit privatem Teams- oder Skype-Konto
    .what = Der Freiberufler im Leitfaden chattet mit einem privaten Skype-Konto. Diese Konten endeten am 05.05.2025. Private Teams-Konten (nicht von einer Organisation verwaltet) gibt es, mit Adressen wie …@outlook.com.
    .why = Federation richtet sich nach der Domäne hinter dem @: Wem outlook.com oder gmail.com gehört, der müsste einen SRV-Record veröffentlichen und Ihren Server zulassen. Teams-Mandanten haben für private Konten eine eigene Einstellung (AllowTeamsConsumer); für einen XPhone-Server ist nichts dergleichen bekannt.
    .mend = Um eine Adresse in einer Firma bitten, die XPhone oder Teams hat (Geschäfts-, Schul- oder Unikonto). Was die Domäne dazu sagt: xfed check <Domäne hinter dem @> --partner.
    .unknown = Ob ein privates Teams-Konto von XPhone aus irgendwie zu erreichen ist: Keine Quelle sagt es, keine sagt, warum nicht. Besser nicht damit rechnen.
    .source = Leitfaden XPhone-Federation, Kapitel 9 und 10; Microsoft Learn, Set-CsTenantFederationConfiguration (AllowTeamsConsumer)

## SIP-Status und Einträge im Ereignisprotokoll

topic-sip-403 = SIP 403 Forbidden
    .what = Ein Server hat die Anfrage verstanden und lehnt sie ab; dieselbe noch einmal zu schicken hilft nicht (RFC 3261). Als Antwort auf die Frage nach Präsenz heißt es nur, dass der Kontakt keine zeigt; Chat kann trotzdem gehen.
    .why = Zwischen zwei Firmen ist es fast immer eine Regel: eine Zulassungs- oder Sperrliste für Domänen, externer Zugriff in Teams, der für diesen Benutzer aus ist, ein Testmandant. Zertifikat und Firewall sind dann in Ordnung, sonst gäbe es keine Antwort über SIP.
    .mend = Die Seite fragen, die mit 403 geantwortet hat: Ist unsere Domäne zugelassen, ist externer Chat für diesen Benutzer erlaubt? Eine ms-diagnostics-Nummer daneben sagt mehr: 1002 und 1012 sind Regeln für Benutzer, 1027 betrifft die Art der Anfrage.
    .source = RFC 3261 §21.4.4; [MS-OCER] §8.2

topic-sip-404 = SIP 404 Not Found
    .what = Der Server ist für die Domäne zuständig und kennt den Benutzer nicht (RFC 3261). Als Antwort auf die Frage nach Präsenz heißt es nur, dass der Kontakt nicht bekannt ist; Chat kann trotzdem gehen.
    .why = Eine vertippte Adresse, eine E-Mail-Adresse, die keine IM-Adresse ist, ein Benutzer ohne das Recht auf Federation, oder ein Umzug: Hat die Firma die Domäne zu Teams mitgenommen, antwortet ein anderer Server als der, der den Benutzer kennt.
    .mend = Die Adresse Zeichen für Zeichen vergleichen (xfed explain wrong-address). Führt der SRV-Record zu dem Server, der die Benutzer hat? Das zeigt xfed check <Domäne> --partner. In XPhone: Hat der Benutzer die Lizenz, und ist Federation in seiner Konfigurationsgruppe eingeschaltet?
    .source = RFC 3261 §21.4.5

topic-sip-480 = SIP 480 Temporarily Unavailable
    .what = Den Benutzer gibt es, er ist im Moment aber nicht zu erreichen: abgemeldet, oder ohne einen Client, der Nachrichten annimmt (RFC 3261).
    .why = Der ganze Weg von Server zu Server funktioniert; DNS, Firewall und Zertifikat sind nicht die Ursache.
    .mend = Noch einmal versuchen, wenn der Kontakt angemeldet ist. Bleibt es dabei, obwohl er es ist: Die andere Seite muss Client und Rechte dieses Benutzers ansehen.
    .unknown = Wann genau XPhone oder Teams mit 480 antworten, statt die Nachricht aufzuheben, ist nicht dokumentiert.
    .source = RFC 3261 §21.4.18

topic-sip-488 = SIP 488 Not Acceptable Here
    .what = Die andere Seite nimmt die Anfrage an, aber nicht das, was sie anbietet (RFC 3261): Ton, Video, eine Datei, eine Konferenz.
    .why = Federation mit XPhone heißt Chat zwischen zwei Menschen, und Präsenz. Was darüber hinausgeht, etwa die Einladung zu einem Gruppenchat oder ein Anruf aus Teams, lässt sich nicht annehmen.
    .mend = Einer Person schreiben, in einem eigenen Chat. Wird auch eine einfache Textnachricht so abgelehnt: beide Hersteller mit einem Mitschnitt des INVITE fragen; an DNS und Zertifikat liegt es nicht.
    .unknown = Welche Angebote XPhone mit 488 ablehnt und welche anders, ist nicht dokumentiert.
    .source = RFC 3261 §21.4.26; C4B-Online-Hilfe, Federation

topic-sip-504 = SIP 504 Server Time-out
    .what = Ein Server auf dem Weg hat den nächsten nicht erreicht. Bei Microsoft sagt das der eigene Server des Absenders am Netzrand (Edge), nicht der der Gegenseite.
    .why = Der Grund steht daneben, in ms-diagnostics: 1008 kein SRV-Record, 1009 Name außerhalb der Domäne, 1010 Zertifikat, 1014 kein A-Record, 1046 wohl keine Verbindung, 1047 TLS, 1034 die Gegenseite nannte keinen.
    .mend = Im selben Eintrag des Protokolls nach dieser Nummer suchen und sie nachschlagen: xfed explain <Nummer>. Ohne Nummer: xfed check <angeschriebene Domäne> --partner, auf der Seite, die den 504 bekam.
    .source = RFC 3261 §21.5.5; [MS-OCER] §8.2

topic-event-14428 = Ereignis 14428 von Skype for Business oder Lync
    .what = „TLS outgoing connection failures“, Quelle LS Protocol Stack (früher: OCS Protocol Stack), im Ereignisprotokoll auf dem Server der Gegenseite am Netzrand (Edge). Er hat sich mit unserem Server verbunden und während TLS abgebrochen.
    .why = Den Grund nennt der Eintrag: „wrong principal“ ist ein Zertifikat für einen anderen Namen als den FQDN, zu dem der SRV-Record führt; „untrusted root“ eine CA, die die Gegenseite nicht kennt, oder eine Kette, der ein Zwischenzertifikat fehlt. Record und Port stimmen also.
    .mend = xfed check <Domäne> zeigt in Schritt 5, was die Gegenseite gesehen hat. Ist dort alles in Ordnung: Dem Server der Gegenseite fehlt vielleicht das Stammzertifikat, etwa weil Windows dort keine neuen laden darf.
    .source = Microsoft Learn, dd572404

## Fallen der üblichen Werkzeuge

topic-nslookup = nslookup hängt Suchsuffixe an
    .what = nslookup fragt nach mehr, als man tippt. An einen Namen ohne Punkt am Ende hängt es die Suchsuffixe dieses Rechners, etwa fritz.box oder die Domäne des Active Directory. Das nslookup von Windows probiert die Suffixe zuerst, auch wenn der Name schon Punkte enthält, und nimmt die erste Antwort. Das von Linux und macOS (BIND) tut es nur, wenn der Name weniger Punkte hat, als ndots in /etc/resolv.conf verlangt (normal 1, in einem Container von Kubernetes 5). Mit Punkt am Ende oder mit -nosearch fragt es genau nach dem, was dasteht.
    .why = Antwortet unter dem längeren Namen irgendetwas, vor allem ein Wildcard-Eintrag in einer internen Zone, zeigt nslookup dessen Adresse und sieht aus wie immer: Nur die Zeile „Name:“ verrät das Suffix. Richtiges sieht dann falsch aus, und Fehlendes scheint vorhanden. „Nicht autorisierende Antwort“ („Non-authoritative answer“) ist kein Fehler: Die Antwort kommt von einem Resolver, nicht von den Servern der Zone, und darf so alt sein, wie ihre TTL erlaubt. Wer geantwortet hat, steht oben („Server:“): Eine FRITZ!Box antwortet für fritz.box selbst, ein Domänencontroller für jede Zone, die er hat, auch für eine, die so heißt wie die öffentliche (Split-DNS). Beides sieht die Gegenseite nicht.
    .mend = Namen mit einem Punkt beenden und -nosearch angeben: Jeder Befehl, den xfed ausgibt, hat beides. Was die Öffentlichkeit sieht, zeigt ein öffentlicher Resolver am Ende der Zeile, wie unten. Zum Ausprobieren: Antwortet ein Suffix, zeigen die ersten beiden Befehle verschiedene Namen. Die Suffixe zeigt unter Windows ipconfig /all, sonst stehen sie in /etc/resolv.conf. xfed selbst hängt nie eines an; würde nslookup auf diesem Rechner deswegen etwas anderes sagen als das DNS, steht das im Ergebnis der Prüfung (nslookup-suffix).
    .source = Leitfaden XPhone-Federation, Kapitel 13; SANS ISC, DNS Suffixes on Windows (12.05.2024); ausprobiert mit nslookup von BIND 9.18

topic-no-chat = von außen alles grün, und trotzdem kein Chat
    .what = Die Prüfung findet nichts, und doch kommt kein Text an, oder nur in einer Richtung.
    .why = Von außen sieht man die eine Hälfte: ob andere den Server erreichen. Die andere geht hinaus: Der Server verbindet sich selbst mit der Gegenseite und zeigt sein Zertifikat als Client, und das sieht nur eine Gegenseite. Und zwischen zwei Domänen kann jede Richtung für sich scheitern: an einem Zertifikat ohne clientAuth, an einem Tenant, dem Teams zustellt, an einer Route auf nur einer Seite, an einer Liste erlaubter Domänen.
    .mend = Drei Befehle, von denen jeder die Frage weiterführt. xfed check: Erreichen andere uns? xfed listen, auf einer Maschine, die von außen erreichbar ist: Kommen wir hinaus, und mit welchem Zertifikat? Was das braucht, schreibt xfed plan --test-partner auf. xfed pair, mit dem Bericht von listen als --evidence: Welche Richtung scheitert zwischen diesen beiden, und auf wessen Seite? Was dann bleibt, können nur die beiden Administratoren zeigen: Listen erlaubter Domänen, Routen, Lizenzen.
    .unknown = Was XPhone zuerst schickt und ob es in einer Sitzung oder Nachricht für Nachricht chattet, ist nicht öffentlich dokumentiert; xfed listen nimmt beides.
    .source = Leitfaden XPhone-Federation, Kapitel 5, 7, 8 und 10

topic-telnet = was ein offener Port beweist und was nicht
    .what = Der Leitfaden prüft die Firewall mit telnet <FQDN> 5061. Nimmt etwas die Verbindung an, bleibt das Fenster schwarz; sonst kommt eine Fehlermeldung. Unter Windows fehlt telnet, bis man es als Feature nachinstalliert; Test-NetConnection (PowerShell) stellt dieselbe Frage und sagt es in Worten: TcpTestSucceeded : True.
    .why = Ein offener Port beweist, dass ein Paket zurückkam, aber nicht, von wem. Eine Firewall nimmt vielleicht anstelle des Servers an, das Port-Forwarding führt zu einem anderen Rechner, dort läuft ein Webserver, das Zertifikat ist falsch, oder der Dienst verlangt kein Client-Zertifikat: telnet findet das alles gut. Ein geschlossener Port beweist nur von außen etwas: Aus der Firma heraus führen viele Firewalls nicht auf die eigene öffentliche Adresse zurück, und manches Netz lässt 5061 nicht hinaus.
    .mend = Von außen, ohne VPN: xfed check <Domäne>. Das macht weiter, wo telnet aufhört: TLS, Zertifikat, Client-Zertifikat, SIP. Die andere Richtung auf dem XPhone-Server unter dessen Dienstkonto: Test-NetConnection <FQDN der Gegenseite> -Port 5061 oder xfed check <Domäne der Gegenseite> --partner.
    .source = Leitfaden XPhone-Federation, Kapitel 5; RFC 9293

## Wo xfed vom Leitfaden abweicht, und wer was gemacht hat

topic-guide = wo xfed vom Leitfaden abweicht, und warum
    .what = Die Schritte von xfed sind die der Checkliste im Leitfaden (Kapitel 12). In diesen Punkten urteilt es anders, als im Leitfaden steht, weil die Hilfe des Herstellers, ein Standard oder die Jahre seither es anders verlangen.
    .source = Leitfaden XPhone-Federation („Fe(e)deration“); C4B-Online-Hilfe; die Standards und Ankündigungen, die bei den Punkten stehen

differs-depth = Name des Servers (Kapitel 3)
    .what = Der Leitfaden verlangt einen FQDN, der mit der Domäne endet, davor Beliebiges. Die Hilfe des Herstellers verlangt die Domäne selbst oder einen Namen direkt darunter, weil Gegenseiten mit Skype for Business bei Open Federation andere ablehnen können (sie melden ms-diagnostics 1009). Zwei Ebenen davor, wie in xphone.office.zahnfee.de, sind hier deshalb eine Warnung, ein Name außerhalb der Domäne ein Fehler.
differs-several = Mehrere Adressen (Kapitel 3)
    .what = Der Leitfaden verlangt eine eindeutige IP-Adresse. Zwei Internet-Anschlüsse mit je einem Port-Forwarding gehen ebenso gut, mehrere A-Records sind deshalb nur eine Warnung. Jeder wird geprüft, ein toter ist ein Fehler in Schritt 4.
differs-alias = Alias statt A-Record (Kapitel 3)
    .what = Der Leitfaden verlangt einen A-Record, die Hilfe des Herstellers lässt auch einen Alias gelten. Das Ziel eines SRV-Records darf kein Alias sein (RFC 2782); manche Server folgen ihm trotzdem, andere nicht. Deshalb ist es eine Warnung.
differs-target = Was im SRV-Record steht (Kapitel 4 und 5)
    .what = An einer Stelle spricht der Leitfaden von der öffentlichen IP-Adresse, die im SRV-Record steht. In einem SRV-Record steht nie eine Adresse, sondern ein Name (RFC 2782); die Adresse steht im A-Record dieses Namens. Eine Adresse als Ziel ist ein Fehler.
differs-underscore = Der Unterstrich vor tcp (Kapitel 4)
    .what = Eine Beispielausgabe im Leitfaden zeigt _sipfederationtls.tcp. Richtig ist _sipfederationtls._tcp, mit beiden Unterstrichen; ein Eintrag, dem einer fehlt, wird nicht gefunden. xfed sucht danach.
differs-telnet = telnet ohne Fehlermeldung (Kapitel 5)
    .what = Dem Leitfaden genügt eine Verbindung mit telnet als Beweis, dass alles in Ordnung ist. Ein offener Port sagt nicht, wer annimmt; xfed geht deshalb weiter zu TLS, Zertifikat und SIP (xfed explain telnet).
differs-interface = Die Wahl der Netzwerkschnittstelle (Kapitel 6)
    .what = Viel falsch machen könne man hier nicht, meint der Leitfaden. Seine eigene Liste bietet aber 169.254.x.x an, eine Adresse, die Windows sich selbst gibt, wenn es keine andere bekommt: An sie gebunden, ist XPhone für niemanden zu erreichen. Werden Verbindungen abgewiesen, ist das als Erstes zu prüfen.
differs-subject = Auf wen das Zertifikat ausgestellt ist (Kapitel 7)
    .what = Der Leitfaden geht nach dem Antragsteller, wie die Auswahl in XPhone. Gegenseiten sehen nur auf die alternativen Namen (SAN). xfed verlangt den FQDN in beiden. Ein leerer Antragsteller, den heute manche Zertifikate haben, ist eine Warnung, weil XPhone sie vielleicht nicht anbietet.
differs-client = Let's Encrypt für MTLS (Kapitel 7)
    .what = Für den Leitfaden ist ein Zertifikat von Let's Encrypt alles, was MTLS braucht. Seit dem 08.07.2026 gilt jedes davon nur noch für Server (ohne clientAuth), und andere CAs ziehen nach. Eingehend ist das richtig, ausgehend lehnen manche Gegenseiten es ab. Deshalb ist es eine Warnung und kein Fehler: Andere sind kaum noch zu bekommen.
differs-acme = win-acme, und wie lange Zertifikate gelten (Kapitel 7)
    .what = Der Befehl im Leitfaden ist für win-acme 2.0.2. Seine Option --target heißt heute --source, und sein Autor macht mit simple-acme weiter, das vorhandene Erneuerungen übernimmt. Aus 90 Tagen wird weniger: Let's Encrypt verkürzt am 10.02.2027 auf 64 und am 16.02.2028 auf 45 Tage; nach jeder Erneuerung ist das neue Zertifikat in XPhone auszuwählen. xfed warnt, wenn das anscheinend vergessen wurde.
differs-skype = Skype (Kapitel 1, 9 und 10)
    .what = Der Freiberufler im Leitfaden benutzt privates Skype. Das endete am 05.05.2025; xfed spricht deshalb nur von XPhone und Teams (xfed explain private-account).
differs-help = Links auf die Hilfe des Herstellers (Kapitel 7)
    .what = Der Link des Leitfadens auf die Hilfe von XPhone Connect 8 ist alt. Die heutigen Adressen: xfed about.

topic-direct = Open und Direct Federation
    .what = Bei Open Federation findet jede Gegenseite den Server über den SRV-Record der Domäne. Bei Direct Federation gibt es keinen: Der Admin der Gegenseite trägt den FQDN von Hand als Route für die XPhone-Domäne ein, der XPhone-Admin eine ausdrückliche Route zu deren Server.
    .why = Jede Seite braucht zu jeder anderen eine Route: n Server brauchen n·(n−1), drei also sechs, zwei auf jedem. Ändert sich ein Name, müssen alle Gegenseiten nachziehen. Port, Firewall und Zertifikat braucht es wie sonst auch.
    .mend = xfed plan --direct gibt eine Seite für jeden Beteiligten aus: die Routen und wo sie hingehören, und die Firewall nur für diese Gegenseiten. Eine Seite prüfen mit xfed check <Domäne> --direct --fqdn <FQDN>, jedes Paar mit xfed pair --direct. Was die Gegenseite einträgt: bei Skype for Business oder Lync Server New-CsAllowedDomain -Identity <Domäne> -ProxyFqdn <FQDN>, und keinen Hosting Provider; bei estos ProCall eine statische Route. Teams hat dafür kein Feld und braucht den SRV-Record.
    .unknown = Wie die Felder in XPhone heißen, war in keiner öffentlichen Quelle zu finden.
    .source = Leitfaden XPhone-Federation, Kapitel 11; C4B-Online-Hilfe, Federation; Microsoft Learn, New-CsAllowedDomain; help.estos.com

topic-about = wer was gemacht hat, und wen man fragt
    .what = xfed ist nicht von C4B, und C4B leistet dafür keinen Support. Der Leitfaden, nach dem es geht, heißt „Fe(e)deration“: der Leitfaden XPhone-Federation der C4B Com For Business AG, Germering. XPhone ist eine Marke von C4B; Microsoft, Teams, Skype, Lync und Windows sind Namen von Microsoft.
    .mend = Fragen zu XPhone: support@c4b.de, +49 89 840798-0, www.c4b.com. Hilfe von XPhone Connect 9 zu Federation: help.c4b.com/xphone-connect-9/doc/de/admin/config/srv/cfg/cfg-fed.html, zur Domäne: help.c4b.com/xphone-connect-9/doc/de/admin/config/srv/cfg/cfg-general.html. Mitschicken: xfed check <Domäne> --report html=report.html, mit --redact, wenn es das Haus verlässt.
    .unknown = Die Hilfe von XPhone Connect 10 liegt unter help.c4b.com/xphone-connect-10/doc; ob ihre Seite zu Federation dasselbe sagt, ist nicht geprüft.
    .source = Leitfaden XPhone-Federation, Impressum; C4B-Online-Hilfe

## Schritt 1, die XPhone-Domäne

domain-not-found = { $registry ->
    [none] Das öffentliche DNS kennt die Domäne { $domain } nicht (NXDOMAIN)
   *[other] Die Top-Level-Domain { $registry } gibt { $domain } an keine Nameserver ab: Die Domäne ist nicht registriert oder hat keine. Was dafür geantwortet wird, kommt von der Registry selbst
}, erwartet wird eine registrierte Domäne mit öffentlicher Zone.{ $near_count ->
    [0] {""}
   *[other] {" "}Der angegebene FQDN liegt in { $near }: Vielleicht war das gemeint.
}
    .headline = Domäne gibt es im öffentlichen DNS nicht
    .fix =
        @xphone-admin { $domain } mit der { noun-domain } in der { noun-administration } vergleichen.
        @dns-admin Stimmt die Schreibweise: Domäne registrieren und ihre Zone im öffentlichen DNS veröffentlichen.
    .partner =
        @xphone-admin { $domain } mit der IM-Adresse des Kontakts vergleichen: Es zählt, was hinter dem @ steht.
        @partner Stimmt die Schreibweise: die Domäne registrieren und ihre Zone veröffentlichen lassen, oder die Domäne nennen, unter der gechattet wird.
    .what = Das DNS meldet NXDOMAIN für die Domäne selbst, für ihren SRV-Record und, falls angegeben, für den FQDN; oder die Top-Level-Domain beantwortet Fragen dazu mit einem eigenen Wildcard-Record. Der ersten Antwort allein glaubt xfed nicht: Manche Server verneinen einen Namen, der nur darunter Einträge hat.
    .why = Unter einer Domäne, die es nicht gibt, findet keine Gegenseite etwas. Interne Domänen wie zahnfee.local gibt es nur im DNS der eigenen Firma.
    .mend = Schreibweise mit der XPhone-Domäne in der XPhone-Administration vergleichen. Stimmt sie, die Domäne registrieren oder ihre Zone veröffentlichen lassen. Ist es eine interne Domäne, braucht Federation eine öffentliche; weil der Wechsel der XPhone-Domäne alle Anmeldenamen und IM-Adressen ändert, ist das ein Projekt für sich.
    .source = Leitfaden XPhone-Federation, Kapitel 2 und 10; RFC 8020

domain-dns-broken = { $why ->
    [edns] Alle Nameserver von { $domain } verwerfen Fragen, wie Resolver sie stellen (mit EDNS), und antworten nur auf solche ohne
   *[errors] Alle Nameserver von { $domain } antworten mit einem Fehler
} ({ $servers }), erwartet werden die Records der Zone.
    .headline = { $why ->
        [edns] kein Nameserver antwortet auf Fragen mit EDNS
       *[errors] kein Nameserver der Domäne führt ihre Zone
    }
    .fix = { $why ->
        [edns] Den DNS-Provider die Nameserver aktualisieren lassen, oder die Firewall oder den Load-Balancer davor, damit sie Fragen mit EDNS beantworten.
       *[errors] Den DNS-Provider prüfen lassen, ob seine Nameserver die Zone { $domain } führen. Ist die Domäne umgezogen: beim Registrar die Nameserver des neuen Providers eintragen.
    }
    .what = Die Server, die die übergeordnete Zone für diese Domäne nennt, wurden gefragt, und jeder hat mit einem Fehler geantwortet: Er kennt die Zone nicht (REFUSED) oder kann sie nicht laden (SERVFAIL). Oder jeder blieb auf Fragen mit EDNS (RFC 6891), wie alle Resolver sie heute stellen, stumm und antwortete nur ohne.
    .why = Niemand im Internet kann in der Domäne etwas nachschlagen, weder Gegenseiten noch Zertifizierungsstellen. Resolver antworten womöglich noch eine Weile aus dem Gedächtnis.
    .mend = Meist ist die Domäne zu einem anderen Provider umgezogen, und der Registrar nennt noch die alten Server; oder der neue Provider hat noch keine Zone. Die Zone dort anlegen oder beim Registrar die Nameserver richtigstellen.
    .source = RFC 1912, Abschnitt 2.8; RFC 8914

domain-dnssec-bogus = { $why ->
    [no-keys] Die Zone { $above } kündigt für { $apex } Schlüssel an (DS { $announced }), die Zone hat aber keine (DNSKEY). Resolver, die DNSSEC prüfen, lehnen sie deshalb ab
    [unseen] Die Zone { $above } kündigt für { $apex } Schlüssel an (DS { $announced }), und kein Nameserver der Zone zeigt sie hier (DNSKEY), obwohl sie auf andere Fragen antworten. Resolver, die DNSSEC prüfen, lehnen sie deshalb vielleicht ab
    [other-keys] Die Zone { $above } kündigt für { $apex } andere Schlüssel an (DS { $announced }) als die, mit denen die Zone signiert ist (DNSKEY { $keys }). Resolver, die DNSSEC prüfen, lehnen sie deshalb ab
    [other-keys-there] Nur { $servers } antwortet auf { $owner } ({ $kind }) und signiert das mit anderen Schlüsseln (DNSKEY { $keys }), als die Zone { $above } für { $apex } ankündigt (DS { $announced }). Resolver, die DNSSEC prüfen, nehmen es deshalb nicht an
    [announced-there] Die Nameserver der Zone { $above } kündigen für { $apex } verschiedene Schlüssel an: auf { $servers } diese (DS { $announced }), mit denen nichts gilt, was die Zone zeigt. Resolver, die DNSSEC prüfen, lehnen die Zone deshalb ab, wenn sie dort gefragt haben
    [no-zone-key] Die Zone { $apex } ist mit dem Schlüssel { $keys } signiert, der nicht als Schlüssel einer Zone gekennzeichnet ist (DNSKEY, erwartet werden die Flags 256 oder 257). Resolver, die DNSSEC prüfen, lehnen sie deshalb ab
    [key-protocol] Die Zone { $apex } ist mit dem Schlüssel { $keys } signiert, der für ein anderes Protokoll als DNSSEC bestimmt ist (DNSKEY, erwartet wird Protokoll 3). Resolver, die DNSSEC prüfen, lehnen sie deshalb ab
    [no-signature] { $owner } ({ $kind }) hat keine Signatur (RRSIG), obwohl die Zone { $above } für { $apex } Schlüssel ankündigt (DS { $announced }). Resolver, die DNSSEC prüfen, lehnen das ab
    [expired] Die Signatur von { $owner } ({ $kind }) ist am { $date } abgelaufen. Resolver, die DNSSEC prüfen, lehnen das ab
    [too-long] Die Signatur von { $owner } ({ $kind }) soll noch mehr als 68 Jahre gelten. So weit reichen Datumsangaben in DNSSEC nicht, sie gilt deshalb als längst abgelaufen. Resolver, die DNSSEC prüfen, lehnen das ab
    [not-yet] Die Signatur von { $owner } ({ $kind }) gilt erst ab { $date }. Resolver, die DNSSEC prüfen, lehnen das ab
    [wrong] Die Signatur von { $owner } ({ $kind }) passt nicht zu den Records, die jetzt dastehen. Resolver, die DNSSEC prüfen, lehnen das ab
    [unproven] { $kind ->
        [DS] { $owner } liegt in einer eigenen Zone, und die signierte Zone { $apex } beweist nicht (NSEC, NSEC3), dass sie für sie keine Schlüssel ankündigt (DS). Resolver, die DNSSEC prüfen, lehnen alles darin ab
       *[other] { $owner } hat keinen { $kind }-Record, und die signierte Zone { $apex } beweist das nicht (NSEC, NSEC3). Resolver, die DNSSEC prüfen, beantworten diese Frage mit einem Fehler
    }
    [undelegated] Auf den Nameservern liegt { $owner } als eigene Zone, aber die signierte Zone { $apex } beweist (NSEC, NSEC3), dass sie dort nichts delegiert (NS). Resolver, die DNSSEC prüfen, lehnen alles darin ab
    [wildcard] { $owner } ({ $kind }) kommt aus einem Wildcard-Record, und die signierte Zone { $apex } beweist nicht (NSEC, NSEC3), dass es den Namen selbst nicht gibt. Resolver, die DNSSEC prüfen, lehnen das ab
    [keys-refused] Die Zone { $above } kündigt für { $apex } Schlüssel an (DS { $announced }), und alle Nameserver der Zone beantworten die Frage danach (DNSKEY) mit einem Fehler. Resolver, die DNSSEC prüfen, lehnen die Zone deshalb ab
    [unverified] { $owner } ({ $kind }) ist mit einem Verfahren signiert, das xfed nicht prüfen kann: { $algorithm }. Ob die Signaturen stimmen, wurde nicht geprüft
    [unheard] { $owner } ist eine eigene Zone auf den Nameservern der signierten Zone { $apex }, und keiner davon hat die Frage nach ihren Schlüsseln (DS) beantwortet. Resolver, die DNSSEC prüfen, lehnen alles in { $owner } ab, solange sie weder Schlüssel bekommen noch den Beweis, dass es keine gibt
    [beside] { $owner } liegt in einer eigenen Zone, und die Nameserver der signierten Zone { $apex } beantworten die Frage nach deren Schlüsseln (DS) mit einem Fehler, gar nicht oder ohne Beweis. Resolver, die diese Frage stellen (BIND), lehnen alles in { $owner } ab; Resolver, denen genügt, was mit der Delegation kommt (Unbound), nicht
    [unsteady] { $owner } ({ $kind }) kam vom selben Nameserver einmal mit gültigen Signaturen (RRSIG) und einmal ohne. Resolver, die DNSSEC prüfen, bekommen deshalb mal eine Antwort und mal einen Fehler
    [mixed] { $owner } ({ $kind }) hat neben einer gültigen Signatur (RRSIG) eine, die abgelaufen ist oder nicht passt. Manche Resolver, die DNSSEC prüfen (BIND), geben auf, wenn sie auf diese zuerst stoßen
    [denied] { $kind ->
        [DS] Die Delegation von { $owner }
       *[other] { $owner } ({ $kind })
    } ist da, aber eine andere Antwort der signierten Zone { $apex } beweist (NSEC), dass nicht. Resolver, die DNSSEC prüfen, merken sich solche Beweise (Unbound, die meisten Versionen von BIND): Wer vorher unter diesem Namen oder daneben etwas anderes gefragt hat, etwa die IPv6-Adresse (AAAA), bekommt eine Weile nichts
    [revoked] { $owner } ({ $kind }) ist nur mit einem zurückgezogenen Schlüssel signiert (DNSKEY, Flag REVOKE). Manche Resolver, die DNSSEC prüfen (BIND), lehnen das ab, andere (Unbound) nicht
    [same-tag] Zwei Schlüssel der Zone { $apex } haben dieselbe Nummer (Key Tag) und dasselbe Verfahren (DNSKEY). Manche Resolver, die DNSSEC prüfen (BIND), versuchen es für die Signatur von { $owner } ({ $kind }) womöglich mit dem falschen und geben auf, andere (Unbound) nicht
    [sha1] Die Zone { $above } kündigt den Schlüssel von { $apex } nur mit einem Digest vom Typ 1 (SHA-1) an, neben besseren Digests anderer Schlüssel (DS { $announced }). Manche Resolver, die DNSSEC prüfen (BIND), halten sich nur an die besseren und lehnen die Zone ab, andere (Unbound) nicht
    [just-expired] Die Signatur von { $owner } ({ $kind }) ist am { $date } abgelaufen, erst vor Kurzem. Manche Resolver, die DNSSEC prüfen (BIND), lehnen das ab; andere (Unbound) verzeihen eine bis zu einen Tag falsche Uhr und lehnen es bald ebenfalls ab
    [about-to-count] Die Signatur von { $owner } ({ $kind }) gilt erst ab { $date }, in Kürze. Bis dahin lehnen manche Resolver, die DNSSEC prüfen (BIND), das ab; andere (Unbound) verzeihen eine bis zu einen Tag falsche Uhr
    [astray] Nicht alle Nameserver der Zone { $apex } zeigen gültige Signaturen: { $servers }. Resolver, die DNSSEC prüfen, fragen dann einen anderen und bekommen nichts, sobald keiner mehr da ist
    [partly] Nicht alle Nameserver der Zone { $apex } zeigen gültige Signaturen: { $servers }. Resolver, die DNSSEC prüfen, können die anderen fragen; der hier gefragte hat { $name } ({ $record }) aber abgelehnt
   *[refused] Resolver, die DNSSEC prüfen, lehnen { $name } ({ $record }) ab: Die Signaturen stimmen nicht
}{ $reasons_count ->
    [0] {""}
   *[other] {" "}– { $reasons }
}. { $why ->
    [unverified] Erwartet wird ein Verfahren, das alle prüfen können, oder das Wort eines Resolvers, dass er geprüft hat (AD).
    [announced-there] Erwartet werden auf jedem Nameserver von { $above } dieselben Schlüssel (DS) und Signaturen mit ihnen, oder keine.
    [beside] Erwartet wird der Beweis, dass es keine Schlüssel gibt, oder die Schlüssel.
    [unheard] Erwartet wird der Beweis, dass es keine Schlüssel gibt, oder die Schlüssel.
    [denied] Erwartet werden Beweise, die jeden Namen und Typ nennen, den es gibt.
    [undelegated] Erwartet wird eine Delegation, oder dass die Records in der Zone { $apex } selbst stehen.
   *[other] Erwartet werden gültige Signaturen oder keine.
}{ $lesser ->
    [yes] {" "}Das betrifft nur, wer nach IPv6-Adressen fragt.
   *[no] {""}
}{ $led_count ->
    [0] {""}
   *[other] {" "}Dorthin führt Gegenseiten nur { $led }, über einen Alias (CNAME), den die anderen Nameserver nicht geben.
}{ $through ->
    [none] {""}
   *[other] {" "}Das zeigt nur der Resolver { $through }, der selbst nicht prüft; von den Nameservern der Zone selbst kam nichts.
}{ $checked ->
    [none] {""}
   *[other] {" "}Der Resolver { $checked } gibt aber an, die Signaturen geprüft zu haben (AD), nach seiner eigenen Uhr: Eine der beiden Uhren geht falsch.
}
    .headline = { $why ->
        [unseen] DNSSEC-Schlüssel der Zone waren nicht zu sehen
        [unverified] DNSSEC-Signaturen konnten nicht geprüft werden
        [unheard] Frage nach DNSSEC-Schlüsseln (DS) nicht beantwortet
        [beside] Frage nach DNSSEC-Schlüsseln (DS) falsch beantwortet
        [undelegated] eine Zone auf den Nameservern ist nicht delegiert
        [unsteady] DNSSEC-Signaturen kommen nur manchmal mit
        [announced-there] ein Nameserver der Zone darüber kündigt falsche DNSSEC-Schlüssel an
        [mixed] ungültige DNSSEC-Signaturen neben gültigen
        [denied] DNSSEC-Beweis leugnet einen vorhandenen Record
        [revoked] zurückgezogener DNSSEC-Schlüssel noch in Gebrauch
        [same-tag] zwei DNSSEC-Schlüssel haben dieselbe Nummer (Key Tag)
        [sha1] DNSSEC-Schlüssel nur mit SHA-1 angekündigt
        [just-expired] DNSSEC-Signaturen sind gerade abgelaufen
        [about-to-count] DNSSEC-Signaturen gelten noch nicht
        [astray] nicht alle Nameserver zeigen gültige Signaturen
        [partly] nicht alle Nameserver zeigen gültige Signaturen
       *[other] { $lesser ->
            [yes] IPv6-Adressen fallen durch die DNSSEC-Prüfung
           *[other] Zone fällt durch die DNSSEC-Prüfung
        }
    }
    .fix = { $checked ->
        [none] {""}
       *[other] Zuerst die Uhr dieses Rechners mit der richtigen Zeit vergleichen. Geht sie falsch: richtig stellen und wiederholen. Wenn nicht:{" "}
    }{ $why ->
        [no-keys] { $registrar ->
            [yes] Beim Registrar den DS-Record von { $apex } löschen lassen (Schlüssel { $announced }).
           *[no] In der Zone { $above } den DS-Record von { $apex } löschen (Schlüssel { $announced }).
        } Soll die Zone signiert sein: erst den DNS-Provider signieren lassen, dann den neuen DS-Record eintragen.
        [other-keys] { $registrar ->
            [yes] Beim Registrar den DS-Record von { $apex } (Schlüssel { $announced }) durch den des benutzten Schlüssels ersetzen lassen (der DNS-Provider zeigt ihn) oder löschen lassen.
           *[no] In der Zone { $above } den DS-Record von { $apex } (Schlüssel { $announced }) durch den des benutzten Schlüssels ersetzen (der DNS-Provider zeigt ihn) oder löschen.
        }
        [other-keys-there] { $owner } ({ $kind }) auch auf den Nameservern eintragen, deren Schlüssel angekündigt sind. Dann den Unterschied beenden: entweder { $servers } aus der Delegation nehmen, oder { $registrar ->
            [yes] den Registrar
           *[no] in der Zone { $above }
        } auch den DS-Record dieses Schlüssels eintragen lassen, und beide Provider ihre Schlüssel austauschen lassen (RFC 8901). Nach einem Umzug zu { $servers }: den DS-Record durch den des neuen Schlüssels ersetzen und die alten Server herausnehmen.
        [announced-there] { $registrar ->
            [yes] Das der Registry von .{ $above } über den Registrar melden: { $servers } hat einen alten DS-Eintrag von { $apex } (Schlüssel { $announced }), den die anderen Nameserver nicht haben. Wurde der Eintrag heute geändert, kann der neue noch unterwegs sein.
           *[no] Vom DNS-Anbieter klären lassen, warum die Zone { $above } nicht auf allen Nameservern gleich ist (Übertragung auf die Secondaries, Seriennummer), und sie auf { $servers } auf den neuesten Stand bringen lassen: Dort steht ein anderer DS-Eintrag von { $apex } (Schlüssel { $announced }).
        }
        [no-zone-key] Den DNS-Provider einen neuen Schlüssel mit den Flags 256 oder 257 anlegen und die Zone { $apex } damit signieren lassen. { $registrar ->
            [yes] Danach beim Registrar den DS-Record (Schlüssel { $announced }) durch den des neuen Schlüssels ersetzen lassen.
           *[no] Danach in der Zone { $above } den DS-Record (Schlüssel { $announced }) durch den des neuen Schlüssels ersetzen.
        }
        [key-protocol] Den DNS-Provider einen neuen Schlüssel mit Protokoll 3 anlegen und die Zone { $apex } damit signieren lassen. { $registrar ->
            [yes] Danach beim Registrar den DS-Record (Schlüssel { $announced }) durch den des neuen Schlüssels ersetzen lassen.
           *[no] Danach in der Zone { $above } den DS-Record (Schlüssel { $announced }) durch den des neuen Schlüssels ersetzen.
        }
        [revoked] Den DNS-Provider die Zone { $apex } mit einem Schlüssel signieren lassen, der nicht zurückgezogen ist. { $registrar ->
            [yes] Danach beim Registrar den DS-Record (Schlüssel { $announced }) durch den dieses Schlüssels ersetzen lassen.
           *[no] Danach in der Zone { $above } den DS-Record (Schlüssel { $announced }) durch den dieses Schlüssels ersetzen.
        }
        [same-tag] Den DNS-Provider einen der beiden Schlüssel der Zone { $apex } durch einen neuen mit anderer Nummer ersetzen lassen, oder ihn entfernen lassen, wenn mit ihm nichts signiert ist.
        [sha1] { $registrar ->
            [yes] Beim Registrar die DS-Records von { $apex } (Schlüssel { $announced }) durch einen mit Digest-Typ 2 (SHA-256) für den benutzten Schlüssel ersetzen lassen (der DNS-Provider zeigt ihn).
           *[no] In der Zone { $above } die DS-Records von { $apex } (Schlüssel { $announced }) durch einen mit Digest-Typ 2 (SHA-256) für den benutzten Schlüssel ersetzen (der DNS-Provider zeigt ihn).
        }
        [just-expired] Den DNS-Provider die Zone { $apex } sofort neu signieren lassen, und klären lassen, warum das nicht von selbst geschehen ist.
        [about-to-count] Den DNS-Provider die Uhr des Rechners, der die Zone { $apex } signiert, richtig stellen und die Zone neu signieren lassen.
        [astray] Den DNS-Provider prüfen lassen, warum die Zone { $apex } nicht auf allen Nameservern gleich ist (Übertragung auf die Secondaries, Seriennummer), und sie auf { $servers } auf den neuen Stand bringen lassen. Wird dort mit einem eigenen Schlüssel signiert (anderer Provider): auch dessen DS-Record eintragen, oder { $servers } aus der Delegation nehmen.
        [partly] Den DNS-Provider prüfen lassen, warum die Zone { $apex } nicht auf allen Nameservern gleich ist (Übertragung auf die Secondaries, Seriennummer), und sie auf { $servers } auf den neuen Stand bringen lassen.
        [keys-refused] Den DNS-Provider herausfinden lassen, warum die Nameserver von { $apex } die Frage nach DNSKEY ablehnen (Firewall davor, Software ohne DNSSEC). { $registrar ->
            [yes] Soll die Zone nicht signiert sein: beim Registrar den DS-Record löschen lassen.
           *[no] Soll die Zone nicht signiert sein: ihren DS-Record in der Zone { $above } löschen.
        }
        [unverified] Einen Resolver fragen, der das Verfahren kennt, und darauf achten, ob er das AD-Flag setzt:
            > xfed check { $domain } --resolver 9.9.9.9
            Die meisten Zonen benutzen Verfahren 13 (ECDSA P-256) oder 8 (RSA/SHA-256), die alle prüfen können.
        [beside] Den DNS-Provider die Nameserver von { $apex } aktualisieren oder entfernen lassen, was solche Fragen davor verwirft, damit die Frage nach { $owner } (DS) eine Antwort bekommt.
        [unheard] Den DNS-Provider entfernen lassen, was solche Fragen vor den Nameservern von { $apex } verwirft, oder diese aktualisieren, damit die Frage nach { $owner } (DS) eine Antwort aus der Zone { $apex } bekommt. Zum Nachsehen jeden davon fragen:
            > dig { $owner } DS +dnssec +norecurse @(Nameserver)
        [unsteady] Den DNS-Provider die Maschinen vergleichen lassen, die unter dieser Adresse antworten: Eine davon liefert die Zone { $apex } unsigniert oder entfernt, was sie nicht kennt.
        [mixed] Den DNS-Provider die Signaturen von { $owner } ({ $kind }) entfernen lassen, die abgelaufen sind oder nicht passen, oder die Zone { $apex } neu signieren lassen.
        [denied] Den DNS-Provider die Zone { $apex } neu und vollständig signieren lassen (PowerDNS: pdnsutil rectify-zone), damit die NSEC-Records { $owner } kennen und dort den Typ { $kind } nennen. Ist { $owner } ein ALIAS- oder ANAME-Record oder antwortet ein Load-Balancer: stattdessen den { $kind }-Record selbst eintragen oder die Software der Nameserver aktualisieren.
        [unproven] { $top ->
            [yes] Über den Registrar der Registry von .{ $apex } melden: Ihre Zone ist unvollständig signiert (NSEC, NSEC3).
           *[no] Den DNS-Provider die Zone { $apex } neu und vollständig signieren lassen: mit den NSEC- oder NSEC3-Records, die beweisen, was es nicht gibt.{ $kind ->
                [DS] {" "}Wenn dieselben Nameserver auch { $owner } haben: Sie müssen die Frage nach { $owner } (DS) aus der Zone { $apex } beantworten, mit diesem Beweis; manche alte Software antwortet aus { $owner } und muss aktualisiert werden.
               *[other] {""}
            }
        }
        [undelegated] Soll { $owner } eine eigene Zone sein: den DNS-Provider ihre Nameserver in die Zone { $apex } eintragen (NS-Records von { $owner }) und { $apex } neu signieren lassen. Wenn nicht: die Records von { $owner } in die Zone { $apex } übernehmen und die Zone { $owner } löschen.
        [too-long] Den DNS-Provider die Zone { $apex } neu signieren lassen, mit Signaturen, die einige Wochen gelten.
        [wildcard] Den DNS-Provider die Zone { $apex } neu und vollständig signieren lassen: mit den NSEC- oder NSEC3-Records, die beweisen, was es nicht gibt.
        [refused] Den DNS-Provider die Zone { $domain } neu signieren lassen. Soll sie nicht signiert sein: beim Registrar den DS-Record löschen lassen.
       *[other] Den DNS-Provider die Zone { $apex } neu signieren lassen. { $registrar ->
            [yes] Soll sie nicht signiert sein: beim Registrar den DS-Record löschen lassen.
           *[no] Soll sie nicht signiert sein: ihren DS-Record in der Zone { $above } löschen.
        }
    }
    .what = Dieselbe Frage wird beantwortet, wenn DNSSEC nicht geprüft wird, und abgelehnt, wenn es geprüft wird; oder der Resolver sagt selbst, dass Signaturen falsch, abgelaufen oder nicht vorhanden sind; oder xfed hat das selbst gesehen. Eine Warnung, wo manche Resolver ablehnen und andere nicht; nicht geprüft, wo xfed das Verfahren nicht prüfen kann.
    .why = Viele Gegenseiten nutzen prüfende Resolver und sehen die Domäne gar nicht. Seit dem 15.03.2026 müssen auch Zertifizierungsstellen prüfen, das nächste Zertifikat wird also ebenfalls verweigert.
    .mend = Nach einem Wechsel des Providers gehört der DS-Record beim Registrar oft noch zu den alten Schlüsseln: ersetzen oder löschen. Sonst muss der Provider die Signaturen erneuern.
    .source = RFC 4035, Abschnitte 3.2.2 und 5; RFC 5155, Abschnitt 8; RFC 8914, Abschnitt 4; CA/Browser Forum, Baseline Requirements, Abschnitt 3.2.2.4

domain-dnssec-expiring = Die Signatur von { $owner } ({ $kind }) in der Zone { $apex } läuft in { $hours ->
    [0] weniger als einer Stunde
    [one] einer Stunde
   *[other] { $hours } Stunden
} ab ({ $date }); von da an lehnen Resolver, die DNSSEC prüfen, das ab. Erwartet wird eine neue Signatur, und zwar Tage vorher.
    .headline = Signaturen der Zone laufen gleich ab
    .fix = Den DNS-Provider die Zone { $apex } noch heute neu signieren lassen, und klären lassen, warum das nicht von selbst geschehen ist.
    .what = Die Signaturen einer Zone (DNSSEC, RRSIG) gelten einige Tage oder Wochen, und wer sie signiert, erneuert sie lange vor dem Ablauf. Hier ist weniger als ein Zehntel dieser Zeit übrig, und weniger als ein Tag.
    .why = Sind sie abgelaufen, finden Gegenseiten mit prüfendem Resolver die Domäne von einem Augenblick zum nächsten nicht mehr, und es wird kein Zertifikat mehr für sie ausgestellt.
    .mend = Prüfen, ob der Dienst, der die Zone signiert, noch läuft und seine Schlüssel lesen kann. Vielleicht bekommt auch ein Secondary-Server die Zone nicht mehr und liefert eine alte: die Seriennummern in den SOA-Records vergleichen.
    .source = RFC 4035, Abschnitt 5.3.1; RFC 6781, Abschnitt 4.4.2

domain-servers-disagree = Die Nameserver der Zone { $zone } antworten verschieden auf { $name } ({ $record }), erwartet wird von allen dasselbe: { $answers }
    .headline = Nameserver antworten verschieden
    .fix = { $spread ->
        [yes] Soll { $name } mehrere Adressen haben, reihum oder je Nameserver (Lastverteilung): Jede muss TCP 5061 annehmen und dasselbe Zertifikat zeigen. Wenn nicht: den Betreiber der Zone { $zone } prüfen lassen, warum sie nicht auf allen Nameservern gleich ist (Übertragung auf die Secondaries, Seriennummer).
       *[no] Den Betreiber der Zone { $zone } prüfen lassen, warum sie nicht auf allen Nameservern gleich ist (Übertragung auf die Secondaries, Seriennummer).
    }
    .what = Die Server der Zone wurden einzeln gefragt, und sie veröffentlichen nicht dieselben SRV-Records oder Adressen.
    .why = Der Resolver der Gegenseite fragt irgendeinen davon: Federation klappt mal und mal nicht, und niemand weiß, warum.
    .mend = Nach einer Änderung kann das einige Minuten dauern. Bleibt es so: die Seriennummer im SOA-Record erhöhen, die Übertragung auf die Secondary-Server prüfen oder Server eines alten Providers aus den NS-Records entfernen.
    .source = RFC 1034, Abschnitt 4.3.5; RFC 1912, Abschnitt 2.2

authority-unreachable = { $why ->
    [silent] Die Nameserver von { $apex } haben von hier aus auf die Frage nach { $name } ({ $record }) nicht geantwortet ({ $servers })
    [this-one] Die Nameserver von { $apex } haben auf andere Fragen geantwortet, von hier aus aber nicht auf die nach { $name } ({ $record }) ({ $servers })
    [without-authority] Die Nameserver von { $apex } beantworten die Frage nach { $name } ({ $record }), aber nicht autoritativ (AA), wie ein Cache an ihrer Stelle ({ $servers })
    [not-public] Die Nameserver von { $apex } haben keine Adresse, die sich von hier aus fragen lässt ({ $servers })
    [no-address] Die Namen der Nameserver von { $apex } haben keine Adresse ({ $servers })
    [intercepted] Was von hier aus an die Nameserver von { $apex } geht, beantwortet unterwegs ein Resolver ({ $servers })
    [inside] Die Nameserver von { $apex } antworten diesem Netz aus einer eigenen Zone, deren Nameserver alle private Adressen haben ({ $servers })
    [on-the-way] Fragen nach { $name } ({ $record }) an die Nameserver von { $apex } ({ $servers }) scheitern von hier aus schon unterwegs: Einem Nameserver der Top-Level-Domain ergeht es mit ihnen genauso
    [off] Die Nameserver von { $apex } wurden nicht gefragt (--no-authority)
   *[other] Die Nameserver von { $apex } waren nicht zu finden
}{ $given ->
    [yes] . Sie sind mit --authority genannt, also zählt kein anderes Wort. Erwartet wird ihre Antwort.
   *[no] . Beurteilt nach den Antworten des Resolvers, die älter sein können als das, was Gegenseiten bekommen.
}
    .headline = Nameserver der Zone ließen sich nicht fragen
    .fix = { $given ->
        [yes] Die Adresse bei --authority prüfen, und ob Port 53 (UDP und TCP) von hier aus dorthin offen ist. Ohne --authority werden die Nameserver der Zone gesucht.
       *[no] { $why ->
            [inside] Von einem Rechner außerhalb des Firmennetzes wiederholen: Denen innen zeigen die Nameserver eine andere Zone (View, Split-DNS).
            [on-the-way] Das Netz DNS unverändert durchlassen lassen (Port 53, UDP und TCP, mit EDNS, alle Record-Typen) oder aus einem anderen Netz wiederholen. An den Nameservern ist nichts zu ändern.
            [off] Ohne --no-authority wiederholen, von einem Rechner, der ins Internet auf Port 53 (UDP und TCP) senden darf.
            [without-authority] Den DNS-Provider klären lassen, was an diesen Adressen antwortet: Die Nameserver selbst müssen das AA-Bit setzen. Leitet ein Netz unterwegs DNS um: aus einem anderen wiederholen.
            [this-one] Die Nameserver mit dem Befehl unten aus einem anderen Netz fragen. Schweigen sie auch dort: den DNS-Provider klären lassen, was Fragen nach { $record } verwirft (eine Firewall davor).
           *[other] Von einem Rechner wiederholen, der ins Internet auf Port 53 (UDP und TCP) senden darf.
        }
    }
    .what = xfed fragt die Server der Zone selbst, und zwar zu jeder Frage einzeln, denn deren Antwort sieht die Gegenseite. Von hier aus gab keiner eine brauchbare Antwort; oft lässt eine Firewall DNS nur zum eigenen Resolver durch oder leitet es dorthin um.
    .why = Kurz nach einer Änderung gibt der Resolver womöglich noch die alte Antwort, das Ergebnis hinkt dann hinterher.
    .mend = Von einem Rechner wiederholen, der ins Internet auf Port 53 senden darf, oder warten, bis die Antwort des Resolvers abgelaufen ist. Haben Nameserver keine Adresse, muss der DNS-Provider die NS-Records richtigstellen, oder der Registrar.
    .source = RFC 1034, Abschnitt 4.3

zone-file-incomplete = { $why ->
    [delegated] Die Zonendatei gibt { $beyond } an andere Nameserver ab (NS)
    [alias] { $name } ist in der Zonendatei ein Alias (CNAME), und { $beyond } liegt nicht in dieser Zone
   *[outside] Die Zonendatei kennt { $beyond } nicht: Der Name liegt außerhalb der Zone, oder erst der Nameserver ermittelt die Adresse (ALIAS, Proxy von Cloudflare)
}. Wohin { $name } ({ $record }) führen wird, ist darum nicht geprüft.
    .headline = die Zonendatei kennt nicht alles
    .fix = Auch die Datei der Zone prüfen, zu der es führt, oder prüfen, sobald diese Datei geladen ist: xfed check { $domain }
    .what = xfed plan --zone liest eine Datei. Was eine andere Zone sagt und was ein Nameserver erst auf Anfrage ermittelt (ALIAS, ANAME, LUA, Namen hinter dem Proxy von Cloudflare), steht nicht darin.
    .why = Was nicht bekannt ist, ist weder richtig noch falsch. Ist die Zone veröffentlicht, fragt xfed check die Nameserver beider Zonen.
    .mend = Meistens nichts. Sollte der Name in dieser Zone liegen: Zeichen für Zeichen vergleichen und auf einen fehlenden oder überzähligen Punkt am Ende achten.
    .source = RFC 1034, Abschnitt 4.3.2

zone-file-partly-refused = Zeile { $line }{ $likewise_count ->
    [0] {""}
   *[other] {" "}(ebenso { $likewise }{ $more ->
        [0] {""}
       *[other] {" "}und { $more } weitere
    })
}: { $why ->
    [owner] { $found } hat einen Record vom Typ { $type } und ist kein Hostname: Erwartet werden Buchstaben, Ziffern und Bindestriche, an beiden Enden jedes Labels ein Buchstabe oder eine Ziffer
    [target] Der { $type }-Record führt zu { $found }, und das ist kein Hostname: Erwartet werden Buchstaben, Ziffern und Bindestriche, an beiden Enden jedes Labels ein Buchstabe oder eine Ziffer
    [characters] In { $found } steht ein Zeichen so, wie es ist. Erwartet wird es nur hinter einem Backslash oder als seine Nummer (\195\164)
    [apex-ds] Ein DS-Record steht an der Spitze der Zone ({ $found }), wo keiner hingehört: Ihn hat die Zone darüber
    [mark] Die Datei beginnt mit der Kennung ihrer Kodierung (BOM), wie Editoren unter Windows und die PowerShell sie schreiben. Erwartet wird einfaches UTF-8
    [windows-lines] Zeilen enden wie unter Windows (CR LF). Erwartet wird LF
    [old-mac-lines] Eine Zeile endet nur mit einem Wagenrücklauf (CR). Erwartet wird LF
    [lost-line] Hinter einem Kommentar, der nur mit einem Wagenrücklauf (CR) endet, folgt noch etwas: BIND und NSD halten es für einen Teil des Kommentars. Erwartet wird LF an seinem Ende
    [type] { $found } hat einen Record vom Typ { $type }, den es in DNS nicht gibt: PowerDNS und manche Hoster machen daraus eine Adresse
    [digest] Der Fingerabdruck im { $type }-Record von { $found } hat nicht die Länge seiner Art
    [quotes] { $type ->
        [URI] Das Ziel des URI-Records von { $found } steht nicht in Anführungszeichen
       *[other] Das Wort hinter den Flags im { $type }-Record von { $found } steht in Anführungszeichen, wo keine erwartet werden
    }
    [outside] { $found } ({ $type }) liegt außerhalb dieser Zone: BIND und Knot laden die Datei ohne diesen Record
    [below-subtree] { $found } ({ $type }) liegt unter einem Namen mit DNAME-Record, dorthin kommt nie jemand
    [nested] Klammern stehen in Klammern
   *[soa-twice] Der SOA-Record steht ein zweites Mal da, wie am Ende eines Transfers (AXFR)
}. { $servers_count ->
    [1] { $servers } lädt
   *[other] { $servers } laden
} die Datei nicht{ $why ->
    [mark] .
   *[other] , andere schon.
}
    .headline = manche Nameserver laden die Zonendatei nicht
    .fix = { $why ->
        [owner] Dem Host einen anderen Namen geben, hier und überall, wo er genannt ist{ $instead_count ->
            [0] {""}
           *[other] , etwa { $instead }
        }. Muss der Name bleiben: check-names primary ignore; im Block der Zone bei BIND.
        [target] Den Namen eines Hosts eintragen{ $instead_count ->
            [0] {""}
           *[other] , etwa { $instead }, falls er so heißt
        }. Muss der Name bleiben: check-names primary ignore; im Block der Zone bei BIND.
        [characters] Einen Namen mit Umlaut in Punycode eintragen (xn--…), jedes andere solche Zeichen als seine Nummer, etwa \195\164 für ä in einem Text.
        [apex-ds] Den DS-Record herausnehmen und dem Registrar von { $found } geben: Er lässt ihn in der Zone darüber eintragen.
        [mark] Die Datei als UTF-8 ohne BOM speichern.
        [windows-lines] Nur für Knot: die Zeilenenden umwandeln (dos2unix).
        [old-mac-lines] Die Zeilenenden umwandeln (mac2unix).
        [lost-line] Die Zeilenenden umwandeln (mac2unix).
        [type] Die Adressen selbst eintragen (A, AAAA) oder unterhalb der Spitze der Zone einen CNAME, außer die Nameserver der Zone sind PowerDNS oder die eines Hosters, der { $type } kennt.
        [digest] Den Fingerabdruck ganz eintragen: 40 Ziffern bei SHA-1, 64 bei SHA-256, 96 bei SHA-384.
        [quotes] { $type ->
            [URI] Das Ziel in Anführungszeichen setzen: 10 1 "https://…".
           *[other] Die Anführungszeichen um dieses Wort weglassen: 0 issue "letsencrypt.org".
        }
        [outside] Den Record herausnehmen und in der Zone eintragen, in die er gehört. Sollte er hier liegen, seinen Namen berichtigen.
        [below-subtree] Den Record herausnehmen, oder den DNAME-Record darüber.
        [nested] Die inneren Klammern weglassen: Ein Paar umfasst beliebig viele Zeilen.
       *[soa-twice] Den zweiten herausnehmen.
    }
    .what = xfed plan --zone liest eine Datei wie ein Nameserver, bevor er sie lädt. Was alle ablehnen, ist ein Fehler der Datei, und sonst wird nichts beurteilt. Dies hier lehnen nur manche ab: Festgestellt ist es mit BIND 9.18, NSD 4.6 und Knot 3.2 in ihren Voreinstellungen.
    .why = Ein Nameserver, der eine Zeile ablehnt, lehnt die ganze Datei ab. Er behält die alte Zone, nach einem Neustart hat er gar keine, und dann findet niemand die Domäne.
    .mend = Nichts, wenn die Nameserver der Zone andere sind als die genannten. Sonst die Zeile berichtigen und vor dem Laden mit dem Werkzeug des Servers probieren: named-checkzone, nsd-checkzone, kzonecheck.
    .source = RFC 1035, Abschnitt 5; RFC 1123, Abschnitt 2.1; BIND: check-names

delegation-unanswered = Die Nameserver von { $zone } sagen nicht, wer für { $host } zuständig ist: { $servers_count ->
    [0] gar keine Antwort von { $silent }
   *[other] { $servers }{ $silent_count ->
        [0] {""}
       *[other] ; gar keine Antwort von { $silent }
    }
}. Gegenseiten, deren Resolver sich nichts gemerkt haben, kommen nicht weiter, was auch immer ein Resolver hier noch weiß. Erwartet werden die Nameserver (NS) von { $host } oder einer Zone darüber.
    .headline = eine Zone darüber führt nicht zur Domäne
    .fix = Die Frage mit den Befehlen unten auch aus einem anderen Netz an diese Server stellen: Schuld sein kann, was vor diesem Netz steht. { $top ->
        [yes] Nennen sie die Nameserver auch dort nicht, ist es ein Fehler der Registry von { $zone }: über den Registrar von { $host } melden. Beim DNS-Provider ist nichts zu ändern.
       *[no] Nennen sie die Nameserver auch dort nicht: bei denen, die die Zone { $zone } betreiben (ihrem DNS-Provider), die Nameserver zum Antworten bringen lassen. { $how ->
            [silent] Sind sie umgezogen, müssen ihre Adressen dort berichtigt werden, wo { $zone } selbst delegiert ist: bei deren Registrar.
           *[errors] Sie müssen die Zone { $zone } führen, mit den NS-Records dessen, was sie abgibt.
        }
    }
    .what = xfed ist den Weg von der Top-Level-Domain abwärts gegangen, wie Resolver ohne Gedächtnis: Jede Zone sagt, wer für die nächste zuständig ist. Alle Nameserver dieser Zone wurden gefragt, mehr als einmal, und keiner sagt, wo es weitergeht: Jeder scheitert (SERVFAIL), verweigert die Antwort (REFUSED), verneint den Namen ohne Beleg, führt die Zone nicht oder schweigt.
    .why = Wessen Resolver sich nichts gemerkt hat, der bekommt statt aller Records darunter einen Fehler. Wer die Nameserver noch im Gedächtnis hat, findet die Domäne, bis das abläuft, höchstens zwei Tage lang. Schweigen und Fehler einer Top-Level-Domain können auch von etwas zwischen dieser Maschine und diesen Servern stammen und zählen deshalb nicht als Fehler der Domäne.
    .mend = Bei einer Top-Level-Domain (de) kann das nur ihre Registry beheben, und meist hat sie es binnen einer Stunde getan. Bei einer eigenen Zone über der Domäne: nachsehen, ob deren Nameserver laufen, die Zone führen und die Adressen haben, die beim Registrar eingetragen sind.
    .source = RFC 1034, Abschnitt 5.3.3; RFC 1912, Abschnitt 2.8

authority-fails = Kein Nameserver gibt eine Antwort auf { $name } ({ $record }): { $servers }{ $silent_count ->
    [0] {""}
   *[other] ; gar keine Antwort von { $silent }
}{ $cut ->
    [none] {""}
   *[other] . Die Zone gibt { $cut } an { $carriers } ab
}. Erwartet wird der Record oder ein klares „gibt es nicht“.
    .headline = kein Nameserver beantwortet { $record }-Fragen dazu
    .fix = Den DNS-Provider klären lassen, warum seine Nameserver bei { $name } ({ $record }) versagen; der Befehl unten zeigt es. Andere Fragen zur Zone beantworten sie womöglich.
    .what = Jeder Server der Zone, in der dieser Name liegt, wurde danach gefragt, und keiner sagt Ja oder Nein: Er scheitert (SERVFAIL), verweigert die Antwort (REFUSED), kennt den Typ nicht (NOTIMP) oder die Zone nicht. Ein Resolver hat vielleicht noch eine alte Antwort.
    .why = Gegenseiten, deren Resolver den Record nicht mehr im Gedächtnis hat, bekommen statt seiner einen Fehler, und niemand findet den Server.
    .mend = Meist ist es ein Nameserver, der keine SRV-Records kennt, eine Zone mit einem Fehler, die deshalb nicht geladen wurde, oder ein Teil von ihr, der an Server ohne diesen Teil abgegeben ist. Der DNS-Provider sieht es im Protokoll der Nameserver.
    .source = RFC 1034, Abschnitt 4.3; RFC 1912, Abschnitt 2.8; RFC 8914

authority-fails-above = { $how ->
    [handed] Nach { $name } gefragt, wie es die Resolver der Gegenseiten zuerst tun, gibt { $servers } die Frage an { $to } ab; dort { $end ->
        [denied] heißt es, { $exists } ({ $kind }) gebe es nicht
        [other] steht zu { $exists } ({ $kind }) etwas anderes
        [error] lautet die Antwort für { $exists } ({ $kind }) { $said }
       *[silent] kommt für { $exists } ({ $kind }) keine Antwort
    }, während andere Server der Zone den Record liefern
    [cookie] Auf { $name } ({ $record }), wonach die Resolver der Gegenseiten fragen, bevor sie nach { $exists } ({ $kind }) fragen, kommt keine Antwort von { $servers }, wenn ein DNS-Cookie dabei ist, wie BIND es schickt; ohne Cookie kommt eine
   *[silent] Auf { $name } ({ $record }), wonach die Resolver der Gegenseiten fragen, bevor sie nach { $exists } ({ $kind }) fragen, kommt keine Antwort von { $servers }{ $said_count ->
        [0] {""}
       *[other] , nur ein Fehler von anderen: { $said }
    }; die zweite Frage wird beantwortet
}. Erwartet wird eine Antwort ohne Einträge (NOERROR).
    .headline = für einen Namen darüber antwortet DNS nicht
    .fix = { $how ->
        [handed] Den DNS-Provider die NS-Records von { $name } in der Zone löschen lassen, auf allen Nameservern; oder dafür sorgen, dass { $to } für { $exists } ({ $kind }) dasselbe antworten wie die anderen.
       *[other] Den DNS-Provider dafür sorgen lassen, dass alle Nameserver auch für { $name } ({ $record }) antworten: mit NOERROR und ohne Einträge. Steht eine Firewall oder ein Load-Balancer davor, darf er solche Fragen nicht verwerfen und muss Port 53 per TCP wie per UDP durchlassen.
    }
    .what = Resolver, die sparsam fragen (QNAME Minimisation), fragen nicht gleich nach dem ganzen Namen: Sie nähern sich ihm vom Namen der Zone her, Label für Label, BIND mit NS-Records und Unbound mit Adressen. Die Server antworten für den ganzen Namen, für einen darüber aber nicht, oder sie geben diesen an andere ab.
    .why = BIND und Unbound fragen so, wenn ihnen nichts anderes gesagt ist. Ein Fehler schadet nicht: Beide fragen weiter. Nach Schweigen meldet BIND seinen Benutzern einen Fehler, und Unbound verliert Sekunden. Ist der Name darüber abgegeben, fragen beide dort und sonst nirgends.
    .mend = Oft ist es eine Firewall, die Fragen nach Namen mit Unterstrich oder nach NS-Records verwirft, ein für TCP geschlossener Port 53, oder es sind NS-Records von Active Directory, die in die öffentliche Zone geraten sind. Jeden Server mit dem Befehl daneben fragen.
    .source = RFC 9156, Abschnitt 3; RFC 8020

authority-partly-fails = Nicht jeder Nameserver der Zone antwortet auf { $name } ({ $record }): { $servers }. Erwartet wird von allen dieselbe Antwort.
    .headline = nicht jeder Nameserver der Zone antwortet
    .fix = { $advice ->
        [disputed] Die Server der Zone darüber sagen nicht dasselbe darüber, welche Server diese Zone haben (domain-delegation-differs): das zuerst klären. Bis dahin keinen Server herausnehmen, denn richtig kann gerade der sein, der mit einem Fehler antwortet.
        [ipv4] Den DNS-Provider dafür sorgen lassen, dass diese Server auch unter ihren IPv4-Adressen antworten (Zone geladen, Übertragung, wer fragen darf). Nicht aus den NS-Records nehmen: Gegenseiten ohne IPv6 haben sonst niemanden.
        [address] Den DNS-Provider dafür sorgen lassen, dass dieser Server unter dieser Adresse antwortet wie unter seiner anderen (auf welchen Adressen er lauscht, Views, wer fragen darf), oder diese Adresse seines Namens löschen lassen, A oder AAAA. Der NS-Record bleibt.
       *[server] Den DNS-Provider die Zone auch auf diesem Server laden lassen (Übertragung, Secondaries, erlaubte Adressen). Nur wenn der Server nicht mehr zur Zone gehört, ihn beim Provider und beim Registrar aus den NS-Records nehmen.
    }
    .what = Die Server der Zone wurden einzeln gefragt. Einige antworten, dieser mit einem Fehler: Er konnte die Zone nicht laden (SERVFAIL) oder führt sie nicht (REFUSED).
    .why = Die Resolver der Gegenseiten fragen mal diesen Server, mal jenen. Jeder Fehlschlag kostet sie Zeit, und wer nach dem ersten aufgibt, findet nichts.
    .mend = Nach einem Umzug zu einem anderen Provider nennen die NS-Records oft noch einen Server des alten. Sonst kann der Secondary die Zone nicht übertragen: sein Protokoll prüfen und welche Adressen übertragen dürfen.
    .source = RFC 1034, Abschnitt 4.2.2; RFC 1912, Abschnitt 2.8

authority-partly-silent = { $why ->
    [unsteady] Die Nameserver beantworten nur einen Teil der Fragen (beantwortet: { $servers }); die Resolver der Gegenseiten verlieren bei jeder Sekunden, und manche geben auf
    [slow] Die Nameserver brauchen für jede Antwort sehr lange ({ $servers }); die Resolver der Gegenseiten (BIND) geben zeitweise auf, oder wer auf sie wartet
    [one] Auf die Frage nach { $name } ({ $record }) kam keine rechtzeitige Antwort von { $servers }; andere Fragen beantwortet dieser Server. Was er dort führt, ist nicht bekannt
    [unaskable] { $servers } kann keine Gegenseite fragen: Zu diesem Nameserver gibt es keine Adresse oder nur eine private, während andere der Zone antworten
    [many] Die Zone hat mehr Nameserver, als in einer Prüfung gefragt werden: Ausgelassen sind { $servers }, und was sie führen, ist nicht bekannt, obwohl Gegenseiten jeden davon fragen können
   *[silent] Auf keine Frage kam eine Antwort von { $servers }, während andere Nameserver der Zone antworten
}. Erwartet { $why ->
    [slow] werden Antworten nach einigen hundert Millisekunden.
    [unsteady] wird auf jede Frage eine Antwort.
    [many] werden höchstens 13 Nameserver, und von allen dasselbe.
   *[silent] wird eine Antwort von allen.
}
    .headline = { $why ->
        [slow] die Nameserver antworten sehr langsam
        [unsteady] die Nameserver antworten nur ab und zu
        [one] ein Nameserver lässt eine Frage unbeantwortet
        [many] nicht alle der sehr vielen Nameserver wurden gefragt
       *[silent] ein Teil der Nameserver antwortet nicht
    }
    .fix = { $why ->
        [unsteady] Den DNS-Provider prüfen lassen, was Fragen an diese Server verwirft: eine überlastete Leitung oder Maschine, eine Firewall oder eine Begrenzung, die Fragen zählt. Vorher aus einem anderen Netz wiederholen, denn auch die Leitung von hier kann sie verlieren.
        [slow] Den DNS-Provider prüfen lassen, warum diese Server so langsam sind (Überlast, eine Datenbank dahinter), oder die Zone zu anderen umziehen. Vorher aus einem anderen Netz wiederholen, denn auch die Leitung von hier kann langsam sein.
        [one] Zuerst wiederholen: Ein Paket kann verloren gegangen sein. Bleibt es dabei, den DNS-Provider prüfen lassen, warum dieser Server die Frage verwirft oder erst nach Sekunden beantwortet (eine Firewall oder ein Load-Balancer, der nur einige Record-Typen kennt, Überlast), und mit dem Befehl daneben vergleichen, was er und die anderen führen.
        [unaskable] Den DNS-Provider diesen Server aus den NS-Records nehmen lassen, beim Provider und beim Registrar, oder seinem Namen eine öffentliche Adresse geben lassen.
        [many] Jeden davon nach dem SRV-Record fragen und nach der Adresse, die zum { noun-server } gehört (im Befehl daneben statt des Servers eintragen), oder den DNS-Provider höchstens 13 eintragen lassen, beim Provider und beim Registrar.
       *[silent] Den DNS-Provider prüfen lassen, ob dieser Server noch läuft und die Zone führt; wenn nicht, ihn beim Provider und beim Registrar aus den NS-Records nehmen.
    }
    .what = Die Server der Zone wurden einzeln gefragt, jeder mehrmals. Dieser blieb jedes Mal stumm. Oder alle ließen eine Frage warten; dann wurde jeder zehnmal gefragt, eine Frage nach der anderen, und genannt ist, wie viele er beantwortet hat und nach welcher Zeit (Median). Schuld kann auch eine Firewall auf dem Weg von hier aus sein.
    .why = Die Resolver der Gegenseiten fragen mal diesen Server, mal jenen. Schweigt einer, verlieren sie Sekunden, bis sie den nächsten fragen.
    .mend = Den Server mit dem Befehl daneben aus einem anderen Netz fragen. Nach einem Umzug zu einem anderen Provider nennen die NS-Records oft noch einen Server, den es nicht mehr gibt.
    .source = RFC 2182, Abschnitt 3; RFC 1912, Abschnitt 2.8

authority-without-aa = Die Nameserver antworten auf { $name } ({ $record }), aber ohne Autorität (AA), wie ein Forwarder oder ein Cache an ihrer Stelle: { $servers }. Erwartet werden von allen Antworten mit Autorität.
    .headline = Nameserver antworten ohne Autorität (AA)
    .fix = Den DNS-Provider die Zone auf diesen Servern selbst laden lassen (als Primary oder Secondary), statt Fragen nach ihr weiterzuleiten oder aus einem Cache zu beantworten, oder sie beim Provider und beim Registrar aus den NS-Records nehmen lassen. Steht ein Load-Balancer davor, muss er das Flag AA in ihren Antworten lassen.
    .what = Die Zone darüber führt Gegenseiten zu diesen Servern. Sie kennen die Zone nur vom Hörensagen: Ihren Antworten fehlt das Flag AA, das ein Server setzt, der die Zone selbst hat. Server der Top-Level-Domain antworten von hier aus mit diesem Flag, also nimmt es nicht die Leitung von hier heraus.
    .why = Unbound und BIND nehmen solche Antworten wie jede andere, also zählt, was diese Server sagen. Es kommt aber aus einem Cache: Nach einer Änderung erhalten Gegenseiten den alten Record, bis er abgelaufen ist. Manche Resolver und die Prüfungen der Registries halten einen solchen Server für einen, der die Zone nicht führt.
    .mend = Oft ist es ein Server mit bedingter Weiterleitung an der Stelle der Zone (Technitium, dnsmasq, Windows DNS). Jeden Server mit dem Befehl daneben fragen: Die Antwort darf nicht als nicht autorisierend bezeichnet sein.
    .source = RFC 1035, Abschnitt 4.1.1; RFC 2181, Abschnitt 5.4.1

authority-rejects-edns = { $why ->
    [cookie] Auf Fragen mit einem DNS-Cookie, wie BIND sie stellt, antworten alle Nameserver { $zone ->
        [own] der Zone
       *[other] von { $zone }, die Gegenseiten brauchen, um den Server zu finden,
    } mit einem Fehler oder gar nicht: { $servers }. Erwartet wird eine Antwort, als wäre kein Cookie dabei.
    [cookie-data] Auf Fragen mit einem DNS-Cookie, wie BIND sie stellt, antworten Nameserver { $zone ->
        [own] der Zone
       *[other] von { $zone }, die Gegenseiten brauchen, um den Server zu finden,
    } mit einem Cookie, das ungültig ist oder nicht das der Frage: { $servers }. Erwartet werden die 8 Bytes der Frage, allein oder mit 8 bis 32 Bytes des Servers dahinter, oder keine Option COOKIE.
    [option] Antworten von Nameservern { $zone ->
        [own] der Zone
       *[other] von { $zone }, die Gegenseiten brauchen, um den Server zu finden,
    } haben eine kaputte EDNS-Option, Nummer { $option } ({ $option ->
        [1] LLQ
        [8] edns-client-subnet
        [9] EDNS EXPIRE
        [14] edns-key-tag
        [15] Extended DNS Error
        [16] EDNS-Client-Tag
        [17] EDNS-Server-Tag
       *[other] unbekannt
    }): { $servers }. Erwartet wird: { $option ->
        [8] eine Adresse mit so vielen Bytes, wie ihr Präfix braucht, und Nullen hinter dem Präfix, oder keine solche Option.
        [15] ein Code von 2 Bytes und dahinter Text in UTF-8 ohne Byte Order Mark, oder keine solche Option.
       *[other] die Option, wie ihre Spezifikation sie verlangt, oder keine.
    }
    [twice] Die Antworten auf { $name } ({ $record }) haben EDNS-Daten doppelt, bei allen Nameservern der Zone: { $servers }. Erwartet wird ein OPT-Record.
   *[edns] Auf Fragen mit EDNS, wie sie heute alle Resolver stellen, antworten Nameserver { $zone ->
        [own] der Zone
       *[other] von { $zone }, die Gegenseiten brauchen, um den Server zu finden,
    } mit einem Fehler: { $servers }. Erwartet wird eine Antwort oder FORMERR ohne EDNS-Daten.
}
    .headline = { $why ->
        [cookie] Nameserver lehnen Fragen mit einem DNS-Cookie ab
        [cookie-data] Nameserver schicken kaputte DNS-Cookies
        [option] Nameserver schicken eine kaputte EDNS-Option
        [twice] Nameserver schicken EDNS-Daten doppelt
       *[edns] Nameserver weisen Fragen mit EDNS ab
    }
    .fix = { $why ->
        [cookie] { $zone ->
            [own] Den DNS-Provider
           *[other] Die Betreiber der Nameserver von { $zone }
        } den Nameserver, oder die Firewall oder den Load Balancer davor, aktualisieren lassen, sodass er auf Fragen mit der Option COOKIE antwortet oder sie übergeht.
        [cookie-data] { $zone ->
            [own] Den DNS-Provider
           *[other] Die Betreiber der Nameserver von { $zone }
        } den Nameserver, oder die Firewall oder den Loadbalancer davor, aktualisieren lassen, sodass seine Antworten die Option COOKIE richtig enthalten; oder DNS-Cookies dort abschalten lassen.
        [option] { $zone ->
            [own] Den DNS-Provider
           *[other] Die Betreiber der Nameserver von { $zone }
        } den Nameserver, oder die Firewall oder den Load Balancer davor, aktualisieren lassen, oder dort abschalten lassen, was die EDNS-Option { $option } hinzufügt.
        [twice] Den DNS-Provider herausfinden lassen, was den Antworten einen zweiten OPT-Record anhängt, der Nameserver oder eine Firewall oder ein Loadbalancer davor, und das aktualisieren lassen.
       *[edns] { $zone ->
            [own] Den DNS-Provider
           *[other] Die Betreiber der Nameserver von { $zone }
        } den Nameserver aktualisieren lassen, oder die Firewall oder den Loadbalancer davor, damit er Fragen mit EDNS beantwortet.
    }
    .what = EDNS (RFC 6891) gehört seit Jahren zu fast jeder DNS-Frage. Diese Server antworten darauf mit einem Fehler, auf dieselbe Frage ohne EDNS aber richtig. Oder es stört sie nur eine Option von EDNS, das DNS-Cookie (RFC 7873), das BIND mit jeder Frage schickt: Sie lehnen es ab oder schicken ein kaputtes zurück. Oder ihre Antworten haben EDNS-Daten doppelt oder eine kaputte Option darin.
    .why = Manche Resolver (Unbound) fragen dann ohne EDNS noch einmal, andere (BIND) geben auf: Gegenseiten mit solchen Resolvern finden weder den SRV-Record noch den Server. Eine Antwort mit doppelten EDNS-Daten ist für manche Resolver kaputt, für andere gut genug.
    .mend = Den Nameserver aktualisieren oder das Gerät davor entfernen, das EDNS nicht kennt; auch ein anderer DNS-Provider hilft. Mehr dazu auf dnsflagday.net.
    .source = RFC 6891, Abschnitt 7; DNS Flag Day 2019

authority-handed-on = { $record ->
    [none] { $name } liegt in der Zone { $zone } bei Nameservern, die
   *[other] Die Zone { $from } gibt { $name } ({ $record }) an Nameserver ab, die
}{" "}{ $how ->
    [silent] nicht antworten ({ $servers }); { $question } ({ $kind }) bekommen Gegenseiten nur, solange ihr Resolver sich daran erinnert
   *[other] von außen niemand fragen kann ({ $servers }); auf { $question } ({ $kind }) bekommen Gegenseiten keine Antwort
}. Erwartet wird eine Antwort von Servern im Internet.
    .headline = DNS verweist auf Server, die niemand erreicht
    .fix = { $how ->
        [silent] { $record ->
            [none] Bei denen, die die Zone { $zone } betreiben, klären lassen, warum ihre Nameserver nicht antworten, und sie wieder in Gang bringen.
           *[other] Den DNS-Provider klären lassen, warum diese Nameserver nicht antworten, und sie wieder in Gang bringen. Oder den Weg zu ihnen beenden: den { $record }-Record { $name } in der Zone { $from } durch { $question } ({ $kind }) selbst ersetzen.
        }
       *[other] { $record ->
            [CNAME] Den CNAME-Record { $name } in der Zone { $from } durch { $question } ({ $kind }) selbst ersetzen. Oder bei denen, die die Zone { $zone } betreiben, Nameserver mit öffentlichen Adressen dafür eintragen lassen.
           *[other] Den NS-Record { $name } in der öffentlichen Zone { $from } löschen und { $question } ({ $kind }) dort eintragen. Soll der Teil abgegeben bleiben: an Nameserver mit öffentlichen Adressen, die ihn führen.
        }
    }
    .what = Die Server der Zone antworten auf diesen Namen nicht selbst, sie verweisen für einen Teil der Zone auf andere, der bei ihm oder darüber beginnt. Die haben nur private Adressen oder gar keine; oder sie antworten nicht, die der Zone dagegen schon.
    .why = Ein Record, der über einer solchen Delegation in der Zone steht, ist für niemanden zu sehen: Resolver folgen der Delegation und erreichen niemanden.
    .mend = Solche NS-Records stammen aus Active Directory, wo die Domänencontroller _tcp und _msdcs in eigenen Zonen führen. Sie gehören nur ins interne DNS.
    .source = RFC 1034, Abschnitt 4.2.1

domain-internal-view = { $marked ->
    [file] Die Zonendatei von { $name } nennt keinen Nameserver, den jemand von außen fragen kann ({ $servers }). Sie gehört also zu einem internen DNS, und über die öffentliche Zone ist nichts bekannt. Erwartet werden Nameserver im Internet.
   *[other] Für { $name } antwortet ein internes DNS{ $servers_count ->
        [0] {""}
       *[other] {" "}(seine Nameserver: { $servers })
    }{ $addresses_count ->
        [0] {""}
       *[other] {" "}(die Domäne hat dort { $addresses })
    }{ $marked ->
        [yes] {" "}(der Resolver kennzeichnet die Antwort als seine eigene: AA)
       *[no] {""}
    }, das keine Gegenseite fragen kann. Über die öffentliche Zone ist damit nichts bekannt. Erwartet werden Nameserver im Internet.
}
    .headline = { $marked ->
        [file] die Zonendatei ist die eines internen DNS
       *[other] nur ein internes DNS hat geantwortet, nicht das öffentliche
    }
    .fix = { $marked ->
        [file] Die Zone dort exportieren, wo sie für das Internet gepflegt wird, normalerweise beim DNS-Provider, und diese Datei prüfen. Was jetzt im Internet steht, zeigt
            > xfed check { $domain }
            Soll doch diese Datei veröffentlicht werden: ihre NS-Records durch die Nameserver ersetzen, die beim Registrar eingetragen sind.
       *[other] Einen öffentlichen Resolver fragen:
            > xfed check { $domain } --resolver 9.9.9.9
            Ist DNS dorthin hier gesperrt, außerhalb dieses Netzes prüfen.
    }
    .what = Die Zone, die dieser Rechner sieht, ist die firmeneigene gleichen Namens (Split-DNS, Active Directory), nicht die im Internet: Ihre Nameserver oder die Domäne selbst haben private Adressen, oder es sind die, die für private Zonen eines Netzes bei einem Cloud-Anbieter stehen (Azure Private DNS, Route 53, Google Cloud DNS), oder der Resolver kennzeichnet die Antwort als seine eigene (AA). Wer nur weitergibt, was andere veröffentlichen, tut das nicht.
    .why = Gegenseiten sehen nur die öffentliche Zone. Was die interne hat, kann dort fehlen und umgekehrt; weder „bereit“ noch „fehlt“ lässt sich daraus schließen.
    .mend = Mit einem öffentlichen Resolver wiederholen (--resolver 9.9.9.9) oder von einem Rechner außerhalb des Firmennetzes. Nichts ins öffentliche DNS eintragen, nur weil das interne es so zeigt.
    .source = XPhone-Federation-Anleitung, Kapitel 5 und 13; RFC 8499 (Split-DNS)

domain-delegation-differs = { $why ->
    [above] Die Nameserver der Zone { $from } sagen über { $apex } nicht dasselbe: { $answers }. Gegenseiten fragen irgendeinen davon und kommen zu verschiedenen Servern, oder zu keinem (-){ $themselves_count ->
        [0] {""}
       *[other] . Für Namen in { $apex } wird dort mit Records aus { $from } selbst geantwortet, die Gegenseiten dann manchmal bekommen: { $themselves }
    }. Erwartet wird von allen dasselbe.
    [names] Die Nameserver der Zone { $from } sagen über { $apex } nicht dasselbe, und dort liegen Namen von Nameservern: { $answers }. Gegenseiten fragen irgendeinen davon, finden die Nameserver unter verschiedenen Adressen und fragen keine anderen, solange sie sich das merken{ $end ->
        [nothing] . Unter einigen dieser Adressen wird { $question } ({ $kind }) verneint oder mit einem Fehler beantwortet: wer dorthin kommt, bekommt nichts
        [silence] . Unter einigen dieser Adressen antwortet niemand auf { $question } ({ $kind }): wer dorthin kommt, bekommt vielleicht nichts
       *[record] {""}
    }. Erwartet wird von allen dasselbe.
    [unaskable] Die Zone { $apex } selbst nennt als ihre Nameserver { $remembered }, die von außen niemand fragen kann (private Adresse oder gar keine). Ein hier gefragter Resolver geht dorthin; Gegenseiten beginnen mit dem, was { $from } sagt ({ $servers }), tun aber dasselbe, sobald ihr Resolver die NS-Records der Zone gesehen hat. Erwartet werden NS-Records, die dieselben Server nennen wie { $from }.
   *[resolver] { $servers_count ->
        [0] Die Zone { $from } kennt keine Zone { $apex }
       *[other] Die Zone { $from } delegiert { $apex } an { $servers }
    }, ein hier gefragter Resolver geht aber zu { $remembered }. Gegenseiten, deren Resolver sich nichts gemerkt haben, beginnen mit dem, was { $from } sagt; das ist beurteilt. Erwartet werden an beiden Stellen dieselben Nameserver.
}
    .headline = { $why ->
        [above] die Zone darüber führt mal hierhin, mal dorthin
        [names] der Weg zu den Nameservern führt mal hierhin, mal dorthin
        [unaskable] die Zone nennt Nameserver, die von außen niemand fragen kann
       *[resolver] beim Registrar stehen andere Nameserver
    }
    .fix = { $why ->
        [above] Mit den Nameservern vergleichen, die für { $apex } beim Registrar eingetragen sind, oder dort, wo { $from } gepflegt wird. Nach einer Änderung kann es eine Stunde dauern, bis alle Server von { $from } sie haben; unterscheiden sie sich dann noch, den falschen dem Betreiber von { $from } melden (bei einer Top-Level-Domain der Registry, über den Registrar).{ $themselves_count ->
            [0] {""}
           *[other] {" "}Auf { $themselves } den neuesten Stand von { $from } laden (Zonentransfer), in dem { $apex } delegiert ist und keine eigenen Records hat.
        }
        [names] Bei denen, die die Zone { $from } betreiben, auf all ihren eigenen Nameservern dieselben Nameserver für { $apex } eintragen lassen: die, bei denen die Adressen stimmen.
        [unaskable] In der Zone { $apex } beim Provider die NS-Records { $remembered } durch { $servers } ersetzen. Beim Registrar nichts ändern.
       *[resolver] { $servers_count ->
            [0] Beim Registrar prüfen, ob { $apex } noch registriert ist und Nameserver eingetragen sind. Soll die Domain weiterleben, dort { $remembered } eintragen.
           *[other] Ist { $apex } zu { $servers } umgezogen: Alle Records müssen dort stehen, und die NS-Records von { $apex } selbst müssen diese Server nennen, denn mit ihnen machen viele Resolver weiter. Wenn nicht: beim Registrar wieder die richtigen Nameserver eintragen (der Resolver geht zu { $remembered }).
        }
    }
    .what = Die Nameserver, an die die Zone darüber die Domain delegiert (die beim Registrar eingetragenen), sind nicht die, die ein Resolver fragt: Er merkt sich andere, macht mit denen weiter, die die Zone selbst nennt, oder hat von einem noch eine ältere Adresse. Oder die Server der Zone darüber sind sich untereinander nicht einig. Liegen Namen von Nameservern in einem Teil, der verschieden delegiert wird, und endet einer dieser Wege bei einer Verneinung, ist es ein Fehler; endet er in Stille, ist es nicht prüfbar.
    .why = Wer zum ersten Mal fragt, wird von der Zone darüber geführt. Was nur die alten Nameserver haben, sehen neue Gegenseiten nicht; und die alten antworten nur, bis ihr Provider sie abschaltet.
    .mend = Die Nameserver beim Registrar mit denen des Providers vergleichen, bei dem die Records gepflegt werden. Nach einem Umzug die Zone beim alten Provider noch zwei Tage unverändert lassen.
    .source = RFC 1034, Abschnitt 4.2.2; RFC 1912, Abschnitt 2.8

way-lost = { $why ->
    [no-top] im Internet gibt es keine Top-Level-Domain, in der { $host } liegen könnte, den Namen kennt nur das DNS eines eigenen Netzes
    [inside] { $host } liegt in einer Top-Level-Domain, wie Netze sie für sich selbst haben, und die Server der Root-Zone, die wissen, welche es gibt, ließen sich von hier nicht fragen
    [no-zone] die Zone { $end } kennt keine Zone, in der { $host } liegen könnte (aufgegeben oder abgelaufen)
    [no-address] dessen Zone { $end } hat für { $host } keine Adresse
    [disputed] von den Nameservern von { $end } haben { $asked } keine Adresse für { $host }, die übrigen haben eine
    [fails] die Nameserver von { $end } beantworten die Frage nach { $host } mit einem Fehler
    [silent] die Nameserver von { $end } antworten auf die Frage nach { $host } nicht
    [no-glue] { $host } ist ohne Adresse (Glue) genannt, und nach der ließe sich nur dort fragen
    [too-far] der Weg zu { $host } führt durch zu viele Zonen hintereinander, jede mit Nameservern in der nächsten und ohne deren Adressen (Glue): Unbound folgt 4, BIND 7
    [private] zum Namen { $host } gibt die Zone { $end } eine Adresse an, die von außen niemanden dorthin führt (privat oder die des eigenen Rechners)
    [own] die Zone selbst gibt für { $host } eine Adresse an, die von außen niemanden dorthin führt (privat oder die des eigenen Rechners)
   *[loop] wer { $host } sucht, landet wieder bei { $end }, und dafür ist { $host } selbst zuständig
}

way-lost-fix = { $why ->
    [no-top] Für { $zone } Nameserver eintragen, deren Namen in einer registrierten Domain liegen (beim Registrar oder dort, wo { $zone } delegiert ist).
    [inside] Für { $zone } Nameserver eintragen, deren Namen in einer registrierten Domain liegen (beim Registrar oder dort, wo { $zone } delegiert ist).
    [no-zone] Die Registrierung der Domain von { $host } erneuern und ihre Nameserver eintragen lassen, oder für { $zone } andere Nameserver eintragen (beim Registrar oder dort, wo { $zone } delegiert ist).
    [no-address] Bei denen, die die Zone { $end } betreiben, dort einen A-Record für { $host } eintragen lassen, oder für { $zone } andere Nameserver eintragen.
    [disputed] Bei denen, die die Zone { $end } betreiben, sie auf all ihren Nameservern auf den neuesten Stand bringen lassen, oder für { $zone } andere Nameserver eintragen.
    [fails] Bei denen, die die Zone { $end } betreiben, klären lassen, warum ihre Nameserver bei { $host } Fehler melden, oder für { $zone } andere Nameserver eintragen.
    [silent] Bei denen, die die Zone { $end } betreiben, klären lassen, warum ihre Nameserver nicht antworten, oder für { $zone } andere Nameserver eintragen.
    [no-glue] Beim Registrar, oder dort, wo { $zone } delegiert ist, zum Namen { $host } auch seine Adresse eintragen (Glue-Record, Host-Objekt).
    [too-far] Für { $zone } einen Nameserver eintragen, der in der Zone selbst liegt, mit seiner Adresse (Glue), oder einen, dessen Zone solche Nameserver hat.
    [private] Beim Registrar, oder wo { $zone } delegiert ist, stattdessen die öffentlichen Adressen dieser Nameserver eintragen (Glue-Record, Host-Objekt), und dieselben als A-Records in der Zone selbst.
    [own] In der Zone { $zone } den A-Records dieser Nameserver ihre öffentlichen Adressen geben, die auch die Zone darüber nennt.
   *[loop] Für { $zone } oder { $end } einen Nameserver eintragen, der in der Zone selbst liegt, mit seiner Adresse (Glue), oder einen eines dritten Providers.
}

domain-servers-lost = Von außen findet niemand die Nameserver von { $zone } ({ $lost }): { way-lost }. Was ein Resolver hier noch weiß, gilt für niemanden sonst. Erwartet werden Nameserver, deren Namen zu einer Adresse führen.
    .headline = niemand findet die Nameserver der Domäne
    .fix = { way-lost-fix }
    .what = Die Zone darüber nennt die Nameserver dieser Zone mit Namen in anderen Zonen, ohne Adresse oder mit einer privaten. xfed ist den Weg zu diesen Namen von der Top-Level-Domain abwärts gegangen, wie Resolver ohne Gedächtnis, und er endet vor einer Adresse.
    .why = Gegenseiten schlagen zuerst die Nameserver nach. Wessen Resolver sich nichts gemerkt hat, der bekommt für keinen Namen der Zone eine Antwort. Der eigene Resolver kennt die Adresse womöglich noch oder hat sie aus einem eigenen Eintrag.
    .mend = Meist ist die Domain der Nameserver abgelaufen, beim Umzug eines Servers wurde sein A-Record gelöscht, oder beim Registrar fehlt der Glue. Dort beheben, wo der Weg laut Meldung endet, oder andere Nameserver wählen.
    .source = RFC 1034, Abschnitte 4.2.1 und 5.3.3; RFC 1912, Abschnitt 2.3

domain-delegation-lacks = Die Nameserver, zu denen Gegenseiten geführt werden, haben { $name } ({ $record }) nicht: { $servers }. Nur ein Server hat es, den die Zone darüber nicht nennt: { $others }. Erwartet wird auf allen dieselbe Zone.
    .headline = der Record steht, wo niemand hingeführt wird
    .fix = Den DNS-Provider die Zone auf { $servers } auf den neuesten Stand bringen lassen. Oder, wenn sie nicht mehr dazugehören: beim Registrar statt ihrer die Nameserver eintragen, die die Zone heute führen, mit ihren Adressen (Glue).
    .what = Die Zone darüber (der Registrar) nennt andere Nameserver als die NS-Records der Zone selbst, oder von einem eine ältere Adresse. Jene haben diesen Record nicht, diese schon.
    .why = Wer sich nichts gemerkt hat, wird von der Zone darüber geführt und fragt nicht weiter, wenn die Nameserver dort sagen, dass es den Record nicht gibt. Unbound und BIND halten es beide so.
    .mend = Beim Registrar dieselben Nameserver eintragen wie in den NS-Records der Zone, und die eines alten Providers an beiden Stellen entfernen.
    .source = RFC 1034, Abschnitt 4.2.2; RFC 1912, Abschnitt 2.3

domain-is-a-host = Zu { $domain } gibt es keinen SRV-Record, aber er ist selbst das Ziel eines SRV-Records ({ $name }. SRV { $found }), also wohl der Name des Servers. Erwartet wird die { noun-domain }, wahrscheinlich { $parent }.
    .headline = das ist der Servername, nicht die { noun-domain }
    .fix = Stattdessen die { noun-domain } prüfen:
        > xfed check { $parent }
        Nur wenn IM-Adressen hier wirklich auf @{ $domain } enden: dafür einen eigenen SRV-Record eintragen (Schritt 3).
    .partner =
        @xphone-admin Prüfen, was in der IM-Adresse des Kontakts hinter dem @ steht, nicht den Namen eines Servers:
        > xfed check { $parent } --partner
    .what = Der angegebene Name hat keinen SRV-Record; die Domäne darüber hat einen, dessen Ziel genau dieser Name ist. Wahrscheinlich wurde also der Name des Servers (FQDN) eingegeben statt der XPhone-Domäne.
    .why = Die Gegenseite sucht den SRV-Record unter der XPhone-Domäne, dem Teil hinter dem @ der IM-Adresse. Was unter dem Namen des Servers steht, sagt über diese Domäne nichts.
    .mend = Die Prüfung mit der Domäne darüber wiederholen; den Namen des Servers nimmt --fqdn. Nur wenn IM-Adressen wirklich auf diesen Namen enden, braucht er einen eigenen SRV-Record.
    .source = Leitfaden XPhone-Federation, Kapitel 2 und 4

domain-above-has-record = Zu { $domain } gibt es keinen SRV-Record, aber zur Domäne darüber: { $name }. SRV { $found } Erwartet wird die { noun-domain }, vielleicht { $parent }.
    .headline = SRV-Record steht bei der Domäne darüber, nicht hier
    .fix = Enden IM-Adressen auf @{ $parent }, diese Domäne prüfen:
        > xfed check { $parent }
        Nur wenn sie wirklich auf @{ $domain } enden: im öffentlichen DNS eintragen:
        > { $srv_name }. SRV 0 0 5061 <FQDN des { noun-server }s>.
    .partner =
        @xphone-admin Endet die IM-Adresse des Kontakts auf @{ $parent }, diese Domäne prüfen:
        > xfed check { $parent } --partner
        @partner Enden die IM-Adressen auf @{ $domain }, im öffentlichen DNS eintragen:
        > { $srv_name }. SRV 0 0 5061 <FQDN des Servers>.
    .what = Die angegebene Domäne hat keinen SRV-Record für Federation und auch nichts, was danach aussieht; eine Domäne darüber hat einen. Vielleicht wurde also der Name einer Website oder eines Rechners eingegeben statt der XPhone-Domäne.
    .why = Die Gegenseite sucht den SRV-Record unter der XPhone-Domäne, dem Teil hinter dem @ der IM-Adresse. Ob ein anderer Name einen hat, spielt für sie keine Rolle.
    .mend = Die XPhone-Domäne in der XPhone-Administration nachsehen und die Prüfung damit wiederholen. Nur wenn IM-Adressen wirklich auf den angegebenen Namen enden, braucht er einen eigenen SRV-Record.
    .source = Leitfaden XPhone-Federation, Kapitel 2 und 4

domain-microsoft-tenant = { $domain } trägt Spuren eines Microsoft-365-Mandanten ({ $traces }), der SRV-Record führt aber anderswohin. Erwartet wird eine Plattform für die Domäne, denn andere Teams-Mandanten übergehen den SRV-Record womöglich.
    .headline = Microsoft 365 hält womöglich den Chat der Domäne
    .fix = Im Teams Admin Center den externen Zugriff abschalten (Leitfaden, Kapitel 10, Variante 2). Erreichen Gegenseiten mit Teams XPhone dann immer noch nicht: XPhone eine eigene Domäne geben, z. B. xphone.{ $domain } (Variante 3).
    .what = MX-, TXT- oder CNAME-Records zeigen, dass die Domäne bei Microsoft 365 registriert ist; ihr SRV-Record führt aber zu einem eigenen Server. Eine Spur kann auch von einem Mandanten übrig sein, den es nicht mehr gibt.
    .why = Zwischen Teams-Mandanten richtet sich Microsoft nach der eigenen Liste der Domänen, nicht nach dem SRV-Record. Nachrichten von Firmen mit Teams landen dann womöglich hier in Teams, wo sie niemand liest, während alle anderen XPhone erreichen. Ob es so ist, lässt sich von außen nicht sehen.
    .mend = Eine Gegenseite mit Teams an eine IM-Adresse hier schreiben lassen. Kommt in XPhone nichts an: im Teams Admin Center den externen Zugriff abschalten. Hilft das nicht, bleibt nur Variante 3: eine eigene Domäne für XPhone, die nicht bei Microsoft 365 registriert ist. Wer die XPhone-Domäne ändert, ändert alle Anmeldenamen und IM-Adressen.
    .source = Leitfaden XPhone-Federation, Kapitel 10

domain-no-mail = Die Domäne { $domain } hat keinen MX-Record; IM-Adressen weichen hier also von den E-Mail-Adressen ab. Üblich ist eine Domäne für beides.
    .headline = Domäne hat keinen MX-Record
    .what = Die Domäne hat keinen MX-Record oder einen, der „keine Mail“ sagt (Null-MX). Zur IM-Adresse gibt es hier also keine gleichnamige E-Mail-Adresse.
    .why = Oft wird die E-Mail-Adresse als IM-Adresse genommen, bei Kontakten auch von XPhone. Bei einer Domäne nur für Chat muss man der Gegenseite die IM-Adressen nennen.
    .mend = Kaputt ist nichts. Hat XPhone neben Teams eine eigene Domäne, ist es so gewollt; die IM-Adressen dann in das SIP- oder XMPP-Feld der Kontakte eintragen. Die XPhone-Domäne deswegen nicht ändern.
    .source = Leitfaden XPhone-Federation, Kapitel 8 und 10; RFC 7505

domain-wildcard-dns = Unter { $domain } gibt es auf jeden Namen eine Antwort: { $name }, von niemandem angelegt, führt zu { $answer }. Ein vertippter FQDN sieht also aus, als gäbe es ihn.
    .headline = jeder Name unter der Domäne hat eine Antwort
    .what = Die Zone hat einen Wildcard-Record (*); das DNS antwortet also auch auf Namen, die niemand angelegt hat. xfed hat es mit einem zufälligen versucht.
    .why = Ein Wildcard-Record schadet nicht, verdeckt aber Fehler: Ein vertippter FQDN führt irgendwohin, meist zu einem Webserver. Was nur ein Wildcard-Record beantwortet, hält xfed nicht für einen Eintrag, den jemand gemacht hat.
    .mend = Es ist nichts zu tun. Wer den Wildcard-Record nicht braucht, löscht ihn; der FQDN braucht in jedem Fall einen eigenen A-Record.
    .source = RFC 4592

domain-lookup-failed = Die Frage nach { $name } ({ $record }) endete mit { $rcode ->
    [silence] keiner Antwort, obwohl der Resolver für { $top } antwortet: Die Nameserver der Domäne antworten ihm also nicht
    [ALIASES] einer Kette von mehr als { $limit } Aliasen (CNAME), weiter folgt xfed nicht
    [REFERRAL] einem Verweis auf andere Server statt deren Antwort
   *[other] { $said ->
        [said-two-subtrees] einer Antwort mit zwei verschiedenen DNAME-Records für einen Namen, die kein Resolver annimmt
        [said-denied-record] einer Antwort, die den Namen bestreitet und den Record trotzdem enthält
       *[code] { $rcode }
    }{ $reasons_count ->
        [0] , ohne Begründung
       *[other] : { $reasons }
    }
}{ $view ->
    [none] {""}
    [system] {" "}(beim Resolver dieses Rechners)
   *[other] {" "}(bei { $view })
}. Erwartet werden Einträge oder ein klares „gibt es nicht“.
    .headline = { $rcode ->
        [ALIASES] mehr Aliase hintereinander, als xfed verfolgt
       *[other] eine DNS-Frage endete mit einem Fehler
    }
    .fix = { $rcode ->
        [ALIASES] Die Kette vom DNS-Provider kürzen lassen: den Record bei { $name } selbst eintragen. Solange sie so lang ist, geben auch viele Resolver auf.
        [silence] Den DNS-Provider prüfen lassen, ob die Nameserver von { $domain } laufen und erreichbar sind. Ob ein anderer Resolver eine Antwort bekommt:
            > xfed check { $domain } --resolver 9.9.9.9
        [NOTIMP] Dieser Resolver beantwortet solche Fragen nicht; bei manchen Heimroutern ist das so. Einen anderen fragen:
            > xfed check { $domain } --resolver 9.9.9.9
       *[other] Einen anderen Resolver fragen:
            > xfed check { $domain } --resolver 9.9.9.9
            Scheitert auch das, beim DNS-Provider Nameserver und DNSSEC von { $domain } prüfen lassen.
    }
    .what = Der Resolver antwortete mit einem Fehler (SERVFAIL, REFUSED), nicht mit Ja oder Nein. Die Ursache kann beim Resolver liegen, bei den Nameservern der Zone oder bei ihren DNSSEC-Signaturen; nennt der Resolver einen Grund (EDE), wird er gezeigt.
    .why = Solange offen ist, bei wem der Fehler liegt, lastet xfed ihn nicht der Domäne an. Ist die Zone selbst kaputt, bekommt jede Gegenseite denselben Fehler, und seit März 2026 verweigern auch Zertifizierungsstellen die Erneuerung.
    .mend = Mit --resolver einen zweiten, unabhängigen Resolver fragen. Antwortet der, den ersten in Ordnung bringen. Scheitern beide, beim DNS-Provider prüfen lassen, ob alle Nameserver die Zone führen und DS-Record und DNSSEC-Schlüssel zusammenpassen.
    .source = RFC 2308, Abschnitt 7; RFC 8914 (Extended DNS Errors)

resolvers-all-stopped = Keine Gegenseite bekommt eine Antwort, gleich mit welchem Resolver: BIND gibt auf, weil { $bind ->
    [alias] die Namen der Nameserver Aliasse sind (CNAME)
    [by-glue] die Namen der Nameserver keine eigene Adresse haben, nur die neben der Delegation (Glue)
    [cookie] die Nameserver Fragen mit DNS-Cookie nicht beantworten
    [cookie-data] die Nameserver fehlerhafte DNS-Cookies schicken
    [edns] die Nameserver Fragen mit EDNS mit einem Fehler beantworten
    [twice] die Nameserver EDNS-Daten doppelt schicken
    [above] die Nameserver bei einem Namen oberhalb des gesuchten schweigen
   *[signatures] die Signaturen (DNSSEC) für ihn nicht gelten
}, und Unbound, weil { $unbound ->
   *[too-far] der Weg zu den Nameservern durch zu viele Zonen hintereinander ohne Adressen (Glue) führt
}. Jedes für sich träfe nur einige Gegenseiten; zusammen trifft es alle. Erwartet werden Nameserver, von denen beide eine Antwort bekommen.
    .headline = zwei Fehler stoppen zusammen alle Resolver
    .fix = Beide Fehler stehen hier auch einzeln, mit dem, was zu tun ist. Ist einer behoben, bekommen einige Gegenseiten wieder Antworten; alle erst, wenn beide behoben sind. Zuerst beheben: { $first ->
            [alias] die Aliasse der Nameserver
            [by-glue] die Adressen der Nameserver
            [too-far] die Namen der Nameserver
            [cookie] die DNS-Cookies
            [cookie-data] die DNS-Cookies
            [edns] EDNS
            [twice] EDNS
            [above] das Schweigen
           *[signatures] die Signaturen
        }.
    .what = Mehrere Befunde dieses Schritts sind so, dass Resolver der einen Art daran vorbeikommen und die der anderen nicht. xfed weiß, welche davon BIND stoppen und welche Unbound, die beiden Arten, die die meisten Firmen und Provider haben; hier bleibt keine übrig.
    .why = Gegenseiten schlagen den SRV-Record und die Adresse mit ihrem eigenen Resolver nach. Wer beides nicht bekommt, sieht einen Fehler und findet den Server nicht.
    .mend = Die beiden Befunde beheben, die die Meldung nennt, den leichteren zuerst. Nameserver mit Namen in der Zone selbst, mit ihren Adressen beim Registrar (Glue) und mit aktueller Software haben keinen dieser Fehler.
    .source = RFC 1034, Abschnitt 5.3.3; RFC 6891, Abschnitt 7; RFC 7873

resolver-doubtful = { $view ->
    [system] Der Resolver dieses Rechners
   *[other] Der Resolver { $view }
}{" "}{ $why ->
    [filtered] sperrt { $name } ({ $record }): { $reasons }
    [forged] sagt selbst, dass seine Antwort auf { $name } ({ $record }) erfunden ist: { $reasons }
    [internal] hat für { $name } ({ $record }) { $seen } in einer Zone, die nur dieses Netz kennt
    [sinkhole] gibt für { $name } { $seen }, eine Adresse, mit der Filter gesperrte Namen kennzeichnen
    [old] hat für { $name } ({ $record }) nur eine alte Antwort, weil auch er die Server der Zone nicht fragen kann: { $reasons }
    [private] gibt { $name } die private Adresse { $seen }, und die Server der Zone, die sie bestätigen müssten, waren nicht zu hören
    [rebind] lässt die private Adresse von { $name } weg (Schutz vor DNS-Rebinding)
    [invented] { $seen_count ->
        [0] verneint { $name } ({ $record }), hat aber eine Adresse für jeden Namen, den es nicht gibt
       *[other] gibt für { $name } { $seen } wie für jeden Namen, den es nicht gibt
    }
    [absurd] sagt, { $name } habe keinen { $record }-Record, im Namen einer Zone, die es ihm zufolge gar nicht gibt
   *[unproven] sagt, { $name } habe keinen { $record }-Record, aber ohne den SOA-Record der Zone, der zu einem echten „Nein“ gehört
}. { $heard ->
    [yes] Es zählt, was die Server der Zone veröffentlichen.
   *[no] Über das öffentliche DNS ist damit nichts bekannt. Erwartet wird die Antwort der Server der Zone.
}
    .headline = auf die Antwort eines Resolvers ist kein Verlass
    .fix = { $heard ->
        [yes] { $why ->
            [internal] Was im internen DNS steht, sieht keine Gegenseite: auch ins öffentliche DNS eintragen.
           *[other] Im DNS ist nichts einzutragen. Wer diesen Resolver benutzt, findet den Server nicht: { $domain } dort freigeben lassen oder einen anderen nehmen.
        }
       *[no] Wegen dieser Antwort nichts ins DNS eintragen. Einen anderen Resolver fragen:
            > xfed check { $domain } --resolver 9.9.9.9
    }
    .what = Die Antwort stammt nicht aus der Zone, sondern vom Resolver oder einem Filter: Er sagt es selbst (EDE), gibt eine Adresse, die nirgends hinführt, verneint ohne Beleg oder erinnert sich an etwas, das niemand mehr bestätigt.
    .why = Gegenseiten fragen andere Resolver. Was dieser sich ausdenkt, sagt nichts darüber, was sie bekommen, weder „fehlt“ noch „vorhanden“.
    .mend = Einen Resolver ohne Filter fragen, z. B. --resolver 9.9.9.10, oder aus einem anderen Netz wiederholen. Sollen Kollegen hier den Server erreichen, den Namen im Filter freigeben.
    .source = RFC 2308, Abschnitt 3; RFC 8914 (Extended DNS Errors)

resolver-misjudges = { $view ->
    [system] Der Resolver dieses Rechners
   *[other] Der Resolver { $view }
} hält die DNSSEC-Signaturen von { $name } ({ $record }) für falsch und gibt keine Antwort{ $reasons_count ->
    [0] {""}
   *[other] {" "}({ $reasons })
}. xfed hat selbst nachgesehen: { $why ->
    [unsigned] Die Zone ist gar nicht signiert, in der Zone darüber steht kein DS-Record für sie
   *[signed] Die Signaturen sind in Ordnung, sie passen zum DS-Record der Zone darüber und sind nicht abgelaufen
}. Erwartet wird eine Antwort. Wahrscheinlich irrt also dieser Resolver, und die Domäne ist in Ordnung.
    .headline = Resolver lehnt Signaturen ab, die in Ordnung sind
    .fix = Die Uhr dieses Resolvers und seinen Vertrauensanker für DNSSEC prüfen (Schlüssel der Root-Zone). Bis dahin einen anderen fragen:
        > xfed check { $domain } --resolver 9.9.9.9
    .what = Ein Resolver, der Signaturen prüft, lehnt die Domäne ab; die Zone darüber und die Server der Zone, einzeln gefragt, zeigen aber nichts Falsches.
    .why = Ob auch Gegenseiten abgewiesen werden, lässt sich von einem Resolver nicht erfahren, der Richtiges ablehnt. Geht seine Uhr falsch, lehnt er jede signierte Domäne ab.
    .mend = Die Uhr des Resolvers mit der richtigen Zeit vergleichen, seinen Vertrauensanker erneuern (RFC 5011), den Cache leeren und wiederholen. Lehnen auch andere Resolver die Domäne ab: den DNS-Provider die Signaturen der Zonen darüber prüfen lassen.
    .source = RFC 4035, Abschnitt 5; RFC 5011

network-alters-dns = { $why ->
    [signatures] Kein Nameserver der Top-Level-Domain { $top } zeigt hier seine DNSSEC-Signaturen ({ $name }, { $record }), obwohl sie laut Root-Zone signiert ist. Sie würden dem ganzen Internet fehlen; also nimmt etwas in diesem Netz sie aus den Antworten. Ob die Signaturen von { $domain } halten, ist nicht geprüft
    [witness] Die Antworten der Nameserver kommen hier mit der privaten Adresse { $seen } für { $name } an, { $view ->
        [system] der Resolver dieses Rechners
       *[other] der Resolver { $view }
    } hat aber { $expected }. Wahrscheinlich schreibt also etwas auf dem Weg hierher die Adressen um (DNS-Doctoring einer Firewall), oder die Zone wurde gerade geändert. Welche Adresse Gegenseiten bekommen, ist nicht geprüft
   *[signature] Die Antworten der Nameserver kommen hier mit der privaten Adresse { $seen } für { $name } an, und ihre DNSSEC-Signatur passt nicht dazu. Wahrscheinlich schreibt also etwas auf dem Weg hierher die Adressen um (DNS-Doctoring einer Firewall). Welche Adresse Gegenseiten bekommen, ist nicht geprüft
}. Erwartet werden Antworten, wie die Nameserver sie senden.
    .headline = dieses Netz verändert DNS-Antworten unterwegs
    .fix = Von außerhalb dieses Netzes wiederholen oder einen Resolver auf verschlüsseltem Weg fragen:
        > xfed check { $domain } --resolver https://dns.quad9.net/dns-query --no-authority
        { $why ->
            [signatures] In diesem Netz die Firewall oder den DNS-Proxy DNSSEC durchlassen lassen (EDNS, RRSIG). Am DS-Record nichts ändern.
           *[other] In diesem Netz ist es eine Einstellung der Firewall (Cisco: „dns“ an der NAT-Regel; FortiGate: DNS Translation). Steht { $seen } doch in der öffentlichen Zone: dort die öffentliche Adresse eintragen.
        }
    .what = Was die Nameserver senden, kommt hier nicht so an. Firewalls schreiben für die Rechner innen die Adressen der Server um, die hinter ihnen stehen, und alte DNS-Proxys lassen weg, was sie nicht kennen, etwa Signaturen.
    .why = Gegenseiten fragen von woanders und bekommen, was die Nameserver senden. Was hier ankommt, sagt darüber weder „falsch“ noch „richtig“.
    .mend = Von einem Rechner außerhalb des Firmennetzes wiederholen. Soll es von innen gehen: DNS-Inspektion, DNS-Doctoring oder DNS-Proxy für diesen Rechner abschalten und Port 53 (UDP und TCP) unverändert durchlassen.
    .source = RFC 5625, Abschnitte 3 und 4; RFC 4035, Abschnitt 3.2

clock-wrong = Die Uhr dieses Rechners steht auf { $date }, { $time }. { $why ->
    [before] Vor dem { $bound } gab es kein xfed; also geht die Uhr falsch.
    [ahead] Demnach wäre die Signatur (DNSSEC) { $top ->
        [root] der Root
       *[other] der Top-Level-Domain { $top }
    } für { $name } ({ $record }) am { $bound } abgelaufen. Auf sie verlässt sich das ganze Internet, und sie wird alle paar Tage erneuert; also geht die Uhr falsch.
   *[behind] Demnach gälte die Signatur (DNSSEC) { $top ->
        [root] der Root
       *[other] der Top-Level-Domain { $top }
    } für { $name } ({ $record }) erst ab { $bound }. Auf sie verlässt sich das ganze Internet, und sie wird alle paar Tage erneuert; also geht die Uhr falsch.
} Erwartet wird die richtige Zeit. Vorher lässt sich nicht beurteilen, ob Signaturen und Zertifikate schon oder noch gelten.
    .headline = Uhr dieses Rechners geht falsch
    .fix = Die Uhr dieses Rechners richtig stellen (Datum, Zeit und Zeitzone), dann wiederholen:
        > xfed check { $domain }
        Vorher weder im DNS noch am Zertifikat etwas ändern.
    .what = Die Nameserver der Top-Level-Domain oder der Root zeigen Signaturen, die nach der Uhr dieses Rechners abgelaufen sind oder noch nicht gelten. Wäre es so, käme niemand, der DNSSEC prüft, an irgendeine Domain darunter. Oder die Uhr nennt einen Tag, an dem es xfed noch nicht gab.
    .why = Signaturen und Zertifikate gelten zwischen zwei Zeitpunkten. Geht die Uhr falsch, sehen richtige abgelaufen aus und abgelaufene richtig; weder „bereit“ noch „abgelaufen“ lässt sich daraus schließen.
    .mend = Diesen Rechner seine Zeit von einem Zeitserver holen lassen (NTP) und bei einer virtuellen Maschine auch die Zeit des Hosts prüfen. Geht die Uhr auf die Minute richtig: die Registry der Top-Level-Domain nach ihren Signaturen fragen.
    .source = RFC 4035, Abschnitt 5.3.1; RFC 8633 (NTP Best Current Practices)

servers-answer-by-source = Die Nameserver der Zone geben diesem Netz { $published_count ->
    [0] keinen Record
   *[other] { $published }
} für { $name } ({ $record }), { $answers_count ->
    [one] dem gefragten Resolver aber etwas anderes: { $answers }. Das kommt mit der vollen Gültigkeitsdauer (TTL) oder ganz ohne, ist also eben erst geholt und nicht alt
   *[other] allen gefragten Resolvern aber etwas anderes: { $answers }. Alle kommen mit derselben Gültigkeitsdauer (TTL) oder ganz ohne, sind also eben erst geholt: Alt ist davon keine
}. Erwartet wird für alle dasselbe.
    .headline = die Nameserver sagen anderen etwas anderes
    .fix = Nicht warten, das läuft nicht ab. Vom Betreiber der Nameserver allen dasselbe für diesen Namen geben lassen. Nach Antworten suchen, die sich nach der Adresse des Fragenden richten: Sichten (BIND: view mit match-clients), DNS-Richtlinien (Windows), eine Adresse je Region, ein Load-Balancer; und ob die Resolver hinter denselben Adressen zu anderen Servern kommen (Anycast, NAT). Dann von außerhalb dieses Netzes oder mit einem Resolver draußen wiederholen:
        > xfed check { $domain } --resolver 9.9.9.9
    .what = Nameserver können je nach Adresse des Fragenden antworten. Hier geben sie diesem Rechner etwas anderes als den gefragten Resolvern, und jeder davon hat sie eben erst gefragt: mehrere, voneinander unabhängige, oder einer draußen im Internet.
    .why = Gegenseiten fragen über Resolver im ganzen Internet und bekommen, was die Resolver bekommen. Die Schritte 2 bis 6 sehen sich an, was diesem Netz gesagt wird; das kann stimmen, ohne dass eine Gegenseite es je sieht.
    .mend = Den Record in der Sicht berichtigen, die für alle da ist, oder die Sicht aufheben. Was die Resolver geben, wird ebenfalls angesehen; die Adressen stehen in den Einzelheiten. Hat mit Absicht jede Region ihre eigene Adresse, muss jede davon ein XPhone-Server sein, mit offenem Port 5061.
    .source = RFC 1035, Abschnitt 3.2.1; RFC 8499 (Split-DNS)

resolver-gets-nothing = { $why ->
    [some] Die Nameserver der Zone antworten diesem Netz und einem Teil der gefragten Resolver, andere bekommen keine Antwort auf { $questions } ({ $resolvers }); andere Namen finden sie
   *[all] Die Nameserver der Zone antworten diesem Netz, aber keiner der gefragten Resolver bekommt eine Antwort auf { $questions } ({ $resolvers }); andere Namen finden sie
}{ $unchecked ->
    [yes] . Ohne Prüfung der DNSSEC-Signaturen antworten sie: Vielleicht bekommen sie nur die Schlüssel (DNSKEY) oder Signaturen nicht
   *[no] {""}
}. Den Resolvern von Gegenseiten kann es ebenso gehen. Erwartet wird eine Antwort für alle.
    .headline = { $why ->
        [some] nicht jeder Resolver bekommt eine Antwort
       *[all] die Nameserver antworten uns, aber keinem Resolver
    }
    .fix = Vom Betreiber der Nameserver alle fragen lassen: keine Liste erlaubter Netze (BIND: allow-query {"{"} any; {"}"};), keine Sicht (view) nur für die eigenen Netze, und Port 53, UDP und TCP, in jeder Firewall davor für jede Quelle offen. Fünf Minuten später, denn so lange merken sich Resolver einen Fehlschlag, von außerhalb dieses Netzes oder mit einem Resolver draußen wiederholen:
        > xfed check { $domain } --resolver 9.9.9.9
    .what = Die Nameserver der Zone geben diesem Rechner den Record, während Resolver, die andere Fragen dieser Art beantworten, von ihnen nichts bekommen: Sie melden einen Fehler (SERVFAIL) oder antworten nicht rechtzeitig. Um beides zu unterscheiden, wird zusätzlich nach einem Namen in der Top-Level-Domain gefragt.
    .why = Gegenseiten fragen über Resolver im ganzen Internet, nie aus diesem Netz. Antworten die Nameserver nur denen, die sie kennen, oder verwirft eine Firewall die Fragen der anderen, findet keine Gegenseite den Server, und von innen sieht alles gut aus.
    .mend = Von außen fragen, zum Beispiel mit einem Telefon ohne WLAN oder über eine öffentliche Webseite für DNS-Fragen. Kommt auch dort keine Antwort: auf jedem Nameserver nach Zugriffslisten, Sichten (views) und Firewallregeln suchen, auch nach Ratenbegrenzung und gesperrten Ländern. Kommt eine, hatten die gefragten Resolver nur zeitweise Schwierigkeiten: wiederholen.
    .source = RFC 1034, Abschnitt 4.3; RFC 2308, Abschnitt 7; RFC 5358, Abschnitt 4

resolver-hides-partner = { $view ->
    [system] Der Resolver dieses Rechners
    [hosts-file] Die hosts-Datei dieses Rechners
   *[other] Der Resolver { $view }
} { $said ->
    [records] liefert { $seen } für { $name } ({ $record })
    [no-data] sagt, { $name } habe keinen Record vom Typ { $record }
    [silence] beantwortet die Frage nach { $name } ({ $record }) nicht
   *[other] antwortet mit { $said } auf die Frage nach { $name } ({ $record })
}; veröffentlicht ist { $published }. Erwartet wird, was veröffentlicht ist, denn { $view ->
    [hosts-file] unser Server liest seine hosts-Datei, bevor er DNS fragt
   *[other] nach seinem Resolver richtet sich unser Server
}.
    .headline = unsere Namensauflösung führt nicht zu dieser Gegenseite
    .fix = { $view ->
        [hosts-file] Auf unserem Server den Eintrag für { $name } in der hosts-Datei löschen: /etc/hosts oder C:\Windows\System32\drivers\etc\hosts. Ist unser Server ein anderer Rechner, die Prüfung dort wiederholen.
       *[other] Klären, ob unser Server diesen Resolver fragt, und die Prüfung auf unserem Server wiederholen oder mit dessen Resolver (--resolver). Wenn ja: eine Sperre oder einen Filter für diesen Namen aufheben, einen eigenen Eintrag dafür löschen oder den Cache des Resolvers leeren lassen; nach einer Änderung bei der Gegenseite warten, bis der alte Record abgelaufen ist.
    }
    .what = Aus der Sicht auf eine Gegenseite (--partner) ist die Frage, ob unser Server dorthin kommt. Die Nameserver der Gegenseite veröffentlichen den Record, der hier gefragte Resolver liefert ihn nicht: ein Filter, ein Eintrag im internen DNS, eine alte Antwort im Cache oder eine Störung. Ein Eintrag in der hosts-Datei gilt vor jedem Resolver: für den Server, während die Prüfung sich mit dem verbindet, was veröffentlicht ist.
    .why = Unser Server fragt nicht die Nameserver der Gegenseite, sondern seinen Resolver. Hat der nichts oder eine andere Adresse, kommen unsere Nachrichten nicht an, so richtig auf der anderen Seite alles ist. Ob unser Server genau diesen Resolver fragt, ist von hier aus nicht bekannt.
    .mend = Beide Antworten mit dem Befehl daneben auf unserem Server vergleichen. Oft ist es ein DNS-Filter (RPZ), eine gleichnamige Zone im Active Directory oder ein alter Router, der Fragen nach SRV-Records verwirft.
    .source = RFC 3263, Abschnitt 4

resolvers-contradict = Die Resolver widersprechen einander bei { $name } ({ $record }), und die Server der Zone ließen sich nicht fragen: { $answers }. Erwartet wird von allen dasselbe.
    .headline = Resolver widersprechen einander
    .fix = Klären, welcher recht hat: von einem Rechner wiederholen, der die Server der Zone fragen darf (Port 53), oder mit einem weiteren Resolver:
        > xfed check { $domain } --resolver 9.9.9.9
        Vorher nichts ins DNS eintragen. Wurde der Record in den letzten Stunden geändert, hat einer womöglich noch die alte Antwort: wiederholen, wenn die längste TTL abgelaufen ist.
    .what = Gefragt wurden mehrere Resolver, und sie sagen nicht dasselbe. Einer filtert, gehört zu einem internen Netz oder ist veraltet. Wer mit SERVFAIL antwortet, hat von den Servern der Zone nichts Brauchbares bekommen; ein anderer merkt sich womöglich nur, was sie vorher sagten.
    .why = Ohne die Server der Zone kann niemand sagen, welcher von ihnen hat, was Gegenseiten bekommen.
    .mend = Fragen an Port 53 (UDP und TCP) von diesem Rechner nach draußen lassen, damit sich die Server der Zone fragen lassen. Oder den Resolver weglassen, der filtert.
    .source = RFC 1034, Abschnitt 3.6; RFC 8914

authority-lost = Von außen findet niemand die Nameserver von { $zone } ({ $lost }), auf { $question } ({ $kind }) bekommen Gegenseiten also keine Antwort: { way-lost }. Was ein Resolver hier noch weiß, gilt für niemanden sonst. Erwartet werden Nameserver, deren Namen zu einer Adresse führen.
    .headline = DNS führt zu Nameservern, die niemand findet
    .fix = { way-lost-fix }
    .what = Die Frage endet in einer Zone, deren Nameserver mit Namen in anderen Zonen oder ohne Adresse genannt sind. xfed ist den Weg zu diesen Namen von der Top-Level-Domain abwärts gegangen, wie Resolver ohne Gedächtnis, und er endet vor einer Adresse.
    .why = Gegenseiten schlagen zuerst die Nameserver nach. Wessen Resolver sich nichts gemerkt hat, der bekommt auf diese Frage keine Antwort. Der eigene Resolver kennt die Adresse womöglich noch oder hat sie aus einem eigenen Eintrag.
    .mend = Meist ist die Domain der Nameserver abgelaufen, beim Umzug eines Servers wurde sein A-Record gelöscht, oder der Glue fehlt. Dort beheben, wo der Weg laut Meldung endet, andere Nameserver wählen, oder die Delegation oder den Alias beenden, der dorthin führt.
    .source = RFC 1034, Abschnitte 4.2.1 und 5.3.3; RFC 1912, Abschnitt 2.3

authority-partly-lost = { $found ->
    [by-glue] Die Nameserver { $lost } von { $zone } finden nur manche Gegenseiten, nämlich die, deren Resolver nach der Adresse bei der Delegation gehen
    [too-far] Die Nameserver { $lost } von { $zone } finden nur manche Gegenseiten, nämlich die, deren Resolver dafür einen weiten Weg gehen
    [disputed] Die Nameserver { $lost } von { $zone } finden Gegenseiten nur manchmal
    [private] Gegenseiten, deren Resolver nach der Delegation gehen, erreichen bei { $lost }, Nameservern von { $zone }, niemanden, während andere der Zone antworten
    [own] Gegenseiten, deren Resolver sich an die Zone selbst halten, erreichen bei { $lost }, Nameservern von { $zone }, niemanden; wer nach der Zone darüber geht, schon
   *[no] Die Nameserver { $lost } von { $zone } findet von außen niemand, während andere der Zone antworten
}: { way-lost }. Erwartet werden Nameserver, deren Namen zu einer Adresse führen.
    .headline = nicht jeder findet jeden Nameserver
    .fix = { way-lost-fix }
    .what = xfed ist den Weg zu den Namen der Nameserver von der Top-Level-Domain abwärts gegangen, wie Resolver ohne Gedächtnis. Zu manchen endet er vor einer Adresse.
    .why = Manche Resolver nehmen die Adresse, die mit der Delegation kommt, andere schlagen den Namen nach und finden nichts (BIND). Ist es der einzige Server der Zone, melden sie einen Fehler; gibt es andere, verlieren sie Zeit.
    .mend = Meist ist die Domain des Nameservers abgelaufen, beim Umzug eines Servers wurde sein A-Record gelöscht, oder der Glue fehlt. Dort beheben, wo der Weg laut Meldung endet, oder den Server aus den NS-Records nehmen, beim Provider und beim Registrar.
    .source = RFC 1034, Abschnitte 4.2.1 und 5.3.3; RFC 2181, Abschnitt 5.4.1

authority-name-is-alias = Der Nameserver { $server } von { $zone } ist ein Alias (CNAME) von { $target }. Erwartet wird ein Name mit eigener Adresse.
    .headline = der Name eines Nameservers ist ein Alias
    .fix = Bei denen, die die Zone von { $server } betreiben, den CNAME-Record durch A- und AAAA-Records mit den Adressen von { $target } ersetzen lassen, oder { $target } selbst als Nameserver von { $zone } eintragen, beim Provider und beim Registrar.
    .what = Ein NS-Record muss einen Server mit einem Namen nennen, der selbst Adressen hat. Dieser ist ein Alias.
    .why = Manche Resolver folgen dem Alias (Unbound), andere lassen einen solchen Server aus (BIND): Sind alle von dieser Art, bekommen ihre Benutzer statt jedes Records der Zone einen Fehler.
    .mend = Beim Namen selbst die Adressen eintragen, oder in den NS-Records den Namen hinter dem Alias.
    .source = RFC 2181, Abschnitt 10.3; RFC 1912, Abschnitt 2.4

authority-several-aliases = { $name } ist ein Alias von mehreren Namen zugleich: CNAME { $kept } und CNAME { $others }{ $way ->
    [yes] , auf dem Weg zu { $question } ({ $kind })
   *[no] {""}
}. Erwartet wird höchstens ein CNAME-Record je Name.
    .headline = ein Name hat mehrere CNAME-Records
    .fix = { $records_count ->
        [0] { $own ->
            [yes] Im DNS alle CNAME-Records von { $name } löschen
           *[no] Bei denen, die die Zone von { $name } betreiben, alle CNAME-Records dieses Namens löschen lassen
        } bis auf einen. { $end ->
            [none] Bleiben soll der, der zum { noun-server } führt.
           *[other] Der erste führt zu { $end }; ist das richtig, soll er bleiben und CNAME { $others } weg.
        }
       *[other] Im DNS alle CNAME-Records von { $question } löschen und eintragen, mit der öffentlichen Adresse des { noun-server }s:
            > { $records_lines }
    }
    .what = Ein CNAME-Record sagt: Dieser Name steht für jenen. Zwei davon widersprechen sich, deshalb ist nur einer erlaubt. Nameserver, die ihre Zonen prüfen, laden eine solche Zone nicht; die eigenen Programme mancher Provider schon.
    .why = Manche Resolver folgen dem ersten CNAME-Record (Unbound), und das kann jedes Mal ein anderer sein. Andere halten die ganze Antwort für kaputt und melden ihren Benutzern einen Fehler (BIND): Gegenseiten mit solchen Resolvern finden weder Record noch Server.
    .mend = Alle CNAME-Records dieses Namens löschen bis auf einen. Soll sich die Last auf mehrere Server verteilen, stattdessen mehrere A-Records oder mehrere SRV-Records eintragen.
    .source = RFC 1034, Abschnitt 3.6.2; RFC 2181, Abschnitt 10.1

resolver-astray = Für die Zone { $apex } geht ein hier gefragter Resolver zu { $remembered }, { $how ->
    [address] während Gegenseiten diese Nameserver unter anderen Adressen finden
   *[names] während die Zone { $from } und die Nameserver selbst { $servers } nennen
}. Beurteilt ist nur, was Gegenseiten finden. Erwartet werden überall dieselben Nameserver.
    .headline = ein Resolver hier fragt andere Nameserver
    .fix = Wurden die Nameserver in den letzten zwei Tagen geändert: warten, und die Zone bei den alten so lange unverändert lassen. Wenn nicht: bei denen, die diesen Resolver betreiben, seinen Cache leeren und nach einem eigenen Eintrag für { $apex } suchen lassen (Weiterleitung, Stub- oder lokale Zone).
    .what = xfed ist den Weg zur Zone von der Top-Level-Domain abwärts gegangen. Die Zone darüber und die eigenen Server der Zone sind sich einig; nur der hier gefragte Resolver geht zu anderen.
    .why = Was dieser Resolver über die Domäne sagt, ist nicht das, was Gegenseiten sehen. Nach einem Umzug merken sich auch andere Resolver die alten Nameserver noch eine Weile.
    .mend = Die Domäne über einen anderen Resolver ansehen. Nach einem Umzug die Zone beim alten Provider zwei Tage unverändert lassen.
    .source = RFC 1034, Abschnitt 4.2.2; RFC 2181, Abschnitt 5.4.1

authority-alias-chain = { $name } ({ $record }) führt über mehr als { $limit } Aliase (CNAME) hintereinander. BIND und Unbound folgen nicht weiter und antworten mit SERVFAIL, Gegenseiten bekommen also nichts. Erwartet wird der Record selbst oder ein Alias, der zu ihm führt.
    .headline = zu viele Aliase hintereinander
    .fix = Die Kette vom DNS-Provider kürzen lassen: den Record bei { $name } selbst eintragen oder den Alias dort gleich zum Namen am Ende führen lassen.
    .what = Die Server der Zone liefern einen Alias nach dem anderen. Jeder für sich ist richtig, aber Resolver folgen nur so vielen: BIND seit 2024 und Unbound 11, in ihren Voreinstellungen. xfed folgt ebenso vielen und weiß darum nicht, was am Ende steht.
    .why = Eine Gegenseite, deren Resolver aufgibt, bekommt einen Fehler, als wäre die Zone defekt. Wessen Resolver weiter folgt oder sich das Ende der Kette gemerkt hat, der kommt durch: Das sieht nach Zufall aus.
    .mend = Jeder Alias auf dem Weg gehört zu etwas: ein eigener Name, ein Load Balancer, ein Hoster, ein Umzug, der einen stehen ließ. Die herausnehmen, die nur weiterführen.
    .source = RFC 1034, Abschnitt 3.6.2; BIND: max-query-restarts; Unbound: max-query-restarts

authority-ipv6-only = { $how ->
    [silent] Die Nameserver von { $zone } antworten nur über IPv6; über IPv4 kam nichts von { $servers }. Erwartet wird eine Antwort über IPv4 von mindestens einem, besser von zweien.
   *[none] Die Nameserver von { $zone } haben nur IPv6-Adressen: { $servers }. Erwartet wird eine IPv4-Adresse (A-Record) bei mindestens einem, besser bei zweien.
}
    .headline = { $how ->
        [silent] die Nameserver antworten nicht über IPv4
       *[none] die Nameserver haben keine IPv4-Adresse
    }
    .fix = { $how ->
        [silent] Vom DNS-Provider prüfen lassen, warum { $servers } auf Port 53 (UDP und TCP) nicht antworten: Adresse, Firewall, Dienst. Eine veraltete Adresse dort ersetzen lassen, wo der Nameserver seinen A-Record hat, und beim Registrar (Glue).
       *[none] Den DNS-Provider den Nameservern von { $zone } auch eine IPv4-Adresse (A-Record) geben lassen, mindestens einem, besser zweien, oder weitere Nameserver von { $zone } eintragen, die eine haben, beim Provider und beim Registrar. Bei einem Nameserver, dessen Name in { $zone } selbst liegt: die IPv4-Adresse vom Registrar auch bei der Delegation (Glue) eintragen lassen.
    }
    .what = Alle Nameserver dieser Zone stehen unter IPv6-Adressen (AAAA-Records), und keiner hat eine IPv4-Adresse (A-Record), oder keiner antwortet unter der, die er hat. Der Weg zum XPhone Server führt durch diese Zone.
    .why = Viele Firmen haben kein IPv6, und ihre Resolver erreichen keinen Server der Zone: Sie antworten mit einem Fehler (SERVFAIL), und diese Gegenseiten finden weder den SRV-Record noch den Server. Gegenseiten mit IPv6 finden beides.
    .mend = Für mindestens zwei Nameserver neben dem AAAA-Record einen A-Record eintragen, und dieselbe Adresse beim Registrar, wo er eine führt (Glue). Oder weitere Nameserver mit IPv4 nehmen.
    .source = RFC 3901

authority-false-denial = { $what ->
    [type] Auf die Frage nach { $record } sagen die Nameserver, { $name } gebe es überhaupt nicht (NXDOMAIN), obwohl der Name einen Record vom Typ { $kind } hat
   *[above] Die Nameserver sagen, { $name } gebe es nicht (NXDOMAIN), obwohl { $exists } darunter einen Record vom Typ { $kind } hat
} ({ $servers }){ $view ->
    [none] {""}
    [system] . Der Resolver dieses Rechners glaubt es und findet ihn nicht
   *[other] . Der Resolver { $view } glaubt es und findet ihn nicht
}. Erwartet wird eine Antwort ohne Einträge (NOERROR).
    .headline = Nameserver verneinen einen Namen, den es gibt
    .fix = Den DNS-Provider das beheben lassen: Für { $name } ({ $record }) müssen die Nameserver NOERROR ohne Einträge antworten, nicht NXDOMAIN. Von selbst vergeht es nicht.
    .what = NXDOMAIN heißt, dass es einen Namen und alles darunter nicht gibt. Manche Nameserver und Load-Balancer senden es auch, wo nur ein Record eines Typs fehlt.
    .why = Resolver dürfen es für den ganzen Namen und alles darunter glauben (RFC 8020). Gegenseiten hinter einem solchen Resolver finden den Server nicht, andere schon.
    .mend = Dem DNS-Provider oder dem Hersteller des Load-Balancers melden. Bis dahin hilft oft ein Record am verneinten Namen (irgendein TXT-Record).
    .source = RFC 8020; RFC 4592, Abschnitt 2.2.2; RFC 2308, Abschnitt 2

dns-unreachable = Kein Resolver hat die Frage nach { $name } ({ $record }) beantwortet: { $reason ->
    [no-resolver] Auf diesem Rechner ist keiner eingetragen
    [timed-out] Es kam rechtzeitig nichts
    [port-closed] Sein Port ist geschlossen
    [unreachable] Dieser Rechner kann ihm nichts senden
    [too-many-files] Dieser Rechner lässt xfed keinen weiteren Socket öffnen (Grenze für offene Dateien)
    [malformed] Was kam, war keine DNS-Antwort
    [truncated] Die Antwort war gekürzt, und über TCP kam keine vollständige
    [no-address] Sein Hostname hat keine Adresse
    [tls] Es kam keine TLS-Verbindung zustande
    [certificate] Sein Zertifikat ist nicht vertrauenswürdig, heute nicht gültig oder auf einen anderen Namen ausgestellt
    [closed] Er hat die Verbindung beendet
    [http] DNS über HTTPS mit HTTP/1.1 gibt es dort nicht
   *[other] keine Antwort
}{ $servers_count ->
    [0] {""}
   *[other] {" "}(gefragt: { $servers })
}. Erwartet wird eine Antwort.
    .headline = kein DNS-Resolver hat geantwortet
    .fix = { $reason ->
        [no-address] Den Hostnamen des Resolvers berichtigen oder seine Adresse angeben, z. B. tls://9.9.9.9.
        [certificate] Den Namen angeben, auf den das Zertifikat des Resolvers ausgestellt ist (tls://9.9.9.9#dns.quad9.net), bei einer privaten CA deren Stammzertifikat mit --ca-file.
        [tls] Port und Art des Resolvers berichtigen: tls:// ist DNS über TLS, normalerweise Port 853, https:// ist DNS über HTTPS, normalerweise Port 443.
        [http] Den Pfad des Resolvers berichtigen, normalerweise /dns-query. Wer nur HTTP/2 spricht, lässt sich stattdessen mit tls:// fragen.
        [truncated] DNS über TCP (Port 53) von diesem Rechner zum Resolver zulassen, einen Router, der an seiner Stelle antwortet, aktualisieren oder einen anderen Resolver nennen:
            > xfed check { $domain } --resolver 9.9.9.9
        [malformed] Einen anderen Resolver nennen:
            > xfed check { $domain } --resolver 9.9.9.9
            Antwortet der, braucht der Router oder die Firewall, die die Antworten beschädigt, ein Update.
        [too-many-files] Auf diesem Rechner mehr offene Dateien erlauben (ulimit -n 4096) oder weniger Domänen zugleich prüfen (--jobs 1).
       *[other] Den Weg von diesem Rechner zum Resolver öffnen (Port 53, UDP und TCP; 853 für tls://, 443 für https://) oder einen anderen nennen:
            > xfed check { $domain } --resolver 9.9.9.9
    }
    .what = Kein Resolver, den xfed gefragt hat, schickte eine brauchbare Antwort. Gefragt werden, wenn nichts anderes angegeben ist, die Resolver, die auf diesem Rechner eingetragen sind.
    .why = Ohne DNS lässt sich über die Domäne nichts sagen, weder Gutes noch Schlechtes. Alle Zeilen, die es brauchen, bleiben offen.
    .mend = Netzwerkeinstellungen dieses Rechners und die Firewall für Port 53 prüfen, UDP und TCP. Lässt das Netz nur den eigenen Resolver zu, diesen nennen: --resolver <IP>.
    .source = Leitfaden XPhone-Federation, Kapitel 13; RFC 7766

## Schritt 2, FQDN und A-Record

fqdn-foreign-domain = Der FQDN { $fqdn } endet nicht auf die { noun-domain } { $domain }{ $partner ->
    [yes] {""}
   *[no] , erwartet wird ein Name wie xphone.{ $domain }
}.{ $certified_count ->
    [0] {""}
   *[other] {" "}Das dort gezeigte Zertifikat ist auf { $certified } ausgestellt.
}
    .headline = Servername liegt nicht unter der { noun-domain }
    .fix = Dem Server einen Namen direkt unter { $domain } geben, z. B. xphone.{ $domain }. Diesen als A-Record{ $direct ->
        [yes] {""}
       *[no] , als Ziel des SRV-Records { $srv_name }
    } und in XPhone unter „Öffentlicher Name (FQDN)“ eintragen und das Zertifikat dafür bestellen, falls es noch keines gibt.{ $direct ->
        [yes] {" "}Den Gegenseiten mitteilen, die noch den alten eingetragen haben.
       *[no] {""}
    }
    .what = Der FQDN des Servers ist weder die XPhone-Domäne noch ein Name darunter. Verglichen wird Teil für Teil zwischen den Punkten: xphone.evilzahnfee.de liegt nicht unter zahnfee.de.
    .why = Gegenseiten wie Skype for Business trauen einem Server nur, wenn sein Name in der Domäne liegt, für die er spricht; sonst könnte jeder mit Zugriff auf den Eintrag den Chat umleiten. Gemeldet wird das als ms-diagnostics 1009.
    .mend = Dem Server einen zweiten Namen direkt unter der XPhone-Domäne geben: A-Record, SRV-Ziel, „Öffentlicher Name (FQDN)“ in XPhone und Zertifikat tragen alle diesen Namen. Der alte darf für andere Dienste bleiben. Die XPhone-Domäne deswegen nicht ändern.
    .source = Leitfaden XPhone-Federation, Kapitel 3; C4B-Online-Hilfe, Federation

fqdn-too-deep = Der FQDN { $fqdn } liegt mehr als eine Ebene unter { $domain }, erwartet wird höchstens eine, z. B. xphone.{ $domain }.
    .headline = Servername liegt zu tief unter der Domäne
    .fix = Lehnt eine Gegenseite den Namen ab: einen direkt unter { $domain } nehmen, z. B. xphone.{ $domain }. Diesen als A-Record{ $direct ->
        [yes] {""}
       *[no] , als Ziel des SRV-Records { $srv_name }
    } und in XPhone unter „Öffentlicher Name (FQDN)“ eintragen und das Zertifikat dafür bestellen.
    .what = Der FQDN liegt in der Domäne, hat davor aber mehr als einen Teil, etwa xphone.office.zahnfee.de unter zahnfee.de. Der Leitfaden lässt das zu; die Hilfe des Herstellers verlangt die Domäne selbst oder einen Namen direkt darunter.
    .why = Manche Gegenseiten mit Skype for Business lehnen solche Namen bei Open Federation ab. Andere nehmen sie an, der Fehler zeigt sich also nur bei einzelnen.
    .mend = Klagt eine Gegenseite, für A-Record, SRV-Ziel, „Öffentlicher Name (FQDN)“ und Zertifikat einen Namen direkt unter der Domäne nehmen. Spätestens bei der nächsten Erneuerung des Zertifikats; vorher ist nichts zu tun.
    .source = Leitfaden XPhone-Federation, Kapitel 3; C4B-Online-Hilfe, Federation

fqdn-not-found = { $source ->
    [file] In der Zonendatei fehlt der FQDN { $fqdn }
   *[dns] { $end ->
        [none] Das öffentliche DNS kennt den FQDN { $fqdn } nicht (NXDOMAIN)
       *[other] Der FQDN { $fqdn } ist ein Alias (CNAME) von { $end }, und { $end } kennt das öffentliche DNS nicht (NXDOMAIN)
    }
}, erwartet wird ein A-Record mit der öffentlichen Adresse des { noun-server }s.{ $near_count ->
    [0] {""}
   *[other] {" "}Eine Adresse hat ein ähnlicher Name: { $near }.
}
    .headline = { $source ->
        [file] Servername fehlt in der Zonendatei
       *[dns] Servername fehlt im öffentlichen DNS
    }
    .fix =
        { $named_by ->
            [user] { $near_count ->
                [0] {""}
               *[other] Ist { $near } gemeint: mit diesem Namen bei --fqdn wiederholen und ihn auch bei der Gegenseite eintragen. Sonst:{" "}
            }Im öffentlichen DNS eintragen, mit der Adresse, die die Firewall an den { noun-server } weiterleitet:
           *[record] { $fqdn } Zeichen für Zeichen mit „Öffentlicher Name (FQDN)“ { noun-in-xphone } vergleichen. Ist er vertippt, das Ziel des SRV-Records berichtigen oder diesen Eintrag löschen. Stimmt er, im öffentlichen DNS eintragen, mit der Adresse, die die Firewall an den { noun-server } weiterleitet:
        }
        > { $fqdn }. A <öffentliche IPv4-Adresse>
        { $end ->
            [none] {""}
           *[other] Er tritt an die Stelle des Alias (CNAME), der jetzt dort steht; oder die Adresse bei { $end } eintragen.
        }
        { $cut ->
            [none] {""}
           *[other] Die Zone gibt { $cut } an { $carriers } weiter (NS-Records). Der Record muss dort stehen; in der Zone darüber sieht ihn niemand.
        }
    .partner =
        { $named_by ->
            [user] @xphone-admin { $near_count ->
                [0] {""}
               *[other] Vielleicht ist { $near } gemeint.{" "}
            }Die Gegenseite fragen, ob { $fqdn } (aus --fqdn) stimmt.
            [microsoft] @partner { $fqdn } Zeichen für Zeichen mit dem Namen vergleichen, den Microsoft nennt, meist sipfed.online.lync.com. Ist er vertippt, das Ziel des SRV-Records berichtigen.
           *[record] @partner Das Ziel des SRV-Records berichtigen, falls { $fqdn } dort vertippt ist.
        }
        { $named_by ->
            [microsoft] @xphone-admin Stimmt er, hält der Resolver hier den Namen von Microsoft zurück. Einen anderen fragen:
           *[record] @partner Stimmt der Name, im öffentlichen DNS eintragen, mit der öffentlichen Adresse des Servers:
        }
        { $named_by ->
            [microsoft] > xfed check { $domain } --partner --resolver 9.9.9.9
           *[record] > { $fqdn }. A <öffentliche IPv4-Adresse>
        }
    .what = Das öffentliche DNS meldet NXDOMAIN für den FQDN: Unter diesem Namen gibt es keinen Eintrag, gleich welchen Typs. Der SRV-Record oder --fqdn nennt einen Server, den niemand findet. Bei einem Namen aus --fqdn fragt xfed auch nach einigen, die leicht so vertippt werden, und nennt die, die eine Adresse haben.
    .why = Ohne Adresse kommt keine Gegenseite weiter; die Microsoft-Seite meldet ms-diagnostics 1014. Oft steht der A-Record nur im internen DNS.
    .mend = Den A-Record in der öffentlichen Zone eintragen, mit der öffentlichen Adresse, die die Firewall an den Server weiterleitet. Ist der Name im SRV-Record vertippt, dort das Ziel berichtigen. Mit nslookup gegen einen öffentlichen Resolver prüfen.
    .source = Leitfaden XPhone-Federation, Kapitel 3; RFC 8020

fqdn-no-a-record = { $addresses_count ->
    [0] { $end ->
        [none] Den FQDN { $fqdn } gibt es im DNS, aber er hat keine Adresse
       *[other] Der FQDN { $fqdn } ist ein Alias (CNAME) von { $end }, und { $end } hat keine Adresse
    }
   *[other] Der FQDN { $fqdn } hat nur IPv6-Adressen ({ $addresses })
}; erwartet wird ein A-Record mit der öffentlichen IPv4-Adresse des { noun-server }s.
    .headline = Servername hat keinen A-Record
    .fix =
        { $named_by ->
            [user] Im öffentlichen DNS eintragen, mit der Adresse, die die Firewall an den { noun-server } weiterleitet:
           *[record] { $fqdn } Zeichen für Zeichen mit „Öffentlicher Name (FQDN)“ { noun-in-xphone } vergleichen. Ist er vertippt, das Ziel des SRV-Records berichtigen oder diesen Eintrag löschen. Stimmt er, im öffentlichen DNS eintragen, mit der Adresse, die die Firewall an den { noun-server } weiterleitet:
        }
        > { $fqdn }. A <öffentliche IPv4-Adresse>
        { $end ->
            [none] {""}
           *[other] Er tritt an die Stelle des Alias (CNAME), der jetzt dort steht; oder die Adresse bei { $end } eintragen.
        }
    .partner =
        { $named_by ->
            [microsoft] @partner { $fqdn } Zeichen für Zeichen mit dem Namen vergleichen, den Microsoft nennt, meist sipfed.online.lync.com. Ist er vertippt, das Ziel des SRV-Records berichtigen.
           *[record] @partner Im öffentlichen DNS eintragen, mit der öffentlichen IPv4-Adresse des Servers:
        }
        { $named_by ->
            [microsoft] {""}
           *[record] > { $fqdn }. A <öffentliche IPv4-Adresse>
        }
    .what = Den FQDN gibt es im DNS, aber ohne A-Record, also ohne IPv4-Adresse. Vielleicht hat er einen AAAA-Record oder einen Eintrag anderen Typs, etwa TXT.
    .why = Viele Gegenseiten verbinden sich nur über IPv4, und der Leitfaden verlangt einen A-Record. Ein AAAA-Record allein sperrt sie aus.
    .mend = Für den FQDN einen A-Record mit der öffentlichen IPv4-Adresse eintragen, die die Firewall an den Server weiterleitet. Einen AAAA-Record nur behalten, wenn TCP 5061 auch über IPv6 offen ist.
    .source = Leitfaden XPhone-Federation, Kapitel 3

address-not-public = Der FQDN { $fqdn } führt zu { $address }, { $range ->
    [private] einer privaten Adresse
    [cgnat] einer Adresse aus dem internen Netz des Providers (Carrier-Grade-NAT)
    [loopback] der Loopback-Adresse eines Rechners selbst
    [link-local] einer Link-Local-Adresse (APIPA)
    [documentation] einer Adresse nur für Dokumentation
    [multicast] einer Multicast-Adresse
    [nat64] einer Adresse, die nur Netze mit Übersetzung nach IPv4 (NAT64) erreichen
   *[reserved] einer reservierten Adresse
}. Erwartet wird eine öffentliche Adresse.
    .headline = Adresse im öffentlichen DNS ist nicht öffentlich
    .fix =
        { $family ->
            [v6] Im öffentlichen DNS den AAAA-Record von { $fqdn } mit { $address } löschen oder dort die öffentliche IPv6-Adresse des Servers eintragen.{ $range ->
                [private] {" "}Eine private gehört nur ins interne DNS.
               *[other] {""}
            }
           *[v4] { $range ->
                [cgnat] Beim Internet-Provider eine öffentliche IPv4-Adresse bestellen. Dann im öffentlichen DNS eintragen:
               *[other] Im öffentlichen DNS { $address } durch die öffentliche Adresse ersetzen, die die Firewall an den { noun-server } weiterleitet; neben einer öffentlichen einfach löschen.{ $range ->
                    [private] {" "}Eine private gehört nur ins interne DNS.
                   *[other] {""}
                }
            }
            > { $fqdn }. A <öffentliche IPv4-Adresse>
        }
    .what = Das öffentliche DNS gibt für den FQDN eine Adresse an, die im Internet nicht geroutet wird: privat (10.x, 172.16–31.x, 192.168.x), aus dem Netz des Providers (100.64.x), Link-Local (169.254.x) oder reserviert. xfed verbindet sich nur mit --allow-private dorthin.
    .why = Von außen führt eine solche Adresse ins Leere oder zu einem fremden Rechner im Netz der Gegenseite. Eine private IPv6-Adresse neben einer öffentlichen IPv4-Adresse stört nur Gegenseiten mit IPv6 und zählt deshalb als Warnung.
    .mend = Im öffentlichen DNS die öffentliche Adresse der Firewall eintragen; die private gehört nur ins interne DNS. Bei 100.64.x hat der Anschluss keine eigene öffentliche IPv4-Adresse (Carrier-Grade-NAT): beim Internet-Provider eine bestellen, ohne sie ist kein Port-Forwarding möglich.
    .source = Leitfaden XPhone-Federation, Kapitel 3 und 5; RFC 1918, RFC 6598, RFC 3927, RFC 6890

address-several = Der FQDN { $fqdn } hat { $addresses_count } A-Records ({ $addresses }). Erwartet wird einer.
    .headline = Servername hat mehrere A-Records
    .fix = Alle A-Records von { $fqdn } löschen, die nicht zum { noun-server } führen. Mehrere sind nur richtig, wenn jeder dorthin führt (zwei Internet-Anschlüsse).
    .what = Der FQDN hat mehr als einen A-Record. xfed verbindet sich mit jeder Adresse; eine tote zeigt sich in Schritt 4.
    .why = Die Gegenseite nimmt eine der Adressen, meist zufällig. Führt eine davon nicht zu XPhone, klappt Federation nur manchmal, und das ist schwerer zu finden als ein Totalausfall.
    .mend = Die Adressen löschen, die nicht zum XPhone-Server führen, vor allem alte. Gibt es wirklich zwei Internet-Anschlüsse, auf beiden Port-Forwarding von TCP 5061 zum selben Server einrichten.
    .source = Leitfaden XPhone-Federation, Kapitel 3

address-split-view = { $view ->
    [system] Der Resolver dieses Rechners
   *[other] Der Resolver { $view }
} gibt { $seen } für { $fqdn }, die Zone veröffentlicht { $published }: Das eine ist privat, das andere öffentlich. Die Gegenseite sieht, was die Zone veröffentlicht.
    .headline = internes und öffentliches DNS nennen andere Adressen
    .fix = Soll ein internes DNS anders antworten: nichts zu tun. Wenn nicht: { $fqdn } im internen DNS löschen. Von außen testen.
    .what = Der Name führt hier zu einer privaten Adresse und im Internet zu einer öffentlichen, oder umgekehrt: Ein internes DNS antwortet ebenfalls für die Domäne (Split-DNS).
    .why = Das kann gewollt sein. Wer von innen testet, prüft dann aber einen anderen Weg als den der Gegenseite.
    .mend = Von außen testen, oder mit --connect-to den Server selbst. Wo die interne Antwort nicht gewollt ist, sie im internen DNS löschen.
    .source = Leitfaden XPhone-Federation, Kapitel 3 und 5

address-stale = { $view ->
    [system] Der Resolver dieses Rechners
   *[other] Der Resolver { $view }
} gibt { $seen_count ->
    [0] keine Adresse
   *[other] { $seen }
} für { $fqdn }, veröffentlicht ist { $published_count ->
    [0] keine
   *[other] { $published }
}. Erwartet wird überall dasselbe{ $unit ->
    [unknown] {""}
   *[other] , spätestens { $dated ->
        [yes] am { $date } um { $until }
       *[no] um { $until }
    }
}.
    .headline = ein Resolver nennt eine andere Adresse als die Zone
    .fix = Nichts einzutragen: { $unit ->
        [unknown] warten, bis die Resolver die alte Antwort vergessen haben
        [hours] { $hours } Stunden warten
        [days] { $days } Tage warten
       *[minutes] { $minutes ->
            [one] 1 Minute warten
           *[other] { $minutes } Minuten warten
        }
    }{ $unit ->
        [unknown] {""}
       *[other] {" "}({ $dated ->
            [yes] bis { $date }, { $until }
           *[no] bis { $until }
        })
    }, dann wiederholen. Bleibt die Antwort danach dieselbe, die Nameserver in den NS-Records von { $domain } mit denen vergleichen, die beim Registrar eingetragen sind: Vielleicht wird dieser Resolver zu anderen geführt.
    .what = Ein Resolver antwortet aus dem Gedächtnis mit einer Adresse, die die Zone nicht mehr veröffentlicht, oder kennt die neue noch nicht.
    .why = Gegenseiten, deren Resolver sie sich merken, gehen noch zur alten Adresse, jede bis zum Ablauf der TTL.
    .mend = Warten und den alten Weg so lange offen lassen. Vor der nächsten Änderung die TTL des A-Records einen Tag vorher auf wenige Minuten senken.
    .source = RFC 1034, Abschnitt 3.6; RFC 2308, Abschnitt 5

address-alias-loop = Der FQDN { $fqdn } ist ein Alias, der zu sich selbst zurückführt (CNAME: { $chain }), erwartet wird ein A-Record.
    .headline = der Name des Servers ist ein Alias seiner selbst
    .fix =
        Im DNS den CNAME von { $fqdn } löschen und eintragen, mit der öffentlichen Adresse des { noun-server }s:
        > { $fqdn }. A <öffentliche IPv4-Adresse>
    .what = Der FQDN ist ein Alias (CNAME), und wer ihm folgt, kommt dort an, wo er begonnen hat. Eine Adresse steht nirgends.
    .why = Resolver geben mit einem Fehler auf (SERVFAIL), niemand findet also den Server.
    .mend = Den CNAME durch einen A-Record mit der öffentlichen IPv4-Adresse des XPhone-Servers ersetzen.
    .source = Leitfaden XPhone-Federation, Kapitel 3; RFC 1034, Abschnitt 3.6.2

address-alias = Der FQDN { $fqdn } ist ein Alias (CNAME: { $chain }){ $by ->
    [dname] {" "}durch einen DNAME, der alle Namen darunter anderswohin führt ({ $dname })
    [wildcard] {" "}durch einen Wildcard (*), denn er hat keinen eigenen Record
   *[cname] {""}
}, erwartet wird ein eigener A-Record.
    .headline = Servername ist ein Alias (CNAME)
    .fix =
        { $by ->
            [dname] Unter einem DNAME kann kein Record stehen. Ihn durch Records für die einzelnen Namen darunter ersetzen lassen, die benutzt werden; oder für den Server einen anderen Namen nehmen, über dem kein DNAME steht, im SRV-Record, { noun-in-xphone } und im Zertifikat. Der eigene Record, mit der öffentlichen Adresse des { noun-server }s, ist:
            [wildcard] Den Wildcard so lassen; ein eigener Record geht vor. Im DNS eintragen, mit der öffentlichen Adresse des { noun-server }s:
           *[cname] Im DNS den CNAME von { $fqdn } löschen und eintragen, mit der öffentlichen Adresse des { noun-server }s:
        }
        > { $records_count ->
            [0] { $fqdn }. A <öffentliche IPv4-Adresse>
           *[other] { $records_lines }
        }
    .what = Der FQDN ist ein Alias: Ein CNAME führt zu einem anderen Namen, und erst der hat eine Adresse.
    .why = Das Ziel eines SRV-Records darf kein Alias sein. Windows-Resolver folgen ihm meist trotzdem, andere nicht; Federation klappt dann nur mit einem Teil der Gegenseiten.
    .mend = Den CNAME durch einen A-Record mit der öffentlichen IPv4-Adresse des XPhone-Servers ersetzen. Wechselt die Adresse oft, diesen A-Record vom DynDNS-Dienst nachführen lassen.
    .source = Leitfaden XPhone-Federation, Kapitel 3; RFC 2782 (Target); RFC 1034, Abschnitt 3.6.2

address-at-microsoft = Der FQDN { $fqdn } ist ein Alias (CNAME) von { $target } in der Cloud von Microsoft; dort antwortet Microsoft, nicht XPhone. Erwartet wird ein Name, der zum { noun-server } führt.
    .headline = der Servername führt zu Microsoft, nicht zu XPhone
    .fix =
        @xphone-admin Dem XPhone-Server einen eigenen Namen geben, z. B. xphone.{ $domain }, ihn unter „Öffentlicher Name (FQDN)“ eintragen und dem DNS-Admin nennen.
        @dns-admin Den CNAME von { $fqdn } stehen lassen: Clients von Skype und Teams melden sich womöglich darüber an. Für den eigenen Namen des Servers einen A-Record anlegen{ $direct ->
            [yes] .
           *[no] {" "}und den SRV-Record darauf setzen.
        }
    .partner =
        @partner Dem Server einen eigenen Namen mit öffentlicher Adresse geben und den SRV-Record darauf setzen. Der Alias von { $fqdn } kann bleiben.
    .what = Der Name, der für den XPhone-Server steht, ist ein Alias, der zu Microsoft 365 führt, wie jeder Mandant sie für sip und lyncdiscover hatte. Was dort antwortet, gehört Microsoft.
    .why = Gegenseiten verbinden sich mit Microsoft und fragen nach dem Namen von XPhone. Sie werden abgewiesen oder landen in Teams.
    .mend = Für den XPhone-Server einen anderen Namen nehmen, mit A-Record auf seine öffentliche Adresse, und ihn als SRV-Ziel, unter „Öffentlicher Name (FQDN)“ in XPhone und im Zertifikat verwenden. Den Alias nicht löschen: Die Anmeldung der Clients hängt womöglich daran.
    .source = Leitfaden XPhone-Federation, Kapitel 3 und 10

address-from-wildcard = { $alias ->
    [yes] Der FQDN { $fqdn } ist ein Alias von { $owner }, und dort gibt es keinen eigenen Eintrag
   *[no] Der FQDN { $fqdn } hat keinen eigenen Eintrag
}: Ein Wildcard-Record liefert hier { $addresses } für jeden Namen, auch für { $name }. { $certified_count ->
    [0] {""}
   *[other] Das dort gezeigte Zertifikat ist auf { $certified } ausgestellt, der { noun-server } ist das also wohl nicht.{" "}
}Erwartet wird ein A-Record für { $fqdn } selbst.
    .headline = Servername hat keinen eigenen Record
    .fix =
        { $fqdn } Zeichen für Zeichen mit „Öffentlicher Name (FQDN)“ { noun-in-xphone } vergleichen. Stimmt er, im öffentlichen DNS eintragen, mit der Adresse, die die Firewall an den { noun-server } weiterleitet:
        > { $fqdn }. A <öffentliche IPv4-Adresse>
    .what = Ein zufälliger Name neben dem FQDN hat dieselben Adressen und einer darunter auch. Dort antwortet ein Wildcard-Record (*) nur, wenn es den FQDN selbst nicht gibt.
    .why = Vielleicht ist der Name im SRV-Record vertippt, und niemand merkt es: Er führt dorthin, wohin der Wildcard-Record führt, meist zu einem Webserver. Ändert sich der eines Tages, reißt Federation ab, ohne dass jemand sie angefasst hat.
    .mend = Den Namen im SRV-Record berichtigen oder einen A-Record dafür eintragen. Der Wildcard-Record darf bleiben.
    .source = Leitfaden XPhone-Federation, Kapitel 3; RFC 4592, Abschnitt 2.2.1

address-ipv6-unknown = Ob { $fqdn } IPv6-Adressen hat, ist nicht bekannt: { $why ->
    [failed] { $said ->
        [code] Die Frage nach AAAA endete mit { $rcode }
        [said-lame] Die nach AAAA gefragten Server führen die Zone nicht
        [said-no-edns] Die Frage nach AAAA wird nur ohne EDNS beantwortet
        [said-no-signatures] Die Frage nach AAAA wird nur beantwortet, wenn nicht auch nach Signaturen gefragt wird (DO)
        [said-not-authoritative] Die nach AAAA gefragten Server antworten nicht als Server der Zone
        [said-two-subtrees] Die Antwort auf AAAA hat zwei verschiedene DNAME-Records für einen Namen
        [said-denied-record] Die Antwort auf AAAA bestreitet den Namen und enthält den Record trotzdem
       *[other] Die nach AAAA gefragten Server nennen nur andere
    }
   *[silent] Die Frage nach AAAA hat niemand beantwortet
}. Eine tote würde Gegenseiten bremsen.
    .headline = IPv6-Adressen ließen sich nicht abfragen
    .fix = Den DNS-Provider prüfen lassen, warum es für { $fqdn } keine Antwort vom Typ AAAA gibt. Erwartet wird eine Adresse oder eine Antwort ohne Adresse.
    .what = Die IPv4-Adressen des FQDN kamen, für IPv6 (AAAA) kam ein Fehler oder nichts.
    .why = Viele Resolver fragen nach beidem. Scheitert AAAA, warten manche sekundenlang, andere geben auf. Und eine IPv6-Adresse, die hier niemand sieht, lässt sich nicht prüfen.
    .mend = Alte Nameserver und Load-Balancer, die AAAA nicht kennen, brauchen ein Update; sie müssen NOERROR ohne Einträge antworten. Oder der Resolver dieses Rechners verwirft die Frage: --resolver 9.9.9.9 versuchen.
    .source = RFC 4074; RFC 8305

address-behind-cdn = Der FQDN { $fqdn } führt zum Web-Proxy von { $proxy } ({ $address }), und dort { $outcome ->
    [refused] wird TCP-Port 5061 abgewiesen
    [timed-out] antwortet TCP-Port 5061 nicht
   *[unreachable] ist TCP-Port 5061 nicht erreichbar
}. Erwartet wird die öffentliche Adresse des { noun-server }s selbst.
    .headline = Adresse gehört zum Web-Proxy von { $proxy }
    .fix = { $beside_count ->
        [0] In den DNS-Einstellungen bei { $proxy } den Eintrag auf „Nur DNS“ stellen (graue Wolke), mit der öffentlichen Adresse, die die Firewall an den { noun-server } weiterleitet:
            > { $fqdn }. A <öffentliche IPv4-Adresse>
       *[other] Den Eintrag von { $fqdn } löschen, der zu { $proxy } führt. Der mit { $beside } bleibt: Dort antwortet jemand.
    }
    .what = Die Adresse gehört zu einem Proxy, der vor Websites steht, und auf Port 5061 antwortet dort niemand. xfed kennt die Bereiche, die Cloudflare veröffentlicht.
    .why = Ein solcher Proxy reicht nur HTTP und HTTPS weiter. Chat auf Port 5061 kommt nie beim XPhone-Server an, was immer dessen Firewall erlaubt.
    .mend = Den FQDN aus dem Proxy nehmen (bei Cloudflare „Nur DNS“, die graue Wolke), damit sein A-Record die eigene öffentliche Adresse des Servers zeigt. Websites unter anderen Namen können hinter dem Proxy bleiben.
    .source = Leitfaden XPhone-Federation, Kapitel 3 und 5; Cloudflare: IP-Bereiche (cloudflare.com/ips), Proxy-Einträge im DNS

## Schritt 3, der SRV-Record

srv-missing = Den SRV-Record { $name } gibt es nicht. Erwartet wird einer mit Port 5061 und dem FQDN des { noun-server }s.
    .headline = SRV-Record fehlt
    .fix =
        Im öffentlichen DNS eintragen (Priorität 0, Gewicht 0, Port 5061){ $server_known ->
            [yes] :
           *[no] , mit dem FQDN des { noun-server }s als Ziel; wenn er { $server } heißt:
        }
        > { $name }. SRV 0 0 5061 { $server }.
        { $cut ->
            [none] {""}
           *[other] Die Zone gibt { $cut } an { $carriers } weiter (NS-Records). Der Record muss dort stehen; in der Zone darüber sieht ihn niemand.
        }
        { $wait ->
            [0] {""}
            [one] Bis zu 1 Minute danach antworten Resolver womöglich noch mit „gibt es nicht“.
           *[other] Bis zu { $wait } Minuten danach antworten Resolver womöglich noch mit „gibt es nicht“.
        }
    .partner =
        @partner Im öffentlichen DNS eintragen (Priorität 0, Gewicht 0, Port 5061){ $server_known ->
            [yes] :
           *[no] , mit dem FQDN des Servers als Ziel:
        }
        > { $name }. SRV 0 0 5061 { $server_known ->
            [yes] { $server }.
           *[no] <FQDN des Servers>.
        }
        @xphone-admin Kommt die Gegenseite ohne den Record aus (direkte Federation): den FQDN erfragen, ihn von Hand als Route eintragen und prüfen:
        > xfed check { $domain } --partner --direct --fqdn <FQDN>
    .what = Das DNS sagt, dass es unter _sipfederationtls._tcp.<Domäne> keinen SRV-Record gibt: entweder den Namen nicht oder keinen SRV-Record dort.
    .why = Bei Open Federation findet die Gegenseite den Server nur so; die Microsoft-Seite meldet ms-diagnostics 1008 oder 1005. Resolver merken sich das Nein so lange, wie die Zone es vorgibt; ein neuer Eintrag bleibt also mancher Gegenseite noch eine Weile verborgen.
    .mend = Den Eintrag im öffentlichen DNS anlegen: Port 5061, Ziel der FQDN. Den Namen Zeichen für Zeichen lesen: beide Unterstriche, ein Punkt zwischen _sipfederationtls und _tcp, am Ende einmal die XPhone-Domäne. Viele Formulare hängen die Domäne selbst an; dann nur den Teil davor eingeben.
    .source = Leitfaden XPhone-Federation, Kapitel 4; RFC 2782; RFC 2308, Abschnitt 5

srv-name-typo = Der SRV-Record steht unter einem falschen Namen{ $mistake ->
    [repeated] {" "}(Dienst oder Protokoll doppelt)
    [scattered] {" "}(die Subdomäne an der falschen Stelle)
    [elsewhere] {" "}(unter einem anderen Namen als der Domäne)
    [neighbour] {" "}(dem eines anderen Dienstes)
    [sign-in] {" "}(dem für die Anmeldung von Clients)
   *[mistyped] {""}
}: { $found } Erwartet wird: { $expected }{ $others_count ->
    [0] {""}
   *[other] {" "}Auch das Ziel { $others } ist nicht der angegebene FQDN.
}{ $microsoft_count ->
    [0] {""}
   *[other] {" "}Das Ziel { $microsoft } gehört Microsoft.
}
    .headline = SRV-Record steht unter falschem Namen
    .fix =
        { $microsoft_count ->
            [0] {""}
           *[other] Den Eintrag nicht so verschieben, wie er ist, sonst antwortet Teams für { $domain }. Erst entscheiden, wer hier den Chat beantwortet (Leitfaden, Kapitel 10). Wenn der eigene Server:{" "}
        }Im öffentlichen DNS eintragen:
        > { $expected_lines }
        { $mistake ->
            [repeated] Im Formular des Providers Dienst und Protokoll nur je einmal eingeben.{" "}
            [scattered] Die Subdomäne gehört hinter _tcp.{" "}
           *[mistyped] {""}
        }Der Record unter { $name } nützt der Federation nichts; löschen{ $mistake ->
            [neighbour] , außer die Telefonie braucht ihn
            [sign-in] , außer Clients melden sich darüber an
           *[mistyped] {""}
        }.
        { $wait ->
            [0] {""}
            [one] Bis zu 1 Minute danach antworten Resolver womöglich noch mit „gibt es nicht“.
           *[other] Bis zu { $wait } Minuten danach antworten Resolver womöglich noch mit „gibt es nicht“.
        }
    .what = Einen SRV-Record _sipfederationtls._tcp.<Domäne> gibt es nicht, aber einen unter anderem Namen, wie Formulare und andere Anleitungen ihn hervorbringen: ein Unterstrich zu wenig oder zu viel, ein fehlender Punkt, Dienst oder Protokoll doppelt, die Subdomäne an der falschen Stelle, unter www oder einem anderen Host oder unter dem Namen eines anderen Dienstes.
    .why = Die Gegenseite fragt nach genau einem Namen, Zeichen für Zeichen; für sie gibt es den Eintrag nicht (ms-diagnostics 1008 oder 1005). Selbst in gedruckten Anleitungen ist der Name falsch zu lesen. xfed prüft mit dem gefundenen Ziel weiter; die anderen Schritte zeigen also, ob nur der Name falsch ist.
    .mend = Den Eintrag unter dem richtigen Namen anlegen: Dienst _sipfederationtls, Protokoll _tcp, jeder mit einem Unterstrich am Anfang und einem Punkt dazwischen, dann die XPhone-Domäne. Viele Formulare ergänzen Unterstriche oder Domäne selbst; das Ergebnis mit nslookup ansehen.
    .source = Leitfaden XPhone-Federation, Kapitel 4 und 13; RFC 2782

srv-owner-doubled = Der Name des SRV-Records enthält die Domäne doppelt: { $found } Erwartet wird: { $expected }
    .headline = Name des SRV-Records enthält die Domäne doppelt
    .fix =
        { $microsoft_count ->
            [0] {""}
           *[other] Das Ziel { $microsoft } gehört Microsoft: den Record nicht so berichtigen, sonst antwortet Teams für { $domain }. Erst entscheiden, wer hier Chat beantwortet (Leitfaden, Kapitel 10). Ist es XPhone:{" "}
        }Im Formular des Providers als Namen _sipfederationtls._tcp eintragen, ohne die Domäne, oder ans Ende des vollen Namens einen Punkt setzen. Herauskommen muss:
        > { $expected_lines }
        { $wait ->
            [0] {""}
            [one] Bis zu 1 Minute danach antworten Resolver womöglich noch mit „gibt es nicht“.
           *[other] Bis zu { $wait } Minuten danach antworten Resolver womöglich noch mit „gibt es nicht“.
        }
    .what = Der Eintrag steht unter _sipfederationtls._tcp.<Domäne>.<Domäne>. Das Formular des Providers hat die Domäne an einen schon vollständigen Namen gehängt.
    .why = Die Gegenseite fragt nach dem Namen mit einfacher Domäne und findet nichts. xfed prüft mit dem gefundenen Ziel weiter; die anderen Schritte zeigen also, ob nur der Name falsch ist.
    .mend = Den Namen ohne die Domäne eintragen oder mit Punkt am Ende, je nachdem, was das Formular erwartet; danach mit nslookup nachsehen. Auch das Ziel kann auf dieselbe Weise verdoppelt sein.
    .source = Leitfaden XPhone-Federation, Kapitel 4; RFC 1035, Abschnitt 5.1

srv-wrong-type = An der Stelle des SRV-Records steht { $record ->
    [CNAME] ein Alias, der zu keinem SRV-Record führt
    [DNAME] ein Alias für alle Namen darunter (DNAME), der zu keinem SRV-Record führt
   *[other] ein Eintrag vom Typ { $record }
}: { $found } Erwartet wird: { $expected }{ $microsoft_count ->
    [0] {""}
   *[other] {" "}Das Ziel { $microsoft } gehört Microsoft.
}
    .headline = falscher Record-Typ statt des SRV-Records
    .fix =
        { $microsoft_count ->
            [0] {""}
           *[other] Erst entscheiden, wer den Chat für { $domain } beantwortet (Leitfaden, Kapitel 10). Wenn Teams, muss ein SRV-Record zu { $microsoft } führen. Wenn der eigene Server:{" "}
        }{ $record ->
            [DNAME] Den SRV-Record dort anlegen, wohin der DNAME-Record unter { $name } führt. Oder diesen löschen, wenn kein anderer Name darunter gebraucht wird, und im öffentlichen DNS eintragen:
           *[other] Den { $record }-Record unter { $name } löschen und im öffentlichen DNS eintragen:
        }
        > { $expected_lines }
        { $wait ->
            [0] {""}
            [one] Bis zu 1 Minute danach antworten Resolver womöglich noch mit „gibt es nicht“.
           *[other] Bis zu { $wait } Minuten danach antworten Resolver womöglich noch mit „gibt es nicht“.
        }
    .what = Einen SRV-Record gibt es nicht, aber unter seinem Namen oder einem ähnlichen steht ein TXT, ein A oder ein CNAME, der zu keinem SRV-Record führt. Ein CNAME, der zu einem SRV-Record führt, wäre richtig.
    .why = Die Gegenseite fragt nach dem Typ SRV und findet nichts, was immer sonst dort steht. Manche Anleitung und Formulare ohne SRV verleiten zum falschen Typ.
    .mend = Im Formular des Providers den Typ SRV wählen: Priorität 0, Gewicht 0, Port 5061, Ziel der FQDN. Die Adresse gehört in den A-Record des FQDN. Bietet das Formular kein SRV an: beim Provider nachfragen oder mit der Zone umziehen.
    .source = Leitfaden XPhone-Federation, Kapitel 3 und 4; RFC 2782

srv-service-disabled = Der SRV-Record { $srv_name } hat das Ziel „.“, das heißt: Dienst wird nicht angeboten. Erwartet wird der FQDN des { noun-server }s, z. B. { $server }.
    .headline = SRV-Record sagt: kein Dienst (Ziel „.“)
    .fix =
        Den SRV-Record ersetzen{ $server_known ->
            [yes] {" "}durch:
           *[no] , mit dem FQDN des { noun-server }s als Ziel, zum Beispiel durch:
        }
        > { $expected }
    .what = Den Eintrag gibt es, sein Ziel ist aber ein einzelner Punkt. Nach RFC 2782 heißt das: Dieser Dienst wird hier ausdrücklich nicht angeboten.
    .why = Jede Gegenseite liest das als Absage und sucht nicht weiter. Oft stammt der Eintrag aus einer Vorlage des DNS-Providers.
    .mend = Als Ziel den FQDN des XPhone-Servers eintragen, als Port 5061.
    .source = Leitfaden XPhone-Federation, Kapitel 4; RFC 2782 (Target)

srv-target-doubled = Das SRV-Ziel { $target } enthält die Domäne doppelt. Erwartet wird { $meant }.
    .headline = SRV-Ziel enthält die Domäne doppelt
    .fix =
        Den SRV-Record richtigstellen:
        > { $expected }
        Hängt das Formular des Providers die Domäne wieder an: Punkt ans Ende setzen oder dort die Domäne weglassen.
    .what = Das Ziel enthält die Domäne doppelt, etwa xphone.zahnfee.de.zahnfee.de. Das Formular des Providers hat die Domäne an einen schon vollständigen Namen gehängt.
    .why = Die Gegenseite sucht genau den Namen aus dem Eintrag, und den doppelten gibt es in der Regel nicht.
    .mend = Das Ziel mit Punkt am Ende eintragen (xphone.<Domäne>.) oder ohne die Domäne (xphone), je nachdem, was das Formular erwartet. Danach mit nslookup nachsehen: Die Antwort muss den Namen einfach zeigen.
    .source = Leitfaden XPhone-Federation, Kapitel 4; RFC 1035, Abschnitt 5.1

srv-target-is-address = Das SRV-Ziel ist die IP-Adresse { $address }, erwartet wird ein Name, z. B. { $host }.
    .headline = SRV-Ziel ist eine IP-Adresse statt eines Namens
    .fix =
        Im öffentlichen DNS eintragen, falls nicht vorhanden, und den SRV-Record auf den Namen setzen:
        > { $host }. A { $family ->
                [v4] { $address }
               *[v6] <öffentliche IPv4-Adresse>
            }
        > { $expected }
        { $family ->
            [v4] {""}
           *[v6] Daneben darf { $address } in einem AAAA-Record stehen.
        }
    .what = Das Ziel des SRV-Records ist eine IP-Adresse. In dieses Feld gehört nur ein Hostname; das DNS liest die Ziffern als Namen.
    .why = Die Gegenseite sucht dann einen Host namens 203.0.113.5, den es nicht gibt, und auch das Zertifikat könnte dazu nicht passen.
    .mend = Die Adresse gehört in einen A-Record: einen für den FQDN anlegen (z. B. xphone.<Domäne>) und diesen FQDN als Ziel des SRV-Records eintragen.
    .source = Leitfaden XPhone-Federation, Kapitel 3 und 4; RFC 2782 (Target)

srv-target-proxied = Das SRV-Ziel { $target } hat Cloudflare eingesetzt, weil der A-Record des Servers hinter dem Web-Proxy liegt. Erwartet wird der FQDN des { noun-server }s, z. B. { $server }.
    .headline = Cloudflare hat das SRV-Ziel ersetzt
    .fix =
        In den DNS-Einstellungen bei Cloudflare den A-Record des Servers, z. B. { $server }, auf „Nur DNS“ stellen (graue Wolke), mit der öffentlichen IPv4-Adresse, die die Firewall an den { noun-server } weiterleitet. Am SRV-Record ist nichts zu ändern: Im Formular stimmt sein Ziel schon. Danach muss er lauten:
        > { $expected }
    .what = Liegt der A-Record eines SRV-Ziels hinter dem Proxy, veröffentlicht Cloudflare anstelle des Ziels einen eigenen Namen (_dc-srv.…). Das Formular zeigt weiter das eingetragene Ziel.
    .why = Die Gegenseite vergleicht das Ziel mit der XPhone-Domäne und mit dem Zertifikat, und zu einem solchen Namen passt beides nicht.
    .mend = Den A-Record des Servers aus dem Proxy nehmen („Nur DNS“, graue Wolke). Cloudflare veröffentlicht den SRV-Record dann so, wie er eingetragen ist. Port 5061 würde der Web-Proxy ohnehin nicht weiterreichen.
    .source = Leitfaden XPhone-Federation, Kapitel 3 und 4; Cloudflare: SRV-Records und Hostnamen hinter dem Proxy

srv-target-malformed = { $why ->
    [encoding] Das SRV-Ziel „{ $target }“ enthält Buchstaben, die es in Hostnamen im DNS nicht gibt, erwartet wird seine Schreibweise für das DNS (xn--)
    [dot] Das SRV-Ziel { $target } ist Microsofts Name { $meant } mit angehängter Zone, weil der Punkt am Ende fehlt. Es führt nirgendwohin. Erwartet wird { $partner ->
        [yes] { $meant }.
       *[no] für eine { noun-domain } der FQDN des { noun-server }s
    }
   *[form] Das SRV-Ziel „{ $target }“ ist kein vollständiger Hostname, erwartet wird einer ohne Protokoll, Port und Pfad, z. B. { $server }
}.
    .headline = SRV-Ziel ist kein Servername
    .fix =
        { $why ->
            [encoding] Den SRV-Record richtigstellen, mit Umlauten und Ähnlichem in der Schreibweise für das DNS:
            [dot] Erst entscheiden, welches System den Chat für { $domain } beantwortet (Leitfaden, Kapitel 10). Wenn Teams, das Ziel mit einem Punkt am Ende eintragen: { $meant }. Wenn der eigene Server, den SRV-Record richtigstellen:
           *[form] Den SRV-Record richtigstellen, mit dem FQDN des { noun-server }s als Ziel, z. B.:
        }
        > { $expected }
        { $why ->
            [encoding] {""}
            [dot] Manche Formulare hängen die Zone an jedes Ziel an, das nicht mit einem Punkt endet.
           *[form] Der Port 5061 gehört in das Feld für den Port.
        }
    .what = Das Ziel ist kein vollständiger Hostname, sondern ein Name mit Umlauten, der nicht in der Schreibweise für das DNS (xn--) dasteht, eine URL, ein Name mit Port, ein Rechnername ohne Domäne, Microsofts Name mit angehängter Zone oder der Name des SRV-Records selbst.
    .why = Die Gegenseite löst das Ziel genau so auf, wie es dasteht. Einen Rechnernamen wie srvxp01 kennt nur das interne DNS.
    .mend = Den FQDN des XPhone-Servers eintragen und sonst nichts, z. B. xphone.<Domäne>. Erlaubt sind Buchstaben, Ziffern, Bindestriche und Punkte; der Port hat ein eigenes Feld.
    .source = Leitfaden XPhone-Federation, Kapitel 3 und 4; RFC 2782; RFC 1123, Abschnitt 2.1

srv-fields-swapped = Im SRV-Record ({ $record }) steht 5061 bei Priorität oder Gewicht, als Port steht dort { $port }. Erwartet werden Priorität 0, Gewicht 0, Port 5061.
    .headline = Zahlen im SRV-Record sind vertauscht
    .fix =
        Priorität 0, Gewicht 0, Port 5061 eintragen; das Ziel bleibt. Der SRV-Record muss lauten:
        > { $expected }
    .what = Die Zahl 5061 steht im Feld für Priorität oder Gewicht, im Feld für den Port steht eine andere. In Zonendateien und bei nslookup ist die Reihenfolge: Priorität, Gewicht, Port, Ziel.
    .why = Die Gegenseite verbindet sich mit dem Port aus dem Eintrag, und dort antwortet niemand. xfed prüft trotzdem 5061, damit die weiteren Schritte sichtbar werden.
    .mend = Priorität 0, Gewicht 0 und Port 5061 eintragen; das Ziel bleibt. Bei nur einem Server haben Priorität und Gewicht keine Wirkung, ausgefüllt sein müssen sie trotzdem.
    .source = Leitfaden XPhone-Federation, Kapitel 4; RFC 2782

srv-wrong-port = Der SRV-Record ({ $entry }) zeigt auf Port { $port }{ $use ->
    [sip] {" "}(SIP ohne TLS)
    [sign-in] {" "}(Anmeldung von Clients)
    [xmpp] {" "}(XMPP)
   *[other] {""}
} von { $target }. Erwartet wird 5061.
    .headline = SRV-Record nennt Port { $port } statt 5061
    .fix =
        Den Port von { $port } auf 5061 setzen. Der SRV-Record muss lauten:
        > { $expected }
    .what = Der SRV-Record nennt einen anderen Port als 5061. 5060 ist SIP ohne TLS, 443 gehört zur Anmeldung von Microsoft-Clients (_sip._tls), 5269 zu XMPP.
    .why = Federation läuft immer über TLS auf 5061, und die Firewalls der Gegenseiten lassen meist nur diesen Port hinaus. xfed prüft 5061, was auch immer im Eintrag steht.
    .mend = Den Port im DNS auf 5061 setzen, nicht in XPhone. Ist XPhone an einen anderen Port gebunden, auch diesen auf 5061 setzen.
    .source = Leitfaden XPhone-Federation, Kapitel 4; C4B-Online-Hilfe, Federation

srv-points-to-microsoft = Der SRV-Record von { $domain } zeigt auf Microsoft ({ $targets }; Cloud: { $cloud ->
    [gcc-high] GCC High
    [dod] DoD
    [china] 21Vianet, China
   *[worldwide] weltweit, GCC
}), also antwortet Teams für diese Domäne. { $partner ->
    [yes] Das ist richtig, wo mit Teams gechattet wird.
   *[no] Bei einer { noun-domain } wird der FQDN des { noun-server }s erwartet.
}
    .headline = { $partner ->
        [yes] dort chattet man mit Teams (SRV-Record von Microsoft)
       *[no] SRV-Record zeigt auf Microsoft statt auf XPhone
    }
    .fix =
        @xphone-admin Entscheiden, welches System den Chat für { $domain } übernimmt (Leitfaden, Kapitel 10), und dem DNS-Admin die Variante nennen.
        @xphone-admin Variante 1, nur Teams: Federation in XPhone abschalten.
        @xphone-admin Variante 2, XPhone übernimmt: in Teams den externen Zugriff abschalten; dann kann niemand mehr in Teams mit Externen chatten.
        @xphone-admin Variante 3, beide: XPhone eine eigene Domäne geben, { $own_domain } (IM-Adressen …@{ $own_domain }).
        @dns-admin Nichts ändern, bevor der XPhone-Admin die Variante genannt hat. Bei Variante 1 bleibt der Eintrag. Bei Variante 2 ihn setzen auf{ $server_assumed ->
            [yes] {" "}(der Servername ist nur angenommen)
           *[no] {""}
        }:
        > { $srv_name }. SRV 0 0 5061 { $own_server }.
        @dns-admin Bei Variante 3 den Eintrag lassen und dazu anlegen:
        > _sipfederationtls._tcp.{ $own_domain }. SRV 0 0 5061 { $own_domain }.
    .partner =
        @xphone-admin Zu ändern ist nichts. Kommt kein Chat an: Der Teams-Admin der Gegenseite muss die eigene Domäne zulassen (externer Zugriff).
    .what = Das SRV-Ziel ist ein Edge-Server einer der vier Microsoft-Clouds, meist sipfed.online.lync.com. Der Einrichtungsassistent von Microsoft 365 trägt ihn ein, wenn die Domäne dort hinzukommt; oft ist er von damals übrig.
    .why = Zwei Systeme können nicht unter einer Adresse antworten: Mit diesem Eintrag landen alle Gegenseiten bei Teams, nicht bei XPhone. Der Leitfaden kennt drei Varianten: 1) XPhone ohne Federation, 2) XPhone übernimmt und Teams verzichtet auf externen Chat, 3) XPhone bekommt neben Teams eine eigene Domäne.
    .mend = Variante 1: Eintrag lassen, Federation in XPhone abschalten. Variante 2: das Ziel auf den FQDN des XPhone-Servers setzen und in Teams den externen Zugriff abschalten; andere Teams-Mandanten übergehen den Eintrag womöglich und schreiben weiter an Teams. Variante 3: eine Domäne wie xphone.<Domäne> oder chat.<Domäne>, mit eigenem SRV-Record, A-Record und Zertifikat. Sie passt zu Neuinstallationen: Wer die XPhone-Domäne später ändert, ändert alle Anmeldenamen und IM-Adressen. Ob sie läuft, zeigt xfed check xphone.<Domäne>.
    .source = Leitfaden XPhone-Federation, Kapitel 10

srv-mixed-platforms = Die SRV-Records von { $domain } zeigen auf Microsoft ({ $targets }) und anderswohin ({ $own }), erwartet wird nur eine Plattform.
    .headline = SRV-Records zeigen auf Microsoft und anderswohin
    .fix = Entscheiden, wer für { $domain } den Chat beantwortet, und die SRV-Records der anderen Plattform löschen: für XPhone also { $targets }.
    .what = Die Domäne hat mehrere SRV-Records; ein Teil führt in die Microsoft-Cloud, ein Teil zu eigenen Servern.
    .why = Die Gegenseite wählt nach Priorität und Gewicht und weiß nichts von zwei Plattformen. Nachrichten kommen also mal in Teams an und mal in XPhone.
    .mend = Entscheiden, welches System für die Domäne antwortet (Leitfaden, Kapitel 10), und die Einträge des anderen löschen. Ist es XPhone, auch den externen Zugriff in Teams abschalten.
    .source = Leitfaden XPhone-Federation, Kapitel 10; RFC 2782

srv-differs-from-fqdn = Der SRV-Record zeigt auf { $targets }, erwartet wird { $fqdn } (aus --fqdn){ $absent ->
    [yes] , den das öffentliche DNS nicht kennt
   *[no] {""}
}.
    .headline = SRV-Record nennt einen anderen Server als --fqdn
    .fix =
        { $absent ->
            [yes]
                @xphone-admin { $fqdn } Zeichen für Zeichen mit „Öffentlicher Name (FQDN)“ in XPhone vergleichen. Ist er vertippt, ohne --fqdn wiederholen.
                @dns-admin Nur wenn er stimmt: seinen A-Record eintragen und das Ziel des SRV-Records darauf setzen:
           *[no] @dns-admin Stimmt { $fqdn }, das Ziel des SRV-Records darauf setzen:
        }
        > { $expected }
        @xphone-admin Ist der veröffentlichte Name der richtige: ihn in XPhone unter „Öffentlicher Name (FQDN)“ eintragen.
    .partner =
        @xphone-admin Die Gegenseite fragen, welcher Server der richtige ist. Ist es der veröffentlichte: ohne --fqdn wiederholen und die Route zur Gegenseite berichtigen.
        @partner Ist es { $fqdn }, das Ziel des SRV-Records darauf setzen:
        > { $expected }
    .what = Der Name aus --fqdn ist bei keinem SRV-Record der Domäne das Ziel.
    .why = Die Gegenseite richtet sich allein nach dem Eintrag. Nennt er einen anderen Server als XPhone und das Zertifikat, scheitert dort die Prüfung des Zertifikats.
    .mend = Die drei Stellen in Übereinstimmung bringen: SRV-Ziel, „Öffentlicher Name (FQDN)“ in XPhone und Zertifikat. Welcher Name der richtige ist, zeigt die XPhone-Administration.
    .source = Leitfaden XPhone-Federation, Kapitel 3 und 4

srv-several = Die Domäne hat { $records_count } SRV-Records ({ $records }), üblich ist einer. Gegenseiten wählen nach Priorität und Gewicht, also muss jeder Server funktionieren.
    .headline = es gibt mehrere SRV-Records
    .what = Die Domäne hat für Federation mehr als einen SRV-Record. Die kleinere Priorität kommt zuerst; unter gleichen bestimmt das Gewicht den Anteil.
    .why = Die Gegenseite kann bei jedem der Server landen, also müssen alle funktionieren und das richtige Zertifikat zeigen. xfed prüft jeden; ein toter ist ein Fehler in Schritt 4.
    .mend = Bei nur einem XPhone-Server einen Eintrag behalten. Einträge früherer Server löschen.
    .source = Leitfaden XPhone-Federation, Kapitel 4; RFC 2782

srv-not-all-followed = Die SRV-Records führen zu { $count } Servern, geprüft hat xfed nur die ersten { $followed }. Erwartet wird ein Record je { noun-server }, normalerweise ein einziger.
    .headline = SRV-Records nennen zu viele Server
    .fix = Die SRV-Records löschen, die nicht zu einem { noun-server } führen. Ein einzelner lässt sich unter seinem Namen prüfen:
        > xfed check { $domain } --fqdn <Server>
    .what = Die Domäne hat mehr SRV-Records, als xfed in einem Lauf verfolgt. Geprüft wurden die, die Partner zuerst nehmen; von den anderen ist nichts bekannt.
    .why = Ein ungeprüfter Server kann tot sein oder jemand anderem gehören, und ein Partner kann dorthin geleitet werden. Darum nennt xfed die Domäne nicht bereit.
    .mend = Die Records der XPhone Server behalten und die übrigen löschen. Ein Server braucht einen Record.
    .source = RFC 2782; Leitfaden XPhone-Federation, Kapitel 4

srv-not-yet-visible = Der SRV-Record ist veröffentlicht ({ $published }), aber { $view ->
    [system] der Resolver dieses Rechners sieht
   *[other] der Resolver { $view } sieht
} ihn noch nicht. Erwartet wird überall dieselbe Antwort{ $unit ->
    [unknown] {""}
   *[other] , spätestens { $dated ->
        [yes] am { $date } um { $until }
       *[no] um { $until }
    }
}.
    .headline = ein Resolver sieht den SRV-Record noch nicht
    .fix = Nichts einzutragen: { $unit ->
        [unknown] warten, bis die Resolver die alte Antwort vergessen haben
        [hours] { $hours } Stunden warten
        [days] { $days } Tage warten
       *[minutes] { $minutes ->
            [one] 1 Minute warten
           *[other] { $minutes } Minuten warten
        }
    }{ $unit ->
        [unknown] {""}
       *[other] {" "}({ $dated ->
            [yes] bis { $date }, { $until }
           *[no] bis { $until }
        })
    }, dann wiederholen. Bleibt die Antwort danach dieselbe, die Nameserver in den NS-Records von { $domain } mit denen vergleichen, die beim Registrar eingetragen sind: Vielleicht wird dieser Resolver zu anderen geführt.
    .what = Die Server der Zone haben den Record, ein Resolver sagt aber noch, es gebe keinen: Er merkt sich das „Nein“ von vorher.
    .why = Gegenseiten, deren Resolver vorher gefragt haben, merken sich dasselbe, jeder bis zur negativen TTL der Zone.
    .mend = Warten. Das Minimum im SOA-Record sagt, wie lange eine solche Antwort gilt; ein kleinerer Wert dort hilft beim nächsten Mal.
    .source = RFC 2308, Abschnitt 5

srv-stale = { $view ->
    [system] Der Resolver dieses Rechners
   *[other] Der Resolver { $view }
} hat noch einen älteren SRV-Record ({ $seen }), die Zone veröffentlicht { $published_count ->
    [0] keinen
   *[other] einen anderen ({ $published })
}. Erwartet wird überall dasselbe{ $unit ->
    [unknown] {""}
   *[other] , spätestens { $dated ->
        [yes] am { $date } um { $until }
       *[no] um { $until }
    }
}.
    .headline = ein Resolver hat noch einen älteren SRV-Record
    .fix = Nichts einzutragen: { $unit ->
        [unknown] warten, bis die Resolver die alte Antwort vergessen haben
        [hours] { $hours } Stunden warten
        [days] { $days } Tage warten
       *[minutes] { $minutes ->
            [one] 1 Minute warten
           *[other] { $minutes } Minuten warten
        }
    }{ $unit ->
        [unknown] {""}
       *[other] {" "}({ $dated ->
            [yes] bis { $date }, { $until }
           *[no] bis { $until }
        })
    }, dann wiederholen. Bleibt die Antwort danach dieselbe, die Nameserver in den NS-Records von { $domain } mit denen vergleichen, die beim Registrar eingetragen sind: Vielleicht wird dieser Resolver zu anderen geführt.
    .what = Ein Resolver antwortet aus dem Gedächtnis mit einem Record, den die Zone nicht mehr veröffentlicht.
    .why = Gegenseiten, deren Resolver ihn sich merken, gehen noch zum alten Ziel, jede bis zum Ablauf der TTL.
    .mend = Warten und den alten Server so lange laufen lassen. Vor der nächsten Änderung die TTL des Records einen Tag vorher auf wenige Minuten senken.
    .source = RFC 1034, Abschnitt 3.6; RFC 1035, Abschnitt 7

srv-published-in-direct = Ein SRV-Record ist veröffentlicht ({ $records }), obwohl Direct Federation keinen braucht. Wenn es einen gibt, wird { $fqdn } als Ziel erwartet.
    .headline = SRV-Record vorhanden, direkte Federation braucht keinen
    .fix = { $platform ->
        [microsoft] Nicht einfach löschen: Der Eintrag gehört zu Microsoft, über ihn läuft die Federation von Teams; ohne ihn endet sie. Wer hier Microsoft 365 betreibt, entscheidet (Leitfaden, Kapitel 10). Soll Teams den anderen antworten, bleibt er.
        [right] Zu tun ist nichts: Der Record führt zu { $fqdn }. Löschen nur, wenn Gegenseiten den Server nicht ohne eigene Route finden sollen.
       *[own] Den SRV-Record { $srv_name } löschen oder sein Ziel auf { $fqdn } setzen.
    }
    .what = Bei --direct trägt die Gegenseite die Route zum FQDN von Hand ein und braucht keinen SRV-Record; trotzdem gibt es einen. Nennt er den FQDN, ist das ein Hinweis, nennt er einen anderen Host, eine Warnung.
    .why = Gegenseiten mit Open Federation richten sich nach dem Eintrag. Nennt er einen anderen Server, landen sie dort.
    .mend = Den Eintrag löschen, wenn die Domäne nur direkt erreichbar sein soll, sonst sein Ziel auf den FQDN setzen.
    .source = Leitfaden XPhone-Federation, Kapitel 11

## Schritt 4, Firewall und DMZ

tcp-refused = { $address } ({ $fqdn }){ $reached ->
    [connect-to] , dort geprüft, weil --connect-to es so angibt,
   *[published] {""}
} weist Verbindungen auf TCP-Port { $port } ab. Erwartet wird ein offener Port.
    .headline = TCP-Port { $port } weist Verbindungen ab
    .fix =
        @xphone-admin Federation einschalten und an die LAN-Adresse des Servers binden (nicht an 169.254.x.x), Port 5061.{ $reached ->
            [connect-to] {" "}Lauscht sie auf einer anderen Adresse oder einem anderen Port, diese bei --connect-to angeben.
           *[published] {""}
        }
        @network { $reached ->
            [connect-to] TCP { $port } von hier zu { $address } durchlassen (auch in der Firewall des Servers). Das Port-Forwarding von der öffentlichen Adresse wurde nicht geprüft.
           *[published] Port-Forwarding von { $address }, TCP 5061, auf die LAN-Adresse des { noun-server }s einrichten.
        }
    .partner =
        @partner Federation einschalten, den Dienst auf TCP 5061 hören lassen und das durch die Firewall von { $address } zum Server durchlassen.
    .what = Die Adresse antwortet sofort, aber mit einer Absage: Ein Gerät ist da, doch auf dem Port lauscht niemand, oder es wird nichts weitergeleitet.
    .why = Keine Gegenseite kann sich verbinden. Anders als beim Schweigen stimmt der Weg bis zur Firewall oder zum Server, die Ursache liegt also nahe: Federation ist aus, an die falsche Netzwerkschnittstelle gebunden (169.254.x.x oder eine andere Netzwerkkarte), der Dienst läuft nicht, oder das Port-Forwarding fehlt.
    .mend = XPhone-Admin: Federation einschalten, die Schnittstelle mit der LAN-Adresse des Servers und Port 5061 wählen, mit netstat -ano nachsehen, ob der Server dort lauscht. Interne IT: Port-Forwarding von der öffentlichen Adresse, TCP 5061, auf diese Adresse einrichten. Dann von innen mit --connect-to <LAN-Adresse> prüfen, zuletzt von außen.
    .source = Leitfaden XPhone-Federation, Kapitel 5 und 6; RFC 9293

tcp-filtered = { $address } ({ $fqdn }){ $reached ->
    [connect-to] , dort geprüft, weil --connect-to es so angibt,
   *[published] {""}
} hat auf TCP-Port { $port } innerhalb von { $limit } nicht geantwortet, erwartet wird ein offener Port.
    .headline = keine Antwort auf TCP-Port { $port }
    .fix = { $reached ->
        [connect-to] Prüfen, ob { $address } bei --connect-to stimmt, dann TCP { $port } von hier dorthin durchlassen (auch in der Firewall des Servers). Das Port-Forwarding von der öffentlichen Adresse wurde nicht geprüft.
       *[published] Zuerst aus einem anderen Netz wiederholen: Dieses hier sperrt vielleicht ausgehend 5061. Dann an der Firewall: TCP 5061 von jeder Quelle zu { $address } zulassen und per Port-Forwarding an den { noun-server } leiten. Steht dieser Rechner am selben Standort wie der Server, führt ihn die Firewall vielleicht nur von innen nicht wieder hinein (Hairpin-NAT): Dann kommt die Gegenseite trotzdem herein, und eine Prüfung von außen zeigt es.
    }
    .partner =
        @network Zuerst prüfen, ob der Weg von hier nach draußen gesperrt ist: TCP 5061 zu jeder Adresse hinauslassen und mit einem Server vergleichen, der bekanntlich antwortet, dem einer anderen Gegenseite oder dem Edge von Microsoft:
        > xfed check { $domain } --partner --control sipfed.online.lync.com:5061
        @partner Antwortet der: TCP 5061 von jeder Quelle zu { $address } und weiter zum Server durchlassen.
    .what = Von der Adresse kam gar nichts zurück. Irgendwo auf dem Weg verwirft eine Firewall die Pakete, oder die Adresse ist nicht die richtige.
    .why = Für die Gegenseite sieht es ebenso aus, es sei denn, die Firewall lässt bestimmte Quellen durch: Manche erlauben nur die Netze von Microsoft oder bestimmte Länder. Dann erreichen diese den Server und alle anderen nicht. Auch das Netz, in dem xfed läuft, kann ausgehend 5061 sperren; dann liegt es nicht an der Domäne.
    .mend = Zuerst aus einem anderen Netz wiederholen. Dann Adresse und Port-Forwarding prüfen und TCP 5061 von jeder Quelle zulassen. Im Protokoll der Firewall nach verworfenen Paketen sehen: Stehen dort keine, kamen sie nie an, und die Ursache ist die Adresse oder der Provider.
    .source = Leitfaden XPhone-Federation, Kapitel 5

tcp-egress-blocked = { $address } ({ $fqdn }) { $since ->
    [run] { $how ->
        [refused] hat die Verbindung auf TCP-Port { $port } abgelehnt
        [unreachable] ist auf TCP-Port { $port } nicht zu erreichen, wie ein Router unterwegs meldet (ICMP)
        [mute] hat die Verbindung auf TCP-Port { $port } angenommen und dann geschwiegen
        [ended] hat die Verbindung auf TCP-Port { $port } angenommen und wortlos beendet
       *[silent] hat auf TCP-Port { $port } nicht geantwortet
    }. Servern in anderen Netzen, die dieser Lauf zuvor erreicht hat, ergeht es jetzt ebenso: Der Weg aus diesem Netz hinaus ist offenbar inzwischen gesperrt. Erwartet wird, dass wenigstens diese antworten. Geprüft ist damit nichts.
   *[before] { $how ->
        [refused] hat die Verbindung auf TCP-Port { $port } abgelehnt
        [unreachable] ist auf TCP-Port { $port } nicht zu erreichen, wie ein Router unterwegs meldet (ICMP)
        [mute] hat die Verbindung auf TCP-Port { $port } angenommen und dann geschwiegen
        [ended] hat die Verbindung auf TCP-Port { $port } angenommen und wortlos beendet
       *[silent] hat auf TCP-Port { $port } nicht geantwortet
    }. { $control_count ->
        [0] Allen anderen Servern dieses Laufs, in anderen Netzen, erging es ebenso
       *[other] Ebenso erging es { $control }, das bekanntlich antwortet
    }: Der Weg aus diesem Netz hinaus ist offenbar { $how ->
        [mute] für TLS auf diesem Port gesperrt
        [ended] für TLS auf diesem Port gesperrt
       *[other] für diesen Port gesperrt
    }. Erwartet wird, dass wenigstens einer antwortet. Geprüft ist damit nichts.
}
    .headline = ausgehend TCP { $port } ist hier wohl gesperrt
    .fix = { $since ->
        [run] An der eigenen Firewall oder am Router suchen, was viele Verbindungen eines Rechners stoppt (Flood-Schutz, Intrusion Prevention, volle NAT-Tabelle), diesen Rechner dort ausnehmen oder einige Minuten warten, dann langsamer wiederholen:
            > xfed check { $domain } --jobs 1 --per-server 1/s
       *[before] { $how ->
            [mute] An der Firewall dieses Netzes TLS auf TCP 5061 durchlassen (Anwendungskontrolle, TLS-Inspektion) oder aus einem anderen Netz wiederholen.
            [ended] An der Firewall dieses Netzes TLS auf TCP 5061 durchlassen (Anwendungskontrolle, TLS-Inspektion) oder aus einem anderen Netz wiederholen.
           *[other] In diesem Netz TCP 5061 nach außen freigeben oder aus einem anderen wiederholen.
        }{ $control_count ->
            [0] {" "}Ob all diese Server doch außer Betrieb sind, zeigt einer, der bekanntlich antwortet:
                > xfed check { $domain } --control <FQDN eines Servers, der läuft>
           *[other] {""}
        }
    }
    .what = Nicht nur der gefragte Server schweigt, lehnt ab oder beendet die Verbindung: Dem Kontroll-Host, jeder anderen Domäne dieses Laufs oder Servern in anderen Netzen, die er kurz zuvor erreicht hat, ergeht es ebenso. Das Netz dieses Rechners lässt TCP 5061 also nicht oder nicht mehr hinaus, oder es lässt die Verbindung hinaus und hält darin TLS auf, wie Firewalls mit Anwendungskontrolle.
    .why = Ein Test, der nicht hinauskommt, sagt nichts über den Server. Auf dem XPhone-Server selbst braucht Federation allerdings einen offenen Weg nach außen.
    .mend = An der Firewall dieses Netzes TCP 5061 zu allen Adressen nach außen erlauben, auch TLS darin, oder von anderswo wiederholen, etwa über ein Mobiltelefon. War der Weg zu Beginn des Laufs offen, dort nach Flood-Schutz, Intrusion Prevention oder einer vollen NAT-Tabelle suchen und mit --jobs 1 --per-server 1/s wiederholen.
    .source = Leitfaden XPhone-Federation, Kapitel 5

tcp-limited-per-source = { $address } ({ $fqdn }) hat auf TCP-Port { $port } andere Verbindungen dieses Laufs bedient und weitere dann abgewiesen oder nicht beantwortet, auch solche, die zuvor bedient wurden. xfed hatte in dieses Netz { $count } Verbindungen in Folge aufgebaut. Erwartet wird jedes Mal dieselbe Antwort; vermutlich ist die Zahl der Verbindungen je Absender begrenzt. Nicht bekannt: was er einer Gegenseite zeigt, die eine oder zwei aufbaut.
    .headline = zu viele eigene Verbindungen, oder gerade eine Störung
    .fix = Einige Minuten warten (eine Sperre kann länger dauern), dann diese Domäne allein prüfen:
        > xfed check { $domain }
        Für die ganze Liste: weniger zugleich und langsamer, mit --jobs 1 --per-server 1/s.
    .what = Mehrere Domänen dieses Laufs oder mehrere Adressen dieser Domäne führen zu einem Server oder einer Firewall. Die ersten Verbindungen wurden bedient, weitere abgewiesen oder verworfen, auch für Domänen, die zuvor bedient wurden. Es liegt also an der Zahl der Verbindungen oder an einer Störung, die während des Laufs begann.
    .why = Hoster, Firewalls und Load-Balancer begrenzen, wie viele Verbindungen ein Absender zugleich oder in einer Minute haben darf. Eine Gegenseite braucht eine oder zwei und stößt nicht an diese Grenze, darum zählt das nicht als Fehler; was der Server für diese Domäne zeigt, ist aber nicht bekannt.
    .mend = Die Domäne nach einigen Minuten allein prüfen, oder die Liste mit --jobs 1 --per-server 1/s. Ist es der eigene Server, in der Begrenzung der Firewall (Verbindungen je Absender) die Adresse des Rechners ausnehmen, auf dem xfed läuft. Scheitert die Domäne auch allein, gilt jener Befund.
    .source = Leitfaden XPhone-Federation, Kapitel 5

tcp-from-inside = { $how ->
    [machine] { $address } ({ $fqdn }) ist eine Adresse dieses Rechners selbst.
    [network] { $address } ({ $fqdn }) liegt in einem Netz, in dem auch dieser Rechner ist: Kein Router liegt auf dem Weg.
   *[resolver] Dieser Rechner steht hinter derselben Firewall wie { $fqdn }: Sein Resolver gibt eine private Adresse.
} { $open ->
    [yes] Von hier aus nimmt { $address } Verbindungen auf TCP-Port { $port } an; ob auch von außen, zeigt nur ein Test von außen.
   *[no] Von hier aus ist TCP-Port { $port } auf { $address } zu. Viele Firewalls lassen das nur von innen nicht zu; über den Weg von außen sagt es nichts.
}
    .headline = hinter der Firewall des Servers geprüft
    .fix = { $how ->
        [resolver]
            Auf einem Rechner außerhalb wiederholen, ohne VPN. Der Server selbst lässt sich von hier prüfen:
            > xfed check { $domain } --connect-to <interne Adresse>
       *[other]
            Auf einem Rechner außerhalb wiederholen, ohne VPN, oder einen von dort aus prüfen lassen:
            > xfed check { $domain } --via ssh://<Rechner außerhalb>
    }
    .what = Dieser Rechner steht, wo der Server steht: Der Resolver hier gibt eine private Adresse, wo die Zone eine öffentliche veröffentlicht, oder die öffentliche Adresse ist eine dieses Rechners selbst oder in einem Netz, in dem auch er ist.
    .why = Die Firewall, auf die Gegenseiten treffen, lag nicht auf dem Weg. Liegt sie doch darauf, leiten viele Firewalls nicht zurück, was von innen an ihre eigene öffentliche Adresse geht (Hairpin-NAT). Eine Ablehnung von innen sagt nichts über den Weg von außen, ein offener Port ebenso wenig.
    .mend = Von außen testen wie im Leitfaden: auf einem Rechner außerhalb der Firma, ohne VPN.
    .source = Leitfaden XPhone-Federation, Kapitel 5

tcp-unreachable = Ein Router auf dem Weg meldet, dass TCP-Port { $port } von { $address } ({ $fqdn }) nicht erreichbar ist, erwartet wird ein offener Port.
    .headline = ein Router meldet den Server als nicht erreichbar
    .fix = { $reached ->
        [connect-to] Prüfen, ob { $address } bei --connect-to stimmt. Wenn ja, auf dem Weg von hier dorthin nach einer Regel suchen, die TCP { $port } abweist.
       *[published] Prüfen, ob { $address } noch die öffentliche Adresse der Firewall ist; wenn nicht, den A-Record von { $fqdn } berichtigen. Wenn doch, dort TCP 5061 zulassen.
    }
    .partner =
        @network Der Router, der das meldet, kann auf dieser Seite stehen: aus einem anderen Netz wiederholen.
        @partner Prüfen, ob { $address } noch die eigene öffentliche Adresse ist; wenn nicht, den A-Record von { $fqdn } berichtigen. Wenn doch, dort TCP 5061 hereinlassen.
    .what = Ein Router auf dem Weg hat gemeldet, dass die Adresse nicht erreichbar oder die Verbindung verboten ist (ICMP Destination Unreachable).
    .why = Die Gegenseite bekommt dieselbe Antwort. Meist ist die Adresse veraltet, die Leitung gestört, oder ein Router oder eine Firewall weist per Regel ab.
    .mend = Den A-Record mit der öffentlichen Adresse vergleichen, die der Internet-Anschluss heute hat. Stimmt sie, auf Router oder Firewall nach einer Regel suchen, die TCP 5061 abweist, und den Internet-Provider nach der Leitung fragen.
    .source = Leitfaden XPhone-Federation, Kapitel 5; RFC 792

tcp-no-route-here = Dieser Rechner konnte { $address } ({ $fqdn }) nicht ansprechen, TCP-Port { $port } blieb ungeprüft{ $why ->
    [files] : Er lässt xfed keinen weiteren Socket öffnen (Grenze für offene Dateien). Erwartet wird Platz für eine weitere Verbindung.
   *[network] . Erwartet wird ein Weg von hier ins Internet.
}
    .headline = dieser Rechner hat keinen Weg zum Server
    .fix = { $why ->
        [files] Auf diesem Rechner mehr offene Dateien erlauben (ulimit -n 4096) oder weniger Domänen zugleich prüfen (--jobs 1).
       *[network] Auf einem Rechner wiederholen, der ins Internet auf TCP { $port } zugreifen darf.
    }
    .what = Der Rechner, auf dem xfed läuft, hat keinen Weg zu der Adresse oder durfte die Verbindung nicht aufbauen. Beim Server kam nichts an.
    .why = Über den Server sagt das nichts, darum ist es kein Fehler; doch auch die weiteren Schritte bleiben ungeprüft.
    .mend = Auf einem Rechner mit Internetzugang wiederholen, dessen lokale Firewall ausgehend TCP 5061 nicht sperrt. Gibt es nur eine IPv6-Adresse, braucht der Rechner IPv6.
    .source = Leitfaden XPhone-Federation, Kapitel 5

tcp-partly-open = Nur { $open } { $open_count ->
    [one] ist
   *[other] sind
} auf dem Federation-Port erreichbar. Erwartet werden alle Adressen.{ $refused_count ->
    [0] {""}
   *[other] {" "}Abgewiesen: { $refused }.
}{ $filtered_count ->
    [0] {""}
   *[other] {" "}Keine Antwort: { $filtered }.
}{ $unreachable_count ->
    [0] {""}
   *[other] {" "}Nicht erreichbar: { $unreachable }.
}
    .headline = nicht jede Adresse ist auf TCP 5061 erreichbar
    .fix =
        { $spare_count ->
            [0] {""}
           *[other] @dns-admin Führt { $spare } nicht zum XPhone-Server: den A-Record von { $spare_names } mit dieser Adresse löschen.
        }
        { $gone_count ->
            [0] {""}
           *[other] @dns-admin Ist { $gone } kein XPhone-Server: den SRV-Record mit diesem Ziel löschen. Den A-Record stehen lassen, andere Dienste brauchen ihn vielleicht.
        }
        @network Führt { $closed } zum { noun-server } (zweiter Anschluss): dort Port-Forwarding von TCP 5061 auf dessen LAN-Adresse einrichten.
    .partner =
        @partner TCP 5061 auch bei { $closed } hereinlassen. Steht dahinter kein Server, den A-Record mit dieser Adresse löschen.
    .what = Für den oder die Server sind mehrere Adressen veröffentlicht; einige nehmen Verbindungen an, andere nicht. Die Meldung sagt, welche was tun.
    .why = Die Gegenseite nimmt irgendeine davon. Federation klappt dann nach Zufall, und jede Wiederholung des Tests scheint etwas anderes zu beweisen.
    .mend = Für jede Adresse, die nicht antwortet: Port-Forwarding von TCP 5061 auf den XPhone-Server einrichten oder sie aus dem DNS nehmen. Meist sind es alte Internet-Anschlüsse und alte Server.
    .source = Leitfaden XPhone-Federation, Kapitel 3 und 5

tcp-ipv6-dead = { $fqdn } ist über IPv4 erreichbar, aber nicht über IPv6: { $address } nimmt auf TCP-Port { $port } keine Verbindungen an. Erwartet wird beides, oder kein AAAA-Record.
    .headline = Server ist über IPv6 nicht erreichbar
    .fix =
        @dns-admin Hat der Server kein öffentliches IPv6: den AAAA-Record von { $fqdn } mit { $address } löschen.
        @network Hat er es: TCP 5061 auf dieser Adresse öffnen und zum { noun-server } weiterleiten.
    .what = Der FQDN hat einen AAAA-Record, doch dort kommt keine Verbindung zustande, während IPv4 funktioniert.
    .why = Gegenseiten mit IPv6 versuchen es oft zuerst darüber. Manche weichen nach einer Pause auf IPv4 aus, manche geben auf. Auch Let's Encrypt prüft über IPv6, wenn es einen AAAA-Record gibt; die Erneuerung kann daran scheitern.
    .mend = Den AAAA-Record löschen, wenn der Server kein öffentliches IPv6 hat. Hat er es, TCP 5061 zu dieser Adresse in der Firewall zulassen und Federation auch daran binden.
    .source = Leitfaden XPhone-Federation, Kapitel 3 und 5; RFC 8305

tcp-no-ipv6-here = { $why ->
    [option] Mit -4 wird nur IPv4 geprüft,
   *[here] Dieser Rechner hat kein IPv6,
} { $addresses } { $addresses_count ->
    [one] blieb
   *[other] blieben
} ungeprüft. Erwartet wird derselbe offene Port wie über IPv4.
    .headline = IPv6 wurde nicht geprüft
    .fix = { $why ->
        [option] Um auch den AAAA-Record zu prüfen: ohne -4 wiederholen.
       *[here] Um auch den AAAA-Record zu prüfen: auf einem Rechner mit IPv6 wiederholen.
    }
    .what = Der FQDN hat einen AAAA-Record, aber der Rechner, auf dem xfed läuft, hat kein IPv6, oder -4 war angegeben; diese Adresse blieb ungeprüft.
    .why = Am Urteil ändert das nichts, denn die Gegenseite erreicht den Server auch über IPv4. Eine tote IPv6-Adresse würde manche aber bremsen.
    .mend = Von einem Rechner mit IPv6 wiederholen. Ist IPv6 gar nicht gewollt, den AAAA-Record löschen.
    .source = Leitfaden XPhone-Federation, Kapitel 3

tcp-not-all-probed = { $count ->
    [one] 1 veröffentlichte Adresse blieb ungeprüft
   *[other] { $count } veröffentlichte Adressen blieben ungeprüft
}{ $why ->
    [family] : IPv4, wegen -6. Die Gegenseite nimmt zuerst IPv4
   *[limit] : Ein Lauf verbindet sich mit höchstens 32. Erwartet wird eine Adresse je Server
}.
    .headline = nicht jede Adresse wurde geprüft
    .fix = { $why ->
        [family] Ohne -6 wiederholen.
       *[limit] Im DNS die A- und SRV-Records löschen, die nicht zu einem { noun-server } führen.
    }
    .what = Es sind mehr Adressen veröffentlicht, als ein Lauf anspricht (32), oder -6 hat die IPv4-Adressen ausgelassen, die die Gegenseite zuerst nimmt. Der Rest blieb ungeprüft.
    .why = Eine ungeprüfte Adresse kann tot sein, und eine Gegenseite kann gerade sie nehmen. Darum nennt xfed die Domäne nicht bereit.
    .mend = Eine Domäne mit einem XPhone-Server braucht einen A-Record und einen SRV-Record. Was übrig ist, löschen, -6 weglassen und wiederholen.
    .source = Leitfaden XPhone-Federation, Kapitel 3 und 4

tcp-redirect-unused = --connect-to nennt { $addresses }, und nichts von dem, was geprüft wurde, führt dorthin (veröffentlicht: { $published }). Die Option blieb also ohne Wirkung. Erwartet wird eine veröffentlichte Adresse des Servers.
    .headline = --connect-to nennt eine Adresse, die nicht öffentlich ist
    .fix = Vor dem „=“ eine veröffentlichte Adresse angeben ({ $published }) und wiederholen, oder gar keine: --connect-to <LAN-Adresse> steht für jede veröffentlichte.
    .what = --connect-to IP=ADRESSE verbindet überall dort mit ADRESSE, wo IP veröffentlicht ist. Kein A- und kein AAAA-Record der geprüften Server hat diese IP: Die Option blieb ohne Wirkung, und die veröffentlichten Adressen wurden geprüft, wie sie sind.
    .why = Wer die Option angibt, will wissen, wie es um den Server unter ADRESSE steht. Das blieb ungeprüft, „bereit“ folgt also nicht daraus.
    .mend = Die Adresse nachschlagen: nslookup <FQDN>. Meist ist es ein Tippfehler oder die Adresse einer anderen Leitung.
    .source = xfed check --help

tcp-connected-elsewhere = Verbunden mit { $addresses }, wie mit --connect-to verlangt; Gegenseiten nehmen die veröffentlichte Adresse und Port 5061. Der Weg von außen blieb ungeprüft.
    .headline = Weg von außen wurde nicht geprüft
    .fix = Um den Weg von außen zu prüfen: ohne --connect-to auf einem Rechner außerhalb wiederholen.
    .what = Mit --connect-to hat xfed die dort genannte Adresse angesprochen statt der veröffentlichten. Die Schritte 1 bis 3 gelten für das Veröffentlichte, 4 bis 6 für diese Adresse.
    .why = So lässt sich der Server von innen prüfen, bevor es das Port-Forwarding gibt. Dass die Gegenseite ihn von außen erreicht, zeigt das nicht.
    .mend = Steht das Port-Forwarding, ohne --connect-to von einem Rechner außerhalb der Firma wiederholen, ohne VPN.
    .source = Leitfaden XPhone-Federation, Kapitel 5

## Schritt 5, eine Abhilfe für mehrere Befunde

remedy-order = Ein neues Zertifikat bestellen, damit ist alles erledigt: { $order_fits ->
    [no] Zuerst für den Server einen öffentlichen Namen (FQDN) mit höchstens 64 Zeichen wählen und auf dem { noun-server }, im A-Record und als Ziel des SRV-Records eintragen. Dann bei einer öffentlichen CA für genau diesen Namen bestellen
   *[yes] bei einer öffentlichen CA, für genau { $server }
}, als Antragsteller (CN) und als alternativen Namen (SAN), ohne Wildcard, mit einem RSA-Schlüssel ab 2048 Bit. Mit den mitgelieferten Zwischenzertifikaten installieren, dann in der { noun-administration } auswählen.
remedy-choose = Nichts bestellen: { $seen_how ->
    [port] Port { $seen_at } derselben Adresse zeigt ein richtiges Zertifikat für { $server }, gültig bis { $seen_until }. Dieses in der { noun-administration } auswählen (liegt es auf einem anderen Rechner: als PFX-Datei mit Schlüssel übernehmen).
   *[address] { $seen_at } zeigt ein richtiges Zertifikat für { $server }, gültig bis { $seen_until }. Dieses auch auf dem Server hinter { $own_address } auswählen (als PFX-Datei mit Schlüssel übernehmen). Soll dort kein Server stehen: den { $own_record }-Record { $own_address } löschen.
}
remedy-settled = Hier ist nichts weiter zu tun: Das Zertifikat, das wegen { $settled_by } { $settled_how ->
    [chosen] auszuwählen
   *[ordered] zu bestellen
} ist, behebt auch das{ $settled_code ->
    [cert-chain-incomplete] ; es gehört zusammen mit den mitgelieferten Zwischenzertifikaten installiert
    [cert-expires-soon] ; gebraucht wird es vor dem { $until }
   *[other] {""}
}.

## Schritt 5, das Zertifikat

cert-name-mismatch = { $authority ->
    [root] Dies ist das Stammzertifikat einer CA ({ $subject }), nicht das eines Servers; erwartet wird das Zertifikat, das eine CA für { $fqdn } ausgestellt hat.
    [intermediate] Dies ist ein Zwischenzertifikat einer CA ({ $subject }), nicht das eines Servers; erwartet wird das Zertifikat, das eine CA für { $fqdn } ausgestellt hat.
   *[none] { $names_count ->
        [0] Das Zertifikat enthält keinen Servernamen
       *[other] Das Zertifikat gilt für { $names }
    }, erwartet wird { $fqdn }.{ $without_sni ->
        [right] {" "}Wer keinen Servernamen nennt, bekommt das richtige: Der Server wählt nach dem Namen (SNI) falsch aus.
       *[none] {""}
    }
}
    .headline = Zertifikat gilt für einen anderen Namen
    .fix = { $authority ->
        [root] Die Datei mit dem Zertifikat des Servers suchen (die CA schickt sie mit dieser zusammen, oft heißt sie nach { $fqdn }) und diese angeben, oder die PFX-Datei, die es enthält. Das Stammzertifikat einer öffentlichen CA muss nirgends installiert werden.
        [intermediate] Die Datei mit dem Zertifikat des Servers suchen (die CA schickt sie mit dieser zusammen, oft heißt sie nach { $fqdn }) und beide angeben. Dieses hier gehört auf dem { noun-server } in den Speicher „Zwischenzertifizierungsstellen“ des Computers.
       *[none] { $without_sni ->
            [right] Herausfinden, was auf Port 5061 für { $fqdn } ein anderes Zertifikat wählt (ein Proxy, ein Load-Balancer, IIS mit SNI), und dort das richtige eintragen, oder TCP 5061 direkt an den { noun-server } leiten.
           *[none] Bei einer öffentlichen CA ein Zertifikat für genau { $fqdn } bestellen, dann das neue in der { noun-administration } auswählen.
        }
    }
    .what = Keiner der Namen im Zertifikat (SAN) ist der FQDN. Oft ist es das Zertifikat des Rechnernamens, der Website oder eines anderen Servers, zu dem das Port-Forwarding führt.
    .why = Die Gegenseite vergleicht das SRV-Ziel mit diesen Namen und bricht ab, wenn keiner gleich ist. Die Microsoft-Seite meldet ms-diagnostics 1010.
    .mend = Bei einer öffentlichen CA ein Zertifikat für genau den FQDN bestellen, dann das neue in der XPhone-Administration auswählen. Ist das gezeigte Zertifikat gar nicht das des XPhone-Servers, zuerst das Port-Forwarding prüfen.
    .source = Leitfaden XPhone-Federation, Kapitel 3 und 7; RFC 9525, Abschnitt 6.3; RFC 5280, Abschnitt 4.2.1.6

cert-wrong-order = Der Server schickt seine Zertifikate in falscher Reihenfolge: { $how ->
    [outdated] Als erstes kommt eines für { $fqdn }, das heute nicht gilt, und an { $place }. Stelle ein gültiges
    [wrong] Das eigene kommt an { $place }. Stelle, als erstes kommt „{ $first }“
   *[right] Das für { $fqdn } kommt an { $place }. Stelle, als erstes kommt „{ $first }“
}. Erwartet wird das eigene Zertifikat des Servers an erster Stelle.
    .headline = das eigene Zertifikat steht nicht an erster Stelle
    .fix = { $how ->
        [wrong] Für das neue Zertifikat (siehe den anderen Befund) auf dem { noun-server } eine PFX-Datei importieren, die es an erster Stelle enthält, dazu Schlüssel und Zwischenzertifikate, dann in der { noun-administration } auswählen.
       *[right] Bestellt werden muss nichts. Das Zertifikat für { $fqdn } auf dem { noun-server } neu importieren, aus einer PFX-Datei mit Zertifikat, Schlüssel und Zwischenzertifikaten, dann in der { noun-administration } auswählen.
    } Antwortet auf Port 5061 ein Proxy oder Load-Balancer: in dessen Datei dieses Zertifikat nach vorn stellen, die Zwischenzertifikate dahinter.
    .what = Ein Server schickt mehrere Zertifikate: zuerst das eigene, dann die der CAs darüber. Hier steht ein anderes vorn, meist ein Zwischenzertifikat, und das für den FQDN weiter hinten.
    .why = Die Gegenseite hält das erste Zertifikat für das des Servers. Es nennt einen anderen Server und gehört zu einem anderen Schlüssel; jeder Handshake scheitert, obwohl alles Nötige da ist.
    .mend = Die Zertifikate in die richtige Reihenfolge bringen: das eigene, dessen Aussteller, der Aussteller darüber. Meist wurde eine Datei von Hand zusammengesetzt (eine PFX aus einer falschen PEM-Datei, die Zertifikatsdatei eines Proxys). Unter Windows die PFX neu importieren und das Zertifikat in der XPhone-Administration auswählen.
    .source = RFC 8446, Abschnitt 4.4.2; RFC 5246, Abschnitt 7.4.2

cert-wildcard = Das Zertifikat ist ein Wildcard-Zertifikat („{ $name }“), erwartet wird eines, das genau auf { $fqdn } ausgestellt ist.
    .headline = Zertifikat ist ein Wildcard-Zertifikat
    .fix = Bei einer öffentlichen CA ein Zertifikat für genau { $fqdn } bestellen, ohne Wildcard, dann das neue in der { noun-administration } auswählen.
    .what = Das Zertifikat ist auf *.<Domäne> ausgestellt, oder nur ein Wildcard-Name darin passt zum FQDN.
    .why = SIP kennt in Zertifikaten keine Wildcards, und Skype for Business unterstützt sie nicht. XPhone bietet ein solches Zertifikat gar nicht erst zur Auswahl an.
    .mend = Ein Zertifikat für genau den FQDN bestellen, dann das neue in der XPhone-Administration auswählen. Für Webserver darf das Wildcard-Zertifikat bleiben. Weil XPhone es nicht anböte, auch prüfen, ob ein Proxy vor XPhone es zeigt.
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 5922, Abschnitt 7.2

cert-extra-wildcard = Neben { $fqdn } nennt das Zertifikat auch den Wildcard-Namen „{ $name }“, erwartet wird { $fqdn } ohne Wildcard.
    .headline = Zertifikat nennt zusätzlich einen Wildcard-Namen
    .fix = Bei der nächsten Erneuerung für genau { $fqdn } bestellen, ohne „{ $name }“, dann das neue in der { noun-administration } auswählen.
    .what = Antragsteller und alternativer Name sind genau der FQDN, unter den alternativen Namen steht aber auch ein Wildcard-Name.
    .why = Die meisten Gegenseiten finden den genauen Namen und sind zufrieden. Strenge lehnen womöglich jedes Zertifikat mit Wildcard ab, und der Leitfaden verlangt eines ohne.
    .mend = Bei der nächsten Erneuerung den Wildcard-Namen weglassen, dann das neue in der XPhone-Administration auswählen.
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 5922, Abschnitt 7.2

cert-no-san = Das Zertifikat hat keinen DNS-Namen unter den alternativen Namen (SAN), erwartet wird { $fqdn }.
    .headline = Zertifikat hat keinen alternativen Namen (SAN)
    .fix = Ein Zertifikat für genau { $fqdn } bestellen, mit diesem Namen als Antragsteller (CN) und als alternativem Namen (SAN), dann das neue in der { noun-administration } auswählen.
    .what = Das Zertifikat hat keinen alternativen Namen (SAN) vom Typ DNS. Vielleicht steht der FQDN beim Antragsteller (CN), doch das zählt nicht mehr.
    .why = Heutige TLS-Programme sehen nur noch auf die alternativen Namen (RFC 9525). Öffentliche CAs setzen sie immer; ein solches Zertifikat stammt meist von einer Firmen-CA oder ist selbst gemacht.
    .mend = Bei einer öffentlichen CA für genau den FQDN bestellen, als Antragsteller und als alternativen Namen, dann das neue in der XPhone-Administration auswählen.
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 9525; RFC 5280, Abschnitt 4.2.1.6

cert-subject-differs = Das Zertifikat ist auf „{ $name }“ ausgestellt (Antragsteller) und nennt { $fqdn } nur als alternativen Namen (SAN){ $fits ->
    [no] : Mit { $length } Zeichen ist dieser Name zu lang für den Antragsteller, in den { $limit } passen. Erwartet wird ein Name, der in beide passt.
   *[yes] , erwartet wird { $fqdn } in beiden.
}
    .headline = Zertifikat ist auf anderen Antragsteller (CN) ausgestellt
    .fix = { $fits ->
        [no] Für den Server einen öffentlichen Namen (FQDN) mit höchstens { $limit } Zeichen wählen: in XPhone, im A-Record und als Ziel des SRV-Records eintragen, dann ein Zertifikat für genau diesen Namen bestellen. { $fqdn } kann keine CA als Antragsteller eintragen.
       *[yes] Ein Zertifikat für genau { $fqdn } bestellen, mit diesem Namen als Antragsteller (CN) und als alternativem Namen (SAN), dann das neue in der { noun-administration } auswählen.
    }
    .what = Der FQDN steht unter den alternativen Namen (SAN), als Antragsteller (CN) nennt das Zertifikat aber einen anderen Namen.
    .why = Die Gegenseite sieht auf die alternativen Namen. Der Leitfaden verlangt jedoch ein Zertifikat, das genau auf den FQDN ausgestellt ist, und die Liste in XPhone geht nach dem Antragsteller („Ausgestellt für“); womöglich bietet sie es nicht an.
    .mend = Mit dem FQDN als erstem Namen oder als CN bestellen, dann das neue in der XPhone-Administration auswählen.
    .source = Leitfaden XPhone-Federation, Kapitel 7

cert-no-subject = Das Zertifikat hat keinen Namen (CN) als Antragsteller, nur den alternativen Namen (SAN) { $fqdn }{ $fits ->
    [no] : Mit { $length } Zeichen ist dieser Name zu lang für einen CN, in den { $limit } passen. Erwartet wird ein Name, der in beide passt.
   *[yes] . Erwartet wird { $fqdn } in beiden.
}
    .headline = Zertifikat hat keinen Antragstellernamen (CN)
    .fix = { $fits ->
        [no] Bietet XPhone das Zertifikat nicht an: für den Server einen öffentlichen Namen (FQDN) mit höchstens { $limit } Zeichen wählen, in XPhone, im A-Record und als Ziel des SRV-Records eintragen, dann ein Zertifikat für genau diesen Namen bestellen.
       *[yes] Bietet XPhone das Zertifikat nicht an: für genau { $fqdn } mit CN bestellen (Let's Encrypt: Profil classic), dann das neue in der { noun-administration } auswählen.
    }
    .what = Das Zertifikat nennt den FQDN als alternativen Namen (SAN), hat als Antragsteller aber keinen Namen (CN). Let's Encrypt lässt ihn in den Profilen tlsserver und shortlived weg.
    .why = Die Gegenseite stört das nicht, sie sieht auf die alternativen Namen. Die Liste in XPhone geht aber nach dem Antragsteller („Ausgestellt für“); womöglich zeigt sie eine leere Zeile oder bietet das Zertifikat nicht an.
    .mend = Lässt es sich in XPhone auswählen, ist nichts zu tun. Wenn nicht, mit CN bestellen; bei Let's Encrypt ist das das Profil classic (in simple-acme: Einstellung CertificateProfile). Dann das neue in der XPhone-Administration auswählen.
    .source = Leitfaden XPhone-Federation, Kapitel 7; Let's Encrypt, Zertifikatsprofile

cert-expired = { $who ->
    [intermediate] Das Zwischenzertifikat { $subject } ist
    [root] Das Stammzertifikat { $subject } ist
   *[leaf] Das Zertifikat ist
} am { $until } abgelaufen, { $days ->
    [0] vor weniger als einem Tag
    [one] vor 1 Tag
   *[other] vor { $days } Tagen
}.
    .headline = Zertifikat ist abgelaufen
    .fix = { $who ->
        [intermediate] Das aktuelle Zertifikat von { $subject } von der CA holen und auf dem { noun-server } installieren (Speicher des Computers „Zwischenzertifizierungsstellen“), das abgelaufene dort löschen, dann das Zertifikat in der { noun-administration } neu auswählen.
        [root] Für genau { $server } bei einer CA bestellen, deren Stammzertifikat gültig ist, dann das neue in der { noun-administration } auswählen. Bei einer eigenen CA: das Stammzertifikat { $subject } erneuern und das neue an alle Partner geben.
       *[leaf] { $long ->
            [yes] Die Uhr dieses Rechners prüfen. Geht sie richtig: in
           *[no] In
        } der { noun-administration } das erneuerte Zertifikat auswählen. Gibt es noch keines: für genau { $server } erneuern, dann dort auswählen.
    }
    .what = Der letzte Tag des Zertifikats, das der Server zeigt, ist vorbei, oder der eines Zertifikats darüber: eines Zwischenzertifikats, das der Server mitschickt, oder des Stammzertifikats aus --ca-file, zu dem es führt. Die Meldung sagt, welches.
    .why = Jede Gegenseite lehnt es ab, von einer Minute auf die andere und mit allen Domänen zugleich. Die übliche Ursache ist nicht eine misslungene Erneuerung: Das Zertifikat ist erneuert, aber XPhone zeigt noch das alte, denn es muss nach jeder Erneuerung von Hand neu ausgewählt werden.
    .mend = Im Zertifikatspeicher des Servers nachsehen: Liegt dort ein neueres für den FQDN, es in der XPhone-Administration auswählen. Wenn nicht, erneuern und dann auswählen. An jede Erneuerung eine Erinnerung oder ein Skript hängen (win-acme und simple-acme: --installation script): Let's Encrypt verkürzt auf 64 Tage im Februar 2027 und auf 45 Tage im Februar 2028.
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 5280, Abschnitt 4.1.2.5

cert-not-yet-valid = { $who ->
    [intermediate] Das Zwischenzertifikat { $subject } gilt
    [root] Das Stammzertifikat { $subject } gilt
   *[leaf] Das Zertifikat gilt
} erst ab { $from } ({ $days ->
    [0] in weniger als einem Tag
    [one] in 1 Tag
   *[other] in { $days } Tagen
}), erwartet wird eines, das heute gilt.
    .headline = Zertifikat gilt noch nicht
    .fix = Die Uhr dieses Rechners prüfen. Geht sie richtig: in der { noun-administration } ein Zertifikat für genau { $server } auswählen, das heute gilt.
    .what = Der erste Tag des Zertifikats liegt, nach der Uhr dieses Rechners, in der Zukunft.
    .why = Gegenseiten, deren Uhr richtig geht, lehnen es bis dahin ab. Wurde es gerade erst bestellt, geht wahrscheinlich die Uhr dieses Rechners nach.
    .mend = Die Uhr hier und auf dem XPhone-Server prüfen (w32tm /query /status). Gehen beide richtig, in der XPhone-Administration das vorige Zertifikat auswählen, bis das neue gilt.
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 5280, Abschnitt 4.1.2.5

cert-expires-soon = { $who ->
    [intermediate] Das Zwischenzertifikat { $subject } läuft
    [root] Das Stammzertifikat { $subject } aus --ca-file läuft
   *[leaf] Das Zertifikat läuft
} am { $until } ab ({ $days ->
    [0] in weniger als einem Tag
    [one] in 1 Tag
   *[other] in { $days } Tagen
}){ $who ->
    [leaf] . Es sollte inzwischen erneuert sein.
   *[other] , früher als das des Servers. Von da an vertraut dem Server niemand mehr.
}
    .headline = { $who ->
        [leaf] Zertifikat läuft bald ab
       *[other] ein Zertifikat der Kette läuft bald ab
    }
    .fix = { $who ->
        [intermediate] Das aktuelle Zertifikat von { $subject } bei der CA holen und auf dem { noun-server } installieren (Speicher des Computers „Zwischenzertifizierungsstellen“), dann das Zertifikat in der { noun-administration } erneut auswählen. Hat die CA keines: das Zertifikat für genau { $server } dort erneuern und installieren, was mitkommt.
        [root] Ein Zertifikat für genau { $server } bei einer CA bestellen, deren Stammzertifikat länger gilt, dann in der { noun-administration } auswählen. Bei einer eigenen CA: das Stammzertifikat { $subject } erneuern und das neue jeder Gegenseite geben.
       *[leaf] Für genau { $server } erneuern (oder herausfinden, warum die automatische Erneuerung scheiterte), dann das neue in der { noun-administration } auswählen.
    }
    .what = Vom Zertifikat sind weniger als ein Drittel der Laufzeit und weniger als 30 Tage übrig, bei Zertifikaten bis zehn Tage weniger als zwei Tage. Bis dahin ist eine automatische Erneuerung sonst längst geschehen. Oder von einem Zertifikat darüber, das vorher endet, sind weniger als 30 Tage übrig. Welches, steht in der Meldung.
    .why = Also ist die Erneuerung misslungen, oder das Zertifikat ist erneuert und XPhone zeigt noch das alte. Am letzten Tag endet Federation mit allen Gegenseiten zugleich.
    .mend = Im Zertifikatspeicher nach einem neueren für den FQDN sehen und es in der XPhone-Administration auswählen. Gibt es keines, das Protokoll von win-acme oder simple-acme lesen: Oft ist Port 80 für die Validierung gesperrt oder DNSSEC der Zone kaputt.
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 5280, Abschnitt 4.1.2.5

cert-not-reselected = Das Zertifikat auf Port 5061 ({ $from } bis { $until }) ist wahrscheinlich nicht das erneuerte: { $how ->
    [port] Port { $port } derselben Adresse zeigt für denselben Namen ein neueres ({ $newer_from } bis { $newer_until })
   *[age] { $days ->
        [0] es bleibt weniger als ein Tag
        [one] es bleibt nur 1 Tag
       *[other] es bleiben nur { $days } Tage
    }, eine automatische Erneuerung wäre bis zum { $due } geschehen
}. Erwartet wird das neueste.
    .headline = erneuertes Zertifikat ist noch nicht ausgewählt
    .fix = In der { noun-administration } das neueste Zertifikat für { $server } auswählen. Gibt es keines: das Protokoll der automatischen Erneuerung lesen.
    .what = Der Server zeigt noch ein Zertifikat, das ersetzt sein sollte. Entweder zeigt dieselbe Adresse für denselben Namen auf einem anderen Port (443 oder dem aus --compare-port) ein neueres, oder ein Zertifikat, das ein Programm erneuert (Let's Encrypt, Google Trust Services, ZeroSSL), ist älter, als ein solches Programm es werden lässt: win-acme erneuert nach 55 Tagen, andere, wenn noch 30 Tage oder ein Drittel der Laufzeit übrig sind.
    .why = Das Erneuern geht automatisch, das Auswählen nicht: Nach jeder Erneuerung muss das neue Zertifikat in XPhone von Hand ausgewählt werden. Bis das alte abläuft, geht alles; dann endet Federation mit allen Gegenseiten zugleich.
    .mend = Im Zertifikatspeicher des Servers das neueste für den FQDN suchen und in der XPhone-Administration auswählen. Gibt es keines, misslingt die Erneuerung selbst: das Protokoll von win-acme oder simple-acme lesen. Vergleichen lässt es sich mit xfed cert <FQDN>:443. Ist Port 443 ein anderer Server mit eigenem Zertifikat, lässt --no-compare den Vergleich weg. An jede Erneuerung eine Erinnerung oder ein Skript hängen (--installation script).
    .source = Leitfaden XPhone-Federation, Kapitel 7

cert-self-signed = Das Zertifikat ist selbst signiert ({ $subject }), erwartet wird eines von einer öffentlichen CA.{ $program ->
    [none] {""}
   *[other] {" "}Es ist das, das { $program } sich selbst erstellt.
}
    .headline = Zertifikat ist selbst signiert
    .fix = { $program ->
        [none] {""}
       *[other] Auf dem { noun-server } nachsehen, welches Programm auf TCP 5061 antwortet (netstat -abno als Administrator): Ist es { $program }, ihm den Port nehmen. Antwortet der { noun-service }, ist dort dieses Zertifikat ausgewählt:{" "}
    }Bei einer öffentlichen CA ein Zertifikat für genau { $server } bestellen, dann das neue in der { noun-administration } auswählen.
    .what = Das Zertifikat ist mit dem eigenen Schlüssel unterschrieben, von gar keiner CA. Produkte legen solche Zertifikate bei der Installation an, damit etwas da ist.
    .why = Nur wer es ausgestellt hat, kann ihm trauen, also lehnt jede Gegenseite es ab. Die Microsoft-Seite meldet ms-diagnostics 1010 oder 1047.
    .mend = Bei einer öffentlichen CA ein Zertifikat für genau den FQDN bestellen. Mit Let's Encrypt: wacs.exe --source manual --host <FQDN> (simple-acme, der Nachfolger von win-acme; in älteren Anleitungen heißt die Option --target; den ganzen Befehl zeigt xfed plan <Domäne>). Dann das neue in der XPhone-Administration auswählen.
    .source = Leitfaden XPhone-Federation, Kapitel 7

cert-untrusted-issuer = { $why ->
    [out-of-date] Ein CA-Zertifikat über diesem ({ $issuer }) liegt außerhalb seiner Gültigkeit
    [rejected] Die Kette des Zertifikats ({ $issuer }) besteht die Prüfung nicht: { $detail ->
        [RequiredEkuNotFoundContext] Eines ihrer Zertifikate ist nicht für Server gemacht (EKU ohne serverAuth)
       *[other] Eine frühere Version von xfed hat den Grund nicht in Worten festgehalten
    }
   *[unknown] { $top ->
        [root] Die Kette endet bei { $issuer }: Dieses Zertifikat wurde mitgeschickt und ist
       *[open] Die Kette endet unterhalb von { $issuer }: Dieser Aussteller wurde nicht mitgeschickt und ist selbst
    } { $roots ->
        [given] kein Stammzertifikat aus --ca-file
       *[public] kein öffentliches Stammzertifikat
    } (gesendete Zertifikate: { $sent })
}. { $kind ->
    [staging] Das ist die Testumgebung von Let's Encrypt (STAGING), der niemand vertraut. Erwartet wird
    [origin] Das ist die Origin CA von Cloudflare, der niemand außer Cloudflare vertraut. Erwartet wird
   *[other] Erwartet wird
} eine vollständige Kette zu { $roots ->
    [given] einem Stammzertifikat aus --ca-file
   *[public] einer öffentlichen CA
}.
    .headline = { $kind ->
        [staging] Zertifikat ist aus der Testumgebung von Let's Encrypt
        [origin] Zertifikat ist nur für Cloudflare selbst (Origin CA)
       *[other] { $top ->
            [root] Aussteller des Zertifikats ist nicht vertrauenswürdig
           *[open] Aussteller weder mitgeschickt noch selbst vertrauenswürdig
        }
    }
    .fix = { $kind ->
        [staging] Das Zertifikat für genau { $server } noch einmal bestellen, diesmal beim echten Let's Encrypt: bei win-acme und simple-acme ohne --test, sonst ohne --staging oder --test-cert. Dann das neue in der { noun-administration } auswählen.
        [origin] Für genau { $server } bei einer öffentlichen CA bestellen, dann das neue in der { noun-administration } auswählen.
       *[other] { $sent ->
            [1] Ist der Aussteller eine öffentliche CA: deren Zwischenzertifikate auf dem { noun-server } installieren (Speicher „Zwischenzertifizierungsstellen“). Wenn nicht: bei einer öffentlichen CA für genau { $server } bestellen, dann das neue in der { noun-administration } auswählen.
           *[other] Ist der Aussteller eine öffentliche CA: deren aktuelle Zwischenzertifikate auf dem { noun-server } installieren. Wenn nicht: bei einer öffentlichen CA für genau { $server } bestellen, dann das neue in der { noun-administration } auswählen.
        }
    }
    .what = Vom Zertifikat führt kein Weg zu einem Stammzertifikat der öffentlichen Liste (der von Mozilla) oder zu einem aus --ca-file. Entweder ist der Aussteller eine private CA, oder der Server schickt die Zwischenzertifikate nicht mit, oder eines davon ist nicht mehr gültig.
    .why = Private CAs kennt die Gegenseite nicht. Ein fehlendes Zwischenzertifikat ist tückisch: Windows holt es sich oft selbst und zeigt keinen Fehler, alle anderen lehnen ab.
    .mend = Private CA: bei einer öffentlichen für genau den FQDN bestellen, mit Let's Encrypt über wacs.exe --source manual --host <FQDN> (simple-acme, der Nachfolger von win-acme). Fehlendes Zwischenzertifikat: die der CA im Computerspeicher „Zwischenzertifizierungsstellen“ installieren; bei Let's Encrypt sind es seit 2026 zwei oder drei, alte (R3, R10, R11) helfen nicht mehr. Dann das Zertifikat in der XPhone-Administration neu auswählen.
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 5280, Abschnitt 6; RFC 8446, Abschnitt 4.4.2

cert-locally-trusted-only = Nur dieser Rechner vertraut dem Aussteller ({ $issuer }), die öffentlichen Stammzertifikate führen nicht zu ihm. Erwartet wird ein Zertifikat einer öffentlichen CA.
    .headline = nur dieser Rechner vertraut dem Zertifikat
    .fix =
        @network Bricht hier eine Firewall TLS auf: aus einem anderen Netz wiederholen.
        @xphone-admin Ist der Aussteller die eigene Firmen-CA: bei einer öffentlichen CA für genau { $server } bestellen, dann das neue in der { noun-administration } auswählen.
    .partner =
        @network Inspiziert auf dieser Seite eine Firewall TLS: ausgehendes TCP 5061 davon ausnehmen.
        @partner Ist { $issuer } eine eigene CA: bei einer öffentlichen CA für genau { $server } bestellen und das neue Zertifikat einsetzen.
    .what = Der Zertifikatspeicher dieses Rechners nimmt den Aussteller an, die öffentliche Liste (die von Mozilla) nicht. Entweder ist es die eigene Firmen-CA, oder eine Firewall zwischen diesem Rechner und dem Server setzt ihr eigenes Zertifikat ein (TLS-Inspektion).
    .why = Die Gegenseite hat weder das eine noch das andere im Speicher und lehnt ab. Wird TLS nur auf dieser Seite aufgebrochen, sieht sie womöglich doch das richtige Zertifikat: Dann ist nur dieser Test verfälscht.
    .mend = Aus einem anderen Netz wiederholen und den Aussteller vergleichen. Derselbe: bei einer öffentlichen CA für genau den FQDN bestellen und das neue in der XPhone-Administration auswählen. Ein anderer: TCP 5061 von der TLS-Inspektion ausnehmen.
    .source = Leitfaden XPhone-Federation, Kapitel 7

cert-no-server-auth = { $who ->
    [intermediate] Das Zwischenzertifikat { $subject } darf nicht für Server bürgen
    [root] Das Stammzertifikat { $subject } darf nicht für Server bürgen
   *[leaf] Das Zertifikat gilt nicht für Server
}: { $purposes ->
    [any] In seiner erweiterten Schlüsselverwendung (EKU) steht anyExtendedKeyUsage, aber nicht serverAuth, und OpenSSL und andere lassen das eine nicht für das andere gelten
   *[others] In seiner erweiterten Schlüsselverwendung (EKU) fehlt serverAuth
}. Erwartet wird serverAuth.
    .headline = Zertifikat ist nicht für Server gedacht
    .fix = Bei einer öffentlichen CA ein Serverzertifikat (EKU serverAuth) für genau { $server } bestellen, dann das neue in der { noun-administration } auswählen.
    .what = Im Zertifikat oder in einem darüber steht, wofür es verwendet werden darf (erweiterte Schlüsselverwendung, EKU), und serverAuth fehlt. Wofür ein Zwischenzertifikat nicht bürgen darf, das gilt für alle Zertifikate darunter.
    .why = Jede Gegenseite, die sich verbindet, lehnt es als Serverzertifikat ab.
    .mend = Bei einer öffentlichen CA ein Serverzertifikat für genau den FQDN bestellen, dann das neue in der XPhone-Administration auswählen. Bei einer Firmen-CA war die Vorlage die falsche; nötig ist aber ohnehin eine öffentliche CA.
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 5280, Abschnitt 4.2.1.12

cert-no-client-auth = { $who ->
    [leaf] Das Zertifikat von { $issuer }
    [root] Das Stammzertifikat { $subject } der Kette
   *[intermediate] Das Zwischenzertifikat { $subject }
} gilt nur für Server (EKU ohne clientAuth), für MTLS wird beides erwartet. Die meisten Gegenseiten nehmen es an, strenge nicht.
    .headline = Zertifikat ist nur für Server gedacht
    .fix = Meist nichts zu tun: Die meisten Gegenseiten nehmen es an. Lehnt eine ab: für genau { $server } mit clientAuth bestellen (DigiCert: auf Wunsch, bis 01.03.2027), dann das neue in der { noun-administration } auswählen.
    .what = Die erweiterte Schlüsselverwendung (EKU) des Zertifikats enthält serverAuth, aber nicht clientAuth. Das ist inzwischen die Regel: Let's Encrypt lässt clientAuth seit 11.02.2026 weg, seit 08.07.2026 ausnahmslos; DigiCert setzt es nur auf Wunsch und nur bis 01.03.2027; ab 15.03.2027 verbietet Chrome es allen CAs in seinem Programm.
    .why = Für eingehende Verbindungen ist das in Ordnung. Bei MTLS zeigt XPhone dasselbe Zertifikat aber auch als Client, wenn es sich zur Gegenseite verbindet: Server auf Basis von OpenSSL (Kamailio, OpenSIPS) und ältere Cisco Expressways lehnen es dann in der Grundeinstellung ab; Skype for Business verlangt nur serverAuth. .NET schickt ein solches Zertifikat womöglich gar nicht, ohne jede Fehlermeldung; ob das XPhone betrifft, ist nicht bekannt.
    .mend = Solange Nachrichten alle Gegenseiten erreichen: nichts tun. Lehnt eine ab: dort darum bitten, serverAuth-Zertifikate anzunehmen, nur das hilft auf Dauer. Zur Überbrückung für genau den FQDN mit clientAuth bestellen (DigiCert auf Wunsch, höchstens 200 Tage), dann das neue in der XPhone-Administration auswählen.
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 5280, Abschnitt 4.2.1.12; Let's Encrypt, Ankündigung vom 14.05.2025

cert-chain-incomplete = Die Kette endet zu früh: Das Zertifikat des Ausstellers { $missing } fehlt{ $sure ->
    [yes] {""}
    [proven] {" "}(mit --fetch-issuer bestätigt)
    [seen] {" "}({ $seen_at } schickt es zum selben Zertifikat mit)
    [root] {" "}(das Stammzertifikat dieses Namens hat einen anderen Schlüssel: Ein Zwischenzertifikat gleichen Namens fehlt)
    [sent] {" "}(das vorhandene Zertifikat dieses Namens hat einen anderen Schlüssel)
    [given] . Es steht in --ca-file, ist aber kein Stammzertifikat: Gegenseiten bekommen es nur vom Server
   *[no] {" "}(oder der Aussteller ist eine private CA; er gehört zu keiner bekannten)
}. Erwartet werden alle Zwischenzertifikate bis zu einem öffentlichen Stammzertifikat.
    .headline = Zwischenzertifikat wird nicht mitgeschickt
    .fix = Das Zwischenzertifikat { $missing } auf dem { noun-server } installieren, im Zertifikatspeicher des lokalen Computers (certlm.msc) unter „Zwischenzertifizierungsstellen“{ $url_count ->
        [0] {""}
       *[other] {" "}(Download: { $url })
    }, dann das Zertifikat in der { noun-administration } neu auswählen.{ $sure ->
        [no] {" "}Ist es eine private CA: stattdessen bei einer öffentlichen CA bestellen.
       *[yes] {""}
    }
    .what = Der Server zeigt sein eigenes Zertifikat, nicht aber die Zwischenzertifikate zwischen ihm und einem öffentlichen Stammzertifikat. Wer sie nicht selbst hat, findet den Weg zum Stammzertifikat nicht.
    .why = Windows holt ein fehlendes Zwischenzertifikat oft selbst, dort sieht alles gut aus. Kamailio, OpenSIPS und alles, was auf OpenSSL oder Java beruht, tut das nicht und lehnt das Zertifikat ab.
    .mend = Die Zwischenzertifikate, die die CA veröffentlicht, im Computerspeicher „Zwischenzertifizierungsstellen“ installieren, dann das Zertifikat in der XPhone-Administration neu auswählen. Let's Encrypt braucht seit 2026 zwei (RSA) oder drei (ECDSA); die alten (R3, R10, R11) helfen nicht mehr. Ist der Aussteller doch eine private CA: bei einer öffentlichen bestellen.
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 8446, Abschnitt 4.4.2; RFC 5280, Abschnitt 6

cert-intercepted = { $device ->
    [none] Das Zertifikat stammt von einer Firewall oder einem Virenscanner ({ $issuer }), erwartet wird eines von einer öffentlichen CA.
   *[other] Das Zertifikat ist das eigene von { $device }, für die Weboberfläche (Aussteller { $issuer }): Dieses Gerät antwortet, nicht der { noun-server }. Erwartet wird das Zertifikat des Servers, von einer öffentlichen CA.
}
    .headline = { $device ->
        [none] Zertifikat stammt von einer Firewall dazwischen
       *[other] ein anderes Gerät antwortet, mit eigenem Zertifikat
    }
    .fix = { $device ->
        [none] {""}
       *[other] { $family ->
            [v6] Der AAAA-Record von { $server } führt zum Gerät selbst ({ $device }). Die IPv6-Adresse des { noun-server }s eintragen lassen und TCP 5061 zu ihr durchlassen (IPv6 braucht kein Port-Forwarding), oder den AAAA-Record löschen lassen: Federation kommt ohne ihn aus. Bestellt werden muss dafür nichts. Stimmt der Record:{" "}
           *[v4] Am Gerät ({ $device }) ein Port-Forwarding von TCP 5061 zum { noun-server } einrichten; hat dort Weboberfläche, Fernzugang oder VPN diesen Port, ihn dort wegnehmen. Bestellt werden muss dafür nichts. Führt es schon dorthin:{" "}
        }
    }TCP 5061 von TLS-Inspektion und SIP-Inspektion (ALG) ausnehmen und prüfen, ob das Port-Forwarding zum { noun-server } führt und nicht zur Firewall selbst. Wird auf dieser Seite inspiziert: aus einem anderen Netz wiederholen.
    .partner =
        @network Prüfen, ob auf dieser Seite inspiziert wird: aus einem anderen Netz wiederholen und ausgehendes TCP 5061 davon ausnehmen.
        @partner { $device ->
            [none] {""}
           *[other] { $family ->
                [v6] Der AAAA-Record von { $server } führt zu einem Gerät ({ $device }): die IPv6-Adresse des Servers eintragen oder den Record löschen.{" "}
               *[v4] Am Gerät ({ $device }) TCP 5061 zum Federation-Dienst weiterleiten.{" "}
            }
        }Wenn nicht: TCP 5061 von TLS-Inspektion und SIP-Inspektion (ALG) ausnehmen.
    .what = Der Aussteller trägt den Namen eines Herstellers von Firewalls oder Virenscannern. Ein solches Gerät sitzt im Weg, bricht die TLS-Verbindung auf und zeigt ein eigenes Zertifikat, oder es antwortet selbst auf Port 5061. Router wie die FRITZ!Box sind auch an den Namen in ihrem eigenen Zertifikat zu erkennen (fritz.box, myfritz.net), selbst wenn eine öffentliche CA es ausgestellt hat.
    .why = Die Gegenseite vertraut ihm nicht, und MTLS kann so nicht gelingen: Jede Seite sieht das Zertifikat des Geräts statt das der anderen.
    .mend = TCP 5061 in beiden Richtungen von der TLS-Inspektion ausnehmen und die SIP-Inspektion (SIP-ALG) dafür abschalten. Wird nur im Netz dieses Rechners inspiziert: von außen wiederholen, dann ist nur dieser Test verfälscht.
    .source = Leitfaden XPhone-Federation, Kapitel 5 und 7

cert-weak-key = { $who ->
    [intermediate] Der Schlüssel des Zwischenzertifikats { $subject } ist zu schwach
    [root] Der Schlüssel des Stammzertifikats { $subject } ist zu schwach
   *[leaf] Der Schlüssel des Zertifikats ist zu schwach
} ({ $key }), erwartet wird RSA mit mindestens 2048 Bit oder eine Kurve mit mindestens 256.
    .headline = ein Schlüssel ist zu schwach
    .fix = { $who ->
        [leaf] Ein Zertifikat für genau { $server } mit neuem RSA-Schlüssel (2048 oder 3072 Bit) bestellen, dann das neue in der { noun-administration } auswählen.
       *[other] Ein Zertifikat für genau { $server } bei einer öffentlichen CA bestellen, deren Schlüssel alle lang genug sind, dann das neue in der { noun-administration } auswählen.
    }
    .what = Der öffentliche Schlüssel im Zertifikat oder in einem darüber ist kürzer, als öffentliche CAs seit Jahren bestätigen dürfen.
    .why = Die Gegenseite lehnt solche Schlüssel ab: Windows, OpenSSL und andere nehmen RSA unter 2048 Bit in der Regel nicht an. Keine öffentliche CA stellt sie aus, also lohnt auch der Blick auf den Rest des Zertifikats.
    .mend = Mit dem neuen Zertifikat einen neuen Schlüssel erzeugen; simple-acme und win-acme nehmen von sich aus RSA 3072.
    .source = CA/Browser Forum, Baseline Requirements, Abschnitt 6.1.5

cert-weak-signature = Das Zertifikat { $subject } ist mit { $hash } signiert, erwartet wird SHA-256 oder besser.
    .headline = Signatur ist veraltet ({ $hash })
    .fix = Bei einer öffentlichen CA für genau { $server } bestellen, dann das neue in der { noun-administration } auswählen. Ist ein Zwischenzertifikat so signiert: die aktuellen der CA installieren.
    .what = Das Zertifikat oder eines seiner Zwischenzertifikate trägt eine Signatur mit SHA-1 oder MD5.
    .why = Solche Signaturen lassen sich fälschen, deshalb werden sie abgelehnt. Öffentliche CAs verwenden sie seit 2016 nicht mehr.
    .mend = Bei einer öffentlichen CA neu bestellen und deren aktuelle Zwischenzertifikate installieren.
    .source = CA/Browser Forum, Baseline Requirements, Abschnitt 7.1.3.2; RFC 9155

cert-key-unsupported = { $who ->
    [intermediate] Das Zwischenzertifikat { $subject } hat einen Schlüssel { $curve ->
        [explicit] auf einer elliptischen Kurve, deren Parameter ausgeschrieben sind statt benannt
       *[named] der Art { $key }
    }, erwartet wird RSA mit mindestens 2048 Bit: Was ein solcher Schlüssel signiert hat, kann Windows nicht prüfen.
    [root] Das Stammzertifikat { $subject } aus --ca-file hat einen Schlüssel { $curve ->
        [explicit] auf einer elliptischen Kurve, deren Parameter ausgeschrieben sind statt benannt
       *[named] der Art { $key }
    }, erwartet wird RSA mit mindestens 2048 Bit: Was ein solcher Schlüssel signiert hat, kann Windows nicht prüfen.
   *[leaf] Das Zertifikat hat einen Schlüssel { $curve ->
        [explicit] auf einer elliptischen Kurve, deren Parameter ausgeschrieben sind statt benannt
       *[named] der Art { $key }
    }, erwartet wird RSA mit mindestens 2048 Bit: { $key ->
        [Ed25519] OpenSSL und GnuTLS können ihn verwenden, Windows nicht
        [Ed448] OpenSSL und GnuTLS können ihn verwenden, Windows nicht
       *[other] Windows und die meisten Gegenseiten können ihn nicht verwenden
    }.
}
    .headline = { $who ->
        [leaf] kaum jemand kann den Schlüssel des Zertifikats nutzen
       *[other] Windows kann die Kette nicht prüfen ({ $key })
    }
    .fix = { $who ->
        [leaf] Ein Zertifikat für genau { $server } mit RSA-Schlüssel (2048 oder 3072 Bit) bestellen, dann das neue in der { noun-administration } auswählen.
       *[other] Ein Zertifikat für genau { $server } bei einer öffentlichen CA bestellen, deren Schlüssel RSA oder P-256 und P-384 sind, dann das neue in der { noun-administration } auswählen.
    }
    .what = Der Schlüssel im Zertifikat oder in einem darüber ist Ed25519, Ed448, liegt auf einer Brainpool-Kurve oder ist von einer anderen Art, die für TLS kaum verwendet wird.
    .why = Windows kennt Zertifikate mit solchen Schlüsseln nicht oder bietet sie von sich aus nicht an, ebenso OpenSSL (Brainpool) und die Bibliotheken vieler Produkte. Dann kommt keine Verbindung zustande, auch wenn alles andere stimmt. Microsofts Verfahren für SIP sind für RSA-Schlüssel.
    .mend = Mit dem neuen Zertifikat einen neuen RSA-Schlüssel erzeugen; simple-acme und win-acme nehmen von sich aus RSA 3072.
    .source = RFC 8422; RFC 8410; Microsoft, TLS-Anforderungen für SIP

cert-key-unusual = Der Schlüssel des Zertifikats ist von ungewöhnlicher Art ({ $key }), erwartet wird RSA. Manche Partner haben dafür keine Signaturen.
    .headline = Schlüssel des Zertifikats hat eine unübliche Kurve
    .fix = Falls ein Partner keine Verbindung bekommt: ein Zertifikat für genau { $server } mit RSA-Schlüssel (2048 oder 3072 Bit) bestellen, dann das neue in der { noun-administration } auswählen.
    .what = Der Schlüssel im Zertifikat liegt auf der größten der üblichen elliptischen Kurven (P-521), oder es ist ein RSA-Schlüssel nur für RSASSA-PSS-Signaturen.
    .why = Windows und OpenSSL kommen damit zurecht, mehrere TLS-Bibliotheken aber nicht, und Microsofts Verfahren für SIP sind für RSA-Schlüssel. Öffentliche CAs bestätigen solche Schlüssel kaum.
    .mend = Nichts, solange alle Partner eine Verbindung bekommen. Sonst ein Zertifikat mit RSA-Schlüssel bestellen, was simple-acme und win-acme von sich aus tun.
    .source = RFC 8422; Microsoft, TLS-Anforderungen für SIP

cert-wrong-signature = Die Signatur { $who ->
    [leaf] des Zertifikats { $subject }
   *[other] des Zwischenzertifikats { $subject }
} ist falsch: Sie stammt nicht vom Schlüssel seines Ausstellers. Erwartet wird das Zertifikat, wie die CA es ausgestellt hat.
    .headline = eine Signatur der Zertifikatskette ist falsch
    .fix = { $who ->
        [leaf] Das Zertifikat aus der Datei, die die CA geliefert hat, noch einmal importieren oder für genau { $server } neu bestellen, dann in der { noun-administration } auswählen.
       *[other] Das Zertifikat { $subject }, wie seine CA es veröffentlicht, auf dem { noun-server } noch einmal installieren (Speicher des Computers „Zwischenzertifizierungsstellen“), dann das Zertifikat in der { noun-administration } neu auswählen.
    }
    .what = Das Zertifikat nennt seinen Aussteller, und dessen Zertifikat ist da, doch die Signatur passt nicht zu dessen Schlüssel. Das Zertifikat wurde nach der Ausstellung verändert oder beschädigt, oder es kam nie von dieser CA.
    .why = Erst die Signatur macht ein Zertifikat glaubwürdig. Ist sie falsch, lehnt jeder Partner es ab.
    .mend = Das Zertifikat noch einmal unverändert von der CA holen. Ist es auch dort falsch, muss die CA es neu ausstellen.
    .source = RFC 5280, Abschnitt 6.1.3

cert-issuer-not-ca = { $who ->
    [root] Das Stammzertifikat { $subject } aus --ca-file
   *[other] Das Zertifikat { $subject }, das das darunter ausgestellt hat,
} ist kein CA-Zertifikat (basicConstraints ohne CA). Erwartet wird ein Aussteller, der eine CA ist.
    .headline = Aussteller des Zertifikats ist keine CA
    .fix = Bei einer öffentlichen CA ein Zertifikat für genau { $server } bestellen, dann das neue in der { noun-administration } auswählen. Bei einer eigenen CA: { $subject } als CA-Zertifikat neu erstellen und die Zertifikate darunter neu ausstellen.
    .what = In einem Zertifikat steht, ob es zu einer CA gehört. In diesem steht das nicht, und trotzdem hat es ein anderes ausgestellt.
    .why = Könnte jeder mit einem Zertifikat weitere ausstellen, wäre keines etwas wert. Deshalb lehnt jeder Partner ab, was ein solches Zertifikat ausgestellt hat.
    .mend = Öffentlichen CAs unterläuft das nicht. Bei einer eigenen CA oder einer von Hand mit OpenSSL erstellten braucht das Zertifikat basicConstraints mit CA:TRUE und keyUsage mit keyCertSign.
    .source = RFC 5280, Abschnitte 4.2.1.9 und 6.1.4

cert-issuer-no-cert-sign = { $who ->
    [root] Das Stammzertifikat { $subject } aus --ca-file
   *[other] Das Zwischenzertifikat { $subject }
} darf keine Zertifikate signieren: In seiner Schlüsselverwendung (keyUsage) fehlt keyCertSign. Erwartet wird keyCertSign.
    .headline = ausstellendes Zertifikat darf nicht signieren
    .fix = Bei einer öffentlichen CA ein Zertifikat für genau { $server } bestellen, dann das neue in der { noun-administration } auswählen. Bei einer eigenen CA: { $subject } mit keyCertSign neu erstellen und auf dem { noun-server } installieren.
    .what = In einem CA-Zertifikat steht, wofür sein Schlüssel verwendet werden darf (Schlüsselverwendung). In diesem steht das Signieren von Zertifikaten nicht, und trotzdem hat es eines signiert.
    .why = OpenSSL, Windows und andere lehnen ab, was ein solches Zertifikat ausgestellt hat.
    .mend = Bei einer eigenen CA oder einer von Hand mit OpenSSL erstellten braucht das Zertifikat keyUsage mit keyCertSign und cRLSign. Die Zertifikate darunter können bleiben, wenn Name und Schlüssel bleiben.
    .source = RFC 5280, Abschnitte 4.2.1.3 und 6.1.4

cert-path-too-long = { $who ->
    [root] Das Stammzertifikat { $subject }
   *[other] Das Zwischenzertifikat { $subject }
} erlaubt unter sich { $allowed ->
    [0] kein weiteres CA-Zertifikat
    [one] ein weiteres CA-Zertifikat
   *[other] { $allowed } weitere CA-Zertifikate
} (Pfadlänge), es { $found ->
    [one] ist aber eines
   *[other] sind aber { $found }
}: { $below }. Erwartet wird eine Kette, die die Pfadlänge einhält.
    .headline = Kette ist länger, als eine CA in ihr erlaubt
    .fix = Bei einer öffentlichen CA ein Zertifikat für genau { $server } bestellen, dann das neue in der { noun-administration } auswählen. Bei einer eigenen CA: das Zertifikat direkt von { $subject } ausstellen oder dieses mit größerer Pfadlänge neu erstellen.
    .what = Ein CA-Zertifikat kann begrenzen, wie viele CA-Zertifikate zwischen ihm und dem Zertifikat eines Servers stehen dürfen. In dieser Kette sind es mehr.
    .why = Jeder Partner lehnt ab, was unter dieser Grenze steht.
    .mend = Öffentlichen CAs unterläuft das nicht. Bei einer eigenen CA ist entweder die Grenze des oberen Zertifikats oder die CA darunter nicht gewollt.
    .source = RFC 5280, Abschnitte 4.2.1.9 und 6.1.4

cert-name-not-permitted = { $who ->
    [root] Das Stammzertifikat { $subject }
   *[other] Das Zwischenzertifikat { $subject }
} darf nicht für „{ $name }“ ausstellen: Es { $how ->
    [all] schließt jeden Namen dieser Art aus
    [excluded] schließt { $names } aus
   *[permitted] erlaubt nur { $names }
} (Namensbeschränkungen). Erwartet wird eine CA, die für { $server } ausstellen darf.
    .headline = CA darf für diesen Namen nicht ausstellen
    .fix = Ein Zertifikat für genau { $server } bei einer CA bestellen, die dafür ausstellen darf, dann das neue in der { noun-administration } auswählen.
    .what = Ein CA-Zertifikat kann auf bestimmte Namen beschränkt sein, etwa auf die einer Firma. Das Zertifikat des Servers oder einer CA dazwischen hat einen Namen außerhalb davon.
    .why = Jeder Partner lehnt ein Zertifikat ab, das seine CA nicht ausstellen durfte.
    .mend = Öffentlichen CAs unterläuft das nicht. Bei einer eigenen CA müssen die Namensbeschränkungen des CA-Zertifikats erweitert werden, oder eine andere CA muss ausstellen.
    .source = RFC 5280, Abschnitt 4.2.1.10

cert-critical-extension = { $who ->
    [intermediate] Das Zwischenzertifikat { $subject }
    [root] Das Stammzertifikat { $subject }
   *[leaf] Das Zertifikat
} hat eine kritische Erweiterung, die Gegenseiten nicht kennen ({ $oid }). Kritisch dürfen nur die üblichen sein.
    .headline = unbekannte kritische Erweiterung in der Kette
    .fix = Bei einer öffentlichen CA ein Zertifikat für genau { $server } bestellen, dann das neue in der { noun-administration } auswählen.
    .what = Eine Erweiterung, die als kritisch gekennzeichnet ist, muss verstehen, wer das Zertifikat prüft. Diese verstehen weder OpenSSL noch GnuTLS; 1.3.6.1.4.1.11129.2.4.3 kennzeichnet ein Vorzertifikat, das nicht das Zertifikat selbst ist.
    .why = Wer eine kritische Erweiterung nicht kennt, muss das Zertifikat ablehnen, und die Gegenseite tut das.
    .mend = Bei einer eigenen CA die Erweiterung in der Vorlage als nicht kritisch kennzeichnen. Bei einer öffentlichen CA das Zertifikat selbst verwenden, nicht das Vorzertifikat.
    .source = RFC 5280, Abschnitt 4.2

cert-authority-key-differs = { $who ->
    [leaf] Das Zertifikat
   *[other] Das Zwischenzertifikat { $subject }
} nennt als Aussteller ein anderes Zertifikat als das gesendete oder angegebene von { $issuer } (authorityKeyIdentifier, { $how ->
    [key] anderer Schlüsselbezeichner
    [empty-key] leerer Schlüsselbezeichner
   *[serial] anderer Aussteller oder andere Seriennummer
}). Erwartet wird der Aussteller, den es nennt. { $how ->
    [key] OpenSSL und GnuTLS finden
   *[other] OpenSSL findet
} dann keinen.
    .headline = Zertifikat nennt einen anderen Ausstellerschlüssel
    .fix = Das Zertifikat von { $issuer }, das die CA zu diesem nennt, auf dem { noun-server } installieren (Speicher des Computers „Zwischenzertifizierungsstellen“), das andere dort löschen, dann das Zertifikat in der { noun-administration } neu auswählen. Gibt es nur eines: für genau { $server } neu bestellen.
    .what = Die Signatur passt zum Aussteller. Im Zertifikat steht aber auch, welches Zertifikat des Ausstellers gemeint ist, mit dem Bezeichner des Schlüssels oder der Seriennummer, und das ist nicht das in der Kette. So etwas kommt von einem erneuerten CA-Zertifikat oder einer von Hand erstellten CA.
    .why = OpenSSL (Kamailio, OpenSIPS) richtet sich danach und meldet, dass es keinen Aussteller gibt; GnuTLS tut das beim Bezeichner des Schlüssels. Windows und anderen genügt die Signatur.
    .mend = Am besten ein neues Zertifikat von der CA, wie sie heute ist. Eine von Hand erstellte CA sollte ihren Aussteller nur mit dem Schlüsselbezeichner nennen (authorityKeyIdentifier = keyid), damit auch ein erneuertes CA-Zertifikat mit demselben Schlüssel passt.
    .source = RFC 5280, Abschnitt 4.2.1.1

cert-misleading-issuer = { $who ->
    [root] Neben dem richtigen Stammzertifikat enthält --ca-file eines, das manche Gegenseiten in die Irre führt: { $subject }, Seriennummer { $serial }
   *[sent] Neben den richtigen Zertifikaten schickt der Server eines, das manche Gegenseiten in die Irre führt: Nummer { $number } der gesendeten, { $subject }, ausgestellt von { $issuer }, Seriennummer { $serial }
}. { $by ->
    [openssl] OpenSSL hält es für den Aussteller und lehnt
    [gnutls] GnuTLS hält es für den Aussteller und lehnt
   *[both] OpenSSL und GnuTLS halten es für den Aussteller und lehnen
} ab: { $to ->
    [nowhere] Es führt zu keinem Stammzertifikat
    [dates] Es gilt heute nicht (abgelaufen oder noch nicht gültig)
    [other-key] Es trägt den Namen des Ausstellers, hat aber einen anderen Schlüssel
    [no-server-auth] Es ist nicht für Server bestimmt (serverAuth)
    [no-client-auth] Es ist nicht für Clients bestimmt (clientAuth), was zählt, wenn der { noun-server } die Verbindung aufbaut
    [no-authority] Es darf keine Zertifikate ausstellen
    [weak-signature] Es ist mit SHA-1 oder MD5 signiert
    [weak-key] Sein Schlüssel ist zu kurz
    [path-length] Es lässt weniger CA-Zertifikate unter sich zu (Pfadlänge)
    [names] Es darf für diese Namen nicht ausstellen (Namensbeschränkungen)
    [critical] Es hat eine kritische Erweiterung, die sie nicht kennen
   *[malformed] Es ist nicht so gemacht, wie RFC 5280 es will
}.{ $others_count ->
    [0] {""}
    [one] {" "}Ein weiteres führt ebenso in die Irre (Seriennummer { $others }).
   *[other] {" "}{ $others_count } weitere führen ebenso in die Irre (Seriennummern { $others }).
} Erwartet werden nur die Zertifikate eines einzigen Pfads.
    .headline = überflüssiges Zertifikat führt in die Irre
    .fix = { $who ->
        [root] Das Stammzertifikat { $subject } mit der Seriennummer { $serial } überall entfernen, wo ihm neben dem anderen vertraut wird: aus --ca-file und bei Partnern, die es haben (unter Windows: certlm.msc, „Vertrauenswürdige Stammzertifizierungsstellen“). Oder ein Zertifikat für genau { $server } bestellen, dessen Pfad nicht über diesen Namen führt.
       *[sent] Das Zertifikat { $subject } mit der Seriennummer { $serial } (ausgestellt von { $issuer }){ $others_count ->
            [0] {""}
           *[other] {" "}und die mit den Seriennummern { $others }
        } aus dem entfernen, was der Server schickt: auf dem { noun-server } im Computerspeicher „Zwischenzertifizierungsstellen“ löschen (certlm.msc), dann das Zertifikat in der { noun-administration } neu auswählen. Antwortet auf Port 5061 ein Proxy: aus dessen Zertifikatsdatei löschen. Das richtige Zertifikat dieses Namens bleibt.
    }
    .what = Der Server schickt mehrere Zertifikate, die an derselben Stelle des Pfads stehen können, oder einem davon wird auch als Stammzertifikat vertraut. Eines davon ist richtig, ein anderes nicht.
    .why = Nicht jedes Programm probiert alle Wege. OpenSSL (Kamailio, OpenSIPS) und GnuTLS nehmen das erste Zertifikat, das dem Namen nach passt, und kehren nie um. Windows und Browser probieren weiter, dort sieht alles gut aus.
    .mend = Nur das eigene Zertifikat und je ein Zertifikat für jede Stufe bis zum Stammzertifikat schicken. Solche Reste bleiben von erneuerten oder kreuzsignierten CA-Zertifikaten im Speicher oder in einer Datei zurück.
    .source = RFC 4158, Abschnitt 2.4; RFC 8446, Abschnitt 4.4.2

cert-refused-by-some = { $who ->
    [sent] Das Zertifikat Nummer { $number }, das der Server schickt{ $named ->
        [yes] {" "}({ $subject })
       *[no] {""}
    } und das kein Pfad braucht,
    [intermediate] Das Zwischenzertifikat { $subject }
    [root] Das Stammzertifikat { $subject }
   *[leaf] Das Zertifikat
} { $what ->
    [critical] kennzeichnet eine Erweiterung als kritisch, die { $by } nicht kennt ({ $detail })
    [netscape-neither] hat einen Netscape-Zertifikattyp, der weder Server noch Clients nennt
    [netscape-no-server] hat einen Netscape-Zertifikattyp ohne „SSL-Server“
    [netscape-no-client] hat einen Netscape-Zertifikattyp ohne „SSL-Client“, was zählt, wenn der { noun-server } die Verbindung aufbaut
    [distance] hat Namensbeschränkungen mit Minimum oder Maximum, die { $by } nicht anwendet
    [constraint-address] hat Namensbeschränkungen mit einem Adressbereich von { $detail } Bytes (richtig wären 8 oder 32)
    [constraint-form] hat Namensbeschränkungen einer Form, die { $by } nicht anwendet ({ $detail })
    [constraint-dot] hat in den Namensbeschränkungen einen Namen mit Punkt am Ende ({ $detail }), den { $by } anders liest
    [other-family] erlaubt nur Adressen der anderen Familie (IPv4 oder IPv6), und darunter steht { $detail }
    [empty-name] hat unter seinen alternativen Namen einen leeren ({ $detail })
    [odd-name] hat einen alternativen Namen einer Art, die { $by } nicht lesen kann ({ $detail })
    [address-name] hat Namensbeschränkungen für Adressen, und darunter steht eine Adresse von { $detail } Bytes (richtig wären 4 oder 16)
    [root] hat sich selbst ausgestellt, nennt als Aussteller aber ein anderes Zertifikat (authorityKeyIdentifier)
    [compressed] hat einen Schlüssel auf einer Kurve in komprimierter Form, die { $by } nicht liest
    [serial] schreibt seine Seriennummer mit mehr Bytes als nötig, was { $by } nicht liest
    [name-string] hat im Antragsteller oder Aussteller eine Zeichenkette, die nicht ist, was sie vorgibt (etwa Latin-1 als UTF-8), was { $by } nicht liest
    [version] hat Erweiterungen, nennt sich aber Version 1 oder 2, die keine hat
    [extension] hat eine Erweiterung, deren Inhalt { $by } nicht lesen kann ({ $detail })
    [surplus] hat eine Erweiterung, in der mehr steht als ihr Inhalt ({ $detail }), was { $by } nicht liest
    [serial-empty] hat eine Seriennummer ohne eine einzige Ziffer, was { $by } nicht liest
    [bits] hat einen Schlüssel oder eine Signatur, die nicht endet, wo sie es angibt (ungenutzte Bits), was { $by } nicht liest
    [identifier] hat eine Objektkennung (OID), die mittendrin aufhört, was { $by } nicht liest
    [repeated] hat die Erweiterung { $detail } mehr als einmal, was { $by } nicht liest
    [unique] hat eine eindeutige Kennung von Antragsteller oder Aussteller, nennt sich aber Version 1, die keine hat
    [date] hat das Datum „{ $detail }“, das { $by } nicht liest
    [algorithms] nennt innen einen Signaturalgorithmus und außen einen anderen
    [open] ist mit offenen Längen oder zerteilten Zeichenketten geschrieben (BER statt DER), was { $by } nicht liest
    [key] hat einen Schlüssel, den { $by } nicht liest, und mit TLS 1.2 liest es die aller Zertifikate
    [structure] ist nicht gebaut wie ein Zertifikat
    [feature] verlangt mitgeschickte OCSP-Antworten (TLS feature), das Zertifikat darunter aber nicht
    [resources] beansprucht IP-Adressen oder AS-Nummern (RFC 3779, { $detail }), sein Aussteller aber nicht
    [self-issued] erlaubt zwischen sich und dem des Servers { $detail } CA-Zertifikate (Pfadlänge), und es stehen mehr dort; die sich selbst ausgestellt haben, zählen nicht, aber { $by } zählt sie mit
    [crowd] ist eines von { $detail }, die der Server schickt; Java verträgt höchstens 10, GnuTLS 16
   *[spelling] schreibt den Namen seines Ausstellers anders als der Aussteller selbst (Buchstaben, Leerzeichen oder Zeichenkettentyp)
}. { $what ->
    [crowd] Wer weniger verträgt, lehnt es ab
   *[other] { $by } lehnt es deshalb ab
}. Erwartet wird ein Zertifikat, das alle Gegenseiten annehmen.
    .headline = manche Gegenseiten lehnen ein Zertifikat der Kette ab
    .fix = { $who ->
       [sent] Bestellt werden muss nichts: das Zertifikat Nummer { $number } aus dem weglassen, was der Server schickt; niemand braucht es. Auf dem { noun-server } im Computerspeicher „Zwischenzertifizierungsstellen“ löschen (certlm.msc), dann das Zertifikat in der { noun-administration } neu auswählen. Antwortet auf Port 5061 ein Proxy: es aus dessen Zertifikatsdatei löschen.
       *[other] { $what ->
        [crowd] Aus den Zertifikaten, die der Server schickt, entfernen, was nicht gebraucht wird: Sein eigenes und die Zwischenzertifikate genügen. Auf dem { noun-server } die übrigen im Computerspeicher „Zwischenzertifizierungsstellen“ löschen (certlm.msc), dann das Zertifikat in der { noun-administration } neu auswählen. Antwortet auf Port 5061 ein Proxy: sie aus dessen Zertifikatsdatei löschen.
       *[other] Bei einer öffentlichen CA ein Zertifikat für genau { $server } bestellen, dann das neue in der { noun-administration } auswählen. Bei einer eigenen CA: { $what ->
            [critical] die Erweiterung in der Vorlage als nicht kritisch kennzeichnen und das Zertifikat neu ausstellen.
            [distance] { $subject } ohne Minimum und Maximum in den Namensbeschränkungen neu erstellen.
            [constraint-address] { $subject } neu erstellen und die Adressbereiche der Namensbeschränkungen als Adresse und Maske schreiben.
            [constraint-form] { $subject } ohne diesen Eintrag in den Namensbeschränkungen neu erstellen.
            [constraint-dot] { $subject } ohne den Punkt am Ende in den Namensbeschränkungen neu erstellen.
            [other-family] das Zertifikat darunter ohne diese Adresse neu ausstellen.
            [empty-name] den leeren Namen weglassen und das Zertifikat neu ausstellen.
            [odd-name] diesen Namen weglassen und das Zertifikat neu ausstellen.
            [address-name] das Zertifikat darunter ohne diese Adresse neu ausstellen.
            [root] { $subject } mit demselben Schlüssel und Namen neu erstellen, ohne authorityKeyIdentifier.
            [compressed] den Schlüssel mit unkomprimiertem Punkt erzeugen, wie es die Voreinstellung überall ist, und das Zertifikat neu ausstellen.
            [serial-empty] das Zertifikat mit einem Programm neu ausstellen, das ihm eine Seriennummer gibt (OpenSSL, Windows, step-ca).
            [bits] das Zertifikat mit einem Programm neu ausstellen, das sauberes DER schreibt (OpenSSL, Windows, step-ca).
            [identifier] das Zertifikat ohne diese Kennung neu ausstellen.
            [unique] das Zertifikat als Version 3 neu ausstellen.
            [open] das Zertifikat mit einem Programm neu ausstellen, das sauberes DER schreibt (OpenSSL, Windows, step-ca).
            [repeated] das Zertifikat neu ausstellen, mit dieser Erweiterung nur einmal.
            [serial] das Zertifikat mit einem Programm neu ausstellen, das sauberes DER schreibt (OpenSSL, Windows, step-ca).
            [name-string] das Zertifikat mit den Namen in UTF-8 neu ausstellen.
            [version] das Zertifikat als Version 3 neu ausstellen.
            [extension] das Zertifikat ohne diese Erweiterung neu ausstellen.
            [surplus] das Zertifikat mit einem Programm neu ausstellen, das sauberes DER schreibt (OpenSSL, Windows, step-ca).
            [feature] die TLS feature aus dem CA-Zertifikat nehmen oder auch in das des Servers setzen.
            [resources] diese Erweiterung weglassen und das Zertifikat neu ausstellen.
            [self-issued] das Zertifikat der CA für sich selbst aus der Kette nehmen und das des Servers direkt unter { $subject } ausstellen, oder { $subject } mit größerer Pfadlänge neu erstellen.
            [spelling] das Zertifikat neu ausstellen, mit dem Namen des Ausstellers genau so, wie er im Zertifikat der CA steht.
           *[other] den Netscape-Zertifikattyp (nsCertType) aus der Vorlage nehmen und das Zertifikat neu ausstellen.
        }
       }
    }
    .what = Etwas in einem Zertifikat des Pfads, das eine der großen Bibliotheken ablehnt und andere annehmen.
    .why = OpenSSL (Kamailio, OpenSIPS, FreeSWITCH) und GnuTLS beurteilen manche Seltenheit anders, als es die jeweils andere oder Windows tut. Welche davon eine Gegenseite verwendet, ist nicht bekannt; manche können also nicht verbinden.
    .mend = Öffentliche CAs stellen solche Zertifikate nicht aus. Bei einer eigenen CA, oder einer mit OpenSSL oder easy-rsa von Hand erstellten, die Seltenheit weglassen: Netscape-Typen sind seit zwanzig Jahren ohne Nutzen, und kritisch sind nur basicConstraints, keyUsage und Namensbeschränkungen.
    .source = RFC 5280, Abschnitte 4.2 und 7.1; gemessen mit OpenSSL 3.0 und GnuTLS 3.7

cert-no-digital-signature = In der Schlüsselverwendung (keyUsage) des Zertifikats fehlt digitalSignature, was jeder moderne TLS-Handshake braucht. Erwartet wird digitalSignature.
    .headline = Zertifikat darf TLS-Handshakes nicht signieren
    .fix = Ein Zertifikat für genau { $server } mit Schlüsselverwendung digitalSignature bestellen, dann das neue in der { noun-administration } auswählen.
    .what = Im Zertifikat steht, wofür sein Schlüssel verwendet werden darf (Schlüsselverwendung), und das Signieren ist nicht dabei, meist nur keyEncipherment. Das genügte für den alten RSA-Schlüsselaustausch.
    .why = Mit ECDHE und TLS 1.3 signiert der Server den Handshake mit diesem Schlüssel. GnuTLS und Chrome lehnen das ab, und OpenSSL lehnt ein solches Zertifikat ab, wenn XPhone es als Client zeigt; andere sehen nicht hin.
    .mend = Ein neues Zertifikat bestellen; öffentliche CAs setzen beides. Bei einer eigenen CA gehört „Digitale Signatur“ in die Vorlage.
    .source = RFC 5280, Abschnitt 4.2.1.3; RFC 8446, Abschnitt 4.4.2.2

cert-no-key-encipherment = Der Server wählte { $cipher }, wo die Gegenseite mit dem Schlüssel seines Zertifikats verschlüsselt, und dessen Schlüsselverwendung (keyUsage) enthält keyEncipherment nicht: GnuTLS und Java legen auf, Windows und OpenSSL sehen nicht hin. Erwartet wird ECDHE, wofür digitalSignature genügt.
    .headline = Zertifikat erlaubt keinen RSA-Schlüsselaustausch
    .fix = Bestellt werden muss nichts: auf dem { noun-server } in Windows TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 und TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 einschalten und an die erste Stelle setzen (Gruppenrichtlinie „Reihenfolge der SSL-Verschlüsselungssammlungen“), neu starten. Mit ECDHE signiert der Schlüssel nur.
    .what = Im Zertifikat steht, wofür sein Schlüssel verwendet werden darf (Schlüsselverwendung): zum Signieren, nicht zum Verschlüsseln. Der Server kann nur RSA-Schlüsselaustausch (Suites, die mit TLS_RSA_ beginnen), und dort verschlüsselt die Gegenseite mit diesem Schlüssel.
    .why = GnuTLS und Java achten auf die Schlüsselverwendung und brechen den Handshake ab; Windows und OpenSSL machen weiter. Öffentliche CAs lassen keyEncipherment immer öfter weg, weil ECDHE und TLS 1.3 es nicht brauchen.
    .mend = Die Suites mit ECDHE einschalten, die Teams und viele andere ohnehin verlangen. Nur wenn der Server sie nicht kann: ein Zertifikat bestellen, dessen Schlüsselverwendung auch keyEncipherment enthält.
    .source = RFC 5280, Abschnitt 4.2.1.3; RFC 5246, Abschnitt 7.4.2; CA/Browser Forum Baseline Requirements, Abschnitt 7.1.2.7.11

cert-no-tls-usage = In der Schlüsselverwendung (keyUsage) des Zertifikats steht nichts, wofür TLS einen Schlüssel braucht: weder digitalSignature noch keyEncipherment noch keyAgreement. Jede Gegenseite lehnt es ab. Erwartet wird digitalSignature.
    .headline = Zertifikat darf nicht für TLS verwendet werden
    .fix = Ein Zertifikat für genau { $server } mit Schlüsselverwendung digitalSignature bestellen, dann das neue in der { noun-administration } auswählen.
    .what = Im Zertifikat steht, wofür sein Schlüssel verwendet werden darf (Schlüsselverwendung), und nichts davon braucht TLS: ein Zertifikat zum Unterschreiben von Dokumenten oder das einer CA.
    .why = OpenSSL und GnuTLS brechen den Handshake mit einem solchen Zertifikat ab, ob der Server es zeigt oder XPhone als Client.
    .mend = Ein neues Zertifikat für einen Webserver bestellen; öffentliche CAs setzen, was nötig ist. Bei einer eigenen CA gehören „Digitale Signatur“ und „Schlüsselverschlüsselung“ in die Vorlage.
    .source = RFC 5280, Abschnitt 4.2.1.3; RFC 8446, Abschnitt 4.4.2.2

cert-not-verifiable = Ob dem Zertifikat vertraut wird, ließ sich nicht klären: { $what ->
    [signature] xfed kann die Signatur von { $subject } nicht prüfen ({ $detail })
    [constraint] xfed kann die Namensbeschränkungen von { $subject } nicht anwenden ({ $detail })
    [policies] Die Kette verlangt Zertifikatrichtlinien, die xfed nicht beurteilt
    [certificates] Der Server schickt { $detail } oder mehr Zertifikate, und nur so viele sieht xfed an
    [depth] Die Kette ist länger als die { $detail } Zertifikate, denen xfed folgt
    [comparisons] { $subject } und die Zertifikate darunter haben so viele Namen und Namensbeschränkungen, dass xfed nach { $detail } Vergleichen aufgehört hat
    [root] --ca-file enthält das Zwischenzertifikat { $subject }, aber nicht das Stammzertifikat darüber, { $detail }. OpenSSL und Windows gehen bis zum Stammzertifikat, GnuTLS bleibt davor stehen
   *[signatures] Die gesendeten Zertifikate sind so verflochten, dass xfed nach { $detail } Signaturen aufgehört hat
}. Erwartet wird eine Kette, die xfed beurteilen kann.
    .headline = xfed kann die Zertifikatskette nicht prüfen
    .fix = { $what ->
        [certificates] Die Zertifikate, die nicht gebraucht werden, aus der Kette des Servers entfernen: Er braucht nur sein eigenes und die Zwischenzertifikate. Dann erneut prüfen.
        [root] Das Stammzertifikat { $detail } in die Datei aufnehmen, die --ca-file nennt, und erneut prüfen.
       *[other] OpenSSL die Kette prüfen lassen: echo Q | openssl s_client -connect { $server }:5061 -servername { $server }. Lehnt ein Partner sie ab, bei einer öffentlichen CA ein Zertifikat mit üblicher Kette bestellen (RSA oder P-256, SHA-256).
    }
    .what = xfed beurteilt jedes Zertifikat der Kette selbst. Hier stieß es auf etwas, wofür ihm die Mittel fehlen, oder auf eine seiner eigenen Grenzen, oder die Datei von --ca-file endet unterhalb des Stammzertifikats. Gegen das Zertifikat spricht das nicht: OpenSSL oder Windows können es vielleicht beurteilen.
    .why = Die Gegenseite urteilt mit ihren eigenen Bibliotheken. Was so ungewöhnlich ist, dass xfed es nicht beurteilen kann, das können auch manche Partner nicht.
    .mend = OpenSSL fragen: echo Q | openssl s_client -connect <FQDN>:5061 -servername <FQDN> zeigt „Verify return code: 0 (ok)“. Schickt der Server überflüssige Zertifikate, nur sein eigenes und die Zwischenzertifikate übrig lassen.
    .source = RFC 5280, Abschnitt 6; RFC 8446, Abschnitt 4.4.2

cert-no-crl = Das Zertifikat von { $issuer } nennt keine Sperrliste (CRL). Gegenseiten mit Skype for Business erwarten eine.
    .headline = Zertifikat nennt keine Sperrliste
    .fix = Nur wenn eine solche Gegenseite ablehnt: ein Zertifikat für genau { $server } bei einer CA bestellen, die darin eine CRL nennt.
    .what = Dem Zertifikat fehlt der Sperrlisten-Verteilungspunkt, also die Adresse der Liste gesperrter Zertifikate.
    .why = Die Regeln von Microsoft für Skype for Business verlangen einen. Andere kommen ohne aus; Zertifikate, die nur wenige Tage gelten, haben oft keinen.
    .mend = Nichts tun, solange alle Gegenseiten verbinden. Fast alle öffentlichen CAs nennen einen in Zertifikaten, die länger als zehn Tage gelten.
    .source = Microsoft, Zertifikatanforderungen für Skype for Business Server (Edge); RFC 5280, Abschnitt 4.2.1.13

cert-pss = Das Zertifikat { $subject } ist mit RSASSA-PSS signiert, erwartet wird die übliche RSA-Signatur (PKCS #1 v1.5) oder ECDSA.
    .headline = Zertifikat ist mit RSASSA-PSS signiert
    .fix = Wenn eine Gegenseite mit Skype for Business ablehnt: ein Zertifikat für genau { $server } bestellen, dessen Kette ohne RSASSA-PSS auskommt, dann das neue in der { noun-administration } auswählen.
    .what = Die Signatur verwendet das Padding RSASSA-PSS. Firmen-CAs unter Windows signieren so, wenn „AlternateSignatureAlgorithm“ gesetzt ist; öffentliche CAs kaum.
    .why = Skype for Business unterstützt es nicht, die meisten anderen schon.
    .mend = Bei einer öffentlichen CA bestellen, die auf die übliche Art signiert.
    .source = Microsoft, Zertifikatanforderungen für Skype for Business Server (Edge)

cert-ecdsa = Das Zertifikat hat einen Schlüssel auf einer elliptischen Kurve ({ $key }). Die SIP-Cipher-Suites, die Microsoft veröffentlicht, gelten für RSA-Schlüssel.
    .headline = Zertifikat hat einen EC-Schlüssel
    .fix = Nur wenn eine Gegenseite mit Skype for Business oder Teams keine Verbindung bekommt: mit RSA-Schlüssel bestellen (2048 oder 3072 Bit).
    .what = Der Schlüssel des Zertifikats liegt auf einer elliptischen Kurve und ist kein RSA-Schlüssel.
    .why = Die meisten Server nehmen beides. Die Cipher-Suites, die Microsoft für SIP veröffentlicht, sind für RSA-Zertifikate, und alte Lync-Server können keine Kurven.
    .mend = Nichts tun, solange alle Gegenseiten verbinden. Sonst ein Zertifikat mit RSA-Schlüssel bestellen, die Voreinstellung von simple-acme und win-acme.
    .source = RFC 8422; Microsoft, TLS-Anforderungen für SIP

cert-too-long = Das Zertifikat gilt { $days } Tage, öffentliche CAs dürfen für seinen Ausstellungstag höchstens { $limit } geben. Es stammt vermutlich von einer privaten CA.
    .headline = Zertifikat gilt länger als üblich
    .what = Die Spanne zwischen erstem und letztem Tag der Gültigkeit ist länger, als die Regeln für öffentliche CAs am Tag der Ausstellung erlaubten.
    .why = Das ist ein Hinweis und für sich kein Fehler: Zertifikate von Firmen-CAs und solche, die Programme sich selbst ausstellen, gelten oft jahrelang.
    .mend = Den Aussteller ansehen. Ist es eine Firmen-CA: bei einer öffentlichen bestellen.
    .source = CA/Browser Forum, Baseline Requirements, Abschnitt 6.3.2 (Ballot SC-081)

cert-no-sip-domain = Das Zertifikat nennt die Domäne { $domain } selbst nicht. XPhone und Microsoft brauchen das nicht; Gegenseiten, die RFC 5922 wörtlich nehmen, schon.
    .headline = Zertifikat nennt die Domäne selbst nicht
    .fix = Nur wenn eine solche Gegenseite ablehnt: für genau { $server } mit { $domain } als zweitem alternativem Namen (SAN) bestellen, dann das neue in der { noun-administration } auswählen.
    .what = Nach RFC 5922 vergleicht eine SIP-Gegenseite die Domäne der IM-Adresse mit dem Zertifikat, nicht den Namen des Servers. Das Zertifikat nennt nur den Server.
    .why = XPhone, Skype for Business und Teams vergleichen mit dem Namen des Servers (FQDN). Manche Session Border Controller und Kamailio lassen sich so einstellen, dass sie dem RFC folgen.
    .mend = Nichts tun, solange alle Gegenseiten verbinden. Ein Zertifikat mit dem FQDN als Antragsteller, das zusätzlich die Domäne als alternativen Namen trägt, genügt beiden.
    .source = RFC 5922, Abschnitte 7.1 und 7.3

cert-other-for-rsa = Der Server hat ein zweites Zertifikat, für alle, die nur RSA-Schlüssel verwenden können (vor allem Skype for Business), und { $what ->
    [open] ob das richtig ist, ließ sich nicht prüfen
    [warned] daran stimmt etwas nicht, was beim ersten stimmt
    [incomplete] dabei fehlt ein Zwischenzertifikat: { $missing }, das er mit dem ersten schickt
    [expired] das ist falsch: Es ist abgelaufen
    [not-yet-valid] das ist falsch: Es gilt noch nicht
    [revoked] das ist falsch: Die CA hat es gesperrt
    [name] das ist falsch: Es ist nicht für genau { $server } ausgestellt
    [untrusted] das ist falsch: Es führt zu keiner Stammzertifizierungsstelle, der andere vertrauen
   *[other] das ist falsch: Andere lehnen es ab
}{ $codes_count ->
    [0] {""}
    [1] { $what ->
        [open] {" "}({ $codes })
        [warned] {" "}({ $codes })
        [other] {" "}({ $codes })
       *[known] {""}
    }
   *[several] {" "}({ $codes })
}. Erwartet wird ein richtiges Zertifikat samt Zwischenzertifikaten, wer immer anruft.
    .headline = { $what ->
        [open] Zertifikat für alle, die nur RSA können, nicht prüfbar
        [warned] fehlerhaftes Zertifikat für alle, die nur RSA können
       *[wrong] falsches Zertifikat für alle, die nur RSA können
    }
    .fix = { $what ->
        [incomplete] Das Zwischenzertifikat { $missing } auch beim RSA-Zertifikat eintragen: in derselben Datei dahinter, in Windows im Zertifikatsspeicher des lokalen Computers (certlm.msc) unter „Zwischenzertifizierungsstellen“. Dann erneut prüfen.
       *[other] Am Server an beiden Stellen das richtige Zertifikat für { $server } eintragen, oder nur eines, mit RSA-Schlüssel. Dann erneut prüfen.
    }
    .what = Manche Server haben zwei Zertifikate, eines auf einer elliptischen Kurve und eines mit RSA-Schlüssel, und zeigen das, was der Anrufer verwenden kann. Am anderen stimmt etwas nicht, was bei dem auf der Kurve stimmt. Es wiegt so viel wie beim ersten: Fehler, Warnung oder nicht prüfbar.
    .why = Microsofts Verfahren für SIP sind für RSA-Schlüssel: Skype for Business und wer ihnen sonst folgt, bekommt das andere, während alle anderen sich verbinden.
    .mend = Das RSA-Zertifikat mit ersetzen, wenn das andere erneuert wird, oder es entfernen und eines mit RSA-Schlüssel für alle bestellen. openssl s_client -connect <FQDN>:5061 -servername <FQDN> -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256 zeigt es.
    .source = Leitfaden XPhone-Federation, Kapitel 7; Microsoft, TLS-Anforderungen für SIP

cert-other-for-windows = Wer sich verbindet wie Windows Server 2016 und 2019 (TLS 1.2), bekommt ein anderes Zertifikat gezeigt, und { $what ->
    [open] ob das richtig ist, ließ sich nicht prüfen
    [warned] daran stimmt etwas nicht, was beim ersten stimmt
    [incomplete] das ist falsch: Das Zwischenzertifikat { $missing } wird mit ihm nicht geschickt, mit dem ersten aber
    [expired] das ist falsch: Es ist abgelaufen
    [not-yet-valid] das ist falsch: Es gilt noch nicht
    [revoked] das ist falsch: Die CA hat es gesperrt
    [name] das ist falsch: Es ist nicht für genau { $server } ausgestellt
    [untrusted] das ist falsch: Es führt zu keiner Stammzertifizierungsstelle, der andere vertrauen
   *[other] das ist falsch: Andere lehnen es ab
}{ $codes_count ->
    [0] {""}
    [1] { $what ->
        [open] {" "}({ $codes })
        [warned] {" "}({ $codes })
        [other] {" "}({ $codes })
       *[known] {""}
    }
   *[several] {" "}({ $codes })
}. Erwartet wird in TLS 1.2 dasselbe Zertifikat wie in TLS 1.3.
    .headline = { $what ->
        [open] Zertifikat für Windows-Partner (TLS 1.2) nicht prüfbar
        [warned] fehlerhaftes Zertifikat für Windows-Partner (TLS 1.2)
       *[wrong] falsches Zertifikat für Windows-Partner (TLS 1.2)
    }
    .fix =
        @xphone-admin Das Zertifikat für { $server } überall eintragen, wo der Server oder ein Programm davor eines hat, samt Zwischenzertifikaten. Dann erneut prüfen.
        @network Steht vor Port 5061 ein Load-Balancer, Proxy oder eine Firewall, die nach der TLS-Version wählt: für TLS 1.2 dasselbe Zertifikat und dasselbe Ziel eintragen wie für TLS 1.3.
    .what = Der Server, oder was vor ihm steht, wählt danach, wie sich ein Anrufer vorstellt: Wer TLS 1.3 anbietet, bekommt das richtige Zertifikat gezeigt, wer nur TLS 1.2 anbietet, ein anderes. Auf jede Art wurde zweimal gefragt; es ist also kein Zufall. Was daran nicht stimmt, wiegt so viel wie beim ersten: Fehler, Warnung oder nicht prüfbar.
    .why = Die meisten Gegenseiten sind Skype for Business oder XPhone auf Windows Server 2016 oder 2019, und die kennen TLS 1.3 nicht. Sie bekommen das andere Zertifikat, und ist es falsch, legen sie auf.
    .mend = Nachsehen, wo vor Port 5061 Zertifikate eingetragen sind: zwei Profile eines Load-Balancers, eine Inspektion in einer Firewall, zwei Programme. openssl s_client -connect <FQDN>:5061 -servername <FQDN> -tls1_2 zeigt, was diese Gegenseiten sehen.
    .source = Leitfaden XPhone-Federation, Kapitel 7; Microsoft, TLS-Versionen von Schannel

cert-differs-by-connection = Verbindungen zur selben Adresse bekommen verschiedene Zertifikate gezeigt ({ $lost } von { $made } ein anderes als die erste){ $what ->
    [right] : Ein anderes ist richtig, wo das erste es nicht ist
    [both] : Beide sind richtig
    [alike] : Was an einem anderen nicht stimmt, stimmt auch am ersten nicht
    [open] : Ob ein anderes richtig ist, ließ sich nicht prüfen
    [warned] : An einem anderen stimmt etwas nicht, was beim ersten stimmt
    [expired] : Ein anderes ist abgelaufen
    [not-yet-valid] : Ein anderes gilt noch nicht
    [revoked] : Ein anderes hat die CA gesperrt
    [name] : Ein anderes ist nicht für genau { $fqdn } ausgestellt
    [incomplete] : Mit einem anderen wird das Zwischenzertifikat { $missing } nicht geschickt
    [untrusted] : Ein anderes führt zu keiner Stammzertifizierungsstelle, der andere vertrauen
   *[other] : Ein anderes lehnen Gegenseiten ab
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
}. Erwartet wird jedes Mal dasselbe.
    .headline = Verbindungen zeigen verschiedene Zertifikate
    .fix =
        @network Hinter der Adresse stehen mehrere Server (Load-Balancer, Weiterleitung im Wechsel). Sie dem XPhone-Administrator nennen, und die herausnehmen, die kein { noun-server } sind.
        @xphone-admin Auf jedem von ihnen dasselbe, neueste Zertifikat auswählen, mit seinen Zwischenzertifikaten.
    .what = xfed baut zu jeder Adresse mehrere Verbindungen auf, und sie bekamen verschiedene Zertifikate gezeigt: Dahinter wechseln sich mehrere Server ab, und jeder hat sein eigenes.
    .why = Ob eine Gegenseite hereinkommt, ist Zufall, und meist ist eines der Zertifikate ein altes, das bei der letzten Erneuerung vergessen wurde. Stehen mehr als zwei Server hinter einer Adresse, kann einer unbemerkt bleiben.
    .mend = Das neue Zertifikat auf jeden Server hinter der Adresse bringen oder die Adresse nur zu einem Server führen lassen. Die Prüfung einige Male wiederholen.
    .source = Leitfaden XPhone-Federation, Kapitel 5 und 7

cert-differs-by-endpoint = Die Adressen von { $fqdn } ({ $addresses }) zeigen verschiedene Zertifikate{ $certificates_count ->
    [0] {""}
   *[other] {" "}(Seriennummer und Gültigkeit, in dieser Reihenfolge: { $certificates })
}. Erwartet wird überall dasselbe.
    .headline = Adressen zeigen verschiedene Zertifikate
    .fix =
        @xphone-admin Auf jedem Server hinter { $fqdn } dasselbe, neueste Zertifikat auswählen.
        @network Adressen, die nicht zum { noun-server } führen, im DNS löschen lassen.
    .what = Der Name führt zu mehreren Adressen, und die Server dort zeigen Zertifikate, die sich unterscheiden.
    .why = Eine Gegenseite nimmt irgendeine der Adressen. Ob sie dann hineinkommt, ist Zufall, und meist ist eines der Zertifikate ein altes, das vergessen wurde.
    .mend = Das neue Zertifikat auf jeden Server bringen oder den Namen nur zu einer Adresse führen lassen.
    .source = Leitfaden XPhone-Federation, Kapitel 3 und 7

cert-revoked = { $by ->
    [unissued] Die OCSP-Auskunft der CA ({ $url }) sagt, sie habe { $who ->
        [intermediate] das Zwischenzertifikat { $subject }
       *[leaf] das Zertifikat
    } nie ausgestellt, obwohl die Signatur stimmt.{" "}
   *[list] Die CA hat { $who ->
        [intermediate] das Zwischenzertifikat { $subject }
       *[leaf] das Zertifikat
    } am { $at } gesperrt ({ $reason }),{" "}
}{ $by ->
    [unissued] Gegenseiten, die dort fragen, lehnen das Zertifikat ab. Erwartet wird eines, das die CA kennt.
    [staple] wie der Server selbst sagt (mitgeschickte OCSP-Antwort). Erwartet wird eines, das nicht gesperrt ist.
    [responder] wie ihre OCSP-Auskunft sagt ({ $url }). Erwartet wird eines, das nicht gesperrt ist.
   *[list] erwartet wird eines, das nicht auf ihrer Sperrliste steht ({ $url }).
}
    .headline = { $who ->
        [leaf] Zertifikat ist gesperrt
       *[other] ein Zertifikat der Kette ist gesperrt
    }
    .fix = { $who ->
        [leaf] Für genau { $server } ein neues Zertifikat mit neuem Schlüssel bestellen, dann das neue in der { noun-administration } auswählen.
       *[other] Für genau { $server } bei einer öffentlichen CA ein neues Zertifikat bestellen, die Zwischenzertifikate dazu installieren, dann das neue in der { noun-administration } auswählen.
    }
    .what = Das Zertifikat oder ein Zwischenzertifikat darüber steht auf der Sperrliste (CRL), die es selbst nennt, oder eine OCSP-Antwort sagt es, von der CA geholt oder vom Server mitgeschickt, jeweils von seiner CA unterschrieben: Die CA hat es vor seinem letzten Tag zurückgezogen. Der Grund steht in den Worten von RFC 5280; unspecified heißt, dass die CA keinen angibt.
    .why = Wer Sperrlisten ansieht, lehnt das Zertifikat ab; Skype for Business erwartet in jedem Zertifikat eine. Andere sehen nie nach. So antworten manche Gegenseiten nicht mehr und andere doch, was sonst kaum zu erklären ist.
    .mend = Liegt im Zertifikatspeicher schon ein neueres, es in der XPhone-Administration auswählen. Wenn nicht, bei der CA oder beim Besteller nach dem Grund fragen; bei keyCompromise ist der Schlüssel nicht mehr geheim, das neue Zertifikat braucht also einen neuen. Für genau den FQDN bestellen, dann auswählen. Unter Windows zeigt certutil -verify -urlfetch dasselbe.
    .source = RFC 5280, Abschnitte 5 und 6.3; Leitfaden XPhone-Federation, Kapitel 7

# Warum eine Sperrliste nichts sagt.
unchecked-source = { $by ->
    [responder] OCSP-Auskunft
   *[list] Sperrliste
}
unchecked = { $reason ->
    [not-http] Seine { unchecked-source } liegt nicht unter einer einfachen http-Adresse mit Port 80
    [connect-to] Mit --connect-to wird seine { unchecked-source } nur geholt, wenn IP= auch die Adresse dafür nennt
    [no-address] DNS nannte keine Adresse für den Host seiner { unchecked-source }
    [not-public] Der Host seiner { unchecked-source } hat eine Adresse, die nicht öffentlich ist
    [unreachable] Keine Verbindung zum Host seiner { unchecked-source }
    [http-status] HTTP-Status { $status } statt seiner { unchecked-source }
    [redirect] Eine Weiterleitung statt seiner { unchecked-source }
    [too-large] Seine { unchecked-source } ist größer als 10 MiB
    [timeout] Seine { unchecked-source } kam nicht rechtzeitig
    [malformed] Seine { unchecked-source } lässt sich nicht lesen
    [expired] Seine { unchecked-source } ist veraltet
    [not-yet-valid] Seine { unchecked-source } ist in die Zukunft datiert
    [not-verified] Seine { unchecked-source } ist nicht von seinem Aussteller unterschrieben oder gilt nicht für dieses Zertifikat
    [no-answer] Die CA kennt es nicht oder hat keine Antwort
   *[deadline] Die Frist für die ganze Prüfung war vorher um
}

cert-revocation-unknown = Ob { $who ->
    [intermediate] das Zwischenzertifikat { $subject }
   *[leaf] das Zertifikat
} gesperrt ist, war nicht herauszufinden: { unchecked } ({ $url }). Erwartet wird eine aktuelle Liste oder OCSP-Auskunft der CA.
    .headline = { $who ->
        [intermediate] Sperrung eines Zwischenzertifikats blieb ungeprüft
       *[leaf] Sperrung des Zertifikats blieb ungeprüft
    }
    .what = xfed holt die Sperrliste (CRL), die das Zertifikat nennt, oder fragt sonst dessen OCSP-Auskunft (mit GET und, wenn das nicht beantwortet wird, mit POST), und hat keine Antwort bekommen, die zählt. Dabei ist es vorsichtig, denn die Adresse stammt von Fremden: nur HTTP auf Port 80, keine Weiterleitung, nur öffentliche Adressen, höchstens 10 MiB, höchstens zwei Sekunden. Gegen das Zertifikat sagt das nichts.
    .why = Wer Sperrlisten ansieht und keine bekommt, lehnt womöglich ab; wie streng, ist Sache der Gegenseite. Erreicht niemand die Liste, liegt es an der CA; öfter liegt es nur an diesem Rechner.
    .mend = Die Adresse im Browser aufrufen. Geht es dort, liegt es am Proxy oder an der Firewall hier; --no-revocation lässt die Frage weg. Ist die Liste einer öffentlichen CA veraltet oder von nirgendwo zu erreichen, der CA Bescheid geben.
    .source = RFC 5280, Abschnitte 4.2.1.13 und 6.3

cert-must-staple = Das Zertifikat verlangt, dass der Server eine OCSP-Antwort mitschickt (Must-Staple), es kam aber keine. Erwartet wird eine mitgeschickte Antwort oder ein Zertifikat, das keine verlangt.
    .headline = Zertifikat verlangt eine mitgesandte OCSP-Antwort
    .fix = Ein Zertifikat für genau { $server } ohne Must-Staple (OCSP Must-Staple, TLS-Feature) bestellen, dann das neue in der { noun-administration } auswählen.
    .what = Das Zertifikat hat die Erweiterung TLS-Feature mit status_request: Wer es ohne frische Auskunft der CA über seine Sperrung bekommt, soll es ablehnen. Der Server hat keine mitgeschickt.
    .why = GnuTLS und Firefox lehnen die Verbindung ab, andere beachten die Forderung nicht. Windows holt und schickt eine solche Auskunft nur, wenn es die CA erreicht.
    .mend = Must-Staple bei der Bestellung weglassen; in win-acme und simple-acme ist es von sich aus aus. Oder dafür sorgen, dass der Server die OCSP-Auskunft der CA über HTTP auf Port 80 erreicht.
    .source = RFC 7633; RFC 6066, Abschnitt 8

# Warum eine mitgeschickte OCSP-Antwort nichts sagt.
staple-fault = { $reason ->
    [unknown] Die CA kennt das Zertifikat nicht
    [malformed] Sie lässt sich nicht lesen
    [not-successful] Die Auskunft der CA hatte keine Antwort
    [other-certificate] Sie betrifft ein anderes Zertifikat
    [expired] Sie ist veraltet
    [not-yet-valid] Sie gilt erst später
    [not-verifiable] xfed kann ihre Signatur nicht prüfen
   *[not-verified] Weder die CA noch ein von ihr Beauftragter hat sie signiert
}

cert-staple-unusable = Die OCSP-Antwort, die der Server mitschickt, sagt nichts aus: { staple-fault }. Erwartet wird eine aktuelle Antwort der CA oder keine.
    .headline = mitgesandte OCSP-Antwort ist unbrauchbar
    .fix = Prüfen, ob die Uhr des { noun-server }s stimmt und ob er die OCSP-Auskunft der CA über HTTP auf Port 80 erreicht; den Dienst neu starten.
    .what = Ein Server kann mitschicken, was seine CA über die Sperrung seines Zertifikats sagt (OCSP-Stapling). Dieser tut es, doch was er schickt, zählt nicht.
    .why = Partner, die hinsehen (GnuTLS, Firefox), lehnen die Verbindung wegen einer falschen Antwort ab, obwohl sie ohne eine ausgekommen wären.
    .mend = Windows erneuert die Antwort selbst, solange es die CA erreicht. Auf einem Proxy vor XPhone das OCSP-Stapling abschalten oder seine Datei erneuern.
    .source = RFC 6960, Abschnitt 4.2; RFC 6066, Abschnitt 8

cert-key-missing = Kein privater Schlüssel: { $kind ->
    [pfx] In { $source } ist keiner, erwartet wird der Schlüssel dieses Zertifikats
    [store] Der Speicher dieses Rechners hat das Zertifikat ohne seinen Schlüssel
   *[other] Weder in { $source } noch in den anderen Dateien ist einer. Bei einem Zertifikat, wie es eine CA schickt, ist das richtig: Sein Schlüssel liegt dort, wo es bestellt wurde
}.
    .headline = privater Schlüssel des Zertifikats fehlt
    .fix = { $kind ->
        [pfx] Dort, wo es bestellt wurde, noch einmal mit privatem Schlüssel exportieren (Windows: „Ja, privaten Schlüssel exportieren“; OpenSSL: pkcs12 -export -inkey SCHLÜSSEL -in ZERTIFIKAT) und diese PFX-Datei auf dem { noun-server } in den Computerspeicher „Eigene Zertifikate“ importieren.
        [store] Wurde es auf diesem Rechner bestellt: certutil -repairstore My FINGERABDRUCK findet den Schlüssel. Sonst eine PFX-Datei importieren, die auch den Schlüssel enthält.
       *[other] Auch die Datei mit dem Schlüssel angeben, dann vergleicht xfed die beiden. Auf dem { noun-server } gehören Zertifikat und Schlüssel zusammen als PFX-Datei in den Computerspeicher „Eigene Zertifikate“.
    }
    .what = Ein Zertifikat lässt sich nur zusammen mit dem privaten Schlüssel benutzen, mit dem es bestellt wurde. In den Dateien oder im Speicher des Rechners ist dieser Schlüssel nicht.
    .why = XPhone bietet nur an, wozu der Computerspeicher „Eigene Zertifikate“ den privaten Schlüssel hat. Ohne ihn lässt sich keine TLS-Verbindung annehmen.
    .mend = Der Schlüssel liegt dort, wo die Anforderung erstellt wurde: Auf diesem Rechner wird das Zertifikat vervollständigt (IIS: „Zertifikatanforderung abschließen“; certreq -accept) und dann als PFX-Datei mit privatem Schlüssel exportiert. Ist der Schlüssel verloren, neu bestellen.
    .source = Leitfaden XPhone-Federation, Kapitel 7

cert-key-differs = Der private Schlüssel in diesen Dateien gehört zu einem anderen Zertifikat als dem in { $source }, erwartet wird der zugehörige.
    .headline = privater Schlüssel gehört zu anderem Zertifikat
    .fix = Den Schlüssel suchen, mit dem dieses Zertifikat bestellt wurde: openssl x509 -noout -pubkey -in ZERTIFIKAT und openssl pkey -pubout -in SCHLÜSSEL müssen dasselbe ausgeben. Ist er verloren, neu bestellen.
    .what = Ein privater Schlüssel ist da, aber nicht der, für den das Zertifikat ausgestellt wurde.
    .why = Weder Windows noch OpenSSL nehmen die beiden zusammen, und keine TLS-Verbindung lässt sich damit annehmen. Das passiert, wenn ein Zertifikat zweimal bestellt oder mit neuem Schlüssel erneuert wurde.
    .mend = Das Zertifikat mit dem Schlüssel derselben Bestellung zusammenführen; win-acme und simple-acme legen beide in einer PFX-Datei ab. Ist der Schlüssel verloren, neu bestellen.
    .source = Leitfaden XPhone-Federation, Kapitel 7

cert-key-closed = Ob der private Schlüssel zu diesem Zertifikat gehört, ließ sich nicht klären: Er ist da, aber verschlüsselt oder von einer Art, die xfed nicht kennt.
    .headline = ein privater Schlüssel ließ sich nicht ansehen
    .fix = { $kind ->
        [store] xfed als Administrator dieses Rechners ausführen: Der Schlüssel ist da, Windows zeigt ihn diesem Benutzer aber nicht.
       *[other] Schlüssel und Zertifikat in eine PFX-Datei legen (openssl pkcs12 -export -inkey SCHLÜSSEL -in ZERTIFIKAT -out neu.pfx) und diese beurteilen: xfed fragt nach ihrem Kennwort.
    }
    .what = Die Dateien enthalten einen privaten Schlüssel, der mit einem eigenen Kennwort verschlüsselt ist oder weder zu RSA noch zu einer elliptischen Kurve noch zu Ed25519 gehört. Im Speicher eines Rechners kann der Schlüssel dem Benutzer verschlossen sein, der xfed ausführt.
    .why = Nur Zertifikat und Schlüssel zusammen sind zu gebrauchen. Ob diese beiden ein Paar sind, ist nicht bekannt.
    .mend = Beide in eine PFX-Datei legen und diese beurteilen. Im Speicher eines Rechners: xfed als Administrator ausführen.
    .source = Leitfaden XPhone-Federation, Kapitel 7

cert-malformed = { $who ->
    [sent] Was der Server als Zertifikat Nummer { $number } schickt,
    [intermediate] Das Zwischenzertifikat { $subject }
    [root] Das Stammzertifikat { $subject }
   *[leaf] Das Zertifikat
} ist nicht so gemacht, wie RFC 5280 es will: { unreadable }. Erwartet wird ein X.509-Zertifikat, das alle lesen können.
    .headline = { $what ->
        [encoding] ein Name im Zertifikat ist nicht in ASCII geschrieben
        [no-certificate] ein mitgeschicktes Zertifikat ist nicht lesbar
       *[other] ein mitgeschicktes Zertifikat verletzt die Regeln
    }
    .fix = { $who ->
        [sent] Zu bestellen ist nichts. Das Zertifikat auf dem { noun-server } noch einmal importieren, aus einer PFX-Datei mit ihm, seinem Schlüssel, seinen Zwischenzertifikaten und sonst nichts, dann in der { noun-administration } auswählen. Antwortet auf Port 5061 ein Proxy: dessen Zertifikatsdatei in Ordnung bringen.
       *[own] Bei einer öffentlichen CA ein Zertifikat für genau { $server } bestellen, dann das neue in der { noun-administration } auswählen.
    }
    .what = Was der Server als sein Zertifikat geschickt hat, oder eines darüber, lässt sich nicht als X.509 lesen oder verletzt eine Regel, auf der andere Programme bestehen: eine Erweiterung, die nicht zu lesen ist oder doppelt vorkommt, ein Datum ohne Sekunden, zwei Signaturverfahren.
    .why = Auch die Gegenseite wird es meist nicht annehmen. Bei selbst erstellten Zertifikaten ist eine falsch kodierte Erweiterung die übliche Ursache.
    .mend = Bei einer öffentlichen CA ein Zertifikat für genau den FQDN bestellen, dann das neue in der XPhone-Administration auswählen. Stammt es von einer öffentlichen CA, es den Entwicklern von xfed melden.
    .source = RFC 5280, Abschnitt 4.1

unreadable = { $what ->
    [no-certificate] Es lässt sich nicht als Zertifikat lesen
    [request] Es ist eine Zertifikatsanforderung (CSR); die gehört zur CA, nicht auf den Server
    [lengths] Es schreibt Längen mit mehr Bytes als nötig (BER statt DER), was strenge Gegenseiten nicht annehmen
    [version] Es nennt sich Version { $detail }, die es nicht gibt; erwartet wird Version 3
    [surplus] Nach seinem Ende folgen { $detail } Bytes
    [extension] Seine Erweiterung { $detail } lässt sich nicht lesen
    [repeated] Seine Erweiterung { $detail } kommt mehrmals vor
    [date] Sein Datum „{ $detail }“ ist keines: Erwartet wird ein Tag, den es gibt, mit Sekunden und in UTC
    [encoding] Sein alternativer Name „{ $detail }“ ist nicht in ASCII geschrieben (solche Namen beginnen mit xn--), was strenge Gegenseiten nicht annehmen
   *[algorithms] Es nennt innen ein anderes Signaturverfahren als außen
}

## Die Erneuerung des Zertifikats, neben den Schritten

renewal-title = Erneuerung des Zertifikats
renewal-about = Ob Let's Encrypt die nächste Erneuerung per HTTP validieren kann (HTTP-01), soweit es von hier zu sehen ist. Auf Ergebnis und Exit-Code hat das keinen Einfluss.

renewal-port-filtered = Port 80 von { $fqdn } ({ $address }) { $how ->
    [unreachable] ist nicht zu erreichen: Ein Router unterwegs lehnt ab
   *[timed-out] antwortet nicht rechtzeitig
}, erwartet wird ein Webserver oder wenigstens eine Ablehnung.
    .headline = Port 80 ist für die Erneuerung zu
    .fix = TCP 80 von { $address } an den Rechner weiterleiten, der das Zertifikat erneuert, und zwar für alle: Let's Encrypt kommt von wechselnden Adressen aus aller Welt. Wird das Zertifikat anders validiert (DNS-01) oder von Hand gekauft, ist nichts zu tun.
    .what = Auf Port 80 der Serveradresse antwortet nichts: Eine Firewall verwirft, was kommt, oder niemand leitet es weiter.
    .why = Let's Encrypt validiert jede Erneuerung, indem es von mehreren Orten der Welt zugleich eine Datei von Port 80 dieses Namens holt. Ohne das gibt es kein neues Zertifikat, und das alte läuft ab.
    .mend = TCP 80 von überall öffnen und weiterleiten. Unter Windows verschluckt die Firewall auch Verbindungen zu einem Port, auf dem gerade niemand lauscht: Lauscht der ACME-Client selbst (Selfhosting), muss eine Regel TCP 80 hereinlassen; dann eine Erneuerung probieren (wacs.exe --renew --force; nur zur Probe, gegen den Testserver: --test).
    .source = Let's Encrypt, Challenge-Typen; „Best Practice - Keep Port 80 Open“

renewal-port-closed = Port 80 von { $fqdn } ({ $address }) ist erreichbar, aber gerade lauscht dort niemand. Ob eine Erneuerung gelingt, zeigt sich erst, während der ACME-Client läuft.
    .headline = auf Port 80 lauscht gerade niemand
    .fix = Mit Selfhosting (--validation selfhosting) ist das normal: Der ACME-Client lauscht nur während der Erneuerung. Sicherheit gibt eine Probe: wacs.exe --renew --force. Legt er seine Datei in den Ordner eines Webservers (--validation filesystem), diesen Webserver starten.
    .what = Die Verbindung zu Port 80 wird abgelehnt: Der Weg dorthin ist offen, aber kein Programm lauscht.
    .why = Ein ACME-Client, der selbst validiert, lauscht bei jeder Erneuerung nur einige Sekunden, dann ist das richtig so. Einer, der die Datei einem Webserver überlässt, braucht diesen Webserver.
    .mend = Eine Erneuerung probieren und ins Protokoll von win-acme oder simple-acme sehen: Dort steht, ob die Validierung gelungen ist.
    .source = simple-acme, Validierungs-Plug-ins; Let's Encrypt, Challenge-Typen

renewal-not-http = Auf Port 80 von { $fqdn } ({ $address }) { $how ->
    [silent] wird die Verbindung angenommen, aber es kommt keine Antwort
    [closed] wird die Verbindung angenommen und ohne Antwort geschlossen
   *[other] antwortet etwas anderes als ein Webserver („{ $said }“)
}; erwartet wird eine Antwort in HTTP.
    .headline = Port 80 spricht kein HTTP
    .fix = TCP 80 von { $address } an den Rechner weiterleiten, der das Zertifikat erneuert, und dort an einen Port, auf dem ein Webserver oder der ACME-Client in HTTP antwortet.
    .what = Port 80 nimmt Verbindungen an, antwortet aber nicht auf eine Anfrage in HTTP.
    .why = Let's Encrypt fragt in einfachem HTTP. Wird das nicht gesprochen oder behält ein Gerät dazwischen die Verbindung für sich, scheitert die Validierung.
    .mend = Herausfinden, was hinter der Weiterleitung von TCP 80 steht, und sie zum Webserver oder ACME-Client führen.
    .source = RFC 8555, Abschnitt 8.3

renewal-other-device = Auf Port 80 von { $fqdn } ({ $address }) antwortet ein anderes Gerät: { $device }. Erwartet wird der Rechner, der das Zertifikat erneuert.
    .headline = auf Port 80 antwortet ein anderes Gerät
    .fix = TCP 80 von { $address } an den Rechner weiterleiten, der das Zertifikat erneuert, und die Verwaltungsseite des Geräts ({ $device }) vom öffentlichen Port 80 wegnehmen.
    .what = Was auf Port 80 antwortet, gibt sich als Router, Firewall oder Ähnliches zu erkennen. Oft ist es die Verwaltungsseite des Routers selbst.
    .why = Let's Encrypt fragte dieses Gerät nach der Datei, und es hat keine. Außerdem gehören Verwaltungsseiten nicht ins Internet.
    .mend = Die Fernverwaltung auf Port 80 abschalten oder verlegen, dann TCP 80 an den Rechner weiterleiten, der das Zertifikat erneuert.
    .source = RFC 8555, Abschnitt 8.3

renewal-refused = Port 80 von { $fqdn } ({ $address }) beantwortet die Frage nach einer Challenge mit Status { $status }{ $server_field_count ->
    [0] {""}
   *[other] {" "}({ $server_field })
}, erwartet wird 404: nicht gefunden.
    .headline = Port 80 verweigert, wonach eine CA fragt
    .fix = { $status ->
        [401] /.well-known/acme-challenge/ ohne Kennwort für alle zugänglich machen (IIS: Authentifizierung, Anonyme Authentifizierung: aktiviert).
        [403] /.well-known/acme-challenge/ für alle zugänglich machen: Sperren nach Adresse, Land oder Regel aufheben (IIS: Anforderungsfilterung, Einschränkungen für IP-Adressen) und IIS Dateien ohne Endung ausliefern lassen (MIME-Typ für „.“ als text/plain).
       *[other] Nachsehen, was dem Webserver hinter Port 80 fehlt: Vielleicht erreicht ein Proxy davor ihn nicht. Mehr steht in seinem Protokoll.
    }
    .what = Ein Webserver antwortet, verweigert sich oder scheitert aber dort, wo Let's Encrypt nach seiner Datei sähe. Niemand hat eine hingelegt, richtig wäre also „nicht gefunden“.
    .why = Kommt während einer Erneuerung dieselbe Antwort, scheitert die Validierung. Häufige Ursachen: ein Kennwort auf der ganzen Site, Anforderungsfilter, Ländersperren und Proxys, deren Server nicht läuft.
    .mend = Eine Textdatei ohne Endung in den Ordner .well-known\acme-challenge des Webservers legen und von außen im Browser öffnen. Erscheint ihr Inhalt, gelingt auch die Erneuerung.
    .source = RFC 8555, Abschnitt 8.3; Let's Encrypt, Challenge-Typen

renewal-answers-anything = Port 80 von { $fqdn } ({ $address }) beantwortet die Frage nach einer Challenge, die es nicht gibt, mit Status { $status }{ $server_field_count ->
    [0] {""}
   *[other] {" "}({ $server_field })
}, erwartet wird 404: nicht gefunden.
    .headline = Port 80 sagt zu allem ja
    .fix = /.well-known/acme-challenge/ von der Regel ausnehmen, die alles mit derselben Seite beantwortet (URL Rewrite in IIS, try_files oder eine Proxyregel), damit Dateien darin ausgeliefert werden. Liegt diese Seite nicht auf dem Rechner, der das Zertifikat erneuert: TCP 80 an jenen Rechner weiterleiten.
    .what = Der Webserver antwortet mit „gefunden“ auf den Namen einer Datei, die niemand hingelegt haben kann: Jede Adresse bekommt dieselbe Seite, von einer Anwendung, einem Proxy oder die Parkseite eines Anbieters.
    .why = Let's Encrypt vergleicht, was es bekommt, mit dem, was der ACME-Client hingelegt hat. Bekommt es stattdessen diese Seite, scheitert die Validierung.
    .mend = /.well-known/acme-challenge/ ausnehmen und mit einer Textdatei in diesem Ordner ausprobieren.
    .source = RFC 8555, Abschnitt 8.3

renewal-redirected-away = Port 80 von { $fqdn } ({ $address }) schickt eine CA { $why ->
    [elsewhere] zu einem anderen Host: { $to }
    [https-closed] zu https://{ $to }, wo Port 443 nicht antwortet
   *[refused] wohin keine CA folgt: { $to }
}. Erwartet wird eine Antwort dort oder eine Weiterleitung auf HTTPS desselben Namens.
    .headline = Port 80 schickt eine CA anderswohin
    .fix = { $why ->
        [elsewhere] /.well-known/acme-challenge/ von der Weiterleitung ausnehmen. Soll die Datei auf { $to } zu finden sein, muss der ACME-Client sie dort hinlegen.
        [https-closed] Auch TCP 443 für alle öffnen oder /.well-known/acme-challenge/ von der Weiterleitung auf HTTPS ausnehmen.
       *[refused] /.well-known/acme-challenge/ von der Weiterleitung ausnehmen: Let's Encrypt folgt nur zu Namen, per HTTP auf Port 80 oder HTTPS auf Port 443.
    }
    .what = Die Antwort ist eine Weiterleitung. Let's Encrypt folgt Weiterleitungen, aber nur zu Namen und nur auf die Ports 80 und 443; und was es am Ende findet, muss die richtige Datei sein.
    .why = Eine Weiterleitung auf HTTPS desselben Namens ist üblich und schadet nicht, nicht einmal mit abgelaufenem Zertifikat. Eine zu einem anderen Host, einem anderen Port oder einer Adresse beendet die Validierung.
    .mend = Den Ordner /.well-known/acme-challenge/ von allen Weiterleitungen ausnehmen.
    .source = Let's Encrypt, Challenge-Typen; RFC 8555, Abschnitt 8.3

renewal-answered = Port 80 von { $fqdn } ({ $address }) antwortet, wie es sein soll: { $how ->
    [https] Weiterleitung auf HTTPS desselben Namens, wo auch Port 443 offen ist
    [redirect] Weiterleitung innerhalb desselben Namens (Status { $status })
   *[not-found] Status { $status }, denn eine Challenge hat niemand hingelegt
}{ $server_field_count ->
    [0] {""}
   *[other] {" "}({ $server_field })
}.
    .headline = Port 80 antwortet, wie es sein soll
    .what = Auf Port 80 antwortet ein Webserver, und eine Challenge, die niemand hingelegt hat, findet er nicht. Das soll eine CA antreffen.
    .why = Von hier ist der Weg also offen. Let's Encrypt kommt aus mehreren Ländern zugleich; was nach Land oder Adresse sperrt, ist von einem Ort aus nicht zu sehen.
    .mend = Nichts. Es sollte der Rechner sein, der das Zertifikat erneuert; in Klammern steht, als was der Webserver sich ausgibt.
    .source = Let's Encrypt, Challenge-Typen

renewal-ipv6-dead = { $fqdn } hat die IPv6-Adresse { $address }, deren Port 80 { $how ->
    [refused] die Verbindung ablehnt
    [unreachable] nicht zu erreichen ist
   *[timed-out] nicht antwortet
}, während er über IPv4 antwortet. CAs fragen zuerst über IPv6.
    .headline = Port 80 antwortet nicht über IPv6
    .fix =
        @dns-admin Soll der Server über IPv6 nicht erreichbar sein: den AAAA-Record { $address } von { $fqdn } löschen.
        @network Soll er es sein: TCP 80 (und TCP 5061) zu { $address } hereinlassen.
    .what = Der Name hat einen AAAA-Record, und dort antwortet auf Port 80 niemand.
    .why = Let's Encrypt bevorzugt IPv6. Scheitert die Verbindung, versucht es einmal IPv4, andere CAs nicht; eine halb offene Firewall lässt auch das scheitern.
    .mend = Die Ports für IPv6 öffnen oder den AAAA-Record löschen.
    .source = Let's Encrypt, IPv6-Unterstützung

renewal-ipv6-differs = Über IPv6 ({ $address }) antwortet Port 80 von { $fqdn } anders ({ $says }) als über IPv4 ({ $others }). Erwartet wird derselbe Rechner: CAs fragen zuerst über IPv6.
    .headline = über IPv6 antwortet ein anderer Rechner
    .fix =
        @dns-admin Gehört { $address } einem anderen Rechner (einem Webhoster, einem alten Server): den AAAA-Record von { $fqdn } löschen oder ändern.
        @network Ist es der richtige Rechner: TCP 80 über beide Protokolle zum selben Webserver führen.
    .what = Hinter dem AAAA-Record steht ein anderer Rechner oder ein anderer Webserver als hinter dem A-Record.
    .why = Let's Encrypt bevorzugt IPv6 und nimmt die Antwort, die es dort bekommt. Die Datei des ACME-Clients liegt auf dem Rechner hinter IPv4, also scheitert die Validierung.
    .mend = Beide Records zum selben Rechner führen oder den AAAA-Record löschen.
    .source = Let's Encrypt, IPv6-Unterstützung

renewal-dns-fails = { $record } von { $name } lässt sich nicht nachschlagen: { $why ->
    [dnssec] DNSSEC hält nicht
    [errors] Die Server antworten mit einem Fehler ({ $errors })
   *[servfail] Die Server antworten, dass sie nicht antworten können (SERVFAIL)
}. Erwartet wird eine Antwort, und sei es, dass es nichts gibt: Ohne sie darf keine CA ausstellen.
    .headline = DNS scheitert, so stellt keine CA aus
    .fix = { $why ->
        [dnssec] DNSSEC der Zone in Ordnung bringen: die Signaturen erneuern oder den veralteten DS-Record beim Registrar entfernen lassen.
        [errors] Den Betreiber der Nameserver veranlassen, dass sie { $record } von { $name } beantworten wie jede andere Frage, und sei es mit „gibt es nicht“; alte weisen Typen ab, die sie nicht kennen.
       *[servfail] Nachsehen, warum die Server der Zone bei { $record } von { $name } scheitern; alte tun das bei Typen, die sie nicht kennen. Ist ein DS-Record veröffentlicht: DNSSEC prüfen.
    }
    .what = Eine Frage, die jede CA vor dem Ausstellen stellen muss, wird mit einem Fehler wie SERVFAIL beantwortet oder mit etwas, das DNSSEC widerlegt.
    .why = Seit März 2026 müssen alle öffentlichen CAs DNSSEC prüfen und dürfen eine gescheiterte Abfrage nicht als Erlaubnis nehmen.
    .mend = Die Server der Zone jede Frage beantworten lassen und DNSSEC in Ordnung halten.
    .source = CA/Browser Forum Baseline Requirements, Abschnitt 3.2.2.8; RFC 8659, Abschnitt 3

renewal-caa-forbids = Der CAA-Record bei { $at } { $why ->
    [critical] hat ein Tag, das keine CA kennt („{ $tag }“, als kritisch markiert)
    [nobody] lässt keine CA ausstellen
   *[others] lässt nur diese CAs ausstellen: { $allowed }
}, erwartet wird { $expected } ({ $ca }) darunter.
    .headline = CAA verbietet das nächste Zertifikat
    .fix =
        { $why ->
            [critical] Den Record mit dem Tag „{ $tag }“ löschen oder nicht mehr als kritisch markieren. { $ca } darf mit diesem Record ausstellen:
            [nobody] Diesen Record an die Stelle dessen setzen, der niemanden ausstellen lässt:
           *[others] Zu den vorhandenen diesen Record hinzufügen:
        }
        > { $at }. CAA 0 issue "{ $expected }"
    .what = CAA-Records sagen in öffentlichem DNS, welche CAs für einen Namen Zertifikate ausstellen dürfen. Es zählen die nächsten vom Namen des Servers aufwärts, und die CA ist nicht unter den genannten.
    .why = Jede öffentliche CA muss sie unmittelbar vor dem Ausstellen nachschlagen und ablehnen, wenn sie nicht genannt ist. Das jetzige Zertifikat gilt bis zu seinem letzten Tag, das nächste wird nicht ausgestellt.
    .mend = Zu den vorhandenen einen CAA-Record für die CA eintragen oder eine der genannten CAs nehmen.
    .source = RFC 8659; CA/Browser Forum Baseline Requirements, Abschnitt 3.2.2.8

renewal-caa-method = Der CAA-Record bei { $at } lässt { $ca } nur nach Validierung durch { $methods } ausstellen, erwartet wird http-01 darunter.
    .headline = CAA verbietet die Validierung per HTTP
    .fix = Im CAA-Record bei { $at } http-01 zu validationmethods hinzufügen (oder validationmethods weglassen), oder den ACME-Client durch { $methods } validieren lassen.
    .what = Der CAA-Record nennt, auf welchen Wegen allein die CA validieren darf (validationmethods), und HTTP-01 gehört nicht dazu.
    .why = Das Rezept des Leitfadens validiert per HTTP. Die CA muss das ablehnen, was immer Port 80 sagt.
    .mend = http-01 im CAA-Record erlauben oder validieren, wie er es sagt: per DNS-01 mit einem DNS-Plug-in des ACME-Clients.
    .source = RFC 8657, Abschnitt 4

renewal-caa-bound = Der CAA-Record bei { $at } lässt { $ca } nur für ein bestimmtes Konto ausstellen: { $accounts }.
    .headline = CAA bindet Erneuerungen an ein Konto
    .what = Der CAA-Record nennt das einzige Konto bei der CA, das Zertifikate bekommt (accounturi).
    .why = Das ist ein Schutz. Wird der ACME-Client auf einem anderen Rechner neu eingerichtet, hat er ein anderes Konto und bekommt nichts.
    .mend = Nichts, solange das Konto bleibt. Nach einer Neueinrichtung das neue Konto dort eintragen. win-acme und simple-acme zeigen es unter „Manage account details“.
    .source = RFC 8657, Abschnitt 3

renewal-untested = { $what ->
    [ipv6] Dieser Rechner hat kein IPv6: Was eine CA über IPv6 bei { $fqdn } antrifft, ließ sich nicht testen
    [left-out] Port 80 von { $fqdn } wurde nicht getestet: Die Verbindungen dieses Laufs gehen anderswohin (--connect-to, -4, -6)
    [not-public] { $fqdn } hat eine Adresse, die nicht öffentlich ist: Dorthin kommt keine CA
    [no-address] { $fqdn } hat keine Adresse: Es gibt keinen Port 80 zu testen
    [caa] Welche CAs für { $fqdn } ausstellen dürfen (CAA), ließ sich nicht klären: DNS gab keine brauchbare Antwort
    [caa-proof] Welche CAs für { $fqdn } ausstellen dürfen (CAA), ließ sich nicht klären: Eine Zone auf dem Weg ist signiert (DNSSEC), und was sie antwortet, ist damit nicht belegt. Keine CA glaubt eine solche Antwort
   *[here] Port 80 von { $fqdn } ließ sich von diesem Rechner aus nicht testen
}.
    .headline = ein Teil der Erneuerung war nicht zu testen
    .fix = { $what ->
        [caa-proof] DNSSEC der Zone prüfen lassen; was daran nicht stimmt, zeigt: xfed check { $domain }
       *[other] Von einem Rechner im Internet wiederholen, mit IPv6 und ohne --connect-to: xfed check { $domain } --renewal
    }
    .what = Etwas, das eine Erneuerung braucht, war von hier aus nicht zu sehen.
    .why = Über die Erneuerung sagt das nichts, weder so noch so.
    .mend = Von einem Rechner im Internet wiederholen, mit IPv6 und ohne --connect-to.
    .source = RFC 8555, Abschnitt 8.3

## Schritt 6, Federation aktiv

tls-not-spoken = Der Port antwortet { $form ->
    [binary] mit etwas anderem als TLS
   *[text] im Klartext
} ({ $service ->
    [unknown] unbekannter Dienst
    [SIP] SIP ohne TLS
   *[other] { $service }
}: { $form ->
    [binary] Bytes { $start }
   *[text] „{ $start }“
}), erwartet wird TLS.
    .headline = Port antwortet ohne TLS
    .fix =
        @xphone-admin Das Programm suchen, das Port 5061 belegt (netstat -abno, als Administrator), ihm einen anderen Port geben und Federation an 5061 binden.
        @network Prüfen, ob das Port-Forwarding zu Port 5061 des { noun-server }s führt.
    .partner =
        @partner Auf TCP 5061 von { $server } antwortet ein anderes Programm: ihm einen anderen Port geben und 5061 zum Federation-Dienst führen lassen.
    .what = TCP ist offen, aber der Dienst dahinter antwortet im Klartext. Nach seinen ersten Zeichen ist es HTTP (ein Webserver), SIP ohne TLS, SSH, SMTP, FTP, RDP (Remotedesktop) oder etwas Unbekanntes. Bleibt der Start von TLS ohne ein Wort, verbindet sich xfed noch einmal, hört zu und fragt im Klartext (SIP OPTIONS).
    .why = Die Gegenseite spricht sofort TLS und gibt auf. Telnet findet einen offenen Port und hält das für in Ordnung.
    .mend = Auf dem XPhone-Server zeigt netstat -abno, welches Programm Port 5061 belegt; diesem einen anderen Port geben und Federation dort binden. Ist XPhone dort schon gebunden, führt das Port-Forwarding zu einem anderen Rechner oder einem anderen Port, etwa 5060 oder 443.
    .source = Leitfaden XPhone-Federation, Kapitel 5 und 6; RFC 8446, Abschnitt 4.1

tls-silent = { $fqdn } nimmt TCP-Port { $port } an, schweigt aber beim Start von TLS { $limit } lang (--timeout wartet länger). Erwartet wird eine TLS-Antwort.
    .headline = Server antwortet nicht auf TLS
    .fix =
        Ist der Server nur langsam: mit mehr Zeit wiederholen (--timeout 20s).
        @network Prüfen, ob das Port-Forwarding zum { noun-server } führt (womöglich nimmt eine Firewall an seiner Stelle an).
        @xphone-admin Prüfen, ob Federation aktiv ist, Dienst neu starten.
    .partner =
        @xphone-admin Ist der Server nur langsam: mit mehr Zeit wiederholen (--timeout 20s).
        @partner Prüfen, ob der Federation-Dienst läuft und ob eine Firewall an seiner Stelle Verbindungen annimmt.
    .what = Die Verbindung wurde angenommen, auf den Start von TLS kam aber nichts zurück, jedenfalls nicht in der Zeit, die xfed wartet (5 Sekunden oder --timeout).
    .why = Für die Gegenseite ist das so gut wie geschlossen. Typisch sind Firewalls, die an Stelle des Servers annehmen (SYN-Proxy), während der Server dahinter nicht erreichbar ist, und Dienste, die hängen.
    .mend = Interne IT: das Ziel des Port-Forwardings prüfen, am besten von innen: xfed check <Domäne> --connect-to <LAN-Adresse>. XPhone-Admin: prüfen, ob Federation aktiv ist, und den Dienst neu starten.
    .source = Leitfaden XPhone-Federation, Kapitel 5 und 6

tls-closed = { $fqdn } nimmt Verbindungen auf TCP-Port { $port } an, schließt sie aber beim Start des TLS-Handshakes. Erwartet wird eine TLS-Antwort.
    .headline = Server legt auf, sobald TLS beginnt
    .fix =
        @xphone-admin Das Zertifikat in der { noun-administration } neu auswählen und prüfen, ob Federation aktiv ist.
        @network Prüfen, dass vor Port 5061 weder Proxy noch TLS-Inspektion steht.
    .what = Die Verbindung wurde angenommen und beim Start von TLS wortlos wieder geschlossen.
    .why = Keine Gegenseite kommt weiter. Häufige Ursachen: In XPhone ist kein brauchbares Zertifikat ausgewählt, sein privater Schlüssel fehlt, oder eine Firewall inspiziert SIP und versteht es nicht.
    .mend = Das Zertifikat in der XPhone-Administration neu auswählen und im Windows-Ereignisprotokoll (System) nach Schannel-Fehlern suchen. In der Firewall SIP-ALG und TLS-Inspektion für Port 5061 abschalten.
    .source = Leitfaden XPhone-Federation, Kapitel 6 und 7

tls-too-old = Der Server spricht höchstens { $version } (Cipher-Suite { $cipher }), erwartet wird TLS 1.2 oder 1.3.
    .headline = Server spricht höchstens { $version }
    .fix = Auf dem { noun-server }: TLS 1.2 in Windows einschalten (Registry-Schlüssel SCHANNEL\Protocols\TLS 1.2\Server: Enabled = 1, DisabledByDefault = 0), alle Windows-Updates installieren, neu starten.
    .what = Der Server hat TLS 1.2 und 1.3 abgelehnt. Er beantwortete erst ein von Hand gebautes Hello, das auch ältere Versionen zulässt; die Meldung nennt die Version und die Cipher-Suite, die er wählte. Aus dieser Antwort stammt das Zertifikat, das Schritt 5 beurteilt.
    .why = TLS 1.0 und 1.1 sind abgekündigt (RFC 8996), SSL 3.0 ist gebrochen. Die Server von Microsoft und heutige Bibliotheken lehnen sie ab; so kommt kaum eine Gegenseite herein, obwohl Zertifikat und Port richtig aussehen.
    .mend = Auf dem XPhone-Server TLS 1.2 in Windows einschalten, für Server und Client: in der Registry unter SCHANNEL\Protocols oder mit einem Werkzeug wie IIS Crypto, dann neu starten. Windows Server 2008 R2 und 2012 brauchen dafür Updates; ein Windows ohne Support besser ersetzen. Steht vor Port 5061 ein Proxy oder eine Firewall mit TLS-Inspektion, zuerst dort nachsehen.
    .source = RFC 8996; RFC 5246, Anhang E; Leitfaden XPhone-Federation, Kapitel 6

tls-no-common-cipher = Der Server wählte { $version } mit { $cipher }{ $group ->
    [none] {""}
   *[other] {" "}({ $group })
}, erwartet wird { $what ->
    [group] eine der üblichen Gruppen: X25519, P-256, P-384
    [modern-group] eine der üblichen Gruppen: X25519, P-256, P-384
    [modern-suite] eine übliche Cipher-Suite von TLS 1.3: AES-GCM oder ChaCha20
    [modern-both] eine übliche Cipher-Suite von TLS 1.3 (AES-GCM oder ChaCha20) und eine übliche Gruppe (X25519, P-256, P-384)
    [both] ECDHE mit AES-GCM oder ChaCha20 und eine übliche Gruppe (X25519, P-256, P-384)
   *[suite] ECDHE mit AES-GCM oder ChaCha20
}. { $reach ->
    [some] Gegenseiten unter Windows kommen damit meist herein; wer auf moderner Verschlüsselung besteht, nicht.
    [last] Gegenseiten unter Windows Server und mit OpenSSL kommen mit { $last } herein, das sie als Letztes anbieten; Teams, dessen Liste für SIP nur ECDHE enthält, und Programme, die auf moderner Verschlüsselung bestehen, nicht.
    [last-short] Gegenseiten unter Windows Server kommen mit { $last } herein, das sie als Letztes anbieten; OpenSSL, das auf Debian, Ubuntu und ab Version 3.2 2048 Bit verlangt, Teams, dessen Liste für SIP nur ECDHE enthält, und Programme, die auf moderner Verschlüsselung bestehen, nicht.
    [unknown] Ob er annimmt, was Gegenseiten unter Windows anbieten, war nicht prüfbar.
    [older] Wer nur bis TLS 1.2 kommt, kommt hinein, wie Windows Server 2016 und 2019; wer TLS 1.3 anbietet, wird abgewiesen.
   *[few] ECDHE mit AES und den üblichen Kurven, was Windows zuerst anbietet, lehnte er ab.
} Auf den TLS-Handshake von xfed selbst kam: { $how ->
    [alert] Alert { $detail }
    [closed] Verbindung geschlossen
    [misbehaved] { breach }
    [plain] Klartext („{ $detail }“)
   *[silent] nichts
}.
    .headline = TLS-Einstellungen erlauben keine gemeinsame Suite
    .fix = Auf dem { noun-server }: { $what ->
    [group] in der Gruppenrichtlinie „ECC-Kurvenreihenfolge“ die Kurven curve25519, NistP256 und NistP384 eintragen, neu starten.
    [modern-group] in der Gruppenrichtlinie „ECC-Kurvenreihenfolge“ die Kurven curve25519, NistP256 und NistP384 eintragen, neu starten.
    [modern-suite] TLS_AES_256_GCM_SHA384 und TLS_AES_128_GCM_SHA256 in Windows einschalten (Gruppenrichtlinie „Reihenfolge der SSL-Verschlüsselungssammlungen“), neu starten.
   *[suite] TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 und TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 in Windows einschalten und an den Anfang stellen (Gruppenrichtlinie „Reihenfolge der SSL-Verschlüsselungssammlungen“), neu starten.
}
    .what = Der Server spricht TLS 1.2 oder 1.3, lehnte aber ab, was heutige TLS-Bibliotheken anbieten, auch die von xfed. Von Hand gefragt, mit allen Cipher-Suites und Gruppen, die je in Gebrauch waren, wählte er die in der Meldung, und die waren vorher nicht angeboten. Bietet Windows diese nicht überall an, fragt xfed noch einmal mit denen, die es anbietet (ECDHE mit AES, auch CBC; dann DHE mit AES-GCM und RSA-Schlüsselaustausch mit AES).
    .why = Beide Seiten brauchen eine gemeinsame Cipher-Suite. ECDHE mit AES-CBC ist in Windows und bei den SIP-Servern von Microsoft noch an, in vielen anderen Programmen aus: Manche Gegenseiten kommen herein, andere nicht, daher eine Warnung. Dasselbe gilt für RSA-Schlüsselaustausch mit AES und DHE mit AES-GCM, die jeder Windows Server noch als Letztes anbietet. DHE mit CBC, CCM, 3DES und RC4 sind in Windows aus oder bald aus, das ist ein Fehler. Was nach der Wahl der Cipher-Suite kommt, das Ende des Handshakes und SIP, war nicht zu sehen.
    .mend = In Windows die ECDHE-Suites mit AES-GCM einschalten und an den Anfang stellen: Get-TlsCipherSuite zeigt die Liste, Enable-TlsCipherSuite ändert sie. Für RSA-Zertifikate hat Windows sie seit Server 2016; unter 2012 R2 und älter ist ECDHE mit AES-CBC das Beste, was es gibt. Kurven (Gruppen) haben eine eigene Reihenfolge: Get-TlsEccCurve zeigt sie, Enable-TlsEccCurve ändert sie.
    .source = RFC 5246, Abschnitt 7.4.1; RFC 9325, Abschnitt 4.2; Leitfaden XPhone-Federation, Kapitel 6

tls-handshake-failed = { $how ->
    [unserved] Wer zu Beginn von TLS { $fqdn } nennt (SNI), wird wortlos abgewiesen, während dieselbe Adresse andere Namen bedient: Etwas dort wählt nach dem Namen (ein Load-Balancer oder Reverse-Proxy wie HAProxy oder nginx) und hat für diesen Namen nichts eingetragen, oder der Server, zu dem er führt, antwortet nicht.
    [unborne] Der Server weist jeden ab, der { $detail ->
        [session-ticket] in der ersten TLS-Nachricht um ein Session-Ticket bittet (Erweiterung session_ticket), wie es Windows, OpenSSL und GnuTLS tun
        [status-request] in der ersten TLS-Nachricht um eine angeheftete OCSP-Antwort bittet (Erweiterung status_request), wie es GnuTLS und manche Programme unter Windows tun; OpenSSL kommt herein
        [server-name] in der ersten TLS-Nachricht den Server nennt (Erweiterung server_name, SNI), wie es Windows, OpenSSL und GnuTLS tun, wo ein Programm ihnen den Namen gibt
        [renegotiation-signal] in der ersten TLS-Nachricht unter den Cipher-Suites das Zeichen für sichere Neuverhandlung hat (TLS_EMPTY_RENEGOTIATION_INFO_SCSV), wie OpenSSL; Windows und GnuTLS, die eine Erweiterung dafür haben, kommen herein
        [supported-versions] in der ersten Nachricht von TLS die Erweiterung supported_versions schickt, wie alle, die TLS 1.3 kennen (Windows Server 2022, OpenSSL, GnuTLS); älteres Windows kommt herein
        [newer] in der ersten Nachricht von TLS mehr hat als Windows Server 2016 (Signaturen mit RSA-PSS, andere Cipher-Suites oder Kurven), wie neueres Windows, OpenSSL und GnuTLS; Windows Server 2016 kommt herein
       *[length] eine erste Nachricht von 256 bis 511 Byte schickt, wie es Windows Server 2022, OpenSSL und GnuTLS tun; älteres Windows, dessen Nachricht kürzer ist, kommt herein
    }. Auf eine Nachricht ohne das antwortet er.
    [key] Der Server zeigte ein Zertifikat, dessen privaten Schlüssel er nicht hat.
    [key-kind] Der Schlüssel im Zertifikat des Servers ist von einer Art, die nicht überall angeboten wird ({ $detail }): { $detail ->
        [Ed448] xfed und Windows bekommen keinen Handshake, OpenSSL und GnuTLS schon
       *[other] xfed bekam keinen Handshake, und Gegenseiten ohne sie bekommen auch keinen
    }.
   *[other] { $progress ->
        [finished] TLS brach nach dem Handshake ab
       *[other] Der TLS-Handshake endete { $progress ->
            [both] nach dem Zertifikat des Servers und der Anforderung eines Client-Zertifikats
            [request] nach der Anforderung eines Client-Zertifikats
            [certificate] nach dem Zertifikat des Servers
            [hello] nach der ersten Antwort des Servers
           *[nothing] vor der ersten Antwort des Servers
        }
    }: { $how ->
        [alert] Alert { $detail }. { alert }
        [warned] Warnung { $detail }. { alert }; danach kam { $limit } lang nichts
        [warned-closed] Warnung { $detail }. { alert }; danach schloss der Server die Verbindung
        [closed] Der Server hat die Verbindung geschlossen
        [silent] { $limit } lang kam nichts mehr (--timeout wartet länger)
        [slow] Nach { $limit } war er nicht am Ende, und es kamen noch Bytes (--timeout wartet länger)
       *[misbehaved] { breach }
    }{ $within ->
        [yes] , mitten in einer Nachricht{ $message ->
            [none] {""}
           *[other] {" "}({ $message })
        }, nach { $received } Bytes
       *[no] {""}
    }.{ $excuse ->
        [no-certificate] {" "}xfed hatte kein Client-Zertifikat gezeigt; ob Gegenseiten, die eines zeigen, ebenso abgewiesen werden, war nicht prüfbar.
        [enforced] {" "}In TLS 1.2 wies er xfed ab, weil es keines hatte: Keine Gegenseite mit TLS 1.3 kommt also hinein.
        [certificate] {" "}xfed hatte das Zertifikat aus --client-cert gezeigt; ob Gegenseiten mit ihrem ebenso abgewiesen werden, war nicht prüfbar.
       *[none] {""}
    }{ $extension ->
        [none] {""}
       *[other] {" "}Es ist die Erweiterung { $extension }.
    }
} Erwartet wird ein vollständiger Handshake mit TLS 1.2 oder 1.3.
    .headline = { $excuse ->
        [no-certificate] TLS bricht ohne Client-Zertifikat ab
        [certificate] TLS bricht mit diesem Client-Zertifikat ab
       *[none] TLS-Handshake scheitert
    }
    .fix =
        { $how ->
            [alert] { $excuse ->
                [no-certificate]
                    Mit einem Client-Zertifikat wiederholen, etwa dem des { noun-server }s: --client-cert datei.pem --client-key schluessel.pem. Bleibt der Alert:
                    { alert-mending }
                [certificate]
                    Mit einem anderen Client-Zertifikat wiederholen, von einer öffentlichen CA und heute gültig. Bleibt der Alert:
                    { alert-mending }
               *[none] { alert-mending }
            }
            [warned] { alert-mending }
            [warned-closed] { alert-mending }
            [unserved]
                @network Am Load-Balancer oder Proxy, der dort antwortet, den Namen { $fqdn } für TCP { $port } eintragen und zum { noun-server } leiten, TLS dabei durchreichen und nicht beenden (HAProxy: req.ssl_sni in mode tcp; nginx: map $ssl_preread_server_name). Ist der Name eingetragen: von jenem Rechner aus prüfen, ob der { noun-server } TCP { $port } annimmt.
                @xphone-admin Prüfen, ob der { noun-service } läuft und Federation aktiv ist. Ein Zertifikat muss dafür nicht bestellt werden.
            [unborne]
                @network Load-Balancer, Firewall oder Inspektion vor Port 5061 aktualisieren oder Port 5061 davon ausnehmen: Meist verträgt sie eine solche Nachricht nicht.{ $detail ->
                    [length] {" "}Manche alten halten sie wegen ihrer Länge für eine Nachricht von SSL 2.0 (RFC 7685).
                   *[other] {""}
                }
                @xphone-admin Auf dem { noun-server } die Updates des Systems installieren.
            [key] @xphone-admin Das Zertifikat mit seinem eigenen privaten Schlüssel importieren (PFX-Datei) und in der { noun-administration } neu auswählen.
            [key-kind] @xphone-admin Ein Zertifikat für genau { $server } mit RSA-Schlüssel (2048 oder 3072 Bit) bestellen, dann das neue in der { noun-administration } auswählen.
            [slow]
                Mit --timeout 20s wiederholen; dann ist der Handshake bis zum Ende zu sehen.
                @network Herausfinden, was den Weg zum { noun-server } bremst (ausgelastete Leitung, Inspektion).
                @xphone-admin Prüfen, wie stark der { noun-server } ausgelastet ist.
            [silent] { $within ->
                [yes] @network Große Pakete gehen unterwegs verloren. ICMP „Fragmentation needed“ (Typ 3, Code 4) durchlassen oder auf Firewall, VPN oder DSL-Router die Segmentgröße begrenzen (MSS-Clamping); Port 5061 von der TLS-Inspektion ausnehmen.
               *[no]
                    Ist der Server nur langsam: mit --timeout 20s wiederholen.
                    @xphone-admin Den { noun-service } neu starten.
                    @network Port 5061 von der TLS-Inspektion ausnehmen, die womöglich auf etwas wartet.
            }
            [closed] { $within ->
                [yes] @network Etwas trennt die Verbindung, während der Server spricht: Port 5061 von TLS-Inspektion und SIP-ALG ausnehmen und direkt an den { noun-server } leiten.
               *[no]
                    @xphone-admin Das Zertifikat in der { noun-administration } neu auswählen und im Windows-Ereignisprotokoll (System) zur Zeit dieser Prüfung nach Schannel-Fehlern suchen.
                    @network Prüfen, dass vor Port 5061 weder Proxy noch Inspektion steht.
            }
           *[misbehaved] { $detail ->
                [no-client-scheme]
                    @xphone-admin RSA-PSS mit SHA-256 (rsa_pss_rsae_sha256) für Client-Zertifikate einschalten: in Windows, was Gruppenrichtlinie und Registry unter Cryptography\Configuration\Local\SSL\00010003 (Functions) vorgeben; in anderen Programmen die Liste der Signaturverfahren für Client-Zertifikate. Dann neu starten.
                    @network Prüfen, dass vor Port 5061 kein Proxy steht, der TLS beendet; womöglich zählt dessen Liste.
               *[other]
                    @network TCP 5061 ohne Inspektion und Proxy direkt an den { noun-server } leiten.
                    @xphone-admin Windows-Updates installieren, neu starten und nachsehen, welches Programm Port 5061 belegt (netstat -abno, als Administrator).
            }
        }
    .what = TLS begann, kam aber nicht zum Abschluss oder brach gleich danach ab. Die Meldung sagt, wie weit es kam und wie es endete; hat der Server einen Alert geschickt, steht er mit seiner Nummer und in Worten dabei.
    .why = Endet es vor der ersten Antwort des Servers, fragt xfed von Hand noch einmal: mit älteren Versionen, mit allen Cipher-Suites und in TLS 1.3 mit allen Gruppen. Bleibt es trotzdem bei diesem Befund, erklären die Antworten ihn nicht. Ein Ende nach der ersten Antwort hat meist mit Zertifikat oder Schlüssel zu tun, eines mitten in einer Nachricht mit dem Netz. War ein Client-Zertifikat verlangt, lassen die Alerts internal_error (80) und insufficient_security (71) das Ergebnis offen: Manche Server schicken sie, weil eines fehlt oder wegen dessen, das gezeigt wurde, und Gegenseiten zeigen ihres.
    .mend = Dem Alert folgen, wenn es einen gibt: Er ist das eigene Wort des Servers. Im Windows-Ereignisprotokoll (System) nach Schannel-Fehlern suchen; sie nennen die Ursache aus Sicht des Servers. Ohne Alert: das Zertifikat in der XPhone-Administration neu auswählen und Inspektion und Proxys aus dem Weg räumen.
    .source = RFC 8446, Abschnitt 6; RFC 5246, Abschnitt 7.2; RFC 8996

tls-unsteady = { $how ->
    [worse] Der Server beantwortet nur manche Verbindungen richtig: { $lost } von { $made } zur selben Adresse verliefen schlechter als die erste ({ $codes }). Erwartet wird, dass alle gleich verlaufen.
    [better] Eine andere Verbindung zur selben Adresse verlief besser als die erste ({ $made } waren es), und nur die erste zeigte dies: { $codes }. Erwartet wird, dass alle gleich verlaufen.
    [refused] Der Server beantwortet nur manche Verbindungen: { $lost } von { $made } beendete er mit einem Alert oder ohne ein Wort, bevor er sonst etwas sagte; die übrigen bediente er. Erwartet wird, dass er jede beantwortet.
    [beside] Der Server bediente die zweite Verbindung nicht, solange die erste offen war; von den { $made }, die xfed aufbaute, ging nur diese verloren, die übrigen kamen nacheinander. Erwartet werden mehrere zugleich, Skype for Business öffnet bis zu vier.
    [late] Der Server beantwortet nur manche Verbindungen rechtzeitig: { $lost } von { $made } blieben { $limit } lang ohne Antwort, so lange wartet xfed; die übrigen wurden bedient. Erwartet wird, dass er jede beantwortet.
    [over] Der Server beantwortete die erste Verbindung mit einem Alert, und von den übrigen keine mit einem Wort, was immer sie anboten ({ $lost } von { $made }). Er scheint einer Adresse nur so oft zu antworten; was er ablehnt, ließ sich darum nicht feststellen. Erwartet wird, dass er jede beantwortet.
    [unconnected] Der Server nimmt nur manche Verbindungen an: { $lost } von { $made } kamen auf TCP nicht zustande (keine Antwort oder abgelehnt), die übrigen wurden bedient. Erwartet wird, dass er jede annimmt.
   *[mute] Der Server beantwortet nur manche Verbindungen: { $lost } von { $made } endeten, bevor er ein Wort sagte, die übrigen wurden bedient. Erwartet wird, dass er jede beantwortet.
}
    .headline = Server beantwortet nur manche Verbindungen
    .fix =
        @network { $how ->
            [late] Die Prüfung mit längerem --timeout wiederholen: Ein Dienst, der geschlafen hat, ist nur einmal langsam. Bleiben Verbindungen ohne Antwort und stehen{" "}
           *[other] Stehen{" "}
        }mehrere Server hinter der Adresse (Load-Balancer, Weiterleitung im Wechsel), den herausnehmen, der tot oder kein { noun-server } ist.{ $how ->
            [over] {" "}Begrenzt etwas die Verbindungen einer Adresse zu Port 5061: acht durchlassen und erneut prüfen.
            [mute] {" "}Schützt eine Firewall Port 5061 vor Überflutung: einzelne Verbindungen durchlassen.
            [unconnected] {" "}Schützt eine Firewall Port 5061 vor Überflutung: einzelne Verbindungen durchlassen.
            [beside] {" "}Begrenzt etwas die Verbindungen einer Adresse zu Port 5061: acht durchlassen.
           *[other] {""}
        }
        @xphone-admin Prüfen, ob Federation auf jedem dieser Server aktiv ist.
    .what = xfed baut zu jeder Adresse mehrere Verbindungen auf, und sie verliefen verschieden: eine, wie sie soll, die andere wurde geschlossen, sprach Klartext oder ein altes TLS oder beantwortete OPTIONS anders. Was der Server wählte, bietet auch xfed an; daran liegt es also nicht.
    .why = Gegenseiten ergeht es ebenso: Einmal kommen sie herein, einmal nicht, und meist versuchen sie es nicht gleich noch einmal. Kam nur gleich am Anfang nichts oder eine Ablehnung und war ein vollständiger Handshake zu sehen, ist es eine Warnung; kam etwas Falsches, wiegt es so schwer wie dieses. Ohne einen vollständigen Handshake bleibt das Urteil offen. Stehen mehr als zwei Server hinter einer Adresse, kann einer unbemerkt bleiben.
    .mend = Die Prüfung einige Male wiederholen. Nach einem Load-Balancer mit einem toten Server dahinter suchen, nach Schutz vor Überflutung (SYN-Cookies, die zurücksetzen, Grenzen je Adresse) und nach einem Server an der Grenze seiner Verbindungen.
    .source = Leitfaden XPhone-Federation, Kapitel 5

tls-refuses-modern = { $what ->
    [late] Der Server schweigt, wenn jemand TLS 1.3 anbietet
   *[other] Der Server lehnt jeden ab, der TLS 1.3 anbietet
} ({ $how ->
    [alert] Alert { $detail }
    [closed] er schloss die Verbindung
    [plain] er antwortete im Klartext („{ $detail }“)
   *[silent] er antwortete { $limit } lang nicht
}), obwohl er mit dem, der nichts Neueres anbietet, TLS 1.2 spricht. { $what ->
    [late] Länger hat xfed nicht gewartet (--timeout wartet länger); ob er ablehnt oder nur langsam ist, war daher nicht zu prüfen. Erwartet wird eine Antwort in dieser Zeit.
    [pss] Er kennt TLS 1.3 selbst und leistet keine RSA-Signaturen mit PSS, die TLS 1.3 verlangt. Erwartet werden Signaturen mit PSS, oder TLS 1.3 ist aus.
   *[offer] Erwartet wird TLS 1.3 oder, wenn beides angeboten ist, TLS 1.2 als Antwort.
}
    .headline = { $what ->
        [late] auf ein Angebot von TLS 1.3 kam rechtzeitig keine Antwort
       *[other] Server lehnt jeden ab, der TLS 1.3 anbietet
    }
    .fix = { $what ->
        [pss] @xphone-admin Das Zertifikat mit privatem Schlüssel noch einmal importieren, in einen Schlüsselspeicheranbieter (certutil -importpfx -csp "Microsoft Software Key Storage Provider" Datei.pfx), und in der { noun-administration } neu auswählen. Beendet ein Proxy TLS auf Port 5061: dort rsa_pss_rsae_sha256 unter den Signaturverfahren zulassen. Bis dahin dort TLS 1.3 ausschalten, dann bedient TLS 1.2 alle.
        [late]
            Mit --timeout 20s wiederholen: Dann zeigt sich, ob eine Antwort kommt.
            @network Kommt keine und steht vor Port 5061 eine Firewall, ein Proxy oder eine Inspektion: aktualisieren oder Port 5061 davon ausnehmen.
            @xphone-admin Kommt sie spät: nachsehen, was auf dem { noun-server } in TLS 1.3 langsam ist (Speicherort des Zertifikatsschlüssels, Virenscanner, Last).
       *[offer]
        @network Steht vor Port 5061 eine Firewall, ein Proxy oder eine Inspektion: aktualisieren oder Port 5061 davon ausnehmen. Meist kennt sie TLS 1.3 nicht.
        @xphone-admin Auf dem { noun-server } die Windows-Updates installieren und neu starten. Windows Server 2016 und 2019 antworten von sich aus mit TLS 1.2, wenn TLS 1.3 angeboten wird.
    }
    .what = Ein Client bietet alle Versionen an, die er hat, und der Server wählt eine aus. Dieser legt schon beim Angebot auf, sobald TLS 1.3 darin vorkommt. Auf Angebote ohne TLS 1.3 antwortet er, wie er soll. xfed fragt dann von Hand nach dem Grund: die Länge des Hello, eine Cipher-Suite oder Gruppe, die der Server in TLS 1.3 haben wollte (gemeldet unter tls-no-common-cipher), oder RSA-Signaturen mit PSS, wenn er nach seiner eigenen Marke TLS 1.3 kennt und auch in TLS 1.2 abweist, wer nur solche anbietet.
    .why = Gegenseiten mit Windows Server 2022, OpenSSL oder GnuTLS bieten TLS 1.3 an und werden abgewiesen, während solche mit älterem Windows hereinkommen.
    .mend = Fehlt PSS, liegt der Schlüssel meist in einem alten Speicher (CSP, Smartcard, HSM): umziehen. Sonst nachsehen, was dazwischensteht: Der Server selbst verträgt das Angebot meist, wenn er aus demselben Netz geprüft wird. openssl s_client -connect <FQDN>:5061 scheitert, mit -tls1_2 gelingt es.
    .source = RFC 8446, Abschnitt 4.1.2 und Anhang D

tls-worse-for-windows = { $how ->
    [other] Wer sich verbindet wie Windows Server 2016 (TLS 1.2, AES-GCM), trifft jedes Mal etwas anderes an als andere ({ $codes }). Erwartet wird für alle dasselbe.
    [undecided] Wer sich verbindet wie Windows Server 2016 (TLS 1.2, AES-GCM), kommt jedes Mal nur bis zur Anforderung des Client-Zertifikats ({ $detail ->
            [none] die Verbindung endet
           *[alert] Alert { $detail }
        }), { $taken ->
            [yes] während der Server in TLS 1.3 auch ohne eines antwortet
           *[no] während TLS 1.3 gelingt
        }. xfed hatte kein Client-Zertifikat gezeigt; ob es Gegenseiten, die eines zeigen, ebenso ergeht, war nicht zu prüfen. Erwartet wird für alle dasselbe.
    [breach] Wer sich verbindet wie Windows Server 2016 (TLS 1.2, AES-GCM, Kurven P-256 und P-384), bekommt jedes Mal keinen Handshake: { breach }. Mit TLS 1.3 gelingt er anderen. Erwartet wird ein vollständiger Handshake auch mit TLS 1.2.
    [rsa] Wer nur RSA-Schlüssel verwenden kann (vor allem Skype for Business), { $what ->
        [key] bekommt jedes Mal ein anderes Zertifikat des Servers gezeigt, dessen privaten Schlüssel der nicht hat
        [breach] bekommt jedes Mal keinen Handshake, obwohl der Server darauf eingeht: { breach }
       *[other] bekommt jedes Mal ein anderes Zertifikat des Servers gezeigt und trifft dann etwas anderes an als andere ({ $codes })
    }. Erwartet wird für alle dasselbe.
    [broken] Wer sich verbindet wie Windows Server 2016 (TLS 1.2, AES-GCM), kommt jedes Mal nur bis zur Anforderung des Client-Zertifikats (Alert { $detail }), während TLS 1.3 gelingt. Mit diesem Alert lehnt niemand ab, weil ein Zertifikat fehlt; wer eines zeigt, trifft ihn also ebenso an. Erwartet wird für alle dasselbe.
    [slow] Wer sich verbindet wie Windows Server 2016 (TLS 1.2, AES-GCM), kam in der Zeit, die xfed wartet, nicht ans Ende des Handshakes (--timeout wartet länger), in TLS 1.3 schon. Erwartet wird für alle dasselbe.
    [shown] Wer sich verbindet wie Windows Server 2016 (TLS 1.2, AES-GCM), wird abgewiesen ({ $detail ->
            [none] die Verbindung endet
           *[alert] Alert { $detail }
        }), obwohl xfed das Client-Zertifikat gezeigt hat, das der Server in TLS 1.3 annimmt. Ob es Gegenseiten mit anderen Zertifikaten ebenso ergeht, war nicht zu prüfen. Erwartet wird für alle dasselbe.
    [either] Wer sich verbindet wie Windows Server 2016 (TLS 1.2, AES-GCM), wird abgewiesen ({ $detail ->
            [none] die Verbindung endet
           *[alert] Alert { $detail }
        }), obwohl xfed das Client-Zertifikat gezeigt hat, das der Server in TLS 1.3 annimmt. Ohne Zertifikat endet es genauso, daran liegt es also nicht: In TLS 1.2 ist etwas anderes falsch. Erwartet wird für alle dasselbe.
    [unrelated] Wer sich verbindet wie Windows Server 2016 (TLS 1.2, AES-GCM), wird abgewiesen (Alert { $detail }), obwohl xfed das Client-Zertifikat gezeigt hat, das der Server in TLS 1.3 annimmt. Mit diesem Alert lehnt niemand ein Zertifikat ab; in TLS 1.2 ist also etwas anderes falsch. Erwartet wird für alle dasselbe.
    [cbc] In TLS 1.2 nimmt der Server ECDHE nur mit CBC ({ $cipher }). Windows-Partner kommen damit meist herein; solche, die auf moderner Verschlüsselung bestehen, nicht. Erwartet wird TLS 1.2 mit ECDHE und AES-GCM.
    [curve] In TLS 1.2 nimmt der Server keine Kurve außer X25519. Windows Server 2016 und neuer bieten sie von sich aus an, aber nicht im FIPS-Modus oder wo jemand bei den NIST-Kurven bleibt; Windows Server 2012 R2 hat sie nicht. Erwartet werden auch P-256 und P-384.
    [last] In TLS 1.2 nimmt der Server nur, was Windows als Letztes anbietet ({ $cipher }). Windows kommt damit herein; Teams, dessen Liste für SIP nur ECDHE enthält, und Programme, die auf moderner Verschlüsselung bestehen, nicht. Erwartet wird TLS 1.2 mit ECDHE und AES-GCM.
    [offer] Der Server weist jeden ab, der in TLS 1.2 alle Cipher-Suites von Windows Server 2016 anbietet ({ $detail ->
            [none] die Verbindung endet
           *[alert] Alert { $detail }
        }), wie lang die erste Nachricht auch ist, und bedient den, der nur ECDHE mit AES-GCM anbietet. { $what ->
            [dhe] Fehlt DHE im Angebot, nimmt er alles andere an: Er wählt eine Suite mit DHE und scheitert daran.
           *[suites] Er wählt eine andere und scheitert daran.
        } Erwartet wird eine Antwort auf das ganze Angebot.
   *[refused] Der Server weist jeden ab, der sich verbindet wie Windows Server 2016 (TLS 1.2, AES-GCM, Kurven P-256 und P-384; { $how ->
            [alert] Alert { $detail }
            [closed] er schloss die Verbindung
            [misbehaved] er wählte, was nicht angeboten war
            [plain] er antwortete im Klartext („{ $detail }“)
           *[silent] er antwortete { $limit } lang nicht, --timeout wartet länger
        }), obwohl er andere bedient.{ $what ->
            [version] {" "}Kein Angebot in TLS 1.2 wurde angenommen, nur eines in TLS 1.3.
            [name] {" "}In TLS 1.2 bedient er nur, wer ihn nicht beim Namen nennt (SNI), und weist jeden ab, der { $server } nennt; in TLS 1.3 nimmt er den Namen an.
            [usage] {" "}Kein Angebot in TLS 1.2 wurde angenommen, nur eines in TLS 1.3: Der Schlüsselverwendung des Zertifikats fehlt digitalSignature, und mit so einem können viele Server in TLS 1.2 nichts anfangen.
            [suite] {" "}In TLS 1.2 wählte er { $cipher }.
            [prime] {" "}In TLS 1.2 wählte er { $cipher }, mit einer Primzahl von weniger als 1024 Bit.
            [group] {" "}In TLS 1.2 nimmt er nur eine andere Kurve.
            [signature] {" "}In TLS 1.2 signiert er nur mit RSA-PSS.
            [newer] {" "}In TLS 1.2 will er Signaturen mit RSA-PSS oder die Kurve X25519.
           *[unknown] {""}
        } Erwartet wird TLS 1.2 mit ECDHE und AES-GCM, neben dem, was er hat.
}
    .headline = { $how ->
        [last] in TLS 1.2 nur veraltete Cipher-Suites
        [cbc] in TLS 1.2 nur veraltete Cipher-Suites
        [curve] in TLS 1.2 nur die Kurve X25519
        [undecided] Ob TLS 1.2 gelingt, war nicht zu prüfen
        [slow] Ob TLS 1.2 gelingt, war nicht zu prüfen
        [shown] Ob TLS 1.2 gelingt, war nicht zu prüfen
        [rsa] wer nur RSA-Schlüssel verwenden kann, kommt nicht wie andere herein
       *[other] Windows-Partner (TLS 1.2) kommen nicht wie andere herein
    }
    .fix =
        @xphone-admin { $how ->
            [other] Am Server und in jedem Programm davor für TLS 1.2 dasselbe einstellen wie für TLS 1.3.
            [undecided] Die Prüfung mit einem Client-Zertifikat wiederholen (--client-cert, --client-key). Bis dahin den Fehler in TLS 1.2 suchen: im Protokoll des Servers (Windows-Ereignisanzeige, System, Quelle Schannel) und jedes Programms davor.
            [slow] Die Prüfung mit mehr Zeit wiederholen (--timeout 20s) und suchen, was in TLS 1.2 langsam ist.
            [breach] Das Programm aktualisieren, das auf Port 5061 TLS 1.2 spricht: auf dem { noun-server } die Updates des Systems installieren, ebenso für jedes Programm davor, das TLS beendet.
            [rsa] { $what ->
                [key] Das RSA-Zertifikat noch einmal mit seinem eigenen privaten Schlüssel (PFX-Datei) importieren, oder für { $server } nur ein Zertifikat einrichten, mit RSA-Schlüssel.
               *[other] Überall, wo der Server sein RSA-Zertifikat hat, dasselbe einstellen wie dort, wo er das andere hat, oder für { $server } nur ein Zertifikat einrichten, mit RSA-Schlüssel.
            }
            [broken] Den Fehler in TLS 1.2 suchen: im Protokoll des Servers (Windows-Ereignisanzeige, System, Quelle Schannel) und jedes Programms davor.
            [unrelated] Den Fehler in TLS 1.2 suchen: im Protokoll des Servers (Windows-Ereignisanzeige, System, Quelle Schannel) und jedes Programms davor.
            [either] Den Fehler in TLS 1.2 suchen: im Protokoll des Servers (Windows-Ereignisanzeige, System, Quelle Schannel) und jedes Programms davor.
            [shown] Den Fehler in TLS 1.2 suchen: im Protokoll des Servers (Windows-Ereignisanzeige, System, Quelle Schannel) und jedes Programms davor.
            [curve] In die Reihenfolge der Kurven P-256 und P-384 (NistP256, NistP384) aufnehmen.
            [offer] Für TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 und TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 an die erste Stelle setzen und { $what ->
                [dhe] alle Suites ausschalten, deren Name mit TLS_DHE_ beginnt (oder dem Programm DH-Parameter mit 2048 Bit geben).
               *[suites] die ausschalten, mit denen das Programm nicht zurechtkommt: alle mit CBC, alle mit TLS_RSA_ und alle mit TLS_DHE_ am Anfang.
            }
           *[refused] { $what ->
                [last] Für TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 und TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 einschalten.
                [cbc] Für TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 und TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 einschalten.
                [name] Den Namen { $server } auch für TLS 1.2 eintragen, wo immer etwas vor dem Server nach dem Namen auswählt (Load Balancer, Reverse-Proxy: eine Liste von Namen oder Zertifikaten, jedes mit eigenen Versionen); oder TCP 5061 geradewegs zum { noun-server } weiterleiten. Ein Zertifikat muss dafür nicht bestellt werden.
                [suite] Für TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 und TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 einschalten.
                [prime] Für TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 und TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 einschalten.
                [usage] Ein Zertifikat für genau { $server } bestellen, dessen Schlüsselverwendung digitalSignature enthält, dann das neue in der { noun-administration } auswählen.
                [group] In die Reihenfolge der Kurven P-256 und P-384 (NistP256, NistP384) aufnehmen.
                [signature] In TLS 1.2 auch Signaturen mit rsa_pkcs1_sha256 zulassen.
                [newer] In die Reihenfolge der Kurven P-256 und P-384 (NistP256, NistP384) aufnehmen und Signaturen mit rsa_pkcs1_sha256 zulassen.
               *[version] Für Port 5061 neben TLS 1.3 auch TLS 1.2 einschalten, mit TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 und TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.
            }
        }
        @network Steht vor Port 5061 eine Firewall, ein Proxy oder ein Load-Balancer: TLS 1.2 dort behandeln lassen wie TLS 1.3, oder Port 5061 davon ausnehmen.
    .what = Die zweite Verbindung zu einer Adresse macht xfed so, wie Windows Server 2016 sie machen würde: in TLS 1.2, mit ECDHE und AES, den Kurven P-256 und P-384 und Signaturen ohne RSA-PSS. Ihr erging es anders als der ersten, und zwar jedes Mal; es ist also kein Zufall. Eine dritte Verbindung bietet alle Suites von Windows Server 2016 an, auch DHE, CBC und RSA-Schlüsselaustausch; wird sie abgewiesen, fragt xfed von Hand, ob es einer kürzeren Nachricht ebenso ergeht und einer ohne DHE. Einen Server, dessen Zertifikat einen Schlüssel auf einer elliptischen Kurve hat, fragt einmal ein Client, der nur RSA-Schlüssel verwenden kann; bekommt der ein anderes Zertifikat, vergleicht xfed auch alles Weitere, und bei einem Unterschied ein zweites Mal.
    .why = Die meisten Gegenseiten sind Skype for Business oder XPhone auf Windows Server 2016 oder 2019, und die kennen weder TLS 1.3 noch die neueren Verfahren. Wo der Server nichts anderes hat, kommt keine von ihnen herein und Teams kaum, denn für SIP nennt Microsoft dort nur Verfahren von TLS 1.2: TLS 1.3 allein ist also ein Fehler. Wo RSA-PSS verlangt ist, kommen neuere Windows-Versionen herein; wo es X25519 ist, alle mit ihrer eigenen Reihenfolge der Kurven; wo es CBC ist, die meisten; wo es RSA-Schlüsselaustausch oder DHE ist, alle, nur Teams nicht: Das ist eine Warnung. Wo der Server keinen Grund nennt oder abgelehnt haben kann, weil er kein Zertifikat sah, bleibt das Urteil offen.
    .mend = openssl s_client -connect <FQDN>:5061 -servername <FQDN> -tls1_2 -cipher ECDHE+AESGCM -groups P-256:P-384 zeigt, was sie antreffen. Unter Windows stehen TLS 1.2 und die Reihenfolge der Verfahren und Kurven in der Registrierung und in der Gruppenrichtlinie „SSL-Konfigurationseinstellungen“.
    .source = Microsoft, TLS-Versionen, Verfahren und Kurven von Schannel; RFC 8446, Anhang D

tls-needs-server-name = Wer sich verbindet, ohne den Server zu nennen (SNI), { $how ->
    [alert] wird abgelehnt (Alert { $detail })
    [closed] wird getrennt
    [silent] bekommt keine Antwort
    [plain] bekommt eine Antwort im Klartext („{ $detail }“)
    [misbehaved] bekommt eine Antwort mit etwas, das nicht angeboten war
   *[other] trifft etwas anderes an ({ $codes })
}, obwohl der Server die bedient, die ihn nennen. Erwartet wird für alle dasselbe.
    .headline = { $how ->
        [other] ohne Servernamen (SNI) antwortet etwas anderes
       *[refused] Partner ohne Servernamen (SNI) kommen nicht herein
    }
    .fix =
        @xphone-admin Das Zertifikat für jeden Namen an Port 5061 binden. Bei HTTP.sys: netsh http add sslcert ipport=0.0.0.0:5061 …, nicht hostnameport. In einem Proxy: { $server } für Port 5061 zur Vorgabe machen und abschalten, was auf SNI besteht (strict-sni in HAProxy, ssl_reject_handshake in nginx).
        @network Wählt etwas vor Port 5061 nach dem Servernamen aus: auch Verbindungen ohne Namen zum { noun-server } führen lassen.
    .what = In TLS kann ein Client den Server nennen, den er meint (SNI). Die erste Verbindung von xfed tut das, die zweite nicht. Verbindungen ohne Namen wurden anders behandelt, sooft überhaupt eine Antwort kam, solche mit Namen wie die erste.
    .why = Windows nennt den Server, wo immer ein Programm ihm einen Hostnamen gibt, .NET eingeschlossen; was der Edge von Skype for Business ihm gibt, ist nicht dokumentiert. OpenSIPS nennt keinen, wenn es nicht so eingerichtet ist, andere Programme des Fachs ebenso wenig. Auf Port 5061 gibt es ohnehin nur einen Server, für die Auswahl braucht es den Namen also nicht. Weil die meisten Gegenseiten ihn schicken: eine Warnung.
    .mend = openssl s_client -connect <FQDN>:5061 -noservername zeigt, was sie antreffen.
    .source = RFC 6066, Abschnitt 3; Issues 17427 von dotnet/corefx, 81590 von dotnet/runtime, 3529 von OpenSIPS/opensips

tls-refuses-long-hello = { $how ->
    [full-size] Pakete in voller Größe kommen nicht an: Ein Hello in solchen Paketen bekam zweimal keine Antwort, dasselbe in kleinen Paketen wurde bedient. Wo sie verloren gehen, auf unserem Weg oder vor dem Server, ließ sich nicht prüfen; Partner brauchen sie, um ihr Zertifikat zu zeigen. Erwartet wird, dass Pakete jeder Größe ankommen.
    [other] Wessen Hello zwei TCP-Segmente braucht, der kommt jedes Mal woanders an; passt es in eines, erreicht er den Server. { $certified_count ->
        [0] Das Zertifikat ist dort dasselbe, was folgt, ist es nicht
       *[other] Das Zertifikat dort ist für { $certified }
    } ({ $codes }). Erwartet wird, dass beide ihn erreichen.
   *[refused] Wessen Hello zwei TCP-Segmente braucht, { $how ->
        [alert] der wird jedes Mal abgelehnt (Alert { $detail })
        [closed] der verliert jedes Mal die Verbindung
        [plain] der bekommt jedes Mal eine Antwort im Klartext („{ $detail }“)
        [misbehaved] der bekommt jedes Mal, was er nicht angeboten hat
       *[silent] der bekommt nie eine Antwort
    }; passt es in eines, wird er bedient. Erwartet wird, dass beide bedient werden.
}
    .headline = { $how ->
        [full-size] Pakete in voller Größe gehen unterwegs verloren
        [other] Partner mit langem Hello (ML-KEM) landen woanders
       *[refused] Partner mit langem Hello (ML-KEM) kommen nicht herein
    }
    .fix = { $how ->
        [full-size] @network { $server } aus einem anderen Netz prüfen, ohne VPN. Ist es dort ebenso, gehen die Pakete vor dem Server verloren: ICMP „fragmentation needed“ (bei IPv6 „packet too big“) durch die Firewall lassen und die Segmentgröße auf den Weg begrenzen (MSS-Clamping, an DSL-Anschlüssen zum Beispiel 1452 Byte).
        [other]
        @network Suchen, was vor Port 5061 von { $server } nach dem Servernamen wählt: ein Lastverteiler, ein Router nach SNI, eine Firewall. Es liest nur das erste Paket und leitet ein längeres Hello an sein Standardziel. Es aktualisieren oder den { noun-server } zum Standardziel für Port 5061 machen.
        @xphone-admin Antwortet auf Port 5061 ein Proxy mit mehreren Namen: ihn aktualisieren oder { $server } zu seinem Standard machen.
       *[refused]
        @network Suchen, was vor Port 5061 von { $server } in TLS hineinschaut: eine Firewall, ein Angriffsschutz (IPS), ein Lastverteiler oder ein Filter nach Servernamen, der das ganze ClientHello im ersten Paket haben will. Es aktualisieren oder Port 5061 davon ausnehmen.
        @xphone-admin Antwortet auf Port 5061 ein Proxy: ihn aktualisieren. Er nimmt TLS vor dem { noun-server } an.
    }
    .what = Das Hello, mit dem TLS beginnt, kann länger sein, als ein TCP-Segment fasst (rund 1400 Byte), und kommt dann in zweien an. xfed schickt das seiner zweiten Verbindung in zwei Segmenten. Wird das abgewiesen, schickt es dasselbe in einem und ein langes: das kurze wurde bedient, das lange nicht, zweimal. Außerdem schickt es ein langes am Stück, in so großen Paketen, wie der Weg sie trägt; bekommt das keine Antwort und dasselbe in kleinen Paketen doch, gehen die großen verloren. Ein langes kann auch woanders ankommen: Dann war das jedes Mal so, und mit den kurzen dazwischen nie.
    .why = Mit dem Schlüsselaustausch X25519MLKEM768 hat ein Hello 1500 bis 1800 Byte. OpenSSL schickt es seit Version 3.5 so, Chrome und Firefox auch, Windows steht davor. Von diesen Gegenseiten kommt keine herein, oder sie landet woanders und sieht ein fremdes Zertifikat. Skype for Business und XPhone auf den heutigen Windows-Servern schicken ein kurzes Hello und werden bedient: eine Warnung. Pakete in voller Größe braucht dagegen jeder, der ein Zertifikat zeigt: Gehen sie verloren, verbinden sich Partner und hören dann nichts mehr. Ob das auch auf deren Weg so ist, ist von hier aus nicht zu sehen.
    .mend = Firewall, IPS oder Proxy vor Port 5061 aktualisieren oder den Port von der Inspektion ausnehmen. Zum Nachprüfen schickt openssl s_client -connect <FQDN>:5061 -servername <FQDN> ab OpenSSL 3.5 ein langes Hello, mit -groups X25519 ein kurzes. Für Pakete in voller Größe: ping -f -l 1472 <FQDN> unter Windows, ping -M do -s 1472 <FQDN> unter Linux, wo Ping beantwortet wird.
    .source = https://tldr.fail; RFC 8446, Abschnitte 4.1.2 und 5.1; RFC 2923, Abschnitt 2.1; draft-ietf-tls-ecdhe-mlkem

tls-message-too-long = { $what ->
    [certificates] Die { $count } Zertifikate, die der Server schickt, brauchen mehr als 32 KiB
    [authorities] Die Forderung des Servers nach einem Client-Zertifikat braucht mehr als 32 KiB, durch ihre Liste von Zertifizierungsstellen
   *[other] Eine Nachricht im Handshake des Servers braucht mehr als 32 KiB
}. Windows und Java brechen dabei ab, wenn niemand sie anders eingestellt hat; OpenSSL und GnuTLS vertragen um die 100 KiB. Erwartet { $what ->
    [certificates] werden sein eigenes Zertifikat und die Zwischenzertifikate darüber, zusammen wenige KiB.
   *[other] werden wenige KiB.
}
    .headline = der Handshake ist für Windows zu lang
    .fix = { $what ->
        [certificates] Den Server nur sein eigenes Zertifikat und die Zwischenzertifikate darüber schicken lassen. Auf dem { noun-server } die übrigen im Computerspeicher „Zwischenzertifizierungsstellen“ löschen (certlm.msc), dann das Zertifikat in der { noun-administration } neu auswählen. Antwortet auf Port 5061 ein Proxy: sie aus dessen Zertifikatsdatei löschen. Hat das Zertifikat Hunderte Namen: eines für genau { $server } bestellen.
        [authorities] Die Liste der Zertifizierungsstellen kürzen, die der Server für Client-Zertifikate nennt. Auf dem { noun-server } (Windows) die Stammzertifikate löschen, die niemand braucht, oder die Liste abschalten (Registry SCHANNEL, SendTrustedIssuerList 0). Bei einem Proxy auf Port 5061: eine kürzere Datei mit CA-Zertifikaten.
       *[other] Das Programm, das auf Port 5061 antwortet, im Handshake weniger schicken lassen.
    }
    .what = Eine Nachricht des TLS-Handshakes ist länger, als Windows und Java lesen, wenn niemand sie anders eingestellt hat: 32 KiB. Es ist die mit den Zertifikaten oder die Forderung nach einem des Clients.
    .why = Die meisten Gegenseiten laufen unter Windows. Deren Handshake endet dort, wie gut der Server sonst auch sei; Werkzeuge mit OpenSSL zeigen keinen Fehler.
    .mend = Ein Server braucht sein eigenes Zertifikat und ein oder zwei Zwischenzertifikate, zusammen 3 bis 6 KiB. Was darüber ist, kommt von einem ganzen Bündel in seiner Datei oder seinem Speicher oder von einem Zertifikat mit sehr vielen Namen.
    .source = Microsoft, TLS registry settings, Messaging; gemessen mit Java 25, OpenSSL 3.0 und GnuTLS 3.7

tls-short-prime = Von allem, was Windows in TLS 1.2 anbietet, bevorzugt der Server { $cipher }, mit einer Primzahl von { $bits } Bit. { $who ->
    [all] Windows, OpenSSL, GnuTLS und Java brechen unter 1024 Bit ab
    [windows] Windows bricht unter 1024 Bit ab; nur Gegenseiten mit TLS 1.3 kommen herein
   *[some] OpenSSL bricht unter 2048 Bit ab, auf Debian und Ubuntu und ab Version 3.2 überall; Windows kommt herein
}. Erwartet wird ECDHE an erster Stelle oder eine Primzahl von 2048 Bit.
    .headline = der Server bevorzugt DHE mit kurzer Primzahl
    .fix =
        @xphone-admin Auf dem { noun-server } TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 und TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 vor alle anderen setzen (Gruppenrichtlinie „Reihenfolge der SSL-Verschlüsselungssammlungen“), neu starten.
        @network Antwortet auf Port 5061 ein Proxy: in dessen Cipher-Liste ECDHE vor DHE setzen, oder ihm eine Primzahl von 2048 Bit geben (nginx: ssl_dhparam, HAProxy: tune.ssl.default-dh-param 2048).
    .what = In TLS 1.2 wählt der Server unter dem, was der Client anbietet. Dieser nimmt Diffie-Hellman über endlichen Körpern (DHE), obwohl er Clients bedient, die nur Kurven (ECDHE) anbieten, und seine Primzahl ist kurz.
    .why = Kurze Primzahlen lassen sich brechen. Deshalb brechen Clients ab, statt zu nehmen, was ihnen lieber wäre: Sie fragen nicht noch einmal. Welche das tun, hängt von der Länge ab.
    .mend = Am besten steht ECDHE vorn; dann ist die Primzahl gleichgültig. Parameter von 2048 Bit erzeugt: openssl dhparam -out dh.pem 2048.
    .source = RFC 9325, Abschnitt 4.2; gemessen mit OpenSSL 3.0, GnuTLS 3.7 und Java 25

tls-refused-by-some = { $what ->
    [unasked] In TLS 1.2 schickt der Server die Erweiterung { $extension } auch an Clients, die nicht darum gebeten haben. Wer nicht gebeten hat, muss dann auflegen (Alert unsupported_extension): So verhalten sich Programme mit OpenSSL (Kamailio, OpenSIPS, FreeSWITCH), die von sich aus um keine angeheftete OCSP-Antwort bitten, und auch unter Windows bitten die meisten Programme nicht darum
    [other-session] Die Antwort des Servers in TLS 1.3 trägt eine andere Sitzungskennung als die Frage von xfed. OpenSSL, wie Kamailio und andere es verwenden, legt da auf; andere Gegenseiten machen weiter
    [named-request] In der Anforderung eines Client-Zertifikats steht ein Servername (SNI), der dort nichts zu suchen hat. OpenSSL, wie Kamailio und andere es verwenden, legt da auf; andere Gegenseiten machen weiter
    [unreadable-authority] Unter den Ausstellern, deren Client-Zertifikate der Server annimmt, ist einer, der gar kein Name ist. OpenSSL, wie Kamailio und andere es verwenden, legt da auf; andere Gegenseiten machen weiter
    [empty-authorities] Die Liste der Aussteller, deren Client-Zertifikate der Server annimmt, ist da und leer. GnuTLS legt da auf; andere Gegenseiten machen weiter
   *[legacy-version] Die Antwort des Servers in TLS 1.3 nennt sich im alten Versionsfeld nicht TLS 1.2. GnuTLS legt da auf; andere Gegenseiten machen weiter
}. Erwartet wird ein Handshake, den jede Gegenseite annimmt.
    .headline = { $what ->
        [unasked] Gegenseiten lehnen den TLS-Handshake ab: Eine Erweiterung kommt ungebeten
       *[other] manche Gegenseiten lehnen den TLS-Handshake ab
    }
    .fix = { $what ->
        [unasked]
            @network Endet TLS auf Port 5061 an einem Load Balancer, Proxy oder einer Inspektion: dort OCSP-Stapling abschalten und das Gerät aktualisieren; oder TCP 5061 geradewegs zum { noun-server } weiterleiten.
            @xphone-admin Steht nichts dazwischen: auf dem { noun-server } die Updates des Systems installieren und prüfen, welches Programm Port 5061 hält (netstat -abno, als Administrator). Zum Nachsehen: openssl s_client -tls1_2 -connect { $server }:5061; es scheitert mit "unsolicited extension".
       *[other]
            @network Antwortet auf Port 5061 eine Firewall, ein Proxy oder eine Inspektion: aktualisieren oder Port 5061 davon ausnehmen.
            @xphone-admin Auf dem { noun-server } die Updates des Systems installieren.
    }
    .what = TLS 1.3 wiederholt einige Felder von TLS 1.2, damit alte Geräte auf dem Weg es durchlassen. Dieser Server, oder was davorsteht, füllt sie falsch aus. Oder er schickt eine Erweiterung, um die niemand gebeten hat: Kommen darf nur, worum der Client bat. xfed bittet in allen Verbindungen bis auf eine um eine angeheftete OCSP-Antwort.
    .why = Die Bibliotheken prüfen davon nicht alle dasselbe. Gegenseiten mit einer strengen werden abgewiesen, die übrigen merken nichts. Eine Erweiterung, die ungebeten kommt, muss jeder Client ablehnen, der nicht darum bat, und die meisten bitten nicht um eine angeheftete Antwort; daher ein Fehler.
    .mend = Es ist ein Fehler des Programms, das dort TLS spricht: es aktualisieren oder ein anderes antworten lassen.
    .source = RFC 8446, Abschnitte 4.1.3 und 4.2; RFC 5246, Abschnitt 7.4.1.4

tls-sha1-signature = Der Server signiert den TLS-Handshake mit SHA-1 (er wählte TLS 1.2 mit { $cipher }), erwartet wird SHA-256 oder besser. Heutige TLS-Bibliotheken lehnen das ab; Windows macht es noch mit.
    .headline = Server signiert den TLS-Handshake mit SHA-1
    .fix = @xphone-admin Das Zertifikat mit privatem Schlüssel noch einmal importieren, in einen Schlüsselspeicheranbieter (certutil -importpfx -csp "Microsoft Software Key Storage Provider" Datei.pfx), und in der { noun-administration } neu auswählen.
    .what = In TLS 1.2 signiert der Server seinen Teil des Handshakes mit dem Schlüssel seines Zertifikats. Einen Client, der nur SHA-2 anbietet, lehnte er ab; für einen, der auch SHA-1 anbietet, signierte er mit SHA-1.
    .why = OpenSSL 3 und die meisten Bibliotheken bieten SHA-1 nicht mehr an; solche Gegenseiten bekommen einen Alert. Mit der Signatur des Zertifikats selbst hat das nichts zu tun: Der private Schlüssel liegt in einem alten Kryptografiedienstanbieter (CSP), der SHA-2 nicht kann.
    .mend = Den Schlüssel in einen Schlüsselspeicheranbieter (KSP) bringen, durch einen neuen Import oder ein neues Zertifikat. certutil -store -v MY zeigt den Anbieter jedes Schlüssels.
    .source = RFC 9155; RFC 5246, Abschnitt 7.4.1.4.1

tls-key-unproven = Der Server zeigte ein Zertifikat; ob er dessen privaten Schlüssel hat ({ $key }), war nicht zu prüfen: { $by ->
    [exchange] Beim RSA-Schlüsselaustausch zeigt sich das erst am Ende des Handshakes, und xfed kann diesen Schlüsselaustausch nicht. Erwartet wird ECDHE, das mit dem Schlüssel des Zertifikats signiert ist
   *[signature] Eine solche Signatur kann xfed nicht prüfen. Erwartet wird eine Signatur mit dem Schlüssel des Zertifikats
}.
    .headline = ob der Server seinen Schlüssel hat, war nicht zu sehen
    .fix = Mit openssl s_client prüfen, das es prüfen kann. Damit es hier geprüft werden kann: { $by ->
        [exchange] ECDHE mit AES-GCM einschalten.
       *[signature] ein Zertifikat für genau { $server } mit RSA-Schlüssel (2048 oder 3072 Bit) bestellen.
    }
    .what = Ein Zertifikat ist öffentlich: Zum eigenen des Servers macht es der private Schlüssel, mit dem er den Handshake signiert. Diese Signatur kam nicht, oder sie ist von einer Art, die xfed nicht prüfen kann.
    .why = Ohne diesen Nachweis könnte jeder das Zertifikat zeigen; das Urteil bleibt also offen.
    .mend = Nichts, wenn openssl s_client den Handshake mit dem Server abschließt. Ein Zertifikat mit RSA-Schlüssel verstehen alle Gegenseiten.
    .source = RFC 8446, Abschnitt 4.4.3; RFC 5246, Abschnitt 7.4.3

tls-no-secure-renegotiation = Der Server antwortet in TLS 1.2 nicht auf die sichere Neuverhandlung (RFC 5746). Erwartet wird die Erweiterung renegotiation_info. Clients mit OpenSSL 3 brechen dann ab.
    .headline = sichere Neuaushandlung (RFC 5746) fehlt
    .fix =
        @xphone-admin Auf dem { noun-server }: alle Windows-Updates installieren; die sichere Neuverhandlung ist seit 2010 dabei (KB980436).
        @network Steht ein Proxy oder eine Firewall mit TLS-Inspektion vor Port 5061: sie aktualisieren oder Port 5061 ausnehmen.
    .what = xfed sagt in seiner ersten Nachricht, dass es die sichere Neuverhandlung kennt. Ein Server, der sie auch kennt, antwortet das in seinem ServerHello. Dieser tut es nicht.
    .why = Ohne sie könnte jemand dazwischen den Worten eines Clients eigene voranstellen. Deshalb lehnt OpenSSL 3 (Kamailio, OpenSIPS, FreeSWITCH) solche Server von sich aus ab: „unsafe legacy renegotiation disabled“. Andere machen weiter.
    .mend = Windows, OpenSSL und Java haben sie seit 2010; ein Server ohne sie ist sehr alt, oder etwas Altes steht davor. Mit TLS 1.3 stellt sich die Frage nicht.
    .source = RFC 5746, Abschnitt 3.6

tls-over-limit = { $what ->
    [answer] Der Server hat auf OPTIONS mehr als { $limit } KiB gesendet, ohne einen endgültigen SIP-Status darin
    [certificates] Die Zertifikate, die der Server sendet, sind länger als die { $limit } KiB, die xfed liest
    [authorities] Die Liste der CAs, deren Client-Zertifikate der Server annimmt, ist länger als die { $limit } KiB, die xfed liest
   *[handshake] Eine Nachricht im Handshake des Servers ist länger als die { $limit } KiB, die xfed liest
}. Was danach kommt, war nicht zu prüfen.
    .headline = Server sendet mehr, als xfed liest
    .fix = { $what ->
    [answer] Nachsehen, welches Programm auf Port 5061 antwortet (netstat -abno, als Administrator). XPhone beantwortet OPTIONS mit weniger als einem KiB.
    [certificates] Den Server nur sein eigenes Zertifikat und die Zwischenzertifikate darüber senden lassen.
    [authorities] Auf dem { noun-server }: den Registry-Wert SendTrustedIssuerList = 0 unter HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL setzen (Ereignis 36885) oder den Speicher der vertrauenswürdigen Stammzertifizierungsstellen aufräumen.
   *[handshake] Den Server nur sein eigenes Zertifikat und die Zwischenzertifikate darüber senden lassen. Verlangt er Client-Zertifikate: die Liste der CAs kürzen, die er dafür nennt.
}
    .what = Eine Nachricht des Handshakes oder die Antwort auf OPTIONS ist größer, als xfed liest (64 KiB einer Nachricht, 256 KiB einer Verbindung). Das ist eine Grenze von xfed und kein Urteil über den Server.
    .why = So viel braucht niemand: Meist wird ein halber Zertifikatspeicher mitgesendet oder eine Liste mit Hunderten CAs. Manche Programme der Gegenseiten machen das mit, andere haben Grenzen wie xfed; Windows kürzt seine eigene Liste der CAs bei 16 KB.
    .mend = Nur das Serverzertifikat und die Zwischenzertifikate senden. Unter Windows den Speicher der vertrauenswürdigen Stammzertifizierungsstellen aufräumen oder die Liste der CAs nicht mehr senden (Registry-Wert SendTrustedIssuerList = 0 unter SCHANNEL). Dann die Prüfung wiederholen.
    .source = RFC 8446, Abschnitt 4.4.2; RFC 5246, Abschnitt 7.4; Microsoft KB2464556

mtls-not-requested = { $how ->
    [later] Der Server hat im Handshake kein Client-Zertifikat verlangt. Er bat um einen zweiten Handshake (Renegotiation), in dem er eines verlangen mag; den macht xfed nicht mit, die Anforderung war also nicht zu sehen. Erwartet wird sie im ersten Handshake (MTLS).
    [tls12] In TLS 1.3 verlangt der Server im Handshake kein Client-Zertifikat, in TLS 1.2 schon. So machen es Server, die erst danach fragen (Post-Handshake-Authentifizierung), was xfed nicht anbietet. Erwartet wird die Anforderung im Handshake jeder Version (MTLS).
   *[never] Der Server verlangt kein Client-Zertifikat, erwartet wird, dass er eines verlangt (MTLS).
}
    .headline = kein Client-Zertifikat verlangt (MTLS)
    .fix =
        { $how ->
            [later] @xphone-admin Nachsehen, ob auf Port 5061 XPhone selbst antwortet oder IIS (HTTP.sys), mit netstat -abno als Administrator. Bei einer Bindung von HTTP.sys fragt der Server schon im ersten Handshake, wenn sie mit netsh http add sslcert … clientcertnegotiation=enable angelegt ist.
            [tls12] @xphone-admin Was Port 5061 belegt (netstat -abno, als Administrator), auch in TLS 1.3 das Zertifikat im Handshake verlangen lassen; bei HTTP.sys: netsh http add sslcert … clientcertnegotiation=enable. Oder ihm nur TLS 1.2 lassen.
           *[never] @xphone-admin Prüfen, ob auf Port 5061 XPhone selbst antwortet.
        }
        @network TCP 5061 direkt an den { noun-server } leiten, ohne Proxy, der TLS beendet.
    .partner =
        @partner Prüfen, ob auf TCP 5061 der Federation-Dienst selbst antwortet und kein Proxy, der TLS beendet. { $how ->
            [later] Antwortet HTTP.sys: Angelegt mit netsh http add sslcert … clientcertnegotiation=enable fragt es schon im ersten Handshake.
            [tls12] In TLS 1.3 muss er das Zertifikat im Handshake verlangen, nicht danach.
           *[never] {""}
        }
    .what = Der TLS-Handshake gelang, ohne dass der Server ein Client-Zertifikat verlangte. XPhone und Skype for Business verlangen immer eines.
    .why = Womöglich antwortet also nicht XPhone, sondern davor ein Proxy oder Load-Balancer, der TLS beendet. Dann sieht XPhone das Zertifikat der Gegenseite nicht und kann es nicht prüfen. Manche Windows-Dienste fragen erst später (Renegotiation), was xfed nicht mitmacht: daher nur eine Warnung.
    .mend = TCP 5061 direkt an den XPhone-Server leiten, ohne Reverse-Proxy. In der XPhone-Administration prüfen, ob Federation aktiv und an diesen Port gebunden ist.
    .source = Leitfaden XPhone-Federation, Kapitel 6 und 7; RFC 8446, Abschnitt 4.3.2

mtls-unanswerable = Der Server verlangt ein Client-Zertifikat, nimmt aber { $what ->
    [none] kein Signaturverfahren an, das heute in Gebrauch ist
    [types] nur Zertifikate vom Typ { $schemes } an
    [types-neither] { $schemes_count ->
        [0] Zertifikate keines einzigen Typs an
       *[other] nur Zertifikate vom Typ { $schemes } an
    }
    [authorities] nach eigenen Worten nur solche von { $schemes_count ->
        [0] einem leeren Namen
       *[other] { $schemes }
    } an, keiner CA, von der Gegenseiten Zertifikate haben
    [issuer] nach eigenen Worten nur solche von { $schemes } an, wie sein eigenes eines ist
    [one] nach eigenen Worten von den öffentlichen CAs nur solche von { $schemes } an
    [own] nach eigenen Worten nur solche von { $schemes } an, und das ist sein eigenes Zertifikat und keine CA
   *[other] Signaturen des Clients nur in { $schemes } an
}{ $what ->
    [none] ; kaum eine Gegenseite kann dort ihr Zertifikat zeigen
    [old] . Die sind aufgegeben: Keine Gegenseite mit OpenSSL 3, wie Kamailio und andere, kann dort ihr Zertifikat zeigen
    [authorities] . Gegenseiten mit Windows wählen danach aus und zeigen keines; andere zeigen ihres und werden womöglich abgewiesen
    [issuer] . Gegenseiten mit dem Zertifikat einer anderen CA kommen nicht weiter: Die mit Windows wählen nach der Liste aus und zeigen keines, andere zeigen eines, das womöglich abgewiesen wird
    [one] . Gegenseiten mit dem Zertifikat einer anderen CA kommen nicht weiter: Die mit Windows wählen nach der Liste aus und zeigen keines, andere zeigen eines, das womöglich abgewiesen wird
    [own] . Niemand sonst hat eines: Gegenseiten mit Windows wählen nach der Liste aus und zeigen keines, andere zeigen eines, das womöglich abgewiesen wird
    [types] . Programme, die nach dem Typ auswählen, wie die in Java, zeigen dort kein Zertifikat mit RSA-Schlüssel, wie Microsoft und die meisten anderen es haben; OpenSSL zeigt es trotzdem
    [types-neither] . Programme, die nach dem Typ auswählen, wie die in Java, zeigen dort keines, gleich mit welchem Schlüssel; OpenSSL zeigt es trotzdem
    [sha224] . Windows hat keines davon, und GnuTLS legt auf: Keine Gegenseite mit Windows kann dort ihr Zertifikat zeigen
    [unusable] . So kann heute weder ein RSA- noch ein ECDSA-Schlüssel signieren, und andere haben Zertifikate öffentlicher CAs nicht: Keine Gegenseite kann dort ihr Zertifikat zeigen
    [pss] . Windows Server 2016 hat keines davon für RSA-Schlüssel: Gegenseiten damit können kein Zertifikat mit einem solchen zeigen, wie Microsoft und die meisten anderen es haben
    [eddsa] . Solche Schlüssel haben keine Zertifikate öffentlicher CAs, und Windows kann nichts damit anfangen: Keine Gegenseite kann dort ihr Zertifikat vorzeigen
   *[no-rsa] . Ein Zertifikat mit RSA-Schlüssel, wie Microsoft und die meisten anderen es haben, lässt sich dort nicht zeigen
}. { $what ->
    [types] Erwartet wird, dass rsa_sign dabei ist.
    [types-neither] Erwartet wird, dass rsa_sign und ecdsa_sign dabei sind.
    [pss] Erwartet wird, dass rsa_pkcs1_sha256 dabei ist.
    [authorities] Erwartet wird gar kein Name, oder dass öffentliche CAs dabei sind.
    [issuer] Erwartet wird gar kein Name, oder dass die anderen öffentlichen CAs dabei sind.
    [one] Erwartet wird gar kein Name, oder dass die anderen öffentlichen CAs dabei sind.
    [own] Erwartet wird gar kein Name, oder dass öffentliche CAs dabei sind.
   *[other] Erwartet wird, dass rsa_pkcs1_sha256 oder rsa_pss_rsae_sha256 dabei ist.
}
    .headline = kaum ein Client-Zertifikat ist vorzeigbar (MTLS)
    .fix =
        { $what ->
            [authorities] @xphone-admin Den Server keine Liste von CAs schicken lassen: in Windows SendTrustedIssuerList = 0 unter HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL; in anderen Programmen neben der eigenen auch die öffentlichen CAs nennen oder keine. Dann neu starten.
            [issuer] @xphone-admin Dem Server als CAs, deren Client-Zertifikate er annimmt, alle öffentlichen geben (außer in Windows meist die Datei ca-certificates.crt des Systems) statt seiner eigenen Kette. Dann neu starten.
            [one] @xphone-admin Den Server keine Liste von CAs schicken lassen: in Windows SendTrustedIssuerList = 0 unter HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL; in anderen Programmen ihm alle öffentlichen CAs geben (meist die Datei ca-certificates.crt des Systems). Dann neu starten.
            [own] @xphone-admin Dem Server als CAs, deren Client-Zertifikate er annimmt, alle öffentlichen geben (außer in Windows meist die Datei ca-certificates.crt des Systems) statt seines eigenen Zertifikats. Dann neu starten.
            [types] @xphone-admin Den Server auch Client-Zertifikate mit RSA-Schlüssel annehmen lassen (Zertifikatstyp rsa_sign). Dann neu starten.
            [types-neither] @xphone-admin Den Server Client-Zertifikate mit RSA- und mit ECDSA-Schlüssel annehmen lassen (Zertifikatstypen rsa_sign und ecdsa_sign). Dann neu starten.
           *[other] @xphone-admin RSA mit SHA-256 und SHA-384 für TLS wieder einschalten: in Windows, was Gruppenrichtlinie und Registry unter Cryptography\Configuration\Local\SSL\00010003 (Functions) vorgeben; in anderen Programmen die Liste der Signaturverfahren für Client-Zertifikate. Dann neu starten.
        }
        @network Prüfen, dass vor Port 5061 kein Proxy steht, der TLS beendet; womöglich zählt dessen Liste.
    .partner = @partner Den Server auf TCP 5061 Client-Signaturen mit RSA und SHA-256 annehmen lassen (rsa_pkcs1_sha256, rsa_pss_rsae_sha256).
    .what = In seiner Anforderung eines Client-Zertifikats nennt ein Server die Signaturverfahren, die er annimmt, in TLS 1.2 die Typen von Zertifikaten und womöglich die CAs. Ein Client, der nichts davon hat, muss ohne Zertifikat weitermachen.
    .why = Federation beruht darauf, dass beide Seiten ein Zertifikat zeigen (MTLS). Wer das nicht kann, wird abgewiesen, und sein Protokoll sagt nur, dass die andere Seite abgelehnt hat.
    .mend = Den Server mindestens RSA mit SHA-256 nennen lassen. openssl s_client zeigt die Liste als „Requested Signature Algorithms“.
    .source = RFC 5246, Abschnitt 7.4.4; RFC 8446, Abschnitt 4.3.2; RFC 9155

mtls-enforced = Der Server verlangt ein Client-Zertifikat und hat { $how ->
    [closed] die Verbindung geschlossen
   *[other] mit { $how } geantwortet
}, weil xfed keines hatte. Genau das wird erwartet.{ $authorities_count ->
    [0] {""}
   *[other] {" "}Er nennt die CAs, die er annimmt: { $authorities }{ $more ->
        [0] {""}
       *[other] {" "}und { $more } weitere
    }.
}
    .headline = Client-Zertifikat wird verlangt, wie es sein soll
    .what = Der Server verlangte ein Client-Zertifikat (MTLS) und wies xfed ab, weil es keines hatte: mit einem Alert oder, wie Windows oft, durch Schließen. Bei TLS 1.3 kommt die Absage erst nach dem Handshake.
    .why = Das ist ein gutes Zeichen: So behandelt XPhone jeden, der sich nicht ausweisen kann. Der Preis: Das SIP dahinter war nicht zu sehen.
    .mend = Nichts zu tun. Um auch SIP zu sehen, xfed ein Zertifikat geben, das eine Gegenseite annähme: --client-cert und --client-key.
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 8446, Abschnitte 4.3.2 und 4.4.2.4

mtls-certificate-refused = Der Server hat das Zertifikat aus --client-cert abgelehnt, erwartet wird, dass er es annimmt. Seine Antwort: { $how ->
    [closed] Verbindung geschlossen
    [later] Verbindung geschlossen statt einer Antwort auf OPTIONS, ohne Alert. So lehnen in TLS 1.3 viele Dienste auf Windows ein Zertifikat ab; ein Proxy, der TLS beendet und keinen Dienst hinter sich hat, sieht genauso aus
   *[other] { $how }
}.{ $unsent_count ->
    [0] {""}
   *[other] {" "}In der Datei aus --client-cert fehlt das Zertifikat des Ausstellers darüber ({ $unsent }); xfed konnte es darum nicht mitschicken, und wer es nicht hat, findet keinen Weg zu einem Stammzertifikat.
}
    .headline = Server hat das Client-Zertifikat abgelehnt
    .fix = { $unsent_count ->
        [0] {""}
       *[other] Das Zertifikat von { $unsent } in der Datei aus --client-cert hinter das eigene setzen (die CA bietet es zum Herunterladen an, oft als „Intermediate“ oder „Fullchain“) und wiederholen. Wird es dann noch abgelehnt:{" "}
    }Mit einem heute gültigen Zertifikat einer öffentlichen CA wiederholen. Fehlt ihm clientAuth: mit einem wiederholen, das es hat; Gegenseiten kann es ebenso ergehen.{ $how ->
        [later] {" "}Wird die Verbindung auch dann geschlossen, im Protokoll des Servers (unter Windows: Ereignisanzeige, System, Quelle Schannel) nach einem abgelehnten Zertifikat suchen. Steht dort keines, prüfen, ob auf Port 5061 XPhone selbst antwortet.
       *[other] {""}
    }
    .what = Der Server verlangte ein Client-Zertifikat, bekam das aus --client-cert und lehnte es ab. Den Grund nennt der Alert, wenn es einen gibt: unknown_ca (Aussteller), certificate_expired (Datum), unsupported_certificate (meist fehlt clientAuth). Manche schließen die Verbindung ohne ihn: in TLS 1.3 erst nach dem Handshake, statt OPTIONS zu beantworten.
    .why = Gleicht es den Zertifikaten der Gegenseiten, werden auch sie abgelehnt. Ist es abgelaufen oder von einer privaten CA, hat der Server recht.
    .mend = Mit einem gültigen Zertifikat einer öffentlichen CA wiederholen, das clientAuth hat. Werden nur Zertifikate ohne clientAuth abgelehnt, ist der Server streng, und Gegenseiten mit Zertifikaten von 2026 kommen nicht hinein; dann im Schannel-Protokoll des Servers nachsehen. Ist dort der Aussteller unbekannt, Windows seine Stammzertifikate aktualisieren lassen.
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 8446, Abschnitt 6.2

sip-answered = Der Server beantwortet OPTIONS wie erwartet als SIP (jeder Statuscode beweist, dass SIP antwortet): { $status } { $reason }{ $diagnostics_count ->
    [0] {""}
   *[other] {" "}(ms-diagnostics: { $diagnostics })
}{ $authorities_count ->
    [0] {""}
   *[other] . Er nennt die CAs, die er annimmt: { $authorities }{ $more ->
        [0] {""}
       *[other] {" "}und { $more } weitere
    }.
}
    .headline = SIP antwortet
    .what = Der Server hat OPTIONS mit einer SIP-Statuszeile beantwortet. OPTIONS fragt nach Fähigkeiten und verändert nichts.
    .why = Jeder Status ist ein gutes Zeichen, auch 403 oder 404: Er beweist, dass hinter TLS ein SIP-Server mitliest. Den Absender kennt er nicht, eine Absage ist also natürlich.
    .mend = Nichts zu tun.
    .source = RFC 3261, Abschnitte 7.2 und 11

sip-not-answered = { $how ->
    [closed] Der Server hat die Verbindung geschlossen, statt OPTIONS zu beantworten
    [unfinished] Der Server hat eine Antwort auf OPTIONS begonnen und nicht beendet ({ $start_count ->
        [0] nicht einmal der erste Record war vollständig
       *[other] „{ $start }“
    })
    [unrelated] Der Server spricht SIP und hat OPTIONS nicht beantwortet: Was er schickte, gehört zu einer anderen Anfrage („{ $start }“)
   *[silent] Der Server hat OPTIONS in { $limit } nicht beantwortet (--timeout wartet länger)
}, erwartet wird eine SIP-Antwort. { $excused ->
    [yes] Ein Client-Zertifikat wurde verlangt, und xfed hatte keines: Das ist kein Fehler.
    [renegotiation] Er bat stattdessen um einen zweiten Handshake (Renegotiation), den xfed nicht mitmacht.
    [later] Vielleicht verlangt er erst dann ein Client-Zertifikat (Post-Handshake-Authentifizierung), was xfed nicht anbietet.
    [demanded] Ein Client-Zertifikat wurde verlangt, das erklärt es aber nicht.
   *[no] Ein Client-Zertifikat wurde nicht verlangt, daran liegt es also nicht.
}
    .headline = SIP war nicht zu sehen
    .fix = { $excused ->
        [demanded] Prüfen, ob auf Port 5061 XPhone selbst antwortet, ob es dort im Protokoll heißt, dass ein Zertifikat abgelehnt wurde, und ob keine Firewall SIP inspiziert (SIP-ALG).
       *[other] Verlangt der Server ein Client-Zertifikat: mit --client-cert und --client-key wiederholen. Wenn nicht: prüfen, ob auf Port 5061 XPhone selbst antwortet und keine Firewall SIP inspiziert (SIP-ALG).
    }
    .partner =
        @xphone-admin Wird ein Client-Zertifikat verlangt: mit dem Zertifikat des eigenen Servers wiederholen (--client-cert und --client-key).
        @partner Wird keines verlangt: prüfen, ob auf TCP 5061 der Federation-Dienst selbst antwortet und keine Firewall SIP inspiziert (SIP-ALG).
    .what = TLS kam zustande, auf OPTIONS kam aber keine Antwort: Schweigen, oder die Verbindung wurde geschlossen.
    .why = Verlangt der Server ein Client-Zertifikat und hatte xfed keines, ist das natürlich und nur ein Hinweis. Sonst ist es eine Warnung: Vielleicht lauscht dort etwas anderes als XPhone, oder eine Firewall inspiziert SIP und verschluckt die Anfrage.
    .mend = Mit --client-cert und --client-key wiederholen, um an MTLS vorbeizukommen. Bleibt es still, den XPhone-Dienst neu starten und in der Firewall SIP-ALG für Port 5061 abschalten.
    .source = Leitfaden XPhone-Federation, Kapitel 6; RFC 3261, Abschnitt 11

sip-unavailable = Der Server beantwortet OPTIONS mit SIP { $status } ({ $status ->
    [502] falsche Antwort von dahinter
    [504] keine Antwort von dahinter
   *[other] Dienst nicht verfügbar
}).{ $diagnostics_count ->
    [0] {""}
   *[other] {" "}(ms-diagnostics: { $diagnostics })
}
    .headline = SIP antwortet, dass der Dienst nicht verfügbar ist
    .fix = { $status ->
        [503] Einige Minuten warten und wiederholen. Bleibt es dabei: in der { noun-administration } prüfen, ob Federation aktiv ist, und den { noun-service } neu starten, wenn gerade niemand telefoniert.
       *[other] Prüfen, ob das, was auf dem Weg zum { noun-server } steht (SIP-Proxy, Session Border Controller), ihn erreicht, und ob der { noun-service } läuft. Dann wiederholen.
    }
    .what = Der Server spricht SIP, antwortet aber mit 503: Dienst zur Zeit nicht verfügbar. Oder mit 502 oder 504: Er reicht Anfragen weiter, und was dahinter steht, antwortet falsch oder gar nicht.
    .why = Anfragen der Gegenseite wird es wahrscheinlich ebenso ergehen. Oft startet der Dienst gerade, ist überlastet oder hat die Verbindung zu einem anderen Teil von XPhone verloren.
    .mend = Einige Minuten warten und wiederholen. Bleibt es dabei, den XPhone Connect Server neu starten und in der XPhone-Administration prüfen, ob Federation aktiv ist.
    .source = RFC 3261, Abschnitte 21.5.3 bis 21.5.5

sip-not-sip = TLS funktioniert, aber was OPTIONS beantwortet, ist kein SIP: { $form ->
    [binary] Bytes { $start }
   *[text] „{ $start }“
}. { $certified_count ->
    [0] {""}
   *[other] Sein Zertifikat ist auf { $certified } ausgestellt, der { noun-server } ist das also nicht.{" "}
}Erwartet wird eine SIP-Statuszeile wie SIP/2.0 200 OK.
    .headline = auf dem Port antwortet etwas anderes als SIP
    .fix =
        @xphone-admin Das Programm suchen, das Port 5061 belegt (netstat -abno, als Administrator), ihm einen anderen Port geben und Federation an 5061 binden.
        @network Prüfen, ob das Port-Forwarding zu Port 5061 des { noun-server }s führt.
    .partner =
        @partner Auf TCP 5061 von { $server } antwortet ein anderes Programm: ihm einen anderen Port geben und 5061 zum Federation-Dienst führen lassen.
    .what = TLS funktioniert, aber die Antwort auf OPTIONS ist kein SIP. Meist antwortet ein Webserver (IIS), der mit demselben Zertifikat an Port 5061 gebunden ist.
    .why = Zertifikat und TLS sehen richtig aus, darum wird der Fehler leicht übersehen. Die Gegenseite bekommt keine SIP-Antwort und meldet einen Fehlschlag.
    .mend = Auf dem XPhone-Server zeigt netstat -abno, welches Programm Port 5061 belegt; dessen Bindung entfernen und Federation dort binden. Ist es schon XPhone, das Ziel des Port-Forwardings berichtigen.
    .source = Leitfaden XPhone-Federation, Kapitel 6; RFC 3261, Abschnitt 7.2

## Jeder Schritt

nslookup-suffix = Auf diesem Rechner zeigt „{ $command }“ { $what ->
    [records] „{ $shown }“
    [error] { $rcode }
   *[nothing] „No answer“
}, weil es zuerst nach { $longer } fragt. Im DNS { $said_count ->
    [0] gibt es keinen Eintrag
   *[other] steht „{ $said }“
}. Das liegt an einem Suchsuffix dieses Rechners, nicht an der Domäne.
    .headline = nslookup sagt auf diesem Rechner etwas anderes
    .what = nslookup hängt an einen Namen, der nicht mit einem Punkt endet, die Suchsuffixe dieses Rechners an. Hier hat einer der längeren Namen eine Antwort; ein einfaches nslookup zeigt deshalb nicht, was im DNS steht. Damit xfed das sagen kann, hat es den Resolver dieses Rechners nach denselben längeren Namen gefragt; sonst wird danach nichts beurteilt.
    .why = Wer von Hand nachsieht, sieht eine andere Adresse oder einen anderen Record als xfed und die Gegenseiten und sucht einen Fehler, den es nicht gibt, oder übersieht einen, den es gibt.
    .mend = Den Namen mit einem Punkt beenden oder -nosearch angeben, wie in jedem Befehl, den xfed ausgibt. Soll der längere Name gar keine Antwort haben: in der Zone des Suffixes nach einem Wildcard-Eintrag suchen. Mit --resolver fragt xfed nicht nach Suffixen, und --redact lässt weg, was es gefunden hat.
    .source = Leitfaden XPhone-Federation, Kapitel 13

step-crashed = xfed ist im Schritt { $step } an einem eigenen Fehler gescheitert, erwartet wird ein Ergebnis. Die anderen Schritte gelten.
    .headline = xfed ist an einem eigenen Fehler gescheitert
    .fix = Die Prüfung wiederholen. Tritt es wieder auf: den Entwicklern von xfed melden, mit Domäne und Version (xfed --version).
    .what = Beim Beurteilen dieses Schritts ist xfed auf einen Fehler im eigenen Programm gestoßen. Die anderen Schritte sind nicht betroffen.
    .why = Über diesen Schritt ist dann nichts bekannt, weder Gutes noch Schlechtes; das Urteil bleibt offen, wenn nicht etwas anderes gescheitert ist.
    .mend = Mit der neuesten Version wiederholen. Tritt es wieder auf, mit Domäne, Version und Optionen melden; ein mit --format json gespeicherter Bericht hilft, nennt aber Hosts und Adressen.
    .source = xfed selbst

deadline-reached = Die Zeit für die ganze Prüfung war um, bevor dies geprüft war, erwartet wird eine rechtzeitige Antwort.
    .headline = die Zeit für die Prüfung war um
    .fix = Mit mehr Zeit wiederholen:
        > xfed check { $domain } --deadline 60s
    .what = Die ganze Prüfung einer Domäne hat eine Zeitgrenze, sonst 20 Sekunden. Sie war erreicht, bevor dies geprüft werden konnte.
    .why = Was nicht geprüft wurde, ist weder richtig noch falsch. Fehler, die bis dahin gefunden sind, gelten.
    .mend = Mit einem größeren --deadline wiederholen. Geschieht es jedes Mal, nachsehen, welcher Schritt langsam ist: Am meisten kosten schweigende Adressen und langsame Nameserver.
    .source = xfed selbst

## Mehrere Orte

place-here = diese Maschine
places-title = Von jedem Ort gesehen, wo sie sich unterscheiden
places-agree = Alle Orte sehen in jedem Schritt dasselbe.

place-failed = Von { $place } war nichts zu sehen: { $why ->
    [no-ssh] Das Programm ssh lässt sich hier nicht starten ({ $detail })
    [not-greeted] Die Anmeldung endete, bevor dort ein xfed antwortete ({ $detail })
    [silent] Dort antwortete innerhalb von { $detail } Sekunden kein xfed
    [newer] Das xfed { $detail } dort spricht so, wie es diese Version nicht versteht
    [late] Innerhalb von { $detail } Sekunden kam keine Antwort
    [broken] Die Antwort bricht ab oder ist nicht zu lesen ({ $detail })
    [too-often] Der Ort hat so viele Domänen angesehen, wie er darf, und sieht in { $detail } Sekunden wieder nach
    [too-many] Auf dieser Verbindung nimmt der Ort keine Anfrage mehr an
    [no-request] Das xfed dort versteht die Anfrage nicht ({ $detail })
    [uncounted] Der Ort kann nicht mitzählen, wie viele Domänen er ansieht
    [unresolved] Diese Maschine findet zu dem Namen keine Adresse
    [refused] An TCP-Port { $detail } lauscht dort nichts
    [no-way] Zu seinem TCP-Port { $detail } kommt keine Verbindung zustande
    [no-proxy] Durch den Proxy dieses Netzes kommt kein Weg zustande ({ $detail })
    [proxy-login] Der Proxy dieses Netzes verlangt eine Anmeldung ({ $detail })
    [proxy-refused] Der Proxy dieses Netzes führt niemanden dorthin ({ $detail })
    [proxy-kind] Der Proxy dieses Netzes spricht etwas anderes als HTTP ({ $detail })
    [no-tls] Was dort antwortet, spricht kein TLS
    [untrusted-issuer] Sein Zertifikat stammt von einem Aussteller, dem hier niemand vertraut
    [untrusted-name] Sein Zertifikat gilt für einen anderen Namen ({ $detail })
    [untrusted-date] Sein Zertifikat ist abgelaufen oder noch nicht gültig
    [untrusted] TLS mit ihm scheitert{ $detail ->
        [none] {""}
       *[other] {" "}({ $detail })
    }
    [no-token] Der Ort verlangt ein Token, und es wurde keines angegeben
    [wrong-token] Der Ort kennt das Token nicht
    [other-name] Unter diesem Namen lässt sich der Ort nicht ansprechen
    [no-place] Was dort antwortet, kennt die Anfrage nicht (/api/v1/probe)
    [redirected] Der Ort verweist an einen anderen ({ $detail })
    [http-status] Der Ort antwortet mit dem HTTP-Status { $detail }
    [too-fast] Der Ort hat so oft nachgesehen, wie er es für einen Client in einer Minute tut, und sieht in { $detail } Sekunden wieder nach
    [not-xfed] Was dort antwortet, ist kein xfed serve ({ $detail })
   *[unsettled] Die xfed.toml dort ist nicht zu gebrauchen
}. Erwartet wird, was von dort zu sehen ist. An der Domäne liegt es nicht.
    .headline = einer der Orte konnte nicht nachsehen
    .fix = { $why ->
        [no-ssh] Den OpenSSH-Client installieren, oder nur von dieser Maschine aus prüfen, ohne --via.
        [newer] Diese Version von xfed auch hier installieren.
        [broken] Wiederholen; bleibt es so, dort und hier die gleiche Version von xfed installieren.
        [no-request] Dort und hier die gleiche Version von xfed installieren.
        [late] Mit größerem --deadline wiederholen.
        [too-often] So lange warten, oder dort in der Zeile von authorized_keys --max-domains erhöhen.
        [uncounted] Dort das Konto in ~/.local/state/xfed schreiben lassen.
        [unsettled] Dort unter demselben Konto nachsehen, was nicht stimmt: xfed check { $domain }
        [unresolved] Prüfen, ob der Name richtig geschrieben ist und im DNS steht; mit nslookup danach fragen.
        [refused] Dort nachsehen, ob xfed serve läuft und lauscht, wo andere es erreichen (--listen 0.0.0.0:9533 mit --web-config), und seinen Port hinter dem Host nennen: --via https://HOST:9533
        [no-way] TCP { $detail } aus diesem Netz hinaus- und zu jener Maschine hineinlassen.
        [no-proxy] Prüfen, ob die Variable HTTPS_PROXY den Proxy und seinen Port richtig nennt. Ist der Ort ohne ihn zu erreichen, den Host in NO_PROXY nennen.
        [proxy-login] Name und Kennwort in die Variable setzen: HTTPS_PROXY=http://NAME:KENNWORT@HOST:PORT, mit %40 für ein @ darin. Erwartet wird ein Proxy, der eine solche Anmeldung annimmt (Basic); andere lassen ohne Browser niemanden durch.
        [proxy-refused] Den Proxy diese Maschine zu Host und Port des Ortes führen lassen (CONNECT). Ist der Ort ohne ihn zu erreichen, den Host in NO_PROXY nennen.
        [proxy-kind] Einen Proxy nennen, der HTTP spricht: HTTPS_PROXY=http://HOST:PORT
        [no-tls] Dort xfed serve ein Zertifikat geben (cert und key in der Datei von --web-config), oder den Port des Proxys nennen, der eines hat.
        [untrusted-issuer] Dort ein Zertifikat einer öffentlichen CA einsetzen; oder hier dessen eigene CA nennen: --via-ca-file CA.pem. Brechen Firewall oder Proxy hier TLS auf, diesen Host davon ausnehmen.
        [untrusted-name] Den Ort so nennen, wie sein Zertifikat es tut, oder es für diesen Namen ausstellen lassen.
        [untrusted-date] Dort das Zertifikat erneuern; ist es gültig, die Uhr dieser Maschine stellen.
        [untrusted] Nachsehen, was dort antwortet: xfed cert HOST:PORT zeigt das Zertifikat.
        [no-token] Das Token in die Variable XFED_TOKEN setzen, oder in eine Datei für --token-file.
        [wrong-token] Vergleichen: Der SHA-256 des Tokens (printf %s "$XFED_TOKEN" | sha256sum) muss dort in der Datei von --web-config unter token-sha256 stehen.
        [other-name] Dort den Namen in der Datei von --web-config zu hosts hinzufügen und sie neu lesen lassen (systemctl reload).
        [no-place] Prüfen, ob Host und Port die von xfed serve sind, und dort die gleiche Version installieren wie hier.
        [redirected] Den Ort nennen, an den verwiesen wird, falls es der eigene ist: Das Token wird nicht weitergetragen.
        [http-status] Nachsehen, was das Protokoll von xfed serve dort, oder das des Proxys davor, dazu sagt; dann wiederholen.
        [too-fast] So lange warten.
        [not-xfed] Prüfen, ob Host und Port die von xfed serve sind: /healthz antwortet dort mit „ok“.
       *[other] Einmal von Hand anmelden, von diesem Konto aus, damit ssh fragen kann, was es zu fragen hat; erwartet wird eine Zeile, die mit einem xfed-probe in geschweiften Klammern beginnt.
    }
    .what = Ein Ort, der mit --via genannt wurde, konnte nicht nachsehen: Er war nicht zu erreichen, er ließ niemanden ein, oder das xfed dort meldete nicht, was es sieht.
    .why = Was ein Ort nicht gesehen hat, ist weder gut noch schlecht. Das Ergebnis bleibt offen, auch wenn alle anderen Orte keinen Fehler sehen.
    .mend = Bei ssh:// einmal von Hand anmelden, mit demselben Konto: ssh -T und der Name des Orts. Erwartet wird eine Zeile JSON mit der Version des xfed dort. Ist der Schlüssel an xfed probe gebunden, antwortet nie etwas anderes. Bei https:// dort /healthz aufrufen: Erwartet wird „ok“, mit einem Zertifikat, dem diese Maschine vertraut.
    .source = xfed selbst

place-dns-differs = { $record } von { $name }: { $place ->
    [here] diese Maschine
   *[other] { $place }
} erfährt { $says_here_count ->
    [0] nichts
   *[other] { $says_here }
}, { $there ->
    [here] diese Maschine
   *[other] { $there }
} { $says_there_count ->
    [0] nichts
   *[other] { $says_there }
}. Erwartet wird dasselbe, außer innen gibt es mit Absicht ein eigenes DNS.
    .headline = DNS sagt an verschiedenen Orten Verschiedenes
    .fix = Gibt es innen eine eigene Zone desselben Namens (Split-DNS), den Eintrag auch dort anlegen; sonst warten, bis die Caches den alten vergessen haben.
    .what = Die Resolver zweier Orte geben auf denselben Namen verschiedene Antworten.
    .why = Die Gegenseiten richten sich nach dem, was außen veröffentlicht ist; das entscheidet. Innen ist eine andere Antwort üblich, wenn das DNS der Firma eine Zone desselben Namens hat (Split-DNS); sie kann auch aus einem Cache kommen, der noch den älteren Eintrag hat.
    .mend = An beiden Orten mit nslookup vergleichen. Wo innen die öffentliche Antwort gebraucht wird, sie auch in der inneren Zone eintragen.
    .source = Leitfaden XPhone-Federation, Kapitel 12

place-open-here-only = Von { $there } gesehen ist TCP-Port { $port } von { $address } ({ $fqdn }) zu, von hier aus ist { $open } aber offen. Erwartet wird, dass er auch von außen offen ist.
    .headline = TCP { $port } ist nur von innen offen
    .fix = Der Server nimmt Verbindungen an, der Weg zu ihm ist zu. An der Firewall: TCP { $port } von jeder Quelle zu { $address } zulassen und per Port-Forwarding an den { noun-server } leiten.
    .partner =
        @partner TCP { $port } von jeder Quelle zu { $address } und weiter zum Server durchlassen.
    .what = Von innen nimmt der Server auf dem Federation-Port Verbindungen an, von außen seine veröffentlichte Adresse nicht.
    .why = Am Server liegt es nicht: Zwischen ihm und dem Internet fehlt das Port-Forwarding oder die Regel der Firewall, oder sie lässt nur bestimmte Quellen durch. Die Gegenseiten kommen von außen.
    .mend = Das Port-Forwarding von der öffentlichen Adresse aus vervollständigen, TCP 5061 von jeder Quelle zulassen und noch einmal von außen nachsehen.
    .source = Leitfaden XPhone-Federation, Kapitel 5

place-no-way-back-in = Von hier aus ist TCP-Port { $port } von { $address } ({ $fqdn }) zu, von { $there } aus offen. Das schadet nicht: Viele Firewalls führen von innen nicht auf ihre eigene öffentliche Adresse zurück.
    .headline = von innen zu, von außen offen
    .fix = Für die Federation ist nichts zu tun.
    .what = Die veröffentlichte Adresse ist von außen offen und von innen zu (kein Hairpin-NAT).
    .why = Die Gegenseiten kommen von außen, und für sie ist offen. Nur eine Prüfung von innen führt in die Irre.
    .mend = Nichts. Wer auch von innen prüfen will, lässt die Firewall auf ihre eigene Adresse zurückführen (Hairpin-NAT) oder prüft die innere Adresse mit --connect-to.
    .source = Leitfaden XPhone-Federation, Kapitel 5

place-no-way-out = Von hier aus ist TCP-Port { $port } von { $address } ({ $fqdn }) zu, während { $place ->
    [here] { $there }
   *[other] { $place }
} hineinkommt. Erwartet wird, dass er auch von hier aus offen ist: Der Weg aus diesem Netz ist gesperrt.
    .headline = eigener Weg hinaus auf TCP { $port } gesperrt
    .fix =
        @network TCP { $port } zu jeder Adresse hinauslassen, von der Maschine aus, die föderieren soll.
    .what = Ein Server antwortet auf dem Federation-Port einem Ort draußen und diesem Netz nicht.
    .why = Federation geht in beide Richtungen: Der eigene Server öffnet Verbindungen zu den Gegenseiten. Eine Firewall, die TCP 5061 nicht hinauslässt, hält die eigenen Nachrichten zurück.
    .mend = Ausgehend TCP 5061 zu jeder Adresse zulassen und die Prüfung auf der Maschine wiederholen, die föderieren soll.
    .source = Leitfaden XPhone-Federation, Kapitel 5

place-shut-out = TCP-Port { $port } von { $address } ({ $fqdn }) ist { $closed ->
    [there] von { $place ->
        [here] dieser Maschine
       *[other] { $place }
    } aus offen und von { $there } aus zu
   *[place] von { $there ->
        [here] dieser Maschine
       *[other] { $there }
    } aus offen und von { $place } aus zu
}. Erwartet wird, dass er von überall offen ist.
    .headline = TCP { $port } ist nur für manche Orte offen
    .fix = Nachsehen, ob die Firewall nur bestimmte Netze oder Länder durchlässt; TCP { $port } von jeder Quelle zulassen. Ist es so gewollt, können Gegenseiten von anderswo nicht föderieren. Vielleicht lässt auch nur das Netz jenes Orts { $port } nicht hinaus.
    .partner =
        @partner Lässt die Firewall nur bestimmte Netze oder Länder durch, darauf achten, dass unseres darunter ist.
    .what = Ein Ort kommt auf dem Federation-Port hinein, ein anderer nicht.
    .why = Eine Firewall kann nur bestimmte Netze durchlassen, etwa die von Microsoft, oder bestimmte Länder. Gegenseiten von anderswo kommen nicht hinein. Oder der Ort selbst hat auf diesem Port keinen Weg hinaus, dann sagt das nichts über den Server.
    .mend = In der Firewall nach Listen von Quellen oder Ländern sehen und mit einem dritten Ort vergleichen.
    .source = Leitfaden XPhone-Federation, Kapitel 5

place-cert-differs = Auf Port { $port } von { $address } ({ $fqdn }) sieht { $place ->
    [here] diese Maschine
   *[other] { $place }
} ein Zertifikat von { $issuer_here }, { $there ->
    [here] diese Maschine
   *[other] { $there }
} ein anderes von { $issuer_there }. { $kind ->
    [inside] Erwartet wird dasselbe: Ein Gerät auf dem Weg aus diesem Netz scheint TLS zu öffnen und mit einem eigenen Zertifikat wieder zu schließen.
   *[outside] Erwartet wird dasselbe: Unter dieser Adresse antworten mehrere Maschinen, oder das Zertifikat wird gerade gewechselt.
}
    .headline = ein anderer Ort sieht ein anderes Zertifikat
    .fix = { $kind ->
        [inside] TCP { $port } in Firewall oder Proxy von der TLS-Prüfung (SSL-Inspection) ausnehmen: Mit einem dritten Zertifikat dazwischen gibt es keine Federation.
       *[outside] Alle Maschinen hinter dieser Adresse dasselbe Zertifikat zeigen lassen.
    }
    .partner =
        @network Prüft hier eine Firewall oder ein Proxy TLS, TCP { $port } davon ausnehmen: Mit einem dritten Zertifikat dazwischen gibt es keine Federation.
    .what = Zwei Orte sehen unter derselben Adresse verschiedene Zertifikate.
    .why = Von innen gesehen ist es meist eine Firewall oder ein Proxy, der TLS prüft: Er zeigt eigene Zertifikate, denen keine Gegenseite vertraut, und kein Client-Zertifikat kommt durch ihn hindurch (MTLS). Von zwei Orten draußen gesehen teilen sich mehrere Maschinen die Adresse.
    .mend = Die Aussteller vergleichen. Ist einer die eigene CA der Firma, TCP 5061 in beiden Richtungen von der TLS-Prüfung ausnehmen.
    .source = Leitfaden XPhone-Federation, Kapitel 5 und 7

## Die andere Richtung (xfed listen)

verdict-outbound-ready = { $domain } erreicht seine Gegenseiten: Ein Text ist angekommen
verdict-outbound-ready-with-warnings = { $domain } erreicht seine Gegenseiten, mit Warnungen: { $cause }
verdict-outbound-not-ready = { $domain } erreicht seine Gegenseiten nicht: { $cause }
verdict-outbound-inconclusive = { $domain }: kein Ergebnis in der anderen Richtung: { $cause }
checked-outbound = Gelauscht bis { $date } um { $time } mit { $program }
html-mode-outbound = Die andere Richtung: was sich bei einem Test-Partner meldete
explain-outbound-step = Ausgehend { $number }: { $step }
listen-begins = wartet auf { $addresses } als { $fqdn }, { $span } lang
listen-address = jetzt aus XPhone an { $address } schreiben
listen-reply = xfed: Ihr Text ist angekommen. Das ist die Antwort des Test-Partners.
listen-faulty = Dieser Test-Partner hat selbst einen Fehler, Gegenseiten erreichen ihn vielleicht nicht: { $headline } (xfed explain { $code })
error-bind = Auf { $address } lässt sich nicht lauschen: { $reason }
error-key-encrypted = { $file }: Der private Schlüssel verlangt ein Kennwort, und xfed kann nicht danach fragen; erwartet wird ein Schlüssel ohne, wie ihn openssl pkey -in { $file } -out neu.pem schreibt
error-pair-order = { $file }: Das Zertifikat, zu dem der Schlüssel gehört, steht nicht an erster Stelle; erwartet wird es vor den Zwischenzertifikaten
error-server-pair = --cert und --key passen nicht zusammen: Der Schlüssel gehört zu einem anderen Zertifikat
expected-bind = IP[:PORT] dieser Maschine, z. B. 10.0.0.5 oder [::]:5061

seen-outbound-nobody = niemand hat sich gemeldet
seen-outbound-connection = gemeldet von { $sources }
seen-outbound-tls = { $version }, { $cipher }
seen-outbound-no-tls = keine TLS-Verbindung zustande gekommen
seen-outbound-not-asked = entfällt: Es wurde kein Zertifikat verlangt
seen-outbound-no-certificate = keines gezeigt
seen-outbound-acceptance = Skype for Business: { $edge ->
    [yes] ja
    [no] nein
   *[unknown] nicht bekannt
}; Kamailio, OpenSIPS: { $strict ->
    [yes] ja
   *[no] nein
}
seen-outbound-sip = { $methods }; Server: { $agent }
seen-outbound-no-sip = nichts in SIP gesagt
seen-outbound-chat = { $mode ->
    [session] ein Text kam an, in einem dafür eröffneten Chat
   *[page] ein Text kam an, als einzelne Nachricht
}
seen-outbound-no-chat = kein Text angekommen
seen-outbound-no-echo = entfällt: Antworten prüft --echo
seen-outbound-reply = { $way ->
    [dialog] angenommen, im Chat, über eine neue Verbindung zu { $server }
    [page] angenommen, als einzelne Nachricht, über eine neue Verbindung zu { $server }
   *[back] angenommen, über die Verbindung, die der Server geöffnet hat
}
seen-outbound-no-reply = keine Antwort angenommen

call-nothing-came = Bei { $fqdn } hat sich auf TCP-Port { $port } in { $span } niemand gemeldet, erwartet wird eine Verbindung des Servers, um den es geht.
    .headline = niemand hat sich gemeldet
    .fix =
        @xphone-admin An die Adresse schreiben, die xfed listen ausgegeben hat, während es wartet. Kommt nichts: auf dem Server unter dessen Dienstkonto nachsehen, ob er hinauskommt:
        > Test-NetConnection { $fqdn } -Port { $port }
        @xphone-admin Gelingt das: nachsehen, ob die Federation eingeschaltet und die Domäne des Test-Partners erlaubt ist.
        @network Misslingt es: ausgehend TCP { $port } vom { noun-server } zu jeder Adresse erlauben.
    .what = Der Test-Partner hat gewartet, und es kam keine Verbindung, die von der Gegenseite sein kann. Über den Server folgt daraus nichts.
    .why = Drei Gründe sind üblich: Ausgehend TCP 5061 ist in der Firewall der Firma zu; die Federation ist aus, oder die Domäne gehört nicht zu den erlaubten; niemand hat währenddessen an die Test-Adresse geschrieben. Steht der Test-Partner hinter einem Port-Forwarding, kann auch das falsch sein.
    .mend = Mit Test-NetConnection auf dem Server anfangen. Dann von einem dritten Ort nachsehen, ob der Test-Partner selbst erreichbar ist: xfed check mit seiner Domäne.
    .source = Leitfaden XPhone-Federation, Kapitel 5 und 12

call-partner-faulty = Eine Prüfung des Test-Partners { $fqdn } selbst hat ergeben: { $codes }. Erwartet wird ein fehlerfreier Test-Partner: Andere erreichen ihn vielleicht nicht oder lehnen sein Zertifikat ab.
    .headline = der Test-Partner selbst hat einen Fehler
    .fix =
        Erst den Test-Partner in Ordnung bringen. Was falsch ist und was zu tun ist:
        > { $codes_explain }
    .what = Bevor es wartet, prüft xfed Domäne und Zertifikat des Test-Partners selbst, wie die jeder Gegenseite.
    .why = Ein Server, der einen kaputten Partner nicht erreicht, ist daran nicht schuld. Was dem Test-Partner fehlt, wird deshalb niemandem angelastet, der sich meldet.
    .mend = SRV-Record und A-Record des Test-Partners veröffentlichen und ihm ein Zertifikat einer öffentlichen CA für genau seinen FQDN geben, mit den Zwischenzertifikaten in der Datei.
    .source = Leitfaden XPhone-Federation, Kapitel 3, 4 und 7

call-other-source = Die Verbindungen kamen von { $sources }, veröffentlicht ist der Server der Domäne unter { $published }: Ausgehende Verbindungen haben eine andere Adresse.
    .headline = Verbindungen kommen von anderer Adresse
    .what = Der Server ist unter einer öffentlichen Adresse erreichbar und meldet sich von einer anderen, wie hinter mehreren Adressen oder Leitungen üblich (NAT).
    .why = Gegenseiten erkennen den Server am Zertifikat, für sie ist das in Ordnung. Nur wer in der Firewall bestimmte Adressen erlaubt, muss beide kennen.
    .mend = Nichts zu tun. Lässt die Firewall einer Gegenseite nur bestimmte Quellen herein, dort diese Adresse nennen.
    .source = Leitfaden XPhone-Federation, Kapitel 5

call-caller-unproven = Nichts zeigt, dass { $sources } der Server ist, um den es geht: Er hat kein Zertifikat gezeigt und nichts an die Adresse dieses Tests geschrieben{ $published_count ->
    [0] , und seine Domäne veröffentlicht keine Adresse zum Vergleichen
   *[other] , und veröffentlicht ist { $published }
}. Was zu sehen war, wird deshalb niemandem angelastet.
    .headline = wer sich gemeldet hat, ist nicht sicher
    .fix = An die Adresse schreiben, die xfed listen ausgegeben hat, während es wartet, und die Domäne nennen, die sich melden soll (--expect). Scheitert es auf dieselbe Art: die Adresse mit der vergleichen, die das Netz der Firma nach außen hat.
    .what = Eine Verbindung nannte den Test-Partner beim Namen und endete, bevor sie zeigte, wessen sie ist.
    .why = Der Name in jedem Zertifikat einer öffentlichen CA wird mit der Ausstellung veröffentlicht (Certificate Transparency), und Scanner rufen solche Namen binnen Minuten an. Der Name allein beweist also nichts.
    .mend = Die Adresse mit der vergleichen, die das Netz der Firma nach außen hat. An die Adresse schreiben, die xfed listen ausgegeben hat, mit --expect und der Domäne, die sich melden soll.
    .source = RFC 9162; RFC 6066, Abschnitt 3

call-strangers = { $count ->
    [one] Eine weitere Verbindung kam
   *[other] { $count } weitere Verbindungen kamen
} von anderen: nicht für den Server gehalten, um den es geht.
    .headline = auch andere haben sich verbunden
    .what = Wer auf einem öffentlichen Port lauscht, bekommt Besuch von Fremden, die schwache Server suchen.
    .why = Sie sagen nichts über den Server, um den es geht, und werden deshalb nur gezählt.
    .mend = Nichts zu tun.
    .source = RFC 3261, Abschnitt 26

call-not-tls = Der Server, der sich meldete, sprach kein TLS, erwartet wird ein ClientHello. Es begann mit: { $start }
    .headline = der Server meldet sich ohne TLS
    .fix = Die Route zur Gegenseite auf TLS, Port 5061 stellen. Ist sie so gestellt: nach einem Proxy oder SIP-Gateway (ALG) auf dem Weg hinaus suchen und es für TCP 5061 abschalten.
    .what = Die Verbindung begann mit etwas anderem als einem TLS-Handshake.
    .why = Gegenseiten nehmen SIP auf Port 5061 nur über gegenseitiges TLS an. Was sich im Klartext meldet, ist ein anderer Dienst oder etwas dazwischen, das Verbindungen öffnet.
    .mend = Nachsehen, welche Maschine die Adresse hat, die sich meldete. SIP-Gateways in Firewalls (ALG) schreiben SIP um; TCP 5061 davon ausnehmen.
    .source = Leitfaden XPhone-Federation, Kapitel 5 und 7

call-tls-too-old = Der Server, der sich meldete, bietet höchstens { $version } an, erwartet wird TLS 1.2 oder neuer.
    .headline = der Server bietet nichts Neueres als { $version } an
    .fix = Auf dem { noun-server } TLS 1.2 für Clients einschalten (Schannel, .NET: SchUseStrongCrypto) und ihn neu starten.
    .what = Die erste Nachricht des Servers nennt die TLS-Versionen, die er kann. Keine ist von heute.
    .why = Gegenseiten haben TLS 1.0 und 1.1 seit Jahren abgeschaltet: Die Edge-Server von Microsoft und jede neuere Bibliothek beenden die Verbindung hier.
    .mend = Windows aktualisieren. Alte Einstellungen entfernen, die unter SCHANNEL\Protocols\TLS 1.2\Client TLS 1.2 abschalten, und SchUseStrongCrypto auf 1 setzen.
    .source = RFC 8996; Microsoft, „Registrierungseinstellungen für TLS“

call-tls-no-common = In TLS haben der Server, der sich meldete, und der Test-Partner nichts gemeinsam: { $what ->
    [suites] Von den Cipher-Suites, die er anbietet, hat der Test-Partner keine
    [groups] Von den Gruppen, die er anbietet, hat der Test-Partner keine
    [key] Er nimmt kein Zertifikat mit einem Schlüssel der Art an, die das des Test-Partners hat
   *[other] Ihm fehlt eine Erweiterung, die auch andere brauchen
}{ $offered_count ->
    [0] {""}
   *[other] {" "}({ $offered }{ $more ->
        [0] {""}
       *[other] {" "}und { $more } weitere
    })
}. Erwartet { $what ->
    [groups] wird X25519, P-256 oder P-384
    [key] wird eines der üblichen, für RSA ebenso wie für P-256
    [other] wird, was neuere Bibliotheken senden
   *[suites] wird ECDHE mit AES-GCM oder ChaCha20
}. { $reach ->
    [none] Diese nimmt keine Gegenseite mehr an.
   *[some] Für Gegenseiten mit größerer Auswahl, wie Windows Server, folgt daraus nichts.
}
    .headline = { $reach ->
        [none] der Server bietet nur tote Cipher-Suites an
       *[some] in TLS nichts mit dem Test-Partner gemeinsam
    }
    .fix = { $what ->
        [groups] Auf dem { noun-server } die Kurven curve25519, NistP256 und NistP384 in die Gruppenrichtlinie „Reihenfolge der ECC-Kurven“ aufnehmen, neu starten und wiederholen.
        [key] Dem Test-Partner ein Zertifikat mit RSA-Schlüssel geben (certbot: --key-type rsa) und wiederholen.
       *[suites] Auf dem { noun-server } TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 und TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 einschalten (Gruppenrichtlinie „Reihenfolge der SSL-Verschlüsselungssammlungen“), neu starten und wiederholen.
    }
    .what = Eine neuere TLS-Version wird angeboten, aber keine Cipher-Suite, Gruppe oder Signatur darin, die der Test-Partner hat.
    .why = Der Test-Partner hat, was neuere Bibliotheken haben: ECDHE mit AES-GCM oder ChaCha20. Windows Server, und damit Skype for Business, nimmt auch noch CBC und den Schlüsselaustausch mit RSA oder DHE an; Teams und strenge Server nicht. Die Grenze ist also eine des Test-Partners, außer niemand nimmt an, was angeboten wird.
    .mend = Nach einer Gruppenrichtlinie „Reihenfolge der SSL-Verschlüsselungssammlungen“ und nach Werkzeugen suchen, die Schannel härten, und zurücknehmen, was sie entfernt haben. Mit ECDHE und AES-GCM ist jede Gegenseite erreichbar.
    .source = RFC 8446, Abschnitt 9.1; RFC 9325

call-certificate-refused = Der Server, der sich meldete, hat das Zertifikat von { $fqdn } mit dem Alert { $alert } abgelehnt. Erwartet wird, dass er eines von einer öffentlichen CA annimmt, und dieses ist eines.
    .headline = der Server lehnt das Zertifikat des Test-Partners ab
    .fix = Das Stammzertifikat, zu dem das Zertifikat des Test-Partners führt, auf dem { noun-server } installieren (Vertrauenswürdige Stammzertifizierungsstellen des Computers) und Windows seine Liste der Stammzertifikate aktualisieren lassen.
    .what = Der Server hat den Handshake beendet und das Zertifikat, das ihm gezeigt wurde, als Grund genannt.
    .why = Nach den öffentlichen Stammzertifikaten ist das Zertifikat des Test-Partners in Ordnung, der Server kennt also dessen Stammzertifikat nicht. Er lehnt dann jede Gegenseite ab, deren Zertifikat von derselben CA kommt.
    .mend = Den Aussteller des Test-Partners mit den Stammzertifikaten im Zertifikatspeicher des Servers vergleichen. Hindert eine Gruppenrichtlinie Windows daran, sie zu aktualisieren, von Hand installieren. Wird TLS auf dem Weg hinaus geprüft, TCP 5061 davon ausnehmen.
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 8446, Abschnitt 6.2

call-partner-refused = Der Server, der sich meldete, hat das Zertifikat des Test-Partners { $fqdn } mit dem Alert { $alert } abgelehnt. { $why ->
    [faulty] Es hat selbst einen Fehler: { $codes }.
   *[private] Geprüft wurde es nur mit den Stammzertifikaten aus --ca-file, nicht mit den öffentlichen.
} Erwartet wird ein fehlerfreies von einer öffentlichen CA: Über den Server, der sich meldete, folgt bisher nichts.
    .headline = das eigene Zertifikat des Test-Partners wird abgelehnt
    .fix = { $why ->
        [faulty] Dem Test-Partner ein richtiges Zertifikat geben und wiederholen.
       *[private] Dem Test-Partner ein Zertifikat von einer öffentlichen CA geben und ohne --ca-file wiederholen. Sollen alle Gegenseiten diese CA nutzen: ihr Stammzertifikat auf dem { noun-server } installieren (Vertrauenswürdige Stammzertifizierungsstellen des Computers).
    }
    .what = Der Server hat den Handshake beendet und das Zertifikat, das ihm gezeigt wurde, als Grund genannt.
    .why = Ob er das Zertifikat einer Gegenseite annähme, zeigt das nicht: Dieses lehnt er vielleicht zu Recht ab.
    .mend = Ein Zertifikat von einer öffentlichen CA für genau den FQDN des Test-Partners bestellen und xfed listen die ganze Kette geben (--cert fullchain.pem).
    .source = Leitfaden XPhone-Federation, Kapitel 7; RFC 8446, Abschnitt 6.2

call-tls-broken-off = Der Handshake wurde abgebrochen: { $how ->
    [closed] Die andere Seite hat die Verbindung geschlossen
    [reset] Die Verbindung wurde zurückgesetzt
   *[silent] Die andere Seite hat 5 s lang nichts mehr gesagt
}, ohne Grund. Erwartet wird, dass er zu Ende geht.
    .headline = der TLS-Handshake wurde abgebrochen
    .fix = Wiederholen und währenddessen an die Test-Adresse schreiben. Bleibt es so: auf dem { noun-server } ins Ereignisprotokoll sehen (Schannel), und nachsehen, ob eine Firewall auf TCP 5061 TLS prüft.
    .what = Es kam eine Verbindung, die den Test-Partner beim Namen nannte und endete, bevor TLS zustande kam.
    .why = Windows schließt ohne ein Wort, wenn es einem Zertifikat nicht vertraut. Scanner tun das auch, ebenso Verbindungen, die unterwegs abgeschnitten werden. Sicher ist also nichts.
    .mend = Wiederholen, während jemand an die Test-Adresse schreibt. Schannel schreibt die Fehler 36882 bis 36888 mit dem Grund ins Systemprotokoll.
    .source = RFC 8446, Abschnitt 6

call-tls-failed = Der Handshake des Servers, der sich meldete, ist gescheitert: { $how ->
    [alert] Er hat mit dem Alert { $alert } abgebrochen
    [not-tls] Es kam etwas, das kein TLS ist
    [undecryptable] Es kam etwas, das sich nicht entschlüsseln lässt, also unterwegs verändert wurde
    [out-of-place] Es kam eine Nachricht, die dort nicht hingehört
    [malformed] Es kam eine Nachricht, die sich nicht lesen lässt
    [endless] Es kam immer wieder dasselbe
    [too-much] Es kam mehr, als xfed liest
   *[other] Es kam etwas, das TLS nicht erlaubt
}. Erwartet wird, dass er zu Ende geht.
    .headline = der TLS-Handshake ist gescheitert
    .fix = Auf dem { noun-server } ins Ereignisprotokoll sehen (Schannel). TCP 5061 von TLS-Prüfung und Proxys auf dem Weg hinaus ausnehmen.
    .what = Der Server hat mit einem Alert abgebrochen, der nicht von einem Zertifikat handelt, oder getan, was TLS nicht erlaubt.
    .why = Gegenseiten sehen dasselbe, und deren Benutzer sehen nur, dass niemand antwortet.
    .mend = Mit einer anderen Gegenseite vergleichen. Ein Gerät dazwischen, das TLS öffnet, ist die übliche Ursache, wenn sonst nichts falsch ist.
    .source = RFC 8446, Abschnitt 6

call-no-sni = Der Server, der sich meldete, nannte nicht, zu welchem Server er will (SNI).
    .headline = kein Servername genannt
    .what = Der Name des gewünschten Servers steht üblicherweise in der ersten Nachricht von TLS. Hier fehlte er.
    .why = Gegenseiten mit mehreren Zertifikaten unter einer Adresse wählen danach. Gibt es nur eines, wie bei Federation üblich, hängt nichts davon ab.
    .mend = Nichts zu tun.
    .source = RFC 6066, Abschnitt 3

call-no-certificate = Der Server, der sich meldete, zeigte kein Zertifikat, erwartet wird das für seinen FQDN (MTLS). { $named ->
    [yes] Verlangt wurde es mit den Namen der öffentlichen CAs.
   *[no] Verlangt wurde es, ohne CAs zu nennen.
}
    .headline = der Server zeigt kein Zertifikat
    .fix = Das Zertifikat in der { noun-administration } noch einmal auswählen. Ist eines ausgewählt: mit { $named ->
        [yes] --ca-hints none
       *[no] --ca-hints roots
    } wiederholen, um zu sehen, ob Windows es weglässt.
    .what = Der Test-Partner hat ein Client-Zertifikat verlangt, und die Antwort war eine leere Liste.
    .why = Jede Gegenseite lehnt das ab. Entweder ist keines ausgewählt, oder es ist da und wird nicht geschickt: .NET lässt ohne jede Fehlermeldung ein Zertifikat weg, das nur für Server gilt (EKU ohne clientAuth), wie inzwischen alle von Let's Encrypt. Ob das XPhone betrifft, ist nicht bekannt.
    .mend = Nachsehen, ob das Zertifikat im Speicher einen privaten Schlüssel hat, den das Dienstkonto lesen darf, und ob seine EKU clientAuth enthält. Bei der CA eines mit beidem verlangen, um zu sehen, ob es daran liegt.
    .source = Leitfaden XPhone-Federation, Kapitel 7; dotnet/runtime, Issues 121982 und 131563

call-key-unproven = { $why ->
    [disproven] Der Server, der sich meldete, hat den Schlüssel des Zertifikats nicht, das er zeigt
   *[unknown] Ob der Server, der sich meldete, den Schlüssel des Zertifikats hat, lässt sich hier nicht prüfen
}: Erwartet wird eine Signatur mit diesem Schlüssel.
    .headline = der Schlüssel des Zertifikats ist nicht bewiesen
    .fix = Das Zertifikat zusammen mit seinem privaten Schlüssel (PFX) auf dem { noun-server } importieren und in der { noun-administration } neu auswählen.
    .what = Wer ein Zertifikat zeigt, signiert den Handshake mit dessen Schlüssel. Ein Zertifikat kopieren kann jeder; erst die Signatur beweist, wem es gehört.
    .why = Gegenseiten prüfen das und beenden die Verbindung.
    .mend = Das Zertifikat mit einem Schlüssel der üblichen Arten (RSA, P-256) neu bestellen, mit dem Schlüssel importieren und auswählen.
    .source = RFC 8446, Abschnitt 4.4.3

call-accepted-by = Nach Zertifikat und DNS nehmen den Client an: Edge von Skype for Business { $edge ->
    [yes] ja
    [no] nein (kein SRV-Record führt zu einem Namen im Zertifikat)
   *[unknown] nicht bekannt
}; Teams { $teams ->
    [yes] ja
    [no] nein
   *[unknown] nicht bekannt
}; Kamailio, OpenSIPS und andere mit strengen Regeln { $strict ->
    [yes] ja
   *[no] nein, außer sie sind auf Zertifikate für Server eingestellt
}; ein anderes XPhone: nicht bekannt, wahrscheinlich wie der Edge.
    .headline = welche Gegenseiten den Client annehmen
    .what = Ein Schluss aus dem Zertifikat, wie es gezeigt wird, und aus dem, was DNS veröffentlicht.
    .why = Danach fragen kann man keine Gegenseite, aber die Regeln jeder Art sind bekannt.
    .mend = Nichts zu tun, außer es kommt auf eine Gegenseite mit „nein“ an.
    .source = Microsoft, „Set-CsAccessEdgeConfiguration“; OpenSSL, verify error 26; Let's Encrypt, Ankündigung vom 14.05.2025

call-srv-missing = Die Domäne { $domain } des Servers, der sich meldete, hat keinen SRV-Record { $srv_name }, erwartet wird einer mit einem Namen, der im Zertifikat steht.
    .headline = kein SRV-Record für die Domäne des Anrufers
    .fix = Den SRV-Record { $srv_name } anlegen, Port 5061, Ziel der FQDN des Servers.
    .what = Der Test-Partner hat die Domäne des Absenders nachgeschlagen, wie es eine Gegenseite bei Open Federation tut.
    .why = Ein Edge von Skype for Business fragt nach diesem Record und erwartet den Server, zu dem er führt, im Zertifikat; antworten kann er ohne ihn auch nicht. Trägt jede Gegenseite die Route von Hand ein (direkte Federation), wird er nicht gebraucht.
    .mend = Den SRV-Record veröffentlichen. Bei ausschließlich direkter Federation ist nichts zu tun.
    .source = Leitfaden XPhone-Federation, Kapitel 4 und 11; Microsoft, „Set-CsAccessEdgeConfiguration“

call-not-sip = Nach TLS kam etwas, das kein SIP ist, erwartet wird eine Anfrage. Es begann mit: { $start }
    .headline = was sich meldet, spricht kein SIP
    .fix = Nachsehen, welche Maschine die Adresse hat, die sich meldete, und was sie auf Port 5061 tut.
    .what = TLS kam zustande, und dann kam etwas anderes als SIP.
    .why = Gemeldet hat sich ein Proxy oder ein anderer Dienst, kein Server für Federation.
    .mend = Die Maschine über ihre Adresse suchen. Proxys für TCP 5061 abschalten.
    .source = RFC 3261

call-no-sip = Der Server, der sich meldete, sagte nichts in SIP: { $how ->
    [ended] Er hat die Verbindung beendet
    [unfinished] Eine Nachricht begann und kam nicht zu ihrem Ende
   *[silent] Die Verbindung blieb stumm
}. Erwartet wird eine Anfrage wie SUBSCRIBE oder INVITE.
    .headline = Verbindung da, aber nichts gesagt
    .fix = An die Adresse schreiben, die xfed listen ausgegeben hat, während es wartet.
    .what = Der Handshake ging zu Ende, und es folgte keine Anfrage.
    .why = Manche Server verbinden sich, bevor jemand schreibt. Andere legen nach TLS auf, weil sie das Zertifikat des Test-Partners nicht annehmen: Windows tut das ohne ein Wort.
    .mend = Währenddessen einen Text schreiben. Kommt auch dann nichts, im Ereignisprotokoll des Servers (Schannel) nach dem Zertifikat des Test-Partners sehen.
    .source = RFC 3261; RFC 8446

call-unreadable = Eine Anfrage ({ $method }) des Servers, der sich meldete, wurde mit { $status } abgelehnt: { $status ->
    [416] Ihre Adresse hat ein anderes Schema als sip:
    [505] Sie ist von einer anderen Version als SIP/2.0
    [513] Sie ist größer als 64 kB, mehr nimmt der Test-Partner nicht an
   *[other] Sie lässt sich nicht als SIP lesen
}. Erwartet { $status ->
    [416] wird eine Adresse wie sip:anna@zahnfee.de
    [505] wird SIP/2.0
    [513] wird ein kurzer Text
   *[other] werden die Header, die jede Anfrage hat, jeder einmal
}.
    .headline = { $status ->
        [513] eine Anfrage ist für den Test-Partner zu groß
       *[other] eine Anfrage ist nicht lesbar
    }
    .fix = Nach einem SIP-Gateway (ALG) in der Firewall suchen und es für TCP 5061 abschalten. Gibt es keines: das Protokoll (--transcript) dem Hersteller zeigen.
    .what = Einer Anfrage fehlte ein Header, den sie haben muss, sie enthielt einen, den es so nicht geben kann, oder sie war größer, als der Test-Partner annimmt.
    .why = Was nicht lesbar ist, lehnen auch Gegenseiten ab. Server tun so etwas selten; Geräte, die SIP unterwegs umschreiben, schon. Was groß ist, nehmen andere vielleicht an: ein Server von Skype for Business bis zu 5 MB.
    .mend = Das Protokoll mit dem vergleichen, was der Server selbst protokolliert hat. Einen kurzen Text schreiben.
    .source = RFC 3261, Abschnitt 8.1.1; RFC 4475

call-wrong-domain = Was kam, ist von { $from }, erwartet wird { $expected }{ $refused ->
        [no] , die Domäne des Zertifikats.
       *[yes] ; es wurde mit 403 abgelehnt.
    }
    .headline = Nachrichten kommen von einer anderen Domäne
    .fix = Die { noun-domain } mit der Domäne vergleichen, für die das Zertifikat gilt oder die als --expect angegeben wurde, und mit der richtigen wiederholen.
    .what = Die Domäne im From ist eine andere als die, auf die der Test wartet, oder führt niemanden zu dem Server, dessen Zertifikat gezeigt wurde.
    .why = Gegenseiten schlagen diese Domäne nach und erlauben diese, keine andere. Ist es nicht die, die andere kennen, werden die Benutzer nicht gefunden.
    .mend = Nachsehen, welche XPhone-Domäne in der XPhone-Administration eingestellt ist. Wurde --expect angegeben: oder es weglassen und sehen, wer sich meldet.
    .source = Leitfaden XPhone-Federation, Kapitel 2

call-no-chat = Es kam kein Text, erwartet wird einer an die Adresse, die xfed listen ausgegeben hat. { $what ->
    [presence] Nach Präsenz wurde gefragt, sie wurde gegeben.
    [media] Ein Anruf oder eine Datei wurde angeboten und abgelehnt: Geprüft wird nur Chat.
    [domain] Was kam, war von einer anderen Domäne und wurde abgelehnt.
   *[none] Es kamen nur Anfragen, die kein Benutzer auslöst.
}
    .headline = es ist kein Text angekommen
    .fix = Mit der Adresse, die xfed listen ausgegeben hat, einen Chat öffnen und eine Zeile schreiben, während es wartet.
    .what = Der Server sprach SIP, aber niemand hat geschrieben.
    .why = Bis hierher ist der Weg hinaus bewiesen. Ob ein Text durchkommt, nicht.
    .mend = Die Adresse als Kontakt anlegen, annehmen, was XPhone fragt, und an sie schreiben.
    .source = RFC 3428

call-wrong-address = Es kam eine Anfrage für eine andere Adresse als die des Tests und wurde mit 404 abgelehnt. Erwartet wird die, die xfed listen diesmal ausgegeben hat.
    .headline = an eine andere Adresse geschrieben
    .fix = An die Adresse schreiben, die xfed listen diesmal ausgegeben hat: Sie ist jedes Mal eine andere.
    .what = Der Test-Partner hat eine einzige Adresse und nimmt nichts für eine andere an.
    .why = Die Adresse bindet eine Nachricht an diesen Lauf. Ein Kontakt aus einem früheren Lauf taugt nicht mehr.
    .mend = Den alten Kontakt entfernen und den neuen anlegen.
    .source = RFC 3261, Abschnitt 21.4.5

call-chat-not-sent = Ein Chat wurde eröffnet und { $confirmed ->
    [yes] bestätigt
   *[no] nie bestätigt (kein ACK)
}, aber es folgte kein Text. Erwartet wird darin ein MESSAGE.
    .headline = ein Chat wurde eröffnet, aber es folgte kein Text
    .fix = Im selben Chat noch eine Zeile schreiben, während xfed listen läuft. Bleibt es so: auf dem { noun-server } nachsehen, ob sich der Name des Test-Partners auflösen lässt und weitere Verbindungen zu ihm hinausgelassen werden.
    .what = Der Test-Partner hat den Chat sofort angenommen. Was folgt, geht an den Namen in seiner Route.
    .why = Wer diesen Namen nicht auflösen kann oder dorthin einen anderen, geschlossenen Weg nimmt, eröffnet Chats, in denen nichts ankommt.
    .mend = Auf dem Server den Namen des Test-Partners mit nslookup auflösen und den Port 5061 dorthin prüfen.
    .source = RFC 3261, Abschnitt 12.2; [MS-SIP]

call-reply-not-connected = Die Antwort hat { $server } nicht erreicht: { $reason ->
    [refused] { $address } hat die Verbindung abgelehnt
    [no-route] Diese Maschine hat keinen Weg zu { $address }
    [no-tls] { $address } wurde erreicht, aber es kam kein TLS zustande
    [other-certificate] { $address } zeigt ein Zertifikat für einen anderen Namen
   *[no-connection] Zu { $address } kam keine Verbindung zustande
}. Erwartet wird eine Verbindung mit dem Zertifikat dieses Namens.
    .headline = Antwort nicht bewiesen: keine Verbindung zurück
    .fix = Herausfinden, warum der Server nicht erreichbar ist, und das zuerst in Ordnung bringen: xfed check { $domain }
    .what = Eine Antwort geht über eine neue Verbindung zu dem Server, den der Chat in seiner Route oder der SRV-Record nennt. Diese Verbindung kam nicht zustande, und über die eigene Verbindung des Servers wurde die Antwort auch nicht angenommen.
    .why = So antwortet jede Gegenseite. Ist der Server für andere erreichbar, ist der Weg nur von der Maschine des Test-Partners aus zu: dort ausgehend TCP 5061.
    .mend = Die Domäne von außen mit xfed check prüfen. Vor allem nachsehen, ob der Name in der Route des Servers der veröffentlichte FQDN ist und kein interner.
    .source = RFC 3261, Abschnitte 12.2.1.1 und 18.1.1

call-reply-refused = Die Antwort wurde { $server ->
    [none] vom Server
   *[other] von { $server }
} mit { $status } abgelehnt, erwartet wird 200.
    .headline = Antwort nicht bewiesen: sie wurde abgelehnt
    .fix = Im Protokoll des { noun-server }s zu diesem Zeitpunkt nach { $status } suchen. Können andere Gegenseiten dessen Benutzern schreiben, ist nichts zu tun.
    .what = Die Antwort kam an, und zurück kam eine Ablehnung.
    .why = Bewiesen ist damit nichts: Manche Server nehmen Texte nur von Gegenseiten an, die namentlich erlaubt sind, oder erwarten Merkmale, die nur ein Edge von Skype for Business setzt (Überprüfungsebene).
    .mend = Die Domäne des Test-Partners erlauben und wiederholen. 403 und 404: Gehört sie zu den erlaubten? 481: Der Chat ist nicht mehr bekannt. 401 und 407: Der Server hält den Test-Partner nicht für einen Server.
    .source = RFC 3261, Abschnitt 21.4; Microsoft, „New-CsAllowedDomain“

call-reply-unanswered = Die Antwort wurde{ $server ->
    [none] { "" }
   *[other] {" "}an { $server }
} gesendet und blieb ohne Bestätigung. Erwartet wird 200 innerhalb von 10 s.
    .headline = Antwort nicht bewiesen: sie blieb ohne Bestätigung
    .fix = Bei dem, der geschrieben hat, nachsehen, ob die Antwort trotzdem angekommen ist, und wiederholen. Wenn nicht: im Protokoll des { noun-server }s zu diesem Zeitpunkt nachsehen.
    .what = Die Antwort ging über eine Verbindung mit TLS hinaus, und es kam keine endgültige Bestätigung, oder die Verbindung endete vorher.
    .why = Ein Server, der einen Text an einen Client weitergibt, bestätigt ihn, wenn dieser Client es tut. Einer, der ihn wortlos verwirft, bestätigt nichts.
    .mend = Wiederholen, während der Empfänger angemeldet ist. Prüft eine Firewall SIP, TCP 5061 in beiden Richtungen davon ausnehmen.
    .source = RFC 3261, Abschnitt 17.1.2

call-reply-withheld = Es wurde keine Antwort gesendet: { $reason ->
    [foreign] Der Chat nennt in seiner Route { $server ->
        [none] keinen Server
       *[other] { $server }
    }, wofür das gezeigte Zertifikat nicht spricht
    [internal] { $server } hat nur eine Adresse eines inneren Netzes
    [no-server] Die Domäne veröffentlicht keinen SRV-Record
    [no-address] { $server } hat in DNS keine Adresse
    [no-dns] DNS hat auf die Frage nach dem Server nicht geantwortet
    [too-many] Es waren mehr als 5 in einer Minute
   *[unproven] Der Server hat nicht mit einem vertrauenswürdigen Zertifikat bewiesen, wer er ist
}. Erwartet { $reason ->
    [no-server] wird ein SRV-Record, der zum Server führt
    [no-dns] wird eine Auskunft
    [too-many] werden weniger Texte
   *[other] wird ein öffentlicher Server, der im Zertifikat steht
}.
    .headline = Antwort nicht bewiesen: keine konnte gesendet werden
    .fix = { $reason ->
        [no-server] Den SRV-Record { $srv_name } anlegen, Ziel der FQDN des Servers, Port 5061.
        [no-address] Den A-Record { $server } mit der öffentlichen Adresse des Servers anlegen.
        [no-dns] Wiederholen. Bleibt es so: mit --resolver einen Resolver nennen, der antwortet.
        [too-many] Eine Minute warten und einmal schreiben.
       *[other] Den veröffentlichten FQDN, der auch im Zertifikat steht, als den Namen einstellen, unter dem der { noun-server } mit Gegenseiten spricht, und wiederholen.
    }
    .what = Der Test-Partner verbindet sich nur mit einem Server, für den das Zertifikat des Anrufers spricht: Alles andere ließe Fremde ihn irgendwohin schicken.
    .why = Gegenseiten geht es ebenso: Sie antworten an den Namen in der Route. Ist das ein interner, findet keine Antwort ihren Weg.
    .mend = Den Namen in Record-Route und Contact (--transcript) mit dem FQDN in DNS und im Zertifikat vergleichen.
    .source = RFC 3261, Abschnitt 12.2.1.1; Leitfaden XPhone-Federation, Kapitel 3, 4 und 7

call-reply-only-back = Die Antwort wurde nur über die Verbindung angenommen, die der Server selbst geöffnet hatte. Über eine neue Verbindung{ $server ->
    [none] { "" }
   *[other] {" "}zu { $server }
} wurde sie es nicht, obwohl das erwartet wird: { $reason ->
    [foreign] Das gezeigte Zertifikat spricht nicht für diesen Namen
    [internal] Der Name hat nur eine Adresse eines inneren Netzes
    [no-server] Die Domäne veröffentlicht keinen SRV-Record
    [no-dns] DNS hat auf die Frage nach dem Server nicht geantwortet
    [too-many] Zu viele waren unterwegs
    [no-address] Der Name hat in DNS keine Adresse
    [refused] { $address } hat die Verbindung abgelehnt
    [no-route] Diese Maschine hat keinen Weg zu { $address }
    [no-connection] Zu { $address } kam keine Verbindung zustande
    [no-tls] { $address } wurde erreicht, aber es kam kein TLS zustande
    [other-certificate] { $address } zeigt ein Zertifikat für einen anderen Namen
    [answered] { $address } hat mit { $status } geantwortet
    [silent] { $address } hat 10 s lang nicht geantwortet
   *[ended] Die Verbindung endete, bevor etwas zurückkam
}.
    .headline = Antworten kommen nur über die eigene Verbindung an
    .fix = Den Weg herein in Ordnung bringen, den Gegenseiten für Antworten nehmen: xfed check { $domain }
    .what = Ein Server, der sich mit einer Gegenseite verbunden hat, nimmt über diese Verbindung auch Anfragen an. Gegenseiten nutzen sie selten: Sie öffnen eine eigene.
    .why = Sobald diese Verbindung zu ist, und bei Gegenseiten, die sie nie nutzen, gehen Antworten und Präsenz verloren.
    .mend = Die Domäne von außen mit xfed check prüfen. Nachsehen, ob der Name in der Route des Servers der veröffentlichte FQDN ist.
    .source = RFC 3261, Abschnitt 12.2.1.1; RFC 5923

## Direct Federation geplant (xfed plan --direct)

plan-direct-title = Direct Federation von { $domain }: der Plan
plan-direct-kind = Direct Federation
plan-direct-about = Diese Seite ist für die Administratoren von { $domain }; jede Seite hat eine eigene. Bei Direct Federation gibt es keinen SRV-Record: Jede Seite trägt den Server jeder anderen von Hand ein, hier die von { $others }. Mehr: xfed explain direct
plan-direct-warn-teams = { $domain } nutzt Teams, das kein Feld für den Server einer Gegenseite hat: Es geht nur nach SRV-Records. Hier ist keine Route einzutragen; die anderen veröffentlichen einen SRV-Record, und diese Seite erlaubt deren Domänen.
plan-direct-warn-teams-peer = { $peer } nutzt Teams, das kein Feld für eine Route hat. Es erreicht { $domain } nur, wenn der SRV-Record veröffentlicht ist, und den findet dann auch jeder andere.
plan-direct-warn-record = Ein SRV-Record von { $domain } ist veröffentlicht (Ziel { $targets }), obwohl Direct Federation keinen braucht{ $whose ->
    [other] , und er führt zu einem anderen Server als { $server }
   *[own] {""}
}: Wer nach SRV-Records geht, kommt dorthin. Entfernen, wenn nur die kommen sollen, die eine Route eingetragen haben.
plan-direct-warn-assumed = Den Server von { $peer } hat niemand genannt, und das DNS nennt keinen: Angenommen ist { $route }. Dort nachfragen und angeben: --peer { $peer }=FQDN
plan-direct-warn-address = { $route } hat im öffentlichen DNS noch keine Adresse: In den Firewall-Regeln steht dafür ein Platzhalter.
plan-direct-warn-silent = Das DNS hat für { $peer } nicht geantwortet: Ob es Teams nutzt und welche Adressen { $route } hat, ist nicht bekannt. Den Plan wiederholen, sobald es antwortet.
plan-direct-routes-title = 3 Routen
plan-direct-routes = Eine Route für jede, Port 5061, TLS. Den Namen Buchstabe für Buchstabe eintragen: Es muss der im Zertifikat jener Seite sein.
plan-direct-xphone = In der XPhone-Administration, bei den Einstellungen der Federation: die Domäne der Gegenseite und als Route deren FQDN. Wie diese Felder heißen, ist nicht öffentlich dokumentiert.
plan-direct-elsewhere = Hat { $domain } einen anderen Server als XPhone, kommt dasselbe dorthin:
plan-direct-edge = Skype for Business Server, Lync Server, in dessen Management Shell (im Control Panel: Federation and External Access, SIP Federated Domains, Access Edge service). Keine Adresse an Stelle des Namens, und nicht zusätzlich als Hosting Provider:
plan-direct-procall = estos ProCall: eine statische Route für die Domäne, neben Open Federation (DNS).
plan-direct-cisco = Cisco IM and Presence: eine SIP Federated Domain und eine statische Route über TLS, die zu Expressway führt.
plan-direct-kamailio = Kamailio, OpenSIPS, im Routing-Skript. Das Zertifikat gehört in ein Client-Profil der tls.cfg oder eine client_domain von tls_mgm:
plan-direct-records-title = A-Record, und kein SRV-Record
plan-direct-record-for-teams = Für die Seite, die Teams nutzt, ist der SRV-Record trotzdem nötig:
plan-direct-no-record = Ein SRV-Record ist nicht nötig, und es ist keiner veröffentlicht.
plan-direct-record-unknown = Ein SRV-Record ist nicht nötig. Ob einer veröffentlicht ist, hat das DNS nicht gesagt.
plan-direct-remove = Der SRV-Record ist nicht nötig. Entfernen, wenn niemand sonst danach geht; liegt die Zone auf einem Windows-DNS-Server:
plan-direct-firewall-in = TCP von { $peers } (alle Ports) zu { $address }, Port 5061; Port-Forwarding zu { $lan }, Port 5061 (der Netzwerkschnittstelle, die in XPhone gewählt ist).
plan-direct-firewall-out = TCP von { $lan }, alle Ports, zu { $peers }, Port 5061.
plan-direct-firewall-note = Das sind die Adressen, die das DNS heute nennt. Manche Server rufen von einer anderen Adresse an, als sie angerufen werden: Jede Seite danach fragen und diese ergänzen. Ändert sich eine Adresse, ändert sich die Regel. Auf diesem Port keine TLS-Inspektion und kein SIP-ALG.
plan-direct-firewall-teams = Teams kommt aus den Netzen von Microsoft und wird dort angerufen: TCP 5061 auch für diese in beide Richtungen erlauben, oder für alle Adressen.
plan-placeholder-of = <Adresse von { $route }>
plan-federation-off = aus, wenn nicht auch Unbekannte kommen sollen
plan-direct-proof-out = Der Weg nach außen, auf dem XPhone-Server unter dessen Dienstkonto, zu jeder Seite:
plan-direct-proof-pairs = Beide Richtungen jedes Paares, sobald beide ihre Routen eingetragen haben:

## Ein Test-Partner geplant (xfed plan --test-partner)

plan-partner-title = Ein Test-Partner unter { $domain }: der Plan
plan-partner-kind = Für einen Nachmittag
plan-partner-about = xfed listen ist eine Gegenseite, die ein anderer Server anruft: Es zeigt, ob dieser Server hinauskommt, mit welchem Zertifikat, und ob ein Text ankommt. Nötig sind eine Maschine, die auf TCP 5061 erreichbar ist, eine Domäne, unter der sonst nichts Federation nutzt, und ein Zertifikat einer öffentlichen CA. Am Abend kann alles wieder weg.
plan-partner-warn-record = { $domain } nutzt Federation schon: Der SRV-Record ist { $records }. Ihn nicht ersetzen. Für den Test eine eigene Domäne nehmen, die auch unter dieser liegen kann: xfed plan fedtest.{ $domain } --test-partner
plan-partner-firewall-in = TCP von allen Adressen zu { $address }, Port 5061, und Port 80, solange das Zertifikat bestellt wird.
plan-partner-firewall-out = DNS, und TCP zu allen Adressen, Port 5061 und Port 80 (Sperrlisten).
plan-partner-firewall-windows = In der PowerShell auf dieser Maschine, als Administrator, wenn sie Windows hat:
plan-partner-certificate = Ein Zertifikat für genau { $server } von einer öffentlichen CA; Let's Encrypt genügt. Der Test-Partner steht direkt unter seiner Domäne, denn Gegenseiten lehnen einen Server in einer fremden ab.
plan-partner-certificate-linux = Mit certbot unter Linux; auf Port 80 darf solange nichts anderes lauschen:
plan-partner-certificate-windows = Mit simple-acme unter Windows, in Dateien:
plan-partner-run-title = Lauschen
plan-partner-run = Vier Stunden lang, unter Linux (sudo, weil nur root den Schlüssel lesen kann):
plan-partner-run-windows = Unter Windows:
plan-partner-run-once = Es prüft zuerst sich selbst und gibt dann die Adresse aus, an die zu schreiben ist, sip:test-<code>@{ $domain }, jedes Mal eine andere. Mit --once endet es, sobald ein Text gekommen ist. Von dem, was geschrieben wird, wird nichts aufbewahrt.
plan-partner-other-title = Auf der anderen Seite
plan-partner-allow = Sind nur bestimmte Domänen erlaubt, { $domain } erlauben; bei Direct Federation { $server } als Route dafür eintragen.
plan-partner-way-out = Auf dem XPhone-Server, unter dessen Dienstkonto, nachsehen, ob er hinauskommt:
plan-partner-contact = Während xfed listen läuft: im Client nach der Adresse suchen, die es ausgegeben hat, oder einen Kontakt damit anlegen (Feld SIP, XMPP oder E-Mail), und die Präsenz freigeben, wenn danach gefragt wird.
plan-partner-write = Diesem Kontakt eine Zeile schreiben. Was dort geschieht, ist gleich; der Test-Partner berichtet es.
plan-placeholder-caller = <Domäne, die angerufen hat>
plan-partner-check = Vorher, von einer anderen Maschine aus, während es lauscht:
plan-partner-replay = Der Bericht noch einmal, in der anderen Sprache oder einem anderen Format:
plan-partner-pair = Und was er zwischen zwei Domänen bedeutet:
plan-partner-afterwards = Danach die beiden Records und die Regeln der Firewall entfernen. Das Zertifikat kann bleiben.
error-no-peer = --direct braucht eine andere Seite: erwartet wird --peer DOMÄNE oder eine zweite Domäne
error-peer-of-what = --peer gehört zu --direct oder --test-partner
error-one-caller = --test-partner nimmt ein --peer, eine Domäne ohne ihren Server: die, die anrufen soll
error-side-twice = { $domain } ist zweimal genannt, erwartet wird jede Seite einmal
expected-peer = eine Domäne oder DOMÄNE=FQDN, etwa toothfairy.uk=chat.toothfairy.uk

## Beide Richtungen (xfed pair)

verdict-pair-ready = { $domain }: bereit
verdict-pair-ready-with-warnings = { $domain }: bereit, mit Warnungen: { $cause }
verdict-pair-not-ready = { $domain }: nicht bereit: { $cause }
verdict-pair-inconclusive = { $domain }: kein Ergebnis möglich: { $cause }
html-mode-pair = Eine Richtung eines Paares: Wer erreicht wen?
explain-pair-step = Paar { $number }: { $step }
owner-of-side = { $kind ->
    [partner] Administrator von { $domain }
   *[other] { $owner } von { $domain }
}
not-judged-pair-way-out = Bei { $caller }: ob der Server überhaupt nach außen auf TCP 5061 kommt und welches Zertifikat er dann zeigt. Das sieht nur ein Test-Partner, dem von dort geschrieben wird: xfed listen, und dessen Bericht als --evidence für xfed pair.
not-judged-pair-policy = Bei { $domain }: ob Listen erlaubter oder gesperrter Domänen { $caller } fernhalten. Dort nachfragen.
not-judged-pair-licences = Bei { $caller }: ob die Benutzer Lizenz und Recht für Federation haben (in XPhone Connect 9: Office Plus, und die Konfigurationsgruppe).
error-same-twice = { $domain } ist zweimal genannt, erwartet werden zwei Domänen: Jede wird gegen die andere geprüft
error-server-behind = { $domain }=: { $fqdn ->
    [none] Der Name des Servers fehlt
   *[other] { $fqdn } ist kein Name eines Servers
}, erwartet wird { expected-fqdn }
error-which-server = { $domain } nutzt Direct Federation, und kein SRV-Record nennt den Server: erwartet wird { $domain }=FQDN
error-which-of-both = --connect-to braucht die veröffentlichte Adresse, für die es gilt, als --connect-to IP=ADRESSE: Es sind zwei Server
error-no-evidence = { $file } ist kein Bericht von xfed listen: erwartet wird, was xfed listen --format json geschrieben hat
error-future-evidence = { $file } ist vom { $date }, { $time }: Das liegt in der Zukunft. Erwartet wird ein Bericht über Geschehenes: nachsehen, ob die Uhr dieser Maschine stimmt und die derjenigen, die gelauscht hat
error-other-evidence = { $file } handelt von { $domain }, erwartet wird ein Anruf von { $one } oder { $other } (wer anrufen soll, nennt xfed listen --expect)

seen-pair-caller = { $how ->
    [measured] gemessen am { $heard }
   *[inferred] gefolgert
}: { $name }, von { $issuer }, bis { $until }
seen-pair-caller-unseen = kein Zertifikat von { $caller } zu sehen
seen-pair-caller-teams = entfällt: Microsoft zeigt sein eigenes
seen-pair-no-teams = entfällt: Keine Seite nutzt Teams
seen-pair-teams-unknown = nicht bekannt, wer davon Teams nutzt
seen-pair-no-record = wartet auf den SRV-Record von { $domain } (Schritt 3)
seen-pair-both-teams = beide nutzen Teams
seen-pair-to-teams = { $domain } nutzt Teams
seen-pair-from-teams = { $caller } nutzt Teams
seen-pair-tenant = { $caller } nutzt Teams, und ein Tenant hält { $domain }
seen-pair-route = { $from ->
    [route] { $caller } geht nach einer von Hand eingetragenen Route
   *[srv] { $caller } geht nach SRV-Records
}; { $to ->
    [route] { $domain } veröffentlicht keinen Weg
   *[srv] { $domain } wird über den SRV-Record gefunden
}

step-pair-caller = Client-Zertifikat
    .what = Dieser Schritt fragt, ob die angerufene Domäne das Zertifikat annähme, das der anrufende Server zeigt. XPhone hat ein Zertifikat für beide Richtungen; darum wird es aus dem gefolgert, was der Server auf Port 5061 zeigt. Mit einem Bericht von xfed listen (--evidence) ist es gemessen.
    .why = Beide Seiten weisen sich aus (MTLS). Ein Server mit einem schlechten Zertifikat zeigt es auch, wenn er anruft; und ob er überhaupt eines zeigt, sieht nur eine Gegenseite.
    .mend = Das Zertifikat so in Ordnung bringen, wie es Schritt 5 der anrufenden Domäne sagt. Um es zu messen, den Server an einen Test-Partner schreiben lassen: xfed listen.
    .source = Leitfaden XPhone-Federation, Kapitel 7

step-pair-teams = Microsoft Teams
    .what = Dieser Schritt fragt, was Teams zwischen den beiden tut: wenn eine Seite Teams nutzt, und wenn ein Microsoft-365-Tenant die Domäne der anderen hält.
    .why = Teams geht nach einer eigenen Liste von Domänen, bevor es einen SRV-Record ansieht, und stellt nichts zu, was dessen Administrator nicht erlaubt. Beides ist von außen nicht zu sehen.
    .mend = Von Teams aus schreiben lassen. Die Domäne im Teams Admin Center unter dem externen Zugriff erlauben.
    .source = Leitfaden XPhone-Federation, Kapitel 8 und 10

step-pair-route = Route
    .what = Dieser Schritt fragt, ob der anrufende Server den anderen finden kann: über den SRV-Record (Open Federation) oder über eine Route, die sein Administrator eingetragen hat (Direct Federation).
    .why = Bei Direct Federation gibt es keinen SRV-Record: Jede Seite trägt den FQDN der anderen ein. Geht eine nach Routen und die andere nach SRV-Records, geht eine Richtung und die andere nicht.
    .mend = Entweder beide SRV-Records veröffentlichen oder auf beiden Seiten eine Route eintragen. Teams hat kein Feld für eine Route, dort ist es immer der SRV-Record.
    .source = Leitfaden XPhone-Federation, Kapitel 11

pair-caller-refused = { $caller } zeigt ein Zertifikat, das Gegenseiten ablehnen ({ $how ->
    [measured] ein Test-Partner hat es gesehen
   *[inferred] der Server zeigt es auf Port 5061, und es gibt eines für beide Richtungen
}): { $codes }. Erwartet wird eines ohne diesen Fehler.
    .headline = Client abgelehnt: { $codes_first }
    .fix = { $how ->
        [measured] Was zu sehen war und was zu tun ist, sagt der Bericht, der als --evidence angegeben wurde: mit xfed replay lesen.
       *[inferred] Das Zertifikat von { $caller } in Ordnung bringen: Was zu tun ist, steht bei Schritt 5 der anderen Richtung.
    }
    .what = Das Zertifikat, mit dem sich der anrufende Server ausweist, hat einen Fehler, bei dem Gegenseiten die Verbindung beenden.
    .why = Bei MTLS prüfen beide Seiten einander. Was man vom Server nicht annähme, nimmt man auch vom Client nicht an.
    .mend = Schritt 5 der anrufenden Domäne ansehen: xfed check mit ihr. Ist das Zertifikat erneuert, es in der XPhone-Administration auswählen und das Paar noch einmal prüfen.
    .source = Leitfaden XPhone-Federation, Kapitel 7

pair-caller-doubtful = { $caller } zeigt ein Zertifikat, das manche Gegenseiten ablehnen ({ $how ->
    [measured] ein Test-Partner hat es gesehen
   *[inferred] der Server zeigt es auf Port 5061, und es gibt eines für beide Richtungen
}): { $codes }. Erwartet wird eines, das alle annehmen.
    .headline = manche lehnen den Client ab: { $codes_first }
    .fix =
        Ob { $domain } dazugehört, zeigt ein Text, den { $caller } dorthin schreibt. Was dann zu tun ist:
        > { $codes_explain }
    .what = Das Zertifikat des anrufenden Servers hat eine Eigenschaft, mit der es bei manchen Arten von Gegenseiten abgelehnt wird und bei anderen nicht.
    .why = Ein Zertifikat nur für Server (ohne clientAuth) nimmt Skype for Business an; Server mit strengen Regeln wie Kamailio und OpenSIPS lehnen es ab. Welcher Art eine Gegenseite ist, zeigt sich von außen nicht sicher.
    .mend = Einen Text von der einen zur anderen schreiben. Kommt er nicht an, ein Zertifikat mit clientAuth bestellen oder dort darum bitten, serverAuth-Zertifikate anzunehmen.
    .source = OpenSSL, verify error 26; RFC 5280, Abschnitt 4.2.1.12

pair-caller-unknown = Ob Gegenseiten das Zertifikat von { $caller } annähmen, war nicht herauszufinden: { $codes_count ->
    [0] Der Server zeigte keines
   *[other] { $codes }
}. Erwartet wird ein Zertifikat, das sich beurteilen lässt.
    .headline = das Zertifikat des Anrufers ist nicht bekannt
    .fix = { $how ->
        [measured] xfed listen wiederholen und währenddessen an die Adresse schreiben, die es ausgibt.
       *[inferred] Zuerst den Server von { $caller } erreichbar machen, wie es die andere Richtung sagt. Oder es ohne das messen: ihn an einen Test-Partner schreiben lassen (xfed listen) und dessen Bericht als --evidence angeben.
    }
    .what = Welches Zertifikat der anrufende Server zeigt, wird aus dem gefolgert, was er auf Port 5061 zeigt. Dort war es nicht zu sehen, oder beim Test-Partner kam nichts an.
    .why = Ein Server, der nicht zu erreichen ist, kann trotzdem andere anrufen. Es folgt also nichts daraus, weder Gutes noch Schlechtes.
    .mend = Beheben, was die andere Richtung zeigt, oder es mit xfed listen messen.
    .source = xfed selbst

pair-caller-other = { $why ->
    [renewed] Als { $caller } am { $heard } anrief, zeigte der Server ein anderes Zertifikat, als er inzwischen hat ({ $presented }; jetzt { $shown }). Erwartet wird eine Messung damit.
   *[other] Wenn { $caller } anruft, zeigt der Server ein anderes Zertifikat ({ $presented }) als das, das zu sehen ist, wenn man ihn anruft ({ $shown }). Erwartet wird dasselbe.
}
    .headline = { $why ->
        [renewed] die Messung ist älter als das Zertifikat
       *[other] ruft mit einem anderen Zertifikat an
    }
    .fix = { $why ->
        [renewed] Noch einmal an einen Test-Partner schreiben lassen (xfed listen) und den neuen Bericht als --evidence angeben.
       *[other] Für beide Richtungen dasselbe Zertifikat auswählen: Im Zertifikatspeicher sind sie an der Seriennummer zu unterscheiden. Steht ein Gateway dazwischen, nachsehen, welches seiner Zertifikate für ausgehende Verbindungen gilt.
    }
    .what = Das Zertifikat, das ein Test-Partner zu sehen bekam, ist ein anderes als das, das der Server der Domäne zeigt, wenn man ihn anruft.
    .why = XPhone hat ein Zertifikat für beide Richtungen. Sind es zwei, wurde es inzwischen erneuert, oder es ruft eine andere Maschine an als die, die angerufen wird: Was man von der einen weiß, sagt nichts über die andere.
    .mend = xfed listen wiederholen. Sind es immer noch zwei, nachsehen, welche Maschine die Adresse hat, von der die Anrufe kommen.
    .source = Leitfaden XPhone-Federation, Kapitel 7

pair-caller-inferred = Was { $caller } beim Anrufen zeigt, ist aus dem gefolgert, was der Server zeigt, und nicht gemessen.
    .headline = das Zertifikat des Anrufers ist gefolgert
    .fix = Um es zu messen, von { $caller } an einen Test-Partner schreiben lassen und dessen Bericht als --evidence angeben. Was das braucht, mit einer eigenen Domäne an Stelle von test.example:
        > xfed plan test.example --test-partner --peer { $caller }
    .what = Von außen ist nur das Zertifikat zu sehen, das ein Server zeigt, wenn man ihn anruft.
    .why = XPhone nimmt dasselbe, wenn es selbst anruft; ob es überhaupt eines zeigt und hinauskommt, sieht nur eine Gegenseite. Seit 2025 kann es sein, dass .NET ein Zertifikat ohne clientAuth stillschweigend weglässt.
    .mend = xfed listen einen Nachmittag lang laufen lassen, an die Adresse schreiben, die es ausgibt, und den Bericht xfed pair als --evidence geben.
    .source = Leitfaden XPhone-Federation, Kapitel 7; dotnet/runtime #121982

pair-evidence-latest = Von { $count } Berichten von Test-Partnern, die { $caller } angerufen hat, zählt der neueste, der das Zertifikat zeigt: der vom { $heard }.
    .headline = der neueste von mehreren Berichten zählt
    .what = Für dieselbe Domäne wurden mehrere Berichte von xfed listen angegeben.
    .why = Was früher falsch war, ist inzwischen vielleicht behoben, und umgekehrt.
    .mend = Nichts zu tun. Soll ein früherer beurteilt werden, diesen allein angeben.
    .source = xfed selbst

pair-evidence-disputed = Zwei Test-Partner haben zur selben Zeit gelauscht, bis { $other } und bis { $heard }, und ihre Berichte über { $caller } widersprechen sich. Das hat der eine gefunden und der andere nicht: { $codes }. Erwartet werden Berichte, die übereinstimmen.
    .headline = zwei Berichte von derselben Zeit widersprechen sich
    .fix = { $caller } immer nur an einen Test-Partner schreiben lassen und dessen Bericht allein als --evidence angeben. Wechselt das Ergebnis weiterhin: nachsehen, ob mehrere Maschinen anrufen.
    .what = Für dieselbe Domäne wurden zwei Berichte von xfed listen angegeben, und beide entstanden zur selben Zeit. Nach einem davon lehnen Gegenseiten ab, was sich meldete.
    .why = Auf welches davon andere Gegenseiten treffen, lässt sich nicht sagen. Meist rufen zwei Maschinen an, oder das Zertifikat wurde dazwischen gewechselt.
    .mend = Noch einmal mit einem einzigen Test-Partner lauschen und die Adressen vergleichen, von denen die Anrufe kommen.
    .source = xfed selbst

pair-tenant-in-the-way = { $caller } nutzt Teams, und ein Microsoft-365-Tenant hält { $domain } ({ $traces }): Es kann sein, dass Teams dorthin zustellt und nicht an den Server des SRV-Records. Erwartet wird kein Tenant, der die Domäne hält, oder dass Teams nachweislich zustellt.
    .headline = Teams stellt vielleicht an einen Microsoft-365-Tenant zu
    .fix = Von Teams ({ $caller }) einen Text an { $domain } schreiben. Kommt er nicht an: XPhone eine eigene Domäne geben, die kein Tenant hält (Variante 3 des Leitfadens), oder die Domäne aus dem Tenant entfernen.
    .what = Die angerufene Domäne hat im DNS Spuren eines Microsoft-365-Tenants, während ihr SRV-Record zu einem anderen Server führt, und der Anrufer nutzt Teams.
    .why = Zwischen Tenants geht Teams nach Microsofts eigener Liste von Domänen und fragt nicht nach dem SRV-Record. Ob es das hier tut, hängt vom Tenant ab und ist von außen nicht zu sehen.
    .mend = Von Teams aus schreiben und nachsehen, wo es ankommt. Eine Domäne unterhalb der eigenen, die kein Tenant hält, vermeidet die Frage.
    .source = Leitfaden XPhone-Federation, Kapitel 10, Variante 2

pair-both-teams = { $caller } und { $domain } nutzen beide Teams: Zwischen Tenants stellt Microsoft selbst zu, ohne SRV-Records und Port 5061. Erwartet wird ein Server, der angerufen wird.
    .headline = beide nutzen Teams
    .fix = Ob es geht, zeigt hier nichts: einen Text vom einen zum anderen schreiben. Beide Administratoren müssen die andere Domäne im externen Zugriff erlauben.
    .what = Beide SRV-Records führen in die Cloud von Microsoft.
    .why = Was zwischen Tenants vor sich geht, verlässt die Cloud nicht; keine Prüfung von außen sagt etwas darüber.
    .mend = Den externen Zugriff in beiden Teams Admin Centern ansehen und einen Text schreiben.
    .source = Microsoft, „Manage external meetings and chat with people and organizations using Microsoft identities“

pair-teams-decides = Ob Teams { $other } herein- und hinauslässt, entscheidet der Administrator von { $teams }.
    .headline = der Administrator von Teams entscheidet
    .fix = In der Teams PowerShell sieht es der Administrator von { $teams } so; { $other } muss unter den erlaubten Domänen sein, oder alle müssen erlaubt sein:
        > Get-CsTenantFederationConfiguration | Format-List AllowFederatedUsers,AllowedDomains,BlockedDomains
    .what = Der externe Zugriff eines Tenants hat eine Liste erlaubter oder gesperrter Domänen.
    .why = Von außen ist davon nichts zu sehen. Test-Tenants sind ganz ausgeschlossen, wenn sie nicht eigens erlaubt sind.
    .mend = Die Domäne im Teams Admin Center unter dem externen Zugriff erlauben und einige Stunden warten: Microsoft nennt bis zu 24.
    .source = Microsoft, „Get-CsTenantFederationConfiguration“

pair-modes-differ = { $domain } nutzt Direct Federation, ohne SRV-Record, und { $caller } geht nach SRV-Records: Der Server wird nicht gefunden. Erwartet wird auf beiden Seiten dasselbe.
    .headline = eine Seite geht nach Routen, die andere nach SRV
    .fix =
        @xphone-admin Bei { $caller }: eine Route für { $domain } eintragen, die zu { $route } führt, und das Paar mit --direct prüfen.
        @dns-admin Bei { $domain }, stattdessen: den SRV-Record veröffentlichen.
    .what = Eine Seite nutzt Direct Federation, die andere geht nach SRV-Records.
    .why = Bei Direct Federation trägt jede Seite den FQDN der anderen von Hand ein. Wer nach SRV-Records geht, findet dort nichts.
    .mend = Sich auf eines einigen. Bei wenigen Gegenseiten Routen auf beiden Seiten; bei vielen, oder mit Teams, SRV-Records.
    .source = Leitfaden XPhone-Federation, Kapitel 11

pair-teams-no-route = { $caller } nutzt Teams, das nur nach SRV-Records geht, und { $domain } veröffentlicht keinen (Direct Federation). Erwartet wird ein SRV-Record, der zu { $route } führt.
    .headline = Teams hat kein Feld für eine Route
    .fix = Den SRV-Record veröffentlichen:
        > { $srv_name }. 3600 IN SRV 0 0 5061 { $route }.
    .what = Die Domäne nutzt Direct Federation, und der Anrufer nutzt Teams.
    .why = Teams hat kein Feld für den FQDN einer Gegenseite: Eine Domäne lässt sich erlauben, mehr nicht. Ohne den SRV-Record findet es keinen Server.
    .mend = Den SRV-Record veröffentlichen. Gegenseiten, die eine Route eingetragen haben, stört er nicht.
    .source = Microsoft, „Set-CsTenantFederationConfiguration“, „New-CsEdgeDomainPattern“

pair-sender-no-srv = { $caller } hat keinen SRV-Record, und { $strict ->
    [teams] Teams nimmt nichts von einer Domäne an, zu der es keinen Server findet
   *[some] manche Gegenseiten, wie der Edge von Skype for Business, nehmen nichts von einer Domäne an, zu der sie keinen Server finden
}. Erwartet wird ein SRV-Record, der zu dem Server führt, der anruft.
    .headline = die angerufene Seite findet keinen Server des Absenders
    .fix = Den SRV-Record von { $caller } veröffentlichen: Was einzutragen ist, steht bei Schritt 3 der anderen Richtung.
    .what = Die anrufende Domäne veröffentlicht keinen SRV-Record.
    .why = Bei Open Federation schlagen Gegenseiten den Absender nach: Der Server, zu dem sein SRV-Record führt, muss der im Zertifikat sein. Was sich nicht nachschlagen lässt, wird abgelehnt oder als ungeprüft gekennzeichnet.
    .mend = Den SRV-Record der anrufenden Domäne veröffentlichen oder sie auf der anderen Seite als Route eintragen lassen (Direct Federation).
    .source = Microsoft, „Set-CsAccessEdgeConfiguration“

pair-route-unseen = { $caller } geht nach einer Route, die der Administrator von Hand einträgt; ob es sie gibt und ob sie zu { $route } führt, kann nur diese Seite zeigen.
    .headline = die Route ist von außen nicht zu sehen
    .fix = Auf dem Server von { $caller } die Route für { $domain } eintragen: { $route }, TCP-Port 5061. Ob er dorthin kommt, zeigt auf diesem Server, unter seinem Dienstkonto:
        > Test-NetConnection { $route } -Port 5061
    .what = Bei Direct Federation hat die anrufende Seite den FQDN der anderen eingetragen.
    .why = Kein Record sagt das, darum ist von außen nichts davon zu sehen.
    .mend = Die Route Buchstabe für Buchstabe mit dem FQDN im Zertifikat der anderen Seite vergleichen.
    .source = Leitfaden XPhone-Federation, Kapitel 11

# Die Seite von `xfed serve`
page-title = Ist eine Domäne bereit für Federation?
page-what = Die Prüfung sieht die Domäne so, wie eine Gegenseite sie sieht: DNS, Port, Zertifikat, MTLS. Das dauert einige Sekunden.
page-field = Domäne
page-field-hint = Die XPhone-Domäne, die Adresse einer Person (anna@zahnfee.de) oder der Name des Servers.
page-module = Modul
page-module-default = Standard
page-check = Prüfen
page-running = { $domain } wird geprüft
page-waiting = { $before ->
    [0] Diese Prüfung ist die nächste.
    [one] Eine Prüfung kommt vorher an die Reihe.
   *[other] { $before } Prüfungen kommen vorher an die Reihe.
}
page-working = Die Schritte werden nebeneinander geprüft.
page-step-looked = angesehen
page-step-pending = läuft
page-taken = { $input } wird als Domäne { $domain } verstanden.
page-running-hint = Das Ergebnis erscheint hier von selbst. Die Adresse dieser Seite bleibt dieselbe.
page-ways = Dieses Ergebnis in anderer Form
page-new = Neue Prüfung
page-markdown = Für ein Ticket (Markdown)
page-copied = Kopiert
page-rules-current = Nach heutigem Stand beurteilen
page-commands = Eine Zeile, die mit xfed beginnt oder eine Option wie --resolver nennt, ist für eine Maschine mit xfed gedacht. Wie dieser Dienst prüft, stellt ein, wer ihn betreibt.
page-as-of-now = Nach heutigem Stand neu beurteilt, aus dem, was damals zu sehen war: Neu geprüft wurde nichts.
page-verdict-then = Damals lautete das Ergebnis: { $verdict }.
page-changes = Was sich seit der vorigen Prüfung geändert hat
page-history = Andere Prüfungen dieser Domäne
page-moment = { $date } um { $time }
page-again = Erneut prüfen
page-refused = Es wurde nichts geprüft
page-last = Das letzte Ergebnis, { $age ->
    [one] 1 Sekunde
   *[other] { $age } Sekunden
} alt:
page-footer = Ein Ergebnis bleibt, wie es ist: Wer den Link hat, sieht, was damals zu sehen war.
