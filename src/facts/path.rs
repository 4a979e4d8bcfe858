//! What the certificates between a leaf and a root say for and against it (RFC 5280 §6.1), one
//! property at a time: which certificate, and what of it.

use serde::{Deserialize, Serialize};

use super::ChainVerdict;

/// What was found on the best path from the leaf to a root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathFacts {
    /// Whether the path holds.
    pub verdict: PathVerdict,
    /// Its certificates, leaf first; the last is the root, where one was reached.
    pub path: Vec<PathCertificate>,
    /// What some partners refuse and others accept.
    #[serde(default)]
    pub remarks: Vec<About<PathRemark>>,
}

/// One certificate of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathCertificate {
    /// Its subject, `CN=…, O=…`.
    pub subject: String,
    /// Where it comes from.
    pub place: Place,
}

/// Where a certificate of a path comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The server sent it, as this number; the leaf is number 1.
    Sent(usize),
    /// It is one of the roots.
    Root,
}

/// Something about one certificate of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About<T> {
    /// The certificate that would have to be another one.
    pub certificate: PathCertificate,
    /// What it is about.
    pub what: T,
}

/// Whether a path from the leaf to a root holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathVerdict {
    /// It does.
    Trusted,
    /// It does not, for these reasons.
    Refused(Vec<About<PathFault>>),
    /// Nothing speaks against it, but this could not be verified here.
    NotVerifiable(Vec<About<Unverifiable>>),
    /// There is no path to any root.
    NoPath(Gap),
}

impl PathVerdict {
    /// The verdict without its reasons.
    pub fn in_short(&self) -> ChainVerdict {
        match self {
            Self::Trusted => ChainVerdict::Trusted,
            Self::Refused(_) => ChainVerdict::Refused,
            Self::NotVerifiable(_) => ChainVerdict::NotVerifiable,
            Self::NoPath(_) => ChainVerdict::UnknownIssuer,
        }
    }
}

/// Where the way to a root ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The last certificate that was found.
    pub top: PathCertificate,
    /// Its issuer, which was not.
    pub issuer: String,
    /// Why not.
    pub why: GapReason,
    /// How many of the certificates sent could not be read.
    pub unreadable: usize,
}

/// Why the issuer of a certificate was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapReason {
    /// Neither a certificate sent nor a root has its name.
    Unknown,
    /// The last certificate is self-signed, and not one of the roots.
    SelfSigned,
    /// A root has the issuer's name, but another key: a certificate of the same name is missing
    /// between them.
    RootHasOtherKey,
    /// A certificate sent has the issuer's name, but another key.
    SentHasOtherKey,
    /// The issuer was given as one of the roots, is none, and was not sent.
    OnlyGiven,
}

/// Why a certificate breaks the path that it is part of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathFault {
    /// Its last moment has passed, in seconds since 1970.
    Expired(i64),
    /// Its first moment is still to come, in seconds since 1970.
    NotYetValid(i64),
    /// It issued another one and is no CA certificate (basicConstraints).
    NotCa,
    /// It issued another one, and its keyUsage lacks keyCertSign.
    NoCertSign,
    /// It is the leaf, and its keyUsage has nothing that TLS uses a key for.
    NoTlsUsage,
    /// Fewer CA certificates may stand below it than do.
    PathLength {
        /// How many may.
        allowed: u32,
        /// How many do.
        found: u32,
        /// The one directly below it.
        below: String,
    },
    /// Its extendedKeyUsage lacks serverAuth.
    NoServerAuth {
        /// It has anyExtendedKeyUsage instead.
        any: bool,
    },
    /// Its nameConstraints permit other names only.
    NameNotPermitted {
        /// The name below it that they do not permit.
        name: String,
        /// What they permit.
        permitted: Vec<String>,
    },
    /// Its nameConstraints exclude a name.
    NameExcluded {
        /// The name below it that they exclude.
        name: String,
        /// What they exclude.
        excluded: String,
    },
    /// Its key is too short, as `RSA 1024`.
    WeakKey(String),
    /// It is signed with this hash, which can be forged.
    WeakSignature(String),
    /// Its signature does not come from the key of its issuer.
    WrongSignature,
    /// Its authorityKeyIdentifier has another key than its issuer, of this subject, says it has.
    OtherIssuerKey(String),
    /// It has a critical extension of this OID, which nobody knows.
    CriticalExtension(String),
    /// It has the extension of this OID more than once.
    RepeatedExtension(String),
    /// The extension of this OID cannot be read.
    BrokenExtension(String),
    /// Its dates are not written as RFC 5280 §4.1.2.5 wants them; as they are written.
    BrokenDate(String),
    /// It names one signature algorithm inside, and another outside.
    TwoAlgorithms,
}

