"""Product files: a plan first, then all rows or none; the same file again doubles nothing."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection

from coop.catalog import inputs
from coop.catalog.models import Sku
from coop.catalog.plan import Defaults, Plan
from coop.catalog.services import ProductsRefused, StepInput, import_products, plan_import, save_packing_spec
from coop.jobs.services import run_job, start_job
from coop.kernel.errors import Invalid
from coop.members.models import Member
from coop.nodes.models import StorageClass
from coop.tables import Table, read_table
from tests.world import make_member, make_sku

_KILLED = """
import django; django.setup()
import sys, uuid
from coop.jobs import services
services.run_job(job_id=uuid.UUID(sys.argv[1]))
"""
FIXTURE = Path(__file__).parent / "fixtures" / "shop_export.csv"
SIZES = Defaults(length_mm=120, width_mm=100, height_mm=100, weight_g=350)


@pytest.fixture
def member(db: None) -> Member:
    return make_member(slug="tidehouse")


def table(text: str) -> Table:
    return read_table(io.BytesIO(text.encode()), "file.csv")


def shop() -> Table:
    with FIXTURE.open("rb") as file:
        return read_table(file, FIXTURE.name)


def plan(member: Member, what: Table, defaults: Defaults = SIZES) -> Plan:
    return plan_import(member=member, table=what, defaults=defaults)


def bring(member: Member, what: Table, defaults: Defaults = SIZES) -> tuple[int, int, int]:
    saved = import_products(member=member, table=what, defaults=defaults, by=None).saved
    return saved.created, saved.updated, saved.unchanged


@pytest.mark.django_db
def test_a_shop_export_becomes_skus(member: Member) -> None:
    made = plan(member, shop())
    assert made.problems == []
    found = [(p.row, p.sku.code, p.sku.title, p.sku.weight_g, p.sku.value_amount) for p in made.planned]
    assert found == [
        (2, "MUG-B-S", "Sea mug · Blue / S", 410, Decimal("24.00")),
        (3, "sea-mug-blue-l", "Sea mug · Blue / L", 350, Decimal("29.50")),
        (4, "sea-mug-green-s", "Sea mug · Green / S", 350, Decimal("24.00")),
        (8, "plate", "Plate", 900, Decimal("1250.00")),
    ]
    assert made.planned[0].sku.gtin == "4006381333931"
    notes = " ".join(made.notes)
    assert "3 variants without a SKU" in notes
    assert "1 row for further pictures" in notes
    assert "1 gift card" in notes
    assert "1 variant left out that need no shipping" in notes
    assert "Columns not used: Glaze batch." in notes


@pytest.mark.django_db
def test_the_same_file_again_changes_nothing(member: Member) -> None:
    assert bring(member, shop()) == (4, 0, 0)
    assert bring(member, shop()) == (0, 0, 4)
    assert Sku.objects.filter(member=member).count() == 4


@pytest.mark.django_db
def test_a_later_file_updates_and_keeps_what_it_does_not_speak_of(member: Member) -> None:
    bring(member, shop())
    Sku.objects.filter(code="plate").update(length_mm=260, velocity_class="seasonal", weight_g=910)
    later = FIXTURE.read_text().replace("Plate,,Tide", "Large plate,,Tide").replace(",900,3,", ",0,3,")
    assert bring(member, table(later), Defaults()) == (0, 1, 3)
    plate = Sku.objects.get(code="plate")
    assert (plate.title, plate.length_mm, plate.velocity_class, plate.weight_g) == (
        "Large plate",
        260,
        "seasonal",
        910,
    )


@pytest.mark.django_db
def test_a_variant_that_gets_its_sku_later_is_not_doubled(member: Member) -> None:
    bring(member, shop())
    named = FIXTURE.read_text().replace("Default Title,,,,900", "Default Title,,,PLATE-1,900")
    [problem] = plan(member, table(named)).problems
    assert (problem.row, problem.field) == (8, "Variant SKU")
    assert "under the code plate" in problem.problem
    assert "Change the code of plate to PLATE-1 here first" in problem.remedy


@pytest.mark.django_db
def test_what_nobody_knows_is_a_gap_that_a_default_fills(member: Member) -> None:
    made = plan(member, shop(), Defaults())
    assert made.gaps == {"length_mm": 4, "width_mm": 4, "height_mm": 4, "weight_g": 2}
    assert all(problem.is_gap for problem in made.problems)
    assert made.planned == []


SHEET = "code,title,gtin,length_mm,width_mm,height_mm,weight_g,value\n"


@pytest.mark.django_db
def test_row_seven_is_broken_so_no_row_is_imported(member: Member) -> None:
    rows = [f"P-{n},Plate {n},,200,200,20,{'heavy' if n == 7 else 500},12.50\n" for n in range(2, 40_001)]
    before = list(Sku.objects.values_list("code", flat=True))
    with pytest.raises(ProductsRefused) as refusal:
        bring(member, table(SHEET + "".join(rows)))
    [problem] = refusal.value.problems
    assert (problem.row, problem.field, problem.value) == (7, "weight_g", "heavy")
    assert problem.remedy == "Write a whole number like 12."
    assert list(Sku.objects.values_list("code", flat=True)) == before


@pytest.mark.django_db
def test_a_failure_in_the_second_chunk_undoes_the_first(member: Member) -> None:
    rows = [f"P-{n},Plate {n},,200,200,20,500,12.50\n" for n in range(2500)]
    seen: list[int] = []

    def stop(count: int, saved: Any) -> None:
        seen.append(count)
        if len(seen) == 2:
            raise Invalid("Stopped.")

    with pytest.raises(Invalid, match="Stopped"):
        import_products(
            member=member, table=table(SHEET + "".join(rows)), defaults=SIZES, by=None, on_progress=stop
        )
    assert seen == [2000, 500]
    assert not Sku.objects.filter(member=member).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ("A,T,4006381333932,1,1,1,1,1", "gtin", "of these digits it would be 1"),
        ("A,T,40063813339,1,1,1,1,1", "gtin", "this has 11"),
        ("A,T,4.00638E+12,1,1,1,1,1", "gtin", "format the column as text"),
        (",T,,1,1,1,1,1", "code", "The code is missing"),
        ("A//B,T,,1,1,1,1,1", "code", "slash"),
        ("A,,,1,1,1,1,1", "title", "The title is missing"),
        ("A,T,,0,1,1,1,1", "length_mm", "1 or more"),
        ("A,T,,99999,1,1,1,1", "length_mm", "Check the unit"),
        ("A,T,,1,1,1,1,-5", "value", "negative"),
        ('A,T,,1,1,1,1,"1,234"', "value", "could mean 1234 or 1.234"),
        ("A,T,,1,1,1,1,1,surplus", "row", "1 more cells than the header"),
    ],
)
def test_an_error_names_row_field_and_remedy(member: Member, row: str, field: str, words: str) -> None:
    made = plan(member, table(SHEET + row + "\n"), Defaults())
    found = [p for p in made.problems if p.field == field]
    assert found, made.problems
    assert found[0].row == 2
    assert words in f"{found[0].problem} {found[0].remedy}"
    assert found[0].remedy


@pytest.mark.django_db
def test_codes_and_gtins_twice_in_a_file_are_refused(member: Member) -> None:
    make_sku(member, code="HERE", gtin="4006381333931")
    rows = "A,T,,1,1,1,1,1\nA,T,,1,1,1,1,1\nB,T,4006381333931,1,1,1,1,1\nC,T,96385074,1,1,1,1,1\nD,T,96385074,1,1,1,1,1\n"
    found = [(p.row, p.problem) for p in plan(member, table(SHEET + rows)).problems]
    assert found == [
        (3, "Row 2 has this code already."),
        (4, "This GTIN is that of your SKU HERE already."),
        (6, "This GTIN is that of row 5 already."),
    ]


@pytest.mark.django_db
def test_two_skus_can_swap_their_gtins(member: Member) -> None:
    first = "A,T,4006381333931,1,1,1,1,1\nB,T,96385074,1,1,1,1,1\n"
    swapped = "A,T,96385074,1,1,1,1,1\nB,T,4006381333931,1,1,1,1,1\n"
    bring(member, table(SHEET + first))
    assert bring(member, table(SHEET + swapped)) == (0, 2, 0)
    assert dict(Sku.objects.values_list("code", "gtin")) == {"A": "96385074", "B": "4006381333931"}


@pytest.mark.django_db
def test_specs_are_named_and_only_ones_own_are_found(member: Member) -> None:
    mine = save_packing_spec(
        member=member, name="Fragile", steps=[StepInput("Wrap.")], is_default=False, by=None
    )
    save_packing_spec(member=make_member(), name="Theirs", steps=[StepInput("x")], is_default=False, by=None)
    head = "code,title,packing_spec\n"
    assert plan(member, table(head + "A,T,fragile\n")).planned[0].sku.packing_spec_id == mine.spec_id
    [problem] = plan(member, table(head + "A,T,Theirs\n")).problems
    assert problem.field == "packing_spec"


@pytest.mark.django_db
def test_another_member_of_the_same_codes_is_left_alone(member: Member) -> None:
    other = make_member()
    bring(member, shop())
    assert bring(other, shop()) == (4, 0, 0)
    assert Sku.objects.filter(code="plate").count() == 2


def test_planning_needs_no_django() -> None:
    code = "import sys, coop.catalog.shopify, coop.catalog.sheet; sys.exit('django.db' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_pure_modules_know_the_same_classes_as_the_tables() -> None:
    assert tuple(Sku.Velocity.values) == inputs.VELOCITIES
    assert tuple(StorageClass.values) == inputs.STORAGES


@pytest.mark.parametrize("name", ["coop.jobs.claimed", "coop.catalog.chunk_imported", "coop.jobs.handled"])
def test_killed_midway_nothing_is_there_and_the_next_worker_does_it_all(fresh_db_url: str, name: str) -> None:
    member = make_member()
    job = start_job(
        kind="catalog.products",
        title="T",
        member=member,
        by=None,
        upload=ContentFile(FIXTURE.read_bytes(), name="shop.csv"),
        options={"defaults": {"length_mm": "120", "width_mm": "100", "height_mm": "100", "weight_g": "350"}},
    )
    env = {**os.environ, "DATABASE_URL": fresh_db_url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, str(job.pk)], env={**env, "COMMONSHELF_FAILPOINT": name}, check=False
    )
    assert killed.returncode == -9
    job.refresh_from_db()
    assert (job.state, Sku.objects.count()) == ("running", 0)
    run_job(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.created_count, Sku.objects.count()) == ("done", 2, 4, 4)
    connection.close()


# The command


def command(*args: str) -> str:
    out = io.StringIO()
    call_command("import_products", *args, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_reports_rows(member: Member) -> None:
    sizes = "--defaults=length_mm=120,width_mm=100", "--defaults=height_mm=100,weight_g=350"
    dry = command(str(FIXTURE), "--member", "tidehouse", *sizes, "--dry-run")
    assert "7 rows read: 4 would be created" in dry
    assert not Sku.objects.exists()
    assert "4 created, 0 updated, 0 unchanged" in command(str(FIXTURE), "--member", "tidehouse", *sizes)
    assert "0 created, 0 updated, 4 unchanged" in command(str(FIXTURE), "--member", "tidehouse")


@pytest.mark.django_db
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_the_command_names_the_rows_and_fails(member: Member, dry: list[str]) -> None:
    out = io.StringIO()
    with pytest.raises(CommandError, match="4 rows need another look") as failure:
        call_command("import_products", str(FIXTURE), "--member", "tidehouse", *dry, stdout=out, stderr=out)
    assert failure.value.returncode == 1
    assert "row 2, length_mm: The length is missing." in out.getvalue()
    assert not Sku.objects.exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nowhere.csv", "--member", "tidehouse"], "cannot be opened"),
        ([str(FIXTURE), "--member", "nobody"], "no member"),
        ([str(FIXTURE), "--member", "tidehouse", "--defaults", "colour=blue"], "colour has no default"),
        (
            [str(FIXTURE), "--member", "tidehouse", "--defaults", "weight_g=much"],
            "weight_g: This is not a whole number",
        ),
        ([__file__, "--member", "tidehouse"], "neither a Shopify product export"),
    ],
)
def test_the_command_fails_with_a_sentence(member: Member, args: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        command(*args)
