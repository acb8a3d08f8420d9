module github.com/braidml/braid/bench/peers/gonum

go 1.26.0

require (
	github.com/braidml/braid v0.0.0
	gonum.org/v1/gonum v0.17.0
)

require (
	github.com/google/uuid v1.1.1 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	golang.org/x/image v0.47.0 // indirect
	gorgonia.org/cu v0.9.6 // indirect
)

replace github.com/braidml/braid => ../../..
