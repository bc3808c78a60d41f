// The page makes itself from the served description.

import { answer, curl } from "./example.js";
import { make, resolved, value, words } from "./schema.js";

const byId = (id) => document.getElementById(id);

const PERMISSIONS = {
  secret_key: "a secret key",
  restricted_key: "a restricted key",
  publishable_key: "a publishable key",
  client_secret: "the payment's client secret",
};

// One way to ask: all of these together, each with the scope that it has to have.
function way(requirement) {
  const each = Object.entries(requirement).map(([name, scopes]) => {
    const named = PERMISSIONS[name] ?? name;
    return scopes.length ? `${named} with \`${scopes.join("`, `")}\`` : named;
  });
  return each.join(" together with ");
}

function permission(operation) {
  const ways = (operation.security ?? []).map(way);
  return ways.length ? `Needs ${ways.join(", or ")}.` : "No key is needed.";
}

function parameters(openapi, operation) {
  const list = make("dl", [], "members");
  for (const parameter of operation.parameters ?? []) {
    const badge = make("span", parameter.required ? "required" : "optional", parameter.required ? "badge must" : "badge");
    const place = make("span", ` ${parameter.in === "query" ? "behind the ?" : `in the ${parameter.in}`} `, "badge");
    const name = make("dt", [make("code", parameter.name), place, badge]);
    list.append(make("div", [name, make("dd", value(openapi, parameter.schema))]));
  }
  return list.childElementCount ? [make("h4", "Parameters"), list] : [];
}

function refusals(openapi, operation) {
  const list = make("dl", [], "members");
  for (const [status, given] of Object.entries(operation.responses)) {
    if (status.startsWith("2")) continue;
    list.append(make("div", [make("dt", make("code", status)), make("dd", words(resolved(openapi, given).description))]));
  }
  return list.childElementCount ? [make("details", [make("summary", "Refusals"), list])] : [];
}

function body(openapi, operation) {
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (!type) return [];
  const title = operation.requestBody.required ? `Body, ${type}` : `Body, ${type}; may be left out`;
  return [make("h4", title), ...value(openapi, content.schema)];
}

function answers(openapi, operation) {
  const { status, contents } = answer(openapi, operation);
  return contents.flatMap(([type, content]) => {
    const shown = [make("h4", `Answer ${status}, ${type}`)];
    if (content.example) shown.push(pre(JSON.stringify(content.example, null, 2), `Example of the answer ${status}`));
    if (content.schema) shown.push(make("details", [make("summary", "Its members"), ...value(openapi, content.schema)]));
    return shown;
  });
}

// What may scroll can be reached by the keyboard, and says what it is.
function pre(text, label) {
  const shown = make("pre", text);
  shown.tabIndex = 0;
  shown.setAttribute("role", "region");
  shown.setAttribute("aria-label", label);
  return shown;
}

function section(openapi, path, method, operation) {
  const title = make("h3", operation.summary);
  title.id = `${operation.operationId}-title`;
  const badge = make("span", method.toUpperCase(), `method ${method}`);
  const address = make("p", [badge, " ", make("span", path, "address")]);
  const article = make("article", [title, address], "operation");
  article.id = operation.operationId;
  article.setAttribute("aria-labelledby", title.id);
  if (operation.description) article.append(words(operation.description));
  const needs = words(permission(operation));
  needs.classList.add("soft");
  article.append(needs);
  article.append(make("h4", "Try it"), pre(curl(path, method, operation), "curl command"));
  article.append(...parameters(openapi, operation), ...body(openapi, operation));
  article.append(...answers(openapi, operation), ...refusals(openapi, operation));
  return article;
}

function entry(operation) {
  const link = make("a", operation.summary);
  link.href = `#${operation.operationId}`;
  return make("li", link);
}

function show(openapi) {
  byId("introduction").append(words(openapi.info.description));
  const each = Object.entries(openapi.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })));
  for (const tag of openapi.tags) {
    const own = each.filter(({ operation }) => operation.tags.includes(tag.name));
    const list = make("ul", own.map(({ operation }) => entry(operation)));
    byId("subjects").append(make("div", [make("h2", tag.name), list], "subject"));
    const sections = own.map(({ path, method, operation }) => section(openapi, path, method, operation));
    byId("operations").append(make("section", [make("h2", tag.name), words(tag.description), ...sections], "subject"));
  }
}

// Leaves what has the words in it; a subject without any is left out too.
function find(text) {
  const wanted = text.trim().toLowerCase();
  let count = 0;
  for (const article of document.querySelectorAll(".operation")) {
    const fits = article.textContent.toLowerCase().includes(wanted);
    article.hidden = !fits;
    document.querySelector(`#contents a[href="#${article.id}"]`).parentElement.hidden = !fits;
    count += fits ? 1 : 0;
  }
  for (const subject of document.querySelectorAll(".subject")) {
    subject.hidden = !subject.querySelector(".operation:not([hidden]), li:not([hidden])");
  }
  byId("found").textContent = wanted ? `${count} found` : "";
}

async function open() {
  try {
    const answer = await fetch("../openapi.json", { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`openapi.json: HTTP ${answer.status}`);
    show(await answer.json());
    byId("find").addEventListener("input", (event) => find(event.target.value));
    document.documentElement.dataset.ready = "yes";
    // What the address names was not there when the browser looked for it.
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  } catch (error) {
    byId("trouble").textContent = error.message;
    byId("trouble").hidden = false;
  }
}

open();
