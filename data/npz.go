package data

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/braidml/braid/tensor"
)

const (
	npzMaxMembers = 1 << 12
	zipEncrypted  = 1 // bit of a member's flags
)

// ReadNPZ reads the arrays of an archive that numpy.savez or savez_compressed wrote, by their names without ".npy". All
// members must be arrays that [ReadNPY] reads.
func ReadNPZ(r io.ReaderAt, size int64) (map[string]tensor.Array, error) {
	arrays, err := readNPZ(r, size, maxArrayBytes)
	if err != nil {
		return nil, fmt.Errorf("data: ReadNPZ: %w", err)
	}
	return arrays, nil
}

// ReadNPZFile is ReadNPZ of a file; its errors name the file.
func ReadNPZFile(path string) (map[string]tensor.Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("data: ReadNPZ: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("data: ReadNPZ: %w", err)
	}
	arrays, err := readNPZ(f, info.Size(), maxArrayBytes)
	if err != nil {
		return nil, fmt.Errorf("data: ReadNPZ: %s: %w", path, err)
	}
	return arrays, nil
}

// readNPZ refuses archives of more than limit bytes of elements in all.
func readNPZ(r io.ReaderAt, size, limit int64) (map[string]tensor.Array, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w, expected an archive of arrays (NPZ)", cut(err))
	}
	if len(z.File) > npzMaxMembers {
		return nil, fmt.Errorf("there are %d members, expected at most %d", len(z.File), npzMaxMembers)
	}
	arrays := make(map[string]tensor.Array, len(z.File))
	for _, member := range z.File {
		name, ok := strings.CutSuffix(member.Name, ".npy")
		if !ok {
			return nil, fmt.Errorf("member %.100q: expected a name that ends in .npy", member.Name)
		}
		if _, twice := arrays[name]; twice {
			return nil, fmt.Errorf("member %.100q comes twice", member.Name)
		}
		a, err := readMember(member, limit)
		if err != nil {
			return nil, fmt.Errorf("member %.100q: %w", member.Name, err)
		}
		limit -= int64(a.Len()) * elementBytes(a)
		arrays[name] = a
	}
	return arrays, nil
}

// readMember also checks the member's size and checksum, which its reader tells at the end.
func readMember(member *zip.File, limit int64) (tensor.Array, error) {
	if member.Flags&zipEncrypted != 0 {
		return tensor.Array{}, fmt.Errorf("it is encrypted")
	}
	r, err := member.Open()
	if err != nil {
		return tensor.Array{}, err
	}
	defer r.Close()
	return readNPY(r, limit)
}

func elementBytes(a tensor.Array) int64 {
	switch a.DType() {
	case tensor.Uint8:
		return 1
	case tensor.Float64:
		return 8
	}
	return 4
}
