"""The public form in a real browser, by what its pages are made of and not by their words."""

from tests.fixtures.people import name, nik

# A registration, page by page: the name of the field that is asked, and what is answered.
TICK = "tick"


def answers(n):
    return {
        "consent": TICK,
        "nik": nik(n),
        "full_name": name(n),
        "profession": "perawat",
        "phone": f"0812{n:08d}",
    }


def asked(page):
    """Return the name of the field that the page asks, "" if it asks none."""
    fields = page.locator("main input:not([type=hidden])")
    return fields.first.get_attribute("name") if fields.count() else ""


def write(page, field, answer):
    """Answer the page, and leave it at that."""
    if answer == TICK:
        page.locator(f"main [name={field}]").check()
    elif page.locator(f"main [name={field}][type=radio]").count():
        page.locator(f"main [name={field}][value={answer}]").check()
    else:
        page.locator(f"main [name={field}]").fill(answer)


def go_on(page):
    with page.expect_navigation():
        page.locator("main button.main").first.click()


def pages(page, url, n):
    """Register the nth person; yield what each page asks, before it is answered."""
    page.goto(url)
    yield "start"
    go_on(page)
    given = answers(n)
    while field := asked(page):
        yield field
        write(page, field, given.pop(field))
        go_on(page)
    yield "check"
    go_on(page)
    yield "done"


def register(page, url, n):
    """Register the nth person; return the pages in order, and the number that is told."""
    seen = list(pages(page, url, n))
    return seen, number(page)


def number(page):
    return page.locator("main .panel strong").inner_text()
