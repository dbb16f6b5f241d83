"""The register of the plan 10Q 2016-17 holds the figures of paper 16/20, and every row says where it is from.

The files are read as they stand in `fixtures/`, without Django: the loader may be wrong, the figures may not.
The rules that hold for any plan run over every plan that has fixtures.
"""

import csv
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PLAN = FIXTURES / "10Q" / "2016-17"
PLANS = sorted(path.parent for path in FIXTURES.glob("*/*/plan.toml"))
BASES = {"stated", "published", "derived", "illustrative"}
# One table describes the sources themselves, so it has no source of its own.
TABLES = sorted(path for path in FIXTURES.rglob("*.csv") if path != FIXTURES / "sources.csv")

ROLES = {
    "Cancer lead", "Carers lead", "Chief executive", "Chief finance officer", "Chief operating officer",
    "Children's lead", "Clinical chair", "Community services lead", "Continuing healthcare lead", "Contracts lead",
    "County council lead", "DTOC lead", "Dementia lead", "End of life lead", "Engagement lead", "Equality lead",
    "Estates lead", "Finance lead", "GP lead for primary care quality", "IM&T lead", "Integration lead",
    "Learning disability lead", "Maternity lead", "Medicines lead", "Mental health lead", "Patient experience lead",
    "Planned care lead", "Prevention lead", "Primary care lead", "Programme office", "Quality lead",
    "Safeguarding lead", "Specialised commissioning lead", "Urgent care lead", "Veterans lead", "Workforce lead",
}  # fmt: skip
ROLE_WORDS = {"lead", "leader", "office", "officer", "executive", "chair", "board", "director", "group", "team"}

STATED_MILESTONES = [
    ("PSC-CAN", "Cancer 62-day backlog cleared", "2016-03-31", "month"),
    ("UEC-AMB", "Ambulance response times recovered", "2016-03-31", "month"),
    ("LTC-DEL", "Full delegated commissioning of primary care begins", "2016-04-01", "day"),
    ("PSC-REC", "Gynaecology, urology and general cancer events held", "2016-04-13", "day"),
    ("DTOC-AP", "Metrics agreed at the Oxfordshire DTOC Summit", "2016-04-22", "day"),
    ("UEC-AE", "A&E Perfect Week held, early April", "2016-04-30", "month"),
    ("MH-ACC", "Psychosis: half start treatment within two weeks, from April", "2016-04-30", "month"),
    ("PSC-OPH", "New ophthalmology pathways in use", "2016-05-31", "month"),
    ("INT-STP", "STP submitted", "2016-06-30", "month"),
    ("PSC-DIA", "Diagnostic review recommendations begin", "2016-07-31", "month"),
    ("PRV-DIA", "Bid to the diabetes prevention programme submitted", "2016-11-30", "season"),
    ("DTOC-AP", "Delayed transfers at 3.5% of occupied bed days, half the present level", "2017-03-31", "month"),
    ("QUA-7DS", "Seven-day services benchmarked again", "2017-03-31", "year"),
    ("QUA-PEX", "One hundred people hold a personal health budget", "2017-03-31", "year"),
    ("UEC-111", "New Thames Valley NHS 111 service opens", "2017-04-30", "month"),
    ("PSC-TO", "Changes to trauma and orthopaedics made", "2017-12-31", "year"),
    ("FIN-PLAN", "Plan: first full draft submitted", "2016-02-08", "day"),
    ("FIN-PLAN", "Plan: second full draft submitted", "2016-03-02", "day"),
    ("FIN-PLAN", "Plan: revised activity template submitted", "2016-03-18", "day"),
    ("FIN-PLAN", "Plan: final submission", "2016-04-11", "day"),
    ("INT-BCF", "Better Care Fund: initial draft submitted", "2016-03-02", "day"),
    ("INT-BCF", "Better Care Fund: full draft submitted", "2016-03-21", "day"),
    ("INT-BCF", "Better Care Fund: final plan submitted", "2016-04-25", "day"),
]


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a fixture; a file that the plan does not have holds none."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def plan_of(folder: Path) -> dict:
    """What `plan.toml` says about the plan in this folder."""
    return tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))


def column(table: list[dict[str, str]], name: str) -> set[str]:
    return {row[name] for row in table}


def lines_of(folder: Path) -> list[dict[str, str]]:
    return [row for path in sorted(folder.glob("lines*.csv")) for row in rows(path)]


