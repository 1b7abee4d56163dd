"""The engine, the contracts, the building and publishing of tables."""
