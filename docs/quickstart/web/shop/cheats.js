// Six ways to cheat. Each is done for real; what is shown is what agent and server answered, whatever it was.

import { openWindow } from "./agent.js";
import { call, respond } from "./backend.js";
import { ceremony, inWords, last } from "./checkout.js";
import { say } from "./words.js";
import { byId, make, show, whileBusy } from "./view.js";

const CHEATS = { photo, screen, other, amount, replay, stale };
const REMARKS = {
  photo: { passed: () => say("cheat.photo.passed"), stopped: () => say("cheat.photo.stopped") },
  screen: { passed: () => say("cheat.screen.passed"), stopped: () => say("cheat.screen.stopped") },
  other: { passed: () => say("cheat.other.passed"), stopped: () => say("cheat.other.stopped") },
  amount: { passed: () => say("cheat.amount.passed"), stopped: () => say("cheat.amount.stopped") },
  replay: { passed: () => say("cheat.replay.passed"), stopped: () => say("cheat.replay.stopped") },
  stale: { passed: () => say("cheat.stale.passed"), stopped: () => say("cheat.stale.stopped") },
};
// Whom the stage puts before the agent's camera.
const BUYER = "buyer";
// The one answer by which each is stopped: of the agent in words, of the server in numbers. With every other answer
// nobody has judged the cheat: the page was closed, the device was locked, the token had expired.
const STOPS = {
  photo: "not_confirmed",
  screen: "not_confirmed",
  other: "not_confirmed",
  amount: 1498,
  replay: 1491,
  stale: 1491,
};
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
      const opened = name === "replay" ? null : openWindow();
      whileBusy(button, () => attempt(name, opened, said));
    });
  }
}

async function attempt(name, opened, said) {
  said.replaceChildren(make("p", say("cheats.going")));
  try {
    await CHEATS[name](opened, said, progress(said));
  } catch (error) {
    opened?.close();
    verdict(said, "open", say("cheats.broke"), [inWords(error)]);
  }
}

// Tells how far it is, with a link to the agent's page: a browser may have kept its window from opening.
function progress(said) {
  let before = "";
  return (text, url = null) => {
    // It is told twice a second; a link that somebody is about to press stays where it is.
    if (before === `${text} ${url}`) return;
    before = `${text} ${url}`;
    const parts = [make("p", text)];
    if (url !== null) {
      const link = make("a", say("face.open"), "button");
      Object.assign(link, { href: url, target: "_blank", rel: "noopener" });
      parts.push(link);
    }
    said.replaceChildren(...parts);
  };
}

function verdict(said, kind, heading, answers, remark = "") {
  const parts = [make("p", heading, `verdict ${kind}`), ...answers.map((answer) => make("pre", answer))];
  if (remark) parts.push(make("p", remark));
  said.replaceChildren(...parts);
}

// A new order for one stamp of the first kind.
async function newOrder() {
  const made = await call("POST", "/shop/orders", { item: catalogue.items[0].id, quantity: 1 });
  return { ...made.payment, order: made.order };
}

// Says how a cheat came out, from what was really answered and what became of the payment. Stopped is only what met the
// answer that stops it.
async function judge(name, said, payment, answered) {
  const answers = [];
  if (answered.refusal) answers.push(answered.refusal);
  if (answered.verdict) answers.push(serverSaid(answered.verdict));
  const { status } = await call("GET", `/shop/orders/${encodeURIComponent(payment.order)}`);
  answers.push(say("cheats.payment", { id: payment.id, status }));
  told(name, said, status === "succeeded", answered.code, answers);
}

function told(name, said, passed, code, answers) {
  const by = typeof STOPS[name] === "number" ? say("cheats.stopped.server") : say("cheats.stopped.agent");
  if (passed) verdict(said, "passed", say("cheats.passed"), answers, REMARKS[name].passed());
  else if (code === STOPS[name]) verdict(said, "stopped", by, answers, REMARKS[name].stopped());
  else verdict(said, "open", say("cheats.broke"), answers);
}

function serverSaid({ statusCode, description }) {
  return `${say("who.server")}: ${statusCode} ${description ?? ""}`.trim();
}

// Somebody or something else looks into the agent's camera. Where the agent has a real one, the visitor is asked to
// hold it there.
async function before(subject, opened, said, going) {
  const payment = await newOrder();
  if (catalogue.stage) await call("POST", "/shop/stage", { before_camera: subject });
  try {
    const context = { clientSecret: payment.client_secret };
    const answered = await ceremony(context, opened, going);
    await judge(subject, said, payment, answered);
  } finally {
    if (catalogue.stage) await call("POST", "/shop/stage", { before_camera: BUYER });
  }
}

function photo(opened, said, going) {
  return before("photo", opened, said, going);
}

function screen(opened, said, going) {
  return before("screen", opened, said, going);
}

function other(opened, said, going) {
  return before("other", opened, said, going);
}

// Something between server and device halves the amount that the buyer is shown.
async function amount(opened, said, going) {
  const payment = await newOrder();
  const context = { clientSecret: payment.client_secret };
  const forge = (message) => withHalf(message, payment);
  const answered = await ceremony(context, opened, going, forge);
  await judge("amount", said, payment, answered);
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
  told("replay", said, answer.statusCode === 1200, answer.statusCode, [serverSaid(answer)]);
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
  await judge("stale", said, payment, answered);
}
