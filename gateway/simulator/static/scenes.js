// Plays the scenes of the project's own stories (tests/stories), as the server reads them.

import { bench, now } from "./bench.js";
import { move } from "./controls.js";
import { pause } from "./element.js";
import { join } from "./people.js";
import { fail, fill, perform, STEPS as actions, until } from "./playing.js";
import { api } from "./wires.js";

const ANSWERS_MAX = 30; // of one who goes on
const CODE = /\b\d{6}\b/g;
const LOOK_MS = 250;
const LOOKS_MAX = 40;
let found = {}; // the server's list
let parts = {}; // who plays whom
let spokeAt = 0; // in the gateway's time

export function play(title, { door, steps, budget }, list) {
  [found, parts, spokeAt] = [list, {}, 0];
  return perform(
    title,
    door ? {} : budget,
    steps.map((step) => [step.text, () => does(step, door)]),
  );
}

const does = (step, door) => ("with" in step ? actions[step.do](fill(step.with)) : DO[step.do](step, door));

// Whoever plays a part is made up when it begins.
async function take(part) {
  parts[part] ??= { ...(await api("people", found.cast[part])), note: `plays ${part}` };
  if (bench.person !== parts[part]) join(parts[part]);
  return parts[part];
}

const DO = {
  drop: async ({ who, words }) => (await take(who), actions["call drops at"](await filled(words))),
  dial: async ({ who, digits }) => (await take(who), actions.dial(digits ? `*119*${digits}#` : undefined)),
  say: async ({ who, door, words }, scene) => (await take(who), say(door || scene, words)),
  go_on: ({ who, until: keys }, door) => goOn(who, keys, door),
  hang_up: () => actions.drop(),
  borrow: ({ who, owner }) => change(who, async () => (await take(owner)).phone),
  new_number: ({ who }) => change(who, async () => (await api("people", {})).phone),
  wait: ({ seconds, text }) => move(text, new Date(+now() + seconds * 1000).toISOString()),
  expect: async ({ keys }) => {
    for (let left = LOOKS_MAX; ; left -= 1, await pause(LOOK_MS)) {
      const said = await heard();
      if (keys.every((key) => hears(said, key))) return;
      if (!left) fail(`not ${keys}, but ${said.map(({ key }) => key)}`);
    }
  },
  check: async ({ who, state }) => {
    await take(who);
    await until(() => stateOf(bench.truth ?? {}) === state, `${who} is ${stateOf(bench.truth ?? {})}, not ${state}`);
  },
};

// The stories have a list that knows everybody; on the demo's, whom it does not name is received.
const PARTIAL = { received: "not_listed", registered_not_listed: "registered" };

// What became of this person.
function stateOf({ records = [], appointments = [] }) {
  const record = records.find(({ nik }) => nik === bench.person.nik);
  if (appointments.some(({ number, status }) => number === record?.number && status === "booked")) return "booked";
  return PARTIAL[record?.status] ?? record?.status ?? "not registered";
}

async function change(part, phoneOf) {
  const who = await take(part);
  parts[part] = { ...who, phone: await phoneOf(), before: who.phone };
  return take(part);
}

// The session as it is now: the events come a little later.
async function session() {
  const { phone, mail } = bench.person;
  const { sessions } = await api(`truth?${new URLSearchParams({ phone, mail })}`);
  return sessions[`phone:${phone}`]?.said.length
    ? sessions[`phone:${phone}`]
    : (sessions[`email:${mail}`] ?? { said: [] });
}

// What was said since a person spoke last: by the session, and by messages that came later.
async function heard() {
  const { phone, mail } = bench.person;
  const { outbox } = await api(`truth?${new URLSearchParams({ phone, mail })}`);
  const later = outbox.filter(({ created_at: at }) => Date.parse(at) >= spokeAt).flatMap(({ keys }) => keys);
  return [...(await session()).said, ...later.map((key) => ({ key }))];
}

// What was written to the phone that this person has, or had: the number, and the newest code.
async function written() {
  const { phone, before = phone, nik } = bench.person;
  const { outbox, records } = await api(`truth?${new URLSearchParams({ phone: before })}`);
  const code = outbox.flatMap(({ text }) => text.match(CODE) ?? [])[0];
  return { code, number: records.find((one) => one.nik === nik)?.number };
}

// A key may have a star at its end, or at its start.
const hears = (said, wanted) =>
  said.some(({ key }) => {
    if (wanted.startsWith("*")) return key.endsWith(wanted.slice(1));
    return wanted.endsWith("*") ? key.startsWith(wanted.slice(0, -1)) : [wanted, PARTIAL[wanted]].includes(key);
  });

async function goOn(who, keys, door) {
  await take(who);
  for (let n = 0; n < ANSWERS_MAX; n += 1) {
    const { said } = await session();
    if (keys.some((key) => hears(said, key))) return;
    const [, answer] =
      found.answers.find(([key]) => hears(said, key)) ?? fail(`no answer to ${said.map(({ key }) => key)}`);
    await say(door, answer);
  }
  fail(`never ${keys}`);
}

// `{nik}` is a fact, `{DAFTAR}` a word; `[Setuju]` the number of the choice that is so called.
async function say(door, words) {
  const answer = await filled(words);
  spokeAt = Math.floor(now() / 1000) * 1000;
  return { ussd: actions.key, sms: actions.sms, whatsapp: actions.chat, email: actions.letter }[door](answer);
}

async function filled(words) {
  const { nik } = bench.person;
  const facts = {
    nik_dotted: nik.match(/.{4}/g)?.join("."),
    nik_swapped: nik.replace(/^(.*)(\d)(?!\2)(\d)/, "$1$3$2"),
    ...(/\{(code|number)\}/.test(words) ? await written() : {}),
    ...bench.person,
  };
  const said = words.replace(/\{(\w+)\}/g, (_, key) => facts[key] ?? key);
  const label = /^\[(.*)\]$/.exec(said)?.[1];
  return label ? numberOf(label) : said;
}

async function numberOf(label) {
  const choices = (await session()).said.flatMap((one) => one.choices);
  const found = choices.findIndex(({ words }) => words.startsWith(label));
  return found < 0 ? label : String(found + 1);
}
