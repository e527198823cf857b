"""Stops of orders that were cancelled under way were closed as short, though nobody looked there. They say `passed` now."""

from django.db import migrations, models

from coop.kernel.together import together

# A true short pick wrote off what was missing, with the stop as its source; what was passed by moved nothing.
PASSED = """
UPDATE fulfillment_picktask t SET state = 'passed'
FROM fulfillment_order o
WHERE o.id = t.order_id AND o.state = 'cancelled' AND t.state = 'short' AND t.quantity_picked = 0
  AND t.picked_by_id IS NULL
  AND NOT EXISTS (SELECT FROM fulfillment_stockmove m
                  WHERE m.source_id = t.id AND m.source_type = 'fulfillment.PickTask')
"""
SHORT = "UPDATE fulfillment_picktask SET state = 'short' WHERE state = 'passed'"


def _state_true() -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(state="open", quantity_picked=0, picked_at__isnull=True)
        | models.Q(state="picked", quantity_picked=models.F("quantity"), picked_at__isnull=False)
        | models.Q(state="short", quantity_picked__lt=models.F("quantity"), picked_at__isnull=False)
        | models.Q(state="passed", quantity_picked=0, picked_by__isnull=True, picked_at__isnull=False),
        name="pick_task_state_true",
        violation_error_code="pick_state",
        violation_error_message="A pick is open, complete, short of what was asked, or passed by untouched.",
    )


class Migration(migrations.Migration):
    dependencies = [("fulfillment", "0011_claims_are_rows")]

    operations = [
        migrations.AlterField(
            model_name="picktask",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "open"),
                    ("picked", "picked"),
                    ("short", "short"),
                    ("passed", "passed by"),
                ],
                default="open",
                max_length=6,
            ),
        ),
        migrations.RemoveConstraint(model_name="picktask", name="pick_task_state_true"),
        migrations.RunSQL(PASSED, SHORT),
        migrations.AddConstraint(
            model_name="picktask",
            constraint=_state_true(),
        ),
    ]

    operations = together(operations)
