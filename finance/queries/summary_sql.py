"""The statement behind `finance.queries.summary`: the rule of `finance.queries.standing`, said in SQL for PostgreSQL and SQLite.

`by_rule` adds what the forecasts of a run rate, and those that nobody makes, need besides; `rates` adds the months of each scheme, in
PostgreSQL in the order of the index and not by sorting every month; `base` says what a scheme's forecast is before any chance weighs it,
by its plan or its run rate; `rated` rates that, and `chanced` takes the chance that the rating stands for where nobody gave one;
`weighed` weighs the months to come of the schemes that follow their chance, and these alone are rated again. No month is read a third
time that no chance weighs.
"""

from opplan.calc.confidence import BY_RATING, UNRATED
from opplan.calc.rag import Rating

# A scheme's months. `now`, `until`, bounds and limits are parameters; {…} are filled below.
STATEMENT = """
WITH by_rule AS (
  SELECT m.scheme_id,
    SUM({known}) AS known,
    COUNT(*) FILTER (WHERE {open} AND m.planned_saving <> 0) AS open_months,
    COUNT(*) FILTER (WHERE m.month <= {now} AND (m.actual_saving <> 0 OR m.actual_saving = 0 AND m.planned_saving <> 0))
      AS rate_months
  FROM finance_schememonth m JOIN finance_scheme s ON s.id = m.scheme_id
  WHERE s.plan_id = %(plan)s AND (s.forecast_default = 'run_rate' OR {nobodys})
  GROUP BY m.scheme_id
), rates AS (
  SELECT u.id, u.reference, u.title, u.owner, u.state, u.stage, u.section, u.chance AS said, u.least, u.most,
    u.to_date, v.known, u.on_plan, v.open_months,
    COALESCE(u.planned_year, 0) AS planned_year,
    COALESCE(u.planned_to_date, 0) AS planned_to_date,
    COALESCE(u.planned_reported, 0) AS planned_reported,
    CASE WHEN u.state IN ('unidentified', 'idea') OR u.stage = 'closed' THEN 'nobodys' ELSE u.forecast_default END AS follows,
    CASE WHEN u.forecast_default = 'run_rate' AND v.rate_months > 0 THEN {run_rate} END AS rate,
    CASE WHEN u.stage = 'closed' OR u.last_due IS NULL OR u.last_held >= u.last_due THEN 1 ELSE 0 END AS reported
  FROM {asked} (
    SELECT s.id, s.reference, s.title, s.owner, s.state, s.stage, s.section, s.chance, s.least, s.most, s.forecast_default,
      SUM({planned}) AS planned_year,
      SUM({planned}) FILTER (WHERE m.month <= {now}) AS planned_to_date,
      SUM({planned}) FILTER (WHERE m.month <= {now} AND m.actual_saving IS NOT NULL) AS planned_reported,
      SUM({actual}) FILTER (WHERE m.month <= {now}) AS to_date,
      SUM(COALESCE({known}, {planned})) AS on_plan,
      MAX(m.month) FILTER (WHERE m.month <= {now} AND m.planned_saving <> 0) AS last_due,
      MAX(m.month) FILTER (WHERE m.month <= {now} AND m.actual_saving IS NOT NULL) AS last_held
    FROM finance_scheme s LEFT JOIN finance_schememonth m ON m.scheme_id = s.id WHERE s.plan_id = {of_plan} GROUP BY s.id
  ) u LEFT JOIN by_rule v ON v.scheme_id = u.id
  {once}
), base AS (
  SELECT r.*,
    CASE WHEN follows = 'nobodys' THEN known
      WHEN follows = 'run_rate' AND rate IS NOT NULL AND on_plan IS NOT NULL THEN COALESCE(known, 0) + rate * open_months
      ELSE on_plan END AS delivered_year
  FROM rates r {once}
), levels AS (
  SELECT b.*, {to_date_level} AS to_date_level, {base_level} AS forecast_level FROM base b {once}
), rated AS (
  SELECT l.*, {rating} AS base_rating FROM levels l {once}
), chanced AS (
  SELECT r.*, COALESCE(r.said, CASE base_rating {chances} ELSE {unrated} END) AS base_chance FROM rated r {once}
), weighed AS (
  SELECT c.*, CASE WHEN follows = 'risk_adjusted' THEN (
      SELECT SUM(COALESCE({known}, {weighed})) FROM finance_schememonth m WHERE m.scheme_id = c.id
    ) ELSE delivered_year END AS forecast_year
  FROM chanced c {once}
), levelled AS (
  SELECT w.id, w.reference, w.title, w.owner, w.state, w.stage, w.section, w.said, w.least, w.most, w.to_date, w.planned_year,
    w.planned_to_date, w.planned_reported, w.follows, w.rate, w.reported, w.delivered_year, w.to_date_level, w.base_rating, w.base_chance,
    w.forecast_year, CASE WHEN follows = 'risk_adjusted' THEN {level} ELSE w.forecast_level END AS forecast_level
  FROM weighed w {once}
), judged AS (
  SELECT w.*, CASE WHEN follows = 'risk_adjusted' THEN {rating} ELSE base_rating END AS ruled FROM levelled w {once}
), overruled AS (
  SELECT j.*,
    CASE WHEN o.rating IS NULL OR o.rating = 'green' AND j.ruled = 'not_reported' THEN j.ruled ELSE o.rating END AS rating,
    CASE WHEN follows = 'nobodys' OR COALESCE(delivered_year, planned_year) < COALESCE(to_date, 0) THEN 0
      ELSE COALESCE(delivered_year, planned_year) - COALESCE(to_date, 0) END AS to_come
  FROM judged j LEFT JOIN finance_ratingoverride o
    ON o.scheme_id = j.id AND o.since <= {now} AND o.until >= {until} {once}
), final AS (
  SELECT id, reference, title, owner, state, section, rating, follows, rate, base_chance, to_date, planned_year, forecast_year,
    planned_to_date - planned_reported AS waiting,
    CASE WHEN follows <> 'nobodys' AND planned_to_date <> 0 THEN reported END AS due_reported,
    CASE WHEN stage = 'closed' THEN COALESCE(to_date, 0) ELSE planned_year END AS to_deliver,
    CASE WHEN state IN ('identified', 'earmarked') THEN COALESCE(to_date, 0) + to_come
      * COALESCE(said, CASE rating {chances} ELSE {unrated} END)
      * (CASE WHEN least IS NULL THEN %(least)s WHEN least < %(likeliest)s THEN least ELSE %(likeliest)s END + %(likeliest)s
        + CASE WHEN most IS NULL THEN %(most)s WHEN most > %(likeliest)s THEN most ELSE %(likeliest)s END)
      / 30000.0 END AS likely
  FROM overruled
)
{months_on_plan}
UNION ALL
{months_by_rule}
UNION ALL
SELECT 'rated', NULL, state, section, rating, '', '', '',
  COUNT(*), COUNT(due_reported), COUNT(*) FILTER (WHERE due_reported = 0), COUNT(to_date),
  SUM(planned_year), SUM(to_deliver), SUM(to_date), SUM(likely),
  NULL, NULL, NULL, NULL, NULL
FROM final GROUP BY state, section, rating
UNION ALL
SELECT 'worst', NULL, '', '', rating, reference, title, owner, planned_year, forecast_year, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT * FROM final WHERE follows <> 'nobodys' AND forecast_year < planned_year
  ORDER BY forecast_year - planned_year, reference LIMIT %(worst)s) w
UNION ALL
SELECT 'owing', NULL, '', '', rating, reference, title, owner, planned_year, forecast_year, waiting,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT * FROM final WHERE due_reported = 0 ORDER BY waiting DESC, reference LIMIT %(owing)s) w
UNION ALL
SELECT 'requirement', NULL, '', '', '', '', source, '', {amount}, NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM finance_savingsrequirement q WHERE q.plan_id = %(plan)s
"""

