"""A claim is a row of its own: orders, shipments, earmarks and drops name it by a foreign key."""

import coop.kernel.clock
import coop.kernel.ids
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from coop.kernel.together import together

# What was a drop's id is the id of its claim; a claim whose drop is no more keeps what names it.
MAKE = """
INSERT INTO fulfillment_claim (id, member_id, kind, what, made_at)
SELECT id, member_id, 'drop', title, scheduled_at FROM fulfillment_drop;
INSERT INTO fulfillment_claim (id, member_id, kind, what, made_at)
SELECT DISTINCT ON (claim) claim, member_id, 'drop', '', now() FROM (
  SELECT claim, member_id FROM fulfillment_order UNION ALL
  SELECT claim, member_id FROM fulfillment_asn UNION ALL
  SELECT claim, member_id FROM fulfillment_earmark) named
WHERE claim IS NOT NULL AND claim NOT IN (SELECT id FROM fulfillment_drop);
"""
# The triggers of its history are off: who looks at a drop's past shall not read that it changed.
POINT = """
UPDATE fulfillment_drop SET claim_id = id;
UPDATE fulfillment_dropevent SET claim_id = pgh_obj_id;
"""
# Before the fields were references they named the drop itself.
BACK = """
UPDATE fulfillment_order o SET claim = d.id FROM fulfillment_drop d WHERE o.claim = d.claim_id AND d.claim_id <> d.id;
UPDATE fulfillment_asn a SET claim = d.id FROM fulfillment_drop d WHERE a.claim = d.claim_id AND d.claim_id <> d.id;
UPDATE fulfillment_earmark e SET claim = d.id FROM fulfillment_drop d WHERE e.claim = d.claim_id AND d.claim_id <> d.id;
SET CONSTRAINTS ALL IMMEDIATE;
"""
# Over both columns: nothing of a member's can name another's claim.
TABLES = ("order", "asn", "earmark", "drop")
HOLD = "".join(f"""
ALTER TABLE fulfillment_{table} ADD CONSTRAINT {table}_claim_of_member
  FOREIGN KEY (member_id, claim_id) REFERENCES fulfillment_claim (member_id, id) DEFERRABLE INITIALLY DEFERRED;
""" for table in TABLES)
LET_GO = "".join(f"ALTER TABLE fulfillment_{table} DROP CONSTRAINT {table}_claim_of_member;" for table in TABLES)


