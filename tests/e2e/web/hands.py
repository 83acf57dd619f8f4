"""A page on a narrow screen, by a thumb; and by keys alone."""

TARGET_PIXELS_MIN = 44  # of what a thumb must hit; a link within a sentence is exempt
TABS_MAX = 80  # through one page

# A box and its label are one target. What shows only while it has the focus is none.
_SMALL = """least => {
    const controls = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
    const size = one => {
        const boxes = [one, ...(one.labels || [])].map(part => part.getBoundingClientRect());
        const across = Math.max(...boxes.map(box => box.right))
            - Math.min(...boxes.map(box => box.left));
        const down = Math.max(...boxes.map(box => box.bottom))
            - Math.min(...boxes.map(box => box.top));
        return [across, down];
    };
    const inSentence = one => one.tagName === 'A'
        && getComputedStyle(one).display === 'inline'
        && one.parentElement.textContent.trim() !== one.textContent.trim();
    return [...document.querySelectorAll(controls)]
        .filter(one => one.checkVisibility() && !inSentence(one) && !one.closest('.away, .skip'))
        .map(one => [one, ...size(one)])
        .filter(([, across, down]) => Math.min(across, down) < least - 0.5)
        .map(([one, across, down]) =>
            `${one.outerHTML.slice(0, 100)} ${across.toFixed()} x ${down.toFixed()}`);
}"""
_FOCUSED = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const style = getComputedStyle(one);
    const drawn = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none';
    const label = one.labels && one.labels.length ? one.labels[0].innerText : '';
    const words = label || one.innerText || one.getAttribute('aria-label') || one.name || '';
    return {
        words: words.trim(), tag: one.tagName.toLowerCase(), type: one.type || '',
        name: one.name || '', value: one.value || '', drawn: drawn || one.type === 'radio',
    };
}"""


def small_targets(page):
    """Return what a thumb cannot hit well, as element and size."""
    return page.evaluate(_SMALL, TARGET_PIXELS_MIN)


def focused(page):
    """Return what has the focus, None if nothing has."""
    return page.evaluate(_FOCUSED)


def tab_through(page):
    """Press Tab until the focus has left the page or begins anew; return what it stood on."""
    page.evaluate("document.activeElement.blur()")
    seen = []
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        now = focused(page)
        if now is None or now in seen:
            return seen
        seen.append(now)
    raise AssertionError("the focus is caught", seen[-1])


def tab_to(page, **wanted):
    """Press Tab until the focus stands on what has these marks (`name`, `words`, `type` …)."""
    for _ in range(TABS_MAX):
        now = focused(page)
        if now and all(now[mark] == value for mark, value in wanted.items()):
            return
        page.keyboard.press("Tab")
    raise AssertionError("no key leads to it", wanted)
