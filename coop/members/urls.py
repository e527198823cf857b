from __future__ import annotations

from django.urls import path

from coop.members.views import joining, team
from coop.members.views import network as stewards

public = [
    path("apply/", joining.apply, name="apply"),
    path("apply/sent/", joining.application, name="application"),
    path("invitation/<str:token>/", joining.invitation, name="invitation"),
    path("welcome/<str:token>/", joining.stewardship, name="stewardship"),
]

portal = [
    path("team/", team.team, name="team"),
    path("team/invite/", team.invite, name="team-invite"),
    path("team/invitations/<uuid:invitation>/withdraw/", team.withdraw, name="invitation-withdraw"),
    path("team/<uuid:membership>/role/", team.change_role, name="team-role"),
    path("team/<uuid:membership>/remove/", team.remove, name="team-remove"),
    path("settings/", team.settings, name="settings"),
    path("keys/", team.keys, name="keys"),
    path("keys/<uuid:key>/revoke/", team.revoke_key, name="key-revoke"),
]

network = [
    path("applications/", stewards.application_list, name="application-list"),
    path("applications/<uuid:application>/", stewards.application_detail, name="application-detail"),
    path("applications/<uuid:application>/approve/", stewards.approve, name="application-approve"),
    path("applications/<uuid:application>/decline/", stewards.decline, name="application-decline"),
    path("members/", stewards.member_list, name="member-list"),
    path("members/<uuid:pk>/", stewards.member_detail, name="member-detail"),
    path("members/<uuid:pk>/hold/", stewards.hold, name="member-hold"),
    path("members/<uuid:pk>/lift/", stewards.lift, name="member-lift"),
    path("staff/", stewards.staff, name="staff"),
    path("staff/<uuid:post>/withdraw/", stewards.withdraw_post, name="post-withdraw"),
    path(
        "staff/invitations/<uuid:invitation>/withdraw/",
        stewards.withdraw_invitation,
        name="staff-invitation-withdraw",
    ),
]
