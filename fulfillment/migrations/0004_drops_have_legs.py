"""Drops that rode on one run get one leg on it; a leg follows its run and its drop by foreign keys over both columns."""

from django.db import migrations

from coop.kernel.together import together

LEGS = """
INSERT INTO fulfillment_dropleg (id, drop_id, run_id, available_from, opens_at)
SELECT gen_random_uuid(), id, run_id, available_from, opens_at FROM fulfillment_drop;
INSERT INTO fulfillment_droplegline (id, leg_id, sku_id, quantity)
SELECT gen_random_uuid(), leg.id, line.sku_id, line.quantity
FROM fulfillment_dropline line JOIN fulfillment_dropleg leg ON leg.drop_id = line.drop_id;
UPDATE fulfillment_drop d SET burst_picks =
  coalesce((SELECT sum(line.quantity) FROM fulfillment_dropline line WHERE line.drop_id = d.id), 0);
ALTER TABLE fulfillment_drop DROP CONSTRAINT drop_follows_its_run;
"""
BACK_TO_RUNS = """
ALTER TABLE fulfillment_drop
  ADD CONSTRAINT drop_follows_its_run
  FOREIGN KEY (run_id, available_from) REFERENCES fulfillment_cyclerun (id, available_from)
  ON UPDATE CASCADE;
"""
FOLLOW = """
ALTER TABLE fulfillment_dropleg
  ADD CONSTRAINT drop_leg_follows_its_run
  FOREIGN KEY (run_id, available_from) REFERENCES fulfillment_cyclerun (id, available_from)
  ON UPDATE CASCADE;
ALTER TABLE fulfillment_dropleg
  ADD CONSTRAINT drop_leg_follows_its_drop
  FOREIGN KEY (drop_id, opens_at) REFERENCES fulfillment_drop (id, opens_at)
  ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE;
"""
UNFOLLOW = """
ALTER TABLE fulfillment_dropleg DROP CONSTRAINT drop_leg_follows_its_run;
ALTER TABLE fulfillment_dropleg DROP CONSTRAINT drop_leg_follows_its_drop;
"""


class Migration(migrations.Migration):
    dependencies = [("fulfillment", "0003_capacity_and_drops")]
    operations = [
        # What the triggers of a change still have to do, they do before the table is altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RunSQL(LEGS, BACK_TO_RUNS),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveField(model_name="drop", name="run"),
        migrations.RemoveField(model_name="drop", name="available_from"),
        migrations.RunSQL(FOLLOW, UNFOLLOW),
    ]

    operations = together(operations)
