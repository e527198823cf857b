"""Who comes in, who may do what, and that somebody always can."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError

from coop.identity.models import User
from coop.kernel import clock
from coop.kernel.errors import Conflict, DomainError, NotAllowed
from coop.kernel.reasons import Reason
from coop.members import services
from coop.members.models import ApiKey, Application, Invitation, Member, Membership, StewardInvitation
from coop.members.services.applications import AlreadyDecided
from coop.members.services.invitations import AlreadyThere
from coop.members.services.standing import VatIdWrong
from coop.members.services.stewards import LinkSpent
from coop.members.services.team import LastOwner
from coop.members.vat import normal_vat_id
from coop.nodes import services as nodes
from coop.nodes.errors import LastSteward
from coop.nodes.models import StaffPost
from coop.runtime import outbox
from coop.runtime.models import OutboxMessage
from tests import world

pytestmark = pytest.mark.django_db


def apply(applicant: User | None = None, **fields: Any) -> Application:
    words = {
        "business_name": "Tidehouse Ceramics",
        "trade": "potter",
        "about": "Mugs and bowls.",
        "legal_name": "Tidehouse GbR",
        "street": "Uferstraße 8",
        "postcode": "13357",
        "city": "Berlin",
        **fields,
    }
    return services.apply_to_join(applicant=applicant or world.make_user(), **words)


def token_of(invitation: Invitation) -> str:
    return services.link_of(invitation).rstrip("/").rpartition("/")[2]


def sent_to(address: str) -> Any:
    from coop.members import tasks  # noqa: F401 - registers the handler

    outbox.deliver_due()
    return [letter for letter in mail.outbox if letter.to == [address]]


class TestApplications:
    def test_approval_makes_the_member_its_owner_and_a_letter(self) -> None:
        maya, steward = world.make_user("maya@example.com"), world.make_user()
        member = services.approve_application(
            application=apply(maya), by=steward, note="Welcome to the shelf!"
        )
        application = Application.objects.get()
        assert (application.state, application.member, application.decided_by) == (
            "approved",
            member,
            steward,
        )
        assert Membership.objects.get(member=member, user=maya).role == "owner"
        assert member.slug == "tidehouse-ceramics"
        subjects = [letter.subject for letter in sent_to("maya@example.com")]
        assert subjects == [
            "We have your application for Tidehouse Ceramics",
            "Welcome to the co-op, Tidehouse Ceramics",
        ]
        assert "Welcome to the shelf!" in mail.outbox[-1].body

    def test_two_businesses_of_one_name_get_names_of_their_own(self) -> None:
        for _ in range(3):
            services.approve_application(application=apply(), by=None)
        assert sorted(Member.objects.values_list("slug", flat=True)) == [
            "tidehouse-ceramics",
            "tidehouse-ceramics-2",
            "tidehouse-ceramics-3",
        ]

    def test_refuses_a_second_decision(self) -> None:
        application = apply()
        services.decline_application(application=application, by=None, note="Not now.")
        with pytest.raises(AlreadyDecided):
            services.approve_application(application=application, by=None)
        assert not Member.objects.exists()
        assert Application.objects.get().state == "declined"

    def test_refuses_a_second_application_while_one_waits(self) -> None:
        maya = world.make_user()
        apply(maya)
        with pytest.raises(Conflict) as refused:
            apply(maya)
        assert refused.value.code == "already_applied"
        assert Application.objects.count() == 1

    def test_one_may_apply_again_after_a_no(self) -> None:
        maya = world.make_user()
        services.decline_application(application=apply(maya), by=None)
        apply(maya)
        assert Application.objects.filter(state="waiting").count() == 1

    def test_refuses_a_vat_number_with_a_slip(self) -> None:
        with pytest.raises(VatIdWrong):
            apply(vat_id="DE136695977")
        assert not Application.objects.exists()
        assert not OutboxMessage.objects.exists()

    @pytest.mark.parametrize(
        ("typed", "country", "kept"),
        [
            ("DE 136 695 976", "DE", "DE136695976"),
            ("136695976", "DE", "DE136695976"),
            ("DE136695977", "DE", None),
            ("ATU13585627", "AT", "ATU13585627"),
            ("FR40303265045", "DE", None),
            ("EL094259216", "GR", "EL094259216"),
        ],
    )
    def test_vat_numbers_are_kept_as_invoices_write_them(
        self, typed: str, country: str, kept: str | None
    ) -> None:
        assert normal_vat_id(typed, country) == kept


class TestTeam:
    def test_the_last_owner_stays(self) -> None:
        member = world.make_member()
        owner = Membership.objects.get(member=member)
        world.make_membership(member, world.make_user(), "manager")
        for leave in (
            lambda: services.remove_from_team(membership=owner, by=None),
            lambda: services.change_role(membership=owner, role="manager", by=None),
        ):
            with pytest.raises(LastOwner):
                leave()
        assert Membership.objects.get(pk=owner.pk).role == "owner"

    def test_an_owner_may_go_when_another_stays(self) -> None:
        member = world.make_member()
        first = Membership.objects.get(member=member)
        world.make_membership(member, world.make_user(), "owner")
        services.remove_from_team(membership=first, by=None)
        assert Membership.objects.get(member=member, role="owner").pk != first.pk

    def test_somebody_new_accepts_an_invitation_once(self) -> None:
        member = world.make_member()
        invitation = services.invite_to_team(
            member=member, email="Noor@Example.com", role="accountant", by=None
        )
        token = token_of(invitation)
        noor = services.accept_as_new_person(token=token, name="Noor", password=world.PASSWORD)
        assert Membership.objects.get(user=noor).role == "accountant"
        assert noor.emailaddress_set.get().verified
        with pytest.raises(LinkSpent):
            services.accept_invitation(token=token, user=noor)
        assert Membership.objects.filter(member=member).count() == 2

    def test_the_letter_holds_the_link_and_the_database_does_not(self) -> None:
        invitation = services.invite_to_team(
            member=world.make_member(), email="noor@example.com", role="manager", by=None
        )
        token = token_of(invitation)
        assert token not in str(list(OutboxMessage.objects.values_list("payload", flat=True)))
        [letter] = sent_to("noor@example.com")
        assert services.link_of(invitation) in letter.body

    def test_refuses_an_invitation_of_somebody_else(self) -> None:
        invitation = services.invite_to_team(
            member=world.make_member(), email="noor@example.com", role="owner", by=None
        )
        other = world.make_user("eve@example.com")
        with pytest.raises(NotAllowed):
            services.accept_invitation(token=token_of(invitation), user=other)
        assert not other.memberships.exists()
        assert Invitation.objects.get().closed_at is None

    def test_refuses_a_link_that_ran_out_was_withdrawn_or_was_made_up(self) -> None:
        member = world.make_member()
        old = services.invite_to_team(member=member, email="old@example.com", role="manager", by=None)
        with clock.at(clock.now() + timedelta(days=7, seconds=1)), pytest.raises(LinkSpent):
            services.open_invitation(token=token_of(old))
        gone = services.invite_to_team(member=member, email="gone@example.com", role="manager", by=None)
        services.withdraw_invitation(invitation=gone, by=None)
        for token in (token_of(gone), f"{gone.pk}:made-up", "nonsense"):
            with pytest.raises(LinkSpent):
                services.accept_as_new_person(token=token, name="X", password=world.PASSWORD)
        assert Membership.objects.count() == 1

    def test_one_open_invitation_a_person_and_a_new_one_when_it_ran_out(self) -> None:
        member = world.make_member()
        services.invite_to_team(member=member, email="noor@example.com", role="manager", by=None)
        with pytest.raises(Conflict) as refused:
            services.invite_to_team(member=member, email="noor@example.com", role="owner", by=None)
        assert refused.value.code == "already_invited"
        with clock.at(clock.now() + timedelta(days=8)):
            services.invite_to_team(member=member, email="noor@example.com", role="owner", by=None)
        assert Invitation.objects.filter(closed_at=None).get().role == "owner"

    def test_refuses_to_invite_who_is_there(self) -> None:
        owner = world.make_user("maya@example.com")
        member = world.make_member(owner=owner)
        with pytest.raises(AlreadyThere):
            services.invite_to_team(member=member, email="MAYA@example.com", role="manager", by=None)
        assert not Invitation.objects.exists()


class TestPosts:
    def test_the_last_steward_stays(self) -> None:
        post = world.make_staff(world.make_user(), "steward")
        with pytest.raises(LastSteward):
            nodes.withdraw_post(post=post, by=None)
        assert StaffPost.objects.filter(pk=post.pk).exists()

    def test_a_steward_sees_the_admin_as_long_as_they_are_one(self) -> None:
        user = world.make_user()
        post = world.make_staff(user, "steward")
        world.make_staff(world.make_user(), "steward")
        user.refresh_from_db()
        assert user.is_staff
        nodes.withdraw_post(post=post, by=None)
        user.refresh_from_db()
        assert not user.is_staff

    @pytest.mark.parametrize("role", ["picker", "operator"])
    def test_refuses_floor_posts_without_a_node(self, role: str) -> None:
        with pytest.raises(DomainError) as refused:
            world.make_staff(world.make_user(), role)
        assert refused.value.code == "post_place"
        assert not StaffPost.objects.exists()


class TestFirstSteward:
    def test_the_link_makes_a_steward_once(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("invite_steward")
        token = capsys.readouterr().out.strip().rstrip("/").rpartition("/")[2]
        assert token not in str(list(StewardInvitation.objects.values()))
        ines = services.accept_stewardship(
            token=token, email="ines@example.com", name="Ines", password=world.PASSWORD
        )
        assert ines.posts.get().role == "steward"
        with pytest.raises(LinkSpent):
            services.accept_stewardship(
                token=token, email="eve@example.com", name="Eve", password=world.PASSWORD
            )
        assert User.objects.count() == 1

    def test_the_link_runs_out_after_a_day(self) -> None:
        _, token = services.invite_steward()
        with clock.at(clock.now() + timedelta(hours=24, seconds=1)), pytest.raises(LinkSpent):
            services.accept_stewardship(
                token=token, email="late@example.com", name="Late", password=world.PASSWORD
            )
        assert not User.objects.exists()

    def test_a_taken_address_leaves_the_link_unspent(self) -> None:
        world.make_user("ines@example.com")
        _, token = services.invite_steward()
        with pytest.raises(Conflict):
            services.accept_stewardship(
                token=token, email="ines@example.com", name="Ines", password=world.PASSWORD
            )
        assert services.open_stewardship(token=token).used_at is None


class TestStandingAndKeys:
    def test_a_hold_carries_its_reason_and_lifts(self) -> None:
        member = world.make_member()
        reason = Reason("unpaid", "Invoice 2026-14 is 30 days late.")
        services.place_on_hold(member=member, reason=reason)
        member.refresh_from_db()
        assert (member.standing, member.standing_reason) == ("on_hold", "Invoice 2026-14 is 30 days late.")
        assert member.hold == "unpaid"
        services.lift_hold(member=member)
        member.refresh_from_db()
        assert (member.standing, member.standing_reason) == ("good", "")
        assert member.hold == ""

    @pytest.mark.parametrize("lie", [{"hold": ""}, {"hold": "nobody"}, {"standing": "good"}])
    def test_a_hold_is_somebodys(self, lie: dict[str, str]) -> None:
        member = world.make_member(standing="on_hold", hold="steward")
        with pytest.raises(IntegrityError, match="member_hold_is_somebodys"):
            Member.objects.filter(pk=member.pk).update(**lie)

    def test_a_closed_member_has_no_standing_to_change(self) -> None:
        member = world.make_member(standing="closed")
        with pytest.raises(Conflict):
            services.lift_hold(member=member)
        assert Member.objects.get().standing == "closed"

    def test_only_a_digest_of_a_key_is_kept(self) -> None:
        key, token = world.make_api_key(world.make_member())
        assert token not in str(ApiKey.objects.values().get())
        assert token.count("_") == 2
        services.revoke_api_key(key=key, by=None)
        first = key.revoked_at
        services.revoke_api_key(key=key, by=None)
        assert first is not None
        assert key.revoked_at == first
