"""Tests of the price book and of ownership: reading, proving, the rate card."""
