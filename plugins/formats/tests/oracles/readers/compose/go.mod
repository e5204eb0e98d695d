module podweave.dev/format-oracles

go 1.24

require github.com/compose-spec/compose-go/v2 v2.16.2

require github.com/BurntSushi/toml v1.6.0 // indirect

require (
	github.com/sirupsen/logrus v1.10.1 // indirect
	github.com/toml-lang/toml-test/v2 v2.2.0
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/sys v0.13.0 // indirect
)
