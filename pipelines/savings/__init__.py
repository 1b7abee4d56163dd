"""Counterfactual savings: what the same usage would have cost under another policy."""
