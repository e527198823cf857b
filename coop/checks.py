"""System checks: configuration mistakes that should be heard before they hurt."""

from __future__ import annotations
