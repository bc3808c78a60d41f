// The JavaScript client of Smile: for a provider's back office (Node 18 or later), and for pages, where it speaks to the
// payer's agent. One ES module, no dependencies. Its types are in smile.d.ts, its guide in docs/integrate.md.

// The version of /v1 that this client was written for.
const API_VERSION = "2026-11-25";
const FIDO = "application/fido+uaf; charset=utf-8";
const AGENT = "http://127.0.0.1:8788";

const TIMEOUT_MS = 30_000;
const RETRIES = 2;
const BACKOFF_MS = 250;
// A server may ask for more patience than a caller has.
const RETRY_AFTER_MAX_MS = 10_000;
// Answers that say nothing of what became of the request: the same one may be sent again under its key.
const UNSETTLED = [408, 429, 500, 502, 503, 504];

const POLL_MS = 500;
const OVER = ["done", "refused", "expired"];
const TOKEN_KEPT_AS = "smile.agent.token";
const UNDER_WAY = "smile.agent.operation";

// What went wrong. `source` is who says so: "server", "agent", or "client" where there was no answer. `code` is stable;
// `status`, `detail`, `param`, `doc_url` and `request_id` are the problem document's where there was one.
export class SmileError extends Error {
  constructor(source, code, told = {}) {
    const status = told.status ? `${told.status} ` : "";
    super(`${status}${code}: ${told.detail ?? told.title ?? ""}`, told.cause ? { cause: told.cause } : undefined);
    this.name = "SmileError";
    this.source = source;
    this.code = code;
    for (const member of MEMBERS) this[member] = told[member] ?? null;
  }
}

const MEMBERS = ["status", "detail", "param", "doc_url", "request_id", "idempotency_key", "uaf_status", "permission"];

// What is sent and answered is for these two alone: a redirect would take secrets elsewhere.
const PLAIN = { credentials: "omit", cache: "no-store", redirect: "error" };

// Whether nobody on the way can read what is sent there. Without an address it is the page's own origin.
function isPrivate(url) {
  return url === "" || /^https:\/\/|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/|$)/.test(url);
}

// ---- the server ----------------------------------------------------------------------------------------------------

// One server as one caller sees it: a provider with its secret `key`, or an app with one payment's `clientSecret`.
export class Smile {
  #url;
  #permission;
  #timeoutMs;
  #retries;
  #fetch;

