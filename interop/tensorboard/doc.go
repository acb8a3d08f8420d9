// Package tensorboard writes the event files that TensorBoard shows: scalars, pictures, histograms and texts over steps.
//
//	events, err := tensorboard.Create("runs/a")
//	...
//	defer events.Close()
//	trainer.Record = events
//
// Then run: tensorboard --logdir runs
package tensorboard
