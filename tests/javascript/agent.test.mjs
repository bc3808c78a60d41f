// The agent's side of smile.js, with an agent and a server that are played: what a browser's test cannot make them do.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as client from "../../relying-party/web/client/smile.js";
import { played, sends } from "./server.mjs";

const { approve, connectAgent, SmileError } = client;
const SECRET = "pi_1_secret_2";

// An agent that lets everybody in with 123456 and whose operation goes through `statuses`.
function agentOf(statuses) {
  let asked = 0;
  return played((request, response, body) => {
    const [path, method] = [request.url, request.method];
    if (path === "/.well-known/smile-agent") return sends(response, 200, { version: "1", paired: true });
    if (path === "/v1/pairings") return sends(response, 201, { id: "p1", expires_at: 1 });
    if (path === "/v1/pairings/p1") {
      if (JSON.parse(body).code !== "123456") return sends(response, 403, { code: "pairing_code_wrong", detail: "no" });
      return sends(response, 200, { token: "sat_1" });
    }
    if (path === "/v1/operations") return sends(response, 201, { id: "op_1", status: "waiting", url: null });
    if (method === "DELETE") return response.writeHead(204).end();
    asked += 1;
    return sends(response, 200, { id: "op_1", ...statuses[Math.min(asked, statuses.length) - 1] });
  });
}

// A server that gives a request out, answers a response as `respond` does, and whose payment is `payment`.
function serverOf(respond, payment) {
  return played((request, response) => {
    if (request.url === "/uaf/get") return sends(response, 200, { statusCode: 1200, uafRequest: "[1]" });
    if (request.url === "/uaf/respond") return respond(response);
    return sends(response, 200, payment);
  });
}

async function paired(agent) {
  const pairing = await agent.pair();
  await pairing.finish("123456");
}

test("an agent is found, paired with, and known again", async () => {
  const played = await agentOf([]);
  const agent = connectAgent({ url: played.url, sockets: false });
  assert.equal((await agent.wellKnown()).paired, false, "it has no token yet, whatever the agent says");
  const pairing = await agent.pair();
  await assert.rejects(pairing.finish("000000"), (error) => error.source === "agent" && error.code === "pairing_code_wrong");
  await pairing.finish("123456");
  assert.deepEqual(await agent.wellKnown(), { version: "1", paired: true });
  await played.stop();
  assert.equal(played.seen.at(-1).headers.authorization, "Bearer sat_1");
  const gone = await agent.wellKnown().catch((error) => error);
  assert.deepEqual([gone.source, gone.code, gone.permission], ["client", "agent_unreachable", "unknown"]);
});

test("a payment is approved: each status is told, each body too, and the payment is read", async () => {
  const done = { status: "done", uaf_response: "[2]" };
  const device = await agentOf([{ status: "in_progress" }, done]);
  const server = await serverOf((response) => sends(response, 200, { statusCode: 1200 }), { status: "succeeded" });
  const sent = [];
  const agent = connectAgent({ url: device.url, sockets: false, onSend: (what, body) => sent.push([what, body]) });
  await paired(agent);
  const statuses = [];
  const onStatus = (status, page) => statuses.push([status, page]);
  const payment = await approve({ clientSecret: SECRET, agent, url: server.url, onStatus });
  await Promise.all([device.stop(), server.stop()]);
  assert.equal(payment.status, "succeeded");
  assert.deepEqual(statuses, [["waiting", null], ["in_progress", null], ["done", null]]);
  assert.deepEqual(sent.map(([what]) => what), ["pairing", "operation"]);
  assert.deepEqual(server.seen.map((request) => request.path), ["/uaf/get", "/uaf/respond", "/v1/payment_intents/pi_1"]);
  assert.equal(JSON.parse(server.seen[1].body).uafResponse, "[2]");
  assert.equal(server.seen[2].headers["smile-client-secret"], SECRET);
});

test("an operation that signed nothing hands nothing in", async () => {
  const device = await agentOf([{ status: "refused", error: { code: "not_confirmed", uaf_code: 5 } }]);
  const server = await serverOf(() => assert.fail("nothing to hand in"), {});
  const agent = connectAgent({ url: device.url, sockets: false });
  await paired(agent);
  const refused = await approve({ clientSecret: SECRET, agent, url: server.url }).catch((error) => error);
  await Promise.all([device.stop(), server.stop()]);
  assert.ok(refused instanceof SmileError);
  assert.deepEqual([refused.source, refused.code, refused.uaf_status], ["agent", "not_confirmed", 5]);
});

test("a lost reply to the response is looked up in the payment, and the response is sent once", async () => {
  for (const [status, isPaid] of [["succeeded", true], ["requires_action", false]]) {
    const device = await agentOf([{ status: "done", uaf_response: "[2]" }]);
    const server = await serverOf((response) => response.destroy(), { status });
    const agent = connectAgent({ url: device.url, sockets: false });
    await paired(agent);
    const ended = await approve({ clientSecret: SECRET, agent, url: server.url }).catch((error) => error);
    await Promise.all([device.stop(), server.stop()]);
    if (isPaid) assert.equal(ended.status, "succeeded");
    else assert.deepEqual([ended.source, ended.code], ["client", "network"]);
    assert.equal(server.seen.filter((request) => request.path === "/uaf/respond").length, 1);
  }
});

test("a refused message is told with its UAF status and not sent again", async () => {
  const device = await agentOf([{ status: "done", uaf_response: "[2]" }]);
  const refuse = (response) => sends(response, 200, { statusCode: 1498, description: "another text" });
  const server = await serverOf(refuse, {});
  const agent = connectAgent({ url: device.url, sockets: false });
  await paired(agent);
  const refused = await approve({ clientSecret: SECRET, agent, url: server.url }).catch((error) => error);
  await Promise.all([device.stop(), server.stop()]);
  assert.deepEqual([refused.source, refused.code, refused.uaf_status], ["server", "uaf_refused", 1498]);
  assert.match(refused.message, /1498 another text/);
  assert.equal(server.seen.filter((request) => request.path === "/uaf/respond").length, 1);
});

test("what a page forgot in a reload gives way to the next operation", async () => {
  const device = await agentOf([{ status: "done", uaf_response: "[2]" }]);
  const agent = connectAgent({ url: device.url, sockets: false });
  await agent.operation("[1]");
  await agent.operation("[1]");
  await device.stop();
  assert.deepEqual(device.seen.map((request) => request.method), ["POST", "DELETE", "POST"]);
});

test("each name that the client has is in its types, and the other way round", () => {
  const types = readFileSync(new URL("../../relying-party/web/client/smile.d.ts", import.meta.url), "utf8");
  const typed = [...types.matchAll(/^export (?:class|function|const) (\w+)/gm)].map((found) => found[1]);
  assert.deepEqual(typed.sort(), Object.keys(client).sort());
  const smile = new client.Smile({ url: "", key: "sk_test_x" });
  for (const [room, calls] of Object.entries(smile)) {
    const inside = types.split(`readonly ${room}: {`)[1]?.split("\n  };")[0];
    assert.ok(inside, room);
    const names = [...inside.matchAll(/^ {4}(\w+)\(/gm)].map((found) => found[1]);
    assert.deepEqual(names.sort(), Object.keys(calls).sort(), room);
  }
  const agent = types.split("export interface Agent {")[1].split("\n}")[0];
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(connectAgent()));
  for (const method of methods.filter((name) => name !== "constructor")) assert.match(agent, new RegExp(`^  ${method}\\(`, "m"));
});
