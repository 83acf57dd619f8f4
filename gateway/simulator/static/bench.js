// What all parts of the page share: who holds the phones, what was said, and what the server tells.

const KEPT = "satupintu-try";
const KEPT_MAX = 200; // messages of one thread

const heard = new EventTarget();
export const bench = { person: null, people: [], truth: null, threads: read() };

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

export function on(event, act) {
  heard.addEventListener(event, ({ detail }) => act(detail));
}

export function tell(event, detail) {
  heard.dispatchEvent(new CustomEvent(event, { detail }));
}

// The messages of a thread, such as `sms:+62812…`; it outlives a reload of the page.
export function thread(name) {
  return (bench.threads[name] ??= []);
}

export function keep(name) {
  bench.threads[name] = thread(name).slice(-KEPT_MAX);
  sessionStorage.setItem(KEPT, JSON.stringify(bench.threads));
}

export function forget() {
  bench.threads = {};
  sessionStorage.removeItem(KEPT);
  tell("person", bench.person);
}

export function choose(person) {
  bench.person = person;
  tell("person", person);
}

// Times as people here say them.
const ZONE = "Asia/Jakarta";
export const clockTime = (at) =>
  new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: ZONE });
export const clockDay = (at) =>
  new Date(at).toLocaleDateString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: ZONE,
  });

// The gateway's time now: what it told last, and what has passed since.
export function now() {
  const { ahead_ms: ahead = 0 } = bench.truth ?? {};
  return new Date(Date.now() + ahead);
}

const NEVER_SENT = new Set(["queued", "withdrawn", "opted_out", "withheld"]);

// Whether a message of the outbox has left us: no phone shows another one.
export const hasLeft = ({ status, why }) => !NEVER_SENT.has(status) && why !== "too_late";
