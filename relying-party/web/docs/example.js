// A command line for an operation, made from its description.

import { resolved } from "./schema.js";

// A word in single quotes, as a POSIX shell reads it.
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

// `curl` for an operation: $URL and $KEY are the reader's.
export function curl(path, method, operation) {
  const parts = ["curl -s"];
  if (method !== "get" && !operation.requestBody) parts.push(`-X ${method.toUpperCase()}`);
  const required = (operation.parameters ?? []).filter((parameter) => parameter.in === "query" && parameter.required);
  const query = required.map((parameter) => `${parameter.name}=…`).join("&");
  const address = path.replaceAll(/\{(\w+)\}/g, "…") + (query ? `?${query}` : "");
  parts.push(`"$URL${address}"`);
  if (operation.security?.length) parts.push('-H "Authorization: Bearer $KEY"');
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if ((operation.parameters ?? []).some((parameter) => parameter.name === "Idempotency-Key")) {
    // A key of its own: one that stands for another request is refused.
    parts.push(`-H 'Idempotency-Key: ${operation.operationId}-1'`);
  }
  if (type) parts.push(`-H ${quoted(`Content-Type: ${type}`)}`, `-d ${quoted(JSON.stringify(content.example))}`);
  return parts.join(" \\\n     ");
}

// The first answer that is no refusal, with its status and example.
export function answer(openapi, operation) {
  const [status, response] = Object.entries(operation.responses).find(([status]) => status.startsWith("2"));
  return { status, contents: Object.entries(resolved(openapi, response).content ?? {}) };
}
