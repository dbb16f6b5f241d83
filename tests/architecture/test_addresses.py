"""Every address of a plan names its capability, and is closed to whoever lacks it."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from activity.models import Impact, Line, Measure, RecoveryPlan
from finance.models import (
    BridgeStep,
    BudgetLine,
    BusinessRule,
    CapitalScheme,
    Contract,
    ContractPrice,
    FinancialRisk,
    Scenario,
    Scheme,
)
from initiatives.models import Initiative, Milestone
from opplan.accounts.actions import grant
from opplan.accounts.models import User
from opplan.accounts.roles import CAPABILITIES, Capability, Role
from opplan.imports.actions import Upload
from opplan.imports.models import Batch
from opplan.plans.models import Organisation, Plan
from opplan.plans.queries import default_rules
from opplan.submissions.actions.returns import keep_upload
from opplan.submissions.definition import find_definition
from opplan.submissions.models import Delegation, Document, Question, Return, Round, Section, Signature, Submission
from opplan.submissions.queries.templates import filled_template, stamp_of
from opplan.submissions.written.workbook import write

pytestmark = pytest.mark.django_db

OF_A_PLAN = "<organisation:organisation>/<year:year>/"


def walk(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern under the resolver, with its name as `reverse` takes it."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from walk(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        else:
            yield f"{namespace}{entry.name}", entry


def of_a_plan() -> dict[str, URLPattern]:
    [plan] = [
        entry
        for entry in get_resolver().url_patterns
        if isinstance(entry, URLResolver) and str(entry.pattern) == OF_A_PLAN
    ]
    return dict(walk(plan))


def a_batch(plan: Plan, source: str) -> Batch:
    """An import of the plan."""
    held = Batch.objects.filter(plan=plan, source=source).first()
    return held or Batch.objects.create(plan=plan, source=source, state="applied")


def a_capital_scheme(plan: Plan) -> CapitalScheme:
    """A capital scheme of the plan."""
    held = CapitalScheme.objects.filter(plan=plan).first()
    return held or CapitalScheme.objects.create(plan=plan, reference="CAP-01", title="Boilers", year=plan.year)


def a_workbook(plan: Plan) -> Batch:
    """A template of the plan that came back unedited."""
    held = Batch.objects.filter(plan=plan, source="workbook").first()
    definition = find_definition(plan.round, "bcf")
    assert definition is not None
    template = filled_template(plan, definition, plan.start)
    upload = Upload("bcf.xlsx", write(template, stamp_of(plan, template)))
    return held or keep_upload(plan, upload, by=None)


def a_return(plan: Plan) -> Return:
    """A workbook of the plan that was loaded."""
    held = Return.objects.filter(plan=plan).first()
    return held or Return.objects.create(
        plan=plan, template="bcf", file_name="bcf.xlsx", digest="0" * 64, reason="Agreed"
    )


def a_version(plan: Plan) -> Submission:
    """A template of the plan, frozen."""
    held = Submission.objects.filter(plan=plan, template="bcf").first()
    return held or Submission.objects.create(
        plan=plan, template="bcf", version="V1.0", month=plan.start, content="0" * 64, digest="0" * 64, workbook=b""
    )


def a_delegation(plan: Plan) -> Delegation:
    """Somebody's authority to sign."""
    held = Delegation.objects.filter(plan=plan).first()
    officer = User.objects.filter(memberships__organisation=plan.organisation).first()
    return held or Delegation.objects.create(
        plan=plan, reference="D-1", officer=officer, minute="16/20", begins=plan.start, ends=plan.start
    )


def a_document(plan: Plan) -> Document:
    """A document of the plan that has a version."""
    held = Document.objects.get(plan=plan, reference="DOC-01")
    if not held.versions.exists():
        file, digest = ContentFile(b"Lines of enquiry", name="enquiry"), sha256(b"Lines of enquiry").hexdigest()
        held.versions.create(number=1, file=file, file_name="enquiry.txt", size=16, digest=digest)
    return held


def a_signature(plan: Plan) -> Signature:
    """An officer's signature under a version."""
    held = Signature.objects.filter(submission__plan=plan).first()
    about = a_delegation(plan)
    return held or Signature.objects.create(
        submission=a_version(plan), delegation=about, officer=about.officer, statement="True", content="0" * 64
    )


