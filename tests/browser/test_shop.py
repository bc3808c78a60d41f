"""A stamp is bought in a real Chromium, and everything that must not work is tried.

tests/run builds the program, installs Debian's chromium and chromium-driver, and runs this. Pictures of every screen are
written to the folder that $SMILE_SCREENSHOTS names.
"""

import http.server
import os
import pathlib
import re
import threading
import unittest

from driver import ENTER, RIGHT, Browser
from standing import Standing, Visitor, pictures


# Notes each request body beside the page's own ledger, from before its first script.
NOTING = """
window.noted = [];
const real = window.fetch;
window.fetch = (address, how = {}) => {
  if (how.body !== undefined) noted.push([String(address), new TextEncoder().encode(how.body).length]);
  return real(address, how);
};
"""


class WithoutACamera(unittest.TestCase):
    """The agent's camera shows the sample clip; the page's cheats put others in its place."""

    @classmethod
    def setUpClass(cls):
        cls.standing = cls.enterClassContext(Standing("clip"))
        cls.browser = cls.enterClassContext(Browser())
        cls.browser.devtools("Page.addScriptToEvaluateOnNewDocument", source=NOTING)
        cls.visitor = Visitor(cls.browser, cls.standing, pictures())
        cls.visitor.show("01-shop")
        cls.visitor.consent()
        cls.visitor.pair()
        cls.visitor.enrol()
        cls.visitor.register()
        cls.visitor.pay()

    def test_1_the_receipt_tells_of_what_was_shown(self):
        facts = self.browser.text("#receipt-facts")
        self.assertRegex(facts, r"Pay 20\.00 EUR to \"Stamp Shop Hannover\"")
        self.assertIn("succeeded", facts)

    def test_2_every_body_that_left_is_listed_and_every_byte_of_the_answer_named(self):
        browser = self.browser
        names = browser.run("return [...document.querySelectorAll('#left-fields button')].map(b => b.firstChild.data)")
        for field in ("AAID", "FINAL_CHALLENGE_HASH", "TRANSACTION_CONTENT_HASH", "SIGNATURE"):
            self.assertIn(field, names)
        hexes = browser.run("return document.querySelector('#left-hex').textContent")
        # TAG_UAFV1_AUTH_ASSERTION, little-endian.
        self.assertTrue(hexes.startswith("0000  02 3e"), hexes[:40])
        browser.run("document.querySelectorAll('#left-fields button')[2].click()")
        self.assertTrue(browser.sees("#left-hex mark"))
        self.assertNotEqual(browser.text("#left-field"), "")
        sent = browser.run("return [...document.querySelectorAll('#left-rows .number')].map(c => Number(c.textContent))")
        noted = browser.run("return noted")
        self.assertEqual(sent, [length for _, length in noted])
        to_the_shop = ("/shop/enrolments", "/shop/orders", "/shop/uaf/get", "/shop/uaf/respond", "/shop/inspect")
        for part in (*to_the_shop, "/v1/pairings/", "/v1/operations"):
            self.assertTrue(any(part in address for address, _ in noted), f"{part} in {noted}")
        self.assertLess(max(sent), 8_000, "no picture fits into that")
        self.visitor.show("13-what-left")

    def test_3_the_cheats_are_answered_by_agent_and_server(self):
        visitor = self.visitor
        said = visitor.cheat("amount", visitor.agree)
        self.assertIn("1498", said)
        self.assertIn("requires_action", said)
        said = visitor.cheat("replay", None)
        self.assertIn("1491", said)
        said = visitor.cheat("other", self._refused_once)
        self.assertIn("not_confirmed", said)
        self.assertIn("requires_action", said)
        # Whoever turns away has not been refused, and the card must not say so.
        said = visitor.cheat("other", self._turned_away)
        self.assertIn("did not come to a verdict", said)
        self.assertNotIn("Stopped", said)
        said = visitor.cheat("stale", visitor.agree)
        self.assertIn("1491", said)
        # There is no liveness check: these two are not stopped, and the page has to say so.
        for name in ("photo", "screen"):
            said = visitor.cheat(name, visitor.agree)
            self.assertIn("Not stopped.", said)
            self.assertIn("succeeded", said)
        said = visitor.cheat("other", self._refused_once)
        self.assertIn("Stopped by your device.", said)
        visitor.show("14-cheats")

    def _refused_once(self):
        """The agent offers another try; whoever is not the owner gives up after the first."""
        self.visitor.agree(ends="#again")
        self.browser.click("#again .cancel")
        self.browser.wait("#over")

    def _turned_away(self):
        self.visitor.agents_page()
        self.browser.click("#asks .cancel")
        self.browser.wait("#over")

    def test_3b_a_request_is_taken_back(self):
        """By leaving the agent's page, by the shop's button, and by the next request after a reload."""
        browser, visitor = self.browser, self.visitor
        visitor.buy_again()
        browser.click("#amount-go")
        visitor.agents_page()
        browser.wait("#asks .primary:not([disabled])")
        visitor.back()
        browser.wait_text("#trouble", "cancelled", 30)
        browser.click("#amount-go")
        visitor.agents_page()
        browser.wait("#asks .primary:not([disabled])")
        browser.switch(visitor.shop)
        browser.click("#face-withdraw")
        browser.wait_text("#trouble", "withdrawn", 30)
        # One that the page forgot in a reload would keep the agent busy for five minutes.
        browser.click("#amount-go")
        visitor.agents_page()
        browser.wait("#asks .primary:not([disabled])")
        browser.switch(visitor.shop)
        browser.open(self.standing.shop + "/")
        visitor.wait_ready()
        browser.click("#pay")
        browser.wait("#step-amount")
        for handle in browser.windows():
            if handle != visitor.shop:
                browser.switch(handle)
                browser.shut()
        browser.switch(visitor.shop)
        visitor.pay()

    def test_3c_no_key_is_made_without_a_consent_that_was_read_in_this_page(self):
        browser, visitor = self.browser, self.visitor
        browser.run("localStorage.removeItem('smile.agent.token')")
        browser.open(self.standing.shop + "/")
        visitor.wait_ready()
        # Whoever has a key comes to the device without passing the text.
        browser.click("#pay")
        visitor.pair()
        browser.click("#register")
        browser.wait("#step-consent")
        self.assertEqual(browser.windows(), [visitor.shop], "no page of the agent's was opened")
        asked = [address for address, _ in browser.run("return noted") if "/v1/pairings" not in address]
        self.assertEqual(asked, [])
        visitor.tick_and_agree()
        browser.wait("#agent-paired")
        browser.open(self.standing.shop + "/")
        visitor.wait_ready()
        browser.click("#pay")
        browser.wait("#step-amount")
        visitor.pay()

    def test_4_the_page_speaks_chinese_and_stays_where_it_is(self):
        self.browser.click("#language-zh")
        self.browser.wait_text("#receipt-title", "已付款")
        self.assertEqual(self.browser.run("return document.documentElement.lang"), "zh-CN")
        self.visitor.show("15-chinese")
        self.browser.click("#language-en")
        self.browser.wait_text("#receipt-title", "Paid")

    def test_5_tab_arrows_and_enter_choose_and_order(self):
        browser = self.browser
        browser.click("#again")
        browser.wait("#pay")
        self._order_by_keys(browser)
        browser.wait("#step-amount")
        focus = browser.run("return document.activeElement.id")
        self.assertEqual(focus, "amount-title", "a screen reader begins at the step's heading")
        self.assertIn("1.45 EUR", browser.text("#amount-text"))

    def _order_by_keys(self, browser):
        browser.tab_to("input[name=item]:checked")
        browser.press(RIGHT, RIGHT)
        self.assertEqual(browser.text("#total"), "€1.45")
        browser.tab_to("#pay")
        browser.press(ENTER)

    def test_6_a_page_of_another_origin_gets_nothing_from_the_agent(self):
        browser = self.browser
        since = len(self.standing.lines)
        with foreign_page() as origin:
            browser.call("POST", "/window/new", {"type": "tab"})
            browser.switch(browser.windows()[-1])
            browser.open(origin)
            answers = browser.run_async(
                """
                const [agent, done] = arguments;
                const tried = [];
                for (const [method, path] of [["GET", "/.well-known/smile-agent"], ["POST", "/v1/pairings"]]) {
                  try { tried.push((await fetch(agent + path, {method})).status); } catch { tried.push("blocked"); }
                }
                // What needs no permission to be sent must have no effect either.
                await fetch(agent + "/v1/pairings", {method: "POST", mode: "no-cors"}).catch(() => {});
                const socket = new WebSocket(agent.replace("http", "ws") + "/v1/operations/op_1/events");
                socket.onopen = () => done([...tried, "open"]);
                socket.onerror = () => done([...tried, "blocked"]);
                """.replace("const [agent, done] = arguments;", "const [agent, done] = arguments; (async () => {")
                + "})();",
                self.standing.agent,
            )
            browser.shut()
            browser.switch(self.visitor.shop)
        self.assertEqual(answers, ["blocked", "blocked", "blocked"])
        # The shop's own page, from the same browser, is answered.
        self.assertEqual(
            browser.run_async(
                "fetch(arguments[0] + '/.well-known/smile-agent').then(a => arguments[1](a.status))",
                self.standing.agent,
            ),
            200,
        )
        # A pairing shows a code, as it did when the visitor paired: nobody has begun one.
        self.assertEqual([line for line in self.standing.lines[since:] if "the code is" in line], [])

    def test_7_the_provider_sees_the_payments_and_revokes_the_key(self):
        browser, visitor = self.browser, self.visitor
        user = browser.run_async("fetch('/shop/me').then(a => a.json()).then(me => arguments[0](me.user))")
        browser.call("POST", "/window/new", {"type": "tab"})
        dashboard = browser.windows()[-1]
        browser.switch(dashboard)
        browser.open(self.standing.dashboard)
        visitor.wait_ready()
        visitor.show("20-dashboard-key")
        browser.type("#key-value", "sk_test_of_nobody")
        browser.click("#key-form button")
        browser.wait_text("#trouble", "401")
        browser.type("#key-value", self.standing.key)
        browser.click("#key-form button")
        browser.wait("#payments-rows tr")
        self.assertEqual(browser.run("return document.querySelector('#key-value').value"), "")
        statuses = browser.run("return [...document.querySelectorAll('#payments-rows .badge')].map(b => b.textContent)")
        self.assertIn("succeeded", statuses)
        browser.run(
            "[...document.querySelectorAll('#payments-rows tr')].find(r => r.textContent.includes('succeeded'))"
            ".querySelector('button').click()"
        )
        browser.wait("#payment-receipt")
        visitor.show("21-dashboard-payment")
        # The first refund's answer is lost on its way back. Trying again asks for the same refund, not for another.
        browser.run(
            """
            window.keys = [];
            const real = window.fetch;
            window.fetch = async (address, how) => {
              const answer = await real(address, how);
              if (address !== "/v1/refunds") return answer;
              keys.push(how.headers["Idempotency-Key"]);
              if (keys.length === 1) throw new TypeError("lost on its way");
              return answer;
            };
            """
        )
        browser.type("#refund-amount", "500")
        for ends in ("lost on its way", "Done."):
            browser.click("#refund-form button")
            browser.wait_text("#sure-text", "€5.00")
            browser.click("#sure-yes")
            browser.wait_text("#trouble" if ends.startswith("lost") else "#payment-state", ends)
        first, second = browser.run("return keys")
        self.assertEqual(first, second)
        self.assertIn('"amount_refunded": 500', browser.run("return document.querySelector('#payment-raw').textContent"))
        # What waits for a signature can be cancelled; leaving the question changes nothing.
        browser.run(
            "[...document.querySelectorAll('#payments-rows tr')].find(r => r.textContent.includes('20.00') && "
            "r.textContent.includes('requires_action')).querySelector('button').click()"
        )
        browser.wait("#payment-cancel")
        browser.click("#payment-cancel")
        browser.wait("#sure[open]")
        browser.click("#sure button[value=no]")
        browser.wait_text("#payment-amount", "requires_action")
        browser.click("#payment-cancel")
        browser.wait("#sure[open]")
        browser.click("#sure-yes")
        browser.wait_text("#payment-amount", "canceled")
        browser.click("#tab-devices")
        browser.type("#user", user)
        browser.click("#user-form button")
        browser.wait("#devices-list li")
        visitor.show("22-dashboard-devices")
        browser.click("#devices-list button.danger")
        browser.wait("#sure[open]")
        self.assertIn("last key", browser.text("#sure-text"))
        visitor.show("23-dashboard-sure")
        browser.click("#sure-yes")
        browser.wait("#message")
        self.assertIn("Dereg", browser.text("#message-text"))
        visitor.show("24-dashboard-revoked")
        self._forgets(browser)
        browser.shut()
        browser.switch(visitor.shop)
        # The amount of the fifth test still waits: the key can sign it no more.
        browser.click("#amount-go")
        browser.wait("#trouble", 60)
        self.assertRegex(browser.text("#trouble"), r"\b1404\b")
        visitor.show("25-revoked")

    def _forgets(self, browser):
        """Nothing that the key opened stays in the page, and nothing that it asked for comes in later."""
        browser.click("#tab-payments")
        for place in ("#payment-raw", "#payment-facts", "#message-text", "#payments-rows"):
            self.assertNotEqual(browser.run(f"return document.querySelector('{place}').textContent"), "", place)
        browser.run(
            """
            window.arrived = 0;
            const real = window.fetch;
            window.fetch = async (address, how) => {
              const answer = await real(address, how);
              await new Promise((go) => setTimeout(go, 1000));
              arrived += 1;
              return answer;
            };
            """
        )
        browser.click("#payments-again")
        browser.click("#key-forget")
        browser.until(lambda: browser.run("return arrived") == 1, "the late answer")
        browser.until(lambda: not browser.run("return document.querySelector('#payments-again').disabled"), "its end")
        for place in ("#payment-raw", "#payment-facts", "#message-text", "#payments-rows", "#trouble"):
            self.assertEqual(browser.run(f"return document.querySelector('{place}').textContent"), "", place)

    def test_8_nothing_was_blocked_and_no_script_failed(self):
        blocked = re.compile("Content Security Policy|Uncaught|TypeError|ReferenceError")
        self.assertEqual([line for line in self.browser.log() if blocked.search(line)], [])


    def test_9_the_keyboard_alone_buys_a_stamp(self):
        with Browser() as browser:
            visitor = Visitor(browser, self.standing, None)
            self._order_by_keys(browser)
            browser.wait("#consent-text p")
            browser.tab_to("#consent-read")
            browser.press(" ")
            browser.tab_to("#consent-agree")
            browser.press(ENTER)
            browser.wait("#agent-unpaired")
            since = len(self.standing.lines)
            browser.tab_to("#pair-begin")
            browser.press(ENTER)
            browser.wait("#pair-code")
            code = self.standing.told(r"the code is (\d{3} \d{3})", since, 10).replace(" ", "")
            browser.tab_to("#pair-code")
            browser.press(*code, ENTER)
            browser.wait("#agent-paired")
            browser.tab_to("#register")
            self._agree_by_keys(browser, visitor)
            browser.wait("#step-amount", 30)
            browser.tab_to("#amount-go")
            self._agree_by_keys(browser, visitor)
            browser.wait("#step-receipt", 30)
            self.assertIn("1.45 EUR", browser.text("#receipt-facts"))

    def _agree_by_keys(self, browser, visitor):
        browser.press(ENTER)
        visitor.agents_page()
        browser.wait("#asks .primary:not([disabled])")
        browser.tab_to("#asks .primary")
        browser.press(ENTER)
        browser.wait("#done", 60)
        visitor.back()

    def test_9b_a_tick_goes_with_its_text_and_a_blocked_window_leaves_a_link(self):
        with Browser() as browser:
            visitor = Visitor(browser, self.standing, None)
            browser.run("window.open = () => null")
            browser.click("#pay")
            browser.wait("#consent-text p")
            browser.click("#consent-read")
            browser.wait("#consent-agree:not([disabled])")
            browser.click("#language-zh")
            browser.wait_text("#consent-text", "摄像头")
            self.assertFalse(browser.run("return document.querySelector('#consent-read').checked"))
            self.assertTrue(browser.run("return document.querySelector('#consent-agree').disabled"))
            browser.click("#language-en")
            browser.wait_text("#consent-text", "camera")
            visitor.tick_and_agree()
            visitor.pair()
            for button, link, ends in (
                ("#register", "#register-page", "#step-amount"),
                ("#amount-go", "#face-page", "#step-receipt"),
                ("[data-cheat=amount] button", "#cheat-amount-said a", "#cheat-amount-said .verdict"),
            ):
                browser.click(button)
                browser.click(link)
                visitor.agree()
                visitor.back()
                browser.wait(ends, 30)
            self.assertIn("1498", browser.text("#cheat-amount-said"))
            self.assertIn("Stopped", browser.text("#cheat-amount-said"))

    def test_9c_no_form_carries_the_secret_key_into_an_address(self):
        with Browser() as browser:
            browser.open(self.standing.dashboard)
            browser.until(lambda: browser.run("return document.documentElement.dataset.ready") == "yes", "the script")
            browser.type("#key-value", self.standing.key)
            # As if no script had listened, and somebody had given the field a name.
            browser.run("document.querySelector('#key-value').name = 'key'")
            browser.run("document.querySelector('#key-form').submit()")
            browser.until(lambda: any("form-action" in line for line in browser.log()), "the policy's refusal")
            self.assertEqual(browser.url(), self.standing.dashboard)


