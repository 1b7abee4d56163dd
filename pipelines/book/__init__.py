"""The dated dimensions: prices, aliases, ownership; read from reviewed text and proved before a run."""
