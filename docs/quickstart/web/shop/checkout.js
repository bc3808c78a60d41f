// The checkout: consent, device, amount, face, receipt.

import { agent, openWindow } from "./agent.js";
import { call, fetchRequest, respond, UafRefused } from "./backend.js";
import { showLeft } from "./bytes.js";
import { currentLanguage, money, onLanguage, say, time } from "./words.js";
import { byId, goTo, make, show, whileBusy } from "./view.js";

const STEPS = ["consent", "device", "amount", "face", "receipt"];
const SECTIONS = {
  consent: byId("step-consent"),
  device: byId("step-device"),
  amount: byId("step-amount"),
  face: byId("step-face"),
  receipt: byId("step-receipt"),
};
const MARKS = {
  consent: byId("mark-consent"),
  device: byId("mark-device"),
  amount: byId("mark-amount"),
  face: byId("mark-face"),
  receipt: byId("mark-receipt"),
};
const TITLES = {
  consent: byId("consent-title"),
  device: byId("device-title"),
  amount: byId("amount-title"),
  face: byId("face-title"),
  receipt: byId("receipt-title"),
};

let catalogue = null;
// The text that the visitor has before them, and the one that they agreed to in this page.
let shownConsent = null;
let agreed = null;
let order = null;
let pairing = null;
let step = null;
let wanted = null;

// What the cheats need: the last payment that succeeded, with its response.
export const last = { response: null, context: null };

export function begin(from) {
  catalogue = from;
  byId("consent-read").addEventListener("change", () => {
    byId("consent-agree").disabled = !byId("consent-read").checked || shownConsent === null;
  });
  byId("consent-agree").addEventListener("click", () => {
    agreed = shownConsent;
    guarded(byId("consent-agree"), enterDevice);
  });
  byId("consent-decline").addEventListener("click", () => {
    agreed = null;
    tell(say("consent.declined"));
  });
  byId("agent-again").addEventListener("click", () => guarded(byId("agent-again"), lookForAgent));
  byId("pair-begin").addEventListener("click", () => guarded(byId("pair-begin"), beginPairing));
  byId("pair-form").addEventListener("submit", (event) => {
    event.preventDefault();
    guarded(event.submitter, finishPairing);
  });
  byId("register").addEventListener("click", () => {
    // Whoever comes with a key agreed in an earlier visit, to what this page cannot know: a new key needs them again.
    if (agreed === null) return guarded(byId("register"), enterConsent);
    const opened = openWindow();
    guarded(byId("register"), () => register(opened));
  });
  byId("amount-go").addEventListener("click", () => {
    const opened = openWindow();
    guarded(byId("amount-go"), () => pay(opened));
  });
  byId("face-withdraw").addEventListener("click", () => guarded(byId("face-withdraw"), () => agent.withdraw()));
  byId("again").addEventListener("click", () => {
    show(byId("checkout"), false);
    byId("main").focus();
    byId("stamps").scrollIntoView();
  });
  onLanguage(redraw);
}

// The visitor wants to buy. Whoever has a key goes straight to the amount.
export async function start(item, quantity) {
  wanted = { item, quantity };
  show(byId("checkout"));
  const { keys } = await call("GET", "/shop/me");
  const found = keys > 0 ? await agent.wellKnown().catch(() => null) : null;
  if (found?.paired) await enterAmount();
  else if (keys > 0) await enterDevice();
  else await enterConsent();
}

function enter(name) {
  step = name;
  const reached = STEPS.indexOf(name);
  STEPS.forEach((one, index) => {
    show(SECTIONS[one], one === name);
    MARKS[one].classList.toggle("done", index < reached);
    if (index === reached) MARKS[one].setAttribute("aria-current", "step");
    else MARKS[one].removeAttribute("aria-current");
  });
  goTo(TITLES[name], byId("checkout-title"));
}

function tell(text) {
  const trouble = byId("trouble");
  trouble.textContent = text;
  show(trouble, text !== "");
  if (text !== "") trouble.scrollIntoView({ block: "nearest" });
}

