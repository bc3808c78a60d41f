// Calls to the shop's own backend, and a ledger of every body that this page sent.

const FIDO = "application/fido+uaf; charset=utf-8";

// The backend said no; `code` and `detail` are its own words.
export class Refused extends Error {
  constructor(status, problem) {
    super(`${status} ${problem.code ?? ""}: ${problem.detail ?? ""}`);
    this.status = status;
    this.code = problem.code;
    this.detail = problem.detail;
  }
}

// The provider's server said no to a UAF message.
export class UafRefused extends Error {
  constructor(verdict) {
    super(`${verdict.statusCode} ${verdict.description ?? ""}`);
    this.verdict = verdict;
  }
}

// What the bodies are called, by the address that takes them.
const BODIES = {
  "/shop/enrolments": "left.enrolment",
  "/shop/orders": "left.order",
  "/shop/stage": "left.stage",
};

const sent = [];

// Notes the body of a request: its kind, to whom it goes, and its bytes.
export function note(what, to, body) {
  sent.push({ what, to, bytes: new TextEncoder().encode(body).length });
  document.dispatchEvent(new Event("sent"));
}

// Every body since the page was opened.
export function ledger() {
  return sent;
}

export async function call(method, path, body) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  if (text !== undefined) {
    if (!(path in BODIES)) throw new Error(`no name for the body to ${path}`);
    note(BODIES[path], "shop", text);
  }
  const answer = await fetch(path, {
    method,
    headers: text === undefined ? {} : { "Content-Type": "application/json" },
    body: text,
  });
  const reply = await answer.json();
  if (!answer.ok) throw new Refused(answer.status, reply);
  return reply;
}

async function uaf(path, what, message) {
  const body = JSON.stringify(message);
  note(what, "provider", body);
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": FIDO }, body });
  const reply = await answer.json();
  if (!answer.ok) throw new Refused(answer.status, reply);
  return reply;
}

// The UAF request that a token permits. `context` is {enrolmentSession} or {clientSecret}.
export async function fetchRequest(context) {
  const reply = await uaf("/shop/uaf/get", "left.get", { context: JSON.stringify(context) });
  if (reply.statusCode !== 1200) throw new UafRefused(reply);
  return reply.uafRequest;
}

// What the server says to a response: {statusCode, description}.
export async function respond(response, context) {
  return uaf("/shop/uaf/respond", "left.respond", {
    uafResponse: response,
    context: JSON.stringify(context),
  });
}

// What every byte of a message is.
export async function byteMap(message) {
  note("left.inspect", "shop", message);
  const answer = await fetch("/shop/inspect", {
    method: "POST",
    headers: { "Content-Type": "text/plain; charset=utf-8" },
    body: message,
  });
  const reply = await answer.json();
  if (!answer.ok) throw new Refused(answer.status, reply);
  return reply;
}
