from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from coop.jobs.models import Job
from coop.jobs.services import run_job
from fulfillment.models import Channel, ColumnMapping, Order, OrderLine
from fulfillment.orders.services import PickedPart
from tests import world
from tests.fulfillment.orders_import_kit import HEAD, row
from tests.fulfillment.test_orders_handling import carry, note_picked, ship, wave

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    member = world.make_member(slug="tidehouse", owner=world.make_user("maya@example.com"))
    node = world.make_node(slug="kreuzberg")
    world.make_stock(world.make_sku(member, code="MUG"), world.shelf_bins(node)[0], 5)
    return member


@pytest.fixture
def maya(member):
    return world.client_of(member.memberships.get().user)


def url(name: str, **kwargs) -> str:
    return reverse(f"portal:{name}", kwargs={"member": "tidehouse", **kwargs})


def form(**fields: str) -> dict[str, str]:
    return {
        "number": "#1",
        "buyer_name": "Ada Lovelace",
        "street": "Weserstraße 7",
        "postcode": "12047",
        "city": "Berlin",
        "country": "de",
        "lines-TOTAL_FORMS": "2",
        "lines-INITIAL_FORMS": "0",
        "lines-0-sku": "MUG",
        "lines-0-quantity": "2",
        **fields,
    }


class TestList:
    def test_is_empty_with_one_way_on(self, maya):
        page = maya.get(url("order-list")).content.decode()
        assert "No orders yet" in page
        assert url("order-import-sample") in page

    def test_narrows_by_state_and_words(self, member, maya):
        world.make_order(member, {"MUG": 2}, number="#A1")
        world.make_order(member, {"MUG": 9}, number="#B2", buyer_name="Grace Hopper")
        assert "3 of 9" in maya.get(url("order-list")).content.decode()
        for query, hit, miss in (
            ("state=waiting", "#B2", "#A1"),
            ("q=grace", "#B2", "#A1"),
            ("q=%23A", "#A1", "#B2"),
        ):
            page = maya.get(url("order-list") + "?" + query).content.decode()
            assert hit in page
            assert miss not in page
            table = maya.get(url("order-export") + "?" + query).content.decode()
            assert hit in table
            assert miss not in table

    def test_statements_do_not_grow_with_orders(self, member, maya, django_assert_max_num_queries):
        for _ in range(15):
            world.make_order(member, {"MUG": 1}, allocate=False)
        with django_assert_max_num_queries(12):
            maya.get(url("order-list"))

    def test_an_accountant_reads_and_changes_nothing(self, member):
        order = world.make_order(member, {"MUG": 2})
        books = world.make_user()
        world.make_membership(member, books, "accountant")
        client = world.client_of(books)
        assert client.get(url("order-detail", order=order.pk)).status_code == 200
        assert client.post(url("order-cancel", order=order.pk)).status_code == 403
        assert client.get(url("order-new")).status_code == 403
        assert url("order-import") not in client.get(url("order-list")).content.decode()
        assert Order.objects.get().state == "allocated"


class TestDetail:
    def test_says_what_happened_and_why_it_waits(self, member, maya):
        order = world.make_order(member, {"MUG": 9})
        page = maya.get(url("order-detail", order=order.pk)).content.decode()
        assert "5 of 9: no more at any node" in page
        assert "5 pieces promised at Kreuzberg" in page

    def test_tells_the_way_to_the_street(self, member, maya):
        order = world.make_order(member, {"MUG": 2})
        allocation = wave(order)
        carry(allocation, 2)
        note_picked(picks=[PickedPart(allocation.pk, 2)])
        allocation.refresh_from_db()
        ship(allocation)
        page = maya.get(url("order-detail", order=order.pk)).content.decode()
        assert "shipped" in page
        assert url("order-cancel", order=order.pk) not in page

    def test_another_members_order_is_not_there(self, maya):
        other = world.make_member()
        world.make_sku(other, code="MUG")
        order = world.make_order(other, {"MUG": 1})
        for name in ("order-detail", "order-cancel"):
            assert maya.get(url(name, order=order.pk)).status_code == 404
        assert maya.post(url("order-cancel", order=order.pk)).status_code == 404
        assert Order.objects.get().state == "waiting"

    def test_cancels_after_asking(self, member, maya):
        order = world.make_order(member, {"MUG": 2})
        assert "cannot be taken back" in maya.get(url("order-cancel", order=order.pk)).content.decode()
        assert Order.objects.get().state == "allocated"
        maya.post(url("order-cancel", order=order.pk))
        assert Order.objects.get().state == "cancelled"
        page = maya.post(url("order-cancel", order=order.pk), follow=True).content.decode()
        assert "is cancelled already" in page


