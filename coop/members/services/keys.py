"""API keys: made once, shown once, revoked for good."""

from __future__ import annotations

import secrets

from coop.identity.models import User
from coop.kernel import clock
from coop.kernel.acts import act
from coop.members.authentication import digest
from coop.members.models import ApiKey, Member


@act
def create_api_key(*, member: Member, name: str, by: User | None) -> tuple[ApiKey, str]:
    """A new key and its token. The token is not kept: show it now or never."""
    prefix = secrets.token_hex(4)
    token = f"cs_{prefix}_{secrets.token_hex(32)}"
    key = ApiKey.objects.create(member=member, name=name, prefix=prefix, digest=digest(token), created_by=by)
    return key, token


@act
def revoke_api_key(*, key: ApiKey, by: User | None) -> ApiKey:
    """The key opens nothing from this moment on. Twice is once."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=clock.now())
    key.refresh_from_db(fields=["revoked_at"])
    return key
