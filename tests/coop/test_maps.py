"""Maps without tiles: lengths are true, every mark is shown, no name lies on another, nothing is left unsaid."""

from __future__ import annotations

import itertools
import math

import pytest
from django.template import engines
from hypothesis import given
from hypothesis import strategies as st

from coop.nodes.geo import distance_m
from coop.web import maplabels, maps
from coop.web.maps import Dot, Mark

BERLIN, POTSDAM, LEIPZIG = (52.50, 13.42), (52.40, 13.06), (51.32, 12.33)


def render(marks: list[Mark], dots: list[Dot] | None = None) -> str:
    source = "{% area_map marks dots label='Nodes' unit='orders' %}"
    return engines["django"].from_string(source).render({"marks": marks, "dots": dots or []})


def test_north_is_up_and_east_is_right() -> None:
    (x, y), (to_x, to_y) = maps.project([POTSDAM, BERLIN], 800, 600)
    assert to_x > x
    assert to_y < y


def test_lengths_are_the_same_both_ways() -> None:
    middle, north, east = (52.5, 13.4), (52.6, 13.4), (52.5, 13.5)
    frame = maps.around([middle, north, east])
    here, up, right = maps.project([middle, north, east], 800, 600, frame=frame)
    pixels_a_metre = math.dist(here, up) / distance_m(*middle, *north)
    assert math.dist(here, right) / distance_m(*middle, *east) == pytest.approx(pixels_a_metre, rel=0.005)


def test_one_place_lies_in_the_middle_with_some_ground_around_it() -> None:
    assert maps.project([BERLIN], 800, 600) == [(400, 300)]
    assert maps.around([BERLIN]).width_m >= 3_900


def test_neighbours_over_the_date_line_stay_neighbours() -> None:
    fiji, samoa = (-17.8, 178.0), (-13.8, -172.0)
    (x, _), (to_x, _) = maps.project([fiji, samoa], 800, 600)
    assert 0 < x < to_x < 800
    assert maps.around([fiji, samoa]).width_m < 2_000_000


@given(
    st.lists(st.tuples(st.floats(-80, 80), st.floats(-180, 180, exclude_max=True)), min_size=1, max_size=12)
)
def test_every_point_lies_in_the_drawing(points: list[tuple[float, float]]) -> None:
    for x, y in maps.project(points, 400, 300):
        assert -0.01 <= x <= 400.01
        assert -0.01 <= y <= 300.01


def test_far_orders_do_not_shrink_the_rest_to_a_point_and_are_said() -> None:
    marks = [Mark("Kreuzberg", *BERLIN), Mark("Potsdam", *POTSDAM)]
    drawn = maps.area_map(marks, [Dot(*BERLIN, 90, "Berlin"), Dot(*LEIPZIG, 10, "Leipzig")])
    (_, x), (_, to_x) = ((pin.y, pin.x) for pin in drawn.pins)
    assert x - to_x > 50
    assert (drawn.total, drawn.beyond, drawn.beyond_most) == (100, 10, "Leipzig")
    assert "10 of 100 orders lie beyond this map" in render(
        marks, [Dot(*BERLIN, 90, "Berlin"), Dot(*LEIPZIG, 10, "Leipzig")]
    )


def test_where_most_orders_are_far_the_map_shows_far() -> None:
    drawn = maps.area_map([Mark("Kreuzberg", *BERLIN)], [Dot(*LEIPZIG, 10, "Leipzig")])
    assert drawn.beyond == 0
    assert drawn.places == [("Leipzig", 10)]


def test_dots_near_each_other_are_one_and_their_area_goes_with_the_count() -> None:
    dots = [
        Dot(*BERLIN, 50, "Berlin"),
        Dot(BERLIN[0] + 0.0001, BERLIN[1], 50, "Berlin"),
        Dot(*POTSDAM, 25, "Potsdam"),
    ]
    big, small = maps.area_map([Mark("a", *BERLIN), Mark("b", *POTSDAM)], dots).blots
    assert (big.count, small.count) == (100, 25)
    assert big.radius == pytest.approx(2 * small.radius)


def test_the_scale_is_round_and_true() -> None:
    marks = [Mark("a", *BERLIN), Mark("b", *POTSDAM)]
    words, share = maps.area_map(marks).scale
    assert words == "5 km"
    (a, b) = ((pin.x, pin.y * 0.75) for pin in maps.area_map(marks).pins)
    assert math.dist(a, b) / share * 5_000 == pytest.approx(distance_m(*BERLIN, *POTSDAM), rel=0.01)


@pytest.mark.parametrize("size", [maps.PHONE, maps.DESK], ids=["phone", "desk"])
def test_no_name_lies_on_another_or_off_the_map(size: tuple[float, float]) -> None:
    spots = [
        maplabels.Spot(x, y, name, "next-day, 63 % taken")
        for x, y, name in (
            (0.72, 0.19, "Prenzlauer Berg"),
            (0.73, 0.30, "Kreuzberg corner"),
            (0.60, 0.29, "Charlottenburg"),
            (0.97, 0.03, "Marzahn"),
            (0.03, 0.97, "Werder"),
        )
    ]
    labels = maplabels.place_labels(spots, (maps.PHONE, maps.DESK))
    boxes = [
        maplabels._box(label, spot, size, size == maps.PHONE)
        for label, spot in zip(labels, spots, strict=True)
    ]
    for one, other in itertools.combinations(boxes, 2):
        assert maplabels._shared(one, other) == 0
    for left, top, right, bottom in boxes:
        assert left >= 0
        assert top >= 0
        assert right <= size[0]
        assert bottom <= size[1]


def test_a_name_with_no_room_beside_its_mark_gets_a_leader() -> None:
    crowd = [maplabels.Spot(0.5, 0.5 + i / 200, f"Node number {i}") for i in range(6)]
    assert any(label.reach for label in maplabels.place_labels(crowd, (maps.PHONE, maps.DESK)))


def test_a_map_draws_without_style_and_with_a_table_behind() -> None:
    html = render(
        [Mark("Kreuzberg <b>", *BERLIN, note="same-day, 63 % taken", level=63, url="/nodes/k/")],
        [Dot(*BERLIN, 7, "Berlin")],
    )
    assert "style=" not in html
    assert "<details>" in html
    assert "Kreuzberg &lt;b&gt;" in html
    assert html.count('href="/nodes/k/"') == 2
    assert 'stroke-dasharray="63 100"' in html
    assert 'role="group"' in html
    assert 'role="img"' in render([Mark("Kreuzberg", *BERLIN)])


def test_maps_bear_nothing() -> None:
    assert maps.area_map([]).pins == []
    assert "<svg" in render([])
