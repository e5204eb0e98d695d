module go-template

go 1.25

require github.com/podweave/podweave/plugins/go-sdk v0.1.0

// In a project of your own it lies in sdk/.
replace github.com/podweave/podweave/plugins/go-sdk => ../../../plugins/go-sdk
