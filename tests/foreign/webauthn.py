#!/usr/bin/env python3
"""Judges WebAuthn structures of the experimental scheme WAV1CBOR with python-fido2, and makes some with it.

usage: webauthn.py judge FILE     FILE: {"fcParams", "attestationObject", "assertion"}, the last two base64url
       webauthn.py make FCPARAMS  a passkey that attests itself, and answers once, over these fcParams

What is signed is the authenticator data, then SHA-256 of fcParams as transmitted, which stands for the client data's hash.
Ends with 0 and JSON if all is well; with 1 and the reason if python-fido2 refuses; with 2 if it was called wrongly.
"""
import base64
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.attestation import InvalidData
from fido2.attestation import InvalidSignature as AttestationSignature
from fido2.attestation import PackedAttestation
from fido2.cose import ES256, CoseKey
from fido2.ctap2 import AssertionResponse
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

FLAG = AuthenticatorData.FLAG


class Refused(Exception):
    pass


def encoded(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def client_data_hash(fc_params):
    return hashlib.sha256(fc_params.encode()).digest()


def judge(entry):
    """What python-fido2 reads in both structures, whose signatures it verified."""
    hashed = client_data_hash(entry["fcParams"])
    try:
        registered = AttestationObject(decoded(entry["attestationObject"]))
        attestation = PackedAttestation().verify(registered.att_stmt, registered.auth_data, hashed)
        credential = registered.auth_data.credential_data
        response = AssertionResponse.from_dict(cbor.decode(decoded(entry["assertion"])))
        response.verify(hashed, CoseKey.parse(credential.public_key))
    except (InvalidData, AttestationSignature, InvalidSignature, ValueError, KeyError) as error:
        raise Refused(f"{type(error).__name__}: {error}") from error
    return {
        "format": registered.fmt,
        "attestation": attestation.attestation_type.name,
        "aaguid": bytes(credential.aaguid).hex(),
        "algorithm": credential.public_key[3],
        "rpIdHash": bytes(registered.auth_data.rp_id_hash).hex(),
        "credentialId": encoded(credential.credential_id),
        "counters": [registered.auth_data.counter, response.auth_data.counter],
        "flags": [int(registered.auth_data.flags), int(response.auth_data.flags)],
        "answered": encoded(response.credential["id"]),
        "transports": response.credential.get("transports"),
        "user": response.user and {**response.user, "id": encoded(response.user["id"])},
    }


def make(fc_params):
    """An attestation object and a response, as python-fido2 writes them."""
    private = ec.generate_private_key(ec.SECP256R1())
    signed = lambda data: private.sign(data + client_data_hash(fc_params), ec.ECDSA(hashes.SHA256()))
    rp_id_hash = hashlib.sha256(b"shop.example").digest()
    public = ES256.from_cryptography_key(private.public_key())
    credential = AttestedCredentialData.create(bytes([0xA7] * 16), bytes(range(32)), public)
    present = FLAG.UP | FLAG.UV | FLAG.BE
    registered = AuthenticatorData.create(rp_id_hash, present | FLAG.AT, 1, bytes(credential))
    statement = {"alg": ES256.ALGORITHM, "sig": signed(registered)}
    answered = AuthenticatorData.create(rp_id_hash, present | FLAG.BS, 2)
    response = {
        1: {"id": credential.credential_id, "type": "public-key", "transports": ["hybrid", "internal"]},
        2: bytes(answered),
        3: signed(answered),
        4: {"id": b"\x01\x02\x03", "name": "alice", "displayName": "Alice"},
    }
    return {
        "attestationObject": encoded(bytes(AttestationObject.create("packed", registered, statement))),
        "assertion": encoded(cbor.encode(response)),
    }


def main(arguments):
    try:
        if len(arguments) == 2 and arguments[0] == "judge":
            with open(arguments[1], encoding="utf-8") as entry:
                print(json.dumps(judge(json.load(entry))))
            return 0
        if len(arguments) == 2 and arguments[0] == "make":
            print(json.dumps(make(arguments[1])))
            return 0
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
