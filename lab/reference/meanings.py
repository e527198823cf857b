"""What each value of a state or a kind means, where its own word does not say it."""

from __future__ import annotations

DROP_STATES = {
    "planned": "Wished for; nothing is reserved.",
    "reserved": "Dock, slots and picks of all its legs are booked.",
    "announced": "Its goods are announced at every node it is sent from.",
    "received": "Its goods are in; it opens at its time.",
    "live": "Open for sale.",
    "sold_out": "Nothing is left to sell.",
    "closed": "Over.",
    "settled": "Everything sold is sent, and what was reserved and not used is given back.",
    "cancelled": "Called off; what was reserved is given back.",
}

# What each value of a state means, where its own word does not say it.
STATES: dict[str, dict[str, str]] = {
    "coop.Member.standing": {
        "good": "Everything works.",
        "on_hold": "Invoices are overdue: new orders are taken and wait; what is promised is still sent.",
        "closed": "The member has left.",
    },
    "coop.Application.state": {
        "waiting": "A steward has to decide.",
        "approved": "The member and its owner exist.",
        "declined": "With a note to the applicant.",
    },
    "coop.Job.state": {
        "preview": "A file is read; a person looks at what would happen.",
        "waiting": "Handed to the worker.",
        "running": "Under way; can be cancelled.",
        "done": "Finished; the page says what failed.",
        "failed": "Stopped by an error; nothing half done is left.",
        "cancelled": "Stopped by a person; the page says what was done before.",
    },
    "coop.OutboxMessage.state": {
        "pending": "Will be delivered, or tried again.",
        "sent": "The other side has taken it.",
        "failed": "Given up; a person decides.",
    },
    "fulfillment.Booking.state": {
        "held": "Kept until its end and not a second longer; an offer of the waiting list is one, too.",
        "booked": "The slots are taken on each of its days.",
        "released": "Given back, or taken back by the node, before it began.",
        "expired": "The hold ran out; its slots are somebody else's to take.",
    },
    "fulfillment.WaitlistEntry.state": {
        "waiting": "What comes free is offered in the order of joining, all days or none.",
        "offered": "Held for this member for a day, at most until the first day begins.",
        "taken": "The offer was booked.",
        "lapsed": "The offer was not answered in time and went to the next.",
        "withdrawn": "Left the list, or passed the offer on.",
        "over": "The days came before anything was free.",
    },
    "fulfillment.Drop.state": DROP_STATES,
    "fulfillment.DropStep.state": DROP_STATES,
    "fulfillment.Asn.state": {
        "announced": "On its way to the node.",
        "receiving": "The first pieces are booked in.",
        "closed": "All counted in; differences are on record.",
        "cancelled": "Will not come.",
    },
    "fulfillment.CountTask.state": {
        "open": "Somebody should count this bin.",
        "done": "Counted; differences are moved.",
    },
    "fulfillment.Order.state": {
        "waiting": "Some pieces are promised by no stock; each line says why.",
        "allocated": "Every piece is promised by stock in a bin.",
        "picking": "In a wave; some pieces are not picked yet.",
        "picked": "Every piece lies at the pack bench.",
        "shipped": "Every parcel has left.",
        "cancelled": "Cancelled before it was picked; its stock is free again.",
    },
    "fulfillment.Allocation.state": {
        "queued": "In its node's one pooled queue.",
        "waved": "On a walk.",
        "picked": "At the pack bench.",
        "shipped": "Has left in a parcel.",
        "freed": "The promise is taken back (cancelled, or the pick was short).",
    },
    "fulfillment.Shipment.state": {
        "packing": "On the bench, steps are being confirmed.",
        "packed": "Closed, weighed, waiting for its carrier.",
        "shipped": "Handed over.",
    },
    "fulfillment.Wave.state": {
        "released": "Being walked.",
        "done": "Every stop is picked, short or passed by.",
    },
    "fulfillment.Batch.state": {
        "open": "Waits for a picker.",
        "walking": "A picker walks it.",
        "done": "Every stop is picked, short or passed by.",
    },
    "fulfillment.PickTask.state": {
        "open": "To be picked.",
        "picked": "Picked in full.",
        "short": "Less was there than the books said; a count is asked for.",
        "passed": "The order was cancelled under way: nobody looked, nothing is booked.",
    },
    "billing.Invoice.state": {
        "draft": "Can be thrown away and drawn again.",
        "issued": "Numbered and frozen; it never changes.",
    },
    "billing.Collection.state": {
        "none": "Stripe has not been asked yet.",
        "pushing": "On its way to Stripe.",
        "open": "The member can pay.",
        "processing": "A payment is under way.",
        "paid": "Payments make up the whole amount.",
        "failed": "The last try to pay failed.",
        "void": "Void at Stripe.",
        "attention": "Stripe and we differ; a person decides.",
    },
    "billing.StripeEvent.state": {
        "stored": "Signed, stored, answered; to be applied.",
        "applied": "Its invoice was read from Stripe and taken over.",
        "ignored": "About nothing of ours.",
        "failed": "Could not be applied; a person decides.",
    },
}

