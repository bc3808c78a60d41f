// Calls to /v1 of the server that served this page. The secret key is a variable of this module and nothing else: it is
// written nowhere, and a reload forgets it.

let key = null;

// The server said no; the words are its own.
export class Refused extends Error {
  constructor(status, problem) {
    const request = problem.request_id ? ` (${problem.request_id})` : "";
    super(`${status} ${problem.code ?? ""}: ${problem.detail ?? problem.title ?? ""}${request}`);
    this.status = status;
    this.code = problem.code;
  }
}

export function useKey(value) {
  key = value;
}

export function forgetKey() {
  key = null;
}

async function ask(method, path, body, accept) {
  const headers = { Authorization: `Bearer ${key}` };
  if (accept) headers.Accept = accept;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  // A request that a browser sends twice, because a connection was lost, must not count twice.
  if (method === "POST") headers["Idempotency-Key"] = crypto.randomUUID();
  const answer = await fetch(path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "omit",
    cache: "no-store",
  });
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

const at = (...parts) => `/v1/${parts.map(encodeURIComponent).join("/")}`;

// A page of payments, newest first: {data, has_more}. `after` is the id of the last one seen.
export async function payments(after) {
  const query = new URLSearchParams({ limit: "20" });
  if (after) query.set("starting_after", after);
  return (await ask("GET", `/v1/payment_intents?${query}`)).json();
}

export async function payment(id) {
  return (await ask("GET", at("payment_intents", id))).json();
}

// The receipt with its evidence: COSE_Sign1 bytes.
export async function receipt(id) {
  return (await ask("GET", at("payment_intents", id, "receipt"))).blob();
}

// The public keys that verify receipts: a COSE_KeySet.
export async function receiptKeys() {
  return (await ask("GET", "/v1/receipt_keys", undefined, "application/cose-key-set")).blob();
}

export async function cancel(id) {
  return (await ask("POST", at("payment_intents", id, "cancel"), {})).json();
}

export async function capture(id) {
  return (await ask("POST", at("payment_intents", id, "capture"), {})).json();
}

export async function refund(id, amount) {
  return (await ask("POST", at("refunds"), { payment_intent: id, amount })).json();
}

export async function credentials(user) {
  return (await ask("GET", at("users", user, "credentials"))).json();
}

// Deletes the record of a key; the answer holds the UAF message for the device.
export async function deregister(credential) {
  return (await ask("POST", at("credentials", credential, "deregister"), {})).json();
}
