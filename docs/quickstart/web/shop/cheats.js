// Six ways to cheat. Each is done for real; what is shown is what agent and server answered, whatever it was.

import * as agent from "./agent.js";
import { beginLedger, call, respond } from "./backend.js";
import { ceremony, inWords, last } from "./checkout.js";
import { say } from "./words.js";
import { byId, make, show, whileBusy } from "./view.js";

const CHEATS = { photo, screen, other, amount, replay, stale };
// Whom the stage puts before the agent's camera.
const BUYER = "buyer";
// With these the agent has decided on what it saw. With all others nobody tried: the page was closed, for example.
const DECIDED = ["not_confirmed", "no_usable_picture", "lockout_temporary"];
// Past the five minutes in which a challenge may be answered.
const TOO_LATE_S = 6 * 60;

let catalogue = null;

export function begin(from) {
  catalogue = from;
  show(byId("cheats-stage"), catalogue.stage);
  document.addEventListener("paid", () => show(byId("cheats-need"), false));
  for (const card of document.querySelectorAll("[data-cheat]")) {
    const button = card.querySelector("button");
    const said = card.querySelector(".said");
    const name = card.dataset.cheat;
    button.addEventListener("click", () => {
      if (last.response === null) {
        said.replaceChildren(make("p", say("cheats.need")));
        return;
      }
      // The replay asks nothing of the agent; every other cheat opens its page.
      const opened = name === "replay" ? null : agent.openWindow();
      whileBusy(button, () => attempt(name, opened, said));
    });
  }
}

async function attempt(name, opened, said) {
  said.replaceChildren(make("p", say("cheats.going")));
  const going = (text) => said.replaceChildren(make("p", text));
  try {
    await CHEATS[name](opened, said, going);
  } catch (error) {
    opened?.close();
    verdict(said, "open", say("cheats.broke"), [inWords(error)]);
  }
}

function verdict(said, kind, heading, answers, remark = "") {
  const parts = [make("p", heading, `verdict ${kind}`), ...answers.map((answer) => make("pre", answer))];
  if (remark) parts.push(make("p", remark));
  said.replaceChildren(...parts);
}

// A new order for one stamp of the first kind.
async function newOrder() {
  beginLedger();
  const made = await call("POST", "/shop/orders", { item: catalogue.items[0].id, quantity: 1 });
  return { ...made.payment, order: made.order };
}

// Says how a cheat came out, from what was really answered and what became of the payment. `expected` is the answer that
// the remark `stopped` explains; another refusal stands without it.
async function judge(said, payment, answered, expected, remarks) {
  const answers = [];
  if (answered.refusal) answers.push(answered.refusal);
  if (answered.verdict) answers.push(serverSaid(answered.verdict));
  const { status } = await call("GET", `/shop/orders/${encodeURIComponent(payment.order)}`);
  answers.push(say("cheats.payment", { id: payment.id, status }));
  const remark = answered.code === expected ? remarks.stopped : "";
  if (status === "succeeded") verdict(said, "passed", say("cheats.passed"), answers, remarks.passed);
  else if (answered.verdict) verdict(said, "stopped", say("cheats.stopped.server"), answers, remark);
  else if (DECIDED.includes(answered.code)) verdict(said, "stopped", say("cheats.stopped.agent"), answers, remark);
  else verdict(said, "open", say("cheats.broke"), answers);
}

function serverSaid({ statusCode, description }) {
  return `${say("who.server")}: ${statusCode} ${description ?? ""}`.trim();
}

// Somebody or something else looks into the agent's camera. Where the agent has a real one, the visitor is asked to
// hold it there.
async function before(subject, opened, said, going, remarks) {
  const payment = await newOrder();
  if (catalogue.stage) await call("POST", "/shop/stage", { before_camera: subject });
  try {
    const context = { clientSecret: payment.client_secret };
    const answered = await ceremony(context, opened, going);
    await judge(said, payment, answered, "not_confirmed", remarks);
  } finally {
    if (catalogue.stage) await call("POST", "/shop/stage", { before_camera: BUYER });
  }
}

function photo(opened, said, going) {
  const remarks = { passed: say("cheat.photo.passed"), stopped: say("cheat.photo.stopped") };
  return before("photo", opened, said, going, remarks);
}

function screen(opened, said, going) {
  const remarks = { passed: say("cheat.screen.passed"), stopped: say("cheat.screen.stopped") };
  return before("screen", opened, said, going, remarks);
}

function other(opened, said, going) {
  const remarks = { passed: say("cheat.other.passed"), stopped: say("cheat.other.stopped") };
  return before("other", opened, said, going, remarks);
}

// Something between server and device halves the amount that the buyer is shown.
async function amount(opened, said, going) {
  const payment = await newOrder();
  const context = { clientSecret: payment.client_secret };
  const forge = (message) => withHalf(message, payment);
  const answered = await ceremony(context, opened, going, forge);
  const remarks = { passed: say("cheat.amount.passed"), stopped: say("cheat.amount.stopped") };
  await judge(said, payment, answered, 1498, remarks);
}

// The request with half the amount in its transaction's text.
function withHalf(message, payment) {
  const half = payment.transaction_text.replace(/\d+\.\d\d/, (amount) => {
    const cents = BigInt(amount.replace(".", "")) / 2n;
    const text = cents.toString().padStart(3, "0");
    return `${text.slice(0, -2)}.${text.slice(-2)}`;
  });
  const [from, to] = [base64url(payment.transaction_text), base64url(half)];
  if (from === to || !message.includes(from)) throw new Error("the request does not hold the payment's text");
  return message.replaceAll(from, to);
}

function base64url(text) {
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

// The response that paid is sent a second time.
async function replay(opened, said) {
  const answer = await respond(last.response, last.context);
  const answers = [serverSaid(answer)];
  const remark = answer.statusCode === 1491 ? say("cheat.replay.stopped") : "";
  if (answer.statusCode === 1200) verdict(said, "passed", say("cheats.passed"), answers, say("cheat.replay.passed"));
  else verdict(said, "stopped", say("cheats.stopped.server"), answers, remark);
}

// The right face signs, but the answer arrives six minutes late. The stage moves the server's clock; where there is no
// stage, the page really waits.
async function stale(opened, said, going) {
  const payment = await newOrder();
  const context = { clientSecret: payment.client_secret };
  const late = async () => {
    if (catalogue.stage) await call("POST", "/shop/stage", { advance_clock_s: TOO_LATE_S });
    else {
      going(say("cheat.stale.waiting"));
      await new Promise((resolve) => setTimeout(resolve, TOO_LATE_S * 1000));
    }
  };
  const answered = await ceremony(context, opened, going, undefined, late);
  const remarks = { passed: say("cheat.stale.passed"), stopped: say("cheat.stale.stopped") };
  await judge(said, payment, answered, 1491, remarks);
}
