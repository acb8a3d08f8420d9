package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// serving runs braid serve until stop; exit gives its status and what it complained about.
func serving(t *testing.T, args ...string) (url string, stop func(), exit func() (int, string)) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	r, w := io.Pipe()
	var complaint strings.Builder
	code := make(chan int, 1)
	go func() {
		code <- run(&world{ctx, w, &complaint, false}, append([]string{"serve", "--model", trained(), "--addr", "127.0.0.1:0"}, args...))
		w.Close()
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	m := regexp.MustCompile(`^serving "(run|shapes)" on .*; try it at (http://127\.0\.0\.1:[0-9]+)/\n$`).FindStringSubmatch(line)
	if err != nil || m == nil {
		t.Fatalf("it prints %q (%v), %s", line, err, complaint.String())
	}
	return m[2], stop, func() (int, string) { return <-code, complaint.String() }
}

// askBody is a request about a picture in a file.
func askBody(t *testing.T, path, text string) string {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"inputs": []map[string]any{
		{"name": "image", "datatype": "BYTES", "shape": []int{1}, "data": []string{base64.StdEncoding.EncodeToString(file)}},
		{"name": "text", "datatype": "BYTES", "shape": []int{1}, "data": []string{text}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func post(url, body string) (int, string, error) {
	r, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	return r.StatusCode, string(b), err
}

// TestServe: the server says what predict says, and an interrupt lets it finish what it was asked.
func TestServe(t *testing.T) {
	picture, text := drawing(t, 50), "what color is the shape ?"
	var answers []answer
	if err := json.Unmarshal([]byte(must(t, "predict", "--model", trained(), "--image", picture, "--text", text, "--json", "--top", "1")), &answers); err != nil {
		t.Fatal(err)
	}
	url, stop, exit := serving(t, "--name", "shapes", "--batch-delay", "500ms")
	body := askBody(t, picture, text)
	slow, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")) // its body is on the way when the server is to stop
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	fmt.Fprintf(slow, "POST /v2/models/shapes/infer HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:100])
	done := make(chan string, 1)
	go func() {
		status, reply, err := post(url+"/v2/models/shapes/infer", body)
		done <- fmt.Sprint(status, " ", err, " ", reply)
	}()
	deadline := time.Now().Add(10 * time.Second)
	for inFlight := false; !inFlight && time.Now().Before(deadline); {
		r, err := http.Get(url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(r.Body)
		r.Body.Close()
		inFlight = strings.Contains(string(b), "\nbraid_requests_in_flight 2\n")
	}
	stop()
	var reply struct {
		Outputs []struct{ Data []any }
	}
	got := <-done
	if err := json.Unmarshal([]byte(strings.TrimPrefix(got, "200 <nil> ")), &reply); err != nil {
		t.Fatalf("the request that was in flight got %s", got)
	}
	best := 0.0
	for _, p := range reply.Outputs[0].Data {
		best = max(best, p.(float64))
	}
	if class := reply.Outputs[1].Data[0]; class != answers[0].Class || !(math.Abs(best-float64(answers[0].Probability)) <= 1e-6) {
		t.Errorf("the server says %v %v, predict %+v", class, best, answers[0])
	}
	fmt.Fprint(slow, body[100:])
	if line, err := bufio.NewReader(slow).ReadString('\n'); err != nil || line != "HTTP/1.1 200 OK\r\n" {
		t.Errorf("the request whose body came after the interrupt got %q, %v", line, err)
	}
	if code, complaint := exit(); code != 0 || complaint != "" {
		t.Errorf("it ends with %d, %q", code, complaint)
	}
	if conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")); err == nil {
		conn.Close()
		t.Error("it still listens")
	}
}

// TestServeCutsOff a client that does not finish its request, when the server is to stop.
func TestServeCutsOff(t *testing.T) {
	url, stop, exit := serving(t, "--timeout", "300ms")
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /v2/models/run/infer HTTP/1.1\r\nHo")
	stop()
	if code, complaint := exit(); code != 0 && !strings.Contains(complaint, "cut off") {
		t.Errorf("it ends with %d, %q", code, complaint)
	}
}

func TestServeRefuses(t *testing.T) {
	refuse(t, 1, []string{"serve", "--model", trained(), "--max-batch", "0"}, "--max-batch")
	refuse(t, 1, []string{"serve", "--model", trained(), "--addr", "nowhere:port"}, "listen")
	refuse(t, 1, []string{"serve", "--model", t.TempDir()}, "model.safetensors")
	refuse(t, 1, []string{"serve", "--model", trained(), "--name", "a/b"}, "a name without / is expected")
	refuse(t, 2, []string{"serve"}, "--model")
}
