"""A month in one ZIP: every PDF and annex, the journal, and a manifest of their hashes."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from typing import IO, Any

from billing.invoices.errors import DocumentsMissing
from billing.invoices.models import Invoice
from billing.invoices.services.documents import file_name, make_documents, read_document
from coop.tables import write_csv

_ON_THE_SPOT = 20
_IN_MEMORY = 16 * 1024 * 1024


def bundle(
    month: dt.date,
    invoices: Iterable[Invoice],
    journal_headers: Sequence[str],
    journal: Iterable[Sequence[Any]],
) -> IO[bytes]:
    """The ZIP, at its beginning. Raises DocumentsMissing when many documents are still being made."""
    chosen = list(invoices)
    missing = [invoice for invoice in chosen if len(invoice.documents.all()) < 2]
    if len(missing) > _ON_THE_SPOT:
        raise DocumentsMissing(
            f"{len(missing)} of {len(chosen)} invoices have no documents yet; they are being made. Try again soon."
        )
    out = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the response closes it
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest: list[list[Any]] = []
        for invoice in chosen:
            for document in (
                make_documents(invoice=invoice) if invoice in missing else invoice.documents.all()
            ):
                name = f"{document.kind}/{file_name(invoice, document.kind)}"
                _add(archive, manifest, month, name, read_document(document), str(invoice.number))
        _add(archive, manifest, month, "journal.csv", _csv(journal_headers, journal), "")
        _add(archive, [], month, "manifest.csv", _csv(["file", "invoice", "bytes", "sha256"], manifest), "")
    out.seek(0)
    return out


def _add(
    archive: zipfile.ZipFile,
    manifest: list[list[Any]],
    month: dt.date,
    name: str,
    content: bytes,
    number: str,
) -> None:
    # A fixed time, so that the same month gives the same archive.
    entry = zipfile.ZipInfo(name, date_time=(month.year, month.month, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
    manifest.append([name, number, len(content), hashlib.sha256(content).hexdigest()])


def _csv(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    write_csv(text, headers, rows)
    return text.getvalue().encode("utf-8-sig")
