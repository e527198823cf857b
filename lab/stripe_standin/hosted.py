"""Pages for people: the hosted invoice with its Pay button, its PDF, and a small dashboard."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

from lab.stripe_standin.actions import pay
from lab.stripe_standin.app import Answer, App, Site, read_body
from lab.stripe_standin.constants import ACCOUNT, Json
from lab.stripe_standin.errors import ApiError
from lab.stripe_standin.machine import Machine
from lab.stripe_standin.pdf import one_page
from lab.stripe_standin.resources.payments import intent_of

_PAGES = f"/i/{ACCOUNT}/"
_CSP = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_NO_MINOR = {"jpy", "krw", "clp", "vnd", "xof", "xaf", "ugx", "isk"}
_WAYS = {
    "card": ("pm_card_visa", "Pay now"),
    "decline": ("pm_card_chargeCustomerFail", "Try a card that is declined"),
}
_CSS = """
:root { color-scheme: light dark; --paper: #faf7f2; --card: #ffffff; --ink: #1d2320; --quiet: #5b645f;
  --line: #e4ddd2; --primary: #1f5b4a; --on-primary: #ffffff; --warn: #6b4a00; --warn-tint: #fff1cc; }
@media (prefers-color-scheme: dark) { :root { --paper: #171a18; --card: #20251f; --ink: #f1ede4;
  --quiet: #aab3ac; --line: #3a423b; --primary: #8fd0ba; --on-primary: #10201a; --warn: #ffdf8a; --warn-tint: #3a2f10; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif;
  font-variant-numeric: tabular-nums; }
.banner { background: var(--warn-tint); color: var(--warn); padding: 12px 16px; text-align: center; margin: 0; }
main { max-width: 720px; margin: 32px auto; padding: 0 16px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 24px; margin-bottom: 24px; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 0 0 12px; }
.sum { font-size: 32px; margin: 8px 0; } .quiet { color: var(--quiet); } .right { text-align: right; }
.scroll { overflow-x: auto; } table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: 8px; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--quiet); font-weight: 600; } th.right, td.right { text-align: right; white-space: nowrap; }
form { display: inline-block; margin: 16px 12px 0 0; }
button { font: inherit; font-weight: 600; padding: 12px 24px; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--primary); background: var(--primary); color: var(--on-primary); }
button.second { background: transparent; color: var(--primary); }
section > :first-child { margin-top: 0; }
@media (max-width: 480px) { section { padding: 16px; } th, td { padding: 8px 4px; } main { padding: 0 12px; margin: 16px auto; } }
:focus-visible { outline: 3px solid var(--primary); outline-offset: 2px; } a { color: var(--primary); }
"""


def site(standin: Machine) -> Site:
    def answer(app: App, method: str, path: str, environ: WSGIEnvironment) -> Answer | None:
        if path == "/_standin/style.css":
            return 200, [("Content-Type", "text/css; charset=utf-8")], _CSS.encode()
        if path == "/" and method == "GET":
            return _html(200, "Stripe stand-in", _dashboard(standin, app))
        if path == "/favicon.ico":
            return 404, [("Content-Type", "text/plain")], b""
        if path.startswith(_PAGES):
            token, _, act = path.removeprefix(_PAGES).partition("/")
            return _invoice_page(app, method, token, act, environ)
        return None

    return answer


def _html(status: int, title: str, body: str) -> Answer:
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/_standin/style.css"></head><body>'
        '<p class="banner" role="note"><strong>This is a stand-in for Stripe on this computer.</strong> '
        f"No real money moves, and no card details are asked for.</p><main>{body}</main></body></html>"
    )
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", _CSP),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    ]
    return status, headers, page.encode()


def money(amount: int, currency: str) -> str:
    sign, size = "-" if amount < 0 else "", abs(amount)
    number = f"{size:,}" if currency in _NO_MINOR else f"{size // 100:,}.{size % 100:02d}"
    return f"{sign}{currency.upper()} {number}"


def _invoice_page(app: App, method: str, token: str, act: str, environ: WSGIEnvironment) -> Answer:
    found = app.store.find("invoice", {"_token": token}, limit=1)
    if not found:
        return _html(404, "No such invoice", "<section><h1>There is no such invoice here.</h1></section>")
    invoice = found[0]
    if act == "pdf" and method == "GET":
        return 200, [("Content-Type", "application/pdf")], _pdf(app, invoice)
    if act == "pay" and method == "POST":
        return _pay(app, invoice, environ)
    if act or method != "GET":
        return _html(404, "No such page", "<section><h1>There is no such page here.</h1></section>")
    return _html(200, f"Invoice {invoice['number']}", _invoice_body(app, invoice))


def _pay(app: App, invoice: Json, environ: WSGIEnvironment) -> Answer:
    way = parse_qs(read_body(environ)).get("way", ["card"])[0]
    try:
        app.act(pay, invoice["id"], _WAYS.get(way, _WAYS["card"])[0])
    except ApiError as error:
        body = f"<section><h1>That did not work</h1><p>{escape(error.message)}</p></section>"
        return _html(400, "That did not work", body + _invoice_body(app, invoice))
    return 303, [("Location", f"{_PAGES}{invoice['_token']}")], b""


def _invoice_body(app: App, invoice: Json) -> str:
    lines = app.store.find("line_item", {"invoice": invoice["id"]}, oldest_first=True)
    currency = invoice["currency"]
    rows = "".join(
        f"<tr><td>{escape(line['description'] or '')}</td>"
        f'<td class="right">{escape(line["quantity_decimal"])}</td>'
        f'<td class="right">{money(line["amount"], currency)}</td></tr>'
        for line in lines
    )
    sums = [("Subtotal", invoice["subtotal"])]
    tax = sum(one["amount"] for one in invoice["total_taxes"] if one["tax_behavior"] == "exclusive")
    sums += [("Tax", tax), ("Total", invoice["total"]), ("Amount paid", invoice["amount_paid"])]
    sums.append(("Amount due", invoice["amount_remaining"]))
    foot = "".join(
        f'<tr><th scope="row" colspan="2">{label}</th><td class="right">{money(amount, currency)}</td></tr>'
        for label, amount in sums
    )
    return (
        f"<section><p class='quiet'>Invoice {escape(invoice['number'] or '')} to "
        f"{escape(invoice['customer_name'] or invoice['customer_email'] or 'the customer')}</p>"
        f"{_state(app, invoice)}"
        f'<p><a href="{_PAGES}{escape(invoice["_token"])}/pdf">Download the invoice (PDF)</a></p></section>'
        "<section><h2>What it is for</h2><div class='scroll' tabindex='0' role='region' aria-label='Table'><table><thead><tr><th scope='col'>Description</th>"
        "<th scope='col' class='right'>Quantity</th><th scope='col' class='right'>Amount</th></tr></thead>"
        f"<tbody>{rows}</tbody><tfoot>{foot}</tfoot></table></div></section>"
    )


def _state(app: App, invoice: Json) -> str:
    sum_ = f'<p class="sum">{money(invoice["amount_remaining"], invoice["currency"])}</p>'
    if invoice["status"] == "paid":
        paid = money(invoice["amount_paid"], invoice["currency"])
        return f'<h1>Paid</h1><p class="sum">{paid}</p><p>{_told(app)} You can close this page.</p>'
    if invoice["status"] == "void":
        return "<h1>Void</h1><p>This invoice was withdrawn. There is nothing to pay.</p>"
    intent = intent_of(app.call(), invoice["id"])
    if intent and intent["status"] == "processing":
        return f"<h1>The payment is on its way</h1>{sum_}<p>The bank has not answered yet. Nothing more to do.</p>"
    error = (intent or {}).get("last_payment_error")
    said = (
        f'<p role="alert"><strong>{escape(error["message"])}</strong> Nothing was taken.</p>' if error else ""
    )
    forms = "".join(
        f'<form method="post" action="{_PAGES}{escape(invoice["_token"])}/pay">'
        f'<input type="hidden" name="way" value="{way}">'
        f"<button{'' if way == 'card' else ' class=second'}>{label}</button></form>"
        for way, (_, label) in _WAYS.items()
    )
    return f"<h1>To pay</h1>{sum_}{said}{forms}"


def _told(app: App) -> str:
    if not app.webhooks:
        return "No webhook address is set, so nobody was told."
    waiting = app.store.run("SELECT count(*) FROM deliveries WHERE state = 'pending'")[0][0]
    return "The webhook is on its way." if waiting else "The webhook was delivered."


def _pdf(app: App, invoice: Json) -> bytes:
    currency = invoice["currency"]
    lines = app.store.find("line_item", {"invoice": invoice["id"]}, oldest_first=True, limit=40)
    texts = [
        f"Invoice {invoice['number']}",
        "From a local stand-in for Stripe. No real money.",
        f"To: {invoice['customer_name'] or invoice['customer_email'] or ''}",
        "",
        *(f"{line['description'] or ''}   {money(line['amount'], currency)}" for line in lines),
        "",
        f"Total {money(invoice['total'], currency)}",
        f"Due   {money(invoice['amount_remaining'], currency)}",
    ]
    return one_page(texts)


def _dashboard(standin: Machine, app: App) -> str:
    invoices = app.store.find("invoice", limit=50)
    rows = "".join(_dashboard_row(invoice) for invoice in invoices)
    events = app.store.run("SELECT type, state, attempts, answer FROM deliveries ORDER BY id DESC LIMIT 20")
    sent = "".join(
        f"<tr><td>{escape(type_)}</td><td>{escape(state)}</td><td class='right'>{attempts}</td>"
        f"<td>{escape(answer)}</td></tr>"
        for type_, state, attempts, answer in events
    )
    empty = "<tr><td colspan='4' class='quiet'>Nothing yet.</td></tr>"
    where = escape(standin.sender.url or "no address is set")
    return (
        "<section><h1>Stripe stand-in</h1><p>Invoices that the program sent here, the youngest first.</p>"
        "<div class='scroll' tabindex='0' role='region' aria-label='Table'><table><thead><tr><th scope='col'>Number</th><th scope='col'>Customer</th>"
        "<th scope='col'>Status</th><th scope='col' class='right'>Total</th></tr></thead>"
        f"<tbody>{rows or empty}</tbody></table></div></section>"
        f"<section><h2>Webhooks to {where}</h2><div class='scroll' tabindex='0' role='region' aria-label='Table'><table><thead><tr><th scope='col'>Event</th>"
        "<th scope='col'>State</th><th scope='col' class='right'>Tries</th><th scope='col'>Answer</th></tr></thead>"
        f"<tbody>{sent or empty}</tbody></table></div></section>"
    )


def _dashboard_row(invoice: Json) -> str:
    name = escape(invoice["number"] or invoice["id"])
    if invoice["_token"]:
        name = f'<a href="{_PAGES}{escape(invoice["_token"])}">{name}</a>'
    who = escape(invoice["customer_name"] or invoice["customer_email"] or invoice["customer"])
    total = money(invoice["total"], invoice["currency"])
    return f"<tr><td>{name}</td><td>{who}</td><td>{invoice['status']}</td><td class='right'>{total}</td></tr>"
