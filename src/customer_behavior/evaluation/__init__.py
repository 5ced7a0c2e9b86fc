"""How good predictions are: measures, and how sure they are."""