def measures_of(folder: Path) -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in rows(FIXTURES / "measures" / f"{plan_of(folder)['round']}.csv")}


def readings_of(folder: Path, kind: str) -> list[dict[str, str]]:
    return [row for path in sorted((folder / kind).glob("*.csv")) for row in rows(path)]


def named(path: Path) -> str:
    return path.relative_to(FIXTURES).as_posix()


# The figures of the paper


def test_the_requirement_is_what_is_identified_earmarked_and_still_to_find():
    states = Counter()
    for scheme in rows(PLAN / "schemes.csv"):
        states[scheme["state"]] += int(scheme["saving"])
    assert states == {"identified": 7_000_000, "earmarked": 2_100_000, "unidentified": 13_300_000}
    assert sum(states.values()) == plan_of(PLAN)["requirement"]["qipp"] == 22_400_000


def test_the_figures_of_the_plan_agree_with_the_schemes():
    figures = {key: figure["value"] for key, figure in plan_of(PLAN)["figures"].items()}
    parts = figures["qipp_identified"] + figures["qipp_earmarked"] + figures["qipp_unidentified"]
    assert parts == figures["qipp_requirement"] == 22_400_000


def test_the_months_of_every_scheme_sum_to_its_year():
    months = Counter()
    for month in rows(PLAN / "scheme_months.csv"):
        months[month["scheme"]] += int(month["planned_saving"])
    assert months == {scheme["reference"]: int(scheme["saving"]) for scheme in rows(PLAN / "schemes.csv")}


def test_every_scheme_has_the_twelve_months_of_the_year():
    year = [f"2016-{month:02}-01" for month in range(4, 13)] + [f"2017-{month:02}-01" for month in range(1, 4)]
    months = rows(PLAN / "scheme_months.csv")
    for scheme in column(rows(PLAN / "schemes.csv"), "reference"):
        assert [row["month"] for row in months if row["scheme"] == scheme] == year


def test_a_scheme_starts_in_the_first_month_that_plans_a_saving():
    months = rows(PLAN / "scheme_months.csv")
    for scheme in rows(PLAN / "schemes.csv"):
        planned = [
            row["month"] for row in months if row["scheme"] == scheme["reference"] and int(row["planned_saving"])
        ]
        assert min(planned) == scheme["start_month"]


def test_only_identified_schemes_have_saved_anything():
    state = {scheme["reference"]: scheme["state"] for scheme in rows(PLAN / "schemes.csv")}
    saving = {row["scheme"] for row in rows(PLAN / "scheme_months.csv") if row["actual_saving"]}
    assert {state[scheme] for scheme in saving} == {"identified"}


def test_two_schemes_still_owe_september():
    september = [row for row in rows(PLAN / "scheme_months.csv") if row["month"] == "2016-09-01"]
    august = [row for row in rows(PLAN / "scheme_months.csv") if row["month"] == "2016-08-01"]
    reported = {row["scheme"] for row in september if row["actual_saving"]}
    assert len({row["scheme"] for row in august if row["actual_saving"]} - reported) == 2


def test_the_illustrative_delivery_to_month_six_is_77_per_cent_of_plan():
    identified = {scheme["reference"] for scheme in rows(PLAN / "schemes.csv") if scheme["state"] == "identified"}
    to_date = [
        row for row in rows(PLAN / "scheme_months.csv") if row["scheme"] in identified and row["month"] <= "2016-09-01"
    ]
    assert sum(int(row["planned_saving"]) for row in to_date) == 3_120_000
    assert sum(int(row["actual_saving"] or 0) for row in to_date) == 2_403_000


def test_the_valued_risks_sum_to_28_4_million_and_one_has_no_value():
    values = [row["value"] for row in rows(PLAN / "financial_risks.csv") if row["kind"] == "risk"]
    assert [int(value) for value in values if value] == [15_000_000, 7_400_000, 3_000_000, 2_000_000, 1_000_000]
    assert sum(int(value) for value in values if value) == 28_400_000
    assert values.count("") == 1


def test_the_papers_two_figures_for_growth_are_both_kept():
    growth = [row["growth_amount"] for row in rows(PLAN / "allocations.csv") if row["year"] == "2016-17"]
    assert growth == ["49500000", "49700000"]


