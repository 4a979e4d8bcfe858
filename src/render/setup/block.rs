//! What a plan says, before it is decided how that looks: sections of paragraphs, values behind
//! labels, and lines to be copied.

use crate::model::finding::Owner;

/// A part of a plan.
pub(super) struct Section {
    /// What it is called in the machine formats.
    pub(super) id: &'static str,
    pub(super) title: String,
    /// Who does what stands in it.
    pub(super) owners: Vec<Owner>,
    pub(super) blocks: Vec<Block>,
}

/// A piece of a section.
pub(super) enum Block {
    /// A paragraph.
    Text(String),
    /// A question of the guide, with its number and the answer.
    Question {
        number: usize,
        question: String,
        answer: String,
    },
    /// A thing to consider.
    Item(String),
    /// What follows from all that.
    Result(String),
    /// What would break, or has to be known before.
    Warning { code: &'static str, text: String },
    /// Values behind labels.
    Fields(Vec<Field>),
    /// Lines to be copied, below a paragraph that says where they belong.
    Copy {
        id: &'static str,
        text: String,
        lines: Vec<String>,
    },
}

/// A value behind a label.
pub(super) struct Field {
    pub(super) id: &'static str,
    pub(super) label: String,
    pub(super) value: String,
    /// It is there to be entered as it stands, and not to be read.
    pub(super) is_copied: bool,
}

impl Section {
    pub(super) fn new(id: &'static str, title: String) -> Self {
        Self {
            id,
            title,
            owners: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// The same, done by these.
    pub(super) fn by(self, owners: &[Owner]) -> Self {
        let owners = owners.to_vec();
        Self { owners, ..self }
    }

    /// The same, with what stands in it.
    pub(super) fn of(self, blocks: Vec<Block>) -> Self {
        Self { blocks, ..self }
    }
}
