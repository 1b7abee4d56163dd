"""What would have been cheaper: usage rewritten under another policy, priced by the one pricing query."""