// Runs what a button does; what goes wrong is told in the words of whoever refused.
async function guarded(button, work) {
  tell("");
  await whileBusy(button, async () => {
    try {
      await work();
    } catch (error) {
      tell(inWords(error));
    }
  });
}

// An error for people: what the one who refused said, and what to do.
export function inWords(error) {
  if (error.code === "agent_unreachable") {
    if (error.permission === "denied") return say("trouble.local");
    return say(error.permission === "prompt" ? "trouble.either" : "trouble.agent");
  }
  if (error.source === "agent") return say("trouble.refused", { who: say("who.agent"), said: error.message });
  if (error instanceof UafRefused) return say("trouble.refused", { who: say("who.server"), said: error.message });
  return say("trouble.refused", { who: say("who.shop"), said: error.message });
}

async function enterConsent() {
  enter("consent");
  await readConsent();
}

// The bytes that are shown are the bytes that are hashed. A tick stands for one text and goes with it.
async function readConsent() {
  const language = currentLanguage();
  shownConsent = null;
  byId("consent-read").checked = false;
  byId("consent-agree").disabled = true;
  const answer = await fetch(`/consent.${language}.txt`);
  if (!answer.ok) throw new Error(`/consent.${language}.txt: ${answer.status}`);
  const bytes = await answer.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  // The language changed meanwhile: another call shows its text.
  if (language !== currentLanguage()) return;
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const text = new TextDecoder().decode(bytes);
  byId("consent-text").replaceChildren(...text.trim().split("\n\n").map((part) => make("p", part)));
  byId("consent-hash").textContent = hash;
  byId("consent-read").checked = false;
  shownConsent = { version: catalogue.consent_version, language, text_hash: hash };
}

async function enterDevice() {
  enter("device");
  await lookForAgent();
}

async function lookForAgent() {
  byId("enrol-page").href = agent.pageOf("/enrol");
  byId("pair-page").href = agent.pageOf("/pairings");
  const state = byId("agent-state");
  state.textContent = say("device.looking");
  const parts = { absent: byId("agent-absent"), unpaired: byId("agent-unpaired"), paired: byId("agent-paired") };
  const only = (name) => Object.entries(parts).forEach(([one, part]) => show(part, one === name));
  try {
    const found = await agent.wellKnown();
    state.textContent = say(found.paired ? "device.paired" : "device.unpaired", { version: found.version });
    only(found.paired ? "paired" : "unpaired");
  } catch (error) {
    only("absent");
    state.textContent = inWords(error);
  }
}

async function beginPairing() {
  pairing = await agent.pair();
  show(byId("pair-form"));
  byId("pair-code").focus();
}

async function finishPairing() {
  await pairing.finish(byId("pair-code").value);
  show(byId("pair-form"), false);
  byId("pair-code").value = "";
  await lookForAgent();
}

async function register(opened) {
  const page = byId("register-page");
  try {
    const { token } = await call("POST", "/shop/enrolments", { consent: agreed });
    const context = { enrolmentSession: token };
    const answered = await ceremony(context, opened, (text, url) => {
      byId("agent-state").textContent = text;
      show(page, url !== null);
      if (url !== null) page.href = url;
    });
    if (answered.refusal) return tell(answered.refusal);
    if (answered.verdict.statusCode !== 1200) throw new UafRefused(answered.verdict);
    // One agreement, one key: the next one is asked for again, so that its time is not that of an old tick.
    agreed = null;
    await showLeft(answered.response);
  } catch (error) {
    opened?.close();
    throw error;
  } finally {
    show(page, false);
  }
  await enterAmount();
}

