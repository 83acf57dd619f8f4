// A mailbox: letters to the campaign by SMTP, and the inbox of its answers.

import { bench, clockTime, keep, now, on, tell, thread } from "./bench.js";
import { button, device, el } from "./element.js";
import { compose, SAMPLES } from "./letters.js";
import { api, sendLetter } from "./wires.js";

const FILE_BYTES_MAX = 5_000_000;

let box, opened, fields, files, note;
let attached = [];
const name = () => `mail:${bench.person.mail}`;

export function mail() {
  box = el("ol", { class: "inbox", "aria-label": "Inbox" });
  opened = el("article", { class: "letter", tabindex: "0", "aria-label": "The letter that is open" });
  note = el("p", { class: "note", role: "status" });
  files = el("input", {
    type: "file",
    multiple: true,
    class: "hidden",
    id: "files",
    on: { change: () => attach(files.files) },
  });
  fields = {
    subject: el("input", { "aria-label": "Subject", value: "Pendaftaran" }),
    text: el("textarea", { rows: "7", "aria-label": "Text of the letter" }),
  };
  const samples = el(
    "select",
    { "aria-label": "A sample letter", on: { change: ({ target }) => sample(target.value) } },
    el("option", { value: "" }, "Samples…"),
    Object.keys(SAMPLES).map((one) => el("option", {}, one)),
  );
  const drop = {
    dragover: (event) => event.preventDefault(),
    drop: (event) => {
      event.preventDefault();
      attach(event.dataTransfer.files);
    },
  };
  const part = device(
    "mail",
    "Mail",
    "vaksin@pedulilindungi.id · SMTP",
    el(
      "div",
      { class: "window" },
      el("div", { class: "chrome" }, el("i"), el("i"), el("i"), el("span", { class: "from" })),
      el("div", { class: "panes" }, box, opened),
      el(
        "form",
        { class: "write", on: { submit, ...drop } },
        el("div", { class: "line" }, fields.subject, samples),
        fields.text,
        el(
          "div",
          { class: "line" },
          el("label", { for: "files", class: "attach" }, "+ Attach"),
          files,
          note,
          button("Send", submit, { class: "primary", id: "send-mail" }),
        ),
      ),
    ),
  );
  on("person", show);
  on("truth", take);
  return part;
}

// Writes the sample of that name as this person, with its attachment.
export function sample(which) {
  const { subject, text, html, file } = SAMPLES[which]?.(bench.person) ?? {};
  if (!text) return;
  Object.assign(fields.subject, { value: subject });
  Object.assign(fields.text, { value: text });
  fields.html = html;
  attached = file ? [file] : [];
  say(file?.name ?? "");
}

// Writes and sends a letter of these words; an answer, where one of ours is open.
export function letter(text) {
  const ours = newest();
  if (ours) fields.subject.value = `Re: ${ours}`;
  fields.text.value = text;
  return write();
}

export async function write() {
  const { mail: sender, name: who } = bench.person;
  const [subject, text] = [fields.subject.value, fields.text.value];
  const raw =
    attached.find(({ name: file }) => file.endsWith(".eml"))?.bytes ??
    compose({ sender, who, subject, text, html: fields.html, files: attached, answers: answered() });
  tell("tap", { door: "mail", many: text.length + 1 });
  say("sending…");
  const { status, text: why } = await sendLetter(sender, raw);
  say(status >= 200 && status < 300 ? "delivered" : `refused: ${why.slice(0, 80)}`);
  thread(name()).push({ mine: true, subject, text, at: now().toISOString(), id: `mine-${Date.now()}` });
  keep(name());
  [attached, fields.html] = [[], undefined];
  show();
}

// The letter that this one answers: a reply says so in its subject.
export const newest = () => opened.dataset.message;
const answered = () => (fields.subject.value.startsWith("Re:") ? opened.dataset.message : "");

async function attach(given) {
  for (const file of given) {
    if (file.size > FILE_BYTES_MAX) say(`${file.name} is larger than 5 MB`);
    else
      attached.push({
        name: file.name,
        type: file.type || "application/octet-stream",
        bytes: new Uint8Array(await file.arrayBuffer()),
      });
  }
  if (attached.length) say(attached.map((file) => file.name).join(", "));
}

function take({ outbox = [] }) {
  if (!bench.person?.mail) return;
  const known = new Set(thread(name()).map(({ id }) => id));
  const came = outbox.filter(
    (one) =>
      one.channel === "email" && one.address === bench.person.mail && !known.has(one.id) && one.status !== "queued",
  );
  if (!came.length) return;
  for (const one of came) thread(name()).push({ ...one, at: one.sent_at ?? one.created_at });
  keep(name());
  show();
}

function show() {
  const sender = bench.person?.mail ?? "";
  document.querySelector("#device-mail .from").textContent = sender || "no mailbox";
  const letters = sender ? thread(name()).toReversed() : [];
  box.replaceChildren(...(letters.length ? letters.map(line) : [el("li", { class: "nothing" }, "No letters yet.")]));
  const newest = letters.find(({ mine }) => !mine);
  if (newest) open(newest);
  else opened.replaceChildren(el("p", { class: "nothing" }, "The answer will open here."));
}

function line(letter) {
  const first = (letter.subject ?? letter.text ?? "").split("\n")[0].slice(0, 60);
  return el(
    "li",
    {},
    button(
      [
        el("b", {}, letter.mine ? "→ you" : "Vaksinasi COVID-19"),
        el("span", {}, first),
        el("small", {}, clockTime(letter.at)),
      ],
      () => open(letter),
    ),
  );
}

async function open(letter) {
  const { mine, id, subject = "", text = "", files: brought = [] } = letter;
  const shown = el("pre", {}, text),
    head = el("p", {}, el("b", {}, subject));
  opened.dataset.message = "";
  opened.replaceChildren(head, shown);
  if (brought.length) head.append(el("small", {}, ` + ${brought.join(", ")}`));
  if (mine) return;
  const source = await api(`letters/${id}`);
  opened.dataset.message = /^Message-ID: *(\S+)/im.exec(source)?.[1] ?? "";
  const views = { Text: text, Source: source };
  head.after(
    el(
      "div",
      { class: "line" },
      Object.entries(views).map(([label, words]) =>
        button(label, () => (shown.textContent = words), { class: "tiny" }),
      ),
      button("Reply", () => reply(subject), { class: "tiny" }),
    ),
  );
}

function reply(subject) {
  fields.subject.value = `Re: ${subject.replace(/^Re: /, "")}`;
  fields.text.value = "";
  fields.text.focus();
}

function say(words) {
  note.textContent = words;
}

function submit(event) {
  event.preventDefault();
  write();
}
