"""One order's whole way, through the services: what several proofs need a living database for."""

from __future__ import annotations

import datetime as dt

from billing.charges.services import rate_activities
from billing.invoices.services import draft_invoices, issue_month, make_documents
from billing.models import Invoice
from coop.catalog.services import StepInput, save_packing_spec
from coop.kernel import clock
from coop.models import Node, Sku, User
from fulfillment.capacity.services import book_slots, record_storage, release_booking, set_terms
from fulfillment.inventory.services import Receiving, Stow, announce_asn, close_asn, put_away, receive
from fulfillment.orders.services import send_what_is_there
from fulfillment.packing.services import pack_and_ship
from tests import world

START = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)


def one_order_from_sku_to_invoice() -> Invoice:
    """A creator lists, books, announces; staff receive, pick, pack, ship; the month is billed. Returns the invoice."""
    with clock.at(START):
        member = world.make_member(slug="tidehouse")
        node = world.make_node(slug="kreuzberg")
        picker = world.make_user()
        world.make_staff(picker, "picker", node)
        world.make_carton()
        world.make_issuer()
        world.make_rate_card()
        save_packing_spec(
            member=member, name="House", steps=[StepInput("Wrap it twice")], is_default=True, by=None
        )
        sku = world.make_sku(member, code="MUG-1")
        pool, *_ = world.make_pools(node)
        book_slots(member=member, pool=pool, slots=2, first_day=START.date(), last_day=dt.date(2026, 3, 31))
        # Given back too late: half of it is kept for the bill.
        set_terms(node=node, kind="shelf", terms=[(60, 50)])
        release_booking(
            booking=book_slots(
                member=member,
                pool=pool,
                slots=1,
                first_day=dt.date(2026, 3, 30),
                last_day=dt.date(2026, 3, 31),
            )
        )
        _take_in(sku, node, picker)
        world.make_sku(member, code="BOWL-1")
        order = world.make_order(member, {"MUG-1": 2, "BOWL-1": 1})
        send_what_is_there(order=order, by=None)
        world.walk_through(node, picker)
        pack_and_ship(node=node, orders=[order], by=picker, carrier="Bike")
        world.make_drop(sku, node, 5)
    with clock.at(START + dt.timedelta(days=1)):
        record_storage(node=node, day=START.date())
        rate_activities()
    with clock.at(dt.datetime(2026, 4, 1, 9, tzinfo=dt.UTC)):
        draft_invoices(month=dt.date(2026, 3, 1))
        issued = issue_month(month=dt.date(2026, 3, 1), by=None)
    make_documents(invoice=issued.invoices[0])
    return issued.invoices[0]


def _take_in(sku: Sku, node: Node, picker: User) -> None:
    asn = announce_asn(member=sku.member, node=node, expected_on=START.date(), lines=[(sku, 12)])
    line = asn.lines.get()
    receive(asn=asn, receipts=[Receiving(line.pk, 12)], by=picker)
    put_away(asn=asn, stows=[Stow(line.pk, world.shelf_bins(node)[0].pk, 12)], by=picker)
    close_asn(asn=asn, by=picker)