  constructor({ url, key, clientSecret, timeoutMs = TIMEOUT_MS, retries = RETRIES, fetch = globalThis.fetch }) {
    if (key !== undefined && clientSecret !== undefined) throw new TypeError("key or clientSecret, not both");
    this.#url = String(url ?? "").replace(/\/+$/, "");
    if (key !== undefined && !isPrivate(this.#url)) throw new TypeError("a key goes to https, or to this machine, only");
    this.#permission = {};
    if (key !== undefined) this.#permission = { Authorization: `Bearer ${key}` };
    if (clientSecret !== undefined) this.#permission = { "Smile-Client-Secret": clientSecret };
    this.#timeoutMs = timeoutMs;
    this.#retries = retries;
    this.#fetch = (address, how) => fetch(address, how);

    const at = (...parts) => `/v1/${parts.map(encodeURIComponent).join("/")}`;
    const get = (path, query) => this.#ask("GET", withQuery(path, query));
    const post = (path, body, how) => this.#ask("POST", path, { body: body ?? {}, ...how });
    this.payments = {
      create: (members, how) => post(at("payment_intents"), members, how),
      read: (id) => get(at("payment_intents", id)),
      list: (query) => get(at("payment_intents"), query),
      attach: (id, user, how) => post(at("payment_intents", id), { user }, how),
      confirm: (id, how) => post(at("payment_intents", id, "confirm"), {}, how),
      capture: (id, members, how) => post(at("payment_intents", id, "capture"), members, how),
      cancel: (id, how) => post(at("payment_intents", id, "cancel"), {}, how),
      // The payer's no: wants a clientSecret. Said twice it is answered alike, so it needs no key of its own.
      decline: (id) => post(at("payment_intents", id, "decline")),
      // COSE_Sign1 bytes.
      receipt: (id) => this.#ask("GET", at("payment_intents", id, "receipt"), { read: bytes }),
    };
    this.refunds = {
      create: (members, how) => post(at("refunds"), members, how),
      read: (id) => get(at("refunds", id)),
      list: (query) => get(at("refunds"), query),
    };
    this.enrolmentSessions = {
      create: (members, how) => post(at("enrolment_sessions"), members, how),
      read: (id) => get(at("enrolment_sessions", id)),
    };
    this.credentials = {
      list: (user) => get(at("users", user, "credentials")),
      read: (id) => get(at("credentials", id)),
      name: (id, name, how) => post(at("credentials", id), { name }, how),
      suspend: (id, how) => post(at("credentials", id, "suspend"), {}, how),
      reinstate: (id, how) => post(at("credentials", id, "reinstate"), {}, how),
      revoke: (id, how) => post(at("credentials", id, "revoke"), {}, how),
      deregister: (id, how) => post(at("credentials", id, "deregister"), {}, how),
    };
    this.users = {
      read: (user) => get(at("users", user)),
      // `which` is {credential: "cred_…"} or {all: true}.
      lostDevice: (user, which, how) => post(at("users", user, "lost_device"), which, how),
      consents: (user) => get(at("users", user, "consents")),
      export: (user) => get(at("users", user, "export")),
      erase: (user, how) => post(at("users", user, "erase"), {}, how),
    };
    // The public keys that verify receipts: a JSON Web Key Set, or the bytes of a COSE_KeySet.
    this.receiptKeys = {
      jwk: () => get(at("receipt_keys")),
      cose: () => this.#ask("GET", at("receipt_keys"), { accept: "application/cose-key-set", read: bytes }),
    };
  }

  // The UAF request that a token permits. `context` is {clientSecret}, {enrolmentSession} or {authenticationSession}. Not
  // repeated by itself: each one is a challenge, and there are 16.
  async uafRequest(context) {
    const reply = await this.#uaf("/uaf/get", { context: JSON.stringify(context) });
    return reply.uafRequest;
  }

  // Hands the agent's answer in. Not repeated by itself: a challenge is answered once. Where the reply is lost, the payment
  // says what came of it.
  async uafResponse(uafResponse, context) {
    return this.#uaf("/uaf/respond", { uafResponse, context: JSON.stringify(context) });
  }

  async #uaf(path, message) {
    const how = { method: "POST", headers: { "Content-Type": FIDO }, body: JSON.stringify(message) };
    const { reply } = await this.#once(path, how, json);
    if (reply.statusCode === 1200) return reply;
    throw new SmileError("server", "uaf_refused", { uaf_status: reply.statusCode, detail: `${reply.statusCode} ${reply.description ?? ""}` });
  }

  // One request of /v1. A POST has one idempotency key for all of its tries, so that it takes effect once.
  async #ask(method, path, { body, accept, read = json, idempotencyKey } = {}) {
    const headers = { ...this.#permission, "Smile-Version": API_VERSION };
    if (accept) headers.Accept = accept;
    const key = method === "GET" ? undefined : (idempotencyKey ?? (await randomKey()));
    if (key !== undefined) headers["Idempotency-Key"] = key;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const how = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };
    for (let tries = 0; ; tries += 1) {
      try {
        return (await this.#once(path, how, read)).reply;
      } catch (error) {
        if (!(error instanceof SmileError) || tries >= this.#retries || !error.again) {
          if (error.again && key !== undefined) error.idempotency_key = key;
          throw error;
        }
        await pause(Math.max(error.again.afterMs, BACKOFF_MS * 2 ** tries));
      }
    }
  }

  // One try. What may be tried again says so in `again`, which no one outside sees.
  async #once(path, how, read) {
    const ends = new AbortController();
    const timer = setTimeout(() => ends.abort(), this.#timeoutMs);
    const lost = (code, detail, cause) => hidden(new SmileError("client", code, { detail, cause }), { afterMs: 0 });
    try {
      let answer;
      try {
        answer = await this.#fetch(this.#url + path, { ...how, signal: ends.signal, ...PLAIN });
        if (answer.ok) return { reply: await read(answer) };
      } catch (cause) {
        if (cause instanceof SyntaxError) throw lost("answer_malformed", "the answer is not JSON", cause);
        if (ends.signal.aborted) throw lost("timeout", `no answer within ${this.#timeoutMs} ms`, cause);
        throw lost("network", "the server was not reached, or did not answer to the end", cause);
      }
      const problem = await json(answer).catch(() => ({}));
      const error = new SmileError("server", problem.code ?? "answer_malformed", { ...problem, status: answer.status });
      if (UNSETTLED.includes(answer.status) || problem.code === "idempotency_in_flight") {
        const afterMs = Math.min(Number(answer.headers.get("retry-after") ?? 0) * 1000 || 0, RETRY_AFTER_MAX_MS);
        hidden(error, { afterMs });
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

const json = (answer) => answer.json();
const bytes = async (answer) => new Uint8Array(await answer.arrayBuffer());
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function hidden(error, again) {
  Object.defineProperty(error, "again", { value: again, enumerable: false });
  return error;
}

async function randomKey() {
  // Node 18 has it in a module only.
  const source = globalThis.crypto ?? (await import("node:crypto")).webcrypto;
  const drawn = source.getRandomValues(new Uint8Array(16));
  return Array.from(drawn, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function withQuery(path, query = {}) {
  const parts = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(parts.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? path : `${path}?${text}`;
}

// ---- the agent on the payer's device -------------------------------------------------------------------------------

// The agent as this page reaches it. `onSend(what, body)` hears of each body before it is sent; `sockets: false` asks
// now and then in place of a WebSocket.
export function connectAgent({ url = AGENT, onSend = () => {}, sockets = true } = {}) {
  return new Agent(String(url).replace(/\/+$/, ""), onSend, sockets && globalThis.WebSocket !== undefined);
}

class Agent {
  #onSend;
  #sockets;

  constructor(url, onSend, sockets) {
    this.url = url;
    this.#onSend = onSend;
    this.#sockets = sockets;
  }

  // The address of one of the agent's own pages, such as "/enrol".
  pageOf(path) {
    return this.url + path;
  }

  // Whether the agent is there and knows this page: {version, paired}. From a public page this call makes the browser ask
  // its user for local network access.
  async wellKnown() {
    const found = await this.#ask("GET", "/.well-known/smile-agent");
    return { version: found.version, paired: Boolean(found.paired) && token() !== null };
  }

  // Asks to be let in: the agent now shows six digits. Resolves to {expires_at, finish(code)}.
  async pair() {
    const { id, expires_at } = await this.#ask("POST", "/v1/pairings");
    const finish = async (code) => {
      const made = await this.#ask("POST", `/v1/pairings/${encodeURIComponent(id)}`, { code }, "pairing");
      kept("localStorage").setItem(TOKEN_KEPT_AS, made.token);
    };
    return { expires_at, finish };
  }

  // Hands the agent a UAF request: {id, status, url, expires_at}. One that this page has under way gives way to it.
  async operation(uafRequest) {
    await this.withdraw();
    const begun = await this.#ask("POST", "/v1/operations", { uaf_request: uafRequest }, "operation");
    kept("sessionStorage").setItem(UNDER_WAY, begun.id);
    return begun;
  }

  // Takes back the operation that this page has under way, if there is one; also one that it forgot in a reload.
  async withdraw() {
    const id = kept("sessionStorage").getItem(UNDER_WAY);
    if (id === null) return;
    kept("sessionStorage").removeItem(UNDER_WAY);
    try {
      await this.#ask("DELETE", `/v1/operations/${encodeURIComponent(id)}`);
    } catch (error) {
      // The agent has forgotten it: that is as good.
      if (error.code === "agent_unreachable") throw error;
    }
  }

  // Tells `onStatus` each status of an operation; resolves to the operation in its last one.
  async events(id, onStatus = () => {}) {
    let last = null;
    if (this.#sockets) last = await this.#listen(id, onStatus).catch(unlessUnreachable);
    while (last === null || !OVER.includes(last.status)) {
      last = await this.#ask("GET", `/v1/operations/${encodeURIComponent(id)}`);
      onStatus(last.status);
      if (!OVER.includes(last.status)) await pause(POLL_MS);
    }
    kept("sessionStorage").removeItem(UNDER_WAY);
    return last;
  }

  // An operation from request to end. `opened` is the window for the agent's page, from openWindow; `onStatus` hears each
  // status with that page's address, or null where the agent needs no page.
  async operate(uafRequest, { opened = null, onStatus = () => {} } = {}) {
    let begun;
    try {
      begun = await this.operation(uafRequest);
    } catch (error) {
      opened?.close();
      throw error;
    }
    const page = begun.url ?? null;
    if (page === null) opened?.close();
    else opened?.location.replace(page);
    onStatus(begun.status, page);
    return this.events(begun.id, (status) => onStatus(status, page));
  }

  #listen(id, onStatus) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${this.url.replace(/^http/, "ws")}/v1/operations/${encodeURIComponent(id)}/events`);
      socket.onopen = () => socket.send(JSON.stringify({ token: token() }));
      socket.onmessage = (message) => {
        const told = JSON.parse(message.data);
        if (told.status === undefined) return reject(new SmileError("agent", told.code ?? "answer_malformed", told));
        onStatus(told.status);
        if (OVER.includes(told.status)) resolve(told);
      };
      // Also the end of a socket that has told the last status: then nobody waits any more.
      socket.onclose = () => reject(new SmileError("client", "agent_unreachable"));
    });
  }

  async #ask(method, path, body, what) {
    const headers = {};
    if (token() !== null) headers.Authorization = `Bearer ${token()}`;
    const text = body === undefined ? undefined : JSON.stringify(body);
    if (text !== undefined) {
      headers["Content-Type"] = "application/json";
      this.#onSend(what, text);
    }
    let answer;
    try {
      answer = await fetch(this.url + path, { method, headers, body: text, ...PLAIN });
    } catch (cause) {
      const permission = await localNetworkPermission();
      throw new SmileError("client", "agent_unreachable", { detail: "the agent does not answer", permission, cause });
    }
    const reply = await answer.json().catch(() => ({}));
    if (answer.status === 401) kept("localStorage").removeItem(TOKEN_KEPT_AS);
    if (!answer.ok) throw new SmileError("agent", reply.code ?? "answer_malformed", { ...reply, status: answer.status });
    return reply;
  }
}

function unlessUnreachable(error) {
  if (error.code !== "agent_unreachable") throw error;
  return null;
}

// Local Network Access: "granted", "prompt", "denied", or "unknown" where the browser has no such permission. Its name
// has changed; both are asked, and the stricter answer counts.
export async function localNetworkPermission() {
  const states = [];
  for (const name of ["loopback-network", "local-network-access"]) {
    try {
      states.push((await navigator.permissions.query({ name })).state);
    } catch {
      // This browser does not know the name.
    }
  }
  return ["denied", "prompt", "granted"].find((state) => states.includes(state)) ?? "unknown";
}

// A window for the agent's page, to be opened in the click itself so that no browser takes it for an unwanted one; null
// where it was kept from opening. The page in it never sees this one.
export function openWindow() {
  const opened = window.open("", "_blank");
  if (opened) opened.opener = null;
  return opened;
}

// Approves a payment with the agent: asks the server for the request, lets the agent answer it, hands the answer in, and
// resolves to the payment as it is then. `url` is where /uaf and /v1 are: this page's own origin where it is left out.
export async function approve({ clientSecret, agent, url = "", opened = null, onStatus }) {
  const smile = new Smile({ url, clientSecret });
  const context = { clientSecret };
  const id = clientSecret.split("_secret_")[0];
  let request;
  try {
    request = await smile.uafRequest(context);
  } catch (error) {
    opened?.close();
    throw error;
  }
  const operation = await agent.operate(request, { opened, onStatus });
  if (operation.status !== "done") {
    const { code = operation.status, uaf_code: uafStatus } = operation.error ?? {};
    throw new SmileError("agent", code, { uaf_status: uafStatus, detail: "the agent did not sign" });
  }
  try {
    await smile.uafResponse(operation.uaf_response, context);
  } catch (error) {
    if (error.source !== "client") throw error;
    // The reply was lost; whether the answer arrived is in the payment.
    const payment = await smile.payments.read(id);
    if (payment.status === "requires_action") throw error;
    return payment;
  }
  return smile.payments.read(id);
}

function token() {
  return kept("localStorage").getItem(TOKEN_KEPT_AS);
}

// The browser's storage, or, where it has none or allows none, the module's memory.
function kept(name) {
  try {
    globalThis[name].getItem("");
    return globalThis[name];
  } catch {
    return MEMORY[name];
  }
}

const memory = (map) => ({
  getItem: (key) => map.get(key) ?? null,
  setItem: (key, value) => map.set(key, value),
  removeItem: (key) => map.delete(key),
});
const MEMORY = { localStorage: memory(new Map()), sessionStorage: memory(new Map()) };
