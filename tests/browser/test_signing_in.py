"""Signing in with more than a password: a passkey (the browser's virtual authenticator) and an app's codes."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Complaints
from tests.browser.installation import Installation
from tests.browser.story.stage import PASSWORD, fill, follow, press, said

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STEWARD = "stella@commonshelf.example"


def test_a_passkey_and_an_apps_code_open_the_door(
    desk: BrowserContext, site: Installation, complaints: Complaints
) -> None:
    page = desk.new_page()
    complaints.watch(page, site.url)
    page.goto(site.manage("invite_steward").strip())
    fill(page, email=STEWARD, name="Stella Brandt", password=PASSWORD)
    press(page, "Become the steward")
    said(page, "You are a steward of the co-op.")
    _plug_in_authenticator(page)

    _add_passkey(page)
    _sign_out(page)
    page.goto("/accounts/login/")
    press(page, "Sign in with a passkey")
    page.wait_for_url("**/network/")

    secret = _turn_on_codes(page)
    _sign_out(page)
    page.goto("/accounts/login/")
    fill(page, login=STEWARD, password=PASSWORD)
    press(page, "Sign in")
    said(page, "The second step")
    fill(page, code="000000")
    press(page, "Sign in")
    expect(page.locator("[name=code]").first).to_have_attribute("aria-invalid", "true")
    # A phone's clock may be half a minute ahead.
    fill(page, code=_code(secret, ahead=1))
    press(page, "Sign in")
    page.wait_for_url("**/network/")


def _plug_in_authenticator(page: Page) -> None:
    """A key with a fingerprint reader, as laptops have it; https://w3c.github.io/webauthn/#sctn-automation."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def _add_passkey(page: Page) -> None:
    page.goto("/accounts/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        fill(page, password=PASSWORD)
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url("**/webauthn/add/")
    fill(page, name="Laptop")
    page.get_by_label("Passwordless").or_(page.locator("[name=passwordless]")).first.check()
    press(page, "Add this key")
    page.wait_for_url(lambda url: "/webauthn/add/" not in url)
    page.goto("/accounts/2fa/webauthn/")
    row = page.locator("tbody tr")
    expect(row).to_contain_text("Laptop")
    expect(row).to_contain_text("passkey")


def _turn_on_codes(page: Page) -> str:
    page.goto("/accounts/2fa/")
    follow(page, "Turn on")
    if "reauthenticate" in page.url:
        fill(page, password=PASSWORD)
        page.locator("main form button[type=submit]").first.click()
    secret = page.locator("#authenticator_secret").input_value()
    fill(page, code=_code(secret))
    press(page, "Turn on")
    page.wait_for_url(lambda url: "/totp/activate/" not in url)
    return secret


def _code(secret: str, *, ahead: int = 0) -> str:
    """What the app shows now, or `ahead` half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def _sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    press(page, "Sign out")
    page.wait_for_url(lambda url: "/logout/" not in url)
