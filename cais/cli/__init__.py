"""The command `cais`. One file per command; exit codes: 0 good, 1 refused or failed, 2 wrong use."""
