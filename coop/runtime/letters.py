"""One way to send a letter: the first line of its template is the subject, the rest the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from coop.runtime.models import OutboxMessage


def send_letter(
    message: OutboxMessage,
    template: str,
    context: Mapping[str, Any],
    *,
    to: str,
    reply_to: Sequence[str] | None = None,
    headers: Mapping[str, str] | None = None,
    attachments: Sequence[tuple[str, bytes, str]] = (),
) -> dict[str, str]:
    """Send the letter that an outbox message is about, and return what to keep of it.

    Without `headers` the same message gives the same Message-ID, so that a second sending can be told from a first.
    `attachments` are (file name, bytes, content type).
    """
    subject, _, body = render_to_string(template, dict(context)).partition("\n")
    host = settings.SITE_URL.partition("://")[2].partition(":")[0]
    EmailMessage(
        subject=subject.strip(),
        body=body.strip() + "\n",
        to=[to],
        reply_to=reply_to,
        headers=dict(headers or {"Message-ID": f"<{message.pk}@{host}>"}),
        attachments=list(attachments),
    ).send()
    return {"to": to}
