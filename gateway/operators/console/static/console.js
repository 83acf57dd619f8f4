// Comfort only: every page works without it. Keys for those who decide all day, and live figures.
"use strict";

const rows = () => [...document.querySelectorAll("[data-row]")];
const typing = (target) => target.closest("input:not([type=radio], [type=checkbox]), textarea, select");

function move(step) {
  const all = rows();
  const at = all.findIndex((row) => row.classList.contains("here"));
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  if (!next) return;
  all.forEach((row) => row.classList.toggle("here", row === next));
  (next.querySelector("a") ?? next).focus();
  next.scrollIntoView({ block: "nearest" });
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  u: () => document.querySelector("[data-key=u]")?.click(),
  "/": () => document.querySelector("[data-key='/']")?.focus(),
  "?": () => document.querySelector("[data-key='?']")?.click(),
};

function choose(digit) {
  const choice = document.querySelector(`[data-key="${digit}"]`);
  if (!choice) return false;
  choice.focus();
  choice.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (/^[1-8]$/.test(event.key) && choose(event.key)) event.preventDefault();
  else if (Object.hasOwn(keys, event.key)) {
    event.preventDefault();
    keys[event.key]();
  }
});

// The server sends one event and says when to come again; a figure is replaced where it stands.
const live = document.querySelector("[data-live]");
if (live && "EventSource" in window) {
  const source = new EventSource(live.dataset.live);
  source.addEventListener("figures", (event) => {
    for (const [name, text] of Object.entries(JSON.parse(event.data))) {
      const figure = document.querySelector(`[data-figure="${CSS.escape(name)}"]`);
      if (figure && figure.textContent !== text) figure.textContent = text;
    }
  });
}
