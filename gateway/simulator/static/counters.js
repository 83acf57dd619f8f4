// Taps, seconds, messages and segments since the last reset, and the last action as curl.

import { bench, on } from "./bench.js";
import { button, el } from "./element.js";
import { curlOf } from "./curl.js";
import { api } from "./wires.js";

const KEPT_MAX = 500; // actions of one recording
const LOOK_MS = 400; // a truth told sooner may be of the time before
const zero = () => ({ taps: 0, messages: 0, segments: 0, began: 0, last: 0 });
let count = zero();
let budget = {};
let recorded = [];
let [name, beganAt] = ["", Date.now()];
let shown, line;

export function counters() {
  shown = el("dl", { class: "counters", "aria-label": "Counters" });
  line = el(
    "pre",
    { tabindex: "0", "aria-label": "The last action as curl" },
    "# every tap is a request that you can repeat",
  );
  on("tap", ({ many }) => add({ taps: many || 1 }));
  on("segments", (many) => add({ segments: many }));
  on("sent", sent);
  on("did", record);
  on("truth", heard);
  show();
  return el(
    "section",
    { class: "card meters", "aria-label": "Counters and curl" },
    shown,
    el(
      "div",
      { class: "curl" },
      line,
      el(
        "div",
        { class: "line" },
        button("Copy curl", () => navigator.clipboard?.writeText(line.textContent), { class: "tiny" }),
        button("Reset", () => reset(), { class: "tiny" }),
        button("Save as a test", save, { class: "tiny", id: "export" }),
      ),
    ),
  );
}

export function reset(limits = {}, title = "") {
  [count, budget, recorded, name, beganAt] = [zero(), limits, [], title, Date.now()];
  show();
}

function sent(action) {
  add({ messages: 1 });
  line.textContent = curlOf(action);
  record(action);
}

function record(action) {
  recorded = [...recorded, action].slice(-KEPT_MAX);
}

// What the session said after the last action, by its keys: the test will want the same.
function heard({ session }) {
  const last = recorded.at(-1);
  if (last?.phone && session && Date.now() - last.at > LOOK_MS) last.prompts = session.said.map(({ key }) => key);
}

function add(more) {
  for (const [key, many] of Object.entries(more)) count[key] += many;
  count.began ||= Date.now();
  count.last = Date.now();
  show();
}

function show() {
  const seconds = Math.round((count.last - count.began) / 1000);
  const all = { taps: count.taps, messages: count.messages, segments: count.segments, seconds };
  shown.replaceChildren(
    ...Object.entries(all).map(([key, many]) => {
      const most = budget[key];
      return el(
        "div",
        { class: most && many > most ? "over" : "" },
        el("dt", {}, key),
        el("dd", {}, String(many), most ? el("small", {}, `/${most}`) : null),
      );
    }),
  );
}

// The recording as a test, which the server writes.
async function save() {
  const text = await api("record/export", { steps: recorded, at: beganAt, name });
  const link = el("a", {
    href: URL.createObjectURL(new Blob([text], { type: "text/x-python" })),
    download: "test_recorded.py",
  });
  link.click();
  URL.revokeObjectURL(link.href);
}
