package data

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/braidml/braid/tensor"
)

// OpenEasyVQA reads the easy-VQA data set (Zhou 2019: pictures of one shape, questions and answers) from a folder:
// train and test, each with {part}-images-{size}.idx4-ubyte.gz, [m, size, size, 3] bytes, and {part}-questions.tsv.gz
// with the columns image (a number from 0), question and answer; and answers.txt, the classes, one a line. size 0 is 32.
//
// The vocabulary is that of the train questions; texts are padded, or cut, to the longest of those.
func OpenEasyVQA(dir string, size int) (train, test *Pairs, vocab *Vocab, err error) {
	if size < 0 {
		misuse("OpenEasyVQA", "size is %d, expected the side of the pictures in pixels, or 0 for 32", size)
	}
	if size == 0 {
		size = 32
	}
	classes, err := readClasses(filepath.Join(dir, "answers.txt"))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("data: OpenEasyVQA: %w", err)
	}
	train, trainTexts, err := openEasyVQAPart(dir, "train", size, classes)
	if err != nil {
		return nil, nil, nil, err
	}
	test, testTexts, err := openEasyVQAPart(dir, "test", size, classes)
	if err != nil {
		return nil, nil, nil, err
	}
	vocab = BuildVocab(trainTexts, 0, 1)
	train.Texts = vocab.EncodeAll(trainTexts, 0)
	test.Texts = vocab.EncodeAll(testTexts, train.Texts.Shape()[1])
	return train, test, vocab, nil
}

func openEasyVQAPart(dir, part string, size int, classes []string) (*Pairs, []string, error) {
	path := filepath.Join(dir, fmt.Sprintf("%s-images-%d.idx4-ubyte.gz", part, size))
	images, err := ReadIDXFile(path)
	if err != nil {
		return nil, nil, err
	}
	shape := images.Shape()
	if images.DType() != tensor.Uint8 || len(shape) != 4 || shape[1] != size || shape[2] != size || shape[3] != 3 {
		return nil, nil, fmt.Errorf("data: OpenEasyVQA: %s: the images are %v %v, expected [m %d %d 3] of bytes", path, shape, images.DType(), size, size)
	}
	path = filepath.Join(dir, part+"-questions.tsv.gz")
	table, err := ReadTSV(path, "image", "question", "answer")
	if err != nil {
		return nil, nil, err
	}
	if len(table) == 0 {
		return nil, nil, fmt.Errorf("data: OpenEasyVQA: %s: there are no rows, expected at least one", path)
	}
	p := &Pairs{Images: images, Rows: make([]int32, len(table)), Classes: classes}
	texts, labels := make([]string, len(table)), make([]int32, len(table))
	for i, row := range table {
		image, err := strconv.Atoi(row[0])
		if err != nil || image < 0 || image >= shape[0] {
			return nil, nil, fmt.Errorf("data: OpenEasyVQA: %s: row %d: image is %q, expected 0 to %d", path, i+1, row[0], shape[0]-1)
		}
		label := slices.Index(classes, row[2])
		if label < 0 {
			return nil, nil, fmt.Errorf("data: OpenEasyVQA: %s: row %d: the answer %q is not in answers.txt, expected one of: %s",
				path, i+1, row[2], strings.Join(classes, ", "))
		}
		p.Rows[i], texts[i], labels[i] = int32(image), row[1], int32(label)
	}
	p.Labels = tensor.ArrayOf(labels, len(labels))
	return p, texts, nil
}

// readClasses reads one name a line.
func readClasses(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var classes []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name := strings.TrimSpace(lines.Text())
		if name == "" || slices.Contains(classes, name) {
			return nil, fmt.Errorf("%s: line %d: the name is %q, expected one that is not empty and not there already", path, len(classes)+1, name)
		}
		classes = append(classes, name)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(classes) == 0 {
		return nil, fmt.Errorf("%s: the file is empty, expected one name a line", path)
	}
	return classes, nil
}
