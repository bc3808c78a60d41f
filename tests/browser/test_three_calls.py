"""docs/integrate.md as its reader follows it: each block of the page runs in a shell, and the page is opened in Chromium.

Nothing but the three values that the guide tells its reader to put in, and the ports, is changed.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from driver import Browser
from hosted import HostedPage
from standing import ROOT, Standing, Visitor

GUIDE = ROOT / "docs/integrate.md"


def blocks(kind):
    """The code blocks of the guide, in order, with the heading that each stands under."""
    heading, found, inside = "", [], None
    for line in GUIDE.read_text().splitlines():
        if inside is not None:
            if line == "```":
                found.append((heading, inside[0], "\n".join(inside[1])))
                inside = None
            else:
                inside[1].append(line)
        elif line.startswith("```"):
            inside = (line[3:], [])
        elif line.startswith("## "):
            heading = line[3:]
    return [(heading, text) for heading, name, text in found if name == kind]


class ThreeCalls(unittest.TestCase):
    def setUp(self):
        if shutil.which("curl") is None:
            self.skipTest("no curl")
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="smile-three-calls-")))
        # The guide's reader stands in a checkout.
        (self.folder / "tests").symlink_to(ROOT / "tests")
        self.standing = self.enterContext(Standing("clip"))
        self.browser = self.enterContext(Browser())
        self.visitor = Visitor(self.browser, self.standing, None)
        self.script = ""

    def shell(self, heading):
        """Runs the blocks under a heading in the shell that ran those before; what they printed."""
        texts = [text for where, text in blocks("sh") if where == heading]
        self.assertTrue(texts, f"{heading} has a block")
        # A block's variables are the next one's: earlier blocks are not run again, only what they set.
        sets = [line for line in self.script.splitlines() if re.match(r"[A-Z]+=", line)]
        now = "\n".join(map(self.filled_in, texts))
        self.script += now + "\n"
        return self.run_in_bash("\n".join([*sets, now]))

    def run_in_bash(self, text):
        environment = dict(os.environ, NO_PROXY="*")
        python = environment.get("SMILE_PYTHON")
        if python:
            environment["PATH"] = f"{pathlib.Path(python).parent}:{environment['PATH']}"
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env=environment,
            text=True,
            capture_output=True,
            timeout=60,
        )
        self.assertEqual(ran.returncode, 0, f"{text}\n{ran.stdout}{ran.stderr}")
        return ran.stdout

    def filled_in(self, text):
        """The block with this run's ports, and with what the reader is told to put in."""
        text = text.replace("http://127.0.0.1:8080", self.server).replace("http://localhost:8787", self.standing.shop)
        return text.replace("sk_test_your_key", self.standing.key).replace("your_user_name", self.user)

    def test_a_reader_of_the_guide_takes_a_payment(self):
        browser, visitor = self.browser, self.visitor
        self.server = self.standing.dashboard.removesuffix("/dashboard/")
        visitor.consent()
        visitor.pair()
        visitor.enrol()
        visitor.register()
        browser.open(self.standing.shop + "/shop/me")
        self.user = re.search(r'"user":"([^"]+)"', browser.text("body")).group(1)

        self.shell("Before you begin")
        self.shell("1. Make the payment")
        page = self.shell("Open the page").strip()
        self.assertRegex(page, r"^http://127\.0\.0\.1:\d+/pay/pi_[0-9a-f]{32}#pi_[0-9a-f]{32}_secret_")
        self.assertIn('"status":"requires_action"', self.shell("2. Read the payment"))

        # The browser is led there, as by a redirect.
        browser.open(page)
        visitor.wait_ready()
        hosted = HostedPage(visitor)
        hosted.reach_the_agent()
        hosted.pair()
        self.assertIn('Pay 1.45 EUR to "Stamp Shop Hannover" for order "A-17"', hosted.approve())
        hosted.ends("Paid")
        browser.click("#return-go")
        browser.until(lambda: browser.url().startswith(self.standing.shop), "the way back")
        self.assertRegex(browser.url(), r"\?payment_intent=pi_[0-9a-f]{32}&status=succeeded$")

        self.assertIn('"status":"succeeded"', self.shell("2. Read the payment"))
        self.shell("3. Fetch the receipt")
        self.assertGreater((self.folder / "receipt.cose").stat().st_size, 500)
        if not os.environ.get("SMILE_PYTHON"):
            self.skipTest("no virtual environment to check the receipt in; the three calls were made")
        self.assertIn("A-17", self.shell("Check the receipt"))
        self.in_javascript()

    def in_javascript(self):
        if shutil.which("node") is None:
            self.skipTest("no node; the three calls were made")
        self.shell("The same in JavaScript")
        (script,) = [text for _, text in blocks("js")]
        (self.folder / "read.mjs").write_text(script)
        sets = "\n".join(line for line in self.script.splitlines() if re.match(r"(URL|KEY|PAYMENT)=", line))
        told = self.run_in_bash(f"{sets}\nexport URL KEY PAYMENT\nnode read.mjs")
        self.assertRegex(told, r"^succeeded \d{3,}$")


if __name__ == "__main__":
    unittest.main(verbosity=2)
