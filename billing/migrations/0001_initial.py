import coop.kernel.clock
import coop.kernel.ids
from django.db import migrations, models

from coop.kernel.together import together


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('kind', models.CharField(choices=[('receivable', 'receivable'), ('revenue', 'revenue'), ('vat', 'VAT owed'), ('clearing', 'money on its way'), ('bank', 'bank'), ('fees', 'payment fees')], max_length=12)),
                ('currency', models.CharField(default='EUR', max_length=3)),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='Charge',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('receive', 'receiving'), ('putaway', 'putaway'), ('storage', 'storage'), ('pick', 'pick'), ('pack', 'packing'), ('carton', 'packing material'), ('ship', 'shipping'), ('count', 'counting')], max_length=10)),
                ('day', models.DateField()),
                ('quantity', models.IntegerField()),
                ('unit_price', models.DecimalField(decimal_places=6, max_digits=14)),
                ('amount', models.DecimalField(decimal_places=6, max_digits=20)),
                ('currency', models.CharField(max_length=3)),
                ('rated_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('period_start', models.DateField()),
                ('period_end', models.DateField(help_text='Last day, included')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('issued', 'issued')], default='draft', max_length=8)),
                ('number', models.CharField(blank=True, max_length=26, null=True)),
                ('issued_on', models.DateField(blank=True, null=True)),
                ('due_on', models.DateField(blank=True, null=True)),
                ('currency', models.CharField(max_length=3)),
                ('seller', models.JSONField(default=dict, help_text='The issuer as printed')),
                ('buyer', models.JSONField(default=dict, help_text='The member as printed')),
                ('vat_category', models.CharField(default='S', max_length=2)),
                ('vat_rate', models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                ('net_amount', models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ('vat_amount', models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ('gross_amount', models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ('collection', models.CharField(choices=[('none', 'not yet asked for'), ('pushing', 'on its way to Stripe'), ('open', 'open'), ('processing', 'payment on its way'), ('paid', 'paid'), ('failed', 'payment failed'), ('void', 'void'), ('attention', 'needs attention')], default='none', max_length=10)),
                ('collection_note', models.CharField(blank=True, max_length=300)),
                ('stripe_id', models.CharField(blank=True, max_length=60)),
                ('pay_url', models.URLField(blank=True, max_length=500)),
                ('paid_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
            options={
                'ordering': ['-period_start', '-id'],
            },
        ),
        migrations.CreateModel(
            name='InvoiceDocument',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('pdf', 'PDF'), ('annex', 'CSV annex')], max_length=6)),
                ('file', models.CharField(help_text='Name in the storage', max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveIntegerField()),
                ('made_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='InvoiceLine',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('receive', 'receiving'), ('putaway', 'putaway'), ('storage', 'storage'), ('pick', 'pick'), ('pack', 'packing'), ('carton', 'packing material'), ('ship', 'shipping'), ('count', 'counting')], max_length=10)),
                ('description', models.CharField(max_length=200)),
                ('quantity', models.IntegerField()),
                ('unit', models.CharField(max_length=20)),
                ('unit_price', models.DecimalField(decimal_places=6, max_digits=14)),
                ('net_amount', models.DecimalField(decimal_places=2, max_digits=14)),
            ],
            options={
                'ordering': ['invoice', 'position'],
            },
        ),
        migrations.CreateModel(
            name='InvoiceSeries',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('prefix', models.CharField(max_length=16)),
                ('year', models.PositiveSmallIntegerField()),
                ('last_number', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Issuer',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('legal_name', models.CharField(max_length=160)),
                ('street', models.CharField(max_length=160)),
                ('postcode', models.CharField(max_length=16)),
                ('city', models.CharField(max_length=80)),
                ('country', models.CharField(default='DE', max_length=2)),
                ('vat_id', models.CharField(max_length=20)),
                ('email', models.EmailField(max_length=254)),
                ('iban', models.CharField(blank=True, max_length=34)),
                ('vat_rate', models.DecimalField(decimal_places=2, help_text='Domestic rate in percent', max_digits=5)),
                ('payment_days', models.PositiveSmallIntegerField(default=14)),
                ('number_prefix', models.CharField(default='CS', max_length=8)),
                ('timezone', models.CharField(default='Europe/Berlin', max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='IssuerEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, serialize=False)),
                ('legal_name', models.CharField(max_length=160)),
                ('street', models.CharField(max_length=160)),
                ('postcode', models.CharField(max_length=16)),
                ('city', models.CharField(max_length=80)),
                ('country', models.CharField(default='DE', max_length=2)),
                ('vat_id', models.CharField(max_length=20)),
                ('email', models.EmailField(max_length=254)),
                ('iban', models.CharField(blank=True, max_length=34)),
                ('vat_rate', models.DecimalField(decimal_places=2, help_text='Domestic rate in percent', max_digits=5)),
                ('payment_days', models.PositiveSmallIntegerField(default=14)),
                ('number_prefix', models.CharField(default='CS', max_length=8)),
                ('timezone', models.CharField(default='Europe/Berlin', max_length=64)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='JournalEntry',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('invoice', 'invoice issued'), ('payment', 'payment received')], max_length=10)),
                ('source_id', models.UUIDField()),
                ('day', models.DateField()),
                ('memo', models.CharField(max_length=200)),
                ('posted_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
            options={
                'verbose_name_plural': 'journal entries',
                'ordering': ['-posted_at'],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                ('currency', models.CharField(max_length=3)),
                ('external_id', models.CharField(max_length=80)),
                ('received_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                ('currency', models.CharField(max_length=3)),
            ],
        ),
        migrations.CreateModel(
            name='Rate',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('receive', 'receiving'), ('putaway', 'putaway'), ('storage', 'storage'), ('pick', 'pick'), ('pack', 'packing'), ('carton', 'packing material'), ('ship', 'shipping'), ('count', 'counting')], max_length=10)),
                ('storage_class', models.CharField(blank=True, choices=[('ambient', 'ambient'), ('cold', 'cold'), ('oversize', 'oversize')], max_length=10)),
                ('unit_price', models.DecimalField(decimal_places=6, max_digits=14)),
            ],
            options={
                'ordering': ['card', 'kind'],
            },
        ),
        migrations.CreateModel(
            name='RateCard',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('currency', models.CharField(default='EUR', max_length=3)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
            options={
                'ordering': ['-valid_from'],
            },
        ),
        migrations.CreateModel(
            name='RateCardEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('currency', models.CharField(default='EUR', max_length=3)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RateEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, serialize=False)),
                ('kind', models.CharField(choices=[('receive', 'receiving'), ('putaway', 'putaway'), ('storage', 'storage'), ('pick', 'pick'), ('pack', 'packing'), ('carton', 'packing material'), ('ship', 'shipping'), ('count', 'counting')], max_length=10)),
                ('storage_class', models.CharField(blank=True, choices=[('ambient', 'ambient'), ('cold', 'cold'), ('oversize', 'oversize')], max_length=10)),
                ('unit_price', models.DecimalField(decimal_places=6, max_digits=14)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='StripeCustomer',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('stripe_id', models.CharField(blank=True, max_length=60, null=True, unique=True)),
                ('asked', models.PositiveSmallIntegerField(default=1, help_text='Part of the idempotency key')),
                ('former_ids', models.JSONField(blank=True, default=list)),
                ('created_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='StripeEvent',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('stripe_id', models.CharField(max_length=80)),
                ('type', models.CharField(max_length=80)),
                ('api_version', models.CharField(blank=True, max_length=40)),
                ('livemode', models.BooleanField(default=False)),
                ('payload', models.JSONField()),
                ('state', models.CharField(choices=[('stored', 'stored'), ('applied', 'applied'), ('ignored', 'not for us'), ('failed', 'failed')], default='stored', max_length=8)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(default=coop.kernel.clock.now)),
                ('note', models.TextField(blank=True)),
                ('received_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
                ('applied_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-received_at'],
            },
        ),
    ]

    operations = together(operations)
