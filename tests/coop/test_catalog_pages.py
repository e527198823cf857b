"""The portal's catalog pages: lists, forms, import, packing specs."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from coop.catalog import services
from coop.catalog.models import PackingSpec, Sku
from coop.catalog.services import StepInput
from coop.jobs.models import Job
from coop.jobs.services import run_job
from coop.members.models import Member
from tests.world import make_member, make_membership, make_sku, make_user

pytestmark = pytest.mark.django_db

SHOP = (
    "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Price,Variant Barcode,Image Src\n"
    "sea-mug,Sea mug,Colour,Blue,MUG-B,410,24.00,4006381333931,a.jpg\n"
    "sea-mug,,,Green,,0,24.00,,b.jpg\n"
    "sea-mug,,,,,,,,c.jpg\n"
)


@pytest.fixture
def maya() -> Client:
    client = Client()
    client.force_login(make_user("maya@example.com"))
    return client


@pytest.fixture
def member(maya: Client) -> Member:
    return make_member(slug="tidehouse", owner=_user(maya))


def _user(client: Client) -> Any:
    from coop.identity.models import User

    return User.objects.get(pk=client.session["_auth_user_id"])


def url(name: str, **kwargs: Any) -> str:
    return reverse(f"portal:{name}", kwargs={"member": "tidehouse", **kwargs})


def upload(client: Client, text: str | bytes, name: str = "products.csv") -> Any:
    data = text.encode() if isinstance(text, str) else text
    return client.post(url("sku-import"), {"file": SimpleUploadedFile(name, data)})


FORM = {
    "code": "MUG-1", "title": "Mug, sea blue", "gtin": "4006381333931", "value_amount": "24.00", "length_mm": "120",
    "width_mm": "100", "height_mm": "100", "weight_g": "400", "velocity_class": "core", "storage_class": "ambient",
    "packing_spec": "",
}  # fmt: skip


def test_the_empty_list_offers_the_import_and_a_sample(maya: Client, member: Member) -> None:
    page = maya.get(url("sku-list")).content.decode()
    assert url("sku-import") in page
    sample = maya.get(url("sku-import-sample"))
    assert sample.content.decode("utf-8-sig").startswith("code,title,gtin,length_mm")


def test_lists_a_sku_and_shows_it(maya: Client, member: Member) -> None:
    answer = maya.post(url("sku-new"), FORM)
    sku = Sku.objects.get(member=member)
    assert answer.url == url("sku-detail", sku=sku.pk)
    page = maya.get(answer.url).content.decode()
    assert "Mug, sea blue" in page
    assert "€24.00" in page
    assert "<svg" in page


def test_the_form_names_the_right_check_digit_and_keeps_what_was_typed(maya: Client, member: Member) -> None:
    answer = maya.post(url("sku-new"), {**FORM, "gtin": "4006381333932"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "The check digit is 2; of these digits it would be 1." in page
    assert 'value="4006381333932"' in page
    assert not Sku.objects.exists()


def test_a_new_sku_never_writes_over_one_that_is_there(maya: Client, member: Member) -> None:
    before = make_sku(member, code="MUG-1", title="The first")
    answer = maya.post(url("sku-new"), FORM)
    assert answer.status_code == 422
    assert "already have a SKU of that code" in answer.content.decode()
    before.refresh_from_db()
    assert before.title == "The first"


def test_a_further_sku_starts_with_the_figures_of_the_last(maya: Client, member: Member) -> None:
    make_sku(member, length_mm=317)
    page = maya.get(url("sku-new")).content.decode()
    assert 'value="317"' in page


def test_a_code_can_be_changed_and_the_row_stays(maya: Client, member: Member) -> None:
    sku = make_sku(member, code="OLD")
    maya.post(url("sku-edit", sku=sku.pk), {**FORM, "code": "NEW"})
    sku.refresh_from_db()
    assert sku.code == "NEW"
    assert "code OLD → NEW" in maya.get(url("sku-detail", sku=sku.pk)).content.decode().replace(
        "Code OLD", "code OLD"
    )


def test_deactivates_and_brings_back(maya: Client, member: Member) -> None:
    sku = make_sku(member)
    assert "Deactivate" in maya.get(url("sku-active", sku=sku.pk)).content.decode()
    maya.post(url("sku-active", sku=sku.pk), {"active": "no"})
    sku.refresh_from_db()
    assert not sku.is_active
    maya.post(url("sku-active", sku=sku.pk), {"active": "yes"})
    sku.refresh_from_db()
    assert sku.is_active


def test_filters_sort_and_csv_agree(maya: Client, member: Member) -> None:
    make_sku(member, code="A-1", title="=HYPERLINK(1)", velocity_class="seasonal")
    make_sku(member, code="B-2", title="Plate", is_active=False)
    page = maya.get(url("sku-list"), {"velocity": "seasonal", "sort": "-weight_g"}).content.decode()
    assert "A-1" in page
    assert "B-2" not in page
    table = maya.get(url("sku-export"), {"active": "no"}).content.decode("utf-8-sig")
    assert "B-2" in table
    assert "A-1" not in table
    assert ",'=HYPERLINK(1)," in maya.get(url("sku-export")).content.decode("utf-8-sig")


def test_the_export_can_be_imported_again_unchanged(maya: Client, member: Member) -> None:
    make_sku(member, code="A-1", title="=SUM(1)", gtin="4006381333931")
    exported = maya.get(url("sku-export")).content
    page = maya.get(upload(maya, exported).url)
    assert (page.context["create_count"], page.context["update_count"], page.context["unchanged_count"]) == (
        0,
        0,
        1,
    )


def test_lists_ask_the_same_number_of_questions_however_long(maya: Client, member: Member) -> None:
    for name in ("sku-list", "spec-list"):
        services.save_packing_spec(
            member=member, name=f"S {name}", steps=[StepInput("Wrap.")], is_default=False, by=None
        )
        make_sku(member)
        few = _queries(maya, url(name))
        for number in range(20):
            make_sku(member)
            services.save_packing_spec(
                member=member, name=f"{name} {number}", steps=[StepInput("Wrap.")], is_default=False, by=None
            )
        assert _queries(maya, url(name)) == few


def _queries(client: Client, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


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


def test_an_accountant_reads_but_does_not_write(member: Member) -> None:
    client, anna = Client(), make_user()
    make_membership(member, anna, "accountant")
    client.force_login(anna)
    sku = make_sku(member)
    assert client.get(url("sku-detail", sku=sku.pk)).status_code == 200
    assert url("sku-new") not in client.get(url("sku-list")).content.decode()
    assert client.post(url("sku-edit", sku=sku.pk), FORM).status_code == 403
    assert client.post(url("sku-import"), {}).status_code == 403
    sku.refresh_from_db()
    assert sku.code != "MUG-1"


# Jobs' own pages


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


# Packing specs


def _steps(*words: str) -> dict[str, Any]:
    return {
        "step-kind": ["wrap"] * len(words),
        "step-instruction": list(words),
        "step-confirm": [str(n) for n in range(len(words))],
    }


def test_steps_are_added_moved_and_removed_without_script(maya: Client, member: Member) -> None:
    def press(button: str, steps: dict[str, Any]) -> list[str]:
        page = maya.post(url("spec-new"), {"name": "Mugs", "do": button, **steps})
        assert page.status_code == 200
        assert 'value="Mugs"' in page.content.decode()
        return re.findall(r'name="step-instruction"[^>]* value="([^"]*)"', page.content.decode())

    two = _steps("Wrap it.", "Seal it.")
    assert press("add", two) == ["Wrap it.", "Seal it.", ""]
    assert press("up-1", two) == ["Seal it.", "Wrap it."]
    assert press("down-0", two) == ["Seal it.", "Wrap it."]
    assert press("remove-0", two) == ["Seal it."]
    assert press("up-0", two) == press("nonsense", two) == ["Wrap it.", "Seal it."]
    assert not PackingSpec.objects.exists()


def test_saving_makes_the_next_version_and_shows_the_difference(maya: Client, member: Member) -> None:
    maya.post(
        url("spec-new"), {"name": "Mugs", "is_default": "on", "do": "save", **_steps("Wrap it.", "Seal it.")}
    )
    spec = PackingSpec.objects.get()
    maya.post(
        url("spec-edit", spec=spec.pk),
        {
            "name": "Mugs",
            "is_default": "on",
            "seen_version": "1",
            "note": "Cards",
            "do": "save",
            **_steps("Wrap it.", "Add a card.", "Seal it."),
        },
    )
    page = maya.get(url("spec-detail", spec=spec.pk)).content.decode()
    assert "<ins>" in page
    assert "Add a card." in page
    assert list(spec.versions.values_list("number", flat=True)) == [2, 1]
    assert "Wrap it." in maya.get(url("spec-print", spec=spec.pk, number=1)).content.decode()
    assert "Add a card." not in maya.get(url("spec-print", spec=spec.pk, number=1)).content.decode()


def test_who_saves_on_an_old_version_is_told_and_loses_nothing(maya: Client, member: Member) -> None:
    first = services.save_packing_spec(
        member=member, name="Mugs", steps=[StepInput("Wrap.")], is_default=False, by=None
    )
    services.save_packing_spec(
        member=member,
        name="Mugs",
        steps=[StepInput("Wrap twice.")],
        is_default=False,
        by=None,
        spec=first.spec,
    )
    answer = maya.post(
        url("spec-edit", spec=first.spec_id),
        {"name": "Mugs", "seen_version": "1", "do": "save", **_steps("My own words.")},
    )
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Somebody saved this spec at the same time" in page
    assert "My own words." in page
    assert first.spec.versions.count() == 2


def test_an_empty_spec_is_refused_with_a_word(maya: Client, member: Member) -> None:
    answer = maya.post(url("spec-new"), {"name": "Mugs", "do": "save", **_steps("  ")})
    assert answer.status_code == 422
    assert "at least one step" in answer.content.decode()
    assert not PackingSpec.objects.exists()


def test_sets_the_default(maya: Client, member: Member) -> None:
    first = services.save_packing_spec(
        member=member, name="A", steps=[StepInput("x")], is_default=True, by=None
    ).spec
    second = services.save_packing_spec(
        member=member, name="B", steps=[StepInput("y")], is_default=False, by=None
    ).spec
    maya.post(url("spec-default", spec=second.pk))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_default, second.is_default) == (False, True)
    sku = make_sku(member)
    assert "version 1 · your default" in maya.get(url("sku-detail", sku=sku.pk)).content.decode()


def test_an_xlsx_is_read_as_well(maya: Client, member: Member) -> None:
    from coop.tables import write_xlsx

    stream = io.BytesIO()
    headers = ["code", "title", "length_mm", "width_mm", "height_mm", "weight_g", "value"]
    write_xlsx(stream, [("SKUs", headers, [["P-1", "Plate", 200, 200, 20, 500, 12.5]])])
    page = maya.get(upload(maya, stream.getvalue(), "skus.xlsx").url)
    assert (page.context["create_count"], page.context["ready"]) == (1, True)
