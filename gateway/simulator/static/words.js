// Words in which our own links open in the drawn browser.

import { el } from "./element.js";
import { visit } from "./web.js";

const LINK = /(https?:\/\/[^\s]+[^\s.,)])/;

export function withLinks(text) {
  return text.split(LINK).map((part, n) => (n % 2 ? link(part) : part));
}

function link(address) {
  const ours = address.startsWith(`${location.origin}/`);
  const open = (event) => {
    event.preventDefault();
    visit(address);
    document.getElementById("device-web").scrollIntoView({ block: "nearest" });
  };
  return el("a", { href: address, rel: "noreferrer", target: "_blank", on: ours ? { click: open } : {} }, address);
}
