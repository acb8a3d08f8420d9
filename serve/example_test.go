package serve_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/braidml/braid/models"
	"github.com/braidml/braid/serve"
)

// A model below a path of a program's own.
func ExampleNew() {
	words := []string{"", "?", "what", "color"}
	model := models.NewFusion(rand.New(rand.NewPCG(1, 2)), models.FusionConfig{
		Text: models.TextConfig{Vocab: len(words)}, Outputs: 2,
		Words: words, Classes: []string{"red", "green"},
	})
	handler, err := serve.New(model, serve.Options{Name: "colors", BatchDelay: 2 * time.Millisecond})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer handler.Close()
	mux := http.NewServeMux()
	mux.Handle("/colors/", http.StripPrefix("/colors", handler))
	server := httptest.NewServer(mux)
	defer server.Close()

	reply, err := http.Get(server.URL + "/colors/v2/models/colors/ready")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	fmt.Println(reply.Status, string(body), err)
	// Output: 200 OK {"name":"colors","ready":true} <nil>
}
