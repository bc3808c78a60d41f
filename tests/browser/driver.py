"""Chromium by the WebDriver protocol (W3C), with nothing but the standard library.

`chromium` and `chromedriver` are Debian's packages of the same version; tests/run installs both.
"""

import base64
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

# The key under which WebDriver names an element (WebDriver §11).
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PATIENCE_S = 20
# Keys without a character (WebDriver §17.4.2).
TAB, ENTER, RIGHT = "\ue004", "\ue007", "\ue014"


class Failed(Exception):
    """What WebDriver said no to."""


class Browser:
    """One Chromium with a profile of its own. Ends with `with`."""

    def __init__(self, arguments=(), size=(1280, 900), camera=None, language="en-GB"):
        self.profile = tempfile.mkdtemp(prefix="smile-browser-")
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.base = f"http://127.0.0.1:{self._port()}"
        flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            # Nothing moves while it is looked at or clicked on.
            "--force-prefers-reduced-motion",
            "--disable-quic",
            "--no-first-run",
            "--no-proxy-server",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            f"--user-data-dir={self.profile}",
            f"--window-size={size[0]},{size[1]}",
            f"--lang={language}",
            *arguments,
        ]
        if camera is not None:
            # A file in place of the camera, and the question for it answered with yes.
            flags += [
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={camera}",
            ]
        wanted = {
            "capabilities": {
                "alwaysMatch": {
                    "browserName": "chrome",
                    "goog:chromeOptions": {
                        "binary": shutil.which("chromium"),
                        "args": flags,
                        "prefs": {"intl.accept_languages": language},
                    },
                    "goog:loggingPrefs": {"browser": "ALL"},
                }
            }
        }
        self.session = None
        self.session = self._call("POST", "/session", wanted)["sessionId"]

    def _port(self):
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                return int(line.rstrip(". \n").rsplit(" ", 1)[1])
        raise Failed("chromedriver did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the browser, also after a failure."""
        try:
            if self.session is not None:
                self._call("DELETE", f"/session/{self.session}")
        finally:
            self.driver.terminate()
            self.driver.wait(PATIENCE_S)
            self.driver.stdout.close()
            shutil.rmtree(self.profile, ignore_errors=True)

    def _call(self, method, path, body=None):
        data = None if method in ("GET", "DELETE") else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.base + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            said = json.load(error)["value"]
            raise Failed(f"{said['error']}: {said['message'].splitlines()[0]}") from None

    def call(self, method, path, body=None):
        return self._call(method, f"/session/{self.session}{path}", body)

    # ---- pages ---------------------------------------------------------------------------------------------------

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def url(self):
        return self.call("GET", "/url")

    def windows(self):
        return self.call("GET", "/window/handles")

    def window(self):
        return self.call("GET", "/window")

    def switch(self, handle):
        self.call("POST", "/window", {"handle": handle})

    def shut(self):
        """Closes the window; another one has to be switched to."""
        self.call("DELETE", "/window")

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        """A script whose last argument is called with the result."""
        return self.call("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def log(self):
        """What the console said since the last call."""
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"})]

    # ---- elements ------------------------------------------------------------------------------------------------

    def find(self, css):
        return self.call("POST", "/element", {"using": "css selector", "value": css})[ELEMENT]

    def sees(self, css):
        """Whether such an element is there and can be seen."""
        try:
            return self.call("GET", f"/element/{self.find(css)}/displayed")
        except Failed:
            return False

    def text(self, css):
        return self.call("GET", f"/element/{self.find(css)}/text")

    def click(self, css):
        self.wait(css)
        element = self.find(css)
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", {ELEMENT: element})
        self.call("POST", f"/element/{element}/click")

    def type(self, css, text):
        self.wait(css)
        element = self.find(css)
        self.call("POST", f"/element/{element}/clear")
        self.call("POST", f"/element/{element}/value", {"text": text})

    def press(self, *keys):
        """Keys, one after the other, by their WebDriver code points, wherever the focus is."""
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]})

    def tab_to(self, css, most=80):
        """Presses Tab until the focus is on such an element."""
        for _ in range(most):
            if self.run("return document.activeElement.matches(arguments[0])", css):
                return
            self.press(TAB)
        raise AssertionError(f"{most} times Tab do not lead to {css} at {self.url()}")

    def wait(self, css, patience_s=PATIENCE_S):
        """Until such an element can be seen."""
        self.until(lambda: self.sees(css), css, patience_s)

    def wait_text(self, css, part, patience_s=PATIENCE_S):
        """Until the element's text holds `part`; the whole text."""
        self.until(lambda: self.sees(css) and part in self.text(css), f"{part!r} in {css}", patience_s)
        return self.text(css)

    def until(self, condition, what, patience_s=PATIENCE_S):
        end = time.monotonic() + patience_s
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"waited {patience_s} s for {what} at {self.url()}; console: {self.log()}")
            time.sleep(0.1)

    # ---- pictures ------------------------------------------------------------------------------------------------

    def resize(self, width, height):
        """The size of the page, not of the window: narrow phones are narrower than any window."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def scheme(self, name):
        """`light` or `dark`."""
        features = [{"name": "prefers-color-scheme", "value": name}]
        self.devtools("Emulation.setEmulatedMedia", features=features)

    def whole_page(self, path):
        """A picture of the page from top to bottom."""
        taken = self.devtools("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(taken["data"]))
