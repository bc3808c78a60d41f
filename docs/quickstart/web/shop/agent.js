// The agent on this device: it has the camera and the keys. This page hands it messages and gets messages back.

import { note } from "./backend.js";

const KEPT_AS = "smile.agent.token";
const UNDER_WAY = "smile.agent.operation";
const POLL_MS = 500;

let base = "";

// The agent's address, as the shop's backend names it.
export function at(address) {
  base = address;
}

export function pageOf(path) {
  return base + path;
}

// The agent cannot be reached from this page; `permission` is what the browser says of the local network.
export class Unreachable extends Error {
  constructor(permission) {
    super("the agent does not answer");
    this.permission = permission;
  }
}

// The agent said no before there was an operation.
export class AgentRefused extends Error {
  constructor(status, problem) {
    super(`${status} ${problem.code ?? ""}: ${problem.detail ?? problem.title ?? ""}`);
    this.status = status;
    this.code = problem.code;
  }
}

// `what` names the body in the ledger.
async function ask(method, path, body, what) {
  const headers = {};
  const token = localStorage.getItem(KEPT_AS);
  if (token) headers.Authorization = `Bearer ${token}`;
  const text = body === undefined ? undefined : JSON.stringify(body);
  if (text !== undefined) {
    headers["Content-Type"] = "application/json";
    note(what, "agent", text);
  }
  let answer;
  try {
    answer = await fetch(base + path, {
      method,
      headers,
      body: text,
      credentials: "omit",
      cache: "no-store",
    });
  } catch {
    throw new Unreachable(await localNetworkPermission());
  }
  const reply = await answer.json().catch(() => ({}));
  if (answer.status === 401) localStorage.removeItem(KEPT_AS);
  if (!answer.ok) throw new AgentRefused(answer.status, reply);
  return reply;
}

// Local Network Access: `granted`, `prompt`, `denied`, or `unknown` where the browser has no such permission. Its name
// has changed; both are asked.
export async function localNetworkPermission() {
  for (const name of ["loopback-network", "local-network-access"]) {
    try {
      return (await navigator.permissions.query({ name })).state;
    } catch {
      // This browser does not know the name.
    }
  }
  return "unknown";
}

// Whether the agent is there and knows this page: {version, paired}.
export async function find() {
  const found = await ask("GET", "/.well-known/smile-agent");
  return { version: found.version, paired: Boolean(found.paired) && localStorage.getItem(KEPT_AS) !== null };
}

export async function beginPairing() {
  return ask("POST", "/v1/pairings");
}

export async function finishPairing(id, code) {
  const { token } = await ask("POST", `/v1/pairings/${encodeURIComponent(id)}`, { code }, "left.pair");
  localStorage.setItem(KEPT_AS, token);
}

// A window for the agent's page, opened in the click itself so that no browser takes it for an unwanted one. The page
// in it never sees this one.
export function openWindow() {
  const opened = window.open("", "_blank");
  if (opened) opened.opener = null;
  return opened;
}

// Takes back the operation that this page has under way, if there is one; also one that it forgot in a reload.
export async function withdraw() {
  const id = sessionStorage.getItem(UNDER_WAY);
  if (id === null) return;
  sessionStorage.removeItem(UNDER_WAY);
  try {
    await ask("DELETE", `/v1/operations/${encodeURIComponent(id)}`);
  } catch (error) {
    // The agent has forgotten it: that is as good.
    if (!(error instanceof AgentRefused)) throw error;
  }
}

// Hands the agent a UAF message and waits until it has answered or refused. `opened` is the window for its page;
// `onStatus` hears each status with the page's address, or null. Resolves to the operation in its last state.
export async function operate(message, opened, onStatus) {
  let operation;
  try {
    await withdraw();
    operation = await ask("POST", "/v1/operations", { uaf_request: message }, "left.operation");
  } catch (error) {
    opened?.close();
    throw error;
  }
  // An agent with a camera and a screen of its own has no page to open.
  const page = operation.url ?? null;
  sessionStorage.setItem(UNDER_WAY, operation.id);
  if (page === null) opened?.close();
  else opened?.location.replace(page);
  for (;;) {
    onStatus(operation.status, page);
    if (["done", "refused", "expired"].includes(operation.status)) {
      sessionStorage.removeItem(UNDER_WAY);
      return operation;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    operation = await ask("GET", `/v1/operations/${encodeURIComponent(operation.id)}`);
  }
}
