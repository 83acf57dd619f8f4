// A WhatsApp chat over Meta's wire: bubbles, buttons, lists, a place, and what has no words.

import { bench, clockTime, hasLeft, keep, now, on, tell, thread } from "./bench.js";
import { button, device, el, scrollDown } from "./element.js";
import { controlOf } from "./taps.js";
import { JSON_TYPE, newId, send } from "./wires.js";
import { withLinks } from "./words.js";

const PATH = "/whatsapp/meta";
const OURS = "6281110500567";
const PLACES = [
  ["Soreang", -7.0331, 107.5183],
  ["Bandung", -6.885, 107.6137],
  ["Jakarta", -6.1754, 106.8272],
];
const MEDIA = { id: "1", sha256: "", mime_type: "image/jpeg" };
const WORDLESS = {
  "A photo": { type: "image", image: MEDIA },
  "A voice note": { type: "audio", audio: { ...MEDIA, mime_type: "audio/ogg; codecs=opus", voice: true } },
  "A sticker": { type: "sticker", sticker: { ...MEDIA, mime_type: "image/webp" } },
  "My contact": { type: "contacts" },
  "A reaction": { type: "reaction", reaction: { message_id: "wamid.1", emoji: "👍" } },
};
const TICKS = { sending: "…", sent: "✓", heard: "✓✓", failed: "!" };

let list, words, sheet;
const name = () => `whatsapp:${bench.person.phone}`;

export function whatsapp() {
  list = el("ol", {
    class: "bubbles",
    "aria-label": "WhatsApp chat",
    "aria-live": "polite",
    tabindex: "0",
  });
  words = el("input", {
    placeholder: "Message",
    "aria-label": "WhatsApp message",
    autocomplete: "off",
    maxlength: "4096",
  });
  sheet = el("div", { class: "sheet", hidden: true });
  const part = device(
    "whatsapp",
    "WhatsApp",
    "smartphone with data",
    el(
      "div",
      { class: "smartphone" },
      el(
        "header",
        { class: "app" },
        el("span", { class: "avatar" }, "V"),
        el("div", {}, el("b", {}, "Vaksinasi COVID-19"), el("span", { class: "size" }, "online")),
      ),
      list,
      sheet,
      el(
        "form",
        { class: "compose", on: { submit } },
        button("+", attach, { class: "plus", "aria-label": "Attach", "aria-expanded": "false" }),
        words,
        button("➤", submit, { class: "go", "aria-label": "Send the WhatsApp message" }),
      ),
    ),
  );
  on("person", show);
  on("truth", take);
  return part;
}

// Sends a text; `tapped` is the option { id, title, list } that was tapped.
export function chat(body, tapped = null) {
  tell("tap", { door: "whatsapp", many: tapped ? 1 : body.length + 1 });
  if (!tapped) return post(body, { type: "text", text: { body } });
  const kind = tapped.list ? "list_reply" : "button_reply";
  return post(body, {
    type: "interactive",
    interactive: { type: kind, [kind]: { id: tapped.id, title: tapped.title } },
  });
}

export function share(place, latitude, longitude) {
  tell("tap", { door: "whatsapp", many: 2 });
  return post(`Location: ${place}`, { type: "location", location: { latitude, longitude, name: place } });
}

async function post(shown, message) {
  const of = name(),
    from = bench.person.phone.slice(1);
  const mine = { from: "me", body: shown, at: now().toISOString(), state: "sending" };
  add(of, mine);
  const value = {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: OURS, phone_number_id: "1050" },
    contacts: [{ profile: { name: bench.person.name }, wa_id: from }],
    messages: [{ from, id: `wamid.${newId()}`, timestamp: String(Math.floor(now() / 1000)), ...message }],
  };
  const body = JSON.stringify({
    object: "whatsapp_business_account",
    entry: [{ id: "1", changes: [{ field: "messages", value }] }],
  });
  const { status } = await send("whatsapp", PATH, body, JSON_TYPE);
  mine.state = status === 200 ? "sent" : "failed";
  keep(of);
  show();
}

