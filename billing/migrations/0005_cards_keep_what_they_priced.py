"""A rate card does not end before a day whose work it has priced, whoever ends it: charges keep the reason of their price."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION billing_card_keeps_what_it_priced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last_priced date;
BEGIN
  SELECT max(c.day) INTO last_priced
    FROM billing_charge c JOIN billing_rate r ON r.id = c.rate_id WHERE r.card_id = NEW.id;
  IF last_priced > NEW.valid_until THEN
    RAISE EXCEPTION 'rate card % has priced work after its last day', NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'rate_card_keeps_what_it_priced',
            DETAIL = format('“%s” has priced work up to %s.', NEW.name, to_char(last_priced, 'FMDD FMMonth YYYY'));
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER rate_card_keeps_what_it_priced
  BEFORE UPDATE OF valid_until ON billing_ratecard
  FOR EACH ROW WHEN (NEW.valid_until IS NOT NULL AND NEW.valid_until IS DISTINCT FROM OLD.valid_until)
  EXECUTE FUNCTION billing_card_keeps_what_it_priced();
"""
BACK = """
DROP TRIGGER rate_card_keeps_what_it_priced ON billing_ratecard;
DROP FUNCTION billing_card_keeps_what_it_priced();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_kinds_of_capacity")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
