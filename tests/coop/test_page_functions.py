"""What pages do over and over: submit or show why not, ask first, list."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from coop.kernel.errors import Conflict, Invalid
from coop.members.models import Member
from coop.web.forms import status_of
from coop.web.pages import ListPage, ask_first, show_form, submit
from tests import world


class CodeForm(forms.Form):
    code = forms.CharField(max_length=4)


def posted(**data: str) -> Any:
    return RequestFactory().post("/x/", data)


def test_a_form_that_was_sent_and_makes_sense_is_acted_on() -> None:
    request = posted(code="A1")
    done = submit(request, CodeForm(request.POST), lambda typed: typed["code"].lower())
    assert done is not None
    assert done.result == "a1"
    nothing = submit(request, CodeForm(request.POST), lambda typed: None)
    assert nothing, "an act that returns nothing is done as well"


def test_an_act_is_not_called_for_what_was_not_sent_or_makes_no_sense() -> None:
    called: list[object] = []
    looked = RequestFactory().get("/x/")
    assert submit(looked, CodeForm(), called.append) is None
    request = posted(code="too long")
    form = CodeForm(request.POST)
    assert submit(request, form, called.append) is None
    assert not called
    assert show_form(request, "coop/jobs/list.html", form, {"page": []}).status_code == 422


@pytest.mark.parametrize(
    ("error", "status", "where"),
    [
        (Invalid("No such code.", field="code"), 422, "code"),
        (Conflict("Taken meanwhile."), 409, "__all__"),
        (Conflict("Elsewhere.", field="not_in_the_form"), 409, "__all__"),
    ],
)
def test_what_a_service_refuses_stands_in_the_form_with_its_status(
    error: Invalid | Conflict, status: int, where: str
) -> None:
    def refuse(typed: dict[str, Any]) -> None:
        raise error

    request = posted(code="A1")
    form = CodeForm(request.POST)
    assert submit(request, form, refuse) is None
    assert form.errors == {where: [error.message]}
    assert show_form(request, "coop/jobs/list.html", form, {"page": []}).status_code == 422
    assert status_of(form) == status


def test_asking_first_says_what_will_happen_and_posts_its_fields_along() -> None:
    answer = ask_first(
        RequestFactory().get("/x/"),
        area="plain",
        title="Close it?",
        what="Nothing comes back.",
        label="Close it now",
        back_url="/back/",
        fields={"really": "<yes>"},
    )
    text = answer.content.decode()
    for said in (
        "Close it?",
        "Nothing comes back.",
        "Close it now",
        'href="/back/"',
        'value="&lt;yes&gt;"',
        "danger",
    ):
        assert said in text


@pytest.mark.django_db
def test_a_list_is_narrowed_by_its_chip_and_its_search_and_counts_what_each_chip_leads_to() -> None:
    for slug, standing in (("ash", "good"), ("birch", "good"), ("cedar", "on_hold")):
        world.make_member(slug=slug, standing=standing)

    def listed(query: str) -> ListPage[Member]:
        return ListPage(
            RequestFactory().get(f"/x/{query}"),
            Member.objects.all(),
            order=("name", "id"),
            search=("name", "city"),
            by="standing",
            choices=Member.Standing,
        )

    everybody = listed("")
    assert [member.slug for member in everybody.page] == ["ash", "birch", "cedar"]
    assert everybody.chips == [
        ("good", "In good standing", 2),
        ("on_hold", "On hold", 1),
        ("closed", "Closed", 0),
    ]
    assert everybody.total == 3
    held = listed("?standing=on_hold")
    assert [member.slug for member in held.page] == ["cedar"]
    assert held.total == 3, "a chip says what it leads to, whichever is chosen"
    assert [member.slug for member in listed("?q=BIR").page] == ["birch"]
    assert [member.slug for member in listed("?standing=on_hold&q=ash").page] == []
    assert len(listed("?standing=nonsense").page) == 3
    with CaptureQueriesContext(connection) as queries:
        listed("?q=a")
    assert len(queries) == 2
