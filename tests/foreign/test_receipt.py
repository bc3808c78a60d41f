"""receipt.py accepts a true receipt and refuses the same receipt with one flaw: a verifier that cannot say no proves nothing."""
import base64
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cbor2  # noqa: E402
from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: E402

import receipt  # noqa: E402

PAYLOAD = {"payment": "pi_1", "amount": 145, "currency": "EUR", "assertion_hash": b"\x01\x02"}


def coordinates(private):
    numbers = private.public_key().public_numbers()
    return numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")


def signed(private, protected=None, unprotected=None, payload=None):
    protected_bytes = cbor2.dumps({1: -7, 4: b"key-1"} if protected is None else protected)
    payload = cbor2.dumps(PAYLOAD) if payload is None else payload
    to_be_signed = cbor2.dumps(["Signature1", protected_bytes, b"", payload])
    r, s = utils.decode_dss_signature(private.sign(to_be_signed, ec.ECDSA(hashes.SHA256())))
    return [protected_bytes, unprotected or {}, payload, r.to_bytes(32, "big") + s.to_bytes(32, "big")]


class Receipts(unittest.TestCase):
    def setUp(self):
        self.private = ec.generate_private_key(ec.SECP256R1())
        x, y = coordinates(self.private)
        self.cose_key = {1: 2, 2: b"key-1", 3: -7, -1: 1, -2: x, -3: y}
        text = lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")
        self.jwk = {"kty": "EC", "crv": "P-256", "kid": "key-1", "alg": "ES256", "x": text(x), "y": text(y)}
        self.keys = cbor2.dumps(self.cose_key)
        self.sign1 = signed(self.private)
        self.assertEqual(self.accepted(self.sign1), PAYLOAD)

    def accepted(self, sign1, keys=None):
        return cbor2.loads(receipt.verify(self.keys if keys is None else keys, cbor2.dumps(sign1)))

    def refused(self, rule, sign1, keys=None):
        data = sign1 if isinstance(sign1, bytes) else cbor2.dumps(sign1)
        with self.assertRaisesRegex(receipt.Refused, rule):
            receipt.verify(self.keys if keys is None else keys, data)

    def test_every_key_file_form_is_read(self):
        for keys in (
            cbor2.dumps([self.cose_key]),
            json.dumps(self.jwk).encode(),
            json.dumps({"keys": [self.jwk]}).encode(),
        ):
            self.assertEqual(self.accepted(self.sign1, keys), PAYLOAD)

    def test_a_tagged_receipt_is_read_and_another_tag_is_refused(self):
        self.assertEqual(self.accepted(cbor2.CBORTag(18, self.sign1)), PAYLOAD)
        self.refused("tag 98", cbor2.CBORTag(98, self.sign1))

    def test_a_changed_payload_header_or_signature_is_refused(self):
        protected, unprotected, payload, signature = self.sign1
        self.refused("signature is false", [protected, unprotected, payload.replace(b"EUR", b"USD"), signature])
        self.refused("signature is false", [cbor2.dumps({4: b"key-1", 1: -7}), unprotected, payload, signature])
        flipped = signature[:-1] + bytes([signature[-1] ^ 1])
        self.refused("signature is false", [protected, unprotected, payload, flipped])
        self.refused("not 64 bytes", [protected, unprotected, payload, signature[:-1]])

    def test_another_key_is_refused(self):
        x, y = coordinates(ec.generate_private_key(ec.SECP256R1()))
        self.refused("signature is false", self.sign1, cbor2.dumps({**self.cose_key, -2: x, -3: y}))
        self.refused("no key has", self.sign1, cbor2.dumps({**self.cose_key, 2: b"key-2"}))
        self.refused("not a point", self.sign1, cbor2.dumps({**self.cose_key, -2: b"\x00" * 32}))

    def test_another_algorithm_is_refused(self):
        self.refused("protected algorithm is -8", signed(self.private, {1: -8, 4: b"key-1"}))
        self.refused("protected algorithm is None", signed(self.private, {}, {1: -7}))
        self.refused("key is for algorithm -35", self.sign1, cbor2.dumps({**self.cose_key, 3: -35}))

    def test_an_unknown_critical_header_is_refused(self):
        self.assertEqual(self.accepted(signed(self.private, {1: -7, 2: [1]})), PAYLOAD)
        self.refused("critical header label 99", signed(self.private, {1: -7, 2: [99], 99: 1}))

    def test_a_label_in_both_headers_is_refused(self):
        self.refused("both headers", signed(self.private, None, {4: b"key-1"}))

    def test_a_detached_payload_is_refused(self):
        protected, unprotected, _, signature = self.sign1
        self.refused("detached", [protected, unprotected, None, signature])

    def test_trailing_and_missing_bytes_are_refused(self):
        whole = cbor2.dumps(self.sign1)
        self.refused("not one CBOR item", whole + b"\x00")
        self.refused("not one CBOR item", whole[:-1])

    def test_a_map_key_twice_is_refused(self):
        sign1 = self.sign1
        twice = bytes.fromhex("a201260126")
        self.refused("protected header is not one CBOR item", [twice, *sign1[1:]])

    def test_a_private_key_in_the_key_file_is_refused(self):
        self.refused("private key", self.sign1, cbor2.dumps({**self.cose_key, -4: b"\x01" * 32}))
        self.refused("private key", self.sign1, json.dumps({**self.jwk, "d": "AQ"}).encode())

    def test_the_payload_is_printed_as_json(self):
        printed = json.loads(receipt.payload_as_json(cbor2.dumps(PAYLOAD)))
        self.assertEqual(printed, {**PAYLOAD, "assertion_hash": "0102"})
        self.assertEqual(receipt.payload_as_json(b'{"b":1,"a":2}'), '{"a": 2, "b": 1}')


if __name__ == "__main__":
    unittest.main()