class Migration(migrations.Migration):

    dependencies = [
        ('coop', '0001_initial'),
        ('fulfillment', '0010_runs_have_a_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.member')),
                ('kind', models.CharField(max_length=20)),
                ('what', models.CharField(blank=True, max_length=120)),
                ('made_at', models.DateTimeField(default=coop.kernel.clock.now)),
            ],
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(fields=('member', 'id'), name='claim_of_member', violation_error_code='claim_twice', violation_error_message='These goods are spoken for already.'),
        ),
        migrations.RunSQL(MAKE, migrations.RunSQL.noop),
        pgtrigger.migrations.RemoveTrigger(
            model_name='drop',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='drop',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='drop',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='drop',
            name='claim',
            field=models.OneToOneField(db_constraint=False, editable=False, help_text='Its goods are kept under it', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='drop', to='fulfillment.claim'),
        ),
        migrations.AddField(
            model_name='dropevent',
            name='claim',
            field=models.ForeignKey(db_constraint=False, editable=False, help_text='Its goods are kept under it', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='fulfillment.claim'),
        ),
        migrations.RunSQL(POINT, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.AlterField(
            model_name='drop',
            name='claim',
            field=models.OneToOneField(db_constraint=False, editable=False, help_text='Its goods are kept under it', on_delete=django.db.models.deletion.PROTECT, related_name='drop', to='fulfillment.claim'),
        ),
        migrations.AlterField(
            model_name='dropevent',
            name='claim',
            field=models.ForeignKey(db_constraint=False, editable=False, help_text='Its goods are kept under it', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='fulfillment.claim'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='drop',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "fulfillment_dropevent" ("burst_days", "burst_picks", "buyer_limit", "claim_id", "closes_at", "fairness", "id", "member_id", "on_shortfall", "opens_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preorders_from", "scheduled_at", "scheduled_by_id", "sold", "state", "story", "title") VALUES (NEW."burst_days", NEW."burst_picks", NEW."buyer_limit", NEW."claim_id", NEW."closes_at", NEW."fairness", NEW."id", NEW."member_id", NEW."on_shortfall", NEW."opens_at", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."preorders_from", NEW."scheduled_at", NEW."scheduled_by_id", NEW."sold", NEW."state", NEW."story", NEW."title"); RETURN NULL;', hash='73dc51a03a1d96a7f93e8c5cfca181e64da15210', operation='INSERT', pgid='pgtrigger_insert_insert_11c41', table='fulfillment_drop', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='drop',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."burst_days" IS DISTINCT FROM (NEW."burst_days") OR OLD."burst_picks" IS DISTINCT FROM (NEW."burst_picks") OR OLD."buyer_limit" IS DISTINCT FROM (NEW."buyer_limit") OR OLD."claim_id" IS DISTINCT FROM (NEW."claim_id") OR OLD."closes_at" IS DISTINCT FROM (NEW."closes_at") OR OLD."fairness" IS DISTINCT FROM (NEW."fairness") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."on_shortfall" IS DISTINCT FROM (NEW."on_shortfall") OR OLD."opens_at" IS DISTINCT FROM (NEW."opens_at") OR OLD."preorders_from" IS DISTINCT FROM (NEW."preorders_from") OR OLD."scheduled_at" IS DISTINCT FROM (NEW."scheduled_at") OR OLD."scheduled_by_id" IS DISTINCT FROM (NEW."scheduled_by_id") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."story" IS DISTINCT FROM (NEW."story") OR OLD."title" IS DISTINCT FROM (NEW."title"))', func='INSERT INTO "fulfillment_dropevent" ("burst_days", "burst_picks", "buyer_limit", "claim_id", "closes_at", "fairness", "id", "member_id", "on_shortfall", "opens_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preorders_from", "scheduled_at", "scheduled_by_id", "sold", "state", "story", "title") VALUES (NEW."burst_days", NEW."burst_picks", NEW."buyer_limit", NEW."claim_id", NEW."closes_at", NEW."fairness", NEW."id", NEW."member_id", NEW."on_shortfall", NEW."opens_at", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."preorders_from", NEW."scheduled_at", NEW."scheduled_by_id", NEW."sold", NEW."state", NEW."story", NEW."title"); RETURN NULL;', hash='f4e59f9f28a613a43d519668f2cb0020eea6a042', operation='UPDATE', pgid='pgtrigger_update_update_491d4', table='fulfillment_drop', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='drop',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "fulfillment_dropevent" ("burst_days", "burst_picks", "buyer_limit", "claim_id", "closes_at", "fairness", "id", "member_id", "on_shortfall", "opens_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preorders_from", "scheduled_at", "scheduled_by_id", "sold", "state", "story", "title") VALUES (OLD."burst_days", OLD."burst_picks", OLD."buyer_limit", OLD."claim_id", OLD."closes_at", OLD."fairness", OLD."id", OLD."member_id", OLD."on_shortfall", OLD."opens_at", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."preorders_from", OLD."scheduled_at", OLD."scheduled_by_id", OLD."sold", OLD."state", OLD."story", OLD."title"); RETURN NULL;', hash='173aed17f8cbc3cbe7acf668403edfa1690f0b93', operation='DELETE', pgid='pgtrigger_delete_delete_2fce0', table='fulfillment_drop', when='AFTER')),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, BACK),
        migrations.RemoveConstraint(
            model_name='earmark',
            name='earmark_once',
        ),
        migrations.AlterField(
            model_name='asn',
            name='claim',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, help_text='What is received on it is earmarked for this claim', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='asns', to='fulfillment.claim'),
        ),
        migrations.AlterField(
            model_name='earmark',
            name='claim',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='earmarks', to='fulfillment.claim'),
        ),
        migrations.AlterField(
            model_name='order',
            name='claim',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, editable=False, help_text='May be promised what is earmarked for it', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='fulfillment.claim'),
        ),
        migrations.AddConstraint(
            model_name='earmark',
            constraint=models.UniqueConstraint(fields=('member', 'claim', 'node', 'sku'), name='earmark_once', violation_error_code='earmark_twice', violation_error_message='These pieces are kept already.'),
        ),
        migrations.RunSQL(HOLD, LET_GO),
    ]

    operations = together(operations)
