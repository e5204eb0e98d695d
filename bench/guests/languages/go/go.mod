module plain

go 1.25

require github.com/podweave/podweave/plugins/go-sdk v0.1.0

replace github.com/podweave/podweave/plugins/go-sdk => ../../../../plugins/go-sdk
