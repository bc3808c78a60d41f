// Calls to the shop's own backend, and a ledger of what this page sent for the last ceremony.

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

let sent = [];

// Begins a new ledger: what follows belongs to one ceremony.
export function beginLedger() {
  sent = [];
}

// Notes the body of a request: its kind, to whom it went, and its bytes.
export function note(what, to, body) {
  sent.push({ what, to, bytes: new TextEncoder().encode(body).length });
}

export function ledger() {
  return sent;
}

export async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
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
  const answer = await fetch("/shop/inspect", {
    method: "POST",
    headers: { "Content-Type": "text/plain; charset=utf-8" },
    body: message,
  });
  const reply = await answer.json();
  if (!answer.ok) throw new Refused(answer.status, reply);
  return reply;
}
