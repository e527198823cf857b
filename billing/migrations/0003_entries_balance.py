"""An entry whose postings do not sum to zero in each currency does not commit, whoever writes it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION billing_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  off record;
BEGIN
  SELECT currency, sum(amount) AS total INTO off
    FROM billing_posting WHERE entry_id = NEW.entry_id
    GROUP BY currency HAVING sum(amount) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'journal entry % is off by % %', NEW.entry_id, off.total, off.currency
      USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entry_balances';
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER journal_entry_balances
  AFTER INSERT ON billing_posting
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION billing_entry_balances();
"""
BACK = """
DROP TRIGGER journal_entry_balances ON billing_posting;
DROP FUNCTION billing_entry_balances();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_charges_meet_invoices")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