def example(name: str, plan: Plan) -> dict[str, str]:
    """The parts of a real address: the first row of the plan that the page is of."""
    rows: dict[str, Callable[[], Any]] = {
        "milestone": lambda: Milestone.objects.filter(plan=plan).first(),
        "impact": lambda: Impact.objects.filter(plan=plan).first(),
        "impact_change": lambda: Impact.objects.filter(plan=plan).first(),
        "initiatives": lambda: Initiative.objects.filter(plan=plan).first(),
        "dashboards": lambda: Initiative.objects.filter(plan=plan).first(),
        "activity": lambda: Line.objects.filter(plan=plan).first(),
        "risk": lambda: FinancialRisk.objects.filter(plan=plan).first(),
        "risk_close": lambda: FinancialRisk.objects.filter(plan=plan).first(),
        "rule": lambda: BusinessRule.objects.filter(plan=plan).first(),
        "finance": lambda: Scheme.objects.filter(plan=plan).first(),
    }
    room, _, page = name.partition(":")
    if page.startswith("contract"):
        rows[page] = lambda: Contract.objects.filter(plan=plan).first()
    if page.startswith("budget"):
        rows[page] = lambda: BudgetLine.objects.filter(plan=plan, statement="plan").first()
    if page.startswith("bridge"):
        rows[page] = lambda: BridgeStep.objects.filter(plan=plan).first()
    if page.startswith("capital"):
        rows[page] = lambda: a_capital_scheme(plan)
    if page.startswith("recovery"):
        rows[page] = lambda: RecoveryPlan.objects.filter(plan=plan).first()
    if page.startswith("round") and room == "submissions":
        rows[page] = lambda: Round.objects.get(plan=plan, reference="B1")
    if page.startswith("question"):
        rows[page] = lambda: Question.objects.filter(plan=plan, closed_on=None).first()
    if page.startswith("document") and room == "submissions":
        rows[page] = lambda: a_document(plan)
    if page.startswith("section"):
        rows[page] = lambda: Section.objects.filter(plan=plan).first()
    if page.startswith("delegation"):
        rows[page] = lambda: a_delegation(plan)
    if room == "submissions" and (page.startswith("version") or page == "difference"):
        a_version(plan)
    values: dict[str, Callable[[], Any]] = {
        "action": lambda: "1",
        "batch": lambda: str(
            (
                a_workbook(plan)
                if room == "submissions"
                else a_batch(plan, "qipp_return" if room == "finance" else "dtoc")
            ).pk
        ),
        "block": lambda: "budget",
        "version": lambda: a_version(plan).version,
        "key": lambda: str((a_signature if page.startswith("signature") else a_return)(plan).pk),
        "template": lambda: "bcf",
        "code": lambda: Measure.objects.filter(round=plan.round).first().code,
        "day": lambda: "2016-09-29",
        "edition": lambda: "1",
        "financial_year": lambda: plan.year,
        "quarter": lambda: "2016-10",
        "line": lambda: ContractPrice.objects.filter(contract__plan=plan).first().line.reference,
        "scenario": lambda: str(Scenario.objects.filter(plan=plan).first().pk),
        "rule": lambda: next(iter(default_rules())),
        "number": lambda: "1",
        "month": lambda: f"{plan.reporting_month:%Y-%m}",
    }
    parts = {}
    for part in of_a_plan()[name].pattern.converters:
        if part == "reference":
            parts[part] = rows.get(page, rows.get(room, lambda: None))().reference
        else:
            assert part in values, f"give an example of {part} for {name}"
            parts[part] = values[part]()
    return parts


def address(name: str, plan: Plan) -> str:
    return reverse(name, kwargs={"organisation": plan.organisation.code, "year": plan.year, **example(name, plan)})


NAMES = sorted(of_a_plan())


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="opplan.accounts.backends.MemberBackend")
    return client


@pytest.mark.parametrize("name", NAMES)
def test_every_view_of_a_plan_names_its_capability(name: str) -> None:
    assert getattr(of_a_plan()[name].callback, "capability", None) in set(Capability)


def test_every_address_of_a_plan_has_a_name() -> None:
    assert not [name for name in NAMES if name.endswith(("None", ":"))]
    assert len(NAMES) >= 5


@pytest.mark.parametrize("name", NAMES)
def test_somebody_unknown_is_asked_to_sign_in_and_comes_back(name: str, ccg: Plan) -> None:
    page = address(name, ccg)
    answer = Client().get(page)
    if answer.status_code == 405:
        answer = Client().post(page)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=/10Q/2016-17/")


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_finds_nothing(name: str, ccg: Plan) -> None:
    stranger = signed_in(User.objects.create_user("stranger@example.org", "a hedgehog in May", name="Stranger"))
    page = address(name, ccg)
    answers = {stranger.get(page).status_code, stranger.post(page).status_code}
    assert answers <= {404, 405}
    assert 404 in answers


@pytest.mark.parametrize("name", NAMES)
def test_a_member_of_another_organisation_finds_nothing(name: str, ccg: Plan, pct: Plan) -> None:
    neighbour = User.objects.create_user("neighbour@example.org", "a hedgehog in May", name="Neighbour")
    grant(neighbour, pct.organisation, Role.ADMINISTRATOR, by=None)
    client, page = signed_in(neighbour), address(name, ccg)
    answers = {client.get(page).status_code, client.post(page).status_code}
    assert 404 in answers
    assert 200 not in answers


def roles_without(name: str) -> list[Role]:
    capability = getattr(of_a_plan()[name].callback, "capability", None)
    return [role for role in Role if capability not in CAPABILITIES[role]]


@pytest.mark.parametrize("name", [name for name in NAMES if roles_without(name)])
def test_whoever_lacks_the_capability_finds_nothing_and_changes_nothing(name: str, ccg: Plan) -> None:
    member = User.objects.create_user("member@example.org", "a hedgehog in May", name="Member")
    grant(member, ccg.organisation, roles_without(name)[0], by=None)
    client, page = signed_in(member), address(name, ccg)
    assert {client.get(page).status_code, client.post(page).status_code} <= {404, 405}


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_these_tests_are_real_pages(name: str, ccg: Plan, sign_in: Callable[[str], Client]) -> None:
    client, page = sign_in("administrator"), address(name, ccg)
    answer = client.get(page)
    assert answer.status_code in {200, 405}, page
    assert "Content-Security-Policy" in answer
    assert client.get(page.replace("2016-17", "1999-00")).status_code in {404, 405}


def test_an_organisation_without_plans_has_no_pages(sign_in: Callable[[str], Client]) -> None:
    other = Organisation.objects.exclude(plans__isnull=False).first()
    assert other is not None
    assert sign_in("administrator").get(f"/{other.code}/2016-17/").status_code == 404


@pytest.mark.parametrize("month", ["2016-03", "2017-04", "16-09", "september", "2016-13"])
def test_a_month_outside_the_plan_is_no_page(sign_in: Callable[[str], Client], month: str) -> None:
    assert sign_in("viewer").get(f"/10Q/2016-17/settings/?month={month}").status_code == 404
