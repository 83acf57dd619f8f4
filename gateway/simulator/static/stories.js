// The stories as buttons, all from the server's one list: first the page's own, then the tests'.

import { button, el } from "./element.js";
import { told } from "./playing.js";
import { play } from "./scenes.js";
import { api } from "./wires.js";

let found = { stories: [], cast: {}, answers: [] };

export async function stories() {
  found = await api("stories");
  const plays = found.stories.map((one) => ({ ...one, scenes: one.scenes.filter((scene) => scene.plays) }));
  const [own, tests] = [plays.filter(isOwn), plays.filter((one) => !isOwn(one) && one.scenes.length)];
  return el(
    "section",
    { class: "card", "aria-labelledby": "title-stories" },
    el("h2", { id: "title-stories" }, "Stories", el("small", {}, "one click plays it")),
    told,
    el(
      "ol",
      { class: "stories" },
      own.map((one) => el("li", {}, whole(one))),
    ),
    tests.length ? el("details", { class: "more" }, el("summary", {}, "Stories of the tests"), tests.map(byScene)) : "",
  );
}

// One of our own is played as a whole; one of the tests by its scenes, each at one door.
const isOwn = ({ scenes }) => scenes[0]?.door === "";

function whole({ name, title, about, scenes: [scene] }) {
  return button([el("b", {}, title), el("small", {}, about)], () => play(title, scene, found), {
    class: "story",
    id: `story-${name}`,
  });
}

function byScene({ name, title, scenes }) {
  const each = scenes.map((scene, n) =>
    button([scene.door, scene.title].filter(Boolean).join(": "), () => play(title, scene, found), {
      class: "tiny",
      id: `story-${name}-${n + 1}`,
    }),
  );
  return el("div", { class: "scenes" }, el("b", {}, title), each);
}

// `/try?story=doors` plays it at once; of a story with scenes the first, or `cut-off-2`.
export async function playLinked() {
  const id = new URLSearchParams(location.search).get("story");
  const linked = ["", "-1"].map((more) => document.getElementById(`story-${id}${more}`));
  linked.find(Boolean)?.click();
}
