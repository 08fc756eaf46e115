"""What every stage shares: the settings and the error tree. Imports nothing of ours."""
