"""What the connector costs, in ratios to something that is measured in the same run. Run it with `make bench`."""
