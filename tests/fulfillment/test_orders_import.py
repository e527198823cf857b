"""Order files as shops write them, and as people break them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from coop.tables import Table
from fulfillment.orders.checking import KnownSku
from fulfillment.orders.mapping import OrderMapping, country_code, guess, guess_date_format
from fulfillment.orders.plan import plan_orders
from tests.fulfillment.orders_import_kit import HEAD, PLAIN, read_bytes, row, table


def skus(*codes: str) -> dict[str, KnownSku]:
    from coop.kernel.ids import uuid7

    return {code: KnownSku(id=uuid7(), is_active=True) for code in codes or ("MUG", "BOWL")}


def plan(source: Table, mapping: OrderMapping | None = None, known: Iterable[str] = ()):
    return plan_orders(
        source, mapping or guess(source.headers, [r.values for r in source.rows]), skus(*known)
    )


def said(result) -> list[tuple[int, str, str]]:
    return [(p.row, p.field, p.value) for p in result.problems]


class TestGuessing:
    @pytest.mark.parametrize(
        ("headers", "shop", "columns"),
        [
            (
                "Name,Email,Paid at,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,"
                "Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,Shipping City,Shipping Zip,"
                "Shipping Country,Notes,Id",
                "Shopify",
                {
                    "number": "Name",
                    "placed_at": "Created at",
                    "buyer_name": "Shipping Name",
                    "sku": "Lineitem sku",
                },
            ),
            (
                "Order Number,Order Date,Customer Note,First Name (Billing),Email (Billing),First Name (Shipping),"
                "Last Name (Shipping),Address 1&2 (Shipping),City (Shipping),Postcode (Shipping),"
                "Country Code (Shipping),SKU,Quantity (- Refund),Item Cost",
                "WooCommerce",
                {
                    "buyer_name": "First Name (Shipping)",
                    "buyer_last_name": "Last Name (Shipping)",
                    "quantity": "Quantity (- Refund)",
                },
            ),
            (
                "Sale Date,Item Name,Buyer,Quantity,Price,Order ID,Ship Name,Ship Address1,Ship Address2,Ship City,"
                "Ship State,Ship Zipcode,Ship Country,SKU",
                "Etsy",
                {"number": "Order ID", "street_more": "Ship Address2", "postcode": "Ship Zipcode"},
            ),
            (
                "Bestellnummer,Datum,Empfänger,Straße,PLZ,Ort,Land,Artikelnummer,Menge,Einzelpreis",
                "CSV import",
                {"street": "Straße", "postcode": "PLZ", "sku": "Artikelnummer", "unit_price": "Einzelpreis"},
            ),
        ],
    )
    def test_knows_the_exports_of_the_shops(self, headers, shop, columns):
        guessed = guess(headers.split(","))
        assert guessed.channel == shop
        assert columns.items() <= dict(guessed.columns).items()
        assert guessed.unmapped() == []

    def test_our_own_sample_and_plain_headers_map_wholly(self):
        assert guess(PLAIN).unmapped() == []

    @pytest.mark.parametrize(
        ("values", "key"),
        [
            (["2026-05-31 14:05:00 +0200", "2026-06-01"], "iso"),
            (["31.05.2026 14:05"], "dmy-dots"),
            (["01/02/2026", "31/05/2026"], "dmy"),
            (["01/02/2026", "05/31/26"], "mdy"),
            (["31 May 2026"], "words"),
            (["soon"], "iso"),
        ],
    )
    def test_reads_the_date_format_off_the_values(self, values, key):
        assert guess_date_format(values) == key

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("Deutschland", "DE"),
            ("United Kingdom", "GB"),
            ("uk", "GB"),
            ("Österreich", "AT"),
            ("fr", "FR"),
            ("Narnia", None),
        ],
    )
    def test_countries_by_name_or_code(self, text, code):
        assert country_code(text) == code


class TestPlanning:
    def test_rows_of_one_number_are_one_order_wherever_they_stand(self):
        found = plan(table(row("#1"), row("#2"), row("#1", "BOWL", "3")))
        assert [(o.number, o.quantities) for o in found.orders] == [
            ("#1", {"MUG": 1, "BOWL": 3}),
            ("#2", {"MUG": 1}),
        ]
        assert found.problems == []

    def test_one_row_a_piece_adds_up(self):
        head = HEAD.replace(",Quantity", "")
        found = plan(table(*[row().replace(",1,12.50", ",12.50")] * 3, head=head))
        assert [o.quantities for o in found.orders] == [{"MUG": 3}]

    def test_what_a_row_leaves_empty_an_earlier_one_has_said(self):
        found = plan(table(row("#1"), "#1,,,,,,,BOWL,2,9.00"))
        assert [(o.buyer_name, o.quantities) for o in found.orders] == [
            ("Ada Lovelace", {"MUG": 1, "BOWL": 2})
        ]

    def test_times_are_those_of_the_shops_clock(self):
        source = table(row(date="2026-07-01 10:00"))
        found = plan(source, guess(source.headers, time_zone="America/New_York"))
        assert found.orders[0].placed_at.isoformat() == "2026-07-01T14:00:00+00:00"

    def test_row_7_broken_is_named_and_its_whole_order_left_out(self):
        rows = [row(f"#{n}") for n in range(2, 10)]
        rows[5] = row("#7", "NOPE", "0")
        rows.append(row("#7", "BOWL"))
        found = plan(table(*rows))
        assert said(found) == [(7, "Quantity", "0")]
        assert found.broken == ["#7"]
        assert "#7" not in {o.number for o in found.orders}
        assert len(found.orders) == 7

    def test_names_column_value_problem_and_remedy(self):
        found = plan(
            table(
                row("#1", "NOPE"),
                row("#2", quantity="two"),
                row("#3", date="yesterday"),
                row("#4", country="Narnia"),
                row(""),
                row("#6", quantity="-3"),
                row("#7") + ",too,many",
            )
        )
        assert said(found) == [
            (2, "SKU", "NOPE"),
            (3, "Quantity", "two"),
            (4, "Order date", "yesterday"),
            (5, "Country", "Narnia"),
            (6, "Order number", ""),
            (7, "Quantity", "-3"),
            (8, "", "too, many"),
        ]
        assert all(p.problem and p.remedy for p in found.problems)
        assert found.orders == []

    def test_a_number_used_for_two_buyers_is_refused(self):
        found = plan(table(row("#1"), row("#1", "BOWL", name="Grace Hopper")))
        assert said(found) == [(3, "Recipient", "Grace Hopper")]

    def test_postage_lines_can_be_left_aside(self):
        source = table(row("#1"), row("#1", "POST"), row("#2", "POST"))
        found = plan(source, guess(source.headers, ignore_skus=["POST"]))
        assert [(o.number, o.quantities) for o in found.orders] == [("#1", {"MUG": 1})]
        assert (found.ignored, found.problems) == (2, [])

    def test_constants_fill_columns_that_the_file_lacks(self):
        source = table("#1,MUG,2026-11-20,2", head="Order,SKU,Date,Qty")
        constants = {"buyer_name": "Counter", "street": "Markt 1", "postcode": "10115", "city": "Berlin"}
        found = plan(source, guess(source.headers, constants=constants))
        assert (found.orders[0].buyer_name, found.orders[0].quantities) == ("Counter", {"MUG": 2})

    def test_a_mapping_of_another_file_says_which_column_is_missing(self):
        found = plan(table(row()), OrderMapping(columns={**guess(PLAIN).columns, "sku": "Artikel"}))
        assert said(found) == [(1, "SKU code", "Artikel")]

    @pytest.mark.parametrize(("sign", "text"), [("auto", "12,50"), (",", "1.012,50"), (".", "1,012.50")])
    def test_prices_by_the_mappings_sign(self, sign, text):
        source = read_bytes(("\n".join([HEAD, row()]).replace(",", ";").replace("12.50", text)).encode())
        found = plan(source, guess(source.headers, decimal=sign))
        assert str(found.orders[0].lines[0].unit_price) in {"12.50", "1012.50"}

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_reads_what_spreadsheets_save(self, encoding, delimiter):
        text = "\r\n".join([HEAD, row(name="Łukasz" if encoding.startswith("utf") else "José Müller")])
        found = plan(read_bytes(text.replace(",", delimiter).encode(encoding)))
        assert found.problems == []
        assert found.orders[0].street == "Weserstraße 7"
