"""Capabilities, and the seven roles as named sets of them. A view names a capability, never a role."""

from django.db import models


class Capability(models.TextChoices):
    VIEW_PLAN = "view_plan", "Read the plan, its boards and its history"
    EXPORT_WORKBOOK = "export_workbook", "Download the submission workbook"
    UPDATE_PROGRESS = "update_progress", "Update milestones and write monthly updates"
    RECORD_ACTUAL = "record_actual", "Record savings: actual and forecast"
    RECORD_READING = "record_reading", "Record activity: actual figures"
    EDIT_PLAN = "edit_plan", "Change planned figures"
    EDIT_TOLERANCE = "edit_tolerance", "Change the rating rules"
    CLOSE_MONTH = "close_month", "Close and reopen months, and move the month reported"
    SIGN_SUBMISSION = "sign_submission", "Sign a submission"
    DELEGATE = "delegate", "Record whom the governing body lets sign"
    MANAGE_MEMBERS = "manage_members", "Grant and withdraw membership"


class Role(models.TextChoices):
    VIEWER = "viewer", "Governing body member"
    COMMISSIONER = "commissioner", "Commissioner"
    PROGRAMME_OFFICE = "programme_office", "Programme office"
    ANALYST = "analyst", "Analyst"
    FINANCE_LEAD = "finance_lead", "Finance lead"
    ACCOUNTABLE_OFFICER = "accountable_officer", "Accountable officer"
    ADMINISTRATOR = "administrator", "Administrator"


REGIONAL: dict[str, str] = {Role.VIEWER: "Regional assurance"}
"""What a role is called where it is held in a footprint or region rather than in the commissioner itself."""

READS = frozenset({Capability.VIEW_PLAN, Capability.EXPORT_WORKBOOK})
UPDATES = READS | {Capability.UPDATE_PROGRESS, Capability.RECORD_ACTUAL, Capability.RECORD_READING}

CAPABILITIES: dict[str, frozenset[Capability]] = {
    Role.VIEWER: READS,
    Role.COMMISSIONER: UPDATES,
    Role.PROGRAMME_OFFICE: UPDATES
    | {Capability.EDIT_PLAN, Capability.EDIT_TOLERANCE, Capability.CLOSE_MONTH, Capability.DELEGATE},
    Role.ANALYST: READS | {Capability.RECORD_READING, Capability.EDIT_PLAN},
    Role.FINANCE_LEAD: READS
    | {Capability.RECORD_ACTUAL, Capability.EDIT_PLAN, Capability.EDIT_TOLERANCE, Capability.CLOSE_MONTH},
    Role.ACCOUNTABLE_OFFICER: READS | {Capability.SIGN_SUBMISSION},
    Role.ADMINISTRATOR: frozenset(Capability),
}

IN_BRIEF: dict[str, str] = {
    Role.VIEWER: "Reads everything, changes nothing",
    Role.COMMISSIONER: "Updates milestones, savings and activity",
    Role.PROGRAMME_OFFICE: "Updates everything, changes planned figures and rating rules, closes months, records who may sign",
    Role.ANALYST: "Records activity, changes planned figures",
    Role.FINANCE_LEAD: "Records savings, changes planned figures and rating rules, closes months",
    Role.ACCOUNTABLE_OFFICER: "Reads everything, signs submissions",
    Role.ADMINISTRATOR: "Does everything, and grants membership",
}
"""Each role in a line, for lists."""


def title_of(role: str, *, regional: bool) -> str:
    """A role as people read it. `regional`: held in a footprint or region."""
    return (REGIONAL.get(role) if regional else None) or Role(role).label
