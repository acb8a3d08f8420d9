package data_test

import (
	"context"
	"fmt"

	"github.com/braidml/braid/data"
)

// The built-in pictures and questions, in batches.
func Example() {
	train, _, vocab := data.Shapes(data.ShapesConfig{Train: 100, Test: 20})
	loader := &data.Loader[data.Pair]{Source: train, BatchSize: 64, Shuffle: true, Seed: 1}
	for batch, err := range loader.Batches(context.Background(), data.Cursor{Epoch: 0}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(batch.Image.Shape(), batch.Text.Shape()[0], batch.Label.Shape())
		break
	}
	fmt.Println(loader.Len(), "batches,", len(train.Classes), "classes,", vocab.Words[:2])
	// Output:
	// [64 32 32 3] 64 [64]
	// 8 batches, 13 classes, [<pad> <unk>]
}

func ExampleTokenize() {
	fmt.Printf("%q\n", data.Tokenize("Is it red? 这是红色吗?"))
	// Output: ["is" "it" "red" "?" "这" "是" "红" "色" "吗" "?"]
}
