"""Trains the claim checker that the product ships. The product imports nothing of it."""
