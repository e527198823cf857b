"""One order from its SKU to the paid invoice, as people play it: through the pages, one role after another."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser

from billing.invoices.services import IssuerDetails, save_issuer
from coop.kernel import clock
from fulfillment.packing.services import CartonDetails, save_carton
from tests.browser.conftest import SCREENSHOTS, Complaints
from tests.browser.installation import Installation
from tests.browser.story import books, creators, floor, shops, stewards
from tests.browser.story.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def stage(browser: Browser, site: Installation, complaints: Complaints) -> Iterator[Stage]:
    shutil.rmtree(SCREENSHOTS, ignore_errors=True)
    SCREENSHOTS.mkdir(parents=True)
    stage = Stage(browser, site, complaints)
    yield stage
    for name, window in stage.windows.items():
        for page in window.pages:
            page.screenshot(path=SCREENSHOTS / f"last-{name}.png", full_page=True)
    stage.leave()


def test_one_order_from_sku_to_paid_invoice(stage: Stage, tmp_path: Path) -> None:
    _found_the_coop()
    month = clock.now().astimezone(ZoneInfo("Europe/Berlin")).date().replace(day=1)

    steward = stewards.open_the_coop(stage, _steward_link())
    stewards.set_up_node(stage, steward)
    stewards.set_prices(stage, steward, month)
    stewards.post_staff(stage, steward)
    operator = stewards.come_in(stage, "operator", "Otto Wels")
    floor.offer_slots_and_runs(stage, operator)

    creator = creators.apply_and_sign_up(stage)
    stewards.approve(stage, steward, creators.BUSINESS)
    creators.see_that_she_is_in(stage, creator)
    creators.list_by_form(stage, creator)
    creators.import_products(stage, creator, tmp_path)
    creators.write_packing_spec(stage, creator)
    creators.book_slots(stage, creator)
    creators.plan_drop(stage, creator)
    number = creators.announce(stage, creator)

    floor.receive(stage, operator, number)
    floor.put_away(stage, operator)

    shops.by_form(stage, creator)
    shops.by_api(stage, creator)
    shops.by_file(stage, creator, tmp_path)

    floor.release_wave(stage, operator, orders=4)
    picker = stewards.come_in(stage, "picker", "Pia Sommer", phone=True)
    floor.pick(stage, picker)
    floor.pack_all(stage, operator, orders=4)
    floor.hand_over(stage, operator, parcels=4)
    floor.count(stage, operator)

    accountant = stewards.come_in(stage, "accountant", "Ada Krug")
    books.issue_month(stage, accountant, month)
    books.pay(stage, creator)
    # Two lines by hand, one by API, three out of the file; the short one was picked for what was there.
    books.look_behind(stage, creator, picks=6)
    books.close_the_month(stage, accountant, month)

    assert _audit() == ""
    assert (
        stage.site.stripe.app.store.run("SELECT count(*) FROM deliveries WHERE state <> 'delivered'")[0][0]
        == 0
    )


def _found_the_coop() -> None:
    """What the story does not tell: who the co-op is in law, and the boxes it bought."""
    issuer = IssuerDetails(
        legal_name="Commonshelf Berlin eG", street="Weserstraße 7", postcode="12047", city="Berlin", country="DE",
        vat_id="DE136695976", email="books@commonshelf.example", iban="DE02120300000000202051",
        vat_rate=Decimal("19.00"), payment_days=14,
    )  # fmt: skip
    save_issuer(details=issuer, by=None)
    sizes = [("S1", "Small box", 200, 150, 100, 90), ("M1", "Medium box", 350, 250, 200, 240), ("L2", "Large box", 450, 350, 300, 420)]  # fmt: skip
    for code, name, length, width, height, tare in sizes:
        carton = CartonDetails(
            code=code, name=name, length_mm=length, width_mm=width, height_mm=height, tare_g=tare, max_weight_g=12_000
        )  # fmt: skip
        save_carton(details=carton, by=None)


def _steward_link() -> str:
    out, err = io.StringIO(), io.StringIO()
    call_command("invite_steward", stdout=out, stderr=err)
    return urlsplit(out.getvalue().strip()).path


def _audit() -> str:
    """What the proofs complain about; an audit that finds something raises, too."""
    out, err = io.StringIO(), io.StringIO()
    call_command("audit", quiet=True, stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()
