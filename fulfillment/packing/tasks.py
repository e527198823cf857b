"""Telling the buyer that the parcel is on its way."""

from __future__ import annotations

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from coop.runtime import outbox
from coop.runtime.models import OutboxMessage
from fulfillment.packing.models import Shipment
from fulfillment.packing.services.shipping import MAIL_TOPIC


@outbox.handler(MAIL_TOPIC)
def tell_buyer(message: OutboxMessage) -> dict[str, str]:
    """One mail to the buyer; answers go to the member, whose customer they are."""
    shipment = Shipment.objects.select_related("order", "member", "node").get(pk=message.payload["shipment"])
    order, member = shipment.order, shipment.member
    items = shipment.items.select_related("sku").order_by("sku__title")
    mail = EmailMessage(
        subject=f"{member.name}: your order {order.number} is on its way",
        body=render_to_string("fulfillment/packing/mail_shipped.txt", {"shipment": shipment, "items": items}),
        to=[order.buyer_email],
        reply_to=[member.email],
        headers={"X-Entity-Ref-ID": message.key},
    )
    mail.send()
    return {"to": order.buyer_email}
