// The hosted page: one payment, its payer, and the agent on the payer's device. The client secret is taken from the
// address at once and kept in this page's memory; a reload forgets it.

import { Smile, approve, connectAgent, openWindow } from "../smile.js";
import * as device from "./device.js";
import * as ending from "./ending.js";
import { currentLanguage, money, onLanguage, preferred, say, speak } from "./words.js";
import { byId, goTo, make, ready, show, whileBusy } from "./view.js";

const CARDS = { opening: byId("opening"), wrong: byId("wrong"), bill: byId("bill"), ending: byId("ending") };
const TITLES = { wrong: byId("wrong-title"), bill: byId("bill-title"), ending: byId("ending-title") };
// The states in which the payer has something to decide; every other one is told by the ending.
const OPEN = "requires_action";

const id = location.pathname.split("/").pop();
const secret = takeSecret();
const smile = new Smile({ url: "", clientSecret: secret ?? "" });

let agent = null;
let payment = null;
let card = "opening";
let wrongWhy = null;
let faceState = null;
let timer = null;

// What follows # in the address, which is not sent to any server. It leaves the address bar before anything else
// happens, and so the history, bookmarks and what is copied from the bar.
function takeSecret() {
  const taken = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  return taken === "" ? null : taken;
}

function enter(name) {
  const isNew = card !== name;
  card = name;
  for (const [one, element] of Object.entries(CARDS)) show(element, one === name);
  if (isNew && name in TITLES) goTo(TITLES[name], byId("main"));
}

function tell(text) {
  byId("trouble").textContent = text;
  show(byId("trouble"), text !== "");
  if (text !== "") byId("trouble").scrollIntoView({ block: "nearest" });
}

// Runs what a button does; what goes wrong is told in words.
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

function inWords(error) {
  if (error.code === "agent_unreachable") return say("trouble.agent");
  if (error.source === "client") return say("trouble.server");
  if (error.source === "agent") return agentsNo(error);
  return say("trouble.refused", { who: say("who.server"), said: error.message });
}

// ---- the payment ---------------------------------------------------------------------------------------------------

async function look() {
  // A secret begins with the name of its payment: one of another payment is not sent at all.
  if (secret === null) return isWrong("missing");
  if (!secret.startsWith(`${id}_secret_`)) return isWrong("other");
  try {
    await take(await smile.payments.read(id));
  } catch (error) {
    if (error.code === "client_secret_invalid") return isWrong("refused");
    if (card === "opening") show(byId("opening-again"));
    throw error;
  }
}

function isWrong(why) {
  wrongWhy = why;
  drawWrong();
  enter("wrong");
}

function drawWrong() {
  const words = { missing: say("wrong.missing"), other: say("wrong.other"), refused: say("wrong.refused") };
  byId("wrong-why").textContent = words[wrongWhy];
}

// The payment as it is now decides what is shown.
async function take(now) {
  payment = now;
  if (payment.status === OPEN) {
    drawBill();
    if (card !== "bill") {
      enter("bill");
      tick();
      await device.look();
    }
    return;
  }
  clearTimeout(timer);
  // What was refused on the way does not matter any more.
  tell("");
  ending.tell(payment);
  enter("ending");
}

function drawBill() {
  byId("bill-payee").textContent = payment.payee;
  byId("bill-amount").textContent = money(payment.amount, payment.currency);
  show(byId("bill-order-row"), payment.order !== null);
  byId("bill-order").textContent = payment.order ?? "";
  byId("bill-text").textContent = payment.transaction_text;
  drawTimeLeft();
}

function drawTimeLeft() {
  const left = Math.max(0, payment.expires_at - Math.floor(Date.now() / 1000));
  const [minutes, seconds] = [Math.floor(left / 60), left % 60];
  byId("bill-left").textContent = `${minutes}:${String(seconds).padStart(2, "0")}`;
  // The clock is read to nobody each second; that it runs out is.
  if (left === 60) byId("said").textContent = say("bill.minute");
  return left;
}

// Once a second. At the end the server is asked: its clock decides.
function tick() {
  const left = drawTimeLeft();
  timer = setTimeout(left > 0 ? tick : atTheEnd, left > 0 ? 1000 : 500);
}

async function atTheEnd() {
  try {
    await look();
  } catch (error) {
    tell(inWords(error));
  }
  if (payment.status === OPEN) timer = setTimeout(atTheEnd, 2000);
}

