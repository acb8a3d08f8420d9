package main

import (
	"math"

	"github.com/braidml/braid/models"
)

// recipeOptions say how a fusion model is trained.
type recipeOptions struct {
	Merge       models.Merge `json:"merge" default:"multiply" help:"How the features of image and text are joined: concat, add, multiply, gated, bilinear."`
	TextEncoder string       `json:"text_encoder" default:"rnn" enum:"rnn,bag" help:"rnn: tanh RNN over the words; bag: mean of the words."`
	Only        string       `json:"only" default:"both" enum:"both,image,text" help:"Leave the other input out, to see what it is worth."`
	Epochs      int          `json:"epochs" default:"8" help:"Passes over the training data."`
	Batch       int          `json:"batch" default:"64" help:"Samples a step."`
	LR          float64      `json:"lr" name:"lr" default:"0.003" help:"Peak of the one-cycle learning rate."`
	Decay       float64      `json:"decay" default:"0.0001" help:"Weight decay (AdamW)."`
	Dropout     float32      `json:"dropout" default:"0" help:"In the head."`

	Augment         augmentation `json:"augment,omitzero" placeholder:"PRESET|SETTINGS" help:"Change the pictures to train on at random: light, standard, strong, or settings such as flip,crop=4,rotate=15,scale=0.2,brightness=0.2,contrast=0.2,erase=0.3; a preset may be followed by settings, as in standard,flip=no."`
	ModalityDropout float32      `json:"modality_dropout,omitempty" placeholder:"P" default:"0" help:"Hide picture or text of so many of the samples while training, so that the model can do without."`
	Init            string       `json:"init,omitempty" type:"existingdir" placeholder:"RUN" help:"Start from the encoders of this run of train joint, which learned without labels. They replace --widths, --embed, --rnn-width and --text-encoder."`
	Vectors         string       `json:"vectors,omitempty" type:"existingfile" placeholder:"FILE" help:"Word vectors to start from: GloVe or word2vec text, or word2vec's .bin."`
	VectorsFreeze   bool         `json:"vectors_freeze,omitempty" help:"Leave the vectors as they are. The model then knows more words than the texts to train on have."`
}

// lossOptions say what is minimised, and how unequal classes are treated.
type lossOptions struct {
	Loss           string  `json:"loss,omitempty" default:"auto" enum:"auto,ce,focal,bce,mse,mae,huber," help:"classify: ce, focal; multilabel: bce, focal; regress: mse, mae, huber. auto: the first."`
	Gamma          float32 `json:"gamma,omitempty" default:"2" help:"Of the focal loss: how little counts what is sure already."`
	LabelSmoothing float32 `json:"label_smoothing,omitempty" default:"0" help:"Take so much of each target away and give it to all classes."`
	ClassWeights   bool    `json:"class_weights,omitempty" help:"Rare classes, or labels, count more in the loss, by their share."`
	Balanced       bool    `json:"balanced,omitempty" help:"Draw every class equally often in an epoch."`
}

func (o *recipeOptions) complain(wrong *complaints) {
	expect := wrong.expect
	expect(o.Epochs >= 1 && o.Epochs <= most, "--epochs is %d, want 1 to %d", o.Epochs, most)
	expect(o.Batch >= 1, "--batch is %d, want at least 1", o.Batch)
	expect(o.LR > 0 && !math.IsInf(o.LR, 0), "--lr is %g, want more than 0", o.LR)
	expect(o.Decay >= 0 && !math.IsInf(o.Decay, 0), "--decay is %g, want at least 0", o.Decay)
	expect(o.Dropout >= 0 && o.Dropout < 1, "--dropout is %g, want 0 <= dropout < 1", o.Dropout)
	expect(o.ModalityDropout >= 0 && o.ModalityDropout < 1, "--modality-dropout is %g, want 0 <= share < 1", o.ModalityDropout)
	expect(o.ModalityDropout == 0 || o.Only == both, "--modality-dropout hides one of two inputs, but --only %s leaves one", o.Only)
	expect(o.Init == "" || o.Vectors == "", "--init and --vectors both say what words mean: leave one of them out")
	expect(!o.VectorsFreeze || o.Vectors != "", "--vectors-freeze needs --vectors")
}

func (o *lossOptions) complain(wrong *complaints) {
	expect := wrong.expect
	expect(o.Gamma >= 0 && o.Gamma <= 10, "--gamma is %g, want 0 to 10", o.Gamma)
	expect(o.LabelSmoothing >= 0 && o.LabelSmoothing < 1, "--label-smoothing is %g, want 0 <= smoothing < 1", o.LabelSmoothing)
}

// losses are those of each task, the usual one first.
var losses = map[string][]string{
	classify: {"ce", "focal"}, multilabel: {"bce", "focal"}, regress: {"mse", "mae", "huber"},
}
