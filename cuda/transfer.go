//go:build linux && cgo && !cpu

package cuda

import (
	"math"

	"github.com/braidml/braid/internal/engine"
	"gorgonia.org/cu"
)

// Upload copies src into dst. It returns when src is in page-locked memory, from where the GPU takes it in its turn.
func (s *Stream) Upload(dst engine.Buffer, src []byte) error {
	if err := s.settle(); err != nil {
		return err
	}
	src = src[:min(len(src), dst.Bytes())]
	for at := addr(dst); len(src) > 0; {
		b, err := s.staging.take(len(src))
		if err != nil {
			return s.fault(err)
		}
		n := copy(b, src)
		if err := cu.MemcpyHtoDAsync(cu.DevicePtr(at), pointer(b), int64(n), s.queue); err != nil {
			return s.failed("cuMemcpyHtoDAsync", err)
		}
		if err := s.staging.mark(n, s.queue); err != nil {
			return s.fault(err)
		}
		src, at = src[n:], at+uint64(n)
	}
	return s.queued(launched{name: "an upload"})
}

// Download copies src into dst and waits for it.
func (s *Stream) Download(dst []byte, src engine.Buffer) error {
	if err := s.settle(); err != nil {
		return err
	}
	dst = dst[:min(len(dst), src.Bytes())]
	for at := addr(src); len(dst) > 0; {
		b, err := s.staging.take(len(dst))
		if err != nil {
			return s.fault(err)
		}
		if err := cu.MemcpyDtoHAsync(pointer(b), cu.DevicePtr(at), int64(len(b)), s.queue); err != nil {
			return s.failed("cuMemcpyDtoHAsync", err)
		}
		if err := s.queue.Synchronize(); err != nil {
			return s.fault(err)
		}
		s.staging.rest()
		n := copy(dst, b)
		dst, at = dst[n:], at+uint64(n)
	}
	return nil
}

// Fill is Y = Value, converted as Copy converts.
func (s *Stream) Fill(o engine.Fill) error {
	if o.Y.Len == 0 && s.dev.Has(o.Y.DType) {
		return nil
	}
	at, n := cu.DevicePtr(addr(o.Y)), int64(o.Y.Len)
	var err error
	switch o.Y.DType {
	case engine.F32:
		err = cu.MemsetD32Async(at, uint(math.Float32bits(float32(o.Value))), n, s.queue)
	case engine.I32:
		err = cu.MemsetD32Async(at, uint(uint32(int32(saturate(o.Value, math.MinInt32, math.MaxInt32)))), n, s.queue)
	case engine.U8:
		err = cu.MemsetD8Async(at, uint8(saturate(o.Value, 0, math.MaxUint8)), n, s.queue)
	default:
		return engine.ErrUnsupported
	}
	if err != nil {
		return s.failed("cuMemset", err)
	}
	return s.queued(launched{name: "a fill"})
}

// saturate is v cut to lo … hi; 0 for NaN.
func saturate(v, lo, hi float64) float64 {
	if v != v {
		return 0
	}
	return min(max(v, lo), hi)
}

// zero clears device memory in the stream's turn.
func (s *Stream) zero(at uint64, bytes int) error {
	if bytes == 0 {
		return nil
	}
	if err := cu.MemsetD8Async(cu.DevicePtr(at), 0, int64(bytes), s.queue); err != nil {
		return s.failed("cuMemsetD8Async", err)
	}
	return s.queued(launched{name: "a fill"})
}

// copyBytes copies device memory in the stream's turn.
func (s *Stream) copyBytes(dst, src uint64, bytes int) error {
	if bytes == 0 {
		return nil
	}
	if err := cu.MemcpyDtoDAsync(cu.DevicePtr(dst), cu.DevicePtr(src), int64(bytes), s.queue); err != nil {
		return s.failed("cuMemcpyDtoDAsync", err)
	}
	return s.queued(launched{name: "a copy"})
}
