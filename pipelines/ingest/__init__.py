"""Raw files in, typed immutable staging files out; nothing here knows a price."""
