// One operation: what is asked, the look, how it ended, and what left the device.

import { speak, t } from "./words.js";
import { Eye, Line, Look, panel } from "./stage.js";

const find = (selector) => document.querySelector(selector);
const id = location.pathname.split("/").pop();
const nonce = location.hash.slice(1);
// The nonce has done its work once it is in memory: it should not stand in the history.
history.replaceState(null, "", location.pathname);

const eye = new Eye();
const look = new Look(5);
let line = null;
let asked = { kind: "pay", camera: "page" };
let ended = null;

function fill() {
  find("#asks h1").textContent = t(`asks_${asked.kind}`);
  find("#asks .primary").textContent = t(`yes_${asked.kind}`);
  find("#asks .camera").textContent = t(asked.camera === "page" ? "then_camera" : "then_agent_camera");
  find("#asks .signed").textContent = t(asked.picture ? "signed_picture" : "signed_text");
  if (asked.picture) {
    const { sha256, bytes } = asked.picture;
    const words = { sha256, n: bytes.toLocaleString() };
    for (const image of document.querySelectorAll(".picture img")) image.alt = t("picture_alt", words);
    find("#asks figcaption").textContent = t("picture_caption", words);
  }
  look.fill();
  if (!ended) return;
  find("#done h1").textContent = t(`done_${asked.kind}`);
  find("#over .why").textContent = t(ended.code ?? "");
  find("#again .why").textContent = t(ended.code ?? "");
  const bytes = new TextEncoder().encode(ended.uaf_response ?? "").length;
  find("#done .bytes").textContent = ended.uaf_response ? t("left_bytes", { n: bytes.toLocaleString() }) : t("left_nothing");
}

let shown = null;
let seen = true;

/**
 * Shows the very bytes that are signed: nothing is fetched, and nothing of the picture is drawn here. Until the browser
 * has decoded all of it nobody can agree to it.
 */
function showPicture(picture) {
  if (shown) URL.revokeObjectURL(shown);
  shown = null;
  seen = !picture;
  if (picture) {
    const bytes = Uint8Array.from(atob(picture.png), (character) => character.charCodeAt(0));
    shown = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
  }
  for (const figure of document.querySelectorAll(".picture")) {
    const image = figure.querySelector("img");
    figure.hidden = !picture;
    if (picture) {
      image.src = shown;
      image.width = picture.width;
      image.height = picture.height;
    } else {
      image.removeAttribute("src");
    }
  }
  if (!picture) return;
  find("#asks .picture img").decode().then(
    () => { seen = true; arm(); },
    () => line.say({ type: "cannot_display" }),
  );
}

function ask(message) {
  asked = message;
  showPicture(message.picture);
  for (const place of document.querySelectorAll(".caller")) place.textContent = message.caller;
  for (const place of document.querySelectorAll(".statement")) {
    place.textContent = message.text ?? "";
    place.hidden = message.text === null;
  }
  find("#asks .signed").hidden = message.text === null && !message.picture;
  find("#asks .camera").hidden = message.kind === "remove";
  find("#asks .account").hidden = message.username === null;
  find("#asks .username").textContent = message.username ?? "";
  fill();
  panel("asks");
  arm();
}

let arming = 0;

/**
 * A second click of two that were meant for another window must not agree to anything: what agrees waits a moment, in
 * front. A page in the background waits until it comes to the front.
 */
function arm() {
  clearTimeout(arming);
  const agreeing = document.querySelectorAll("#asks .primary, #again .primary, #accounts .actions button");
  for (const button of agreeing) button.disabled = true;
  if (!seen || document.hidden || !document.hasFocus()) return;
  arming = setTimeout(() => {
    for (const button of agreeing) button.disabled = false;
  }, 700);
}

function choose(usernames) {
  const list = find("#accounts .actions");
  list.replaceChildren(
    ...usernames.map((name, index) => {
      const button = document.createElement("button");
      button.textContent = name;
      button.addEventListener("click", () => {
        line.say({ type: "choose", index });
        panel("wait");
      });
      return button;
    }),
  );
  eye.close();
  panel("accounts");
  arm();
}

function end(message, id) {
  ended = message;
  eye.close();
  find("#done pre").textContent = message.uaf_response ?? "";
  find("#done pre").hidden = !message.uaf_response;
  fill();
  panel(id);
  if (id === "again") arm();
}

function hear(message) {
  if (ended && ended.type !== "try_again") return;
  switch (message.type) {
    case "asks": return ask(message);
    case "accounts": return choose(message.usernames);
    case "camera": look.begin(); return eye.open(line);
    case "watching": look.begin(); return look.instruct("watching");
    case "guidance": return look.instruct(message.code);
    case "progress": return look.progress(message.good);
    case "try_again": return end(message, "again");
    case "done": return end(message, "done");
    default: return end(message, "over");
  }
}

find("#asks .primary").addEventListener("click", () => { line.say({ type: "confirm" }); panel("wait"); });
find("#again .primary").addEventListener("click", () => { ended = null; line.say({ type: "again" }); panel("wait"); });
for (const button of document.querySelectorAll(".cancel")) button.addEventListener("click", () => line.say({ type: "cancel" }));

// Also when the page comes to the front again; behind another window nothing agrees.
for (const change of ["focus", "blur"]) addEventListener(change, arm);
document.addEventListener("visibilitychange", arm);

speak(fill);
if (nonce) {
  line = new Line(`/operations/${id}/socket`, { nonce }, hear);
} else {
  end({ type: "ended", code: "no_nonce" }, "over");
}
