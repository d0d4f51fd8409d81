"""What rules can't judge: a language model, asked through one door. Importing this costs nothing; only an endpoint does."""
