// The provider's page: the secret key, and what it opens.

import { forgetKey, Forgotten, useKey } from "./api.js";
import * as devices from "./devices.js";
import * as payments from "./payments.js";
import { currentLanguage, onLanguage, preferred, speak } from "./words.js";
import { byId, goTo, make, ready, show, whileBusy } from "./view.js";

function tell(text) {
  byId("trouble").textContent = text;
  show(byId("trouble"), text !== "");
}

// Runs what a button does; what the server refused is told in its own words.
async function guarded(button, work) {
  tell("");
  await whileBusy(button, async () => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Forgotten)) tell(error.message);
    }
  });
}

// Asks whether the provider means it.
function sure(title, text, verb) {
  const dialog = byId("sure");
  byId("sure-title").textContent = title;
  byId("sure-text").textContent = text;
  byId("sure-yes").textContent = verb;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

function signedIn(inside) {
  show(byId("key"), !inside);
  show(byId("work"), inside);
  show(byId("key-forget"), inside);
}

function choose(name) {
  for (const [one, tab, section, title] of [
    ["payments", byId("tab-payments"), byId("payments"), byId("payments-title")],
    ["devices", byId("tab-devices"), byId("devices"), byId("devices-title")],
  ]) {
    tab.setAttribute("aria-pressed", String(one === name));
    show(section, one === name);
    if (one === name) goTo(title);
  }
}

async function open() {
  await speak(preferred());
  onLanguage(() => {
    byId("language-en").setAttribute("aria-pressed", String(currentLanguage() === "en"));
    byId("language-zh").setAttribute("aria-pressed", String(currentLanguage() === "zh"));
  });
  byId("language-en").addEventListener("click", () => speak("en"));
  byId("language-zh").addEventListener("click", () => speak("zh"));
  byId("tab-payments").addEventListener("click", () => choose("payments"));
  byId("tab-devices").addEventListener("click", () => choose("devices"));
  payments.begin(guarded, sure);
  devices.begin(guarded, sure);
  byId("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    guarded(event.submitter, async () => {
      useKey(byId("key-value").value.trim());
      await payments.load();
      byId("key-value").value = "";
      signedIn(true);
      choose("payments");
    });
  });
  byId("key-forget").addEventListener("click", () => {
    forgetKey();
    payments.forget();
    devices.forget();
    tell("");
    for (const said of [byId("sure-title"), byId("sure-text")]) said.textContent = "";
    signedIn(false);
    byId("key-value").value = "";
    byId("key-value").focus();
  });
  await speak(currentLanguage());
  ready();
}

open().catch((error) => {
  // The dictionary may be what is missing: these words are the browser's own.
  byId("main").prepend(make("p", String(error), "trouble"));
});
