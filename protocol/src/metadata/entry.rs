//! A metadata statement together with what a metadata service reports of its model: the shape of an entry of a
//! service's list (Metadata Service §3.1.1) with the statement inside, as services of version 3 deliver it.

use serde_json::Value;

use crate::error::ProtocolError;
use crate::json::{self, FromJson, Node, ObjectWriter, ToJson};
use crate::limits;
use crate::metadata::{CalendarDate, MetadataStatement, StatusReport};

/// A statement and its status reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataEntry {
    /// The statement, of any version.
    pub statement: MetadataStatement,
    /// The reports, oldest first.
    pub status_reports: Vec<StatusReport>,
    /// Since when the reports are as they are.
    pub time_of_last_status_change: Option<CalendarDate>,
}

impl From<MetadataStatement> for MetadataEntry {
    /// A statement of which nothing is reported.
    fn from(statement: MetadataStatement) -> Self {
        Self {
            statement,
            status_reports: Vec::new(),
            time_of_last_status_change: None,
        }
    }
}

impl MetadataEntry {
    /// Reads an entry, or a statement by itself, of at most 1 MiB. An entry is what has the member
    /// `metadataStatement`.
    ///
    /// # Errors
    /// [`ProtocolError`] naming the member and the rule.
    pub fn decode(text: &str) -> Result<Self, ProtocolError> {
        let tree = json::parse(text, "metadata", limits::METADATA_BYTES)?;
        let node = Node::root(&tree, "");
        if node.optional("metadataStatement")?.is_some() {
            Self::from_json(&node)
        } else {
            MetadataStatement::from_json(&node).map(Self::from)
        }
    }

    /// The entry as JSON, its statement in the form of versions 1 and 2.
    #[must_use]
    pub fn encode(&self) -> String {
        json::write(&self.to_json())
    }
}

impl FromJson for MetadataEntry {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let statement: MetadataStatement = node.required_as("metadataStatement")?;
        // Metadata Service §3.1.1: the entry names the model of its statement.
        if node.required_as::<crate::uaf::identity::Aaid>("aaid")? != statement.aaid {
            return Err(node
                .required("aaid")?
                .refuse("is not the one of metadataStatement"));
        }
        Ok(Self {
            statement,
            status_reports: node.required("statusReports")?.list_of(0)?,
            time_of_last_status_change: node.optional_as("timeOfLastStatusChange")?,
        })
    }
}

impl ToJson for MetadataEntry {
    fn to_json(&self) -> Value {
        let changed = self.time_of_last_status_change.as_ref();
        ObjectWriter::default()
            .put("aaid", self.statement.aaid.to_string())
            .put("metadataStatement", self.statement.to_json())
            .put("statusReports", json::array(&self.status_reports))
            .put_some("timeOfLastStatusChange", changed.map(ToJson::to_json))
            .finish()
    }
}

#[cfg(test)]
mod tests;
