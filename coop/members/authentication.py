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
from coop.members.models import ApiKey


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
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        prefix = token.partition("_")[2].partition("_")[0]
        key = ApiKey.objects.select_related("member").filter(prefix=prefix, revoked_at=None).first()
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
