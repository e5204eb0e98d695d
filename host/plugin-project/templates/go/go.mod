module {{name}}

go 1.25

require github.com/podweave/podweave/plugins/go-sdk v0.1.0

// It is not published yet, so it is in this directory.
replace github.com/podweave/podweave/plugins/go-sdk => ./sdk
