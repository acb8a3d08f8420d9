//go:build race

package models

func init() { racing = true }
