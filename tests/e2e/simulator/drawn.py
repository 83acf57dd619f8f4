"""The drawn devices of `/try`, used as a person uses them: by their keys, buttons and words."""

import re

STORY_MS = 60_000


def open_simulator(page, gateway):
    """Open the page that the ready line names, and wait until it is there."""
    page.goto(re.search(r"http://\S+/try\b", gateway.said)[0])
    page.wait_for_selector("body[data-ready]")


def play(page, story):
    """Play the story with this id by its button; return what is told at its end."""
    page.locator(f"#story-{story}").evaluate("one => one.click()")  # also where it is folded away
    told = page.locator(".telling")
    told.filter(has_text="done.").or_(page.locator(".telling.bad")).wait_for(timeout=STORY_MS)
    return told.inner_text().strip()


class Phone:
    """The feature phone: every letter is a key that is pressed."""

    def __init__(self, page):
        self.page = page
        self.part = page.locator("#device-ussd")
        self.screen = self.part.locator(".lcd-text")

    def dial(self, *says):
        self.part.get_by_role("button", name="Dial *119#").click()
        self.says(*says)

    def answer(self, typed, *says):
        """Type on the keypad what it has, else by a keyboard; send; wait for the screen."""
        if typed.isdecimal():
            for digit in typed:
                self.part.locator(".key", has_text=re.compile(f"^{digit}")).click()
        else:
            self.part.locator(".lcd-input").fill(typed)
        self.part.locator("#green").click()
        self.says(*says)

    def pick(self, label, *says):
        """Answer with the number before the label on the screen."""
        words = self.screen.inner_text()
        self.answer(re.search(rf"(?m)^(\d+) {label}", words)[1], *says)

    def says(self, *words):
        for one in words:
            self.screen.filter(has_text=one).wait_for()


class Thread:
    """A thread of messages: `name` is sms or whatsapp."""

    def __init__(self, page, name):
        self.part = page.locator(f"#device-{name}")
        self.words = self.part.locator(".compose input, .compose textarea")
        self.theirs = self.part.locator(".theirs")

    def say(self, words, *answers):
        self.words.fill(words)
        self.words.press("Enter")
        self.says(*answers)

    def reply(self, words):
        """Say something, and wait for one more message, whatever it says."""
        before = self.theirs.count()
        self.say(words)
        self.theirs.nth(before).wait_for()

    def tap(self, label, *answers):
        self.theirs.last.get_by_role("button", name=label).click()
        self.says(*answers)

    def choose(self, label, *answers):
        """Open the list below the newest message and tap one of its rows."""
        self.theirs.last.locator(".tap").click()
        self.part.locator(".sheet").get_by_role("button", name=label).click()
        self.says(*answers)

    def says(self, *words):
        for one in words:
            self.theirs.filter(has_text=one).first.wait_for()

    @property
    def last(self):
        return self.theirs.last.inner_text()


def fact(page, name):
    """Return the part of the truth that is so called: record, appointment."""
    return page.locator(f".fact.{name}")


class Form:
    """The public form in the drawn browser."""

    def __init__(self, page):
        self.page = page.frame_locator("#device-web iframe")
        self.heading = self.page.locator("h1")

    def press(self):
        """Press the page's main button."""
        self.page.locator("button.main").click()

    def choose(self, label):
        self.page.get_by_role("radio", name=label).check()
        self.press()

    def asks(self, words):
        self.heading.filter(has_text=words).wait_for()

    @property
    def words(self):
        return self.page.locator("main").inner_text()
