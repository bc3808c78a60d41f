// Devices: the registered keys of a user, and revoking one.

import * as api from "./api.js";
import { onLanguage, say, time } from "./words.js";
import { byId, goTo, make, show } from "./view.js";

let user = null;
let listed = [];
let run = null;
let sure = null;

export function begin(guarded, ask) {
  [run, sure] = [guarded, ask];
  byId("user-form").addEventListener("submit", (event) => {
    event.preventDefault();
    user = byId("user").value;
    show(byId("message"), false);
    run(event.submitter, load);
  });
  byId("message-copy").addEventListener("click", (event) => {
    run(event.currentTarget, async () => {
      await navigator.clipboard.writeText(byId("message-text").textContent);
      byId("message-state").textContent = say("message.copied");
    });
  });
  onLanguage(draw);
}

export function forget() {
  [user, listed] = [null, []];
  show(byId("message"), false);
  for (const told of [byId("message-text"), byId("message-state")]) told.replaceChildren();
  byId("user").value = "";
  draw();
}

async function load() {
  listed = (await api.credentials(user)).data;
  draw();
}

async function revoke(button, credential) {
  const last = listed.length === 1 ? ` ${say("sure.last")}` : "";
  if (!(await sure(say("device.revoke"), say("sure.revoke") + last, say("device.revoke")))) return;
  await run(button, async () => {
    const answer = await api.deregister(credential.id);
    await load();
    byId("message-text").textContent = answer.uaf_request;
    byId("message-state").textContent = "";
    show(byId("message"));
    goTo(byId("message-title"));
  });
}

function draw() {
  const state = byId("devices-state");
  if (user === null) state.textContent = "";
  else state.textContent = listed.length ? say("devices.count", { count: listed.length, user }) : say("devices.none", { user });
  byId("devices-list").replaceChildren(...listed.map(card));
}

function card(credential) {
  const item = make("li", "", "card");
  const title = make("h2", credential.aaid ?? credential.id);
  const facts = make("dl", "", "facts");
  const told = [
    [say("device.id"), credential.id],
    [say("device.key"), credential.key_id],
    [say("device.status"), credential.status],
    [say("device.attestation"), credential.attestation?.type ?? "—"],
    [say("device.counter"), credential.sign_counter],
    [say("device.registered"), time(credential.registered_at)],
    [say("device.used"), credential.last_used_at ? time(credential.last_used_at) : say("device.never")],
  ];
  for (const [name, value] of told) {
    const row = make("div");
    row.append(make("dt", name), make("dd", String(value)));
    facts.append(row);
  }
  const buttons = make("p", "", "buttons");
  const button = make("button", say("device.revoke"), "danger");
  button.type = "button";
  button.setAttribute("aria-label", `${say("device.revoke")}: ${credential.id}`);
  button.addEventListener("click", () => revoke(button, credential));
  buttons.append(button);
  item.append(title, facts, buttons);
  return item;
}
