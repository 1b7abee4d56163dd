"""Dagster declarations: what is an asset, when it runs, what is checked. Nothing is computed here."""
