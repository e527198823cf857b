"""The outbox: what leaves the building is written down in the transaction that decided it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from coop.kernel import clock
from coop.kernel.ids import uuid7


class OutboxMessage(models.Model):
    """One thing to tell the outside world (an e-mail, a call to Stripe), once.

    `key` is derived from what the message is about, so that telling it twice is one message; the receiver gets the
    same key on every try. `topic` names the handler that delivers it.
    """

    class State(models.TextChoices):
        PENDING = "pending", "pending"
        SENT = "sent", "sent"
        FAILED = "failed", "failed"  # gave up; a person decides

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    topic = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    payload = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=clock.now)
    last_error = models.TextField(blank=True)
    response = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "key"],
                name="outbox_key_once",
                violation_error_code="already_told",
                violation_error_message="This has already been sent on its way.",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent"),
                name="outbox_sent_has_time",
                violation_error_code="outbox_state",
                violation_error_message="A sent message has its time.",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="pending"), name="outbox_due"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key} ({self.state})"
