"""What a page costs on the wire, and when it can be used on a poor phone's line.

Bytes are those of the responses, heads and bodies as sent, without TLS and TCP.
"""

BITS_A_SECOND, LATENCY_MS = 50_000, 400  # 2G, as it is in a village
PAGE_BYTES_MAX = 14 * 1024  # of one page with all it needs, on a first visit: ten packets of TCP
REGISTRATION_BYTES_MAX = 60 * 1024  # of all pages from the start page to the number
USABLE_SECONDS_MAX = 3.0

_DRAWN = """() => new Promise(done => requestAnimationFrame(() => {
    const [page] = performance.getEntriesByType('navigation');
    const paints = performance.getEntriesByName('first-contentful-paint');
    const drawn = paints.length ? paints[0].startTime : 0;
    done(Math.max(page.domContentLoadedEventEnd, drawn));
}))"""


class Line:
    """The line of one browser's page; `slow` makes it 2G, `cold` every visit a first one."""

    def __init__(self, page, *, slow=False, cold=False):
        self._page, self._came, self.total = page, [], 0
        self._session = page.context.new_cdp_session(page)
        self._session.send("Network.enable")
        self._session.on("Network.loadingFinished", self._note)
        self._session.send("Network.setCacheDisabled", {"cacheDisabled": cold})
        if slow:
            self._session.send(
                "Network.emulateNetworkConditions",
                {
                    "offline": False,
                    "latency": LATENCY_MS,
                    "downloadThroughput": BITS_A_SECOND / 8,
                    "uploadThroughput": BITS_A_SECOND / 8,
                },
            )

    def _note(self, event):
        self._came.append(event["encodedDataLength"])

    def take(self):
        """Return the bytes that came since this was last asked, once the page is loaded."""
        self._page.wait_for_load_state("load")
        self._session.send("Network.enable")  # what is reported before its answer has come
        came, self._came = int(sum(self._came)), []
        self.total += came
        return came


def usable_after(page):
    """Return the seconds from the last navigation until the page was drawn and could be used."""
    page.wait_for_load_state("load")
    return page.evaluate(_DRAWN) / 1_000
