"""The page of the API, from its own schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from lab.reference.markdown import NOTE, table


def api_page() -> str:
    generator: Any = SchemaGenerator
    schema: dict[str, Any] = generator().get_schema(request=None, public=True)
    parts = [
        "# API\n",
        NOTE.strip(),
        "\nREST and JSON under `/api/v1/`. One key belongs to one member: `Authorization: Bearer <key>`, made under *Team & "
        "settings*, *API keys* in the portal and shown once. The machine-readable schema is at `/api/schema/`. An error answers with `code`, `message` and, "
        "where a field is meant, `field`. Lists are paged: follow `next`.\n",
    ]
    for path, methods in schema["paths"].items():
        for method, what in methods.items():
            parts.append(f"\n## {method.upper()} {path}\n")
            summary, more = what.get("summary", ""), what.get("description", "").strip()
            parts.append(f"{summary or more}\n")
            # One sentence says no more than the summary does.
            if summary and more.count(". "):
                parts.append(f"{more}\n")
            parts += list(_operation(what))
    parts.append("\n## Bodies\n")
    for name, body in schema["components"]["schemas"].items():
        if body.get("properties"):
            parts.append(f"\n### {name}\n")
            needed = set(body.get("required", []))
            rows = (
                (f"`{p}`", _type(spec), "yes" if p in needed else "", spec.get("description", ""))
                for p, spec in body["properties"].items()
            )
            parts.append(table(("Field", "Type", "Always there", "What it says"), rows))
    return "\n".join(parts)


def _operation(what: dict[str, Any]) -> Iterator[str]:
    if what.get("parameters"):
        rows = ((f"`{p['name']}`", p["in"], p.get("description", "")) for p in what["parameters"])
        yield table(("Parameter", "In", "What it does"), rows)
    body = what.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        yield f"\nBody: {_type(body)}\n"
    answers = (
        (
            code,
            _type(answer.get("content", {}).get("application/json", {}).get("schema", {})),
            answer.get("description", ""),
        )
        for code, answer in what["responses"].items()
    )
    yield table(("Answer", "Body", "When"), answers)


def _type(spec: dict[str, Any]) -> str:
    if "$ref" in spec:
        return str(spec["$ref"]).rpartition("/")[2]
    for key in ("oneOf", "allOf", "anyOf"):
        if key in spec:
            return " or ".join(dict.fromkeys(_type(part) for part in spec[key]))
    if spec.get("type") == "array":
        return f"list of {_type(spec['items'])}"
    if spec.get("enum"):
        return "one of " + ", ".join(f"`{v}`" for v in spec["enum"])
    return " ".join(filter(None, [spec.get("type", ""), spec.get("format", "")]))
