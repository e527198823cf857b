"""Signing in and what belongs to it: in our look, in our words, and within the content policy."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from coop.identity.models import User

pytestmark = pytest.mark.django_db

STRANGER_PAGES = [
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_email_verification_sent",
]
OWN_PAGES = [
    "account_email",
    "account_change_password",
    "account_logout",
    "mfa_index",
    "mfa_list_webauthn",
    "usersessions_list",
]
GUARDED_PAGES = ["mfa_activate_totp", "mfa_add_webauthn"]


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    """Limits on tries and letters are counted by address and host, and outlive a test in the cache."""
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def ada() -> User:
    user = User.objects.create_user("ada@example.org", "workshop-1234", name="Ada")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def assert_ours(html: str) -> None:
    assert "Commonshelf" in html
    assert 'class="skip"' in html
    assert "css/tokens.css" in html
    assert not re.search(r"<[^>]*\sstyle\s*=", html)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=\s*[\"']", html)
    for tag in re.findall(r"<script[^>]*>", html):
        assert "src=" in tag or "application/json" in tag


@pytest.mark.parametrize("name", STRANGER_PAGES)
def test_a_strangers_page_is_ours(client: Client, name: str) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert_ours(response.content.decode())


@pytest.mark.parametrize("name", OWN_PAGES)
def test_a_persons_page_is_ours(client: Client, ada: User, name: str) -> None:
    client.force_login(ada)
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert_ours(response.content.decode())


@pytest.mark.parametrize("name", GUARDED_PAGES)
def test_a_guarded_page_asks_first_and_is_ours(client: Client, ada: User, name: str) -> None:
    client.force_login(ada)
    asked = client.get(reverse(name), follow=True)
    assert "Is it still you?" in asked.content.decode()
    assert_ours(asked.content.decode())
    shown = client.post(asked.redirect_chain[-1][0], {"password": "workshop-1234"}, follow=True)
    assert shown.status_code == 200
    assert "Is it still you?" not in shown.content.decode()
    assert_ours(shown.content.decode())


def test_signing_in_offers_a_passkey(client: Client) -> None:
    html = client.get(reverse("account_login")).content.decode()
    assert 'id="passkey_login"' in html
    assert "mfa/js/webauthn.js" in html


def test_a_wrong_password_is_said_and_keeps_the_address(client: Client, ada: User) -> None:
    response = client.post(reverse("account_login"), {"login": ada.email, "password": "wrong"})
    html = response.content.decode()
    assert "One thing to mend" in html
    assert f'value="{ada.email}"' in html
    assert "wrong" not in re.findall(r'<input type="password"[^>]*>', html)[0]


def test_the_welcome_mail_is_in_our_words(client: Client) -> None:
    form = {
        "name": "Nia Newman",
        "email": "new@example.org",
        "password1": "workshop-1234",
        "password2": "workshop-1234",
    }
    client.post(reverse("account_signup"), form)
    assert User.objects.get(email="new@example.org").name == "Nia Newman"
    letter = mail.outbox[0]
    assert letter.subject == "Welcome to Commonshelf: confirm your address"
    link = re.search(r"https?://\S+", letter.body)
    assert link is not None
    assert "somebody, we hope you, gave this address" in letter.body
    page = client.get(link[0].split("://", 1)[1].split("/", 1)[1].join(["/", ""]))
    assert "Is this you?" in page.content.decode()


def test_a_lost_password_gets_a_link(client: Client, ada: User) -> None:
    client.post(reverse("account_reset_password"), {"email": ada.email})
    letter = mail.outbox[0]
    assert letter.subject == "Choose a new password"
    assert "/accounts/password/reset/key/" in letter.body


@pytest.mark.parametrize(("path", "status"), [("/no-such-page/", 404)])
def test_errors_say_what_happened_what_is_safe_and_what_to_do(client: Client, path: str, status: int) -> None:
    response = client.get(path)
    html = response.content.decode()
    assert response.status_code == status
    assert_ours(html)
    assert "What is safe" in html
    assert "What to do" in html
