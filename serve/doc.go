// Package serve answers questions about pictures over HTTP, with a [models.Fusion]:
//
//	h, err := serve.New(model, serve.Options{Name: "shapes", BatchDelay: 2 * time.Millisecond})
//	if err != nil { … }
//	defer h.Close()
//	http.ListenAndServe("127.0.0.1:8080", h)
//
// It speaks the Open Inference Protocol, version 2, over REST (KServe, Triton and MLServer have it too), with the binary
// tensor data extension:
//
//	GET  /v2                                 the server and its extensions
//	GET  /v2/health/live, /v2/health/ready   200 as long as it is
//	GET  /v2/models/M, …/versions/V          names, types and shapes of inputs and outputs
//	GET  /v2/models/M/ready
//	POST /v2/models/M/infer                  tensors in, tensors out
//
// Beside the protocol there are POST /v2/models/M/explain (see [Explanation]), /metrics for Prometheus, and at / a page
// to try the model on. A program may mount the handler below a path of its own with [http.StripPrefix].
//
// Whatever is wrong with a request is an answer of status 4xx, {"error": "…"} with the reason. Sizes are looked at
// before memory is asked for: those of the body, of pictures before they are decoded, of texts, and of how many requests
// are worked on at a time.
package serve
