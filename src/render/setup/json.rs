//! `xfed plan --format json`, and its JSON Schema.

use std::io::{self, Write};

use super::contract::{
    Document, JsonBlock, JsonField, JsonPlan, JsonRecord, JsonRenewal, JsonRoute, JsonSection,
    JsonWarning, RecordState, Seen,
};
use super::{Block, Page, Plan, Section, key};
use crate::model::finding::Finding;
use crate::model::limits::FEDERATION_PORT;
use crate::render::Look;
use crate::render::json::Tool;
use crate::render::json::harmless::{self, Layout};
use crate::report::SCHEMA;
use crate::setup::{Entry, Place, Purpose, Sheet, Side, TTL, Variant};
use crate::text::Texts;

/// Writes one document with all plans.
pub(super) fn write(plans: &[&Plan], texts: &Texts, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        tool: Tool::this(),
        plans: plans.iter().map(|plan| json_plan(plan, texts)).collect(),
    };
    harmless::write(&document, Layout::Indented, out)?;
    writeln!(out)
}

/// Writes the JSON Schema of the document.
pub(crate) fn write_schema(out: &mut dyn Write) -> io::Result<()> {
    let schema = schemars::schema_for!(Document);
    serde_json::to_writer_pretty(&mut *out, &schema)?;
    writeln!(out)
}

fn json_plan(plan: &Plan, texts: &Texts) -> JsonPlan {
    let page = Page::new(plan, texts, Look::default());
    let (advice, sheet) = (page.advice, page.sheet);
    let beside = (advice.variant == Variant::Own).then(|| advice.beside.to_string());
    JsonPlan {
        input: plan.input.clone(),
        labels: plan
            .labels
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        domain: page.wish.domain.to_string(),
        variant: advice.variant.id(),
        basis: advice.basis.key(),
        result: page.result(),
        xphone_domain: sheet.domain.to_string(),
        beside,
        fqdn: sheet.fqdn.to_string(),
        zone: sheet.zone.to_string(),
        address: sheet.address.map(|address| address.to_string()),
        lan: sheet.lan.map(|address| address.to_string()),
        missing: advice.missing.iter().map(ToString::to_string).collect(),
        seen: Seen {
            mail: advice.mail.clone(),
            microsoft: advice.microsoft.clone(),
            srv: advice.srv.clone(),
            xphone_srv: advice.own_srv.clone(),
            addresses: advice.addresses.clone(),
            ipv6: advice.ipv6.clone(),
            caa: advice.caa.clone(),
        },
        records: match advice.variant {
            Variant::Without => Vec::new(),
            _ if page.is_direct() => records(sheet).into_iter().take(1).collect(),
            Variant::Email | Variant::TakeOver | Variant::Own => records(sheet),
        },
        warnings: advice
            .warnings
            .iter()
            .map(|warning| JsonWarning {
                code: key(warning.id),
                message: page.note(warning),
            })
            .collect(),
        renewal: plan.renewal.iter().map(|one| renewal(&page, one)).collect(),
        purpose: match &plan.purpose {
            Purpose::Open => "open",
            Purpose::Direct { .. } => "direct",
            Purpose::TestPartner(_) => "test-partner",
        },
        routes: match &plan.purpose {
            Purpose::Direct { others, .. } => Some(others.iter().map(route).collect()),
            Purpose::Open | Purpose::TestPartner(_) => None,
        },
        sections: page.sections().into_iter().map(json_section).collect(),
    }
}

fn route(side: &Side) -> JsonRoute {
    let Side {
        domain,
        fqdn,
        is_assumed,
        addresses,
        is_on_teams,
        records: _,
        is_record_known: _,
        is_address_known: _,
    } = side;
    JsonRoute {
        domain: domain.to_string(),
        fqdn: (!is_on_teams).then(|| fqdn.to_string()),
        port: FEDERATION_PORT,
        assumed: *is_assumed && !is_on_teams,
        addresses: addresses.iter().map(ToString::to_string).collect(),
        on_teams: *is_on_teams,
    }
}

fn renewal(page: &Page<'_>, finding: &Finding) -> JsonRenewal {
    let (fix, entries) = page.fix(finding).unzip();
    JsonRenewal {
        code: finding.rule.code,
        severity: finding.severity.id(),
        message: page.message(finding),
        fix,
        entries: entries.unwrap_or_default(),
    }
}

fn records(sheet: &Sheet) -> Vec<JsonRecord> {
    let record = |r#type, name: String, value, (entry, place): (Entry, &Place)| JsonRecord {
        r#type,
        relative: Sheet::relative_to(place.zone(&sheet.zone), &name).to_owned(),
        zone: place.zone(&sheet.zone).to_owned(),
        hidden_by: place.hidden_by(),
        name,
        ttl: TTL,
        value,
        state: match entry {
            Entry::New => RecordState::New,
            Entry::Published => RecordState::Published,
            Entry::Differs => RecordState::Differs,
        },
    };
    let address = sheet.address.map(|address| address.to_string());
    let srv = format!("0 0 {FEDERATION_PORT} {}.", sheet.fqdn);
    vec![
        record(
            "A",
            sheet.fqdn.to_string(),
            address,
            (sheet.a, &sheet.a_place),
        ),
        record(
            "SRV",
            sheet.domain.srv_name(),
            Some(srv),
            (sheet.record, &sheet.record_place),
        ),
    ]
}

fn json_section(section: Section) -> JsonSection {
    JsonSection {
        id: section.id,
        title: section.title,
        owners: section.owners.iter().map(|owner| owner.id()).collect(),
        blocks: section.blocks.into_iter().map(json_block).collect(),
    }
}

fn json_block(block: Block) -> JsonBlock {
    match block {
        Block::Text(text) => JsonBlock::Text { text },
        Block::Question {
            question, answer, ..
        } => JsonBlock::Question { question, answer },
        Block::Item(text) => JsonBlock::Item { text },
        Block::Result(text) => JsonBlock::Result { text },
        Block::Warning { code, text } => JsonBlock::Warning {
            code: key(code),
            text,
        },
        Block::Fields(fields) => JsonBlock::Fields {
            fields: fields
                .into_iter()
                .map(|field| JsonField {
                    id: key(field.id),
                    label: field.label,
                    value: field.value,
                })
                .collect(),
        },
        Block::Copy { id, text, lines } => JsonBlock::Copy {
            id: key(id),
            text,
            lines,
        },
    }
}