// One ceremony from request to verdict. `forge` may change the message on its way to the agent, as something between
// server and device would; `hold` may keep the response back for a while.
export async function ceremony(context, opened, onState, forge = (message) => message, hold = async () => {}) {
  const message = forge(await fetchRequest(context));
  const operation = await agent.operate(message, {
    opened,
    onStatus: (status, page) => onState(inState(status, page), page),
  });
  if (operation.status !== "done") {
    const { code, uaf_code: uafCode } = operation.error ?? {};
    const parts = [operation.status, code, uafCode === undefined ? "" : `UAF ${uafCode}`];
    const said = parts.filter(Boolean).join(", ");
    return { code, refusal: say("trouble.answered", { who: say("who.agent"), said }) };
  }
  const response = operation.uaf_response;
  await hold();
  const verdict = await respond(response, context);
  return { code: verdict.statusCode, response, verdict };
}

function inState(status, page) {
  const words = {
    waiting: say(page === null ? "face.terminal" : "face.waiting"),
    in_progress: say(page === null ? "face.terminal" : "face.in_progress"),
    done: say("face.done"),
    refused: say("face.refused"),
    expired: say("face.expired"),
  };
  return words[status] ?? status;
}

async function enterAmount() {
  const made = await call("POST", "/shop/orders", wanted);
  order = { ...made.payment, order: made.order };
  enter("amount");
  drawAmount();
}

function drawAmount() {
  byId("amount-shown").textContent = money(order.amount, order.currency);
  byId("amount-payee").textContent = order.payee;
  byId("amount-payment").textContent = order.order;
  byId("amount-until").textContent = time(order.expires_at);
  byId("amount-text").textContent = order.transaction_text;
  show(byId("amount-hosted"), order.page !== null);
  if (order.page !== null) byId("amount-hosted").href = order.page;
}

// Back from the provider's page. What the address says of the payment anybody can type: the backend is asked.
export async function comeBack(name) {
  const { status } = await call("GET", `/shop/orders/${encodeURIComponent(name)}`);
  order = { order: name };
  show(byId("checkout"));
  if (status === "succeeded") await enterReceipt();
  else tell(say("back.unpaid", { order: name, status }));
}

async function pay(opened) {
  enter("face");
  const page = byId("face-page");
  show(page, false);
  const context = { clientSecret: order.client_secret };
  try {
    const answered = await ceremony(context, opened, (text, url) => {
      byId("face-state").textContent = text;
      show(page, url !== null);
      if (url !== null) page.href = url;
    });
    if (answered.refusal) {
      await enterAmount();
      return tell(answered.refusal);
    }
    if (answered.verdict.statusCode !== 1200) throw new UafRefused(answered.verdict);
    Object.assign(last, { response: answered.response, context });
    await showLeft(answered.response);
  } catch (error) {
    opened?.close();
    enter("amount");
    throw error;
  }
  await enterReceipt();
}

async function enterReceipt() {
  order.receipt = await call("GET", `/shop/orders/${encodeURIComponent(order.order)}/receipt`);
  byId("receipt-file").href = `/shop/orders/${encodeURIComponent(order.order)}/receipt.cose`;
  enter("receipt");
  drawReceipt();
  document.dispatchEvent(new Event("paid"));
}

function drawReceipt() {
  const { receipt } = order;
  const facts = [
    ["receipt.text", receipt.transaction_text],
    ["receipt.payment", receipt.payment],
    ["receipt.status", receipt.status],
    ["receipt.issuer", receipt.issuer],
    ["receipt.aaid", receipt.aaid],
    ["receipt.counter", receipt.sign_counter],
    ["receipt.at", time(receipt.authorised_at)],
    ["receipt.bytes", receipt.bytes],
  ];
  const rows = facts.map(([key, value]) => {
    const row = make("div");
    row.append(make("dt", say(key)), make("dd", String(value)));
    return row;
  });
  byId("receipt-facts").replaceChildren(...rows);
}

function redraw() {
  if (step === "consent") readConsent().catch((error) => tell(inWords(error)));
  if (step === "device") lookForAgent();
  if (step === "amount") drawAmount();
  if (step === "receipt") drawReceipt();
}
