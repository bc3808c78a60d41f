// The payer's device: whether its agent can be reached from this page, and whether it knows the page.

import { localNetworkPermission } from "../smile.js";
import { say } from "./words.js";
import { byId, show } from "./view.js";

const PARTS = {
  ask: byId("device-ask"),
  blocked: byId("device-blocked"),
  absent: byId("device-absent"),
  unpaired: byId("device-unpaired"),
  ready: byId("device-ready"),
};

let agent = null;
let pairing = null;
let part = null;
let version = "";

export function begin(connected, guarded, inWords) {
  agent = connected;
  byId("device-origin").textContent = location.origin;
  byId("pair-page").href = agent.pageOf("/pairings");
  for (const button of [byId("device-look"), byId("device-again"), byId("device-unblocked")]) {
    button.addEventListener("click", () => guarded(button, reach));
  }
  byId("pair-begin").addEventListener("click", () => guarded(byId("pair-begin"), beginPairing));
  byId("pair-form").addEventListener("submit", (event) => {
    event.preventDefault();
    guarded(event.submitter, finishPairing);
  });
}

// Looks for the agent where the browser will not ask its user first. Where it may, the page says before what for.
export async function look() {
  if ((await localNetworkPermission()) === "prompt") enter("ask");
  else await reach();
}

async function reach() {
  byId("device-state").textContent = say("device.looking");
  byId("device-state").classList.remove("good");
  try {
    const found = await agent.wellKnown();
    version = found.version;
    enter(found.paired ? "ready" : "unpaired");
  } catch (error) {
    if (error.code !== "agent_unreachable") throw error;
    enter(error.permission === "denied" ? "blocked" : "absent");
  }
}

function enter(name) {
  part = name;
  for (const [one, element] of Object.entries(PARTS)) show(element, one === name);
  redraw();
}

export function redraw() {
  if (part === null) return;
  const words = {
    ask: "",
    blocked: say("device.state.blocked"),
    absent: say("device.state.absent"),
    unpaired: say("device.state.found", { version }),
    ready: say("device.state.ready", { version }),
  };
  byId("device-state").textContent = words[part];
  byId("device-state").classList.toggle("good", part === "ready" || part === "unpaired");
}

async function beginPairing() {
  pairing = await agent.pair();
  codeIsAsked(true);
  byId("pair-code").focus();
}

// A pairing that is over leaves nothing to type: the next one has another code.
async function finishPairing() {
  try {
    await pairing.finish(byId("pair-code").value);
  } catch (error) {
    if (error.source === "agent" && error.code !== "pairing_code_wrong") codeIsAsked(false);
    throw error;
  }
  codeIsAsked(false);
  await reach();
  byId("approve").focus();
}

function codeIsAsked(isAsked) {
  show(byId("pair-form"), isAsked);
  show(byId("pair-begin-row"), !isAsked);
  byId("pair-code").value = "";
}
