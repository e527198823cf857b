"""Who plays in the demo co-op: five nodes around Berlin, twelve creators, and the people who run it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

PASSWORD = "shelf-by-shelf"  # noqa: S105 - printed on the screen; demo mode alone knows it
DOMAIN = "demo.example"


@dataclass(frozen=True)
class DemoNode:
    """A site with its place on earth (WGS 84), hours and size."""

    slug: str
    code: str
    name: str
    tier: str
    street: str
    postcode: str
    city: str
    latitude: str
    longitude: str
    area_m2: int
    cutoff: dt.time
    reach_m: int
    aisles: int
    about: str
    zones: tuple[tuple[str, str], ...] = (("A", "ambient"),)
    slots: int = 60
    saturday: bool = False


NODES = (
    DemoNode(
        "kreuzberg", "KRZ", "Kreuzberg corner", "same_day", "Oranienstraße 183", "10999", "Berlin",
        "52.500890", "13.420120", 120, dt.time(15, 0), 6_000, 2,
        "A former print shop with a big window. Cargo bikes leave from the yard until six.",
        slots=26, saturday=True,
    ),
    DemoNode(
        "prenzlauer-berg", "PBG", "Prenzlauer Berg backroom", "same_day", "Kastanienallee 77", "10435", "Berlin",
        "52.538740", "13.410870", 95, dt.time(15, 0), 6_000, 2,
        "Behind a ceramics studio, up two steps: ring twice.", slots=24,
    ),
    DemoNode(
        "charlottenburg", "CHB", "Charlottenburg arches", "next_day", "Kantstraße 148", "10623", "Berlin",
        "52.505790", "13.321710", 420, dt.time(14, 0), 25_000, 4,
        "Two railway arches with a cold room for roasters and sauces.",
        zones=(("A", "ambient"), ("C", "cold")), slots=70,
    ),
    DemoNode(
        "potsdam", "PDM", "Potsdam mill", "next_day", "Zeppelinstraße 136", "14471", "Potsdam",
        "52.392160", "13.037430", 380, dt.time(13, 0), 30_000, 3,
        "The ground floor of an old steam mill, with a ramp to the river.", slots=50,
    ),
    DemoNode(
        "ludwigsfelde", "LUD", "Ludwigsfelde hub", "hub", "Parkallee 32", "14974", "Ludwigsfelde",
        "52.296330", "13.268030", 1_900, dt.time(12, 0), 700_000, 6,
        "The big hall by the motorway: pallets, slow sellers and everything oversize.",
        zones=(("A", "ambient"), ("C", "cold"), ("X", "oversize")), slots=220,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Goods:
    """One thing a creator sells; lengths mm, weight g, value in euros."""

    code: str
    title: str
    size: tuple[int, int, int]
    weight_g: int
    value: str
    velocity: str = "core"
    storage: str = "ambient"
    weight_in_orders: int = 4


@dataclass(frozen=True)
class Creator:
    """A member with her shop, her goods and the way she wants them packed."""

    slug: str
    name: str
    owner: str
    trade: str
    story: str
    thanks: str
    spec: tuple[str, ...]
    goods: tuple[Goods, ...]
    nodes: tuple[str, ...] = ("kreuzberg", "charlottenburg", "ludwigsfelde")
    busy: float = 1.0
    address: tuple[str, str, str] = ("Reichenberger Straße 36", "10999", "Berlin")
    country: str = "DE"
    vat_id: str = ""
    drop: str = ""


def _g(code: str, title: str, size: tuple[int, int, int], weight: int, value: str, **more: object) -> Goods:
    return Goods(code, title, size, weight, value, **more)  # type: ignore[arg-type]


CREATORS = (
    Creator(
        "kiln-and-tide", "Kiln & Tide", "Maya Okafor", "potter",
        "Stoneware thrown in Kreuzberg, glazed with ash from the Spree's old willows.",
        "Thank you for drinking from something made by hand. Wash it, chip it, love it.",
        ("Wrap every piece twice in honeycomb paper", "Fill all hollows with wood wool",
         "Lay the postcard on top, picture up", "Close with the printed tape, logo across the seam"),
        (
            _g("MUG-ASH", "Ash mug, 300 ml", (120, 95, 100), 420, "28.00", weight_in_orders=9),
            _g("MUG-SEA", "Sea mug, 300 ml", (120, 95, 100), 420, "28.00", weight_in_orders=7),
            _g("BOWL-S", "Breakfast bowl", (160, 160, 75), 560, "34.00", weight_in_orders=5),
            _g("PLATE-L", "Dinner plate, 27 cm", (270, 270, 35), 980, "42.00"),
            _g("VASE-1", "Bud vase", (90, 90, 160), 380, "36.00", velocity="seasonal"),
            _g("TEA-SET", "Tea set for two", (320, 240, 180), 2100, "119.00", velocity="specialty", weight_in_orders=1),
        ), busy=1.6, drop="Winter glaze drop",
    ),
    Creator(
        "north-star-roasters", "North Star Roasters", "Jonas Brandt", "coffee roaster",
        "Small batches on a 1962 Probat, three times a week.",
        "Brew it within four weeks. Tell us how it tastes.",
        ("Check the roast date: nothing older than 21 days", "Two bags side by side, valve up", "Add the brew card"),
        (
            _g("ESP-250", "Espresso Polaris, 250 g", (180, 90, 60), 265, "9.80", weight_in_orders=10),
            _g("ESP-1000", "Espresso Polaris, 1 kg", (300, 130, 90), 1030, "32.00", weight_in_orders=5),
            _g("FIL-250", "Filter Vega, 250 g", (180, 90, 60), 265, "11.50", weight_in_orders=9),
            _g("DEC-250", "Decaf Luna, 250 g", (180, 90, 60), 265, "10.90"),
            _g("COLD-6", "Cold brew, six bottles", (300, 200, 220), 3900, "24.00", storage="cold", velocity="seasonal"),
        ), nodes=("kreuzberg", "prenzlauer-berg", "charlottenburg"), busy=2.0,
        address=("Lobeckstraße 64", "10969", "Berlin"),
    ),
    Creator(
        "paper-heron", "Paper Heron", "Lina Vogt", "illustrator",
        "Risograph prints, calendars and small books of birds that are not there.",
        "Hang it out of the sun and it will outlive us both.",
        ("Slide prints into a glassine sleeve", "Two boards, one each side", "Do not bend sticker on the front"),
        (
            _g("PRINT-A3", "Heron at dusk, A3 riso print", (440, 320, 8), 180, "35.00", weight_in_orders=8),
            _g("PRINT-A4", "Owl hour, A4 riso print", (320, 230, 8), 110, "22.00", weight_in_orders=8),
            _g("CAL-27", "Calendar 2027", (310, 310, 10), 340, "26.00", velocity="seasonal", weight_in_orders=6),
            _g("ZINE-4", "Zine no. 4: Marsh", (210, 150, 5), 90, "9.00"),
        ), nodes=("prenzlauer-berg", "charlottenburg"), busy=1.4, drop="Calendar 2027",
        address=("Schönhauser Allee 167", "10435", "Berlin"),
    ),
    Creator(
        "wick-and-moss", "Wick & Moss", "Emeka Adeyemi", "candle maker",
        "Rapeseed wax, wooden wicks, scents of a walk after rain.",
        "Trim the wick, take your time.",
        ("Lid on, sealed with the paper band", "Wrap in tissue, moss green", "Match box goes inside, never outside"),
        (
            _g("CND-RAIN", "Candle After Rain", (85, 85, 95), 410, "29.00", weight_in_orders=7),
            _g("CND-FIR", "Candle Fir Hill", (85, 85, 95), 410, "29.00", velocity="seasonal", weight_in_orders=6),
            _g("CND-TRIO", "Trio of minis", (200, 75, 80), 480, "36.00"),
            _g("MATCH", "Long matches in glass", (110, 50, 50), 130, "12.00", weight_in_orders=2),
        ), nodes=("kreuzberg", "potsdam", "ludwigsfelde"), busy=1.2,
    ),
    Creator(
        "salt-press", "Salt Press", "Noor Haddad", "author and small press",
        "Four novels and a cookbook, printed in Neukölln in editions of 800.",
        "Read it aloud to somebody.",
        ("Wrap in brown paper, seam at the back", "Bookmark between the first pages", "Card box with 2 cm air all round"),
        (
            _g("NOV-RIVER", "The River Keeps Accounts (novel)", (205, 135, 24), 390, "24.00", weight_in_orders=8),
            _g("NOV-ROOF", "Roof Garden, Winter (novel)", (205, 135, 20), 340, "22.00"),
            _g("COOK-1", "Bitter Greens (cookbook)", (250, 190, 28), 980, "34.00", weight_in_orders=5),
            _g("POEM-2", "Poems for a Lift", (190, 120, 9), 150, "14.00", velocity="specialty", weight_in_orders=1),
        ), nodes=("charlottenburg", "ludwigsfelde"), busy=0.9, address=("Weserstraße 200", "12047", "Berlin"),
    ),
    Creator(
        "lather-lane", "Lather Lane", "Priya Nair", "soap maker",
        "Cold-process soap with coffee grounds from the roaster next door.",
        "Keep it dry between showers.",
        ("Count the bars aloud", "Paper shred, no plastic", "Sample of the month inside"),
        (
            _g("BAR-COF", "Coffee scrub bar", (85, 60, 30), 125, "8.50", weight_in_orders=9),
            _g("BAR-LAV", "Lavender bar", (85, 60, 30), 120, "8.50", weight_in_orders=7),
            _g("SHAM-ROS", "Rosemary shampoo bar", (80, 80, 28), 95, "11.00", weight_in_orders=5),
            _g("DISH", "Olive wood dish", (130, 90, 25), 150, "16.00", weight_in_orders=2),
        ), nodes=("kreuzberg", "prenzlauer-berg", "potsdam"), busy=1.3,
    ),
    Creator(
        "saddle-street", "Saddle Street", "Tomasz Zieliński", "leatherworker",
        "Vegetable-tanned belts and bags, stitched by hand in Poznań, loved in Berlin.",
        "It gets better every year. So will you.",
        ("Dust bag, drawstring to the left", "Care tin under the flap", "Box, then kraft sleeve"),
        (
            _g("BELT-90", "Belt, 90 cm", (140, 140, 50), 260, "79.00", weight_in_orders=4),
            _g("BELT-100", "Belt, 100 cm", (140, 140, 50), 280, "79.00", weight_in_orders=4),
            _g("WALLET", "Card wallet", (120, 90, 20), 80, "49.00", weight_in_orders=6),
            _g("TOTE", "Market tote", (420, 360, 80), 1250, "210.00", velocity="specialty", weight_in_orders=1),
        ), nodes=("charlottenburg", "ludwigsfelde"), busy=0.6,
        address=("ul. Święty Marcin 24", "61-805", "Poznań"), country="PL", vat_id="PL7811767696",
    ),
    Creator(
        "seedling-society", "Seedling Society", "Greta Lindqvist", "seed grower",
        "Old vegetable varieties for balconies, grown in Brandenburg.",
        "Sow shallow, water low, wait.",
        ("Sort packets by sowing month", "Sowing calendar on top", "Letterbox envelope when it fits"),
        (
            _g("SEED-TOM", "Tomato 'Ruthje', 15 seeds", (120, 85, 3), 12, "3.90", velocity="seasonal", weight_in_orders=6),
            _g("SEED-BEAN", "Bean 'Blauhilde', 30 seeds", (120, 85, 6), 25, "3.90", velocity="seasonal"),
            _g("SEED-BOX", "Balcony box, ten varieties", (240, 180, 60), 420, "39.00", weight_in_orders=5),
            _g("TOOL-DIB", "Dibber, beech", (220, 35, 35), 90, "14.50", weight_in_orders=2),
        ), nodes=("potsdam", "ludwigsfelde"), busy=0.7, address=("Dorfstraße 8", "14476", "Potsdam"),
    ),
    Creator(
        "long-table-games", "Long Table Games", "Marek Novák", "board game designer",
        "Games for long evenings; the rules fit on one page.",
        "House rules are welcome. Write them down for us.",
        ("Check that the shrink wrap is whole", "Corner guards on all eight corners", "Big games: box in box"),
        (
            _g("GAME-TIDE", "Tidewater (board game)", (300, 300, 75), 1450, "48.00", weight_in_orders=6),
            _g("GAME-EXP", "Tidewater: The Locks (expansion)", (300, 300, 45), 780, "29.00"),
            _g("CARDS-9", "Nine Lives (card game)", (130, 95, 35), 280, "16.00", weight_in_orders=6),
            _g("MAT-XL", "Play mat, 90 × 60 cm", (640, 90, 90), 900, "38.00", storage="oversize", velocity="specialty", weight_in_orders=1),
        ), nodes=("charlottenburg", "ludwigsfelde"), busy=0.9, drop="Tidewater second edition",
        address=("Boxhagener Straße 18", "10245", "Berlin"),
    ),
    Creator(
        "ember-sauce-co", "Ember Sauce Co.", "Camila Rojas", "hot sauce maker",
        "Fermented for six weeks in oak, bottled on Tuesdays.",
        "Start with a drop. We mean it.",
        ("Bottle sleeve on every bottle", "This side up label on two sides", "Ice pack in July and August"),
        (
            _g("HOT-1", "Ember no. 1, mild", (55, 55, 180), 310, "8.90", weight_in_orders=8),
            _g("HOT-3", "Ember no. 3, fierce", (55, 55, 180), 310, "9.50", weight_in_orders=8),
            _g("KIMCHI", "Plum kimchi, 400 g", (90, 90, 110), 560, "9.90", storage="cold", weight_in_orders=4),
            _g("SET-4", "Ladder of four", (240, 130, 190), 1380, "33.00", weight_in_orders=4),
        ), nodes=("charlottenburg", "kreuzberg"), busy=1.1, address=("Sonnenallee 221", "12059", "Berlin"),
    ),
    Creator(
        "knot-and-purl", "Knot & Purl", "Aino Korhonen", "knitwear maker",
        "Hats and jumpers from Uckermark wool, one size of patience.",
        "Wash cold, dry flat, be warm.",
        ("Fold along the paper template", "Lavender sachet inside", "Tissue, then the cloth bag"),
        (
            _g("HAT-MOS", "Moss stitch hat", (240, 220, 50), 120, "45.00", velocity="seasonal", weight_in_orders=6),
            _g("SOCK-M", "Ribbed socks, M", (220, 100, 40), 95, "24.00", weight_in_orders=7),
            _g("JUMP-M", "Fisher jumper, M", (380, 300, 90), 720, "168.00", velocity="specialty", weight_in_orders=2),
        ), nodes=("prenzlauer-berg", "ludwigsfelde"), busy=0.8,
    ),
    Creator(
        "tin-sparrow", "Tin Sparrow", "Béla Farkas", "jeweller",
        "Recycled silver, riveted not glued.",
        "Silver likes to be worn. So wear it.",
        ("Polish with the yellow cloth", "Box in a pouch, pouch in a box", "Signature card, signed side up", "Weigh twice"),
        (
            _g("RING-RIV", "Rivet ring", (60, 60, 40), 35, "64.00", weight_in_orders=6),
            _g("EAR-LEAF", "Leaf earrings", (60, 60, 30), 28, "58.00", weight_in_orders=6),
            _g("PEND-SP", "Sparrow pendant", (80, 60, 30), 40, "72.00", weight_in_orders=5),
        ), nodes=("kreuzberg", "prenzlauer-berg"), busy=0.6, drop="Sparrow, numbered 1–60",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Buyer:
    """A neighbourhood that orders come from (WGS 84), and how many of them."""

    postcode: str
    city: str
    latitude: Decimal
    longitude: Decimal
    share: int = 1


def _b(postcode: str, city: str, latitude: str, longitude: str, share: int = 1) -> Buyer:
    return Buyer(postcode, city, Decimal(latitude), Decimal(longitude), share)


BUYERS = (
    _b("10999", "Berlin", "52.4989", "13.4249", 9), _b("10997", "Berlin", "52.5009", "13.4362", 7),
    _b("12047", "Berlin", "52.4913", "13.4271", 7), _b("12053", "Berlin", "52.4763", "13.4305", 4),
    _b("10437", "Berlin", "52.5473", "13.4125", 8), _b("10405", "Berlin", "52.5340", "13.4250", 7),
    _b("10119", "Berlin", "52.5296", "13.4063", 5), _b("13347", "Berlin", "52.5489", "13.3656", 4),
    _b("10623", "Berlin", "52.5068", "13.3223", 4), _b("10585", "Berlin", "52.5165", "13.3050", 3),
    _b("10823", "Berlin", "52.4838", "13.3500", 4), _b("12157", "Berlin", "52.4651", "13.3415", 2),
    _b("10245", "Berlin", "52.5009", "13.4646", 6), _b("10317", "Berlin", "52.4983", "13.4896", 2),
    _b("13187", "Berlin", "52.5689", "13.4047", 3), _b("12435", "Berlin", "52.4881", "13.4637", 2),
    _b("14467", "Potsdam", "52.4000", "13.0586", 4), _b("14482", "Potsdam", "52.3916", "13.1013", 2),
    _b("16225", "Eberswalde", "52.8349", "13.7960"), _b("15230", "Frankfurt (Oder)", "52.3412", "14.5500"),
    _b("20357", "Hamburg", "53.5630", "9.9600", 3), _b("04229", "Leipzig", "51.3220", "12.3320", 3),
    _b("80469", "München", "48.1310", "11.5740", 2), _b("50672", "Köln", "50.9400", "6.9370", 2),
)  # fmt: skip

FIRST_NAMES = ("Anna", "Ben", "Clara", "David", "Elif", "Finn", "Gül", "Hanna", "Ivan", "Jule", "Kofi", "Leni",
               "Mehmet", "Nina", "Oskar", "Paula", "Quirin", "Rosa", "Samir", "Tilda", "Ute", "Vito", "Wanda", "Yara")  # fmt: skip
LAST_NAMES = ("Albrecht", "Becker", "Conrad", "Demir", "Engel", "Fischer", "Graf", "Hoffmann", "Ivanova", "Jansen",
              "Keller", "Lange", "Meyer", "Neumann", "Otto", "Pham", "Richter", "Schulz", "Thiel", "Ünal", "Weber")  # fmt: skip
STREETS = ("Lindenweg", "Bergstraße", "Schulstraße", "Gartenweg", "Hauptstraße", "Uferpromenade", "Am Markt",
           "Rosenstraße", "Mühlenweg", "Bahnhofstraße")  # fmt: skip


@dataclass(frozen=True)
class Login:
    """One person for each role, printed at the end of `make run`."""

    role: str
    email: str
    sees: str = field(default="")


LOGINS = (
    Login("Creator (owner of Kiln & Tide)", f"maya@{DOMAIN}", "/portal/kiln-and-tide/"),
    Login("Creator's manager", f"manager@{DOMAIN}", "/portal/kiln-and-tide/"),
    Login("Creator's accountant", f"bookkeeper@{DOMAIN}", "/portal/kiln-and-tide/costs/"),
    Login("Node operator (Kreuzberg)", f"operator@{DOMAIN}", "/floor/kreuzberg/"),
    Login("Picker and packer (Kreuzberg)", f"picker@{DOMAIN}", "/floor/kreuzberg/pick/"),
    Login("Co-op accountant", f"accountant@{DOMAIN}", "/books/"),
    Login("Steward", f"steward@{DOMAIN}", "/network/"),
)

CARTONS = (
    # code, name, inner length, width, height in mm, tare g, bears g
    ("L1", "Letterbox mailer", 345, 245, 25, 60, 1_000),
    ("S1", "Small box", 200, 150, 100, 90, 5_000),
    ("S2", "Square box", 250, 250, 150, 160, 8_000),
    ("M1", "Medium box", 350, 250, 200, 240, 12_000),
    ("F1", "Flat print box", 480, 350, 60, 260, 6_000),
    ("L2", "Large box", 450, 350, 300, 420, 20_000),
    ("T1", "Tube box", 700, 120, 120, 240, 6_000),
    ("XL", "Double-wall box", 600, 400, 400, 780, 30_000),
    ("P0", "Plastic mailer", 400, 300, 40, 30, 2_000),
)
# What the co-op does not take any more.
RETIRED_CARTONS = ("P0",)

RATES = (
    # kind, node slug or "", storage class or "", euros a unit
    ("receive", "", "", "0.060000"), ("putaway", "", "", "0.350000"),
    ("storage", "", "", "0.180000"), ("storage", "", "cold", "0.420000"), ("storage", "", "oversize", "0.550000"),
    ("storage", "kreuzberg", "", "0.310000"), ("storage", "prenzlauer-berg", "", "0.290000"),
    ("pick", "", "", "0.385000"), ("pick", "ludwigsfelde", "", "0.295000"),
    ("pack", "", "", "0.950000"), ("carton", "", "", "0.620000"), ("ship", "", "", "3.890000"),
    ("count", "", "", "1.200000"),
    ("dock", "", "", "9.000000"), ("table", "", "", "24.000000"), ("no_show", "", "", "12.000000"),
    ("cancel", "", "", "0.180000"), ("overrun", "", "", "0.620000"), ("idle", "", "", "0.080000"),
)  # fmt: skip
