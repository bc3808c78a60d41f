// Schemas as lists of members. Whatever comes from the document is set as text, never read as HTML.

// A new element with text and children.
export function make(tag, content = "", className = "") {
  const element = document.createElement(tag);
  for (const part of [content].flat()) element.append(part);
  if (className) element.className = className;
  return element;
}

// Words of the document: `code` in backticks, lines that begin with "- " as a list.
export function words(text) {
  const lines = text.split("\n");
  if (lines.every((line) => line.startsWith("- "))) {
    return make("ul", lines.map((line) => make("li", inline(line.slice(2)))), "lines");
  }
  return make("p", inline(text));
}

function inline(text) {
  return text.split("`").map((part, index) => (index % 2 ? make("code", part) : part));
}

// What a reference leads to.
export function resolved(openapi, schema) {
  if (!schema?.$ref) return schema ?? {};
  const path = schema.$ref.slice(2).split("/");
  return resolved(openapi, path.reduce((at, name) => at[name], openapi));
}

// The rules of a value beside its members, in short.
export function rule(schema) {
  const rules = [];
  const kinds = [schema.type ?? []].flat();
  if (schema.enum && schema.enum.length > 12) rules.push(`one of ${schema.enum.length} values`);
  else if (schema.enum) rules.push(schema.enum.map((value) => JSON.stringify(value)).join(" | "));
  else if (kinds.length) rules.push(kinds.join(" or "));
  if (schema.minimum !== undefined && schema.maximum !== undefined) rules.push(`${schema.minimum} to ${schema.maximum}`);
  else if (schema.minimum !== undefined) rules.push(`from ${schema.minimum}`);
  if (schema.minLength !== undefined) rules.push(`${schema.minLength} to ${schema.maxLength} characters`);
  else if (schema.maxLength !== undefined) rules.push(`at most ${schema.maxLength} characters`);
  if (schema.pattern && schema.pattern.length < 60) rules.push(schema.pattern);
  return rules.join(", ");
}

// A value's description, its rules, and what is inside of it.
export function value(openapi, given) {
  const schema = resolved(openapi, given);
  const shown = [];
  if (schema.description) shown.push(words(schema.description));
  const rules = rule(schema);
  if (rules && !schema.properties) shown.push(make("p", rules, "rule"));
  if (schema.enum && schema.enum.length > 12) {
    shown.push(make("details", [make("summary", "All of them"), make("p", schema.enum.join(" "), "rule")]));
  }
  for (const part of schema.oneOf ?? []) shown.push(make("p", "Either", "soft"), ...value(openapi, part));
  for (const part of schema.allOf ?? []) shown.push(...value(openapi, part));
  if (schema.properties) shown.push(members(openapi, schema));
  if (schema.items) shown.push(make("p", "Each", "soft"), ...value(openapi, schema.items));
  return shown;
}

function members(openapi, schema) {
  const list = make("dl", [], "members");
  for (const [name, member] of Object.entries(schema.properties)) {
    const always = schema.required?.includes(name);
    const badge = make("span", always ? "required" : "optional", always ? "badge must" : "badge");
    list.append(make("div", [make("dt", [make("code", name), " ", badge]), make("dd", value(openapi, member))]));
  }
  return list;
}
