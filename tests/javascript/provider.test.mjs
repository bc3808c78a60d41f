// The provider's side of smile.js against a running smile-rp, and against servers that lose answers.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Smile, SmileError } from "../../relying-party/web/client/smile.js";
import { handOn, ORIGIN, played, sends, smileRp } from "./server.mjs";

const STAMP = { amount: 145, currency: "EUR", payee: "Deutsche Post", order: "A-17", user: "alice" };

const CONSENT = () => ({
  version: "2026-11",
  language: "en",
  text_sha256: "5e".repeat(32),
  agreed_at: Math.floor(Date.now() / 1000),
});

let server;
let smile;

before(async () => {
  server = await smileRp();
  smile = new Smile(server);
});
after(() => server.stop());

// The error that a call ends with.
async function refusal(call) {
  const error = await call.then(
    () => assert.fail("accepted"),
    (refused) => refused,
  );
  assert.ok(error instanceof SmileError, String(error));
  return error;
}

test("a payment is made, read, listed, cancelled, and its page named", async () => {
  const made = await smile.payments.create({ ...STAMP, return_url: "https://shop.example/done" });
  assert.equal(made.status, "requires_action");
  assert.equal(made.next_action.url, `${ORIGIN}/pay/${made.id}#${made.client_secret}`);
  const read = await smile.payments.read(made.id);
  assert.equal(read.next_action.url, `${ORIGIN}/pay/${made.id}`);
  assert.equal(read.return_url, "https://shop.example/done");
  const page = await smile.payments.list({ user: "alice", limit: 1 });
  assert.equal(page.data[0].id, made.id);
  const late = await smile.payments.create({ ...STAMP, confirm: false });
  assert.equal((await smile.payments.confirm(late.id)).status, "requires_action");
  assert.equal((await smile.payments.cancel(late.id)).status, "canceled");
  const nameless = await smile.payments.create({ ...STAMP, user: null });
  assert.equal((await smile.payments.attach(nameless.id, "bob")).user, "bob");
});

test("the rest of the provider's line is reached", async () => {
  const session = await smile.enrolmentSessions.create({ user: "alice", consent: CONSENT() });
  assert.match(session.token, /_secret_/);
  assert.equal((await smile.enrolmentSessions.read(session.id)).status, "open");
  assert.deepEqual((await smile.credentials.list("alice")).data, []);
  assert.ok((await smile.receiptKeys.jwk()).keys.length > 0);
  assert.ok((await smile.receiptKeys.cose()) instanceof Uint8Array);
  const made = await smile.payments.create(STAMP);
  assert.equal((await refusal(smile.payments.receipt(made.id))).code, "receipt_not_ready");
  assert.equal((await refusal(smile.payments.capture(made.id, { amount: 1 }))).code, "state_conflict");
  assert.equal((await refusal(smile.refunds.create({ payment_intent: made.id }))).code, "state_conflict");
  assert.deepEqual((await smile.refunds.list({ payment_intent: made.id })).data, []);
  assert.equal((await refusal(smile.refunds.read("re_1"))).code, "resource_missing");
  assert.equal((await refusal(smile.credentials.deregister("cred_1"))).code, "resource_missing");
  for (const change of ["read", "suspend", "reinstate", "revoke"]) {
    assert.equal((await refusal(smile.credentials[change]("cred_1"))).code, "resource_missing");
  }
  assert.equal((await refusal(smile.credentials.name("cred_1", "blue phone"))).code, "resource_missing");
});

test("a person is read, exported, loses a device and is erased", async () => {
  await smile.enrolmentSessions.create({ user: "carol", consent: CONSENT() });
  assert.equal((await smile.users.consents("carol")).data.length, 1);
  assert.equal((await smile.users.read("carol")).user, "carol");
  assert.equal((await smile.users.export("carol")).consents.length, 1);
  assert.deepEqual((await smile.users.lostDevice("carol", { all: true })).warnings, ["last_credential"]);
  assert.equal((await smile.users.erase("carol")).status, "erased");
  assert.deepEqual((await smile.users.consents("carol")).data, []);
});

test("a key goes nowhere in the clear, and a redirect is no answer", async () => {
  assert.throws(() => new Smile({ url: "http://pay.example", key: "sk_test_1" }), TypeError);
  assert.doesNotThrow(() => new Smile({ url: "https://pay.example", key: "sk_test_1" }));
  const asked = [];
  const fetch = async (address, how) => {
    asked.push(how.redirect);
    throw new TypeError("unexpected redirect");
  };
  const led = new Smile({ url: "https://pay.example", key: "sk_test_1", fetch, retries: 0 });
  assert.equal((await refusal(led.payments.read("pi_1"))).code, "network");
  assert.deepEqual(asked, ["error"]);
});

