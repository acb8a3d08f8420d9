// Package gpu has the checks and measurements that need a real GPU; scripts/gpu-check runs them there. They are tests,
// so that they can be built here and carried as one program. Without flags they are small and run anywhere, on the
// emulated driver too:
//
//	-full          real sizes, 200 repeats, times that mean something
//	-peers FILE    the times of bench/peers/gpu.py, to print beside ours
//	-times FILE    where to write ours
package gpu
