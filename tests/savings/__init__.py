"""Tests of the savings: what another policy would have used, against rows a reader can add up."""
