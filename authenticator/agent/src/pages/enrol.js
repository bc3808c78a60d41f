// Enrolment: the consent, the look, the end.

import { language, speak, t } from "./words.js";
import { Eye, Line, Look, panel } from "./stage.js";

const find = (selector) => document.querySelector(selector);
const eye = new Eye();
const look = new Look(8);
let line = null;
let consent = null;
let ended = null;

async function fill() {
  look.fill();
  if (ended) {
    find("#over .why").textContent = t(ended.code ?? "");
    find("#again .why").textContent = t(ended.code ?? "");
  }
  if (consent?.language === language) return;
  const answer = await fetch(`/consent/${language}`);
  consent = await answer.json();
  find("#consent .prose").textContent = consent.text;
  find("#consent .prose").lang = consent.language;
  find("#consent .primary").disabled = false;
}

function end(message, id) {
  ended = message;
  eye.close();
  fill();
  panel(id);
}

function hear(message) {
  if (ended && ended.type !== "try_again") return;
  switch (message.type) {
    case "camera": look.begin(); return eye.open(line);
    case "watching": look.begin(); return look.instruct("watching");
    case "guidance": return look.instruct(message.code);
    case "progress": return look.progress(message.good);
    case "try_again": return end(message, "again");
    case "enrolled": return end(message, "done");
    default: return end(message, "over");
  }
}

find("#consent .primary").addEventListener("click", async () => {
  panel("wait");
  const answer = await fetch("/enrol/ticket", { method: "POST" }).catch(() => null);
  if (!answer?.ok) return end({ type: "ended", code: "internal" }, "over");
  const { nonce } = await answer.json();
  line = new Line("/enrol/socket", { nonce, consent: consent.sha256 }, hear);
});
find("#consent .decline").addEventListener("click", () => end({ type: "ended", code: "declined" }, "over"));
find("#again .primary").addEventListener("click", () => { ended = null; line.say({ type: "again" }); panel("wait"); });
for (const button of document.querySelectorAll(".cancel")) button.addEventListener("click", () => line.say({ type: "cancel" }));

speak(fill);
