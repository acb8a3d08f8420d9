package tensorboard

import (
	"image"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// event is TensorFlow's message Event: the version of the file, or one value of a summary.
type event struct {
	wall    float64 // seconds since 1970
	step    int
	version string
	tag     string
	value   field
}

// field is one encoded field of message Summary.Value, and what else belongs to it.
type field []byte

// The numbers of the fields, from TensorFlow's event.proto and summary.proto.
const (
	eventWall, eventStep, eventVersion, eventSummary                               = 1, 2, 3, 5
	summaryValue                                                                   = 1
	valueTag, valueSimple, valueImage, valueHistogram, valueTensor, valueMetadata  = 1, 2, 4, 5, 8, 9
	imageHeight, imageWidth, imageColours, imageBytes                              = 1, 2, 3, 4
	histoMin, histoMax, histoNum, histoSum, histoSquares, histoLimits, histoCounts = 1, 2, 3, 4, 5, 6, 7
)

func (e event) encode() []byte {
	b := double(nil, eventWall, e.wall)
	if e.version != "" {
		return text(b, eventVersion, e.version)
	}
	b = number(b, eventStep, e.step)
	value := append(text(nil, valueTag, e.tag), e.value...)
	return inner(b, eventSummary, inner(nil, summaryValue, value))
}

func scalar(v float64) field {
	b := protowire.AppendTag(nil, valueSimple, protowire.Fixed32Type)
	return protowire.AppendFixed32(b, math.Float32bits(float32(v)))
}

func picture(r image.Rectangle, png []byte) field {
	b := number(nil, imageHeight, r.Dy())
	b = number(b, imageWidth, r.Dx())
	b = number(b, imageColours, 4) // red, green, blue, alpha
	return inner(nil, valueImage, inner(b, imageBytes, png))
}

// words is a tensor of one string, that the plugin for texts shows.
func words(s string) field {
	const tensorType, tensorShape, tensorString, typeString = 1, 2, 8, 7
	const shapeDim, dimSize, metadataPlugin, pluginName = 2, 1, 1, 1
	t := number(nil, tensorType, typeString)
	t = inner(t, tensorShape, inner(nil, shapeDim, number(nil, dimSize, 1)))
	t = text(t, tensorString, s)
	b := inner(nil, valueTensor, t)
	return inner(b, valueMetadata, inner(nil, metadataPlugin, text(nil, pluginName, "text")))
}

func number(b []byte, field protowire.Number, v int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(v))
}

func double(b []byte, field protowire.Number, v float64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(b, field, protowire.Fixed64Type), math.Float64bits(v))
}

// doubles is a packed repeated field.
func doubles(b []byte, field protowire.Number, v []float64) []byte {
	var packed []byte
	for _, x := range v {
		packed = protowire.AppendFixed64(packed, math.Float64bits(x))
	}
	return inner(b, field, packed)
}

func text(b []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

func inner(b []byte, field protowire.Number, message []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), message)
}
