"""Beside each sentence on a line's shortage stands its code. Old sentences are read once, here, and never again."""

from django.db import migrations, models

from coop.kernel.together import together

# Of several causes the first counts, behind the lead "3 of 5: ".
CODES = r"""
UPDATE fulfillment_orderline SET shortage_code = CASE
    WHEN shortage LIKE 'member on hold%' THEN 'on_hold'
    WHEN shortage ~ '^\d+ not sent: ' THEN 'cut'
    WHEN shortage ~ '^\d+ missing at pick in bin ' THEN 'pick_short'
    WHEN shortage ~ '^the goods of .* come on ' THEN 'coming'
    WHEN shortage ~ '^(\d+ of \d+: )?(the rest is|all \d+ on hand are) promised to earlier orders' THEN 'promised'
    WHEN shortage ~ '^(\d+ of \d+: )?(the rest is )?only at ' THEN 'elsewhere'
    WHEN shortage ~ '^(\d+ of \d+: )?\d+ arrived at ' THEN 'dock'
    WHEN shortage ~ '^(\d+ of \d+: )?\d+ at [^;]* are kept for a drop' THEN 'kept'
    WHEN shortage ~ '^(\d+ of \d+: )?\d+ at [^;]* past their date' THEN 'expired'
    WHEN shortage ~ '^(\d+ of \d+: )?\d+ at [^;]*, which is closed' THEN 'closed'
    ELSE 'none' END
WHERE shortage <> ''
"""


class Migration(migrations.Migration):

    dependencies = [
        ('fulfillment', '0012_stops_passed_by_are_not_short'),
    ]

    operations = [
        migrations.AddField(
            model_name='orderline',
            name='shortage_code',
            field=models.CharField(blank=True, choices=[('on_hold', 'member on hold'), ('promised', 'promised to earlier orders'), ('elsewhere', 'only out of reach'), ('closed', 'only at a closed node'), ('kept', 'kept for a drop'), ('dock', 'not put away yet'), ('expired', 'past its date'), ('none', 'no stock'), ('coming', 'its goods are still to come'), ('pick_short', 'missing at pick'), ('cut', 'not sent after all')], max_length=10),
        ),
        migrations.RunSQL(CODES, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('shortage', ''), ('shortage_code', '')), models.Q(models.Q(('shortage', ''), _negated=True), ('shortage_code__in', ['on_hold', 'promised', 'elsewhere', 'closed', 'kept', 'dock', 'expired', 'none', 'coming', 'pick_short', 'cut'])), _connector='OR'), name='order_line_shortage_has_code', violation_error_code='shortage_code', violation_error_message="What is said of a line's shortage has its code beside it, and a code its words."),
        ),
    ]

    operations = together(operations)
