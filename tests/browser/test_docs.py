"""The readable page of the server's interface, in a real browser, and its commands in a real shell."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.request

from driver import Browser

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/schema"))

from served import KEY, configure, start  # noqa: E402

PROGRAM = os.environ.get("SMILE_RP", str(ROOT / "target/release/smile-rp"))


class TheReadablePage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="smile-docs-")
        cls.addClassCleanup(folder.cleanup)
        configure(pathlib.Path(folder.name))
        server, cls.url = start(str(pathlib.Path(PROGRAM).resolve()), pathlib.Path(folder.name))
        cls.addClassCleanup(server.stdout.close)
        cls.addClassCleanup(server.wait, 20)
        cls.addClassCleanup(server.terminate)
        with urllib.request.urlopen(f"{cls.url}/openapi.json", timeout=10) as answer:
            cls.document = json.load(answer)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        cls.operations = {
            operation["operationId"]: operation for item in cls.document["paths"].values() for operation in item.values()
        }

    def setUp(self):
        self.browser.resize(1280, 900)
        self.browser.open(f"{self.url}/docs/")
        self.browser.wait("html[data-ready=yes]")

    def test_every_operation_is_there_and_nothing_is_wider_than_the_window(self):
        shown = self.browser.run("return [...document.querySelectorAll('.operation')].map((one) => one.id)")
        self.assertEqual(sorted(shown), sorted(self.operations))
        screenshots = os.environ.get("SMILE_SCREENSHOTS")
        for width in (390, 1280):
            self.browser.resize(width, 900)
            for scheme in ("light", "dark"):
                self.browser.scheme(scheme)
                wide = self.browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
                self.assertLessEqual(wide, 0, f"{width} pixels, {scheme}")
                if screenshots:
                    self.browser.whole_page(pathlib.Path(screenshots) / f"docs-{width}-{scheme}.png")
        self.browser.scheme("light")

    def test_what_is_looked_for_is_left(self):
        self.browser.type("#find", "amount_too_large")
        left = self.browser.run("return [...document.querySelectorAll('.operation:not([hidden])')].map((one) => one.id)")
        self.assertEqual(sorted(left), ["capturePayment", "createRefund"])
        self.assertEqual(self.browser.text("#found"), "2 found")
        linked = self.browser.run(
            "return [...document.querySelectorAll('#contents li:not([hidden]) a')].map((one) => one.hash)"
        )
        self.assertEqual(sorted(linked), ["#capturePayment", "#createRefund"])

    def test_each_operation_says_what_opens_it(self):
        def needs(name):
            return self.browser.text(f"#{name} p.soft")

        keys = "Needs a secret key, or a restricted key with "
        self.assertEqual(needs("createRefund"), f"{keys}refunds:write.")
        secret = "the payment's client secret"
        readers = f"{keys}payments:read, or {secret}, or {secret} together with a publishable key."
        self.assertEqual(needs("readPayment"), readers)
        self.assertEqual(needs("readFacets"), "No key is needed.")

    def test_each_command_is_answered_as_the_page_says(self):
        commands = self.browser.run(
            "return Object.fromEntries([...document.querySelectorAll('.operation')].map((one) => "
            "[one.id, one.querySelector('pre').textContent]))"
        )
        environment = {**os.environ, "URL": self.url, "KEY": KEY}
        # The others need a name that only an answer tells.
        whole = {name: command for name, command in commands.items() if "…" not in command}
        good = 0
        for name, command in whole.items():
            asked = f"{command} --max-time 10 -o /dev/null -w '%{{http_code}}'"
            status = subprocess.run(["bash", "-c", asked], env=environment, capture_output=True, text=True).stdout
            self.assertIn(status, self.operations[name]["responses"], command)
            good += status.startswith("2")
        self.assertGreaterEqual(good, 10, whole)

    def test_nothing_was_blocked_and_no_script_failed(self):
        blocked = re.compile("Content Security Policy|Uncaught|TypeError|ReferenceError")
        self.assertEqual([line for line in self.browser.log() if blocked.search(line)], [])
        self.assertTrue(self.browser.run("return document.querySelector('#trouble').hidden"))


if __name__ == "__main__":
    unittest.main()
