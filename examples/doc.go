// Package examples holds programs to read and to begin from, one a folder:
//
//	fusion    the whole way: data, model, trainer, a saved model
//	server    answers questions about pictures over HTTP, with what fusion saved
//	custom    a layer and a loop of one's own
//	listing   a known Keras model written out layer by layer
//	shapefolder, ask    what docs/tutorial.md uses: writes a folder of pictures and questions, asks a trained model
//	eager     looks at values and gradients step by step
//
// Each runs from the root of the repository without files: go run -tags cpu ./examples/fusion
package examples
