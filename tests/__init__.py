"""Tests of inferledger: no network, no clock, no sleeping; money is checked against an oracle of its own."""
