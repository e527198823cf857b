import coop.kernel.clock
import coop.kernel.ids
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from coop.kernel.together import together


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('coop', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CycleRun',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('announce_by', models.DateTimeField()),
                ('dock_from', models.DateTimeField()),
                ('dock_until', models.DateTimeField()),
                ('available_from', models.DateTimeField()),
            ],
            options={
                'ordering': ['dock_from'],
            },
        ),
        migrations.CreateModel(
            name='WaveCounter',
            fields=[
                ('node', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='coop.node')),
                ('last', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Asn',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(help_text='Printed on the box label and scanned at the dock', max_length=20, unique=True)),
                ('state', models.CharField(choices=[('announced', 'announced'), ('receiving', 'being received'), ('closed', 'closed'), ('cancelled', 'cancelled')], default='announced', max_length=10)),
                ('expected_on', models.DateField()),
                ('parcels', models.PositiveIntegerField(default=1)),
                ('carrier_note', models.CharField(blank=True, max_length=120)),
                ('announced_at', models.DateTimeField(default=coop.kernel.clock.now)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('announced_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='asns', to='coop.member')),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='asns', to='coop.node')),
            ],
            options={
                'verbose_name': 'inbound shipment',
            },
        ),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('open', 'open'), ('walking', 'walking'), ('done', 'done')], default='open', max_length=8)),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('cart', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.cart')),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.node')),
                ('picker', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='batches', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['wave', 'position'],
            },
        ),
        migrations.CreateModel(
            name='Carton',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=12)),
                ('name', models.CharField(max_length=60)),
                ('length_mm', models.PositiveIntegerField()),
                ('width_mm', models.PositiveIntegerField()),
                ('height_mm', models.PositiveIntegerField()),
                ('tare_g', models.PositiveIntegerField()),
                ('max_weight_g', models.PositiveIntegerField()),
            ],
            options={
                'ordering': ['length_mm', 'width_mm', 'height_mm'],
                'constraints': [models.UniqueConstraint(fields=('code',), name='carton_code_unique', violation_error_code='code_taken', violation_error_message='Another carton already has this code.'), models.CheckConstraint(condition=models.Q(('height_mm__gt', 0), ('length_mm__gt', 0), ('max_weight_g__gt', 0), ('width_mm__gt', 0)), name='carton_has_a_size', violation_error_code='size_missing', violation_error_message='A carton has a length, width, height and a weight it bears.')],
            },
        ),
        migrations.CreateModel(
            name='Channel',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('form', 'portal form'), ('api', 'REST'), ('csv', 'CSV import')], max_length=8)),
                ('name', models.CharField(max_length=80)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='channels', to='coop.member')),
            ],
        ),
        migrations.CreateModel(
            name='ColumnMapping',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('columns', models.JSONField()),
                ('options', models.JSONField(default=dict, help_text='Constants and formats: time zone, date format, currency')),
                ('updated_at', models.DateTimeField(default=coop.kernel.clock.now)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='column_mappings', to='coop.member')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Drop',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=120)),
                ('story', models.TextField(blank=True)),
                ('available_from', models.DateTimeField(editable=False)),
                ('opens_at', models.DateTimeField()),
                ('closes_at', models.DateTimeField(blank=True, help_text='Open end when empty', null=True)),
                ('state', models.CharField(choices=[('planned', 'planned'), ('live', 'live'), ('closed', 'closed'), ('cancelled', 'cancelled')], default='planned', max_length=10)),
                ('scheduled_at', models.DateTimeField(default=coop.kernel.clock.now)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drops', to='coop.member')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drops', to='fulfillment.cyclerun')),
                ('scheduled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-opens_at'],
            },
        ),
        migrations.CreateModel(
            name='DropLine',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('quantity', models.PositiveIntegerField()),
                ('drop', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='fulfillment.drop')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.sku')),
            ],
        ),
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=40)),
                ('expires_on', models.DateField(blank=True, null=True)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.member')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='coop.sku')),
            ],
        ),
        migrations.CreateModel(
            name='CountTask',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(max_length=120)),
                ('state', models.CharField(choices=[('open', 'open'), ('done', 'done')], default='open', max_length=6)),
                ('counted', models.PositiveIntegerField(blank=True, null=True)),
                ('opened_at', models.DateTimeField(default=coop.kernel.clock.now)),
                ('counted_at', models.DateTimeField(blank=True, null=True)),
                ('bin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.bin')),
                ('counted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.member')),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.node')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.sku')),
                ('lot', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fulfillment.lot')),
            ],
        ),
        migrations.CreateModel(
            name='AsnLine',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('quantity_expected', models.PositiveIntegerField()),
                ('quantity_received', models.PositiveIntegerField(default=0)),
                ('quantity_put_away', models.PositiveIntegerField(default=0)),
                ('asn', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='fulfillment.asn')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.sku')),
                ('lot', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fulfillment.lot')),
            ],
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('waiting', 'waiting for stock'), ('allocated', 'allocated'), ('picking', 'being picked'), ('picked', 'picked'), ('shipped', 'shipped'), ('cancelled', 'cancelled')], default='waiting', max_length=10)),
                ('buyer_name', models.CharField(max_length=120)),
                ('buyer_email', models.EmailField(blank=True, max_length=254)),
                ('street', models.CharField(max_length=160)),
                ('postcode', models.CharField(max_length=16)),
                ('city', models.CharField(max_length=80)),
                ('country', models.CharField(default='DE', max_length=2)),
                ('latitude', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ('longitude', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('placed_at', models.DateTimeField()),
                ('ship_by', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
                ('shipped_at', models.DateTimeField(blank=True, null=True)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('channel', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='fulfillment.channel')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='coop.member')),
            ],
        ),
        migrations.CreateModel(
            name='OrderLine',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('quantity', models.PositiveIntegerField()),
                ('quantity_allocated', models.PositiveIntegerField(default=0)),
                ('quantity_shipped', models.PositiveIntegerField(default=0)),
                ('unit_price', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                ('shortage', models.CharField(blank=True, max_length=200)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.member')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='fulfillment.order')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.sku')),
            ],
        ),
        migrations.CreateModel(
            name='Allocation',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('quantity', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('queued', 'in the queue'), ('waved', 'in a wave'), ('picked', 'picked'), ('shipped', 'shipped'), ('freed', 'freed')], default='queued', max_length=8)),
                ('ship_by', models.DateTimeField(blank=True, null=True)),
                ('allocated_at', models.DateTimeField(default=coop.kernel.clock.now)),
                ('allocated_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('bin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.bin')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.member')),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.node')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.sku')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='fulfillment.order')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='fulfillment.orderline')),
            ],
        ),
        migrations.CreateModel(
            name='PickTask',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('sequence', models.PositiveIntegerField()),
                ('tote', models.PositiveSmallIntegerField()),
                ('quantity', models.PositiveIntegerField()),
                ('quantity_picked', models.PositiveIntegerField(default=0)),
                ('state', models.CharField(choices=[('open', 'open'), ('picked', 'picked'), ('short', 'short')], default='open', max_length=6)),
                ('picked_at', models.DateTimeField(blank=True, null=True)),
                ('allocation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='pick_task', to='fulfillment.allocation')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='fulfillment.batch')),
                ('bin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.bin')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.member')),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.node')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pick_tasks', to='fulfillment.order')),
                ('picked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.sku')),
            ],
            options={
                'ordering': ['batch', 'sequence'],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('quantity', models.PositiveIntegerField()),
                ('received_at', models.DateTimeField(default=coop.kernel.clock.now)),
                ('scan_id', models.UUIDField(default=coop.kernel.ids.uuid7)),
                ('asn_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='fulfillment.asnline')),
                ('worker', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ReplenishmentCycle',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('rrule', models.CharField(help_text='FREQ=WEEKLY;BYDAY=TU', max_length=200)),
                ('starts_on', models.DateField()),
                ('dock_opens', models.TimeField()),
                ('dock_closes', models.TimeField()),
                ('announce_days', models.PositiveSmallIntegerField(default=2)),
                ('available_hours', models.PositiveSmallIntegerField(default=24)),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cycles', to='coop.node')),
            ],
            options={
                'ordering': ['node', 'name'],
            },
        ),
        migrations.AddField(
            model_name='cyclerun',
            name='cycle',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='fulfillment.replenishmentcycle'),
        ),
        migrations.CreateModel(
            name='Shipment',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(help_text='On the label, as a barcode', max_length=20, unique=True)),
                ('state', models.CharField(choices=[('packing', 'on the bench'), ('packed', 'packed'), ('shipped', 'shipped')], default='packing', max_length=8)),
                ('own_box', models.BooleanField(default=False)),
                ('weight_g', models.PositiveIntegerField(blank=True, null=True)),
                ('value_amount', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ('currency', models.CharField(blank=True, help_text='ISO 4217', max_length=3)),
                ('carrier', models.CharField(blank=True, max_length=40)),
                ('tracking', models.CharField(blank=True, max_length=60)),
                ('started_at', models.DateTimeField(default=coop.kernel.clock.now)),
                ('packed_at', models.DateTimeField(blank=True, null=True)),
                ('shipped_at', models.DateTimeField(blank=True, null=True)),
                ('carton', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fulfillment.carton')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shipments', to='coop.member')),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shipments', to='coop.node')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shipments', to='fulfillment.order')),
                ('packer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('spec_version', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.packingspecversion')),
            ],
        ),
        migrations.CreateModel(
            name='ShipmentItem',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('quantity', models.PositiveIntegerField()),
                ('allocation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='shipment_item', to='fulfillment.allocation')),
                ('shipment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='fulfillment.shipment')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.sku')),
            ],
        ),
        migrations.CreateModel(
            name='ShipmentSpec',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('shipment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='specs', to='fulfillment.shipment')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.packingspecversion')),
            ],
            options={
                'ordering': ['shipment', 'position'],
            },
        ),
        migrations.CreateModel(
            name='SlotPool',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('storage_class', models.CharField(choices=[('ambient', 'ambient'), ('cold', 'cold'), ('oversize', 'oversize')], max_length=10)),
                ('slots', models.PositiveIntegerField()),
                ('slot_volume_l', models.PositiveIntegerField(default=60, help_text='What one slot holds, in litres')),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slot_pools', to='coop.node')),
            ],
            options={
                'ordering': ['node', 'storage_class'],
            },
        ),
        migrations.CreateModel(
            name='PoolDay',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('capacity', models.IntegerField()),
                ('booked', models.IntegerField(default=0)),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='days', to='fulfillment.slotpool')),
            ],
            options={
                'ordering': ['pool', 'day'],
            },
        ),
        migrations.CreateModel(
            name='Booking',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('slots', models.PositiveIntegerField()),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('state', models.CharField(choices=[('booked', 'booked'), ('released', 'released')], default='booked', max_length=8)),
                ('booked_at', models.DateTimeField(default=coop.kernel.clock.now)),
                ('released_at', models.DateTimeField(blank=True, null=True)),
                ('booked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='coop.member')),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='fulfillment.slotpool')),
            ],
            options={
                'ordering': ['-first_day'],
            },
        ),
        migrations.CreateModel(
            name='StepConfirmation',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('confirmed_at', models.DateTimeField(default=coop.kernel.clock.now)),
                ('shipment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='confirmations', to='fulfillment.shipment')),
                ('step', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.packingstep')),
                ('worker', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Stock',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('on_hand', models.IntegerField(default=0)),
                ('allocated', models.IntegerField(default=0)),
                ('bin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stock', to='coop.bin')),
                ('lot', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fulfillment.lot')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.member')),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.node')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stock', to='coop.sku')),
            ],
        ),
        migrations.AddField(
            model_name='allocation',
            name='stock',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='fulfillment.stock'),
        ),
        migrations.CreateModel(
            name='StockMove',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('quantity', models.PositiveIntegerField()),
                ('reason', models.CharField(choices=[('received', 'received'), ('put_away', 'put away'), ('picked', 'picked'), ('short', 'missing at pick'), ('shipped', 'shipped'), ('adjusted', 'adjusted')], max_length=10)),
                ('source_type', models.CharField(max_length=30)),
                ('source_id', models.UUIDField()),
                ('moved_at', models.DateTimeField(default=coop.kernel.clock.now)),
                ('from_bin', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.bin')),
                ('lot', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='fulfillment.lot')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.member')),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.node')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='coop.sku')),
                ('to_bin', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.bin')),
                ('worker', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Wave',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('released', 'released'), ('done', 'done')], default='released', max_length=8)),
                ('released_at', models.DateTimeField(default=coop.kernel.clock.now)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waves', to='coop.node')),
                ('released_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-released_at'],
            },
        ),
        migrations.AddField(
            model_name='batch',
            name='wave',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='fulfillment.wave'),
        ),
        migrations.CreateModel(
            name='Activity',
            fields=[
                ('id', models.UUIDField(default=coop.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('receive', 'receiving'), ('putaway', 'putaway'), ('storage', 'storage'), ('pick', 'pick'), ('pack', 'packing'), ('carton', 'packing material'), ('ship', 'shipping'), ('count', 'counting')], max_length=10)),
                ('storage_class', models.CharField(choices=[('ambient', 'ambient'), ('cold', 'cold'), ('oversize', 'oversize')], default='ambient', max_length=10)),
                ('quantity', models.IntegerField()),
                ('occurred_at', models.DateTimeField()),
                ('day', models.DateField()),
                ('source_type', models.CharField(max_length=30)),
                ('source_id', models.UUIDField()),
                ('reference', models.CharField(blank=True, max_length=80)),
                ('recorded_at', models.DateTimeField(default=coop.kernel.clock.now, editable=False)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.member')),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.node')),
                ('reverses', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='fulfillment.activity')),
                ('sku', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coop.sku')),
                ('worker', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'activities',
                'indexes': [models.Index(fields=['member', 'day', 'id'], name='activity_member_day'), models.Index(fields=['node', 'day'], name='activity_node_day')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'source_id'), name='activity_once_per_source', violation_error_code='already_recorded', violation_error_message='This work is already on record.'), models.CheckConstraint(condition=models.Q(models.Q(('quantity__gt', 0), ('reverses__isnull', True)), models.Q(('quantity__lt', 0), ('reverses__isnull', False)), _connector='OR'), name='activity_quantity_sign', violation_error_code='quantity_sign', violation_error_message='Work counts upwards; only a reversal counts down.')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='activity',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f4fd02d40cf0100a67757940926efd05c8ad9fde', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9a655', table='fulfillment_activity', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='activity',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='0a8caecc1185c4e441cf7a75290236f7b04c0070', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_0147e', table='fulfillment_activity', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='asn',
            index=models.Index(fields=['node', 'state', 'expected_on'], name='asn_node_state'),
        ),
        migrations.AddConstraint(
            model_name='asn',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('state__in', ['closed', 'cancelled'])), models.Q(('closed_at__isnull', True), ('state__in', ['announced', 'receiving'])), _connector='OR'), name='asn_closed_has_time', violation_error_code='asn_state', violation_error_message='A closed inbound shipment has its closing time.'),
        ),
        migrations.AddConstraint(
            model_name='channel',
            constraint=models.UniqueConstraint(fields=('member', 'name'), name='channel_name_unique', violation_error_code='name_taken', violation_error_message='You already have a channel of that name.'),
        ),
        migrations.AddConstraint(
            model_name='columnmapping',
            constraint=models.UniqueConstraint(fields=('member', 'name'), name='column_mapping_name_unique', violation_error_code='name_taken', violation_error_message='You already have a mapping of that name.'),
        ),
        migrations.AddIndex(
            model_name='drop',
            index=models.Index(condition=models.Q(('state', 'planned')), fields=['opens_at'], name='drop_to_open'),
        ),
        migrations.AddIndex(
            model_name='drop',
            index=models.Index(condition=models.Q(('state', 'live')), fields=['closes_at'], name='drop_to_close'),
        ),
        migrations.AddConstraint(
            model_name='drop',
            constraint=models.CheckConstraint(condition=models.Q(('opens_at__gte', models.F('available_from'))), name='drop_opens_after_goods', violation_error_code='opens_too_early', violation_error_message='A drop cannot open before the goods of its replenishment run are available.'),
        ),
        migrations.AddConstraint(
            model_name='drop',
            constraint=models.CheckConstraint(condition=models.Q(('closes_at__isnull', True), ('closes_at__gt', models.F('opens_at')), _connector='OR'), name='drop_closes_after_it_opens', violation_error_code='closes_too_early', violation_error_message='A drop closes after it opens, or stays open.'),
        ),
        migrations.AddConstraint(
            model_name='dropline',
            constraint=models.UniqueConstraint(fields=('drop', 'sku'), name='drop_line_sku_once', violation_error_code='sku_twice', violation_error_message='This SKU is already in the drop; change its quantity there.'),
        ),
        migrations.AddConstraint(
            model_name='dropline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='drop_line_of_something', violation_error_code='quantity_zero', violation_error_message='Drop at least one piece.'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.UniqueConstraint(fields=('sku', 'code'), name='lot_code_unique', violation_error_code='lot_taken', violation_error_message='This SKU already has a lot of that code.'),
        ),
        migrations.AddConstraint(
            model_name='counttask',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('bin', 'sku', 'lot'), name='count_task_one_open', nulls_distinct=False, violation_error_code='count_open', violation_error_message='A count of this bin is already waiting.'),
        ),
        migrations.AddConstraint(
            model_name='counttask',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('counted__isnull', True), ('state', 'open')), models.Q(('counted__isnull', False), ('counted_at__isnull', False), ('state', 'done')), _connector='OR'), name='count_task_done_has_count', violation_error_code='count_state', violation_error_message='A finished count has its number and time.'),
        ),
        migrations.AddConstraint(
            model_name='asnline',
            constraint=models.UniqueConstraint(fields=('asn', 'sku', 'lot'), name='asn_line_sku_once', nulls_distinct=False, violation_error_code='sku_twice', violation_error_message='This SKU is already on the list; change its quantity there.'),
        ),
        migrations.AddConstraint(
            model_name='asnline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity_expected__gt', 0)), name='asn_line_expects_something', violation_error_code='quantity_zero', violation_error_message='Announce at least one piece.'),
        ),
        migrations.AddConstraint(
            model_name='asnline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity_put_away__lte', models.F('quantity_received'))), name='asn_line_put_away_within_received', violation_error_code='put_away_too_much', violation_error_message='More cannot be put away than was received.'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['member', '-placed_at', '-id'], name='order_member_placed'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['placed_at'], name='order_waiting'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('member', 'channel', 'number'), name='order_number_unique', violation_error_code='number_taken', violation_error_message='This channel already told us an order of that number.'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'shipped'), ('shipped_at__isnull', False)), models.Q(models.Q(('state', 'shipped'), _negated=True), ('shipped_at__isnull', True)), _connector='OR'), name='order_shipped_has_time', violation_error_code='order_state', violation_error_message='A shipped order has its time.'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('latitude__isnull', True), ('longitude__isnull', True)), models.Q(('latitude__range', (-90, 90)), ('longitude__range', (-180, 180))), _connector='OR'), name='order_place_whole', violation_error_code='coordinates', violation_error_message='A place has a latitude (-90 to 90) and a longitude (-180 to 180), or neither.'),
        ),
        migrations.AddIndex(
            model_name='orderline',
            index=models.Index(fields=['member', 'sku'], name='order_line_member_sku'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.UniqueConstraint(fields=('order', 'sku'), name='order_line_sku_once', violation_error_code='sku_twice', violation_error_message='This SKU is already in the order; change its quantity there.'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='order_line_of_something', violation_error_code='quantity_zero', violation_error_message='Order at least one piece.'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity_allocated__lte', models.F('quantity')), ('quantity_shipped__lte', models.F('quantity_allocated'))), name='order_line_within_ordered', violation_error_code='line_quantities', violation_error_message='A line cannot be promised more than was ordered, nor shipped more than was promised.'),
        ),
        migrations.AddIndex(
            model_name='picktask',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['order'], name='pick_task_open_order'),
        ),
        migrations.AddConstraint(
            model_name='picktask',
            constraint=models.UniqueConstraint(fields=('batch', 'sequence'), name='pick_task_sequence_unique', violation_error_code='stop_twice', violation_error_message='Two stops of a walk cannot have the same turn.'),
        ),
        migrations.AddConstraint(
            model_name='picktask',
            constraint=models.CheckConstraint(condition=models.Q(('quantity_picked__lte', models.F('quantity'))), name='pick_task_within_quantity', violation_error_code='picked_too_much', violation_error_message='That is more than was asked for. Put the rest back.'),
        ),
        migrations.AddConstraint(
            model_name='picktask',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('picked_at__isnull', True), ('quantity_picked', 0), ('state', 'open')), models.Q(('picked_at__isnull', False), ('quantity_picked', models.F('quantity')), ('state', 'picked')), models.Q(('picked_at__isnull', False), ('quantity_picked__lt', models.F('quantity')), ('state', 'short')), _connector='OR'), name='pick_task_state_true', violation_error_code='pick_state', violation_error_message='A pick is open, complete, or short of what was asked.'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(fields=('scan_id',), name='receipt_scan_once', violation_error_code='already_received', violation_error_message='This scan is already booked.'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='receipt_of_something', violation_error_code='quantity_zero', violation_error_message='Receive at least one piece.'),
        ),
        migrations.AddConstraint(
            model_name='replenishmentcycle',
            constraint=models.UniqueConstraint(fields=('node', 'name'), name='cycle_name_unique', violation_error_code='name_taken', violation_error_message='This node already has a cycle of that name.'),
        ),
        migrations.AddConstraint(
            model_name='replenishmentcycle',
            constraint=models.CheckConstraint(condition=models.Q(('dock_opens__lt', models.F('dock_closes'))), name='cycle_dock_in_order', violation_error_code='dock_order', violation_error_message='The dock opens before it closes.'),
        ),
        migrations.AddConstraint(
            model_name='cyclerun',
            constraint=models.UniqueConstraint(fields=('cycle', 'dock_from'), name='cycle_run_once', violation_error_code='run_twice', violation_error_message='This cycle already has a run at that time.'),
        ),
        migrations.AddConstraint(
            model_name='cyclerun',
            constraint=models.UniqueConstraint(fields=('id', 'available_from'), name='cycle_run_availability', violation_error_code='run_twice', violation_error_message='This cycle already has a run at that time.'),
        ),
        migrations.AddConstraint(
            model_name='cyclerun',
            constraint=models.CheckConstraint(condition=models.Q(('announce_by__lte', models.F('dock_from')), ('dock_from__lt', models.F('dock_until')), ('available_from__gte', models.F('dock_from'))), name='cycle_run_in_order', violation_error_code='run_order', violation_error_message='First announced, then delivered, then available.'),
        ),
        migrations.AddIndex(
            model_name='shipment',
            index=models.Index(fields=['node', 'state', 'started_at'], name='shipment_node_state'),
        ),
        migrations.AddConstraint(
            model_name='shipment',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'packing')), fields=('order', 'node'), name='shipment_one_on_the_bench', violation_error_code='already_packing', violation_error_message='Somebody is already packing this order.'),
        ),
        migrations.AddConstraint(
            model_name='shipment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('packed_at__isnull', True), ('shipped_at__isnull', True), ('state', 'packing')), models.Q(('packed_at__isnull', False), ('shipped_at__isnull', True), ('state', 'packed')), models.Q(('packed_at__isnull', False), ('shipped_at__isnull', False), ('state', 'shipped')), _connector='OR'), name='shipment_state_true', violation_error_code='shipment_state', violation_error_message='First packed, then shipped.'),
        ),
        migrations.AddConstraint(
            model_name='shipment',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'packing'), ('carton__isnull', False), ('own_box', True), _connector='OR'), name='shipment_packed_in_something', violation_error_code='carton_missing', violation_error_message='Choose the carton, or say that the goods go in their own box.'),
        ),
        migrations.AddConstraint(
            model_name='shipmentspec',
            constraint=models.UniqueConstraint(fields=('shipment', 'version'), name='shipment_spec_once', violation_error_code='spec_twice', violation_error_message='A parcel follows a spec version once.'),
        ),
        migrations.AddConstraint(
            model_name='slotpool',
            constraint=models.UniqueConstraint(fields=('node', 'storage_class'), name='slot_pool_once_per_class', violation_error_code='pool_taken', violation_error_message='This node already has a pool of that storage class.'),
        ),
        migrations.AddConstraint(
            model_name='poolday',
            constraint=models.UniqueConstraint(fields=('pool', 'day'), name='pool_day_once', violation_error_code='day_twice', violation_error_message='This day is already open for booking.'),
        ),
        migrations.AddConstraint(
            model_name='poolday',
            constraint=models.CheckConstraint(condition=models.Q(('booked__gte', 0), ('booked__lte', models.F('capacity'))), name='pool_day_not_oversold', violation_error_code='full', violation_error_message='These slots are taken on at least one of the days.'),
        ),
        migrations.AddIndex(
            model_name='booking',
            index=models.Index(fields=['pool', 'first_day', 'last_day'], name='booking_pool_days'),
        ),
        migrations.AddConstraint(
            model_name='booking',
            constraint=models.CheckConstraint(condition=models.Q(('first_day__lte', models.F('last_day'))), name='booking_days_in_order', violation_error_code='days_order', violation_error_message='The last day cannot lie before the first.'),
        ),
        migrations.AddConstraint(
            model_name='booking',
            constraint=models.CheckConstraint(condition=models.Q(('slots__gt', 0)), name='booking_of_something', violation_error_code='slots_zero', violation_error_message='Book at least one slot.'),
        ),
        migrations.AddConstraint(
            model_name='booking',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('released_at__isnull', True), ('state', 'booked')), models.Q(('released_at__isnull', False), ('state', 'released')), _connector='OR'), name='booking_released_has_time', violation_error_code='booking_state', violation_error_message='A released booking has its time.'),
        ),
        migrations.AddConstraint(
            model_name='stepconfirmation',
            constraint=models.UniqueConstraint(fields=('shipment', 'step'), name='step_confirmed_once', violation_error_code='already_confirmed', violation_error_message='This step is already confirmed.'),
        ),
        migrations.AddIndex(
            model_name='stock',
            index=models.Index(fields=['member', 'sku'], name='stock_member_sku'),
        ),
        migrations.AddIndex(
            model_name='stock',
            index=models.Index(fields=['node', 'sku'], name='stock_node_sku'),
        ),
        migrations.AddConstraint(
            model_name='stock',
            constraint=models.UniqueConstraint(fields=('sku', 'bin', 'lot'), name='stock_once_per_place', nulls_distinct=False, violation_error_code='stock_place', violation_error_message='This SKU already has its row in that bin.'),
        ),
        migrations.AddConstraint(
            model_name='stock',
            constraint=models.CheckConstraint(condition=models.Q(('on_hand__gte', 0)), name='stock_on_hand_not_negative', violation_error_code='not_enough_stock', violation_error_message='There is not that much in the bin. Count it, then try again.'),
        ),
        migrations.AddConstraint(
            model_name='stock',
            constraint=models.CheckConstraint(condition=models.Q(('allocated__gte', 0), ('allocated__lte', models.F('on_hand'))), name='stock_allocated_within_on_hand', violation_error_code='stock_promised', violation_error_message='These pieces are promised to orders. Free them first.'),
        ),
        migrations.AddIndex(
            model_name='allocation',
            index=models.Index(condition=models.Q(('state', 'queued')), fields=['node', 'ship_by', 'id'], name='allocation_queue'),
        ),
        migrations.AddIndex(
            model_name='allocation',
            index=models.Index(condition=models.Q(('state__in', ['queued', 'waved', 'picked'])), fields=['node', 'state', 'order'], name='allocation_on_the_floor'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0), ('state', 'freed'), _connector='OR'), name='allocation_of_something', violation_error_code='quantity_zero', violation_error_message='An allocation promises at least one piece.'),
        ),
        migrations.AddIndex(
            model_name='stockmove',
            index=models.Index(fields=['member', 'sku', 'moved_at'], name='stock_move_member_sku'),
        ),
        migrations.AddConstraint(
            model_name='stockmove',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='stock_move_of_something', violation_error_code='move_quantity', violation_error_message='A move is of at least one piece.'),
        ),
        migrations.AddConstraint(
            model_name='stockmove',
            constraint=models.CheckConstraint(condition=models.Q(('from_bin__isnull', False), ('to_bin__isnull', False), _connector='OR'), name='stock_move_has_a_place', violation_error_code='move_place', violation_error_message='A move starts or ends in a bin.'),
        ),
        migrations.AddConstraint(
            model_name='stockmove',
            constraint=models.CheckConstraint(condition=models.Q(('from_bin__isnull', True), ('to_bin__isnull', True), models.Q(('from_bin', models.F('to_bin')), _negated=True), _connector='OR'), name='stock_move_goes_somewhere', violation_error_code='move_nowhere', violation_error_message='A move ends in another bin than it started in.'),
        ),
        migrations.AddConstraint(
            model_name='stockmove',
            constraint=models.UniqueConstraint(fields=('reason', 'source_id'), name='stock_move_once_per_source', violation_error_code='already_moved', violation_error_message='This move is already on record.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stockmove',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='314b7eadff2f68486efc66dc282cb3023628e5af', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_e6944', table='fulfillment_stockmove', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stockmove',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='c7aac0fb266bf436700cd75f407a5f1f27525b0f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_fe569', table='fulfillment_stockmove', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='wave',
            constraint=models.UniqueConstraint(fields=('node', 'number'), name='wave_number_unique', violation_error_code='wave_twice', violation_error_message='Somebody released a wave at the same moment. Try again.'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['node', 'wave', 'position'], name='batch_open'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.UniqueConstraint(fields=('wave', 'position'), name='batch_position_unique', violation_error_code='batch_twice', violation_error_message='This wave already has a batch of that number.'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'walking')), fields=('picker',), name='batch_one_walk_each', violation_error_code='already_walking', violation_error_message='You are already on a walk. Finish it first.'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('picker__isnull', True), ('state', 'open')), models.Q(('state', 'open'), _negated=True), _connector='OR'), name='batch_open_has_no_picker', violation_error_code='batch_state', violation_error_message='A batch that somebody walks is not open.'),
        ),
    ]

    operations = together(operations)
