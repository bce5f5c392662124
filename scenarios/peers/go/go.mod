module zbench.peers/harness

go 1.22
