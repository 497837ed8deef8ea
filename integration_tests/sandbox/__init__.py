"""The sandbox has the quirks of the real API, each seen over a real socket."""
