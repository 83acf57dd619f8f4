// What the gateway knows, as its stores hold it: live, beside the phones.

import { bench, clockDay, clockTime, on, tell } from "./bench.js";
import { el } from "./element.js";

const AGAIN_MS = 400;
const OUTBOX_SHOWN = 8;
const INNER = new Set(["consent", "c"]); // marks of the engine, which nobody typed
const PLAIN = new Set(["string", "number", "boolean"]);
let panel,
  proof,
  stream,
  lostAt = 0;

export function truth() {
  panel = el("div", { class: "facts", "aria-live": "polite" });
  on("person", watch);
  on("page", () => bench.person && open(bench.person)); // it may have begun the form: a new cookie
  return el(
    "aside",
    { class: "truth", "aria-labelledby": "title-truth" },
    el("h2", { id: "title-truth" }, "Truth", el("small", {}, "what the stores hold, live")),
    panel,
  );
}

// Turns red if ever more people were told "registered" than records exist.
export function proofBanner() {
  proof = el("p", { class: "proof", role: "status" }, "connecting…");
  return proof;
}

function watch(person) {
  bench.truth = null;
  panel.replaceChildren(el("p", { class: "nothing" }, "Nothing is known yet."));
  open(person);
}

// `web` asks for the form in the frame, too.
function open(person) {
  stream?.close();
  const asked = new URLSearchParams({ phone: person.phone ?? "", mail: person.mail ?? "", web: 1 });
  stream = new EventSource(`/try/api/truth?${asked}`);
  const mine = stream;
  stream.addEventListener("truth", ({ data }) => mine === stream && take(JSON.parse(data)));
  stream.addEventListener("error", () => {
    if (mine !== stream) return;
    lose();
    if (mine.readyState === EventSource.CLOSED) setTimeout(() => mine === stream && watch(person), AGAIN_MS);
  });
}

export const isDown = () => lostAt > 0;

function lose() {
  lostAt ||= Date.now();
  proof.className = "proof down";
  proof.textContent = "the gateway is down; it is coming back…";
  tell("down");
}

function take(found) {
  bench.truth = { ...found, ahead_ms: Date.parse(found.clock.at) - Date.now() };
  const { told = 0, recorded = 0 } = found;
  const fits = told <= recorded;
  proof.className = fits ? "proof good" : "proof bad";
  proof.replaceChildren(
    el("b", {}, String(told)),
    " told registered ",
    el("b", {}, fits ? "=" : "≠"),
    " ",
    el("b", {}, String(recorded)),
    " recorded",
  );
  if (lostAt)
    tell(
      "note",
      `The gateway is back after ${((Date.now() - lostAt) / 1000).toFixed(1)} s; told ${told}, recorded ${recorded}.`,
    );
  lostAt = 0;
  panel.replaceChildren(...sections(found));
  const outbox = (found.outbox ?? []).toReversed(); // as the messages were written
  tell("truth", { ...bench.truth, outbox });
}

function sections({
  turn,
  sessions = {},
  records = [],
  appointments = [],
  outbox = [],
  audit = [],
  metrics = {},
  down = {},
}) {
  return [
    ...Object.keys(down).map((store) => el("p", { class: "failed" }, `${store} is out of reach`)),
    part("Last turn", turn && path(turn)),
    ...Object.entries(sessions).map(([where, session]) => halfFilled(where, session)),
    ...records.map((one) => part("Record", record(one), "record")),
    ...appointments.map((one) => part("Appointment", pairs(one), "appointment")),
    part(
      `Outbox${outbox.length ? ` (${outbox.length})` : ""}`,
      outbox.length ? el("ul", { class: "queue" }, outbox.slice(0, OUTBOX_SHOWN).map(queued)) : null,
    ),
    part("Audit", audit.length ? el("ul", { class: "queue" }, audit.slice(0, OUTBOX_SHOWN).map(logged)) : null),
    part("Metrics of this run", Object.keys(metrics).length ? pairs(metrics) : null, "", true),
  ].filter(Boolean);
}

