"""As little as a view can do: look one key up, or send bytes that are there already."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coop.models import ApiKey

# Where the benchmark has put the page before it asks for it.
PAGE = "BENCH_BARE_PAGE"


class BareKey(APIView):
    """One SELECT by the key that was sent, and an empty list. Nobody is refused."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []
    schema = None

    def get(self, request: Request) -> Response:
        prefix = request.headers.get("Authorization", "").partition("_")[2].partition("_")[0]
        ApiKey.objects.filter(prefix=prefix).first()
        return Response({"next": None, "results": []})


def bare_home(request: HttpRequest) -> HttpResponse:
    """The bytes of the home page, made by nobody."""
    return HttpResponse(_page())


@functools.cache
def _page() -> bytes:
    return Path(os.environ[PAGE]).read_bytes()
