"""Spreadsheets of leads: read, columns matched, rows checked, imported."""
