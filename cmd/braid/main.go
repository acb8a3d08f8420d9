// Braid trains and uses models that read an image and a text together, and models that draw.
//
//	braid train fusion            # on a generated data set: pictures of shapes, and questions about them
//	braid predict --model runs/fusion --image picture.png --text "what colour is the shape?"
//	braid train gan               # a picture for a text
//	braid sample --model runs/gan --out grid.png --text "red circle"
//	braid train joint             # a picture for a text, and a text for a picture
//	braid describe --model runs/joint --image picture.png
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/braidml/braid/tensor"
)

// program is the commands and their flags.
type program struct {
	Train struct {
		Fusion      trainCommand       `cmd:"" help:"A CNN reads the image, a tanh RNN or a bag of words the text; their features are merged and classified."`
		GAN         ganCommand         `cmd:"" name:"gan" help:"A generator learns to draw pictures, from noise or for a text, against a discriminator (DCGAN)."`
		Autoencoder autoencoderCommand `cmd:"" help:"Pictures become short codes and pictures again; also denoising and variational."`
		Joint       jointCommand       `cmd:"" help:"A picture and its text become one code, which gives either back from the other."`
	} `cmd:"" help:"Train a model."`
	Data        dataCommand        `cmd:"" help:"Look at data before training on them."`
	Eval        evalCommand        `cmd:"" help:"Measure a trained model on the test part of its data."`
	Predict     predictCommand     `cmd:"" help:"Answer a question about a picture, or all those of a table."`
	Explain     explainCommand     `cmd:"" help:"Draw why a model answers so: where it looks, and which words count."`
	Serve       serveCommand       `cmd:"" help:"Answer questions over HTTP: the Open Inference Protocol, and a page to try the model."`
	Sample      sampleCommand      `cmd:"" help:"Draw pictures from noise."`
	Reconstruct reconstructCommand `cmd:"" help:"Show what an autoencoder makes of pictures."`
	Describe    describeCommand    `cmd:"" help:"Say what a picture shows, by a joint autoencoder."`
	Interpolate interpolateCommand `cmd:"" help:"Draw what lies between pictures."`
	Export      exportCommand      `cmd:"" help:"Write a model for other systems: an ONNX graph."`
	Summary     summaryCommand     `cmd:"" help:"Show a model's layers, shapes and parameters."`
	Report      reportCommand      `cmd:"" help:"Show what a trained model is worth, and why: report.html with its pictures."`
	Tune        tuneCommand        `cmd:"" help:"Search for good settings of train fusion: random search, successive halving."`
	LRRange     ratesCommand       `cmd:"" name:"lr-range" help:"Find a learning rate: it rises from step to step, and the loss shows which is good."`
	Setup       setupCommand       `cmd:"" help:"Make the default build compile without a CUDA toolkit."`
	Doctor      doctorCommand      `cmd:"" help:"Show what this machine and this build can do, and check that they compute correctly."`
}

// world is where a command runs: tests have their own.
type world struct {
	ctx      context.Context
	out, err io.Writer
	terminal bool // err is one: draw a progress bar
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	info, err := os.Stderr.Stat()
	w := &world{ctx, os.Stdout, os.Stderr, err == nil && info.Mode()&os.ModeCharDevice != 0}
	code := run(w, os.Args[1:])
	stop()
	os.Exit(code)
}

// errInterrupted is an interrupt that nothing else went wrong with: whoever returns it has said all there is to say.
var errInterrupted = errors.New("interrupted")

// run is the program, and its exit status: 2 for flags that cannot be, 130 after an interrupt, 1 for other failures.
func run(w *world, args []string) int {
	var p program
	exit := -1
	parser, err := kong.New(&p, kong.Name("braid"), kong.UsageOnError(), kong.Writers(w.out, w.err), kong.Exit(func(c int) { exit = c }),
		kong.Description("Models that read an image and a text together."), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(w.err, "braid:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		fmt.Fprintln(w.err, "braid:", err)
		fmt.Fprintln(w.err, "braid --help lists the commands, braid train fusion --help its flags")
		return 2
	}
	set := flags{}
	for _, p := range command.Path {
		if p.Flag != nil {
			set[p.Flag.Name] = true
		}
	}
	err = tensor.Try(func() error { return command.Run(w, set) })
	switch {
	case errors.Is(err, errInterrupted):
		return 130
	case err != nil:
		fmt.Fprintln(w.err, "braid:", err)
		return 1
	}
	return 0
}
