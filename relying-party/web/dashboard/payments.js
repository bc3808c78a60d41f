// Payments: the list, one of them, and what can be done with it.

import * as api from "./api.js";
import { money, onLanguage, say, time } from "./words.js";
import { byId, goTo, make, show } from "./view.js";

// States in which something can be done. Which it is, the server decides; these only hide buttons that cannot help.
const CANCELABLE = ["requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"];
const GOOD = ["succeeded"];
const BAD = ["canceled", "failed", "expired"];
// What the facts above the raw answer show already, or what has no place in a list.
const ELSEWHERE = ["id", "amount", "currency", "status"];

let listed = [];
let more = false;
let chosen = null;
let run = null;
let sure = null;

// `guarded` runs the work of a button; `ask` asks whether the provider means it.
export function begin(guarded, ask) {
  [run, sure] = [guarded, ask];
  byId("payments-again").addEventListener("click", (event) => run(event.currentTarget, load));
  byId("payments-more").addEventListener("click", (event) => run(event.currentTarget, older));
  byId("payment-form").addEventListener("submit", (event) => {
    event.preventDefault();
    run(event.submitter, () => open(byId("payment-find").value.trim()));
  });
  byId("payment-receipt").addEventListener("click", (event) => {
    run(event.currentTarget, async () => keep(`${chosen.id}.cose`, await api.receipt(chosen.id)));
  });
  byId("payment-keys").addEventListener("click", (event) => {
    run(event.currentTarget, async () => keep("receipt-keys.cose", await api.receiptKeys()));
  });
  byId("payment-cancel").addEventListener("click", (event) => act(event.currentTarget, "cancel"));
  byId("payment-capture").addEventListener("click", (event) => act(event.currentTarget, "capture"));
  byId("refund-form").addEventListener("submit", (event) => {
    event.preventDefault();
    act(event.submitter, "refund");
  });
  onLanguage(draw);
}

// The newest payments. Errors: the key is refused, among others.
export async function load() {
  const page = await api.payments();
  [listed, more] = [page.data, page.has_more];
  draw();
}

export function forget() {
  [listed, more, chosen] = [[], false, null];
  draw();
  for (const told of [byId("payment-raw"), byId("payment-facts"), byId("payment-amount"), byId("payment-state")]) {
    told.replaceChildren();
  }
  for (const field of [byId("payment-find"), byId("refund-amount")]) field.value = "";
}

async function older() {
  const page = await api.payments(listed.at(-1).id);
  listed = listed.concat(page.data);
  more = page.has_more;
  draw();
}

async function open(id) {
  chosen = await api.payment(id);
  byId("payment-state").textContent = "";
  draw();
  goTo(byId("payment-title"));
}

async function act(button, what) {
  const { id } = chosen;
  const amount = Number(byId("refund-amount").value);
  const words = {
    cancel: [say("sure.cancel"), say("payment.cancel"), () => api.cancel(id)],
    capture: [say("sure.capture"), say("payment.capture"), () => api.capture(id)],
    refund: [say("sure.refund", { amount: money(amount, chosen.currency) }), say("payment.refund"), () => api.refund(id, amount)],
  };
  const [text, verb, work] = words[what];
  if (!(await sure(verb, text, verb))) return;
  await run(button, async () => {
    await work();
    chosen = await api.payment(id);
    await load();
    byId("payment-state").textContent = say("payment.done");
  });
}

function badge(status) {
  const kind = GOOD.includes(status) ? "good" : BAD.includes(status) ? "bad" : "";
  return make("span", status, `badge ${kind}`.trim());
}

function draw() {
  const rows = listed.map((payment) => {
    const row = make("tr", "", payment.id === chosen?.id ? "chosen" : "");
    const when = make("td");
    const button = make("button", time(payment.created_at));
    button.type = "button";
    button.title = payment.id;
    button.addEventListener("click", () => run(button, () => open(payment.id)));
    when.append(button);
    const status = make("td");
    status.append(badge(payment.status));
    row.append(when, make("td", money(payment.amount, payment.currency), "number"), make("td", payment.user ?? "—"), status);
    // On a narrow screen the rows are no longer laid out as a table; to a screen reader they stay one.
    row.setAttribute("role", "row");
    for (const cell of row.children) cell.setAttribute("role", "cell");
    return row;
  });
  byId("payments-rows").replaceChildren(...rows);
  byId("payments-state").textContent = listed.length ? say("payments.count", { count: listed.length }) : say("payments.none");
  show(byId("payments-more"), more);
  show(byId("payment"), chosen !== null);
  if (chosen !== null) drawChosen();
}

function drawChosen() {
  byId("payment-amount").replaceChildren(`${money(chosen.amount, chosen.currency)} `, badge(chosen.status));
  const facts = Object.entries(chosen).filter(([name, value]) => !ELSEWHERE.includes(name) && typeof value !== "object");
  const rows = [["id", chosen.id], ...facts].map(([name, value]) => {
    const row = make("div");
    const shown = name.endsWith("_at") && typeof value === "number" ? time(value) : String(value);
    row.append(make("dt", name), make("dd", shown));
    return row;
  });
  byId("payment-facts").replaceChildren(...rows);
  byId("payment-raw").textContent = JSON.stringify(chosen, null, 2);
  const authorised = chosen.authorisation !== undefined && chosen.authorisation !== null;
  show(byId("payment-receipt"), authorised);
  show(byId("payment-keys"), authorised);
  show(byId("payment-cancel"), CANCELABLE.includes(chosen.status));
  show(byId("payment-capture"), chosen.status === "requires_capture");
  show(byId("refund-form"), chosen.status === "succeeded");
}

// Saves bytes as a file of the provider's.
export function keep(name, blob) {
  const link = make("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
