// Devices: the registered keys of a user, and what is done with one.

import * as api from "./api.js";
import * as person from "./person.js";
import { onLanguage, say, time } from "./words.js";
import { byId, goTo, make, show } from "./view.js";

let user = null;
let listed = [];
let active = 0;
let run = null;
let sure = null;

export function begin(guarded, ask) {
  [run, sure] = [guarded, ask];
  person.begin(guarded, ask, { load, tell });
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
  [user, listed, active] = [null, [], 0];
  show(byId("message"), false);
  for (const told of [byId("message-text"), byId("message-state")]) told.replaceChildren();
  byId("user").value = "";
  person.forget();
  draw();
}

async function load() {
  const found = await api.credentials(user);
  [listed, active] = [found.data, found.active];
  await person.load(user);
  draw();
}

// The message that makes a device erase its half; there is none where no key was taken away.
function tell(message) {
  show(byId("message"), message !== null);
  byId("message-text").textContent = message ?? "";
  byId("message-state").textContent = "";
  if (message !== null) goTo(byId("message-title"));
}

// What the question says where the last active key would go.
function warned(text, credential) {
  const last = credential.status === "active" && active === 1;
  return last ? `${text} ${say("sure.last")}` : text;
}

async function act(button, work) {
  await run(button, async () => {
    const answer = await work();
    await load();
    if (answer.uaf_request) tell(answer.uaf_request);
  });
}

async function asked(button, credential, verb, text, work) {
  if (await sure(verb, warned(text, credential), verb)) await act(button, work);
}

function draw() {
  const state = byId("devices-state");
  if (user === null) state.textContent = "";
  else if (listed.length) state.textContent = say("devices.count", { count: listed.length, active, user });
  else state.textContent = say("devices.none", { user });
  // A warning, not an error: nothing is refused for it.
  show(byId("devices-warning"), listed.length > 0 && active === 0);
  byId("devices-list").replaceChildren(...listed.map(card));
}

function status(credential) {
  if (credential.status === "active") return say("device.active");
  return credential.status === "suspended" ? say("device.suspended") : say("device.revoked");
}

function card(credential) {
  const item = make("li", "", "card");
  const title = make("h2", credential.name ?? credential.aaid ?? credential.id);
  const facts = make("dl", "", "facts");
  const told = [
    [say("device.id"), credential.id],
    [say("device.model"), credential.aaid ?? "—"],
    [say("device.key"), credential.key_id],
    [say("device.status"), status(credential)],
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
  buttons.append(...actions(credential));
  item.append(title, facts, naming(credential), buttons);
  return item;
}

// A form with the name that the person gave the device.
function naming(credential) {
  const form = make("form", "", "inline");
  const label = make("label", "", "field");
  const field = make("input");
  [field.type, field.maxLength, field.required, field.value] = ["text", 64, true, credential.name ?? ""];
  label.append(make("span", say("device.name")), field);
  const button = make("button", say("device.rename"));
  button.type = "submit";
  button.setAttribute("aria-label", `${say("device.rename")}: ${credential.id}`);
  form.append(label, button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(button, () => api.name(credential.id, field.value));
  });
  return form;
}

function actions(credential) {
  const id = credential.id;
  const remove = press(say("device.delete"), credential, "danger", (button) =>
    asked(button, credential, say("device.delete"), say("sure.delete"), () => api.deregister(id)));
  if (credential.status === "revoked") return [remove];
  const pause = credential.status === "active"
    ? press(say("device.suspend"), credential, "", (button) =>
      asked(button, credential, say("device.suspend"), say("sure.suspend"), () => api.suspend(id)))
    : press(say("device.reinstate"), credential, "", (button) => act(button, () => api.reinstate(id)));
  const revoke = press(say("device.revoke"), credential, "danger", (button) =>
    asked(button, credential, say("device.revoke"), say("sure.revoke"), () => api.revoke(id)));
  const lost = press(say("device.lost"), credential, "danger", (button) =>
    asked(button, credential, say("device.lost"), say("sure.lost"), () => api.lostDevice(user, { credential: id })));
  return [pause, remove, revoke, lost];
}

function press(text, credential, className, work) {
  const button = make("button", text, className);
  button.type = "button";
  button.setAttribute("aria-label", `${text}: ${credential.name ?? credential.id}`);
  button.addEventListener("click", () => work(button));
  return button;
}
