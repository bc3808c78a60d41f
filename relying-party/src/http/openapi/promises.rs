//! What a client may rely on within one version of the interface, as lines of which none may go: `docs/promises.txt`.
//!
//! A line that is gone is a change that can break a client: an operation or a good answer that is no longer there, a member
//! that a request may no longer have or has to have from now on, a value that is no longer taken, a member that an
//! answer no longer has or that is of another type. What is new adds lines. Ranges and patterns are not among them.

use serde_json::Value;
use std::collections::BTreeSet;

/// The promises of the present description, sorted, a line each.
///
/// # Panics
/// Never: the description is JSON.
#[must_use]
pub fn text() -> String {
    let document = serde_json::from_str(super::text()).expect("the description is JSON");
    let lines = of(&document);
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The promises of a description.
#[must_use]
pub fn of(document: &Value) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (path, item) in members(&document["paths"]) {
        for (method, operation) in members(item) {
            let name = format!("{} {path}", method.to_uppercase());
            let reader = Reader {
                document,
                lines: &mut lines,
            };
            reader.operation(&name, operation);
        }
    }
    lines
}

fn members(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}

fn words(list: &Value) -> BTreeSet<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// Whose promises a schema makes: a request's, which must stay accepted, or an answer's, which must stay there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Request,
    Answer,
}

struct Reader<'d> {
    document: &'d Value,
    lines: &'d mut BTreeSet<String>,
}

impl<'d> Reader<'d> {
    fn operation(mut self, name: &str, operation: &'d Value) {
        self.lines.insert(name.to_owned());
        let parameters = || operation["parameters"].as_array().into_iter().flatten();
        let needed = |parameter: &&Value| parameter["required"] == true && parameter["in"] != "path";
        let needed: Vec<&str> = parameters()
            .filter(needed)
            .filter_map(|one| one["name"].as_str())
            .collect();
        self.lines
            .insert(format!("{name} needs of parameters only [{}]", needed.join(", ")));
        for parameter in parameters() {
            let at = format!("{name} takes {}", parameter["name"].as_str().unwrap_or_default());
            self.schema(&at, &parameter["schema"], Side::Request);
        }
        for (kind, content) in members(&operation["requestBody"]["content"]) {
            self.schema(&format!("{name} takes {kind}"), &content["schema"], Side::Request);
        }
        // Of refusals nothing is promised here: that there is one less breaks nobody, and their codes keep their meaning.
        for (status, answer) in members(&operation["responses"]).filter(|(status, _)| status.starts_with('2'))
        {
            self.lines.insert(format!("{name} answers {status}"));
            for (kind, content) in members(&answer["content"]) {
                self.schema(
                    &format!("{name} answers {status} {kind}"),
                    &content["schema"],
                    Side::Answer,
                );
            }
        }
    }

    fn schema(&mut self, at: &str, schema: &'d Value, side: Side) {
        if let Some(pointer) = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
            let schema = self.document.pointer(pointer).unwrap_or(&Value::Null);
            return self.schema(at, schema, side);
        }
        for kind in words(&schema["type"]).into_iter().chain(schema["type"].as_str()) {
            self.lines.insert(format!("{at}: {kind}"));
        }
        if side == Side::Request {
            let values = schema["enum"].as_array().into_iter().flatten();
            self.lines.extend(values.map(|value| format!("{at} = {value}")));
        }
        for part in ["oneOf", "allOf"]
            .iter()
            .flat_map(|name| schema[name].as_array())
            .flatten()
        {
            self.schema(at, part, side);
        }
        if schema["type"] == "object" {
            self.object(at, schema, side);
        }
        if schema["items"].is_object() {
            self.schema(&format!("{at} []"), &schema["items"], side);
        }
    }

    fn object(&mut self, at: &str, schema: &'d Value, side: Side) {
        let required = words(&schema["required"]);
        match side {
            Side::Request => {
                let required: Vec<&str> = required.into_iter().collect();
                self.lines
                    .insert(format!("{at} needs only [{}]", required.join(", ")));
            }
            Side::Answer => self
                .lines
                .extend(required.iter().map(|name| format!("{at} always has {name}"))),
        }
        for (name, member) in members(&schema["properties"]) {
            self.schema(&format!("{at} .{name}"), member, side);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    fn document() -> Value {
        json!({"paths": {"/v1/refunds": {"post": {
            "parameters": [{"name": "limit", "in": "query", "required": false, "schema": {"type": "integer"}}],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}},
            "responses": {"201": {"content": {"application/json": {"schema": {
                "type": "object", "required": ["id"],
                "properties": {"id": {"type": "string"}, "note": {"type": ["string", "null"]}}}}}},
                "400": {}}}}},
            "components": {"schemas": {"New": {"type": "object", "required": ["amount"],
                "properties": {"amount": {"type": "integer"}, "how": {"type": "string", "enum": ["a", "b"]}}}}}})
    }

    fn gone(change: impl FnOnce(&mut Value)) -> BTreeSet<String> {
        let mut changed = document();
        change(&mut changed);
        of(&document()).difference(&of(&changed)).cloned().collect()
    }

    #[test]
    fn what_only_adds_breaks_no_promise() {
        let nothing = BTreeSet::new();
        assert_eq!(
            gone(|changed| changed["paths"]["/v1/new"]["get"] = json!({"responses": {"200": {}}})),
            nothing
        );
        let post = |changed: &mut Value, pointer: &str, value: Value| {
            *changed.pointer_mut(pointer).expect("it is there") = value;
        };
        let new = "/components/schemas/New/properties";
        assert_eq!(
            gone(|changed| {
                post(changed, &format!("{new}/how/enum"), json!(["a", "b", "c"]));
                changed.pointer_mut(new).expect("there")["tip"] = json!({"type": "integer"});
            }),
            nothing
        );
    }

    #[test]
    fn each_change_that_can_break_a_client_takes_a_line_away() {
        let post = "/paths/~1v1~1refunds/post";
        let answer = format!("{post}/responses/201/content/application~1json/schema");
        let new = "/components/schemas/New";
        let cases = [
            (
                format!("{post}/responses"),
                json!({"200": {}, "400": {}}),
                "answers 201",
            ),
            (
                format!("{post}/parameters/0/required"),
                json!(true),
                "needs of parameters only []",
            ),
            (format!("{post}/parameters"), json!([]), "takes limit: integer"),
            (
                format!("{new}/required"),
                json!(["amount", "how"]),
                "needs only [amount]",
            ),
            (format!("{new}/properties/how/enum"), json!(["a"]), "how = \"b\""),
            (
                format!("{new}/properties/amount/type"),
                json!("string"),
                ".amount: integer",
            ),
            (format!("{answer}/required"), json!([]), "always has id"),
            (
                format!("{answer}/properties/id/type"),
                json!("integer"),
                ".id: string",
            ),
            ("/paths".to_owned(), json!({}), "POST /v1/refunds"),
        ];
        for (pointer, value, promise) in cases {
            let gone = gone(|changed| *changed.pointer_mut(&pointer).expect("it is there") = value);
            assert!(
                gone.iter().any(|line| line.contains(promise)),
                "{promise}: {gone:?}"
            );
        }
    }
}
