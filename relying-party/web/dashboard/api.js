// Calls to /v1 of the server that served this page. The secret key is a variable of this module and nothing else: it is
// written nowhere, and a reload forgets it.

let key = null;
// Rises when the key is forgotten: what was asked for before must not be shown after.
let generation = 0;
// What was asked to be done and not answered yet: the request, and its Idempotency-Key.
const unanswered = new Map();

// The server said no; the words are its own.
export class Refused extends Error {
  constructor(status, problem) {
    const request = problem.request_id ? ` (${problem.request_id})` : "";
    super(`${status} ${problem.code ?? ""}: ${problem.detail ?? problem.title ?? ""}${request}`);
    this.status = status;
    this.code = problem.code;
  }
}

// The key was forgotten before the answer came; nothing of it may be shown.
export class Forgotten extends Error {}

export function useKey(value) {
  key = value;
}

export function forgetKey() {
  key = null;
  generation += 1;
}

// The key of one thing to be done: the same until the server has answered, however often it is asked for. So a refund
// whose answer was lost is not a second one when it is tried again.
function idempotencyKey(request) {
  if (!unanswered.has(request)) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    unanswered.set(request, Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""));
  }
  return unanswered.get(request);
}

// Whether an answer says what became of the matter. A fault, a limit, a key that is no longer good, or a first request
// still under way say nothing of it.
function settles(answer, problem) {
  return answer.status < 500 && ![401, 429].includes(answer.status) && problem?.code !== "idempotency_in_flight";
}

// One request; its answer is read as `read` says, `json` or `blob`.
async function ask(method, path, { body, accept, read = "json" } = {}) {
  if (key === null) throw new Forgotten();
  const asked = generation;
  const headers = { Authorization: `Bearer ${key}` };
  if (accept) headers.Accept = accept;
  const text = body === undefined ? undefined : JSON.stringify(body);
  if (text !== undefined) headers["Content-Type"] = "application/json";
  // Path and body name action, payment and amount.
  const request = `${path} ${text}`;
  if (method === "POST") headers["Idempotency-Key"] = idempotencyKey(request);
  try {
    const answer = await fetch(path, { method, headers, body: text, credentials: "omit", cache: "no-store" });
    const problem = answer.ok ? null : await answer.json().catch(() => ({}));
    const told = answer.ok ? await answer[read]() : null;
    if (settles(answer, problem)) unanswered.delete(request);
    if (problem !== null) throw new Refused(answer.status, problem);
    if (asked === generation) return told;
  } catch (error) {
    if (asked === generation) throw error;
  }
  throw new Forgotten();
}

const at = (...parts) => `/v1/${parts.map(encodeURIComponent).join("/")}`;

// A page of payments, newest first: {data, has_more}. `after` is the id of the last one seen.
export async function payments(after) {
  const query = new URLSearchParams({ limit: "20" });
  if (after) query.set("starting_after", after);
  return ask("GET", `/v1/payment_intents?${query}`);
}

export async function payment(id) {
  return ask("GET", at("payment_intents", id));
}

// The receipt with its evidence: COSE_Sign1 bytes.
export async function receipt(id) {
  return ask("GET", at("payment_intents", id, "receipt"), { read: "blob" });
}

// The public keys that verify receipts: a COSE_KeySet.
export async function receiptKeys() {
  return ask("GET", "/v1/receipt_keys", { accept: "application/cose-key-set", read: "blob" });
}

export async function cancel(id) {
  return ask("POST", at("payment_intents", id, "cancel"), { body: {} });
}

export async function capture(id) {
  return ask("POST", at("payment_intents", id, "capture"), { body: {} });
}

export async function refund(id, amount) {
  return ask("POST", at("refunds"), { body: { payment_intent: id, amount } });
}

export async function credentials(user) {
  return ask("GET", at("users", user, "credentials"));
}

// Names a key; `suspend`, `reinstate` and `revoke` are the other things that are done with one. Each answer has `active`, how
// many active keys its user has, and `warnings`.
export async function name(credential, text) {
  return ask("POST", at("credentials", credential), { body: { name: text } });
}

export async function suspend(credential) {
  return ask("POST", at("credentials", credential, "suspend"), { body: {} });
}

export async function reinstate(credential) {
  return ask("POST", at("credentials", credential, "reinstate"), { body: {} });
}

export async function revoke(credential) {
  return ask("POST", at("credentials", credential, "revoke"), { body: {} });
}

// A device is lost, with one key (`{credential}`) or all of the user's (`{all: true}`).
export async function lostDevice(user, which) {
  return ask("POST", at("users", user, "lost_device"), { body: which });
}

export async function consents(user) {
  return ask("GET", at("users", user, "consents"));
}

export async function withdraw(consent) {
  return ask("POST", at("consents", consent, "withdraw"), { body: {} });
}

// All that is kept of a user: a JSON document.
export async function exported(user) {
  return ask("GET", at("users", user, "export"), { read: "blob" });
}

export async function erase(user) {
  return ask("POST", at("users", user, "erase"), { body: {} });
}

// Deletes the record of a key; the answer holds the UAF message for the device.
export async function deregister(credential) {
  return ask("POST", at("credentials", credential, "deregister"), { body: {} });
}
