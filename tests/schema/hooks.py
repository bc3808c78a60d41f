"""UAF messages are JSON under a media type of their own (UAF Transport §8.3.2)."""

import json

import schemathesis

MEDIA_TYPE = "application/fido+uaf"


@schemathesis.serializer(MEDIA_TYPE)
def serialize_message(context, value):
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@schemathesis.deserializer(MEDIA_TYPE)
def deserialize_message(context, response):
    return json.loads(response.content)
