"""How the API's own description names the key. It registers itself by being imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.extensions import OpenApiAuthenticationExtension

if TYPE_CHECKING:
    from drf_spectacular.openapi import AutoSchema


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer cs_…`"""

    target_class = "coop.members.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:  # noqa: ARG002 # the library's signature
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key of one member: cs_<prefix>_<secret>",
        }
