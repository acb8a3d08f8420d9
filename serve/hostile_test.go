package serve

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"net/http"
	"strings"
	"testing"
)

// bombOf is a PNG that says it has so many pixels, of little more than its header.
func bombOf(w, h uint32) string {
	file := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, body []byte) {
		file = binary.BigEndian.AppendUint32(file, uint32(len(body)))
		named := append([]byte(name), body...)
		file = binary.BigEndian.AppendUint32(append(file, named...), crc32.ChecksumIEEE(named))
	}
	chunk("IHDR", append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h), 8, 2, 0, 0, 0))
	chunk("IDAT", []byte("\x78\x9c\x63\x60\x00\x00\x00\x02\x00\x01\x48\xaf\xa4\x71\x00"))
	chunk("IEND", nil)
	return base64.StdEncoding.EncodeToString(file)
}

// TestHostileRequests: each is a 4xx with a reason in the protocol's form, and the server answers the next one.
func TestHostileRequests(t *testing.T) {
	_, s := start(t, config(), Options{MaxBody: 1 << 20, MaxPixels: 1 << 20, MaxBatch: 8, MaxTokens: 20})
	const infer, explain = "/v2/models/m/infer", "/v2/models/m/explain"
	good := asked(pngOf(1, 20), "red")
	picture, text := good["inputs"].([]object)[0], good["inputs"].([]object)[1]
	with := func(inputs ...object) string { return asJSON(object{"inputs": inputs}) }
	raw := func(image string) string { return `{"inputs":[` + image + `,` + asJSON(text) + `]}` }
	pixels := func(v string) string {
		return raw(`{"name":"image","datatype":"FP32","shape":[1,16,16,3],"data":[` + strings.Repeat("0,", 767) + v + `]}`)
	}
	binaryHead := func(size any) string {
		return with(object{"name": "image", "datatype": "FP32", "shape": []int{1, 16, 16, 3}, "parameters": object{"binary_data_size": size}}, text)
	}
	nan := strings.Repeat("\x00\x00\xc0\x7f", 768)
	for _, tt := range []struct {
		name, path, body string
		status           int
		want             string
		header           []string
	}{
		{"empty", infer, "", 400, "not valid JSON", nil},
		{"no JSON", infer, "<html>", 400, "not valid JSON, at byte 1", nil},
		{"cut JSON", infer, `{"inputs":[`, 400, "not valid JSON", nil},
		{"two values", infer, `{}{}`, 400, "not valid JSON", nil},
		{"an array", infer, `[]`, 400, "is a JSON array: an object is expected", nil},
		{"null", infer, `null`, 400, "no inputs", nil},
		{"no inputs", infer, `{}`, 400, "no inputs", nil},
		{"inputs of a wrong kind", infer, `{"inputs":3}`, 400, `"inputs" in the request cannot be a JSON number`, nil},
		{"deep JSON", infer, strings.Repeat("[", 300000), 400, "max depth", nil},
		{"deep data", infer, raw(`{"name":"image","datatype":"FP32","shape":[1,16,16,3],"data":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}"), 400, "nested otherwise", nil},
		{"deep parameters", infer, `{"parameters":{"a":` + strings.Repeat(`{"a":`, 20000), 400, "not valid JSON", nil},
		{"huge body", infer, strings.Repeat(" ", 2<<20), 413, "larger than 1048576 bytes", nil},
		{"compressed", infer, "\x1f\x8b", 415, "without compression", []string{"Content-Encoding", "gzip"}},
		{"bomb", infer, with(input("image", "BYTES", []string{bombOf(20000, 20000)}, 1), text), 400, "20000 by 20000 pixels", nil},
		{"bomb below the decoder's limit", infer, with(input("image", "BYTES", []string{bombOf(4000, 4000)}, 1), text), 400, "at most 1048576 pixels", nil},
		{"many small bombs", infer, with(input("image", "BYTES", []string{bombOf(900, 900), bombOf(900, 900)}, 2)), 400, "picture 1 is 900 by 900 pixels", nil},
		{"explained bomb", explain, with(input("image", "BYTES", []string{bombOf(4000, 4000)}, 1), text), 400, "at most 1048576 pixels", nil},
		{"picture without data", infer, with(input("image", "BYTES", []string{bombOf(20, 20)}, 1), text), 400, "not enough pixel data", nil},
		{"no picture", infer, with(input("image", "BYTES", []string{"aGVsbG8="}, 1), text), 400, "format is not known", nil},
		{"no base64", infer, with(input("image", "BYTES", []string{"\x89PNG"}, 1), text), 400, "no base64", nil},
		{"empty picture", infer, with(input("image", "BYTES", []string{""}, 1), text), 400, "format is not known", nil},
		{"numbers for a picture", infer, with(input("image", "BYTES", []int{1}, 1), text), 400, "BYTES are strings", nil},
		{"too few pixels", infer, with(input("image", "UINT8", []int{1, 2}, 1, 16, 16, 3), text), 400, "768 are expected", nil},
		{"too many pixels", infer, with(input("image", "UINT8", make([]int, 769), 1, 16, 16, 3), text), 400, "more than 768", nil},
		{"wrong size", infer, with(input("image", "UINT8", make([]int, 1024), 1, 16, 16, 4), text), 400, "[-1 16 16 3] is expected", nil},
		{"wrong rank", infer, with(input("image", "UINT8", make([]int, 768), 768), text), 400, "[-1 16 16 3] is expected", nil},
		{"negative rows", infer, with(input("image", "UINT8", []int{}, -1, 16, 16, 3), text), 400, "-1 is any number", nil},
		{"negative files", infer, with(input("image", "BYTES", []string{}, -5), text), 400, "-1 is any number", nil},
		{"no rows", infer, with(input("image", "UINT8", []int{}, 0, 16, 16, 3), text), 400, "at least one row", nil},
		{"shape of 2^62", infer, with(input("image", "UINT8", []int{1}, 1<<62, 16, 16, 3), text), 400, "too large", nil},
		{"too many rows", infer, with(input("image", "UINT8", []int{1}, 9, 16, 16, 3), text), 400, "at most 8", nil},
		{"shape of fractions", infer, raw(`{"name":"image","datatype":"UINT8","shape":[1.5],"data":[]}`), 400, "cannot be a JSON number 1.5", nil},
		{"shape beyond integers", infer, raw(`{"name":"image","datatype":"UINT8","shape":[1e40],"data":[]}`), 400, "cannot be a JSON number", nil},
		{"no shape", infer, raw(`{"name":"image","datatype":"UINT8","data":[1]}`), 400, "the shape of UINT8 is []", nil},
		{"no data", infer, raw(`{"name":"image","datatype":"UINT8","shape":[1,16,16,3]}`), 400, "0 bytes of data", nil},
		{"data is null", infer, raw(`{"name":"image","datatype":"UINT8","shape":[1,16,16,3],"data":null}`), 400, "no JSON array", nil},
		{"data is an object", infer, raw(`{"name":"image","datatype":"UINT8","shape":[1,16,16,3],"data":{"a":[1]}}`), 400, "no JSON array", nil},
		{"ragged data", infer, raw(`{"name":"image","datatype":"UINT8","shape":[1,16,16,3],"data":[[[[1,2,3],[1]]]]}`), 400, "1 elements in an array", nil},
		{"objects for numbers", infer, raw(`{"name":"image","datatype":"UINT8","shape":[1,16,16,3],"data":[{"a":[1,2]}]}`), 400, "no UINT8", nil},
		{"a byte of 256", infer, raw(`{"name":"image","datatype":"UINT8","shape":[1,16,16,3],"data":[256]}`), 400, "element 0 is 256, which is no UINT8", nil},
		{"NaN in JSON", infer, pixels("NaN"), 400, "not valid JSON", nil},
		{"null for a number", infer, pixels("null"), 400, "element 767 is null", nil},
		{"a string for a number", infer, pixels(`"inf"`), 400, "no FP32", nil},
		{"infinite in JSON", infer, pixels("1e999"), 400, "no FP32", nil},
		{"NaN in binary", infer, binaryHead(len(nan)) + nan, 400, "element 0 is NaN", []string{headerLength, fmt.Sprint(len(binaryHead(len(nan))))}},
		{"binary size too large", infer, binaryHead(9999) + nan, 400, "binary_data_size is 9999", []string{headerLength, fmt.Sprint(len(binaryHead(9999)))}},
		{"binary size negative", infer, binaryHead(-4) + nan, 400, "binary_data_size is -4", []string{headerLength, fmt.Sprint(len(binaryHead(-4)))}},
		{"binary size of 1e300", infer, binaryHead(1e300) + nan, 400, "binary_data_size", []string{headerLength, fmt.Sprint(len(binaryHead(1e300)))}},
		{"binary size of text", infer, binaryHead("4") + nan, 400, "binary_data_size", []string{headerLength, fmt.Sprint(len(binaryHead("4")))}},
		{"bytes that belong to nobody", infer, with(picture, text) + "more", 400, "4 bytes that belong to no input", []string{headerLength, fmt.Sprint(len(with(picture, text)))}},
		{"header longer than the body", infer, "{}", 400, headerLength, []string{headerLength, "99"}},
		{"negative header", infer, "{}", 400, headerLength, []string{headerLength, "-1"}},
		{"wrong datatype", infer, with(input("image", "FP16", []int{1}, 1, 16, 16, 3), text), 400, "BYTES, UINT8 or FP32 is expected", nil},
		{"no datatype", infer, with(input("image", "", []int{1}, 1, 16, 16, 3), text), 400, "BYTES, UINT8 or FP32 is expected", nil},
		{"wrong datatype of a text", infer, with(picture, input("text", "BOOL", []bool{true}, 1)), 400, "BYTES, INT32 or INT64 is expected", nil},
		{"text that is no UTF-8", infer, "\x55\x00\x00\x00", 400, "not valid JSON", nil},
		{"text of unknown words", infer, with(picture, input("text", "BYTES", []string{"flurb zork"}, 1)), 400, "knows no word of text 0, “flurb zork”; it knows: circle color", nil},
		{"empty text", infer, with(picture, input("text", "BYTES", []string{""}, 1)), 400, "knows no word", nil},
		{"endless text", infer, with(picture, input("text", "BYTES", []string{strings.Repeat("red ", 1000)}, 1)), 400, "1000 words: at most 20", nil},
		{"token beyond the words", infer, with(picture, input("text", "INT32", []int{99}, 1, 1)), 400, "token 0 is 99: 0 to 8", nil},
		{"token below 0", infer, with(picture, input("text", "INT64", []int{-1}, 1, 1)), 400, "token 0 is -1", nil},
		{"token beyond 32 bits", infer, with(picture, input("text", "INT64", []int{1 << 40}, 1, 1)), 400, "token 0 is 1099511627776", nil},
		{"many tokens", infer, with(picture, input("text", "INT32", make([]int, 21), 1, 21)), 400, "1 to 20 tokens", nil},
		{"no tokens", infer, with(picture, input("text", "INT32", []int{}, 1, 0)), 400, "1 to 20 tokens", nil},
		{"rows that differ", infer, with(picture, input("text", "BYTES", []string{"red", "red"}, 2)), 400, "2 rows, and 1 of the other input", nil},
		{"more strings than the shape", infer, with(picture, input("text", "BYTES", []string{"red", "red"}, 1)), 400, "more than 1 elements", nil},
		{"missing picture", infer, with(text), 400, "image is missing", nil},
		{"missing text", infer, with(picture), 400, "text is missing", nil},
		{"unknown input", infer, with(picture, text, input("sound", "BYTES", []string{"a"}, 1)), 400, `no input "sound"`, nil},
		{"input twice", infer, with(picture, picture, text), 400, "given twice", nil},
		{"unknown output", infer, asJSON(object{"inputs": good["inputs"], "outputs": []object{{"name": "logits"}}}), 400, `no output "logits"`, nil},
		{"output twice", infer, asJSON(object{"inputs": good["inputs"], "outputs": []object{{"name": "class"}, {"name": "class"}}}), 400, "asked for twice", nil},
		{"parameter of a wrong kind", infer, asJSON(object{"inputs": good["inputs"], "parameters": object{"binary_data_output": 1}}), 400, "true or false", nil},
		{"explained class", explain, asJSON(object{"inputs": good["inputs"], "parameters": object{"class": "mauve"}}), 400, "the parameter class is mauve", nil},
		{"explained rows", explain, with(input("image", "UINT8", make([]int, 1536), 2, 16, 16, 3), input("text", "BYTES", []string{"red", "red"}, 2)), 400, "an explanation is of one", nil},
		{"unknown model", "/v2/models/../../etc/infer", asJSON(good), 404, "nothing at", nil},
		{"unknown version", "/v2/models/m/versions/9/infer", asJSON(good), 404, "no version", nil},
	} {
		status, body := call(t, "POST", s.URL+tt.path, tt.body, tt.header...)
		var e struct{ Error string }
		if err := json.Unmarshal([]byte(body), &e); err != nil || status != tt.status || !strings.Contains(e.Error, tt.want) {
			t.Errorf("%s: %d %s, want %d with %q", tt.name, status, body, tt.status, tt.want)
		}
		if len(body) > 1000 {
			t.Errorf("%s: the reason has %d bytes", tt.name, len(body))
		}
	}
	invalid := bytes.Replace([]byte(asJSON(good)), []byte(`"red"`), []byte("\"\xff\""), 1)
	if status, body := call(t, "POST", s.URL+infer, string(invalid)); status != 400 {
		t.Errorf("text of broken UTF-8: %d %s", status, body)
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH", "GET", "OPTIONS", "BREW"} {
		if status, body := call(t, method, s.URL+infer, "{}"); status != http.StatusMethodNotAllowed || !strings.HasPrefix(body, `{"error":`) {
			t.Errorf("%s: %d %s", method, status, body)
		}
	}
	status, body := call(t, "POST", s.URL+infer, asJSON(good))
	probabilities(t, status, body)
}
