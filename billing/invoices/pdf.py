"""The invoice on paper. The only module that knows WeasyPrint: nothing is fetched, same input, same bytes."""

from __future__ import annotations

from functools import cache
from pathlib import PurePosixPath
from urllib.parse import urlparse

import weasyprint
from django.conf import settings
from django.template.loader import render_to_string
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from billing.invoices.models import Invoice
from billing.invoices.paper import on_paper
from coop.web.fonts import FONT_DIR

# The stylesheets' own address: "../fonts/x.otf" in them becomes /paper/fonts/x.otf, which is answered from the wheel.
_BASE = "file:///paper/css/"
_STYLES = ("paper.css", "invoice.css")


class _OwnFontsOnly(URLFetcher):
    """Answers the house's typeface and nothing else: no network, no other file, and no quiet failure either."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:  # noqa: ARG002 # the library's signature
        path = PurePosixPath(urlparse(url).path)
        if url.startswith("file:///paper/fonts/") and (font := FONT_DIR / path.name).is_file():
            return URLFetcherResponse(url, body=font.read_bytes(), headers={"Content-Type": "font/otf"})
        raise FatalURLFetchingError(f"an invoice may not fetch {url}")


def pdf_of(invoice: Invoice) -> bytes:
    """The PDF of an issued invoice (A4). Raises FatalURLFetchingError if a template should ever ask for a resource."""
    return render(render_to_string("billing/invoices/paper.html", on_paper(invoice)))


def render(html: str) -> bytes:
    """HTML to PDF bytes, with the house's type and paper."""
    fetcher = _OwnFontsOnly()  # type: ignore[no-untyped-call]
    fonts = FontConfiguration()
    sheets = [
        weasyprint.CSS(string=_css(name), base_url=_BASE, url_fetcher=fetcher, font_config=fonts)
        for name in _STYLES
    ]
    document = weasyprint.HTML(string=html, base_url=_BASE, url_fetcher=fetcher)
    pdf: bytes = document.write_pdf(stylesheets=sheets, font_config=fonts)
    return pdf


@cache
def _css(name: str) -> str:
    return (settings.BASE_DIR / "static" / "css" / name).read_text()
