"""VAT numbers, checked by the rules of the country that gave them. Pure."""

from __future__ import annotations

from stdnum import get_cc_module
from stdnum.exceptions import ValidationError


def normal_vat_id(number: str, country: str) -> str | None:
    """The number as invoices write it (country first, no spaces), or None when its form or check digit is wrong.

    `country` is ISO 3166-1 alpha-2; Greece writes EL on its numbers. A country whose rules python-stdnum does not
    know gets its number back as it was typed.
    """
    typed = number.strip().upper()
    module = get_cc_module(country.lower(), "vat")
    if module is None:
        return typed or None
    try:
        compact = str(module.validate(typed))
    except ValidationError:
        return None
    prefix = {"GR": "EL"}.get(country.upper(), country.upper())
    return compact if compact.startswith(prefix) else prefix + compact
