"""Sentences that were written before codes stood beside them are read once, by the migration."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection

from fulfillment.models import OrderLine
from fulfillment.orders.shortages import CHOICES
from tests import world

pytestmark = pytest.mark.django_db

SENTENCES = {
    "member on hold: Invoice 7; no stock at any node": "on_hold",
    "member on hold": "on_hold",
    "2 not sent: 5 of 7: no more at any node": "cut",
    "3 missing at pick in bin A-01-2, A-01-3": "pick_short",
    "the goods of Spring come on 24 Mar 2027": "coming",
    "all 8 on hand are promised to earlier orders": "promised",
    "3 of 5: the rest is promised to earlier orders; 4 arrived at Hub and not put away yet": "promised",
    "only at Hub X, which is out of reach (212 km; its promise holds for 100 km)": "elsewhere",
    "2 of 7: the rest is only at Hub X, which is out of reach (1 km; its promise holds for 0 km)": "elsewhere",
    "4 arrived at Hub and not put away yet; 2 at Hub past their date": "dock",
    "1 of 3: 5 at Hub are kept for a drop": "kept",
    "4 at Hub past their date; 3 at Mill, which is closed": "expired",
    "4 at Hub, which is closed; 2 at Mill past their date": "closed",
    "2 of 5: no more at any node": "none",
    "no stock at any node": "none",
    "": "",
}


def test_old_sentences_find_their_codes():
    member = world.make_member()
    skus = [world.make_sku(member) for _ in SENTENCES]
    order = world.make_order(member, {sku.code: 1 for sku in skus}, allocate=False)
    for sku, words in zip(skus, SENTENCES, strict=True):
        order.lines.filter(sku=sku).update(shortage=words, shortage_code="none" if words else "")
    codes = import_module("fulfillment.migrations.0013_shortages_have_codes").CODES
    with connection.cursor() as cursor:
        cursor.execute(codes)
    assert dict(OrderLine.objects.values_list("shortage", "shortage_code")) == SENTENCES
    assert set(SENTENCES.values()) - {""} == set(CHOICES)
