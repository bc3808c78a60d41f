// The page's elements, by their ids. Whatever a script asks for stands in the HTML.

export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element has the id ${id}`);
  return found;
}

export function show(element, visible = true) {
  element.hidden = !visible;
}

// A new element with text; nothing that came over a wire is ever read as HTML.
export function make(tag, text = "", className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

// Moves keyboard and screen reader to a heading that has just appeared, and the page to it or to what it stands in.
export function goTo(heading, place = heading) {
  heading.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  place.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
}

// The page can be used from now on. Until a script listens a form would be sent by the browser itself: its button waits.
export function ready() {
  for (const button of document.querySelectorAll("[data-when-ready]")) button.disabled = false;
  document.documentElement.dataset.ready = "yes";
}

// Keeps a button from being pressed twice while its work goes on.
export async function whileBusy(button, work) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}
