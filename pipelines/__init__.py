"""inferledger: what every token of LLM inference cost, who caused it, and whether it matches the bill."""
