"""Stripe's request bodies: bracketed form fields in, typed parameters out, anything else refused by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Union
from urllib.parse import parse_qsl

from lab.stripe_standin.errors import ParamError

Raw = Union[str, "Tree"]
Tree = dict[str, Any]

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_MAX_INTEGER = 2**63 - 1


def decode(body: str) -> Tree:
    """`a[b][0]=c` becomes `{"a": {"b": {"0": "c"}}}`; leaves stay text until a rule reads them."""
    tree: Tree = {}
    for key, value in parse_qsl(body, keep_blank_values=True):
        match = _KEY.match(key)
        if match is None:
            raise ParamError(f"Invalid parameter name: {key}", param=key)
        steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        node = tree
        for step in steps[:-1]:
            child = node.setdefault(step or str(len(node)), {})
            if not isinstance(child, dict):
                raise ParamError(f"Invalid hash: {key}", param=key)
            node = child
        node[steps[-1] or str(len(node))] = value
    return tree


def _name(at: str, key: str) -> str:
    return f"{at}[{key}]" if at else key


class Rule:
    """Reads one raw parameter named `at`, or raises ParamError."""

    def read(self, raw: Raw, at: str) -> Any:
        raise NotImplementedError


def _text(raw: Raw, at: str) -> str:
    if not isinstance(raw, str):
        raise ParamError("Invalid string: must be a string", param=at)
    return raw


def _empty(at: str) -> ParamError:
    return ParamError(
        f"You passed an empty string for '{at}'. We assume empty values are an attempt to unset a parameter; "
        f"however '{at}' cannot be unset. You should remove '{at}' from your request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=at,
    )


@dataclass(frozen=True)
class Text(Rule):
    most: int = 5000
    clear: bool = True

    def read(self, raw: Raw, at: str) -> str | None:
        value = _text(raw, at)
        if value == "":
            if not self.clear:
                raise _empty(at)
            return None
        if len(value) > self.most:
            raise ParamError(
                f"Invalid string: {value[:20]}...; must be at most {self.most} characters", param=at
            )
        return value


@dataclass(frozen=True)
class Id(Text):
    clear: bool = False


@dataclass(frozen=True)
class Integer(Rule):
    low: int = -_MAX_INTEGER
    high: int = _MAX_INTEGER
    clear: bool = False

    def read(self, raw: Raw, at: str) -> int | None:
        value = _text(raw, at)
        if value == "" and self.clear:
            return None
        if not re.fullmatch(r"[+-]?\d{1,19}", value):
            raise ParamError(f"Invalid integer: {value}", code="parameter_invalid_integer", param=at)
        number = int(value)
        if number < self.low:
            raise ParamError(
                f"This value must be greater than or equal to {self.low}.",
                code="parameter_invalid_integer",
                param=at,
            )
        if number > self.high:
            raise ParamError(
                f"This value must be less than or equal to {self.high} (it currently is '{number}').",
                code="parameter_invalid_integer",
                param=at,
            )
        return number


@dataclass(frozen=True)
class Number(Rule):
    """A decimal with at most `places` places; kept exact, never a float."""

    places: int = 12
    low: Decimal = Decimal("-1e18")
    high: Decimal = Decimal("1e18")

    def read(self, raw: Raw, at: str) -> Decimal:
        value = _text(raw, at)
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise ParamError(f"Invalid decimal: {value}", param=at) from None
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or -exponent > self.places:
            raise ParamError(
                f"Invalid decimal: {value}; must contain at maximum {self.places} decimal places.",
                param=at,
            )
        if not self.low <= number <= self.high:
            raise ParamError(
                f"Invalid decimal: {value}; must be between {self.low} and {self.high}.", param=at
            )
        return number


@dataclass(frozen=True)
class Flag(Rule):
    def read(self, raw: Raw, at: str) -> bool:
        value = _text(raw, at).lower()
        if value not in ("true", "false"):
            raise ParamError(f"Invalid boolean: {value}", param=at)
        return value == "true"


@dataclass(frozen=True)
class Choice(Rule):
    values: tuple[str, ...]
    clear: bool = False

    def read(self, raw: Raw, at: str) -> str | None:
        value = _text(raw, at)
        if value == "" and self.clear:
            return None
        if value not in self.values:
            *most, last = self.values
            allowed = f"{', '.join(most)} or {last}" if most else last
            raise ParamError(f"Invalid {at}: must be one of {allowed}", param=at)
        return value


@dataclass(frozen=True)
class Pairs(Rule):
    """Metadata: 50 keys of 40 characters, values of 500; an empty value unsets its key, an empty whole unsets all."""

    def read(self, raw: Raw, at: str) -> dict[str, str] | None:
        if raw == "":
            return None
        if not isinstance(raw, dict):
            raise ParamError("Invalid hash", param=at)
        if len(raw) > 50:
            raise ParamError("Metadata can have at most 50 keys.", param=at)
        pairs: dict[str, str] = {}
        for key, value in raw.items():
            where = _name(at, key)
            if len(key) > 40:
                raise ParamError(f"Metadata keys must be under 40 characters: {key}", param=where)
            text = _text(value, where)
            if len(text) > 500:
                raise ParamError("Metadata values must be under 500 characters.", param=where)
            pairs[key] = text
        return pairs


@dataclass(frozen=True)
class Fields(Rule):
    rules: Mapping[str, Rule] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    clear: bool = False

    def read(self, raw: Raw, at: str) -> dict[str, Any] | None:
        if raw == "" and self.clear:
            return None
        if not isinstance(raw, dict):
            raise ParamError("Invalid hash", param=at)
        refuse_unknown([_name(at, key) for key in raw if key not in self.rules])
        for key in self.required:
            if key not in raw:
                where = _name(at, key)
                raise ParamError(f"Missing required param: {where}.", code="parameter_missing", param=where)
        return {key: self.rules[key].read(value, _name(at, key)) for key, value in raw.items()}


@dataclass(frozen=True)
class Each(Rule):
    rule: Rule
    most: int = 1000
    clear: bool = False

    def read(self, raw: Raw, at: str) -> list[Any] | None:
        if raw == "" and self.clear:
            return None
        if not isinstance(raw, dict) or not all(key.isdigit() for key in raw):
            raise ParamError("Invalid array", param=at)
        if len(raw) > self.most:
            raise ParamError(
                f"Array must not exceed {self.most} elements.",
                param=at,
            )
        return [self.rule.read(raw[key], _name(at, key)) for key in sorted(raw, key=int)]


@dataclass(frozen=True)
class Span(Rule):
    """A moment, or a range of moments by gt, gte, lt, lte; always read as a range."""

    def read(self, raw: Raw, at: str) -> dict[str, int]:
        if isinstance(raw, str):
            return {"gte": _moment(raw, at), "lte": _moment(raw, at)}
        refuse_unknown([_name(at, key) for key in raw if key not in ("gt", "gte", "lt", "lte")])
        return {key: _moment(value, _name(at, key)) for key, value in raw.items()}


def _moment(raw: Raw, at: str) -> int:
    return Integer(low=0).read(raw, at) or 0


def refuse_unknown(names: Iterable[str]) -> None:
    unknown = sorted(names)
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        raise ParamError(
            f"Received unknown parameter{plural}: {', '.join(unknown)}",
            code="parameter_unknown",
            param=unknown[0],
        )


ADDRESS = Fields(
    {key: Text() for key in ("city", "country", "line1", "line2", "postal_code", "state")},
    clear=True,
)
EXPAND: Mapping[str, Rule] = {"expand": Each(Text(clear=False), most=20)}
PAGING: Mapping[str, Rule] = {
    "limit": Integer(low=1, high=100),
    "starting_after": Id(),
    "ending_before": Id(),
}
