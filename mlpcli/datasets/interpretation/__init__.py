"""Makes of the arrays that people have what a network trains on, and says what was understood."""