/// What this program cannot verify, though others may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unverifiable {
    /// A signature made with this algorithm, or with this kind of key.
    Signature(String),
    /// Name constraints of this kind.
    NameConstraint(String),
    /// A demand for certificate policies (policyConstraints).
    Policies,
    /// More certificates than this were sent.
    Certificates(usize),
    /// The path is longer than this many certificates.
    Depth(usize),
    /// So many signatures had been checked that this program stopped.
    Signatures(usize),
    /// There are more names and name constraints to compare than this.
    Comparisons(usize),
    /// It was given as a root and is none, and its own issuer, of this name, was not given.
    NoRoot(String),
}

/// What some partners refuse and others accept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathRemark {
    /// Its extendedKeyUsage lacks clientAuth, and it stands above the leaf.
    NoClientAuth,
    /// The leaf's keyUsage lacks digitalSignature, and has another use of TLS.
    NoDigitalSignature,
    /// It signed the one below it with a key of this kind, which hardly any partner can verify with.
    UnusualKey(String),
    /// Its last moment comes before that of the leaf, in seconds since 1970.
    EndsBeforeLeaf(i64),
    /// The extension of this OID cannot be read, and nobody minds who was measured.
    BrokenExtension(String),
    /// Its authorityKeyIdentifier points to another certificate than the one that issued it.
    OtherIssuer(IssuerMark),
    /// It is beside the path, and some partners take it for a part of it.
    Misleading {
        /// Its own issuer.
        issuer: String,
        /// Its serial number, in hexadecimal digits.
        serial: String,
        /// Where it leads those partners.
        to: Astray,
        /// Who takes it.
        by: Vec<Partner>,
    },
    /// Something of it that some partners refuse.
    Disputed {
        /// What it is.
        what: Disputed,
        /// Who refuses it.
        by: Partner,
    },
}

/// A library by which partners judge certificates, and which has been measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Partner {
    /// OpenSSL, as in Kamailio, OpenSIPS and FreeSWITCH.
    OpenSsl,
    /// GnuTLS.
    GnuTls,
    /// Java.
    Java,
}

impl Partner {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenSsl => "OpenSSL",
            Self::GnuTls => "GnuTLS",
            Self::Java => "Java",
        }
    }
}

/// Where a certificate beside the path leads those who take it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Astray {
    /// To no root.
    Nowhere,
    /// To a path that this speaks against.
    Refused(PathFault),
    /// To a path that does not carry clientAuth.
    NoClientAuth,
}

/// What some partners refuse of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disputed {
    /// A critical extension, by its OID.
    CriticalExtension(String),
    /// Its Netscape certificate type names neither servers nor clients.
    NetscapeNeither,
    /// Its Netscape certificate type lacks servers.
    NetscapeNoServer,
    /// Its Netscape certificate type lacks clients.
    NetscapeNoClient,
    /// Its name constraints have a minimum or a maximum.
    ConstraintDistance,
    /// Its name constraints have an address range of so many bytes; 8 or 32 would be right.
    ConstraintAddress(usize),
    /// Its name constraints have a name of this form.
    ConstraintForm(String),
    /// Its name constraints have this host name, with a final dot.
    ConstraintDot(String),
    /// Its name constraints permit addresses of the other family only than this one below it.
    OtherFamily(String),
    /// Its alternative names have an empty one of this kind.
    EmptyName(String),
    /// Its alternative names have one of this kind.
    NameForm(String),
    /// Its alternative names have an address of so many bytes, beside name constraints for addresses.
    AddressName(usize),
    /// It writes the name of its issuer in another way than the issuer does.
    IssuerSpelling,
    /// It has issued itself, and its authorityKeyIdentifier points to another certificate.
    RootOfAnother,
    /// The point of its key is written in the compressed form.
    CompressedKey,
    /// Its serial number is written with more bytes than it needs.
    PaddedSerial,
    /// A string in its subject or issuer is of a kind that stands in no name, or none of its kind.
    NameString,
    /// It has extensions, and says that it is of a version that has none.
    OldVersion,
    /// The content of the extension of this OID.
    ExtensionContent(String),
    /// There is more in the extension of this OID than its content.
    ExtensionSurplus(String),
    /// It demands stapled OCSP answers (TLS feature), and the one below it does not.
    FeatureNotBelow,
    /// It claims Internet resources (RFC 3779), in the extension of this OID, which its issuer does not.
    ResourcesNotAbove(String),
    /// It allows so many CA certificates below it, which are exceeded only if those count that have
    /// issued themselves.
    SelfIssuedCounted(u32),
    /// So many certificates come with it, needed or not.
    Crowd(usize),
}

/// How an authorityKeyIdentifier names an issuer (RFC 5280 §4.2.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssuerMark {
    /// By the identifier of its key.
    Key,
    /// By its own issuer and serial number.
    Serial,
    /// By an identifier of its key that is empty.
    EmptyKey,
}