def test_practices_with_electronic_prescribing_add_up_to_all_practices():
    figures = plan_of(PLAN)["figures"]
    parts = [figures[key]["value"] for key in ("eps_live", "eps_dated", "eps_uncommitted")]
    assert parts == [55, 7, 14]
    assert sum(parts) == figures["practices"]["value"] == 76


def test_the_thousand_admissions_avoided_are_1_76_per_cent_of_those_expected():
    expected, planned = (
        int(row["value"]) for row in rows(PLAN / "bcf.csv") if row["reference"] in {"BCF-NEA-EXPECTED", "BCF-NEA-PLAN"}
    )
    assert expected - planned == 1000
    assert round(100 * 1000 / expected, 2) == 1.76
    quarters = [row for row in rows(PLAN / "planned/standards.csv") if row["line"] == "BCF.1"]
    assert sum(int(row["numerator"]) for row in quarters) == planned


def test_waiting_within_18_weeks_in_may_2015_was_94_1_per_cent():
    (reading,) = rows(PLAN / "actuals/rtt_2015.csv")
    assert (reading["numerator"], reading["denominator"]) == ("27143", "28843")
    assert round(100 * int(reading["numerator"]) / int(reading["denominator"]), 1) == 94.1


@pytest.mark.parametrize(("initiative", "title", "due", "precision"), STATED_MILESTONES)
def test_a_dated_deliverable_of_the_paper_is_a_milestone(initiative, title, due, precision):
    (milestone,) = [row for row in rows(PLAN / "milestones.csv") if row["title"] == title]
    assert (milestone["initiative"], milestone["due"], milestone["precision"]) == (initiative, due, precision)
    assert milestone["basis"] == "stated"


def test_every_programme_has_at_least_three_milestones():
    programme = {row["reference"]: row["programme"] for row in rows(PLAN / "initiatives.csv")}
    count = Counter(programme[row["initiative"]] for row in rows(PLAN / "milestones.csv"))
    assert set(count) == column(rows(PLAN / "programmes.csv"), "reference")
    assert min(count.values()) >= 3


def test_progress_is_as_at_the_end_of_september_2016():
    for row in rows(PLAN / "milestone_progress.csv"):
        assert bool(row["completed"]) != bool(row["forecast"])
        assert not row["completed"] or date.fromisoformat(row["completed"]) <= date(2016, 9, 30)


def test_learning_disability_has_not_reported_since_july():
    months = [row["month"] for row in rows(PLAN / "updates.csv") if row["initiative"].startswith("LD-")]
    assert months
    assert max(months) == "2016-07-01"


def test_the_submission_has_four_parts_and_four_rounds_before_the_better_care_fund():
    assert len(rows(PLAN / "submission_parts.csv")) == 4
    due = [row["due"] for row in rows(PLAN / "submission_rounds.csv") if row["plan"] == "operational plan"]
    assert due == ["2016-02-08", "2016-03-02", "2016-03-18", "2016-04-11"]


def test_twelve_measures_are_on_the_board():
    assert len([row for row in measures_of(PLAN).values() if row["board"] == "yes"]) == 12


def test_a_short_name_fits_the_board():
    assert [row["short_name"] for row in measures_of(PLAN).values() if not 0 < len(row["short_name"]) <= 45] == []


def test_dementia_diagnosis_is_not_reported_for_september():
    periods = [row["period"] for row in readings_of(PLAN, "actuals") if row["line"] == "E.A.S.1"]
    assert max(periods) == "2016-08-01"


# What holds for every plan


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_every_row_names_a_known_source_and_an_allowed_basis(table):
    sources = column(rows(FIXTURES / "sources.csv"), "key")
    for number, row in enumerate(rows(table), start=2):
        assert list(row)[-2:] == ["source", "basis"]
        assert row["source"].split(" ", 1)[0] in sources, f"row {number}: {row['source']!r}"
        assert row["basis"] in BASES, f"row {number}: {row['basis']!r}"


@pytest.mark.parametrize("folder", PLANS, ids=named)
def test_every_single_figure_names_a_known_source_and_an_allowed_basis(folder):
    sources = column(rows(FIXTURES / "sources.csv"), "key")
    for key, figure in plan_of(folder).get("figures", {}).items():
        assert figure["source"].split(" ", 1)[0] in sources, key
        assert figure["basis"] in BASES, key


