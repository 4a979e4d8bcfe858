//! What the administration of Teams has to do: one's own, and that of partners.

use super::{Page, Section};
use crate::setup::Variant;

/// Where Microsoft describes these commands.
const SOURCE: &str = "https://learn.microsoft.com/powershell/module/microsoftteams/set-cstenantfederationconfiguration";

impl Page<'_> {
    pub(super) fn teams(&self) -> Section {
        let mut blocks = vec![self.copy(
            "plan-teams-look",
            vec![
                "Connect-MicrosoftTeams".to_owned(),
                "Get-CsTenantFederationConfiguration".to_owned(),
            ],
        )];
        if self.advice.variant == Variant::TakeOver {
            blocks.push(self.copy(
                "plan-teams-off",
                vec!["Set-CsTenantFederationConfiguration -AllowFederatedUsers $false".to_owned()],
            ));
        }
        // `AllowedDomains` counts only while `AllowFederatedUsers` is on.
        blocks.push(self.copy(
            "plan-teams-all",
            vec![
                "Set-CsTenantFederationConfiguration -AllowFederatedUsers $true -AllowedDomains (New-CsEdgeAllowAllKnownDomains)"
                    .to_owned(),
            ],
        ));
        blocks.push(self.copy(
            "plan-teams-list",
            vec![
                "$list = New-Object Collections.Generic.List[String]".to_owned(),
                format!("$list.Add(\"{}\")", self.sheet.domain),
                "Set-CsTenantFederationConfiguration -AllowFederatedUsers $true -AllowedDomainsAsAList @{Add=$list}"
                    .to_owned(),
            ],
        ));
        blocks.push(self.copy("plan-teams-source", vec![SOURCE.to_owned()]));
        Section::new("teams", self.say("plan-teams-title")).of(blocks)
    }
}
