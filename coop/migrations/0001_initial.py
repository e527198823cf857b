import coop.kernel.clock
import coop.kernel.ids
import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

from coop.kernel.together import together


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name='Bin',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(help_text='Printed and scanned: A-03-2', max_length=16)),
                ('kind', models.CharField(choices=[('shelf', 'shelf'), ('receiving', 'receiving'), ('packing', 'packing')], default='shelf', max_length=10)),
                ('aisle', models.PositiveSmallIntegerField(default=0)),
                ('bay', models.PositiveSmallIntegerField(default=0)),
                ('level', models.PositiveSmallIntegerField(default=0)),
                ('walk_order', models.PositiveIntegerField(default=0)),
            ],
            options={
                'ordering': ['node', 'walk_order', 'code'],
            },
        ),
        migrations.CreateModel(
            name='Cart',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=16)),
                ('totes', models.PositiveSmallIntegerField(default=12)),
            ],
            options={
                'ordering': ['node', 'code'],
            },
        ),
        migrations.CreateModel(
            name='Closure',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('reason', models.CharField(max_length=120)),
            ],
            options={
                'ordering': ['day'],
            },
        ),
        migrations.CreateModel(
            name='MemberEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, serialize=False)),
                ('slug', models.SlugField(db_index=False, max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('trade', models.CharField(help_text='What they make: roaster, illustrator, potter …', max_length=80)),
                ('story', models.TextField(blank=True)),
                ('standing', models.CharField(choices=[('good', 'in good standing'), ('on_hold', 'on hold'), ('closed', 'closed')], default='good', max_length=10)),
                ('standing_reason', models.CharField(blank=True, max_length=200)),
                ('email', models.EmailField(max_length=254)),
                ('legal_name', models.CharField(max_length=160)),
                ('street', models.CharField(max_length=160)),
                ('postcode', models.CharField(max_length=16)),
                ('city', models.CharField(max_length=80)),
                ('country', models.CharField(default='DE', help_text='ISO 3166-1 alpha-2', max_length=2)),
                ('vat_id', models.CharField(blank=True, max_length=20)),
                ('currency', models.CharField(default='EUR', help_text='ISO 4217', max_length=3)),
                ('thank_you', models.CharField(blank=True, help_text="Printed on every packing slip, in the member's own words.", max_length=300)),
                ('joined_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('owner', 'owner'), ('manager', 'manager'), ('accountant', 'accountant')], max_length=12)),
                ('since', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='MembershipEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, serialize=False)),
                ('role', models.CharField(choices=[('owner', 'owner'), ('manager', 'manager'), ('accountant', 'accountant')], max_length=12)),
                ('since', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Node',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('slug', models.SlugField(max_length=60)),
                ('code', models.CharField(help_text='Short code on labels and wave numbers: KRZ', max_length=6)),
                ('name', models.CharField(max_length=120)),
                ('tier', models.CharField(choices=[('same_day', 'same-day'), ('next_day', 'next-day'), ('hub', 'hub')], max_length=10)),
                ('timezone', models.CharField(default='Europe/Berlin', max_length=64)),
                ('street', models.CharField(max_length=160)),
                ('postcode', models.CharField(max_length=16)),
                ('city', models.CharField(max_length=80)),
                ('country', models.CharField(default='DE', max_length=2)),
                ('latitude', models.DecimalField(decimal_places=6, max_digits=9)),
                ('longitude', models.DecimalField(decimal_places=6, max_digits=9)),
                ('area_m2', models.PositiveIntegerField()),
                ('cutoff_at', models.TimeField(help_text='Orders placed by then leave the same working day (node time).')),
                ('reach_m', models.PositiveIntegerField(help_text='How far from the node its promise holds, as the crow flies.')),
                ('about', models.TextField(blank=True)),
                ('is_open', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='NodeEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, serialize=False)),
                ('slug', models.SlugField(db_index=False, max_length=60)),
                ('code', models.CharField(help_text='Short code on labels and wave numbers: KRZ', max_length=6)),
                ('name', models.CharField(max_length=120)),
                ('tier', models.CharField(choices=[('same_day', 'same-day'), ('next_day', 'next-day'), ('hub', 'hub')], max_length=10)),
                ('timezone', models.CharField(default='Europe/Berlin', max_length=64)),
                ('street', models.CharField(max_length=160)),
                ('postcode', models.CharField(max_length=16)),
                ('city', models.CharField(max_length=80)),
                ('country', models.CharField(default='DE', max_length=2)),
                ('latitude', models.DecimalField(decimal_places=6, max_digits=9)),
                ('longitude', models.DecimalField(decimal_places=6, max_digits=9)),
                ('area_m2', models.PositiveIntegerField()),
                ('cutoff_at', models.TimeField(help_text='Orders placed by then leave the same working day (node time).')),
                ('reach_m', models.PositiveIntegerField(help_text='How far from the node its promise holds, as the crow flies.')),
                ('about', models.TextField(blank=True)),
                ('is_open', models.BooleanField(default=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='OpeningHours',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('weekday', models.PositiveSmallIntegerField()),
                ('opens', models.TimeField()),
                ('closes', models.TimeField()),
            ],
            options={
                'ordering': ['node', 'weekday'],
            },
        ),
        migrations.CreateModel(
            name='OpeningHoursEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, serialize=False)),
                ('weekday', models.PositiveSmallIntegerField()),
                ('opens', models.TimeField()),
                ('closes', models.TimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('topic', models.CharField(max_length=60)),
                ('key', models.CharField(max_length=200)),
                ('payload', models.JSONField()),
                ('state', models.CharField(choices=[('pending', 'pending'), ('sent', 'sent'), ('failed', 'failed')], default='pending', max_length=8)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(default=coop.kernel.clock.now)),
                ('last_error', models.TextField(blank=True)),
                ('response', models.JSONField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['created_at'],
            },
        ),
        migrations.CreateModel(
            name='PackingSpec',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('is_default', models.BooleanField(default=False, help_text='Used for SKUs that name no spec of their own.')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='PackingSpecEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('is_default', models.BooleanField(default=False, help_text='Used for SKUs that name no spec of their own.')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PackingSpecVersion',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('in_force_from', models.DateTimeField(default=coop.kernel.clock.now)),
                ('note', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'ordering': ['spec', '-number'],
            },
        ),
        migrations.CreateModel(
            name='PackingStep',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('wrap', 'wrap'), ('fill', 'fill'), ('insert', 'insert'), ('fold', 'fold'), ('check', 'check'), ('seal', 'seal'), ('other', 'other')], default='other', max_length=8)),
                ('instruction', models.CharField(max_length=240)),
                ('must_confirm', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['version', 'position'],
            },
        ),
        migrations.CreateModel(
            name='Sku',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=64)),
                ('title', models.CharField(max_length=200)),
                ('gtin', models.CharField(blank=True, help_text='GTIN-8, -12, -13 or -14 with check digit', max_length=14)),
                ('length_mm', models.PositiveIntegerField()),
                ('width_mm', models.PositiveIntegerField()),
                ('height_mm', models.PositiveIntegerField()),
                ('weight_g', models.PositiveIntegerField()),
                ('value_amount', models.DecimalField(decimal_places=2, max_digits=12)),
                ('velocity_class', models.CharField(choices=[('core', 'core'), ('seasonal', 'seasonal'), ('specialty', 'specialty')], default='core', max_length=10)),
                ('storage_class', models.CharField(choices=[('ambient', 'ambient'), ('cold', 'cold'), ('oversize', 'oversize')], default='ambient', max_length=10)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='SkuEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, serialize=False)),
                ('code', models.CharField(max_length=64)),
                ('title', models.CharField(max_length=200)),
                ('gtin', models.CharField(blank=True, help_text='GTIN-8, -12, -13 or -14 with check digit', max_length=14)),
                ('length_mm', models.PositiveIntegerField()),
                ('width_mm', models.PositiveIntegerField()),
                ('height_mm', models.PositiveIntegerField()),
                ('weight_g', models.PositiveIntegerField()),
                ('value_amount', models.DecimalField(decimal_places=2, max_digits=12)),
                ('velocity_class', models.CharField(choices=[('core', 'core'), ('seasonal', 'seasonal'), ('specialty', 'specialty')], default='core', max_length=10)),
                ('storage_class', models.CharField(choices=[('ambient', 'ambient'), ('cold', 'cold'), ('oversize', 'oversize')], default='ambient', max_length=10)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='StaffPost',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('picker', 'picker'), ('operator', 'operator'), ('accountant', 'co-op accountant'), ('steward', 'steward')], max_length=12)),
                ('since', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='StaffPostEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, serialize=False)),
                ('role', models.CharField(choices=[('picker', 'picker'), ('operator', 'operator'), ('accountant', 'co-op accountant'), ('steward', 'steward')], max_length=12)),
                ('since', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='StewardInvitation',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='UserEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, serialize=False)),
                ('email', models.EmailField(max_length=254)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('is_active', models.BooleanField(default=True)),
                ('is_staff', models.BooleanField(default=False)),
                ('joined_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Zone',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=8)),
                ('storage_class', models.CharField(choices=[('ambient', 'ambient'), ('cold', 'cold'), ('oversize', 'oversize')], max_length=10)),
            ],
            options={
                'ordering': ['node', 'code'],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('is_active', models.BooleanField(default=True)),
                ('is_staff', models.BooleanField(default=False)),
                ('joined_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('prefix', models.CharField(max_length=12, unique=True)),
                ('digest', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='ClosureEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, serialize=False)),
                ('day', models.DateField()),
                ('reason', models.CharField(max_length=120)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coop.closure')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('slug', models.SlugField(max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('trade', models.CharField(help_text='What they make: roaster, illustrator, potter …', max_length=80)),
                ('story', models.TextField(blank=True)),
                ('standing', models.CharField(choices=[('good', 'in good standing'), ('on_hold', 'on hold'), ('closed', 'closed')], default='good', max_length=10)),
                ('standing_reason', models.CharField(blank=True, max_length=200)),
                ('email', models.EmailField(max_length=254)),
                ('legal_name', models.CharField(max_length=160)),
                ('street', models.CharField(max_length=160)),
                ('postcode', models.CharField(max_length=16)),
                ('city', models.CharField(max_length=80)),
                ('country', models.CharField(default='DE', help_text='ISO 3166-1 alpha-2', max_length=2)),
                ('vat_id', models.CharField(blank=True, max_length=20)),
                ('currency', models.CharField(default='EUR', help_text='ISO 4217', max_length=3)),
                ('thank_you', models.CharField(blank=True, help_text="Printed on every packing slip, in the member's own words.", max_length=300)),
                ('joined_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('slug',), name='member_slug_unique', violation_error_code='slug_taken', violation_error_message='Another member already has this short name.'), models.CheckConstraint(condition=models.Q(('standing__in', ['good', 'on_hold', 'closed'])), name='member_standing_known', violation_error_code='standing_unknown', violation_error_message='A member is in good standing, on hold or closed.')],
            },
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(help_text="The handler's name: catalog.products, orders.import", max_length=40)),
                ('title', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('preview', 'preview'), ('waiting', 'waiting'), ('running', 'running'), ('done', 'done'), ('failed', 'failed'), ('cancelled', 'cancelled')], default='waiting', max_length=10)),
                ('upload', models.FileField(blank=True, null=True, upload_to='jobs/%Y/%m/')),
                ('options', models.JSONField(default=dict)),
                ('attempts', models.PositiveSmallIntegerField(default=0, help_text='How often a worker began it.')),
                ('rows_total', models.PositiveIntegerField(default=0)),
                ('rows_done', models.PositiveIntegerField(default=0)),
                ('created_count', models.PositiveIntegerField(default=0)),
                ('updated_count', models.PositiveIntegerField(default=0)),
                ('failures', models.JSONField(default=list)),
                ('message', models.TextField(blank=True)),
                ('result_url', models.CharField(blank=True, max_length=300)),
                ('cancel_asked_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('started_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('member', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='jobs', to='coop.member')),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254)),
                ('role', models.CharField(max_length=12)),
                ('created_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
                ('expires_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('accepted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('invited_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('member', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='coop.member')),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='Application',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('business_name', models.CharField(max_length=120)),
                ('trade', models.CharField(max_length=80)),
                ('about', models.TextField(help_text='What you make, how many parcels a month, where your buyers are.')),
                ('legal_name', models.CharField(max_length=160)),
                ('street', models.CharField(max_length=160)),
                ('postcode', models.CharField(max_length=16)),
                ('city', models.CharField(max_length=80)),
                ('country', models.CharField(default='DE', max_length=2)),
                ('vat_id', models.CharField(blank=True, max_length=20)),
                ('parcels_a_month', models.PositiveIntegerField(default=0)),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('approved', 'approved'), ('declined', 'declined')], default='waiting', max_length=10)),
                ('applied_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decision_note', models.TextField(blank=True)),
                ('applicant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('member', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='application', to='coop.member')),
            ],
            options={
                'ordering': ['-applied_at'],
            },
        ),
        migrations.CreateModel(
            name='ApiKeyEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('prefix', models.CharField(max_length=12)),
                ('created_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coop.apikey')),
                ('member', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coop.member')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='apikey',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_keys', to='coop.member'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='member',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_memberevent" ("city", "country", "currency", "email", "id", "joined_at", "legal_name", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "slug", "standing", "standing_reason", "story", "street", "thank_you", "trade", "vat_id") VALUES (NEW."city", NEW."country", NEW."currency", NEW."email", NEW."id", NEW."joined_at", NEW."legal_name", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."postcode", NEW."slug", NEW."standing", NEW."standing_reason", NEW."story", NEW."street", NEW."thank_you", NEW."trade", NEW."vat_id"); RETURN NULL;', hash='70e69a275e1e82c1e49b61caaa539c8ed5624746', operation='INSERT', pgid='pgtrigger_insert_insert_be32d', table='coop_member', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='member',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coop_memberevent" ("city", "country", "currency", "email", "id", "joined_at", "legal_name", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "slug", "standing", "standing_reason", "story", "street", "thank_you", "trade", "vat_id") VALUES (NEW."city", NEW."country", NEW."currency", NEW."email", NEW."id", NEW."joined_at", NEW."legal_name", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."postcode", NEW."slug", NEW."standing", NEW."standing_reason", NEW."story", NEW."street", NEW."thank_you", NEW."trade", NEW."vat_id"); RETURN NULL;', hash='b49fc72080d5057988effadac4e85ab4fca5b67b', operation='UPDATE', pgid='pgtrigger_update_update_7be51', table='coop_member', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='member',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_memberevent" ("city", "country", "currency", "email", "id", "joined_at", "legal_name", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "slug", "standing", "standing_reason", "story", "street", "thank_you", "trade", "vat_id") VALUES (OLD."city", OLD."country", OLD."currency", OLD."email", OLD."id", OLD."joined_at", OLD."legal_name", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."postcode", OLD."slug", OLD."standing", OLD."standing_reason", OLD."story", OLD."street", OLD."thank_you", OLD."trade", OLD."vat_id"); RETURN NULL;', hash='6f7a74762545cd239e1348b80b04af73ed6f7487', operation='DELETE', pgid='pgtrigger_delete_delete_9f06a', table='coop_member', when='AFTER')),
        ),
        migrations.AddField(
            model_name='memberevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='memberevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coop.member'),
        ),
        migrations.AddField(
            model_name='membership',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='coop.member'),
        ),
        migrations.AddField(
            model_name='membership',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='membershipevent',
            name='member',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coop.member'),
        ),
        migrations.AddField(
            model_name='membershipevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='membershipevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coop.membership'),
        ),
        migrations.AddField(
            model_name='membershipevent',
            name='user',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='node',
            constraint=models.UniqueConstraint(fields=('slug',), name='node_slug_unique', violation_error_code='slug_taken', violation_error_message='Another node already has this short name.'),
        ),
        migrations.AddConstraint(
            model_name='node',
            constraint=models.UniqueConstraint(fields=('code',), name='node_code_unique', violation_error_code='code_taken', violation_error_message='Another node already has this code.'),
        ),
        migrations.AddConstraint(
            model_name='node',
            constraint=models.CheckConstraint(condition=models.Q(('latitude__range', (-90, 90)), ('longitude__range', (-180, 180))), name='node_on_earth', violation_error_code='coordinates', violation_error_message='Latitude lies between -90 and 90, longitude between -180 and 180.'),
        ),
        migrations.AddField(
            model_name='invitation',
            name='node',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='coop.node'),
        ),
        migrations.AddField(
            model_name='closureevent',
            name='node',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coop.node'),
        ),
        migrations.AddField(
            model_name='closure',
            name='node',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closures', to='coop.node'),
        ),
        migrations.AddField(
            model_name='cart',
            name='node',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='carts', to='coop.node'),
        ),
        migrations.AddField(
            model_name='bin',
            name='node',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bins', to='coop.node'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='node',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_nodeevent" ("about", "area_m2", "city", "code", "country", "cutoff_at", "id", "is_open", "latitude", "longitude", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "reach_m", "slug", "street", "tier", "timezone") VALUES (NEW."about", NEW."area_m2", NEW."city", NEW."code", NEW."country", NEW."cutoff_at", NEW."id", NEW."is_open", NEW."latitude", NEW."longitude", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."postcode", NEW."reach_m", NEW."slug", NEW."street", NEW."tier", NEW."timezone"); RETURN NULL;', hash='7376580f37001b4fc0e87b100e77e401fb8d7e61', operation='INSERT', pgid='pgtrigger_insert_insert_86058', table='coop_node', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='node',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coop_nodeevent" ("about", "area_m2", "city", "code", "country", "cutoff_at", "id", "is_open", "latitude", "longitude", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "reach_m", "slug", "street", "tier", "timezone") VALUES (NEW."about", NEW."area_m2", NEW."city", NEW."code", NEW."country", NEW."cutoff_at", NEW."id", NEW."is_open", NEW."latitude", NEW."longitude", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."postcode", NEW."reach_m", NEW."slug", NEW."street", NEW."tier", NEW."timezone"); RETURN NULL;', hash='08ecfbe9c43b1b37f05b175635c301a37241400c', operation='UPDATE', pgid='pgtrigger_update_update_8a38a', table='coop_node', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='node',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_nodeevent" ("about", "area_m2", "city", "code", "country", "cutoff_at", "id", "is_open", "latitude", "longitude", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postcode", "reach_m", "slug", "street", "tier", "timezone") VALUES (OLD."about", OLD."area_m2", OLD."city", OLD."code", OLD."country", OLD."cutoff_at", OLD."id", OLD."is_open", OLD."latitude", OLD."longitude", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."postcode", OLD."reach_m", OLD."slug", OLD."street", OLD."tier", OLD."timezone"); RETURN NULL;', hash='1036394da427203517818544695522fbeb80fc63', operation='DELETE', pgid='pgtrigger_delete_delete_8ed27', table='coop_node', when='AFTER')),
        ),
        migrations.AddField(
            model_name='nodeevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='nodeevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coop.node'),
        ),
        migrations.AddField(
            model_name='openinghours',
            name='node',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='opening_hours', to='coop.node'),
        ),
        migrations.AddField(
            model_name='openinghoursevent',
            name='node',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coop.node'),
        ),
        migrations.AddField(
            model_name='openinghoursevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='openinghoursevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coop.openinghours'),
        ),
        migrations.AddIndex(
            model_name='outboxmessage',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['next_attempt_at'], name='outbox_due'),
        ),
        migrations.AddConstraint(
            model_name='outboxmessage',
            constraint=models.UniqueConstraint(fields=('topic', 'key'), name='outbox_key_once', violation_error_code='already_told', violation_error_message='This has already been sent on its way.'),
        ),
        migrations.AddConstraint(
            model_name='outboxmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('state', 'sent')), models.Q(('state', 'sent'), _negated=True), _connector='OR'), name='outbox_sent_has_time', violation_error_code='outbox_state', violation_error_message='A sent message has its time.'),
        ),
        migrations.AddField(
            model_name='packingspec',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='packing_specs', to='coop.member'),
        ),
        migrations.AddField(
            model_name='packingspecevent',
            name='member',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coop.member'),
        ),
        migrations.AddField(
            model_name='packingspecevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='packingspecevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coop.packingspec'),
        ),
        migrations.AddField(
            model_name='packingspecversion',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='coop.member'),
        ),
        migrations.AddField(
            model_name='packingspecversion',
            name='spec',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='coop.packingspec'),
        ),
        migrations.AddField(
            model_name='packingspecversion',
            name='written_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='packingstep',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='coop.packingspecversion'),
        ),
        migrations.AddField(
            model_name='sku',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='skus', to='coop.member'),
        ),
        migrations.AddField(
            model_name='sku',
            name='packing_spec',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='skus', to='coop.packingspec'),
        ),
        migrations.AddField(
            model_name='skuevent',
            name='member',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coop.member'),
        ),
        migrations.AddField(
            model_name='skuevent',
            name='packing_spec',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coop.packingspec'),
        ),
        migrations.AddField(
            model_name='skuevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='skuevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coop.sku'),
        ),
        migrations.AddField(
            model_name='staffpost',
            name='node',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='posts', to='coop.node'),
        ),
        migrations.AddField(
            model_name='staffpost',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='posts', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='staffpostevent',
            name='node',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coop.node'),
        ),
        migrations.AddField(
            model_name='staffpostevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='staffpostevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coop.staffpost'),
        ),
        migrations.AddField(
            model_name='staffpostevent',
            name='user',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='stewardinvitation',
            name='used_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='userevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='userevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='zone',
            name='node',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='zones', to='coop.node'),
        ),
        migrations.AddField(
            model_name='bin',
            name='zone',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bins', to='coop.zone'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(fields=('email',), name='user_email_exact', violation_error_code='email_taken', violation_error_message='Somebody already signs in with this e-mail address.'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_unique', violation_error_code='email_taken', violation_error_message='Somebody already signs in with this e-mail address.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_userevent" ("email", "id", "is_active", "is_staff", "is_superuser", "joined_at", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."email", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."joined_at", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='3bf5c4bc4faac7d54aee11c880f4b5441cbf76f9', operation='INSERT', pgid='pgtrigger_insert_insert_7dea3', table='coop_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."joined_at" IS DISTINCT FROM (NEW."joined_at") OR OLD."name" IS DISTINCT FROM (NEW."name"))', func='INSERT INTO "coop_userevent" ("email", "id", "is_active", "is_staff", "is_superuser", "joined_at", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."email", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."joined_at", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='c337b8d9001b3387c4d22341b1ec549a4f5afee2', operation='UPDATE', pgid='pgtrigger_update_update_59974', table='coop_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_userevent" ("email", "id", "is_active", "is_staff", "is_superuser", "joined_at", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."email", OLD."id", OLD."is_active", OLD."is_staff", OLD."is_superuser", OLD."joined_at", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='988dee18baca2cd55853258c99adb80f1bbe5d6e', operation='DELETE', pgid='pgtrigger_delete_delete_cbc39', table='coop_user', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(('rows_done__lte', models.F('rows_total'))), name='job_rows_done_within_total', violation_error_code='job_progress', violation_error_message='A job cannot have done more rows than it has.'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('member__isnull', True), ('state', 'waiting')), models.Q(('decided_at__isnull', False), ('member__isnull', False), ('state', 'approved')), models.Q(('decided_at__isnull', False), ('member__isnull', True), ('state', 'declined')), _connector='OR'), name='application_decided_whole', violation_error_code='application_state', violation_error_message='An application is waiting, or decided with its date and, when approved, its member.'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('applicant',), name='application_one_waiting', violation_error_code='already_applied', violation_error_message='You have already applied; a steward will answer soon.'),
        ),
        migrations.AddConstraint(
            model_name='apikey',
            constraint=models.CheckConstraint(condition=models.Q(('revoked_at__isnull', True), ('revoked_at__gte', models.F('created_at')), _connector='OR'), name='api_key_revoked_later', violation_error_code='api_key_revoked', violation_error_message='A key cannot be revoked before it was made.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='apikey',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_apikeyevent" ("created_at", "created_by_id", "id", "member_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "revoked_at") VALUES (NEW."created_at", NEW."created_by_id", NEW."id", NEW."member_id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."prefix", NEW."revoked_at"); RETURN NULL;', hash='d867cc1124a4b48b6e1c1d6fe44d48a190a85266', operation='INSERT', pgid='pgtrigger_insert_insert_fda57', table='coop_apikey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='apikey',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."prefix" IS DISTINCT FROM (NEW."prefix") OR OLD."revoked_at" IS DISTINCT FROM (NEW."revoked_at"))', func='INSERT INTO "coop_apikeyevent" ("created_at", "created_by_id", "id", "member_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "revoked_at") VALUES (NEW."created_at", NEW."created_by_id", NEW."id", NEW."member_id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."prefix", NEW."revoked_at"); RETURN NULL;', hash='d3ae60d3d22c74aa0e512689738eb0b4610f250d', operation='UPDATE', pgid='pgtrigger_update_update_a0b8f', table='coop_apikey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='apikey',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_apikeyevent" ("created_at", "created_by_id", "id", "member_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "revoked_at") VALUES (OLD."created_at", OLD."created_by_id", OLD."id", OLD."member_id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."prefix", OLD."revoked_at"); RETURN NULL;', hash='eacdff9533d1e1db9de562a4e20c5badb4fc288e', operation='DELETE', pgid='pgtrigger_delete_delete_26375', table='coop_apikey', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('member', 'user'), name='membership_once', violation_error_code='already_member', violation_error_message='This person already works for this member.'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'manager', 'accountant'])), name='membership_role_known', violation_error_code='role_unknown', violation_error_message='A role is owner, manager or accountant.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_membershipevent" ("id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "since", "user_id") VALUES (NEW."id", NEW."member_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."role", NEW."since", NEW."user_id"); RETURN NULL;', hash='eaa9ddeb1b9e9df0594a3547c01f4a1c18fe3d28', operation='INSERT', pgid='pgtrigger_insert_insert_dadbd', table='coop_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coop_membershipevent" ("id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "since", "user_id") VALUES (NEW."id", NEW."member_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."role", NEW."since", NEW."user_id"); RETURN NULL;', hash='769d4cb2c693ccb177276379e40dbd9cc5e6bd20', operation='UPDATE', pgid='pgtrigger_update_update_ac025', table='coop_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_membershipevent" ("id", "member_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "since", "user_id") VALUES (OLD."id", OLD."member_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."role", OLD."since", OLD."user_id"); RETURN NULL;', hash='1fb5bce3597ccd0cc5f8d4640f9a5afc1962c0d6', operation='DELETE', pgid='pgtrigger_delete_delete_bcc7e', table='coop_membership', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), models.F('member'), models.F('node'), condition=models.Q(('closed_at__isnull', True)), name='invitation_one_open', nulls_distinct=False, violation_error_code='already_invited', violation_error_message='This person has an open invitation already; withdraw it to send another.'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('member__isnull', False), ('node__isnull', True), ('role__in', ['owner', 'manager', 'accountant'])), models.Q(('member__isnull', True), ('node__isnull', False), ('role__in', ['picker', 'operator'])), models.Q(('member__isnull', True), ('node__isnull', True), ('role__in', ['accountant', 'steward'])), _connector='OR'), name='invitation_place', violation_error_code='invitation_place', violation_error_message="An invitation is to a member's team, to a node's floor, or to the co-op's office."),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('accepted_by__isnull', True), ('closed_at__isnull', False), _connector='OR'), name='invitation_accepted_is_closed', violation_error_code='invitation_state', violation_error_message='An invitation that was accepted is closed.'),
        ),
        migrations.AddConstraint(
            model_name='closure',
            constraint=models.UniqueConstraint(fields=('node', 'day'), name='closure_once', violation_error_code='closed_already', violation_error_message='The node is already closed that day.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='closure',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_closureevent" ("day", "id", "node_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."day", NEW."id", NEW."node_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason"); RETURN NULL;', hash='c61f5cf8f3df723b2bbe7e7269d64970e7d137c2', operation='INSERT', pgid='pgtrigger_insert_insert_91d91', table='coop_closure', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='closure',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coop_closureevent" ("day", "id", "node_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."day", NEW."id", NEW."node_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason"); RETURN NULL;', hash='350cf81802a74ccd152daa1116df5fb86251e3ec', operation='UPDATE', pgid='pgtrigger_update_update_4062c', table='coop_closure', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='closure',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_closureevent" ("day", "id", "node_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."day", OLD."id", OLD."node_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason"); RETURN NULL;', hash='ad294b5deed452f4c50f37a7bf589f852fe9ad7d', operation='DELETE', pgid='pgtrigger_delete_delete_6dda5', table='coop_closure', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='cart',
            constraint=models.UniqueConstraint(fields=('node', 'code'), name='cart_code_unique', violation_error_code='code_taken', violation_error_message='This node already has a cart of that code.'),
        ),
        migrations.AddConstraint(
            model_name='cart',
            constraint=models.CheckConstraint(condition=models.Q(('totes__gte', 1)), name='cart_has_totes', violation_error_code='cart_totes', violation_error_message='A cart carries at least one tote.'),
        ),
        migrations.AddConstraint(
            model_name='openinghours',
            constraint=models.UniqueConstraint(fields=('node', 'weekday'), name='opening_hours_once_a_day', violation_error_code='hours_twice', violation_error_message='This weekday already has its hours.'),
        ),
        migrations.AddConstraint(
            model_name='openinghours',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__lte', 6), ('opens__lt', models.F('closes'))), name='opening_hours_in_order', violation_error_code='hours_order', violation_error_message='A node opens before it closes, on a weekday from 0 (Monday) to 6.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='openinghours',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_openinghoursevent" ("closes", "id", "node_id", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "weekday") VALUES (NEW."closes", NEW."id", NEW."node_id", NEW."opens", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."weekday"); RETURN NULL;', hash='ed670976fac5e6619785ad96f66e250b127f2a07', operation='INSERT', pgid='pgtrigger_insert_insert_5df85', table='coop_openinghours', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='openinghours',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coop_openinghoursevent" ("closes", "id", "node_id", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "weekday") VALUES (NEW."closes", NEW."id", NEW."node_id", NEW."opens", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."weekday"); RETURN NULL;', hash='5e0f4e9d67a25987af1a5a7392d2344c3c47fd64', operation='UPDATE', pgid='pgtrigger_update_update_bcebf', table='coop_openinghours', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='openinghours',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_openinghoursevent" ("closes", "id", "node_id", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "weekday") VALUES (OLD."closes", OLD."id", OLD."node_id", OLD."opens", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."weekday"); RETURN NULL;', hash='d97ca24c9df1ff3742c44164007580cbe01ff402', operation='DELETE', pgid='pgtrigger_delete_delete_66916', table='coop_openinghours', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='packingspec',
            constraint=models.UniqueConstraint(fields=('member', 'name'), name='packing_spec_name_unique', violation_error_code='name_taken', violation_error_message='You already have a packing spec of that name.'),
        ),
        migrations.AddConstraint(
            model_name='packingspec',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('member',), name='packing_spec_one_default', violation_error_code='default_taken', violation_error_message='One packing spec is the default; take the mark off the other one first.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='packingspec',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_packingspecevent" ("id", "is_default", "member_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."id", NEW."is_default", NEW."member_id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='3341f67fdfba1cac6bafe6bbd6ec4b03ce66d8e6', operation='INSERT', pgid='pgtrigger_insert_insert_f9d26', table='coop_packingspec', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='packingspec',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coop_packingspecevent" ("id", "is_default", "member_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."id", NEW."is_default", NEW."member_id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='d6dd7da5a1dd796b49295335ed8fb59bfb0203b8', operation='UPDATE', pgid='pgtrigger_update_update_f2fb8', table='coop_packingspec', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='packingspec',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_packingspecevent" ("id", "is_default", "member_id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."id", OLD."is_default", OLD."member_id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='b4fe25d78e2ece6cbb9dbb8cd12223666eed0e58', operation='DELETE', pgid='pgtrigger_delete_delete_879fe', table='coop_packingspec', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='packingspecversion',
            constraint=models.UniqueConstraint(fields=('spec', 'number'), name='packing_spec_version_number_unique', violation_error_code='version_taken', violation_error_message='Somebody saved this spec at the same time. Look at their version first.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='packingspecversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9822afa10ff16c601bcb8014406f67c1bc845379', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_e58f8', table='coop_packingspecversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='packingspecversion',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='b99bbe34d79745307a11e862fb0e5c4b7f8f9ddb', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_c8e32', table='coop_packingspecversion', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='packingstep',
            constraint=models.UniqueConstraint(fields=('version', 'position'), name='packing_step_position_unique', violation_error_code='position_taken', violation_error_message='Two steps cannot have the same place in the order.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='packingstep',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d4f65f8cbe6c3472567ceb7c9c02c202406c1362', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_3538e', table='coop_packingstep', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='packingstep',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='061acefcee6c32a9ab3e5ba8a3621467d7667141', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_88a46', table='coop_packingstep', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='sku',
            constraint=models.UniqueConstraint(fields=('member', 'code'), name='sku_code_unique', violation_error_code='code_taken', violation_error_message='You already have a SKU of that code.'),
        ),
        migrations.AddConstraint(
            model_name='sku',
            constraint=models.UniqueConstraint(condition=models.Q(('gtin', ''), _negated=True), fields=('member', 'gtin'), name='sku_gtin_unique', violation_error_code='gtin_taken', violation_error_message='Another of your SKUs already has this GTIN.'),
        ),
        migrations.AddConstraint(
            model_name='sku',
            constraint=models.CheckConstraint(condition=models.Q(('height_mm__gt', 0), ('length_mm__gt', 0), ('weight_g__gt', 0), ('width_mm__gt', 0)), name='sku_has_a_size', violation_error_code='size_missing', violation_error_message='Length, width, height (mm) and weight (g) must be more than 0.'),
        ),
        migrations.AddConstraint(
            model_name='sku',
            constraint=models.CheckConstraint(condition=models.Q(('value_amount__gte', 0)), name='sku_value_not_negative', violation_error_code='value_negative', violation_error_message='A value cannot be negative.'),
        ),
        migrations.AddConstraint(
            model_name='sku',
            constraint=models.CheckConstraint(condition=models.Q(('gtin', ''), ('gtin__regex', '^([0-9]{8}|[0-9]{12,14})$'), _connector='OR'), name='sku_gtin_shape', violation_error_code='gtin_shape', violation_error_message='A GTIN has 8, 12, 13 or 14 digits.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sku',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_skuevent" ("code", "created_at", "gtin", "height_mm", "id", "is_active", "length_mm", "member_id", "packing_spec_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "storage_class", "title", "value_amount", "velocity_class", "weight_g", "width_mm") VALUES (NEW."code", NEW."created_at", NEW."gtin", NEW."height_mm", NEW."id", NEW."is_active", NEW."length_mm", NEW."member_id", NEW."packing_spec_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."storage_class", NEW."title", NEW."value_amount", NEW."velocity_class", NEW."weight_g", NEW."width_mm"); RETURN NULL;', hash='2deb24425cf59ba33b68e2e4e01a8fd28acc9da4', operation='INSERT', pgid='pgtrigger_insert_insert_2d363', table='coop_sku', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sku',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coop_skuevent" ("code", "created_at", "gtin", "height_mm", "id", "is_active", "length_mm", "member_id", "packing_spec_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "storage_class", "title", "value_amount", "velocity_class", "weight_g", "width_mm") VALUES (NEW."code", NEW."created_at", NEW."gtin", NEW."height_mm", NEW."id", NEW."is_active", NEW."length_mm", NEW."member_id", NEW."packing_spec_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."storage_class", NEW."title", NEW."value_amount", NEW."velocity_class", NEW."weight_g", NEW."width_mm"); RETURN NULL;', hash='70daaf616e75e31c2c78a7ede3ae271edaed0c6e', operation='UPDATE', pgid='pgtrigger_update_update_04d23', table='coop_sku', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sku',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_skuevent" ("code", "created_at", "gtin", "height_mm", "id", "is_active", "length_mm", "member_id", "packing_spec_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "storage_class", "title", "value_amount", "velocity_class", "weight_g", "width_mm") VALUES (OLD."code", OLD."created_at", OLD."gtin", OLD."height_mm", OLD."id", OLD."is_active", OLD."length_mm", OLD."member_id", OLD."packing_spec_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."storage_class", OLD."title", OLD."value_amount", OLD."velocity_class", OLD."weight_g", OLD."width_mm"); RETURN NULL;', hash='1b91e9c7eddbf894c849849e43948b27451e9289', operation='DELETE', pgid='pgtrigger_delete_delete_4a79a', table='coop_sku', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='staffpost',
            constraint=models.UniqueConstraint(fields=('user', 'role', 'node'), name='staff_post_once', nulls_distinct=False, violation_error_code='already_posted', violation_error_message='This person already holds this post.'),
        ),
        migrations.AddConstraint(
            model_name='staffpost',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('node__isnull', False), ('role__in', ['picker', 'operator'])), models.Q(('node__isnull', True), ('role__in', ['accountant', 'steward'])), _connector='OR'), name='staff_post_place', violation_error_code='post_place', violation_error_message='Pickers and operators work at a node; accountants and stewards for the whole co-op.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staffpost',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_staffpostevent" ("id", "node_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "since", "user_id") VALUES (NEW."id", NEW."node_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."role", NEW."since", NEW."user_id"); RETURN NULL;', hash='e8ffb68414620ebbfd7bfcf37d66d8511d441975', operation='INSERT', pgid='pgtrigger_insert_insert_a85a2', table='coop_staffpost', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staffpost',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coop_staffpostevent" ("id", "node_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "since", "user_id") VALUES (NEW."id", NEW."node_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."role", NEW."since", NEW."user_id"); RETURN NULL;', hash='844a21f8bcf9fd8b3bd45272339555012221ad46', operation='UPDATE', pgid='pgtrigger_update_update_31d90', table='coop_staffpost', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staffpost',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coop_staffpostevent" ("id", "node_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "since", "user_id") VALUES (OLD."id", OLD."node_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."role", OLD."since", OLD."user_id"); RETURN NULL;', hash='4ed719c402744ebbf081682c86bb3238f1811ccc', operation='DELETE', pgid='pgtrigger_delete_delete_8143e', table='coop_staffpost', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='zone',
            constraint=models.UniqueConstraint(fields=('node', 'code'), name='zone_code_unique', violation_error_code='code_taken', violation_error_message='This node already has a zone of that code.'),
        ),
        migrations.AddConstraint(
            model_name='bin',
            constraint=models.UniqueConstraint(fields=('node', 'code'), name='bin_code_unique', violation_error_code='code_taken', violation_error_message='This node already has a bin of that code.'),
        ),
        migrations.AddConstraint(
            model_name='bin',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'shelf'), _negated=True), fields=('node', 'kind'), name='bin_one_staging_each', violation_error_code='staging_taken', violation_error_message='A node has one receiving and one packing bin.'),
        ),
        migrations.AddConstraint(
            model_name='bin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'shelf'), _negated=True), ('zone__isnull', False), _connector='OR'), name='bin_shelf_in_zone', violation_error_code='bin_zone', violation_error_message='A shelf bin lies in a zone.'),
        ),
    ]

    operations = together(operations)