# The same for kinds whose words do not say all.
KINDS: dict[str, dict[str, str]] = {
    "fulfillment.SlotPool.kind": {
        "shelf": "Room on shelves of one storage class; there every day.",
        "dock": "A window at the dock, as many as there are doors; on days on which the node works.",
        "picks": "Pieces that are picked on a day; on days on which the node works.",
        "table": "Tables for pop-ups; on days on which the node works.",
        "assortment": "How many SKUs the node's tier lets it hold; taken along by shelf slots, never booked alone.",
    },
    "coop.Member.hold": {
        "unpaid": "Billing placed it for an invoice that is overdue, and lifts it when that is paid.",
        "steward": "A steward placed it, and lifts it.",
    },
    "fulfillment.OrderLine.shortage_code": {
        "on_hold": "The member is on hold; its orders wait until the hold is lifted.",
        "promised": "What lies on shelves in reach is promised to earlier orders.",
        "elsewhere": "There is some, at a node whose promise does not reach this buyer.",
        "closed": "There is some, at a node that is closed.",
        "kept": "What there is is kept for a drop.",
        "dock": "Arrived, not put away yet.",
        "expired": "What there is is past its date.",
        "none": "No node has any.",
        "coming": "Ordered before its goods have come.",
        "pick_short": "The shelf held fewer than the books said; it is allocated again.",
        "cut": "Given up: these pieces are not sent.",
    },
    "fulfillment.Activity.kind": {
        "receive": "Pieces counted in at the dock.",
        "putaway": "Moves from the dock to a shelf.",
        "storage": "Shelf slots booked, each day.",
        "pick": "Pieces picked for an order line.",
        "pack": "Parcels packed.",
        "carton": "Cartons used.",
        "ship": "Parcels handed to a carrier.",
        "count": "Bins counted on request.",
        "dock": "Dock appointments that somebody came to.",
        "table": "Tables in use, each day.",
        "cancel": "Shelf slots given back later than the terms allow, each day's share.",
        "no_show": "Dock appointments and tables nobody came to by the end of the last day, or given back too late.",
        "overrun": "Slots that goods take beyond those booked, once a day.",
        "idle": "Picks booked and not used by the end of the day, or given back too late.",
    },
    "fulfillment.BookingGroup.kind": {
        "series": "The same slots again and again, booked in one act.",
        "drop": "What a leg of a drop has reserved.",
    },
    "fulfillment.Drop.on_shortfall": {
        "slip": "At the cutoff the late legs move to the next run with room, and the opening with them.",
        "shrink": "At the cutoff it goes on with what has come; if nothing has, it slips.",
    },
    "fulfillment.Drop.fairness": {
        "first_come": "In the order of the sales, each as far as it lasts.",
        "one_each": "A piece of each SKU to each buyer in turn, then a second.",
        "lottery": "The order of buyers is drawn from the SHA-256 of the drop and the buyer; then as first come.",
    },
}
