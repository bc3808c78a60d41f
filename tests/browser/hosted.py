"""The provider's back office, and the hosted page as a payer goes through it."""

import http.server
import json
import threading
import urllib.request


class Provider:
    """Calls to /v1 with the secret key, as a shop's backend makes them."""

    def __init__(self, standing):
        self.url = standing.dashboard.removesuffix("/dashboard/")
        self.key = standing.key

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/v1/{path}", data, method=method)
        request.add_header("Authorization", f"Bearer {self.key}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            return json.load(answer)

    def payment(self, user, **members):
        """A new payment of 1.45 EUR."""
        new = {"amount": 145, "currency": "EUR", "payee": "Stamp Shop Hannover", "order": "A-17", "user": user}
        return self.call("POST", "payment_intents", {**new, **members})

    def read(self, payment):
        return self.call("GET", f"payment_intents/{payment['id']}")

    def cancel(self, payment):
        return self.call("POST", f"payment_intents/{payment['id']}/cancel", {})


class HostedPage:
    """The hosted page in the visitor's window."""

    def __init__(self, visitor):
        self.visitor = visitor
        self.browser = visitor.browser
        self.standing = visitor.standing

    def open(self, payment, secret=None):
        """Opens a payment's page by the link that its creation told, or with another secret."""
        url = payment["next_action"]["url"]
        if secret is not None:
            url = url.split("#")[0] + secret
        # Another fragment alone would load nothing.
        self.browser.open("about:blank")
        self.browser.open(url)
        self.visitor.wait_ready()

    def reach_the_agent(self):
        """Past the page's question, to what it finds."""
        browser = self.browser
        reached = "#device-ask, #device-ready, #device-unpaired, #device-absent, #device-blocked"
        shown = f"return [...document.querySelectorAll('{reached}')].some(e => !e.hidden)"
        browser.until(lambda: browser.run(shown), "what the page says of the agent")
        if browser.sees("#device-ask"):
            self.visitor.show("30-pay-asks")
            browser.click("#device-look")

    def pair(self):
        browser = self.browser
        browser.wait("#device-unpaired")
        self.visitor.show("31-pay-unpaired")
        since = len(self.standing.lines)
        browser.click("#pair-begin")
        code = self.standing.told(r"the code is (\d{3} \d{3})", since, 10).replace(" ", "")
        browser.type("#pair-code", "000000" if code != "000000" else "111111")
        browser.click("#pair-form button")
        browser.wait_text("#trouble", "not the code")
        self.visitor.show("32-pay-wrong-code")
        browser.type("#pair-code", code)
        browser.click("#pair-form button")
        browser.wait("#device-ready")

    def approve(self, name=None):
        """Presses the button and agrees on the agent's page; the text that was shown there."""
        browser = self.browser
        expected = browser.text("#bill-text")
        browser.click("#approve")
        text = self.visitor.agree(name)
        assert text == expected, f"{text!r} was shown, {expected!r} expected"
        self.visitor.back()
        return text

    def ends(self, title):
        """Until the page says how it ended; it stays there."""
        self.browser.wait_text("#ending-title", title, 30)
        if self.browser.sees("#return-stay"):
            self.browser.click("#return-stay")


class Shop:
    """A shop to come back to, which notes what it is asked for."""

    def __enter__(self):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.path, self.headers.get("Referer")))
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<!doctype html><title>Back</title><p id=back>Back in the shop</p>")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = f"http://localhost:{self.server.server_address[1]}/done?order=A-17"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