class ThroughTheBrowsersCamera(unittest.TestCase):
    """The agent looks through the browser's camera, which is a file."""

    def setUp(self):
        shared = os.environ.get("SMILE_SHARED")
        if not shared or not pathlib.Path(shared, "videos").is_dir():
            self.skipTest("no $SMILE_SHARED with videos")
        self.videos = pathlib.Path(shared, "videos")
        self.standing = self.enterContext(Standing("page"))

    def browser_before(self, clip, *arguments):
        return Browser(arguments=arguments, camera=self.videos / clip)

    def test_the_owner_pays_and_another_person_does_not(self):
        with self.browser_before("e1_carphone_x3.mjpeg") as browser:
            visitor = Visitor(browser, self.standing, None)
            visitor.consent()
            visitor.pair()
            visitor.enrol()
            visitor.register()
            self.assertIn("20.00 EUR", visitor.pay())
        with self.browser_before("e2_smile_x3.mjpeg") as browser:
            visitor = Visitor(browser, self.standing, None)
            visitor.consent()
            visitor.pair()
            # The face on the device is the owner's; a key is not made for anybody else.
            browser.click("#register")
            visitor.agree(ends="#again")
            browser.click("#again .cancel")
            visitor.back()
            browser.wait_text("#trouble", "not_confirmed", 30)

    def test_local_network_access_is_asked_for_and_then_granted(self):
        port = self.standing.shop.rsplit(":", 1)[1]
        public = f"--ip-address-space-overrides=127.0.0.1:{port}=public,[::1]:{port}=public"
        with Browser(arguments=[public]) as browser:
            visitor = Visitor(browser, self.standing, None)
            browser.devtools("Browser.setPermission", permission={"name": "local-network-access"}, setting="denied")
            browser.devtools("Browser.setPermission", permission={"name": "loopback-network"}, setting="denied")
            visitor.consent()
            browser.wait_text("#agent-state", "local network access")
            visitor.pictures = pictures()
            visitor.show("16-local-network-blocked")
            visitor.pictures = None
            for name in ("local-network-access", "loopback-network"):
                browser.devtools("Browser.setPermission", permission={"name": name}, setting="granted")
            browser.click("#agent-again")
            browser.wait("#agent-unpaired")


class foreign_page:
    """A page on loopback that is not the shop's, without any policy of its own."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Not the shop</title>")

        def log_message(self, *_):
            pass

    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.Page)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return f"http://localhost:{self.server.server_address[1]}/"

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
