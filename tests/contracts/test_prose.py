"""No rule reads a sentence: what the program acts upon is a code, and the words beside it are for people alone.

Read from the syntax trees of the program: no query and no comparison sets a column of prose against a sentence of ours.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent.parent
FLOORS = ("coop", "fulfillment", "billing", "lab")
PROSE = {
    "shortage", "standing_reason", "reason", "why", "note", "words", "carrier_note", "memo", "message",
    "last_error",
}  # fmt: skip
_ASKS = {"startswith", "endswith", "casefold", "lower", "find", "index", "count"}
_SQL = re.compile(
    rf"\b(?:{'|'.join(sorted(PROSE))})\b\s*(?:=|<>|!=|~\*?|(?:NOT\s+)?I?LIKE)\s*'(?P<words>[^']+)'",
    re.IGNORECASE,
)


def offences(source: str, codes: frozenset[str] = frozenset()) -> list[str]:
    """Each place of a module where prose is compared with words that stand in the code. `codes` are no sentences."""
    tree = ast.parse(source)
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return [
        f"line {node.lineno}: {ast.unparse(node)[:120]}"
        for node in ast.walk(tree)
        if any(not _is_code(words, codes) for words in _compared(node, constants))
    ]


def _is_code(words: str, codes: frozenset[str]) -> bool:
    return words == "" or words in codes


def _compared(node: ast.AST, constants: Mapping[str, ast.expr]) -> Iterator[str]:
    """The literal words that this node sets against prose."""
    if isinstance(node, ast.Call):
        # Q(shortage__startswith="…"), .filter(note="…"): writing (create, update, a constructor) is no question.
        if _name(node.func) in {"Q", "filter", "exclude", "get", "exists"}:
            for keyword in node.keywords:
                # A column is the last part of the path, or the one before its lookup.
                if keyword.arg and PROSE.intersection(keyword.arg.split("__")[-2:]):
                    yield from _literals(keyword.value, constants)
        # row.shortage.startswith("…")
        if isinstance(node.func, ast.Attribute) and node.func.attr in _ASKS and _is_prose(node.func.value):
            for argument in node.args:
                yield from _literals(argument, constants)
    elif isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        if any(_is_prose(side) for side in sides):
            for side in sides:
                yield from _literals(side, constants)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from (found["words"] for found in _SQL.finditer(node.value))


def _is_prose(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str" and node.args:
        return _is_prose(node.args[0])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ASKS:
        return _is_prose(node.func.value)
    return isinstance(node, ast.Attribute) and node.attr in PROSE


def _name(function: ast.AST) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _literals(node: ast.AST, constants: Mapping[str, ast.expr]) -> Iterator[str]:
    if isinstance(node, ast.Name) and node.id in constants:
        node = constants[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield ast.unparse(node)
    elif isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        for element in node.elts:
            yield from _literals(element, constants)


def _codes() -> frozenset[str]:
    """The fixed values of columns that share a name with prose: `StockMove.reason` is a code, `CountTask.reason` is not."""
    return frozenset(
        str(value)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name in PROSE and field.choices
        for value, _ in field.choices
    )


def test_no_rule_reads_a_sentence():
    codes = _codes()
    found = [
        f"{path.relative_to(ROOT)}, {offence}"
        for floor in FLOORS
        for path in sorted((ROOT / floor).rglob("*.py"))
        if "migrations" not in path.parts
        for offence in offences(path.read_text(), codes)
    ]
    assert found == []


def test_every_word_for_prose_names_something_that_is_written_down():
    fields = {field.name for model in apps.get_models() for field in model._meta.concrete_fields}
    assert PROSE - fields <= {"words"}, "columns that are no more"


@pytest.mark.parametrize(
    "source",
    [
        'told = Q(shortage__startswith="member on hold")',
        '_OURS = "Unpaid: "\nheld = Member.objects.filter(standing_reason__startswith=_OURS)',
        'rows.exclude(order__lines__shortage="no stock at any node")',
        'rows.filter(task__reason__icontains=f"Short at {bin}")',
        'ours = member.standing_reason.startswith("Unpaid: ")',
        'if row.shortage == "no stock at any node": pass',
        'if "fewer" in str(error.message): pass',
        'if line.shortage.lower() in ("none", "nothing"): pass',
        "QUERY = \"SELECT id FROM fulfillment_orderline WHERE shortage LIKE 'member on hold%'\"",
        "QUERY = \"SELECT id FROM t WHERE t.note = 'done'\"",
    ],
)
def test_a_rule_that_reads_a_sentence_is_found(source):
    assert offences(source)


@pytest.mark.parametrize(
    "source",
    [
        'lines.filter(shortage="")',
        "moves.filter(reason=StockMove.Reason.SHORT)",
        "entries.filter(memo__icontains=words)",
        'Task.objects.create(reason="Short at a pick")',
        'lines.filter(shortage_code="none")',
        "QUERY = \"SELECT id FROM fulfillment_stockmove m WHERE m.reason = 'short'\"",
    ],
)
def test_codes_and_what_people_look_for_are_no_sentences(source):
    assert offences(source, frozenset({"short"})) == []
