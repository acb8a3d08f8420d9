// Server answers questions about pictures over HTTP, with a model that examples/fusion or braid train fusion saved:
//
//	go run -tags cpu ./examples/server -model runs/example/model.safetensors
//	curl -F image=@picture.png -F question="what color is the shape?" localhost:8080/ask
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// answer is what /ask replies.
type answer struct {
	Answer        string             `json:"answer"`
	Probabilities map[string]float32 `json:"probabilities"`
}

func main() {
	path := flag.String("model", "runs/example/model.safetensors", "model file")
	address := flag.String("addr", "127.0.0.1:8080", "address to listen on; port 0 takes a free one")
	flag.Parse()
	model, err := models.OpenFusion(*path)
	if err != nil {
		log.Fatal(err)
	}
	if len(model.Config.Words) == 0 || len(model.Config.Classes) != model.Config.Outputs {
		log.Fatalf("%s: expected a model that was saved with its words and classes", *path)
	}
	dev, err := tensor.Open(nil)
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("POST /ask", func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 8<<20)
		a, err := ask(dev, model, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(a); err != nil {
			log.Print(err)
		}
	})
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("listening on http://%s", listener.Addr())
	server := &http.Server{ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	log.Fatal(server.Serve(listener))
}

// ask reads the form, and asks the model: any number of requests at a time.
func ask(dev *tensor.Device, model *models.Fusion, r *http.Request) (answer, error) {
	file, _, err := r.FormFile("image")
	if err != nil {
		return answer{}, err
	}
	defer file.Close()
	c := model.Config
	pixels, err := data.DecodeImage(file, c.Image.Height, c.Image.Width)
	if err != nil {
		return answer{}, err
	}
	vocab := &data.Vocab{Words: c.Words}
	question := []string{r.FormValue("question")}
	if len(vocab.Unknown(question)) > 0 {
		return answer{}, errors.New("the model knows no word of the question")
	}
	// Questions of one length, because every length is planned anew when it is first seen.
	tokens := vocab.EncodeAll(question, 32)
	image := tensor.ArrayOf(tensor.Values[uint8](pixels), append([]int{1}, pixels.Shape()...)...)
	probabilities, err := model.Predict(dev, image, tokens)
	if err != nil {
		return answer{}, err
	}
	a := answer{Probabilities: map[string]float32{}}
	for i, p := range probabilities.Floats() {
		a.Probabilities[c.Classes[i]] = p
		if p > a.Probabilities[a.Answer] {
			a.Answer = c.Classes[i]
		}
	}
	return a, nil
}
