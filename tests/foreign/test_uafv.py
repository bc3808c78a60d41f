"""The UAF verifier that judges our assertions gives the observed verdicts on public ones, and refuses a changed one.

It lies with the shared test data ($SMILE_SHARED/tools/uafv.py), since nobody on this project wrote it.
"""
import ast
import base64
import importlib.util
import json
import os
import unittest

SHARED = os.environ.get("SMILE_SHARED", "")
TOOL = os.path.join(SHARED, "tools", "uafv.py")
VECTORS = os.path.join(SHARED, "vectors", "uaf", "uaf-assertions.json")


def load_tool():
    spec = importlib.util.spec_from_file_location("uafv", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@unittest.skipUnless(os.path.isfile(TOOL) and os.path.isfile(VECTORS), "no $SMILE_SHARED")
class PublicAssertions(unittest.TestCase):
    def setUp(self):
        self.tool = load_tool()
        with open(VECTORS, encoding="utf-8") as vectors:
            self.entries = json.load(vectors)

    def test_every_public_assertion_comes_out_as_observed(self):
        self.assertEqual(len(self.entries), 8)
        for entry in self.entries:
            observed = entry["observed"]
            observed = observed if isinstance(observed, dict) else ast.literal_eval(observed)
            verdict = self.tool.check(entry)
            for member, expected in observed.items():
                self.assertEqual(verdict.get(member), expected, f"{entry['id']}: {member}")

    def test_a_changed_assertion_is_refused(self):
        entry = next(entry for entry in self.entries if self.tool.check(entry).get("sig") is True)
        raw = bytearray(self.tool.b64(entry["assertion"]))
        at = bytes(raw).index(b"#")
        raw[at + 1] ^= 1  # one digit of the AAID, which is signed
        changed = {**entry, "assertion": base64.urlsafe_b64encode(bytes(raw)).decode()}
        self.assertIs(self.tool.check(changed)["sig"], False)


if __name__ == "__main__":
    unittest.main()
