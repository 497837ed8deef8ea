"""Nothing that a host or a row can do loses, doubles, hangs or leaks: every stream of the catalogue against every fault.

`streams` finds the streams, `subject` reads each once without faults. A cell is a stream with a fault of one of the tables
`bytes_`, `statuses`, `lists`, `objects`, `rows` and `parents`; `verdict` says how it came out, by comparison with what was read
without faults, which `test_truth` compares with the sandbox's truth. `moving` has what happens to a list while it is read,
`kills` how a sync may be broken off. A new stream is in all of them by itself.

CI takes a sample; `make matrix` takes every cell and prints the table.
"""
