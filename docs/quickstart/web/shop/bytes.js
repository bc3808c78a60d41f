// The panel "what left your device": what was sent, and the signed answer field by field beside its bytes.

import { byteMap, ledger } from "./backend.js";
import { say, onLanguage } from "./words.js";
import { byId, make, show } from "./view.js";

const BYTES_PER_LINE = 16;

let shown = null;
let layer = 0;
let chosen = null;

// Shows what the bytes of a UAF response are.
export async function showLeft(response) {
  shown = await byteMap(response);
  // The signed assertion is what people want to see first.
  layer = Math.max(0, shown.layers.findIndex((one) => one.kind.endsWith("assertion")));
  chosen = null;
  draw();
}

onLanguage(draw);
document.addEventListener("sent", drawSent);

function draw() {
  drawSent();
  if (!shown) return;
  show(byId("left-map"));
  drawLayers();
  drawFields();
  drawHex();
}

function drawSent() {
  if (ledger().length === 0) return;
  show(byId("left-empty"), false);
  show(byId("left-full"));
  const whom = {
    shop: say("left.to.shop"),
    provider: say("left.to.provider"),
    agent: say("left.to.agent"),
  };
  const rows = ledger().map(({ what, to, bytes }) => {
    const row = make("tr");
    row.append(make("td", say(what)), make("td", whom[to]), make("td", String(bytes), "number"));
    return row;
  });
  byId("left-rows").replaceChildren(...rows);
}

function drawLayers() {
  const buttons = shown.layers.map((one, index) => {
    const button = make("button", `${one.kind}, ${one.length} B`);
    button.type = "button";
    button.setAttribute("aria-pressed", String(index === layer));
    button.addEventListener("click", () => {
      layer = index;
      chosen = null;
      draw();
      byId("left-layers").children[index].focus();
    });
    return button;
  });
  byId("left-layers").replaceChildren(...buttons);
}

function drawFields() {
  const items = shown.layers[layer].entries.map((entry, index) => {
    const item = make("li", "", `d${Math.min(entry.depth, 5)}`);
    const button = make("button", entry.path || entry.name);
    button.type = "button";
    button.setAttribute("aria-pressed", String(index === chosen));
    button.append(make("small", entry.meaning));
    for (const rule of entry.broken) button.append(make("small", rule, "broken"));
    button.addEventListener("click", () => choose(index));
    item.append(button);
    return item;
  });
  byId("left-fields").replaceChildren(...items);
}

function choose(index) {
  const buttons = byId("left-fields").querySelectorAll("button");
  if (chosen !== null) buttons[chosen].setAttribute("aria-pressed", "false");
  chosen = index;
  buttons[chosen].setAttribute("aria-pressed", "true");
  drawHex();
  const entry = shown.layers[layer].entries[index];
  byId("left-field").textContent = say("left.field", {
    name: entry.path || entry.name,
    from: entry.offset,
    count: entry.length,
  });
  const hex = byId("left-hex").parentElement;
  const mark = hex.querySelector("mark");
  if (mark) hex.scrollTop = mark.offsetTop - hex.clientHeight / 3;
}

function drawHex() {
  const { hex, entries } = shown.layers[layer];
  const target = byId("left-hex");
  if (hex === null) {
    target.textContent = say("left.nohex");
    return;
  }
  const bytes = hex.match(/../g) ?? [];
  const entry = chosen === null ? null : entries[chosen];
  const marked = (at) => entry !== null && at >= entry.offset && at < entry.offset + entry.length;
  const parts = [];
  for (let line = 0; line < bytes.length; line += BYTES_PER_LINE) {
    parts.push(make("span", `${line.toString(16).padStart(4, "0")}  `, "at"));
    const end = Math.min(line + BYTES_PER_LINE, bytes.length);
    for (let from = line; from < end; ) {
      let to = from + 1;
      while (to < end && marked(to) === marked(from)) to += 1;
      const text = bytes.slice(from, to).join(" ");
      parts.push(make(marked(from) ? "mark" : "span", text), to < end ? " " : "\n");
      from = to;
    }
  }
  target.replaceChildren(...parts);
}