class TestForm:
    def test_places_and_allocates(self, maya):
        answer = maya.post(url("order-new"), form())
        order = Order.objects.get()
        assert (answer.status_code, answer.url) == (302, url("order-detail", order=order.pk))
        assert (order.state, order.country, order.lines.get().quantity) == ("allocated", "DE", 2)

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"lines-0-sku": "NOPE"}, "Line 1: You have no SKU of this code"),
            ({"lines-0-sku": "", "lines-0-quantity": ""}, "Name at least one SKU"),
            ({"lines-0-quantity": ""}, "Line 1: How many pieces?"),
            ({"lines-0-quantity": "0"}, "greater than or equal to 1"),
            ({"city": ""}, "This field is required"),
            ({"country": "Germany"}, "two letters"),
            ({"latitude": "52.5"}, "Give latitude and longitude, or neither"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_what_was_typed(self, maya, fields, words):
        answer = maya.post(url("order-new"), form(**fields))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert words in page
        assert "Ada Lovelace" in page
        assert Order.objects.count() == 0

    def test_the_same_number_again_is_told_at_the_number(self, maya):
        maya.post(url("order-new"), form())
        answer = maya.post(url("order-new"), form())
        assert answer.status_code == 422
        assert "an order of this number already" in answer.content.decode()
        assert Order.objects.count() == 1

    def test_what_is_refused_leaves_no_channel_and_a_known_number_nothing_new(self, member, maya):
        assert maya.post(url("order-new"), form(**{"lines-0-sku": "NOPE"})).status_code == 422
        assert not Channel.objects.filter(kind="form").exists()
        maya.post(url("order-new"), form())
        assert Channel.objects.get(kind="form").name == "Portal"
        assert maya.post(url("order-new"), form(**{"lines-0-quantity": "4"})).status_code == 422
        assert OrderLine.objects.get().quantity == 2

    def test_more_lines_without_script(self, maya):
        page = maya.post(url("order-new"), form(more="5"))
        assert page.status_code == 200
        assert 'name="lines-6-sku"' in page.content.decode()
        assert Order.objects.count() == 0


class TestImport:
    def upload(self, maya, *rows: str, head: str = HEAD) -> str:
        file = SimpleUploadedFile("orders.csv", "\n".join([head, *rows]).encode())
        answer = maya.post(url("order-import"), {"file": file})
        assert answer.status_code == 302, answer.content.decode()
        return str(answer["Location"])

    def columns(self, maya, page: str, **fields: str) -> dict[str, str]:
        shown = maya.get(page).context["form"]
        values = {
            name: shown.get_initial_for_field(field, name) or "" for name, field in shown.fields.items()
        }
        return {**values, **fields}

    def test_walks_from_file_to_orders(self, maya):
        mapping = self.upload(maya, row("#1"), row("#2", quantity="2"))
        answer = maya.post(mapping, self.columns(maya, mapping, save_as="My shop"))
        job = Job.objects.get()
        assert answer.url == url("order-import-preview", job=job.pk)
        assert "Import 2 orders" in maya.get(answer.url).content.decode()
        assert Order.objects.count() == 0
        assert maya.post(answer.url).url == reverse("jobs:detail", kwargs={"job": job.pk})
        assert run_job(job_id=job.pk).state == "done"
        assert Order.objects.filter(state="allocated").count() == 2
        assert ColumnMapping.objects.get().name == "My shop"
        assert maya.get(answer.url).status_code == 302  # it is over; the job's page says how it went

    def test_broken_rows_keep_all_out_unless_told(self, maya):
        mapping = self.upload(maya, row("#1"), row("#2", "NOPE"))
        preview = maya.post(mapping, self.columns(maya, mapping)).url
        page = maya.get(preview).content.decode()
        assert "Row 3" in page
        assert "You have no SKU of this code" in page
        assert maya.post(preview).status_code == 422
        assert Job.objects.get().state == "preview"
        csv = maya.get(url("order-import-problems", job=Job.objects.get().pk)).content.decode()
        assert "3,SKU,NOPE" in csv
        maya.post(preview, {"skip_broken": "yes"})
        run_job(job_id=Job.objects.get().pk)
        assert list(Order.objects.values_list("number", flat=True)) == ["#1"]

    def test_a_mapping_that_cannot_be_saved_is_not_kept_with_the_upload_either(self, maya):
        mapping = self.upload(maya, row("#1"))
        before = Job.objects.get().options
        answer = maya.post(mapping, self.columns(maya, mapping, channel="Portal", save_as="My shop"))
        assert answer.status_code == 422
        assert "is taken; name the shop otherwise" in answer.content.decode()
        assert Job.objects.get().options == before
        assert not ColumnMapping.objects.exists()

    def test_a_column_that_is_needed_is_asked_for(self, maya):
        mapping = self.upload(maya, "#1,MUG,2026-11-20,2", head="Order,SKU,Date,Qty")
        answer = maya.post(mapping, self.columns(maya, mapping))
        assert answer.status_code == 422
        assert "choose its column, or one value for all rows" in answer.content.decode()
        constants = {"buyer_name": "Counter", "street": "Markt 1", "postcode": "10115", "city": "Berlin"}
        fields = {f"constant_{name}": text for name, text in constants.items()}
        answer = maya.post(mapping, self.columns(maya, mapping, **fields))
        assert "Import 1 order" in maya.get(answer.url).content.decode()

    def test_what_is_no_table_is_told_at_the_file(self, maya):
        answer = maya.post(url("order-import"), {"file": SimpleUploadedFile("x.csv", b"%PDF-1.7")})
        assert answer.status_code == 422
        assert "a PDF" in answer.content.decode()
        assert Job.objects.count() == 0

    def test_our_sample_reads_as_it_is(self, member, maya):
        for code in ("MUG-1", "BOWL-2"):
            world.make_sku(member, code=code)
        sample = maya.get(url("order-import-sample")).content
        answer = maya.post(url("order-import"), {"file": SimpleUploadedFile("orders.csv", sample)})
        preview = maya.post(answer.url, self.columns(maya, answer.url)).url
        assert "Import 2 orders" in maya.get(preview).content.decode()

    def test_a_saved_mapping_reads_the_next_file_and_can_go(self, member, maya):
        mapping = self.upload(maya, row("#1"))
        maya.post(mapping, self.columns(maya, mapping, save_as="My shop"))
        saved = ColumnMapping.objects.get()
        file = SimpleUploadedFile("orders.csv", "\n".join([HEAD, row("#2")]).encode())
        answer = maya.post(url("order-import"), {"file": file, "mapping": str(saved.pk)})
        assert answer.status_code == 302
        assert "My shop" in maya.get(url("order-mapping-list")).content.decode()
        maya.post(url("order-mapping-delete", mapping=saved.pk))
        assert ColumnMapping.objects.count() == 0

    def test_another_members_import_is_not_there(self, maya):
        self.upload(maya, row("#1"))
        other = world.make_member(slug="other")
        client = world.client_of(other.memberships.get().user)
        kwargs = {"member": "other", "job": Job.objects.get().pk}
        for name in ("order-import-map", "order-import-preview", "order-import-problems"):
            assert client.get(reverse(f"portal:{name}", kwargs=kwargs)).status_code == 404


def test_the_overview_says_what_waits_and_draws_the_days(member, maya):
    world.make_order(member, {"MUG": 2})
    world.make_order(member, {"MUG": 9}, number="#late")
    page = maya.get(url("overview-orders")).content.decode()
    assert "#late" in page
    assert "3 of 9" in page
    assert "<svg" in page
