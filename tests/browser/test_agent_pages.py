"""The agent's own pages in a browser: their titles, what they say of the camera, and when a button agrees.

The files are served as they lie in the repository, and the agent at the other end of the WebSocket is played: what the
agent says and does is tested elsewhere.
"""

import http.server
import json
import pathlib
import threading
import time
import unittest

import driver

PAGES = pathlib.Path(__file__).resolve().parents[2] / "authenticator/agent/src/pages"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
# How long a button that agrees waits.
ARMING_S = 0.7

# In place of the agent: keeps what the page says, and says what the test wants.
PLAYED = """
window.said = [];
window.WebSocket = class extends EventTarget {
  static OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  constructor(url) {
    super();
    window.line = this;
    setTimeout(() => this.dispatchEvent(new Event("open")));
  }
  send(text) { window.said.push(text); }
  close() {}
  hear(message) { this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) })); }
};
"""


class Files(http.server.BaseHTTPRequestHandler):
    """The pages' addresses as the agent has them."""

    def do_GET(self):
        path = self.path.split("?")[0]
        names = {"/": "home.html", "/pairings": "pairings.html", "/enrol": "enrol.html"}
        name = names.get(path) or ("operation.html" if path.startswith("/operations/") else path.rsplit("/", 1)[-1])
        answers = {
            "/status": {"busy": False, "waiting": None, "version": "0", "allowed_origins": [], "aaid": "FFFF#5301",
                        "enrolled": True, "keys": 0, "locked_for_ms": 0},
            "/pairings/list": {"pending": [], "paired": [], "locked": []},
        }
        if path in answers:
            return self.answer("application/json", json.dumps(answers[path]).encode())
        if path.startswith("/consent/"):
            return self.answer("application/json", json.dumps({"language": "en", "text": "Text", "sha256": "00"}).encode())
        file = PAGES / name
        if not file.is_file():
            return self.send_error(404)
        return self.answer(TYPES[file.suffix], file.read_bytes())

    def answer(self, media_type, body):
        self.send_response(200)
        self.send_header("Content-Type", f"{media_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class AgentPages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
        cls.url = f"http://127.0.0.1:{cls.server.server_port}"
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)
        cls.browser = driver.Browser()
        cls.addClassCleanup(cls.browser.close)
        cls.browser.devtools("Page.addScriptToEvaluateOnNewDocument", source=PLAYED)
        # A browser without a screen has no window in front.
        cls.browser.devtools("Emulation.setFocusEmulationEnabled", enabled=True)

    def speak(self, language):
        self.browser.run("localStorage.setItem('smile-language', arguments[0])", language)
        self.browser.open(self.browser.url())

    def asked(self, language="en", **message):
        """The page of an operation, with its question."""
        browser = self.browser
        browser.open(f"{self.url}/operations/op_1")
        browser.run("localStorage.setItem('smile-language', arguments[0])", language)
        # Another address first: a change of the fragment alone loads nothing.
        browser.open(f"{self.url}/pairings")
        browser.open(f"{self.url}/operations/op_1#nonce")
        browser.until(lambda: browser.run("return (window.said ?? []).length") == 1, "the opening")
        question = {"type": "asks", "kind": "pay", "caller": "https://shop.example", "username": None,
                    "text": "Pay 1.00 EUR", "camera": "page", **message}
        browser.run("line.hear(arguments[0])", question)
        browser.wait("#asks")

    def armed(self):
        return not self.browser.run("return document.querySelector('#asks .primary').disabled")

    def test_each_page_has_its_title_in_both_languages(self):
        titles = {
            "/": ("Smile on this device", "本设备上的 Smile"),
            "/pairings": ("Pairings – Smile", "配对 – Smile"),
            "/enrol": ("Set up your face – Smile", "录入面容 – Smile"),
            "/operations/op_1": ("Confirm – Smile", "确认 – Smile"),
        }
        for path, (english, chinese) in titles.items():
            self.browser.open(self.url + path)
            for language, tag, title in (("en", "en", english), ("zh", "zh-Hans", chinese)):
                self.speak(language)
                self.browser.until(lambda: self.browser.run("return document.title") == title, title)
                self.assertEqual(self.browser.run("return document.documentElement.lang"), tag)

    def test_what_is_said_of_the_camera_is_where_it_is(self):
        sentences = {
            ("en", "page"): "Next the camera opens for a few seconds, here on this page.",
            ("en", "agent"): "Next the agent looks for a few seconds through a camera of its own.",
            ("zh", "page"): "接下来摄像头会在本页面上打开几秒钟。",
            ("zh", "agent"): "接下来代理程序会用它自己的摄像头看几秒钟。",
        }
        for (language, camera), sentence in sentences.items():
            self.asked(language, camera=camera)
            self.assertIn(sentence, self.browser.text("#asks .camera"))
        # Where keys are removed nobody is looked at.
        self.asked("en", kind="remove", text=None)
        self.assertFalse(self.browser.sees("#asks .camera"))

    def test_a_button_agrees_only_after_a_moment_in_front(self):
        browser = self.browser
        began = time.monotonic()
        self.asked()
        # A click of two that were meant for the page before: asked and clicked within one script.
        browser.run("line.hear({type: 'asks', kind: 'pay', caller: 'x', username: null, text: 'Pay', camera: 'page'});"
                    "document.querySelector('#asks .primary').click()")
        self.assertEqual(browser.run("return said.length"), 1, "the opening, and no consent")
        browser.until(self.armed, "the button")
        self.assertGreaterEqual(time.monotonic() - began, ARMING_S)
        # Behind another window it is off, and stays so however long that is.
        browser.run("document.hasFocus = () => false; dispatchEvent(new Event('blur'))")
        self.assertFalse(self.armed())
        time.sleep(2 * ARMING_S)
        self.assertFalse(self.armed())
        # In front again it waits again.
        browser.run("document.hasFocus = () => true; dispatchEvent(new Event('focus'))")
        self.assertFalse(self.armed())
        browser.until(self.armed, "the button")
        browser.click("#asks .primary")
        self.assertEqual(json.loads(browser.run("return said[1]")), {"type": "confirm"})

    def test_another_try_and_the_choice_of_an_account_wait_too(self):
        browser = self.browser
        off = "return [...document.querySelectorAll(arguments[0])].every((button) => button.disabled)"
        for message, buttons in (
            ({"type": "try_again", "code": "not_confirmed"}, "#again .primary"),
            ({"type": "accounts", "usernames": ["anna", "bob"]}, "#accounts .actions button"),
        ):
            self.asked()
            browser.until(self.armed, "the button")
            self.assertTrue(browser.run("line.hear(arguments[0]);" + off.replace("arguments[0]", "arguments[1]"),
                                        message, buttons))
            browser.until(lambda buttons=buttons: not browser.run(off, buttons), buttons)

    def test_no_nonce_stays_in_the_address_or_goes_out_in_one(self):
        self.asked()
        self.assertEqual(self.browser.url(), f"{self.url}/operations/op_1")
        opening = json.loads(self.browser.run("return said[0]"))
        self.assertEqual(opening, {"type": "open", "nonce": "nonce"})
        asked = self.browser.run("return performance.getEntries().map((entry) => entry.name)")
        self.assertEqual([name for name in asked if "nonce" in name.split("#")[0]], [])


if __name__ == "__main__":
    unittest.main()
