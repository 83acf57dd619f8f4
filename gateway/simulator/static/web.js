// The public form in a frame, as a browser shows it.

import { on, tell } from "./bench.js";
import { button, device, el } from "./element.js";
import { api, FORM } from "./wires.js";

const START = "/";
let frame, bar;

export function web() {
  bar = el("input", {
    class: "address",
    value: START,
    "aria-label": "Address of the form",
    spellcheck: "false",
    on: { keydown: ({ key, target }) => key === "Enter" && visit(target.value) },
  });
  frame = el("iframe", { src: "about:blank", title: "The public form", on: { load: arrived } });
  const part = device(
    "web",
    "Web",
    "the form for everybody",
    el(
      "div",
      { class: "window browser" },
      el(
        "div",
        { class: "chrome" },
        el("i"),
        el("i"),
        el("i"),
        button("⟳", () => frame.contentWindow.location.reload(), {
          class: "tiny",
          "aria-label": "Load the form again",
        }),
        button("⌂", () => visit(START), { class: "tiny", "aria-label": "Start page of the form" }),
        bar,
        button("↗", () => window.open(bar.value, "_blank", "noopener"), {
          class: "tiny",
          "aria-label": "Open the form in a tab of its own",
        }),
      ),
      el("div", { class: "page" }, frame),
    ),
  );
  on("person", change);
  return part;
}

// Each person has a browser of their own.
let holder = "";
async function change({ id }) {
  if (id === holder) return;
  holder = id;
  await api("browser", { person: id });
  if (id === holder) visit(START);
}

// Opens a page of ours, such as a link from a chat.
export function visit(address) {
  const { pathname, search, hash } = new URL(address, location.href);
  frame.src = pathname + search + hash;
}

function arrived() {
  const { location: at, document: page } = frame.contentWindow;
  if (at.href === "about:blank") return;
  bar.value = at.pathname + at.search;
  tell("tap", { door: "web", many: 1 });
  page.addEventListener("submit", ({ target, submitter }) => {
    const body = String(new URLSearchParams(new FormData(target, submitter)));
    tell("sent", {
      door: "web",
      path: new URL(target.action).pathname,
      body,
      type: FORM,
      fault: "",
      at: Date.now(),
    });
  });
  tell("page", { path: at.pathname, page });
}

export const form = () => frame.contentDocument;