function part(title, body, name = "", closed = false) {
  if (!body) return null;
  return el("details", { class: `fact ${name}`, open: !closed }, el("summary", {}, title), body);
}

// The pure turn: what came in → what we say → what the stores must do → what they said.
function path({ inbound, prompts = [], pending = [], outcome = [] }) {
  const steps = { in: heard(inbound), says: prompts, "asks the stores": pending, outcome };
  return el(
    "ol",
    { class: "path" },
    Object.entries(steps)
      .filter(([, what]) => what.length)
      .map(([label, what]) => el("li", {}, el("small", {}, label), el("code", {}, what.join(" → ")))),
  );
}

function heard({ channel, text, tapped, typed, answers, ...more }) {
  const words = tapped ?? text ?? typed ?? "";
  const filled = Object.entries(answers ?? {}).map(([key, value]) => `${key}: ${value}`);
  const other = ["location", "contact", "wordless"].filter((name) => more[name]);
  return [channel, [`“${words}”`, ...filled, ...other].filter((one) => one !== "“”").join(", ")].filter(Boolean);
}

function halfFilled(where, session) {
  const inFrame = where.startsWith("web:");
  const title = `Half-filled form${inFrame ? " in the frame" : ""}`;
  return part(title, Object.keys(session.answers).length > 0 && filled(session), inFrame ? "frame" : "");
}

function filled({ stage, question, language, answers = {} }) {
  return el(
    "div",
    {},
    el("p", {}, chip(stage), question ? chip(`asks: ${question}`, "warn") : null, chip(language)),
    pairs(Object.fromEntries(Object.entries(answers).filter(([key]) => !INNER.has(key)))),
  );
}

function record({ number, status, standing, full_name: name, nik, profession, phone, channels = [], ...more }) {
  const shown = { NIK: nik, profession, phone, by: channels.join(", ") };
  return el(
    "div",
    {},
    el("p", { class: "big" }, number),
    el("p", {}, el("b", {}, name ?? "")),
    el("p", {}, chip(status, status === "verified" ? "good" : "warn"), standing ? chip(standing) : null),
    pairs(shown),
    more.intents?.length ? el("p", { class: "quiet" }, `${more.intents.length} intents, one record`) : null,
  );
}

function queued({ channel, status, due_at: when, text = "", attempts, why }) {
  const wait = status === "queued" && when ? `due ${clockDay(when)} ${clockTime(when)}` : "";
  return el(
    "li",
    {},
    el(
      "p",
      {},
      chip(channel),
      chip(status, { queued: "warn", dead: "bad" }[status] ?? "good"),
      wait ? el("small", {}, wait) : null,
    ),
    el("p", { class: "snippet" }, text.split("\n").slice(0, 3).join(" ")),
    attempts > 1 || why ? el("small", {}, [attempts && `${attempts} attempts`, why].filter(Boolean).join(" · ")) : null,
  );
}

function logged({ at, action, operator, why }) {
  return el(
    "li",
    {},
    el(
      "p",
      {},
      el("small", {}, clockTime(at)),
      " ",
      el("code", {}, action),
      operator ? ` ${operator}` : "",
      why ? `: ${why}` : "",
    ),
  );
}

function pairs(given) {
  const rows = Object.entries(given).filter(([, value]) => value !== null && value !== "" && value !== undefined);
  return el(
    "dl",
    { class: "pairs" },
    rows.map(([key, value]) => [el("dt", {}, key.replaceAll("_", " ")), el("dd", {}, said(value))]),
  );
}

function chip(words, kind = "") {
  return words ? el("span", { class: `chip ${kind}` }, String(words)) : null;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

function said(value) {
  if (!PLAIN.has(typeof value)) return JSON.stringify(value);
  return ISO.test(value) ? `${clockDay(value)} ${clockTime(value)} WIB` : String(value);
}
