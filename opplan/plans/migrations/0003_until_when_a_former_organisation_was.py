from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('plans', '0002_another_code_of_an_organisation'),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalorganisationcode',
            name='until',
            field=models.DateField(blank=True, null=True, verbose_name='last day of the former organisation'),
        ),
        migrations.AddField(
            model_name='organisationcode',
            name='until',
            field=models.DateField(blank=True, null=True, verbose_name='last day of the former organisation'),
        ),
    ]
