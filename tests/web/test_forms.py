"""What a form says is in our words: what was given, and what to do. Django's own never show."""

import re
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict

from opplan.plans.editing import explain
from opplan.web.forms import WORDS, Dressed, WholeField

STOCK = re.compile("Ensure |Select a valid|This field|Enter a |Null characters")


class Sample(Dressed, forms.Form):
    name = forms.CharField(max_length=5, min_length=2)
    kind = forms.ChoiceField(choices=[("a", "A")])
    several = forms.MultipleChoiceField(choices=[("a", "A")])
    amount = forms.DecimalField(min_value=Decimal(0), max_digits=4, decimal_places=1)
    many = WholeField(max_value=9)
    own = forms.CharField(error_messages={"required": "Say what changed."})


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", "", "This is empty. Fill it in."),
        ("name", "far too long", "This has 12 characters, and at most 5 fit. Shorten it."),
        ("name", "a\0b", "This holds an invisible character that cannot be kept. Type it again."),
        ("kind", "", "Nothing is chosen. Choose from the list."),
        ("kind", "hedgehog", "“hedgehog” is not in the list, or not any more. Choose from what it offers now."),
        ("several", "hedgehog", "“hedgehog” is not in the list, or not any more. Choose from what it offers now."),
        ("amount", "-1", "-1 is below 0, the least that may be. Give more."),
        ("amount", "12345", "“12345” has too many digits: at most 4. Give fewer."),
        ("amount", "1.25", "“1.25” has too many decimals: at most 1. Round it."),
        ("amount", "ten", "This is not a number. Type one, such as 5 or 2.5."),
        ("many", "2.5", "“2.5” is not a whole number. Type one, such as 12."),
        ("many", "10", "10 is above 9, the most that may be. Give less."),
        ("own", "", "Say what changed."),
    ],
)
def test_a_field_says_what_was_given_and_what_to_do(field, typed, words):
    data = QueryDict(mutable=True)
    data[field] = typed
    said = Sample(data).errors[field]
    assert words in said
    assert not any(STOCK.match(one) for one in said)


def test_what_a_model_s_field_refuses_is_said_in_the_same_words():
    with pytest.raises(ValidationError) as refused:
        models.DecimalField(max_digits=7, decimal_places=3).clean(Decimal("12345.5"), None)
    form = Sample(QueryDict(""))
    form.is_valid()
    explain(form, ValidationError({"amount": refused.value, "elsewhere": ValidationError("Of the whole.")}))
    assert "“12345.5” is too large: at most 4 digits stand before the point. Check it." in form.errors["amount"]
    assert form.non_field_errors() == ["Of the whole."]


def test_no_words_of_ours_are_django_s():
    assert not any(STOCK.match(text) for text in WORDS.values())
