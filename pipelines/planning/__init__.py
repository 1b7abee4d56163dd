"""Looking ahead: what was budgeted, what is expected, what is unusual, what capacity stands idle."""