function add(of, message) {
  thread(of).push(message);
  keep(of);
  show();
}

// Every answer comes by the outbox, as it does with Meta.
function take({ outbox = [] }) {
  if (!bench.person?.phone) return;
  const of = name(),
    known = new Map(thread(of).map((one) => [one.id, one]));
  let changed = false;
  for (const one of outbox.filter((each) => each.channel === "whatsapp" && hasLeft(each))) {
    const mine = known.get(one.id);
    if (mine && mine.state === one.status) continue;
    changed = true;
    if (mine) mine.state = one.status;
    else
      thread(of).push({
        id: one.id,
        from: "us",
        body: one.text ?? "",
        content: one.content,
        at: one.sent_at ?? one.created_at,
        state: one.status,
      });
  }
  if (!changed) return;
  for (const one of thread(of)) if (one.from === "me" && one.state === "sent") one.state = "heard";
  keep(of);
  show();
}

function show() {
  sheet.hidden = true;
  if (!bench.person?.phone) return list.replaceChildren(el("li", { class: "nothing" }, "This one has no phone."));
  const all = thread(name());
  list.replaceChildren(...all.map((one) => bubble(one)));
  scrollDown(list);
}

function bubble(message) {
  const { from, body, at, state, content } = message;
  if (from === "me") {
    const ticks = el("span", { class: state === "heard" ? "ticks read" : "ticks", title: state }, TICKS[state] ?? "✓");
    return el("li", { class: "mine" }, el("p", {}, body), el("small", {}, clockTime(at), " ", ticks));
  }
  const control = controlOf(content, body);
  const stamp = el("small", {}, clockTime(at), state === "dead" ? " · not delivered" : "");
  return el("li", { class: "theirs" }, el("p", {}, withLinks(control.body)), stamp, controls(control));
}

function controls({ kind, rows = [], choose }) {
  if (kind === "buttons")
    return el(
      "div",
      { class: "taps" },
      rows.map((row) => button(row.title, () => chat(row.title, row), { class: "tap" })),
    );
  if (kind === "list")
    return el(
      "div",
      { class: "taps" },
      button(`☰ ${choose || "Choose"}`, () => open(rows, choose), { class: "tap" }),
    );
  if (kind === "location") return el("div", { class: "taps" }, button("Send location", places, { class: "tap" }));
  return null;
}

function open(rows, choose) {
  const items = rows.map((row) =>
    button(
      el("span", {}, row.title, row.description ? el("small", {}, row.description) : null),
      () => chat(row.title, { ...row, list: true }),
      { class: "row" },
    ),
  );
  lay(choose || "Choose", items);
}

function places() {
  lay(
    "Send a place",
    PLACES.map(([place, ...at]) => button(place, () => share(place, ...at), { class: "row" })),
  );
}

function attach() {
  if (!sheet.hidden) return (sheet.hidden = true);
  const items = Object.entries(WORDLESS).map(([label, message]) =>
    button(label, () => wordless(label, message), { class: "row" }),
  );
  lay("Attach", [button("A place", places, { class: "row" }), ...items]);
}

function wordless(label, message) {
  const number = bench.person.phone.slice(1);
  const contacts = [{ name: { formatted_name: bench.person.name }, phones: [{ phone: `+${number}`, wa_id: number }] }];
  post(label, message.type === "contacts" ? { ...message, contacts } : message);
}

function lay(title, items) {
  sheet.replaceChildren(
    el(
      "header",
      {},
      el("b", {}, title),
      button("✕", () => (sheet.hidden = true), { "aria-label": "Close" }),
    ),
    ...items,
  );
  sheet.hidden = false;
  sheet.querySelector("button.row")?.focus();
}

function submit(event) {
  event.preventDefault();
  const body = words.value.trim();
  words.value = "";
  if (body) chat(body);
}

export function lastChat() {
  return thread(name()).findLast(({ from }) => from === "us");
}

export function typeInto(body) {
  words.value = body;
}
