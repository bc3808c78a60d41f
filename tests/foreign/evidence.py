#!/usr/bin/env python3
"""Checks that a receipt's own evidence says what the receipt says.

usage: evidence.py KEYS RECEIPT     (as for receipt.py, which verifies the server's signature first)

The device signed the hash of the text that the buyer read (UAF section 3.5.7.5, TAG_TRANSACTION_CONTENT_HASH) and
the hash of the final challenge parameters (TAG_FINAL_CHALLENGE_HASH). Both are recomputed here from the text and the
parameters in the receipt, and read back from the signed assertion, whose signature is verified with the device's
public key that the receipt carries (UAF section 3.5.7.5, TAG_SIGNATURE). That the key was the buyer's is the server's
word: only its registration shows it. Ends with 0, or with 1 and the rule that was broken.
"""
import hashlib
import struct
import sys

import receipt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

TAG_AUTHENTICATION_ASSERTION, TAG_SIGNED_DATA = 0x3E02, 0x3E04
TAG_SIGNATURE = 0x2E06
# FIDO Registry of Predefined Values section 3.6.1: ECDSA on secp256r1 with SHA-256, as r and s or in DER.
ALG_SIGN_SECP256R1_RAW, ALG_SIGN_SECP256R1_DER = 1, 2
TAG_FINAL_CHALLENGE_HASH, TAG_AAID, TAG_TRANSACTION_CONTENT_HASH = 0x2E0A, 0x2E0B, 0x2E10


def tlv(data):
    """Tag to value of one level of TLV: two bytes of tag, two of length, both with the low byte first."""
    values, at = {}, 0
    while at < len(data):
        if len(data) - at < 4:
            raise receipt.Refused("the assertion ends inside a tag")
        tag, length = struct.unpack_from("<HH", data, at)
        value = data[at + 4 : at + 4 + length]
        if len(value) < length or tag in values:
            raise receipt.Refused(f"tag {tag:#06x} of the assertion is cut off or stands twice")
        values[tag] = value
        at += 4 + length
    return values


def verify_device(evidence, signed, signature):
    """Raises Refused unless the key in the evidence signed the bytes."""
    algorithm = evidence["algorithm"]
    if algorithm == ALG_SIGN_SECP256R1_RAW:
        if len(signature) != 64:
            raise receipt.Refused("the device's signature is not 64 bytes")
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        signature = utils.encode_dss_signature(r, s)
    elif algorithm != ALG_SIGN_SECP256R1_DER:
        raise receipt.Refused(f"the device's algorithm is {algorithm}; this script verifies 1 and 2")
    ((_, x, y),) = receipt.read_keys(evidence["public_key"])
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x + y)
        public.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise receipt.Refused("the device's signature is false") from None
    except ValueError as error:
        raise receipt.Refused(f"the device's key is not a point of P-256: {error}") from error


def check(facts):
    """Raises Refused where the receipt's facts and its evidence differ."""
    evidence = facts["authorisation"]
    assertion = tlv(tlv(evidence["assertion"]).get(TAG_AUTHENTICATION_ASSERTION, b""))
    signed_value = assertion.get(TAG_SIGNED_DATA, b"")
    signed = tlv(signed_value)
    text_hash = hashlib.sha256(facts["transaction_text"].encode("ascii")).digest()
    challenge_hash = hashlib.sha256(evidence["fc_params"].encode("ascii")).digest()
    for what, tag, expected, told in (
        ("the text that was shown", TAG_TRANSACTION_CONTENT_HASH, text_hash, evidence["transaction_content_hash"]),
        ("the final challenge", TAG_FINAL_CHALLENGE_HASH, challenge_hash, evidence["final_challenge_hash"]),
        ("the authenticator's model", TAG_AAID, evidence["aaid"].encode("ascii"), evidence["aaid"].encode("ascii")),
    ):
        if not signed.get(tag) == expected == told:
            raise receipt.Refused(f"{what} is not what the device signed")
    # The signature covers the signed data with its tag and length.
    signed_bytes = struct.pack("<HH", TAG_SIGNED_DATA, len(signed_value)) + signed_value
    verify_device(evidence, signed_bytes, assertion.get(TAG_SIGNATURE, b""))
    amount = facts["amount"]["minor_units"]
    if f"{amount // 100}.{amount % 100:02}" not in facts["transaction_text"]:
        raise receipt.Refused("the text does not show the amount")
    return f"{facts['transaction_text']}: {facts['status']}"


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with open(arguments[0], "rb") as keys, open(arguments[1], "rb") as signed:
            print(check(receipt.payload_value(receipt.verify(keys.read(), signed.read()))))
    except receipt.Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
