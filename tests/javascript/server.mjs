// A running smile-rp for these tests, on a port that the system chose and a store in memory; and small servers that play
// what a real one does seldom.

import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAM = process.env.SMILE_RP ?? join(ROOT, "target/release/smile-rp");
export const ORIGIN = "https://pay.example";
// A model that nobody has: a server must know one.
const STATEMENT = {"aaid": "FFFF#5399", "description": "Software signer of the server's tests; verifies nobody", "authenticatorVersion": 1, "upv": [{"major": 1, "minor": 1}, {"major": 1, "minor": 0}], "assertionScheme": "UAFV1TLV", "authenticationAlgorithm": 1, "publicKeyAlgAndEncoding": 256, "attestationTypes": [15880], "userVerificationDetails": [[{"userVerification": 16}]], "keyProtection": 1, "matcherProtection": 1, "attachmentHint": 1, "isSecondFactorOnly": false, "tcDisplay": 3, "tcDisplayContentType": "text/plain", "attestationRootCertificates": []};

// {url, key, stop}: a server with hosted pages at ORIGIN.
export async function smileRp() {
  const folder = mkdtempSync(join(tmpdir(), "smile-javascript-"));
  mkdirSync(join(folder, "metadata"));
  const key = `sk_test_${randomBytes(32).toString("base64url")}`;
  const config = `
[server]
listen = "127.0.0.1:0"
public_url = "${ORIGIN}"
[relying_party]
tenant = "stamps"
app_id = "${ORIGIN}/uaf/facets"
facets = ["${ORIGIN}"]
[[api_keys]]
name = "tests"
sha256 = "${createHash("sha256").update(key).digest("hex")}"
[data]
engine = "memory"
folder = "data"
[uaf]
metadata_folder = "metadata"
`;
  writeFileSync(join(folder, "smile-rp.toml"), config);
  writeFileSync(join(folder, "metadata/model.json"), JSON.stringify(STATEMENT));
  const child = spawn(PROGRAM, ["--config", join(folder, "smile-rp.toml")], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.kill();
    await ended;
    rmSync(folder, { recursive: true });
  };
  let log = "";
  child.stderr.on("data", (part) => (log += part));
  for await (const line of createInterface({ input: child.stdout })) {
    const found = line.match(/^listening on (http:\S+)$/);
    if (found) return { url: found[1], key, stop };
  }
  throw new Error(`${PROGRAM} did not start; its exit status is ${await ended}:\n${log}`);
}

// A server of `answer(request, response, body, count)`; `seen` has each request in order.
export async function played(answer) {
  const seen = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    seen.push({ method: request.method, path: request.url, headers: request.headers, body });
    await answer(request, response, body, seen.length);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, seen, stop };
}

// Hands a request on to `url`: the answer, read to its end.
export async function handOn(url, request, body) {
  const { host, connection, ...headers } = request.headers;
  const answer = await fetch(url + request.url, { method: request.method, headers, body: body === "" ? undefined : body });
  return { status: answer.status, body: await answer.text() };
}

export function sends(response, status, body, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
}
