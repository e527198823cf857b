"""The portal's pages of an import of products: the file, its preview, the job that does it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from coop.catalog.models import Sku
from coop.jobs.models import Job
from coop.jobs.services import run_job
from coop.members.models import Member
from tests.world import make_member, make_sku, make_user

pytestmark = pytest.mark.django_db

SHOP = (
    "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Price,Variant Barcode,Image Src\n"
    "sea-mug,Sea mug,Colour,Blue,MUG-B,410,24.00,4006381333931,a.jpg\n"
    "sea-mug,,,Green,,0,24.00,,b.jpg\n"
    "sea-mug,,,,,,,,c.jpg\n"
)


def url(name: str, **kwargs: Any) -> str:
    return reverse(f"portal:{name}", kwargs={"member": "tidehouse", **kwargs})


def upload(client: Client, text: str | bytes, name: str = "products.csv") -> Any:
    data = text.encode() if isinstance(text, str) else text
    return client.post(url("sku-import"), {"file": SimpleUploadedFile(name, data)})


def test_the_preview_asks_for_what_shopify_does_not_say(maya: Client, member: Member) -> None:
    page = maya.get(upload(maya, SHOP).url)
    text = page.content.decode()
    assert "2 without length" in text
    assert "1 without weight" in text
    assert page.context["problem_count"] == 0
    assert not Sku.objects.exists()


def test_the_import_runs_as_a_job_after_the_defaults(maya: Client, member: Member) -> None:
    preview = upload(maya, SHOP).url
    sizes = {"length_mm": "120", "width_mm": "100", "height_mm": "100", "weight_g": "350"}
    defaults = {**sizes, "velocity_class": "core", "storage_class": "ambient"}
    assert maya.post(preview, {**defaults, "do": "preview"}).context["create_count"] == 2
    answer = maya.post(preview, {**defaults, "do": "import"})
    job = Job.objects.get()
    assert answer.url == reverse("jobs:detail", args=[job.pk])
    run_job(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.created_count, job.rows_done, job.rows_total) == ("done", 2, 3, 3)
    assert set(Sku.objects.values_list("code", "weight_g")) == {("MUG-B", 410), ("sea-mug-green", 350)}
    page = maya.get(answer.url).content.decode()
    assert "2 new, 0 updated, 0 as they were." in page
    assert url("sku-list") in page
    again = maya.get(preview)
    assert again.url == answer.url


def test_the_last_skus_figures_are_suggested_but_not_taken(maya: Client, member: Member) -> None:
    make_sku(member, length_mm=317)
    page = maya.get(upload(maya, SHOP).url)
    assert 'value="317"' in page.content.decode()
    assert (page.context["create_count"], page.context["ready"]) == (0, False)


def test_the_import_without_defaults_imports_nothing(maya: Client, member: Member) -> None:
    preview = upload(maya, SHOP).url
    answer = maya.post(preview, {"do": "import"})
    assert answer.status_code == 422
    assert Job.objects.get().state == "preview"
    assert not Sku.objects.exists()


def test_a_broken_row_is_named_with_field_and_remedy(maya: Client, member: Member) -> None:
    broken = SHOP.replace("4006381333931", "4006381333932").replace("410", "very heavy")
    preview = upload(maya, broken).url
    page = maya.get(preview).content.decode()
    assert "Variant Barcode" in page, "all that is wrong with a row is said at once"
    assert "Variant Grams" in page
    assert "Write a whole number like 12." in page
    table = maya.get(url("sku-import-problems", job=Job.objects.get().pk)).content.decode("utf-8-sig")
    assert "2,Variant Grams,very heavy,This is not a whole number." in table


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", b"\x89PNG\r\n\x1a\n", "a picture"),
        ("a.csv", b"<!doctype html><html>", "a web page"),
        ("a.csv", b"colour,shape\nred,round\n", "neither a Shopify product export"),
        ("a.csv", b"  \n", "is empty"),
    ],
)
def test_what_is_no_product_file_is_refused_at_the_field(
    maya: Client, member: Member, name: str, data: bytes, words: str
) -> None:
    answer = upload(maya, data, name)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Job.objects.exists()


def test_another_member_sees_neither_preview_nor_job(maya: Client, member: Member) -> None:
    preview = upload(maya, SHOP).url
    job = Job.objects.get()
    stranger = Client()
    ben = make_user()
    make_member(slug="other", owner=ben)
    stranger.force_login(ben)
    assert stranger.get(preview).status_code == 404
    assert stranger.get(preview.replace("tidehouse", "other")).status_code == 404
    for name in ("detail", "state", "cancel", "failures"):
        assert stranger.get(reverse(f"jobs:{name}", args=[job.pk])).status_code == 404
    assert stranger.post(reverse("jobs:cancel", args=[job.pk])).status_code == 404
    job.refresh_from_db()
    assert job.state == "preview"


def test_the_job_page_polls_while_it_runs_and_stops_when_it_is_over(maya: Client, member: Member) -> None:
    job = Job.objects.create(
        kind="catalog.products", title="T", member=member, state="running", rows_total=9, rows_done=4
    )
    state = reverse("jobs:state", args=[job.pk])
    polled = maya.get(state)
    assert 'hx-trigger="every 1s"' in polled.content.decode()
    assert "HX-Refresh" not in polled
    assert "nothing is imported" in maya.get(reverse("jobs:cancel", args=[job.pk])).content.decode()
    maya.post(reverse("jobs:cancel", args=[job.pk]))
    assert "You asked to cancel" in maya.get(state).content.decode()
    Job.objects.filter(pk=job.pk).update(
        state="failed", failures=[{"row": 7, "field": "gtin", "value": "=1", "problem": "p", "remedy": "r"}]
    )
    assert maya.get(state)["HX-Refresh"] == "true"
    page = maya.get(reverse("jobs:detail", args=[job.pk])).content.decode()
    assert "hx-trigger" not in page
    assert "1 thing to mend" in page
    table = maya.get(reverse("jobs:failures", args=[job.pk])).content.decode("utf-8-sig")
    assert table == "row,field,value,problem,remedy\r\n7,gtin,'=1,p,r\r\n"
    assert "T" in maya.get(reverse("jobs:list")).content.decode()


def test_an_xlsx_is_read_as_well(maya: Client, member: Member) -> None:
    from coop.tables import write_xlsx

    stream = io.BytesIO()
    headers = ["code", "title", "length_mm", "width_mm", "height_mm", "weight_g", "value"]
    write_xlsx(stream, [("SKUs", headers, [["P-1", "Plate", 200, 200, 20, 500, 12.5]])])
    page = maya.get(upload(maya, stream.getvalue(), "skus.xlsx").url)
    assert (page.context["create_count"], page.context["ready"]) == (1, True)


def test_the_export_can_be_imported_again_unchanged(maya: Client, member: Member) -> None:
    make_sku(member, code="A-1", title="=SUM(1)", gtin="4006381333931")
    exported = maya.get(url("sku-export")).content
    page = maya.get(upload(maya, exported).url)
    assert (page.context["create_count"], page.context["update_count"], page.context["unchanged_count"]) == (
        0,
        0,
        1,
    )
