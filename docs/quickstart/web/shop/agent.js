// The agent on this device: it has the camera and the keys. This page hands it messages and gets messages back, by the
// client that every page may use.

import { note } from "./backend.js";
import { connectAgent } from "./smile.js";

export { openWindow } from "./smile.js";

// What the bodies are called in the ledger.
const BODIES = { pairing: "left.pair", operation: "left.operation" };

export let agent = null;

// The agent's address, as the shop's backend names it. It is asked now and then: what a socket says is no request body,
// and the ledger lists all that leaves.
export function at(url) {
  agent = connectAgent({ url, sockets: false, onSend: (what, body) => note(BODIES[what], "agent", body) });
}
