"""What schemathesis cannot read from the description."""

import itertools
import json
import re
import time

import schemathesis

# UAF messages are JSON under a media type of their own (UAF Transport §8.3.2).
MEDIA_TYPE = "application/fido+uaf"

IDEMPOTENCY_KEY = "Idempotency-Key"
VALID_KEY = re.compile(r"[!-~][ -~]{0,199}")
# The last second that has milliseconds.
SECONDS_MAX = (2**64 - 1) // 1000
COUNT = itertools.count()


@schemathesis.serializer(MEDIA_TYPE)
def serialize_message(context, value):
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@schemathesis.deserializer(MEDIA_TYPE)
def deserialize_message(context, response):
    return json.loads(response.content)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Most requests get a valid key of their own: schemathesis likes short ones, and a used one answers for the rest."""
    key = (case.headers or {}).get(IDEMPOTENCY_KEY)
    turn = next(COUNT)
    if isinstance(key, str) and VALID_KEY.fullmatch(key) and turn % 4:
        case.headers[IDEMPOTENCY_KEY] = f"{key}-{turn}"
    agree_now(case.body, turn)


def agree_now(body, turn):
    """A schema cannot say that a consent is given today: most of those that fit it are."""
    consent = body.get("consent") if isinstance(body, dict) else None
    agreed_at = consent.get("agreed_at") if isinstance(consent, dict) else None
    if type(agreed_at) is int and 0 <= agreed_at <= SECONDS_MAX and turn % 4:
        consent["agreed_at"] = int(time.time())
