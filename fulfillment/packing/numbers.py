"""Parcel numbers: short enough to read out, without letters that look like digits. Pure."""

from __future__ import annotations

from uuid import UUID

# Crockford's base 32: no I, L, O, U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8


def parcel_number(code: str, id_: UUID) -> str:
    """The node's code and the last 40 bits of the id: `KRZ-7F3K9M2Q`."""
    rest = id_.int & (1 << 5 * LENGTH) - 1
    digits = "".join(ALPHABET[rest >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))
    return f"{code}-{digits}"


def as_scanned(text: str) -> str:
    """What a person typed or a scanner read, as the label writes it: capitals, and O, I, L are digits in the number."""
    code, dash, digits = text.strip().upper().rpartition("-")
    return code + dash + digits.translate(str.maketrans("OIL", "011")) if dash else digits
