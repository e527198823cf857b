"""The co-op as a legal person: entered once, changed when it moves or its bank does. What is issued keeps its copy."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from decimal import Decimal
from zoneinfo import available_timezones

from stdnum import iban as iban_numbers
from stdnum.exceptions import ValidationError

from billing.invoices.errors import IssuerUnclear
from billing.invoices.models import Issuer
from coop.kernel.acts import act
from coop.kernel.locks import lock_rows, one_at_a_time
from coop.members.vat import normal_vat_id
from coop.models import User

_PREFIX = re.compile(r"[A-Z][A-Z0-9]{0,7}")


@dataclass(frozen=True, kw_only=True)
class IssuerDetails:
    """What the law wants on an invoice, and how members pay. `vat_rate` is the domestic rate in per cent."""

    legal_name: str
    street: str
    postcode: str
    city: str
    country: str
    vat_id: str
    email: str
    iban: str = ""
    vat_rate: Decimal
    payment_days: int = 14
    number_prefix: str = "CS"
    timezone: str = "Europe/Berlin"


@act
def save_issuer(*, details: IssuerDetails, by: User | None) -> Issuer:
    """Enter the issuer, or change it: what is issued from now on says so; what was issued keeps what it said.

    Drafts drawn under another country or VAT rate are refused when they are issued and have to be drawn again.
    Raises IssuerUnclear, naming the field.
    """
    values = asdict(details) | {
        "vat_id": _vat_id(details),
        "iban": _iban(details.iban),
        "number_prefix": _prefix(details.number_prefix),
    }
    if not 0 <= details.vat_rate < 100:
        raise IssuerUnclear("A VAT rate lies between 0 and 100 per cent.", field="vat_rate")
    if details.timezone not in available_timezones():
        raise IssuerUnclear(f"There is no time zone {details.timezone}.", field="timezone")
    # There is one issuer: two who enter it at once would make two.
    one_at_a_time("billing.issuer")
    found = lock_rows(Issuer.objects.order_by("id"))
    if not found:
        return Issuer.objects.create(**values)
    issuer = found[0]
    changed = [name for name, value in values.items() if getattr(issuer, name) != value]
    for name in changed:
        setattr(issuer, name, values[name])
    if changed:
        issuer.save(update_fields=changed)
    return issuer


def _vat_id(details: IssuerDetails) -> str:
    normal = normal_vat_id(details.vat_id, details.country)
    if normal is None:
        raise IssuerUnclear(
            f"“{details.vat_id.strip()}” is not a VAT number of {details.country}. An invoice must show one.",
            field="vat_id",
        )
    return normal


def _iban(typed: str) -> str:
    if not typed.strip():
        return ""
    try:
        return str(iban_numbers.validate(typed.strip()))
    except ValidationError:
        raise IssuerUnclear(
            "This is not an IBAN: its check digits do not fit. Look for a slip.", field="iban"
        ) from None


def _prefix(typed: str) -> str:
    prefix = typed.strip().upper()
    if not _PREFIX.fullmatch(prefix):
        raise IssuerUnclear(
            "A prefix is one to eight letters and digits and begins with a letter.", field="number_prefix"
        )
    return prefix