@pytest.mark.parametrize("table", [path for path in TABLES if rows(path) and "reference" in rows(path)[0]], ids=named)
def test_a_reference_is_used_once_in_a_register(table):
    count = Counter(row["reference"] for row in rows(table))
    assert [reference for reference, times in count.items() if times > 1 or not reference] == []


@pytest.mark.parametrize("folder", PLANS, ids=named)
def test_what_a_row_refers_to_exists(folder):
    known = {
        name: column(rows(folder / f"{name}.csv"), "reference")
        for name in ("goals", "programmes", "initiatives", "projects", "milestones", "schemes")
    }
    assert column(rows(folder / "initiatives.csv"), "programme") <= known["programmes"]
    for row in rows(folder / "initiatives.csv"):
        assert set(row["goals"].split()) <= known["goals"], row["reference"]
    assert column(rows(folder / "projects.csv"), "initiative") <= known["initiatives"]
    assert column(rows(folder / "updates.csv"), "initiative") <= known["initiatives"]
    assert column(rows(folder / "schemes.csv"), "initiative") - {""} <= known["initiatives"]
    assert column(rows(folder / "scheme_months.csv"), "scheme") <= known["schemes"]
    assert column(rows(folder / "milestone_progress.csv"), "milestone") <= known["milestones"]
    assert column(rows(folder / "supporting_documents.csv"), "initiative") - {""} <= known["initiatives"]
    assert column(rows(folder / "rtt_pressures.csv"), "initiative") - {""} <= known["initiatives"]
    assert column(lines_of(folder), "initiative") - {""} <= known["initiatives"]


@pytest.mark.parametrize("folder", PLANS, ids=named)
def test_a_milestone_belongs_to_a_project_of_its_own_initiative(folder):
    initiative = {row["reference"]: row["initiative"] for row in rows(folder / "projects.csv")}
    initiatives = column(rows(folder / "initiatives.csv"), "reference")
    for row in rows(folder / "milestones.csv"):
        assert row["initiative"] in initiatives, row["reference"]
        assert not row["project"] or initiative[row["project"]] == row["initiative"], row["reference"]


@pytest.mark.parametrize("folder", PLANS, ids=named)
def test_a_line_has_a_measure_of_its_round_and_a_known_provider(folder):
    lines = lines_of(folder)
    assert max(Counter(row["reference"] for row in lines).values(), default=1) == 1
    assert column(lines, "measure") <= set(measures_of(folder))
    assert column(lines, "provider") - {""} <= column(rows(FIXTURES / "organisations.csv"), "code")


@pytest.mark.parametrize("kind", ["planned", "actuals"])
@pytest.mark.parametrize("folder", PLANS, ids=named)
def test_a_reading_has_a_line_and_a_month_and_stands_once(folder, kind):
    readings = readings_of(folder, kind)
    assert column(readings, "line") <= column(lines_of(folder), "reference")
    assert {date.fromisoformat(row["period"]).day for row in readings} <= {1}
    assert max(Counter((row["line"], row["period"]) for row in readings).values(), default=1) == 1


@pytest.mark.parametrize("kind", ["planned", "actuals"])
@pytest.mark.parametrize("folder", PLANS, ids=named)
def test_a_percentage_never_has_more_in_its_numerator(folder, kind):
    measures = measures_of(folder)
    percentages = {row["reference"] for row in lines_of(folder) if measures[row["measure"]]["kind"] == "percentage"}
    for row in readings_of(folder, kind):
        if row["line"] in percentages and row["numerator"]:
            assert 0 <= float(row["numerator"]) <= float(row["denominator"]), row


def test_every_parent_of_an_organisation_is_an_organisation():
    organisations = rows(FIXTURES / "organisations.csv")
    assert column(organisations, "parent") - {""} <= column(organisations, "code")
    assert {folder.parent.name for folder in PLANS} <= column(organisations, "code")


@pytest.mark.parametrize("folder", PLANS, ids=named)
def test_an_owner_is_a_role_and_never_a_person(folder):
    for path in sorted(folder.glob("*.csv")):
        for row in rows(path):
            owner = row.get("owner") or ""
            if folder == PLAN:
                assert owner in ROLES | {""}, f"{path.name}: {owner!r}"
            assert not owner or ROLE_WORDS & set(owner.lower().split()), f"{path.name}: {owner!r}"
