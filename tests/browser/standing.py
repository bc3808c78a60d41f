"""Server, agent and shop as `--serve` leaves them standing, and the pages of all three in a browser."""

import os
import pathlib
import re
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/release/smile-quickstart"
# The story comes first: networks are loaded, a stamp is bought and five cheats are refused.
PATIENCE_S = 240


class Standing:
    """The program with ports that the system chose. Ends with `with`."""

    def __init__(self, camera):
        self.lines = []
        self.process = subprocess.Popen(
            [PROGRAM, "--serve", "--camera", camera, "--port=0", "--agent-port=0", "--shop-port=0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        try:
            self.shop = self.told(r"the stamp shop +(http://\S+)")
            self.agent = self.told(r"the agent's own page +(http://\S+)")
            self.dashboard = self.told(r"the provider's page +(http://\S+)")
            self.key = self.told(r"its secret key +(\S+)")
        except BaseException:
            self.close()
            raise

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def told(self, pattern, since=0, patience_s=PATIENCE_S):
        """What the program printed, as soon as it did."""
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            for line in self.lines[since:]:
                found = re.search(pattern, line)
                if found:
                    return found.group(1)
            if self.process.poll() is not None and not self.reader.is_alive():
                break
            time.sleep(0.1)
        raise AssertionError(f"{pattern} was not printed:\n" + "\n".join(self.lines))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.terminate()
        self.process.wait(60)
        self.reader.join(60)
        self.process.stdout.close()


class Visitor:
    """Somebody at the shop, with the agent's pages in windows of their own."""

    def __init__(self, browser, standing, pictures):
        self.browser = browser
        self.standing = standing
        self.pictures = pictures
        browser.open(standing.shop + "/")
        self.wait_ready()
        self.shop = browser.window()

    def wait_ready(self):
        ready = "return document.documentElement.dataset.ready"
        self.browser.until(lambda: self.browser.run(ready) == "yes", "the page's script")

    def show(self, name):
        """A picture of the screen at both widths, in both lights, where a folder for them was named."""
        if self.pictures is None:
            return
        for width, height in ((1280, 900), (390, 844)):
            self.browser.resize(width, height)
            self.browser.run("scrollTo({top: 0, behavior: 'instant'})")
            self.browser.whole_page(self.pictures / f"{name}-{width}.png")
            wide = self.browser.run("return document.documentElement.scrollWidth")
            assert wide <= width, f"{name}: {wide} px do not fit into {width}"
        self.browser.scheme("dark")
        self.browser.whole_page(self.pictures / f"{name}-dark-390.png")
        self.browser.scheme("light")
        self.browser.resize(1280, 900)

    def agents_page(self):
        """Switches to the window that the agent's page has just been opened in."""

        def is_there():
            others = [handle for handle in self.browser.windows() if handle != self.shop]
            if not others:
                return False
            self.browser.switch(others[-1])
            return self.browser.url().startswith(self.standing.agent)

        self.browser.until(is_there, "the agent's page")

    def back(self):
        """Closes the agent's page and goes back to the shop's."""
        self.browser.shut()
        self.browser.switch(self.shop)

    # ---- the line ------------------------------------------------------------------------------------------------

    def consent(self):
        self.browser.click("#pay")
        self.browser.wait("#consent-text p")
        self.show("02-consent")
        self.tick_and_agree()

    def tick_and_agree(self):
        # The text comes from the shop; a tick that came before it would go with the text before.
        self.browser.until(lambda: self.browser.text("#consent-hash") != "", "the text and its hash")
        self.browser.click("#consent-read")
        self.browser.click("#consent-agree:not([disabled])")

    def pair(self):
        self.browser.wait("#agent-unpaired")
        self.show("03-agent-found")
        since = len(self.standing.lines)
        self.browser.click("#pair-begin")
        code = self.standing.told(r"the code is (\d{3} \d{3})", since, 10).replace(" ", "")
        self.browser.type("#pair-code", "000000" if code != "000000" else "111111")
        self.browser.click("#pair-form button")
        self.browser.wait_text("#trouble", "pairing_code_wrong")
        self.show("04-wrong-code")
        self.browser.type("#pair-code", code)
        self.browser.click("#pair-form button")
        self.browser.wait("#agent-paired")
        self.show("05-paired")

    def enrol(self):
        self.browser.click("#enrol-page")
        self.agents_page()
        self.browser.wait("#consent .primary:not([disabled])")
        self.show("06-agent-enrolment")
        self.browser.click("#consent .primary")
        self.browser.wait("#done", 60)
        self.show("07-agent-enrolled")
        self.back()

    def register(self):
        self.browser.click("#register")
        self.agree("08-agent-register")
        self.back()
        self.browser.wait("#step-amount", 30)

    def agree(self, name=None, ends="#done"):
        """Confirms on the agent's page and waits for its end; the text that was shown."""
        self.agents_page()
        # Its button waits a moment, so that nobody agrees with a click that was meant for the page before.
        self.browser.wait("#asks .primary:not([disabled])")
        text = self.browser.run("return document.querySelector('#asks .statement').textContent")
        if name:
            self.show(name)
        self.browser.click("#asks .primary")
        self.browser.wait(ends, 60)
        return text

    def pay(self):
        """From the amount to the receipt; the text that the agent showed."""
        expected = self.browser.text("#amount-text")
        self.show("09-amount")
        self.browser.click("#amount-go")
        text = self.agree("10-agent-pay")
        assert text == expected, f"{text!r} was shown, {expected!r} expected"
        self.show("11-agent-paid")
        self.back()
        self.browser.wait("#step-receipt", 30)
        self.show("12-receipt")
        return text

    def buy_again(self):
        self.browser.click("#again")
        self.browser.click("#pay")
        self.browser.wait("#step-amount")

    def cheat(self, name, on_agents_page):
        """Presses a cheat's button; what the card says in the end."""
        card = f"[data-cheat={name}]"
        self.browser.click(f"{card} button")
        if on_agents_page is not None:
            on_agents_page()
            self.back()
        self.browser.wait(f"{card} .verdict", 60)
        return self.browser.text(f"{card} .said")


def pictures():
    """The folder that $SMILE_SCREENSHOTS names, or none."""
    named = os.environ.get("SMILE_SCREENSHOTS")
    return pathlib.Path(named) if named else None
