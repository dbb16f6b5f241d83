"""What the submissions roof holds, by noun."""

from opplan.submissions.models.answers import Answer, Return
from opplan.submissions.models.documents import Document, DocumentVersion, Section
from opplan.submissions.models.queries import Question
from opplan.submissions.models.rounds import Acceptance, Delegation, Round, Signature, Submission

__all__ = [
    "Acceptance",
    "Answer",
    "Delegation",
    "Document",
    "DocumentVersion",
    "Question",
    "Return",
    "Round",
    "Section",
    "Signature",
    "Submission",
]
