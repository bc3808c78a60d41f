// What the page says, in the languages that it speaks: one flat dictionary each.

const LANGUAGES = ["en", "zh"];
const KEPT_AS = "smile.language";
const listeners = [];
let words = {};
let language = "en";

// The text of a key, with {name} replaced by values.name.
export function say(key, values = {}) {
  const text = words[key];
  if (text === undefined) throw new Error(`no words for ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export function currentLanguage() {
  return language;
}

// Calls `listener` now and whenever the language changes.
export function onLanguage(listener) {
  listeners.push(listener);
}

// An amount in minor units, as the reader's language writes it. Whole numbers only: nothing is divided.
export function money(minorUnits, currency) {
  const format = new Intl.NumberFormat(language, { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits;
  const text = String(minorUnits).padStart(digits + 1, "0");
  return format.format(digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text);
}

export function time(unixSeconds) {
  const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
  return format.format(new Date(unixSeconds * 1000));
}

// The language that was chosen before, else the browser's.
export function preferred() {
  const kept = localStorage.getItem(KEPT_AS);
  if (LANGUAGES.includes(kept)) return kept;
  const wanted = navigator.languages.map((name) => name.slice(0, 2).toLowerCase());
  return wanted.find((name) => LANGUAGES.includes(name)) ?? "en";
}

export async function speak(wanted) {
  const answer = await fetch(`${wanted}.json`);
  if (!answer.ok) throw new Error(`no dictionary for ${wanted}`);
  words = await answer.json();
  language = wanted;
  localStorage.setItem(KEPT_AS, wanted);
  document.documentElement.lang = wanted === "zh" ? "zh-CN" : wanted;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = say(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", say(element.dataset.tLabel));
  }
  for (const element of document.querySelectorAll("[data-t-alt]")) element.alt = say(element.dataset.tAlt);
  document.title = say("title");
  for (const listener of listeners) listener();
}
