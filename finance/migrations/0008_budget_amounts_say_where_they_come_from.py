from django.db import migrations, models

KINDS = [
    ("resource", "Resource limit"),
    ("brought", "Surplus brought forward"),
    ("programme", "Programme spend"),
    ("reserve", "Reserves"),
    ("contingency", "Contingency"),
    ("running", "Running costs"),
]
BASES = [
    ("stated", "stated in the plan document"),
    ("published", "published official statistic"),
    ("derived", "derived by a stated rule"),
    ("illustrative", "illustrative"),
    ("entered", "entered in opplan"),
]


class Migration(migrations.Migration):
    dependencies = [("finance", "0007_rating_overrides_by_month")]

    operations = [
        operation
        for amount, line in (("budgetamount", "budgetline"), ("historicalbudgetamount", "historicalbudgetline"))
        for operation in (
            migrations.AddField(amount, "source", models.CharField(blank=True, max_length=300)),
            migrations.AddField(amount, "basis", models.CharField(choices=BASES, default="entered", max_length=12)),
            migrations.AlterField(
                line,
                "kind",
                models.CharField(blank=True, choices=KINDS, max_length=12, verbose_name="what it is in the plan"),
            ),
        )
    ]
