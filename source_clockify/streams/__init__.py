"""The streams, one module per area of Clockify."""
