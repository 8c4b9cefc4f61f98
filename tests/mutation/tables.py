"""Mutants of what stands in tables: sets of states, code tables, defaults, the words that enums keep on disk.

Mutation testers change functions only. Here each element of a set is left out and each absent one put in; each entry of a
table is left out, and its kind and code are changed; each number, switch and stored word is another one.
"""

from __future__ import annotations

import ast
import copy
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

_PROSE = frozenset({"meaning", "todo", "source", "actor"})
"""Keywords whose values people read: changing them changes no purchase."""
_ANOTHER_CODE = -385


@dataclass(frozen=True)
class Mutant:
    """A module's source with one thing changed, and in words what."""

    words: str
    source: str


def table_mutants(module: str, source: str) -> Iterator[Mutant]:
    """Every mutant of the tables at the top of `module`, and of its classes' fields."""
    names = vars(importlib.import_module(module))
    for statement in ast.parse(source).body:
        yield from _of_statement(statement, source, names, is_top=True)


def _of_statement(
    statement: ast.stmt, source: str, names: dict[str, object], *, is_top: bool = False
) -> Iterator[Mutant]:
    if isinstance(statement, ast.ClassDef):
        for inner in statement.body:
            yield from _of_statement(inner, source, names)
    elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        match statement.value:
            case ast.Constant(value=str()) if is_top:
                pass  # prose that entries share
            case value:
                for changed in _changes(value, names):
                    yield _applied(source, changed)


@dataclass(frozen=True)
class _Change:
    node: ast.expr
    text: str
    words: str


def _changes(node: ast.expr, names: dict[str, object]) -> Iterator[_Change]:
    match node:
        case ast.Set(elts=elements) | ast.Tuple(elts=elements) | ast.List(elts=elements) if elements:
            yield from _of_elements(node, elements, names)
        case ast.Call(args=arguments, keywords=keywords):
            for inner in [*arguments, *(one.value for one in keywords if one.arg not in _PROSE)]:
                yield from _changes(inner, names)
        case ast.Constant(value=value):
            yield from _of_constant(node, value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            yield _Change(node, str(-value - 1), f"-{value} is {-value - 1}")
        case ast.Attribute():
            for member in _other_members(node, names):
                yield _Change(node, member, f"{ast.unparse(node)} is {member}")
        case _:
            pass


def _of_elements(node: ast.expr, elements: list[ast.expr], names: dict[str, object]) -> Iterator[_Change]:
    texts = [ast.unparse(one) for one in elements]
    opening, closing = {"Set": "{}", "Tuple": "()", "List": "[]"}[type(node).__name__]
    for at, text in enumerate(texts):
        left = [*texts[:at], *texts[at + 1 :]]
        inside = ", ".join(left) + ("," if closing == ")" else "") if left else ""
        empty = "set()" if closing == "}" else f"{opening}{closing}"
        short = text.partition(", kind")[0]
        yield _Change(node, f"{opening}{inside}{closing}" if left else empty, f"without {short}")
    if isinstance(elements[-1], ast.Call):
        more = copy.deepcopy(elements[-1])
        more.keywords[0].value = ast.Constant(_ANOTHER_CODE)
        yield _Change(node, f"{opening}{', '.join([*texts, ast.unparse(more)])}{closing}", "with an entry more")
    if all(isinstance(one, ast.Attribute) for one in elements):
        for member in _other_members(elements[0], names):
            if member not in texts:
                yield _Change(node, f"{opening}{', '.join([*texts, member])}{closing}", f"with {member}")
    else:
        for element in elements:
            yield from _changes(element, names)


def _of_constant(node: ast.expr, value: object) -> Iterator[_Change]:
    match value:
        case bool():
            yield _Change(node, str(not value), f"{value} is {not value}")
        case int() | float():
            yield _Change(node, repr(value + 1), f"{value} is {value + 1}")
        case str():
            yield _Change(node, repr(f"{value}XX"), f"{value!r} is {value + 'XX'!r}")
        case _:
            pass


def _other_members(node: ast.expr, names: dict[str, object]) -> list[str]:
    """The other members of the enum of which `node` names one; none where it names no enum's."""
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return []
    kind = names.get(node.value.id)
    if not (isinstance(kind, type) and issubclass(kind, Enum)):
        return []
    return [f"{node.value.id}.{one.name}" for one in kind if one.name != node.attr]


def _applied(source: str, change: _Change) -> Mutant:
    node = change.node
    lines = source.splitlines(keepends=True)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    before = "".join(lines[: node.lineno - 1]) + _bytes(lines[node.lineno - 1], 0, node.col_offset)
    after = _bytes(lines[node.end_lineno - 1], node.end_col_offset, None) + "".join(lines[node.end_lineno :])
    return Mutant(f"line {node.lineno}: {change.words}", f"{before}{change.text}{after}")


def _bytes(line: str, start: int, end: int | None) -> str:
    """A part of a line by offsets in UTF-8, which is how the parser counts."""
    return line.encode()[start:end].decode()
