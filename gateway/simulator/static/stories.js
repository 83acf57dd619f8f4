// The stories as buttons: ours of the page, and below them all those of the tests.

import { button, el } from "./element.js";
import { fill, perform, STEPS, told } from "./playing.js";
import { moreStories } from "./scenes.js";
import { STORIES } from "./story_list.js";

export function stories() {
  const items = Object.entries(STORIES).map(([id, { title, says }]) =>
    el(
      "li",
      {},
      button([el("b", {}, title), el("small", {}, says)], () => play(id), {
        class: "story",
        id: `story-${id}`,
      }),
    ),
  );
  const card = el(
    "section",
    { class: "card", "aria-labelledby": "title-stories" },
    el("h2", { id: "title-stories" }, "Stories", el("small", {}, "one click, played on the phones")),
    told,
    el("ol", { class: "stories" }, items),
  );
  moreStories().then((more) => card.append(more));
  return card;
}

// `/try?story=battery` plays it at once.
export async function playLinked() {
  const id = new URLSearchParams(location.search).get("story");
  if (id in STORIES) await play(id);
}

function play(id) {
  const { title, budget, steps } = STORIES[id];
  return perform(
    title,
    budget,
    steps.map(([verb, ...args]) => [[verb, ...args].join(" "), () => STEPS[verb](...args.map(fill))]),
  );
}
