"""Files as shops export them, of any length."""

from __future__ import annotations


def orders_file(*, rows: int) -> bytes:
    """Order lines in Latin-1, with semicolons, quotes and decimal commas; one header and `rows` lines."""
    lines = ["Bestellnummer;Käufer;Straße;PLZ;Ort;SKU;Menge;Preis"]
    lines += [
        f'{n};"Jörg Müller";Lindenstraße {n % 90};10{n % 999:03d};Berlin;MUG-{n % 40};1;28,00'
        for n in range(rows)
    ]
    return "\r\n".join(lines).encode("latin-1")
