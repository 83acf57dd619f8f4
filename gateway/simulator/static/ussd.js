// A feature phone: keypad, a screen of 20×8 or 40×4, and a call that the network ends after 180 s.

import { bench, on, tell, now, clockTime } from "./bench.js";
import { button, device, el } from "./element.js";
import { septets, wrap } from "./septets.js";
import { FORM, form, newId, send } from "./wires.js";

const PATH = "/ussd/africastalking";
const CALL_SECONDS = 180;
const SEPTETS_MAX = 160;
const RING = 2 * Math.PI * 9;
const KEYS = ["1", "2 abc", "3 def", "4 ghi", "5 jkl", "6 mno", "7 pqrs", "8 tuv", "9 wxyz", "* +", "0 ␣", "# Aa"];
const MULTITAP_MS = 900;
const SIZES = [
  [20, 8],
  [40, 4],
];

const calls = new Map(); // by phone: { id, typed, words, state, began }
let size = 0,
  letters = false,
  tapped = { key: "", at: 0, turn: 0 };
let screen, typing, ring, count, state, mode, sizer, more;

const call = () => calls.get(bench.person?.phone) ?? { state: "idle", words: "", typed: [] };
const live = () => call().state === "call";

export function ussd() {
  screen = el("pre", {
    class: "lcd-text",
    tabindex: "0",
    role: "log",
    "aria-label": "Screen of the phone",
    "aria-live": "polite",
  });
  typing = el("input", {
    class: "lcd-input",
    "aria-label": "What is typed on the phone",
    maxlength: "160",
    autocomplete: "off",
    spellcheck: "false",
    on: { keydown: ({ key }) => key === "Enter" && green() },
  });
  ring = el("circle", { class: "ring-left", cx: "11", cy: "11", r: "9", "stroke-dasharray": RING });
  [count, state, mode] = ["lcd-count", "lcd-state", "lcd-mode"].map((name) => el("span", { class: name }));
  more = el("span", { class: "lcd-more", hidden: true }, "▼ more");
  sizer = button("20×8", resize, { class: "tiny", title: "Another screen: 20×8 or 40×4" });
  const rings = el(
    "svg",
    { class: "ring", viewBox: "0 0 22 22", "aria-hidden": "true" },
    el("circle", { class: "ring-all", cx: "11", cy: "11", r: "9" }),
    ring,
  );
  const keys = KEYS.map((label) =>
    button([el("b", {}, label[0]), " ", el("i", {}, label.slice(2))], () => press(label), {
      class: "key",
    }),
  );
  const part = device(
    "ussd",
    "Feature phone",
    "USSD · *119# · no data, no app",
    el(
      "div",
      { class: "handset" },
      el("div", { class: "earpiece" }),
      el(
        "div",
        { class: "lcd" },
        el("div", { class: "lcd-top" }, state, rings),
        screen,
        el("div", { class: "lcd-foot" }, mode, typing),
        el("div", { class: "lcd-top" }, count, more, sizer),
      ),
      el(
        "div",
        { class: "soft" },
        button("Dial *119#", () => dial(), { class: "soft-key", id: "dial" }),
        button("C", erase, { class: "soft-key", "aria-label": "Erase one character" }),
      ),
      el(
        "div",
        { class: "calls" },
        button("✆", green, { class: "green", "aria-label": "Call, or send the answer", id: "green" }),
        button("▲", () => scroll(-1), { class: "arrow", "aria-label": "Up" }),
        button("▼", () => scroll(1), { class: "arrow", "aria-label": "Down" }),
        button("✆", () => hangUp(), { class: "red", "aria-label": "Hang up", id: "red" }),
      ),
      el("div", { class: "keypad" }, keys),
    ),
  );
  on("person", show);
  on("drop", () => hangUp("Connection lost."));
  setInterval(tick, 1000);
  return part;
}

// Dials the campaign's code, or deeper: `*119*1*2#` answers the first two screens at once.
export async function dial(code = "*119#") {
  const deep = /^\*119(?:\*(.*))?#$/.exec(code.trim());
  if (!deep) return say("Wrong code. Dial *119#", "ended");
  calls.set(bench.person.phone, {
    id: `ATUid_${newId()}`,
    phone: bench.person.phone,
    typed: deep[1] ? [deep[1]] : [],
    words: "",
    state: "call",
    began: Date.now(),
  });
  tell("tap", { door: "ussd", many: code.length });
  return hop();
}

