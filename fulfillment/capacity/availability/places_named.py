"""What “near Potsdam” means: a node of ours, a place one of ours stands in, or a place her own parcels went to."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Avg, Q, QuerySet

from coop.models import Node
from fulfillment.orders.models import Order


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place that was understood."""

    label: str
    latitude: float
    longitude: float

    @property
    def at(self) -> tuple[float, float]:
        return self.latitude, self.longitude


def place_of(words: str, nodes: QuerySet[Node], orders: QuerySet[Order]) -> NamedPlace | None:
    """The place that these words name, or None. At most two queries; nobody outside is asked."""
    words = words.strip()
    if not words:
        return None
    named = Q(name__iexact=words) | Q(slug__iexact=words) | Q(code__iexact=words)
    begins = Q(name__istartswith=words) | Q(postcode__iexact=words) | Q(city__iexact=words)
    found = sorted(nodes.filter(named | begins), key=lambda node: (not _is_name(node, words), node.name))
    if found:
        node = found[0]
        label = f"{node.postcode} {node.city}" if words in (node.postcode, node.city) else node.name
        return NamedPlace(label, float(node.latitude), float(node.longitude))
    middle = (
        orders.filter(Q(postcode__iexact=words) | Q(city__iexact=words), latitude__isnull=False)
        .order_by()
        .aggregate(latitude=Avg("latitude"), longitude=Avg("longitude"))
    )
    if middle["latitude"] is None:
        return None
    return NamedPlace(words, float(middle["latitude"]), float(middle["longitude"]))


def _is_name(node: Node, words: str) -> bool:
    return words.casefold() in {node.name.casefold(), node.slug, node.code.casefold()}
