"""Secret addresses under which a calendar program reads a member's or a node's calendar."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.models import Member, Node, User


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def of(self, member: Member) -> CalendarFeedQuerySet:
        return self.filter(member=member)

    def at(self, node: Node) -> CalendarFeedQuerySet:
        return self.filter(node=node)


class CalendarFeed(models.Model):
    """One address for one calendar program. Only a digest of its token is kept; the address is shown once.

    It is read as long as it is not revoked and who made it still may see the calendar.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.CASCADE, related_name="calendar_feeds"
    )
    node = models.ForeignKey(
        Node, null=True, blank=True, on_delete=models.CASCADE, related_name="calendar_feeds"
    )
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(member__isnull=False, node__isnull=True)
                | Q(member__isnull=True, node__isnull=False),
                name="calendar_feed_of_one",
                violation_error_code="feed_of_one",
                violation_error_message="A calendar is a member's or a node's.",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(revoked_at__gte=F("made_at")),
                name="calendar_feed_revoked_later",
                violation_error_code="feed_revoked",
                violation_error_message="A calendar's address cannot be revoked before it was made.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
