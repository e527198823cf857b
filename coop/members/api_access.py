"""The doorway of the API: a key opens its member's door, and no other."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework.exceptions import NotAuthenticated
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from coop.members import api_schema  # noqa: F401 - the description of the API names the key
from coop.members.doors import MemberDoor
from coop.members.models import ApiKey


class OneAnswer(DefaultContentNegotiation):
    """There is JSON and nothing to choose from, whatever a caller says it would like best."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002 # the library's signature
    ) -> tuple[BaseRenderer, str]:
        only = next(iter(renderers))
        return only, only.media_type or ""


class MemberAPIView(APIView):
    """An API view. `self.door` is the only way from it to a row."""

    area = "api"
    content_negotiation_class = OneAnswer
    # No OPTIONS: it would answer for an id without asking the door whose it is. /api/schema/ says what there is.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    @property
    def door(self) -> MemberDoor:
        key = self.request.auth
        if not isinstance(key, ApiKey):
            raise NotAuthenticated
        return MemberDoor(user=None, role="api", member=key.member)
