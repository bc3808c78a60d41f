//! `[conformance]`: FIDO's server test API, for a machine that tests and for no other.

use super::lint::Lint;
use super::listen::Profile;
use super::relying_party::facet_rule_broken;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The test API: routes by which a user name alone registers a key, so it is switched on by three keys at once: the
/// cargo feature `conformance`, `conformance.enabled` and `server.profile = "development"`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConformanceConfig {
    /// Whether `POST /get` and `POST /respond` are served.
    pub enabled: bool,
    /// A folder of further metadata statements, those of the test authenticators; read only where `enabled`.
    pub metadata_folder: Option<PathBuf>,
    /// Further trusted facets, those of the test tool, each as in `relying_party.facets`; trusted only where `enabled`.
    pub facets: Vec<String>,
}

/// Whether this program was built with the feature.
pub(super) const IS_BUILT_IN: bool = cfg!(feature = "conformance");

impl ConformanceConfig {
    /// `is_built_in`: [`IS_BUILT_IN`], an argument so that both builds can be judged in one.
    pub(super) fn lint(&self, profile: Profile, app_id: &str, is_built_in: bool, lints: &mut Vec<Lint>) {
        if self.enabled && !is_built_in {
            lints.push(Lint::new(
                "conformance.enabled",
                "this program was built without the cargo feature `conformance`; for a test machine build it with \
                 cargo build -p smile-relying-party --features conformance",
            ));
        }
        if self.enabled && profile == Profile::Production {
            lints.push(Lint::new(
                "conformance.enabled",
                "must be false where server.profile is \"production\": on the test API a user name alone registers a \
                 key; on a test machine set server.profile = \"development\"",
            ));
        }
        if self
            .metadata_folder
            .as_ref()
            .is_some_and(|folder| folder.as_os_str().is_empty())
        {
            lints.push(Lint::new("conformance.metadata_folder", "must not be empty"));
        }
        for (index, facet) in self.facets.iter().enumerate() {
            if let Some(rule) = facet_rule_broken(facet, app_id) {
                lints.push(Lint::new(
                    format!("conformance.facets[{index}]"),
                    format!("{facet:?} {rule}"),
                ));
            }
        }
    }

    pub(super) fn resolve_from(&mut self, base: &Path) {
        if let Some(folder) = &mut self.metadata_folder {
            *folder = base.join(&folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(enabled: bool, profile: Profile, is_built_in: bool) -> Vec<String> {
        let config = ConformanceConfig {
            enabled,
            ..ConformanceConfig::default()
        };
        let mut lints = Vec::new();
        config.lint(
            profile,
            "https://shop.example/uaf/facets",
            is_built_in,
            &mut lints,
        );
        lints.iter().map(Lint::to_string).collect()
    }

    #[test]
    fn the_test_api_needs_the_feature_and_a_development_profile() {
        assert!(judged(true, Profile::Development, true).is_empty());
        assert!(judged(false, Profile::Production, true).is_empty());
        assert!(judged(false, Profile::Production, false).is_empty());

        let without = judged(true, Profile::Development, false);
        assert_eq!(without.len(), 1, "{without:?}");
        assert!(without[0].contains("cargo feature `conformance`"), "{without:?}");

        let in_production = judged(true, Profile::Production, true);
        assert_eq!(in_production.len(), 1, "{in_production:?}");
        assert!(
            in_production[0].contains("conformance.enabled"),
            "{in_production:?}"
        );
        assert!(in_production[0].contains("server.profile"), "{in_production:?}");

        assert_eq!(judged(true, Profile::Production, false).len(), 2);
    }
}
