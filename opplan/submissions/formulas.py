"""The formulas of a definition: read once, written as Excel's and worked out here, so that every formula carries its value.

A formula names columns of its own row (`planned`), of another block (`schemes.planned_year`: the column's every row), or one row
of one (`lines["E.M.1"].planned_year`, `lines["total"].planned_year`). A blank stays a blank: it is never 0. In a column that is
repeated by month a repeated column means the same month; `sum`, `count`, `last` and `average` of it in a single column take all.

    sum(planned)            all that is there; blank where nothing is
    actual - planned        blank where either is; so with + * /
    n(investment)           0 for a blank
    given(actual, planned)  the first that is there
    when(a >= b, "Met", "Not met")
    sum() count() average() last() n() given() min() max() when()
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

Value = Decimal | str | date | None


class BadFormula(ValueError):
    """A formula that cannot be read, and why."""


Named = tuple[str, str, str]
"""The block ("" for its own), the row ("" for its own row, or every row of another block) and the column that a formula names."""


class Cells(Protocol):
    """What a formula asks of the workbook around it: the cells that it names, as an Excel range and as their values."""

    def range(self, named: Named, *, whole: bool) -> str: ...

    def values(self, named: Named, *, whole: bool) -> Sequence[Value]: ...


AGGREGATES = {"sum", "count", "average", "last"}
FUNCTIONS = {**dict.fromkeys(AGGREGATES, 1), "n": 1, "given": 2, "min": 2, "max": 2, "when": 3}
OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.GtE: ">=", ast.LtE: "<=", ast.Gt: ">", ast.Lt: "<", ast.Eq: "=", ast.NotEq: "<>",
}  # fmt: skip


@dataclass(frozen=True)
class Formula:
    """A formula that has been read."""

    text: str
    tree: ast.expr
    names: tuple[Named, ...]

    @staticmethod
    @lru_cache(maxsize=2048)
    def read(text: str) -> Formula:
        """BadFormula says what in it is not understood. Every cell of a column reads the same one."""
        try:
            tree = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError) as problem:
            raise BadFormula("it is not a formula") from problem
        names: list[Named] = []
        _check(tree, names)
        return Formula(text, tree, tuple(names))

    def excel(self, cells: Cells) -> str:
        """The formula as Excel writes it, with its equals sign."""
        return "=" + _blank_kept(self.tree, cells)

    def value(self, cells: Cells) -> Value:
        """What the formula gives: None for a blank."""
        return _value(self.tree, cells)


def _check(node: ast.expr, names: list[Named]) -> None:
    match node:
        case ast.Constant(value=bool()):
            raise BadFormula("it holds True or False")
        case ast.Constant(value=int() | float() | str()):
            return
        case ast.Name() | ast.Attribute():
            names.append(_named(node))
        case ast.UnaryOp(op=ast.USub()):
            _check(node.operand, names)
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div()):
            _check(node.left, names)
            _check(node.right, names)
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in FUNCTIONS:
            if len(node.args) != FUNCTIONS[name]:
                raise BadFormula(f"{name}() takes {FUNCTIONS[name]}, not {len(node.args)}")
            if name in AGGREGATES and not isinstance(node.args[0], ast.Name | ast.Attribute):
                raise BadFormula(f"{name}() takes the name of a column")
            if name == "when" and not _compares(node.args[0]):
                raise BadFormula("when() compares two figures first")
            for argument in node.args:
                if isinstance(argument, ast.Compare):
                    _check(argument.left, names)
                    _check(argument.comparators[0], names)
                else:
                    _check(argument, names)
        case _:
            raise BadFormula(f"“{ast.unparse(node)}” is not understood")


def _compares(node: ast.expr) -> bool:
    return isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS


def _named(node: ast.expr) -> Named:
    match node:
        case ast.Name(id=column):
            return "", "", column
        case ast.Attribute(value=ast.Name(id=block), attr=column):
            return block, "", column
        case ast.Attribute(
            value=ast.Subscript(value=ast.Name(id=block), slice=ast.Constant(value=str(row))), attr=column
        ):
            return block, row, column
    raise BadFormula(f"“{ast.unparse(node)}” is not understood")


def _excel(node: ast.expr, cells: Cells) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return '"' + text.replace('"', '""') + '"'
        case ast.Constant():
            return ast.unparse(node)
        case ast.Name() | ast.Attribute():
            return cells.range(_named(node), whole=False)
        case ast.UnaryOp() | ast.BinOp():
            wanted: list[str] = []
            whole = _worked(node, cells, wanted)
            # AND works out all that it holds, so that nothing among it may divide.
            return f'IF(AND({",".join(dict.fromkeys(wanted))}),{whole},"")' if wanted else whole
        case ast.Call(func=ast.Name(id=name)):
            return _excel_call(name, node.args, cells)
    raise BadFormula(f"“{ast.unparse(node)}” is not understood")


def _blank_kept(node: ast.expr, cells: Cells) -> str:
    """A part that is shown as it is: where Excel would make 0 of a blank cell that is named, it stays blank."""
    text = _excel(node, cells)
    return f'IF({text}="","",{text})' if isinstance(node, ast.Name | ast.Attribute) else text


def _worked(node: ast.expr, cells: Cells, wanted: list[str]) -> str:
    """Arithmetic as Excel writes it; `wanted` gathers what must hold for it to be worked out: every part a figure, no division by 0."""
    match node:
        case ast.UnaryOp():
            return f"-({_worked(node.operand, cells, wanted)})"
        case ast.BinOp():
            left, right = _worked(node.left, cells, wanted), _worked(node.right, cells, wanted)
            if isinstance(node.op, ast.Div):
                wanted.append(f"N({right})<>0")
            return f"({left}){OPERATORS[type(node.op)]}({right})"
    text = _excel(node, cells)
    always = isinstance(node, ast.Constant) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("n", "count")
    )
    if not always:
        wanted.append(f"ISNUMBER({text})")
    return text


def _excel_call(name: str, arguments: list[ast.expr], cells: Cells) -> str:
    if name in AGGREGATES:
        area = cells.range(_named(arguments[0]), whole=True)
        inner = {
            "sum": f"SUM({area})",
            "count": f"COUNT({area})",
            "average": f"AVERAGE({area})",
            "last": f"INDEX({area},MATCH(1E+306,{area},1))",
        }[name]
        return inner if name == "count" else f'IF(COUNT({area})=0,"",{inner})'
    if name == "when":
        test = arguments[0]
        assert isinstance(test, ast.Compare)
        left, right = _excel(test.left, cells), _excel(test.comparators[0], cells)
        yes, no = (_blank_kept(one, cells) for one in arguments[1:])
        return f'IF(AND(ISNUMBER({left}),ISNUMBER({right})),IF({left}{COMPARISONS[type(test.ops[0])]}{right},{yes},{no}),"")'
    if name == "given":
        first = _excel(arguments[0], cells)
        return f"IF(ISNUMBER({first}),{first},{_blank_kept(arguments[1], cells)})"
    parts = [_excel(one, cells) for one in arguments]
    if name == "n":
        return f"N({parts[0]})"
    return f'IF(AND(ISNUMBER({parts[0]}),ISNUMBER({parts[1]})),{name.upper()}({parts[0]},{parts[1]}),"")'


def _value(node: ast.expr, cells: Cells) -> Value:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=figure):
            return Decimal(str(figure))
        case ast.Name() | ast.Attribute():
            return next(iter(cells.values(_named(node), whole=False)), None)
        case ast.UnaryOp():
            inner = _figure(_value(node.operand, cells))
            return None if inner is None else -inner
        case ast.BinOp():
            left, right = _figure(_value(node.left, cells)), _figure(_value(node.right, cells))
            if left is None or right is None:
                return None
            return _WORK[type(node.op)](left, right)
        case ast.Call(func=ast.Name(id=name)):
            return _call(name, node.args, cells)
    raise BadFormula(f"“{ast.unparse(node)}” is not understood")


def _figure(value: Value) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


_WORK: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal | None]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right if right else None,
}
_TRUE: dict[type[ast.cmpop], Callable[[Decimal, Decimal], bool]] = {
    ast.GtE: lambda left, right: left >= right,
    ast.LtE: lambda left, right: left <= right,
    ast.Gt: lambda left, right: left > right,
    ast.Lt: lambda left, right: left < right,
    ast.Eq: lambda left, right: left == right,
    ast.NotEq: lambda left, right: left != right,
}


def _call(name: str, arguments: list[ast.expr], cells: Cells) -> Value:
    if name in AGGREGATES:
        held = [one for one in cells.values(_named(arguments[0]), whole=True) if isinstance(one, Decimal)]
        if name == "count":
            return Decimal(len(held))
        if not held:
            return None
        if name == "last":
            return held[-1]
        added = sum(held, Decimal(0))
        return added if name == "sum" else added / len(held)
    if name == "when":
        test = arguments[0]
        assert isinstance(test, ast.Compare)
        left, right = _figure(_value(test.left, cells)), _figure(_value(test.comparators[0], cells))
        if left is None or right is None:
            return None
        return _value(arguments[1] if _TRUE[type(test.ops[0])](left, right) else arguments[2], cells)
    parts = [_value(one, cells) for one in arguments]
    figures = [_figure(one) for one in parts]
    if name == "n":
        return figures[0] or Decimal(0)
    if name == "given":
        return parts[1] if figures[0] is None else figures[0]
    first, second = figures
    if first is None or second is None:
        return None
    return min(first, second) if name == "min" else max(first, second)
