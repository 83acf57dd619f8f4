// A shift without network: what is noted waits in this browser, and is sent once when it can be.
// The list itself is not stored: it stays on the open page. What waits names nobody, only numbers.
"use strict";

const QUEUE = "satupintu.day";
const RETRY_MS = 15_000;
const note = document.getElementById("offline");
const batch = document.getElementById("batch");

const waiting = () => JSON.parse(localStorage.getItem(QUEUE) ?? "[]");
const keep = (queue) => localStorage.setItem(QUEUE, JSON.stringify(queue));

function say(words, count) {
  note.hidden = !words;
  note.textContent = words ? words.replace("{count}", count) : "";
}

function mark(fields, words) {
  const row = document.querySelector(`[data-number="${CSS.escape(fields.number ?? "")}"] [data-came]`);
  if (row) row.textContent = words;
}

// Sends one; true if it was settled: noted now or before, or refused for good.
async function send(fields) {
  const csrf = document.querySelector("input[name=csrf]").value;
  const body = new URLSearchParams({ ...fields, csrf });
  const answer = await fetch(fields.action, { method: "POST", body, redirect: "manual" });
  if (answer.type === "opaqueredirect") return "sent";
  if ([404, 409, 422].includes(answer.status)) return "refused";
  return answer.status === 401 || answer.status === 403 ? "signedOut" : "later";
}

let sending = false;
async function flush() {
  if (sending) return;
  sending = true;
  try {
    for (let queue = waiting(); queue.length; queue = waiting()) {
      const [first] = queue;
      const outcome = await send(first);
      if (outcome === "later" || outcome === "signedOut") {
        say(note.dataset[outcome === "later" ? "waiting" : "signedOut"], queue.length);
        return;
      }
      keep(waiting().filter((one) => one.key !== first.key));
      if (outcome === "refused") {
        mark(first, "?");
        say(note.dataset.refused, first.number ?? first.code);
        return;
      }
      say("");
    }
  } catch {
    say(note.dataset.waiting, waiting().length);
  } finally {
    sending = false;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-offline]")) return;
  event.preventDefault();
  const { csrf, ...fields } = Object.fromEntries(new FormData(form, event.submitter));
  const given = { ...fields, key: crypto.randomUUID(), action: form.getAttribute("action") };
  if (!given.batch && batch?.value) given.batch = batch.value;
  keep([...waiting(), given]);
  mark(given, event.submitter.textContent);
  form.querySelector("[name=code]")?.select();
  flush();
});

document.querySelector("[data-print]")?.addEventListener("click", () => print());
addEventListener("online", flush);
setInterval(() => waiting().length && flush(), RETRY_MS);
addEventListener("beforeunload", (event) => waiting().length && event.preventDefault());
flush();
