#!/usr/bin/env python3
"""Verifies a receipt with code that nobody on the Rust side wrote (cbor2 and cryptography) and prints its payload.

usage: receipt.py KEYS RECEIPT

KEYS     a JWK, a JWK set (JSON), a COSE_Key or a COSE_KeySet (CBOR), with public P-256 keys
RECEIPT  a COSE_Sign1 (RFC 9052 section 4.2), tagged 18 or not, signed with ES256

Ends with 0 and the payload as JSON (byte strings as hex) if the signature is true; with 1 and the rule that was
broken if it is not; with 2 if it was called wrongly.
"""
import base64
import datetime
import io
import json
import sys

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

COSE_SIGN1_TAG = b"\xd2"  # major type 6, value 18
LABEL_ALG, LABEL_CRIT, LABEL_KID = 1, 2, 4
ES256 = -7
KEY_KTY, KEY_KID, KEY_ALG, KEY_CRV, KEY_X, KEY_Y = 1, 2, 3, -1, -2, -3
KTY_EC2, CRV_P256 = 2, 1


class Refused(Exception):
    """The receipt or the key breaks a rule; the message names it."""


def decode(data, what, allow_indefinite=False):
    """One CBOR item and nothing after it; no map key twice."""
    stream = io.BytesIO(data)
    try:
        item = cbor2.load(stream, allow_duplicate_keys=False, allow_indefinite=allow_indefinite)
    except (cbor2.CBORError, ValueError, TypeError) as error:
        raise Refused(f"{what} is not one CBOR item: {error}") from error
    if stream.tell() != len(data):
        raise Refused(f"{what} is not one CBOR item: {len(data) - stream.tell()} bytes follow")
    return item


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def jwk_point(jwk):
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise Refused(f"the key is not a P-256 JWK: kty {jwk.get('kty')}, crv {jwk.get('crv')}")
    if "d" in jwk:
        raise Refused("the key file holds a private key")
    if jwk.get("alg", "ES256") != "ES256":
        raise Refused(f"the key is for {jwk['alg']}, not for ES256")
    kid = jwk["kid"].encode() if "kid" in jwk else None
    return kid, from_base64url(jwk["x"]), from_base64url(jwk["y"])


def cose_point(key):
    if not isinstance(key, dict) or key.get(KEY_KTY) != KTY_EC2 or key.get(KEY_CRV) != CRV_P256:
        raise Refused("the key is not a P-256 COSE_Key")
    if -4 in key:
        raise Refused("the key file holds a private key")
    if key.get(KEY_ALG, ES256) != ES256:
        raise Refused(f"the key is for algorithm {key[KEY_ALG]}, not for ES256")
    return key.get(KEY_KID), key[KEY_X], key[KEY_Y]


def read_keys(data):
    """The public keys of a key file as (key id or None, x, y)."""
    if data.lstrip()[:1] in (b"{", b"["):
        parsed = json.loads(data)
        listed = parsed.get("keys", [parsed]) if isinstance(parsed, dict) else parsed
        points = [jwk_point(jwk) for jwk in listed]
    else:
        parsed = decode(data, "the key file")
        points = [cose_point(key) for key in (parsed if isinstance(parsed, list) else [parsed])]
    for _, x, y in points:
        if not (isinstance(x, bytes) and isinstance(y, bytes) and len(x) == 32 and len(y) == 32):
            raise Refused("a coordinate of the key is not 32 bytes")
    if not points:
        raise Refused("the key file holds no key")
    return points


def read_sign1(data):
    """(protected bytes, protected map, unprotected map, payload, signature) of a COSE_Sign1."""
    # The tag is taken off as a byte, because cbor2 makes everything under an unknown tag immutable.
    item = decode(data.removeprefix(COSE_SIGN1_TAG), "the receipt")
    if isinstance(item, cbor2.CBORTag):
        raise Refused(f"the receipt has tag {item.tag}, not 18 (COSE_Sign1)")
    if not isinstance(item, list) or len(item) != 4:
        raise Refused("the receipt is not an array of four")
    protected_bytes, unprotected, payload, signature = item
    if not isinstance(protected_bytes, bytes) or not isinstance(unprotected, dict):
        raise Refused("the headers are not a byte string and a map")
    if not isinstance(payload, bytes):
        raise Refused("the payload is detached or not a byte string")
    if not isinstance(signature, bytes) or len(signature) != 64:
        raise Refused("the signature is not 64 bytes")
    protected = decode(protected_bytes, "the protected header")
    if not isinstance(protected, dict):
        raise Refused("the protected header is not a map")
    return protected_bytes, protected, unprotected, payload, signature


def select_keys(points, kid):
    """All keys that the key id allows: the one it names, or, without a key id, every key."""
    if kid is None:
        return points
    named = [point for point in points if point[0] in (kid, None)]
    if not named:
        raise Refused(f"no key has the receipt's key id {kid!r}")
    return named


def verify(keys, receipt):
    """The payload's bytes, if one of the keys signed the receipt; raises Refused otherwise."""
    protected_bytes, protected, unprotected, payload, signature = read_sign1(receipt)
    if set(protected) & set(unprotected):
        raise Refused("a header label stands in both headers")
    # RFC 9052 section 3.1: what is critical must be understood, and this script understands alg and kid.
    for label in protected.get(LABEL_CRIT, []):
        if label not in (LABEL_ALG, LABEL_KID):
            raise Refused(f"the critical header label {label} is not known")
    if protected.get(LABEL_ALG) != ES256:
        raise Refused(f"the protected algorithm is {protected.get(LABEL_ALG)}, not {ES256} (ES256)")
    kid = protected.get(LABEL_KID, unprotected.get(LABEL_KID))
    to_be_signed = cbor2.dumps(["Signature1", protected_bytes, b"", payload])
    half = len(signature) // 2
    der = utils.encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
    for _, x, y in select_keys(read_keys(keys), kid):
        try:
            public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x + y)
            public.verify(der, to_be_signed, ec.ECDSA(hashes.SHA256()))
            return payload
        except InvalidSignature:
            continue
        except ValueError as error:
            raise Refused(f"the key is not a point of P-256: {error}") from error
    raise Refused("the signature is false")


def printable(item):
    """A CBOR value as JSON: map keys as text, byte strings as hex, times in ISO 8601."""
    if isinstance(item, dict):
        return {str(key): printable(value) for key, value in item.items()}
    if isinstance(item, (list, tuple)):
        return [printable(value) for value in item]
    if isinstance(item, bytes):
        return item.hex()
    if isinstance(item, (datetime.datetime, datetime.date)):
        return item.isoformat()
    if isinstance(item, cbor2.CBORTag):
        return {"tag": item.tag, "value": printable(item.value)}
    return item


def payload_value(payload):
    """The payload may be CBOR or JSON. Its bytes are signed as they are, so any CBOR length form will do."""
    try:
        return json.loads(payload)
    except ValueError:
        return decode(payload, "the payload", allow_indefinite=True)


def payload_as_json(payload):
    """Either kind of payload, shown as JSON."""
    return json.dumps(printable(payload_value(payload)), ensure_ascii=False, sort_keys=True)


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with open(arguments[0], "rb") as keys, open(arguments[1], "rb") as receipt:
            payload = verify(keys.read(), receipt.read())
        print(payload_as_json(payload))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
