// The shop's page: what is for sale, and the way to the checkout.

import * as agent from "./agent.js";
import { call } from "./backend.js";
import * as cheats from "./cheats.js";
import * as checkout from "./checkout.js";
import { currentLanguage, money, onLanguage, preferred, speak } from "./words.js";
import { byId, make, ready, show, whileBusy } from "./view.js";

const MAX_QUANTITY = 9;

let catalogue = null;

function chosen() {
  const id = new FormData(byId("order-form")).get("item");
  return catalogue.items.find((item) => item.id === id);
}

function quantity() {
  const count = Number.parseInt(byId("quantity").value, 10);
  return count >= 1 && count <= MAX_QUANTITY ? count : null;
}

function drawPrices() {
  for (const price of document.querySelectorAll("[data-price]")) {
    const item = catalogue.items.find((one) => one.id === price.dataset.price);
    price.textContent = money(item.amount, item.currency);
  }
  const [item, count] = [chosen(), quantity()];
  byId("total").textContent = count === null ? "—" : money(item.amount * count, item.currency);
  byId("language-en").setAttribute("aria-pressed", String(currentLanguage() === "en"));
  byId("language-zh").setAttribute("aria-pressed", String(currentLanguage() === "zh"));
}

function tell(error) {
  show(byId("checkout"));
  byId("trouble").textContent = checkout.inWords(error);
  show(byId("trouble"));
}

async function order(event) {
  event.preventDefault();
  await whileBusy(byId("pay"), async () => {
    try {
      await checkout.start(chosen().id, quantity());
    } catch (error) {
      tell(error);
    }
  });
}

async function open() {
  await speak(preferred());
  catalogue = await call("GET", "/shop/catalogue");
  agent.at(catalogue.agent);
  onLanguage(drawPrices);
  drawPrices();
  byId("order-form").addEventListener("input", drawPrices);
  byId("order-form").addEventListener("submit", order);
  byId("language-en").addEventListener("click", () => speak("en"));
  byId("language-zh").addEventListener("click", () => speak("zh"));
  checkout.begin(catalogue);
  cheats.begin(catalogue);
  ready();
  const back = new URLSearchParams(location.search).get("order");
  if (back !== null) {
    history.replaceState(null, "", location.pathname);
    await checkout.comeBack(back).catch(tell);
  }
}

open().catch((error) => {
  // The dictionary may be what is missing: these words are the browser's own.
  byId("main").prepend(make("p", String(error), "wrap trouble"));
});
