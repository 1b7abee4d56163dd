"""Tests of pricing: the one pricing query against an independent oracle and against sums made by hand."""
