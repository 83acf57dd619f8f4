// The page that shows a code looks whether it has come: less and less often, for half an hour.
"use strict";
(function () {
  const ENDS = Date.now() + 1800000;
  const shown = document.currentScript.dataset.said;
  let pause = 3000;
  async function look() {
    try {
      const head = await fetch("/daftar", { method: "HEAD", cache: "no-store" });
      const said = head.headers.get("etag");
      if (said && said !== shown) { location.replace("/daftar"); return; }
    } catch (_) { /* no network now: look later */ }
    pause = Math.min(pause * 1.2, 15000);
    if (Date.now() < ENDS) { setTimeout(look, pause); }
  }
  setTimeout(look, pause);
})();
