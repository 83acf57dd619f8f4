// A thread of SMS with the campaign's short code, counted in segments as a network bills them.

import { bench, clockTime, hasLeft, keep, now, on, tell, thread } from "./bench.js";
import { button, device, el, scrollDown } from "./element.js";
import { segments, sizeOf } from "./septets.js";
import { FORM, form, newId, send } from "./wires.js";
import { withLinks } from "./words.js";

const PATH = "/sms/twilio";
const COST = 350; // rupiah a segment, so that a long message is felt

let list, words, size;
const name = () => `sms:${bench.person.phone}`;

export function sms() {
  list = el("ol", {
    class: "bubbles",
    "aria-label": "SMS thread",
    "aria-live": "polite",
    tabindex: "0",
  });
  words = el("textarea", {
    rows: "1",
    placeholder: "Text message",
    "aria-label": "SMS to 1199",
    on: { input: measure, keydown: enter },
  });
  size = el("span", { class: "size" });
  const part = device(
    "sms",
    "SMS",
    "to 1199 · any phone",
    el(
      "div",
      { class: "smartphone" },
      el("header", { class: "app" }, el("span", { class: "avatar" }, "1199"), el("div", {}, el("b", {}, "1199"), size)),
      list,
      el(
        "form",
        { class: "compose", on: { submit } },
        words,
        button("↑", submit, { class: "go", "aria-label": "Send the SMS" }),
      ),
    ),
  );
  on("person", show);
  on("truth", take);
  return part;
}

// Sends an SMS; returns what came back at once, or "".
export async function text(body) {
  const mine = { from: "me", body, at: now().toISOString(), size: sizeOf(body), state: "sending" };
  const of = name();
  add(of, mine);
  tell("tap", { door: "sms", many: body.length + 1 });
  tell("segments", segments(body));
  const fields = {
    MessageSid: `SM${newId()}`,
    From: bench.person.phone,
    To: "1199",
    Body: body,
    NumMedia: "0",
  };
  const { status, text: xml } = await send("sms", PATH, form(fields), FORM);
  mine.state = status === 200 ? "sent" : "not delivered";
  const answers = [...new DOMParser().parseFromString(xml, "text/xml").querySelectorAll("Message")].map(
    (one) => one.textContent,
  );
  for (const one of status === 200 ? answers : []) hear(of, { body: one });
  keep(of);
  show();
  return answers.join("\n");
}

function hear(of, message) {
  tell("segments", segments(message.body));
  add(of, { from: "1199", at: now().toISOString(), size: sizeOf(message.body), ...message });
}

function add(of, message) {
  thread(of).push(message);
  keep(of);
  show();
}

// What the gateway sent of itself arrives by its outbox.
function take({ outbox = [] }) {
  const of = name();
  for (const one of outbox.filter((each) => each.channel === "sms" && hasLeft(each))) {
    const known = thread(of).find(({ id }) => id === one.id);
    if (known) known.state = one.status;
    else
      hear(of, {
        id: one.id,
        body: one.text ?? "",
        at: one.sent_at ?? one.created_at,
        state: one.status,
        from: "PEDULICOVID",
      });
  }
}

function show() {
  if (!bench.person?.phone) return list.replaceChildren(el("li", { class: "nothing" }, "This one has no phone."));
  list.replaceChildren(...thread(name()).map(bubble));
  scrollDown(list);
  measure();
}

function bubble({ from, body, at, size: how, state }) {
  return el(
    "li",
    { class: from === "me" ? "mine" : "theirs" },
    el("p", {}, from === "me" ? body : withLinks(body)),
    el(
      "small",
      {},
      [from === "me" || from === "1199" ? null : from, clockTime(at), how, state === "sent" ? null : state]
        .filter(Boolean)
        .join(" · "),
    ),
  );
}

function measure() {
  const body = words.value;
  size.textContent = body ? `${sizeOf(body)} · Rp${segments(body) * COST}` : "short code";
  words.classList.toggle("long", body.length > 160);
}

function enter(event) {
  if (event.key !== "Enter" || event.shiftKey) return;
  event.preventDefault();
  submit(event);
}

function submit(event) {
  event.preventDefault();
  const body = words.value.trim();
  words.value = "";
  if (body) text(body);
}

export function lastText() {
  return thread(name()).findLast(({ from }) => from !== "me")?.body ?? "";
}

export function typeInto(body) {
  words.value = body;
  measure();
}
