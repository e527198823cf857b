"""How far the money of an issued invoice is, is a row of its own: each issued invoice gets one, with what its own row said.

From here on a trigger writes that row when an invoice is issued, and nothing of an issued invoice changes any more.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from coop.kernel.together import together

TAKE_OVER = """
INSERT INTO billing_collection (invoice_id, state, note, stripe_id, pay_url, paid_at)
SELECT id, collection, collection_note, stripe_id, pay_url, paid_at FROM billing_invoice WHERE state = 'issued'
"""
GIVE_BACK = """
UPDATE billing_invoice i
   SET collection = c.state, collection_note = c.note, stripe_id = c.stripe_id, pay_url = c.pay_url, paid_at = c.paid_at
  FROM billing_collection c WHERE c.invoice_id = i.id
"""
COLLECT = """
CREATE FUNCTION billing_invoice_is_collected() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO billing_collection (invoice_id) VALUES (NEW.id);
  RETURN NULL;
END $$;

CREATE TRIGGER invoice_is_collected
  AFTER INSERT OR UPDATE OF state ON billing_invoice
  FOR EACH ROW WHEN (NEW.state = 'issued')
  EXECUTE FUNCTION billing_invoice_is_collected();
"""
COLLECT_NO_MORE = """
DROP TRIGGER invoice_is_collected ON billing_invoice;
DROP FUNCTION billing_invoice_is_collected();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0005_cards_keep_what_they_priced'),
    ]

    operations = [
        migrations.CreateModel(
            name='Collection',
            fields=[
                ('invoice', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='collection', serialize=False, to='billing.invoice')),
                ('state', models.CharField(choices=[('none', 'not yet asked for'), ('pushing', 'on its way to Stripe'), ('open', 'open'), ('processing', 'payment on its way'), ('paid', 'paid'), ('failed', 'payment failed'), ('void', 'void'), ('attention', 'needs attention')], db_default='none', default='none', max_length=10)),
                ('note', models.CharField(blank=True, db_default='', default='', max_length=300)),
                ('stripe_id', models.CharField(blank=True, db_default='', default='', max_length=60)),
                ('pay_url', models.URLField(blank=True, db_default='', default='', max_length=500)),
                ('paid_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name='collection',
            index=models.Index(fields=['state'], name='collection_state'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'paid'), _negated=True), ('paid_at__isnull', False), _connector='OR'), name='collection_paid_has_time', violation_error_code='paid_state', violation_error_message='A paid invoice has its time.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='collection',
            trigger=pgtrigger.compiler.Trigger(name='collection_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='7c29c338b86b8a3bc5434ba77d14a7f0fbb6c958', operation='DELETE', pgid='pgtrigger_collection_stays_c364e', table='billing_collection', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='collection',
            trigger=pgtrigger.compiler.Trigger(name='collection_of_its_invoice', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."invoice_id" IS DISTINCT FROM (NEW."invoice_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='abe1f6852e1604b34c06d2b3dea1a506466b5c9f', operation='UPDATE', pgid='pgtrigger_collection_of_its_invoice_aad59', table='billing_collection', when='BEFORE')),
        ),
        migrations.RunSQL(TAKE_OVER, GIVE_BACK),
        pgtrigger.migrations.RemoveTrigger(
            model_name='invoice',
            name='issued_frozen',
        ),
        migrations.RemoveConstraint(
            model_name='invoice',
            name='invoice_paid_has_time',
        ),
        migrations.RemoveIndex(
            model_name='invoice',
            name='invoice_collection',
        ),
        migrations.RemoveField(
            model_name='invoice',
            name='collection',
        ),
        migrations.RemoveField(
            model_name='invoice',
            name='collection_note',
        ),
        migrations.RemoveField(
            model_name='invoice',
            name='paid_at',
        ),
        migrations.RemoveField(
            model_name='invoice',
            name='pay_url',
        ),
        migrations.RemoveField(
            model_name='invoice',
            name='stripe_id',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='issued_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."state" = \'issued\')', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='63068ed981ce76dc57749ceb83c64fa953c74701', operation='UPDATE', pgid='pgtrigger_issued_frozen_53f07', table='billing_invoice', when='BEFORE')),
        ),
        migrations.RunSQL(COLLECT, COLLECT_NO_MORE),
    ]

    operations = together(operations)
