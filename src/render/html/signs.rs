//! The signs: one shape per status, so that nothing depends on colour, and the bolt where the way
//! breaks. They are drawn once per page and used from everywhere on it.

use maud::{Markup, html};

use crate::report::Status;

/// The sign of a status. It is hidden from screen readers: the words beside it say the same.
pub(super) fn mark(status: Status) -> Markup {
    html! {
        svg class={ "mark " (status.id()) } viewBox="-18 -18 36 36" aria-hidden="true" {
            use href={ "#" (sign_id(status)) } {}
        }
    }
}

/// The id of the sign of a status.
pub(super) fn sign_id(status: Status) -> String {
    format!("sign-{}", status.id())
}

/// The drawings themselves, which are invisible until they are used.
pub(super) fn signs() -> Markup {
    html! {
        svg.signs width="0" height="0" aria-hidden="true" {
            defs {
                g #sign-pass { circle.fill r="14" {} path.cut d="M-6 0.5l4.2 4.5 8-9.5" {} }
                g #sign-warn { path.fill d="M0-15 16 13H-16Z" {} path.cut d="M0-5V3M0 8V8.2" {} }
                g #sign-fail {
                    path.fill d="M-6-15H6L15-6V6L6 15H-6L-15 6V-6Z" {}
                    path.cut d="M-5-5 5 5M5-5-5 5" {}
                }
                g #sign-skip { circle.hollow r="13" {} path.pen d="M-5 0H5" {} }
                g #sign-unknown {
                    path.hollow d="M0-16 16 0 0 16-16 0Z" {}
                    path.pen d="M-3.6-3.4A3.7 3.7 0 1 1 1.9.3C.6 1 0 1.7 0 3.2M0 7V7.3" {}
                }
                g #bolt { path.fill d="M3-15-8 2H-1L-4 15 8-3H1Z" {} }
            }
        }
    }
}
