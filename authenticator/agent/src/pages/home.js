// How the agent is.

import { speak, t } from "./words.js";

const find = (selector) => document.querySelector(selector);
let status = null;

function fill() {
  if (!status) return;
  find(".busy").hidden = !status.busy;
  find(".waiting").hidden = status.waiting === null;
  find(".waiting p").textContent = t("waiting", { origin: status.waiting ?? "" });
  find(".state").hidden = status.busy;
  find(".face").textContent = t(status.enrolled ? "face_yes" : "face_no");
  find(".keys").textContent = status.keys ?? "";
  find(".aaid").textContent = status.aaid ?? "";
  find(".lock").textContent = status.locked_for_ms > 0 ? t("lock_s", { s: Math.ceil(status.locked_for_ms / 1000) }) : t("lock_no");
  find(".origins").textContent = status.allowed_origins.join(", ") || t("nobody");
  find(".enrol").hidden = status.enrolled !== false;
}

async function look() {
  const answer = await fetch("/status");
  status = await answer.json();
  fill();
}

find(".drop").addEventListener("click", async () => {
  await fetch("/operations/drop", { method: "POST" });
  await look();
});

speak(fill);
await look();
setInterval(look, 5000);
