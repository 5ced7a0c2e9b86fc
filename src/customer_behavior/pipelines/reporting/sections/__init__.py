"""The report's sections, by subject. Each takes results and returns one section."""
