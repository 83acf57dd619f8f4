// Time, the network's tricks on the next message, and what breaks: as buttons.

import { bench, clockDay, clockTime, forget, now, on, tell } from "./bench.js";
import { button, el } from "./element.js";
import { api, network } from "./wires.js";

const MINUTE = 60_000,
  DAY = 86_400_000;
const WIB = "+07:00";
const NEXT = {
  "": "arrives",
  twice: "twice",
  together: "two at once",
  late: "late (4 s)",
  lost: "our answer lost",
};
const BREAKS = {
  kill: "Kill the gateway",
  redis: "Redis down, 10 s",
  sql: "SQL down, 10 s",
  busy: "Provider says 429, once",
  silent: "Provider says nothing, once",
  nobody: "No such number, once",
};

let face, notes;

// `more` stands at the end of the card.
export function controls(more) {
  face = el("output", { class: "clock", "aria-label": "The gateway's clock" });
  notes = el("ol", { class: "notes", "aria-live": "polite", "aria-label": "What happened" });
  on("note", note);
  setInterval(tick, 1000);
  on("truth", tick);
  return el(
    "section",
    { class: "tools card", "aria-label": "Controls" },
    group("Clock", face, ...CLOCK.map(([label, at]) => button(label, () => move(label, at), { class: "tool" }))),
    group(
      "Next message",
      ...Object.entries(NEXT).map(([kind, label]) => fault(kind, label)),
      button("Drop the call", () => tell("drop"), { class: "tool" }),
    ),
    group(
      "Break",
      ...Object.entries(BREAKS).map(([kind, label]) => breaker(kind, label)),
      button("Clear the phones", forget, { class: "tool" }),
    ),
    group("Show", more),
    notes,
  );
}

function group(title, ...body) {
  return el("div", { class: "group", role: "group", "aria-label": title }, el("h3", {}, title), ...body);
}

const OFFSET = 7 * 60 * MINUTE;
const hour = (day, time) => `${new Date(+day + OFFSET).toISOString().slice(0, 10)}T${time}:00${WIB}`;

// The next time that it is that hour: the clock goes forward only.
function next(time) {
  const today = hour(now(), time);
  return Date.parse(today) > +now() ? today : hour(+now() + DAY, time);
}

const CLOCK = [
  ["+10 min", () => after(10 * MINUTE)],
  ["+30 min", () => after(30 * MINUTE)],
  ["20:00 tonight", () => next("20:00")],
  ["08:00 tomorrow", () => hour(+now() + DAY, "08:00")],
  ["Day before the visit", () => visitDay(-1, "18:01")],
  ["Day of the visit", () => visitDay(0, "08:01")],
  ["+14 days", () => after(14 * DAY)],
];
const after = (ms) => new Date(+now() + ms).toISOString();

function visitDay(more, time) {
  const start = bench.truth?.appointments?.find(({ status }) => status === "booked")?.start;
  return start ? hour(Date.parse(start) + more * DAY, time) : null;
}

export async function move(label, at) {
  const wanted = typeof at === "function" ? at() : at;
  if (!wanted) return note("No appointment yet.");
  await api("clock", { at: wanted });
  note(`Clock: ${label}.`);
  if (bench.truth) bench.truth.ahead_ms = Date.parse(wanted) - Date.now();
  tick();
}

// Moves the clock to what one of the buttons says, or to the next such hour.
export function press(label) {
  const [, at] = CLOCK.find(([name]) => name === label) ?? [label, () => next(label)];
  return move(label, at);
}

function fault(kind, label) {
  const made = button(label, () => (network.next = kind), {
    class: "tool",
    "aria-pressed": String(network.next === kind),
  });
  const show = () => made.setAttribute("aria-pressed", String(network.next === kind));
  made.addEventListener("click", () => tell("armed"));
  on("armed", show);
  on("sent", show);
  return made;
}

// Breaks something; pressed again, gives it back.
function breaker(kind, label) {
  const isBroken = () => bench.truth?.faults?.includes(kind) ?? false;
  const given = { class: kind === "kill" ? "tool danger" : "tool", id: `break-${kind}` };
  if (kind !== "kill") given["aria-pressed"] = "false";
  const made = button(label, () => breakIt(kind, isBroken() ? { seconds: 0 } : {}), given);
  if (kind !== "kill") on("truth", () => made.setAttribute("aria-pressed", String(isBroken())));
  return made;
}

export async function breakIt(kind, how = {}) {
  try {
    await api("faults", { kind, ...how });
    note(`${BREAKS[kind]}: ${how.seconds === 0 ? "given back" : "done"}.`);
  } catch (error) {
    note(error.message);
  }
}

function tick() {
  face.replaceChildren(el("b", {}, clockTime(now())), el("small", {}, `${clockDay(now())} WIB`));
}

function note(words) {
  notes.prepend(el("li", {}, words));
  if (notes.children.length > 3) notes.lastChild.remove();
}
