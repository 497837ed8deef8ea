"""The endpoints, one module for each area; importing a module declares what it holds."""
