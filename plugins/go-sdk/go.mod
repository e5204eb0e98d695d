module github.com/podweave/podweave/plugins/go-sdk

go 1.25
