"""Drivers, unit cost, waste and variance."""
