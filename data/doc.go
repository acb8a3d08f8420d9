// Package data reads data sets and turns them into batches.
//
// A [Source] is a data set with random access, a [Loader] makes batches of it: shuffled, ahead of time and in
// parallel. [Pairs] is images with texts in memory; [Shapes] draws one, [OpenEasyVQA] reads one. [ImageFolder] is
// pictures on disk, decoded when they are read: [OpenImageFolder] takes class folders, or a table beside the pictures,
// and [OpenManifest] a table of paths. [ReadIDX], [ReadNPY], [ReadNPZ], [ReadTSV], [DecodeImage] and [Vocab] are what to
// build others from; [Augment] changes pictures at random, and [ReadVectorsFile] reads word vectors for an embedding.
// [SurveyTable] tells what the columns of a table hold, [DrawTexts] gives a row another text in every epoch, [Matching] asks
// whether a text fits, and [HideImages] takes inputs away.
//
//	train, test, vocab := data.Shapes(data.ShapesConfig{})
//	loader := &data.Loader[data.Pair]{Source: train, BatchSize: 64, Shuffle: true, Seed: 1}
//	for batch, err := range loader.Batches(ctx, data.Cursor{Epoch: 0}) {
//		...                             // batch.Image [64, 32, 32, 3], batch.Text [64, time], batch.Label [64]
//	}
//
// One's own pictures and sentences, with 9 of 10 rows to train on, and those augmented:
//
//	folder, err := data.OpenImageFolder(os.DirFS("animals"), data.FolderOptions{
//		Height: 64, Width: 64, Text: "caption", Label: "animal", // columns of animals/metadata.csv
//	})
//	rows, others := data.Stratified(folder.Labels, .9, 1)
//	train := data.Augmented(data.Subset[data.Pair](folder, rows), &data.Augment{Flip: true, Crop: 4})
//	valid := data.Subset[data.Pair](folder, others)
//
// # Invariants
//
// What a loader yields is a function of its Seed and the place in the sequence (epoch, batch), whatever the number of
// workers; to resume is to start at a [Cursor]. A batch belongs to the loader and is overwritten when the next one is
// asked for. No goroutine outlives the loop.
//
// # Errors
//
// Files, and data that came from them, are answered with errors that name file and row. A caller's mistake (a negative
// batch size, an impossible picture size) is a panic with a [tensor.Error].
package data

import (
	"fmt"

	"github.com/braidml/braid/tensor"
)

// misuse panics because of a caller's mistake.
func misuse(op, rule string, args ...any) {
	panic(&tensor.Error{Op: "data." + op, Rule: fmt.Sprintf(rule, args...)})
}
