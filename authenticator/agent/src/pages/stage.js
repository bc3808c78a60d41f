// What the pages with a camera share: one panel at a time, the camera, one instruction at a time, and the socket.

import { t } from "./words.js";

/** Shows one panel, and moves the focus to its heading, so that a screen reader begins there. */
export function panel(id) {
  for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== id;
  const heading = document.querySelector(`#${id} h1`);
  heading.tabIndex = -1;
  heading.focus();
}

/** Fifteen pictures a second of at most 640 × 480 are more than the networks look at. */
const INTERVAL_MS = 66;
const WIDTH = 640;
const QUALITY = 0.86;
/** Pictures that wait to be sent: with more than this the agent is busy, and a picture is left out. */
const WAITING_BYTES = 200_000;

/** The browser's camera, into a socket. */
export class Eye {
  #video = document.querySelector("#look video");
  #canvas = document.createElement("canvas");
  #stream = null;
  #timer = 0;

  async open(socket) {
    this.close();
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "user" },
      });
    } catch (error) {
      const reasons = { NotAllowedError: "permission_denied", SecurityError: "permission_denied", NotReadableError: "in_use" };
      socket.say({ type: "camera_failed", reason: reasons[error.name] ?? "unplugged" });
      return;
    }
    if (socket.closed) return this.close();
    this.#stream.getVideoTracks()[0].addEventListener("ended", () => socket.say({ type: "camera_failed", reason: "unplugged" }));
    this.#video.srcObject = this.#stream;
    await this.#video.play();
    this.#video.classList.add("open");
    this.#timer = setInterval(() => this.#send(socket), INTERVAL_MS);
  }

  #send(socket) {
    const video = this.#video;
    if (!this.#stream || video.videoWidth === 0 || socket.waiting > WAITING_BYTES) return;
    const scale = Math.min(1, WIDTH / Math.max(video.videoWidth, video.videoHeight));
    this.#canvas.width = Math.round(video.videoWidth * scale);
    this.#canvas.height = Math.round(video.videoHeight * scale);
    this.#canvas.getContext("2d").drawImage(video, 0, 0, this.#canvas.width, this.#canvas.height);
    this.#canvas.toBlob((jpeg) => jpeg && this.#stream && socket.show(jpeg), "image/jpeg", QUALITY);
  }

  close() {
    clearInterval(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
    this.#video.classList.remove("open");
    this.#canvas.width = this.#canvas.height = 0;
  }
}

/** The line to the agent. `hear` gets each message; when the line ends without one, `{type: "ended", code: "gone"}`. */
export class Line {
  #socket;
  closed = false;

  constructor(path, opening, hear) {
    this.#socket = new WebSocket(location.origin.replace("http", "ws") + path);
    this.#socket.addEventListener("open", () => this.say({ type: "open", ...opening }));
    this.#socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
    this.#socket.addEventListener("close", () => {
      this.closed = true;
      hear({ type: "ended", code: "gone" });
    });
  }

  get waiting() {
    return this.#socket.bufferedAmount;
  }

  say(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  show(jpeg) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(jpeg);
  }
}

/** The oval with its ring and the one instruction below it. */
export class Look {
  #ring = document.querySelector("#look .ring");
  #words = document.querySelector("#look .guidance");
  #needed;
  #key = "look_first";

  constructor(needed) {
    this.#needed = needed;
  }

  begin() {
    this.instruct("look_first");
    this.#fill(0);
    panel("look");
  }

  instruct(key) {
    this.#key = key;
    this.fill();
  }

  /** `good`: pictures that nobody found fault with, until now. */
  progress(good) {
    if (good > 0 && this.#key === "look_first") this.instruct("hold");
    this.#fill(Math.min(0.95, good / this.#needed));
  }

  /** The words again, after the language changed. */
  fill() {
    const words = t(this.#key);
    if (this.#words.textContent !== words) this.#words.textContent = words;
  }

  #fill(part) {
    this.#ring.classList.toggle("begun", part > 0);
    this.#ring.setAttribute("stroke-dashoffset", String(100 - 100 * part));
  }
}
