// Codes of pages that ask, and the pages that were paired.

import { language, speak, t } from "./words.js";

const find = (selector) => document.querySelector(selector);
let list = { pending: [], paired: [], locked: [] };
let shown = "";

function row(origin, ...rest) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  name.className = "origin";
  name.textContent = origin;
  item.append(name, ...rest);
  return item;
}

function pending({ origin, code, expires_in_ms }) {
  const digits = document.createElement("span");
  digits.className = "code";
  digits.textContent = `${code.slice(0, 3)} ${code.slice(3)}`;
  // A screen reader should say digits and not two numbers.
  digits.setAttribute("role", "img");
  digits.setAttribute("aria-label", t("pair_code", { code: [...code].join(" ") }));
  const left = document.createElement("span");
  left.className = "soft";
  left.textContent = t("pair_left", { s: Math.ceil(expires_in_ms / 10_000) * 10 });
  return row(origin, digits, left);
}

/** A row with a button: what it is called, where it posts the origin, and what is said afterwards. */
function acting(origin, word, path, said) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = t(word);
  button.setAttribute("aria-label", `${t(word)}: ${origin}`);
  button.addEventListener("click", async () => {
    await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ origin }) });
    find(".said").textContent = t(said, { origin });
    await look();
  });
  return row(origin, button);
}

const paired = ({ origin }) => acting(origin, "forget", "/pairings/forget", "forgotten");
const locked = (origin) => acting(origin, "unlock", "/pairings/unlock", "unlocked");

function fill() {
  const now = JSON.stringify([list.pending.map((one) => [one.code, Math.ceil(one.expires_in_ms / 10_000)]), list.paired, list.locked, language]);
  // Only what has changed is drawn again: a screen reader reads each change, and the focus stays.
  if (now === shown) return;
  shown = now;
  find(".pending").replaceChildren(...list.pending.map(pending));
  find(".nobody").hidden = list.pending.length > 0;
  find(".paired").replaceChildren(...list.paired.map(paired));
  find(".locked").replaceChildren(...list.locked.map(locked));
  find(".locks").hidden = list.locked.length === 0;
  find(".none").hidden = list.paired.length > 0;
}

async function look() {
  const answer = await fetch("/pairings/list");
  list = await answer.json();
  fill();
}

speak(fill);
await look();
setInterval(look, 1500);
