import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from coop.kernel.together import together


class Migration(migrations.Migration):
    """A word changes, not a table: what goes on the bill for late notice is a cancellation fee."""

    dependencies = [
        ("fulfillment", "0013_shortages_have_codes"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="keptshare", name="append_only"),
        pgtrigger.migrations.RemoveTrigger(model_name="keptshare", name="no_truncate"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("KeptShare", "CancellationFee"),
                migrations.AlterModelTable("CancellationFee", "fulfillment_keptshare"),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cancellationfee',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='40d1cd20e24eab8527f1c13e5feb96aec63a7053', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_bc266', table='fulfillment_keptshare', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cancellationfee',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='e3616b511272c0b5fe4336009a3d70bd1e388f87', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_9b847', table='fulfillment_keptshare', when='BEFORE')),
        ),
    ]

    operations = together(operations)
