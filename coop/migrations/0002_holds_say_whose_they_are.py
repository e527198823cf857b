"""Whether a hold is billing's or a steward's stood in the first word of its reason; it has a column of its own now."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from coop.kernel.together import together

# Billing began its reasons with this word, and nobody else did.
WHOSE = """
UPDATE coop_member{events} SET hold = CASE WHEN standing_reason LIKE 'Unpaid: %' THEN 'unpaid' ELSE 'steward' END
WHERE standing = 'on_hold'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('coop', '0001_initial'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='member',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='member',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='member',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='member',
            name='hold',
            field=models.CharField(blank=True, choices=[('unpaid', 'an invoice is not paid'), ('steward', "a steward's word")], help_text='Whose hold it is to lift', max_length=8),
        ),
        migrations.AddField(
            model_name='memberevent',
            name='hold',
            field=models.CharField(blank=True, choices=[('unpaid', 'an invoice is not paid'), ('steward', "a steward's word")], help_text='Whose hold it is to lift', max_length=8),
        ),
        # Before the triggers are there again: that a hold says whose it is, is no change of the member.
        migrations.RunSQL(WHOSE.format(events=""), migrations.RunSQL.noop),
        migrations.RunSQL(WHOSE.format(events="event"), migrations.RunSQL.noop),
        pgtrigger.migrations.AddTrigger(
            model_name='member',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_memberevent" ("city", "country", "currency", "email", "hold", "id", "joined_at", "legal_name", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "slug", "standing", "standing_reason", "story", "street", "thank_you", "trade", "vat_id") VALUES (NEW."city", NEW."country", NEW."currency", NEW."email", NEW."hold", NEW."id", NEW."joined_at", NEW."legal_name", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."postcode", NEW."slug", NEW."standing", NEW."standing_reason", NEW."story", NEW."street", NEW."thank_you", NEW."trade", NEW."vat_id"); RETURN NULL;', hash='8084eeaae13a56a0a9bcab18b80bcb3c0ef56939', operation='INSERT', pgid='pgtrigger_insert_insert_be32d', table='coop_member', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='member',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coop_memberevent" ("city", "country", "currency", "email", "hold", "id", "joined_at", "legal_name", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "slug", "standing", "standing_reason", "story", "street", "thank_you", "trade", "vat_id") VALUES (NEW."city", NEW."country", NEW."currency", NEW."email", NEW."hold", NEW."id", NEW."joined_at", NEW."legal_name", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."postcode", NEW."slug", NEW."standing", NEW."standing_reason", NEW."story", NEW."street", NEW."thank_you", NEW."trade", NEW."vat_id"); RETURN NULL;', hash='1894c01b3ad8d4421b619d6ae9c60f1fd5f04b86', operation='UPDATE', pgid='pgtrigger_update_update_7be51', table='coop_member', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='member',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_memberevent" ("city", "country", "currency", "email", "hold", "id", "joined_at", "legal_name", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "slug", "standing", "standing_reason", "story", "street", "thank_you", "trade", "vat_id") VALUES (OLD."city", OLD."country", OLD."currency", OLD."email", OLD."hold", OLD."id", OLD."joined_at", OLD."legal_name", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."postcode", OLD."slug", OLD."standing", OLD."standing_reason", OLD."story", OLD."street", OLD."thank_you", OLD."trade", OLD."vat_id"); RETURN NULL;', hash='d04a581fd85e7022b14468cc96e4b38c62083a6f', operation='DELETE', pgid='pgtrigger_delete_delete_9f06a', table='coop_member', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('hold__in', ['unpaid', 'steward']), ('standing', 'on_hold')), models.Q(models.Q(('standing', 'on_hold'), _negated=True), ('hold', '')), _connector='OR'), name='member_hold_is_somebodys', violation_error_code='hold_whose', violation_error_message="A hold is for an unpaid invoice or a steward's, and only who is on hold has one."),
        ),
    ]

    operations = together(operations)
