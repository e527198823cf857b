"""What invoicing refuses, by name."""

from __future__ import annotations

from coop.kernel.errors import Conflict, Invalid


class NoIssuer(Conflict):
    """Nobody has said yet who issues the invoices."""

    code = "no_issuer"


class DraftStale(Conflict):
    """The work behind a draft is not what it was when the draft was drawn."""

    code = "draft_stale"


class NothingToIssue(Conflict):
    """An invoice of nothing, or of less than nothing, is not issued."""

    code = "nothing_to_issue"


class NotIssued(Conflict):
    """A draft has no documents."""

    code = "not_issued"


class DocumentsMissing(Conflict):
    """Some documents are still being made."""

    code = "documents_missing"


class IssuerUnclear(Invalid):
    """Something about the issuer cannot be so."""

    code = "issuer_unclear"
