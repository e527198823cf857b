"""The pack bench, cartons, labels, parcels on their way out."""
