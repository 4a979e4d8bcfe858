//! The certificate store of the computer, from which XPhone chooses.

use std::fs;

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::windows;
use crate::real_peers::pfx::export;
use crate::stage::{FQDN, Folder, Run, Stage};

/// Puts what is in a PFX file, or one certificate in DER, into a store of the computer.
const IMPORT: &str = r#"
    #include <windows.h>
    #include <wincrypt.h>
    static BYTE bytes[1 << 16];
    int main(int count, char **arguments)
    {
        DWORD length;
        HANDLE file = CreateFileA(arguments[1], GENERIC_READ, 0, 0, OPEN_EXISTING, 0, 0);
        if (!ReadFile(file, bytes, sizeof bytes, &length, 0)) return 1;
        WCHAR name[16];
        MultiByteToWideChar(CP_UTF8, 0, arguments[2], -1, name, 16);
        HCERTSTORE own = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
            CERT_SYSTEM_STORE_LOCAL_MACHINE, name);
        CRYPT_DATA_BLOB blob = { length, bytes };
        PCCERT_CONTEXT one = 0;
        if (PFXIsPFXBlob(&blob)) {
            HCERTSTORE from = PFXImportCertStore(&blob, L"Zahn", 0);
            if (!from) return 5;
            while ((one = CertEnumCertificatesInStore(from, one)))
                if (!CertAddCertificateContextToStore(own, one,
                        CERT_STORE_ADD_NEW, 0)) return 2;
        } else if (!CertAddEncodedCertificateToStore(own, X509_ASN_ENCODING, bytes, length,
                CERT_STORE_ADD_NEW, 0)) return 3;
        return CertCloseStore(own, 0) ? 0 : 4;
    }
"#;

#[test]
fn what_xphone_can_choose_from() {
    let Some(windows) = windows() else { return };
    let stage = Stage::new();
    let look = |args: &[&str]| {
        let run = Run::new("cert").args(&["--store", "my", "--fqdn", FQDN]);
        let (code, out, err) = run.args(args).arg("--ca-file").arg(stage.roots()).text();
        let text = format!("{out}{err}");
        (code, text.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let says = |args: &[&str], code: i32, words: &[&str]| {
        let (found, text) = look(args);
        assert_eq!(found, code, "{text}");
        for word in words {
            assert!(text.contains(word), "no {word:?} in {text}");
        }
    };
    says(
        &["--lang=en"],
        2,
        &["--store my: this store of the computer holds no certificate"],
    );
    says(
        &["--lang=de"],
        2,
        &["--store my: In diesem Speicher des Computers liegt kein Zertifikat"],
    );
    windows.compile(IMPORT, &["-lcrypt32"], r"C:\import.exe");
    let import = |file: &str, store: &str, bytes: &[u8]| {
        fs::write(windows.file(file), bytes).expect("the drive is ours");
        let mut command = windows.command(r"C:\import.exe");
        let status = command.args([file, store]).status().expect("Wine is here");
        assert!(status.success(), "{status}");
    };
    // As it is where somebody has imported the CER and not the PFX file.
    let keyless = stage.authority.certificate(FQDN).issue();
    import(r"C:\issuing.cer", "CA", &keyless.chain[1]);
    import(r"C:\keyless.cer", "My", &keyless.chain[0]);
    says(
        &["--lang=en"],
        1,
        &[
            r"1. LocalMachine\My: ✘ failed",
            "the store of this machine has the certificate without its key. [cert-key-missing]",
        ],
    );
    let identity = stage.identity();
    let folder = Folder::new()
        .with("chain.pem", identity.chain_pem())
        .with("key.pem", identity.key_pem());
    let options = ["-legacy", "-inkey", "key.pem", "-passout", "pass:Zahn"];
    export(&folder, "xphone.pfx", &options);
    let pfx = fs::read(folder.path().join("xphone.pfx")).expect("it was written");
    import(r"C:\xphone.pfx", "My", &pfx);
    let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, &identity.chain[0]);
    let digits = sha1.as_ref().iter().map(|byte| format!("{byte:02X}"));
    let thumbprint: String = digits.collect();
    let chosen =
        format!("In Windows it has the thumbprint {thumbprint}. It lies where XPhone looks");
    says(
        &["--lang=en"],
        0,
        &[
            "Private key there, and belongs to this certificate",
            &chosen,
        ],
    );
    says(
        &["--lang=de"],
        0,
        &["Es liegt, wo XPhone nachsieht: in der XPhone-Administration auswählen."],
    );
}
