package serve

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// browser is a headless Chromium, driven by the DevTools protocol over two pipes: messages of JSON, each ended by a zero.
type browser struct {
	t       *testing.T
	to      io.Writer
	from    *bufio.Reader
	session string
	last    int
}

// openBrowser starts the one that BRAID_CHROMIUM names, or chromium, with an empty page. The test is skipped where there
// is none.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	path := os.Getenv("BRAID_CHROMIUM")
	if path == "" {
		var err error
		if path, err = exec.LookPath("chromium"); err != nil {
			t.Skip("there is no chromium, and BRAID_CHROMIUM names none")
		}
	}
	toBrowser, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, fromBrowser, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
		"--user-data-dir="+t.TempDir(), "--remote-debugging-pipe", "about:blank")
	c.ExtraFiles = []*os.File{toBrowser, fromBrowser} // its descriptors 3 and 4
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	toBrowser.Close()
	fromBrowser.Close()
	t.Cleanup(func() {
		b := time.AfterFunc(5*time.Second, func() { _ = c.Process.Kill() })
		fmt.Fprint(to, `{"id":1000000,"method":"Browser.close"}`+"\x00")
		_, _ = io.Copy(io.Discard, from)
		_ = c.Wait()
		b.Stop()
		to.Close()
		from.Close()
	})
	if err := from.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, to: to, from: bufio.NewReader(from)}
	target := b.do("Target.createTarget", object{"url": "about:blank"})
	b.session = b.do("Target.attachToTarget", object{"targetId": target["targetId"], "flatten": true})["sessionId"].(string)
	b.do("Page.enable", nil)
	return b
}

// do sends a command, and returns what it results in.
func (b *browser) do(method string, parameters object) object {
	b.t.Helper()
	b.last++
	message := object{"id": b.last, "method": method, "params": parameters}
	if parameters == nil {
		delete(message, "params")
	}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	if _, err := io.WriteString(b.to, asJSON(message)+"\x00"); err != nil {
		b.t.Fatal(err)
	}
	for {
		text, err := b.from.ReadBytes(0)
		if err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
		var reply struct {
			ID     int
			Result object
			Error  object
		}
		if err := json.Unmarshal(text[:len(text)-1], &reply); err != nil {
			b.t.Fatal(err)
		}
		if reply.ID != b.last { // an event
			continue
		}
		if reply.Error != nil {
			b.t.Fatalf("%s: %v", method, reply.Error)
		}
		return reply.Result
	}
}

// eval is the value of an expression in the page.
func (b *browser) eval(expression string) any {
	b.t.Helper()
	r := b.do("Runtime.evaluate", object{"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true})
	if r["exceptionDetails"] != nil {
		b.t.Fatalf("%s: %v", expression, r["exceptionDetails"])
	}
	return r["result"].(object)["value"]
}

// wait is until an expression is true.
func (b *browser) wait(expression string) {
	b.t.Helper()
	for end := time.Now().Add(30 * time.Second); b.eval(expression) != true; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("%s does not become true; the error says %v", expression, b.eval(`document.getElementById("error")?.textContent`))
		}
	}
}

// click is a click of the mouse in the middle of an element.
func (b *browser) click(selector string) {
	b.t.Helper()
	at := b.eval(fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.scrollIntoView({block: "center"}); const r = e.getBoundingClientRect(); return [r.x + r.width/2, r.y + r.height/2]; })()`, selector)).([]any)
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		b.do("Input.dispatchMouseEvent", object{"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1})
	}
}

// choose gives a file input a file.
func (b *browser) choose(selector, path string) {
	b.t.Helper()
	id := b.do("Runtime.evaluate", object{"expression": fmt.Sprintf("document.querySelector(%q)", selector)})["result"].(object)["objectId"]
	b.do("DOM.setFileInputFiles", object{"files": []string{path}, "objectId": id})
}

// screen sets the window, and dark or light.
func (b *browser) screen(width, height int, dark bool) {
	b.t.Helper()
	b.do("Emulation.setDeviceMetricsOverride", object{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.do("Emulation.setEmulatedMedia", object{"features": []object{{"name": "prefers-color-scheme", "value": scheme}}})
}

// picture saves what the whole page looks like, if BRAID_SCREENS names a folder.
func (b *browser) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("BRAID_SCREENS")
	if dir == "" {
		return
	}
	r := b.do("Page.captureScreenshot", object{"format": "png", "captureBeyondViewport": true})
	file, err := base64.StdEncoding.DecodeString(r["data"].(string))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), file, 0o644)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}
