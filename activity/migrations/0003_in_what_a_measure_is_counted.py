from django.db import migrations, models

CHOICES = [
    ('whole', 'Whole numbers'),
    ('halves', 'Halves: a patient whom two trusts share is half of each'),
    ('parts', 'Any part: averages, estimates, money'),
]


def as_published(apps, schema_editor):
    """What is held already stays true: cancer waits count half patients, beds are averages, and local measures took any part."""
    for name in ('Measure', 'HistoricalMeasure'):
        rows = apps.get_model('activity', name).objects
        rows.filter(feed__startswith='cancer.').update(counted='halves')
        rows.filter(feed__startswith='beds.').update(counted='parts')
        rows.filter(organisation__isnull=False).exclude(kind='count').update(counted='parts')


class Migration(migrations.Migration):

    dependencies = [
        ('activity', '0002_planning_imports_delays_and_recovery'),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalmeasure',
            name='counted',
            field=models.CharField(choices=CHOICES, default='whole', max_length=6, verbose_name='counted in'),
        ),
        migrations.AddField(
            model_name='measure',
            name='counted',
            field=models.CharField(choices=CHOICES, default='whole', max_length=6, verbose_name='counted in'),
        ),
        migrations.RunPython(as_published, migrations.RunPython.noop),
    ]