# The months of one forecast rule or another. Those that follow their plan need nothing that is known of a scheme as a whole.
MONTHS = """
SELECT 'month' AS part, m.month AS at, s.state AS state, s.section AS section, '' AS rating, '' AS reference, '' AS title, '' AS owner,
  SUM({planned}) AS n1,
  SUM({planned}) FILTER (WHERE m.month <= {now}) AS n2,
  SUM({planned}) FILTER (WHERE m.month <= {now} AND m.actual_saving IS NOT NULL) AS n3,
  SUM({actual}) FILTER (WHERE m.month <= {now}) AS n4,
  SUM(COALESCE({known}, {expected})) AS n5,
  SUM({expected}) FILTER (WHERE {open} AND m.month <= {now} AND m.planned_saving <> 0) AS n6,
  SUM({planned_investment}) AS n7,
  SUM({planned_investment}) FILTER (WHERE m.month <= {now}) AS n8,
  SUM({planned_investment}) FILTER (WHERE m.month <= {now} AND m.actual_investment IS NOT NULL) AS n9,
  SUM({actual_investment}) FILTER (WHERE m.month <= {now}) AS n10,
  SUM(COALESCE({known_investment}, {expected_investment})) AS n11,
  COUNT(*) FILTER (WHERE m.month <= {now} AND m.planned_saving <> 0 AND m.actual_saving IS NULL{unless_closed}) AS n12,
  COUNT(*) FILTER (WHERE m.basis = 'illustrative' AND (m.forecast_saving IS NOT NULL OR m.month <= {now} AND m.actual_saving IS NOT NULL))
    AS n13
FROM {whence}
GROUP BY m.month, s.state, s.section
"""

LEVEL = """CASE WHEN {got} IS NULL OR {plan} = 0 THEN NULL
      WHEN 10000 * (CASE WHEN {plan} < 0 THEN {got} - {plan} ELSE {plan} - {got} END) <= %({rule}_green)s * ABS({plan}) THEN 0
      WHEN 10000 * (CASE WHEN {plan} < 0 THEN {got} - {plan} ELSE {plan} - {got} END) <= %({rule}_red)s * ABS({plan}) THEN 1
      ELSE 2 END"""
