"""Long work with a page of its own: progress, what failed, and a cancel that is honest."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from coop.identity.models import User
from coop.kernel import clock
from coop.kernel.ids import uuid7
from coop.members.models import Member
from coop.nodes.models import StaffPost


class Jobs(models.QuerySet["Job"]):
    """A job is seen by the people of its member and by who started it, as long as they have a role to see it in."""

    def of(self, member: Member) -> Jobs:
        return self.filter(member=member)

    def seen_by(self, user: User | None) -> Jobs:
        own = Q(started_by=user)
        if not StaffPost.objects.filter(user=user).exists():
            own &= Q(member__isnull=True)
        return self.filter(own | Q(member__in=Member.objects.filter(memberships__user=user)))

    def briefly(self) -> Jobs:
        """Without the list of failures, but with `failure_count` and `first_failures` (50): pages ask each second."""
        return (
            self.select_related("member", "started_by")
            .defer("failures")
            .annotate(
                failure_count=Func(
                    "failures", function="jsonb_array_length", output_field=models.IntegerField()
                ),
                first_failures=Func(
                    "failures",
                    template="jsonb_path_query_array(%(expressions)s, '$[0 to 49]')",
                    output_field=models.JSONField(),
                ),
            )
        )


class Job(models.Model):
    """A piece of work that outlasts a request: an import, an export, a month of invoices.

    `failures` is a list of {"row": int, "field": str, "value": str, "problem": str, "remedy": str}.
    """

    class State(models.TextChoices):
        PREVIEW = "preview", "preview"
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40, help_text="The handler's name: catalog.products, orders.import")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.CASCADE, related_name="jobs")
    started_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    upload = models.FileField(upload_to="jobs/%Y/%m/", null=True, blank=True)
    options = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often a worker began it.")
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    created_count = models.PositiveIntegerField(default=0)
    updated_count = models.PositiveIntegerField(default=0)
    failures = models.JSONField(default=list)
    message = models.TextField(blank=True)
    result_url = models.CharField(max_length=300, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = Jobs.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rows_done__lte=F("rows_total")),
                name="job_rows_done_within_total",
                violation_error_code="job_progress",
                violation_error_message="A job cannot have done more rows than it has.",
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="job_list")]

    def __str__(self) -> str:
        return f"{self.title} ({self.get_state_display()})"

    @property
    def is_live(self) -> bool:
        """Whether it is still to come or under way."""
        return self.state in (self.State.WAITING, self.State.RUNNING)
