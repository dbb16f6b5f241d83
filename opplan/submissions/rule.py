"""What must hold of a template, as its definition says it: a comparison of two formulas, for the whole or for each row of a block."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Comparison = Literal["equal", "at least", "at most", "as its direction says", "not flat", "between"]


class Rule(BaseModel):
    """One rule of a template's checks.

    `found` and `expected` are formulas; with `each` they are worked out for every row of that block, and with `months` for every
    month of it. A blank on either side is no failure: blanks are the checklist's. `on` is the column whose cell is named.
    `unless` names a column of the block whose text explains a failure away, such as a comment.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]+-[0-9]{2}$")]
    severity: Literal["stop", "warn"]
    words: Annotated[str, StringConstraints(min_length=5, max_length=200)]
    found: str
    compare: Comparison = Field(alias="is")
    expected: str = ""
    each: str = ""
    months: bool = False
    on: str
    tolerance: Decimal = Decimal(0)
    least: Decimal | None = None
    most: Decimal | None = None
    unless: str = ""

    @model_validator(mode="after")
    def _agrees(self) -> Rule:
        if self.compare == "between":
            if self.least is None or self.most is None or self.least > self.most:
                raise ValueError("between needs a least and a most")
        elif self.compare != "not flat" and not self.expected:
            raise ValueError("it compares with nothing: give expected")
        if self.compare == "as its direction says" and not self.each:
            raise ValueError("only the rows of a block have a direction: give each")
        if not self.each and "." not in self.on:
            raise ValueError("without each, “on” names a block, a row and a column, such as schemes.total.planned")
        return self
