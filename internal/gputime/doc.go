// Package gputime times kernels of the CUDA engine at the seam, on a GPU: matrix products, convolutions, a recurrence,
// copies. It is for bench/gpu, which prints the times beside PyTorch's.
//
// A case has several sets of buffers with random numbers in them, which take turns so that the cache holds none of
// them. Its operations are captured into a graph, and the graph is launched and waited for, many times; a time is the
// median, divided by the number of operations in the graph. Before it is timed, a case's results are compared with
// sums in float64, at places drawn at random: a kernel that is fast because it computes something else is noticed.
package gputime
