// The SIM tray: made-up people, their phones and mailboxes; one of them holds all the devices.

import { bench, choose, on } from "./bench.js";
import { button, el } from "./element.js";

const NIK_DIGITS = 16;
let tray;

export function people() {
  tray = el("ul", { class: "tray" });
  const add = {
    name: el("input", { placeholder: "Name", "aria-label": "Name", required: true }),
    phone: el("input", {
      placeholder: "+6281…",
      "aria-label": "Phone",
      pattern: "\\+62\\d{9,12}",
      required: true,
    }),
    nik: el("input", { placeholder: "NIK", "aria-label": "NIK", pattern: "\\d{16}", maxlength: NIK_DIGITS }),
  };
  const form = el(
    "form",
    { on: { submit: (event) => insert(event, add) } },
    Object.values(add),
    button("Insert", (event) => insert(event, add)),
  );
  on("person", show);
  return el(
    "section",
    { class: "card", "aria-labelledby": "title-people" },
    el("h2", { id: "title-people" }, "SIM tray"),
    tray,
    el("details", { class: "more" }, el("summary", {}, "Another SIM"), form),
  );
}

export function meet(given) {
  bench.people = given.map((one) => ({
    phone: "",
    mail: "",
    nik: "",
    profession: "Perawat",
    note: "",
    ...one,
  }));
  choose(bench.people[0]);
}

export function join(person) {
  bench.people = [...bench.people.filter(({ note }) => note !== person.note), person];
  choose(person);
}

export function pick(id) {
  const found = bench.people.find((one) => one.id === id);
  if (found && found !== bench.person) choose(found);
  return found;
}

function insert(event, { name, phone, nik }) {
  event.preventDefault();
  if (!event.target.closest("form").reportValidity()) return;
  bench.people.push({
    id: phone.value,
    name: name.value.toUpperCase(),
    phone: phone.value,
    nik: nik.value,
    mail: "",
    profession: "Perawat",
    note: "your own",
  });
  choose(bench.people.at(-1));
}

function show() {
  tray.replaceChildren(
    ...bench.people.map((one, n) =>
      el(
        "li",
        {},
        button(
          [
            el(
              "span",
              { class: `face face-${n % 6}`, "aria-hidden": "true" },
              one.name
                .split(" ")
                .map((word) => word[0])
                .slice(0, 2)
                .join(""),
            ),
            el(
              "span",
              {},
              el("b", {}, one.label ?? one.name),
              el("small", {}, one.phone || one.mail),
              one.note ? el("small", {}, one.note) : null,
            ),
          ],
          () => choose(one),
          { class: "sim", "aria-pressed": String(one === bench.person) },
        ),
      ),
    ),
  );
}
