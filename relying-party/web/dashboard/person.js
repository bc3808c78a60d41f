// A person: what they agreed to, all that is kept of them, and the end of it.

import * as api from "./api.js";
import { keep } from "./payments.js";
import { onLanguage, say, time } from "./words.js";
import { byId, make, show } from "./view.js";

let user = null;
let consents = [];
let run = null;
let sure = null;
let devices = null;

// `around` is the list of devices: `load` reads it again, `tell` shows the message for one.
export function begin(guarded, ask, around) {
  [run, sure, devices] = [guarded, ask, around];
  byId("person-export").addEventListener("click", (event) => {
    run(event.currentTarget, async () => keep("person.json", await api.exported(user)));
  });
  byId("person-lost").addEventListener("click", (event) => {
    act(event.currentTarget, say("person.lost"), say("sure.lost-all"), () => api.lostDevice(user, { all: true }));
  });
  byId("person-erase").addEventListener("click", (event) => {
    act(event.currentTarget, say("person.erase"), say("sure.erase", { user }), () => api.erase(user));
  });
  onLanguage(draw);
}

export function forget() {
  [user, consents] = [null, []];
  draw();
}

export async function load(name) {
  consents = (await api.consents(name)).data;
  user = name;
  draw();
}

async function act(button, verb, text, work) {
  if (!(await sure(verb, text, verb))) return;
  await run(button, async () => {
    const answer = await work();
    await devices.load();
    devices.tell(answer.uaf_request);
    byId("person-state").textContent = say("person.done");
  });
}

function draw() {
  show(byId("person"), user !== null);
  byId("person-state").textContent = "";
  byId("consents-none").textContent = consents.length ? "" : say("consents.none");
  byId("consents-list").replaceChildren(...consents.map(card));
}

function card(consent) {
  const item = make("li", "", "card");
  const facts = make("dl", "", "facts");
  const told = [
    [say("consent.text"), `${consent.version} (${consent.language})`],
    [say("consent.hash"), consent.text_sha256],
    [say("consent.agreed"), time(consent.agreed_at)],
    [say("consent.withdrawn"), consent.withdrawn_at ? time(consent.withdrawn_at) : "—"],
  ];
  for (const [name, value] of told) {
    const row = make("div");
    row.append(make("dt", name), make("dd", String(value)));
    facts.append(row);
  }
  item.append(facts);
  if (!consent.withdrawn_at) {
    const button = make("button", say("consent.withdraw"), "danger");
    button.type = "button";
    button.setAttribute("aria-label", `${say("consent.withdraw")}: ${consent.version}`);
    button.addEventListener("click", () =>
      act(button, say("consent.withdraw"), say("sure.withdraw"), () => api.withdraw(consent.id)));
    const buttons = make("p", "", "buttons");
    buttons.append(button);
    item.append(buttons);
  }
  return item;
}
