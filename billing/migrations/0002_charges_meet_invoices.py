import coop.kernel.clock
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from coop.kernel.together import together


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('billing', '0001_initial'),
        ('coop', '0001_initial'),
        ('fulfillment', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='account',
            name='member',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.member'),
        ),
        migrations.AddField(
            model_name='charge',
            name='activity',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='charge', to='fulfillment.activity'),
        ),
        migrations.AddField(
            model_name='charge',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.member'),
        ),
        migrations.AddField(
            model_name='charge',
            name='node',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.node'),
        ),
        migrations.CreateModel(
            name='StripePush',
            fields=[
                ('invoice', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='push', serialize=False, to='billing.invoice')),
                ('attempt', models.PositiveSmallIntegerField(default=1)),
                ('draft_id', models.CharField(blank=True, max_length=60)),
                ('begun_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
        ),
        migrations.AddField(
            model_name='invoice',
            name='issued_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='invoice',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='coop.member'),
        ),
        migrations.AddField(
            model_name='invoicedocument',
            name='invoice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='billing.invoice'),
        ),
        migrations.AddField(
            model_name='invoiceline',
            name='invoice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='billing.invoice'),
        ),
        migrations.AddField(
            model_name='invoiceline',
            name='node',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.node'),
        ),
        migrations.AddField(
            model_name='charge',
            name='invoice_line',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='charges', to='billing.invoiceline'),
        ),
        migrations.AddConstraint(
            model_name='invoiceseries',
            constraint=models.UniqueConstraint(fields=('prefix', 'year'), name='invoice_series_once', violation_error_code='series_twice', violation_error_message='This series already exists.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='issuer',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_issuerevent" ("city", "country", "email", "iban", "id", "legal_name", "number_prefix", "payment_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "street", "timezone", "vat_id", "vat_rate") VALUES (NEW."city", NEW."country", NEW."email", NEW."iban", NEW."id", NEW."legal_name", NEW."number_prefix", NEW."payment_days", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."postcode", NEW."street", NEW."timezone", NEW."vat_id", NEW."vat_rate"); RETURN NULL;', hash='ebf0ab90301400ba69f714f160cc83f60668e7de', operation='INSERT', pgid='pgtrigger_insert_insert_487cb', table='billing_issuer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='issuer',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_issuerevent" ("city", "country", "email", "iban", "id", "legal_name", "number_prefix", "payment_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "street", "timezone", "vat_id", "vat_rate") VALUES (NEW."city", NEW."country", NEW."email", NEW."iban", NEW."id", NEW."legal_name", NEW."number_prefix", NEW."payment_days", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."postcode", NEW."street", NEW."timezone", NEW."vat_id", NEW."vat_rate"); RETURN NULL;', hash='67ce47f9e558550a4d4f561c3ff37affee28b99f', operation='UPDATE', pgid='pgtrigger_update_update_843e6', table='billing_issuer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='issuer',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_issuerevent" ("city", "country", "email", "iban", "id", "legal_name", "number_prefix", "payment_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "street", "timezone", "vat_id", "vat_rate") VALUES (OLD."city", OLD."country", OLD."email", OLD."iban", OLD."id", OLD."legal_name", OLD."number_prefix", OLD."payment_days", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."postcode", OLD."street", OLD."timezone", OLD."vat_id", OLD."vat_rate"); RETURN NULL;', hash='4af807aa65e067ef2241e446c35ab93590ebab05', operation='DELETE', pgid='pgtrigger_delete_delete_f7b13', table='billing_issuer', when='AFTER')),
        ),
        migrations.AddField(
            model_name='issuerevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='issuerevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='billing.issuer'),
        ),
        migrations.AddConstraint(
            model_name='journalentry',
            constraint=models.UniqueConstraint(fields=('kind', 'source_id'), name='journal_entry_once_per_source', violation_error_code='already_posted', violation_error_message='This is already in the books.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='journalentry',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3f70719f41acf11c6d3a0efd34ac25a0e36dfed3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a70ad', table='billing_journalentry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='journalentry',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='eced2031d71eabc3ab5edd828b7348d57857b37c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_7164f', table='billing_journalentry', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='payment',
            name='invoice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='billing.invoice'),
        ),
        migrations.AddField(
            model_name='posting',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='billing.account'),
        ),
        migrations.AddField(
            model_name='posting',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='billing.journalentry'),
        ),
        migrations.AddField(
            model_name='rate',
            name='node',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.node'),
        ),
        migrations.AddField(
            model_name='charge',
            name='rate',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.rate'),
        ),
        migrations.AddField(
            model_name='ratecard',
            name='member',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rate_cards', to='coop.member'),
        ),
        migrations.AddField(
            model_name='rate',
            name='card',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='billing.ratecard'),
        ),
        migrations.AddField(
            model_name='ratecardevent',
            name='member',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coop.member'),
        ),
        migrations.AddField(
            model_name='ratecardevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='ratecardevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='billing.ratecard'),
        ),
        migrations.AddField(
            model_name='rateevent',
            name='card',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='billing.ratecard'),
        ),
        migrations.AddField(
            model_name='rateevent',
            name='node',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coop.node'),
        ),
        migrations.AddField(
            model_name='rateevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='rateevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='billing.rate'),
        ),
        migrations.AddField(
            model_name='stripecustomer',
            name='member',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='stripe_customer', to='coop.member'),
        ),
        migrations.AddIndex(
            model_name='stripeevent',
            index=models.Index(condition=models.Q(('state', 'stored')), fields=['next_attempt_at'], name='stripe_event_due'),
        ),
        migrations.AddConstraint(
            model_name='stripeevent',
            constraint=models.UniqueConstraint(fields=('stripe_id',), name='stripe_event_once', violation_error_code='already_received', violation_error_message='This event is already stored.'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'receivable'), ('member__isnull', False)), models.Q(models.Q(('kind', 'receivable'), _negated=True), ('member__isnull', True)), _connector='OR'), name='account_receivable_of_member', violation_error_code='account_member', violation_error_message='A receivable belongs to a member; other accounts to nobody.'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['state', 'collection'], name='invoice_collection'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('number',), name='invoice_number_unique', violation_error_code='number_taken', violation_error_message='This invoice number is already given.'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('member', 'period_start'), name='invoice_once_a_month', violation_error_code='month_billed', violation_error_message='This member already has an invoice for that month.'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('issued_on__isnull', True), ('number__isnull', True), ('state', 'draft')), models.Q(('due_on__isnull', False), ('issued_on__isnull', False), ('number__isnull', False), ('state', 'issued')), _connector='OR'), name='invoice_issued_whole', violation_error_code='invoice_state', violation_error_message='An issued invoice has its number and dates; a draft has none.'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('gross_amount', django.db.models.expressions.CombinedExpression(models.F('net_amount'), '+', models.F('vat_amount')))), name='invoice_sum_true', violation_error_code='invoice_sum', violation_error_message='Net and VAT must add up to the total.'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('collection', 'paid'), _negated=True), ('paid_at__isnull', False), _connector='OR'), name='invoice_paid_has_time', violation_error_code='paid_state', violation_error_message='A paid invoice has its time.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='issued_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."state" = \'issued\')', func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='c9aaf18b7670f9e3e6884c9d3b177ae9fcb76fee', operation='DELETE', pgid='pgtrigger_issued_stays_9ecb0', table='billing_invoice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='issued_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."state" = \'issued\' AND (OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."period_start" IS DISTINCT FROM (NEW."period_start") OR OLD."period_end" IS DISTINCT FROM (NEW."period_end") OR OLD."issued_on" IS DISTINCT FROM (NEW."issued_on") OR OLD."due_on" IS DISTINCT FROM (NEW."due_on") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."seller" IS DISTINCT FROM (NEW."seller") OR OLD."buyer" IS DISTINCT FROM (NEW."buyer") OR OLD."vat_category" IS DISTINCT FROM (NEW."vat_category") OR OLD."vat_rate" IS DISTINCT FROM (NEW."vat_rate") OR OLD."net_amount" IS DISTINCT FROM (NEW."net_amount") OR OLD."vat_amount" IS DISTINCT FROM (NEW."vat_amount") OR OLD."gross_amount" IS DISTINCT FROM (NEW."gross_amount")))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='7d9a160491e4b7b609943b2eaee69b68811429e3', operation='UPDATE', pgid='pgtrigger_issued_frozen_53f07', table='billing_invoice', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='invoicedocument',
            constraint=models.UniqueConstraint(fields=('invoice', 'kind'), name='invoice_document_once', violation_error_code='document_made', violation_error_message='This document is already made.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoicedocument',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='52042d7a54422ab79fa706f356a419f653868df6', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_cb1ea', table='billing_invoicedocument', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoicedocument',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='ad30f7dbbe86425d24fd6f1bcef93a9903299f2d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_4816b', table='billing_invoicedocument', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.UniqueConstraint(fields=('invoice', 'position'), name='invoice_line_position_unique', violation_error_code='position_taken', violation_error_message='Two lines cannot have the same place.'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('external_id',), name='payment_once', violation_error_code='already_paid', violation_error_message='This payment is already booked.'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_of_something', violation_error_code='amount_zero', violation_error_message='A payment is of more than nothing.'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='posting_of_something', violation_error_code='posting_zero', violation_error_message='A posting of nothing says nothing.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='posting',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c15945dfa97041261a4c8e2c7962bc7108cc4c58', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_cd6a1', table='billing_posting', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='posting',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='d5c981bd93a1bffcb41f8e87a4a43fe5439819fa', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_9a3ff', table='billing_posting', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='charge',
            index=models.Index(condition=models.Q(('invoice_line__isnull', True)), fields=['member', 'day'], name='charge_open'),
        ),
        migrations.AddIndex(
            model_name='charge',
            index=models.Index(fields=['member', '-day', '-id'], name='charge_member_day'),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.CheckConstraint(condition=models.Q(('amount', django.db.models.expressions.CombinedExpression(models.F('quantity'), '*', models.F('unit_price')))), name='charge_amount_is_product', violation_error_code='charge_amount', violation_error_message='A charge is its quantity times its unit price.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='charge',
            trigger=pgtrigger.compiler.Trigger(name='no_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='f2ecae681d0f2382a127949d419e3bda05aa21ae', operation='DELETE', pgid='pgtrigger_no_delete_17df2', table='billing_charge', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='charge',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='ed04581664ceef56af116265f1e6d9978cd752f3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_82a3e', table='billing_charge', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='charge',
            trigger=pgtrigger.compiler.Trigger(name='only_invoiced_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."activity_id" IS DISTINCT FROM (NEW."activity_id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."node_id" IS DISTINCT FROM (NEW."node_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."day" IS DISTINCT FROM (NEW."day") OR OLD."rate_id" IS DISTINCT FROM (NEW."rate_id") OR OLD."quantity" IS DISTINCT FROM (NEW."quantity") OR OLD."unit_price" IS DISTINCT FROM (NEW."unit_price") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."rated_at" IS DISTINCT FROM (NEW."rated_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='d5d531cc6a5a7acffd6c1d815eed10dcff144809', operation='UPDATE', pgid='pgtrigger_only_invoiced_once_b7892', table='billing_charge', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='charge',
            trigger=pgtrigger.compiler.Trigger(name='invoiced_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."invoice_line_id" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='c655d79825d215c7ae5f4c71d49e4ed6468d6acd', operation='UPDATE', pgid='pgtrigger_invoiced_for_good_acae3', table='billing_charge', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='ratecard',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='rate_card_days_in_order', violation_error_code='days_order', violation_error_message='A rate card ends after it begins.'),
        ),
        migrations.AddConstraint(
            model_name='ratecard',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(django.db.models.functions.comparison.Coalesce('member', django.db.models.functions.comparison.Cast(models.Value('00000000-0000-0000-0000-000000000000'), models.UUIDField())), '='), (models.Func('valid_from', 'valid_until', models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='rate_card_no_overlap', violation_error_code='card_overlap', violation_error_message='Another rate card is in force on some of these days. End that one first.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ratecard',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_ratecardevent" ("created_at", "currency", "id", "member_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_until") VALUES (NEW."created_at", NEW."currency", NEW."id", NEW."member_id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='98bc5ea1fdbb4abaf1057f4d8a126e37f0a8edb4', operation='INSERT', pgid='pgtrigger_insert_insert_537bb', table='billing_ratecard', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ratecard',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_ratecardevent" ("created_at", "currency", "id", "member_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_until") VALUES (NEW."created_at", NEW."currency", NEW."id", NEW."member_id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."valid_from", NEW."valid_until"); RETURN NULL;', hash='eed306b6377189ce51268b60aea79edaa96f8154', operation='UPDATE', pgid='pgtrigger_update_update_46f3a', table='billing_ratecard', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ratecard',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_ratecardevent" ("created_at", "currency", "id", "member_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_until") VALUES (OLD."created_at", OLD."currency", OLD."id", OLD."member_id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."valid_from", OLD."valid_until"); RETURN NULL;', hash='71fed162da0b10ee0576653ad0eaebe73a735636', operation='DELETE', pgid='pgtrigger_delete_delete_21f1a', table='billing_ratecard', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='rate',
            constraint=models.UniqueConstraint(fields=('card', 'kind', 'node', 'storage_class'), name='rate_once', nulls_distinct=False, violation_error_code='rate_twice', violation_error_message='This card already has a price for that.'),
        ),
        migrations.AddConstraint(
            model_name='rate',
            constraint=models.CheckConstraint(condition=models.Q(('unit_price__gte', 0)), name='rate_not_negative', violation_error_code='price_negative', violation_error_message='A price cannot be negative.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rate',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_rateevent" ("card_id", "id", "kind", "node_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "storage_class", "unit_price") VALUES (NEW."card_id", NEW."id", NEW."kind", NEW."node_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."storage_class", NEW."unit_price"); RETURN NULL;', hash='bdce4511253b4554f8a664beccb10f72f45b5374', operation='INSERT', pgid='pgtrigger_insert_insert_c5849', table='billing_rate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rate',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_rateevent" ("card_id", "id", "kind", "node_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "storage_class", "unit_price") VALUES (NEW."card_id", NEW."id", NEW."kind", NEW."node_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."storage_class", NEW."unit_price"); RETURN NULL;', hash='0c7756cc0f196f58cf459e8ffb8a5479a2b8c8bd', operation='UPDATE', pgid='pgtrigger_update_update_217f6', table='billing_rate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rate',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_rateevent" ("card_id", "id", "kind", "node_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "storage_class", "unit_price") VALUES (OLD."card_id", OLD."id", OLD."kind", OLD."node_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."storage_class", OLD."unit_price"); RETURN NULL;', hash='eb92e25f6610b1404635c6397494168868a7911d', operation='DELETE', pgid='pgtrigger_delete_delete_6c0a5', table='billing_rate', when='AFTER')),
        ),
    ]

    operations = together(operations)