export async function answer(words) {
  tell("tap", { door: "ussd", many: words.length + 1 });
  call().typed.push(words);
  return hop();
}

// Types the words; the call drops before the screen that answers them.
export async function dropAt(words) {
  const mine = call();
  await answer(words);
  mine.state = "call";
  return hangUp("Connection lost.");
}

export function hangUp(words = "Call ended.") {
  if (!live()) {
    calls.delete(bench.person.phone);
    return show();
  }
  const { id, typed } = call();
  const fields = {
    sessionId: id,
    phoneNumber: bench.person.phone,
    serviceCode: "*119#",
    networkCode: "99999",
    status: "Incomplete",
    hopsCount: typed.length + 1,
  };
  say(words, "ended");
  return send("ussd", `${PATH}/events`, form(fields), FORM);
}

export const screenText = () => call().words;

async function hop() {
  const mine = call();
  const fields = {
    sessionId: mine.id,
    phoneNumber: mine.phone,
    networkCode: "99999",
    serviceCode: "*119#",
    text: mine.typed.join("*"),
  };
  mine.waiting = true;
  show();
  const { status, text } = await send("ussd", PATH, form(fields), FORM);
  mine.waiting = false;
  if (mine.state !== "call") return ""; // it was dropped meanwhile
  const [verb] = text.split(" ", 1);
  if (verb !== "CON" && verb !== "END")
    return say(status === 0 ? "Connection problem or invalid MMI code." : `No screen (${status}).`, "failed", mine);
  return say(text.slice(4), verb === "END" ? "ended" : "call", mine);
}

function say(words, becomes, mine = call()) {
  Object.assign(mine, { words, state: becomes });
  calls.set(mine.phone ?? bench.person.phone, mine);
  show();
  return words;
}

function show() {
  const { words, state: is, waiting } = call();
  const [columns, rows] = SIZES[size];
  const idle = is === "idle";
  const used = septets(words);
  screen.style.setProperty("--columns", columns);
  screen.style.setProperty("--rows", rows);
  screen.textContent = wrap(words, columns).join("\n");
  screen.scrollTop = 0;
  more.hidden = screen.scrollHeight <= screen.clientHeight + 2;
  screen.classList.toggle("waiting", Boolean(waiting));
  screen.closest(".handset").dataset.state = waiting ? "ringing" : is;
  state.textContent = waiting
    ? "▂▄▆ …"
    : { idle: "▂▄▆ TELKOM", call: "▂▄▆ in call", ended: "▂▄▆ ended", failed: "▂__ failed" }[is];
  count.textContent = idle ? "" : `${used ?? words.length}/${SEPTETS_MAX} septets`;
  count.classList.toggle("over", used === null || used > SEPTETS_MAX);
  mode.textContent = letters ? "ABC" : "123";
  sizer.textContent = SIZES[size].join("×");
  tick();
}

function tick() {
  const left = live() ? Math.max(0, CALL_SECONDS - (Date.now() - call().began) / 1000) : 0;
  ring.setAttribute("stroke-dashoffset", RING * (1 - left / CALL_SECONDS));
  ring.parentNode.classList.toggle("short", left < 30);
  if (call().state === "idle") screen.textContent = `\n\n${clockTime(now()).padStart(12)}\n\n   Dial *119# ✆`;
  if (live() && left === 0) hangUp("Time is over: 180 s.");
}

async function green() {
  const words = typing.value;
  typing.value = "";
  if (live()) await answer(words);
  else await dial(words || "*119#");
}

function press(label) {
  const key = label[0];
  const turns = label.slice(2).trim();
  tell("tap", { door: "ussd", many: 0 });
  if (key === "#" && live()) letters = !letters;
  else if (letters && live() && turns) multitap(key, turns === "␣" ? " " : turns.toUpperCase());
  else typing.value += key;
  mode.textContent = letters ? "ABC" : "123";
}

function multitap(key, turns) {
  const again = tapped.key === key && Date.now() - tapped.at < MULTITAP_MS;
  const turn = again ? (tapped.turn + 1) % turns.length : 0;
  typing.value = (again ? typing.value.slice(0, -1) : typing.value) + turns[turn];
  tapped = { key, at: Date.now(), turn };
}

function erase() {
  typing.value = typing.value.slice(0, -1);
}

function scroll(by) {
  screen.scrollTop += (by * screen.clientHeight) / 2;
}

function resize() {
  size = (size + 1) % SIZES.length;
  show();
}

export function typeInto(text) {
  typing.value = text;
}
