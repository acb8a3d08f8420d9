// Package train runs training loops: epochs with validation, metrics, progress and checkpoints that survive anything.
//
//	t := &train.Trainer[data.Pair]{Model: model, Forward: forward, Loss: tensor.CrossEntropy, Optimizer: opt,
//		Train: loader, Valid: validation, Metrics: []metrics.Metric{metrics.Accuracy()}, Checkpoint: "runs/fusion"}
//	for epoch, err := range t.Epochs(ctx, 15) {
//		if err != nil { return err }
//		fmt.Println(epoch)
//		if epoch.Values["accuracy"] > 0.995 { break }
//	}
//
// # Checkpoints
//
// The folder holds last and, once an epoch has ended, best. Each is a folder of model.safetensors (what layers.Load
// reads), optim.safetensors and state.json with the checksums of both. They are replaced as wholes, so that a kill or a
// full disk at any moment leaves the one before. One process at a time may train into a folder.
//
// A run that goes on from last computes the same bits as one that was never interrupted, because batches and random
// numbers are functions of seeds, epoch and step, and everything else is in the checkpoint. The fields of the Trainer are
// not: whoever resumes sets the same ones. What would silently change the course (seeds, batch size, the number of rows)
// is compared.
package train
