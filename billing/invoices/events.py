"""What happens to invoices that rooms above may hear of."""

from __future__ import annotations

from coop.runtime.events import Event

# payload: {"invoice": its id}; key: "invoice:<id>"
issued = Event("invoice.issued")