// ---- yes and no ----------------------------------------------------------------------------------------------------

function faceIsAsked(isAsked) {
  show(byId("face"), isAsked);
  show(byId("device"), !isAsked);
  if (isAsked) goTo(byId("face-title"), byId("face"));
  else if (card === "bill") goTo(byId("device-title"), byId("device"));
}

async function sayYes(opened) {
  const page = byId("face-page");
  show(page, false);
  faceState = null;
  drawFace();
  faceIsAsked(true);
  try {
    const onStatus = (status, url) => {
      faceState = { status, hasPage: url !== null };
      drawFace();
      show(page, url !== null);
      if (url !== null) page.href = url;
    };
    const paid = await approve({ clientSecret: secret, agent, opened, onStatus });
    await take(paid);
  } catch (error) {
    opened?.close();
    tell(inWords(error));
    if (error.code === "agent_unreachable" || error.code === "token_refused") await device.look();
    // Whatever was refused, the payment may have ended meanwhile.
    await look();
  } finally {
    faceIsAsked(false);
  }
}

// Why the agent said no, for people; all other codes in the agent's own words.
function agentsNo(error) {
  const words = {
    cancelled: say("no.cancelled"),
    withdrawn: say("no.withdrawn"),
    timeout: say("no.timeout"),
    expired: say("no.timeout"),
    not_confirmed: say("no.not_confirmed"),
    lockout_temporary: say("no.lockout"),
    no_suitable_authenticator: say("no.key"),
    not_enrolled: say("no.face"),
    untrusted_facet_id: say("no.facet"),
    operation_busy: say("no.busy"),
    pairing_code_wrong: say("no.code"),
    pairing_expired: say("no.pairing"),
    pairing_ended: say("no.pairing"),
    pairing_locked: say("no.locked"),
  };
  return words[error.code] ?? say("trouble.refused", { who: say("who.agent"), said: error.message });
}

function drawFace() {
  const { status, hasPage } = faceState ?? { status: "waiting", hasPage: true };
  const words = {
    waiting: say(hasPage ? "face.waiting" : "face.terminal"),
    in_progress: say(hasPage ? "face.in_progress" : "face.terminal"),
    done: say("face.done"),
    refused: say("face.refused"),
    expired: say("face.refused"),
  };
  const text = words[status] ?? status;
  // A live region speaks when it changes, and not each time it is told the same.
  if (byId("face-state").textContent !== text) byId("face-state").textContent = text;
}

async function sayNo() {
  const dialog = byId("sure");
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((closed) => dialog.addEventListener("close", closed, { once: true }));
  if (dialog.returnValue !== "yes") return;
  // An agent that nobody answers is no reason to pay.
  await agent.withdraw().catch(() => {});
  try {
    await take(await smile.payments.decline(id));
  } catch (error) {
    if (error.code !== "state_conflict") throw error;
    // It was signed, or ended, in the same moment.
    await look();
  }
}

// ---- the page ------------------------------------------------------------------------------------------------------

function redraw() {
  byId("language-en").setAttribute("aria-pressed", String(currentLanguage() === "en"));
  byId("language-zh").setAttribute("aria-pressed", String(currentLanguage() === "zh"));
  if (card === "wrong") drawWrong();
  if (card === "bill") {
    drawBill();
    drawFace();
    device.redraw();
  }
  ending.redraw();
}

async function open() {
  await speak(preferred());
  const setting = await fetch("setting.json").then((answer) => answer.json());
  agent = connectAgent({ url: setting.agent_url });
  device.begin(agent, guarded, inWords);
  ending.begin(smile, guarded, look);
  onLanguage(redraw);
  redraw();
  byId("language-en").addEventListener("click", () => speak("en"));
  byId("language-zh").addEventListener("click", () => speak("zh"));
  byId("opening-again").addEventListener("click", () => guarded(byId("opening-again"), look));
  byId("approve").addEventListener("click", () => {
    const opened = openWindow();
    guarded(byId("approve"), () => sayYes(opened));
  });
  byId("face-withdraw").addEventListener("click", () => guarded(byId("face-withdraw"), () => agent.withdraw()));
  byId("decline").addEventListener("click", () => guarded(byId("decline"), sayNo));
  ready();
  await look().catch((error) => tell(inWords(error)));
}

open().catch((error) => {
  // The dictionary may be what is missing: these words are the browser's own.
  byId("main").prepend(make("p", String(error), "trouble"));
});
