// Makes elements; text is always text, never markup.

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "path", "circle", "rect", "g"]);

// `given`: attributes; `on` holds listeners, a false or null attribute is left out.
export function el(name, given = {}, ...children) {
  const made = DRAWN.has(name) ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (key === "on") for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

export function button(words, act, given = {}) {
  return el("button", { type: "button", ...given, on: { click: act } }, words);
}

// A device: its heading, and the body that it fills itself.
export function device(name, title, note, ...body) {
  return el(
    "section",
    { class: `device ${name}`, id: `device-${name}`, "aria-labelledby": `title-${name}` },
    el("h2", { id: `title-${name}` }, title, el("small", {}, note)),
    ...body,
  );
}

export function scrollDown(node) {
  node.scrollTop = node.scrollHeight;
}

export const pause = (ms) => new Promise((go) => setTimeout(go, ms));
