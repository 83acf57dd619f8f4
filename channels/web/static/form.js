// Opens the page again once a phone has sent the code that it shows. Without it a button does so.
const EVERY_MS = 5000;
const TIMES_MAX = 360; // half an hour: as long as a code is valid

const headers = { "If-None-Match": document.body.dataset.said };
let times = 0;
let watch = 0;

async function look() {
  times += 1;
  if (times > TIMES_MAX) return clearInterval(watch);
  const answer = await fetch("/daftar", { headers }).catch(() => null);
  if (answer && answer.ok) location.replace("/daftar");
}

// Nobody waits before a page that is not seen; whoever comes back to it sees at once what came.
function attend() {
  clearInterval(watch);
  if (!document.hidden) watch = setInterval(look, EVERY_MS);
}

document.addEventListener("visibilitychange", () => {
  attend();
  if (!document.hidden) look();
});
attend();
