// Opens the page again once a phone has sent the code that it shows. Without it a button does so.
const EVERY_MS = 5000;
const TIMES_MAX = 360; // half an hour: as long as a code is valid

let times = 0;
const watch = setInterval(async () => {
  times += 1;
  if (times > TIMES_MAX) clearInterval(watch);
  if (document.hidden) return;
  const answer = await fetch("/daftar").catch(() => null);
  if (!answer || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (page.body.dataset.asked !== document.body.dataset.asked) location.replace("/daftar");
}, EVERY_MS);
