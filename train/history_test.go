package train

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func example() History {
	return History{
		{Number: 1, Loss: 0.5, ValidLoss: math.NaN(), Values: map[string]float64{"aux": 2}, Best: true, Time: time.Second, Samples: 100},
		{
			Number: 2, Loss: 0.412, ValidLoss: 0.3981, Values: map[string]float64{"accuracy": 0.8712},
			Time: 4200 * time.Millisecond, Samples: 38573,
		},
	}
}

func TestString(t *testing.T) {
	for want, e := range map[string]Epoch{
		"epoch 2: loss 0.412, valid 0.398, accuracy 0.871 (4.2 s, 9184 samples/s)": example()[1],
		"epoch 1: loss 0.5, aux 2 (1.0 s, 100 samples/s)":                          example()[0],
		"loss 0.25 (0.0 s)": {Loss: 0.25, ValidLoss: 0.25},
	} {
		if got := e.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestCSV(t *testing.T) {
	var b strings.Builder
	if err := example().WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	want := `epoch,loss,valid_loss,best,seconds,samples,accuracy,aux
1,0.5,,true,1,100,,2
2,0.412,0.3981,false,4.2,38573,0.8712,
`
	if b.String() != want {
		t.Errorf("wrote\n%s\nwant\n%s", b.String(), want)
	}
}

func TestJSON(t *testing.T) {
	h := example()
	h[0].Loss = math.Inf(-1)
	var b strings.Builder
	if err := h.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got History
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(got[0].ValidLoss) {
		t.Errorf("NaN came back as %v from %s", got[0].ValidLoss, b.String())
	}
	h[0].ValidLoss, got[0].ValidLoss = 0, 0
	if !reflect.DeepEqual(got, h) {
		t.Errorf("%+v came back as %+v", h, got)
	}
	b.Reset()
	if err := History(nil).WriteJSON(&b); err != nil || b.String() != "[]\n" {
		t.Errorf("no epochs are %q (%v)", b.String(), err)
	}
}

func TestSinceBest(t *testing.T) {
	h := example()
	if h.sinceBest() != 1 || h[:1].sinceBest() != 0 || h[1:].sinceBest() != 1 || h.best() != 0.5 {
		t.Errorf("%d, %d, %d, best %v", h.sinceBest(), h[:1].sinceBest(), h[1:].sinceBest(), h.best())
	}
}

func TestBar(t *testing.T) {
	var b strings.Builder
	draw := Bar(&b)
	for _, c := range []struct {
		p    Progress
		want string
	}{
		{
			Progress{Epoch: 3, Step: 45, Steps: 100, Loss: 0.412, SamplesPerSecond: 9184, Left: 11600 * time.Millisecond},
			"\repoch 3 [=========>          ]  45%  loss 0.412  9184 samples/s  0:12 left\x1b[K",
		},
		{Progress{Epoch: 1, Step: 0, Steps: 3, Loss: math.NaN(), Left: 2 * time.Hour}, "\repoch 1 [>                   ]   0%  0 samples/s  2:00:00 left\x1b[K"},
		{Progress{Epoch: 1, Step: 99, Steps: 100, Loss: 1}, "\repoch 1 [===================>]  99%  loss 1  0 samples/s  0:00 left\x1b[K"},
		{Progress{Epoch: 1, Step: 3, Steps: 3}, "\r\x1b[K"},
		{
			Progress{Epoch: 1 << 40, Step: 1, Steps: 3, Loss: 1e-300, SamplesPerSecond: 1e30},
			"\repoch 1099511627776 [======>             ]  33%  loss 1e-300  10000000000000000\x1b[K",
		},
	} {
		b.Reset()
		if draw(c.p); b.String() != c.want || b.Len() > len("\r")+79+len("\x1b[K") {
			t.Errorf("%+v draws\n%q, want\n%q", c.p, b.String(), c.want)
		}
	}
}
