"""What requests to come would cost: months, growth, shares of cache and batch, models side by side."""
