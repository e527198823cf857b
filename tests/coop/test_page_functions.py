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
from coop.web.pages import ListPage, ask_first, searched, show_form, submit
from tests import world


class CodeForm(forms.Form):
    code = forms.CharField(max_length=4)


Codes = forms.formset_factory(CodeForm, extra=0)
LIST = "coop/jobs/list.html"


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


def test_a_refusal_that_has_a_page_of_its_own_is_raised_and_no_other() -> None:
    def act(typed: dict[str, Any]) -> None:
        raise {"own": Conflict, "any": Invalid}[typed["code"]]("No.")

    request = posted(code="own")
    with pytest.raises(Conflict):
        submit(request, CodeForm(request.POST), act, raising=Conflict)
    request = posted(code="any")
    form = CodeForm(request.POST)
    assert submit(request, form, act, raising=Conflict) is None
    assert form.errors == {"__all__": ["No."]}


def rows(*codes: str) -> dict[str, str]:
    """Rows of codes as a page sends them."""
    sent = {f"form-{at}-code": code for at, code in enumerate(codes)}
    return {"form-TOTAL_FORMS": str(len(codes)), "form-INITIAL_FORMS": "0", **sent}


def test_rows_beside_a_form_must_make_sense_too() -> None:
    for sent, passes in ((rows("A1", "B2"), True), (rows("A1", "too long"), False)):
        request = posted(code="A1", **sent)
        form, codes = CodeForm(request.POST), Codes(request.POST)
        done = submit(request, form, lambda _, of=codes: len(of.cleaned_data), beside=[codes])
        assert (done.result if done else None) == (2 if passes else None)
        page = show_form(request, LIST, form, {"page": []}, beside=[codes])
        assert page.status_code == (200 if passes else 422)


def test_whoever_asks_for_more_rows_is_not_blamed_for_what_is_not_typed_yet() -> None:
    called: list[object] = []
    for sent in (posted(code="", more="1", **rows("")), RequestFactory().get("/x/")):
        form, codes = CodeForm(sent.POST or None), Codes(sent.POST or None)
        assert submit(sent, form, called.append, beside=[codes]) is None
        assert show_form(sent, LIST, form, {"page": []}, beside=[codes]).status_code == 200
    assert submit(posted(code="A1", more="1"), CodeForm({"code": "A1"}), called.append) is None
    assert not called


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
    own_words = show_form(request, "coop/jobs/list.html", form, {"page": []}, status=status_of(form))
    assert own_words.status_code == status


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
        world.make_member(slug=slug, standing=standing, hold="steward" if standing == "on_hold" else "")

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
        narrowed = listed("?q=a")
        assert narrowed.page
        assert narrowed.chips
        assert narrowed.total == 3
    assert len(queries) == 2


@pytest.mark.django_db
def test_the_same_list_as_a_file_has_the_rows_of_every_page_and_costs_no_page() -> None:
    for slug in ("ash", "birch", "cedar"):
        world.make_member(slug=slug, city="Köln")
    first = listed("?q=r", size=1)
    assert first.query == "q=r"
    assert first.is_narrowed
    assert first.page.next_url is not None
    second = listed(first.page.next_url, size=1)
    assert [member.slug for member in second.page] == ["cedar"]
    assert second.query == "q=r", "a file begins at the beginning, whatever page its link is on"
    with CaptureQueriesContext(connection) as queries:
        of_the_file = listed("?q=r", size=1).narrowed
        assert sorted(member.slug for member in of_the_file) == ["birch", "cedar"]
    assert len(queries) == 1
    assert not listed("").is_narrowed
    assert listed("?standing=good").is_narrowed


@pytest.mark.django_db
def test_rows_may_know_better_how_they_are_searched_and_no_word_breaks_the_search() -> None:
    world.make_member(slug="ash")
    world.make_member(slug="ashes")

    def exactly(query: str) -> list[str]:
        request = RequestFactory().get("/x/", {"q": query})
        found = searched(request, Member.objects.all(), lambda members, words: members.filter(slug=words))
        return [member.slug for member in found]

    assert exactly(" ash ") == ["ash"]
    assert exactly("ash\x00") == ["ash"], (
        "a word with a NUL is asked for without it, not refused by PostgreSQL"
    )
    assert [member.slug for member in listed("?q=ash%00es").page] == ["ashes"]


def listed(query: str, **how: Any) -> ListPage[Member]:
    """Members as a page lists them."""
    return ListPage(
        RequestFactory().get(f"/x/{query}"),
        Member.objects.all(),
        order=("name", "id"),
        search=("name", "city"),
        by="standing",
        choices=Member.Standing,
        **how,
    )
