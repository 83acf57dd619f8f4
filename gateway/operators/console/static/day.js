// A shift without network: what is noted waits in this browser, and is sent once when it can be.
// The list itself is not stored: it stays on the open page. What waits names nobody, only numbers.
"use strict";

const QUEUE = "satupintu.day";
const RETRY_MS = 15_000;
const note = document.getElementById("offline");
const batch = document.getElementById("batch");
const scan = document.querySelector("[data-scan]");
const camera = document.querySelector("[data-camera]");
const SCAN_MS = 200;
const SCANS_MAX = 300; // a minute; then the camera closes

const waiting = () => JSON.parse(localStorage.getItem(QUEUE) ?? "[]");
const keep = (queue) => localStorage.setItem(QUEUE, JSON.stringify(queue));

function say(words, count) {
  note.hidden = !words;
  note.textContent = words ? words.replace("{count}", count) : "";
}

// A ticket's code says the number after its first colon.
function mark(fields, words) {
  const number = fields.number ?? fields.code?.split(":")[1] ?? "";
  const row = document.querySelector(`[data-number="${CSS.escape(number)}"] [data-came]`);
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

// The camera reads a ticket where the browser can, which needs https; elsewhere codes are typed.
async function offerScan() {
  if (!scan || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  scan.hidden = !(await BarcodeDetector.getSupportedFormats()).includes("qr_code");
}

function closeCamera() {
  for (const track of camera.srcObject?.getTracks() ?? []) track.stop();
  camera.srcObject = null;
  camera.hidden = true;
  scan.setAttribute("aria-pressed", "false");
}

// Returns the first code that fits the field, or "" if the camera closes before.
async function readTicket(charactersMax) {
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  for (let scans = 0; camera.srcObject && scans < SCANS_MAX; scans++) {
    const found = await detector.detect(camera);
    const code = found.find((one) => one.rawValue.length <= charactersMax);
    if (code) return code.rawValue;
    await new Promise((done) => setTimeout(done, SCAN_MS));
  }
  return "";
}

async function scanTicket() {
  const field = document.querySelector("[data-offline] [name=code]");
  scan.setAttribute("aria-pressed", "true");
  try {
    camera.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    camera.hidden = false;
    await camera.play();
    const code = camera.srcObject ? await readTicket(field.maxLength) : "";
    if (code) {
      field.value = code;
      field.form.requestSubmit(field.form.querySelector("button"));
    }
  } catch {
    if (scan.ariaPressed === "true") say(note.dataset.noCamera, 0);
  } finally {
    closeCamera();
  }
}

scan?.addEventListener("click", () => (camera.srcObject ? closeCamera() : scanTicket()));
document.addEventListener("visibilitychange", () => document.hidden && camera && closeCamera());
offerScan();

document.querySelector("[data-print]")?.addEventListener("click", () => print());
addEventListener("online", flush);
setInterval(() => waiting().length && flush(), RETRY_MS);
addEventListener("beforeunload", (event) => waiting().length && event.preventDefault());
flush();
