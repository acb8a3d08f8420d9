package data_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing/fstest"

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

// Pictures in class folders; a table beside them would give texts and other labels.
func ExampleOpenImageFolder() {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		fmt.Println(err)
		return
	}
	file := &fstest.MapFile{Data: picture.Bytes()} // of os.DirFS("animals") otherwise
	folder, err := data.OpenImageFolder(fstest.MapFS{"cat/1.png": file, "cat/2.png": file, "dog/1.png": file},
		data.FolderOptions{Height: 32, Width: 32})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(folder.Len(), "pictures of", folder.Classes, "with labels", folder.Labels)
	// Output: 3 pictures of [cat dog] with labels [0 0 1]
}

// An embedding that begins with word vectors.
func ExampleVectors_Table() {
	vocab := data.BuildVocab([]string{"a red axolotl"}, 0, 1)
	vectors, err := data.ReadGloVe(strings.NewReader("a 0.1 0.2\nred 0.3 0.4\nblue 0.5 0.6\n"), vocab)
	if err != nil {
		fmt.Println(err)
		return
	}
	table, missing := vectors.Table(vocab, rand.New(rand.NewPCG(1, 1)))
	fmt.Println(len(table)/vectors.Dim, "rows for", vocab.Words, "of which", missing, "word has no vector")
	// Output: 5 rows for [<pad> <unk> a axolotl red] of which 1 word has no vector
}

func ExampleTokenize() {
	fmt.Printf("%q\n", data.Tokenize("Is it red? 这是红色吗?"))
	// Output: ["is" "it" "red" "?" "这" "是" "红" "色" "吗" "?"]
}
