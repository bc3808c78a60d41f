"""Asks a server of its own what its /openapi.json says it takes, and what it does not, for a while.

    python tests/schema/run.py SMILE_RP FOLDER

SMILE_RP is the program; FOLDER is emptied and gets the configuration, the logs and schemathesis' report. The server
runs on a port that the system chooses, on a store in memory, with the test processor. The exit status is 0 when every
answer was a described one, and none a fault of the server.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from served import KEY, configure, start

SEED = 20261125
SECONDS = 55
# An idle machine sends some 1,500; one that has other things to do must have tried each rule at least.
REQUESTS_MIN = 250
HERE = Path(__file__).resolve().parent

# What must hold of every answer. Not there: that what fits its schema is accepted. A schema does not know which payments
# exist, nor that nobody can confirm a payment without a person; and JSON Schema takes 145.0 for a whole number.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
    "use_after_free",
    "ensure_resource_availability",
]


def get(url, path):
    return answered(urllib.request.Request(url + path))


def post(url, path, body):
    headers = {"Content-Type": "application/json"}
    return answered(urllib.request.Request(url + path, json.dumps(body).encode(), headers))


def answered(request):
    request.add_header("Authorization", f"Bearer {KEY}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def seed(url):
    """Names of things that exist, by the beginning of the paths that ask for them."""
    payment = {"amount": 145, "currency": "EUR", "payee": "Deutsche Post"}
    payments = [
        post(url, "/v1/payment_intents", {**payment, **more})["id"]
        for more in ({}, {"user": "alice"}, {"user": "alice", "confirm": False}, {"user": "bob", "capture_method": "manual"})
    ]
    post(url, f"/v1/payment_intents/{payments[1]}/cancel", {})
    consent = {"version": "2026-11", "language": "en", "text_sha256": "ab" * 32, "agreed_at": int(time.time())}
    # Of somebody who is not among the people below: those are erased soon.
    bodies = {"enrolment": {"user": "carol", "consent": consent}, "authentication": {"user": "carol"}}
    sessions = {kind: [post(url, f"/v1/{kind}_sessions", body)["id"]] for kind, body in bodies.items()}
    consents = [one["id"] for one in get(url, "/v1/users/carol/consents")["data"]]
    keys = [post(url, "/v1/api_keys", {"name": name, "kind": "secret"})["id"] for name in ("till", "desk")]
    return {
        "/v1/payment_intents/": ("path.id", payments),
        "/v1/enrolment_sessions/": ("path.id", sessions["enrolment"]),
        "/v1/authentication_sessions/": ("path.id", sessions["authentication"]),
        "/v1/users/": ("path.user", ["alice", "bob"]),
        "/v1/test_helpers/payment_intents/": ("path.id", payments),
        "/v1/consents/": ("path.id", consents),
        "/v1/api_keys/": ("path.id", keys),
        "/v1/api_keys$": ("query.starting_after", keys),
        "/tenants/": ("path.tenant", ["stamps"]),
        "/v1/payment_intents$": ("query.starting_after", payments),
        "/v1/refunds$": ("query.payment_intent", payments),
    }


def write_settings(folder, names):
    """Half of the requests ask for what exists. The UAF transport refuses under HTTP 200, whatever is sent."""
    lines = ["[checks]", "enabled = false"]
    lines += [f"[checks.{check}]\nenabled = true" for check in CHECKS]
    for index, (parameter, values) in enumerate(names.values()):
        lines.append(f"[dictionaries.names{index}]\nvalues = {json.dumps(values)}")
    for index, (path, (parameter, _)) in enumerate(names.items()):
        binding = f'{{ dictionary = "names{index}", probability = 0.5 }}'
        lines.append(f'[[operations]]\ninclude-path-regex = "^{path}"\nparameters = {{ "{parameter}" = {binding} }}')
    lines.append('[[operations]]\ninclude-path-regex = "^/uaf/"\n[operations.checks]\nnegative_data_rejection.enabled = false')
    # Of somebody who was erased nothing is kept, as of somebody whom nobody knows: both are answered alike, and not by 404.
    lines.append('[[operations]]\ninclude-path-regex = "^/v1/users/"\n[operations.checks]\nuse_after_free.enabled = false')
    (folder / "schemathesis.toml").write_text("\n".join(lines) + "\n")


def ask(url, folder):
    """Runs schemathesis; its exit status and what it printed."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", f"{url}/openapi.json"),
        *("--header", f"Authorization: Bearer {KEY}"),
        # More than one makes CPython 3.11 fall over its own parser, which is not safe for threads.
        *("--workers", "1"),
        *("--seed", str(SEED), "--max-time", str(SECONDS), "--continue-on-failure"),
        *("--suppress-health-check", "all", "--generation-database", "none", "--no-color"),
    ]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)}
    asked = subprocess.run(
        command, cwd=folder, env=environment, timeout=SECONDS + 60, check=False, text=True, stdout=subprocess.PIPE
    )
    print(asked.stdout, flush=True)
    return asked.returncode, asked.stdout


def counted(pattern, report):
    found = re.search(pattern, report)
    return int(found[1]) if found else 0


def must_have_asked(url, report):
    """A run that asked little proves little."""
    with urllib.request.urlopen(f"{url}/openapi.json", timeout=10) as answer:
        operations = sum(len(item) for item in json.load(answer)["paths"].values())
    tested, requests = counted(r"Tested: +(\d+)", report), counted(r"(\d+) generated", report)
    if tested != operations or requests < REQUESTS_MIN:
        sys.exit(f"{tested} of {operations} operations, {requests} requests: too few")
    print(f"tests/run: {requests} requests for {operations} operations, seed {SEED}")


def main():
    program, folder = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    configure(folder)
    server, url = start(program, folder)
    try:
        write_settings(folder, seed(url))
        print(f"seed {SEED}", flush=True)
        status, report = ask(url, folder)
        if server.poll() is not None:
            sys.exit(f"the server ended with exit status {server.returncode}")
        must_have_asked(url, report)
    finally:
        server.terminate()
        server.wait(timeout=20)
    sys.exit(status)


if __name__ == "__main__":
    main()
