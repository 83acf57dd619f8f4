// The page: a person's devices side by side, and the truth beside them.

import { controls } from "./controls.js";
import { counters } from "./counters.js";
import { button, el } from "./element.js";
import { mail } from "./mail.js";
import { meet, people } from "./people.js";
import { sms } from "./sms.js";
import { playLinked, stories } from "./stories.js";
import { proofBanner, truth } from "./truth.js";
import { ussd } from "./ussd.js";
import { web } from "./web.js";
import { whatsapp } from "./whatsapp.js";
import { api } from "./wires.js";

const DEVICES = { USSD: ussd, SMS: sms, WhatsApp: whatsapp, Web: web, Mail: mail };

function switches(devices) {
  return el(
    "div",
    { class: "switches", role: "group", "aria-label": "Devices shown" },
    Object.keys(DEVICES).map((label, n) =>
      button(
        label,
        ({ target }) => {
          devices[n].hidden = !devices[n].hidden;
          target.setAttribute("aria-pressed", String(!devices[n].hidden));
        },
        { "aria-pressed": "true" },
      ),
    ),
  );
}

async function begin() {
  const devices = Object.values(DEVICES).map((make) => make());
  const { people: found } = await api("people");
  document.querySelector(".proof-place").replaceWith(proofBanner());
  document.querySelector(".side").append(people(), await stories());
  document
    .querySelector("main")
    .append(controls(switches(devices)), el("div", { class: "devices" }, devices, counters()));
  document.querySelector(".bench").append(truth());
  meet(found);
  await playLinked();
  document.body.dataset.ready = "yes";
}

begin().catch((error) =>
  document
    .querySelector("main")
    .append(el("p", { class: "failed", role: "alert" }, `The simulator cannot start: ${error.message}`)),
);
