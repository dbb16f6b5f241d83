"""How sure it is that a scheme delivers: what a person says of it, else what its rating stands for. Per cent."""

from decimal import Decimal

from opplan.calc.rag import Rating

SEED = 20160401
"""What the draws of a year start from, so that the same question has the same answer. It stands here, where no numpy is read."""

BY_RATING = {Rating.GREEN: Decimal(90), Rating.AMBER: Decimal(50), Rating.RED: Decimal(10), Rating.BLUE: Decimal(100)}
UNRATED = Decimal(50)
"""General knowledge, to be overruled scheme by scheme: the weights that finance teams give a rating; a scheme without one is taken
as amber."""

LEAST, LIKELIEST, MOST = Decimal(60), Decimal(100), Decimal(110)
"""What a scheme that delivers saves of what is still expected of it. Between three fifths and a tenth more is general knowledge."""


def chance_of(rating: Rating, said: Decimal | None = None) -> Decimal:
    """The chance of delivering: what a person says (0 to 100), else the weight of the rating."""
    return BY_RATING.get(rating, UNRATED) if said is None else said
