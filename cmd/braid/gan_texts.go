package main

import (
	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// readsText reports whether m draws what a text asks for.
func readsText(m *models.GAN) bool { return m.Config.Text.Vocab > 0 }

// sheetTexts are those of a sheet: each row has one text of its own. Absent if m reads none.
func sheetTexts(m *models.GAN, g *gallery) tensor.Array {
	if !readsText(m) {
		return tensor.Array{}
	}
	return rowTexts(g)
}

// rowTexts are texts for a sheet, one for each row.
func rowTexts(g *gallery) tensor.Array {
	rows := g.texts(sheetColumns)
	var ids []int32
	for i := range sheetColumns * sheetColumns {
		ids = append(ids, rows[i/sheetColumns%len(rows)]...)
	}
	return tensor.ArrayOf(ids, sheetColumns*sheetColumns, len(rows[0]))
}

// firstOfRows is the text of each row of a sheet.
func firstOfRows(v *data.Vocab, texts tensor.Array) (list []string) {
	for i := 0; i < texts.Shape()[0]; i += sheetColumns {
		list = append(list, v.Decode(tensor.Values[int32](texts.Slice(i, i+1))))
	}
	return list
}
