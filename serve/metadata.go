package serve

import (
	"fmt"
	"net/http"

	"github.com/braidml/braid/models"
)

// described is an input or output in a model's metadata.
type described struct {
	Name       string         `json:"name"`
	Datatype   string         `json:"datatype"`
	Shape      []int          `json:"shape"` // -1: any number
	Parameters map[string]any `json:"parameters,omitempty"`
}

func (h *Handler) server(w http.ResponseWriter, _ *http.Request) error {
	return sendJSON(w, map[string]any{"name": "braid", "version": version(), "extensions": []string{"binary_tensor_data"}})
}

func (h *Handler) live(w http.ResponseWriter, _ *http.Request) error {
	return sendJSON(w, map[string]bool{"live": true})
}

func (h *Handler) ready(w http.ResponseWriter, _ *http.Request) error {
	if h.isClosing() {
		return errBusy("the server is stopping")
	}
	return sendJSON(w, map[string]bool{"ready": true})
}

func (h *Handler) modelReady(w http.ResponseWriter, _ *http.Request) error {
	if h.isClosing() {
		return errBusy("the server is stopping")
	}
	return sendJSON(w, map[string]any{"name": h.o.Name, "ready": true})
}

func (h *Handler) metadata(w http.ResponseWriter, _ *http.Request) error {
	return sendJSON(w, map[string]any{
		"name": h.o.Name, "versions": []string{h.o.Version}, "platform": "braid_fusion",
		"inputs": h.inputs(), "outputs": outputs(h.model.Config),
	})
}

// inputs are the forms in which the inputs are taken: the first one as the protocol has it, the others as a parameter.
func (h *Handler) inputs() []described {
	c := h.model.Config
	optional := c.Missing
	pixels := []int{-1, c.Image.Height, c.Image.Width, c.Image.Channels}
	all := []described{{"image", "UINT8", pixels, map[string]any{"optional": optional, "also": []string{"FP32"}}}}
	if h.drawable() {
		all[0] = described{"image", "BYTES", []int{-1}, map[string]any{
			"content": "PNG, JPEG, GIF or WebP files; base64 in JSON", "optional": optional,
			"also": []string{fmt.Sprint("UINT8 ", pixels), fmt.Sprint("FP32 ", pixels, " from 0 to 1")},
		}}
	}
	switch {
	case c.Text.Dense > 0:
		all = append(all, described{"text", "FP32", []int{-1, c.Text.Dense}, map[string]any{"optional": optional}})
	case h.vocab == nil && c.Missing && c.Text.Vocab <= 2: // trained without texts
	case h.vocab == nil:
		all = append(all, described{"text", "INT32", []int{-1, -1}, map[string]any{"optional": optional, "also": []string{"INT64 [-1 -1]"}}})
	default:
		all = append(all, described{"text", "BYTES", []int{-1}, map[string]any{
			"content": "UTF-8", "optional": optional, "also": []string{"INT32 [-1 -1]", "INT64 [-1 -1]"},
		}})
	}
	return all
}

// outputs are what a model gives.
func outputs(c models.FusionConfig) []described {
	values := described{Name: "probabilities", Datatype: "FP32", Shape: []int{-1, c.Outputs}}
	if c.Regression {
		values.Name = "values"
	}
	if len(c.Classes) == 0 {
		return []described{values}
	}
	values.Parameters = map[string]any{"names": c.Classes}
	if c.Regression || c.MultiLabel {
		return []described{values}
	}
	return []described{values, {Name: "class", Datatype: "BYTES", Shape: []int{-1}}}
}