test("a refusal has code, parameter, link and request id", async () => {
  const error = await refusal(smile.payments.create({ ...STAMP, amount: 0 }));
  assert.deepEqual([error.source, error.status, error.code, error.param], ["server", 400, "member_invalid", "amount"]);
  assert.match(error.doc_url, /errors\.md#member_invalid$/);
  assert.match(error.request_id, /^[0-9a-f-]{36}$/);
  assert.match(error.message, /^400 member_invalid: /);
  assert.equal(error.idempotency_key, null);
  const nobody = await refusal(new Smile({ url: server.url, key: "sk_test_of_nobody" }).payments.list());
  assert.equal(nobody.code, "api_key_invalid");
});

test("a client secret reads and declines its payment and nothing else", async () => {
  const made = await smile.payments.create(STAMP);
  const payer = new Smile({ url: server.url, clientSecret: made.client_secret });
  assert.equal((await payer.payments.read(made.id)).payee, STAMP.payee);
  const other = await smile.payments.create(STAMP);
  assert.equal((await refusal(payer.payments.read(other.id))).code, "client_secret_invalid");
  assert.equal((await refusal(payer.payments.cancel(made.id))).code, "api_key_missing");
  const declined = await payer.payments.decline(made.id);
  assert.deepEqual([declined.status, declined.decline_code], ["failed", "declined_by_payer"]);
  assert.deepEqual(await payer.payments.decline(made.id), declined);
  assert.throws(() => new Smile({ url: server.url, key: "sk_test_x", clientSecret: "pi_x" }), TypeError);
});

test("a payment whose answer was lost is made once", async () => {
  const losing = await played(async (request, response, body, count) => {
    const { status, body: answer } = await handOn(server.url, request, body);
    if (count === 1) response.destroy();
    else response.writeHead(status, { "Content-Type": "application/json" }).end(answer);
  });
  const order = `L-${Date.now()}`;
  const made = await new Smile({ url: losing.url, key: server.key }).payments.create({ ...STAMP, user: "carol", order });
  const keys = losing.seen.map((request) => request.headers["idempotency-key"]);
  await losing.stop();
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  const all = await smile.payments.list({ user: "carol" });
  assert.deepEqual(all.data.map((payment) => payment.id), [made.id]);
});

test("each call has a key of its own, or the caller's", async () => {
  const keeping = await played((_, response) => sends(response, 201, {}));
  const client = new Smile({ url: keeping.url, key: "sk_test_x" });
  await client.payments.create(STAMP);
  await client.payments.create(STAMP);
  await client.payments.create(STAMP, { idempotencyKey: "order-A-17" });
  await client.payments.list();
  await keeping.stop();
  const keys = keeping.seen.map((request) => request.headers["idempotency-key"]);
  assert.notEqual(keys[0], keys[1]);
  assert.match(keys[0], /^[0-9a-f]{32}$/);
  assert.deepEqual(keys.slice(2), ["order-A-17", undefined]);
});

test("a verdict is not asked for again, and what is none is, so often", async () => {
  const count = async (status, body, how = {}) => {
    const server = await played((_, response) => sends(response, status, body, how.headers));
    const error = await refusal(new Smile({ url: server.url, key: "sk_test_x", retries: 1 }).payments.create(STAMP));
    await server.stop();
    return [server.seen.length, error.code, error.idempotency_key === server.seen[0].headers["idempotency-key"]];
  };
  assert.deepEqual(await count(400, { code: "member_invalid" }), [1, "member_invalid", false]);
  assert.deepEqual(await count(409, { code: "state_conflict" }), [1, "state_conflict", false]);
  assert.deepEqual(await count(409, { code: "idempotency_in_flight" }), [2, "idempotency_in_flight", true]);
  assert.deepEqual(await count(503, { code: "store_unavailable" }), [2, "store_unavailable", true]);
  assert.deepEqual(await count(502, "no problem document"), [2, "answer_malformed", true]);
  assert.deepEqual(await count(429, { code: "rate_limited" }), [2, "rate_limited", true]);
});

test("a server that says when to come back is given that time", async () => {
  const busy = await played((_, response, body, count) =>
    count === 1
      ? sends(response, 429, { code: "rate_limited" }, { "Retry-After": "1" })
      : sends(response, 200, { data: [], has_more: false }),
  );
  const began = Date.now();
  await new Smile({ url: busy.url, key: "sk_test_x" }).payments.list();
  await busy.stop();
  assert.ok(Date.now() - began >= 1000);
  assert.equal(busy.seen.length, 2);
});

test("a server that does not answer is given up, and the key is told", async () => {
  const silent = await played(() => {});
  const client = new Smile({ url: silent.url, key: "sk_test_x", timeoutMs: 100, retries: 1 });
  const error = await refusal(client.payments.create(STAMP));
  await silent.stop();
  assert.deepEqual([error.source, error.code, silent.seen.length], ["client", "timeout", 2]);
  assert.equal(error.idempotency_key, silent.seen[0].headers["idempotency-key"]);
  const nobody = await refusal(new Smile({ url: silent.url, key: "sk_test_x", retries: 0 }).payments.list());
  assert.deepEqual([nobody.source, nobody.code], ["client", "network"]);
});

test("an answer that is no JSON is one that never came", async () => {
  const babbling = await played((_, response) => response.writeHead(200).end("<html>"));
  const error = await refusal(new Smile({ url: babbling.url, key: "sk_test_x", retries: 1 }).payments.create(STAMP));
  await babbling.stop();
  assert.deepEqual([error.code, babbling.seen.length], ["answer_malformed", 2]);
});
