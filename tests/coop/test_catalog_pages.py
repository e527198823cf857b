"""The portal's catalog pages: lists, forms, packing specs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coop.catalog import services
from coop.catalog.models import PackingSpec, Sku
from coop.catalog.services import StepInput
from coop.members.models import Member
from tests.world import make_membership, make_sku, make_user

pytestmark = pytest.mark.django_db


def url(name: str, **kwargs: Any) -> str:
    return reverse(f"portal:{name}", kwargs={"member": "tidehouse", **kwargs})


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
