//! What Let's Encrypt would meet, for the first certificate and for every renewal of it.

use super::{Block, Page, Section};
use crate::model::finding::{Finding, Owner, Severity};

impl Page<'_> {
    pub(super) fn renewal(&self) -> Section {
        let advice = self.advice;
        let seen = |values: Option<&[String]>, none| match values {
            Some([]) => self.say(none),
            values => self.answer(values),
        };
        let port = if self.plan.is_port_asked {
            "plan-renewal-port-asked"
        } else {
            "plan-renewal-port-open"
        };
        let rows = vec![
            self.labelled(
                "plan-renewal-caa",
                seen(advice.caa.as_deref(), "plan-renewal-caa-none"),
            ),
            self.labelled(
                "plan-renewal-ipv6",
                seen(advice.ipv6.as_deref(), "plan-renewal-ipv6-none"),
            ),
            self.labelled("plan-renewal-port", self.say(port)),
        ];
        let mut blocks = vec![self.paragraph("plan-renewal-about"), Block::Fields(rows)];
        for finding in &self.plan.renewal {
            blocks.extend(self.found(finding));
        }
        let later = format!("{} --renewal", self.check_command());
        blocks.push(self.copy("plan-renewal-later", vec![later]));
        let owners = [Owner::DnsAdmin, Owner::Network];
        Section::new("renewal", self.say("plan-renewal-title"))
            .by(&owners)
            .of(blocks)
    }

    /// What was found, and what to do about it.
    fn found(&self, finding: &Finding) -> Vec<Block> {
        let text = format!("{} [{}]", self.message(finding), finding.rule.code);
        if finding.severity == Severity::Info {
            return vec![Block::Item(text)];
        }
        let code = finding.rule.code;
        let mut blocks = vec![Block::Warning { code, text }];
        if let Some((text, lines)) = self.fix(finding) {
            blocks.push(if lines.is_empty() {
                Block::Text(text)
            } else {
                Block::Copy {
                    id: code,
                    text,
                    lines,
                }
            });
        }
        blocks
    }

    pub(super) fn message(&self, finding: &Finding) -> String {
        self.texts.message(finding, &self.context)
    }

    /// What to do about a finding: what is said, and what is to be copied.
    pub(super) fn fix(&self, finding: &Finding) -> Option<(String, Vec<String>)> {
        let fix = self.texts.fix(finding, &self.context)?;
        let said = fix.lines().iter().filter(|line| !line.is_entry);
        let said: Vec<String> = said.map(|line| self.texts.line(line)).collect();
        Some((said.join(" "), fix.entries()))
    }
}
