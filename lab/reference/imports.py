"""The page of columns: of the product sheet, of Shopify's export and of orders."""

from __future__ import annotations

from coop.catalog import sheet, shopify
from fulfillment.orders import mapping
from lab.reference.markdown import NOTE, table

_SHOPIFY = {
    "handle": "the product its rows belong to",
    "title": "title, with the options behind it",
    "sku": "code; made from handle and options when empty",
    "grams": "weight in g; 0 counts as not weighed",
    "price": "value, in the member's currency",
    "barcode": "GTIN, if its check digit is right",
    "ships": "variants that need no shipping are left out",
    "gift_card": "gift cards are left out",
    "option1": "title and code",
    "option2": "title and code",
    "option3": "title and code",
}


def imports_page() -> str:
    """Columns of the product sheet, of Shopify's export and of orders, from the importers' own tables."""
    shop = (
        (f"`{names[0]}`", ", ".join(f"`{n}`" for n in names[1:]) or "-", _SHOPIFY[ours])
        for ours, names in shopify._COLUMNS.items()
    )
    orders = (
        (words, "yes" if needed else "", ", ".join(f"`{h}`" for h in mapping._HEADERS[name][:6]))
        for name, (words, needed) in mapping.FIELDS.items()
    )
    dates = ((key, example) for key, (example, _) in mapping.DATE_FORMATS.items())
    return "\n".join(
        [
            "# Columns of imports\n",
            NOTE.strip(),
            "\nCSV or XLSX. Delimiter and encoding are found by content. Errors name the row as your spreadsheet shows it, the "
            "column and what to do; products go in all or none, each order goes in whole or not at all. The same file again "
            "changes nothing.\n",
            "## Products: our own sheet\n",
            table(
                ("Column", "What it says", "Example"),
                ((f"`{c}`", says, f"`{one}`" if one else "") for c, _, says, one, _ in sheet.COLUMNS),
            ),
            "\n## Products: a Shopify export\n",
            "Known by its columns. Capitals do not matter. Measures are not in it: the import asks for defaults.\n",
            table(("Column", "Also written", "Becomes"), shop),
            "\nColumns that Shopify has and we leave alone: "
            + ", ".join(sorted(c.strip() for c in shopify._LEFT_ALONE if c.strip()))
            + ".\n",
            "\n## Orders\n",
            "Any file: a mapping says which column means what and is saved for the next time. These headers are guessed; more are known.\n",
            table(("Our field", "Needed", "Headers it is guessed from, best first"), orders),
            "\nWhat may be the same for the whole file instead of a column: "
            + ", ".join(mapping.FIELDS[name][0] for name in mapping.CONSTANT_FIELDS)
            + ".\n",
            "\nDates are read as one of these, guessed from the first rows:\n",
            table(("Format", "Example"), dates),
            "\nA mapping as a file, for `manage.py import_orders --mapping`:\n",
            '```json\n{"columns": {"number": "Order ID", "sku": "SKU"}, "options": {"date_format": "dmy", "country": "DE"}}\n```\n',
        ]
    )
