"""evidence.py accepts a receipt whose parts agree, and names the part that does not."""
import copy
import hashlib
import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cbor2  # noqa: E402
import evidence  # noqa: E402
import receipt  # noqa: E402
from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: E402

DEVICE = ec.derive_private_key(7, ec.SECP256R1())

TEXT = 'Pay 1.45 EUR to "Stamp Shop" (ref 1)'
FC_PARAMS = "eyJhcHBJRCI6IngifQ"


def sha256(text):
    return hashlib.sha256(text.encode()).digest()


def tlv(tag, value):
    return struct.pack("<HH", tag, len(value)) + value


def cose_key(private):
    numbers = private.public_key().public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})


def assertion(signed, private=DEVICE):
    data = tlv(0x3E04, signed)
    r, s = utils.decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA256())))
    return tlv(0x3E02, data + tlv(0x2E06, r.to_bytes(32, "big") + s.to_bytes(32, "big")))


def facts(private=DEVICE):
    signed = tlv(0x2E0B, b"FFFF#5301") + tlv(0x2E0A, sha256(FC_PARAMS)) + tlv(0x2E10, sha256(TEXT))
    return {
        "transaction_text": TEXT,
        "amount": {"minor_units": 145, "currency": "EUR"},
        "status": "succeeded",
        "authorisation": {
            "aaid": "FFFF#5301",
            "algorithm": 1,
            "public_key": cose_key(DEVICE),
            "assertion": assertion(signed, private),
            "fc_params": FC_PARAMS,
            "final_challenge_hash": sha256(FC_PARAMS),
            "transaction_content_hash": sha256(TEXT),
        },
    }


class Evidence(unittest.TestCase):
    def setUp(self):
        self.facts = facts()
        self.assertIn("succeeded", evidence.check(facts()))

    def refused(self, rule):
        with self.assertRaisesRegex(receipt.Refused, rule):
            evidence.check(self.facts)

    def test_another_text_is_refused(self):
        self.facts["transaction_text"] = TEXT.replace("1.45", "9.45")
        self.refused("the text that was shown")

    def test_another_text_with_its_own_hash_is_refused(self):
        self.facts["transaction_text"] = TEXT.replace("1.45", "9.45")
        self.facts["authorisation"]["transaction_content_hash"] = sha256(self.facts["transaction_text"])
        self.refused("the text that was shown")

    def test_another_amount_is_refused(self):
        self.facts["amount"]["minor_units"] = 245
        self.refused("does not show the amount")

    def test_another_challenge_is_refused(self):
        self.facts["authorisation"]["fc_params"] = FC_PARAMS + "A"
        self.refused("the final challenge")

    def test_another_model_is_refused(self):
        self.facts["authorisation"]["aaid"] = "FFFF#5302"
        self.refused("model")

    def test_another_devices_signature_is_refused(self):
        self.facts = facts(ec.derive_private_key(8, ec.SECP256R1()))
        self.refused("signature is false")

    def test_another_devices_key_is_refused(self):
        self.facts["authorisation"]["public_key"] = cose_key(ec.derive_private_key(8, ec.SECP256R1()))
        self.refused("signature is false")

    def test_an_algorithm_that_is_not_verified_is_refused(self):
        self.facts["authorisation"]["algorithm"] = 3
        self.refused("verifies 1 and 2")

    def test_a_cut_assertion_is_refused(self):
        whole = self.facts["authorisation"]["assertion"]
        for cut, rule in ((whole[:-1], "cut off"), (whole + b"\x00", "ends inside"), (whole + whole, "twice")):
            self.facts = copy.deepcopy(facts())
            self.facts["authorisation"]["assertion"] = cut
            self.refused(rule)


if __name__ == "__main__":
    unittest.main()
