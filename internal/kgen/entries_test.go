package main

import (
	"reflect"
	"strings"
	"testing"
)

const source = `extern "C" __global__ void __launch_bounds__(256, 2) relu_fwd_f32(float* y, const float *__restrict__ x, u64 n) { }
extern "C" __global__ void fill(u32* y, int v) {
}`

const listing = `.visible .entry relu_fwd_f32(
	.param .u64 relu_fwd_f32_param_0,
	.param .u64 relu_fwd_f32_param_1,
	.param .u64 relu_fwd_f32_param_2
)
.maxntid 256, 1, 1
{
}
.visible .entry fill(
	.param .u64 fill_param_0,
	.param .u32 fill_param_1
)
{
}`

func TestEntries(t *testing.T) {
	all, err := declared(source)
	if err != nil {
		t.Fatal(err)
	}
	got, err := match(all, []byte(listing))
	if err != nil {
		t.Fatal(err)
	}
	want := []kernel{
		{"relu_fwd_f32", []param{{"y", "*"}, {"x", "*"}, {"n", "u64"}}, 256},
		{"fill", []param{{"y", "*"}, {"v", "int"}}, 0},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

func TestDisagreements(t *testing.T) {
	for _, c := range []struct{ old, new, message string }{
		{"fill_param_1", "fill_param_1,\n\t.param .u32 fill_param_2", "2 parameters in the source, 3 in the PTX"},
		{".param .u32 fill", ".param .u64 fill", `parameter v is int in the source, ".param .u64" in the PTX`},
		{".param .u32 fill_param_1", ".param .align 8 .b8 fill_param_1[16]", "in the PTX"},
		{".entry fill(", ".entry fill2(", "fill is in the source, but not in the PTX"},
		{listing, listing + "\n.entry more()\n{\n}", "more is in the PTX, but not in the source"},
	} {
		all, err := declared(source)
		if err != nil {
			t.Fatal(err)
		}
		_, err = match(all, []byte(strings.Replace(listing, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%v, want %q", err, c.message)
		}
	}
	if _, err := declared("__global__ void f(double x) {"); err == nil || !strings.Contains(err.Error(), `"double x"`) {
		t.Errorf("a parameter of another type: %v", err)
	}
}
