// Plays the scenes of the project's own stories (tests/stories), as the server reads them.

import { bench, now } from "./bench.js";
import { move } from "./controls.js";
import { button, el } from "./element.js";
import { join } from "./people.js";
import { fail, perform, STEPS as actions, until } from "./playing.js";
import { api } from "./wires.js";

const ANSWERS_MAX = 30; // of one who goes on
let told = { stories: [], cast: {}, answers: [] };
let parts = {};

export async function moreStories() {
  told = await api("stories");
  const items = told.stories.map(({ title, scenes }) => [title, scenes.filter(({ plays }) => plays)]);
  return el(
    "details",
    { class: "more" },
    el("summary", {}, "All stories of the tests"),
    items
      .filter(([, scenes]) => scenes.length)
      .map(([title, scenes]) =>
        el(
          "div",
          { class: "scenes" },
          el("b", {}, title),
          scenes.map((scene) =>
            button([scene.door, scene.title].filter(Boolean).join(": "), () => play(title, scene), {
              class: "tiny",
            }),
          ),
        ),
      ),
  );
}

function play(title, { door, steps }) {
  parts = {};
  return perform(
    title,
    {},
    steps.map((step) => [step.text, () => DO[step.do](step, door)]),
  );
}

// Whoever plays a part is made up when it begins.
async function take(part) {
  parts[part] ??= { ...(await api("people", told.cast[part])), note: `plays ${part}` };
  if (bench.person !== parts[part]) join(parts[part]);
  return parts[part];
}

const DO = {
  dial: async ({ who, digits }) => (await take(who), actions.dial(digits ? `*119*${digits}#` : undefined)),
  say: async ({ who, door, words }, scene) => (await take(who), say(door || scene, words)),
  go_on: ({ who, until: keys }, door) => goOn(who, keys, door),
  hang_up: () => actions.drop(),
  borrow: ({ who, owner }) => change(who, async () => (await take(owner)).phone),
  new_number: ({ who }) => change(who, async () => (await api("people", {})).phone),
  wait: ({ seconds, text }) => move(text, new Date(+now() + seconds * 1000).toISOString()),
  expect: async ({ keys }) => {
    const { said } = await session();
    if (!keys.every((key) => hears(said, key))) fail(`not ${keys}, but ${said.map(({ key }) => key)}`);
  },
  check: async ({ who, state }) => {
    await take(who);
    await until(() => stateOf(bench.truth ?? {}) === state, `nobody is ${state}`);
  },
};

// What became of this person; on a roster that knows everybody, whom it does not list is not listed.
function stateOf({ records = [], appointments = [] }) {
  const record = records.find(({ nik }) => nik === bench.person.nik);
  if (record && appointments.some(({ status }) => status === "booked")) return "booked";
  return { received: "not_listed" }[record?.status] ?? record?.status ?? "not registered";
}

async function change(part, phoneOf) {
  const who = await take(part);
  parts[part] = { ...who, phone: await phoneOf() };
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

// A key may have a star at its end, or at its start.
const hears = (said, wanted) =>
  said.some(({ key }) => {
    if (wanted.startsWith("*")) return key.endsWith(wanted.slice(1));
    return wanted.endsWith("*") ? key.startsWith(wanted.slice(0, -1)) : key === wanted;
  });

async function goOn(who, keys, door) {
  await take(who);
  for (let n = 0; n < ANSWERS_MAX; n += 1) {
    const { said } = await session();
    if (keys.some((key) => hears(said, key))) return;
    const [, answer] =
      told.answers.find(([key]) => hears(said, key)) ?? fail(`no answer to ${said.map(({ key }) => key)}`);
    await say(door, answer);
  }
  fail(`never ${keys}`);
}

// `{nik}` is a fact, `{DAFTAR}` a word; `[Setuju]` the number of the choice that is so called.
async function say(door, words) {
  const facts = words.replace(/\{(\w+)\}/g, (_, key) => bench.person[key] ?? key);
  const label = /^\[(.*)\]$/.exec(facts)?.[1];
  const answer = label ? await numberOf(label) : facts;
  return { ussd: actions.key, sms: actions.sms, whatsapp: actions.chat, email: actions.letter }[door](answer);
}

async function numberOf(label) {
  const choices = (await session()).said.flatMap((one) => one.choices);
  const found = choices.findIndex(({ words }) => words.startsWith(label));
  return found < 0 ? label : String(found + 1);
}
