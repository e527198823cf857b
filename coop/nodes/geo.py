"""Distances on the earth."""

from __future__ import annotations

from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

# Mean radius R1 of the GRS 80 ellipsoid, (2a + b) / 3 (H. Moritz, Geodetic Reference System 1980).
EARTH_RADIUS_M = 6_371_008.8

Degrees = Decimal | float


def distance_m(latitude: Degrees, longitude: Degrees, to_latitude: Degrees, to_longitude: Degrees) -> int:
    """Metres between two points (degrees) as the crow flies, rounded.

    The haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68, 1984, p. 159): stable for
    the short distances we ask about; the earth's flattening is worth at most 0.5 %.
    """
    north, to_north = radians(latitude), radians(to_latitude)
    half_chord = (
        sin((to_north - north) / 2) ** 2
        + cos(north) * cos(to_north) * sin(radians(float(to_longitude) - float(longitude)) / 2) ** 2
    )
    return round(2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half_chord))))
