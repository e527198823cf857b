"""The look: colours that can be read, pages that the content policy accepts, figures that read as people write them."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory
from django.urls import reverse

from coop.kernel import clock
from coop.web import charts, navigation, tones

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
TOKENS = (ROOT / "static/css/tokens.css").read_text()
NOON = dt.datetime(2026, 3, 3, 12, 0, tzinfo=dt.UTC)

TEXT_PAIRS = [
    *[(ink, ground) for ink in ("ink", "quiet") for ground in ("paper", "card", "sunk", "kraft")],
    *[
        (ink, ground)
        for ink in ("primary", "primary-strong", "accent")
        for ground in ("paper", "card", "sunk")
    ],
    ("primary", "primary-tint"),
    ("accent", "accent-tint"),
    ("on-primary", "primary"),
    ("on-primary", "primary-strong"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    *[(tone, f"{tone}-tint") for tone in ("good", "warn", "bad", "info")],
    *[(tone, ground) for tone in ("good", "warn", "bad", "info") for ground in ("card", "paper")],
    ("card", "bad"),
    ("ink", "primary-tint"),
]
# WCAG 1.4.11: what bounds a control, and marks that carry a meaning.
SHAPE_PAIRS = [
    *[("edge", ground) for ground in ("card", "paper", "sunk")],
    *[("focus", ground) for ground in ("card", "paper", "kraft", "sunk")],
    ("accent", "kraft"),
]


def colours(theme: int) -> dict[str, str]:
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", TOKENS)
    return {name: values[theme] for name, *values in pairs}


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def render(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_can_be_read(theme: int, ink: str, ground: str) -> None:
    found = colours(theme)
    assert contrast(found[ink], found[ground]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_shapes_can_be_seen(theme: int, shape: str, ground: str) -> None:
    found = colours(theme)
    assert contrast(found[shape], found[ground]) >= 3


def test_contrast_knows_black_on_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") < 4.5


def test_every_token_that_is_used_exists() -> None:
    declared = set(re.findall(r"--([\w-]+):", TOKENS))
    for sheet in (ROOT / "static/css").glob("*.css"):
        text = sheet.read_text()
        own = set(re.findall(r"--([\w-]+):", text))
        assert set(re.findall(r"var\(--([\w-]+)", text)) <= declared | own, sheet.name


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_template_keeps_the_content_policy(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<[^>]*\sstyle\s*=", text), "a style attribute"
    assert "<style" not in text or "paper" in text, "an inline style sheet"
    assert not re.search(r"<[^>]*\son[a-z]+\s*=\s*[\"']", text), "an inline handler"
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag or "application/json" in tag or "application/ld+json" in tag, tag
    for address in re.findall(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//[^\"']+", text):
        assert not address.startswith(("src", "action")), address


def sheets_of(text: str) -> set[str]:
    """The style sheets that a template links or includes."""
    shared = (
        (ROOT / "templates/components/styles.html").read_text() if "components/styles.html" in text else ""
    )
    return set(re.findall(r"css/(\w+)\.css", text + shared))


def sheets_of_page(path: Path) -> set[str]:
    """Its own sheets and those of what it extends."""
    text = path.read_text()
    frame = re.search(r'{% extends "([^"]+)"', text)
    above = ROOT / "templates" / frame[1] if frame else None
    return sheets_of(text) | (sheets_of_page(above) if above and above.exists() else set())


def classes_of(sheet: str) -> set[str]:
    """Names of the blocks that a style sheet draws: `lane` for .lane, .lane__left and .lane--warn."""
    text = re.sub(r"/\*.*?\*/", "", (ROOT / f"static/css/{sheet}.css").read_text(), flags=re.S)
    return {name for name in re.findall(r"\.([a-z]+(?:-[a-z]+)*)", text) if name not in {"otf", "css"}}


PAGES = [path for path in TEMPLATES if "{% extends" in path.read_text() and not path.name.startswith("base")]


@pytest.mark.parametrize("sheet", ["floor", "public", "map"])
def test_a_page_loads_the_sheet_of_what_it_draws(sheet: str) -> None:
    everywhere = sheets_of((ROOT / "templates/base.html").read_text())
    assert sheet not in everywhere
    own = classes_of(sheet) - set().union(*(classes_of(name) for name in everywhere))
    drawn = 0
    for path in PAGES:
        text = path.read_text()
        drawing = " ".join(re.findall(r'class="([^"]*)"', text))
        used = set(re.findall(r"(?<![\w-])[a-z]+(?:-[a-z]+)*", drawing))
        if used & own or (sheet == "map" and "{% area_map" in text):
            drawn += 1
            assert sheet in sheets_of_page(path), (path.name, used & own)
    assert drawn


@pytest.mark.parametrize("path", sorted((ROOT / "static").rglob("*.[cj]s*")), ids=lambda path: path.name)
def test_assets_ask_no_other_host(path: Path) -> None:
    assert not re.search(r"(?:url\(|import |fetch\()[\"']?(?:https?:)?//", path.read_text())


def test_money_reads_with_its_currency() -> None:
    assert render("{{ a|money:'EUR' }}", a=Decimal("1240.5")) == "€1,240.50"
    assert render("{{ a|money:'EUR' }}", a=Decimal("-3")) == "−€3.00"
    assert render("{{ a|money:'CHF' }}", a=Decimal("12")) == "CHF\u00a012.00"
    assert render("{{ a|money:'JPY' }}", a=Decimal("1250")) == "¥1,250"
    assert render("{{ a|money:'EUR' }}", a=Decimal("0.005")) == "€0.01"
    assert render("{{ a|money:'EUR' }}", a=None) == "–"


def test_unit_prices_keep_the_places_they_need() -> None:
    assert render("{{ a|unit_price:'EUR' }}", a=Decimal("0.035000")) == "€0.035"
    assert render("{{ a|unit_price:'EUR' }}", a=Decimal("1.200000")) == "€1.20"


def test_quantities_show_their_unit_quietly() -> None:
    assert render("{{ n|qty }}", n=12400) == "12,400"
    assert render("{{ n|qty:unit }}", n=3, unit="<b>") == '3\u00a0<span class="unit">&lt;b&gt;</span>'
    assert "1.25" in render("{{ g|grams }}", g=1250)
    assert "kg" in render("{{ g|grams }}", g=1250)
    assert "850" in render("{{ g|grams }}", g=850)
    assert render("{% dims 320 200 90 %}").startswith("320\u00a0×\u00a0200\u00a0×\u00a090")
    assert render("{{ 1|percent:3 }}") == "33\u00a0%"
    assert render("{{ 1|percent:0 }}") == "–"


def test_when_tells_the_exact_time_in_the_nodes_zone() -> None:
    node = SimpleNamespace(timezone="Europe/Berlin")
    with clock.at(NOON):
        html = render("{% when m node %}", m=NOON + dt.timedelta(days=2), node=node)
    assert ">in 2 days<" in html
    assert html.count("Thu 5 Mar 2026, 13:00 CET") == 2


@pytest.mark.parametrize(
    ("ahead_s", "words"),
    [
        (-30, "just now"),
        (30, "in a moment"),
        (-60, "1 minute ago"),
        (7200, "in 2 hours"),
        (-40 * 86400, "22 Jan 2026"),
    ],
)
def test_when_speaks_as_people_do(ahead_s: int, words: str) -> None:
    with clock.at(NOON):
        assert f">{words}<" in render("{% when m %}", m=NOON + dt.timedelta(seconds=ahead_s))


def test_countdown_says_how_long_and_when_it_is_over() -> None:
    with clock.at(NOON):
        ahead = render("{% countdown m %}", m=NOON + dt.timedelta(hours=3, minutes=5))
        near = render("{% countdown m %}", m=NOON + dt.timedelta(minutes=4, seconds=10))
        past = render("{% countdown m %}", m=NOON - dt.timedelta(seconds=1))
    assert "3\u00a0h 5\u00a0min" in ahead
    assert "data-near" not in ahead
    assert "data-near" in near
    assert "data-past" in past
    assert ">over<" in past


def test_line_chart_lies_between_zero_and_a_round_number() -> None:
    chart = charts.line_chart([("Cost", [("1", 0), ("2", 40), ("3", 80)])], height=100)
    assert [tick.value for tick in chart.ticks] == [0, 50, 100]
    assert chart.lines[0].runs == ["0.0,100.0 500.0,60.0 1000.0,20.0"]
    assert chart.lines[0].last_value == 80


def test_line_chart_leaves_gaps_open() -> None:
    chart = charts.line_chart([("Cost", [("1", 1), ("2", None), ("3", 2)])])
    assert len(chart.lines[0].runs) == 2
    assert chart.lines[0].area == ""


def test_labels_of_lines_never_lie_on_each_other() -> None:
    series = [(name, [("1", 5), ("2", 5)]) for name in "abcd"]
    places = sorted(line.label_y for line in charts.line_chart(series).lines)
    assert all(b - a >= 18 for a, b in itertools.pairwise(places))


def test_charts_bear_nothing_and_nought() -> None:
    assert charts.line_chart([("Cost", [])]).lines[0].runs == []
    assert [bar.share for bar in charts.bars([("a", 0)])] == [0]
    assert charts.columns([]) == []
    assert charts.sparkline([]) == ""


@pytest.mark.parametrize(("value", "ceiling"), [(0, 1), (1, 1), (7, 10), (24, 25), (101, 200), (0.3, 0.5)])
def test_nice_ceiling(value: float, ceiling: float) -> None:
    assert charts.nice_ceiling(value) == pytest.approx(ceiling)


def test_charts_draw_without_style_and_with_a_table_behind() -> None:
    points = [("Mon", Decimal("1.5")), ("Tue <b>", Decimal(3))]
    for tag in ("line_chart", "bar_chart", "column_chart"):
        html = render(f"{{% {tag} points label='Cost' unit='EUR' %}}", points=points)
        assert "style=" not in html
        assert "<details>" in html
        assert "€3.00" in html
        assert "Tue &lt;b&gt;" in html
        assert 'role="img"' in html


def test_barcodes_are_scannable_black_on_white() -> None:
    html = render("{% barcode 'A-04-2' %}")
    assert 'aria-label="Barcode A-04-2"' in html
    assert "style=" not in html
    # EAN-13 is 95 modules wide; ten of silence on either side.
    assert 'viewBox="-10 0 115 50"' in render("{% barcode '4006381333931' 'ean13' %}")
    assert "style=" not in render("{% qr 'https://commonshelf.example' %}")


def test_pills_take_their_tone_from_the_state() -> None:
    assert tones.tone_of("shipped") == "good"
    assert tones.tone_of("OVERDUE") == "bad"
    assert tones.tone_of("draft") == "quiet"
    assert "pill--warn" in render("{% pill 'on_hold' %}")
    assert "on hold" in render("{% pill 'on_hold' %}")


def test_where_nothing_is_said_no_room_is_taken() -> None:
    html = render("{% include 'components/messages.html' %}", messages=[])
    assert 'role="status"></div>' in html


def test_a_block_keeps_markup_and_escapes_words() -> None:
    source = "{% page_head title state=state %}<a href='/x'>Go</a>{% endpage_head %}"
    html = render(source, title="<b>", state="<i>")
    assert "<a href='/x'>Go</a>" in html
    assert "&lt;b&gt;" in html
    assert "&lt;i&gt;" in html


class Measures(forms.Form):
    sections = [("Size", "As packed.", ["length_mm"])]
    title = forms.CharField(help_text="As your buyers know it.")
    length_mm = forms.IntegerField(min_value=1)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def test_forms_show_units_help_and_sections() -> None:
    html = render("{% form form submit='Keep' %}", form=Measures())
    assert '<span class="field__unit">mm</span>' in html
    assert "<legend>Size</legend>" in html
    assert 'id="id_title_helptext"' in html
    assert 'aria-describedby="id_title_helptext"' in html
    assert html.count('name="token"') == 1


def test_forms_sum_up_what_is_wrong_and_keep_what_was_typed() -> None:
    html = render("{% form form %}", form=Measures({"title": "", "length_mm": "0"}))
    assert "2 things to mend" in html
    assert '<a href="#id_title">' in html
    assert 'value="0"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_title_error"' in html


def test_filters_and_sorting_live_in_the_url() -> None:
    request = RequestFactory().get("/x/?state=open&q=cup&after=abc&node=a&node=b")
    chips = render(
        "{% chips 'state' choices %}", request=request, choices=[("open", "Open"), ("done", "Done")]
    )
    assert 'href="?q=cup&amp;node=a&amp;node=b&amp;state=done"' in chips
    assert chips.count("aria-current") == 1
    assert "after=abc" not in chips
    head = render("{% sort_header 'total' 'Total' %}", request=RequestFactory().get("/x/?sort=total"))
    assert 'aria-sort="ascending"' in head
    assert "sort=-total" in head
    found = render("{% filters 'Search' node='Node' %}", request=request)
    assert found.count("chip--applied") == 2


def test_navigation_leaves_out_what_does_not_exist_or_is_not_for_this_role(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offered = (
        navigation.Entry(10, "Costs", "portal:cost-list", "coins"),
        navigation.Entry(20, "Slots", "portal:slot-list", "shelving-unit"),
        navigation.Entry(30, "Nowhere", "portal:nowhere", "x"),
    )
    monkeypatch.setattr(navigation, "entries", {"portal": offered}.__getitem__)
    request = RequestFactory().get("/portal/tidehouse/costs/")
    member = SimpleNamespace(slug="tidehouse")
    seen = navigation.links("portal", request, SimpleNamespace(role="accountant", member=member))
    assert [(link.entry.label, link.current) for link in seen] == [("Costs", True)]
    seen = navigation.links("portal", request, SimpleNamespace(role="owner", member=member))
    assert [link.entry.label for link in seen] == ["Costs", "Slots"]


def test_navigation_is_gathered_from_the_rooms_and_every_page_of_it_exists() -> None:
    for area in navigation.AREAS:
        offered = navigation.entries(area)
        assert offered, area
        places = [entry.place for entry in offered]
        assert len(set(places)) == len(places), f"two entries of {area} want the same place"
        for entry in offered:
            part = {"portal": {"member": "a"}, "floor": {"node": "a"}}.get(area, {})
            assert reverse(entry.url_name, kwargs=part)


def test_icons_have_a_name_or_are_silent() -> None:
    assert 'aria-hidden="true"' in render("{% icon 'truck' %}")
    assert 'aria-label="Inbound"' in render("{% icon 'truck' 'Inbound' %}")


def test_every_icon_of_the_navigation_exists() -> None:
    for area in navigation.AREAS:
        for entry in navigation.entries(area):
            assert "<svg" in render(f"{{% icon '{entry.icon}' %}}")


def test_letters_to_go_are_unique_in_each_area() -> None:
    for area in navigation.AREAS:
        keys = [entry.key for entry in navigation.entries(area) if entry.key]
        assert len(keys) == len(set(keys)), area
