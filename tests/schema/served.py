"""A server of its own: on a port that the system chooses, on a store in memory, with the test processor."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# The key of the example configuration, which everybody knows.
KEY = "sk_test_example"

METADATA = {
    "aaid": "FFFF#5399",
    "description": "Nobody's authenticator",
    "authenticatorVersion": 1,
    "upv": [{"major": 1, "minor": 1}],
    "assertionScheme": "UAFV1TLV",
    "authenticationAlgorithm": 1,
    "publicKeyAlgAndEncoding": 256,
    "attestationTypes": [15880],
    "userVerificationDetails": [[{"userVerification": 16}]],
    "keyProtection": 1,
    "matcherProtection": 1,
    "attachmentHint": 1,
    "isSecondFactorOnly": False,
    "tcDisplay": 3,
    "tcDisplayContentType": "text/plain",
    "attestationRootCertificates": [],
}


def configure(folder):
    """The example configuration on a port of the system's choice, in memory, with the test processor."""
    example = (ROOT / "relying-party/smile-rp.example.toml").read_text()
    changes = {
        'profile = "production"': 'profile = "development"',
        'listen = "127.0.0.1:8080"': 'listen = "127.0.0.1:0"',
        'engine = "sled"': 'engine = "memory"',
        'kind = "none"': 'kind = "test"',
    }
    for old, new in changes.items():
        if example.count(old) != 1:
            sys.exit(f"smile-rp.example.toml has {old!r} not once: mend tests/schema/served.py")
        example = example.replace(old, new)
    # Whoever asks as fast as they can is not to be told to wait: that would be the answer to everything.
    example = re.sub(r"^(per_\w+) = \d+", r"\1 = 1000000", example, flags=re.M)
    for name in ("metadata", "data"):
        (folder / name).mkdir()
    (folder / "metadata/nobody.json").write_text(json.dumps(METADATA))
    (folder / "smile-rp.toml").write_text(example)


def start(program, folder):
    """The server and its address."""
    command = [program, "--config", "smile-rp.toml"]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True)
    line = server.stdout.readline()
    address = re.fullmatch(r"listening on (http://\S+)\n", line)
    if not address:
        sys.exit(f"the server did not start: {line!r}, {(folder / 'server.log').read_text()[-2000:]}")
    return server, address[1]