RATING = """CASE WHEN state = 'idea' THEN 'not_due'
      WHEN state = 'unidentified' THEN CASE WHEN planned_year > 0 THEN 'red' ELSE 'not_due' END
      WHEN planned_to_date = 0 THEN 'not_due'
      WHEN reported = 0 THEN 'not_reported'
      WHEN to_date_level = 2 OR forecast_level = 2 THEN 'red'
      WHEN to_date_level = 1 OR forecast_level = 1 THEN 'amber'
      WHEN to_date_level = 0 OR forecast_level = 0 THEN 'green'
      ELSE 'not_due' END"""


def statement(*, pence: bool) -> str:
    """The statement. `pence`: the database would add pounds in floating point, and is made to add whole pence instead."""

    def money(column: str) -> str:
        return f"CAST(ROUND(100 * {column}) AS INTEGER)" if pence else column

    def nearest(value: str) -> str:
        return f"CAST(ROUND({value}) AS INTEGER)" if pence else f"ROUND({value}, 2)"

    day = "%({})s" if pence else "CAST(%({})s AS date)"
    now = day.format("now")
    parts = {name: money(f"m.{name}_saving") for name in ("planned", "actual", "forecast")}
    invested = {name: money(f"m.{name}_investment") for name in ("planned", "actual", "forecast")}
    # A chance has one decimal: its tenths are whole, so that no half penny is lost before it is rounded.
    tenths = "CAST(ROUND(10 * {}) AS INTEGER)" if pence else "10 * {}"
    weighed = nearest(f"{parts['planned']} * {tenths} / 1000.0")
    shared = {
        "now": now,
        "planned": parts["planned"],
        "actual": parts["actual"],
        "known": _known(now, "saving", parts),
        "open": f"(m.forecast_saving IS NULL AND (m.month > {now} OR m.actual_saving IS NULL))",
    }
    nobodys = "(s.state IN ('unidentified', 'idea') OR s.stage = 'closed')"
    joined = "finance_schememonth m JOIN finance_scheme s ON s.id = m.scheme_id"
    months = shared | {
        "planned_investment": invested["planned"],
        "actual_investment": invested["actual"],
        "known_investment": _known(now, "investment", invested),
    }
    return STATEMENT.format(
        **shared,
        until=day.format("until"),
        nobodys=nobodys,
        months_on_plan=MONTHS.format(
            **months,
            expected=parts["planned"],
            expected_investment=invested["planned"],
            unless_closed="",
            whence=f"{joined} WHERE s.plan_id = %(plan)s AND s.forecast_default = 'plan' AND NOT {nobodys}",
        ),
        months_by_rule=MONTHS.format(
            **months,
            expected="CASE WHEN o.follows = 'nobodys' THEN NULL"
            f" WHEN m.planned_saving = 0 THEN {parts['planned']}"
            f" WHEN o.follows = 'run_rate' AND m.planned_saving IS NOT NULL THEN COALESCE(o.rate, {parts['planned']})"
            f" WHEN o.follows = 'risk_adjusted' THEN {weighed.format('o.base_chance')} END",
            expected_investment=f"CASE WHEN o.follows <> 'nobodys' THEN {invested['planned']} END",
            unless_closed=" AND s.stage <> 'closed'",
            whence=f"{joined} JOIN final o ON o.id = s.id"
            f" WHERE s.plan_id = %(plan)s AND (s.forecast_default <> 'plan' OR {nobodys})",
        ),
        # PostgreSQL would sort every month in parallel workers; a plan that it learns row by row keeps it to the index, in order.
        asked="" if pence else "(SELECT %(plan)s AS plan OFFSET 0) p CROSS JOIN LATERAL",
        of_plan="%(plan)s" if pence else "p.plan",
        run_rate=nearest("1.0 * u.to_date / v.rate_months"),
        weighed=weighed.format("c.base_chance"),
        to_date_level=LEVEL.format(got="to_date", plan="planned_reported", rule="to_date"),
        base_level=LEVEL.format(got="delivered_year", plan="planned_year", rule="forecast"),
        level=LEVEL.format(got="forecast_year", plan="planned_year", rule="forecast"),
        rating=RATING,
        # Where one part builds on another, PostgreSQL would write the expressions of the first into every use of them.
        once="" if pence else "OFFSET 0",
        chances=" ".join(f"WHEN '{Rating(rating)}' THEN {chance}" for rating, chance in BY_RATING.items()),
        unrated=UNRATED,
        amount=money("amount"),
    )


def _known(now: str, kind: str, parts: dict[str, str]) -> str:
    """The actual of a month that has come, else its own forecast."""
    return f"CASE WHEN m.month <= {now} AND m.actual_{kind} IS NOT NULL THEN {parts['actual']} ELSE {parts['forecast']} END"
