"""Orders come in: by hand, by a machine, and out of a shop's file."""

from __future__ import annotations

import csv
import json
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.story.creators import HOME
from tests.browser.story.stage import Stage, fill, follow, press, said

# Column names of nobody's standard, so that the mapping has something to do; the last order comes from far away.
ROWS = [
    ["Bestellnr", "Bestellt am", "Empfänger", "Straße", "PLZ", "Ort", "Land", "Artikel", "Stück", "Einzelpreis"],
    ["S-301", "2026-01-04 09:12", "Ada Lovelace", "Weserstraße 7", "12047", "Berlin", "DE", "MUG-1", "1", "24.00"],
    ["S-301", "2026-01-04 09:12", "Ada Lovelace", "Weserstraße 7", "12047", "Berlin", "DE", "PLATE-1", "2", "28.50"],
    ["S-302", "2026-01-04 10:40", "Grace Hopper", "Pannierstraße 2", "12047", "Berlin", "DE", "BOWL-SEA", "2", "32.00"],
    ["S-303", "2026-01-04 11:05", "Emmy Noether", "Sonnenallee 9", "12045", "Berlin", "DE", "BOWL-SAND", "1", "32.00"],
]  # fmt: skip


def by_form(stage: Stage, page: Page) -> None:
    """A buyer called: two mugs and a bowl."""
    page.goto(f"{HOME}/orders/new/")
    fill(
        page, **{
            "number": "TEL-1", "lines-0-sku": "MUG-1", "lines-0-quantity": 2, "lines-0-unit_price": "24.00",
            "lines-1-sku": "BOWL-SEA", "lines-1-quantity": 1, "lines-1-unit_price": "32.00",
            "buyer_name": "Rosa Mayr", "buyer_email": "rosa@buyers.example", "street": "Hobrechtstraße 12",
            "postcode": "12047", "city": "Berlin", "country": "DE", "note": "A gift: no prices in the box, please.",
        }
    )  # fmt: skip
    stage.draw(page, "creator-order-by-hand")
    press(page, "Place the order")
    said(page, "Order TEL-1 is in.")
    stage.draw(page, "creator-order")


def by_api(stage: Stage, page: Page) -> None:
    """Her web shop gets a key of its own and sends an order; sent again, it is the same order."""
    page.goto(f"{HOME}/keys/")
    fill(page, name="Web shop")
    press(page, "Make the key")
    said(page, "Copy it now.")
    key = page.locator("#token").input_value()
    stage.draw(page, "creator-api-key")
    order = {
        "number": "WEB-77", "buyer_name": "Hannah Arendt", "street": "Maybachufer 40", "postcode": "12047",
        "city": "Berlin", "country": "DE", "latitude": "52.4935", "longitude": "13.4262",
        "lines": [{"sku": "MUG-1", "quantity": 1, "unit_price": "24.00"}],
    }  # fmt: skip
    status, told = _send(stage.site.url, key, order)
    assert (status, told["number"], told["state"]) == (201, "WEB-77", "allocated")
    status, again = _send(stage.site.url, key, order)
    assert (status, again["id"]) == (200, told["id"])


def by_file(stage: Stage, page: Page, folder: Path) -> None:
    """Upload, say what each column means and keep that, look, import."""
    file = folder / "bestellungen.csv"
    with file.open("w", newline="") as out:
        csv.writer(out, delimiter=";").writerows(ROWS)
    page.goto(f"{HOME}/orders/import/")
    page.set_input_files("[name=file]", file)
    stage.draw(page, "creator-import-orders")
    press(page, "Read the file")
    said(page, "What does each column mean?")
    columns = {
        "number": "Bestellnr", "placed_at": "Bestellt am", "buyer_name": "Empfänger", "street": "Straße",
        "postcode": "PLZ", "city": "Ort", "country": "Land", "sku": "Artikel", "quantity": "Stück",
        "unit_price": "Einzelpreis",
    }  # fmt: skip
    fill(page, **{f"column_{name}": header for name, header in columns.items()})
    fill(page, channel="Market stall", save_as="Market stall")
    stage.draw(page, "creator-import-columns")
    press(page, "Show the preview")
    said(page, "Good orders")
    stage.draw(page, "creator-import-preview")
    press(page, "Import 3 orders")
    expect(page.locator("#job-state .pill")).to_have_text("done", timeout=30_000)
    stage.draw(page, "creator-orders-imported")
    page.goto(f"{HOME}/orders/import/")
    expect(page.locator("select[name=mapping]")).to_contain_text("as saved: Market stall")
    page.goto(f"{HOME}/orders/")
    # One order asks for a bowl that never came: it waits and says why.
    row = page.locator("tr", has_text="S-303")
    expect(row).to_contain_text("waiting", timeout=20_000)
    stage.draw(page, "creator-orders")
    follow(page, "S-303")
    stage.draw(page, "creator-order-waits")


def _send(url: str, key: str, order: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(  # noqa: S310
        f"{url}/api/v1/orders/",
        data=json.dumps(order).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        return answer.status, json.loads(answer.read())
