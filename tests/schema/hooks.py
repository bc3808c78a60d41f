"""What schemathesis cannot read from the description."""

import itertools
import json
import re

import schemathesis

# UAF messages are JSON under a media type of their own (UAF Transport §8.3.2).
MEDIA_TYPE = "application/fido+uaf"

IDEMPOTENCY_KEY = "Idempotency-Key"
VALID_KEY = re.compile(r"[!-~][ -~]{0,199}")
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
