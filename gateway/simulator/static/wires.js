// The providers' wires, as the network uses them: nothing here knows a side door.

import { bench, tell } from "./bench.js";
import { pause } from "./element.js";

const LATE_MS = 4000;
const RECORDED = new Set(["clock", "faults", "people", "browser"]);
const signed = new Map(); // paths that want a signature, once they have said so

// What the network does to the next message; "" for nothing.
export const network = { next: "" };

export const newId = (bytes = 16) =>
  [...crypto.getRandomValues(new Uint8Array(bytes))].map((one) => one.toString(16).padStart(2, "0")).join("");

export async function api(path, body) {
  const given =
    body === undefined
      ? {}
      : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(`/try/api/${path}`, given);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${(await answer.text()).slice(0, 200)}`);
  const isJson = (answer.headers.get("content-type") ?? "").includes("json");
  const said = await (isJson ? answer.json() : answer.text());
  if (body && RECORDED.has(path))
    tell("did", { path, body: JSON.stringify(made(path, body, said)), type: JSON_TYPE, at: Date.now() });
  return said;
}

// Chance made somebody up; who it was is recorded.
const made = (path, body, { nik, name, profession }) =>
  path === "people" ? { nik, name, profession, listed: body.listed ?? true } : body;

// Sends one message on a wire; returns { status, text }, status 0 where no answer came.
export async function send(door, path, body, type) {
  const fault = network.next;
  network.next = "";
  tell("sent", {
    door,
    path,
    body: String(body),
    type,
    fault,
    at: Date.now(),
    phone: bench.person?.phone ?? "",
  });
  const once = () => ask(path, String(body), type);
  let answer;
  if (fault === "late") await pause(LATE_MS);
  if (fault === "together") [answer] = await Promise.all([once(), once()]);
  else answer = await once();
  if (fault === "twice") {
    const again = await once();
    tell(
      "note",
      again.text === answer.text
        ? "Delivered twice: the same answer, byte for byte."
        : "Delivered twice: the answers differ.",
    );
  }
  if (fault === "lost") answer = { status: 0, text: "" };
  tell("answered", { door, ...answer });
  return answer;
}

async function ask(path, body, type) {
  const headers = { "content-type": type };
  try {
    let answer = await fetch(await target(path, body, headers), { method: "POST", headers, body });
    if (answer.status === 403 && !signed.has(path)) {
      signed.set(path, true);
      answer = await fetch(await target(path, body, headers), { method: "POST", headers, body });
    }
    return { status: answer.status, text: await answer.text() };
  } catch {
    return { status: 0, text: "" };
  }
}

// Adds the signature where a secret is set; returns the address, which may hold a key.
async function target(path, body, headers) {
  if (!signed.has(path)) return path;
  const { headers: more = {}, query = "" } = await api("sign", { path, body });
  Object.assign(headers, more);
  return query ? `${path}?${query}` : path;
}

export const FORM = "application/x-www-form-urlencoded";
export const JSON_TYPE = "application/json";
export const form = (fields) => new URLSearchParams(fields);

// Hands a letter over; the server itself speaks SMTP to the gateway's port.
export async function sendLetter(sender, raw) {
  const body = typeof raw === "string" ? raw : new TextDecoder("latin1").decode(raw);
  tell("sent", {
    door: "mail",
    path: "smtp",
    body,
    type: "message/rfc822",
    fault: "",
    at: Date.now(),
    sender,
  });
  let answer = { status: 0, text: "no answer" };
  try {
    const said = await fetch("/try/api/mail", {
      method: "POST",
      headers: { "content-type": "message/rfc822" },
      body: raw,
    });
    const told = await said.json();
    answer = { status: told.code ?? said.status, text: told.answer ?? told.detail ?? "" };
  } catch {
    tell("note", "The mail server does not answer; a real one would try again.");
  }
  tell("answered", { door: "mail", ...answer });
  return answer;
}
