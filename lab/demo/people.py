"""The demo's people. They exist in demo mode alone."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import CommandError

from coop.identity.models import User
from coop.members.services import join_team
from coop.models import Member, Node
from coop.nodes.services import post_staff
from lab.demo.cast import DOMAIN, PASSWORD

_hashed = ""


def person(key: str, name: str) -> User:
    """Somebody who can sign in as `key@demo.example` with the demo's password. Raises CommandError outside demo mode."""
    if not settings.DEMO:
        raise CommandError("Demo logins exist in demo mode alone (COMMONSHELF_DEMO).")
    global _hashed
    # One hash for all: a good password hash is slow on purpose, and this password is no secret.
    _hashed = _hashed or make_password(PASSWORD)
    user = User.objects.create(email=f"{key}@{DOMAIN}", name=name, password=_hashed)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def hire(steward: User, places: dict[str, Node]) -> dict[str, tuple[User, list[User]]]:
    """An operator and two pickers for each node (by slug), and the co-op's accountant."""
    post_staff(user=person("accountant", "Ruth Feldmann"), role="accountant", by=steward)
    names = {
        "kreuzberg": ("Ines Duarte", "Malik Osei", "Sven Arndt"),
        "prenzlauer-berg": ("Olga Petrova", "Timo Krause", "Ada Bello"),
        "charlottenburg": ("Henrik Sund", "Lucia Marin", "Cem Aksoy"),
        "potsdam": ("Birgit Wolff", "Jakub Maly", "Fatou Diallo"),
        "ludwigsfelde": ("Georg Lauer", "Mina Park", "Dario Conti"),
    }
    staff: dict[str, tuple[User, list[User]]] = {}
    for slug, node in places.items():
        own = slug == "kreuzberg"
        keys = (
            ("operator", "picker", "picker2")
            if own
            else (f"operator.{slug}", f"picker.{slug}", f"picker2.{slug}")
        )
        crew = [person(key, name) for key, name in zip(keys, names[slug], strict=True)]
        for user, role in zip(crew, ("operator", "picker", "picker"), strict=True):
            post_staff(user=user, role=role, node=node, by=steward)
        staff[slug] = (crew[0], crew[1:])
    return staff


def gather_team(member: Member, by: User) -> None:
    """A manager and a bookkeeper for the creator whose login is printed."""
    join_team(member=member, user=person("manager", "Theo Brandl"), role="manager", by=by)
    join_team(member=member, user=person("bookkeeper", "Silke Horn"), role="accountant", by=by)
