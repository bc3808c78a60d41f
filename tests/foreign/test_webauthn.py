"""webauthn.py accepts what python-fido2 made and refuses it with one flaw: a verifier that cannot say no proves nothing."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import webauthn  # noqa: E402

FC_PARAMS = "eyJjaGFsbGVuZ2UiOiJhYmMifQ"


class Structures(unittest.TestCase):
    def setUp(self):
        self.entry = {"fcParams": FC_PARAMS, **webauthn.make(FC_PARAMS)}
        self.assertEqual(webauthn.judge(self.entry)["attestation"], "SELF")

    def refused(self, rule, **flaw):
        with self.assertRaisesRegex(webauthn.Refused, rule):
            webauthn.judge({**self.entry, **flaw})

    def flipped(self, member, at):
        raw = bytearray(webauthn.decoded(self.entry[member]))
        raw[at] ^= 1
        return {member: webauthn.encoded(bytes(raw))}

    def test_signatures_are_over_fc_params_as_transmitted(self):
        self.refused("InvalidSignature", fcParams=FC_PARAMS + "A")

    def test_a_changed_counter_is_refused_in_either(self):
        data = webauthn.AttestationObject(webauthn.decoded(self.entry["attestationObject"])).auth_data
        raw = webauthn.decoded(self.entry["attestationObject"])
        self.refused("InvalidSignature", **self.flipped("attestationObject", raw.index(bytes(data)) + 36))
        raw = webauthn.decoded(self.entry["assertion"])
        self.refused("InvalidSignature", **self.flipped("assertion", raw.index(bytes(data)[:32]) + 36))

    def test_another_passkey_did_not_answer(self):
        self.refused("InvalidSignature", assertion=webauthn.make(FC_PARAMS)["assertion"])


if __name__ == "__main__":
    unittest.main()
