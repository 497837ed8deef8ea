"""What writes parts of the documentation, and what compares the schemas with outside evidence."""
