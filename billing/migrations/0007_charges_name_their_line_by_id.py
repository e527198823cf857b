"""Charges name their invoice line by its id: the column, its foreign key, its index and the triggers stay as they are.

Only what the program knows of it changes: the room of charges lies below that of invoices, and names none of its tables.
"""

from django.db import migrations, models

from coop.kernel.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0006_collections_of_invoices'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex(model_name='charge', name='charge_open'),
                migrations.RemoveField(model_name='charge', name='invoice_line'),
                migrations.AddField(
                    model_name='charge',
                    name='invoice_line_id',
                    field=models.UUIDField(blank=True, db_index=True, null=True),
                ),
                migrations.AddIndex(
                    model_name='charge',
                    index=models.Index(condition=models.Q(('invoice_line_id__isnull', True)), fields=['member', 'day'], name='charge_open'),
                ),
            ],
        ),
    ]

    operations = together(operations)
