// Package onnx writes models as ONNX graphs, and runs the graphs of others.
//
//	err := onnx.Export(file, model, onnx.Options{})       // of package models, or any layers.Layer with Options.Shape
//
//	m, err := onnx.Open("model.onnx")
//	out, err := m.Run(dev, map[string]tensor.Array{"image": pictures, "text": tokens})
//
// # Export
//
// Export runs the model's Forward on shapes alone and writes down what it recorded, so that every layer made of tensor
// operations can be exported, a user's own too. It does so with several sizes of the batch: a size that follows the batch
// becomes dynamic. The parameters are embedded. Graphs have the operators of opset 17.
//
// Images stay [n, h, w, c] at the border of the graph, and are [n, c, h, w] within, as ONNX's operators want them: a
// Transpose stands where an image enters or leaves, and where none does, at a Flatten or a Reshape, the order of
// dimensions is folded into the weights of the Dense layer beside it.
//
// An RNN becomes ONNX's RNN with sequence_lens: an unrolled one would have a fixed number of words, and a node for each.
//
// # Import
//
// A [Model] computes reals on a device and integers and booleans on the host, where int64 is exact. See [Model.Run].
package onnx
