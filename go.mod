module github.com/braidml/braid

go 1.26
