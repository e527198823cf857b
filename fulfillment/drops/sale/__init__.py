"""Selling: orders of the burst, preorders, who gets what when there is too little, and the way in for shops."""
