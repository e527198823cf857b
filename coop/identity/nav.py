from __future__ import annotations

from coop.web.navigation import Entry

account = [
    Entry(10, "E-mail", "account_email", "mail"),
    Entry(20, "Password", "account_change_password", "key-round"),
    Entry(30, "Two steps & passkeys", "mfa_index", "shield-check"),
    Entry(40, "Devices", "usersessions_list", "monitor-smartphone"),
]
