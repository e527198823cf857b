"""The pages of this room, as people walk through them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from coop.identity.models import User
from coop.members import services
from coop.members.models import ApiKey, Application, Invitation, Member, Membership
from coop.nodes.models import StaffPost
from tests import world

pytestmark = pytest.mark.django_db

APPLICATION = {
    "business_name": "Tidehouse Ceramics",
    "trade": "potter",
    "about": "Mugs and bowls.",
    "parcels_a_month": "60",
    "legal_name": "Tidehouse GbR",
    "street": "Uferstraße 8",
    "postcode": "13357",
    "city": "Berlin",
    "country": "DE",
    "vat_id": "",
}


def steward() -> Client:
    user = world.make_user()
    world.make_staff(user, "steward")
    return world.client_of(user)


def test_what_a_stranger_types_into_the_application_waits_until_they_have_an_account(client: Client) -> None:
    sent = client.post("/apply/", APPLICATION)
    assert sent.status_code == 302
    assert sent["Location"] == "/accounts/signup/?next=%2Fapply%2F"
    assert not Application.objects.exists()
    client.force_login(world.make_user(), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Uferstraße 8" in client.get("/apply/").content.decode()
    assert client.post("/apply/", APPLICATION)["Location"] == "/apply/sent/"
    assert Application.objects.get().city == "Berlin"
    assert "Mugs and bowls." in client.get("/apply/sent/").content.decode()
    assert "Uferstraße 8" not in client.get("/apply/").content.decode()


def test_a_wrong_vat_number_is_said_at_its_field_and_nothing_typed_is_lost(client: Client) -> None:
    page = client.post("/apply/", {**APPLICATION, "vat_id": "DE136695977"})
    assert page.status_code == 422
    assert "not a VAT number of DE" in page.content.decode()
    assert "Mugs and bowls." in page.content.decode()


def test_a_second_application_is_refused_with_words() -> None:
    client = world.client_of(world.make_user())
    client.post("/apply/", APPLICATION)
    page = client.post("/apply/", APPLICATION)
    assert page.status_code == 409
    assert "You have already applied" in page.content.decode()


def test_a_steward_approves_and_sees_the_member() -> None:
    maya = world.make_user("maya@example.com")
    world.client_of(maya).post("/apply/", APPLICATION)
    application = Application.objects.get()
    office = steward()
    assert "Tidehouse Ceramics" in office.get("/network/applications/?state=waiting").content.decode()
    assert office.get(f"/network/applications/{application.pk}/").status_code == 200
    done = office.post(f"/network/applications/{application.pk}/approve/", {"note": "Welcome."}, follow=True)
    assert "Tidehouse Ceramics is a member" in done.content.decode()
    assert "Joined the co-op" in done.content.decode()
    again = office.post(f"/network/applications/{application.pk}/approve/", {"note": ""})
    assert again.status_code == 409
    assert Member.objects.count() == 1
    assert world.client_of(maya).get("/home/")["Location"] == "/portal/tidehouse-ceramics/"


def test_a_steward_declines() -> None:
    world.client_of(world.make_user()).post("/apply/", APPLICATION)
    application = Application.objects.get()
    steward().post(f"/network/applications/{application.pk}/decline/", {"note": "Full for now."})
    application.refresh_from_db()
    assert (application.state, application.decision_note) == ("declined", "Full for now.")


class TestHome:
    def test_to_the_application_for_nobody_in_particular(self) -> None:
        assert world.client_of(world.make_user()).get("/home/")["Location"] == "/apply/"

    def test_to_the_only_member(self) -> None:
        user = world.make_user()
        world.make_member(slug="tidehouse", owner=user)
        assert world.client_of(user).get("/home/")["Location"] == "/portal/tidehouse/"

    def test_to_the_network(self) -> None:
        assert steward().get("/home/")["Location"] == "/network/"

    def test_a_choice_among_several(self) -> None:
        user = world.make_user()
        world.make_member(slug="tidehouse", owner=user)
        world.make_staff(user, "steward")
        page = world.client_of(user).get("/home/").content.decode()
        assert "/portal/tidehouse/" in page
        assert "/network/" in page


class TestTeam:
    def test_an_owner_invites_and_somebody_comes(self) -> None:
        owner = world.make_user()
        world.make_member(slug="tidehouse", owner=owner)
        client = world.client_of(owner)
        client.post("/portal/tidehouse/team/invite/", {"email": "noor@example.com", "role": "manager"})
        invitation = Invitation.objects.get()
        assert "noor@example.com" in client.get("/portal/tidehouse/team/").content.decode()
        path = services.link_of(invitation).removeprefix("http://localhost:8000")
        stranger = Client()
        assert stranger.get(path).status_code == 200
        weak = stranger.post(path, {"name": "Noor", "password": "noor@example.com"})
        assert weak.status_code == 422
        welcome = stranger.post(path, {"name": "Noor", "password": world.PASSWORD}, follow=True)
        assert welcome.redirect_chain[-1][0] == "/portal/tidehouse/"
        assert Client().get(path).status_code == 409

    def test_the_last_owner_is_told_why_they_stay(self) -> None:
        owner = world.make_user()
        member = world.make_member(slug="tidehouse", owner=owner)
        row = Membership.objects.get(member=member)
        client = world.client_of(owner)
        assert client.get(f"/portal/tidehouse/team/{row.pk}/remove/").status_code == 200
        refused = client.post(f"/portal/tidehouse/team/{row.pk}/remove/")
        assert refused.status_code == 409
        assert "Make somebody else an owner first" in refused.content.decode()
        assert client.post(f"/portal/tidehouse/team/{row.pk}/role/", {"role": "manager"}).status_code == 409
        assert Membership.objects.get(pk=row.pk).role == "owner"

    def test_a_manager_reads_the_team_and_changes_nothing(self) -> None:
        manager = world.make_user()
        member = world.make_member(slug="tidehouse")
        world.make_membership(member, manager, "manager")
        client = world.client_of(manager)
        page = client.get("/portal/tidehouse/team/").content.decode()
        assert "Invite somebody" not in page
        assert (
            client.post(
                "/portal/tidehouse/team/invite/", {"email": "x@example.com", "role": "owner"}
            ).status_code
            == 403
        )
        assert not Invitation.objects.exists()

    def test_settings_are_saved_with_the_vat_number_in_its_normal_form(self) -> None:
        owner = world.make_user()
        world.make_member(slug="tidehouse", owner=owner)
        client = world.client_of(owner)
        form: dict[str, Any] = client.get("/portal/tidehouse/settings/").context["form"].initial
        client.post(
            "/portal/tidehouse/settings/", {**form, "vat_id": "136 695 976", "thank_you": "Thank you, truly."}
        )
        member = Member.objects.get()
        assert (member.vat_id, member.thank_you) == ("DE136695976", "Thank you, truly.")

    def test_a_key_is_shown_once_works_and_is_revoked(self) -> None:
        owner = world.make_user()
        world.make_member(slug="tidehouse", owner=owner)
        client = world.client_of(owner)
        made = client.post("/portal/tidehouse/keys/", {"name": "web shop"})
        [token] = set(re.findall(r"cs_[0-9a-f]{8}_[0-9a-f]{64}", made.content.decode()))
        assert made["Cache-Control"] == "no-store"
        assert token not in client.get("/portal/tidehouse/keys/").content.decode()
        key = ApiKey.objects.get()
        client.post(f"/portal/tidehouse/keys/{key.pk}/revoke/")
        key.refresh_from_db()
        assert key.revoked_at is not None


class TestStaff:
    def test_somebody_with_an_account_has_the_post_at_once(self) -> None:
        node, office = world.make_node(slug="kreuzberg"), steward()
        world.make_user("jonas@example.com")
        office.post("/network/staff/", {"email": "jonas@example.com", "role": "picker", "node": node.pk})
        assert StaffPost.objects.get(user__email="jonas@example.com").node == node

    def test_somebody_without_gets_a_letter_and_comes_by_its_link(self) -> None:
        node, office = world.make_node(slug="kreuzberg"), steward()
        office.post("/network/staff/", {"email": "jonas@example.com", "role": "operator", "node": node.pk})
        path = services.link_of(Invitation.objects.get()).removeprefix("http://localhost:8000")
        Client().post(path, {"name": "Jonas", "password": world.PASSWORD})
        assert StaffPost.objects.get(user__email="jonas@example.com").role == "operator"

    def test_a_picker_without_a_node_is_refused_at_the_field(self) -> None:
        page = steward().post("/network/staff/", {"email": "jonas@example.com", "role": "picker", "node": ""})
        assert page.status_code == 422
        assert "choose which" in page.content.decode()
        assert not Invitation.objects.exists()

    def test_the_last_steward_stays(self) -> None:
        office = steward()
        post = StaffPost.objects.get()
        assert office.post(f"/network/staff/{post.pk}/withdraw/").status_code == 409
        assert StaffPost.objects.exists()

    def test_the_first_steward_comes_by_a_link_that_works_once(self) -> None:
        _, token = services.invite_steward()
        newcomer = Client()
        assert newcomer.get(f"/welcome/{token}/").status_code == 200
        form = {"email": "ines@example.com", "name": "Ines", "password": world.PASSWORD}
        done = newcomer.post(f"/welcome/{token}/", form, follow=True)
        assert done.redirect_chain[-1][0] == "/network/"
        assert Client().get(f"/welcome/{token}/").status_code == 409
        assert User.objects.count() == 1


def test_a_hold_is_shown_to_the_member_and_in_the_history() -> None:
    owner = world.make_user()
    member = world.make_member(slug="tidehouse", owner=owner)
    office = steward()
    assert office.post(f"/network/members/{member.pk}/hold/", {"reason": ""}).status_code == 422
    held = office.post(f"/network/members/{member.pk}/hold/", {"reason": "An invoice is late."}, follow=True)
    assert "Now on hold: An invoice is late." in held.content.decode()
    assert "An invoice is late." in world.client_of(owner).get("/portal/tidehouse/").content.decode()
    office.post(f"/network/members/{member.pk}/lift/")
    assert Member.objects.get().standing == "good"


def test_the_first_day_shows_the_first_steps_and_the_next_one_lit() -> None:
    owner = world.make_user()
    member = world.make_member(slug="tidehouse", owner=owner)
    client = world.client_of(owner)
    assert "First steps" in client.get("/portal/tidehouse/").content.decode()
    world.make_sku(member)
    assert '<li data-state="done">' in client.get("/portal/tidehouse/").content.decode()


def test_lists_and_homes_answer_with_nothing_in_them_and_with_something() -> None:
    office = steward()
    pages = [
        "/network/",
        "/network/members/",
        "/network/applications/",
        "/network/nodes/",
        "/network/staff/",
        "/network/nodes/new/",
    ]
    for page in pages:
        assert office.get(page).status_code == 200, page
    world.make_node()
    world.make_member()
    for page in pages:
        assert office.get(page).status_code == 200, page
