"""The doorway of the API: a key opens its member's door, and no other."""

from __future__ import annotations

from rest_framework.exceptions import NotAuthenticated
from rest_framework.views import APIView

from coop.members import api_schema  # noqa: F401 - the description of the API names the key
from coop.members.doors import MemberDoor
from coop.members.models import ApiKey


class MemberAPIView(APIView):
    """An API view. `self.door` is the only way from it to a row."""

    area = "api"
    # No OPTIONS: it would answer for an id without asking the door whose it is. /api/schema/ says what there is.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    @property
    def door(self) -> MemberDoor:
        key = self.request.auth
        if not isinstance(key, ApiKey):
            raise NotAuthenticated
        return MemberDoor(user=None, role="api", member=key.member)
