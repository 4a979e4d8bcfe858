//! Records on the wire, and names as people write them.

use hickory_resolver::proto::rr::{self, Name, RData};
use hickory_resolver::proto::serialize::binary::BinDecodable;

use crate::facts::{Caa, Data, RecordType, Srv};
use crate::model::limits::{MAX_TEXT, clipped};

pub(super) fn wire_type(record: RecordType) -> rr::RecordType {
    match record {
        RecordType::A => rr::RecordType::A,
        RecordType::Aaaa => rr::RecordType::AAAA,
        RecordType::Caa => rr::RecordType::CAA,
        RecordType::Mx => rr::RecordType::MX,
        RecordType::Ns => rr::RecordType::NS,
        RecordType::Soa => rr::RecordType::SOA,
        RecordType::Srv => rr::RecordType::SRV,
        RecordType::Txt => rr::RecordType::TXT,
    }
}

/// The content of a record of the wanted type; `None` for one of another type.
pub(super) fn read_data(data: &RData, wanted: RecordType) -> Option<Data> {
    match (wanted, data) {
        (RecordType::A, RData::A(address)) => Some(Data::Address(address.0.into())),
        (RecordType::Aaaa, RData::AAAA(address)) => Some(Data::Address(address.0.into())),
        (RecordType::Caa, RData::CAA(caa)) => Some(Data::Caa(Caa {
            critical: caa.issuer_critical,
            tag: clipped(&caa.tag, MAX_TEXT),
            value: clipped(&String::from_utf8_lossy(&caa.value), MAX_TEXT),
        })),
        (RecordType::Mx, RData::MX(mx)) => {
            Some(Data::Mx(mx.preference, presentation(&mx.exchange)))
        }
        (RecordType::Ns, RData::NS(server)) => Some(Data::Ns(presentation(&server.0))),
        (RecordType::Soa, RData::SOA(soa)) => Some(Data::Soa(presentation(&soa.mname), soa.serial)),
        (RecordType::Srv, RData::SRV(srv)) => Some(Data::Srv(Srv {
            priority: srv.priority,
            weight: srv.weight,
            port: srv.port,
            target: presentation(&srv.target),
        })),
        (RecordType::Txt, RData::TXT(txt)) => {
            let strings = txt.txt_data.iter();
            let bytes: Vec<u8> = strings.flat_map(|string| string.iter().copied()).collect();
            Some(Data::Txt(clipped(
                &String::from_utf8_lossy(&bytes),
                MAX_TEXT,
            )))
        }
        _ => None,
    }
}

/// What the names below the owner of a DNAME record stand for (RFC 6672 §2.1); `None` for a record of
/// another type.
pub(super) fn subtree(data: &RData) -> Option<Name> {
    match data {
        RData::Unknown {
            code: rr::RecordType::DNAME,
            rdata,
        } => Name::from_bytes(&rdata.anything).ok(),
        _ => None,
    }
}

/// A name as master files write it (RFC 1035 §5.1): everything but plain ASCII as `\DDD`, without
/// the trailing dot; the root stays `.`.
pub(super) fn presentation(name: &Name) -> String {
    if name.is_root() {
        return ".".to_owned();
    }
    let labels: Vec<String> = name
        .iter()
        .map(|label| label.iter().map(|byte| escaped(*byte)).collect())
        .collect();
    labels.join(".")
}

fn escaped(byte: u8) -> String {
    match byte {
        b'.' | b'\\' => format!("\\{}", char::from(byte)),
        0x21..=0x7e => char::from(byte).to_string(),
        _ => format!("\\{byte:03}"),
    }
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::rr::rdata::TXT;

    use super::*;

    #[test]
    fn records_of_every_type() {
        let host = || "mail.zahnfee.de".to_owned();
        let address = |text: &str| Data::Address(text.parse().expect("an address"));
        let srv = Srv {
            priority: 1,
            weight: 2,
            port: 5061,
            target: host(),
        };
        let caa = Caa {
            critical: true,
            tag: "issue".to_owned(),
            value: "ca.example; a=b".to_owned(),
        };
        let soa = "mail.zahnfee.de. h.zahnfee.de. 7 1 1 1 300";
        for (record, text, expected) in [
            (RecordType::A, "81.2.3.4", address("81.2.3.4")),
            (RecordType::Aaaa, "2a00::7", address("2a00::7")),
            (RecordType::Mx, "10 mail.zahnfee.de.", Data::Mx(10, host())),
            (RecordType::Mx, "0 .", Data::Mx(0, ".".to_owned())),
            (RecordType::Ns, "mail.zahnfee.de.", Data::Ns(host())),
            (RecordType::Soa, soa, Data::Soa(host(), 7)),
            (RecordType::Srv, "1 2 5061 mail.zahnfee.de.", Data::Srv(srv)),
            (
                RecordType::Caa,
                r#"128 issue "ca.example; a=b""#,
                Data::Caa(caa),
            ),
        ] {
            let data = RData::try_from_str(wire_type(record), text).expect("data");
            assert_eq!(read_data(&data, record), Some(expected), "{text}");
            assert_eq!(read_data(&data, RecordType::Txt), None, "{text}");
        }
    }

    #[test]
    fn the_strings_of_a_text_are_joined() {
        let text = TXT::from_bytes(vec![b"v=spf1 ", b"-all", b"", b"\xff\x07"]);
        let read = read_data(&RData::TXT(text), RecordType::Txt);
        assert_eq!(read, Some(Data::Txt("v=spf1 -all\u{fffd}\u{7}".to_owned())));
    }

    #[test]
    fn names_are_shown_as_master_files_write_them() {
        let odd: [&[u8]; 3] = [b"a.b\\", b"\x1b[31m \xc3\xa4", b"_sip-1"];
        for (name, shown) in [
            (
                Name::from_labels(odd),
                r"a\.b\\.\027[31m\032\195\164._sip-1",
            ),
            (Name::from_ascii("Zahnfee.DE"), "Zahnfee.DE"),
            (Ok(Name::root()), "."),
        ] {
            assert_eq!(presentation(&name.expect("a name")), shown);
        }
    }
}
