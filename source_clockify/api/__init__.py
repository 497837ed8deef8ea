"""Everything that knows HTTP: the session with its key and its pace, the reading of answers, paging, fetching ahead."""
