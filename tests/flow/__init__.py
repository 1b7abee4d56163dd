"""Tests of the whole flow: raw files in, published tables out."""
