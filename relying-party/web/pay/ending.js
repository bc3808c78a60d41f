// How a payment ended, or what it waits for that is not the payer's; and the way back to the shop.

import { money, say, time } from "./words.js";
import { byId, make, show } from "./view.js";

// How long a receipt is shown before the page goes back by itself.
const BACK_AFTER_S = 10;
// How often a payment that the processor works on is looked at.
const LOOK_MS = 2000;

let smile = null;
let look = null;
let payment = null;
let countdown = null;
let left = BACK_AFTER_S;

export function begin(client, guarded, lookAgain) {
  [smile, look] = [client, lookAgain];
  byId("ending-receipt").addEventListener("click", () => guarded(byId("ending-receipt"), keepReceipt));
  byId("ending-look").addEventListener("click", () => guarded(byId("ending-look"), look));
  byId("return-go").addEventListener("click", goBack);
  byId("return-stay").addEventListener("click", stay);
}

// Each state with its mark, title and sentence.
function words() {
  switch (payment.status) {
    case "succeeded":
      return ["good", "✓", say("ending.succeeded"), say("ending.succeeded.lead")];
    case "requires_capture":
      return ["good", "✓", say("ending.approved"), say("ending.approved.lead")];
    case "processing":
      return ["", "…", say("ending.processing"), say("ending.processing.lead")];
    case "canceled":
      return ["bad", "×", say("ending.canceled"), say("ending.canceled.lead")];
    case "expired":
      return ["bad", "×", say("ending.expired"), say("ending.expired.lead")];
    case "failed":
      return payment.decline_code === "declined_by_payer"
        ? ["", "×", say("ending.declined"), say("ending.declined.lead")]
        : ["bad", "×", say("ending.failed"), reason()];
    default:
      return ["", "…", say("ending.early"), say("ending.early.lead")];
  }
}

function reason() {
  const sentences = {
    rejected_by_provider: say("reason.rejected_by_provider"),
    insufficient_funds: say("reason.insufficient_funds"),
    do_not_honour: say("reason.do_not_honour"),
    account_closed: say("reason.account_closed"),
    limit_exceeded: say("reason.limit_exceeded"),
  };
  return sentences[payment.decline_code] ?? say("reason.processor_declined");
}

// Whether the payer has signed and nothing took it back: there is a receipt.
const isApproved = () => ["succeeded", "requires_capture"].includes(payment.status);
const isOver = () => isApproved() || ["canceled", "expired", "failed"].includes(payment.status);

export function tell(now) {
  payment = now;
  redraw();
  show(byId("ending-receipt-row"), isApproved());
  show(byId("ending-look-row"), !isOver() && payment.status !== "processing");
  if (payment.status === "processing") setTimeout(lookLater, LOOK_MS);
  const hasReturn = isOver() && payment.return_url !== null;
  show(byId("ending-return"), hasReturn);
  const didTheirPart = isApproved() || payment.decline_code === "declined_by_payer";
  show(byId("return-stay"), hasReturn && didTheirPart);
  if (hasReturn && didTheirPart) count();
}

async function lookLater() {
  await look().catch(() => setTimeout(lookLater, LOOK_MS));
}

export function redraw() {
  if (payment === null) return;
  const [kind, mark, title, lead] = words();
  byId("ending-mark").className = `mark ${kind}`;
  byId("ending-mark").textContent = mark;
  byId("ending-title").textContent = title;
  byId("ending-lead").textContent = lead;
  byId("ending-amount").textContent = money(payment.amount, payment.currency);
  const facts = [
    [say("fact.payee"), payment.payee],
    [say("fact.order"), payment.order],
    [say("fact.payment"), payment.id],
    [say("fact.at"), isApproved() ? time(payment.authorisation.authorised_at) : null],
    [say("fact.text"), isApproved() ? payment.transaction_text : null],
  ];
  const rows = facts.filter(([, value]) => value !== null).map(([name, value]) => {
    const row = make("div");
    row.append(make("dt", name), make("dd", value));
    return row;
  });
  byId("ending-facts").replaceChildren(...rows);
  if (payment.return_url !== null) {
    byId("return-go").textContent = say("return.go", { shop: new URL(payment.return_url).host });
  }
  drawCountdown();
}

async function keepReceipt() {
  const receipt = new Blob([await smile.payments.receipt(payment.id)], { type: "application/cose" });
  const link = make("a");
  link.href = URL.createObjectURL(receipt);
  link.download = `receipt-${payment.id}.cose`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// ---- back to the shop ----------------------------------------------------------------------------------------------

// The address that the shop named when it made the payment, with what became of it. Never with the secret; and the shop
// asks its server, because anybody can type an address.
function returnAddress() {
  const told = `payment_intent=${encodeURIComponent(payment.id)}&status=${encodeURIComponent(payment.status)}`;
  const url = payment.return_url;
  if (!url.includes("?")) return `${url}?${told}`;
  return /[?&]$/.test(url) ? `${url}${told}` : `${url}&${told}`;
}

function goBack() {
  stay();
  // In place of this page: the way back would lead to a page without its secret.
  location.replace(returnAddress());
}

function count() {
  clearInterval(countdown);
  left = BACK_AFTER_S;
  countdown = setInterval(() => {
    left -= 1;
    drawCountdown();
    if (left <= 0) goBack();
  }, 1000);
  drawCountdown();
}

function stay() {
  clearInterval(countdown);
  countdown = null;
  drawCountdown();
  show(byId("return-stay"), false);
}

function drawCountdown() {
  byId("return-soon").textContent = countdown === null ? "" : say("return.soon", { seconds: left });
}
