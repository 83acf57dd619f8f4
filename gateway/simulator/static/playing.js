// Plays steps on the devices, typed as a person would; each step is seen, and can fail aloud.

import { bench, on, tell } from "./bench.js";
import { breakIt, press } from "./controls.js";
import { reset } from "./counters.js";
import { button, el, pause } from "./element.js";
import * as letters from "./mail.js";
import { join, pick } from "./people.js";
import * as texts from "./sms.js";
import { controlOf } from "./taps.js";
import { isDown } from "./truth.js";
import * as phone from "./ussd.js";
import * as chats from "./whatsapp.js";
import { api, network } from "./wires.js";

const STEP_MS = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 650;
const KEY_MS = STEP_MS / 16;
const WAIT_MS = 15_000;
const LOOK_MS = 100;
const TOLD_MS = 6000; // how long the end of a story is told
const ANSWERS_MAX = 14; // of one "until"

let running = null;
let last = null;
export const told = el("p", { class: "telling", role: "status" });

// Plays steps, each [words, act], and says how it went; `budget` is what they may cost.
export async function perform(title, budget, steps) {
  const mine = (running = last = {});
  reset(budget, title);
  try {
    for (const [words, act] of steps) {
      if (running !== mine) return;
      say(`${title}: ${words}`, true);
      await act();
      await pause(STEP_MS);
    }
    say(`${title}: done.`);
  } catch (error) {
    say(`${title}: ${error.message}`);
    told.classList.add("bad");
  }
  if (running !== mine) return;
  running = null;
  setTimeout(() => last === mine && told.replaceChildren(), TOLD_MS);
}

function say(words, more = false) {
  told.className = "telling";
  told.replaceChildren(words, " ", more ? button("Stop", () => (running = null), { class: "tiny" }) : "");
}

// `{nik}` in a step is the person's; so are the others.
export const fill = (text) => text.replace(/\{(\w+)\}/g, (_, key) => bench.person[key] ?? "");

export const STEPS = {
  somebody: async (kind) => join(await api("people", { listed: kind === "listed" })),
  who: (id) => pick(id) ?? fail(`nobody is called ${id}`),
  dial: (code) => shown("ussd", () => phone.dial(code || undefined)),
  key: async (words) => {
    await typed(phone.typeInto, words);
    return shown("ussd", () => phone.answer(words));
  },
  pick: (label) => STEPS.key(numbered(phone.screenText(), label)),
  drop: () => tell("drop"),
  sms: async (words) => {
    await typed(texts.typeInto, words);
    return shown("sms", () => texts.text(words));
  },
  chat: async (words) => {
    await typed(chats.typeInto, words);
    return answered(() => chats.chat(words));
  },
  tap: (label) => answered(() => tap(label)),
  mail: async (which) => {
    focus("mail");
    letters.sample(which);
    await pause(STEP_MS);
    await letters.write();
  },
  letter: async (text) => {
    focus("mail");
    const before = letters.newest();
    await letters.letter(text);
    await until(() => letters.newest() !== before, "no letter came");
  },
  "call drops at": (words) => shown("ussd", () => phone.dropAt(words)),
  clock: (label) => press(label),
  next: (kind) => {
    network.next = kind;
    tell("armed");
  },
  break: (kind) => breakIt(kind),
  back: async () => {
    await until(isDown, "the gateway was not killed");
    await until(() => !isDown(), "the gateway does not come back");
  },
  hear: (words) => until(() => texts.lastText().toLowerCase().includes(words), `no SMS says ${words}`),
  see: (words) => until(() => seen().includes(words.toLowerCase()), `the truth does not show ${words}`),
  until: async (words) => {
    for (let n = 0; n < ANSWERS_MAX && !texts.lastText().includes(words); n += 1) {
      await STEPS.sms("1");
      await pause(STEP_MS);
    }
    if (!texts.lastText().includes(words)) fail(`nothing said ${words}`);
  },
};

const seen = () => document.querySelector(".truth").textContent.toLowerCase();

function numbered(text, label) {
  const found = text
    .split("\n")
    .map((line) => /^(\d+)\.? (.*)$/.exec(line))
    .find((match) => match?.[2].startsWith(label));
  return found?.[1] ?? fail(`${label} is not on offer`);
}

function tap(label) {
  const { content, body } = chats.lastChat() ?? {};
  const { kind, rows = [] } = controlOf(content, body ?? "");
  const row = rows.find(({ title }) => title.startsWith(label));
  return row ? chats.chat(row.title, { ...row, list: kind === "list" }) : chats.chat(numbered(body ?? "", label));
}

async function shown(name, act) {
  focus(name);
  return act();
}

// A chat is answered by the outbox, a moment later.
async function answered(act) {
  focus("whatsapp");
  const before = chats.lastChat();
  await act();
  await until(() => chats.lastChat() !== before, "no answer came in the chat");
}

async function typed(into, words) {
  for (let n = 1; n <= words.length; n += 1) {
    into(words.slice(0, n));
    await pause(KEY_MS);
  }
  into("");
}

export async function until(holds, otherwise) {
  for (const end = Date.now() + WAIT_MS; !holds(); await pause(LOOK_MS)) if (Date.now() > end) fail(otherwise);
}

function focus(name) {
  for (const one of document.querySelectorAll(".device")) one.classList.toggle("acting", one.id === `device-${name}`);
  document
    .getElementById(`device-${name}`)
    .scrollIntoView({ behavior: STEP_MS ? "smooth" : "auto", block: "nearest", inline: "nearest" });
}

export function fail(why) {
  throw new Error(why);
}

on("person", () => document.querySelectorAll(".acting").forEach((one) => one.classList.remove("acting")));
