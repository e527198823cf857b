"""A drop's `available_from` is its run's: a foreign key over both columns, so that the CHECK on the drop can be believed."""

from django.db import migrations

FORWARD = """
ALTER TABLE fulfillment_drop
  ADD CONSTRAINT drop_follows_its_run
  FOREIGN KEY (run_id, available_from) REFERENCES fulfillment_cyclerun (id, available_from)
  ON UPDATE CASCADE;
"""
BACK = "ALTER TABLE fulfillment_drop DROP CONSTRAINT drop_follows_its_run;"


class Migration(migrations.Migration):
    dependencies = [("fulfillment", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
