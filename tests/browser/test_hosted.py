"""The hosted page in a real Chromium: a payer approves, declines, comes late, comes with a wrong link, and without an agent.

Run by tests/run. Pictures of every screen are written to the folder that $SMILE_SCREENSHOTS names.
"""

import json
import re
import unittest

from driver import ENTER, Browser
from hosted import HostedPage, Provider, Shop
from standing import Standing, Visitor, pictures

# What a page says of a payment whose state cannot be had from this demonstration: the server's answer is changed on its
# way to the page, and nothing else.
TOLD = """
const real = window.fetch;
window.fetch = async (address, how) => {
  const answer = await real(address, how);
  const told = sessionStorage.getItem("told");
  if (told === null || !String(address).includes("/v1/payment_intents/")) return answer;
  return new Response(JSON.stringify({...await answer.json(), ...JSON.parse(told)}), {status: answer.status});
};
"""


class Hosted(unittest.TestCase):
    """The agent's camera shows the sample clip; its owner has enrolled in the shop."""

    @classmethod
    def setUpClass(cls):
        cls.standing = cls.enterClassContext(Standing("clip"))
        cls.browser = cls.enterClassContext(Browser())
        cls.visitor = Visitor(cls.browser, cls.standing, None)
        cls.visitor.consent()
        cls.visitor.pair()
        cls.visitor.enrol()
        cls.visitor.register()
        me = "fetch('/shop/me').then(a => a.json()).then(me => arguments[0](me.user))"
        cls.user = cls.browser.run_async(me)
        cls.visitor.pictures = pictures()
        cls.provider = Provider(cls.standing)
        cls.page = HostedPage(cls.visitor)

    def payment(self, **members):
        return self.provider.payment(self.user, **members)

    def test_1_a_stamp_is_paid_on_the_providers_page_and_the_shop_is_returned_to(self):
        browser, page = self.browser, self.page
        order = browser.text("#amount-payment")
        self.visitor.show("09-amount")
        link = browser.run("return document.querySelector('#amount-hosted').href")
        secret = link.split("#")[1]
        browser.click("#amount-hosted")
        self.visitor.wait_ready()
        browser.wait("#bill")
        self.assertTrue(browser.url().startswith(self.provider.url + "/pay/pi_"), browser.url())
        self._nothing_holds(secret)
        page.reach_the_agent()
        page.pair()
        self.visitor.show("33-pay-ready")
        self.assertIn("20.00 EUR", page.approve("34-agent-pay"))
        page.ends("Paid")
        self.visitor.show("35-pay-paid")
        facts = browser.text("#ending-facts")
        self.assertIn("Pay 20.00 EUR to \"Stamp Shop Hannover\"", facts)
        self.assertIn(order, facts)
        self._nothing_holds(secret)
        browser.click("#return-go")
        browser.wait("#step-receipt")
        self.assertEqual(browser.url(), self.standing.shop + "/")
        self.assertIn(f'for order "{order}"', browser.text("#receipt-facts"))

    def _nothing_holds(self, secret):
        """No address of this page, of its past, or of anything that it loaded has the secret; nor has what it keeps."""
        held = self.browser.run(
            "return JSON.stringify([location.href, document.referrer, history.state, {...localStorage}, "
            "{...sessionStorage}, document.documentElement.outerHTML, "
            "performance.getEntriesByType('resource').map(e => e.name)])"
        )
        self.assertNotIn(secret.split("_secret_")[1], held)

    def test_2_the_payer_says_no_and_the_shop_is_told_nothing_more_than_that(self):
        browser, page = self.browser, self.page
        with Shop() as shop:
            payment = self.payment(return_url=shop.url)
            page.open(payment)
            page.reach_the_agent()
            browser.wait("#device-ready")
            browser.click("#decline")
            browser.wait("#sure[open]")
            self.visitor.show("36-pay-sure")
            browser.click("#sure button[value=no]")
            self.assertEqual(self.provider.read(payment)["status"], "requires_action")
            browser.click("#decline")
            browser.wait("#sure[open]")
            browser.click("#sure-yes")
            page.ends("You said no")
            self.visitor.show("37-pay-declined")
            read = self.provider.read(payment)
            self.assertEqual((read["status"], read["decline_code"]), ("failed", "declined_by_payer"))
            browser.click("#return-go")
            browser.wait("#back")
            told = f"/done?order=A-17&payment_intent={payment['id']}&status=failed"
            self.assertEqual([asked for asked in shop.asked if "/done" in asked[0]], [(told, None)])

    def test_3_the_page_goes_back_by_itself(self):
        with Shop() as shop:
            payment = self.payment(return_url=shop.url)
            self.page.open(payment)
            self.page.reach_the_agent()
            self.browser.wait("#device-ready")
            self.page.approve()
            self.browser.wait("#return-soon", 30)
            self.visitor.show("35-pay-goes-back")
            self.browser.wait("#back", 15)
            self.assertIn(f"&payment_intent={payment['id']}&status=succeeded", self.browser.url())

    def test_4_a_wrong_link_opens_nothing_and_says_why(self):
        browser, page = self.browser, self.page
        payment, other = self.payment(), self.payment()
        own, others = payment["client_secret"], other["client_secret"]
        tampered = own[:-1] + ("A" if own[-1] != "A" else "B")
        for secret, why in (
            ("", "after # is missing"),
            ("#" + others, "is not this payment's"),
            ("#" + own.split("_secret_")[0], "is not this payment's"),
            ("#" + tampered, "does not accept"),
        ):
            page.open(payment, secret)
            browser.wait_text("#wrong-why", why)
            self.assertFalse(browser.sees("#bill"))
            self.assertNotIn("#", browser.url())
        self.visitor.show("38-pay-wrong-link")
        page.open(payment)
        browser.wait("#bill")
        # A reload has forgotten the secret.
        browser.open(browser.url())
        self.visitor.wait_ready()
        browser.wait_text("#wrong-why", "after # is missing")

    def test_5_what_goes_wrong_at_the_device_is_said_and_can_be_tried_again(self):
        browser, page = self.browser, self.page
        payment = self.payment()
        page.open(payment)
        page.reach_the_agent()
        browser.click("#approve")
        self.visitor.agents_page()
        browser.wait("#asks .primary:not([disabled])")
        browser.switch(self.visitor.shop)
        self.visitor.show("39-pay-waits")
        browser.click("#face-withdraw")
        browser.wait_text("#trouble", "Taken back.", 30)
        self.visitor.show("40-pay-taken-back")
        self._close_others()
        browser.click("#approve")
        self.visitor.agents_page()
        browser.click("#asks .cancel")
        browser.wait("#over")
        self.visitor.back()
        browser.wait_text("#trouble", "You cancelled on your device.", 30)
        # A window that was kept from opening leaves a link.
        browser.run("window.open = () => null")
        browser.click("#approve")
        browser.click("#face-page")
        self.visitor.agree()
        self.visitor.back()
        page.ends("Paid")
        self.assertEqual(self.provider.read(payment)["status"], "succeeded")

    def _close_others(self):
        for handle in self.browser.windows():
            if handle != self.visitor.shop:
                self.browser.switch(handle)
                self.browser.shut()
        self.browser.switch(self.visitor.shop)

    def test_6_the_keyboard_alone_approves(self):
        browser, page = self.browser, self.page
        page.open(self.payment())
        browser.wait("#bill")
        self.assertEqual(browser.run("return document.activeElement.id"), "bill-title", "a screen reader begins here")
        page.reach_the_agent()
        browser.wait("#device-ready")
        browser.tab_to("#approve")
        browser.press(ENTER)
        self.visitor.agents_page()
        browser.wait("#asks .primary:not([disabled])")
        browser.tab_to("#asks .primary")
        browser.press(ENTER)
        browser.wait("#done", 60)
        self.visitor.back()
        page.ends("Paid")
        self.assertEqual(browser.run("return document.activeElement.id"), "ending-title")

    def test_7_every_state_has_words_of_its_own(self):
        browser, page = self.browser, self.page
        payment = self.payment(return_url="https://shop.example/")
        self.provider.cancel(payment)
        page.open(payment)
        page.ends("The shop called it off")
        self.visitor.show("41-pay-canceled")
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", source=TOLD)
        seen = set()
        told = [{"status": status} for status in ("requires_confirmation", "processing", "expired")]
        codes = ("rejected_by_provider", "insufficient_funds", "do_not_honour", "account_closed", "limit_exceeded")
        told += [{"status": "failed", "decline_code": code} for code in (*codes, "processor_declined")]
        for change in told:
            browser.run("sessionStorage.setItem('told', arguments[0])", json.dumps(change))
            browser.open(payment["next_action"]["url"].split("#")[0] + "?again#" + payment["client_secret"])
            self.visitor.wait_ready()
            browser.wait("#ending")
            seen.add(browser.text("#ending-title") + browser.text("#ending-lead"))
            if change.get("decline_code") in (None, "insufficient_funds"):
                self.visitor.show(f"42-pay-{change['status']}")
        browser.run("sessionStorage.clear()")
        self.assertEqual(len(seen), len(told), seen)
        self.assertFalse([text for text in seen if "undefined" in text])

    def test_8_the_page_speaks_chinese(self):
        browser, page = self.browser, self.page
        payment = self.payment()
        page.open(payment)
        browser.click("#language-zh")
        browser.wait_text("#bill-title", "您将付款给")
        if browser.sees("#device-ask"):
            browser.click("#device-look")
        browser.wait("#device-ready")
        self.assertEqual(browser.run("return document.documentElement.lang"), "zh-CN")
        self.visitor.show("43-pay-chinese")
        page.approve()
        page.ends("已付款")
        self.visitor.show("44-pay-paid-chinese")
        page.open(payment, "")
        browser.wait_text("#wrong-title", "此链接无法打开付款")
        self.visitor.show("45-pay-wrong-link-chinese")
        browser.click("#language-en")

    def test_8b_no_agent_is_said_with_what_to_do(self):
        port = self.standing.agent.rsplit(":", 1)[1].rstrip("/")
        with Browser(arguments=[f"--host-resolver-rules=MAP 127.0.0.1:{port} 127.0.0.1:1"]) as browser:
            visitor = Visitor(browser, self.standing, pictures())
            page = HostedPage(visitor)
            page.open(self.payment())
            page.reach_the_agent()
            browser.wait("#device-absent")
            self.assertIn(f"--allow-origin {self.provider.url}", browser.text("#device-absent"))
            visitor.show("46-pay-no-agent")
            browser.click("#device-again")
            browser.wait_text("#device-state", "No agent answers")
            browser.click("#language-zh")
            browser.wait_text("#device-state", "没有代理程序应答")
            visitor.show("47-pay-no-agent-chinese")

    def test_8c_local_network_access_is_explained_blocked_and_granted(self):
        port = self.provider.url.rsplit(":", 1)[1]
        with Browser(arguments=[f"--ip-address-space-overrides=127.0.0.1:{port}=public"]) as browser:
            visitor = Visitor(browser, self.standing, None)
            page = HostedPage(visitor)
            names = ("local-network-access", "loopback-network")
            for name in names:
                browser.devtools("Browser.setPermission", permission={"name": name}, setting="prompt")
            page.open(self.payment())
            browser.wait("#device-ask")
            for name in names:
                browser.devtools("Browser.setPermission", permission={"name": name}, setting="denied")
            browser.click("#device-look")
            browser.wait("#device-blocked")
            visitor.pictures = pictures()
            visitor.show("48-pay-blocked")
            visitor.pictures = None
            for name in names:
                browser.devtools("Browser.setPermission", permission={"name": name}, setting="granted")
            browser.click("#device-unblocked")
            browser.wait("#device-unpaired")

    def test_8d_without_script_the_page_says_so(self):
        with Browser() as browser:
            browser.devtools("Emulation.setScriptExecutionDisabled", value=True)
            browser.open(self.payment()["next_action"]["url"])
            read = browser.devtools("Accessibility.getFullAXTree")["nodes"]
            texts = [node.get("name", {}).get("value", "") for node in read]
            self.assertTrue(any("needs JavaScript" in text for text in texts), texts)

    def test_8e_nothing_was_blocked_and_no_script_failed(self):
        blocked = re.compile("Content Security Policy|Uncaught|TypeError|ReferenceError")
        self.assertEqual([line for line in self.browser.log() if blocked.search(line)], [])

    def test_9_a_payment_that_came_too_late(self):
        """Last, because it moves the server's clock."""
        browser, page = self.browser, self.page
        payment = self.payment(expires_in_s=60)
        page.open(payment)
        browser.wait("#bill")
        self._advance(120)
        # The server's clock decides, not the page's.
        if browser.sees("#device-ask"):
            browser.click("#device-look")
        browser.click("#approve")
        page.ends("The time is over")
        self.visitor.show("49-pay-expired")
        self._close_others()
        self._advance(3600)
        page.open(payment)
        browser.wait_text("#wrong-why", "more than an hour ago")

    def _advance(self, seconds):
        """Moves the server's clock, as the shop's stage may."""
        handle = self.browser.window()
        self.browser.call("POST", "/window/new", {"type": "tab"})
        self.browser.switch(self.browser.windows()[-1])
        self.browser.open(self.standing.shop + "/")
        status = self.browser.run_async(
            "fetch('/shop/stage', {method: 'POST', headers: {'Content-Type': 'application/json'}, "
            "body: JSON.stringify({advance_clock_s: arguments[0]})}).then(a => arguments[1](a.status))",
            seconds,
        )
        self.assertEqual(status, 200)
        self.browser.shut()
        self.browser.switch(handle)


if __name__ == "__main__":
    unittest.main(verbosity=2)
