"""Sums beside the rows of a list, asked for each row that is shown.

A join with GROUP BY would add up the whole list for one page of it.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Aggregate, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce


def beside(rows: QuerySet[Any], aggregate: Aggregate, *, of: str) -> Coalesce:
    """An annotation: the aggregate over those `rows` whose foreign key `of` is the row at hand; 0 without any.

    `asns.annotate(pieces=beside(AsnLine.objects.all(), Sum("quantity_expected"), of="asn"))`
    """
    grouped = rows.filter(**{of: OuterRef("pk")}).order_by().values(of)
    told = Subquery(grouped.annotate(told=aggregate).values("told"))
    return Coalesce(told, Value(0), output_field=IntegerField())
