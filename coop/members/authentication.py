"""API keys: `Authorization: Bearer cs_<prefix>_<secret>`. Only a digest is stored."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from django.db.models import Q
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from coop.kernel import clock
from coop.kernel.prepared import Prepared
from coop.members.models import ApiKey, Member

_KEYS, _MEMBERS = ([f.attname for f in model._meta.concrete_fields] for model in (ApiKey, Member))
# Every call of the API begins with it: compiled and planned once, not for each.
_LIVE_KEY = Prepared(
    "live_api_key",
    ["text"],
    f"""SELECT {", ".join(f"k.{name}" for name in _KEYS)}, {", ".join(f"m.{name}" for name in _MEMBERS)}
        FROM coop_apikey k JOIN coop_member m ON m.id = k.member_id WHERE k.prefix = $1 AND k.revoked_at IS NULL""",  # noqa: S608 - names from our own models
)


def _find(prefix: str) -> ApiKey | None:
    """The key of this prefix that was not revoked, with its member. One statement."""
    for row in _LIVE_KEY.run([prefix]):
        key = ApiKey.from_db("default", _KEYS, row[: len(_KEYS)])
        key.member = Member.from_db("default", _MEMBERS, row[len(_KEYS) :])
        return key
    return None


class ApiUser:
    """The machine that holds the key. DRF asks a user whether it is authenticated; throttles ask for its pk."""

    is_authenticated = True
    is_active = True

    def __init__(self, key: ApiKey) -> None:
        self.pk = f"key-{key.pk}"


def digest(secret: str) -> str:
    """What is kept of a key. A key is 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiKeyAuthentication(BaseAuthentication):
    """Bearer keys of members. A wrong, revoked or unknown key is 401, with the same words."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def authenticate(self, request: Request) -> tuple[ApiUser, ApiKey] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        prefix = token.partition("_")[2].partition("_")[0]
        key = _find(prefix)
        if key is None or not hmac.compare_digest(key.digest, digest(token)):
            raise AuthenticationFailed("This API key is not known, or it was revoked.")
        self._note_use(key)
        return ApiUser(key), key

    def _note_use(self, key: ApiKey) -> None:
        # Once a minute is enough to see which keys are alive, and keeps a burst of orders from fighting over one row.
        now = clock.now()
        recently = now - timedelta(minutes=1)
        if key.created_at > now or (key.last_used_at is not None and key.last_used_at >= recently):
            return
        # Of a burst that read the same row only the first finds it as it was.
        ApiKey.objects.filter(Q(last_used_at__lt=recently) | Q(last_used_at=None), pk=key.pk).update(
            last_used_at=now
        )
