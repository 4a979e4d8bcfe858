//! What those meet who do not name the server (SNI), where it is something else than others meet.
//!
//! Windows names it: Schannel does so wherever a program gives it a host name, .NET included, and not for
//! an address (dotnet/corefx 17427, dotnet/runtime 81590). What the Edge of Skype for Business gives it is
//! not documented. OpenSIPS names none unless it is set up so (OpenSIPS/opensips 3529), nor do others of
//! the field. So a server that wants the name serves most partners, and not all: a warning.

use super::TLS_NEEDS_SERVER_NAME;
use super::met::Apart;
use crate::model::finding::{Finding, Value};

pub(super) fn judge(Apart { how, detail, codes }: Apart) -> Finding {
    Finding::new(&TLS_NEEDS_SERVER_NAME)
        .with("how", how)
        .with("detail", detail)
        .with("codes", Value::Codes(codes))
}
