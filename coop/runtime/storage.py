"""Where uploads and documents lie: a folder, or an S3-compatible store."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlparse

from django.core.exceptions import ImproperlyConfigured


def backend(url: str) -> dict[str, Any]:
    """The Django storage setting for `file:///path` or `s3://KEY:SECRET@HOST/BUCKET`. Raises ImproperlyConfigured."""
    parts = urlparse(url)
    if parts.scheme == "file":
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": unquote(parts.path), "base_url": None},
        }
    if parts.scheme == "s3" and parts.hostname and parts.path.strip("/"):
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": parts.path.strip("/"),
                "endpoint_url": f"https://{parts.hostname}" + (f":{parts.port}" if parts.port else ""),
                "access_key": unquote(parts.username or ""),
                "secret_key": unquote(parts.password or ""),
                "default_acl": "private",
            },
        }
    raise ImproperlyConfigured("STORAGE_URL wants file:///folder or s3://KEY:SECRET@HOST/BUCKET.")
