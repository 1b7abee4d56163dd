"""What explains a cost: its drivers, and why it changed between two periods."""
